//! A [`Notice`] ends a membership: in the ordinary way, early for a fee, by right, or because another plan follows.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::jurisdiction::Ground;
use crate::event::{Ids, Resolve};
use crate::id::{MembershipId, NoticeId};
use crate::money::Money;
use crate::time::Instant;

/// How a membership is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// With notice, after the commitment.
    Ordinary,
    /// With notice, before the commitment is over, for a fee.
    Early,
    /// The contract is taken back within the cooling-off time.
    CoolingOff,
    /// By right.
    Exit(Ground),
    /// Another membership takes its place.
    Switch(MembershipId),
}

/// What is given back of what was charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Back {
    /// The price of the days after the end.
    Unused,
    /// Everything.
    All,
}

/// That a membership ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The notice.
    pub id: NoticeId,
    /// Which membership.
    pub membership: MembershipId,
    /// How it is ended.
    pub kind: NoticeKind,
    /// The civil day on which it was given.
    pub given_on: NaiveDate,
    /// When it was given, as [`Edit::recorded_at`](super::freeze::Edit::recorded_at).
    pub given_at: Instant,
    /// The first day after the end, as the contract counts days.
    pub until: NaiveDate,
    /// The first civil day after the end, as it was known when the notice was given.
    pub ends_on: NaiveDate,
    /// What is given back.
    pub back: Back,
    /// What ending early costs.
    pub fee: Option<Money>,
}

impl Resolve for Notice {
    fn resolve(&mut self, ids: &Ids) {
        self.id.resolve(ids);
        self.membership.resolve(ids);
        if let NoticeKind::Switch(next) = &mut self.kind {
            next.resolve(ids);
        }
    }
}
