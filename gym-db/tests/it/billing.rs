//! Invoices on both databases: refused changes from around the library, runs at once, and what is left of a failure.

use std::collections::BTreeSet;
use std::sync::Barrier;

use gym_core::billing::invoice::{Invoice, InvoiceState};
use gym_core::billing::obligation::{Charged, Key};
use gym_core::billing::{BillingCommand, BillingEvent};
use gym_core::club::Club;
use gym_core::command::{Command, Context};
use gym_core::event::Event;
use gym_core::user::Actor;
use gym_db::{Guard, Gym, canonical};

use crate::scenario::billing::{charge, eur, owed, run};
use crate::scenario::{at, id, stage};
use crate::support::{Db, Raw, both};

const NOW: &str = "2026-03-02T08:05:00Z";

fn refuse(raw: &mut Raw, guard: Guard, statements: &[&str]) {
    for statement in statements {
        let error = raw.run(statement).err().map(|error| error.to_string());
        let columns = match guard {
            Guard::InvoiceLinesLive => "invoice_lines.obligation_key",
            Guard::ChargesOnce => "charges.obligation_key",
            _ => "",
        };
        let told =
            |error: &String| error.contains(guard.name()) || (!columns.is_empty() && error.contains(columns));
        assert!(
            error.as_ref().is_some_and(told),
            "{statement}: {error:?}; expected {}",
            guard.name()
        );
    }
}

#[test]
fn an_open_invoice_is_changed_by_nobody() {
    both(|db| {
        drop(stage(db));
        let raw = &mut db.raw();
        refuse(
            raw,
            Guard::InvoiceFrozen,
            &[
                "UPDATE invoices SET total = 1, net = 1, tax = 0 WHERE id = 1",
                "UPDATE invoices SET payer_id = 2 WHERE id = 1",
                "UPDATE invoices SET number = 2 WHERE id = 1",
                "UPDATE invoices SET issued_on = '2026-03-01' WHERE id = 1",
                "UPDATE invoices SET state = 'draft', number = NULL WHERE id = 1",
                "DELETE FROM invoices WHERE id = 1",
                "UPDATE invoice_lines SET net = 1 WHERE id = 1",
                "UPDATE invoice_lines SET live = (1 = 0) WHERE id = 1",
                "UPDATE invoice_lines SET invoice_id = 2 WHERE id = 1",
                "DELETE FROM invoice_lines WHERE id = 1",
                "INSERT INTO invoice_lines (invoice_id, seq, obligation_key, live, session_id, due_on, amount, tax_code, \
                 text, net, gross, adjustment_rows, tax_rows) \
                 VALUES (1, 9, 'x', (1 = 1), 1, '2026-03-01', 1, 'class', 'x', 1, 1, 0, 0)",
                "UPDATE invoice_taxes SET tax = 0 WHERE invoice_line_id = 1",
                "DELETE FROM invoice_taxes WHERE invoice_line_id = 1",
                "INSERT INTO invoice_taxes (invoice_line_id, seq, name, rate, net, tax) VALUES (1, 9, 'VAT', 1, 1, 1)",
                "UPDATE invoice_adjustments SET amount = 0 WHERE invoice_line_id = 1",
                "DELETE FROM invoice_adjustments WHERE invoice_line_id = 1",
            ],
        );
        for progress in [
            "settled = 1, state = 'partially_paid'",
            "state = 'uncollectible'",
            "credited = 1",
        ] {
            raw.run(&format!("UPDATE invoices SET {progress} WHERE id = 1"))
                .unwrap();
        }
    });
}

