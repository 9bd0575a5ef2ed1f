//! Free slots: what can still be booked with one trainer, or with any of a team in fair turns.
//!
//! Slots start on a grid of the wall clock: every `step_minutes` from local midnight. The grid does not
//! depend on when a shift starts, on what is booked or on the window that was asked for, so two
//! screens never disagree, and the slots of two trainers fall together. A slot lies inside open
//! time; its buffers must miss everything that is occupied, but may reach outside the opening hours.
//! Touching is not overlap. Where the clocks go back, the hour that happens twice has its slots twice.
//!
//! ```
//! use chrono::{DateTime, Utc};
//! use gym_core::schedule::claim::Buffers;
//! use gym_core::schedule::slots::{SlotRequest, free_slots};
//! use gym_core::time::{Period, zone};
//!
//! let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
//! let open = [Period::new(at("2026-03-02T08:10:00Z"), at("2026-03-02T11:00:00Z"))?];
//! let busy = [Period::lasting(at("2026-03-02T09:00:00Z"), 45)];
//! let request = SlotRequest::new(60, 30, Buffers::default(), at("2026-03-01T00:00:00Z"))?;
//! let free = free_slots(&open, &busy, &request, zone("Europe/Berlin")?);
//! assert_eq!(free, [Period::lasting(at("2026-03-02T10:00:00Z"), 60)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod search;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use chrono::{Duration, Offset, TimeZone};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::id::TrainerId;
use crate::schedule::claim::Buffers;
use crate::time::{Instant, Period, merge};

pub use self::search::SlotSearch;

const DAY_MINUTES: u32 = 24 * 60;
const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// A slot request outside its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {value} minutes is out of range; expected {least} to 1440")]
pub struct InvalidSlotRequest {
    /// Which number it is.
    pub field: &'static str,
    /// The number that was given.
    pub value: u32,
    /// The least that is allowed.
    pub least: u32,
}

/// What to look for: how long, on which grid, with which buffers, and from when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct SlotRequest {
    length_minutes: u32,
    step_minutes: u32,
    buffers: Buffers,
    earliest: Instant,
}

#[derive(Serialize, Deserialize)]
struct Parts {
    length_minutes: u32,
    step_minutes: u32,
    #[serde(default)]
    buffers: Buffers,
    earliest: Instant,
}

impl TryFrom<Parts> for SlotRequest {
    type Error = InvalidSlotRequest;

    fn try_from(parts: Parts) -> Result<Self, InvalidSlotRequest> {
        Self::new(
            parts.length_minutes,
            parts.step_minutes,
            parts.buffers,
            parts.earliest,
        )
    }
}

impl From<SlotRequest> for Parts {
    fn from(request: SlotRequest) -> Self {
        Self {
            length_minutes: request.length_minutes,
            step_minutes: request.step_minutes,
            buffers: request.buffers,
            earliest: request.earliest,
        }
    }
}

impl SlotRequest {
    /// Makes a request; length and step are 1 to 1440 minutes, each buffer at most 1440.
    ///
    /// `earliest` is the first instant at which a slot may start: now plus the notice that is wanted.
    pub fn new(
        length_minutes: u32,
        step_minutes: u32,
        buffers: Buffers,
        earliest: Instant,
    ) -> Result<Self, InvalidSlotRequest> {
        let numbers = [
            ("length_minutes", length_minutes, 1),
            ("step_minutes", step_minutes, 1),
            ("before_minutes", buffers.before_minutes, 0),
            ("after_minutes", buffers.after_minutes, 0),
        ];
        for (field, value, least) in numbers {
            if !(least..=DAY_MINUTES).contains(&value) {
                return Err(InvalidSlotRequest { field, value, least });
            }
        }
        Ok(Self {
            length_minutes,
            step_minutes,
            buffers,
            earliest,
        })
    }

    /// Returns how long a slot is, in minutes.
    pub const fn length_minutes(&self) -> u32 {
        self.length_minutes
    }

    /// Returns how far apart the starts on the grid are, in minutes.
    pub const fn step_minutes(&self) -> u32 {
        self.step_minutes
    }

    /// Returns what must be free before and after a slot.
    pub const fn buffers(&self) -> Buffers {
        self.buffers
    }

    /// Returns the same request for slots that also start no earlier than an instant.
    #[must_use]
    pub fn starting_from(self, earliest: Instant) -> Self {
        Self {
            earliest: self.earliest.max(earliest),
            ..self
        }
    }
}

