//! A month of a member: what was so at its beginning, what they decide, and the days on which they come.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime};

use super::law::MONTH;
use super::life::Life;
use super::profile::{HOURS, SEASON};
use super::timetable::Timetable;
use super::truth::{Month, Showing, Truth};
use super::{Offer, over};
use crate::booking::RegistrationState;
use crate::history::{
    Booking, CheckIn, Ending, Facts, Freeze, NO_DAY, NO_TIME, Outcome, Payment, day_number, micros,
};
use crate::time::resolve;

/// How a member stands.
pub(super) struct Stay {
    pub(super) joined: NaiveDate,
    /// Months in a term; 0 runs until notice.
    term: u32,
    /// Decides with sleep how often they come, and nothing else.
    motivation: f64,
    /// Visits a week, of which those of the last month count by half.
    pub(super) weeks: f64,
    /// Whether they pay and do not come.
    asleep: bool,
    /// The first month after a freeze.
    frozen_until: Option<NaiveDate>,
    /// Whether the last payment failed.
    failed: bool,
    /// The day of the last visit, or of joining.
    pub(super) last_visit: NaiveDate,
    pub(super) ending: Ending,
    pub(super) ends_on: Option<NaiveDate>,
    pub(super) known_on: Option<NaiveDate>,
}

impl Stay {
    pub(super) const fn new(joined: NaiveDate, term: u32) -> Self {
        Self {
            joined,
            term,
            motivation: 0.3,
            weeks: 2.0,
            asleep: false,
            frozen_until: None,
            failed: false,
            last_visit: joined,
            ending: Ending::Running,
            ends_on: None,
            known_on: None,
        }
    }

    /// Returns the months since joining at the beginning of a month.
    pub(super) fn months(&self, month: NaiveDate) -> f64 {
        (month - self.joined).num_days() as f64 / MONTH
    }

    /// Whether a term is over in a month; none without terms.
    pub(super) fn cliff(&self, month: NaiveDate) -> Option<bool> {
        (self.term > 0).then(|| self.number(month).is_multiple_of(self.term))
    }

    /// Returns how many months after the month of joining a month is.
    fn number(&self, month: NaiveDate) -> u32 {
        let count = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
        u32::try_from(count(month) - count(self.joined)).unwrap_or(0)
    }

    /// Returns the day of a month on which a period begins.
    fn anniversary(&self, month: NaiveDate) -> NaiveDate {
        let day = self.joined.checked_add_months(Months::new(self.number(month)));
        day.unwrap_or(month)
    }
}

