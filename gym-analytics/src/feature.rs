//! [`Features`]: what is known of each member at an instant, as numbers.
//!
//! The instant cannot be left out, and it holds twice: what happened after it does not count, and what was recorded
//! after it does not count either, so that nothing of a late or back-dated row leaks. Whatever is added later leaves
//! the numbers as they are, bit by bit, and so does the number of threads.
//!
//! Days are civil days at the place of a visit; "today" is the civil day of the instant at the member's home. A visit is
//! a check-in at a door or a class that was attended; several on one day are one visit day.
//!
//! | feature | what it is |
//! |---|---|
//! | `days_since_visit` | civil days since the last visit; since joining if there was none |
//! | `visits_total` | visits in all |
//! | `visit_days_7`, `_28`, `_91`, `_182`, `_364` | days with a visit among the last so many |
//! | `visit_days_per_week` | days with a visit a week, in the last 364 days or since joining |
//! | `trend` | days with a visit a week in the last 28 days, less `visit_days_per_week` |
//! | `active_weeks_12` | weeks with a visit among the last 12 |
//! | `streak_weeks` | weeks in a row with a visit, up to the last seven days |
//! | `weekly_sd_12` | standard deviation of the days with a visit in each of the last 12 weeks |
//! | `longest_gap_91` | longest run of days without a visit in the last 91, or since joining |
//! | `mean_gap` | days from one visit day to the next on average in the last 364; 364 with fewer than two |
//! | `share_weekend` | share of the visit days of the last 364 on Saturday or Sunday |
//! | `share_early`, `share_evening`, `share_late` | share of the visits before 9, from 16 and from 20 o'clock |
//! | `places_seen` | places visited; a lower bound beyond 64 places |
//! | `stay_minutes` | minutes a visit lasted on average in the last 364 days, where its end was seen; else 0 |
//! | `tenure_days` | days since joining |
//! | `membership_days` | days since the membership that runs began; 0 without one |
//! | `memberships_begun` | memberships so far |
//! | `term_months` | months in a term of its plan; 0 if it runs until notice, or without one |
//! | `price_per_month` | its price a month, in minor units |
//! | `days_to_cliff` | days until its term or commitment is over, at most 366, which is also "never" |
//! | `is_ending` | 1 if it is known to end |
//! | `is_frozen`, `days_frozen_364` | 1 if today is frozen or closed; such days among the last 364 |
//! | `payments_failed_182` | payments that failed in the last 182 days |
//! | `days_since_failure` | days since one did, at most 366, which is also "never" |
//! | `is_behind` | 1 if the last payment whose outcome is known failed |
//! | `bookings_91`, `classes_attended_91` | bookings made, and classes attended, in the last 91 days |
//! | `late_cancels_182`, `no_shows_182` | in the last 182 days |
//! | `programmes_seen` | kinds of classes attended in the last 364 days; a lower bound beyond 64 kinds |
//! | `visits_recent` | days with a visit a week, of the last 364, where one counts half for every 30 days that it lies back; days before joining count as days of somebody who comes twice a week |
//! | `visits_missed` | visit days that would have been usual since the last one: `days_since_visit` at `visit_days_per_week` |
//! | `renewals` | terms of the membership that runs which followed another |
//! | `age`, `is_age_known` | years that are completed this year, and 1; 0 and 0 where the year of birth is not known |
//! | `join_quarter` | the quarter of the year in which they joined, 1 to 4 |
//!
//! The days of terms and commitments are those of the contract: freezes that move them are not counted in.
//!
//! ```
//! use gym_analytics::feature::{Features, NAMES};
//! use gym_core::history::{Facts, History};
//! use gym_core::time::Period;
//!
//! let year = Period::new("2026-01-01T00:00:00Z".parse()?, "2027-01-01T00:00:00Z".parse()?)?;
//! let history = History::new(year, Facts::default())?;
//! let features = Features::at(&history, "2026-06-01T00:00:00Z".parse()?)?;
//! assert_eq!((features.members().len(), features.columns().len()), (0, NAMES.len()));
//! let late = Features::at(&history, "2027-06-01T00:00:00Z".parse()?).unwrap_err();
//! assert_eq!(
//!     late.to_string(),
//!     "as_of: 2027-06-01 00:00:00 UTC is not in the history; expected 2026-01-01 00:00:00 UTC to 2027-01-01 00:00:00 UTC",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clock;
mod days;
mod dealings;
mod rhythm;
pub(crate) mod standing;
mod visits;

use std::num::NonZeroUsize;

use chrono::Datelike;
use gym_core::history::{History, NO_DAY, NO_ID, day_of, micros};
use gym_core::time::{Instant, Period};

use self::clock::Clocks;
use self::days::{Days, YEAR};
use self::dealings::Dealings;
use self::rhythm::{Rhythm, since, weekly};
use self::standing::{FAR, Standing};
use self::visits::{Tally, Visits};

