//! A [`SlotSearch`] is what is asked of a club: slots where, with whom, for whom, and when.

use serde::{Deserialize, Serialize};

use super::SlotRequest;
use crate::id::{LocationId, MemberId, RoomId, TrainerId};
use crate::time::Period;

/// Where, with whom, for whom and when a training session is looked for; see
/// [`Club::free_slots`](crate::club::Club::free_slots).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotSearch {
    /// Where.
    pub location: LocationId,
    /// With whom; with anyone in turn if none.
    pub trainer: Option<TrainerId>,
    /// In which room, if it needs one.
    pub room: Option<RoomId>,
    /// For whom; whatever they have booked if none.
    pub member: Option<MemberId>,
    /// The slots start in it, at most 366 days long.
    pub during: Period,
    /// How long they are, on which grid, with which buffers, and from when.
    pub request: SlotRequest,
}

impl SlotSearch {
    /// Looks for slots with anyone, for anyone, without a room. Name more by `SlotSearch { member, ..SlotSearch::new(…) }`.
    pub const fn new(location: LocationId, during: Period, request: SlotRequest) -> Self {
        Self {
            location,
            trainer: None,
            room: None,
            member: None,
            during,
            request,
        }
    }

    /// Returns the time that the slots and their buffers may take: what must be known of resources.
    pub fn reach(&self) -> Period {
        let (length, buffers) = (self.request.length_minutes(), self.request.buffers());
        self.during
            .padded(buffers.before_minutes, length + buffers.after_minutes)
    }
}
