//! Taking in what was read: members and timetables become commands, all of them or those that are good.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::{LocationId, MemberId, RoomId, SeriesId, TrainerId};
use gym_core::schedule::availability::Availability;
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::Offering;
use gym_core::time::Instant;
use gym_core::user::Person;

use super::bad::{homeless, refused, refused_row, told};
use super::members::{BadRow, Members};
use super::name::{Named, Several, by_name, room_in};
use super::timetable::{BadEvent, ImportedSeries, Timetable};
use super::{OnBad, cut, members, timetable};
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
        let locations = self.gym().locations().map_err(Failure::from)?;
        let homes = by_name(locations.into_iter().map(|it| (it.name, it.id)));
        let Members { rows, mut bad } = file;
        let mut wanted = Vec::new();
        for row in rows {
            match row.home.as_ref().map_or(Some(&Ok(home)), |name| homes.get(name)) {
                Some(Ok(home)) => wanted.push((*home, row)),
                found => bad.push(homeless(&row, &homes, found.is_some())),
            }
        }
        bad.sort_by_key(|bad| bad.line);
        if on_bad == OnBad::RefuseAll && !bad.is_empty() {
            return Err(members::Rejected { bad }.into());
        }
        let mut rejected = None;
        let taken = self.together(|together| {
            rejected = None;
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
                match together.run_as(&known_by, &command) {
                    Ok(done) => taken.members.extend(done.find(|event| match event {
                        Event::MemberAdded(new) => Some(new.id),
                        _ => None,
                    })),
                    Err(Failure::Refused(refusal)) => taken.bad.push(refused_row(row, &refusal)),
                    Err(failure) => return Err(failure),
                }
            }
            taken.bad.sort_by_key(|bad| bad.line);
            if on_bad == OnBad::RefuseAll && !taken.bad.is_empty() {
                rejected = Some(members::Rejected { bad: taken.bad });
                return Err(crate::StoreError::other("the members were refused").into());
            }
            Ok(taken)
        });
        match rejected {
            Some(rejected) => Err(rejected.into()),
            None => Ok(taken?),
        }
    }

    /// Adds the classes and closures of a timetable to a location in one transaction; trainers and rooms that it names
    /// and the location lacks are added.
    ///
    /// A place names a room if its first line is the name of the location, a comma, and a name that is a room's or has no
    /// comma: any other may be an address. A trainer or room whose name others have too is a bad event.
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
            rejected = None;
            let mut team = together.trainers()?;
            team.retain(|it| it.works_at(location));
            let rooms = together.rooms(location)?;
            let mut intake = Intake {
                location,
                assumed,
                trainers: by_name(team.into_iter().map(|it| (it.person.name, it.id))),
                rooms: by_name(rooms.into_iter().map(|it| (it.name, it.id))),
            };
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
    trainers: Named<TrainerId>,
    rooms: Named<RoomId>,
}

impl Intake {
    fn take(
        &mut self,
        together: &mut Together<'_>,
        file: &Timetable,
        taken: &mut TimetableTaken,
    ) -> Result<(), Failure> {
        let place = together.location(self.location)?;
        let zone = place.as_ref().map_or(file.zone, |it| it.zone);
        let name = place.map(|it| it.name).unwrap_or_default();
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
            let offering = self.offering(together, series, &name)?;
            let command = offering.and_then(|offering| series.command(offering, zone, self.assumed.until));
            let command = match command {
                Ok(Some(command)) => command,
                Ok(None) => continue,
                Err(bad) => {
                    taken.bad.push(bad);
                    continue;
                }
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
        taken.bad.sort_by_key(|bad| bad.line);
        Ok(())
    }

    fn offering(
        &mut self,
        together: &mut Together<'_>,
        series: &ImportedSeries,
        place: &str,
    ) -> Result<Result<Offering, BadEvent>, Failure> {
        let bad = |field: &str, value: &str, expected: &str| BadEvent {
            event: series.title.clone(),
            line: series.line,
            field: field.to_owned(),
            value: cut(value),
            expected: expected.to_owned(),
        };
        let trainer = match series.trainer.as_deref() {
            Some(name) => match self.trainer(together, name)? {
                Ok(trainer) => trainer,
                Err(Several) => {
                    return Ok(Err(bad(
                        "ATTENDEE",
                        name,
                        "a name that only one trainer here has",
                    )));
                }
            },
            None => None,
        };
        let is_room = |name: &str| self.rooms.contains_key(name);
        let room = series.location.as_deref();
        let room = room.and_then(|text| room_in(text, place, is_room));
        let room = match room {
            Some(name) => match self.room(together, name) {
                Ok(Ok(room)) => Some(room),
                Ok(Err(Several)) => {
                    return Ok(Err(bad("LOCATION", name, "a name that only one room here has")));
                }
                Err(Failure::Refused(refusal)) => {
                    let (_, _, expected) = told(&refusal, "a room that can be added");
                    return Ok(Err(bad("LOCATION", name, &format!("a room: {expected}"))));
                }
                Err(failure) => return Err(failure),
            },
            None => None,
        };
        let programme = series.categories.first().unwrap_or(&series.title).to_lowercase();
        Ok(Ok(Offering {
            location: self.location,
            title: series.title.clone(),
            programme,
            trainer,
            room,
            equipment: None,
            capacity: self.assumed.capacity,
            minutes: series.minutes,
            buffers: Buffers::default(),
        }))
    }

    fn trainer(
        &mut self,
        together: &mut Together<'_>,
        name: &str,
    ) -> Result<Result<Option<TrainerId>, Several>, Failure> {
        match self.trainers.get(name) {
            Some(Ok(id)) => return Ok(Ok(Some(*id))),
            Some(Err(Several)) => return Ok(Err(Several)),
            None => {}
        }
        let Ok(person) = Person::new(name, None) else {
            return Ok(Ok(None));
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
        self.trainers.extend(added.map(|id| (name.to_owned(), Ok(id))));
        Ok(Ok(added))
    }

    fn room(&mut self, together: &mut Together<'_>, name: &str) -> Result<Result<RoomId, Several>, Failure> {
        match self.rooms.get(name) {
            Some(Ok(id)) => return Ok(Ok(*id)),
            Some(Err(Several)) => return Ok(Err(Several)),
            None => {}
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
        self.rooms.insert(name.to_owned(), Ok(id));
        Ok(Ok(id))
    }
}