/// Returns the free slots of one trainer, by start.
///
/// `open` is when the trainer works; `busy` is occupied time, with its own buffers. Both may come in
/// any order and overlap. `zone` is where the wall clock of the grid hangs.
pub fn free_slots(open: &[Period], busy: &[Period], request: &SlotRequest, zone: Tz) -> Vec<Period> {
    let mut sweep = Sweep::new(busy, request);
    for period in merge(open.to_vec()) {
        for grid in grids(zone, period) {
            sweep.fill(&grid, period.end().timestamp_micros());
        }
    }
    sweep.slots
}

/// A stretch of at most a day in which the wall clock keeps its offset, so that the grid is arithmetic.
struct Grid {
    stretch: Period,
    offset_micros: i64,
}

fn offset(zone: Tz, at: Instant) -> i64 {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc());
    i64::from(offset.fix().local_minus_utc()) * 1_000_000
}

fn grids(zone: Tz, period: Period) -> Vec<Grid> {
    let (mut grids, mut start) = (Vec::with_capacity(1), period.start());
    while start < period.end() {
        let end = start.checked_add_signed(Duration::days(1));
        let end = end.map_or(period.end(), |end| end.min(period.end()));
        let offset_micros = offset(zone, start);
        let end = change(zone, start, end, offset_micros).unwrap_or(end);
        if let Ok(stretch) = Period::new(start, end) {
            grids.push(Grid {
                stretch,
                offset_micros,
            });
        }
        start = end;
    }
    grids
}

/// Returns the first instant, to the second, at which the offset is no longer what it was at `start`.
fn change(zone: Tz, start: Instant, end: Instant, was: i64) -> Option<Instant> {
    let (mut same, mut other) = (start.timestamp(), end.timestamp());
    let at = |seconds| Instant::from_timestamp(seconds, 0);
    if offset(zone, at(other)?) == was {
        return None;
    }
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        if offset(zone, at(middle)?) == was {
            same = middle;
        } else {
            other = middle;
        }
    }
    at(other).filter(|change| *change > start && *change < end)
}

/// The search, in microseconds: slots ahead, busy time that may still matter, and what was found.
struct Sweep {
    busy: std::iter::Peekable<std::vec::IntoIter<(i64, i64)>>,
    earliest: i64,
    step: i64,
    length: i64,
    before: i64,
    after: i64,
    minutes: u32,
    slots: Vec<Period>,
}

impl Sweep {
    fn new(busy: &[Period], request: &SlotRequest) -> Self {
        let micros = |minutes: u32| i64::from(minutes) * 60_000_000;
        let ends = |period: &Period| (period.start().timestamp_micros(), period.end().timestamp_micros());
        let mut busy: Vec<(i64, i64)> = busy.iter().map(ends).collect();
        busy.sort_unstable();
        Self {
            busy: busy.into_iter().peekable(),
            earliest: request.earliest.timestamp_micros(),
            step: micros(request.step_minutes),
            length: micros(request.length_minutes),
            before: micros(request.buffers.before_minutes),
            after: micros(request.length_minutes) + micros(request.buffers.after_minutes),
            minutes: request.length_minutes,
            slots: Vec::new(),
        }
    }

    /// Adds the slots that start in the grid's stretch and end before the trainer closes.
    fn fill(&mut self, grid: &Grid, closes: i64) {
        let (first, end) = (grid.stretch.start(), grid.stretch.end());
        let last = (closes - self.length).min(end.timestamp_micros() - 1);
        let from = first.timestamp_micros().max(self.earliest);
        let mut tick = Tick::at_or_after(from, grid.offset_micros, self.step);
        while tick.at <= last {
            if let Some(end) = self.taken_until(tick.at) {
                tick = Tick::at_or_after(end + self.before, grid.offset_micros, self.step);
            } else {
                let at = Instant::from_timestamp_micros(tick.at);
                self.slots.extend(at.map(|at| Period::lasting(at, self.minutes)));
                tick = tick.next(self.step);
            }
        }
    }

    /// Returns the end of what overlaps the slot and its buffers, if anything does; starts must not go back.
    fn taken_until(&mut self, start: i64) -> Option<i64> {
        let (from, to) = (start - self.before, start + self.after);
        while self.busy.next_if(|(_, end)| *end <= from).is_some() {}
        self.busy
            .peek()
            .filter(|(begin, _)| *begin < to)
            .map(|(_, end)| *end)
    }
}

/// An instant whose wall clock is a multiple of the step after midnight, in microseconds.
struct Tick {
    at: i64,
    to_midnight: i64,
}

