//! Processes are killed in the middle of a storm: what was acknowledged is there, and what is there is sound.

use std::collections::BTreeMap;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use gym_core::club::Club;
use gym_core::command::{Book, Command, IfFull, Scope};
use gym_core::event::Event;
use gym_core::id::{ClassId, Id, LocationId, MemberId, TrainerId};
use gym_core::schedule::claim::Buffers;
use gym_db::{Entry, Gym, canonical};
use serde::{Deserialize, Serialize};

use crate::children::{Answer, Child, Said, Work, ask, say};
use crate::support::{Db, times};
use crate::venue::{Draws, Venue, noon, seed, sound};

const THREADS: u64 = 2;
const CHILDREN: u64 = 2;
const CLASSES: u32 = 12;
const MEMBERS: u32 = 40;

/// Commands without end, the same for the same seed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Storm {
    pub url: String,
    pub name: String,
    pub seed: u64,
    pub place: Place,
}

/// What there is to ask for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Place {
    pub location: LocationId,
    pub trainers: Vec<TrainerId>,
    pub classes: Vec<ClassId>,
    pub members: Vec<MemberId>,
}

impl Place {
    pub fn of(venue: &Venue) -> Self {
        Self {
            location: venue.location,
            trainers: vec![venue.trainer, venue.trainer("Alan"), venue.trainer("Barbara")],
            members: venue.members(MEMBERS),
            classes: (0..CLASSES)
                .map(|day| venue.class(noon(20 + day), 4, (day % 2 == 0).then_some(venue.trainer)))
                .collect(),
        }
    }

    /// Draws what one member wants.
    pub fn draw(&self, draws: &mut Draws) -> (MemberId, Command) {
        let member = self.members[draws.below(self.members.len() as u64) as usize];
        let class = self.classes[draws.below(self.classes.len() as u64) as usize];
        let command = match draws.below(22) {
            0..9 => Command::Book(Book {
                if_full: IfFull::Wait,
                ..Book::one(member, class)
            }),
            9..15 => Command::Cancel { class, member },
            15 => Command::Hold {
                class,
                member,
                seats: 1 + draws.below(2) as u32,
                channel: Default::default(),
            },
            16 => Command::ReleaseHold { class, member },
            17 => Command::Promote { class },
            18 => Command::SetCapacity {
                class,
                capacity: 2 + draws.below(5) as u32,
            },
            19 => Command::MoveClass {
                class,
                scope: Scope::This,
                start: noon(20 + draws.below(CLASSES.into()) as u32)
                    + chrono::Duration::minutes(30 * draws.below(8) as i64),
                minutes: None,
                room: None,
            },
            20 => Command::Substitute {
                class,
                scope: Scope::This,
                trainer: self.trainers[draws.below(self.trainers.len() as u64) as usize],
            },
            _ => Command::BookSession {
                trainer: draws.below(4).checked_sub(1).map(|n| self.trainers[n as usize]),
                member,
                location: self.location,
                room: None,
                start: noon(20 + draws.below(20) as u32)
                    + chrono::Duration::minutes(15 * draws.below(30) as i64),
                minutes: 45,
                buffers: Buffers::default(),
                overriding: None,
            },
        };
        (member, command)
    }
}

impl Storm {
    /// The commands of one thread, each with its key.
    fn commands(&self, thread: u64) -> impl Iterator<Item = (String, MemberId, Command)> {
        let mut draws = Draws(self.seed.wrapping_mul(1_000_003).wrapping_add(thread));
        (0u64..).map(move |n| {
            let (member, command) = self.place.draw(&mut draws);
            (format!("{}-{thread}-{n}", self.name), member, command)
        })
    }

