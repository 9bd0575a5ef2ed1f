//! What is given back of a period is given to who was charged for it, whoever pays by then.

use std::collections::BTreeMap;

use gym_core::billing::BillingCommand as B;
use gym_core::billing::discount::{DiscountTerms, Off, Scope};
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxTerms};
use gym_core::command::Command;
use gym_core::id::*;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::freeze::{Compensation, FreezeFee, FreezeRules};
use gym_core::membership::jurisdiction::{CoolingOff, DayCount, ExitRight, Ground, Jurisdiction};
use gym_core::membership::link::Bond;
use gym_core::membership::plan::{EarlyEnd, Terms};

use super::{Hall, day, monthly};

fn bill(hall: &mut Hall, command: B) {
    hall.gym.ok(&Command::Billing(command));
}

/// Makes the invoices of today, and returns what each payer got.
pub(super) fn run(hall: &mut Hall, most: u32) -> Vec<(i64, i64)> {
    let (location, through, mut after) = (hall.gym.place, hall.today(), None);
    let before = hall.gym.club.invoices.len();
    loop {
        let events = hall.gym.ok(&Command::Billing(B::RunInvoices {
            location,
            through,
            after,
            most,
            answers: Vec::new(),
        }));
        let last = events.iter().find_map(|event| match event {
            gym_core::event::Event::Billing(gym_core::billing::BillingEvent::InvoicesRun {
                last, ..
            }) => *last,
            _ => None,
        });
        if last.is_none() {
            break;
        }
        after = last;
    }
    let made = hall.gym.club.invoices.iter().skip(before);
    made.map(|it| (it.payer.get(), it.total.minor())).collect()
}

#[test]
fn half_of_half_the_price_is_given_back_whoever_shares_a_batch() {
    for most in [1, 100] {
        let mut hall = Hall::new();
        let [ada, firm] = hall.gym.members(["Ada", "Example Ltd"]);
        let rates = BTreeMap::from([(TaxCode::new("membership").unwrap(), Vec::new())]);
        let rates = TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates).unwrap();
        let location = hall.gym.place;
        bill(
            &mut hall,
            B::SetTaxRates {
                location,
                from: day("2027-01-01"),
                terms: rates,
            },
        );
        let terms = DiscountTerms {
            name: "firms".to_owned(),
            off: Off::Percent(50_000),
            code: None,
            scope: Scope {
                members: [firm].into(),
                ..Scope::default()
            },
            from: day("2027-01-01"),
            until: None,
            periods: None,
        };
        bill(
            &mut hall,
            B::SetDiscount {
                location: Some(location),
                terms,
            },
        );
        let (gold, silver) = (
            hall.add_type("Gold", monthly(31_00)),
            hall.add_type("Silver", monthly(62_00)),
        );
        hall.on("2027-03-01");
        hall.ok(C::Sell {
            member: ada,
            of: gold,
            location,
            start: day("2027-03-01"),
            payer: Some(firm),
            intro: false,
        });
        let membership = hall.gym.club.memberships.iter().next_back().unwrap().id;
        assert_eq!(run(&mut hall, most), [(firm.get(), 15_50)]);
        hall.on("2027-03-10");
        hall.ok(C::Link {
            person: ada,
            bond: Bond::Payer(membership),
            from: day("2027-03-10"),
        });
        hall.on("2027-03-11");
        hall.ok(C::Switch {
            membership,
            to: silver,
            on: day("2027-03-16"),
        });
        assert_eq!(run(&mut hall, most), [(firm.get(), -8_00)]);
    }
}

/// The firm is charged half a year, and Ann pays from 10 April on; she leaves on the 16th.
#[test]
fn what_the_firm_paid_is_not_paid_out_to_who_pays_after_it() {
    let mut hall = Hall::new();
    let [ann, firm] = hall.gym.members(["Ann", "Example Ltd"]);
    let location = hall.gym.place;
    let exits = vec![ExitRight {
        proof: true,
        ground: Ground::Moved,
        beyond_km: None,
        notice_days: 0,
    }];
    let law = Box::new(Jurisdiction {
        exits,
        ..Jurisdiction::named("Example")
    });
    hall.ok(C::SetJurisdiction { location: None, law });
    let cycle = super::months(6);
    let half_year = hall.add_type(
        "Half year",
        Terms {
            cycle,
            ..monthly(60_000)
        },
    );
    hall.on("2027-04-01");
    hall.ok(C::Sell {
        member: ann,
        of: half_year,
        location,
        start: day("2027-04-01"),
        payer: Some(firm),
        intro: false,
    });
    let membership = hall.gym.club.memberships.iter().next_back().unwrap().id;
    assert_eq!(run(&mut hall, 100), [(firm.get(), 60_000)]);
    // The firm has paid the day on which Ann begins to pay, too.
    hall.ok(C::Link {
        person: ann,
        bond: Bond::Payer(membership),
        from: day("2027-04-01"),
    });
    hall.on("2027-04-16");
    let (ground, km) = (Ground::Moved, None);
    hall.ok(C::Exit {
        membership,
        ground,
        km,
    });
    // 168 of 183 days.
    assert_eq!(run(&mut hall, 100), [(firm.get(), -55_082)]);
}

