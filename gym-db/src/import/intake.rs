//! Taking in what was read: members and timetables become commands, all of them or those that are good.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::{LocationId, MemberId, RoomId, SeriesId, TrainerId};
use gym_core::schedule::availability::Availability;
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::Offering;
use gym_core::time::Instant;
use gym_core::user::Person;

use super::members::{BadRow, Members};
use super::timetable::{BadEvent, ImportedSeries, Timetable};
use super::{OnBad, members, timetable};
use crate::desk::{Desk, Together};
use crate::error::Failure;

/// Why nothing was taken in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IntakeError {
    /// Rows are bad, and one bad row refuses all.
    #[error(transparent)]
    Members(#[from] members::Rejected),
    /// Events are bad, and one bad event refuses all.
    #[error(transparent)]
    Timetable(#[from] timetable::Rejected),
    /// The store failed, or the key was another command's.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// What was taken in of a file of members.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MembersTaken {
    /// Who was added, in the order of the file; who was there from the same key before is among them.
    pub members: Vec<MemberId>,
    /// What was left out, and why.
    pub bad: Vec<BadRow>,
}

/// What was taken in of a timetable.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TimetableTaken {
    /// The class series that were added, in the order of the file.
    pub series: Vec<SeriesId>,
    /// How many dated classes that made.
    pub classes: usize,
    /// How many closures were added.
    pub closures: usize,
    /// What was left out, and why.
    pub bad: Vec<BadEvent>,
}

/// What a timetable does not say of its classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assumed {
    /// How many may come to each class.
    pub capacity: u32,
    /// How many people a room holds that is not known yet.
    pub room_capacity: u32,
    /// Up to when dated classes are made.
    pub until: Instant,
}

impl Desk<'_> {
    /// Adds the members of a file in one transaction. Rows without a home or a first day get those given here.
    ///
    /// With a key, taking in the same file again adds nobody: a row is known by its external id, its e-mail or its line.
    ///
    /// # Errors
    ///
    /// [`IntakeError::Members`] lists every bad row if one refuses all; then, and on any failure, nothing is stored.
    pub fn import_members(
        &self,
        file: Members,
        home: LocationId,
        joined_on: NaiveDate,
        on_bad: OnBad,
    ) -> Result<MembersTaken, IntakeError> {
        let homes: BTreeMap<String, LocationId> = self
            .gym()
            .locations()
            .map_err(Failure::from)?
            .into_iter()
            .map(|it| (it.name, it.id))
            .collect();
        let Members { rows, mut bad } = file;
        let mut wanted = Vec::new();
        for row in rows {
            match row.home.as_ref().map_or(Some(&home), |name| homes.get(name)) {
                Some(home) => wanted.push((*home, row)),
                None => bad.push(BadRow {
                    line: row.line,
                    field: "home",
                    value: row.home.clone().unwrap_or_default(),
                    expected: format!(
                        "a location: {}",
                        homes.keys().cloned().collect::<Vec<_>>().join(", ")
                    ),
                }),
            }
        }
        if on_bad == OnBad::RefuseAll && !bad.is_empty() {
            return Err(members::Rejected { bad }.into());
        }
        let taken = self.together(|together| {
            let mut taken = MembersTaken {
                members: Vec::new(),
                bad: bad.clone(),
            };
            for (home, row) in &wanted {
                let command = row.command(*home, row.joined_on.unwrap_or(joined_on));
                let known_by = match (&row.external, &row.person.email) {
                    (Some(number), _) => format!("external:{number}"),
                    (None, Some(email)) => format!("email:{email}"),
                    (None, None) => format!("line:{}", row.line),
                };
                let done = together.run_as(&known_by, &command)?;
                taken.members.extend(done.find(|event| match event {
                    Event::MemberAdded(new) => Some(new.id),
                    _ => None,
                }));
            }
            Ok(taken)
        })?;
        Ok(taken)
    }

    /// Adds the classes and closures of a timetable to a location in one transaction; trainers and rooms that it names
    /// and the location lacks are added.
    ///
    /// # Errors
    ///
    /// [`IntakeError::Timetable`] lists every bad event, also those whose classes would be in conflict, if one refuses
    /// all; then, and on any failure, nothing is stored.
    pub fn import_timetable(
        &self,
        file: &Timetable,
        location: LocationId,
        assumed: Assumed,
        on_bad: OnBad,
    ) -> Result<TimetableTaken, IntakeError> {
        let mut rejected = None;
        let taken = self.together(|together| {
            let mut intake = Intake {
                location,
                assumed,
                trainers: BTreeMap::new(),
                rooms: BTreeMap::new(),
            };
            let mut team = together.trainers()?;
            team.retain(|it| it.works_at(location));
            intake
                .trainers
                .extend(team.into_iter().map(|it| (it.person.name, it.id)));
            intake
                .rooms
                .extend(together.rooms(location)?.into_iter().map(|it| (it.name, it.id)));
            let mut taken = TimetableTaken {
                bad: file.bad.clone(),
                ..TimetableTaken::default()
            };
            intake.take(together, file, &mut taken)?;
            if on_bad == OnBad::RefuseAll && !taken.bad.is_empty() {
                rejected = Some(timetable::Rejected { bad: taken.bad });
                return Err(crate::StoreError::other("the timetable was refused").into());
            }
            Ok(taken)
        });
        match rejected {
            Some(rejected) => Err(rejected.into()),
            None => Ok(taken?),
        }
    }
}

