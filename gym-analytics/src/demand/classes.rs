//! [`ClassDemand`]: how many seats of a class will be wanted, a week ahead.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;
use gym_core::booking::RegistrationState;
use gym_core::history::{History, NO_ID, micros};
use gym_core::time::{Instant, civil};
use serde::{Deserialize, Serialize};

use super::{DemandError, LEAST, ridge};
use crate::columns::{Columns, DataError};
use crate::design::Shape;
use crate::gam::{Gam, GamParams};
use crate::sample::{Family, Sample};

const DAY: i64 = 86_400_000_000;
/// A class is told from what was known so long before it.
const AHEAD: i64 = 7 * DAY;
/// What is usual is forgotten by half in so many days.
const HALF_LIFE: f64 = 28.0;

/// A class that may be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// What is done: a position in [`Facts::programmes`](gym_core::history::Facts::programmes).
    pub programme: u32,
    /// Where: a position in the history.
    pub place: u32,
    /// When it starts.
    pub starts_at: Instant,
}

/// A Poisson model of the seats that are wanted: booked and not given back in time. Programme, weekday and hour, how many
/// wanted the same a week or more before, what is usual of the programme lately, and of all classes. A class that was full
/// says no more than that so many wanted it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassDemand {
    programmes: u32,
    gam: Gam,
}

impl ClassDemand {
    /// Learns from the classes that were over at an instant, by what was recorded until then.
    ///
    /// # Errors
    ///
    /// [`DemandError`].
    pub fn learn(history: &History, as_of: Instant) -> Result<Self, DemandError> {
        let held = held(history, as_of);
        let plans: Vec<Key> = held.iter().map(|class| class.key).collect();
        let pasts = pasts(&held, &plans);
        let with: Vec<usize> = (0..held.len()).filter(|at| pasts[*at].is_some()).collect();
        if with.len() < LEAST {
            let (found, expected) = (with.len(), LEAST);
            return Err(DemandError::TooShort { found, expected });
        }
        let wanted: Vec<f64> = with.iter().map(|&at| held[at].wanted).collect();
        let programmes = history.programmes.len() as u32;
        let rows: Vec<(Key, Past)> = with
            .iter()
            .filter_map(|&at| Some((plans[at], pasts[at]?)))
            .collect();
        let columns = columns(&rows, programmes)?;
        let curve = |name: &str| (name.to_owned(), Shape::Spline { knots: 5 });
        let gam = GamParams::new(["same", "usual", "level", "minute"].map(curve).to_vec())
            .family(Family::Poisson)
            .ridge(ridge(wanted.len()))
            .learn(&Sample::new(&columns, &wanted))?;
        Ok(Self { programmes, gam })
    }

    /// Returns how many seats of each class will be wanted, by what was known at an instant and a week before the class.
    /// A programme that is new is like the others.
    ///
    /// # Errors
    ///
    /// [`DemandError::NoPast`] where no class was over by then.
    pub fn expected(
        &self,
        history: &History,
        as_of: Instant,
        plans: &[Plan],
    ) -> Result<Vec<f64>, DemandError> {
        let held = held(history, as_of);
        let zone = |place: u32| {
            history
                .places
                .zone
                .get(place as usize)
                .copied()
                .unwrap_or(Tz::UTC)
        };
        let key = |plan: &Plan| Key::new(plan.programme, zone(plan.place), micros(plan.starts_at));
        let keys: Vec<Key> = plans.iter().map(key).collect();
        let mut rows = Vec::with_capacity(keys.len());
        for (key, past) in keys.iter().zip(pasts(&held, &keys)) {
            rows.push((*key, past.ok_or(DemandError::NoPast { before: as_of })?));
        }
        Ok(self.gam.probabilities(&columns(&rows, self.programmes)?)?)
    }
}

#[derive(Clone, Copy)]
struct Key {
    starts: i64,
    programme: u32,
    weekday: u32,
    minute: u32,
}

impl Key {
    fn new(programme: u32, zone: Tz, starts: i64) -> Self {
        let local = civil(zone, DateTime::from_timestamp_micros(starts).unwrap_or_default());
        Self {
            starts,
            programme,
            weekday: local.weekday().num_days_from_monday(),
            minute: local.hour() * 60 + local.minute(),
        }
    }

