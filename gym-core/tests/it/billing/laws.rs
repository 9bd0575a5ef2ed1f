//! What holds of any amounts: sums are sums, to the minor unit. `PROPTEST_CASES` sets how many are tried.

use std::collections::BTreeMap;

use gym_core::billing::credit_note::{CreditNote, Remaining, Take};
use gym_core::billing::discount::{Off, percent};
use gym_core::billing::instalment::{Plan, Remainder};
use gym_core::billing::invoice::{Invoice, TaxShare};
use gym_core::billing::obligation::Key;
use gym_core::billing::pricing::{Answer, Change, Operation, Pricing, Request};
use gym_core::billing::run::{Invoiced, Owing, run};
use gym_core::billing::tax::{
    Bearing, Prices, Rounding, TaxCode, TaxComponent, TaxTable, TaxTerms, WHOLE, assess,
};
use gym_core::decision::Draft;
use gym_core::money::Money;
use gym_core::time::{Cycle, Unit};
use proptest::collection::vec;
use proptest::prelude::*;

use super::make::{House, credit, day, discount, eur, fee, id, owing, session, table};

const RATES: [&[u32]; 8] = [
    &[19_000],
    &[7_000],
    &[4_000, 4_500, 375],
    &[],
    &[0],
    &[25_000],
    &[5_000, 9_975],
    &[100_000, 333, 1],
];
const KINDS: [&str; 8] = [
    "membership",
    "class",
    "class_us",
    "free",
    "zero",
    "food",
    "quebec",
    "odd",
];

fn components(rates: &[u32]) -> Vec<TaxComponent> {
    let named = |(n, rate): (usize, &u32)| TaxComponent {
        name: format!("tax {n}"),
        rate: *rate,
    };
    rates.iter().enumerate().map(named).collect()
}

fn tables(prices: Prices, rounding: Rounding) -> Vec<TaxTable> {
    let rates = KINDS
        .iter()
        .zip(RATES)
        .map(|(kind, rates)| (TaxCode::new(kind).unwrap(), components(rates)));
    vec![table(
        1,
        "2020-01-01",
        TaxTerms::new(prices, rounding, rates.collect()).unwrap(),
    )]
}

fn prices() -> impl Strategy<Value = Prices> {
    prop_oneof![Just(Prices::Inclusive), Just(Prices::Exclusive)]
}

fn rounding() -> impl Strategy<Value = Rounding> {
    prop_oneof![Just(Rounding::PerLine), Just(Rounding::PerInvoice)]
}

/// Small amounts, where rounding bites, and large ones.
fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![
        1_i64..200,
        1_i64..100_000,
        Just(33_499),
        Just(24_166),
        1_i64..1_000_000_000_000
    ]
}

/// Charges and credits of a few payers; numbers are those of sessions and subscriptions.
fn owed() -> impl Strategy<Value = Vec<Owing>> {
    let one = (1..4_i64, 0..KINDS.len(), amount(), 0..4_u8);
    vec(one, 1..12).prop_map(|all| {
        let obligations = (1..).zip(all).map(|(number, (payer, kind, minor, of))| {
            let mut owed = match of {
                0 => fee(number, "2027-03-01", minor),
                1 => credit(number, "2027-02-10", "2027-02-20", -minor),
                _ => session(number, "2027-03-01", minor),
            };
            owed.tax = TaxCode::new(KINDS[kind]).unwrap();
            owing(payer, owed)
        });
        obligations.collect()
    })
}

/// What was charged before, of which some of these give back.
fn earlier(owed: &[Owing]) -> Vec<Owing> {
    let back = |it: &&Owing| it.obligation.amount.is_negative();
    let fees = owed.iter().filter(back).map(|it| {
        let Key::Period { subscription, .. } = it.obligation.key else {
            panic!("{it:?}")
        };
        let minor = 2 * it.obligation.amount.minor().abs();
        let mut owed = fee(subscription.get(), "2027-02-10", minor);
        owed.tax = it.obligation.tax.clone();
        owing(it.payer.get(), owed)
    });
    fees.collect()
}

