//! Whatever somebody sends, a parser gives a value or an error, and a value is one that a club can be asked with.

use std::cell::RefCell;
use std::fmt::Debug;

use gym_core::command::{Book, Command, Context, IfFull};
use gym_core::id::*;
use gym_core::money::Currency;
use gym_core::schedule::availability::Availability;
use gym_core::schedule::claim::Buffers;
use gym_core::series::Series;
use gym_core::time::{Period, zone};
use gym_core::user::Actor;
use proptest::prelude::*;
use proptest::sample::Index;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::{Gym, civil, instant};

/// A club, and commands that it accepts, as JSON.
struct House {
    gym: Gym,
    commands: Vec<Value>,
    series: Value,
    availability: Value,
}

thread_local! {
    static HOUSE: RefCell<House> = RefCell::new(house());
}

fn house() -> House {
    let mut gym = Gym::new();
    let ada = gym.member("Ada");
    let tom = gym.trainer("Tom");
    let class = gym.class_of("2026-02-03T18:00", gym.offering(3));
    let rule = "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=9".parse().unwrap();
    let series = Series::new(
        civil("2026-02-04T07:00"),
        zone("Europe/Berlin").unwrap(),
        Some(rule),
    )
    .unwrap();
    let series = series.with_except([civil("2026-02-09T07:00")]).unwrap();
    let availability = gym.club.trainers.get(tom).unwrap().availability.clone();
    let commands = [
        Command::AddSeries {
            offering: gym.offering(5),
            recurrence: series.clone(),
            until: instant("2026-03-01T00:00:00Z"),
        },
        Command::SetAvailability {
            trainer: tom,
            availability: availability.clone(),
        },
        Command::Book(Book {
            if_full: IfFull::Wait,
            ..Book::one(ada, class)
        }),
        Command::BookSession {
            trainer: Some(tom),
            member: ada,
            location: gym.place,
            room: None,
            start: civil("2026-02-05T12:00"),
            minutes: 45,
            buffers: Buffers::default(),
            overriding: None,
        },
        Command::CloseLocation {
            location: gym.place,
            from: "2026-02-07".parse().unwrap(),
            until: "2026-02-08".parse().unwrap(),
            reason: "Carnival".to_owned(),
        },
    ];
    for command in &commands {
        gym.clone().ok(command);
    }
    let json = |command| serde_json::to_value(command).unwrap();
    House {
        commands: commands.iter().map(json).collect(),
        series: serde_json::to_value(&series).unwrap(),
        availability: serde_json::to_value(&availability).unwrap(),
        gym,
    }
}

/// Every place in a value, as a JSON pointer.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| places(value, &format!("{at}/{name}"), found)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(n, value)| places(value, &format!("{at}/{n}"), found)),
        _ => {}
    }
    found.push(at.to_owned());
}

fn odd() -> impl Strategy<Value = Value> {
    let texts = [
        "",
        "\0",
        "Europe/Berlin",
        "Mars/Olympus",
        "FREQ=DAILY",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=WEEKLY;COUNT=4294967295",
        "0001-01-01",
        "2026-02-05",
        "9999-12-31",
        "-262143-01-01",
        "2026-02-05T12:00:00",
        "9999-12-31T23:59:59",
        "2026-02-05T12:00:00.5",
        "2026-02-05T12:00:00Z",
        "24:00:00",
        "23:59:60",
    ];
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..9).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(texts.to_vec()).prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!(["a", 1])),
    ]
}

fn changes() -> impl Strategy<Value = Vec<(Index, Value)>> {
    prop::collection::vec((any::<Index>(), odd()), 1..4)
}

/// Puts odd values in places of a good one.
fn changed(mut value: Value, changes: &[(Index, Value)]) -> Value {
    for (at, odd) in changes {
        let mut all = Vec::new();
        places(&value, "", &mut all);
        if let Some(place) = value.pointer_mut(&all[at.index(all.len())]) {
            *place = odd.clone();
        }
    }
    value
}

/// Reads it; what is read is written and read again as the same.
fn read<T: Serialize + DeserializeOwned + PartialEq + Debug>(json: &Value) -> Option<T> {
    let value: T = serde_json::from_str(&json.to_string()).ok()?;
    let text = serde_json::to_string(&value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), value);
    Some(value)
}

fn ids(text: &str) {
    macro_rules! each {
        ($($id:ty),*) => {$(
            match text.parse::<$id>() {
                Ok(id) => assert!(id.get() > 0 && id.to_string().parse() == Ok(id), "{text:?}"),
                Err(error) => assert!(error.to_string().contains(text), "{error}"),
            }
        )*};
    }
    each!(MemberId, ClassId, LocationId, InvoiceId, SeriesId, LotId);
}

proptest! {
    #![proptest_config(crate::support::soak::cases(1_000))]

    #[test]
    fn any_text_is_an_id_or_an_error(text in "( ?[-+]?[0-9]{0,20} ?|\\PC{0,12})") {
        ids(&text);
    }

    #[test]
    fn any_text_is_a_currency_or_an_error(text in "([A-Z]{3}|[a-zA-Z]{0,4}|\\PC{0,5})") {
        match text.parse::<Currency>() {
            Ok(currency) => prop_assert_eq!(currency.code(), text),
            Err(error) => prop_assert!(error.to_string().contains(&format!("{text:?}")), "{}", error),
        }
    }

    #[test]
    fn any_text_is_a_zone_or_an_error(text in "((Europe|America|Etc|US)/[A-Za-z_+0-9/-]{0,14}|UTC|[A-Z]{1,4}|\\PC{0,12})") {
        match zone(&text) {
            Ok(zone) => prop_assert_eq!(zone.name(), text),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn any_json_is_a_series_or_an_error(changes in changes()) {
        let json = changed(HOUSE.with_borrow(|house| house.series.clone()), &changes);
        if let Some(series) = read::<Series>(&json) {
            let year = Period::new(instant("2026-01-01T00:00:00Z"), instant("2027-01-01T00:00:00Z")).unwrap();
            let starts: Vec<_> = series.occurrences(year).take(50).map(|it| it.instant).collect();
            prop_assert!(starts.iter().all(|at| year.contains(*at)), "{}", json);
        }
    }

    #[test]
    fn any_json_is_an_availability_or_an_error(changes in changes()) {
        let json = changed(HOUSE.with_borrow(|house| house.availability.clone()), &changes);
        if let Some(availability) = read::<Availability>(&json) {
            let week = Period::new(instant("2026-02-01T00:00:00Z"), instant("2026-02-08T00:00:00Z")).unwrap();
            let open = availability.open(zone("Europe/Berlin").unwrap(), None, week);
            prop_assert!(open.is_sorted() && open.iter().all(|it| week.start() <= it.start() && it.end() <= week.end()));
        }
    }

    #[test]
    fn any_json_is_a_command_that_can_be_decided_or_an_error(which in any::<Index>(), changes in changes()) {
        HOUSE.with_borrow(|house| {
            let json = changed(house.commands[which.index(house.commands.len())].clone(), &changes);
            let Some(command) = read::<Command>(&json) else { return };
            let context = Context { now: house.gym.now, actor: Actor::System };
            match house.gym.club.decide(&command, &context) {
                Ok(events) => {
                    let mut club = house.gym.club.clone();
                    club.apply(&events, &club.allot(&events));
                }
                Err(refusal) => assert!(!refusal.reasons.is_empty(), "{json}"),
            }
        });
    }
}
