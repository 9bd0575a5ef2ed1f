//! Whether the door opens, and every reason why it does not.

use std::collections::BTreeSet;

use crate::support::Gym;
use crate::support::door::*;
use crate::support::lots::*;
use chrono::{NaiveTime, Weekday};
use gym_core::booking::policy::Policy;
use gym_core::check_in::*;
use gym_core::entitlement::*;
use gym_core::schedule::availability::Hours;
use gym_core::time::Unit;

/// Comes at each time of a table, one after the other.
fn check(terms: Terms, table: &[(&str, &str)]) {
    let mut gym = Gym::entitled(Policy::default());
    let ada = gym.member("Ada");
    gym.sell(ada, terms);
    for (at, expected) in table {
        let place = gym.place;
        let said = told(gym.at(at), enter(ada, place));
        assert_eq!(said, *expected, "at {at}");
    }
}

#[test]
fn off_peak_is_two_windows_of_civil_time() {
    let hours = |day, from, until| {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        Hours::new(day, time(from), time(until)).unwrap()
    };
    let windows = vec![
        hours(Weekday::Mon, 9, 12),
        hours(Weekday::Mon, 14, 17),
        hours(Weekday::Sun, 22, 2),
    ];
    let right = DoorRight {
        windows,
        ..DoorRight::default()
    };
    let shut = |next| format!("nothing opens this door now; lot 1: it is for other hours, next from {next}");
    // The clocks of Berlin go forward on 29 March 2026: nine o'clock is an hour earlier in UTC.
    check(
        door(right),
        &[
            ("2026-03-23T07:59:59Z", &shut("Mon 23 Mar 09:00")),
            ("2026-03-23T08:00:00Z", LOT),
            ("2026-03-23T11:00:00Z", &shut("Mon 23 Mar 14:00")),
            ("2026-03-23T13:00:00Z", LOT),
            ("2026-03-30T00:30:00Z", &shut("Mon 30 Mar 09:00")),
            ("2026-03-30T07:00:00Z", LOT),
            ("2026-03-30T15:00:00Z", &shut("Sun 5 Apr 22:00")),
            ("2026-04-05T23:30:00Z", LOT),
        ],
    );
}

#[test]
fn several_visits_on_one_day_count_once_in_a_calendar_week() {
    let used = "nothing opens this door now; lot 1: 2 of 2 visits in a calendar week are used; again from 2026-03-09";
    check(
        door(limited(2, Window::Calendar(Unit::Week))),
        &[
            ("2026-03-02T08:00:00Z", LOT),
            ("2026-03-02T18:00:00Z", LOT),
            ("2026-03-08T08:00:00Z", LOT),
            ("2026-03-08T22:59:00Z", LOT),
            ("2026-03-08T23:00:00Z", LOT), // Monday in Berlin
        ],
    );
    check(
        door(limited(2, Window::Calendar(Unit::Week))),
        &[
            ("2026-03-02T08:00:00Z", LOT),
            ("2026-03-03T08:00:00Z", LOT),
            ("2026-03-03T20:00:00Z", LOT),
            ("2026-03-04T08:00:00Z", used),
        ],
    );
}

#[test]
fn a_rolling_limit_is_not_a_calendar_one() {
    let used = |window, again| {
        format!(
            "nothing opens this door now; lot 1: 1 of 1 visits in a {window} are used; again from {again}"
        )
    };
    let rolling = used("30 days in a row", "2026-04-30");
    check(
        door(limited(1, Window::Rolling { days: 30 })),
        &[
            ("2026-03-31T08:00:00Z", LOT),
            ("2026-04-01T08:00:00Z", &rolling),
            ("2026-04-29T08:00:00Z", &rolling),
            ("2026-04-30T08:00:00Z", LOT),
        ],
    );
    check(
        door(limited(1, Window::Calendar(Unit::Month))),
        &[
            ("2026-03-31T08:00:00Z", LOT),
            ("2026-04-01T08:00:00Z", LOT),
            ("2026-04-02T08:00:00Z", &used("calendar month", "2026-05-01")),
        ],
    );
}

