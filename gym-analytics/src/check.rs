//! [`check`]: what is odd about a history, before anything is learned from it.
//!
//! Nothing of it keeps a model from being fitted; each is something that a person should know of first.
//!
//! ```
//! use gym_analytics::check::{Flaw, check};
//! use gym_core::sim::teacher::{Profile, Teacher};
//!
//! let lesson = Teacher::new(Profile::Rio, 7, 80, "2024-01-01".parse()?, 6).teach();
//! let flaws: Vec<Flaw> = check(&lesson.history).into_iter().map(|finding| finding.flaw).collect();
//! assert!(!flaws.contains(&Flaw::EndsBeforeItStarts) && !flaws.contains(&Flaw::RecordedBeforeItHappened));
//! # Ok::<(), chrono::ParseError>(())
//! ```

use std::collections::BTreeMap;
use std::fmt;

use chrono::Datelike;
use gym_core::history::{History, NO_DAY, NO_TIME, day_number, day_of, micros};
use gym_core::time::civil;

const DAY: i64 = 86_400_000_000;

/// What can be odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Flaw {
    /// A membership or a term ends before it starts, or a freeze before it begins.
    EndsBeforeItStarts,
    /// Something was recorded before it happened.
    RecordedBeforeItHappened,
    /// Something was recorded more than a day after it happened: what was known then is not what is known now.
    RecordedLate,
    /// Somebody came in twice at the same instant.
    Twice,
    /// Somebody left before they came, or stayed for more than a day.
    OddStay,
    /// It happened outside of the period of the history.
    OutsideOfThePeriod,
    /// Somebody came in on a day on which no membership of theirs ran.
    WithoutMembership,
    /// A member was younger than 5 or older than 110 on the day of joining.
    OddAge,
    /// Nobody came to a place for three days in a row or longer: it was closed, or rows are missing.
    SilentDays,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EndsBeforeItStarts => "ends before it starts",
            Self::RecordedBeforeItHappened => "recorded before it happened",
            Self::RecordedLate => "recorded more than a day late",
            Self::Twice => "there twice",
            Self::OddStay => "left before coming, or stayed for more than a day",
            Self::OutsideOfThePeriod => "outside of the period",
            Self::WithoutMembership => "on a day without a membership",
            Self::OddAge => "younger than 5 or older than 110 when joining",
            Self::SilentDays => "days on which nobody came, three in a row or more",
        })
    }
}

/// Something odd, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The table.
    pub table: &'static str,
    /// What is odd.
    pub flaw: Flaw,
    /// How many rows, or for silent days how many days.
    pub count: u64,
    /// The first such row; for silent days the place.
    pub first: usize,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} {}, first in row {}",
            self.table, self.count, self.flaw, self.first
        )
    }
}

