//! What is set or sold can be charged: a kind of thing has a rate, an amount the currency of the place, and keeps it.

use std::collections::BTreeMap;

use gym_core::billing::BillingCommand as B;
use gym_core::billing::obligation::{Charged, Key, Obligation};
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxComponent, TaxTerms};
use gym_core::booking::Consequence;
use gym_core::booking::policy::{PenaltyRules, Policy};
use gym_core::command::Command;
use gym_core::id::*;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::plan::{Reach, Terms};
use gym_core::money::{Currency, Money};
use gym_core::schedule::availability::WeeklyHours;
use gym_core::shop::{Item, ShopCommand};

use super::{Hall, day, days, eur, monthly};

fn code(text: &str) -> TaxCode {
    TaxCode::new(text).unwrap()
}

fn of(kind: &str) -> Terms {
    Terms {
        tax: code(kind),
        ..monthly(50_00)
    }
}

fn rates(codes: &[(&str, u32)]) -> TaxTerms {
    let part = |rate| TaxComponent {
        name: "VAT".to_owned(),
        rate,
    };
    let rates = codes.iter().map(|(it, rate)| (code(it), vec![part(*rate)]));
    TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates.collect()).unwrap()
}

fn set(location: LocationId, from: &str, terms: TaxTerms) -> Command {
    Command::Billing(B::SetTaxRates {
        location,
        from: day(from),
        terms,
    })
}