#[test]
fn a_number_is_the_next_and_a_thing_is_charged_once() {
    both(|db| {
        drop(stage(db));
        let raw = &mut db.raw();
        let invoice = |number: i64| {
            format!(
                "INSERT INTO invoices (location_id, payer_id, currency, number, state, issued_on, due_on, line_rows, net, \
                 tax, total, settled, credited) \
                 VALUES (1, 1, 'EUR', {number}, 'open', '2026-03-01', '2026-03-01', 1, 0, 0, 0, 0, 0)"
            )
        };
        let next = raw.text("SELECT CAST(MAX(number) + 1 AS TEXT) FROM invoices");
        let next: i64 = next.parse().unwrap();
        let (again, gap) = (invoice(1), invoice(next + 1));
        refuse(
            raw,
            Guard::InvoiceNumbers,
            &[
                &again,
                &gap,
                "UPDATE invoices SET number = 70, state = 'open' WHERE id = 2",
            ],
        );
        raw.run(&invoice(next)).unwrap();
        let line = |key: &str, of: &str| {
            format!(
                "INSERT INTO invoice_lines (invoice_id, seq, obligation_key, live, {of}, due_on, amount, tax_code, text, \
                 net, gross, adjustment_rows, tax_rows) \
                 SELECT MAX(id), 0, '{key}', (1 = 1), 1, '2026-03-01', 1, 'class', 'x', 1, 1, 0, 0 FROM invoices"
            )
        };
        refuse(raw, Guard::InvoiceLinesLive, &[&line("session 1", "session_id")]);
        let two = line("x", "session_id")
            .replace("session_id,", "session_id, penalty_id,")
            .replace("(1 = 1), 1,", "(1 = 1), 1, 1,");
        let none = line("x", "session_id")
            .replace("session_id, ", "")
            .replace("(1 = 1), 1,", "(1 = 1),");
        for statement in [two, none] {
            let error = raw.run(&statement).unwrap_err().to_string();
            assert!(error.contains("invoice_lines_charged"), "{statement}: {error}");
        }
        let charge = "INSERT INTO charges (location_id, payer_id, obligation_key, session_id, due_on, amount, currency, \
                      tax_code, text) VALUES (1, 1, 'session 1', 1, '2026-03-01', 1, 'EUR', 'class', 'x')";
        refuse(raw, Guard::ChargesOnce, &[charge]);
    });
}

#[test]
fn a_credit_note_stays_and_is_never_more_than_its_line() {
    both(|db| {
        let gym = stage(db);
        let credit = BillingCommand::IssueCreditNote {
            invoice: id(1),
            takes: Vec::new(),
            why: "all".to_owned(),
        };
        gym.at(at(NOW)).run(&Command::Billing(credit)).unwrap();
        let raw = &mut db.raw();
        refuse(
            raw,
            Guard::CreditNoteFrozen,
            &[
                "UPDATE credit_notes SET why = 'x'",
                "DELETE FROM credit_note_taxes",
                "UPDATE credit_note_lines SET gross = 0",
            ],
        );
        let more = "INSERT INTO credit_note_lines (credit_note_id, seq, invoice_line_id, net, gross) VALUES (1, 9, 1, 1, 1)";
        let other_sign = more.replace("1, 1)", "-1, -1)");
        refuse(raw, Guard::CreditNoteLimit, &[more, &other_sign]);
        let tax = |tax: i64, rate: &str| {
            format!(
                "INSERT INTO credit_note_taxes (credit_note_line_id, seq, name, rate, net, tax) \
                 SELECT credit_note_line_id, 9, name, {rate}, 0, {tax} FROM credit_note_taxes WHERE tax > 0 LIMIT 1"
            )
        };
        let taxes = [tax(1, "rate"), tax(-1, "rate"), tax(1, "rate + 1")];
        let taxes = taxes.each_ref().map(String::as_str);
        refuse(raw, Guard::CreditNoteTaxLimit, &taxes);
        let gap = "INSERT INTO credit_notes (location_id, payer_id, invoice_id, currency, number, issued_on, why, net, tax, \
                   total) VALUES (1, 1, 1, 'EUR', 3, '2026-03-01', 'x', 0, 0, 0)";
        refuse(raw, Guard::CreditNoteNumbers, &[gap]);
        let invoice = gym.club().unwrap().invoices.get(id(1)).unwrap().clone();
        assert_eq!(
            (invoice.state, invoice.outstanding().unwrap()),
            (InvoiceState::Paid, eur(0))
        );
    });
}

