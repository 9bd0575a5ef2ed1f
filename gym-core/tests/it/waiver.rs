//! Waivers and guests at the door, and what the desk may set aside.

use crate::support::door::*;
use crate::support::lots::*;
use crate::support::{Gym, overriding};
use chrono::NaiveDate;
use gym_core::booking::policy::Policy;
use gym_core::booking::refusal::Code;
use gym_core::check_in::{DoorCommand, GuestRules, Signer};
use gym_core::command::Command;
use gym_core::entitlement::{DoorRight, VisitLimit, Window};
use gym_core::id::*;
use gym_core::membership::MembershipCommand;
use gym_core::membership::link::Bond;
use gym_core::time::Unit;
use gym_core::user::Person;

fn waiver(gym: &mut Gym, from: &str) -> WaiverId {
    let command = DoorCommand::AddWaiver {
        location: None,
        title: format!("Rules of {from}"),
        required_from: day(from),
    };
    gym.ok(&Command::Door(command));
    gym.club.waivers.iter().next_back().unwrap().id
}

fn born(gym: &mut Gym, name: &str, on: &str) -> MemberId {
    let born_on = Some(day(on));
    let person = Person {
        born_on,
        ..Person::new(name, None).unwrap()
    };
    gym.ok(&Command::AddMember {
        person,
        user: None,
        home: gym.place,
        joined_on: day("2025-01-01"),
    });
    gym.club.members.iter().next_back().unwrap().id
}

fn sign(waiver: WaiverId, member: MemberId, by: Signer) -> Command {
    Command::Door(DoorCommand::SignWaiver { waiver, member, by })
}

#[test]
fn a_minor_who_comes_of_age_must_sign_themself() {
    let mut gym = Gym::entitled(Policy::default());
    let (mia, eva) = (born(&mut gym, "Mia", "2008-04-10"), gym.member("Eva"));
    gym.sell(mia, door(DoorRight::default()));
    gym.at("2026-03-01T08:00:00Z");
    let (rules, place) = (waiver(&mut gym, "2026-03-01"), gym.place);
    assert_eq!(
        told(&mut gym, enter(mia, place)),
        "\"Rules of 2026-03-01\" is not signed by a guardian"
    );
    assert!(gym.refused(&sign(rules, mia, Signer::Member)).has(Code::BadValue));
    assert!(
        gym.refused(&sign(rules, mia, Signer::Guardian(mia)))
            .has(Code::BadValue)
    );
    gym.ok(&Command::Membership(MembershipCommand::Link {
        person: eva,
        bond: Bond::Guardian(mia),
        from: day("2026-03-01"),
    }));
    gym.ok(&sign(rules, mia, Signer::Guardian(eva)));
    assert_eq!(told(&mut gym, enter(mia, place)), LOT);
    assert_eq!(told(gym.at("2026-04-09T08:00:00Z"), enter(mia, place)), LOT);
    assert_eq!(
        told(gym.at("2026-04-10T08:00:00Z"), enter(mia, place)),
        "\"Rules of 2026-03-01\" must be signed again: the member is of age since 2026-04-10"
    );
    assert!(
        gym.refused(&sign(rules, mia, Signer::Guardian(eva)))
            .has(Code::BadValue)
    );
    gym.ok(&sign(rules, mia, Signer::Member));
    assert_eq!(told(&mut gym, enter(mia, place)), LOT);
    assert!(
        gym.refused(&sign(rules, mia, Signer::Member))
            .has(Code::NothingToDo)
    );
}

#[test]
fn the_newest_waiver_that_is_required_binds() {
    let mut gym = Gym::entitled(Policy::default());
    let ada = gym.member("Ada");
    gym.sell(ada, door(DoorRight::default()));
    gym.at("2026-03-01T08:00:00Z");
    let (old, place) = (waiver(&mut gym, "2026-01-01"), gym.place);
    let new = waiver(&mut gym, "2026-03-05");
    gym.ok(&sign(old, ada, Signer::Member));
    assert_eq!(told(gym.at("2026-03-04T22:59:59Z"), enter(ada, place)), LOT);
    assert_eq!(
        told(gym.at("2026-03-04T23:00:00Z"), enter(ada, place)),
        "\"Rules of 2026-03-05\" is not signed"
    );
    gym.ok(&sign(new, ada, Signer::Member));
    assert_eq!(told(&mut gym, enter(ada, place)), LOT);
}

