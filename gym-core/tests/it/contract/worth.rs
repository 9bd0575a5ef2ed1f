//! What a visit by a membership is worth for who gave the class, and when that is known.

use std::collections::BTreeMap;

use gym_core::billing::BillingCommand;
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxTerms};
use gym_core::command::{Book, Command};
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::plan::{Allowance, Reach, Terms};
use gym_core::payroll::{Basis, Delivered, NotYet, Terms as Pay, Work};
use gym_core::time::Cycle;

use super::cover::hall;
use super::{Hall, day, eur, monthly};

fn four_a_month() -> Terms {
    Terms {
        allowance: Some(Allowance {
            uses: 4,
            per: Cycle::MONTH,
            carry: None,
        }),
        ..monthly(31_00)
    }
}

/// A class on 6 April that Ada has come to, by a membership whose allowance is five a month from April on.
fn given() -> (Hall, Work) {
    let (mut hall, _, ada) = hall(four_a_month());
    let (location, from) = (hall.gym.place, day("2027-01-01"));
    let rates = BTreeMap::from([(TaxCode::new("membership").unwrap(), Vec::new())]);
    let terms = TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates).unwrap();
    hall.gym.ok(&Command::Billing(BillingCommand::SetTaxRates {
        location,
        from,
        terms,
    }));
    let of = hall.gym.club.membership_types.iter().next().unwrap().id;
    hall.ok(C::Revise {
        of,
        from: day("2027-04-01"),
        reach: Reach::Running,
        terms: Box::new(Terms {
            allowance: Some(Allowance {
                uses: 5,
                per: Cycle::MONTH,
                carry: None,
            }),
            ..four_a_month()
        }),
    });
    let offering = gym_core::schedule::class::Offering {
        trainer: Some(hall.gym.trainer("Tessa")),
        ..hall.gym.offering(9)
    };
    let class = hall.gym.class_of("2027-04-06T18:00", offering);
    hall.on("2027-04-05");
    hall.gym.ok(&Command::Book(Book::one(ada, class)));
    hall.gym.at("2027-04-06T15:55:00Z");
    hall.gym.check_in(ada, class);
    hall.gym.at("2027-04-06T18:00:00Z");
    (hall, Work::Class(class))
}

fn delivered(hall: &Hall, work: Work) -> Delivered {
    let place = hall.gym.club.locations.get(hall.gym.place).unwrap();
    hall.gym.club.delivered(work, place, hall.gym.now).unwrap()
}

fn bill(hall: &mut Hall, through: &str) {
    let location = hall.gym.place;
    hall.gym.ok(&Command::Billing(BillingCommand::RunInvoices {
        location,
        through: day(through),
        after: None,
        most: 100,
        answers: Vec::new(),
    }));
}

#[test]
fn a_visit_is_worth_its_part_of_what_is_allowed_when_it_is() {
    let (mut hall, work) = given();
    bill(&mut hall, "2027-04-06");
    let work = delivered(&hall, work);
    assert_eq!(
        (work.covered, work.unpaid, work.unbilled),
        (eur(6_20), eur(6_20), eur(0))
    );
}

#[test]
fn pay_waits_for_the_fee_of_the_month_to_be_invoiced() {
    let (mut hall, work) = given();
    // Of the month before an invoice is there already.
    bill(&mut hall, "2027-03-31");
    let share = Pay::new(Basis::Share { per_mille: 500 });
    let missing = eur(6_20);
    let before = delivered(&hall, work);
    assert_eq!((before.covered, before.unbilled), (eur(0), missing));
    assert_eq!(share.gate(&before), Some(NotYet::NotBilled { missing }));
    assert_eq!(
        Pay::new(Basis::Each(eur(1))).gate(&before),
        None,
        "by the head nothing waits"
    );
    bill(&mut hall, "2027-04-06");
    let after = delivered(&hall, work);
    assert_eq!(share.gate(&after), None);
    assert_eq!(after.revenue, missing);
}