/// What was found so far.
#[derive(Default)]
struct Found(BTreeMap<(&'static str, Flaw), (u64, usize)>);

impl Found {
    fn note(&mut self, is_so: bool, table: &'static str, flaw: Flaw, row: usize) {
        if is_so {
            let (count, _) = self.0.entry((table, flaw)).or_insert((0, row));
            *count += 1;
        }
    }

    /// Notes when something happened and was recorded.
    fn times(&mut self, history: &History, table: &'static str, row: usize, at: i64, recorded: i64) {
        let (start, end) = (micros(history.during().start()), micros(history.during().end()));
        self.note(recorded < at, table, Flaw::RecordedBeforeItHappened, row);
        self.note(recorded.saturating_sub(at) > DAY, table, Flaw::RecordedLate, row);
        self.note(at < start || at > end, table, Flaw::OutsideOfThePeriod, row);
    }
}

/// Returns what is odd about a history, by table.
pub fn check(history: &History) -> Vec<Finding> {
    let mut found = Found::default();
    contracts(history, &mut found);
    let civil_days = doors(history, &mut found);
    silent(history, &civil_days, &mut found);
    for (row, booking) in history.bookings.rows().enumerate() {
        found.times(history, "bookings", row, booking.booked_at, booking.recorded_at);
        let settled = booking.settled_at;
        found.note(
            settled != NO_TIME && settled < booking.booked_at,
            "bookings",
            Flaw::EndsBeforeItStarts,
            row,
        );
    }
    for (row, payment) in history.payments.rows().enumerate() {
        found.times(history, "payments", row, payment.made_at, payment.recorded_at);
    }
    let finding = |((table, flaw), (count, first))| Finding {
        table,
        flaw,
        count,
        first,
    };
    found.0.into_iter().map(finding).collect()
}

fn contracts(history: &History, found: &mut Found) {
    let early = |end: i32, start: i32| end != NO_DAY && end < start;
    for (row, held) in history.memberships.rows().enumerate() {
        found.note(
            early(held.ends_on, held.starts_on),
            "memberships",
            Flaw::EndsBeforeItStarts,
            row,
        );
    }
    for (row, term) in history.terms.rows().enumerate() {
        found.note(
            early(term.until, term.from),
            "terms",
            Flaw::EndsBeforeItStarts,
            row,
        );
    }
    for (row, freeze) in history.freezes.rows().enumerate() {
        found.note(
            early(freeze.until, freeze.from),
            "freezes",
            Flaw::EndsBeforeItStarts,
            row,
        );
    }
    for (row, member) in history.members.rows().enumerate() {
        let joined = day_of(member.joined_on).map(|day| day.year());
        let age = joined
            .filter(|_| member.birth_year != NO_DAY)
            .map(|year| year - member.birth_year);
        let odd = age.is_some_and(|age| !(5..=110).contains(&age));
        found.note(odd, "members", Flaw::OddAge, row);
    }
}

/// Checks who came in, and returns the place and the civil day of each.
fn doors(history: &History, found: &mut Found) -> Vec<(u32, i32)> {
    const TABLE: &str = "check_ins";
    let mut held = vec![Vec::new(); history.members.len()];
    for row in history.memberships.rows() {
        let until = if row.ends_on == NO_DAY {
            i32::MAX
        } else {
            row.ends_on
        };
        if let Some(member) = held.get_mut(row.member as usize) {
            member.push((row.starts_on, until));
        }
    }
    let (mut days, mut seen) = (Vec::new(), Vec::new());
    for (row, visit) in history.check_ins.rows().enumerate() {
        found.times(history, TABLE, row, visit.at, visit.recorded_at);
        let stay = visit.left_at.saturating_sub(visit.at);
        let odd = visit.left_at != NO_TIME && !(0..=DAY).contains(&stay);
        found.note(odd, TABLE, Flaw::OddStay, row);
        let zone = history
            .places
            .zone
            .get(visit.place as usize)
            .copied()
            .unwrap_or(chrono_tz::UTC);
        let at = chrono::DateTime::from_timestamp_micros(visit.at).unwrap_or_default();
        let day = day_number(civil(zone, at).date());
        let running = held.get(visit.member as usize);
        let runs = running.is_some_and(|all| all.iter().any(|(from, until)| *from <= day && day < *until));
        found.note(!runs, TABLE, Flaw::WithoutMembership, row);
        days.push((visit.place, day));
        seen.push((visit.member, visit.at, row));
    }
    seen.sort_unstable();
    for pair in seen.windows(2) {
        if let [(member, at, _), (same, again, row)] = pair {
            found.note((member, at) == (same, again), TABLE, Flaw::Twice, *row);
        }
    }
    days
}

/// Looks for days in a row on which nobody came, between the first and the last on which somebody did.
fn silent(history: &History, visits: &[(u32, i32)], found: &mut Found) {
    let mut days = vec![Vec::new(); history.places.len()];
    for (place, day) in visits {
        if let Some(place) = days.get_mut(*place as usize) {
            place.push(*day);
        }
    }
    for (place, mut days) in days.into_iter().enumerate() {
        days.sort_unstable();
        days.dedup();
        for pair in days.windows(2) {
            if let [before, after] = pair {
                let gap = after - before - 1;
                (0..gap)
                    .filter(|_| gap >= 3)
                    .for_each(|_| found.note(true, "check_ins", Flaw::SilentDays, place));
            }
        }
    }
}
