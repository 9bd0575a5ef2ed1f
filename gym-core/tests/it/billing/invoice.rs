//! Invoices: drafted, opened, settled, written off, void; nothing of an open one changes but its progress.

use gym_core::billing::credit_note::Take;
use gym_core::billing::instalment::{Plan, Remainder};
use gym_core::billing::invoice::{Invoice, InvoiceState};
use gym_core::billing::tax::{Prices, Rounding};
use gym_core::billing::{BillingCommand, Objection};
use gym_core::club::Club;
use gym_core::money::{Currency, Money};
use gym_core::time::Cycle;

use super::make::{bill, charge, club, components, day, eur, id, objections, run_through, session, terms};

pub(super) const NOW: &str = "2026-03-01T10:00:00Z";

fn draft(club: &mut Club, numbers: &[i64]) {
    let owed = numbers
        .iter()
        .map(|number| session(*number, "2026-03-01", 5_950))
        .collect();
    let draft = BillingCommand::DraftInvoice {
        location: id(1),
        payer: id(2),
        owed,
        codes: Vec::new(),
        answers: Vec::new(),
    };
    bill(club, NOW, draft).unwrap();
}

pub(super) fn open(invoice: i64) -> BillingCommand {
    BillingCommand::OpenInvoice {
        invoice: id(invoice),
        plan: None,
    }
}

fn void(invoice: i64) -> BillingCommand {
    BillingCommand::VoidInvoice {
        invoice: id(invoice),
        why: "wrong payer".to_owned(),
    }
}

pub(super) fn write_off(invoice: i64) -> BillingCommand {
    BillingCommand::WriteOff {
        invoice: id(invoice),
        why: "moved away".to_owned(),
    }
}

fn first(club: &Club) -> &Invoice {
    club.invoices.get(id(1)).unwrap()
}

#[test]
fn a_draft_has_no_number_and_opening_gives_it_the_next() {
    let mut club = club();
    draft(&mut club, &[1, 2]);
    assert_eq!(
        (first(&club).number, first(&club).state),
        (None, InvoiceState::Draft)
    );
    draft(&mut club, &[3]);
    bill(&mut club, NOW, open(2)).unwrap();
    bill(&mut club, "2026-03-05T23:30:00Z", open(1)).unwrap();
    let invoice = first(&club);
    assert_eq!((invoice.number, invoice.state), (Some(2), InvoiceState::Open));
    // In Berlin it is the sixth already.
    assert_eq!(
        (invoice.issued_on, invoice.due_on),
        (day("2026-03-06"), day("2026-03-20"))
    );
    assert_eq!(
        (invoice.net, invoice.tax, invoice.total),
        (eur(10_000), eur(1_900), eur(11_900))
    );
    assert_eq!(invoice.outstanding().unwrap(), eur(11_900));
}

#[test]
fn a_cancelled_draft_uses_no_number_and_frees_what_it_charged() {
    let mut club = club();
    draft(&mut club, &[1]);
    bill(&mut club, NOW, BillingCommand::CancelDraft { invoice: id(1) }).unwrap();
    assert_eq!(first(&club).state, InvoiceState::Void);
    draft(&mut club, &[1]);
    bill(&mut club, NOW, open(2)).unwrap();
    assert_eq!(club.invoices.get(id(2)).unwrap().number, Some(1));
    let refusal = bill(&mut club, NOW, BillingCommand::CancelDraft { invoice: id(2) }).unwrap_err();
    assert!(
        refusal
            .to_string()
            .contains("invoice 2 is open; expected a draft"),
        "{refusal}"
    );
}

#[test]
fn what_was_opened_is_never_opened_or_changed_again() {
    let mut club = club();
    draft(&mut club, &[1]);
    bill(&mut club, NOW, open(1)).unwrap();
    let before = first(&club).clone();
    let refusal = bill(&mut club, NOW, open(1)).unwrap_err();
    let state = InvoiceState::Open;
    assert_eq!(
        objections(&refusal),
        [Objection::State {
            invoice: id(1),
            state,
            expected: "a draft".to_owned()
        }]
    );
    // New rates, a new discount and a new run leave it as it is.
    let rates = terms(Prices::Exclusive, Rounding::PerInvoice);
    bill(
        &mut club,
        NOW,
        BillingCommand::SetTaxRates {
            location: id(1),
            from: day("2026-03-02"),
            terms: rates,
        },
    )
    .unwrap();
    bill(&mut club, "2027-01-01T08:00:00Z", run_through("2027-01-01")).unwrap();
    assert_eq!(*first(&club), before);
}

#[test]
fn a_draft_is_taxed_again_when_it_opens() {
    let mut club = club();
    draft(&mut club, &[1]);
    let codes = ["book", "class", "class_us", "free", "membership"];
    let rates = codes.map(|it| (super::make::code(it), components(&[("VAT", 7_000)])));
    let rates = rates.into();
    let terms = gym_core::billing::tax::TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates).unwrap();
    bill(
        &mut club,
        NOW,
        BillingCommand::SetTaxRates {
            location: id(1),
            from: day("2026-03-01"),
            terms,
        },
    )
    .unwrap();
    assert_eq!(first(&club).tax, eur(950));
    bill(&mut club, NOW, open(1)).unwrap();
    assert_eq!((first(&club).tax, first(&club).total), (eur(389), eur(5_950)));
}

