//! [`Recorded`]: when something was last recorded of the memberships of a location, where not all of them are looked at.

use std::collections::BTreeMap;

use crate::id::LocationId;
use crate::time::Instant;

/// When something was last recorded of memberships that a slice of a club does not hold, by their location.
///
/// A closure counts as recorded after whatever was recorded of the memberships that it touches, and it touches all of a
/// location. A whole club holds them, and leaves this empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded(BTreeMap<LocationId, Instant>);

impl Recorded {
    /// Notes when something was recorded.
    pub fn note(&mut self, location: LocationId, at: Instant) {
        let last = self.0.entry(location).or_insert(at);
        *last = at.max(*last);
    }

    /// Returns when something was last recorded; none if that is not known.
    pub fn last(&self, location: LocationId) -> Option<Instant> {
        self.0.get(&location).copied()
    }
}
