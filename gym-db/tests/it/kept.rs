//! What is kept, cut and refused where money, rates and passes meet is so in the store as it is in memory.

use gym_core::billing::BillingCommand;
use gym_core::billing::credit_note::Take;
use gym_core::billing::tax::TaxCode;
use gym_core::booking::Consequence;
use gym_core::booking::policy::{PenaltyRules, Policy};
use gym_core::command::{Book, Command};
use gym_core::entitlement::{EntitlementCommand, Grant, Lot, Scope, Uses, Validity};
use gym_core::id::*;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::plan::{Allowance, Carry, EarlyEnd, Reach, Terms};
use gym_core::money::Money;
use gym_core::shop::ShopCommand;
use gym_core::time::{Cycle, Unit};
use gym_db::Gym;

use crate::scenario::billing::{eur, rates};
use crate::scenario::{at, id, person, stage};
use crate::support::both;

const NOW: &str = "2026-03-02T08:05:00Z";

fn run(gym: &Gym, now: &str, command: Command) {
    let done = gym.at(at(now)).run(&command);
    done.unwrap_or_else(|error| panic!("{command:?}: {error}"));
}

/// Runs a command that is refused, and returns what it says.
fn refused(gym: &Gym, now: &str, command: Command) -> String {
    let done = gym.at(at(now)).run(&command);
    done.err()
        .unwrap_or_else(|| panic!("{command:?} is accepted"))
        .to_string()
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

fn monthly(minor: i64) -> Terms {
    Terms::monthly(eur(minor), TaxCode::new("membership").unwrap())
}

/// Adds a type that is sold at location 1 from 2 March on, and returns it.
fn add(gym: &Gym, name: &str, terms: Terms) -> MembershipTypeId {
    run(
        gym,
        NOW,
        Command::Membership(C::AddType {
            name: name.to_owned(),
            location: Some(id(1)),
            from: day("2026-03-02"),
            terms: Box::new(terms),
        }),
    );
    gym.club()
        .unwrap()
        .membership_types
        .iter()
        .next_back()
        .unwrap()
        .id
}

/// Sells a membership to somebody who has nothing else, and returns it.
fn sell(gym: &Gym, of: MembershipTypeId) -> MembershipId {
    run(
        gym,
        NOW,
        Command::AddMember {
            person: person("Kay Kept"),
            user: None,
            home: id(1),
            joined_on: day("2026-03-02"),
        },
    );
    let member = newest(gym);
    run(
        gym,
        NOW,
        Command::Membership(C::Sell {
            member,
            of,
            location: id(1),
            start: day("2026-03-02"),
            payer: None,
            intro: false,
        }),
    );
    gym.club().unwrap().memberships.iter().next_back().unwrap().id
}

fn newest(gym: &Gym) -> MemberId {
    gym.club().unwrap().members.iter().next_back().unwrap().id
}

fn last_lot(gym: &Gym) -> Lot {
    gym.club().unwrap().lots.iter().next_back().unwrap().clone()
}

#[test]
fn what_a_week_leaves_is_kept_for_the_next_and_lapses_then() {
    both(|db| {
        let gym = stage(db);
        let (location, policy) = (Some(id(1)), Policy::default());
        run(&gym, NOW, Command::SetPolicy { location, policy });
        let allowance = |uses| {
            let (per, carry) = (Cycle::new(1, Unit::Week).unwrap(), Carry { uses: 1, cycles: 1 });
            let carry = Some(carry);
            Some(Allowance { uses, per, carry })
        };
        let of = add(
            &gym,
            "Weekly",
            Terms {
                allowance: allowance(2),
                ..monthly(31_00)
            },
        );
        sell(&gym, of);
        let lot = last_lot(&gym).id;
        // From the third week on there are three a week.
        run(
            &gym,
            NOW,
            Command::Membership(C::Revise {
                of,
                from: day("2026-03-16"),
                reach: Reach::Running,
                terms: Box::new(Terms {
                    allowance: allowance(3),
                    ..monthly(31_00)
                }),
            }),
        );
        let mut offering = gym.club().unwrap().classes.get(id(5)).unwrap().offering.clone();
        (offering.room, offering.trainer, offering.equipment) = (None, None, None);
        offering.location = id(1);
        let (member, mut told) = (newest(&gym), Vec::new());
        for on in ["2026-03-09", "2026-03-16", "2026-03-30"] {
            let mut booked = 0;
            for hour in 10..16 {
                let start = format!("{on}T{hour}:00:00").parse().unwrap();
                let offering = offering.clone();
                run(&gym, NOW, Command::AddClass { offering, start });
                let class = gym.club().unwrap().classes.iter().next_back().unwrap().id;
                booked += u32::from(
                    gym.at(at(NOW))
                        .run(&Command::Book(Book::one(member, class)))
                        .is_ok(),
                );
            }
            told.push(booked);
        }
        assert_eq!(told, [3, 3, 4], "one of the week before, none, one");
        for now in ["2026-03-10T08:00:00Z", "2026-03-24T08:00:00Z"] {
            let location = id(1);
            run(
                &gym,
                now,
                Command::Entitlement(EntitlementCommand::Expire { location }),
            );
        }
        let lots = gym.club().unwrap().lots;
        let broken: Vec<_> = lots
            .get(lot)
            .unwrap()
            .broken
            .iter()
            .map(|it| (it.cycle, it.uses, it.on))
            .collect();
        assert_eq!(broken, [(0, 1, day("2026-03-09"))]);
        assert!(!lots.get(lot).unwrap().over);
    });
}

#[test]
fn a_pass_that_is_credited_in_part_is_for_less() {
    both(|db| {
        let gym = stage(db);
        let terms = gym_core::entitlement::Terms {
            uses: Uses::Counted(4),
            scope: Scope::classes(),
            validity: Validity::Days {
                from: day("2026-03-02"),
                until: Some(day("2027-03-02")),
            },
        };
        let grant = Grant {
            member: id(6),
            shared_with: Default::default(),
            location: id(1),
            terms,
            price: eur(20_00),
        };
        run(
            &gym,
            NOW,
            Command::Shop(ShopCommand::SellPass {
                grant: Box::new(grant),
                payer: id(6),
                amount: eur(80_00),
                tax: TaxCode::new("class").unwrap(),
                paid: None,
            }),
        );
        let line = gym.club().unwrap().invoices.iter().next_back().unwrap().lines[0].id;
        let invoice = gym.club().unwrap().invoices.iter().next_back().unwrap().id;
        let takes = vec![Take {
            line,
            gross: Some(eur(50_00)),
        }];
        let why = "moves".to_owned();
        run(
            &gym,
            NOW,
            Command::Billing(BillingCommand::IssueCreditNote { invoice, takes, why }),
        );
        let lot = last_lot(&gym);
        assert_eq!(
            (lot.terms.uses, lot.terms.scope),
            (Uses::Counted(2), Scope::classes())
        );
        assert_eq!(lot.due_on, Some(day("2027-03-02")));
    });
}

#[test]
fn who_leaves_early_after_a_switch_pays_for_both_plans() {
    both(|db| {
        let gym = stage(db);
        let early = |undiscounted: i64| {
            Some(EarlyEnd {
                undiscounted: eur(undiscounted),
                at_most: None,
            })
        };
        let first = add(
            &gym,
            "Bound",
            Terms {
                commitment: Some(Cycle::new(12, Unit::Month).unwrap()),
                early: early(50_00),
                ..monthly(40_00)
            },
        );
        let to = add(
            &gym,
            "Dearer",
            Terms {
                early: early(80_00),
                ..monthly(60_00)
            },
        );
        let membership = sell(&gym, first);
        let on = day("2026-05-02");
        let switched = "2026-05-02T08:00:00Z";
        run(
            &gym,
            switched,
            Command::Membership(C::Switch { membership, to, on }),
        );
        let membership = gym.club().unwrap().memberships.iter().next_back().unwrap().id;
        run(
            &gym,
            "2026-05-10T08:00:00Z",
            Command::Membership(C::GiveNotice {
                membership,
                early: true,
            }),
        );
        let fee = gym.club().unwrap().notices.iter().next_back().unwrap().fee;
        assert_eq!(fee, Some(eur(20_00 + 20_00)), "two months, and one");
    });
}

#[test]
fn what_cannot_be_charged_is_refused_when_it_is_set() {
    both(|db| {
        let gym = stage(db);
        let tables = |from: &str, terms| {
            let (location, from) = (id(1), day(from));
            Command::Billing(BillingCommand::SetTaxRates {
                location,
                from,
                terms,
            })
        };
        let said = refused(&gym, NOW, tables("2026-01-15", rates(&[("VAT", 7_000)])));
        assert!(
            said.contains("the last day of supply at location 1 that is invoiced"),
            "{said}"
        );
        run(&gym, NOW, tables("2026-04-01", rates(&[("VAT", 7_000)])));
        let sauna = Terms {
            tax: TaxCode::new("sauna").unwrap(),
            ..monthly(31_00)
        };
        for location in [Some(id(1)), None] {
            let add = C::AddType {
                name: "Sauna".to_owned(),
                location,
                from: day("2026-03-02"),
                terms: Box::new(sauna.clone()),
            };
            assert!(refused(&gym, NOW, Command::Membership(add)).contains("sauna has no rate"));
        }
        let of = add(&gym, "Plain", monthly(31_00));
        let revise = C::Revise {
            of,
            from: day("2026-04-01"),
            reach: Reach::Running,
            terms: Box::new(sauna),
        };
        assert!(refused(&gym, NOW, Command::Membership(revise)).contains("sauna has no rate"));
        let fee = |location, fee: Money| Command::SetPolicy {
            location,
            policy: Policy {
                penalties: PenaltyRules {
                    no_show: Consequence::Fee(fee),
                    ..PenaltyRules::default()
                },
                ..Policy::default()
            },
        };
        let said = refused(&gym, NOW, fee(None, "5.00 USD".parse().unwrap()));
        assert!(said.contains("in EUR, the currency of location"), "{said}");
        assert!(refused(&gym, NOW, fee(Some(id(1)), eur(500))).contains("fee has no rate at location 1"));
        let product = ShopCommand::AddProduct {
            name: "Towel".to_owned(),
            tax: TaxCode::new("sauna").unwrap(),
            may_go_negative: true,
            prices: [(id(1), eur(500))].into(),
        };
        assert!(refused(&gym, NOW, Command::Shop(product)).contains("sauna has no rate"));
    });
}
