//! The first weeks of somebody who buys a membership, on both databases: what it lets them do, and when it does not.

use std::collections::BTreeMap;

use gym_core::billing::BillingCommand;
use gym_core::billing::payment::{Hand, PaymentCommand};
use gym_core::billing::tax::{Prices, Rounding, TaxCode, TaxTerms};
use gym_core::booking::policy::Policy;
use gym_core::check_in::{DoorCommand, DoorRules, Opened};
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::id::{ClassId, LocationId, MemberId, MembershipId};
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::freeze::{Compensation, FreezeReason, FreezeRules};
use gym_core::membership::plan::Terms;
use gym_core::money::{Currency, Money};
use gym_db::{Desk, Failure, Gym};

use crate::scenario::lots::class;
use crate::scenario::{at, id, person};
use crate::support::both;

const START: &str = "2026-03-02T08:00:00Z";

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

fn refused<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> String {
    match outcome {
        Err(Failure::Refused(refusal)) => refusal.to_string(),
        other => panic!("{other:?}"),
    }
}

fn freeze(from: &str, until: &str) -> Command {
    Command::Membership(C::Freeze {
        membership: id(1),
        from: day(from),
        until: Some(day(until)),
        why: FreezeReason::Travel,
    })
}

/// A new club with one plan and classes on 5, 12 and 26 March.
fn club(gym: &Gym) -> LocationId {
    let desk = gym.at(at(START));
    let zone = "Europe/Berlin".parse().unwrap();
    let location = desk.add_location("Mitte", zone, Currency::EUR).unwrap();
    let tax = TaxCode::new("membership").unwrap();
    let rates = BTreeMap::from([(tax.clone(), Vec::new())]);
    let taxes = BillingCommand::SetTaxRates {
        location,
        from: day("2020-01-01"),
        terms: TaxTerms::new(Prices::Inclusive, Rounding::PerLine, rates).unwrap(),
    };
    let terms = Terms {
        freeze: Some(FreezeRules {
            ends_on_return: false,
            ..FreezeRules::free(Compensation::Extend)
        }),
        ..Terms::monthly(Money::new(50_00, Currency::EUR), tax)
    };
    let plan = C::AddType {
        name: "Gold".to_owned(),
        location: None,
        from: day("2026-01-01"),
        terms: Box::new(terms),
    };
    desk.run(&Command::Billing(taxes)).unwrap();
    desk.run(&Command::Membership(plan)).unwrap();
    for day in ["2026-03-05", "2026-03-12", "2026-03-26"] {
        desk.run(&class("Pilates", 1, &format!("{day}T18:00:00")))
            .unwrap();
    }
    location
}

fn sell(desk: &Desk<'_>, member: MemberId, location: LocationId) {
    let sell = C::Sell {
        member,
        of: id(1),
        location,
        start: day("2026-03-02"),
        payer: None,
        intro: false,
    };
    desk.run(&Command::Membership(sell)).unwrap();
}

/// Comes to the door, and says what opened it.
fn come(gym: &Gym, now: &str, member: MemberId, location: LocationId) -> Result<Opened, Failure> {
    let enter = Command::Door(DoorCommand::Enter {
        member,
        location,
        area: None,
        overriding: None,
    });
    let opened = |event: &Event| match event {
        Event::Door(gym_core::check_in::DoorEvent::Entered(visit)) => Some(visit.opened),
        _ => None,
    };
    gym.at(at(now)).expect(&enter, opened)
}

#[test]
fn a_newcomer_books_freezes_comes_back_owes_and_pays() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let location = club(&gym);
        let [soon, away, later]: [ClassId; 3] = [id(1), id(2), id(3)];
        let desk = || gym.at(at(START));
        let ada = desk()
            .add_member(person("Ada"), location, day("2026-03-02"))
            .unwrap();
        assert!(refused(desk().book(ada, soon)).contains("a pass for pilates"));
        sell(&desk(), ada, location);
        desk().book(ada, soon).unwrap();
        desk().book(ada, away).unwrap();

        // A freeze over a booking names it; without the booking it is set, and the day is not bookable.
        let told = refused(desk().run(&freeze("2026-03-10", "2026-03-20")));
        assert!(told.contains("booking 2 on 2026-03-12"), "{told}");
        desk().cancel(ada, away).unwrap();
        desk().run(&freeze("2026-03-10", "2026-03-20")).unwrap();
        let told = refused(desk().book(ada, away));
        assert!(told.contains("frozen until before 2026-03-20"), "{told}");
        assert!(told.contains("from 2026-03-20"), "{told}");
        desk().book(ada, later).unwrap();

        assert_eq!(
            gym.at(at(START))
                .run_invoices(location, day("2026-03-02"))
                .unwrap(),
            1
        );
        let lot = Opened::Lot(id(1));
        assert_eq!(come(&gym, "2026-03-03T08:00:00Z", ada, location).unwrap(), lot);
        let told = refused(come(&gym, "2026-03-12T08:00:00Z", ada, location));
        assert!(told.contains("frozen until before 2026-03-20"), "{told}");
        owes_and_pays(&gym, ada, location, lot);
        let membership: MembershipId = id(1);
        assert_eq!(
            gym.club()
                .unwrap()
                .memberships
                .get(membership)
                .map(|it| it.member),
            Some(ada)
        );
    });
}

/// The first invoice stays open for too long, then for too much; then it is paid.
fn owes_and_pays(gym: &Gym, ada: MemberId, location: LocationId, lot: Opened) {
    let now = "2026-04-06T08:00:00Z";
    let told = refused(come(gym, now, ada, location));
    assert!(told.contains("50.00 EUR"), "{told}");
    let policy = |door| Command::SetPolicy {
        location: Some(location),
        policy: Policy {
            door,
            ..Policy::default()
        },
    };
    let limit = |minor| DoorRules {
        debt_days: None,
        debt_above: Some(Money::new(minor, Currency::EUR)),
        ..DoorRules::default()
    };
    gym.at(at(now)).run(&policy(limit(60_00))).unwrap();
    assert_eq!(come(gym, now, ada, location).unwrap(), lot);
    gym.at(at(now)).run(&policy(limit(40_00))).unwrap();
    assert!(refused(come(gym, now, ada, location)).contains("up to 40.00 EUR"));
    let take = PaymentCommand::Take {
        payer: ada,
        location,
        hand: Hand::Cash,
        amount: Money::new(50_00, Currency::EUR),
        invoice: Some(id(1)),
        reference: None,
    };
    gym.at(at(now)).run(&Command::Payment(take)).unwrap();
    assert_eq!(come(gym, now, ada, location).unwrap(), lot);
}
