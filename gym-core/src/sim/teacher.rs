//! A [`Teacher`] is a simulated club whose truth is known: what was seen of it, and apart from that why it happened.
//!
//! It makes columns and no commands, so that years of many members take seconds. Every member has a nature, and a
//! motivation that comes and goes: both decide how often they come. Whether they leave is decided month by month, at a
//! probability that is kept, by what is seen of them and by how easily they leave by nature; see below. In a month after
//! the second, somebody who was not seen for three weeks, and one of ten others, is drawn for an offer: a coin decides
//! whether it is made, and its effect on each is known.
//!
//! All of a month is decided by what was so at its beginning, midnight of its first day: whoever looks at the club then
//! can at best know the probability that is kept. The same seed gives the same club on one machine; exponentials and
//! logarithms may differ in the last bit on another.
//!
//! # Who leaves
//!
//! In each month that a member begins, `ln(p / (1 − p))` of the probability `p` that they choose to leave in it is the sum of
//!
//! | term | what it is | after |
//! |---|---|---|
//! | `base` | of the profile | how long people stay: [`Profile`] |
//! | `early · e^(−t / 3)` | `t` months since joining | most leave in the first three months: Clavel et al., J Phys Act Health 2025 |
//! | `0.95 · e^(−v / 3)` | `v` visits a month, of which those of the last month count by half | risk is up with at most 3 and with 4 to 6 visits a month: Oliveira et al., Rev Bras Ciênc Esporte 2021 |
//! | `0.9 · (1 − e^(−a / 2.31))` | `a` months since the last visit, or since joining, in whole weeks | 2.31 full months lie between the last visit and cancelling: DellaVigna and Malmendier, Am Econ Rev 2006; few visits: Oliveira et al. 2021 |
//! | `0.2` | for who joined from October to December | risk is up: Oliveira et al. 2021 |
//! | `−0.012 · (age − 40)` | the age at joining | age matters: Sperandei, Vieira and Reis, J Sci Med Sport 2016 |
//! | `frailty` | of the member, for good: normal, by the profile | |
//! | `cliff` | of the profile, in the month in which a term of 6 or 12 months is over | short contracts raise risk: Clavel et al. 2025 |
//! | `−moved` | if an offer is made to them in the month: of the member, for good | |
//!
//! Within a term `p` is 0.003. The studies say what raises the risk and when; how much each term adds, but for what is
//! calibrated by profile, is assumed. Motivation and sleep are not in it: they act through visits alone, so that but for
//! frailty and what an offer does everything is there to be seen.
//!
//! # Example
//!
//! ```
//! use gym_core::sim::teacher::{Profile, Teacher};
//!
//! let lesson = Teacher::new(Profile::NorthAmerica, 7, 200, "2024-01-01".parse()?, 12).teach();
//! assert_eq!(lesson.history.members.len(), 200);
//! assert_eq!(lesson.truth.natures.len(), 200);
//! assert!(lesson.truth.months.iter().all(|month| (0.0..1.0).contains(&month.leaves())));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chance;
mod law;
mod life;
mod month;
mod profile;
mod timetable;
mod truth;

use chrono::{Days, Months, NaiveDate, NaiveTime};

pub use self::profile::Profile;
pub use self::truth::{KINDS, Month, Nature, Showing, Truth};

use self::life::Life;
use self::profile::{JOINS, Shape};
use self::timetable::Timetable;
use super::draw::Draws;
use crate::history::{Facts, History, Place, Plan, micros};
use crate::money::Currency;
use crate::time::{Instant, Period, resolve};

/// The terms that are sold, in months; 0 runs until notice.
const TERMS: [u32; 3] = [0, 6, 12];

/// An offer that was made or, as the coin fell, was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// To whom: a position in the history.
    pub member: u32,
    /// The month, from 0: drawn at its beginning, and over with it.
    pub month: u32,
    /// Whether it was made.
    pub made: bool,
}