#[test]
fn who_shares_a_limit_shares_its_visits() {
    let mut gym = Gym::entitled(Policy::default());
    let [ada, bao, cem] = gym.members(["Ada", "Bao", "Cem"]);
    let limit = limited(3, Window::Calendar(Unit::Month));
    gym.sell_to(&[ada, bao, cem], door(limit));
    let place = gym.place;
    let used = |again| {
        format!(
            "nothing opens this door now; lot 1: 3 of 3 visits in a calendar month are used; again from {again}"
        )
    };
    let again = used("2026-04-01");
    for (at, member, expected) in [
        ("2026-03-02T08:00:00Z", ada, LOT),
        ("2026-03-02T08:00:01Z", bao, LOT),
        ("2026-03-02T18:00:00Z", ada, LOT),
        ("2026-03-03T08:00:00Z", bao, LOT),
        ("2026-03-03T08:00:00Z", ada, &again),
        ("2026-03-03T18:00:00Z", bao, LOT), // again on the same day
        ("2026-03-20T08:00:00Z", cem, &again),
        ("2026-04-01T08:00:00Z", cem, LOT),
    ] {
        assert_eq!(
            told(gym.at(at), enter(member, place)),
            expected,
            "{member} at {at}"
        );
    }
}

#[test]
fn a_pass_of_visits_gives_one_use_a_day() {
    let mut terms = door(DoorRight::default());
    terms.uses = Uses::Counted(2);
    check(
        terms,
        &[
            ("2026-03-02T08:00:00Z", LOT),
            ("2026-03-02T18:00:00Z", LOT),
            ("2026-03-03T08:00:00Z", LOT),
            ("2026-03-03T09:00:00Z", LOT),
            (
                "2026-03-04T08:00:00Z",
                "nothing opens this door now; lot 1: 2 of 2 are used",
            ),
        ],
    );
}

#[test]
fn a_right_is_for_its_places_and_areas() {
    let mut gym = Gym::entitled(Policy::default());
    let (ada, soho) = (gym.member("Ada"), gym.location("Soho", "Europe/London"));
    let areas = Some(BTreeSet::from(["sauna".to_owned()]));
    let mut terms = door(DoorRight {
        areas,
        ..DoorRight::default()
    });
    terms.scope.locations = Some([gym.place].into());
    gym.sell(ada, terms);
    gym.at("2026-03-02T08:00:00Z");
    let at = |location, area: Option<&str>| DoorCommand::Enter {
        member: ada,
        location,
        area: area.map(str::to_owned),
        overriding: None,
    };
    let place = gym.place;
    assert_eq!(told(&mut gym, at(place, None)), LOT);
    assert_eq!(told(&mut gym, at(place, Some("sauna"))), LOT);
    assert_eq!(
        told(&mut gym, at(place, Some("pool"))),
        "nothing opens this door now; lot 1: it does not open \"pool\""
    );
    assert_eq!(
        told(&mut gym, at(soho, None)),
        "nothing opens this door now; lot 1: it is not for location 2"
    );
}

#[test]
fn a_booking_opens_the_door_for_its_time() {
    let mut gym = Gym::entitled(Policy::default());
    let ada = gym.member("Ada");
    gym.sell(ada, year(1));
    gym.at("2026-03-01T08:00:00Z");
    let class = gym.class("2026-03-02T10:00", 5);
    gym.book(ada, class);
    let place = gym.place;
    for (at, expected) in [
        (
            "2026-03-02T08:29:00Z",
            "nothing opens this door now; lot 1: it is for something else; a booking opens it from 08:30 UTC",
        ),
        ("2026-03-02T08:30:00Z", "Booking(RegistrationId(1))"),
        ("2026-03-02T09:59:59Z", "Booking(RegistrationId(1))"),
        (
            "2026-03-02T10:00:00Z",
            "nothing opens this door now; lot 1: it is for something else",
        ),
    ] {
        assert_eq!(told(gym.at(at), enter(ada, place)), expected, "at {at}");
    }
    assert_eq!(
        gym.uses(),
        "03-02 lot 1",
        "the door takes nothing from the booking's pass"
    );
}

#[test]
fn debt_has_a_grace_by_age_and_by_amount() {
    let rules = DoorRules {
        debt_days: Some(5),
        debt_above: Some(eur(5000)),
        ..DoorRules::default()
    };
    let against = |minor, since: &str| {
        let since = day(since);
        rules
            .against_debt(
                Debt {
                    open: eur(minor),
                    since,
                },
                day("2026-03-10"),
            )
            .is_some()
    };
    assert!(
        !against(5000, "2026-03-05"),
        "five days, in which a payment settles"
    );
    assert!(against(5000, "2026-03-04"));
    assert!(against(5001, "2026-03-10"));
    assert!(!against(0, "2020-01-01") && !against(-100, "2020-01-01"));
}
