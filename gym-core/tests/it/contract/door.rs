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
use super::day;

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
            let ended = hall.gym.club.edits.iter().next().unwrap().ended.unwrap();
            assert_eq!(ended.on, day("2027-03-12"));
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
