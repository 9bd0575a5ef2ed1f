//! Random years at the desk: whatever is asked for in whatever order, the books stay in order.

use std::collections::BTreeSet;

use chrono::Duration;
use gym_core::billing::BillingCommand;
use gym_core::billing::credit_note::{CreditNote, Take};
use gym_core::billing::discount::Off;
use gym_core::billing::invoice::{Invoice, InvoiceState};
use gym_core::billing::tax::{Prices, Rounding};
use gym_core::club::{Club, Key};
use gym_core::command::{Command, Context};
use gym_core::id::InvoiceId;
use gym_core::user::Actor;
use proptest::collection::vec;
use proptest::prelude::*;

use super::make::{at, charge, club, day, discount, eur, id, run_through, session, terms};

type Draw = (u8, i64, i64, i64);

/// Turns four numbers into something to ask for; much of it cannot be done, which is part of life.
fn command((kind, a, b, minor): Draw, today: &str) -> BillingCommand {
    let invoice: InvoiceId = id(1 + b % 6);
    let why = "why".to_owned();
    match kind % 13 {
        0..3 => charge(1 + a % 3, 1 + b % 12, today, minor),
        3..6 => run_through(today),
        6 => BillingCommand::DraftInvoice {
            location: id(1),
            payer: id(1 + a % 3),
            owed: vec![
                session(1 + b % 12, today, minor),
                session(1 + (b + a) % 12, today, minor),
            ],
            codes: Vec::new(),
            answers: Vec::new(),
        },
        7 => BillingCommand::OpenInvoice { invoice, plan: None },
        8 => BillingCommand::CancelDraft { invoice },
        9 => BillingCommand::VoidInvoice { invoice, why },
        10 => BillingCommand::WriteOff { invoice, why },
        11 => {
            let takes = vec![Take {
                line: id(1 + a % 8),
                gross: (b % 3 > 0).then(|| eur(minor)),
            }];
            BillingCommand::IssueCreditNote {
                invoice,
                takes: if b % 5 == 0 { Vec::new() } else { takes },
                why,
            }
        }
        _ if a % 2 == 0 => {
            let prices = if b % 2 == 0 {
                Prices::Inclusive
            } else {
                Prices::Exclusive
            };
            let rounding = if minor % 2 == 0 {
                Rounding::PerLine
            } else {
                Rounding::PerInvoice
            };
            BillingCommand::SetTaxRates {
                location: id(1),
                from: day(today),
                terms: terms(prices, rounding),
            }
        }
        _ => {
            let mut half = discount(1, Off::Percent(1 + (minor % 100_000) as u32)).terms;
            half.periods = (b % 2 == 0).then_some(2);
            BillingCommand::SetDiscount {
                location: None,
                terms: half,
            }
        }
    }
}

fn give(club: &mut Club, context: &Context, command: BillingCommand) {
    if let Ok(events) = club.decide(&Command::Billing(command), context) {
        let ids = club.allot(&events);
        club.apply(&events, &ids);
    }
}

/// Numbers have no gap, an obligation is on one live invoice, sums are sums, and no more is credited than was charged.
pub(crate) fn in_order(club: &Club) {
    let mut numbers: Vec<u64> = club.invoices.iter().filter_map(|it| it.number).collect();
    numbers.sort_unstable();
    assert_eq!(
        numbers,
        (1..=club.numbers.last(id(1)).invoice).collect::<Vec<_>>(),
        "a gap in the numbers"
    );
    let notes: Vec<u64> = club.credit_notes.iter().map(|it| it.number).collect();
    assert_eq!(
        notes,
        (1..=club.numbers.last(id(1)).credit_note).collect::<Vec<_>>()
    );
    let live: Vec<_> = club.invoices.iter().flat_map(Invoice::keys).collect();
    assert_eq!(
        live.iter().collect::<BTreeSet<_>>().len(),
        live.len(),
        "an obligation on two invoices"
    );
    assert!(live.iter().all(|key| club.invoiced.on(key).is_some()));
    for invoice in club.invoices.iter() {
        let notes: Vec<&CreditNote> = club.credit_notes.of(Key::Invoice(invoice.id)).collect();
        let credited: i64 = notes.iter().map(|it| it.total.minor()).sum();
        assert_eq!(credited, invoice.credited.minor());
        // Of lines that give and lines that take, each may be credited alone.
        let charged: i64 = invoice.lines.iter().map(|it| it.gross.minor().abs()).sum();
        assert!(credited.abs() <= charged);
        let drafted = matches!(invoice.state, InvoiceState::Draft | InvoiceState::Void);
        assert!(invoice.number.is_some() || drafted, "{invoice:?}");
        let gross: i64 = invoice.lines.iter().map(|it| it.gross.minor()).sum();
        let tax: i64 = invoice.taxes.iter().map(|it| it.tax.minor()).sum();
        assert_eq!((gross, tax), (invoice.total.minor(), invoice.tax.minor()));
        club.remaining(invoice).unwrap();
    }
}

proptest! {
    #![proptest_config(crate::support::soak::cases(256))]

    #[test]
    fn the_books_stay_in_order(draws in vec((any::<u8>(), 0_i64..100, 0_i64..100, 1_i64..50_000), 1..40)) {
        let mut club = club();
        let mut now = at("2026-01-02T22:30:00Z");
        let mut opened: Vec<Invoice> = Vec::new();
        for draw in draws {
            now += Duration::hours(9 + draw.1);
            let today = gym_core::time::civil(chrono_tz::Europe::Berlin, now).date().to_string();
            let context = Context { now, actor: Actor::System };
            give(&mut club, &context, command(draw, &today));
            in_order(&club);
            for was in &opened {
                let is = club.invoices.get(was.id).unwrap();
                prop_assert_eq!((&is.lines, &is.taxes, is.total, is.number), (&was.lines, &was.taxes, was.total, was.number));
            }
            opened = club.invoices.iter().filter(|it| it.number.is_some()).cloned().collect();
        }
    }
}