/// The names of the features, in the order of the columns.
pub const NAMES: [&str; 43] = [
    "days_since_visit",
    "visits_total",
    "visit_days_7",
    "visit_days_28",
    "visit_days_91",
    "visit_days_182",
    "visit_days_364",
    "visit_days_per_week",
    "trend",
    "active_weeks_12",
    "streak_weeks",
    "weekly_sd_12",
    "longest_gap_91",
    "mean_gap",
    "share_weekend",
    "share_early",
    "share_evening",
    "share_late",
    "places_seen",
    "stay_minutes",
    "tenure_days",
    "membership_days",
    "memberships_begun",
    "term_months",
    "price_per_month",
    "days_to_cliff",
    "is_ending",
    "is_frozen",
    "days_frozen_364",
    "payments_failed_182",
    "days_since_failure",
    "is_behind",
    "bookings_91",
    "classes_attended_91",
    "late_cancels_182",
    "no_shows_182",
    "programmes_seen",
    "visits_recent",
    "visits_missed",
    "renewals",
    "age",
    "is_age_known",
    "join_quarter",
];

/// An instant that the history does not reach.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("as_of: {as_of} is not in the history; expected {} to {}", .during.start(), .during.end())]
pub struct OutOfHistory {
    /// The instant that was asked for.
    pub as_of: Instant,
    /// What the history is complete for.
    pub during: Period,
}

/// What is known of each member at an instant; see the [module](self).
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    as_of: Instant,
    members: Vec<u32>,
    columns: Vec<Vec<f64>>,
}

impl Features {
    /// Returns the features at an instant, of all members who were recorded by then.
    ///
    /// # Errors
    ///
    /// If the instant is before the history, or after it.
    pub fn at(history: &History, as_of: Instant) -> Result<Self, OutOfHistory> {
        Self::on_threads(history, as_of, NonZeroUsize::MIN)
    }

    /// Returns the same on several threads.
    ///
    /// # Errors
    ///
    /// As [`at`](Self::at).
    pub fn on_threads(
        history: &History,
        as_of: Instant,
        threads: NonZeroUsize,
    ) -> Result<Self, OutOfHistory> {
        let during = history.during();
        if as_of < during.start() || as_of > during.end() {
            return Err(OutOfHistory { as_of, during });
        }
        let now = micros(as_of);
        let clocks = Clocks::new(&history.places.zone, now);
        let tally = Tally::of(history, &clocks, now, threads.get());
        let todays: Vec<i32> = (0..history.members.len()).map(|it| tally.today(it)).collect();
        let standings = standing::of(history, now, &todays);
        let frozen = standing::frozen(history, now, &todays);
        let dealings = dealings::of(history, now);

        let known = |member: &u32| {
            history
                .members
                .recorded_at
                .get(*member as usize)
                .is_some_and(|at| *at <= now)
        };
        let members: Vec<u32> = (0..history.members.len() as u32).filter(known).collect();
        let mut columns: Vec<Vec<f64>> = (0..NAMES.len())
            .map(|_| Vec::with_capacity(members.len()))
            .collect();
        let (mut weekends, rhythm) = (Weekends::default(), Rhythm::new());
        for member in members.iter().map(|it| *it as usize) {
            let (Some(visits), Some(standing)) = (tally.visits(member), standings.get(member)) else {
                continue;
            };
            let frozen = frozen.get(member).copied().unwrap_or_default();
            let dealings = dealings.get(member).copied().unwrap_or_default();
            let joined = history
                .members
                .joined_on
                .get(member)
                .copied()
                .unwrap_or(visits.today);
            let tenure = visits.today.saturating_sub(joined).max(0).unsigned_abs();
            let mut row = Row::with(&mut columns);
            row.visits(&visits, tenure, weekends.of(visits.today));
            row.contract(history, standing, visits.today, tenure);
            row.dealings(&frozen, &dealings, now);
            row.rhythm(&rhythm, &visits, tenure);
            let born = history.members.birth_year.get(member).copied().unwrap_or(NO_DAY);
            row.person(standing, visits.today, born, joined);
        }
        Ok(Self {
            as_of,
            members,
            columns,
        })
    }

    /// Returns the instant.
    pub const fn as_of(&self) -> Instant {
        self.as_of
    }

    /// Returns whose features they are: positions in the history, ascending.
    pub fn members(&self) -> &[u32] {
        &self.members
    }

    /// Returns the columns with their names, each as long as [`members`](Self::members). Every number is finite.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = (&'static str, &[f64])> {
        NAMES.into_iter().zip(self.columns.iter().map(Vec::as_slice))
    }

    /// Returns a column by its name.
    pub fn column(&self, name: &str) -> Option<&[f64]> {
        let position = NAMES.iter().position(|it| *it == name)?;
        self.columns.get(position).map(Vec::as_slice)
    }

    /// Returns the columns with their names.
    pub fn into_columns(self) -> Vec<(&'static str, Vec<f64>)> {
        NAMES.into_iter().zip(self.columns).collect()
    }
}

/// The weekends of the year before each day that is today somewhere.
#[derive(Default)]
struct Weekends(Vec<(i32, Days)>);

impl Weekends {
    fn of(&mut self, today: i32) -> Days {
        if let Some((_, days)) = self.0.iter().find(|(day, _)| *day == today) {
            return *days;
        }
        let days = Days::weekends(today);
        self.0.push((today, days));
        days
    }
}

