//! A [`Placing`] puts classes on trainers, rooms and units, and says what is in the way.

use std::collections::BTreeSet;

use super::apply::is_unit;
use super::people::{Checks, is_line};
use super::{Claims, Club, Key};
use crate::booking::refusal::Reason;
use crate::decision::Draft;
use crate::event::Event;
use crate::id::{ClaimId, ClosureId, Id, TrainerId};
use crate::location::Location;
use crate::schedule::claim::{Buffers, Claim, Owner, Resource};
use crate::schedule::class::{CAPACITY_MAX, Offering};
use crate::time::Period;

/// The claims that a decision makes and gives up, over those of the club.
pub(super) struct Placing<'c> {
    club: &'c Club,
    made: Claims,
    freed: BTreeSet<Owner>,
    despite: Option<ClosureId>,
}

impl<'c> Placing<'c> {
    pub(super) fn new(club: &'c Club) -> Self {
        Self {
            club,
            made: Claims::default(),
            freed: BTreeSet::new(),
            despite: None,
        }
    }

    /// Takes no notice of a closure.
    pub(super) fn despite(self, closure: ClosureId) -> Self {
        Self {
            despite: Some(closure),
            ..self
        }
    }

    /// Counts everything that an owner claims as free.
    pub(super) fn free(&mut self, owner: Owner) {
        self.freed.insert(owner);
    }

    /// Counts everything that an owner claims as free, also what this decision took for it.
    pub(super) fn give_up(&mut self, owner: Owner) {
        self.freed.insert(owner);
        self.made.release(owner, None);
    }

    /// Returns what is in the way of taking a resource.
    pub(super) fn rival(&self, resource: Resource, occupied: Period) -> Option<Claim> {
        let stays = |claim: &&Claim| !self.freed.contains(&claim.owner);
        let club = self.club.claims.during(resource, occupied).find(stays);
        club.or_else(|| self.made.during(resource, occupied).next())
            .copied()
    }

    /// Lists when a resource is taken in a period.
    pub(super) fn taken(&self, resource: Resource, during: Period) -> Vec<Period> {
        let stays = |claim: &&Claim| !self.freed.contains(&claim.owner);
        let club = self.club.claims.during(resource, during).filter(stays);
        club.chain(self.made.during(resource, during))
            .map(Claim::occupied)
            .collect()
    }

    /// Finds the resources for a class at a time, or every reason why it cannot take place.
    pub(super) fn find(
        &self,
        offering: &Offering,
        period: Period,
    ) -> Result<Vec<(Resource, Buffers)>, Vec<Reason>> {
        let mut reasons = Vec::new();
        let mut found = Vec::new();
        let Some(location) = self.club.locations.get(offering.location) else {
            return Err(vec![Reason::Unknown {
                what: "location".to_owned(),
                id: offering.location.raw(),
            }]);
        };
        self.club.check_open(location, period, self.despite, &mut reasons);
        let fixed = [
            offering.trainer.map(Resource::Trainer),
            offering.room.map(Resource::Room),
        ];
        let occupied = offering.buffers.around(period);
        for resource in fixed.into_iter().flatten() {
            if let Some(rival) = self.rival(resource, occupied) {
                reasons.push(Reason::Taken {
                    resource,
                    owner: rival.owner,
                    period: rival.occupied(),
                });
            }
            found.push((resource, offering.buffers));
        }
        if let Some(equipment) = offering.equipment {
            let mut units = 0;
            let before = found.len();
            for unit in self.club.units.of(Key::Equipment(equipment)) {
                units += 1;
                let resource = Resource::Unit(unit.id);
                let wanted = found.len() - before < offering.capacity as usize;
                if wanted && self.rival(resource, occupied).is_none() {
                    found.push((resource, offering.buffers));
                }
            }
            if found.len() == before {
                reasons.push(Reason::NoUnits { units, period });
            }
        }
        if reasons.is_empty() {
            Ok(found)
        } else {
            Err(reasons)
        }
    }

    /// Finds the resources for a class that comes to a time or a trainer that it did not have, at which the trainer must
    /// be there. A class that is there already waits for a substitute.
    pub(super) fn find_anew(
        &self,
        offering: &Offering,
        period: Period,
    ) -> Result<Vec<(Resource, Buffers)>, Vec<Reason>> {
        let found = self.find(offering, period);
        let away = offering
            .trainer
            .and_then(|trainer| self.club.time_off(trainer, period));
        match (found, away) {
            (found, None) => found,
            (Ok(_), Some(away)) => Err(vec![away]),
            (Err(mut reasons), Some(away)) => {
                reasons.push(away);
                Err(reasons)
            }
        }
    }

