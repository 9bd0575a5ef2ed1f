//! What the measures of the store have in common: a club to book in, and rounds that take turns.

pub mod recording;

use std::ops::Range;
use std::time::{Duration, Instant as Watch};

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use gym_core::booking::policy::Policy;
use gym_core::command::{Book, Command};
use gym_core::event::Event;
use gym_core::id::{ClassId, LocationId, MemberId, RoomId};
use gym_core::schedule::availability::{Hours, WeeklyHours};
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::Offering;
use gym_core::time::Instant;
use gym_core::user::Person;
use gym_db::{Gym, Together};

/// Whatever keeps a measure from being taken.
pub type Failed = Box<dyn std::error::Error>;

const CLASSES: usize = 400;
const ROOMS: usize = 10;
const SEATS: usize = 12;
const MEMBERS: usize = 1200;
const BOOKED: usize = SEATS / 2;
const ROUNDS: usize = 15;

/// How many bookings each side makes.
pub const BOOKINGS: usize = CLASSES * (SEATS - BOOKED);

/// A club with 400 classes of twelve seats, half of them booked, and who books the other half.
pub struct Scenario {
    now: Instant,
    bookings: Vec<(MemberId, ClassId)>,
}

impl Scenario {
    /// Fills an empty club.
    pub fn fill(gym: &Gym) -> Result<Self, Failed> {
        let now = "2026-01-05T08:00:00Z".parse()?;
        let seats = gym.at(now).together(fill)?;
        let (booked, free) = seats;
        gym.at(now).together(|desk| {
            for (member, class) in &booked {
                desk.run(&Command::Book(Book::one(*member, *class)))?;
            }
            Ok(())
        })?;
        Ok(Self { now, bookings: free })
    }

    /// Books the seats of a range, each in a transaction of its own.
    pub fn book(&self, gym: &Gym, range: Range<usize>) -> Result<(), Failed> {
        for n in range {
            let (member, class) = self.bookings[n];
            gym.at(self.now).key(format!("booking {n}")).book(member, class)?;
        }
        Ok(())
    }
}

type Seats = Vec<(MemberId, ClassId)>;

fn fill(desk: &mut Together<'_>) -> Result<(Seats, Seats), gym_db::Failure> {
    let location = place(desk)?;
    let rooms = many(desk, ROOMS, |n| Command::AddRoom {
        location,
        name: format!("Studio {n}"),
        capacity: 20,
    })?;
    let rooms: Vec<RoomId> = pick(&rooms, |event| match event {
        Event::RoomAdded(new) => Some(new.id),
        _ => None,
    });
    let members = many(desk, MEMBERS, |n| Command::AddMember {
        person: Person {
            name: format!("Member {n}"),
            email: None,
            born_on: None,
        },
        user: None,
        home: location,
        joined_on: day(0),
    })?;
    let members: Vec<MemberId> = pick(&members, |event| match event {
        Event::MemberAdded(new) => Some(new.id),
        _ => None,
    });
    let classes = many(desk, CLASSES, |n| Command::AddClass {
        offering: offering(location, rooms[n % ROOMS]),
        start: start(n / ROOMS),
    })?;
    let classes: Vec<ClassId> = pick(&classes, |event| match event {
        Event::ClassAdded(new) => Some(new.id),
        _ => None,
    });
    let seats = |range: Range<usize>| -> Seats {
        let seat = |n: usize, class: usize| (members[(class * SEATS + n) % MEMBERS], classes[class]);
        range
            .flat_map(|n| (0..CLASSES).map(move |class| seat(n, class)))
            .collect()
    };
    Ok((seats(0..BOOKED), seats(BOOKED..SEATS)))
}

fn place(desk: &mut Together<'_>) -> Result<LocationId, gym_db::Failure> {
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
    let week = (0..7).filter_map(|day| Weekday::try_from(day).ok());
    let hours = week
        .filter_map(|day| Hours::new(day, time(6), time(23)).ok())
        .collect();
    let added = desk.run(&Command::AddLocation {
        name: "Mitte".to_owned(),
        zone: chrono_tz::Tz::Europe__Berlin,
        currency: gym_core::money::Currency::EUR,
        hours: WeeklyHours {
            hours,
            ..WeeklyHours::default()
        },
    })?;
    desk.run(&Command::SetPolicy {
        location: None,
        policy: Policy::open(),
    })?;
    let location = added.find(|event| match event {
        Event::LocationAdded(new) => Some(new.id),
        _ => None,
    });
    Ok(location.unwrap_or(gym_core::id::Id::from_raw(0)))
}

fn offering(location: LocationId, room: RoomId) -> Offering {
    Offering {
        location,
        title: "Spin".to_owned(),
        programme: "cycling".to_owned(),
        trainer: None,
        room: Some(room),
        equipment: None,
        capacity: SEATS as u32,
        minutes: 45,
        buffers: Buffers::default(),
    }
}

fn day(n: usize) -> NaiveDate {
    NaiveDate::default() + Days::new(20_485 + n as u64)
}

fn start(slot: usize) -> NaiveDateTime {
    day(slot / 12)
        .and_hms_opt(8 + slot as u32 % 12, 0, 0)
        .unwrap_or_default()
}

fn many(
    desk: &mut Together<'_>,
    count: usize,
    command: impl Fn(usize) -> Command,
) -> Result<Vec<Event>, gym_db::Failure> {
    let mut events = Vec::new();
    for n in 0..count {
        events.extend(desk.run(&command(n))?.events);
    }
    Ok(events)
}

fn pick<T>(events: &[Event], pick: impl FnMut(&Event) -> Option<T>) -> Vec<T> {
    events.iter().filter_map(pick).collect()
}

/// Lets two sides make their bookings in rounds that take turns, and prints their medians and the ratio.
pub fn rounds(
    what: &str,
    mut gym: impl FnMut(Range<usize>) -> Result<(), Failed>,
    mut peer: impl FnMut(Range<usize>) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let size = BOOKINGS / ROUNDS;
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let range = round * size..(round + 1) * size;
        let (our, their) = if round % 2 == 0 {
            let our = timed(&mut gym, range.clone())?;
            (our, timed(&mut peer, range)?)
        } else {
            let their = timed(&mut peer, range.clone())?;
            (timed(&mut gym, range)?, their)
        };
        // The first round fills caches.
        if round > 0 {
            let rate = |time: Duration| size as f64 / time.as_secs_f64();
            ours.push(rate(our));
            theirs.push(rate(their));
            ratios.push(rate(our) / rate(their));
        }
    }
    for side in [&mut ours, &mut theirs, &mut ratios] {
        side.sort_by(f64::total_cmp);
    }
    println!(
        "{what}: gym {:.0}/s, peer {:.0}/s, ratio {:.2} (rounds {:.2} to {:.2})",
        median(&ours),
        median(&theirs),
        median(&ratios),
        ratios[0],
        ratios[ratios.len() - 1],
    );
    Ok(())
}

fn timed(
    side: &mut impl FnMut(Range<usize>) -> Result<(), Failed>,
    range: Range<usize>,
) -> Result<Duration, Failed> {
    let watch = Watch::now();
    side(range)?;
    Ok(watch.elapsed())
}

fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

/// Makes sure that both sides stored the same, to the last row of the journal.
pub fn same(gym: &Gym, peer: &Gym) -> Result<(), Failed> {
    let journal = |gym: &Gym| gym.journal(0, u32::MAX);
    if gym.club()? != peer.club()? || journal(gym)? != journal(peer)? {
        return Err("the two sides stored different rows".into());
    }
    Ok(())
}
