//! Guards: what the database itself refuses, whoever writes.
//!
//! ```
//! use gym_db::Guard;
//! assert_eq!(Guard::ClaimsNoOverlap.name(), "claims_no_overlap");
//! ```

/// A constraint or trigger that holds what must never be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Guard {
    /// Two live claims on one resource overlap.
    ClaimsNoOverlap,
    /// A claim ends before it starts, or its block is outside it.
    ClaimsPeriod,
    /// A claim's time is not written as `YYYY-MM-DD HH:MM:SS`, UTC.
    ClaimsTimes,
    /// More live registrations than the class has seats.
    ClassCapacity,
    /// A second live registration of a member for a class.
    ClassRegistrationsLive,
    /// A registration of no seats.
    ClassRegistrationsSeats,
    /// An idempotency key that is there already.
    IdempotencyKey,
    /// A change to a journal row.
    JournalAppendOnly,
    /// Two waitlist entries of a class with the same place in the order.
    WaitlistOrder,
}

/// The name on both databases, and the columns by which SQLite names a unique constraint.
const TABLE: [(Guard, &str, &str); 9] = [
    (Guard::ClaimsNoOverlap, "claims_no_overlap", ""),
    (Guard::ClaimsPeriod, "claims_period", ""),
    (Guard::ClaimsTimes, "claims_times", ""),
    (Guard::ClassCapacity, "class_capacity", ""),
    (
        Guard::ClassRegistrationsLive,
        "class_registrations_live",
        "class_registrations.class_id, class_registrations.member_id",
    ),
    (Guard::ClassRegistrationsSeats, "class_registrations_seats", ""),
    (
        Guard::IdempotencyKey,
        "idempotency_keys_pkey",
        "idempotency_keys.key",
    ),
    (Guard::JournalAppendOnly, "journal_append_only", ""),
    (
        Guard::WaitlistOrder,
        "waitlist_order",
        "class_waitlist.class_id, class_waitlist.entry_seq",
    ),
];

impl Guard {
    /// Returns the name of the constraint or trigger.
    pub fn name(self) -> &'static str {
        TABLE
            .iter()
            .find(|row| row.0 == self)
            .map_or("guard", |row| row.1)
    }

    /// Finds the guard that refused: PostgreSQL names the constraint; on SQLite the message is the name that a
    /// trigger raised, or ends in the name of the CHECK or the columns of the UNIQUE.
    pub(crate) fn of(constraint: Option<&str>, message: &str) -> Option<Self> {
        let (name, columns) = match constraint {
            Some(name) => (name, ""),
            None => match message.split_once(" constraint failed: ") {
                Some(("UNIQUE", columns)) => ("", columns),
                Some((_, name)) => (name, ""),
                None => (message, ""),
            },
        };
        let found = |row: &&(Self, &str, &str)| row.1 == name || (!columns.is_empty() && row.2 == columns);
        TABLE.iter().find(found).map(|row| row.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registration_of_no_seats_is_known_on_both_databases() {
        let name = "class_registrations_seats";
        let told = format!("CHECK constraint failed: {name}");
        for found in [Guard::of(Some(name), ""), Guard::of(None, &told)] {
            assert_eq!(found, Some(Guard::ClassRegistrationsSeats));
        }
    }
}
