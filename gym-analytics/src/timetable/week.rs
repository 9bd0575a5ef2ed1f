//! [`Week`]: the last week of a place as a [`Question`]: what was held, asked anew.

use std::collections::BTreeMap;

use chrono::{Datelike, TimeDelta, Timelike};
use gym_core::history::{Class, History, NO_KEY, micros};
use gym_core::time::{Instant, civil};

use super::{Kind, Question, Room, Slot, Trainer};
use crate::demand::{ClassDemand, DemandError, Plan};

/// The classes that a place held in the seven days before an instant, as a question: each programme at least once and
/// at most as often as then, in the slots and rooms that they had, by the trainers who gave them, who teach what they
/// taught and no more classes than they gave.
///
/// What the history does not know is to be set before the question is asked: every trainer counts as free in every slot,
/// costs nothing, and everybody who comes is worth 1.
///
/// ```
/// use gym_analytics::demand::ClassDemand;
/// use gym_analytics::timetable::{Limits, Week};
/// use gym_core::sim::teacher::{Profile, Teacher};
///
/// let lesson = Teacher::new(Profile::Uk, 7, 300, "2024-01-01".parse()?, 12).teach();
/// let (history, now) = (&lesson.history, lesson.months[12]);
/// let demand = ClassDemand::learn(history, now)?;
/// let week = Week::of(history, 0, now, &demand)?;
/// let limits = Limits { nodes: 1, ..Limits::default() };
/// let answer = week.question.answer(limits)?;
/// let first = answer.classes[0];
/// assert!(first.slot < week.starts.len() && first.room < week.rooms.len());
/// assert!(answer.worth > 0.5 * week.held);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Week {
    /// The question.
    pub question: Question,
    /// What was held was worth, by the same demand.
    pub held: f64,
    /// When each of its slots begins in the next seven days.
    pub starts: Vec<Instant>,
    /// The id of each of its rooms in the club; [`NO_KEY`] for classes without one.
    pub rooms: Vec<i64>,
    /// The id of each of its trainers; [`NO_KEY`] for classes without one.
    pub trainers: Vec<i64>,
    /// The programme of each of its kinds: a position in [`Facts::programmes`](gym_core::history::Facts::programmes).
    pub programmes: Vec<u32>,
}

impl Week {
    /// Reads the week of a place before an instant. Where nothing was held, the question is empty.
    ///
    /// # Errors
    ///
    /// Those of [`ClassDemand::expected`].
    pub fn of(
        history: &History,
        place: u32,
        as_of: Instant,
        demand: &ClassDemand,
    ) -> Result<Self, DemandError> {
        let (from, until) = (micros(as_of - TimeDelta::days(7)), micros(as_of));
        let rows = history.classes.rows();
        let held: Vec<Class> = rows
            .filter(|it| it.place == place && it.is_on && it.starts_at >= from && it.ends_at <= until)
            .collect();
        let mut seen = Seen::default();
        held.iter().for_each(|class| seen.class(history, class));
        let starts: Vec<Instant> = seen.slots.values().map(|slot| slot.0).collect();
        let programmes: Vec<u32> = seen.kinds.keys().copied().collect();
        let mut table = Vec::with_capacity(programmes.len());
        for programme in &programmes {
            let plan = |at: &Instant| Plan {
                programme: *programme,
                place,
                starts_at: *at,
            };
            let plans: Vec<Plan> = starts.iter().map(plan).collect();
            table.push(demand.expected(history, as_of, &plans)?);
        }
        Ok(seen.week(&held, history, table))
    }
}

/// What the classes of a week used.
#[derive(Default)]
struct Seen {
    /// By the minute of the week: when it comes again, and how long the longest class in it was.
    slots: BTreeMap<u32, (Instant, u32)>,
    kinds: BTreeMap<u32, u32>,
    rooms: BTreeMap<i64, u32>,
    /// What each trainer taught, and how many classes.
    trainers: BTreeMap<i64, (Vec<u32>, u32)>,
}

impl Seen {
    fn class(&mut self, history: &History, class: &Class) {
        let Some((minute, again)) = slot(history, class) else {
            return;
        };
        let lasts = (class.ends_at - class.starts_at).div_euclid(60_000_000);
        let minutes = u32::try_from(lasts).unwrap_or(0).clamp(1, 1_440);
        let longest = &mut self.slots.entry(minute).or_insert((again, minutes)).1;
        *longest = minutes.max(*longest);
        *self.kinds.entry(class.programme).or_default() += 1;
        let seats = self.rooms.entry(class.room).or_default();
        *seats = class.capacity.max(*seats);
        let (taught, count) = self.trainers.entry(class.trainer).or_default();
        *count += 1;
        if !taught.contains(&class.programme) {
            taught.push(class.programme);
        }
    }

    fn week(self, held: &[Class], history: &History, demand: Vec<Vec<f64>>) -> Week {
        let programmes: Vec<u32> = self.kinds.keys().copied().collect();
        let kind_of = |programme: u32| programmes.iter().position(|it| *it == programme);
        let trainer = |(id, (taught, count)): (&i64, &(Vec<u32>, u32))| Trainer {
            teaches: taught.iter().filter_map(|it| kind_of(*it)).collect(),
            free: (0..self.slots.len()).collect(),
            // Nobody is no bottleneck.
            most: if *id == NO_KEY { held.len() as u32 } else { *count },
            cost: 0.0,
        };
        let minutes: Vec<u32> = self.slots.keys().copied().collect();
        let expected = |class: &Class| {
            let (kind, (minute, _)) = (kind_of(class.programme)?, slot(history, class)?);
            let at = minutes.binary_search(&minute).ok()?;
            Some(demand.get(kind)?.get(at)?.min(f64::from(class.capacity)))
        };
        let question = Question {
            slots: self
                .slots
                .iter()
                .map(|(starts, (_, minutes))| Slot {
                    starts: *starts,
                    minutes: *minutes,
                })
                .collect(),
            rooms: self.rooms.values().map(|seats| Room { seats: *seats }).collect(),
            kinds: self
                .kinds
                .values()
                .map(|most| Kind {
                    worth: 1.0,
                    least: 1,
                    most: *most,
                })
                .collect(),
            trainers: self.trainers.iter().map(trainer).collect(),
            demand: Vec::new(),
        };
        Week {
            held: held.iter().filter_map(expected).sum(),
            question: Question { demand, ..question },
            starts: self.slots.values().map(|slot| slot.0).collect(),
            rooms: self.rooms.keys().copied().collect(),
            trainers: self.trainers.keys().copied().collect(),
            programmes,
        }
    }
}

/// The minute of the week at which a class begins, and when that comes again.
fn slot(history: &History, class: &Class) -> Option<(u32, Instant)> {
    let zone = history.places.zone.get(class.place as usize)?;
    let at = chrono::DateTime::from_timestamp_micros(class.starts_at)?;
    let local = civil(*zone, at);
    let minute = local.weekday().num_days_from_monday() * 1_440 + local.hour() * 60 + local.minute();
    let next = local.checked_add_signed(TimeDelta::days(7))?;
    Some((minute, gym_core::time::resolve(*zone, next).instant))
}
