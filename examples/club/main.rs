//! A club for a quarter: imported from files, booked by hand, lived in by a simulation that is billed every month, and asked
//! what comes next.
//!
//! `cargo run --release --example club`, or with `-- --database postgres://user@localhost/club`. Run it again, and it
//! goes on where it was. With `--no-default-features` it builds in a few minutes, and says nothing of what comes.

mod billing;
mod founding;
mod life;
#[cfg(feature = "analytics")]
mod outlook;
mod plugins;
mod tables;

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{Datelike, Duration, NaiveTime};
use clap::Parser;
use gym_core::booking::policy::{Cancelling, Policy};
use gym_core::command::{Book, Command, IfFull, Scope};
use gym_core::event::Event;
use gym_core::id::{LocationId, MemberId};
use gym_core::schedule::claim::Buffers;
use gym_core::sim::Sim;
use gym_core::time::{Instant, Period, civil, resolve};
use gym_db::{Failure, Gym, Listing, Whose};
use indicatif::{ProgressBar, ProgressStyle};

type Anything = Box<dyn std::error::Error>;

/// A club for a quarter: imported from files, booked by hand, then lived in by a simulation.
#[derive(Parser)]
struct Options {
    /// Where the club is kept: sqlite://path or postgres://user@host/name.
    #[arg(long, default_value = "sqlite://club/club.db")]
    database: String,
    /// How many days are simulated.
    #[arg(long, default_value_t = 91)]
    days: u32,
    /// How many members the club has that the first model is learned from.
    #[cfg(feature = "analytics")]
    #[arg(long, default_value_t = 2_000)]
    teacher: u32,
}

fn main() -> Result<(), Anything> {
    let options = Options::parse();
    std::fs::create_dir_all("club")?;
    let gym = Gym::open(&options.database)?;
    println!("The club is kept in {}.\n", gym.address());
    let day_one = founding::day_one()?;
    let last = gym.last_command_at()?.filter(|last| *last > day_one);
    if last.is_none() {
        plugins::install()?;
    }
    let gym = plugins::price(gym)?;

    let start = match last {
        None => {
            founding::found(&gym)?;
            day_one
        }
        Some(last) => {
            println!(
                "It was there already, and goes on from {}.\n",
                last.format("%Y-%m-%d %H:%M UTC")
            );
            last + Duration::minutes(1)
        }
    };
    let location = gym
        .locations()?
        .into_iter()
        .next()
        .ok_or("a club has a location")?;
    let monday = location.date(start)
        + Duration::days(7 - i64::from(location.date(start).weekday().num_days_from_monday()));
    let week = resolve(location.zone, monday.and_time(NaiveTime::MIN)).instant;
    let week = Period::new(week, week + Duration::days(7))?;
    founding::extend(&gym, start, week.end() + Duration::days(7))?;
    println!(
        "{}: the week of {monday}\n{}\n",
        location.name,
        tables::week(&gym.classes(Some(location.id), week)?, location.zone)
    );

    by_hand(
        &gym,
        location.id,
        start,
        Period::new(start, start + Duration::days(13))?,
    )?;
    let before = simulate(&gym, start + Duration::hours(1), options.days)?;
    report(&gym, before)?;
    what_if(&gym, before)?;
    write_feeds(&gym, location.id)?;
    #[cfg(feature = "analytics")]
    outlook::tell(&gym, options.teacher)?;
    #[cfg(not(feature = "analytics"))]
    println!("\nWhat comes next is told with the feature `analytics`, which this was built without.");
    Ok(())
}