    /// Gives the commands, and says each answer, until the process is killed.
    pub fn run(&self) {
        let gym = Gym::open(&self.url).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let gym = &gym;
                scope.spawn(move || {
                    for (key, member, command) in self.commands(thread) {
                        say(&ask(gym, &key, member, &command));
                    }
                });
            }
        });
    }

    /// Lets another process give the commands, kills it at a moment that is drawn, and returns what it had said.
    fn until_killed(&self) -> Vec<Said> {
        let mut draws = Draws(!self.seed);
        let mut child = Child::start(&Work::Storm(self.clone()));
        let (ear, heard) = channel();
        std::thread::scope(|scope| {
            scope.spawn(move || child.lines.try_for_each(|said| ear.send(said)));
            let mut said = Vec::new();
            // One in eight dies while it opens, the others some time after they were first answered.
            if draws.below(8) > 0 {
                said.extend(heard.recv());
            }
            let dies = Instant::now() + Duration::from_micros(draws.below(60_000));
            loop {
                match heard.recv_timeout(dies.saturating_duration_since(Instant::now())) {
                    Ok(more) => said.push(more),
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => {
                        panic!("{} ended by itself, after {said:?}", self.name)
                    }
                }
            }
            child.life.kill();
            said.extend(heard);
            said
        })
    }
}

/// The club as the journal tells it, and what was acknowledged, up to some row of the journal.
#[derive(Default)]
pub struct Told {
    pub club: Club,
    pub entries: BTreeMap<String, Entry>,
    last: i64,
}

impl Told {
    /// Folds the rows since the last time, each of which must be what its facts lead to.
    pub fn catch_up(&mut self, gym: &Gym) {
        for entry in gym.journal(self.last, u32::MAX).unwrap() {
            let decided = self.club.decide(&entry.command, &entry.context);
            let plain = |mut decision: gym_core::decision::Decision| {
                decision
                    .as_mut()
                    .err()
                    .into_iter()
                    .for_each(|refusal| refusal.alternatives.clear());
                canonical(&decision).unwrap()
            };
            assert_eq!(
                plain(decided),
                plain(entry.outcome.clone()),
                "row {} of the journal",
                entry.id
            );
            if let Ok(events) = &entry.outcome {
                self.club.apply(events, &entry.ids);
            }
            self.last = entry.id;
            let twice = self.entries.insert(entry.key.clone(), entry);
            assert!(twice.is_none(), "a key was journaled twice");
        }
        let stored = gym.club().unwrap();
        // The journal holds no names, and none of the words that somebody wrote.
        for member in stored.members.iter() {
            self.club
                .members
                .change(member.id, |told| told.person.clone_from(&member.person));
        }
        for trainer in stored.trainers.iter() {
            self.club
                .trainers
                .change(trainer.id, |told| told.person.clone_from(&trainer.person));
        }
        for job in stored.maintenance.iter() {
            self.club
                .maintenance
                .change(job.id, |told| told.work.clone_from(&job.work));
        }
        for closure in stored.closures.iter() {
            self.club
                .closures
                .change(closure.id, |told| told.reason.clone_from(&closure.reason));
        }
        assert!(
            stored == self.club,
            "the stored club differs from what the journal tells"
        );
    }

    /// Checks that what was answered is what is stored.
    pub fn holds(&self, said: &Said) {
        let entry = self.entries.get(&said.key);
        let entry = entry.unwrap_or_else(|| panic!("acknowledged, and lost: {said:?}"));
        let events = entry.outcome.as_ref().map_err(ToString::to_string);
        let real = |events: &Vec<Event>| {
            events
                .iter()
                .map(|event| event.resolved(&entry.ids))
                .collect::<Vec<_>>()
        };
        match (&said.answer, events.map(real)) {
            (Answer::Seat(id), Ok(events)) => {
                let is_it = |event: &Event| matches!(event, Event::Booked(new) if new.id.get() == *id);
                assert!(events.iter().any(is_it), "{said:?}: {events:?}");
                let stored = self.club.registrations.get(Id::from_raw(*id));
                assert_eq!(stored.map(|it| it.member), Some(said.member), "{said:?}");
            }
            (Answer::Place(place), Ok(events)) => {
                let is_it = |event: &Event| matches!(event, Event::Waitlisted(new) if new.seq == *place && new.member == said.member);
                assert!(events.iter().any(is_it), "{said:?}: {events:?}");
            }
            (Answer::Done, Ok(_)) => {}
            (Answer::Refused(sentence), Err(stored)) => assert_eq!(*sentence, stored),
            (_, stored) => panic!("{said:?}, but stored is {stored:?}"),
        }
    }
}