fn offs() -> impl Strategy<Value = Vec<Off>> {
    let off = prop_oneof![
        (1..=WHOLE).prop_map(Off::Percent),
        amount().prop_map(|it| Off::Fixed(eur(it)))
    ];
    vec(off, 0..4)
}

fn house() -> impl Strategy<Value = House> {
    (prices(), rounding(), offs()).prop_map(|(prices, rounding, offs)| {
        let discounts = (1..)
            .zip(offs)
            .map(|(number, off)| discount(number, off))
            .collect();
        House {
            tables: tables(prices, rounding),
            discounts,
            ..House::default()
        }
    })
}

fn cents(amounts: impl IntoIterator<Item = Money>) -> i64 {
    amounts.into_iter().map(Money::minor).sum()
}

/// Every sum of an invoice is the sum of its parts.
fn sums(invoice: &Invoice) {
    let lines = || invoice.lines.iter();
    assert_eq!(cents(lines().map(|it| it.net)), invoice.net.minor());
    assert_eq!(cents(lines().map(|it| it.gross)), invoice.total.minor());
    assert_eq!(cents(invoice.taxes.iter().map(|it| it.tax)), invoice.tax.minor());
    assert_eq!(invoice.net.minor() + invoice.tax.minor(), invoice.total.minor());
    let mut buckets: BTreeMap<(&str, u32), (i64, i64)> = BTreeMap::new();
    for share in lines().flat_map(|it| &it.taxes) {
        let bucket = buckets.entry((&share.name, share.rate)).or_default();
        *bucket = (bucket.0 + share.net.minor(), bucket.1 + share.tax.minor());
    }
    let told = |it: &'_ TaxShare| (it.net.minor(), it.tax.minor());
    let shares = invoice
        .taxes
        .iter()
        .map(|it| ((it.name.as_str(), it.rate), told(it)));
    assert_eq!(shares.collect::<BTreeMap<_, _>>(), buckets);
    for line in lines() {
        assert_eq!(
            line.net.minor() + cents(line.taxes.iter().map(|it| it.tax)),
            line.gross.minor()
        );
        let charged = line.charged().unwrap();
        assert!(
            line.obligation.amount.is_negative() || !charged.is_negative(),
            "below zero: {line:?}"
        );
    }
}