/// What is seen of a club, and what is true of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Lesson {
    /// What happened.
    pub history: History,
    /// Who was drawn for an offer, by member and month.
    pub offers: Vec<Offer>,
    /// Why it happened.
    pub truth: Truth,
    /// The beginnings of the months, and the end of the last.
    pub months: Vec<Instant>,
}

/// A simulated club whose truth is known; see the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Teacher {
    profile: Profile,
    seed: u64,
    members: u32,
    start: NaiveDate,
    months: u32,
}

impl Teacher {
    /// Makes a club of a profile: how many join in how many months, at least one, of which the first is that of `start`.
    pub const fn new(profile: Profile, seed: u64, members: u32, start: NaiveDate, months: u32) -> Self {
        Self {
            profile,
            seed,
            members,
            start,
            months: if months == 0 { 1 } else { months },
        }
    }

    /// Lets the club live.
    pub fn teach(&self) -> Lesson {
        let shape = self.profile.shape();
        let days = self.days();
        let midnight = |day: &NaiveDate| resolve(shape.zone, day.and_time(NaiveTime::MIN)).instant;
        let months: Vec<Instant> = days.iter().map(midnight).collect();
        let (Some(first), Some(last)) = (months.first(), months.last()) else {
            return self.nothing();
        };
        let Ok(during) = Period::new(*first, *last) else {
            return self.nothing();
        };
        let mut facts = Facts::default();
        self.open(&shape, &mut facts);
        let timetable = Timetable::new(&shape, &days, &mut facts);
        let weights = self.joins(&days);
        let (mut truth, mut offers) = (Truth::default(), Vec::new());
        for member in 0..self.members {
            let mut draws = Draws::of(self.seed, u64::from(member) + 1);
            let joins = draws.weighted(&weights);
            let mut life = Life::new(&shape, &days, member, draws);
            life.live(joins, &timetable, &mut facts, &mut truth, &mut offers);
        }
        match History::new(during, facts) {
            Ok(history) => Lesson {
                history,
                offers,
                truth,
                months,
            },
            Err(_) => self.nothing(),
        }
    }

    /// The first days of the months, and the day after the last; fewer at the calendar's end.
    fn days(&self) -> Vec<NaiveDate> {
        let first = chrono::Datelike::with_day(&self.start, 1).unwrap_or(self.start);
        (0..=self.months)
            .filter_map(|n| first.checked_add_months(Months::new(n)))
            .collect()
    }

    /// How many join in each month, as weights: those of a year lie as the months do.
    fn joins(&self, days: &[NaiveDate]) -> Vec<u32> {
        let month = |day: &NaiveDate| JOINS.get(chrono::Datelike::month0(day) as usize).copied();
        let weight = |day: &NaiveDate| (month(day).unwrap_or(1.0) * 1_000.0) as u32;
        let mut weights: Vec<u32> = days.iter().map(weight).collect();
        weights.pop();
        weights
    }

    fn open(&self, shape: &Shape, facts: &mut Facts) {
        let currency = shape.currency.parse().unwrap_or(Currency::EUR);
        facts.places.push(Place {
            id: 1,
            zone: shape.zone,
            currency,
        });
        for ((id, price), term_months) in (1..).zip(shape.prices).zip(TERMS) {
            facts.plans.push(Plan {
                id,
                price,
                currency,
                cycle_months: 1,
                term_months,
            });
        }
    }

    /// A club at the end of the calendar, of which nothing can be told.
    fn nothing(&self) -> Lesson {
        let start = self.start.and_time(NaiveTime::MIN).and_utc();
        Lesson {
            history: History::nothing(Period::lasting(start, 1)),
            offers: Vec::new(),
            truth: Truth::default(),
            months: Vec::new(),
        }
    }
}

/// Returns when a civil day is over, in microseconds: what was recorded on it is known by then.
fn over(shape: &Shape, day: NaiveDate) -> i64 {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    micros(resolve(shape.zone, next.and_time(NaiveTime::MIN)).instant)
}
