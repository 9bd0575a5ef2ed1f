//! What is sold: versions of plans, the law, introductory prices, and terms that begin again.

use gym_core::membership::intro::{Identity, Intro, Newcomer, continuous_since};
use gym_core::membership::jurisdiction::Jurisdiction;
use gym_core::membership::plan::{AtEnd, FirstDue, Periods, Reach, Terms};
use gym_core::membership::{MembershipCommand as C, Objection};
use gym_core::user::{Person, Role};

use super::{Hall, day, eur, monthly, months};

fn revise(hall: &mut Hall, from: &str, reach: Reach, terms: Terms) {
    let of = hall.gym.club.membership_types.iter().next_back().unwrap().id;
    hall.ok(C::Revise {
        of,
        from: day(from),
        reach,
        terms: Box::new(terms),
    });
}

#[test]
fn a_membership_keeps_the_version_that_was_bought() {
    let (mut hall, old) = Hall::with("2027-01-10", monthly(50_00));
    revise(&mut hall, "2027-02-01", Reach::Sales, monthly(60_00));
    hall.on("2027-02-01");
    let gold = hall.gym.club.memberships.get(old).unwrap().of;
    let bob = hall.gym.member("Bob");
    let new = hall.sell(bob, gold, "2027-02-01");
    assert_eq!(
        hall.bill(old, "2027-03-31"),
        [
            "2027-01-10 fee 5000",
            "2027-02-10 fee 5000",
            "2027-03-10 fee 5000"
        ]
    );
    assert_eq!(hall.bill(new, "2027-02-28"), ["2027-02-01 fee 6000"]);
}

#[test]
fn a_new_price_reaches_those_that_run_with_the_first_period_from_its_day_on() {
    let yearly = Terms {
        term: Some(months(3)),
        at_end: AtEnd::Renew(months(3)),
        ..monthly(50_00)
    };
    for (reach, prices) in [
        (Reach::Sales, [5000, 5000, 5000, 5000]),
        (Reach::Renewals, [5000, 5000, 5000, 6000]),
        (Reach::Running, [5000, 5000, 6000, 6000]),
    ] {
        let (mut hall, id) = Hall::with("2027-01-10", yearly.clone());
        revise(
            &mut hall,
            "2027-03-10",
            reach,
            Terms {
                price: eur(60_00),
                ..yearly.clone()
            },
        );
        hall.on("2027-04-10").renew();
        let charged: Vec<i64> = hall
            .owed(id, "2027-04-30")
            .iter()
            .map(|owed| owed.amount.minor())
            .collect();
        assert_eq!(charged, prices, "{reach:?}");
    }
}

#[test]
fn calendar_periods_begin_with_a_part() {
    let terms = Terms {
        periods: Periods::Calendar,
        joining: Some(eur(20_00)),
        ..monthly(31_00)
    };
    let (hall, id) = Hall::with("2027-01-22", terms);
    assert_eq!(
        hall.bill(id, "2027-02-15"),
        [
            "2027-01-22 fee 1000",
            "2027-01-22 joining 2000",
            "2027-02-01 fee 3100"
        ]
    );
}

#[test]
fn the_first_period_can_be_due_at_the_sale() {
    let mut hall = Hall::new();
    let ada = hall.gym.member("Ada");
    let gold = hall.add_type(
        "Gold",
        Terms {
            first_due: FirstDue::AtSale,
            ..monthly(50_00)
        },
    );
    let id = hall.sell(ada, gold, "2027-02-01");
    assert_eq!(hall.bill(id, "2027-01-31"), ["2027-01-01 fee 5000"]);
}

#[test]
fn a_term_ends_renews_or_goes_on_by_the_month() {
    for (at_end, law, through) in [
        (AtEnd::Expire, None, Some("2027-04-30")),
        (AtEnd::Renew(months(6)), None, Some("2027-10-31")),
        (AtEnd::Renew(months(6)), Some(months(3)), None),
        (AtEnd::MonthToMonth, None, None),
    ] {
        let terms = Terms {
            term: Some(months(3)),
            at_end,
            ..monthly(50_00)
        };
        let (mut hall, id) = Hall::with("2027-01-31", terms);
        let law = Jurisdiction {
            longest_renewal: law,
            ..Jurisdiction::named("Example")
        };
        hall.ok(C::SetJurisdiction {
            location: None,
            law: Box::new(law),
        });
        assert!(hall.on("2027-04-29").renew().is_empty());
        assert_eq!(hall.on("2027-04-30").renew().len(), 1, "{at_end:?}");
        assert!(hall.renew().is_empty(), "again, and nothing is left to do");
        assert_eq!(hall.ends_on(id).as_deref(), through, "{at_end:?}");
        let ended = hall.gym.club.memberships.get(id).unwrap().ended_on;
        assert_eq!(ended.is_some(), at_end == AtEnd::Expire);
    }
}

