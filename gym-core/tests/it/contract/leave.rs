//! How a membership ends: notice, commitment, early end, cooling-off, and exits by right.

use gym_core::membership::jurisdiction::{CoolingOff, DayCount, ExitRight, Ground, Jurisdiction};
use gym_core::membership::plan::{AtEnd, EarlyEnd, EndsOn, Terms};
use gym_core::membership::{MembershipCommand as C, Objection};

use super::{Hall, day, days, eur, monthly, months};

fn notice(terms: Terms, start: &str, given: &str) -> (Hall, gym_core::id::MembershipId) {
    let (mut hall, id) = Hall::with(start, terms);
    hall.on(given).renew();
    hall.ok(C::GiveNotice {
        membership: id,
        early: false,
    });
    (hall, id)
}

#[test]
fn it_ends_at_the_later_of_notice_term_and_commitment() {
    let base = || Terms {
        notice: Some(months(1)),
        ends: EndsOn::AnyDay,
        ..monthly(50_00)
    };
    let yearly = || Terms {
        term: Some(months(12)),
        at_end: AtEnd::Renew(months(12)),
        ..base()
    };
    for (terms, given, ends) in [
        (base(), "2027-03-10", "2027-04-11"),
        (
            Terms {
                ends: EndsOn::PeriodEnd,
                ..base()
            },
            "2027-03-10",
            "2027-04-15",
        ),
        (
            Terms {
                ends: EndsOn::MonthEnd,
                ..base()
            },
            "2027-03-10",
            "2027-05-01",
        ),
        (
            Terms {
                notice: None,
                ..base()
            },
            "2027-03-10",
            "2027-03-11",
        ),
        (
            Terms {
                notice: Some(days(14)),
                ..base()
            },
            "2027-03-10",
            "2027-03-25",
        ),
        (
            Terms {
                commitment: Some(months(6)),
                ..base()
            },
            "2027-03-10",
            "2027-07-15",
        ),
        (yearly(), "2027-03-10", "2028-01-15"),
        (yearly(), "2027-12-20", "2028-01-21"),
        (yearly(), "2028-02-01", "2029-01-15"),
        (
            Terms {
                ends: EndsOn::MonthEnd,
                ..yearly()
            },
            "2027-03-10",
            "2028-01-15",
        ),
    ] {
        let (hall, id) = notice(terms.clone(), "2027-01-15", given);
        assert_eq!(hall.ends_on(id).as_deref(), Some(ends), "{given} {terms:?}");
    }
}

#[test]
fn the_last_period_costs_its_days_and_what_was_charged_beyond_comes_back() {
    let terms = Terms {
        notice: Some(days(10)),
        ends: EndsOn::AnyDay,
        ..monthly(31_00)
    };
    let (hall, id) = notice(terms.clone(), "2027-03-01", "2027-03-25");
    assert_eq!(
        hall.bill(id, "2027-12-31"),
        ["2027-03-01 fee 3100", "2027-04-01 fee 413"]
    );
    let (hall, id) = notice(terms, "2027-03-01", "2027-03-10");
    assert_eq!(
        hall.bill(id, "2027-12-31"),
        ["2027-03-01 fee 3100", "2027-03-10 back -1100"]
    );
}

#[test]
fn a_notice_later_than_the_term_runs_on_and_nothing_after_it_is_owed() {
    let terms = Terms {
        term: Some(months(2)),
        notice: Some(days(20)),
        ends: EndsOn::AnyDay,
        at_end: AtEnd::Renew(months(12)),
        ..monthly(31_00)
    };
    let (mut hall, id) = notice(terms, "2027-03-01", "2027-04-25");
    assert_eq!(hall.ends_on(id).as_deref(), Some("2027-05-16"));
    assert_eq!(
        hall.bill(id, "2028-12-31"),
        [
            "2027-03-01 fee 3100",
            "2027-04-01 fee 3100",
            "2027-05-01 fee 1500"
        ]
    );
    assert!(hall.on("2027-05-15").renew().is_empty());
    assert_eq!(hall.on("2027-05-16").renew().len(), 1);
    let again = hall.objections(C::GiveNotice {
        membership: id,
        early: false,
    });
    assert_eq!(
        again,
        [Objection::Ended {
            membership: id,
            on: day("2027-05-16")
        }]
    );
}