/// The row that is written, column by column.
struct Row<'a> {
    columns: std::slice::IterMut<'a, Vec<f64>>,
}

impl<'a> Row<'a> {
    fn with(columns: &'a mut [Vec<f64>]) -> Self {
        Self {
            columns: columns.iter_mut(),
        }
    }

    fn put<const N: usize>(&mut self, values: [f64; N]) {
        for value in values {
            if let Some(column) = self.columns.next() {
                column.push(value);
            }
        }
    }

    fn visits(&mut self, visits: &Visits, tenure: u32, weekends: Days) {
        let (days, counts) = (&visits.days, &visits.counts);
        let since = since(visits, tenure);
        let windows = [7, 28, 91, 182, YEAR].map(|window| f64::from(days.count(window)));
        let [_, month, .., year] = windows;
        let lived = (tenure + 1).min(YEAR);
        let weekly = weekly(visits, tenure);
        let recent = month / (f64::from(lived.clamp(7, 28)) / 7.0);
        let weeks = (tenure / 7 + 1).min(12);
        let by_week: [u32; 12] = std::array::from_fn(|week| days.week(week as u32));
        let by_week = by_week.get(..weeks as usize).unwrap_or_default();
        let gap = match (days.first(), days.last(), days.count(YEAR)) {
            (Some(first), Some(last), 2..) => f64::from(first - last) / (year - 1.0),
            _ => f64::from(YEAR),
        };
        let share = |part: u32, of: u32| {
            if of == 0 {
                0.0
            } else {
                f64::from(part) / f64::from(of)
            }
        };
        let [early, _, evening, late] = counts.hours;
        let in_year = counts.hours.iter().sum();
        self.put([f64::from(since), f64::from(counts.total)]);
        self.put(windows);
        self.put([
            weekly,
            recent - weekly,
            by_week.iter().filter(|count| **count > 0).count() as f64,
            f64::from(days.streak()),
            deviation(by_week),
            f64::from(days.longest_gap(lived.min(91))),
            gap,
            share(days.intersection(&weekends).count(YEAR), days.count(YEAR)),
            share(early, in_year),
            share(evening, in_year),
            share(late, in_year),
            f64::from(counts.places.count_ones()),
            share(counts.minutes, counts.stays),
        ]);
    }

    fn contract(&mut self, history: &History, standing: &Standing, today: i32, tenure: u32) {
        let runs = standing.membership != NO_ID;
        let plan = history.memberships.plan.get(standing.membership as usize);
        let plan = plan.and_then(|plan| history.plans.get(*plan as usize));
        let age = if runs {
            today.saturating_sub(standing.started_on)
        } else {
            0
        };
        let cliff = if standing.cliff > today {
            standing.cliff.saturating_sub(today).min(FAR)
        } else {
            FAR
        };
        self.put([
            f64::from(tenure),
            f64::from(age),
            f64::from(standing.begun),
            plan.map_or(0.0, |plan| f64::from(plan.term_months)),
            plan.map_or(0.0, |plan| {
                plan.price as f64 / f64::from(plan.cycle_months.max(1))
            }),
            f64::from(cliff),
            f64::from(u8::from(standing.ends)),
        ]);
    }

    fn dealings(&mut self, frozen: &Days, dealings: &Dealings, now: i64) {
        let since = if dealings.failed_at == 0 {
            f64::from(FAR)
        } else {
            (((now - dealings.failed_at) / 86_400_000_000) as f64).min(f64::from(FAR))
        };
        self.put([
            f64::from(u8::from(frozen.has(0))),
            f64::from(frozen.count(YEAR)),
            f64::from(dealings.failed),
            since,
            f64::from(u8::from(dealings.failed_at > dealings.settled_at)),
        ]);
        let counts = [dealings.booked, dealings.attended, dealings.late, dealings.missed];
        self.put(counts.map(f64::from));
        self.put([f64::from(dealings.programmes.count_ones())]);
    }

    fn rhythm(&mut self, rhythm: &Rhythm, visits: &Visits, tenure: u32) {
        let missed = f64::from(since(visits, tenure)) * weekly(visits, tenure) / 7.0;
        self.put([rhythm.recent(&visits.days, tenure + 1), missed]);
    }

    fn person(&mut self, standing: &Standing, today: i32, born: i32, joined: i32) {
        let year = day_of(today).filter(|_| born != NO_DAY).map(|day| day.year());
        let age = year.map_or(0, |year| year.saturating_sub(born).max(0));
        self.put([
            f64::from(standing.renewed),
            f64::from(age),
            f64::from(u8::from(year.is_some())),
            f64::from(day_of(joined).map_or(0, |day| day.month0() / 3 + 1)),
        ]);
    }
}

/// Returns the standard deviation of a population.
fn deviation(counts: &[u32]) -> f64 {
    let n = counts.len().max(1) as f64;
    let sum: u32 = counts.iter().sum();
    let squares: u32 = counts.iter().map(|count| count * count).sum();
    (n * f64::from(squares) - f64::from(sum) * f64::from(sum)).sqrt() / n
}