impl Life<'_> {
    /// Lives through a month, and says whether it was the last.
    pub(super) fn month(
        &mut self,
        number: usize,
        stay: &mut Stay,
        timetable: &Timetable,
        facts: &mut Facts,
        truth: &mut Truth,
        offers: &mut Vec<Offer>,
    ) -> bool {
        let (Some(first), Some(next)) = (self.days.get(number).copied(), self.days.get(number + 1).copied())
        else {
            return true;
        };
        if stay.frozen_until.is_some_and(|until| first < until) {
            return false;
        }
        stay.motivation = 0.85 * stay.motivation + 0.28 * self.draws.normal() - 0.012;
        let tired = stay.weeks < 0.6 && !stay.asleep;
        stay.asleep = if tired {
            self.draws.happens(0.16)
        } else {
            stay.asleep && !self.draws.happens(0.06)
        };

        let (offered, not) = self.hazard(stay, first);
        let drawn = stay.number(first) >= 2 && {
            let unseen = (first - stay.last_visit).num_days() > 21;
            unseen || self.draws.happens(0.1)
        };
        let made = drawn && self.draws.happens(0.5);
        if drawn {
            offers.push(Offer {
                member: self.member,
                month: number as u32,
                made,
            });
        }
        let chosen = if made { offered } else { not };
        let involuntary = if stay.failed { 0.055 } else { 0.002 } + 0.05 * self.nature.fails;
        truth.months.push(Month {
            member: self.member,
            month: number as u32,
            motivation: stay.motivation,
            chosen,
            involuntary,
            if_offered: offered,
            if_not: not,
        });
        let due = stay.anniversary(first);
        if self.draws.happens(involuntary) {
            self.pay(due, true, facts);
            let end = due.checked_add_days(Days::new(4)).unwrap_or(next).min(next);
            self.end(stay, Ending::Involuntary, end, end.pred_opt().unwrap_or(end));
        } else if self.draws.happens(chosen) {
            let given = self.draws.between(0, i64::from(due.day0())).unsigned_abs();
            let given = first.checked_add_days(Days::new(given)).unwrap_or(first);
            let end = due.max(given.succ_opt().unwrap_or(next)).min(next);
            self.end(stay, Ending::Chosen, end, given);
        } else {
            stay.failed = self.draws.happens(self.nature.fails);
            self.pay(due, stay.failed, facts);
            if self.draws.happens(0.008) {
                self.freeze(stay, number, facts);
            }
        }
        let until = stay.ends_on.unwrap_or(next);
        self.attend(first, until, stay, timetable, facts, truth);
        stay.ends_on.is_some()
    }

    fn end(&self, stay: &mut Stay, ending: Ending, on: NaiveDate, known_on: NaiveDate) {
        stay.ending = ending;
        stay.ends_on = Some(on);
        stay.known_on = Some(known_on);
    }

    fn pay(&mut self, due: NaiveDate, fails: bool, facts: &mut Facts) {
        let six = NaiveTime::from_hms_opt(6, 0, 0).unwrap_or_default();
        let at = micros(resolve(self.shape.zone, due.and_time(six)).instant);
        let plan = facts
            .memberships
            .plan
            .get(self.member as usize)
            .copied()
            .unwrap_or(0);
        facts.payments.push(Payment {
            member: self.member,
            place: 0,
            amount: facts.plans.price.get(plan as usize).copied().unwrap_or(0),
            made_at: at,
            recorded_at: at,
            outcome: if fails { Outcome::Failed } else { Outcome::Settled },
            outcome_at: at + 3_600_000_000,
        });
    }

    /// Freezes the next one to three months; it is asked for on the last day of this one.
    fn freeze(&mut self, stay: &mut Stay, number: usize, facts: &mut Facts) {
        let months = self.draws.below(3) as usize + 1;
        let (Some(from), Some(until)) = (self.days.get(number + 1), self.days.get(number + 1 + months))
        else {
            return;
        };
        stay.frozen_until = Some(*until);
        facts.freezes.push(Freeze {
            membership: self.member,
            place: 0,
            recorded_at: over(self.shape, from.pred_opt().unwrap_or(*from)),
            from: day_number(*from),
            until: day_number(*until),
            ended_on: NO_DAY,
            end_recorded_at: NO_TIME,
        });
    }

    /// Comes, or does not, on days from one up to another.
    pub(super) fn attend(
        &mut self,
        from: NaiveDate,
        until: NaiveDate,
        stay: &mut Stay,
        timetable: &Timetable,
        facts: &mut Facts,
        truth: &mut Truth,
    ) {
        let length = (until - from).num_days();
        if length <= 0 {
            return;
        }
        let early = 0.35 * (-stay.months(from) / 2.0).exp();
        let season = SEASON.get(from.month0() as usize).copied().unwrap_or(1.0);
        let weekly = self.nature.weekly * (stay.motivation + early).exp() * season;
        let mean = if stay.asleep {
            0.0
        } else {
            weekly.min(7.0) * length as f64 / 7.0
        };
        let mut days: Vec<i64> = (0..self.draws.poisson(mean))
            .map(|_| self.draws.between(0, length - 1))
            .collect();
        days.sort_unstable();
        days.dedup();
        let mut seen = 0;
        for day in days {
            let day = from
                .checked_add_days(Days::new(day.unsigned_abs()))
                .unwrap_or(from);
            let fair = matches!(day.weekday(), chrono::Weekday::Sat | chrono::Weekday::Sun);
            if fair && self.draws.happens(0.28) {
                continue;
            }
            let came = if self.draws.happens(self.nature.classes) {
                self.book(day, timetable, facts, truth)
            } else {
                self.enter(day, facts);
                true
            };
            if came {
                seen += 1;
                stay.last_visit = day;
            }
        }
        let weekly = f64::from(seen) * 7.0 / length as f64;
        stay.weeks = 0.5 * stay.weeks + 0.5 * weekly;
    }

    /// Comes in by the door.
    fn enter(&mut self, day: NaiveDate, facts: &mut Facts) {
        let hour = self.draws.weighted(&HOURS) as u32;
        let second = self.draws.below(3_600) as u32;
        let time =
            NaiveTime::from_num_seconds_from_midnight_opt(hour * 3_600 + second, 0).unwrap_or_default();
        let at = micros(resolve(self.shape.zone, day.and_time(time)).instant);
        let stays = self.draws.between(25, 110) * 60_000_000;
        // Of a third nobody sees when they leave.
        let left_at = if self.draws.chance(333) {
            NO_TIME
        } else {
            at + stays
        };
        facts.check_ins.push(CheckIn {
            member: self.member,
            place: 0,
            at,
            recorded_at: at,
            left_at,
        });
    }

    /// Books a class of a day, and says whether they came.
    fn book(&mut self, day: NaiveDate, timetable: &Timetable, facts: &mut Facts, truth: &mut Truth) -> bool {
        let weights = self.nature.tastes.map(|taste| (taste * 1e6) as u32);
        let kind = self.draws.weighted(&weights);
        let evening = self.draws.chance(650);
        let Some((class, start)) = timetable.class(day, kind, evening) else {
            return false;
        };
        let lead = chrono::Duration::hours(self.draws.between(1, 6 * 24));
        // Nobody books before the day of joining.
        let joined = facts
            .members
            .recorded_at
            .get(self.member as usize)
            .copied()
            .unwrap_or(0);
        let lead = lead
            .num_microseconds()
            .unwrap_or(0)
            .min(micros(start) - joined + 86_400_000_000);
        let booked = start - chrono::Duration::microseconds(lead.max(0));
        // Who books early forgets more often.
        let shows = (self.nature.shows - 0.03 * (lead as f64 / 86_400e6 - 1.0)).clamp(0.05, 0.99);
        truth.showings.push(Showing {
            booking: facts.bookings.len() as u32,
            shows,
        });
        let came = self.draws.happens(shows);
        let late = !came && self.draws.chance(450);
        let (state, settled) = match (came, late) {
            (true, _) => (RegistrationState::Attended, start),
            (_, true) => (
                RegistrationState::LateCancelled,
                (start - chrono::Duration::hours(2)).max(booked),
            ),
            _ => (RegistrationState::NoShow, start + chrono::Duration::hours(1)),
        };
        facts.bookings.push(Booking {
            member: self.member,
            class,
            seats: 1,
            booked_at: micros(booked),
            recorded_at: micros(booked),
            state,
            settled_at: micros(settled),
        });
        came
    }
}