/// Books, is refused, waits, is promoted, and calls a class off.
fn by_hand(gym: &Gym, location: LocationId, now: Instant, during: Period) -> Result<(), Anything> {
    let desk = gym.at(now);
    let names: BTreeMap<MemberId, String> = gym
        .members()?
        .into_iter()
        .map(|it| (it.id, it.person.name))
        .collect();
    let home: Vec<MemberId> = gym
        .members()?
        .iter()
        .filter(|it| it.home == location)
        .map(|it| it.id)
        .collect();
    let listed = gym.classes(Some(location), during)?;
    if listed.is_empty() {
        println!("There is no class in the next days, so none is booked by hand.\n");
        return Ok(());
    }
    let open = |it: &&Listing| it.class.is_scheduled() && it.booked == 0 && it.waiting == 0;
    let mut quiet = listed.iter().filter(open).map(|it| it.class.clone());
    let (Some(spin), Some(other)) = (quiet.next(), quiet.next()) else {
        println!("Every class is booked by somebody, so none is booked by hand.\n");
        return Ok(());
    };
    let [ada, ben, carla, deniz, ..] = home[..] else {
        return Ok(());
    };
    let name = |id: MemberId| names.get(&id).cloned().unwrap_or_default();

    println!(
        "By hand: {} on {} with 2 places",
        spin.offering.title,
        civil_start(&spin.period, gym)?
    );
    desk.run(&Command::SetCapacity {
        class: spin.id,
        capacity: 2,
    })?;
    for member in [ada, ben] {
        println!(
            "  {} has booking {}.",
            name(member),
            desk.book(member, spin.id)?.id
        );
    }
    train(gym, now, carla, location, &spin.period)?;
    if let Err(Failure::Refused(refusal)) = desk.book(carla, spin.id) {
        println!("  {}: {}", name(carla), refusal.to_string().replace('\n', "\n  "));
    }
    let order = Book {
        if_full: IfFull::Wait,
        ..Book::one(deniz, spin.id)
    };
    desk.run(&Command::Book(order))?;
    println!("  {} waits.", name(deniz));
    let promoted = desk
        .run(&Command::Cancel {
            class: spin.id,
            member: ada,
        })?
        .find(|event| match event {
            Event::Booked(booked) => Some(booked.member),
            _ => None,
        });
    println!(
        "  {} cancels; {} comes off the waitlist.",
        name(ada),
        promoted.map_or("nobody".to_owned(), name)
    );

    for member in [ada, ben] {
        desk.book(member, other.id)?;
    }
    let done = desk.run(&Command::CancelClass {
        class: other.id,
        scope: Scope::This,
    })?;
    let restored = done
        .events
        .iter()
        .filter(|event| matches!(event, Event::BookingSettled { .. }))
        .count();
    println!(
        "  {} on {} is called off; {restored} bookings are restored.\n",
        other.offering.title,
        civil_start(&other.period, gym)?
    );
    Ok(())
}

fn civil_start(period: &Period, gym: &Gym) -> Result<String, Anything> {
    let zone = gym.locations()?.first().map_or(chrono_tz::UTC, |it| it.zone);
    Ok(civil(zone, period.start()).format("%a %-d %b %H:%M").to_string())
}

/// Books a training session at the time of a class, with whoever's turn it is.
fn train(
    gym: &Gym,
    now: Instant,
    member: MemberId,
    location: LocationId,
    at: &Period,
) -> Result<(), Anything> {
    let zone = gym
        .locations()?
        .into_iter()
        .find(|it| it.id == location)
        .map_or(chrono_tz::UTC, |it| it.zone);
    let start = civil(zone, at.start());
    let booked = gym.at(now).run(&Command::BookSession {
        trainer: None,
        member,
        location,
        room: None,
        start,
        minutes: 30,
        buffers: Buffers::default(),
        overriding: None,
    });
    if let Err(Failure::Refused(refusal)) = booked {
        println!(
            "  (no session: {})",
            refusal
                .reasons
                .iter()
                .map(|it| it.sentence(zone))
                .collect::<Vec<_>>()
                .join("; ")
        );
    }
    Ok(())
}

