//! Freezes, gifts and closures: what they give back, and who may do it.

use gym_core::billing::subscription::account;
use gym_core::event::Event;
use gym_core::id::MembershipId;
use gym_core::membership::contract::DayState;
use gym_core::membership::freeze::{Compensation, FreezeRules};
use gym_core::membership::plan::{Allowance, Periods, Terms};
use gym_core::membership::{MembershipCommand as C, Objection};
use gym_core::time::{Cycle, Unit};
use gym_core::user::Role;

use super::{Hall, day, freeze, monthly, months};

fn frozen(compensation: Compensation) -> Terms {
    Terms {
        freeze: Some(FreezeRules::free(compensation)),
        ..monthly(31_00)
    }
}

pub(super) fn ruled(change: impl FnOnce(&mut FreezeRules)) -> Terms {
    let mut rules = FreezeRules::free(Compensation::Extend);
    change(&mut rules);
    Terms {
        freeze: Some(rules),
        ..monthly(31_00)
    }
}

#[test]
fn a_freeze_extends_or_credits_or_gives_nothing() {
    for (compensation, bill, ends) in [
        (
            Compensation::Extend,
            vec!["2027-03-01 fee 3100", "2027-04-11 fee 3100"],
            "2027-06-11",
        ),
        (
            Compensation::Credit,
            vec![
                "2027-03-01 fee 3100",
                "2027-03-02 credit -1000",
                "2027-04-01 fee 3100",
                "2027-05-01 fee 3100",
            ],
            "2027-06-01",
        ),
        (
            Compensation::None,
            vec![
                "2027-03-01 fee 3100",
                "2027-04-01 fee 3100",
                "2027-05-01 fee 3100",
            ],
            "2027-06-01",
        ),
    ] {
        let (mut hall, id) = Hall::with(
            "2027-03-01",
            Terms {
                term: Some(months(3)),
                ..frozen(compensation)
            },
        );
        hall.on("2027-03-02").freeze(id, "2027-03-10", "2027-03-20");
        assert_eq!(hall.bill(id, "2027-05-10"), bill, "{compensation:?}");
        assert_eq!(hall.ends_on(id).as_deref(), Some(ends), "{compensation:?}");
    }
}

#[test]
fn a_freeze_known_before_the_period_is_credited_with_it() {
    let (mut hall, id) = Hall::with("2027-03-01", frozen(Compensation::Credit));
    hall.freeze(id, "2027-03-22", "2027-05-01");
    assert_eq!(
        hall.bill(id, "2027-05-10"),
        [
            "2027-03-01 fee 3100",
            "2027-03-01 credit -1000",
            "2027-04-01 fee 3100",
            "2027-04-01 credit -3100",
            "2027-05-01 fee 3100"
        ]
    );
}

#[test]
fn what_is_recorded_late_is_credited_and_moves_nothing() {
    let (mut hall, id) = Hall::with("2027-03-01", ruled(|rules| rules.backdated = 30));
    hall.on("2027-04-05").freeze(id, "2027-03-22", "2027-04-11");
    assert_eq!(
        hall.bill(id, "2027-05-10"),
        [
            "2027-03-01 fee 3100",
            "2027-04-01 fee 3100",
            "2027-04-05 credit -1000",
            "2027-04-05 credit -1033",
            "2027-05-01 fee 3100"
        ]
    );
}

#[test]
fn a_freeze_without_an_end_stops_what_falls_due_until_it_ends() {
    let (mut hall, id) = Hall::with("2027-03-01", frozen(Compensation::Extend));
    hall.ok(freeze(id, "2027-03-11", None));
    assert_eq!(hall.bill(id, "2028-03-01"), ["2027-03-01 fee 3100"]);
    let edit = hall.gym.club.edits.iter().next().unwrap().id;
    hall.on("2027-06-11").ok(C::EndFreeze {
        edit,
        on: day("2027-06-11"),
    });
    assert_eq!(
        hall.bill(id, "2027-07-31"),
        ["2027-03-01 fee 3100", "2027-07-02 fee 3100"]
    );
}

#[test]
fn ending_a_credited_freeze_early_charges_the_days_again() {
    let (mut hall, id) = Hall::with("2027-03-01", frozen(Compensation::Credit));
    let edit = hall.freeze(id, "2027-03-11", "2027-04-11");
    hall.on("2027-03-21").ok(C::EndFreeze {
        edit,
        on: day("2027-03-22"),
    });
    assert_eq!(
        hall.bill(id, "2027-04-30"),
        [
            "2027-03-01 fee 3100",
            "2027-03-01 credit -2100",
            "2027-03-21 resumed 1000",
            "2027-04-01 fee 3100"
        ]
    );
    assert_eq!(
        hall.objections(C::EndFreeze {
            edit,
            on: day("2027-03-25")
        })
        .len(),
        1
    );
}

