//! What can still be booked, and whose turn it is.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::slots::{Candidate, SlotRequest, any_slots, free_slots, rotation, starting_count};
use gym_core::time::{Period, civil, day, zone};

use super::{at, date, period, periods, trainer};

/// Lists the free slots of 2026-03-02 in UTC for 60 minutes every 30 and compares their starts.
fn check_slots(open: &[&str], busy: &[&str], buffers: (u32, u32), earliest: &str, expected: &[&str]) {
    let buffers = Buffers {
        before_minutes: buffers.0,
        after_minutes: buffers.1,
    };
    let request = SlotRequest::new(60, 30, buffers, at(earliest)).unwrap();
    let slots = free_slots(&periods(open), &periods(busy), &request, Tz::UTC);
    let starts: Vec<String> = slots
        .iter()
        .map(|slot| slot.start().format("%H:%M").to_string())
        .collect();
    assert_eq!(starts, expected);
    assert!(slots.iter().all(|slot| slot.duration().num_minutes() == 60));
}

#[test]
fn slots_fit_between_what_is_booked() {
    let (morning, early) = ("2026-03-02 08:00–11:00", "2026-03-01T00:00:00Z");
    check_slots(
        &[morning],
        &[],
        (0, 0),
        early,
        &["08:00", "08:30", "09:00", "09:30", "10:00"],
    );
    check_slots(
        &[morning],
        &["2026-03-02 09:00–09:30"],
        (0, 0),
        early,
        &["08:00", "09:30", "10:00"],
    );
    check_slots(
        &[morning],
        &["2026-03-02 09:00–09:31"],
        (0, 0),
        early,
        &["08:00", "10:00"],
    );
    check_slots(
        &[morning],
        &["2026-03-02 09:00–09:30"],
        (0, 1),
        early,
        &["09:30", "10:00"],
    );
    check_slots(
        &[morning],
        &["2026-03-02 09:00–09:30"],
        (1, 0),
        early,
        &["08:00", "10:00"],
    );
    // Buffers may reach outside the opening hours, but not into what is booked there.
    check_slots(&["2026-03-02 08:00–09:00"], &[], (30, 30), early, &["08:00"]);
    check_slots(
        &["2026-03-02 08:00–09:00"],
        &["2026-03-02 07:00–07:31"],
        (30, 30),
        early,
        &[],
    );
    check_slots(
        &["2026-03-02 08:10–10:05"],
        &[],
        (0, 0),
        early,
        &["08:30", "09:00"],
    );
    check_slots(
        &[morning],
        &[],
        (0, 0),
        "2026-03-02T09:10:00Z",
        &["09:30", "10:00"],
    );
    check_slots(
        &["2026-03-02 23:00–01:00"],
        &[],
        (0, 0),
        early,
        &["23:00", "23:30", "00:00"],
    );
}

#[test]
fn the_grid_follows_the_wall_clock_through_a_change() {
    let (york, start) = (zone("America/New_York").unwrap(), at("2026-01-01T00:00:00Z"));
    let clocks = |zone: Tz, text: &str, step: u32| -> Vec<String> {
        let request = SlotRequest::new(30, step, Buffers::default(), start).unwrap();
        let night = day(zone, date(text)).unwrap();
        let slots = free_slots(&[night], &[], &request, zone);
        let clock = |slot: &Period| civil(zone, slot.start()).format("%H:%M").to_string();
        slots
            .iter()
            .map(clock)
            .take_while(|clock| clock.as_str() < "04")
            .collect()
    };
    assert_eq!(clocks(york, "2026-03-08", 60), ["00:00", "01:00", "03:00"]);
    assert_eq!(
        clocks(york, "2026-11-01", 60),
        ["00:00", "01:00", "01:00", "02:00", "03:00"]
    );
    let howe = zone("Australia/Lord_Howe").unwrap(); // 02:00 becomes 02:30
    assert_eq!(clocks(howe, "2026-10-04", 60), ["00:00", "01:00", "03:00"]);
    assert_eq!(
        clocks(zone("Asia/Kathmandu").unwrap(), "2026-03-08", 90),
        ["00:00", "01:30", "03:00"]
    );
}

#[test]
fn slot_requests_have_limits() {
    let request = |length, step, before_minutes| {
        let buffers = Buffers {
            before_minutes,
            after_minutes: 0,
        };
        SlotRequest::new(length, step, buffers, at("2026-03-02T00:00:00Z")).map_err(|e| e.to_string())
    };
    assert!(request(1440, 1440, 1440).is_ok());
    assert_eq!(
        request(0, 30, 0).unwrap_err(),
        "length_minutes: 0 minutes is out of range; expected 1 to 1440"
    );
    assert_eq!(
        request(60, 0, 0).unwrap_err(),
        "step_minutes: 0 minutes is out of range; expected 1 to 1440"
    );
    assert_eq!(
        request(60, 30, 1441).unwrap_err(),
        "before_minutes: 1441 minutes is out of range; expected 0 to 1440"
    );
    let json = r#"{"length_minutes":60,"step_minutes":0,"earliest":"2026-03-02T00:00:00Z"}"#;
    assert!(serde_json::from_str::<SlotRequest>(json).is_err());
}

#[test]
fn any_trainer_means_whoever_is_next_in_turn() {
    let candidate = |id, given, last: Option<&str>, weight| Candidate {
        trainer: trainer(id),
        given,
        last: last.map(at),
        weight,
    };
    let team = [
        candidate(1, 4, Some("2026-03-01T09:00:00Z"), 1),
        candidate(2, 4, Some("2026-02-28T09:00:00Z"), 1), // as many, longer ago
        candidate(3, 4, Some("2026-03-01T09:00:00Z"), 2), // half as many for the weight
        candidate(4, 0, None, 0),                         // takes no turns
        candidate(5, 4, None, 1),                         // as many, never before
    ];
    let order = rotation(&team);
    assert_eq!(order, [3, 5, 2, 1].map(trainer));
    assert_eq!(starting_count(&team, 1), 4); // 16 for a weight of 5: 3.2, rounded up
    assert_eq!(starting_count(&team, 5), 16);
    assert_eq!(starting_count(&[], 1), 0);

    let [nine, ten] = ["2026-03-02 09:00–10:00", "2026-03-02 10:00–11:00"].map(period);
    let free = BTreeMap::from([
        (trainer(1), vec![nine]),
        (trainer(3), vec![nine, ten]),
        (trainer(4), vec![ten]),
    ]);
    let offered: Vec<_> = any_slots(&free, &order)
        .into_iter()
        .map(|s| (s.slot, s.trainers))
        .collect();
    assert_eq!(
        offered,
        [(nine, vec![trainer(3), trainer(1)]), (ten, vec![trainer(3)])]
    );
}
