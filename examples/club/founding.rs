//! How the club is founded: places by hand, members and timetables from `examples/data`. Every command has a key, so that a
//! founding that was broken off goes on, and one that was not adds nothing.

use std::path::PathBuf;

use chrono::NaiveTime;
use gym_core::booking::policy::{Bound, Limits, Policy};
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::LocationId;
use gym_core::schedule::availability::{Availability, Dates, Hours, WeeklyRule};
use gym_core::time::{Instant, zone};
use gym_db::Gym;
use gym_db::import::timetable::Defaults;
use gym_db::import::{Assumed, OnBad, members, timetable};

use crate::Anything;

fn data(name: &str) -> Result<Vec<u8>, Anything> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "data", name].iter().collect();
    Ok(std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?)
}

/// The club's rules: booking opens two weeks before at eight, for at most two classes a day and eight a week, and a
/// membership covers it.
pub(crate) fn policy() -> Policy {
    Policy {
        opens: Some(Bound::days_before(14, 8, 0)),
        limits: Limits {
            per_day: Some(2),
            per_week: Some(8),
            ..Limits::default()
        },
        ..Policy::default()
    }
}

/// When the club is founded: all of that is at one time.
pub(crate) fn day_one() -> Result<Instant, Anything> {
    Ok("2026-01-02T08:00:00Z".parse()?)
}

/// Founds the club, as far as it is not founded yet.
pub(crate) fn found(gym: &Gym) -> Result<(), Anything> {
    let now = day_one()?;
    let until: Instant = "2026-02-02T00:00:00Z".parse()?;
    let desk = gym.at(now);
    desk.clone().key("policy").run(&Command::SetPolicy {
        location: None,
        policy: policy(),
    })?;
    let places = [
        ("Mitte", "Europe/Berlin", "EUR", "google.ics"),
        ("Brooklyn", "America/New_York", "USD", "apple.ics"),
        ("Chatham", "Pacific/Chatham", "NZD", "outlook.ics"),
    ];
    let mut homes = Vec::new();
    for (name, place, currency, _) in places {
        let named = desk.clone().key(format!("location {name}"));
        homes.push(named.add_location(name, zone(place)?, currency.parse()?)?);
    }
    let home = homes.first().copied().ok_or("a place")?;
    take_members(gym, now, home)?;
    println!("{} members are students.", crate::plugins::students(gym, now)?);
    for place in gym.locations()? {
        crate::billing::sell(gym, now, &place)?;
    }
    for ((name, _, _, file), location) in places.into_iter().zip(&homes) {
        let defaults = Defaults {
            zone: gym
                .locations()?
                .iter()
                .find(|it| it.id == *location)
                .map_or(chrono_tz::UTC, |it| it.zone),
        };
        let timetable = timetable::read(&data(file)?, &defaults)?;
        let assumed = Assumed {
            capacity: 6,
            room_capacity: 20,
            until,
        };
        let taken = desk
            .clone()
            .key(file)
            .import_timetable(&timetable, *location, assumed, OnBad::Skip)?;
        println!(
            "{file}: {} series with {} classes and {} closures for {name}",
            taken.series.len(),
            taken.classes,
            taken.closures
        );
        for bad in taken.bad.iter().chain(&timetable.skipped) {
            println!("  left out: {bad}");
        }
    }
    give_hours(gym, now)?;
    println!();
    Ok(())
}

/// Takes in the good file whole, and shows what a bad one is told.
fn take_members(gym: &Gym, now: Instant, home: LocationId) -> Result<(), Anything> {
    let joined = "2026-01-02".parse()?;
    let good = members::read(&data("members.csv")?, &members::Mapping::default())?;
    let taken = gym
        .at(now)
        .key("members.csv")
        .import_members(good, home, joined, OnBad::RefuseAll)?;
    println!("members.csv: {} members", taken.members.len());
    let german = members::Mapping {
        date_format: "%d.%m.%Y".to_owned(),
        ..members::Mapping::default()
    };
    let bad = members::read(&data("bad.csv")?, &german)?;
    match gym
        .at(now)
        .key("bad.csv")
        .import_members(bad, home, joined, OnBad::RefuseAll)
    {
        Ok(taken) => println!("bad.csv: {} members", taken.members.len()),
        Err(error) => println!("bad.csv: {}", error.to_string().replace('\n', "\n  ")),
    }
    Ok(())
}

/// Lets every trainer be booked for sessions on weekdays.
fn give_hours(gym: &Gym, now: Instant) -> Result<(), Anything> {
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).ok_or("an hour");
    let (opens, closes) = (time(6)?, time(22)?);
    let mut weekly = Vec::new();
    for number in 0..7_u8 {
        let hours = Hours::new(chrono::Weekday::try_from(number)?, opens, closes)?;
        weekly.push(WeeklyRule {
            hours,
            location: None,
            dates: Dates::always(),
        });
    }
    let availability = Availability {
        weekly,
        ..Availability::default()
    };
    for trainer in gym.trainers()? {
        let named = gym.at(now).key(format!("hours of trainer {}", trainer.id));
        named.run(&Command::SetAvailability {
            trainer: trainer.id,
            availability: availability.clone(),
        })?;
    }
    Ok(())
}

/// Makes the dated classes of every series up to an instant.
pub(crate) fn extend(gym: &Gym, now: Instant, until: Instant) -> Result<(), Anything> {
    let mut classes = 0;
    for series in gym.club()?.series.iter() {
        let done = gym.at(now).run(&Command::Materialise {
            series: series.id,
            until,
        })?;
        classes += done
            .events
            .iter()
            .filter(|event| matches!(event, Event::ClassAdded(_)))
            .count();
    }
    if classes > 0 {
        println!("{classes} classes were added to the timetable.\n");
    }
    Ok(())
}