/// That the member of a membership comes in now.
fn back(hall: &Hall, id: MembershipId) -> Vec<Event> {
    let (club, place, now) = (&hall.gym.club, hall.gym.place, hall.gym.now);
    let member = club.memberships.get(id).unwrap().member;
    club.returned(member, club.locations.get(place).unwrap(), now)
}

#[test]
fn coming_back_ends_the_hold() {
    let (mut hall, id) = Hall::with("2027-03-01", frozen(Compensation::Extend));
    hall.freeze(id, "2027-03-11", "2027-04-11");
    hall.on("2027-03-15");
    let events = back(&hall, id);
    assert_eq!(events.len(), 1);
    let ids = hall.gym.club.allot(&events);
    hall.gym.club.apply(&events, &ids);
    let contract = hall.gym.club.contract(id).unwrap();
    assert!(contract.on(day("2027-03-14")) != DayState::Running);
    assert_eq!(contract.on(day("2027-03-15")), DayState::Running);
    assert_eq!(
        hall.bill(id, "2027-04-30"),
        ["2027-03-01 fee 3100", "2027-04-05 fee 3100"]
    );
    assert!(back(&hall, id).is_empty());
}

#[test]
fn coming_back_before_the_end_that_was_told_charges_those_days_alone() {
    let (mut hall, id) = Hall::with("2027-03-01", frozen(Compensation::Credit));
    hall.on("2027-03-02").ok(freeze(id, "2027-03-22", None));
    let edit = hall.gym.club.edits.iter().next().unwrap().id;
    hall.on("2027-03-25");
    let end = |on| C::EndFreeze { edit, on: day(on) };
    hall.ok(end("2027-04-20"));
    let invoiced = [
        "2027-03-01 fee 3100",
        "2027-03-02 credit -1000",
        "2027-04-01 fee 3100",
        "2027-04-01 credit -1963",
    ];
    hall.on("2027-04-05");
    assert_eq!(hall.bill(id, "2027-04-30"), invoiced);
    assert!(hall.no(end("2027-04-18")).contains("has ended before"));
    hall.on("2027-04-10");
    let mut told = hall.clone();
    told.ok(end("2027-04-10"));
    let events = back(&hall, id);
    let ids = hall.gym.club.allot(&events);
    hall.gym.club.apply(&events, &ids);
    for hall in [hall, told] {
        let bill = hall.bill(id, "2027-04-30");
        assert_eq!(bill[..4], invoiced, "what was invoiced stays");
        assert_eq!(bill[4..], ["2027-04-10 returned 1033"]);
    }
}

#[test]
fn a_gift_is_used_and_costs_nothing() {
    for (compensation, bill) in [
        (
            Compensation::Extend,
            vec!["2027-03-01 fee 3100", "2027-04-08 fee 3100"],
        ),
        (
            Compensation::Credit,
            vec![
                "2027-03-01 fee 3100",
                "2027-03-01 credit -700",
                "2027-04-01 fee 3100",
            ],
        ),
    ] {
        let (mut hall, id) = Hall::with("2027-03-01", monthly(31_00));
        hall.ok(C::Gift {
            membership: id,
            from: day("2027-03-10"),
            until: day("2027-03-17"),
            compensation,
        });
        let contract = hall.gym.club.contract(id).unwrap();
        assert!(contract.on(day("2027-03-12")).is_usable());
        assert_eq!(hall.bill(id, "2027-04-30"), bill);
    }
}

#[test]
fn one_closure_freezes_all_and_can_be_taken_back() {
    let (mut hall, moved) = Hall::with("2027-03-01", monthly(31_00));
    let bob = hall.gym.member("Bob");
    let calendar = hall.add_type(
        "Calendar",
        Terms {
            periods: Periods::Calendar,
            ..monthly(31_00)
        },
    );
    let credited = hall.sell(bob, calendar, "2027-03-01");
    hall.ok(C::FreezeAll {
        location: hall.gym.place,
        from: day("2027-03-10"),
        until: None,
        compensation: Compensation::Extend,
    });
    let edit = hall.gym.club.edits.iter().next().unwrap().id;
    hall.on("2027-03-14").ok(C::EndFreeze {
        edit,
        on: day("2027-03-15"),
    });
    assert_eq!(
        hall.bill(moved, "2027-04-30"),
        ["2027-03-01 fee 3100", "2027-04-06 fee 3100"]
    );
    // Calendar periods cannot move: their days are credited.
    assert_eq!(
        hall.bill(credited, "2027-04-30"),
        [
            "2027-03-01 fee 3100",
            "2027-03-01 credit -2200",
            "2027-03-14 resumed 1700",
            "2027-04-01 fee 3100"
        ]
    );
}

