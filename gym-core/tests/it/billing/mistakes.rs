//! What goes wrong elsewhere, each named after what goes wrong.

use gym_core::billing::credit_note::{CreditNote, Remaining, Take};
use gym_core::billing::discount::Off;
use gym_core::billing::invoice::{Invoice, Source};
use gym_core::billing::obligation::Key;
use gym_core::billing::proration::prorate;
use gym_core::billing::quote::Ask;
use gym_core::billing::tax::{Prices, Rounding};
use gym_core::billing::{BillingCommand, BillingEvent};
use gym_core::decision::Draft;
use gym_core::time::{Cycle, Days, Unit};

use super::make::{
    House, bill, charge, club, code, credit, day, discount, eur, fee, id, owing, run_through, session, terms,
};

fn credit_all_by_lines(invoice: &Invoice) -> (i64, i64, i64) {
    let mut notes: Vec<CreditNote> = Vec::new();
    for line in &invoice.lines {
        let before: Vec<&CreditNote> = notes.iter().collect();
        let mut left = Remaining::new(invoice, &before).unwrap();
        let lines = left
            .take(&[Take {
                line: line.id,
                gross: Some(line.gross),
            }])
            .unwrap();
        let number = notes.len() as u64 + 1;
        let note = CreditNote::of(
            id(number as i64),
            invoice,
            number,
            day("2027-03-02"),
            String::new(),
            lines,
        );
        notes.push(note.unwrap());
    }
    let sum = |of: fn(&CreditNote) -> i64| notes.iter().map(of).sum();
    (
        sum(|it| it.net.minor()),
        sum(|it| it.tax.minor()),
        sum(|it| it.total.minor()),
    )
}

#[test]
fn a_credit_note_is_a_cent_off_its_invoice() {
    for rounding in [Rounding::PerLine, Rounding::PerInvoice] {
        for (prices, minor) in [
            (Prices::Inclusive, 24_166),
            (Prices::Exclusive, 33_499),
            (Prices::Exclusive, 9_571),
        ] {
            let owed = [1, 2, 3].map(|number| owing(7, session(number, "2027-03-01", minor)));
            let invoice = House::new(prices, rounding).bill(&owed, "2027-03-01").remove(0);
            let whole = (invoice.net.minor(), invoice.tax.minor(), invoice.total.minor());
            assert_eq!(
                credit_all_by_lines(&invoice),
                whole,
                "{prices:?} {rounding:?} {minor}"
            );
        }
    }
}

#[test]
fn the_last_credit_note_is_refused_because_the_parts_were_rounded_up() {
    let invoice = House::new(Prices::Exclusive, Rounding::PerLine);
    let invoice = { invoice }
        .bill(&[owing(7, session(1, "2027-03-01", 33_499))], "2027-03-01")
        .remove(0);
    let mut left = Remaining::new(&invoice, &[]).unwrap();
    let third = invoice.total.minor() / 3;
    for gross in [third, third, invoice.total.minor() - 2 * third] {
        left.take(&[Take {
            line: id(1),
            gross: Some(eur(gross)),
        }])
        .unwrap();
    }
    let none = left.of(id(1)).unwrap();
    assert!(none.net.is_zero() && none.gross.is_zero() && none.taxes[0].tax.is_zero());
    let more = left.take(&[Take {
        line: id(1),
        gross: Some(eur(1)),
    }]);
    assert!(more.is_err(), "and a cent more is not let through");
}

#[test]
fn the_tax_of_the_sum_is_not_the_sum_of_the_taxes() {
    // 8.875 % of 0.07 is 0.62 cents, a cent on each of nine lines; of 0.63 it is 5.59 cents.
    for rounding in [Rounding::PerLine, Rounding::PerInvoice] {
        let owed: Vec<_> = (1..=9)
            .map(|number| {
                let mut owed = session(number, "2027-03-01", 7);
                owed.tax = code("class_us");
                owing(7, owed)
            })
            .collect();
        let invoice = House::new(Prices::Exclusive, rounding)
            .bill(&owed, "2027-03-01")
            .remove(0);
        let lines: i64 = invoice
            .lines
            .iter()
            .flat_map(|line| &line.taxes)
            .map(|it| it.tax.minor())
            .sum();
        let buckets: i64 = invoice.taxes.iter().map(|it| it.tax.minor()).sum();
        let grosses: i64 = invoice.lines.iter().map(|line| line.gross.minor()).sum();
        let expected = if rounding == Rounding::PerLine { 9 } else { 6 };
        assert_eq!(
            (lines, buckets, invoice.tax.minor()),
            (expected, expected, expected)
        );
        assert_eq!(grosses, invoice.total.minor());
    }
}

