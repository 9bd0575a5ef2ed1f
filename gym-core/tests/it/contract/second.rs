//! Second thoughts: a later notice takes the place of one before, and a plan that followed is bound as it was.

use gym_core::id::MembershipId;
use gym_core::membership::contract::DayState;
use gym_core::membership::freeze::{Compensation, FreezeFee, FreezeRules};
use gym_core::membership::jurisdiction::{CoolingOff, DayCount, ExitRight, Ground, Jurisdiction};
use gym_core::membership::link::Bond;
use gym_core::membership::plan::{EarlyEnd, EndsOn, FirstDue, Terms};
use gym_core::membership::{MembershipCommand as C, Objection};

use super::{Hall, day, eur, freeze, monthly, months};

fn law(hall: &mut Hall) {
    let exits = vec![ExitRight {
        proof: true,
        ground: Ground::Death,
        beyond_km: None,
        notice_days: 0,
    }];
    let law = Jurisdiction {
        cooling_off: Some(CoolingOff {
            days: 14,
            count: DayCount::Calendar,
        }),
        exits,
        ..Jurisdiction::named("Example")
    };
    hall.ok(C::SetJurisdiction {
        location: None,
        law: Box::new(law),
    });
}

fn switch(hall: &mut Hall, membership: MembershipId, terms: Terms, on: &str) -> C {
    let to = hall.add_type("Next", terms);
    let on = day(on);
    C::Switch { membership, to, on }
}

fn last(hall: &Hall) -> MembershipId {
    hall.gym.club.memberships.iter().next_back().unwrap().id
}

fn death(membership: MembershipId) -> C {
    C::Exit {
        membership,
        ground: Ground::Death,
        km: None,
    }
}

#[test]
fn the_fee_for_ending_early_is_given_back_with_a_notice_that_takes_its_place() {
    for take_back in [true, false] {
        let early = Some(EarlyEnd {
            undiscounted: eur(60_00),
            at_most: None,
        });
        let terms = Terms {
            term: Some(months(12)),
            notice: Some(months(1)),
            early,
            ..monthly(40_00)
        };
        let (mut hall, id) = Hall::with("2027-01-01", terms);
        law(&mut hall);
        hall.on("2027-01-03").ok(C::GiveNotice {
            membership: id,
            early: true,
        });
        let bill = hall.bill(id, "2027-12-31");
        assert!(
            bill.contains(&"2027-01-03 termination 4000".to_owned()),
            "{bill:?}"
        );
        let second = if take_back {
            C::TakeBack { membership: id }
        } else {
            death(id)
        };
        hall.on("2027-01-05").ok(second);
        let owed = hall.owed(id, "2027-12-31");
        let fee = "2027-01-05 termination-back -4000".to_owned();
        assert!(hall.bill(id, "2027-12-31").contains(&fee));
        let sum: i64 = owed.iter().map(|owed| owed.amount.minor()).sum();
        assert_eq!(sum, if take_back { 0 } else { 516 }, "four of 31 days");
    }
}

#[test]
fn a_plan_that_was_to_follow_goes_with_what_ends_before_it_begins() {
    let terms = Terms {
        ends: EndsOn::AnyDay,
        ..monthly(31_00)
    };
    let notice = |membership| C::GiveNotice {
        membership,
        early: false,
    };
    let ways: [fn(MembershipId) -> C; 3] = [
        |membership| C::TakeBack { membership },
        death,
        |membership| C::GiveNotice {
            membership,
            early: false,
        },
    ];
    for way in ways {
        let (mut hall, id) = Hall::with("2027-03-01", terms.clone());
        law(&mut hall);
        let dear = Terms {
            first_due: FirstDue::AtSale,
            ..monthly(62_00)
        };
        let command = switch(&mut hall, id, dear, "2027-04-01");
        hall.on("2027-03-05").ok(command);
        let next = last(&hall);
        let third = switch(&mut hall, next, monthly(90_00), "2027-05-01");
        hall.ok(third);
        let third = last(&hall);
        assert_eq!(hall.bill(next, "2027-04-30")[0], "2027-03-05 fee 6200");
        hall.on("2027-03-10").ok(way(id));
        for after in [next, third] {
            let owed = hall.owed(after, "2028-01-01");
            let sum: i64 = owed.iter().map(|owed| owed.amount.minor()).sum();
            assert_eq!(sum, 0, "{:?}", hall.bill(after, "2028-01-01"));
            let contract = hall.gym.club.contract(after).unwrap();
            assert_eq!(contract.on(day("2027-06-01")), DayState::Over);
        }
        assert!(hall.on("2027-06-01").run(notice(next)).is_err());
    }
}

#[test]
fn one_plan_alone_can_be_planned_to_follow() {
    let (mut hall, id) = Hall::with("2027-03-01", monthly(31_00));
    let first = switch(&mut hall, id, monthly(62_00), "2027-04-01");
    let sooner = switch(&mut hall, id, monthly(93_00), "2027-03-20");
    hall.ok(first);
    let notice = hall.gym.club.notices.iter().next().unwrap().id;
    let ends_on = day("2027-04-01");
    assert_eq!(
        hall.objections(sooner),
        [Objection::NoticeGiven { notice, ends_on }]
    );
}