#[test]
fn settling_moves_the_state_both_ways() {
    let mut club = club();
    draft(&mut club, &[1]);
    let mut invoice = first(&club).clone();
    assert!(invoice.settle(eur(1)).is_err(), "a draft is not paid");
    bill(&mut club, NOW, open(1)).unwrap();
    invoice = first(&club).clone();
    let mut settle = |minor| invoice.settle(eur(minor)).map(|()| invoice.state);
    assert_eq!(settle(1_000), Ok(InvoiceState::PartiallyPaid));
    assert_eq!(settle(4_950), Ok(InvoiceState::Paid));
    let error = settle(1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "amount: 0.01 EUR is not accepted; expected at most the 0.00 EUR outstanding, or the 59.50 EUR settled back"
    );
    assert_eq!(
        settle(-4_950),
        Ok(InvoiceState::PartiallyPaid),
        "a payment was disputed"
    );
    assert_eq!(settle(-1_000), Ok(InvoiceState::Open));
    assert!(settle(-1).is_err());
    let usd = invoice.settle(Money::new(1, Currency::USD)).unwrap_err();
    assert!(matches!(usd, Objection::Mixed { .. }), "{usd}");
}

#[test]
fn what_is_written_off_may_still_be_paid() {
    let mut club = club();
    draft(&mut club, &[1]);
    bill(&mut club, NOW, open(1)).unwrap();
    bill(&mut club, NOW, write_off(1)).unwrap();
    let mut invoice = first(&club).clone();
    assert_eq!(invoice.state, InvoiceState::Uncollectible);
    invoice.settle(eur(1_000)).unwrap();
    assert_eq!(invoice.state, InvoiceState::Uncollectible);
    invoice.settle(eur(4_950)).unwrap();
    assert_eq!(invoice.state, InvoiceState::Paid);
    let refusal = bill(&mut club, NOW, write_off(1)).unwrap_err();
    assert!(
        refusal
            .to_string()
            .contains("invoice 1 is uncollectible; expected one that is open"),
        "{refusal}"
    );
}

#[test]
fn a_void_invoice_keeps_its_number_is_credited_in_full_and_may_be_charged_again() {
    let mut club = club();
    bill(&mut club, NOW, charge(2, 1, "2026-03-01", 5_950)).unwrap();
    bill(&mut club, NOW, run_through("2026-03-01")).unwrap();
    bill(&mut club, NOW, void(1)).unwrap();
    let invoice = first(&club);
    assert_eq!(
        (invoice.state, invoice.number, invoice.credited),
        (InvoiceState::Void, Some(1), eur(5_950))
    );
    let note = club.credit_notes.get(id(1)).unwrap();
    assert_eq!((note.number, note.total, note.tax), (1, eur(5_950), eur(950)));
    bill(&mut club, NOW, run_through("2026-03-01")).unwrap();
    assert_eq!(club.invoices.get(id(2)).unwrap().number, Some(2));
    let refusal = bill(&mut club, NOW, void(1)).unwrap_err();
    assert!(
        refusal.to_string().contains("expected one that is not void"),
        "{refusal}"
    );
}

#[test]
fn what_is_paid_is_credited_not_void() {
    let mut club = club();
    draft(&mut club, &[1]);
    bill(&mut club, NOW, open(1)).unwrap();
    club.invoices.change(id(1), |it| it.settle(eur(1_000)).unwrap());
    let refusal = bill(&mut club, NOW, void(1)).unwrap_err();
    assert_eq!(
        objections(&refusal),
        [Objection::Settled {
            invoice: id(1),
            settled: eur(1_000)
        }]
    );
    let takes = vec![Take {
        line: id(1),
        gross: Some(eur(4_950)),
    }];
    let credit = BillingCommand::IssueCreditNote {
        invoice: id(1),
        takes,
        why: "half an hour".to_owned(),
    };
    bill(&mut club, NOW, credit).unwrap();
    assert_eq!(
        (first(&club).state, first(&club).outstanding().unwrap()),
        (InvoiceState::Paid, eur(0))
    );
}

#[test]
fn a_plan_of_instalments_makes_up_the_total() {
    let mut club = club();
    draft(&mut club, &[1]);
    let deposit = Some(eur(1_000));
    let plan = Plan {
        deposit,
        count: 3,
        every: Cycle::MONTH,
        remainder: Remainder::Last,
        grace: Some(10),
    };
    bill(
        &mut club,
        NOW,
        BillingCommand::OpenInvoice {
            invoice: id(1),
            plan: Some(plan),
        },
    )
    .unwrap();
    let schedule = first(&club).schedule.clone().unwrap();
    let parts: Vec<i64> = schedule.parts().iter().map(|it| it.amount.minor()).collect();
    assert_eq!(parts, [1_000, 1_650, 1_650, 1_650]);
    draft(&mut club, &[2]);
    let much = Plan {
        deposit: Some(eur(6_000)),
        ..plan
    };
    let refusal = bill(
        &mut club,
        NOW,
        BillingCommand::OpenInvoice {
            invoice: id(2),
            plan: Some(much),
        },
    )
    .unwrap_err();
    assert!(
        refusal.to_string().contains("deposit: 60.00 EUR is not accepted"),
        "{refusal}"
    );
    assert_eq!(club.numbers.last(id(1)).invoice, 1, "the number is not used");
}