#[test]
fn only_one_tax_rate_fits_on_an_invoice() {
    let owed: Vec<_> = (1..)
        .zip(["class", "book", "free", "class_us"])
        .map(|(number, kind)| {
            let mut owed = session(number, "2027-03-01", 10_000);
            owed.tax = code(kind);
            owing(7, owed)
        })
        .collect();
    let invoice = House::new(Prices::Exclusive, Rounding::PerLine)
        .bill(&owed, "2027-03-01")
        .remove(0);
    let buckets: Vec<_> = invoice
        .taxes
        .iter()
        .map(|it| (it.name.as_str(), it.rate, it.tax.minor()))
        .collect();
    let expected = [
        ("City", 4_500, 450),
        ("State", 4_000, 400),
        ("Transit", 375, 38),
        ("VAT", 7_000, 700),
        ("VAT", 19_000, 1_900),
    ];
    assert_eq!(buckets, expected);
    assert_eq!(invoice.total, eur(40_000 + 3_488));
}

#[test]
fn a_part_of_a_quarter_is_divided_by_the_days_that_are_left() {
    let quarter = Cycle::new(3, Unit::Month)
        .unwrap()
        .from(day("2026-08-01"))
        .unwrap();
    assert_eq!(quarter.count(), 92);
    let joined = Days::new(day("2026-09-20"), quarter.until()).unwrap();
    let price = eur(9_200);
    assert_eq!(
        prorate(price, quarter, joined).unwrap(),
        eur(4_200),
        "42 days of 92, not 42 of 42"
    );
}

#[test]
fn parts_of_a_month_lose_a_cent() {
    let month = Cycle::MONTH.from(day("2027-03-01")).unwrap();
    let days = [
        ("2027-03-01", "2027-03-11"),
        ("2027-03-11", "2027-03-21"),
        ("2027-03-21", "2027-04-01"),
    ];
    let parts = days.map(|(from, until)| {
        prorate(eur(9_999), month, Days::new(day(from), day(until)).unwrap())
            .unwrap()
            .minor()
    });
    assert_eq!(parts.iter().sum::<i64>(), 9_999, "{parts:?}");
}

#[test]
fn the_preview_says_one_price_and_the_charge_another() {
    let mut club = club();
    let half = discount(1, Off::Percent(50_000)).terms;
    bill(
        &mut club,
        "2026-03-01T08:00:00Z",
        BillingCommand::SetDiscount {
            location: Some(id(1)),
            terms: half,
        },
    )
    .unwrap();
    let owed = vec![session(1, "2026-03-01", 3_333), session(2, "2026-04-01", 5_001)];
    let things: Vec<_> = owed.iter().collect();
    let ask = Ask {
        payer: id(2),
        on: day("2026-03-01"),
        codes: &[],
        owed: &things,
    };
    let mut draft = Draft::default();
    let quoted = club.quote(id(1), &ask, &[], &mut Draft::default()).unwrap();
    let command = BillingCommand::DraftInvoice {
        location: id(1),
        payer: id(2),
        owed: owed.clone(),
        codes: Vec::new(),
        answers: Vec::new(),
    };
    bill(&mut club, "2026-03-01T08:00:00Z", command).unwrap();
    bill(
        &mut club,
        "2026-03-01T08:00:00Z",
        BillingCommand::OpenInvoice {
            invoice: id(1),
            plan: None,
        },
    )
    .unwrap();
    let invoice = club.invoices.get(id(1)).unwrap().clone();
    let again = Invoice::draft(draft.local(), quoted);
    let bytes = |invoice: &Invoice| {
        let mut value = serde_json::to_value(invoice).unwrap();
        for apart in ["id", "number", "state", "due_on"] {
            value.as_object_mut().unwrap().remove(apart);
        }
        for line in value["lines"].as_array_mut().unwrap() {
            line.as_object_mut().unwrap().remove("id");
        }
        value.to_string()
    };
    assert_eq!(bytes(&invoice), bytes(&again));
}

#[test]
fn prices_that_change_under_a_running_run_reach_what_was_billed() {
    let mut club = club();
    for payer in 1..=2 {
        bill(
            &mut club,
            "2026-03-01T08:00:00Z",
            charge(payer, payer, "2026-03-01", 11_900),
        )
        .unwrap();
    }
    let (location, through) = (id(1), day("2026-03-01"));
    let part = |after| BillingCommand::RunInvoices {
        location,
        through,
        after,
        most: 1,
        answers: Vec::new(),
    };
    bill(&mut club, "2026-03-01T09:00:00Z", part(None)).unwrap();
    let first = club.invoices.get(id(1)).unwrap().clone();
    // Rates are not among them: those of a day that is invoiced stay.
    let terms = terms(Prices::Exclusive, Rounding::PerLine);
    let rates = BillingCommand::SetTaxRates {
        location,
        from: day("2026-01-01"),
        terms,
    };
    assert!(bill(&mut club, "2026-03-01T09:00:01Z", rates).is_err());
    let half = discount(1, Off::Percent(50_000)).terms;
    bill(
        &mut club,
        "2026-03-01T09:00:02Z",
        BillingCommand::SetDiscount {
            location: None,
            terms: half,
        },
    )
    .unwrap();
    bill(&mut club, "2026-03-01T09:00:03Z", part(Some(id(1)))).unwrap();
    bill(&mut club, "2026-03-01T09:00:04Z", part(None)).unwrap();
    let totals: Vec<_> = club.invoices.iter().map(|it| it.total.minor()).collect();
    assert_eq!(totals, [11_900, 5_950]);
    assert_eq!(*club.invoices.get(id(1)).unwrap(), first);
}

