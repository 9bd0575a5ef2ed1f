//! Credit notes: by line and tax, never more than remains, the last one to the cent.

use gym_core::billing::Objection;
use gym_core::billing::credit_note::{CreditLine, CreditNote, Remaining, Take};
use gym_core::billing::invoice::Invoice;
use gym_core::billing::tax::{Prices, Rounding};

use super::make::{House, code, day, eur, fee, id, owing, session};

fn invoice(prices: Prices, rounding: Rounding, amounts: &[(&str, i64)]) -> Invoice {
    let owed: Vec<_> = (1..)
        .zip(amounts)
        .map(|(number, (kind, minor))| {
            let mut owed = session(number, "2027-03-01", *minor);
            owed.tax = code(kind);
            owing(7, owed)
        })
        .collect();
    House::new(prices, rounding).bill(&owed, "2027-03-01").remove(0)
}

fn note(number: i64, invoice: &Invoice, lines: Vec<CreditLine>) -> CreditNote {
    CreditNote::of(
        id(number),
        invoice,
        number as u64,
        day("2027-03-02"),
        "why".to_owned(),
        lines,
    )
    .unwrap()
}

fn take(line: i64, minor: i64) -> Take {
    Take {
        line: id(line),
        gross: Some(eur(minor)),
    }
}

#[test]
fn a_part_is_split_as_the_line_was() {
    let invoice = invoice(Prices::Inclusive, Rounding::PerLine, &[("class_us", 33_499)]);
    assert_eq!((invoice.net, invoice.tax), (eur(30_768), eur(2_731)));
    let mut left = Remaining::new(&invoice, &[]).unwrap();
    let part = left.take(&[take(1, 10_000)]).unwrap().remove(0);
    let taxes: Vec<i64> = part.taxes.iter().map(|it| it.tax.minor()).collect();
    assert_eq!(
        (part.net, taxes, part.gross),
        (eur(9_185), vec![368, 413, 34], eur(10_000))
    );
}

#[test]
fn the_last_takes_the_remainder() {
    let invoice = invoice(
        Prices::Exclusive,
        Rounding::PerLine,
        &[("membership", 24_166), ("book", 33_499)],
    );
    let mut notes: Vec<CreditNote> = Vec::new();
    for (number, takes) in [
        vec![take(1, 9_999)],
        vec![take(1, 1), take(2, 20_000)],
        Vec::new(),
    ]
    .iter()
    .enumerate()
    {
        let before: Vec<&CreditNote> = notes.iter().collect();
        let mut left = Remaining::new(&invoice, &before).unwrap();
        let lines = if takes.is_empty() {
            left.take_all()
        } else {
            left.take(takes)
        };
        notes.push(note(number as i64 + 1, &invoice, lines.unwrap()));
    }
    let sum = |of: fn(&CreditNote) -> i64| notes.iter().map(of).sum::<i64>();
    assert_eq!(sum(|it| it.net.minor()), invoice.net.minor());
    assert_eq!(sum(|it| it.tax.minor()), invoice.tax.minor());
    assert_eq!(sum(|it| it.total.minor()), invoice.total.minor());
    let all: Vec<&CreditNote> = notes.iter().collect();
    let nothing = Remaining::new(&invoice, &all).unwrap().take_all().unwrap_err();
    assert_eq!(nothing, Objection::Nothing { invoice: id(1) });
}

#[test]
fn more_than_remains_is_refused() {
    let invoice = invoice(Prices::Inclusive, Rounding::PerLine, &[("class", 1_190)]);
    let left = || Remaining::new(&invoice, &[]).unwrap();
    let over = left().take(&[take(1, 1_191)]).unwrap_err();
    assert_eq!(
        over,
        Objection::Credit {
            line: id(1),
            asked: eur(1_191),
            remaining: eur(1_190)
        }
    );
    assert!(
        left().take(&[take(1, 1_000), take(1, 191)]).is_err(),
        "twice the same line"
    );
    assert!(left().take(&[take(1, -1)]).is_err());
    assert!(left().take(&[take(1, 0)]).is_err());
    assert_eq!(
        left().take(&[take(2, 1)]).unwrap_err(),
        Objection::Line {
            line: id(2),
            invoice: id(1)
        }
    );
    let usd = Take {
        line: id(1),
        gross: Some("1.00 USD".parse().unwrap()),
    };
    assert!(matches!(left().take(&[usd]), Err(Objection::Mixed { .. })));
}

#[test]
fn what_was_given_back_can_be_taken_back() {
    let owed = [
        owing(7, fee(1, "2027-03-01", 5_000)),
        owing(7, super::make::credit(1, "2027-03-01", "2027-04-01", -1_000)),
    ];
    let invoice = House::new(Prices::Inclusive, Rounding::PerLine)
        .bill(&owed, "2027-03-01")
        .remove(0);
    let all = Remaining::new(&invoice, &[]).unwrap().take_all().unwrap();
    let whole = note(1, &invoice, all);
    assert_eq!(
        (whole.net, whole.tax, whole.total),
        (invoice.net, invoice.tax, invoice.total)
    );
    let part = Remaining::new(&invoice, &[])
        .unwrap()
        .take(&[take(2, -500)])
        .unwrap()
        .remove(0);
    assert_eq!((part.net, part.gross), (eur(-420), eur(-500)));
}