proptest! {
    #![proptest_config(crate::support::soak::cases(256))]

    #[test]
    fn net_and_taxes_make_up_the_gross_and_the_sum_is_rounded_once(
        prices in prices(),
        rounding in rounding(),
        rates in prop::sample::select(RATES.to_vec()),
        amounts in vec((amount(), any::<bool>()), 1..8),
    ) {
        let parts = components(rates);
        let bearing = Bearing { prices, rounding, components: &parts, exempt: false };
        let amounts: Vec<Money> = amounts.into_iter().map(|(it, back)| eur(if back { -it } else { it })).collect();
        let split = assess(&amounts.iter().map(|it| (*it, bearing)).collect::<Vec<_>>()).unwrap();
        for (amount, it) in amounts.iter().zip(&split) {
            prop_assert_eq!(it.net.minor() + cents(it.taxes.iter().map(|it| it.tax)), it.gross.minor());
            let kept = if prices == Prices::Inclusive { it.gross } else { it.net };
            prop_assert_eq!(kept, *amount);
            let sign = amount.minor().signum();
            let with = |it: Money| it.is_zero() || it.minor().signum() == sign;
            prop_assert!(with(it.net) && it.taxes.iter().all(|it| with(it.tax)), "{:?}", it);
        }
        let rate: i128 = rates.iter().map(|it| i128::from(*it)).sum();
        let base = i128::from(WHOLE) + if prices == Prices::Inclusive { rate } else { 0 };
        let exact = |sum: i128| sum * rate;
        let near = |tax: i64, sum: i128| 2 * (i128::from(tax) * base - exact(sum)).abs() <= base;
        let tax = |it: &gym_core::billing::tax::Taxed| cents(it.taxes.iter().map(|it| it.tax));
        if rounding == Rounding::PerInvoice {
            let sum = amounts.iter().map(|it| i128::from(it.minor())).sum();
            prop_assert!(near(split.iter().map(tax).sum(), sum), "{:?}", split);
        } else {
            prop_assert!(amounts.iter().zip(&split).all(|(it, split)| near(tax(split), it.minor().into())));
        }
    }

    #[test]
    fn every_sum_of_an_invoice_is_the_sum_of_its_parts(mut house in house(), owed in owed()) {
        let before = house.bill(&earlier(&owed), "2027-02-10").len() as u64;
        let invoices = house.run(&owed, "2027-03-01").unwrap();
        invoices.iter().for_each(sums);
        let lines: usize = invoices.iter().map(|it| it.lines.len()).sum();
        prop_assert_eq!(lines, owed.len());
        let numbers: Vec<_> = invoices.iter().map(|it| it.number).collect();
        let last = before + invoices.len() as u64;
        prop_assert_eq!(numbers, (before + 1..=last).map(Some).collect::<Vec<_>>());
    }

    #[test]
    fn a_run_is_a_difference_of_sets(mut house in house(), owed in owed(), part in 0_usize..12, turn in 0_usize..12) {
        let before = earlier(&owed);
        house.bill(&before, "2027-02-10");
        let whole = house.run(&owed, "2027-03-01").unwrap();
        let mut turned = owed.clone();
        turned.rotate_left(turn % owed.len());
        prop_assert_eq!(&house.run(&turned, "2027-03-01").unwrap(), &whole, "the order does not matter");
        house.bill(&owed[..part.min(owed.len())], "2027-03-01");
        house.bill(&owed, "2027-03-01");
        prop_assert!(house.run(&owed, "2027-03-01").unwrap().is_empty());
        let mut keys: Vec<Key> = house.invoices.iter().flat_map(Invoice::keys).collect();
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), before.len() + owed.len(), "each once");
    }

    #[test]
    fn credit_notes_telescope_to_the_invoice(
        mut house in house(),
        owed in owed(),
        takes in vec((0_usize..12, 1_u32..=100_000), 0..10),
    ) {
        house.bill(&earlier(&owed), "2027-02-10");
        let invoices = house.bill(&owed, "2027-03-01");
        for invoice in &invoices {
            telescope(invoice, &takes);
        }
    }

    #[test]
    fn instalments_make_up_the_whole(total in 200_i64..1_000_000_000, count in 1_u32..=120, deposit in prop::option::of(1_i64..50), first in any::<bool>()) {
        let remainder = if first { Remainder::First } else { Remainder::Last };
        let plan = Plan { deposit: deposit.map(eur), count, every: Cycle::new(1, Unit::Month).unwrap(), remainder, grace: None };
        let schedule = plan.schedule(eur(total), day("2027-01-31")).unwrap();
        prop_assert_eq!(schedule.total().unwrap(), eur(total));
        let last = schedule.parts().last().unwrap().due_on;
        prop_assert_eq!(schedule.due(eur(0), last).unwrap().now, eur(total));
        let parts = schedule.parts();
        let sizes: Vec<i64> = parts.iter().skip(usize::from(deposit.is_some())).map(|it| it.amount.minor()).collect();
        let each = (total - deposit.unwrap_or(0)) / i64::from(count);
        prop_assert!(sizes.iter().filter(|it| **it != each).count() <= 1);
    }

    #[test]
    fn no_proposal_moves_a_price_out_of_its_bounds(
        owed in owed(),
        operations in vec((0_usize..14, any::<i32>(), -200_000_i64..200_000, any::<bool>()), 0..8),
        floor in 0..=WHOLE,
        above in 0..WHOLE,
    ) {
        let mut house = House { tables: tables(Prices::Inclusive, Rounding::PerLine), ..House::default() };
        house.policy.bounds = gym_core::billing::policy::Bounds { floor, ceiling: WHOLE + above };
        let guests = operations.chunks(2).map(|some| Guest(some.to_vec())).collect::<Vec<_>>();
        let mut terms = house.terms();
        terms.pricing = guests.iter().map(|it| it as &dyn Pricing).collect();
        let invoices = run(&owed, &Invoiced::default(), &mut terms, day("2027-03-01"), 1, &mut Draft::default()).invoices;
        for line in invoices.iter().flat_map(|it| &it.lines) {
            let (list, charged) = (line.obligation.amount, line.charged().unwrap());
            if list.is_negative() {
                prop_assert_eq!(charged, list);
            } else if charged != list {
                prop_assert!(percent(list, floor).unwrap() <= charged && !charged.is_negative());
                prop_assert!(charged <= percent(list, WHOLE + above).unwrap());
            }
        }
        invoices.iter().for_each(sums);
    }

    #[test]
    fn a_key_is_read_as_it_was_written(owed in owed()) {
        for Owing { obligation, .. } in owed {
            prop_assert_eq!(obligation.key.to_string().parse::<Key>().unwrap(), obligation.key);
        }
    }
}