#[test]
fn a_late_sweep_makes_every_term_up() {
    let terms = Terms {
        term: Some(months(1)),
        at_end: AtEnd::Renew(months(1)),
        ..monthly(50_00)
    };
    let (mut hall, id) = Hall::with("2027-01-31", terms);
    assert_eq!(hall.on("2027-06-15").renew().len(), 4);
    let due: Vec<String> = hall
        .owed(id, "2027-06-30")
        .iter()
        .map(|owed| owed.due_on.to_string())
        .collect();
    assert_eq!(
        due,
        [
            "2027-01-31",
            "2027-02-28",
            "2027-03-31",
            "2027-04-30",
            "2027-05-31"
        ]
    );
}

#[test]
fn the_law_bounds_what_is_sold() {
    let terms = Terms {
        term: Some(months(48)),
        notice: Some(months(3)),
        ..monthly(50_00)
    };
    let mut hall = Hall::new();
    let law = Jurisdiction {
        longest_term: Some(months(36)),
        longest_notice: Some(months(1)),
        ..Jurisdiction::named("Example")
    };
    let location = Some(hall.gym.place);
    hall.ok(C::SetJurisdiction {
        location,
        law: Box::new(law),
    });
    let ada = hall.gym.member("Ada");
    let gold = hall.add_type("Gold", terms);
    let sale = hall.sale(ada, gold, "2027-01-01");
    assert_eq!(
        hall.no(sale),
        "the term of 48 months is longer than the 36 months that the law allows; \
         the notice of 3 months is longer than the 1 month that the law allows"
    );
}

#[test]
fn an_introductory_price_is_for_newcomers_and_once_per_person() {
    let mut hall = Hall::new();
    let intro = Intro {
        who: Newcomer::New,
        price: eur(10_00),
        periods: 2,
        identity: Identity::Email,
    };
    let gold = hall.add_type(
        "Gold",
        Terms {
            intro: Some(intro),
            ..monthly(50_00)
        },
    );
    let mut add = |name: &str, email: &str| {
        hall.gym.ok(&gym_core::command::Command::AddMember {
            person: Person::new(name, Some(email)).unwrap(),
            user: None,
            home: hall.gym.place,
            joined_on: day("2026-01-01"),
        });
        hall.gym.club.members.iter().next_back().unwrap().id
    };
    let (ada, again, bob) = (
        add("Ada", "ada@example.org"),
        add("A. L.", "ADA@example.org"),
        add("Bob", "bob@example.org"),
    );
    let place = hall.gym.place;
    let sale = |member| C::Sell {
        member,
        of: gold,
        location: place,
        start: day("2027-01-31"),
        payer: None,
        intro: true,
    };
    hall.ok(sale(ada));
    let id = hall.gym.club.memberships.iter().next_back().unwrap().id;
    let charged: Vec<i64> = hall
        .owed(id, "2027-04-30")
        .iter()
        .map(|owed| owed.amount.minor())
        .collect();
    assert_eq!(
        charged,
        [1000, 1000, 5000, 5000],
        "two at first, then the plan's price, on its dates"
    );
    for member in [ada, again] {
        assert_eq!(
            hall.objections(sale(member)),
            [Objection::IntroUsed {
                by: ada,
                membership: id
            }]
        );
    }
    hall.ok(sale(bob));
}

