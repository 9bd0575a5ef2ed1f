//! A [`ClassSeries`] is the template; a [`Class`] is one dated class.
//!
//! A dated class is identified by its series and the civil start that the series first gave it,
//! so it stays itself when it is moved. A one-off class has no series.

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::id::{ClassId, ClosureId, EquipmentId, LocationId, RoomId, SeriesId, TrainerId};
use crate::schedule::claim::Buffers;
use crate::series::Series;
use crate::time::{Period, civil, resolve};

/// The most seats that a class can have.
pub(crate) const CAPACITY_MAX: u32 = 10_000;

/// What a series and its dated classes have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offering {
    /// Where.
    pub location: LocationId,
    /// What the timetable says, e.g. `Spin`.
    pub title: String,
    /// What limits by programme count, e.g. `cycling`.
    pub programme: String,
    /// Who gives it.
    pub trainer: Option<TrainerId>,
    /// In which room.
    pub room: Option<RoomId>,
    /// What each participant needs one unit of.
    pub equipment: Option<EquipmentId>,
    /// How many may come; the room and the working equipment may allow fewer.
    pub capacity: u32,
    /// How long it lasts, in elapsed minutes.
    pub minutes: u32,
    /// How long trainer and room are taken before and after.
    pub buffers: Buffers,
}

/// The template of dated classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassSeries {
    /// The series.
    pub id: SeriesId,
    /// What is offered.
    pub offering: Offering,
    /// When it recurs, in civil time.
    pub recurrence: Series,
}

/// One dated class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// The class.
    pub id: ClassId,
    /// The series that it comes from.
    pub series: Option<SeriesId>,
    /// The civil start that the series first gave it.
    pub original: Option<NaiveDateTime>,
    /// What is offered.
    pub offering: Offering,
    /// When it takes place.
    pub period: Period,
    /// Where it stands.
    pub state: ClassState,
}

/// Where a dated class stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassState {
    /// It takes place.
    Scheduled,
    /// It was cancelled.
    Cancelled,
    /// Its location is closed; it comes back when the closure is lifted.
    Closed(ClosureId),
}

impl Class {
    /// Whether it takes place.
    pub fn is_scheduled(&self) -> bool {
        self.state == ClassState::Scheduled
    }

    /// Whether it starts when its series says; of a class of no series, no.
    pub(crate) fn is_as_planned(&self, zone: Tz) -> bool {
        self.original
            .is_some_and(|original| resolve(zone, original).instant == self.period.start())
    }

    /// Returns the civil start: as its series says, also where clocks skip that time and show another, unless the class
    /// was moved on its own.
    pub(crate) fn civil_start(&self, zone: Tz) -> NaiveDateTime {
        self.original
            .filter(|_| self.is_as_planned(zone))
            .unwrap_or_else(|| civil(zone, self.period.start()))
    }
}
