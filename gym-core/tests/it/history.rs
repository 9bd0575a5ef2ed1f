//! The columns of a history say what the club says.

use chrono::Datelike;
use gym_core::booking::RegistrationState;
use gym_core::club::Club;
use gym_core::history::*;
use gym_core::sim::Setup;
use gym_core::time::Period;
use gym_core::user::Person;
use proptest::prelude::*;

use crate::support::instant;

fn lived() -> (Club, Period) {
    let (club, _) = Setup::new(7, "2026-01-05".parse().unwrap(), 40).live(20);
    let during = Period::new(instant("2026-01-05T00:00:00Z"), instant("2026-02-01T00:00:00Z")).unwrap();
    (club, during)
}

#[test]
fn bookings_and_classes_are_those_of_the_club() {
    let (club, during) = lived();
    let history = History::of(&club, during);
    assert_eq!(history.members.len(), club.members.len());
    assert_eq!(history.bookings.len(), club.registrations.len());
    for (row, booked) in history.bookings.rows().zip(club.registrations.iter()) {
        let class = club.classes.get(booked.class).unwrap();
        let found = history.classes.get(row.class as usize).unwrap();
        assert_eq!(history.members.id[row.member as usize], booked.member.get());
        assert_eq!(found.id, class.id.get());
        assert_eq!(
            history.programmes[found.programme as usize],
            class.offering.programme
        );
        assert_eq!(
            history.places.id[found.place as usize],
            class.offering.location.get()
        );
        assert_eq!(
            (row.state, row.recorded_at),
            (booked.state, micros(booked.booked_at))
        );
        assert_eq!(row.settled_at == NO_TIME, booked.settled_at.is_none());
    }
    let attended = history
        .bookings
        .rows()
        .filter(|it| it.state == RegistrationState::Attended);
    assert!(attended.count() > 20);
}

#[test]
fn only_what_was_recorded_in_the_period_is_there() {
    let (club, _) = lived();
    let day = Period::new(instant("2026-01-10T00:00:00Z"), instant("2026-01-11T00:00:00Z")).unwrap();
    let history = History::of(&club, day);
    assert!(!history.bookings.is_empty() && history.bookings.len() < club.registrations.len() / 4);
    let within = |at: &i64| (micros(day.start())..micros(day.end())).contains(at);
    assert!(history.bookings.recorded_at.iter().all(within));
    assert!(history.bookings.class.iter().all(|class| *class != NO_ID));
}

#[test]
fn who_was_erased_is_absent_with_all_they_did() {
    let (mut club, during) = lived();
    let whole = History::of(&club, during);
    let busy = whole.bookings.member[0];
    let theirs = whole.bookings.member.iter().filter(|it| **it == busy).count();
    let erased = club.members.iter().nth(busy as usize).unwrap().id;
    club.members
        .change(erased, |member| member.person = Person::default());
    let rest = History::of(&club, during);
    assert_eq!(rest.members.len() + 1, whole.members.len());
    assert!(!rest.members.id.contains(&erased.get()));
    assert_eq!(rest.bookings.len() + theirs, whole.bookings.len());
    assert_eq!(
        rest.clone().into_facts(),
        History::new(during, rest.into_facts()).unwrap().into_facts()
    );
}

#[test]
fn a_reference_that_leads_nowhere_is_named() {
    let (club, during) = lived();
    let mut facts = History::of(&club, during).into_facts();
    let mut columns = facts.bookings.into_columns();
    columns.member[3] = 4_000;
    facts.bookings = columns.try_into().unwrap();
    assert_eq!(
        History::new(during, facts).unwrap_err().to_string(),
        format!(
            "bookings: row 3 has member 4000; expected one of the {} rows of members",
            club.members.len()
        ),
    );
}

proptest! {
    #![proptest_config(crate::support::soak::cases(256))]

    #[test]
    fn days_are_numbers_and_back(number in -700_000..2_900_000_i32) {
        let day = day_of(number).unwrap();
        prop_assert_eq!(day_number(day), number);
        prop_assert!((1..=366).contains(&day.ordinal()));
    }

    #[test]
    fn positions_are_given_in_order_and_found_again(ids in proptest::collection::vec(prop_oneof![0..60_i64, any::<i64>()], 0..80)) {
        let (mut dense, mut seen) = (Dense::default(), Vec::new());
        for id in &ids {
            if !seen.contains(id) {
                seen.push(*id);
            }
            let position = seen.iter().position(|it| it == id).unwrap();
            prop_assert_eq!(dense.add(*id) as usize, position);
        }
        prop_assert_eq!(dense.len(), seen.len());
        for (position, id) in seen.iter().enumerate() {
            prop_assert_eq!(dense.position(*id) as usize, position);
        }
        prop_assert!(seen.contains(&77) || dense.position(77) == NO_ID);
    }
}
