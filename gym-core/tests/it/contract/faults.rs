//! What has gone wrong elsewhere with memberships and their billing, each named after what goes wrong.

use chrono::{DateTime, NaiveDate};
use gym_core::billing::obligation::Key;
use gym_core::billing::subscription::account;
use gym_core::membership::freeze::{Compensation, FreezeRules};
use gym_core::membership::intro::continuous_since;
use gym_core::membership::plan::{AtEnd, EndsOn, Periods, Reach, Terms};
use gym_core::membership::{MembershipCommand as C, Objection};

use super::{Hall, day, days, eur, freeze, monthly, months};

#[test]
fn an_upgrade_is_not_rewarded_with_a_credit_and_an_extension() {
    let terms = Terms {
        freeze: Some(FreezeRules::free(Compensation::Extend)),
        term: Some(months(3)),
        ..monthly(31_00)
    };
    let (mut hall, id) = Hall::with("2027-03-01", terms);
    hall.freeze(id, "2027-03-10", "2027-03-20");
    let dear = hall.add_type(
        "Platinum",
        Terms {
            term: Some(months(3)),
            ..monthly(62_00)
        },
    );
    hall.on("2027-04-01");
    hall.ok(C::Switch {
        membership: id,
        to: dear,
        on: day("2027-04-01"),
    });
    let next = hall.gym.club.memberships.iter().next_back().unwrap().id;
    // 21 of 31 days are used. The ten that the freeze moved are credited, and are not added to the new term as well.
    assert_eq!(
        hall.bill(id, "2028-01-01"),
        ["2027-03-01 fee 3100", "2027-04-01 switch -1000"]
    );
    assert_eq!(hall.ends_on(next).as_deref(), Some("2027-07-01"));
    let old = account(&hall.gym.club.contract(id).unwrap(), day("2028-01-01"));
    assert_eq!(
        (old.paid, old.delivered, old.remaining, old.credited),
        (31, 21, 0, 10)
    );
}

#[test]
fn a_credit_at_an_upgrade_is_of_the_price_that_was_charged_not_of_the_price_now() {
    let (mut hall, id) = Hall::with("2027-03-01", monthly(31_00));
    let of = hall.gym.club.memberships.get(id).unwrap().of;
    hall.ok(C::Revise {
        of,
        from: day("2027-03-10"),
        reach: Reach::Running,
        terms: Box::new(monthly(31_000)),
    });
    let dear = hall.add_type("Platinum", monthly(62_000));
    hall.on("2027-03-16");
    hall.ok(C::Switch {
        membership: id,
        to: dear,
        on: day("2027-03-16"),
    });
    assert_eq!(
        hall.bill(id, "2028-01-01"),
        ["2027-03-01 fee 3100", "2027-03-16 switch -1600"]
    );
}

#[test]
fn a_term_does_not_end_with_the_month_in_which_its_last_day_lies() {
    for (start, length, ends) in [
        ("2027-01-15", months(1), "2027-02-15"),
        ("2027-01-31", months(1), "2027-02-28"),
        ("2027-01-31", months(2), "2027-03-31"),
        ("2027-05-20", months(12), "2028-05-20"),
    ] {
        let (hall, id) = Hall::with(
            start,
            Terms {
                term: Some(length),
                ..monthly(50_00)
            },
        );
        assert_eq!(hall.ends_on(id).as_deref(), Some(ends));
    }
}

#[test]
fn the_last_start_is_after_the_last_break() {
    let spans = [
        ("2020-01-01", "2021-01-01"),
        ("2023-05-01", "2024-05-01"),
        ("2024-05-01", "2025-05-01"),
    ];
    let spans = spans.map(|(from, until)| (day(from), Some(day(until))));
    assert_eq!(
        continuous_since(spans, 30, day("2024-12-31")),
        Some(day("2023-05-01"))
    );
}

#[test]
fn the_duration_of_a_term_is_not_ignored() {
    let terms = Terms {
        term: Some(days(45)),
        at_end: AtEnd::Renew(days(10)),
        cycle: days(45),
        ..monthly(90_00)
    };
    let (mut hall, id) = Hall::with("2027-01-01", terms);
    assert_eq!(hall.ends_on(id).as_deref(), Some("2027-02-15"));
    hall.on("2027-02-15").renew();
    assert_eq!(hall.ends_on(id).as_deref(), Some("2027-02-25"));
    // Ten days of a period of forty-five.
    assert_eq!(
        hall.bill(id, "2027-12-31"),
        ["2027-01-01 fee 9000", "2027-02-15 fee 2000"]
    );
}

#[test]
fn a_period_is_not_measured_from_the_day_that_a_short_month_lacked() {
    // Joined on 30 November, by the quarter: the second period is 28 February to 30 May, 91 days.
    let terms = Terms {
        cycle: months(3),
        notice: Some(days(41)),
        ends: EndsOn::AnyDay,
        ..monthly(91_00)
    };
    let (mut hall, id) = Hall::with("2026-11-30", terms);
    hall.on("2027-02-27");
    hall.ok(C::GiveNotice {
        membership: id,
        early: false,
    });
    // To 9 April: 41 days at a euro each.
    assert_eq!(
        hall.bill(id, "2027-12-31"),
        ["2026-11-30 fee 9100", "2027-02-28 fee 4100"]
    );
}

#[test]
fn the_billing_day_does_not_drift_after_a_short_month() {
    let (hall, id) = Hall::with("2028-01-31", monthly(50_00));
    let due: Vec<String> = hall
        .owed(id, "2028-05-31")
        .iter()
        .map(|owed| owed.due_on.to_string())
        .collect();
    assert_eq!(
        due,
        [
            "2028-01-31",
            "2028-02-29",
            "2028-03-31",
            "2028-04-30",
            "2028-05-31"
        ]
    );
}