#[test]
fn ending_early_costs_the_difference_to_the_undiscounted_price_up_to_the_limits() {
    let law = |share| Jurisdiction {
        early_end_share: share,
        ..Jurisdiction::named("Example")
    };
    for (at_most, share, fee) in [
        (None, None, Some(60_00)),
        (Some(eur(45_00)), None, Some(45_00)),
        (None, Some(10_000), Some(36_00)),
        (Some(eur(30_00)), Some(10_000), Some(30_00)),
        (Some(eur(0)), None, None),
    ] {
        let early = Some(EarlyEnd {
            undiscounted: eur(60_00),
            at_most,
        });
        let terms = Terms {
            term: Some(months(12)),
            notice: Some(months(1)),
            early,
            ..monthly(40_00)
        };
        let (mut hall, id) = Hall::with("2027-01-01", terms);
        hall.ok(C::SetJurisdiction {
            location: None,
            law: Box::new(law(share)),
        });
        hall.on("2027-02-15");
        hall.ok(C::GiveNotice {
            membership: id,
            early: true,
        });
        // Three months are served: January to March.
        assert_eq!(hall.ends_on(id).as_deref(), Some("2027-04-01"));
        let bill = hall.bill(id, "2028-12-31");
        assert_eq!(
            bill.iter().find(|line| line.contains("termination")).cloned(),
            fee.map(|fee: i64| format!("2027-02-15 termination {fee}"))
        );
        assert_eq!(bill.iter().filter(|line| line.contains("fee")).count(), 3);
    }
    let (mut hall, id) = Hall::with(
        "2027-01-01",
        Terms {
            term: Some(months(12)),
            ..monthly(40_00)
        },
    );
    assert_eq!(
        hall.objections(C::GiveNotice {
            membership: id,
            early: true
        }),
        [Objection::NoEarlyEnd {
            committed: day("2028-01-01")
        }]
    );
}

#[test]
fn a_contract_is_taken_back_within_the_cooling_off_time_for_all_the_money() {
    let cooling = CoolingOff {
        days: 5,
        count: DayCount::Business,
    };
    for (count, today, back) in [
        (DayCount::Calendar, "2027-07-06", true),
        (DayCount::Calendar, "2027-07-07", false),
        (DayCount::Business, "2027-07-09", true),
        (DayCount::Business, "2027-07-10", false),
    ] {
        // Sold on Thursday, 1 July; Monday is a holiday.
        let terms = Terms {
            joining: Some(eur(25_00)),
            ..monthly(50_00)
        };
        let (mut hall, id) = Hall::with("2027-07-01", terms);
        let mut law = Jurisdiction::named("Example");
        law.cooling_off = Some(CoolingOff { count, ..cooling });
        law.holidays.insert(day("2027-07-05"));
        hall.ok(C::SetJurisdiction {
            location: None,
            law: Box::new(law),
        });
        hall.on(today);
        if back {
            hall.ok(C::TakeBack { membership: id });
            let sum: i64 = hall
                .owed(id, "2030-01-01")
                .iter()
                .map(|owed| owed.amount.minor())
                .sum();
            assert_eq!(
                (sum, hall.owed(id, "2030-01-01").len()),
                (0, 4),
                "{:?}",
                hall.bill(id, "2030-01-01")
            );
            assert_eq!(hall.ends_on(id).as_deref(), Some(today));
        } else {
            let last = if count == DayCount::Calendar {
                "2027-07-06"
            } else {
                "2027-07-09"
            };
            let why = hall.objections(C::TakeBack { membership: id });
            assert_eq!(
                why,
                [Objection::CoolingOffOver {
                    last_day: Some(day(last))
                }]
            );
        }
    }
}

#[test]
fn the_law_lets_people_go_and_gives_unused_days_back() {
    let law = || Jurisdiction {
        exits: vec![
            ExitRight {
                proof: true,
                ground: Ground::Death,
                beyond_km: None,
                notice_days: 0,
            },
            ExitRight {
                proof: true,
                ground: Ground::Moved,
                beyond_km: Some(40),
                notice_days: 14,
            },
        ],
        ..Jurisdiction::named("Example")
    };
    let exit = |ground, km| {
        move |membership| C::Exit {
            membership,
            ground,
            km,
        }
    };
    let start = || {
        let (mut hall, id) = Hall::with(
            "2027-03-01",
            Terms {
                term: Some(months(12)),
                ..monthly(31_00)
            },
        );
        hall.ok(C::SetJurisdiction {
            location: None,
            law: Box::new(law()),
        });
        hall.on("2027-03-11");
        (hall, id)
    };
    let (mut hall, id) = start();
    hall.ok(exit(Ground::Death, None)(id));
    assert_eq!(
        hall.bill(id, "2028-12-31"),
        ["2027-03-01 fee 3100", "2027-03-11 back -2100"]
    );
    let (mut hall, id) = start();
    let near = hall.no(exit(Ground::Moved, Some(40))(id));
    assert_eq!(
        near,
        "the right to leave (moved) is for more than 40 km, not 40 km"
    );
    let none = hall.no(exit(Ground::Service, None)(id));
    assert_eq!(none, "the law at this location gives no right to leave (service)");
    hall.ok(exit(Ground::Moved, Some(41))(id));
    assert_eq!(
        hall.bill(id, "2028-12-31"),
        ["2027-03-01 fee 3100", "2027-03-11 back -700"]
    );
    // Who has moved may still die.
    hall.on("2027-03-15");
    hall.ok(exit(Ground::Death, None)(id));
    assert_eq!(hall.bill(id, "2028-12-31")[2..], ["2027-03-15 back -1000"]);
    let over = hall.objections(C::GiveNotice {
        membership: id,
        early: false,
    });
    assert_eq!(
        over,
        [Objection::Ended {
            membership: id,
            on: day("2027-03-15")
        }]
    );
}
