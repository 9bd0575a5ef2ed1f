//! [`Dealings`]: what each member booked, missed and did not pay, as it was known.

use gym_core::booking::RegistrationState;
use gym_core::history::{History, NO_TIME, Outcome};

const DAY: i64 = 86_400_000_000;

/// What a member booked, missed and did not pay.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Dealings {
    /// Bookings of the last 91 days.
    pub(super) booked: u32,
    /// Classes that were attended in the last 91 days.
    pub(super) attended: u32,
    /// Late cancellations and absences of the last 182 days.
    pub(super) late: u32,
    pub(super) missed: u32,
    /// The programmes of the classes that were attended in the last 364 days; those beyond the 64th share a bit.
    pub(super) programmes: u64,
    /// Payments of the last 182 days that failed.
    pub(super) failed: u32,
    /// When the last payment failed; none if zero.
    pub(super) failed_at: i64,
    /// When the last payment succeeded; none if zero.
    pub(super) settled_at: i64,
}

/// Counts what was recorded up to an instant, in microseconds; nobody if there was nothing.
pub(super) fn of(history: &History, as_of: i64) -> Vec<Dealings> {
    if history.bookings.is_empty() && history.payments.is_empty() {
        return Vec::new();
    }
    let mut dealings = vec![Dealings::default(); history.members.len()];
    let within = |at: i64, days: i64| at != NO_TIME && at <= as_of && as_of - at < days * DAY;
    for row in history.bookings.rows().filter(|row| row.recorded_at <= as_of) {
        let Some(of) = dealings.get_mut(row.member as usize) else {
            continue;
        };
        of.booked += u32::from(within(row.booked_at, 91));
        match row.state {
            RegistrationState::Attended => {
                of.attended += u32::from(within(row.settled_at, 91));
                let programme = history.classes.programme.get(row.class as usize);
                if let Some(programme) = programme.filter(|_| within(row.settled_at, 364)) {
                    of.programmes |= 1 << (programme & 63);
                }
            }
            RegistrationState::LateCancelled => of.late += u32::from(within(row.settled_at, 182)),
            RegistrationState::NoShow => of.missed += u32::from(within(row.settled_at, 182)),
            _ => {}
        }
    }
    for row in history.payments.rows() {
        let known = row.recorded_at <= as_of && row.outcome_at <= as_of;
        let Some(of) = dealings.get_mut(row.member as usize).filter(|_| known) else {
            continue;
        };
        match row.outcome {
            Outcome::Failed => {
                of.failed += u32::from(within(row.outcome_at, 182));
                of.failed_at = of.failed_at.max(row.outcome_at);
            }
            Outcome::Settled => of.settled_at = of.settled_at.max(row.outcome_at),
            Outcome::Open | Outcome::Refunded => {}
        }
    }
    dealings
}
