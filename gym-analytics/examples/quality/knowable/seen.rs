//! What the simulation is like, and what is seen of its members.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, Weekday};
use gym_core::booking::RegistrationState;
use gym_core::history::{NO_TIME, Outcome as Paid, day_of};
use gym_core::sim::teacher::{Lesson, Profile};
use gym_core::time::{Instant, civil};

/// The numbers of a profile, as the simulation has them.
#[derive(Debug, Clone, Copy)]
pub struct Laws {
    pub(super) base: f64,
    pub(super) early: f64,
    pub(super) frailty: f64,
    pub(super) weekly: f64,
    pub(super) cliff: f64,
}

/// How visits lie in the year.
const SEASON: [f64; 12] = [
    1.12, 1.06, 1.04, 1.00, 0.99, 0.95, 0.92, 0.93, 1.00, 1.01, 1.00, 0.91,
];

impl Laws {
    /// Returns those of a profile.
    pub const fn of(profile: Profile) -> Self {
        let (base, early, frailty, weekly, cliff) = match profile {
            Profile::Rio => (-1.10, 0.45, 0.45, 1.90, 1.0),
            Profile::Uk => (-2.88, 0.80, 0.5, 1.36, 1.3),
            Profile::NorthAmerica => (-3.80, 1.00, 0.5, 2.85, 1.65),
        };
        Self {
            base,
            early,
            frailty,
            weekly,
            cliff,
        }
    }

    /// Returns what everybody sees of the logit of leaving: all but how easily they leave and what an offer takes from it.
    pub(super) fn seen(&self, month: &Seen, course: &Course) -> f64 {
        let absent = f64::from(month.absent / 7 * 7) / 30.44;
        self.base
            + self.early * (-month.tenure / 3.0).exp()
            + 0.95 * (-month.weeks * 4.35 / 3.0).exp()
            + 0.9 * (1.0 - (-absent / 2.31).exp())
            + if course.autumn { 0.2 } else { 0.0 }
            - 0.012 * (course.age - 40.0)
            + if month.cliff == Some(true) {
                self.cliff
            } else {
                0.0
            }
    }

    /// Returns how often somebody of an age comes in a week on average.
    pub(super) fn habit(&self, age: f64) -> f64 {
        let habit = if age < 20.0 {
            0.65
        } else {
            1.05 - 0.00045 * (age - 40.0).powi(2)
        };
        self.weekly * habit
    }
}

/// What is seen of a member's month when it begins, and what is seen of it when it is over.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    pub(super) number: u32,
    /// Months since joining, and how many calendar months after it.
    pub(super) tenure: f64,
    pub(super) count: u32,
    /// Visits a week, those of the last month by half.
    pub(super) weeks: f64,
    /// Whether a term is over in it; none without terms.
    pub(super) cliff: Option<bool>,
    /// Days since the last visit, or since joining.
    pub(super) absent: i32,
    /// Whether the last payment failed.
    pub(super) failed: bool,
    pub(super) season: f64,
    /// The days from the first, or from joining, Saturdays and Sundays apart.
    pub(super) days: [f64; 2],
    /// The days of those on which they came or had booked, and whether a payment failed, if they stayed.
    pub(super) events: [f64; 2],
    pub(super) fails: bool,
}

/// A member as seen.
pub(super) struct Course {
    pub(super) age: f64,
    /// Whether they joined from October to December.
    pub(super) autumn: bool,
    pub(super) joining: Seen,
    pub(super) months: Vec<Seen>,
}

/// What was seen on the days of a member's month.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    pub(super) events: [f64; 2],
    pub(super) came: f64,
    pub(super) last: i32,
    pub(super) fails: bool,
}

fn weekend(day: NaiveDate) -> usize {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun) as usize
}