#[test]
fn the_lines_of_an_open_invoice_add_up_to_it() {
    both(|db| {
        drop(stage(db));
        let raw = &mut db.raw();
        let next = raw.text("SELECT CAST(MAX(number) + 1 AS TEXT) FROM invoices WHERE location_id = 1");
        let open = format!("UPDATE invoices SET number = {next}, state = 'open' WHERE id = 2");
        for column in ["net", "gross"] {
            let shift =
                |by| format!("UPDATE invoice_lines SET {column} = {column} + {by} WHERE invoice_id = 2");
            raw.run(&shift(1)).unwrap();
            refuse(raw, Guard::InvoiceSums, &[&open]);
            raw.run(&shift(-1)).unwrap();
        }
        raw.run(&open).unwrap();
        let made = format!(
            "INSERT INTO invoices (location_id, payer_id, currency, number, state, issued_on, due_on, line_rows, net, tax, \
             total, settled, credited) VALUES (1, 1, 'EUR', {next} + 1, 'open', '2026-03-01', '2026-03-01', 2, 3, 0, 3, 0, 0)"
        );
        raw.run(&made).unwrap();
        let line = |seq: i64, minor: i64| {
            format!(
                "INSERT INTO invoice_lines (invoice_id, seq, obligation_key, live, session_id, due_on, amount, tax_code, \
                 text, net, gross, adjustment_rows, tax_rows) SELECT MAX(id), {seq}, 'line {seq}', (1 = 1), 1, \
                 '2026-03-01', 1, 'class', 'x', {minor}, {minor}, 0, 0 FROM invoices"
            )
        };
        raw.run(&line(0, 2)).unwrap();
        refuse(raw, Guard::InvoiceSums, &[&line(1, 2)]);
        raw.run(&line(1, 1)).unwrap();
    });
}

/// Counts the invoices that were made.
fn invoices(events: &[Event]) -> usize {
    let made = |event: &&Event| matches!(event, Event::Billing(BillingEvent::InvoiceMade(_)));
    events.iter().filter(made).count()
}

/// Every obligation is on one live invoice, and numbers have no gap.
pub fn in_order(club: &Club) {
    let mut numbers: Vec<u64> = club.invoices.iter().filter_map(|it| it.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "a gap");
    let keys: Vec<Key> = club.invoices.iter().flat_map(Invoice::keys).collect();
    assert_eq!(
        keys.iter().collect::<BTreeSet<_>>().len(),
        keys.len(),
        "charged twice"
    );
}

#[test]
fn a_run_at_eight_desks_at_once_makes_one_invoice_per_obligation() {
    both(|db| {
        let gym = stage(db);
        let before = gym.club().unwrap().invoices.len();
        let more = 40;
        for n in 0..more {
            let booked = format!(
                "INSERT INTO penalties (member_id, class_id, registration_id, offence, at) \
                 VALUES ({}, 1, 1, 'no_show', '2026-03-01 00:00:00')",
                1 + n % 6
            );
            db.raw().run(&booked).unwrap();
            let command = charge(1 + n % 6, Charged::Penalty(id(n + 1)), 500 + n);
            gym.at(at(NOW)).run(&Command::Billing(command)).unwrap();
        }
        let together = Barrier::new(8);
        let made: usize = std::thread::scope(|scope| {
            let desks: Vec<_> = (0..8)
                .map(|n| {
                    let (db, together) = (&db, &together);
                    scope.spawn(move || {
                        let gym = Gym::open(&db.url).unwrap();
                        together.wait();
                        let mut made = 0;
                        for most in [1 + n % 3, 2, 100] {
                            let mut after = None;
                            loop {
                                let (location, through) = (id(1), "2026-03-01".parse().unwrap());
                                let run = BillingCommand::RunInvoices {
                                    location,
                                    through,
                                    after,
                                    most,
                                    answers: Vec::new(),
                                };
                                let done = gym.at(at(NOW)).run(&Command::Billing(run)).unwrap();
                                made += invoices(&done.events);
                                after = done.find(|event| match event {
                                    Event::Billing(BillingEvent::InvoicesRun { last, .. }) => *last,
                                    _ => None,
                                });
                                if after.is_none() {
                                    break;
                                }
                            }
                        }
                        made
                    })
                })
                .collect();
            desks.into_iter().map(|desk| desk.join().unwrap()).sum()
        });
        let club = gym.club().unwrap();
        in_order(&club);
        assert!(
            club.charges
                .iter()
                .all(|it| club.invoiced.on(&it.obligation.key).is_some())
        );
        assert_eq!(made, club.invoices.len() - before, "besides those of before");
        assert_eq!(
            gym.at(at(NOW))
                .run_invoices(id(1), "2026-03-01".parse().unwrap())
                .unwrap()
                .made,
            0
        );
    });
}

