//! Instalments: parts that make up the whole, and what falls due when one is missed.

use gym_core::billing::instalment::{Due, Instalment, Plan, Remainder, Schedule};
use gym_core::time::{Cycle, Unit};

use super::make::{day, eur};

const PLAN: Plan = Plan {
    deposit: None,
    count: 3,
    every: Cycle::MONTH,
    remainder: Remainder::Last,
    grace: Some(14),
};

fn schedule(plan: Plan, total: i64) -> Vec<(String, i64)> {
    let schedule = plan.schedule(eur(total), day("2027-01-31")).unwrap();
    assert_eq!(schedule.total().unwrap(), eur(total));
    schedule
        .parts()
        .iter()
        .map(|it| (it.due_on.to_string(), it.amount.minor()))
        .collect()
}

fn parts(days: [&str; 3], amounts: [i64; 3]) -> Vec<(String, i64)> {
    days.into_iter().map(str::to_owned).zip(amounts).collect()
}

#[test]
fn the_remainder_goes_where_the_plan_says() {
    let months = ["2027-01-31", "2027-02-28", "2027-03-31"];
    assert_eq!(schedule(PLAN, 10_001), parts(months, [3_333, 3_333, 3_335]));
    let first = Plan {
        remainder: Remainder::First,
        ..PLAN
    };
    assert_eq!(schedule(first, 10_001), parts(months, [3_335, 3_333, 3_333]));
    let weekly = Plan {
        every: Cycle::new(2, Unit::Week).unwrap(),
        count: 2,
        deposit: Some(eur(1)),
        ..PLAN
    };
    assert_eq!(
        schedule(weekly, 10_002),
        parts(["2027-01-31", "2027-02-14", "2027-02-28"], [1, 5_000, 5_001])
    );
}

#[test]
fn plans_that_cannot_be_are_told() {
    let wrong = |plan: Plan, total| {
        plan.schedule(eur(total), day("2027-01-31"))
            .unwrap_err()
            .to_string()
    };
    assert!(wrong(Plan { count: 0, ..PLAN }, 100).starts_with("instalments: 1.00 EUR is not accepted"));
    assert!(wrong(Plan { count: 121, ..PLAN }, 1_000).contains("1 to 120 parts"));
    assert!(wrong(PLAN, 2).contains("each above zero"));
    assert!(wrong(PLAN, -100).contains("each above zero"));
    assert!(
        wrong(
            Plan {
                deposit: Some(eur(100)),
                ..PLAN
            },
            100
        )
        .starts_with("deposit: 1.00 EUR")
    );
    assert!(
        wrong(
            Plan {
                deposit: Some(eur(-1)),
                ..PLAN
            },
            100
        )
        .starts_with("deposit: -0.01 EUR")
    );
    let json = r#"{"parts":[{"due_on":"2027-01-31","amount":{"minor":0,"currency":"EUR"}}],"grace":null}"#;
    assert!(
        serde_json::from_str::<Schedule>(json)
            .unwrap_err()
            .to_string()
            .contains("amounts above zero")
    );
}

#[track_caller]
fn due(plan: Plan, paid: i64, on: &str, now: i64, next: Option<(&str, i64)>, accelerated: bool) {
    let schedule = plan.schedule(eur(9_000), day("2027-01-31")).unwrap();
    let next = next.map(|(due_on, minor)| Instalment {
        due_on: day(due_on),
        amount: eur(minor),
    });
    assert_eq!(
        schedule.due(eur(paid), day(on)).unwrap(),
        Due {
            now: eur(now),
            next,
            accelerated
        }
    );
}

#[test]
fn payments_fill_the_parts_in_their_order() {
    due(PLAN, 0, "2027-01-30", 0, Some(("2027-01-31", 3_000)), false);
    due(PLAN, 0, "2027-01-31", 3_000, Some(("2027-02-28", 3_000)), false);
    due(
        PLAN,
        1_000,
        "2027-01-31",
        2_000,
        Some(("2027-02-28", 3_000)),
        false,
    );
    due(PLAN, 3_000, "2027-02-27", 0, Some(("2027-02-28", 3_000)), false);
    due(PLAN, 4_000, "2027-02-27", 0, Some(("2027-02-28", 2_000)), false);
    due(PLAN, 9_000, "2027-06-01", 0, None, false);
}

#[test]
fn a_part_missed_for_longer_than_the_grace_makes_all_of_it_due() {
    due(PLAN, 0, "2027-02-14", 3_000, Some(("2027-02-28", 3_000)), false);
    due(PLAN, 0, "2027-02-15", 9_000, None, true);
    due(PLAN, 2_999, "2027-02-15", 6_001, None, true);
    due(PLAN, 3_000, "2027-02-15", 0, Some(("2027-02-28", 3_000)), false);
    let patient = Plan { grace: None, ..PLAN };
    due(
        patient,
        0,
        "2027-03-30",
        6_000,
        Some(("2027-03-31", 3_000)),
        false,
    );
    due(patient, 0, "2028-03-30", 9_000, None, false);
}
