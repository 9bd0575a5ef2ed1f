//! Money is read, written, added and split without losing a minor unit.

use gym_core::money::{Currency, Money, MoneyError, allocate};
use proptest::prelude::*;

const SMALLEST: Money = Money::new(i64::MIN, Currency::EUR);
const LARGEST: Money = Money::new(i64::MAX, Currency::EUR);

/// Reads `text` and compares the amount, or the error's sentence, with what is expected.
fn check(text: &str, expected: Result<&str, &str>) {
    let read = text.parse::<Money>();
    let seen = read.as_ref().map(Money::to_string).map_err(MoneyError::to_string);
    assert_eq!(seen.as_deref().map_err(String::as_str), expected, "{text:?}");
}

#[test]
fn amounts_are_read_in_the_decimals_of_their_currency() {
    check("12.34 EUR", Ok("12.34 EUR"));
    check("-0.05 USD", Ok("-0.05 USD"));
    check("-0 EUR", Ok("0.00 EUR"));
    check("12.5 EUR", Ok("12.50 EUR"));
    check("007 EUR", Ok("7.00 EUR"));
    check("1500 JPY", Ok("1500 JPY"));
    check("0.5 KWD", Ok("0.500 KWD"));
    check("1.2345 CLF", Ok("1.2345 CLF"));
    check("92233720368547758.07 EUR", Ok("92233720368547758.07 EUR"));
    check("-92233720368547758.08 EUR", Ok("-92233720368547758.08 EUR"));
}

#[test]
fn what_is_not_an_amount_is_refused_with_a_reason() {
    let not = |text| format!("money: {text:?} is not an amount; expected a text such as \"12.34 EUR\"");
    for text in [
        "", "12.34", "EUR", " EUR", "12. EUR", ".5 EUR", "+1 EUR", "1,5 EUR", "--1 EUR", "1e3 EUR",
    ] {
        check(text, Err(&not(text)));
    }
    check(
        "12.345 EUR",
        Err("money: \"12.345 EUR\" has too many decimals; EUR has 2"),
    );
    check(
        "5.0 JPY",
        Err("money: \"5.0 JPY\" has too many decimals; JPY has 0"),
    );
    let unknown = |code| {
        format!(
            "currency: {code:?} is not a current ISO 4217 code with minor units; expected one such as \"EUR\""
        )
    };
    for code in ["eur", "EURO", "DEM", "XAU", "XXX", "", " EUR"] {
        check(&format!("1 {code}"), Err(&unknown(code)));
    }
    check(
        "92233720368547758.08 EUR",
        Err(
            "money: 92233720368547758.08 EUR is out of range; expected an amount that fits 64 bits of minor units",
        ),
    );
}

#[test]
fn arithmetic_is_checked() {
    let (euro, yen) = (Money::new(100, Currency::EUR), Money::new(100, Currency::JPY));
    assert_eq!(euro.checked_add(euro), Ok(Money::new(200, Currency::EUR)));
    assert_eq!(euro.checked_sub(euro), Ok(Money::zero(Currency::EUR)));
    assert_eq!(euro.checked_mul(-3), Ok(Money::new(-300, Currency::EUR)));
    let mismatch = MoneyError::CurrencyMismatch {
        left: euro,
        right: yen,
    };
    assert_eq!(
        mismatch.to_string(),
        "money: 1.00 EUR and 100 JPY are in different currencies; expected one currency"
    );
    assert_eq!(euro.checked_add(yen), Err(mismatch.clone()));
    assert_eq!(euro.checked_sub(yen), Err(mismatch));
    for beyond in [
        LARGEST.checked_add(euro),
        SMALLEST.checked_sub(euro),
        SMALLEST.checked_neg(),
        SMALLEST.checked_mul(-1),
        Money::sum(Currency::EUR, [LARGEST, euro]),
    ] {
        assert!(matches!(beyond, Err(MoneyError::Overflow(_))), "{beyond:?}");
    }
    assert_eq!(
        Money::sum(Currency::EUR, [LARGEST, LARGEST, SMALLEST, SMALLEST]),
        Ok(Money::new(-2, Currency::EUR))
    );
    assert_eq!(euro.partial_cmp(&yen), None);
    assert!(SMALLEST < euro && euro < LARGEST);
}

#[test]
fn the_list_of_currencies_is_sorted_and_whole() {
    assert_eq!(Currency::all().len(), 165);
    assert!(Currency::all().is_sorted_by(|a, b| a.code() < b.code()));
    let with = |decimals| {
        Currency::all()
            .iter()
            .filter(|c| c.decimals() == decimals)
            .count()
    };
    assert_eq!([with(0), with(2), with(3), with(4)], [17, 139, 7, 2]);
}