#[test]
fn what_the_slice_says_is_what_the_whole_club_says() {
    both(|db| {
        let gym = stage(db);
        let before = gym.club().unwrap();
        let command = Command::Billing(run());
        let context = Context {
            now: at(NOW),
            actor: Actor::System,
        };
        let preview = before.decide(&command, &context);
        gym.at(at(NOW)).run(&command).unwrap();
        let entry = gym.last_journaled(1).unwrap().remove(0);
        assert_eq!(canonical(&preview).unwrap(), canonical(&entry.outcome).unwrap());
        let mut after = before;
        after.apply(preview.as_ref().unwrap(), &entry.ids);
        let stored = gym.club().unwrap();
        assert_eq!(after.invoices, stored.invoices);
        assert_eq!(
            (&after.numbers, &after.invoiced),
            (&stored.numbers, &stored.invoiced)
        );
    });
}

#[test]
fn bad_input_writes_nothing() {
    both(|db| {
        let gym = stage(db);
        let before = gym.club().unwrap();
        let mut food = owed(Charged::Registration(id(7)), 100);
        food.tax = gym_core::billing::tax::TaxCode::new("food").unwrap();
        let mut usd = owed(Charged::Registration(id(7)), 100);
        usd.amount = "1.00 USD".parse().unwrap();
        let huge = [6, 7]
            .map(|n| owed(Charged::Registration(id(n)), i64::MAX))
            .to_vec();
        for owed in [
            vec![food],
            vec![usd],
            huge,
            vec![owed(Charged::Registration(id(7)), -1)],
            Vec::new(),
        ] {
            let (location, payer) = (id(1), id(4));
            let draft = BillingCommand::DraftInvoice {
                location,
                payer,
                owed,
                codes: Vec::new(),
                answers: Vec::new(),
            };
            let error = gym.at(at(NOW)).run(&Command::Billing(draft)).unwrap_err();
            assert!(error.refusal().is_some(), "{error}");
        }
        assert!(gym.club().unwrap() == before);
    });
}

#[test]
fn many_batches_bill_everybody() {
    both(|db: &Db| {
        let gym = stage(db);
        drop(gym);
        let numbers = "WITH RECURSIVE ns (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM ns WHERE n < 1100)";
        let raw = &mut db.raw();
        for (into, select) in [
            (
                "members (name, home_id, joined_on)",
                "SELECT 'Member', 1, '2026-01-01'",
            ),
            (
                "penalties (member_id, class_id, registration_id, offence, at)",
                "SELECT 6 + n, 1, 1, 'no_show', '2026-03-01 00:00:00'",
            ),
            (
                "charges (location_id, payer_id, obligation_key, penalty_id, due_on, amount, currency, tax_code, text)",
                "SELECT 1, 6 + n, 'penalty ' || n, n, '2026-03-01', 1000 + n, 'EUR', 'class', 'Fee'",
            ),
        ] {
            raw.run(&format!("{numbers} INSERT INTO {into} {select} FROM ns"))
                .unwrap();
        }
        let gym = Gym::open(&db.url).unwrap();
        let through = "2026-03-01".parse().unwrap();
        let desk = gym.at(at(NOW));
        assert_eq!(
            desk.key("march").run_invoices(id(1), through).unwrap().made,
            1_103
        );
        in_order(&gym.club().unwrap());
        let again = gym.at(at(NOW)).key("march").run_invoices(id(1), through).unwrap();
        assert_eq!(again.made, 1_103, "the same key tells the same");
        assert_eq!(gym.at(at(NOW)).run_invoices(id(1), through).unwrap().made, 0);
    });
}