/// Lets members and staff do as they do, bills them in the evenings, and returns where in the journal that began.
fn simulate(gym: &Gym, from: Instant, days: u32) -> Result<Instant, Anything> {
    let mut club = gym.club()?;
    let mut evenings = billing::Evenings::new(gym, &club);
    let mut life = life::Life::new(gym, &club);
    let until = from + Duration::days(i64::from(days));
    let seed = from.timestamp().unsigned_abs();
    let mut sim = Sim::new(seed, from, until);
    let bar = ProgressBar::new(u64::from(days));
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} day {pos} of {len}, {msg}, {elapsed}",
    )?);
    let (mut accepted, mut refused) = (0_u64, 0_u64);
    while let Some(step) = sim.next(&club) {
        life.go_on(step.context.now, &mut club)?;
        evenings.come(step.context.now)?;
        match gym.at(step.context.now).by(step.context.actor).run(&step.command) {
            Ok(done) => {
                accepted += 1;
                if let Command::CheckIn { member, .. } = step.command {
                    life.saw(member, step.context.now);
                }
                club.apply(&done.events, &gym_core::event::Ids::default());
            }
            Err(Failure::Refused(_)) => refused += 1,
            Err(failure) => return Err(failure.into()),
        }
        bar.set_position((step.context.now - from).num_days().unsigned_abs());
        bar.set_message(format!("{accepted} accepted, {refused} refused"));
    }
    bar.finish();
    println!("{days} days: {accepted} commands were accepted, {refused} refused.");
    println!("{}\n", life.told());
    Ok(from)
}

fn report(gym: &Gym, from: Instant) -> Result<(), Anything> {
    let until = gym
        .last_command_at()?
        .unwrap_or(from)
        .max(from + Duration::minutes(1));
    let club = gym.club()?;
    println!(
        "Attendance and fill\n{}\n",
        tables::fill(&club, Period::new(from, until)?)
    );
    println!(
        "Invoices by the month in which they were opened: a declined card is asked again after 2, 4 and 7 days,\n\
         and whoever has not paid by the due day is reminded\n{}\n",
        billing::months(&club)?
    );
    if let Some(table) = plugins::table(&club)? {
        println!(
            "Prices by plugins: what misbehaves is flagged on the invoice, and the price stays as it is without it\n{table}\n"
        );
    }
    println!(
        "The ledger: what the club is owed, has, owes and has earned, each posted twice\n{}\n",
        billing::ledger(&club)?
    );
    println!(
        "The journal's last rows\n{}\n",
        tables::journal(&gym.last_journaled(8)?)
    );
    Ok(())
}

fn what_if(gym: &Gym, from: Instant) -> Result<(), Anything> {
    let until = gym
        .last_command_at()?
        .unwrap_or(from)
        .max(from + Duration::minutes(1));
    let policy = founding::policy();
    let free_until_minutes = 24 * 60;
    let stricter = Policy {
        cancelling: Cancelling {
            free_until_minutes,
            ..policy.cancelling
        },
        ..policy
    };
    let outlook = gym.what_if(&stricter, Period::new(from, until)?)?;
    println!(
        "What if cancelling were free only until 24 hours before?\n{}\n",
        tables::outlook(&outlook)
    );
    Ok(())
}

/// Writes the next four weeks of the first location as a calendar, and of one trainer and one member.
fn write_feeds(gym: &Gym, location: LocationId) -> Result<(), Anything> {
    let at = gym.last_command_at()?.unwrap_or_default();
    let weeks = Period::new(at, at + Duration::days(28))?;
    let trainer = gym.trainers()?.into_iter().next().map(|it| Whose::Trainer(it.id));
    let member = gym.members()?.into_iter().next().map(|it| Whose::Member(it.id));
    let feeds = [
        ("timetable.ics", Some(Whose::Location(location))),
        ("trainer.ics", trainer),
        ("member.ics", member),
    ];
    for (file, whose) in feeds {
        let Some(whose) = whose else { continue };
        let text = gym.calendar(whose, weeks, "club.example", at)?;
        let path = Path::new("club").join(file);
        println!(
            "{} has {} entries for the next four weeks.",
            path.display(),
            text.matches("BEGIN:VEVENT").count()
        );
        std::fs::write(&path, text)?;
    }
    Ok(())
}