#[test]
fn days_that_a_freeze_and_a_closure_share_count_once() {
    let (mut hall, id) = Hall::with("2027-03-01", frozen(Compensation::Extend));
    hall.freeze(id, "2027-03-10", "2027-03-20");
    hall.ok(C::FreezeAll {
        location: hall.gym.place,
        from: day("2027-03-15"),
        until: Some(day("2027-03-25")),
        compensation: Compensation::Credit,
    });
    // Ten days are added, and the five that the closure has alone are credited.
    assert_eq!(
        hall.bill(id, "2027-04-30"),
        [
            "2027-03-01 fee 3100",
            "2027-03-01 credit -500",
            "2027-04-11 fee 3100"
        ]
    );
    let contract = hall.gym.club.contract(id).unwrap();
    let now = account(&contract, day("2027-03-31"));
    assert_eq!(
        (now.paid, now.delivered, now.remaining, now.credited),
        (31, 15, 11, 5)
    );
}

#[test]
fn a_weekly_allowance_leaves_the_held_days_out_and_does_not_begin_again() {
    let week = Cycle::new(1, Unit::Week).unwrap();
    let allowance = Some(Allowance {
        uses: 3,
        per: week,
        carry: None,
    });
    let (mut hall, id) = Hall::with(
        "2027-03-01",
        Terms {
            allowance,
            ..frozen(Compensation::Extend)
        },
    );
    // Held from the fourth day of the first week: four days of it are left after the hold.
    hall.freeze(id, "2027-03-04", "2027-03-14");
    let contract = hall.gym.club.contract(id).unwrap();
    let at = |text: &str| {
        contract
            .allowance_cycle(day(text))
            .map(|(k, days)| format!("{k} {days}"))
    };
    assert_eq!(at("2027-03-02").as_deref(), Some("0 2027-03-01..2027-03-18"));
    assert_eq!(at("2027-03-05"), None);
    assert_eq!(at("2027-03-17").as_deref(), Some("0 2027-03-01..2027-03-18"));
    assert_eq!(at("2027-03-18").as_deref(), Some("1 2027-03-18..2027-03-25"));
}

#[test]
fn members_freeze_their_own_and_only_staff_gives_and_closes() {
    let mut hall = Hall::new();
    let user = hall.gym.user("Ada");
    let ada = hall.gym.member_of("Ada", Some(user));
    let bob = hall.gym.member("Bob");
    let gold = hall.add_type("Gold", ruled(|rules| rules.backdated = 10));
    let (own, other) = (
        hall.sell(ada, gold, "2027-01-01"),
        hall.sell(bob, gold, "2027-01-01"),
    );
    let desk = hall.gym.staff("Eve", Role::FrontDesk);
    hall.on("2027-01-11");
    hall.gym.by(user);
    let late = hall.objections(freeze(own, "2027-01-10", None));
    assert_eq!(
        late,
        [Objection::FreezeTooSoon {
            from: day("2027-01-10"),
            first: day("2027-01-11")
        }]
    );
    assert!(hall.run(freeze(own, "2027-01-11", None)).is_ok());
    assert!(
        hall.no(freeze(other, "2027-01-11", None))
            .contains("do not allow")
    );
    let edit = hall.gym.club.edits.iter().next().unwrap().id;
    assert!(
        hall.clone()
            .run(C::EndFreeze {
                edit,
                on: day("2027-01-20")
            })
            .is_ok()
    );
    let (from, until, compensation) = (day("2027-02-01"), day("2027-02-08"), Compensation::Extend);
    let gift = C::Gift {
        membership: own,
        from,
        until,
        compensation,
    };
    let close = C::FreezeAll {
        location: hall.gym.place,
        from,
        until: Some(until),
        compensation,
    };
    for command in [gift, close] {
        assert!(hall.clone().run(command.clone()).is_err());
        hall.gym.by(desk);
        // Days of one's own that overlap are refused; those of the club are not.
        let is_gift = matches!(command, C::Gift { .. });
        assert_eq!(hall.clone().run(command).is_ok(), !is_gift);
        hall.gym.by(user);
    }
}