fn dollars(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

impl Hall {
    /// Runs a command that must be refused, and returns the sentences.
    fn never(&mut self, command: &Command) -> String {
        let refusal = self.gym.refused(command);
        let told = refusal.reasons.iter().map(|it| it.sentence(refusal.zone));
        told.collect::<Vec<_>>().join("; ")
    }

    fn overseas(&mut self) -> LocationId {
        self.gym.ok(&Command::AddLocation {
            name: "Harlem".to_owned(),
            zone: chrono_tz::America::New_York,
            currency: Currency::USD,
            hours: WeeklyHours::default(),
        });
        self.gym.club.locations.iter().next_back().unwrap().id
    }
}

#[test]
fn a_plan_is_refused_whose_kind_has_no_rate_and_sold_only_where_it_has_one() {
    let mut hall = Hall::new();
    let ada = hall.gym.member("Ada");
    let (place, none) = (hall.gym.place, hall.gym.location("Nord", "Europe/Berlin"));
    let add = |location, terms| C::AddType {
        name: "Gold".to_owned(),
        location,
        from: day("2027-01-01"),
        terms: Box::new(terms),
    };
    let missing = "tax code: sauna has no rate at location 1 on 2027-01-01; expected one of its codes";
    for location in [Some(place), None] {
        assert_eq!(hall.no(add(location, of("sauna"))), missing);
    }
    let gold = hall.add_type("Gold", of("membership"));
    let sell = |location| C::Sell {
        member: ada,
        of: gold,
        location,
        start: day("2027-01-01"),
        payer: None,
        intro: false,
    };
    assert!(
        hall.no(sell(none))
            .contains("location 2 has no rates on 2027-01-01")
    );
    hall.gym.rates(none, &["sauna"]);
    assert!(
        hall.no(sell(none))
            .contains("membership has no rate at location 2")
    );
    hall.ok(sell(place));
}

#[test]
fn a_new_version_has_a_rate_wherever_it_comes_to_be_paid() {
    let mut hall = Hall::new();
    let ada = hall.gym.member("Ada");
    let gold = hall.add_type("Gold", of("membership"));
    let revise = |reach, terms| C::Revise {
        of: gold,
        from: day("2027-03-01"),
        reach,
        terms: Box::new(terms),
    };
    assert!(
        hall.no(revise(Reach::Running, of("sauna")))
            .contains("sauna has no rate")
    );
    // One for sales alone may be of another cycle; then no other reaches those who are on either.
    let mut short = hall.clone();
    let weekly = Terms {
        cycle: days(7),
        ..of("membership")
    };
    short.ok(revise(Reach::Sales, weekly.clone()));
    assert!(short.no(revise(Reach::Running, weekly)).contains("as before"));
    let place = hall.gym.place;
    hall.gym.ok(&set(
        place,
        "2027-03-01",
        rates(&[("membership", 19_000), ("sauna", 7_000)]),
    ));
    hall.ok(revise(Reach::Running, of("sauna")));
    // Elsewhere the plan that is sold today has a rate, and the one that takes its place has none.
    let there = hall.gym.location("Nord", "Europe/Berlin");
    hall.gym.rates(there, &["membership"]);
    let sell = |location| C::Sell {
        member: ada,
        of: gold,
        location,
        start: day("2027-01-01"),
        payer: None,
        intro: false,
    };
    assert_eq!(
        hall.no(sell(there)),
        "tax code: sauna has no rate at location 2 on 2027-03-01; expected one of its codes"
    );
    hall.ok(sell(place));
}

#[test]
fn what_has_a_rate_keeps_one() {
    let mut hall = Hall::new();
    let place = hall.gym.place;
    let told = |from| {
        format!(
            "tax code: membership has no rate at location 1 from {from} on; expected one, as it is charged there, and a \
             code without components bears no tax"
        )
    };
    let dropped = set(place, "2027-06-01", rates(&[("food", 7_000)]));
    assert_eq!(hall.never(&dropped), told("2027-06-01"));
    // Nor is there one for a time alone.
    let more = rates(&[("membership", 19_000), ("food", 7_000)]);
    hall.gym
        .ok(&set(place, "2027-06-01", rates(&[("membership", 16_000)])));
    let said = hall.never(&set(place, "2027-03-01", more.clone()));
    assert!(
        said.contains("food has no rate at location 1 from 2027-06-01"),
        "{said}"
    );
    hall.gym.ok(&set(place, "2027-06-01", more.clone()));
    hall.gym.ok(&set(place, "2027-03-01", more));
}

#[test]
fn rates_of_days_that_are_invoiced_stay_as_they_were() {
    let (mut hall, _) = Hall::with("2027-03-01", monthly(31_00));
    let (place, through) = (hall.gym.place, day("2027-03-01"));
    hall.gym.ok(&Command::Billing(B::RunInvoices {
        location: place,
        through,
        after: None,
        most: 10,
        answers: Vec::new(),
    }));
    hall.on("2027-03-10");
    let vat = || rates(&[("membership", 19_000)]);
    for from in ["2027-01-01", "2027-03-01"] {
        let said = hall.never(&set(place, from, vat()));
        assert_eq!(
            said,
            format!(
                "from: {from} is not accepted; expected a day after 2027-03-01, the last day of supply at location 1 \
                 that is invoiced"
            )
        );
    }
    hall.gym.ok(&set(place, "2027-03-02", vat()));
    // A kind of thing that is new changes nothing.
    let mut all: BTreeMap<TaxCode, Vec<TaxComponent>> = BTreeMap::new();
    all.insert(code("membership"), Vec::new());
    all.insert(code("food"), Vec::new());
    let early = TaxTerms::new(Prices::Inclusive, Rounding::PerLine, all).unwrap();
    let said = hall.never(&set(place, "2027-01-01", early.clone()));
    assert!(
        said.contains("food has no rate at location 1 from 2027-03-02 on"),
        "{said}"
    );
    hall.gym.ok(&set(
        place,
        "2027-03-02",
        rates(&[("membership", 19_000), ("food", 7_000)]),
    ));
    hall.gym.ok(&set(place, "2027-01-01", early));
}

#[test]
fn fees_of_penalties_are_in_the_currency_of_the_place_and_have_a_rate() {
    let mut hall = Hall::new();
    let levy = |location, fee| Command::SetPolicy {
        location,
        policy: Policy {
            penalties: PenaltyRules {
                no_show: Consequence::Fee(fee),
                ..PenaltyRules::default()
            },
            ..Policy::default()
        },
    };
    let place = hall.gym.place;
    let said = hall.never(&levy(Some(place), dollars(500)));
    assert!(
        said.contains("penalties.no_show: 5.00 USD is not accepted; expected an amount in EUR"),
        "{said}"
    );
    assert!(said.contains("fee has no rate at location 1"), "{said}");
    hall.gym.rates(place, &["membership", "fee"]);
    hall.gym.ok(&levy(Some(place), eur(500)));
    hall.gym.ok(&levy(None, eur(700)));
    let there = hall.overseas();
    let said = hall.never(&levy(None, eur(800)));
    assert!(said.contains("in USD, the currency of location 2"), "{said}");
    // Where a common fee cannot be levied there are no classes.
    let mut offering = hall.gym.offering(5);
    offering.location = there;
    let class = Command::AddClass {
        offering,
        start: crate::support::civil("2027-02-01T18:00"),
    };
    assert!(hall.never(&class).contains("penalties.no_show: 7.00 EUR"));
    hall.gym.rates(there, &["fee"]);
    hall.gym.ok(&levy(Some(there), dollars(500)));
    hall.gym.ok(&class);
    let fewer = set(there, "2028-01-01", rates(&[("membership", 0)]));
    assert!(hall.never(&fewer).contains("fee has no rate at location 2"));
}

#[test]
fn goods_and_charges_have_a_rate_and_a_basket_tells_all_that_is_wrong() {
    let mut hall = Hall::new();
    let (place, ada) = (hall.gym.place, hall.gym.member("Ada"));
    let product = |tax: &str, prices: &[(LocationId, Money)]| ShopCommand::AddProduct {
        name: "Bar".to_owned(),
        tax: code(tax),
        may_go_negative: false,
        prices: prices.iter().copied().collect(),
    };
    let shop = |hall: &mut Hall, command| hall.never(&Command::Shop(command));
    let bar = product("food", &[(place, eur(250))]);
    assert!(shop(&mut hall, bar).contains("food has no rate at location 1"));
    hall.gym.ok(&Command::Shop(product("food", &[])));
    let price = ShopCommand::SetPrice {
        product: ProductId::new(1).unwrap(),
        location: place,
        price: Some(eur(250)),
    };
    assert!(shop(&mut hall, price).contains("food has no rate at location 1"));
    hall.gym
        .ok(&Command::Shop(product("membership", &[(place, eur(250))])));
    let item = |product, quantity| Item {
        product: ProductId::new(product).unwrap(),
        quantity,
    };
    let basket = ShopCommand::Sell {
        location: place,
        buyer: MemberId::new(9).unwrap(),
        items: vec![item(1, 1), item(2, 3), item(7, 1)],
        paid: None,
    };
    let said = shop(&mut hall, basket);
    for part in [
        "there is no member 9",
        "product 1 has no price",
        "0 pieces of product 2",
        "there is no product 7",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let gold = hall.add_type("Gold", of("membership"));
    let charged = Charged::Membership(hall.sell(ada, gold, "2027-01-01"));
    let charge = Command::Billing(B::Charge {
        location: place,
        payer: ada,
        obligation: Obligation {
            key: Key::Once(charged),
            charged,
            plan: None,
            days: None,
            due_on: day("2027-01-01"),
            amount: eur(100),
            tax: code("sauna"),
            text: "Sauna".to_owned(),
        },
    });
    assert!(hall.never(&charge).contains("sauna has no rate at location 1"));
}
