//! [`Numbers`]: the last number of each location, from which the next follows without a gap.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::LocationId;

/// The last numbers that a location has given; 0 before the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    /// Of an invoice.
    pub invoice: u64,
    /// Of a credit note.
    pub credit_note: u64,
}

/// The last numbers of every location.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers(BTreeMap<LocationId, Last>);

impl Numbers {
    /// Returns the last numbers of a location.
    pub fn last(&self, location: LocationId) -> Last {
        self.0.get(&location).copied().unwrap_or_default()
    }

    /// Sets the last numbers of a location.
    pub fn set(&mut self, location: LocationId, last: Last) {
        if last != Last::default() {
            self.0.insert(location, last);
        }
    }

    /// Notes a number of an invoice.
    pub fn note_invoice(&mut self, location: LocationId, number: u64) {
        let last = self.last(location);
        self.set(
            location,
            Last {
                invoice: last.invoice.max(number),
                ..last
            },
        );
    }

    /// Notes a number of a credit note.
    pub fn note_credit_note(&mut self, location: LocationId, number: u64) {
        let last = self.last(location);
        self.set(
            location,
            Last {
                credit_note: last.credit_note.max(number),
                ..last
            },
        );
    }
}
