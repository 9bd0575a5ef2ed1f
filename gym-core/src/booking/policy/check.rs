//! The check of a [`Policy`]: whether its numbers can be.

use crate::schedule::class::CAPACITY_MAX;

use super::{Bound, Consequence, InvalidPolicy, Mode, Policy};

impl Policy {
    /// Checks that each number can be, and that booking opens before it closes.
    ///
    /// # Errors
    ///
    /// Names the first field that cannot be, its value and what was expected.
    pub fn check(&self) -> Result<(), InvalidPolicy> {
        const YEAR_MINUTES: u32 = 366 * 24 * 60;
        let refuse = |field, value: u32, expected| {
            let value = value.to_string();
            Err(InvalidPolicy {
                field,
                value,
                expected,
            })
        };
        let small = |field, value, most: u32, expected| match value <= most {
            true => Ok(()),
            false => refuse(field, value, expected),
        };
        let within_year = |field, value| small(field, value, YEAR_MINUTES, "at most a year of minutes");
        let bound = |field, bound| match bound {
            Bound::Minutes(minutes) => within_year(field, minutes),
            Bound::Days { days, .. } => small(field, days, 366, "at most 366 days"),
        };
        if self.party_max == 0 {
            return refuse("party_max", 0, "at least 1");
        }
        small("party_max", self.party_max, CAPACITY_MAX, "at most 10000 seats")?;
        bound("closes", self.closes)?;
        if let Some(opens) = self.opens {
            bound("opens", opens)?;
            if !opens.may_precede(self.closes) {
                return Err(InvalidPolicy {
                    field: "opens",
                    value: opens.to_string(),
                    expected: "a time before `closes`",
                });
            }
        }
        bound("waitlist.closes", self.waitlist.closes)?;
        let minutes = [
            ("notice_to_open_minutes", self.notice_to_open_minutes),
            ("notice_to_join_minutes", self.notice_to_join_minutes),
            ("hold_minutes", self.hold_minutes),
            (
                "cancelling.free_until_minutes",
                self.cancelling.free_until_minutes,
            ),
            (
                "cancelling.promoted_grace_minutes",
                self.cancelling.promoted_grace_minutes,
            ),
            ("attendance.opens_minutes", self.attendance.opens_minutes),
            ("attendance.closes_minutes", self.attendance.closes_minutes),
            (
                "attendance.no_show_after_minutes",
                self.attendance.no_show_after_minutes,
            ),
        ];
        minutes
            .into_iter()
            .try_for_each(|(field, value)| within_year(field, value))?;
        small(
            "attendance.locked_after_hours",
            self.attendance.locked_after_hours,
            8784,
            "at most 8784 hours",
        )?;
        if let Mode::Offer { minutes } = self.waitlist.mode {
            within_year("waitlist.mode.offer.minutes", minutes)?;
            if minutes == 0 {
                return refuse("waitlist.mode.offer.minutes", 0, "at least 1");
            }
        }
        for (field, cost) in [
            ("penalties.late_cancel", self.penalties.late_cancel),
            ("penalties.no_show", self.penalties.no_show),
        ] {
            if let Consequence::Fee(fee) = cost
                && (fee.is_negative() || fee.is_zero())
            {
                let (value, expected) = (fee.to_string(), "an amount above nothing");
                return Err(InvalidPolicy {
                    field,
                    value,
                    expected,
                });
            }
        }
        small(
            "penalties.fee_after_hours",
            self.penalties.fee_after_hours,
            8784,
            "at most 8784 hours",
        )?;
        for weight in self.turn_weights.values() {
            small("turn_weights", *weight, 1000, "at most 1000")?;
        }
        within_year("door.booking_minutes", self.door.booking_minutes)?;
        small("door.adult_age", self.door.adult_age, 100, "at most 100 years")?;
        let days = [
            ("penalties.waiver_window_days", self.penalties.waiver_window_days),
            ("penalties.strike_window_days", self.penalties.strike_window_days),
            ("penalties.ban_days", self.penalties.ban_days),
        ];
        days.into_iter()
            .try_for_each(|(field, value)| small(field, value, 3660, "at most 3660 days"))
    }
}