fn guest(host: MemberId, guest: MemberId, location: LocationId) -> DoorCommand {
    DoorCommand::EnterGuest {
        host,
        guest,
        location,
        overriding: None,
    }
}

#[test]
fn guests_are_counted_for_the_host_and_for_themselves() {
    for (per, again) in [
        (Window::Calendar(Unit::Month), "2026-04-01"),
        (Window::Rolling { days: 30 }, "2026-04-30"),
    ] {
        let mut policy = Policy::default();
        policy.door.guests = GuestRules {
            per_host: Some(VisitLimit {
                most: 2,
                per: Window::Calendar(Unit::Month),
            }),
            per_guest: Some(VisitLimit { most: 1, per }),
        };
        let mut gym = Gym::entitled(policy);
        let [ada, bob, gus, hal, ida] = gym.members(["Ada", "Bob", "Gus", "Hal", "Ida"]);
        for host in [ada, bob] {
            gym.sell(host, door(DoorRight::default()));
        }
        let place = gym.place;
        gym.at("2026-03-31T08:00:00Z");
        assert_eq!(
            told(&mut gym, guest(ada, gus, place)),
            "the host has not checked in today"
        );
        assert_eq!(
            told(&mut gym, guest(ada, ada, place)),
            "a guest is somebody else than the host | the host has not checked in today"
        );
        for host in [ada, bob] {
            assert!(told(&mut gym, enter(host, place)).starts_with("Lot"));
        }
        assert!(told(&mut gym, guest(ada, gus, place)).starts_with("Lot"));
        assert!(told(&mut gym, guest(ada, hal, place)).starts_with("Lot"));
        assert_eq!(
            told(&mut gym, guest(ada, ida, place)),
            "the host has brought 2 of 2 guests in a calendar month; again from 2026-04-01"
        );
        assert!(told(&mut gym, guest(bob, ida, place)).starts_with("Lot"));
        let day_before: NaiveDate = day(again).pred_opt().unwrap();
        for (on, comes) in [(day_before, on_the_day(day_before)), (day(again), true)] {
            let at = format!("{on}T08:00:00Z");
            gym.at(&at);
            told(&mut gym, enter(bob, place));
            let said = told(&mut gym, guest(bob, gus, place));
            let kept = said.starts_with("the guest has come 1 of 1 times") && said.contains(again);
            assert!(if comes { said.starts_with("Lot") } else { kept }, "{on}: {said}");
        }
    }
}

/// On the day of the first visit, coming again is the same visit.
fn on_the_day(on: NaiveDate) -> bool {
    on == day("2026-03-31")
}

#[test]
fn every_reason_is_told_at_once_and_the_desk_may_set_them_aside() {
    let mut gym = Gym::entitled(Policy::default());
    let ada = gym.member("Ada");
    let desk = gym.staff("Dora", gym_core::user::Role::FrontDesk);
    let user = gym.user("Eve");
    let place = gym.place;
    gym.at("2026-03-01T08:00:00Z");
    waiver(&mut gym, "2026-01-01");
    let both = "nothing opens this door now | \"Rules of 2026-01-01\" is not signed";
    assert_eq!(told(&mut gym, enter(ada, place)), both);
    let despite = DoorCommand::Enter {
        member: ada,
        location: place,
        area: None,
        overriding: Some(overriding(&[Code::Door])),
    };
    assert!(told(gym.by(user), despite.clone()).contains("NotPermitted"));
    assert_eq!(told(gym.by(desk), despite), "Desk");
    let visit = gym.club.visits.iter().next_back().unwrap().id;
    gym.ok(&Command::Door(DoorCommand::Leave { visit }));
    assert!(
        gym.refused(&Command::Door(DoorCommand::Leave { visit }))
            .has(Code::NothingToDo)
    );
    let nobody = MemberId::new(99).unwrap();
    assert!(
        gym.refused(&Command::Door(enter(nobody, place)))
            .has(Code::Unknown)
    );
}
