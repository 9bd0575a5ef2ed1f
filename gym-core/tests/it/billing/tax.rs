//! Taxes: by place, day and code, inclusive or not, rounded by line or by invoice.

use std::collections::{BTreeMap, BTreeSet};

use gym_core::billing::Objection;
use gym_core::billing::certificate::{Certificate, Shows};
use gym_core::billing::tax::{Prices, Rounding, TaxBook, TaxComponent, TaxTerms, Taxed};
use gym_core::money::Money;

use super::make::{House, code, components, day, eur, fee, id, owing, session, table, terms};

fn shown(split: &[Taxed]) -> Vec<String> {
    let cents = |it: Money| it.minor();
    split
        .iter()
        .map(|it| {
            let taxes: Vec<i64> = it.taxes.iter().map(|share| cents(share.tax)).collect();
            format!("{} {taxes:?} {}", cents(it.net), cents(it.gross))
        })
        .collect()
}

fn check(prices: Prices, rounding: Rounding, amounts: &[(&str, i64)], expected: &[&str]) {
    let amounts: Vec<_> = amounts.iter().map(|(code, minor)| (*code, eur(*minor))).collect();
    let split = terms(prices, rounding).split(&amounts).unwrap();
    assert_eq!(shown(&split), expected, "{amounts:?}");
}

#[test]
fn an_inclusive_price_holds_its_tax() {
    let (prices, rounding) = (Prices::Inclusive, Rounding::PerLine);
    check(prices, rounding, &[("membership", 4990)], &["4193 [797] 4990"]);
    check(
        prices,
        rounding,
        &[("book", 100), ("free", 100)],
        &["93 [7] 100", "100 [] 100"],
    );
    check(
        prices,
        rounding,
        &[("membership", -4990)],
        &["-4193 [-797] -4990"],
    );
    check(
        prices,
        rounding,
        &[("membership", 0), ("membership", 1)],
        &["0 [0] 0", "1 [0] 1"],
    );
}

#[test]
fn tax_comes_on_top_of_an_exclusive_price() {
    let (prices, rounding) = (Prices::Exclusive, Rounding::PerLine);
    check(prices, rounding, &[("membership", 4193)], &["4193 [797] 4990"]);
    // 8.875 % of 99.99 is 8.8741: 4 % of State, 4.5 % of City and 0.375 % of Transit share 8.87.
    check(
        prices,
        rounding,
        &[("class_us", 9999)],
        &["9999 [400, 450, 37] 10886"],
    );
}

#[test]
fn rounding_per_invoice_rounds_the_sum_and_the_lines_get_parts() {
    // Per line 19 % of 0.13 is 2.47 cents, so 2 each; of the sum it is 7.41, so 7.
    let amounts = [("membership", 13), ("class", 13), ("membership", 13)];
    check(
        Prices::Exclusive,
        Rounding::PerLine,
        &amounts,
        &["13 [2] 15", "13 [2] 15", "13 [2] 15"],
    );
    check(
        Prices::Exclusive,
        Rounding::PerInvoice,
        &amounts,
        &["13 [3] 16", "13 [2] 15", "13 [2] 15"],
    );
}

#[test]
fn charges_and_credits_on_one_invoice_round_to_the_sum() {
    let amounts = [("membership", 1000), ("membership", -333), ("class", -333)];
    check(
        Prices::Exclusive,
        Rounding::PerInvoice,
        &amounts,
        &["1000 [190] 1190", "-333 [-64] -397", "-333 [-63] -396"],
    );
}

#[test]
fn rates_that_cannot_be_are_told() {
    let wrong = |parts: &[(&str, u32)]| {
        let rates = BTreeMap::from([(code("class"), components(parts))]);
        TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        wrong(&[("VAT", 1), ("VAT", 2)]),
        "tax rates: class: \"VAT\" is not accepted; expected names of 1 to 40 characters, each once"
    );
    assert!(wrong(&[("", 1)]).contains("\"\""));
    assert!(
        wrong(&[("VAT", 600_000), ("City", 600_000)])
            .contains("1200000 is not accepted; expected at most 1000 %")
    );
    assert!(wrong(&[("VAT", 1); 9]).contains("at most 8 components"));
    let json = r#"{"prices":"inclusive","rounding":"per_line","rates":{"class":[{"name":"","rate":1}]}}"#;
    assert!(
        serde_json::from_str::<TaxTerms>(json)
            .unwrap_err()
            .to_string()
            .contains("1 to 40 characters")
    );
}

#[test]
fn the_rate_is_that_of_the_day_of_supply_at_the_place() {
    let reduced = |rate| {
        let rates = BTreeMap::from([(
            code("membership"),
            vec![TaxComponent {
                name: "VAT".to_owned(),
                rate,
            }],
        )]);
        TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates).unwrap()
    };
    // As Germany did for the second half of 2020 (Zweites Corona-Steuerhilfegesetz, BGBl. I 2020, 1512).
    let mut tables = vec![
        table(1, "2007-01-01", reduced(19_000)),
        table(2, "2020-07-01", reduced(16_000)),
        table(3, "2021-01-01", reduced(19_000)),
    ];
    tables.push(gym_core::billing::tax::TaxTable {
        location: id(2),
        ..table(4, "2000-01-01", reduced(25_000))
    });
    tables.reverse();
    let book = TaxBook::new(id(1), &tables, &[]);
    let rate = |on: &str| {
        book.bearing(id(1), &code("membership"), day(on))
            .unwrap()
            .components[0]
            .rate
    };
    let days = ["2020-06-30", "2020-07-01", "2020-12-31", "2021-01-01"];
    assert_eq!(days.map(rate), [19_000, 16_000, 16_000, 19_000]);
    let missing = book.bearing(id(1), &code("food"), day("2021-01-01")).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "tax code: food has no rate at location 1 on 2021-01-01; expected one of its codes"
    );
    let early = book
        .bearing(id(1), &code("membership"), day("2006-12-31"))
        .unwrap_err();
    assert_eq!(
        early,
        Objection::NoRates {
            location: id(1),
            day: day("2006-12-31")
        }
    );
}

#[test]
fn an_exemption_counts_for_its_days_and_kinds_and_leaves_the_net() {
    let mut house = House::new(Prices::Inclusive, Rounding::PerLine);
    house.certificates.push(Certificate {
        id: id(1),
        member: id(7),
        shows: Shows::Exemption(BTreeSet::from([code("membership")])),
        reference: "embassy 12".to_owned(),
        from: day("2027-02-01"),
        until: Some(day("2027-02-28")),
    });
    let owed =
        ["2027-01-31", "2027-02-01", "2027-02-28", "2027-03-01"].map(|start| owing(7, fee(1, start, 11_900)));
    let invoice = house.run(&owed, "2027-03-01").unwrap().remove(0);
    let gross: Vec<i64> = invoice.lines.iter().map(|line| line.gross.minor()).collect();
    assert_eq!(gross, [11_900, 10_000, 10_000, 11_900]);
    assert_eq!(invoice.lines[1].taxes[0].rate, 0);
    let buckets: Vec<_> = invoice
        .taxes
        .iter()
        .map(|it| (it.rate, it.net.minor(), it.tax.minor()))
        .collect();
    assert_eq!(buckets, [(0, 20_000, 0), (19_000, 20_000, 3_800)]);
    let other = house.run(
        &[
            owing(7, session(1, "2027-02-03", 11_900)),
            owing(8, fee(2, "2027-02-03", 11_900)),
        ],
        "2027-03-01",
    );
    assert!(other.unwrap().iter().all(|it| it.tax == eur(1_900)));
}