    /// The same class of another week.
    fn slot(self) -> (u32, u32, u32) {
        (self.programme, self.weekday, self.minute / 60)
    }
}

struct Held {
    key: Key,
    wanted: f64,
}

/// The classes that were over at an instant, in order of their start.
fn held(history: &History, as_of: Instant) -> Vec<Held> {
    let until = micros(as_of);
    let mut wanted = vec![0.0; history.classes.len()];
    for booking in history.bookings.rows() {
        let settled_later = booking.settled_at > until;
        let given_back = matches!(
            booking.state,
            RegistrationState::Cancelled | RegistrationState::ClubCancelled
        );
        let counts = booking.recorded_at <= until && (settled_later || !given_back);
        if booking.class != NO_ID && counts {
            wanted[booking.class as usize] += f64::from(booking.seats);
        }
    }
    let rows = history.classes.rows().zip(wanted);
    let over = rows.filter(|(class, _)| class.is_on && class.ends_at <= until);
    let mut held: Vec<Held> = over
        .map(|(class, wanted)| Held {
            key: Key::new(
                class.programme,
                history.places.zone[class.place as usize],
                class.starts_at,
            ),
            wanted,
        })
        .collect();
    held.sort_by_key(|class| class.key.starts);
    held
}

/// What is known of a class a week before; logarithms of 1 + seats.
#[derive(Clone, Copy)]
struct Past {
    same: f64,
    usual: f64,
    level: f64,
}

#[derive(Clone, Copy, Default)]
struct Mean {
    sum: f64,
    weight: f64,
    at: i64,
}

impl Mean {
    fn add(&mut self, at: i64, value: f64) {
        let kept = (-((at - self.at) as f64 / DAY as f64) / HALF_LIFE).exp2();
        self.sum = self.sum * kept + value;
        self.weight = self.weight * kept + 1.0;
        self.at = at;
    }

    fn value(self) -> Option<f64> {
        (self.weight > 0.0).then(|| self.sum / self.weight)
    }
}

/// Looks back from each plan, in one pass over the classes that were held.
fn pasts(held: &[Held], plans: &[Key]) -> Vec<Option<Past>> {
    let mut order: Vec<usize> = (0..plans.len()).collect();
    order.sort_by_key(|at| plans[*at].starts);
    let mut pasts = vec![None; plans.len()];
    let (mut all, mut programmes, mut slots) = (Mean::default(), BTreeMap::new(), BTreeMap::new());
    let mut known = held.iter().peekable();
    for at in order {
        let plan = plans[at];
        // The same class of last week counts: it starts a week before, to the minute or an hour where clocks change.
        while let Some(class) = known.next_if(|class| class.key.starts <= plan.starts - AHEAD + DAY / 12) {
            let (starts, programme) = (class.key.starts, class.key.programme);
            all.add(starts, class.wanted);
            programmes
                .entry(programme)
                .or_insert_with(Mean::default)
                .add(starts, class.wanted);
            slots.insert(class.key.slot(), class.wanted);
        }
        pasts[at] = all.value().map(|level| {
            let usual = programmes
                .get(&plan.programme)
                .and_then(|mean: &Mean| mean.value())
                .unwrap_or(level);
            let same = slots.get(&plan.slot()).copied().unwrap_or(usual);
            Past {
                same: same.ln_1p(),
                usual: usual.ln_1p(),
                level: level.ln_1p(),
            }
        });
    }
    pasts
}

fn columns(rows: &[(Key, Past)], programmes: u32) -> Result<Columns<'static>, DataError> {
    let of = |value: &dyn Fn(&Key, &Past) -> f64| -> Vec<f64> {
        rows.iter().map(|(key, past)| value(key, past)).collect()
    };
    let mut columns = vec![
        ("same".to_owned(), of(&|_, past| past.same)),
        ("usual".to_owned(), of(&|_, past| past.usual)),
        ("level".to_owned(), of(&|_, past| past.level)),
        ("minute".to_owned(), of(&|key, _| f64::from(key.minute))),
    ];
    for weekday in 0..7 {
        let is = of(&|key, _| f64::from(key.weekday == weekday));
        columns.push((format!("weekday_{weekday}"), is));
    }
    for programme in 0..programmes {
        let is = of(&|key, _| f64::from(key.programme == programme));
        columns.push((format!("programme_{programme}"), is));
    }
    Columns::new(columns)
}