#[test]
fn what_is_given_back_is_todays_price_instead_of_what_was_charged() {
    let mut house = House::new(Prices::Inclusive, Rounding::PerLine);
    house.discounts = vec![discount(1, Off::Percent(33_333))];
    house.bill(&[owing(7, fee(1, "2027-03-01", 3_100))], "2027-03-01");
    house.discounts.clear();
    let back = house
        .run(
            &[owing(7, credit(1, "2027-03-01", "2027-04-01", -1_000))],
            "2027-03-05",
        )
        .unwrap();
    // 31.00 less 10.33 were charged: the share of 10.00 is 6.67.
    assert_eq!(back[0].total, eur(-667));
    assert_eq!(back[0].lines[0].adjustments[0].source, Source::Charged);
    let mut again = credit(1, "2027-03-01", "2027-04-01", 500);
    let resumed = gym_core::billing::obligation::Component::Resumed(id(1));
    again.key = Key::Period {
        subscription: id(1),
        component: resumed,
        start: day("2027-03-01"),
    };
    assert_eq!(
        house.run(&[owing(7, again)], "2027-03-05").unwrap()[0].total,
        eur(333)
    );
    let other = house
        .run(
            &[owing(7, credit(2, "2027-03-01", "2027-04-01", -1_000))],
            "2027-03-05",
        )
        .unwrap();
    assert!(other.is_empty(), "nothing was charged for that one so far");
}

#[test]
fn a_credit_on_the_same_invoice_as_its_charge_forgets_the_discount() {
    let mut house = House::new(Prices::Inclusive, Rounding::PerLine);
    house.discounts = vec![discount(1, Off::Percent(50_000))];
    let owed = [
        owing(7, credit(1, "2027-03-01", "2027-04-01", -3_100)),
        owing(7, fee(1, "2027-03-01", 3_100)),
    ];
    assert_eq!(house.run(&owed, "2027-03-01").unwrap()[0].total, eur(0));
}

#[test]
fn what_is_given_back_is_given_again_by_the_next_run() {
    let mut house = House::new(Prices::Inclusive, Rounding::PerLine);
    house.bill(&[owing(7, fee(1, "2027-03-11", 3_100))], "2027-03-01");
    let back = owing(7, credit(1, "2027-03-11", "2027-03-21", -1_000));
    let once = house.bill(&[back.clone(), back.clone()], "2027-03-05");
    assert_eq!(once.iter().map(|it| it.total.minor()).sum::<i64>(), -1_000);
    assert!(house.run(&[back], "2027-03-06").unwrap().is_empty());
}

#[test]
fn each_retry_bills_again_because_it_has_a_new_key() {
    let mut club = club();
    bill(
        &mut club,
        "2026-03-01T08:00:00Z",
        charge(2, 1, "2026-03-01", 1_000),
    )
    .unwrap();
    let made: usize = (0..8)
        .map(|_| {
            let events = bill(&mut club, "2026-03-01T09:00:00Z", run_through("2026-03-01")).unwrap();
            events
                .iter()
                .filter(|event| matches!(event, BillingEvent::InvoiceMade(_)))
                .count()
        })
        .sum();
    assert_eq!((made, club.numbers.last(id(1)).invoice), (1, 1));
}

#[test]
fn a_changed_price_bills_the_running_period_again() {
    let mut house = House::new(Prices::Inclusive, Rounding::PerLine);
    house.bill(&[owing(7, fee(1, "2027-03-01", 3_000))], "2027-03-01");
    let mut dearer = fee(1, "2027-03-01", 3_500);
    dearer.plan = Some(id(9));
    assert!(house.run(&[owing(7, dearer)], "2027-03-02").unwrap().is_empty());
}

#[test]
fn a_month_that_is_too_short_moves_the_day_for_good() {
    let starts: Vec<String> = (0..5)
        .map(|k| Cycle::MONTH.start(day("2028-01-31"), k).unwrap().to_string())
        .collect();
    assert_eq!(
        starts,
        [
            "2028-01-31",
            "2028-02-29",
            "2028-03-31",
            "2028-04-30",
            "2028-05-31"
        ]
    );
}