#[test]
fn a_change_of_the_catalogue_does_not_charge_a_running_plan_twice_or_at_the_wrong_price() {
    let (mut hall, id) = Hall::with(
        "2027-01-10",
        Terms {
            joining: Some(eur(20_00)),
            ..monthly(50_00)
        },
    );
    let of = hall.gym.club.memberships.get(id).unwrap().of;
    hall.on("2027-02-20");
    let before = hall.owed(id, "2027-02-20");
    for (from, price) in [
        ("2027-02-21", 55_00),
        ("2027-03-10", 60_00),
        ("2027-03-11", 65_00),
    ] {
        let terms = Box::new(Terms {
            joining: Some(eur(99_00)),
            ..monthly(price)
        });
        hall.ok(C::Revise {
            of,
            from: day(from),
            reach: Reach::Running,
            terms,
        });
    }
    assert_eq!(hall.owed(id, "2027-02-20"), before);
    assert_eq!(
        hall.bill(id, "2027-04-30")[3..],
        ["2027-03-10 fee 6000", "2027-04-10 fee 6500"]
    );
    let past = C::Revise {
        of,
        from: day("2027-02-19"),
        reach: Reach::Running,
        terms: Box::new(monthly(1)),
    };
    let (field, today) = ("from".to_owned(), day("2027-02-20"));
    assert_eq!(
        hall.objections(past),
        [Objection::Past {
            field,
            day: day("2027-02-19"),
            today
        }]
    );
    let other = Terms {
        cycle: months(3),
        ..monthly(1)
    };
    let why = hall.no(C::Revise {
        of,
        from: day("2027-04-01"),
        reach: Reach::Running,
        terms: Box::new(other),
    });
    assert_eq!(
        why,
        "cycle: 3 months is not accepted; expected 1 month as before, or a reach to sales alone"
    );
}

#[test]
fn billing_dates_are_days_of_the_location_whatever_the_clocks_do() {
    let mut hall = Hall::new();
    let ada = hall.gym.member("Ada");
    let gold = hall.add_type("Gold", monthly(50_00));
    // Half an hour before midnight in UTC it is the next day in Berlin, also an hour before the clocks go forward.
    for (now, sold_on) in [
        ("2027-01-31T22:59:59Z", "2027-01-31"),
        ("2027-01-31T23:00:00Z", "2027-02-01"),
        ("2027-03-27T23:30:00Z", "2027-03-28"),
        ("2027-06-30T22:00:00Z", "2027-07-01"),
        ("2027-10-31T00:30:00Z", "2027-10-31"),
        ("2027-10-31T22:59:59Z", "2027-10-31"),
        ("2027-10-31T23:00:00Z", "2027-11-01"),
    ] {
        hall.gym.now = now.parse::<DateTime<chrono::FixedOffset>>().unwrap().to_utc();
        let id = hall.sell(ada, gold, sold_on);
        let membership = hall.gym.club.memberships.get(id).unwrap();
        assert_eq!(membership.sold_on.to_string(), sold_on, "{now}");
        let due: Vec<NaiveDate> = hall
            .owed(id, "2028-12-31")
            .iter()
            .map(|owed| owed.due_on)
            .collect();
        assert_eq!(due[0], day(sold_on));
        assert!(
            due.windows(2)
                .all(|pair| (27..=31).contains(&(pair[1] - pair[0]).num_days()))
        );
    }
}

#[test]
fn a_freeze_does_not_make_a_period_that_was_charged_another_one() {
    let terms = Terms {
        freeze: Some(FreezeRules::free(Compensation::Extend)),
        ..monthly(31_00)
    };
    let (mut hall, id) = Hall::with("2027-03-01", terms);
    let key = |hall: &Hall| -> Vec<Key> { hall.owed(id, "2027-06-20").iter().map(|owed| owed.key).collect() };
    let before = key(&hall);
    hall.on("2027-04-01");
    // The period that begins today was charged today, whether or not the invoice came before the freeze.
    hall.ok(freeze(id, "2027-04-01", Some("2027-04-21")));
    let after = key(&hall);
    assert_eq!(
        after[..],
        before[..3],
        "the fourth is due later, and no other is new"
    );
    assert_eq!(
        hall.bill(id, "2027-06-20"),
        [
            "2027-03-01 fee 3100",
            "2027-04-01 fee 3100",
            "2027-05-21 fee 3100"
        ]
    );
}

#[test]
fn a_notice_before_the_billing_day_is_not_charged_one_more_period() {
    let terms = Terms {
        notice: Some(days(14)),
        ..monthly(50_00)
    };
    for (given, periods) in [("2027-03-17", 3), ("2027-03-18", 4), ("2027-03-31", 4)] {
        let (mut hall, id) = Hall::with("2027-01-01", terms.clone());
        hall.on(given);
        hall.ok(C::GiveNotice {
            membership: id,
            early: false,
        });
        assert_eq!(hall.owed(id, "2028-01-01").len(), periods, "{given}");
    }
}

#[test]
fn calendar_billing_is_not_moved_by_a_freeze() {
    let rules = FreezeRules::free(Compensation::Extend);
    let terms = Terms {
        periods: Periods::Calendar,
        freeze: Some(rules),
        ..monthly(50_00)
    };
    let wrong = terms.check().unwrap_err().to_string();
    let told = "terms freeze compensation: extend is not accepted; expected credit or none, as calendar periods do not move";
    assert_eq!(wrong, told);
}
