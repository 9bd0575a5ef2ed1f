//! A [`Boathouse`] is a venue with a room and equipment, in which all kinds of changes can be drawn.

use std::sync::Mutex;

use chrono::{Duration, NaiveDateTime};
use gym_core::command::{Book, Command, IfFull, Scope};
use gym_core::event::Event;
use gym_core::id::{
    ClassId, ClosureId, EquipmentId, Id, MaintenanceId, MemberId, RoomId, SeriesId, SessionId, TrainerId,
    UnitId,
};
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::Offering;
use gym_core::series::Series;
use gym_core::time::Period;
use gym_db::{Done, Gym};

use crate::support::Db;
use crate::venue::{Draws, Venue, hired, noon, now, offering};

/// A venue with a studio for four and two rowers.
pub struct Boathouse {
    pub venue: Venue,
    rowers: EquipmentId,
    rower: UnitId,
    studio: RoomId,
    pub members: Vec<MemberId>,
}

impl Boathouse {
    pub fn open(db: &Db) -> Self {
        let venue = Venue::open(db);
        let (location, desk) = (venue.location, venue.gym.at(now()));
        let rowers = Command::AddEquipment {
            location,
            name: "Rower".to_owned(),
            units: vec!["Rower 1".to_owned(), "Rower 2".to_owned()],
        };
        let done = desk.run(&rowers).unwrap();
        let studio = Command::AddRoom {
            location,
            name: "Studio".to_owned(),
            capacity: 4,
        };
        let studio = desk.expect(&studio, |event| match event {
            Event::RoomAdded(new) => Some(new.id),
            _ => None,
        });
        Self {
            rowers: done.find(equipment_of).unwrap(),
            rower: done.find(unit_of).unwrap(),
            studio: studio.unwrap(),
            members: venue.members(6),
            venue,
        }
    }

    pub fn gym(&self) -> &Gym {
        &self.venue.gym
    }

    /// A class which needs the rowers and the studio.
    fn offered(&self, programme: String) -> Offering {
        Offering {
            programme,
            equipment: Some(self.rowers),
            room: Some(self.studio),
            ..offering(self.venue.location)
        }
    }

    /// The command that adds one such class.
    pub fn rowing(&self, start: NaiveDateTime) -> Command {
        let offering = self.offered(format!("rowing {start}"));
        Command::AddClass { offering, start }
    }

    pub fn add(&self, days: u32) -> ClassId {
        let added = self.gym().at(now()).run(&self.rowing(noon(days)));
        added.unwrap().find(class_of).unwrap()
    }

    pub fn maintain(&self) -> Command {
        Command::StartMaintenance {
            unit: self.rower,
            period: Period::new(now() + Duration::days(2), now() + Duration::days(30)).unwrap(),
            work: "new seat".to_owned(),
        }
    }

    pub fn resize(&self, capacity: u32) -> Command {
        Command::ResizeRoom {
            room: self.studio,
            capacity,
        }
    }
}

fn equipment_of(event: &Event) -> Option<EquipmentId> {
    match event {
        Event::EquipmentAdded(new) => Some(new.id),
        _ => None,
    }
}

fn unit_of(event: &Event) -> Option<UnitId> {
    match event {
        Event::UnitAdded(new) => Some(new.id),
        _ => None,
    }
}

fn class_of(event: &Event) -> Option<ClassId> {
    match event {
        Event::ClassAdded(new) => Some(new.id),
        _ => None,
    }
}

/// What the threads of a storm have added so far.
#[derive(Default)]
pub struct Added {
    classes: Mutex<Vec<ClassId>>,
    sessions: Mutex<Vec<SessionId>>,
    closures: Mutex<Vec<ClosureId>>,
    jobs: Mutex<Vec<MaintenanceId>>,
    series: Mutex<Vec<SeriesId>>,
    trainers: Mutex<Vec<TrainerId>>,
}

impl Added {
    pub fn note(&self, done: &Done) {
        for event in &done.events {
            match event {
                Event::ClassAdded(new) => self.classes.lock().unwrap().push(new.id),
                Event::SessionBooked(new) => self.sessions.lock().unwrap().push(new.id),
                Event::LocationClosed(new) => self.closures.lock().unwrap().push(new.id),
                Event::SeriesAdded(new) => self.series.lock().unwrap().push(new.id),
                Event::TrainerAdded(new) => self.trainers.lock().unwrap().push(new.id),
                Event::MaintenanceStarted(new) => self.jobs.lock().unwrap().push(new.id),
                _ => {}
            }
        }
    }
}

fn pick<I: Id>(from: &Mutex<Vec<I>>, draws: &mut Draws) -> I {
    let from = from.lock().unwrap();
    let n = draws.below(from.len().max(1) as u64) as usize;
    from.get(n).copied().unwrap_or(I::from_raw(9_999))
}

impl Boathouse {
    pub fn draw(&self, draws: &mut Draws, added: &Added) -> Command {
        let start = noon(20 + draws.below(6) as u32) + Duration::minutes(30 * draws.below(12) as i64);
        let member = self.members[draws.below(self.members.len() as u64) as usize];
        let class = pick(&added.classes, draws);
        let scope = [Scope::This, Scope::Following, Scope::All][draws.below(3) as usize];
        match draws.below(25) {
            0..4 => self.rowing(start),
            4..9 => Command::Book(Book {
                if_full: IfFull::Wait,
                ..Book::one(member, class)
            }),
            9 => Command::Cancel { class, member },
            10 | 11 => Command::StartMaintenance {
                unit: self.rower,
                period: Period::lasting(start.and_utc(), 30 * (1 + draws.below(100) as u32)),
                work: "oil".to_owned(),
            },
            12 => Command::EndMaintenance {
                maintenance: pick(&added.jobs, draws),
            },
            13 => self.resize(1 + draws.below(4) as u32),
            14 => Command::CloseLocation {
                location: self.venue.location,
                from: start.date(),
                until: start.date(),
                reason: "works".to_owned(),
            },
            15 => Command::LiftClosure {
                closure: pick(&added.closures, draws),
            },
            16 => Command::MoveClass {
                class,
                scope,
                start,
                minutes: None,
                room: None,
            },
            17 => Command::BookSession {
                trainer: None::<TrainerId>,
                member,
                location: self.venue.location,
                room: Some(self.studio),
                start,
                minutes: 45,
                buffers: Buffers::default(),
                overriding: None,
            },
            18 => Command::MoveSession {
                session: pick(&added.sessions, draws),
                start,
            },
            19 => Command::CancelSession {
                session: pick(&added.sessions, draws),
            },
            20 => Command::AddSeries {
                offering: self.offered("daily".to_owned()),
                recurrence: Series::new(start, chrono_tz::UTC, Some("FREQ=DAILY;COUNT=4".parse().unwrap()))
                    .unwrap(),
                until: noon(24).and_utc(),
            },
            21 => Command::Materialise {
                series: pick(&added.series, draws),
                until: noon(30).and_utc(),
            },
            22 => Command::CancelClass { class, scope },
            23 => hired(self.venue.location, "Ida"),
            _ => Command::Substitute {
                class,
                scope,
                trainer: pick(&added.trainers, draws),
            },
        }
    }
}
