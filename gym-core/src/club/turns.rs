//! Whose turn it is to give a session.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;

use super::placing::Placing;
use super::{Club, Key};
use crate::id::{LocationId, TrainerId};
use crate::location::Location;
use crate::schedule::session::Session;
use crate::schedule::slots::{Candidate, rotation, starting_count};
use crate::time::{Instant, Period};
use crate::trainer::Trainer;

/// The window over which turns are counted, in days.
const TURNS_DAYS: i64 = 30;

/// The turns of one trainer, from which a [`Candidate`] is made for any time.
pub(super) struct Turns {
    trainer: TrainerId,
    /// When their sessions start, ascending.
    starts: Vec<Instant>,
    joined_at: Instant,
    starting_turns: u32,
    weight: u32,
}

impl Turns {
    /// Counts the turns in the window before an instant, and what is to come.
    pub(super) fn at(&self, at: Instant) -> Candidate {
        let since = at - Duration::days(TURNS_DAYS);
        let given = self.starts.len() - self.starts.partition_point(|start| *start <= since);
        let count = u32::try_from(given).unwrap_or(u32::MAX);
        let joined = self.joined_at > since;
        Candidate {
            trainer: self.trainer,
            given: count.saturating_add(if joined { self.starting_turns } else { 0 }),
            last: self.starts.last().copied().filter(|last| *last > since),
            weight: self.weight,
        }
    }
}

impl Club {
    /// Returns when a trainer works at a location around a period, by the clocks of their home.
    pub(super) fn working(&self, trainer: &Trainer, place: &Location, around: Period) -> Vec<Period> {
        let zone = self
            .locations
            .get(trainer.home)
            .map_or(place.zone, |home| home.zone);
        trainer
            .availability
            .open(zone, Some(place.id), around.padded(1, 1))
    }

    /// Returns whose turn it is among the trainers who are free.
    pub(super) fn next_trainer(
        &self,
        place: &Location,
        wanted: &Session,
        placing: &Placing<'_>,
    ) -> Option<TrainerId> {
        let free = |trainer: &&Trainer| {
            let asked = Session {
                trainer: trainer.id,
                ..wanted.clone()
            };
            self.against_trainer(place, &asked, placing).is_empty()
        };
        let weights = &self.policy(place.id).turn_weights;
        let free = self.trainers.iter().filter(free);
        let turns = free.map(|trainer| self.turns(trainer, weights).at(wanted.period.start()));
        rotation(&turns.collect::<Vec<_>>()).first().copied()
    }

    /// Returns the turns with which a trainer who joins at `now` stands at the mean of those who work at some places.
    /// The weights are those of their home.
    pub(super) fn starting_turns(
        &self,
        home: LocationId,
        also_at: &BTreeSet<LocationId>,
        now: Instant,
    ) -> u32 {
        let weights = &self.policy(home).turn_weights;
        let works = |trainer: &&Trainer| {
            trainer.works_at(home) || also_at.iter().any(|place| trainer.works_at(*place))
        };
        let team = self.trainers.iter().filter(works);
        let team: Vec<Candidate> = team.map(|it| self.turns(it, weights).at(now)).collect();
        starting_count(&team, 1)
    }

    /// Lists the turns of a trainer.
    pub(super) fn turns(&self, trainer: &Trainer, weights: &BTreeMap<TrainerId, u32>) -> Turns {
        let given = self.sessions.of(Key::Trainer(trainer.id));
        let given = given.filter(|it| it.state.is_live());
        let mut starts: Vec<Instant> = given.map(|it| it.period.start()).collect();
        starts.sort_unstable();
        Turns {
            trainer: trainer.id,
            starts,
            joined_at: trainer.joined_at,
            starting_turns: trainer.starting_turns,
            weight: weights.get(&trainer.id).copied().unwrap_or(1),
        }
    }
}