#[test]
fn money_travels_as_minor_units_and_a_code() {
    let json = r#"{"minor":-1234,"currency":"KWD"}"#;
    let money: Money = serde_json::from_str(json).unwrap();
    assert_eq!(money.to_string(), "-1.234 KWD");
    assert_eq!(serde_json::to_string(&money).unwrap(), json);
    for bad in [
        r#"{"minor":1.5,"currency":"EUR"}"#,
        r#"{"minor":1,"currency":"DEM"}"#,
    ] {
        assert!(serde_json::from_str::<Money>(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_earliest_of_equal_remainders_gets_the_odd_cent() {
    let split = |minor, weights: &[u64]| {
        let parts = allocate(Money::new(minor, Currency::EUR), weights).unwrap();
        parts.into_iter().map(Money::minor).collect::<Vec<_>>()
    };
    assert_eq!(split(100, &[1, 1, 1]), [34, 33, 33]);
    assert_eq!(split(-100, &[1, 1, 1]), [-34, -33, -33]);
    assert_eq!(split(5, &[0, 1, 1]), [0, 3, 2]);
    assert_eq!(split(1, &[1, 3]), [0, 1]);
    assert_eq!(split(i64::MIN, &[0, u64::MAX]), [0, i64::MIN]);
    let nobody = allocate(Money::new(5, Currency::EUR), &[0, 0]).unwrap_err();
    assert_eq!(
        nobody.to_string(),
        "weights: the weights of 0.05 EUR add up to 0; expected at least one weight above 0"
    );
    assert!(allocate(Money::zero(Currency::EUR), &[]).is_err());
}

fn currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(Currency::all())
}

fn weights() -> impl Strategy<Value = Vec<u64>> {
    let weight = prop_oneof![Just(0), 0..10_u64, any::<u64>()];
    prop::collection::vec(weight, 1..12).prop_filter("somebody gets a part", |w| w.iter().any(|w| *w > 0))
}

proptest! {
    #![proptest_config(crate::support::soak::cases(256))]

    #[test]
    fn text_and_json_round_trip(minor in any::<i64>(), currency in currency()) {
        let money = Money::new(minor, currency);
        prop_assert_eq!(money.to_string().parse::<Money>(), Ok(money));
        let json = serde_json::to_string(&money).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
    }

    #[test]
    fn no_text_panics(text in "[-+. 0-9A-Z]{0,24}") {
        if let Ok(money) = text.parse::<Money>() {
            prop_assert_eq!(money.to_string().parse::<Money>(), Ok(money));
        }
    }

    #[test]
    fn parts_sum_to_the_whole(minor in any::<i64>(), currency in currency(), weights in weights()) {
        let total = Money::new(minor, currency);
        let parts = allocate(total, &weights).unwrap();
        prop_assert_eq!(parts.len(), weights.len());
        prop_assert_eq!(Money::sum(currency, parts.iter().copied()), Ok(total));
        let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
        for (part, weight) in parts.iter().zip(&weights) {
            // |part − total × weight / sum| < 1, without dividing; zero weights get zero.
            let (exact, given) = (i128::from(minor) * i128::from(*weight), i128::from(part.minor()));
            prop_assert!((given - exact / sum).abs() <= 1);
            prop_assert!(*weight > 0 || part.is_zero());
        }
    }

    #[test]
    fn a_larger_weight_never_gets_less(minor in 0..i64::MAX, weights in weights()) {
        let parts = allocate(Money::new(minor, Currency::EUR), &weights).unwrap();
        for (a, left) in parts.iter().zip(&weights) {
            for (b, right) in parts.iter().zip(&weights) {
                prop_assert!(left <= right || a >= b);
            }
        }
    }

    #[test]
    fn splitting_a_credit_mirrors_splitting_a_charge(minor in 1..i64::MAX, weights in weights()) {
        let charge = allocate(Money::new(minor, Currency::EUR), &weights).unwrap();
        let credit = allocate(Money::new(-minor, Currency::EUR), &weights).unwrap();
        let mirrored: Vec<_> = charge.into_iter().map(|part| part.checked_neg().unwrap()).collect();
        prop_assert_eq!(credit, mirrored);
    }

    /// A share is the nearest minor unit, of two the one away from zero, and its sign is that of the amount and the part.
    #[test]
    fn a_share_is_as_near_as_minor_units_are(minor in any::<i64>(), part in -1_000_i128..1_000, of in -1_000_i128..1_000) {
        let whole = Money::new(minor, Currency::EUR);
        if of == 0 {
            prop_assert_eq!(whole.share(part, of), Err(MoneyError::NoWeight(whole)));
        } else if let Ok(share) = whole.share(part, of) {
            let exact = i128::from(minor) * part * of.signum();
            let off = i128::from(share.minor()) * of.abs() - exact;
            prop_assert!(2 * off.abs() <= of.abs());
            prop_assert!(2 * off.abs() < of.abs() || off.signum() == exact.signum() || off == 0, "{share}");
        } else {
            prop_assert!((i128::from(minor) * part / of).abs() >= i128::from(i64::MAX));
        }
    }

    #[test]
    fn adding_then_subtracting_is_nothing(a in any::<i32>(), b in any::<i32>()) {
        let (a, b) = (Money::new(a.into(), Currency::GBP), Money::new(b.into(), Currency::GBP));
        prop_assert_eq!(a.checked_add(b), b.checked_add(a));
        prop_assert_eq!(a.checked_add(b).unwrap().checked_sub(b), Ok(a));
    }
}
