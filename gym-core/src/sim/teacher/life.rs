//! The [`Life`] of one member: joining, months of coming or not, and leaving.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::month::Stay;
use super::profile::Shape;
use super::timetable::Timetable;
use super::truth::{KINDS, Nature, Truth};
use super::{Offer, TERMS, over};
use crate::history::{Ending, Facts, Member, Membership, NO_DAY, NO_ID, NO_TIME, Term, day_number};
use crate::sim::draw::Draws;

/// The life of one member.
pub(super) struct Life<'a> {
    pub(super) shape: &'a Shape,
    pub(super) days: &'a [NaiveDate],
    pub(super) member: u32,
    pub(super) draws: Draws,
    pub(super) nature: Nature,
    pub(super) age: f64,
}

impl<'a> Life<'a> {
    pub(super) fn new(shape: &'a Shape, days: &'a [NaiveDate], member: u32, mut draws: Draws) -> Self {
        let age = (17.0 + 40.0 * draws.unit() * draws.unit() + 12.0 * draws.unit()).floor();
        // 65 visits a year under 18, 116 from 35 to 44 (IHRSA).
        let habit = if age < 20.0 {
            0.65
        } else {
            1.05 - 0.00045 * (age - 40.0).powi(2)
        };
        let mut tastes = [0.0; KINDS];
        tastes
            .iter_mut()
            .for_each(|taste| *taste = (1.2 * draws.normal()).exp());
        let sum: f64 = tastes.iter().sum();
        tastes.iter_mut().for_each(|taste| *taste /= sum);
        let mild = draws.unit();
        let nature = Nature {
            weekly: shape.weekly * habit * draws.gamma(1.6),
            frailty: shape.frailty * draws.normal(),
            tastes,
            classes: 0.6 * draws.unit().powi(2),
            // People come four times of five (practitioners' figures; no study).
            shows: 1.0 - 0.2 * draws.gamma(2.0),
            fails: 0.025 * draws.gamma(1.5),
            moved: 0.0,
        };
        let shows = nature.shows.clamp(0.2, 0.99);
        // Who comes now and then can be moved; who never comes is reminded that they pay.
        let moved = 0.9 * mild - 0.25 + 0.25 * (nature.weekly - 1.0).clamp(-1.0, 1.0);
        Self {
            shape,
            days,
            member,
            draws,
            nature: Nature {
                shows,
                moved,
                ..nature
            },
            age,
        }
    }

    /// Lives from a day in the month of joining on.
    pub(super) fn live(
        &mut self,
        month: usize,
        timetable: &Timetable,
        facts: &mut Facts,
        truth: &mut Truth,
        offers: &mut Vec<Offer>,
    ) {
        let (Some(first), Some(next)) = (self.days.get(month), self.days.get(month + 1)) else {
            return;
        };
        let length = (*next - *first).num_days();
        let offset = self.draws.between(0, length - 1).unsigned_abs();
        let joined = first.checked_add_days(Days::new(offset)).unwrap_or(*first);
        let plan = self.draws.weighted(&self.shape.contracts);
        self.join(joined, plan, facts);
        truth.natures.push(self.nature);
        let mut stay = Stay::new(joined, TERMS.get(plan).copied().unwrap_or(0));
        self.attend(joined, *next, &mut stay, timetable, facts, truth);
        for month in month + 1..self.days.len() - 1 {
            if self.month(month, &mut stay, timetable, facts, truth, offers) {
                break;
            }
        }
        self.renewals(joined, plan, &stay, facts);
        self.close(&stay, facts);
    }

    fn join(&mut self, joined: NaiveDate, plan: usize, facts: &mut Facts) {
        let recorded_at = over(self.shape, joined);
        facts.members.push(Member {
            id: i64::from(self.member) + 1,
            place: 0,
            joined_on: day_number(joined),
            recorded_at,
            birth_year: joined.year() - self.age as i32,
        });
        facts.memberships.push(Membership {
            id: i64::from(self.member) + 1,
            member: self.member,
            place: 0,
            plan: plan as u32,
            recorded_at,
            starts_on: day_number(joined),
            committed_until: NO_DAY,
            follows: NO_ID,
            ending: Ending::Running,
            ends_on: NO_DAY,
            end_recorded_at: NO_TIME,
        });
    }

    /// Writes down the terms that were begun, each renewed on the day on which the one before was over.
    fn renewals(&self, joined: NaiveDate, plan: usize, stay: &Stay, facts: &mut Facts) {
        let length = TERMS.get(plan).copied().unwrap_or(0);
        let last = stay.ends_on.or(self.days.last().copied()).unwrap_or(joined);
        let start = |n: u32| joined.checked_add_months(Months::new(n * length));
        let mut number = 0;
        while let Some(from) = start(number).filter(|from| *from < last || number == 0) {
            let until = start(number + 1).filter(|_| length > 0);
            facts.terms.push(Term {
                membership: self.member,
                plan: plan as u32,
                recorded_at: over(self.shape, from),
                from: day_number(from),
                until: until.map_or(NO_DAY, day_number),
            });
            if length == 0 {
                break;
            }
            number += 1;
        }
    }

    /// Writes down how the membership ended, if it did.
    fn close(&self, stay: &Stay, facts: &mut Facts) {
        let (Some(ends_on), Some(known_on)) = (stay.ends_on, stay.known_on) else {
            return;
        };
        let mut columns = std::mem::take(&mut facts.memberships).into_columns();
        let row = self.member as usize;
        if let Some(ending) = columns.ending.get_mut(row) {
            *ending = stay.ending;
        }
        if let Some(day) = columns.ends_on.get_mut(row) {
            *day = day_number(ends_on);
        }
        if let Some(at) = columns.end_recorded_at.get_mut(row) {
            *at = over(self.shape, known_on);
        }
        facts.memberships = columns.try_into().unwrap_or_default();
    }
}
