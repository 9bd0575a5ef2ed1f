//! Whose turn it is to give a session, and when it could be instead.

use std::collections::BTreeSet;

use chrono::Duration;

use super::placing::Placing;
use super::{Club, Key};
use crate::booking::refusal::Alternative;
use crate::command::Context;
use crate::id::{LocationId, TrainerId};
use crate::location::Location;
use crate::schedule::claim::Resource;
use crate::schedule::session::Session;
use crate::schedule::slots::{Candidate, SlotRequest, free_slots, rotation, starting_count};
use crate::time::{Instant, Period, civil, day, resolve};
use crate::trainer::Trainer;

/// The window over which turns are counted, in days.
const TURNS_DAYS: i64 = 30;

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
        let start = wanted.period.start();
        let free = self.trainers.iter().filter(free);
        let candidates: Vec<Candidate> = free.map(|trainer| self.candidate(trainer, start)).collect();
        rotation(&candidates).first().copied()
    }

    /// Returns the turns with which a trainer who joins at `now` stands at the mean of those who work at some places.
    pub(super) fn starting_turns(&self, places: &BTreeSet<LocationId>, now: Instant) -> u32 {
        let team = self.trainers.iter();
        let team = team.filter(|trainer| places.iter().any(|place| trainer.works_at(*place)));
        let team: Vec<Candidate> = team.map(|trainer| self.candidate(trainer, now)).collect();
        starting_count(&team, 1)
    }

    /// Counts the turns of a trainer in the window before an instant, and what is to come.
    fn candidate(&self, trainer: &Trainer, at: Instant) -> Candidate {
        let since = at - Duration::days(TURNS_DAYS);
        let given = self.sessions.of(Key::Trainer(trainer.id));
        let given = given.filter(|it| it.state.is_live() && it.period.start() > since);
        let recent: Vec<Instant> = given.map(|it| it.period.start()).collect();
        let joined = trainer.joined_at > since;
        let count = u32::try_from(recent.len()).unwrap_or(u32::MAX);
        Candidate {
            trainer: trainer.id,
            given: count.saturating_add(if joined { trainer.starting_turns } else { 0 }),
            last: recent.into_iter().max(),
            weight: 1,
        }
    }

    /// Proposes up to three free times on the same civil day.
    pub(super) fn other_slots(
        &self,
        place: &Location,
        wanted: &Session,
        any: bool,
        placing: &Placing<'_>,
        context: &Context,
    ) -> Vec<Alternative> {
        let Some(day) = day(place.zone, place.date(wanted.period.start())) else {
            return Vec::new();
        };
        let minutes = wanted.period.duration().num_minutes().try_into().unwrap_or(60);
        let Ok(request) = SlotRequest::new(minutes, 30, wanted.buffers, context.now) else {
            return Vec::new();
        };
        let asked = self
            .trainers
            .iter()
            .filter(|trainer| any || trainer.id == wanted.trainer);
        let mut found = Vec::new();
        for trainer in asked.filter(|trainer| trainer.works_at(place.id)) {
            let open = self.working(trainer, place, day);
            let busy = self
                .claims
                .during(Resource::Trainer(trainer.id), day.padded(1440, 1440));
            let busy: Vec<Period> = busy.map(|claim| claim.occupied()).collect();
            found.extend(
                free_slots(&open, &busy, &request, place.zone)
                    .into_iter()
                    .map(|period| (period, trainer.id)),
            );
        }
        found.sort_by_key(|(period, trainer)| {
            (
                (period.start() - wanted.period.start()).abs(),
                period.start(),
                *trainer,
            )
        });
        let accepted = |&(period, trainer): &(Period, TrainerId)| {
            let asked = Session {
                period,
                trainer,
                ..wanted.clone()
            };
            // Of a time that the clocks show twice, only the first can be asked for.
            resolve(place.zone, civil(place.zone, period.start())).instant == period.start()
                && self.against_session(place, &asked, placing, context).is_empty()
                && self.against_trainer(place, &asked, placing).is_empty()
        };
        let found = found.into_iter().filter(accepted).take(3);
        found
            .map(|(period, trainer)| Alternative::Slot { trainer, period })
            .collect()
    }
}