    /// Takes what was found for an owner.
    pub(super) fn take(
        &mut self,
        draft: &mut Draft,
        owner: Owner,
        period: Period,
        found: &[(Resource, Buffers)],
    ) {
        for (resource, buffers) in found {
            let id: ClaimId = draft.local();
            let claim = Claim::new(id, *resource, owner, period, *buffers);
            self.made.insert(claim);
            draft.push(Event::Claimed(claim));
        }
    }

    /// Takes note of claims that a decision made by itself.
    pub(super) fn note(&mut self, events: &[Event]) {
        for event in events {
            if let Event::Claimed(claim) = event {
                self.made.insert(*claim);
            }
        }
    }

    /// Returns how many units are among the resources that were found.
    pub(super) fn units(found: &[(Resource, Buffers)]) -> u32 {
        found.iter().filter(|(resource, _)| is_unit(*resource)).count() as u32
    }
}

impl Club {
    /// Adds the reasons why a location cannot be used in a period: closed days and opening hours.
    pub(super) fn check_open(
        &self,
        location: &Location,
        period: Period,
        despite: Option<ClosureId>,
        reasons: &mut Vec<Reason>,
    ) {
        let last = period.end() - chrono::Duration::microseconds(1);
        let last = location.date(last);
        let days = || {
            location
                .date(period.start())
                .iter_days()
                .take_while(|day| *day <= last)
        };
        let mut closures = self
            .closures
            .of(Key::Location(location.id))
            .filter(|closure| Some(closure.id) != despite);
        if let Some(closure) = closures.find(|closure| days().any(|day| closure.covers_day(day))) {
            reasons.push(Reason::LocationClosed {
                location: location.id,
                from: closure.from,
                until: closure.until,
                why: closure.reason.clone(),
            });
        }
        if !location.is_open(&period) {
            reasons.push(Reason::OutsideHours {
                location: location.id,
                period,
            });
        }
    }

    fn time_off(&self, trainer: TrainerId, period: Period) -> Option<Reason> {
        let off = &self.trainers.get(trainer)?.availability.time_off;
        off.iter()
            .any(|off| off.overlaps(&period))
            .then_some(Reason::TrainerAway { trainer, period })
    }

    /// Checks what an offering says, and that what it names exists at its location.
    pub(super) fn check_offering(&self, offering: &Offering, checks: &mut Checks) {
        let place = offering.location;
        let there = |at| at == place;
        checks.known("location", place, self.locations.get(place));
        checks.text("title", &offering.title);
        checks.value(
            is_line(&offering.programme),
            "programme",
            format!("{:?}", offering.programme),
            "at most 200 characters on one line",
        );
        checks.value(
            (1..=CAPACITY_MAX).contains(&offering.capacity),
            "capacity",
            offering.capacity,
            "1 to 10000",
        );
        checks.value(
            (1..=1440).contains(&offering.minutes),
            "minutes",
            offering.minutes,
            "1 to 1440",
        );
        let buffers = offering
            .buffers
            .before_minutes
            .max(offering.buffers.after_minutes);
        checks.value(buffers <= 1440, "buffers", buffers, "at most 1440 minutes");
        let mut elsewhere = |what: &str, id: i64, at| {
            if !there(at) {
                checks.0.push(Reason::WrongPlace {
                    what: what.to_owned(),
                    id,
                    at,
                    expected: place,
                });
            }
        };
        if let Some(room) = offering.room.and_then(|room| self.rooms.get(room)) {
            elsewhere("room", room.id.get(), room.location);
        }
        if let Some(equipment) = offering
            .equipment
            .and_then(|equipment| self.equipment.get(equipment))
        {
            elsewhere("equipment", equipment.id.get(), equipment.location);
        }
        if let Some(room) = offering.room {
            checks.known("room", room, self.rooms.get(room));
        }
        if let Some(equipment) = offering.equipment {
            checks.known("equipment", equipment, self.equipment.get(equipment));
        }
        if let Some(trainer) = offering.trainer
            && let Some(found) = checks.known("trainer", trainer, self.trainers.get(trainer))
            && !found.works_at(place)
        {
            checks.0.push(Reason::TrainerElsewhere {
                trainer,
                location: place,
            });
        }
    }
}
