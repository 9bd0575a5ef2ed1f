//! Times at the ends of the calendar are refused and journaled, and nothing overflows on the way.

use chrono::{NaiveDate, NaiveDateTime};
use gym_core::booking::refusal::Code;
use gym_core::command::{Command, Scope};
use gym_core::replay::{Recorded, replay};
use gym_core::schedule::claim::Buffers;
use gym_core::time::Period;

use crate::scenario::{at, id, scenarios, stage};
use crate::support::both;

fn at_the_end(day: NaiveDate, start: NaiveDateTime) -> Vec<Command> {
    let offering = scenarios().into_iter().find_map(|it| match it.command {
        Command::AddClass { offering, .. } => Some(offering),
        _ => None,
    });
    vec![
        Command::CloseLocation {
            location: id(1),
            from: day,
            until: day,
            reason: "works".to_owned(),
        },
        Command::MoveClass {
            class: id(1),
            scope: Scope::This,
            start,
            minutes: None,
            room: None,
        },
        Command::AddClass {
            offering: offering.unwrap(),
            start,
        },
        Command::BookSession {
            trainer: None,
            member: id(1),
            location: id(1),
            room: None,
            start,
            minutes: 60,
            buffers: Buffers::default(),
            overriding: None,
        },
        Command::MoveSession {
            session: id(1),
            start,
        },
        Command::StartMaintenance {
            unit: id(1),
            period: Period::lasting(start.and_utc(), 60),
            work: "pedals".to_owned(),
        },
    ]
}

#[test]
fn the_ends_of_the_calendar_are_refused() {
    both(|db| {
        let gym = stage(db);
        let ends = [
            (NaiveDate::MIN, NaiveDateTime::MIN),
            (NaiveDate::MAX, NaiveDateTime::MAX),
        ];
        for (day, start) in ends {
            for command in at_the_end(day, start) {
                let error = gym.at(at("2026-03-02T08:05:00Z")).run(&command).unwrap_err();
                let refusal = error.refusal().unwrap_or_else(|| panic!("{command:?}: {error}"));
                assert!(refusal.has(Code::BadValue), "{command:?}: {refusal}");
            }
        }
        let journal = gym.journal(0, u32::MAX).unwrap();
        let rows: Vec<Recorded> = journal.into_iter().map(|it| it.into_recorded()).collect();
        assert_eq!(replay(&rows).unwrap().claims, gym.club().unwrap().claims);
    });
}