struct Guest(Vec<(usize, i32, i64, bool)>);

impl Pricing for Guest {
    fn name(&self) -> &str {
        "guest"
    }

    fn propose(&self, _: &Request) -> Answer {
        let operation = |it: &(usize, i32, i64, bool)| Operation {
            item: it.0,
            change: if it.3 {
                Change::Percent(it.1 % 150_000)
            } else {
                Change::Amount(eur(it.2))
            },
            text: "guest".to_owned(),
        };
        Answer::of(self.0.iter().map(operation).collect())
    }
}

/// Takes shares of what remains of lines, one note each, then the rest.
fn telescope(invoice: &Invoice, takes: &[(usize, u32)]) {
    let mut notes: Vec<CreditNote> = Vec::new();
    let note = |number: usize, lines| {
        let number = number as u64 + 1;
        CreditNote::of(
            id(number as i64),
            invoice,
            number,
            invoice.issued_on,
            String::new(),
            lines,
        )
        .unwrap()
    };
    for (line, share) in takes {
        let line = &invoice.lines[line % invoice.lines.len()];
        let before: Vec<&CreditNote> = notes.iter().collect();
        let mut left = Remaining::new(invoice, &before).unwrap();
        let part = percent(left.of(line.id).unwrap().gross, *share).unwrap();
        if !part.is_zero() {
            let lines = left
                .take(&[Take {
                    line: line.id,
                    gross: Some(part),
                }])
                .unwrap();
            notes.push(note(notes.len(), lines));
        }
    }
    let before: Vec<&CreditNote> = notes.iter().collect();
    if let Ok(lines) = Remaining::new(invoice, &before).unwrap().take_all() {
        notes.push(note(notes.len(), lines));
    }
    for line in &invoice.lines {
        let of = || {
            notes
                .iter()
                .flat_map(|it| &it.lines)
                .filter(|it| it.line == line.id)
        };
        assert_eq!(cents(of().map(|it| it.net)), line.net.minor());
        assert_eq!(cents(of().map(|it| it.gross)), line.gross.minor());
        for (at, share) in line.taxes.iter().enumerate() {
            assert_eq!(cents(of().map(|it| it.taxes[at].tax)), share.tax.minor());
            let sign = share.tax.minor().signum();
            assert!(
                of().all(|it| it.taxes[at].tax.minor() * sign >= 0),
                "a note took the other way"
            );
        }
    }
    for bucket in &invoice.taxes {
        let shares = notes.iter().flat_map(|it| &it.taxes);
        let same = shares.filter(|it| (&it.name, it.rate) == (&bucket.name, bucket.rate));
        assert_eq!(cents(same.map(|it| it.tax)), bucket.tax.minor());
    }
    assert_eq!(cents(notes.iter().map(|it| it.total)), invoice.total.minor());
}
