//! Random years of memberships and their bills, priced from outside: a preview is what is then journaled, byte for byte,
//! and the stored club is the one in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use gym_core::billing::credit_note::Take;
use gym_core::billing::invoice::Line;
use gym_core::billing::obligation::Charged;
use gym_core::billing::payment::{Hand, PaymentCommand, Way};
use gym_core::billing::pricing::{Answer, Change, Operation, Pricing, Request};
use gym_core::billing::subscription::owed;
use gym_core::billing::{BillingCommand, BillingEvent};
use gym_core::club::Club;
use gym_core::command::{Command, Context};
use gym_core::decision::Decision;
use gym_core::event::Event;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::freeze::{Compensation, FreezeReason};
use gym_core::membership::link::Bond;
use gym_core::user::Actor;
use gym_db::{Desk, Failure, canonical};

use crate::scenario::billing as bill;
use crate::scenario::{Scenario, at, follow, id, name, stage};
use crate::support::{Db, times};

/// Numbers that only look random: a 64-bit linear congruential generator (Knuth, MMIX).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn id(&mut self, most: usize) -> i64 {
        i64::try_from(self.below(u64::try_from(most + 1).unwrap())).unwrap() + 1
    }
}

/// A tenth off for every other payer, and no answer for every third.
struct Tenth;

impl Pricing for Tenth {
    fn name(&self) -> &str {
        "tenth"
    }

    fn propose(&self, request: &Request) -> Answer {
        let payer = request.payer.get();
        let tenth = |(item, _)| Operation {
            item,
            change: Change::Percent(-10_000),
            text: "A tenth".to_owned(),
        };
        let answer = match payer % 3 {
            0 => Answer::none("out of fuel"),
            _ => Answer::of(
                request
                    .items
                    .iter()
                    .enumerate()
                    .filter(|_| payer % 2 == 0)
                    .map(tenth)
                    .collect(),
            ),
        };
        answer.recorded(format!("{{\"payer\":{payer}}}"))
    }
}

fn command(dice: &mut Dice, club: &Club, today: chrono::NaiveDate) -> Command {
    match dice.below(26) {
        20.. => money(dice, club),
        16 | 17 => Command::Billing(BillingCommand::RunInvoices {
            location: id(1),
            through: today,
            after: None,
            most: 100,
            answers: Vec::new(),
        }),
        18 => {
            let mut things = vec![Charged::Registration(id(dice.id(6)))];
            if dice.below(4) == 0 {
                things.push(Charged::Session(id(dice.id(1))));
            }
            let minor = i64::try_from(dice.below(5_000)).unwrap() + 1;
            Command::Billing(BillingCommand::DraftInvoice {
                location: id(1),
                payer: id(dice.id(5)),
                owed: things.into_iter().map(|thing| bill::owed(thing, minor)).collect(),
                codes: Vec::new(),
                answers: Vec::new(),
            })
        }
        19 => {
            let invoice = id(dice.id(club.invoices.len()));
            let why = "a random year".to_owned();
            Command::Billing(match dice.below(3) {
                0 => BillingCommand::CancelDraft { invoice },
                1 => BillingCommand::OpenInvoice { invoice, plan: None },
                _ => BillingCommand::VoidInvoice { invoice, why },
            })
        }
        what => Command::Membership(contract(what, dice, club, today)),
    }
}

/// Something that moves money, back as often as forth.
fn money(dice: &mut Dice, club: &Club) -> Command {
    let invoice = club
        .invoices
        .iter()
        .nth(usize::try_from(dice.below(60)).unwrap() % club.invoices.len());
    let invoice = invoice.unwrap();
    let payment = id(dice.id(club.payments.len()));
    let (amount, why) = (
        bill::eur(i64::try_from(dice.below(3_000)).unwrap() + 1),
        "a random year".to_owned(),
    );
    let line = invoice.lines.first().filter(|_| dice.below(2) == 0);
    let take = |line: &Line| Take {
        line: line.id,
        gross: Some(amount),
    };
    Command::Payment(match dice.below(10) {
        0..=2 => PaymentCommand::Take {
            payer: invoice.payer,
            location: id(1),
            hand: Hand::Cash,
            amount,
            invoice: Some(invoice.id),
            reference: Some("slip 7".to_owned()),
        },
        3..=5 => PaymentCommand::Refund {
            payment,
            amount,
            why,
            key: None,
        },
        6 => PaymentCommand::KeepCredit { invoice: invoice.id },
        7 => PaymentCommand::PayOut {
            credit: payment,
            amount,
            way: Way::Hand(Hand::Cash),
            why,
        },
        _ => {
            return Command::Billing(BillingCommand::IssueCreditNote {
                invoice: invoice.id,
                takes: line.map(take).into_iter().collect(),
                why,
            });
        }
    })
}