/// Waits until the server has noticed that the killed are gone.
fn settle(db: &Db) {
    let others = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let (mut raw, since) = (db.raw(), Instant::now());
    while !db.is_sqlite() && raw.count(others) > 0 {
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "connections of the killed stay"
        );
    }
}

/// How many died, and how often an answer was lost though its command was stored.
#[derive(Debug, Default)]
struct Toll {
    killed: u64,
    acknowledged: usize,
    unheard: usize,
}

/// Lets children storm and die, and checks the database that they leave.
fn turn(db: &Db, place: &Place, turn: u64, told: &mut Told, toll: &mut Toll) {
    let storms: Vec<_> = (0..CHILDREN)
        .map(|child| Storm {
            url: db.url.clone(),
            name: format!("turn {turn} child {child}"),
            seed: seed().wrapping_mul(7_919) + turn * CHILDREN + child,
            place: place.clone(),
        })
        .collect();
    let said: Vec<Vec<Said>> = std::thread::scope(|scope| {
        let lives: Vec<_> = storms
            .iter()
            .map(|storm| scope.spawn(|| storm.until_killed()))
            .collect();
        lives.into_iter().map(|life| life.join().unwrap()).collect()
    });
    settle(db);
    let gym = Gym::open(&db.url).unwrap();
    told.catch_up(&gym);
    sound(&mut db.raw());
    for (storm, said) in storms.iter().zip(&said) {
        said.iter().for_each(|said| told.holds(said));
        toll.killed += 1;
        toll.acknowledged += said.len();
        for thread in 0..THREADS {
            // What was not heard of may be stored or not: the same key tells, and does it at most once.
            let heard = |key: &str| said.iter().find(|said| said.key == key);
            let mut commands = storm.commands(thread);
            let mut last = None;
            let (key, member, command) = commands
                .by_ref()
                .find(|(key, member, command)| {
                    let known = heard(key);
                    last = known.map(|said| (said, *member, command.clone())).or(last.take());
                    known.is_none()
                })
                .unwrap();
            toll.unheard += usize::from(told.entries.contains_key(&key));
            let answer = ask(&gym, &key, member, &command);
            assert!(
                !matches!(answer.answer, Answer::Failed(_) | Answer::Lost),
                "{answer:?}"
            );
            if let Some((said, member, command)) = last {
                assert_eq!(ask(&gym, &said.key, member, &command), *said);
            }
        }
    }
    told.catch_up(&gym);
}

/// Has PostgreSQL keep what it says is committed, whatever the server's default is.
pub fn keep_what_is_committed(db: &Db) {
    if !db.is_sqlite() {
        let mut raw = db.raw();
        let name = raw.text("SELECT CAST(current_database() AS TEXT)");
        raw.run(&format!("ALTER DATABASE {name} SET synchronous_commit = on"))
            .unwrap();
    }
}

fn check(db: &Db, kills: u64) {
    let began = Instant::now();
    let venue = Venue::open(db);
    let place = Place::of(&venue);
    keep_what_is_committed(db);
    drop(venue);
    let (mut told, mut toll) = (Told::default(), Toll::default());
    for n in 0..kills.div_ceil(CHILDREN) {
        turn(db, &place, n, &mut told, &mut toll);
    }
    assert!(
        toll.killed >= kills && toll.acknowledged > toll.killed as usize,
        "{toll:?}"
    );
    eprintln!(
        "{:?}: {toll:?}, {} commands in the journal, {:.1?}, seed {}",
        db.backend,
        told.entries.len(),
        began.elapsed(),
        seed()
    );
}

#[test]
fn what_was_acknowledged_outlives_killed_processes_on_sqlite() {
    check(&Db::sqlite(), u64::from(times(24).min(320)));
}

#[test]
fn what_was_acknowledged_outlives_killed_clients_of_postgres() {
    check(&Db::postgres(), u64::from(times(6).min(60)));
}