#[test]
fn who_is_bound_stays_bound_by_the_plan_that_follows() {
    let bound = Terms {
        commitment: Some(months(12)),
        ..monthly(49_90)
    };
    let (mut hall, id) = Hall::with("2027-01-01", bound);
    law(&mut hall);
    let command = switch(&mut hall, id, monthly(54_90), "2027-02-10");
    hall.on("2027-02-10").ok(command);
    let next = last(&hall);
    let committed = hall.gym.club.memberships.get(next).unwrap().committed;
    assert_eq!(committed, Some(day("2028-01-01")));
    hall.on("2027-02-11");
    assert_eq!(
        hall.objections(C::TakeBack { membership: next }),
        [Objection::TookPlace { of: id }]
    );
    hall.ok(C::GiveNotice {
        membership: next,
        early: false,
    });
    assert_eq!(hall.ends_on(next).as_deref(), Some("2028-01-10"));
}

#[test]
fn who_leaves_early_after_a_switch_pays_for_the_whole_time_in_which_the_discount_was_had() {
    let early = |undiscounted| {
        Some(EarlyEnd {
            undiscounted: eur(undiscounted),
            at_most: None,
        })
    };
    let bound = Terms {
        commitment: Some(months(12)),
        early: early(50_00),
        ..monthly(40_00)
    };
    let next_plan = Terms {
        early: early(80_00),
        ..monthly(60_00)
    };
    let fee = |share: Option<u32>| {
        let (mut hall, id) = Hall::with("2027-01-01", bound.clone());
        let law = Jurisdiction {
            early_end_share: share,
            ..Jurisdiction::named("Example")
        };
        hall.ok(C::SetJurisdiction {
            location: None,
            law: Box::new(law),
        });
        let command = switch(&mut hall, id, next_plan.clone(), "2027-07-11");
        hall.on("2027-07-11").ok(command);
        let next = last(&hall);
        hall.on("2027-08-05").ok(C::GiveNotice {
            membership: next,
            early: true,
        });
        assert_eq!(hall.ends_on(next).as_deref(), Some("2027-08-11"));
        let given = hall.gym.club.notices.iter().next_back().unwrap();
        given.fee.unwrap().minor()
    };
    // Six months and ten of 31 days at 10.00 less, then a month at 20.00 less.
    assert_eq!(fee(None), 60_00 + 3_22 + 20_00 + 1);
    // What is outstanding are the days up to 1 January 2028, not to the end of the new plan's period on the 11th: four
    // months to 11 December at 60.00, and 21 of 31 days.
    assert_eq!(fee(Some(10_000)), 24_00 + 4_07);
}

#[test]
fn nobody_switches_to_a_plan_that_somebody_else_pays_and_who_pays_goes_on_as_long_as_before() {
    let mut hall = Hall::new();
    let user = hall.gym.user("Bob");
    let bob = hall.gym.member_of("Bob", Some(user));
    let company = hall.gym.member("Company");
    let gold = hall.add_type("Gold", monthly(40_00));
    let id = hall.sell(bob, gold, "2027-01-01");
    hall.ok(C::Link {
        person: company,
        bond: Bond::Payer(id),
        from: day("2027-01-01"),
    });
    let link = hall.gym.club.links.iter().next().unwrap().id;
    hall.ok(C::EndLink {
        link,
        until: day("2027-07-01"),
    });
    let command = switch(&mut hall, id, monthly(12_000), "2027-04-01");
    let later = switch(&mut hall, id, monthly(12_000), "2027-07-01");
    hall.on("2027-03-10");
    let mut own = hall.clone();
    own.gym.by(user);
    assert!(own.no(command.clone()).contains("do not allow"));
    assert!(own.run(later).is_ok(), "from then on he pays himself");
    hall.ok(command);
    let contract = hall.gym.club.contract(last(&hall)).unwrap();
    assert_eq!(contract.payer_on(day("2027-06-30")), company);
    assert_eq!(contract.payer_on(day("2027-07-01")), bob);
}

#[test]
fn notice_in_a_freeze_without_an_end_ends_both() {
    let mut rules = FreezeRules::free(Compensation::Extend);
    rules.fee = FreezeFee::PerPeriod(eur(5_00));
    for (ends, commitment, over) in [
        (EndsOn::PeriodEnd, None, "2027-04-12"),
        (EndsOn::MonthEnd, None, "2027-04-01"),
        (EndsOn::MonthEnd, Some(months(3)), "2027-07-01"),
    ] {
        let terms = Terms {
            freeze: Some(rules.clone()),
            ends,
            commitment,
            ..monthly(31_00)
        };
        let (mut hall, id) = Hall::with("2027-03-01", terms);
        hall.ok(freeze(id, "2027-03-10", None));
        hall.on("2027-03-20").ok(C::GiveNotice {
            membership: id,
            early: false,
        });
        assert_eq!(hall.ends_on(id).as_deref(), Some(over), "{ends:?}");
        let told = hall.gym.club.notices.iter().next().unwrap().ends_on;
        assert_eq!(told, day(over));
        let bill = hall.bill(id, "2029-01-01");
        let fees: Vec<&String> = bill.iter().filter(|line| line.contains("freeze")).collect();
        assert_eq!(fees, ["2027-03-10 freeze 500"], "{bill:?}");
        assert_eq!(hall.on_day(day(over)).renew().len(), 1, "it is closed");
    }
}
