//! A [`Venue`] is a small club to storm, and [`sound`] says whether a database kept what must never be broken.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDateTime, NaiveTime, Weekday};
use gym_core::booking::policy::Policy;
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::{ClassId, Id, LocationId, MemberId, TrainerId};
use gym_core::schedule::availability::{Availability, Dates, Hours, WeeklyRule};
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::Offering;
use gym_core::time::Instant;
use gym_core::user::Person;
use gym_db::{Gym, Options};

use crate::support::{Db, Raw};

/// A club in UTC with one trainer, who works from 6 to 22.
#[derive(Debug)]
pub struct Venue {
    pub gym: Gym,
    pub location: LocationId,
    pub trainer: TrainerId,
}

/// When everything is asked.
pub fn now() -> Instant {
    "2026-03-01T09:00:00Z".parse().unwrap()
}

/// Draws numbers: SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Debug, Clone)]
pub struct Draws(pub u64);

impl Draws {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

/// The seed of a run: `GYM_STORM_SEED`, or always the same.
pub fn seed() -> u64 {
    let given = std::env::var("GYM_STORM_SEED").ok();
    given.map_or(2026, |seed| seed.parse().unwrap())
}

/// Opens a club that waits for as long as a disk may take to write what others left it.
pub fn patient(url: &str) -> Gym {
    let options = Options {
        patience: std::time::Duration::from_secs(60),
        ..Options::default()
    };
    Gym::open_with(url, &options).unwrap()
}

impl Venue {
    pub fn open(db: &Db) -> Self {
        let gym = patient(&db.url);
        let desk = gym.at(now());
        let location = desk
            .add_location("Mitte", chrono_tz::UTC, "EUR".parse().unwrap())
            .unwrap();
        desk.run(&Command::SetPolicy {
            location: None,
            policy: Policy::open(),
        })
        .unwrap();
        let trainer = add_trainer(&gym, location, "Grace");
        Self {
            gym,
            location,
            trainer,
        }
    }

    /// Adds another trainer.
    pub fn trainer(&self, name: &str) -> TrainerId {
        add_trainer(&self.gym, self.location, name)
    }

    /// Adds members by commands.
    pub fn members(&self, count: u32) -> Vec<MemberId> {
        let desk = self.gym.at(now());
        let joined = now().date_naive();
        (0..count)
            .map(|n| {
                let person = Person::new(&format!("Member {n}"), None).unwrap();
                desk.add_member(person, self.location, joined).unwrap()
            })
            .collect()
    }

