//! [`Equipment`] of a location comes in [`Unit`]s; a [`MaintenanceLog`] takes one out of service.

use serde::{Deserialize, Serialize};

use crate::id::{EquipmentId, LocationId, MaintenanceId, UnitId};
use crate::time::{Instant, Period};

/// A kind of equipment at a location, e.g. spin bikes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Equipment {
    /// The kind.
    pub id: EquipmentId,
    /// Where it stands.
    pub location: LocationId,
    /// What people call it.
    pub name: String,
}

/// One piece of equipment, e.g. bike 7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// The unit.
    pub id: UnitId,
    /// Its kind.
    pub equipment: EquipmentId,
    /// The label on it.
    pub label: String,
}

/// One job of maintenance: while it lasts, the unit holds nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceLog {
    /// The job.
    pub id: MaintenanceId,
    /// The unit.
    pub unit: UnitId,
    /// When it is out of service; the end is what is expected, until it is done.
    pub period: Period,
    /// What is done, for people to read.
    pub work: String,
    /// Whether it is done.
    pub done: bool,
}

impl MaintenanceLog {
    /// Returns the job as done at an instant; it does not last longer than was expected.
    #[must_use]
    pub fn finished(mut self, at: Instant) -> Self {
        self.done = true;
        self.period = Period::new(self.period.start(), at.min(self.period.end())).unwrap_or(self.period);
        self
    }
}
