//! Prices that are set, and codes that pricings are told.

use gym_core::billing::policy::{Bounds, Stacking};
use gym_core::billing::pricing::{Change, Operation};
use gym_core::billing::quote::Ask;
use gym_core::fact::Fact;
use gym_core::money::{Currency, Money};

use super::{Says, day, dropped, eur, grosses, house, id, operation, quote, session};

#[test]
fn a_price_that_is_set_stands_in_the_place_of_the_list_price() {
    let set = |minor| operation(0, Change::Price(eur(minor)));
    let alone = quote(&house(), &[&Says("guest", Ok(vec![set(1_234)]))]);
    assert_eq!(grosses(&alone), [1_234, 1_000]);
    let with_amount = vec![operation(0, Change::Amount(eur(-34))), set(1_234)];
    assert_eq!(
        grosses(&quote(&house(), &[&Says("guest", Ok(with_amount))])),
        [1_200, 1_000]
    );
    let free = Bounds {
        floor: 0,
        ceiling: 200_000,
    };
    let sentence = "item 0: its price is set, and changed by a share or set again; expected it to be set once, and no share";
    let share = operation(0, Change::Percent(-50_000));
    for operations in [
        vec![set(1_000), set(1_000)],
        vec![set(1_500), share.clone()],
        vec![share, set(1_500)],
    ] {
        dropped(free, operations, sentence);
    }
    let usd = Change::Price(Money::new(1, Currency::USD));
    dropped(
        free,
        vec![operation(0, usd)],
        "item 0: 0.01 USD is not accepted; expected EUR",
    );
    dropped(
        free,
        vec![set(-1)],
        "item 0: -0.01 EUR is not accepted; expected at least 0.00 EUR",
    );
}

#[test]
fn of_several_that_set_a_price_the_first_counts() {
    let sets = |name, minor| Says(name, Ok(vec![operation(0, Change::Price(eur(minor)))]));
    let share = Says("share", Ok(vec![operation(0, Change::Percent(-10_000))]));
    let both = quote(&house(), &[&sets("one", 1_000), &share, &sets("other", 1_000)]);
    assert_eq!(grosses(&both), [800, 1_000], "10.00, and a tenth of 20.00 less");
    assert_eq!(
        both.dropped[0].why.to_string(),
        "item 0: its price was set by one"
    );
    let unchanged = quote(&house(), &[&sets("one", 2_000), &sets("other", 1_500)]);
    assert_eq!(
        grosses(&unchanged),
        [2_000, 1_000],
        "it says that the list price is the price"
    );
    let mut house = house();
    house.policy.stacking = Stacking::Best;
    assert_eq!(
        grosses(&quote(&house, &[&sets("one", 1_500), &sets("other", 1_000)])),
        [1_000, 1_000]
    );
}

#[test]
fn a_pricing_is_told_which_codes_were_given() {
    let (house, owed) = (house(), [session(1, "2027-03-02", 2_000)]);
    let owed: Vec<_> = owed.iter().collect();
    let codes = ["TEN", "SPRING 10", "no\u{202e}code", "TEN"].map(str::to_owned);
    let request = house.terms().request(&Ask {
        payer: id(7),
        on: day("2027-03-01"),
        codes: &codes,
        owed: &owed,
    });
    let text = |text: &str| Fact::Text(text.to_owned());
    let told: Vec<_> = request.facts.iter().collect();
    assert_eq!(told, [("code.1", &text("SPRING 10")), ("code.2", &text("TEN"))]);
}

#[test]
fn what_moves_or_hides_the_text_around_it_is_no_text() {
    let free = Bounds {
        floor: 0,
        ceiling: 200_000,
    };
    for text in ["Yoga \u{202e}00.1", "Yoga\u{2028}", "\u{200b}", " "] {
        let turned = Operation {
            text: text.to_owned(),
            ..operation(0, Change::Percent(-10_000))
        };
        let sentence = "item 0: the text is not accepted; expected 1 to 200 characters on one line";
        dropped(free, vec![turned], sentence);
    }
}