/// Reads the members of a lesson, without its truth.
pub(super) fn courses(lesson: &Lesson) -> Option<Vec<Course>> {
    let history = &lesson.history;
    let zone = *history.places.zone.first()?;
    let firsts: Vec<NaiveDate> = lesson.months.iter().map(|at| civil(zone, *at).date()).collect();
    let micros = |at: &Instant| at.timestamp_micros();
    let starts: Vec<i64> = lesson.months.iter().map(micros).collect();
    let month = |at: i64| starts.partition_point(|start| *start <= at).checked_sub(1);
    let mut tallies: HashMap<(u32, usize), Tally> = HashMap::new();
    let mut event = |member: u32, at: i64, came: bool| {
        let day = civil(zone, Instant::from_timestamp_micros(at)?).date();
        let tally = tallies.entry((member, month(at)?)).or_default();
        tally.events[weekend(day)] += 1.0;
        if came {
            tally.came += 1.0;
            tally.last = tally.last.max(day.num_days_from_ce());
        }
        Some(())
    };
    for row in history.check_ins.rows() {
        event(row.member, row.at, true);
    }
    for row in history.bookings.rows() {
        let class = history.classes.get(row.class as usize)?;
        event(
            row.member,
            class.starts_at,
            row.state == RegistrationState::Attended,
        );
    }
    for row in history.payments.rows() {
        let tally = tallies.entry((row.member, month(row.made_at)?)).or_default();
        tally.fails = row.outcome == Paid::Failed;
    }
    let mut frozen: HashMap<u32, Vec<(i32, i32)>> = HashMap::new();
    for row in history.freezes.rows() {
        frozen
            .entry(row.membership)
            .or_default()
            .push((row.from, row.until));
    }
    let mut all = Vec::new();
    for (member, held) in (0_u32..).zip(history.memberships.rows()) {
        let joined = day_of(held.starts_on)?;
        let term = history.plans.get(held.plan as usize)?.term_months;
        let born = history.members.birth_year.get(member as usize)?;
        let first = firsts.partition_point(|day| *day <= joined).checked_sub(1)?;
        let gone = match held.end_recorded_at {
            NO_TIME => firsts.len(),
            at => month(at - 1)?,
        };
        let still = |day: NaiveDate| {
            let day = day.signed_duration_since(NaiveDate::default()).num_days() as i32;
            let mut freezes = frozen.get(&member).into_iter().flatten();
            freezes.any(|(from, until)| *from <= day && day < *until)
        };
        let (mut weeks, mut failed, mut last) = (2.0, false, joined.num_days_from_ce());
        let mut seen = |number: usize, from: NaiveDate| {
            let next = *firsts.get(number + 1)?;
            let tally = tallies.get(&(member, number)).copied().unwrap_or_default();
            let mut days = [0.0; 2];
            from.iter_days()
                .take_while(|day| *day < next)
                .for_each(|day| days[weekend(day)] += 1.0);
            let count = (from.year() - joined.year()) * 12 + from.month0() as i32 - joined.month0() as i32;
            let month = Seen {
                number: number as u32,
                tenure: (from - joined).num_days() as f64 / 30.44,
                count: count.unsigned_abs(),
                weeks,
                cliff: (term > 0).then(|| count.unsigned_abs().is_multiple_of(term)),
                absent: from.num_days_from_ce() - last,
                failed,
                season: SEASON[from.month0() as usize],
                days,
                events: tally.events,
                fails: tally.fails,
            };
            weeks = 0.5 * weeks + 0.5 * tally.came * 7.0 / days.iter().sum::<f64>();
            (failed, last) = (tally.fails, last.max(tally.last));
            Some(month)
        };
        let joining = seen(first, joined)?;
        let later = first + 1..(gone + 1).min(firsts.len() - 1);
        let months = later
            .filter(|number| !still(firsts[*number]))
            .filter_map(|number| seen(number, firsts[number]));
        all.push(Course {
            age: f64::from(joined.year() - born),
            autumn: joined.month() >= 10,
            joining,
            months: months.collect(),
        });
    }
    Some(all)
}
