//! The simulated club: the same seed gives the same club, and its journal replays.

#![cfg(feature = "sim")]

use chrono::Duration;
use gym_core::club::Club;
use gym_core::command::{Command, Context};
use gym_core::decision::Decision;
use gym_core::sim::{Setup, Sim};

struct Told {
    context: Context,
    command: Command,
    decision: Decision,
}

fn tell(club: &mut Club, told: &mut Vec<Told>, context: Context, command: Command) {
    let decision = club.decide(&command, &context);
    if let Ok(events) = &decision {
        let ids = club.allot(events);
        club.apply(events, &ids);
    }
    told.push(Told {
        context,
        command,
        decision,
    });
}

fn run(seed: u64, members: u32, days: i64) -> (Club, Vec<Told>) {
    let setup = Setup::new(seed, "2026-01-05".parse().unwrap(), members);
    let (mut club, mut told) = (Club::default(), Vec::new());
    for (context, command) in setup.opening() {
        tell(&mut club, &mut told, context, command);
    }
    assert!(
        told.iter().all(|it| it.decision.is_ok()),
        "an opening is accepted"
    );
    let mut sim = Sim::new(seed, setup.ready_at(), setup.ready_at() + Duration::days(days));
    while let Some(step) = sim.next(&club) {
        tell(&mut club, &mut told, step.context, step.command);
    }
    (club, told)
}

#[test]
fn what_a_month_looks_like() {
    let members = std::env::var("MEMBERS").map_or(60, |it| it.parse().unwrap());
    let days = std::env::var("DAYS").map_or(30, |it| it.parse().unwrap());
    let at = std::time::Instant::now();
    let (club, told) = run(1, members, days);
    eprintln!("{:?} {} commands", at.elapsed(), told.len());
    let mut counts = std::collections::BTreeMap::new();
    for it in &told {
        let name = format!("{:?}", it.command);
        let name = name.split([' ', '(']).next().unwrap().to_owned();
        match &it.decision {
            Ok(events) => {
                *counts.entry(format!("{name} ok")).or_insert(0) += 1;
                for event in events {
                    let name = format!("{event:?}");
                    let name = name.split([' ', '(']).next().unwrap().to_owned();
                    *counts.entry(format!("   event {name}")).or_insert(0) += 1;
                }
            }
            Err(refusal) => {
                let codes: Vec<_> = refusal.reasons.iter().map(|it| it.code().as_str()).collect();
                *counts.entry(format!("{name} refused {codes:?}")).or_insert(0) += 1;
            }
        }
    }
    for (name, n) in counts {
        eprintln!("{n:8} {name}");
    }
    eprintln!("{} {}", club.classes.len(), club.registrations.len());
}