fn pays_from(hall: &mut Hall, person: MemberId, membership: MembershipId, from: &str) {
    let (bond, from) = (Bond::Payer(membership), day(from));
    hall.ok(C::Link { person, bond, from });
}

/// The firm is charged for joining, and Ann, who pays from the next day on, for freezing.
#[test]
fn what_is_taken_back_goes_to_each_who_was_charged_for_it() {
    let mut hall = Hall::new();
    let [ann, firm] = hall.gym.members(["Ann", "Example Ltd"]);
    let law = Jurisdiction {
        cooling_off: Some(CoolingOff {
            days: 14,
            count: DayCount::Calendar,
        }),
        ..Jurisdiction::named("Example")
    };
    let (location, law) = (hall.gym.place, Box::new(law));
    hall.ok(C::SetJurisdiction { location: None, law });
    let mut rules = FreezeRules::free(Compensation::Extend);
    rules.fee = FreezeFee::Once(super::eur(7_00));
    let gold = hall.add_type(
        "Gold",
        Terms {
            joining: Some(super::eur(20_00)),
            freeze: Some(rules),
            ..monthly(31_00)
        },
    );
    hall.on("2027-03-01");
    hall.ok(C::Sell {
        member: ann,
        of: gold,
        location,
        start: day("2027-03-01"),
        payer: Some(firm),
        intro: false,
    });
    let membership = hall.gym.club.memberships.iter().next_back().unwrap().id;
    assert_eq!(run(&mut hall, 100), [(firm.get(), 51_00)]);
    pays_from(&mut hall, ann, membership, "2027-03-02");
    hall.freeze(membership, "2027-03-03", "2027-03-06");
    hall.on("2027-03-04");
    assert_eq!(run(&mut hall, 100), [(ann.get(), 7_00)]);
    hall.ok(C::TakeBack { membership });
    let mut back = run(&mut hall, 100);
    back.sort_unstable();
    assert_eq!(back, [(ann.get(), -7_00), (firm.get(), -51_00)]);
}

/// The firm is charged for ending early, Ann for ending earlier still; then she may leave for nothing.
#[test]
fn two_fees_for_ending_early_go_back_to_two_payers() {
    let mut hall = Hall::new();
    let [ann, firm] = hall.gym.members(["Ann", "Example Ltd"]);
    let location = hall.gym.place;
    let law = |longest_notice, exits| C::SetJurisdiction {
        location: None,
        law: Box::new(Jurisdiction {
            longest_notice,
            exits,
            early_end_share: Some(50_000),
            ..Jurisdiction::named("Example")
        }),
    };
    hall.ok(law(None, Vec::new()));
    let undiscounted = super::eur(100_000);
    let gold = hall.add_type(
        "Gold",
        Terms {
            term: Some(super::months(12)),
            notice: Some(super::months(3)),
            early: Some(EarlyEnd {
                undiscounted,
                at_most: None,
            }),
            ..monthly(10_000)
        },
    );
    hall.on("2027-03-01");
    hall.ok(C::Sell {
        member: ann,
        of: gold,
        location,
        start: day("2027-03-01"),
        payer: Some(firm),
        intro: false,
    });
    let membership = hall.gym.club.memberships.iter().next_back().unwrap().id;
    let early = true;
    hall.on("2027-03-31").ok(C::GiveNotice { membership, early });
    // Half of what the eight months from July on would cost.
    assert_eq!(run(&mut hall, 100), [(firm.get(), 10_000 + 40_000)]);
    pays_from(&mut hall, ann, membership, "2027-04-01");
    hall.ok(law(
        Some(super::months(1)),
        vec![ExitRight {
            proof: true,
            ground: Ground::Moved,
            beyond_km: None,
            notice_days: 0,
        }],
    ));
    hall.on("2027-04-30").ok(C::GiveNotice { membership, early });
    assert_eq!(run(&mut hall, 100), [(ann.get(), 10_000 + 5_000)]);
    let (ground, km) = (Ground::Moved, None);
    hall.ok(C::Exit {
        membership,
        ground,
        km,
    });
    let mut back = run(&mut hall, 100);
    back.sort_unstable();
    assert_eq!(back, [(ann.get(), -5_000 - 333), (firm.get(), -40_000)]);
}
