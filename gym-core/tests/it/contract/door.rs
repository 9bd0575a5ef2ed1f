//! What a membership opens, and who signs for a member who is not of age.

use gym_core::booking::refusal::Code;
use gym_core::check_in::DoorCommand;
use gym_core::command::Command;
use gym_core::id::*;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::freeze::{Compensation, FreezeRules};
use gym_core::membership::link::Bond;
use gym_core::membership::plan::Terms;

use super::cover::{hall, plan, weekly};
use super::paid::run;
use super::{Hall, day, monthly};
use crate::support::door::door;

#[test]
fn the_door_stays_shut_for_who_is_frozen_unless_coming_back_ends_it() {
    let mut rules = FreezeRules::free(Compensation::Extend);
    for ends_on_return in [false, true] {
        rules.ends_on_return = ends_on_return;
        let terms = Terms {
            freeze: Some(rules.clone()),
            ..weekly(1)
        };
        let (mut hall, id, ada) = hall(terms);
        hall.freeze(id, "2027-03-10", "2027-03-20");
        hall.on("2027-03-12");
        if ends_on_return {
            assert_eq!(hall.come(ada), "Lot(LotId(1))");
            assert_eq!(hall.gym.uses(), "03-12 lot 1!");
            let edit = hall.gym.club.edits.iter().next().unwrap();
            assert_eq!(edit.returned, Some(day("2027-03-12")));
        } else {
            let shut = hall.come(ada);
            assert!(shut.contains("frozen until before 2027-03-20"), "{shut}");
            hall.on("2027-03-20");
            assert_eq!(hall.come(ada), "Lot(LotId(1))");
        }
    }
}

#[test]
fn only_todays_guardian_signs_for_a_minor() {
    use gym_core::check_in::Signer;
    let (mut hall, _, _) = hall(plan());
    let [eva, zoe] = hall.gym.members(["Eva", "Zoe"]);
    let mut person = gym_core::user::Person::new("Mia", None).unwrap();
    person.born_on = Some(day("2015-04-10"));
    hall.gym.ok(&Command::AddMember {
        person,
        user: None,
        home: hall.gym.place,
        joined_on: day("2025-01-01"),
    });
    let mia = hall.gym.club.members.iter().next_back().unwrap().id;
    hall.gym.ok(&Command::Door(DoorCommand::AddWaiver {
        location: None,
        title: "Rules".to_owned(),
        required_from: day("2027-01-01"),
    }));
    let sign = |by| {
        Command::Door(DoorCommand::SignWaiver {
            waiver: WaiverId::new(1).unwrap(),
            member: mia,
            by: Signer::Guardian(by),
        })
    };
    let (person, bond, from) = (eva, Bond::Guardian(mia), day("2027-03-10"));
    hall.ok(C::Link { person, bond, from });
    assert!(hall.gym.refused(&sign(eva)).has(Code::BadValue));
    hall.on("2027-03-10");
    assert!(hall.gym.refused(&sign(zoe)).has(Code::BadValue));
    hall.gym.ok(&sign(eva));
    let (link, until) = (LinkId::new(1).unwrap(), day("2027-03-20"));
    hall.ok(C::EndLink { link, until });
    hall.on("2027-03-20");
    assert!(hall.gym.refused(&sign(eva)).has(Code::BadValue));
}

/// A firm pays for Ann and Bob, who shares Ann's membership; Mum pays for Kid, and has a pass.
#[test]
fn a_membership_that_is_not_paid_keeps_out_who_uses_it_and_not_who_pays() {
    let mut hall = Hall::new();
    let [ann, bob, firm, mum, kid, zoe] = hall.gym.members(["Ann", "Bob", "Firm", "Mum", "Kid", "Zoe"]);
    let shared = Some(gym_core::membership::plan::Shared {
        included: 2,
        most: 2,
        each_additional: super::eur(0),
    });
    let terms = Terms {
        shared,
        ..monthly(50_00)
    };
    let gold = hall.add_type("Gold", terms);
    let sell = |hall: &mut Hall, member, by| {
        let (of, location, payer) = (gold, hall.gym.place, Some(by));
        hall.ok(C::Sell {
            member,
            of,
            location,
            start: day("2027-01-01"),
            payer,
            intro: false,
        });
        hall.gym.club.memberships.iter().next_back().unwrap().id
    };
    let (firms, mums) = (sell(&mut hall, ann, firm), sell(&mut hall, kid, mum));
    let own = sell(&mut hall, zoe, zoe);
    let (person, bond, from) = (bob, Bond::Beneficiary(firms), day("2027-01-01"));
    hall.ok(C::Link { person, bond, from });
    let validity = gym_core::entitlement::Validity::Days { from, until: None };
    hall.gym.sell(
        mum,
        gym_core::entitlement::Terms {
            validity,
            ..door(Default::default())
        },
    );
    let made = run(&mut hall, 100);
    let owed = [firm, mum, zoe].map(|payer| (payer.get(), 50_00));
    assert_eq!(made, owed);
    for member in [ann, bob, kid, mum, zoe] {
        assert!(hall.come(member).starts_with("Lot"), "{member} is not late yet");
    }
    hall.on("2027-01-31");
    let not_paid = |payer, id| format!("member {payer}, who pays for membership {id}, has not paid");
    for (member, payer, id) in [(ann, firm, firms), (bob, firm, firms), (kid, mum, mums)] {
        assert_eq!(hall.come(member), not_paid(payer, id));
    }
    let told = hall.come(zoe);
    assert!(told.starts_with("50.00 EUR have been open"), "{own}: {told}");
    assert!(hall.come(mum).starts_with("Lot"), "{}", hall.come(mum));
    // Who pays for it now owes nothing for it yet.
    hall.ok(C::Link {
        person: ann,
        bond: Bond::Payer(firms),
        from: day("2027-01-31"),
    });
    assert!(hall.come(ann).starts_with("Lot"), "{}", hall.come(ann));
}