struct Intake {
    location: LocationId,
    assumed: Assumed,
    trainers: BTreeMap<String, TrainerId>,
    rooms: BTreeMap<String, RoomId>,
}

impl Intake {
    fn take(
        &mut self,
        together: &mut Together<'_>,
        file: &Timetable,
        taken: &mut TimetableTaken,
    ) -> Result<(), Failure> {
        let zone = together.location(self.location)?.map_or(file.zone, |it| it.zone);
        for closure in &file.closures {
            let (location, reason) = (self.location, closure.title.clone());
            let command = Command::CloseLocation {
                location,
                from: closure.from,
                until: closure.until,
                reason,
            };
            match together.run_as(&format!("closure:{}", closure.uid), &command) {
                Ok(_) => taken.closures += 1,
                Err(failure) => taken.bad.push(refused(&closure.title, closure.line, failure)?),
            }
        }
        for series in &file.series {
            let offering = self.offering(together, series)?;
            let Some(command) = series.command(offering, zone, self.assumed.until) else {
                continue;
            };
            let known_by = match series.replaces {
                Some(original) => format!("series:{original}:{}", series.uid),
                None => format!("series::{}", series.uid),
            };
            match together.run_as(&known_by, &command) {
                Ok(done) => {
                    let classes = done
                        .events
                        .iter()
                        .filter(|event| matches!(event, Event::ClassAdded(_)));
                    taken.classes += classes.count();
                    taken.series.extend(done.find(|event| match event {
                        Event::SeriesAdded(new) => Some(new.id),
                        _ => None,
                    }));
                }
                Err(failure) => taken.bad.push(refused(&series.title, series.line, failure)?),
            }
        }
        Ok(())
    }

    fn offering(
        &mut self,
        together: &mut Together<'_>,
        series: &ImportedSeries,
    ) -> Result<Offering, Failure> {
        let trainer = series
            .trainer
            .as_deref()
            .map(|name| self.trainer(together, name))
            .transpose()?;
        // Calendars write the place as "location, room".
        let room = series
            .location
            .as_deref()
            .and_then(|place| place.rsplit_once(','))
            .map(|(_, room)| room.trim());
        let room = room
            .filter(|room| !room.is_empty())
            .map(|room| self.room(together, room))
            .transpose()?;
        let programme = series.categories.first().unwrap_or(&series.title).to_lowercase();
        Ok(Offering {
            location: self.location,
            title: series.title.clone(),
            programme,
            trainer: trainer.flatten(),
            room,
            equipment: None,
            capacity: self.assumed.capacity,
            minutes: series.minutes,
            buffers: Buffers::default(),
        })
    }

    fn trainer(&mut self, together: &mut Together<'_>, name: &str) -> Result<Option<TrainerId>, Failure> {
        if let Some(id) = self.trainers.get(name) {
            return Ok(Some(*id));
        }
        let Ok(person) = Person::new(name, None) else {
            return Ok(None);
        };
        let (home, availability) = (self.location, Availability::default());
        let command = Command::AddTrainer {
            person,
            user: None,
            home,
            also_at: BTreeSet::new(),
            availability,
        };
        let added = together
            .run_as(&format!("trainer:{name}"), &command)?
            .find(|event| match event {
                Event::TrainerAdded(new) => Some(new.id),
                _ => None,
            });
        self.trainers.extend(added.map(|id| (name.to_owned(), id)));
        Ok(added)
    }

    fn room(&mut self, together: &mut Together<'_>, name: &str) -> Result<RoomId, Failure> {
        if let Some(id) = self.rooms.get(name) {
            return Ok(*id);
        }
        let (location, capacity) = (self.location, self.assumed.room_capacity);
        let command = Command::AddRoom {
            location,
            name: name.to_owned(),
            capacity,
        };
        let added = together
            .run_as(&format!("room:{location}:{name}"), &command)?
            .find(|event| match event {
                Event::RoomAdded(new) => Some(new.id),
                _ => None,
            });
        let id = added.ok_or_else(|| crate::StoreError::other("the room was not added"))?;
        self.rooms.insert(name.to_owned(), id);
        Ok(id)
    }
}

/// Makes a refusal a bad event; any other failure stays one.
fn refused(title: &str, line: u64, failure: Failure) -> Result<BadEvent, Failure> {
    match failure {
        Failure::Refused(refusal) => Ok(BadEvent {
            event: title.to_owned(),
            line,
            field: "timetable".to_owned(),
            value: refusal
                .reasons
                .first()
                .map(|reason| reason.sentence(refusal.zone))
                .unwrap_or_default(),
            expected: format!("no conflict ({} in all)", refusal.reasons.len()),
        }),
        failure => Err(failure),
    }
}