#[test]
fn who_returns_after_long_enough_is_new_again() {
    let offer = Intro {
        who: Newcomer::NewOrReturning { after_days: 180 },
        price: eur(10_00),
        periods: 1,
        identity: Identity::Member,
    };
    let earlier = |ended: Option<&str>, intro| gym_core::membership::intro::Earlier {
        ended: ended.map(day),
        intro,
    };
    let on = day("2027-07-01");
    assert!(offer.admits([], on));
    assert!(offer.admits([earlier(Some("2027-01-02"), false)], on));
    assert!(!offer.admits([earlier(Some("2027-01-03"), false)], on));
    assert!(!offer.admits([earlier(None, false)], on));
    assert!(
        !offer.admits([earlier(Some("2020-01-01"), true)], on),
        "once is once"
    );
}

#[test]
fn membership_is_continuous_unless_a_break_is_too_long() {
    let spans = || {
        [
            ("2024-01-01", Some("2025-01-01")),
            ("2025-03-01", Some("2026-03-01")),
            ("2026-03-10", None),
        ]
        .map(|(from, until)| (day(from), until.map(day)))
    };
    for (gap, since) in [
        (9, "2025-03-01"),
        (8, "2026-03-10"),
        (59, "2024-01-01"),
        (58, "2025-03-01"),
    ] {
        assert_eq!(
            continuous_since(spans(), gap, day("2026-04-01")),
            Some(day(since)),
            "a gap of {gap} days"
        );
    }
    let over = [(day("2024-01-01"), Some(day("2025-01-01")))];
    assert_eq!(
        continuous_since(over, 30, day("2025-01-15")),
        Some(day("2024-01-01"))
    );
    assert_eq!(continuous_since(over, 30, day("2025-03-01")), None);
}

#[test]
fn bad_input_is_named_and_changes_nothing() {
    let mut hall = Hall::new();
    let add = |terms: Terms| C::AddType {
        name: "X".into(),
        location: None,
        from: day("2027-01-01"),
        terms: Box::new(terms),
    };
    for (terms, why) in [
        (
            monthly(-1),
            "price: -0.01 EUR is not accepted; expected 0 to 1000000000000 minor units of EUR",
        ),
        (
            monthly(i64::MAX),
            "price: 92233720368547758.07 EUR is not accepted; expected 0 to 1000000000000 minor units of EUR",
        ),
        (
            Terms {
                joining: Some("5 USD".parse().unwrap()),
                ..monthly(1)
            },
            "joining: 5.00 USD is not accepted; expected 0 to 1000000000000 minor units of EUR",
        ),
    ] {
        assert_eq!(hall.no(add(terms)), why);
    }
    let dollars = Terms {
        price: "50 USD".parse().unwrap(),
        ..monthly(1)
    };
    let foreign = hall.add_type("Dollars", dollars);
    let ada = hall.gym.member("Ada");
    let sale = hall.sale(ada, foreign, "2027-01-01");
    assert_eq!(
        hall.no(sale),
        "price: 50.00 USD is not accepted; expected a price in EUR"
    );
    let gold = hall.add_type("Gold", monthly(50_00));
    for (start, why) in [
        (
            "2025-12-30",
            "start: 2025-12-30 is not accepted; expected 2025-12-31 or later",
        ),
        (
            "9998-01-01",
            "start: 9998-01-01 is not accepted; expected a day within ten years of today",
        ),
    ] {
        let sale = hall.sale(ada, gold, start);
        assert_eq!(hall.no(sale), why);
    }
}

#[test]
fn admins_set_plans_staff_sells_and_members_buy_for_themselves() {
    let mut hall = Hall::new();
    let user = hall.gym.user("Ada");
    let ada = hall.gym.member_of("Ada", Some(user));
    let bob = hall.gym.member("Bob");
    let desk = hall.gym.staff("Eve", Role::FrontDesk);
    let gold = hall.add_type("Gold", monthly(50_00));
    let (own, other) = (
        hall.sale(ada, gold, "2027-01-01"),
        hall.sale(bob, gold, "2027-01-01"),
    );
    let revision = C::Revise {
        of: gold,
        from: day("2027-02-01"),
        reach: Reach::Sales,
        terms: Box::new(monthly(1)),
    };
    hall.gym.by(user);
    assert!(
        hall.no(other.clone())
            .starts_with("the actor's roles do not allow to change memberships")
    );
    assert!(hall.run(own).is_ok());
    hall.gym.by(desk);
    assert!(hall.run(other).is_ok());
    assert!(
        hall.no(revision)
            .starts_with("the actor's roles do not allow to set plans and the law")
    );
}