impl Tick {
    fn at_or_after(from: i64, offset: i64, step: i64) -> Self {
        let clock = (from + offset).rem_euclid(DAY_MICROS);
        let up = ((clock + step - 1) / step * step).min(DAY_MICROS);
        Self {
            at: from - clock + up,
            to_midnight: if up < DAY_MICROS {
                DAY_MICROS - up
            } else {
                DAY_MICROS
            },
        }
    }

    fn next(self, step: i64) -> Self {
        if step < self.to_midnight {
            Self {
                at: self.at + step,
                to_midnight: self.to_midnight - step,
            }
        } else {
            Self {
                at: self.at + self.to_midnight,
                to_midnight: DAY_MICROS,
            }
        }
    }
}

/// What is known of a trainer's turns in the window that fairness is measured over, e.g. a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The trainer.
    pub trainer: TrainerId,
    /// Sessions given in the window, and what [`starting_count`] said if the trainer joined in it.
    pub given: u32,
    /// When the last one started; none for never.
    pub last: Option<Instant>,
    /// The share of the work: 2 gets twice what 1 gets, 0 takes no turns.
    pub weight: u32,
}

/// Returns the team in the order of its turns; trainers of weight 0 are left out.
///
/// First comes who has given least for the weight, then who gave least recently, then the lower id.
/// The order does not depend on that of the candidates, and there are no floats in it.
///
/// ```
/// use gym_core::id::TrainerId;
/// use gym_core::schedule::slots::{Candidate, rotation};
///
/// let trainer = |id, given, weight| TrainerId::new(id).map(|trainer| Candidate { trainer, given, last: None, weight });
/// let order = rotation(&[trainer(1, 3, 1)?, trainer(2, 5, 2)?, trainer(3, 2, 1)?]); // 3, 2.5 and 2 for their weight
/// assert_eq!(order.iter().map(|id| id.get()).collect::<Vec<_>>(), [3, 2, 1]);
/// # Ok::<(), gym_core::id::InvalidId>(())
/// ```
pub fn rotation(candidates: &[Candidate]) -> Vec<TrainerId> {
    let mut team: Vec<&Candidate> = candidates.iter().filter(|c| c.weight > 0).collect();
    team.sort_by(|a, b| turn(a, b));
    team.into_iter().map(|candidate| candidate.trainer).collect()
}

fn turn(a: &Candidate, b: &Candidate) -> Ordering {
    let crossed = |x: &Candidate, y: &Candidate| u64::from(x.given) * u64::from(y.weight);
    crossed(a, b)
        .cmp(&crossed(b, a))
        .then(a.last.cmp(&b.last))
        .then(a.trainer.cmp(&b.trainer))
}

/// Returns the count with which a newcomer of `weight` stands at the mean of the team, rounded up.
///
/// Without it a new trainer would get every session until the others are caught up with. Keep it
/// with the trainer and add it to [`Candidate::given`] as long as the window holds the day of joining.
pub fn starting_count(team: &[Candidate], weight: u32) -> u32 {
    let (mut given, mut weights) = (0_u128, 0_u128);
    for candidate in team.iter().filter(|c| c.weight > 0) {
        given += u128::from(candidate.given);
        weights += u128::from(candidate.weight);
    }
    let share = (weights > 0).then(|| (given * u128::from(weight)).div_ceil(weights));
    u32::try_from(share.unwrap_or(0)).unwrap_or(u32::MAX)
}

/// A free slot and the trainers who could give it, the first by turn first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamSlot {
    /// The time.
    pub slot: Period,
    /// Who is free, in the order of their turns; never empty.
    pub trainers: Vec<TrainerId>,
}

/// Merges the free slots of several trainers, by start, for whoever takes any trainer.
///
/// `order` is what [`rotation`] says now; a trainer who is not in it is not offered. A slot is lost
/// only when its last trainer is taken: booking one leaves the others.
pub fn any_slots(free: &BTreeMap<TrainerId, Vec<Period>>, order: &[TrainerId]) -> Vec<TeamSlot> {
    let mut offers: Vec<(Period, usize)> = Vec::new();
    for (turn, trainer) in order.iter().enumerate() {
        let slots = free.get(trainer).into_iter().flatten();
        offers.extend(slots.map(|slot| (*slot, turn)));
    }
    // Stable, so that turns stay in order; and quick, because every trainer's slots are sorted already.
    offers.sort_by_key(|(slot, _)| *slot);
    let same_slot = offers.chunk_by(|a, b| a.0 == b.0);
    let team_slot = |offers: &[(Period, usize)]| TeamSlot {
        slot: offers[0].0,
        trainers: offers.iter().map(|(_, turn)| order[*turn]).collect(),
    };
    same_slot.map(team_slot).collect()
}