    /// Adds a class by command; each programme is its own, so that nobody is sent to another class.
    pub fn class(&self, start: NaiveDateTime, capacity: u32, trainer: Option<TrainerId>) -> ClassId {
        let offering = Offering {
            programme: format!("programme {start}"),
            trainer,
            capacity,
            ..offering(self.location)
        };
        let command = Command::AddClass { offering, start };
        let added = self.gym.at(now()).expect(&command, |event| match event {
            Event::ClassAdded(new) => Some(new.id),
            _ => None,
        });
        added.unwrap()
    }
}

pub fn offering(location: LocationId) -> Offering {
    Offering {
        location,
        title: "Storm".to_owned(),
        programme: "storm".to_owned(),
        trainer: None,
        room: None,
        equipment: None,
        capacity: 10,
        minutes: 60,
        buffers: Buffers::default(),
    }
}

/// The command that adds a trainer who works from 6 to 22.
pub fn hired(home: LocationId, name: &str) -> Command {
    use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let weekly = [Mon, Tue, Wed, Thu, Fri, Sat, Sun].map(|day| WeeklyRule {
        hours: Hours::new(day, at(6), at(22)).unwrap(),
        location: None,
        dates: Dates::always(),
    });
    Command::AddTrainer {
        person: Person::new(name, None).unwrap(),
        user: None,
        home,
        also_at: BTreeSet::new(),
        availability: Availability {
            weekly: weekly.into(),
            ..Availability::default()
        },
    }
}

fn add_trainer(gym: &Gym, home: LocationId, name: &str) -> TrainerId {
    let added = gym.at(now()).expect(&hired(home, name), |event| match event {
        Event::TrainerAdded(new) => Some(new.id),
        _ => None,
    });
    added.unwrap()
}

/// Adds members around the library, in one statement, and returns their numbers.
pub fn members_at_once(raw: &mut Raw, location: LocationId, count: u32) -> Vec<MemberId> {
    let first = raw.text("SELECT CAST(COALESCE(MAX(id), 0) + 1 AS TEXT) FROM members");
    let first: i64 = first.parse().unwrap();
    let last = first + i64::from(count);
    raw.run(&format!(
        "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {last}) \
         INSERT INTO members (id, name, home_id, joined_on) SELECT i, 'Member', {}, '2026-03-01' FROM n",
        location.get()
    ))
    .unwrap();
    (first..last).map(MemberId::from_raw).collect()
}

/// Returns the civil start of a class so many days after [`now`], at noon.
pub fn noon(days: u32) -> NaiveDateTime {
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
    now().date_naive().and_time(noon) + Duration::days(days.into())
}

/// What must count 0 in every database at every moment.
const BROKEN: [(&str, &str); 8] = [
    (
        "classes with more seats booked than there are",
        "classes WHERE capacity < (SELECT COALESCE(SUM(seats), 0) FROM class_registrations AS r \
         WHERE r.class_id = classes.id AND r.state IN ('booked', 'attended'))",
    ),
    (
        "live bookings without exactly one live claim",
        "class_registrations AS r WHERE r.state IN ('booked', 'attended') AND 1 <> (SELECT COUNT(*) FROM claims AS c \
         WHERE c.owner_kind = 'registration' AND c.owner_id = r.id AND c.state = 'live' \
         AND c.resource_kind = 'member' AND c.resource_id = r.member_id)",
    ),
    (
        "live claims of bookings that are not live",
        "claims AS c WHERE c.state = 'live' AND c.owner_kind = 'registration' AND NOT EXISTS (SELECT 1 FROM \
         class_registrations AS r WHERE r.id = c.owner_id AND r.state IN ('booked', 'attended'))",
    ),
    (
        "overlapping live claims of one resource",
        "claims AS a JOIN claims AS b ON a.resource_kind = b.resource_kind AND a.resource_id = b.resource_id \
         AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at \
         WHERE a.state = 'live' AND b.state = 'live'",
    ),
    (
        "waitlists whose order has gaps",
        "(SELECT class_id FROM class_waitlist GROUP BY class_id \
         HAVING MAX(entry_seq) <> COUNT(*) OR MIN(entry_seq) <> 1) AS gaps",
    ),
    (
        "members who wait for a class that they have booked",
        "class_waitlist AS w JOIN class_registrations AS r ON r.class_id = w.class_id AND r.member_id = w.member_id \
         WHERE w.state IN ('waiting', 'offered') AND r.state IN ('booked', 'attended')",
    ),
    (
        "keys without a journal row",
        "idempotency_keys AS k WHERE NOT EXISTS (SELECT 1 FROM journal AS j WHERE j.key = k.key)",
    ),
    (
        "journal rows without a key",
        "journal AS j WHERE NOT EXISTS (SELECT 1 FROM idempotency_keys AS k WHERE k.key = j.key)",
    ),
];

/// Checks what must never be broken, and on SQLite the file itself.
#[track_caller]
pub fn sound(raw: &mut Raw) {
    if let Raw::Sqlite(_) = raw {
        assert_eq!(
            raw.texts("SELECT integrity_check FROM pragma_integrity_check"),
            ["ok"]
        );
        assert_eq!(raw.count("pragma_foreign_key_check"), 0);
    }
    for (what, rows) in BROKEN {
        assert_eq!(raw.count(rows), 0, "{what}");
    }
    assert_eq!(raw.count("journal"), raw.count("idempotency_keys"));
}