fn contract(what: u64, dice: &mut Dice, club: &Club, today: chrono::NaiveDate) -> C {
    let from = today + chrono::Days::new(dice.below(30));
    let until = from + chrono::Days::new(1 + dice.below(40));
    let membership = id(dice.id(club.memberships.len()));
    let location = id(1);
    let compensation = Compensation::ALL[usize::try_from(dice.below(3)).unwrap()];
    let open = dice.below(4) == 0;
    match what {
        0..=3 => C::Freeze {
            membership,
            from,
            until: (!open).then_some(until),
            why: FreezeReason::Work,
        },
        4 => C::Gift {
            membership,
            from,
            until,
            compensation,
        },
        5 => C::FreezeAll {
            location,
            from,
            until: Some(until),
            compensation,
        },
        6..=7 => C::EndFreeze {
            edit: id(dice.id(club.edits.len())),
            on: from,
        },
        8 => C::GiveNotice {
            membership,
            early: open,
        },
        9 if open => C::Consent {
            membership,
            renews: dice.below(4) > 0,
        },
        9 => C::TakeBack { membership },
        10 => C::Switch {
            membership,
            to: id(dice.id(2)),
            on: from,
        },
        11 => C::Link {
            person: id(dice.id(6)),
            bond: if open {
                Bond::Payer(membership)
            } else {
                Bond::Beneficiary(membership)
            },
            from,
        },
        12 => C::EndLink {
            link: id(dice.id(club.links.len())),
            until: from,
        },
        13..=14 => C::Sell {
            member: id(dice.id(6)),
            of: id(dice.id(2)),
            location,
            start: from,
            payer: None,
            intro: open,
        },
        _ => C::Renew {
            location,
            through: today,
        },
    }
}

/// A quote is the invoice that drafting the same records.
fn offered(desk: &Desk<'_>, asked: &Command, preview: &Decision) {
    let Command::Billing(BillingCommand::DraftInvoice {
        location,
        payer,
        owed,
        codes,
        ..
    }) = asked
    else {
        return;
    };
    let offer = desk.quote(*location, *payer, owed.clone(), codes.clone());
    match (offer, preview) {
        (Ok(offer), Ok(events)) => {
            let made = Event::Billing(BillingEvent::InvoiceMade(offer.invoice));
            assert!(events.contains(&made), "{events:?}");
        }
        (Err(Failure::Refused(refusal)), Err(told)) => assert_eq!(*refusal, *told),
        (offer, preview) => panic!("{offer:?} is not {preview:?}"),
    }
}

/// What has been seen over the years of all seeds.
#[derive(Default)]
struct Seen {
    happened: BTreeMap<String, u32>,
    priced: usize,
    dropped: usize,
}

/// Lives through so many steps of a random year.
fn live(db: &Db, seed: u64, steps: u32, seen: &mut Seen) {
    let gym = stage(db).priced_by(Arc::new(Tenth));
    let mut club = gym.club().unwrap();
    let mut dice = Dice(seed);
    let mut now = at("2026-03-02T11:00:00Z");
    for n in 0..steps {
        now += chrono::Duration::hours(i64::try_from(dice.below(24 * 7)).unwrap());
        let asked = command(&mut dice, &club, now.date_naive());
        let context = Context {
            now,
            actor: Actor::System,
        };
        let desk = gym.at(now);
        let preview = desk.preview(&asked).unwrap();
        offered(&desk, &asked, &preview);
        let command = desk.priced(&asked).unwrap();
        let told = || format!("seed {seed}, {n}: {command:?}");
        let decision = club.decide(&command, &context);
        let same = canonical(&preview).unwrap() == canonical(&decision).unwrap();
        assert!(same, "{}: {preview:?} is not {decision:?}", told());
        let before = gym.last_journaled(1).unwrap().last().map_or(0, |it| it.id);
        let ran = desk.run(&asked);
        // What a command leads to is journaled after it.
        let journal = gym.journal(before, u32::MAX).unwrap();
        assert_eq!(
            canonical(&journal[0].outcome).unwrap(),
            canonical(&preview).unwrap(),
            "{}",
            told()
        );
        match ran {
            Ok(done) => {
                let scenario = Scenario {
                    command: command.clone(),
                    context,
                };
                let (happened, _) = follow(&mut club, &scenario, journal);
                assert_eq!(happened[0], done.events, "{}", told());
                *seen.happened.entry(name(&asked)).or_default() += 1;
            }
            Err(Failure::Refused(refusal)) => assert_eq!(decision, Err(*refusal), "{}", told()),
            Err(other) => panic!("{}: {other}", told()),
        }
    }
    assert!(
        gym.club().unwrap() == club,
        "seed {seed}: the stored club is another one"
    );
    seen.priced += club.invoices.iter().filter(|it| it.priced.is_some()).count();
    seen.dropped += club.invoices.iter().filter(|it| !it.dropped.is_empty()).count();
    for membership in club.memberships.iter() {
        let contract = club.contract(membership.id).unwrap();
        let start = membership.start;
        let begun = start <= now.date_naive() && contract.until().is_none_or(|until| start < until);
        let owes = !owed(&contract, now.date_naive()).unwrap().is_empty();
        assert!(
            owes || !begun,
            "seed {seed}: {membership:?} {:?} {:?}",
            contract.notices,
            contract.edits
        );
    }
}

fn years(fresh: impl Fn() -> Db) {
    let mut seen = Seen::default();
    let seeds = times(2).min(100);
    for seed in 0..u64::from(seeds) {
        live(&fresh(), 7 + seed, 150, &mut seen);
    }
    eprintln!("{seeds} seeds: {:?}", seen.happened);
    let happened = &seen.happened;
    assert!(happened.values().sum::<u32>() > 40 * seeds, "{happened:?}");
    for name in [
        "membership freeze",
        "membership switch",
        "membership give_notice",
        "billing run_invoices",
        "billing draft_invoice",
        "billing issue_credit_note",
        "payment take",
        "payment refund",
    ] {
        assert!(happened.contains_key(name), "{name}: {happened:?}");
    }
    let (priced, dropped) = (seen.priced, seen.dropped);
    assert!(priced > dropped && dropped > 0, "{priced} {dropped}");
}

#[test]
fn a_preview_is_what_is_then_journaled_over_random_years_on_sqlite() {
    years(Db::sqlite);
}

#[test]
fn a_preview_is_what_is_then_journaled_over_random_years_on_postgres() {
    years(Db::postgres);
}
