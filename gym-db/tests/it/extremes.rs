//! Times at the ends of the calendar are refused and journaled, and nothing overflows on the way.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use gym_core::booking::refusal::Code;
use gym_core::command::{Command, Scope};
use gym_core::replay::{Recorded, replay};
use gym_core::schedule::claim::Buffers;
use gym_core::time::Period;
use serde_json::Value;

use crate::scenario::{at, id, name, scenarios, stage};
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

/// Returns what stands at the ends of the calendar where a time stands.
fn ends(text: &str) -> Vec<Value> {
    if text.parse::<NaiveDate>().is_ok() {
        return [NaiveDate::MIN, NaiveDate::MAX]
            .map(|it| serde_json::to_value(it).unwrap())
            .into();
    }
    if text.parse::<NaiveDateTime>().is_ok() {
        return [NaiveDateTime::MIN, NaiveDateTime::MAX]
            .map(|it| serde_json::to_value(it).unwrap())
            .into();
    }
    if text.parse::<DateTime<Utc>>().is_ok() {
        return [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC]
            .map(|it| serde_json::to_value(it).unwrap())
            .into();
    }
    Vec::new()
}

/// Puts the ends of the calendar in the place of each time within a value, one after the other.
fn put(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) => ends(text),
        Value::Array(all) => (0..all.len())
            .flat_map(|at| {
                put(&all[at]).into_iter().map(move |new| {
                    let mut all = all.clone();
                    all[at] = new;
                    Value::Array(all)
                })
            })
            .collect(),
        Value::Object(all) => all
            .iter()
            .flat_map(|(field, inner)| {
                put(inner).into_iter().map(move |new| {
                    let mut all = all.clone();
                    all.insert(field.clone(), new);
                    Value::Object(all)
                })
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[test]
fn no_time_of_any_command_is_at_the_end_of_the_calendar() {
    let commands = scenarios().into_iter().map(|it| it.command);
    let extreme: Vec<Command> = commands
        .flat_map(|command| put(&serde_json::to_value(command).unwrap()))
        .filter_map(|it| serde_json::from_value(it).ok())
        .collect();
    let names: std::collections::BTreeSet<String> = extreme.iter().map(name).collect();
    assert!(names.len() >= 30, "{names:?}");
    for expected in ["pay run", "door add_waiver", "entitlement grant", "pay set_rule"] {
        assert!(names.contains(expected), "{expected}: {names:?}");
    }
    both(|db| {
        let gym = stage(db);
        for command in &extreme {
            let error = gym.at(at("2026-03-02T08:05:00Z")).run(command).unwrap_err();
            let refusal = error.refusal().unwrap_or_else(|| panic!("{command:?}: {error}"));
            assert!(refusal.has(Code::BadValue), "{command:?}: {refusal}");
            let text = refusal.to_string();
            assert!(text.contains("years 2 to 9998"), "{command:?}: {text}");
        }
    });
}
