//! Days that the club takes off all memberships: what they covered is covered otherwise, or cancelled at once.

use gym_core::booking::RegistrationState;
use gym_core::id::*;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::freeze::Compensation;
use gym_core::schedule::session::SessionState;

use super::cover::{hall, plan, weekly};
use super::{Hall, day};

fn rest(hall: &mut Hall, from: &str, until: &str) {
    let command = C::FreezeAll {
        location: hall.gym.place,
        from: day(from),
        until: Some(day(until)),
        compensation: Compensation::Extend,
    };
    hall.ok(command);
}

fn session(hall: &mut Hall, member: MemberId, trainer: TrainerId, start: &str) -> SessionId {
    let session = hall.gym.session(trainer, member, start);
    hall.gym.ok(&session);
    hall.gym.club.sessions.iter().next_back().unwrap().id
}

#[test]
fn what_a_closed_club_leaves_uncovered_is_cancelled_by_the_same_decision() {
    let (mut hall, _, ada) = hall(plan());
    let gold = hall.gym.club.membership_types.iter().next().unwrap().id;
    let [bea, cem] = hall.gym.members(["Bea", "Cem"]);
    hall.sell(bea, gold, "2027-03-01");
    let validity = gym_core::entitlement::Validity::Days {
        from: day("2027-01-01"),
        until: None,
    };
    let pass = gym_core::entitlement::Terms {
        validity,
        ..crate::support::lots::year(1)
    };
    let [full, after] = ["2027-03-11T18:00", "2027-03-22T18:00"].map(|start| hall.gym.class(start, 2));
    for member in [ada, bea] {
        assert!(hall.gym.book(member, full).starts_with('+'));
    }
    assert!(hall.gym.book(ada, after).starts_with('+'));
    // Two have a pass besides: one who has booked, and one who waits.
    hall.gym.sell(bea, pass.clone());
    hall.gym.sell(cem, pass);
    assert!(hall.gym.join(cem, full).contains("waits") || hall.gym.club.waitlist.iter().next().is_some());
    let tessa = hall.gym.trainer("Tessa");
    let met = session(&mut hall, ada, tessa, "2027-03-12T10:00:00");
    assert_eq!(
        hall.gym.uses(),
        "03-11 lot 1, 03-11 lot 2, 03-12 lot 1, 03-22 lot 1"
    );

    rest(&mut hall, "2027-03-10", "2027-03-20");
    let state = |hall: &Hall, member, class| {
        let booked = hall.gym.club.registrations.iter();
        let mut own = booked.filter(|it| it.member == member && it.class == class);
        own.next_back().unwrap().state
    };
    assert_eq!(state(&hall, ada, full), RegistrationState::ClubCancelled);
    assert_eq!(state(&hall, bea, full), RegistrationState::Booked);
    assert_eq!(state(&hall, ada, after), RegistrationState::Booked);
    assert_eq!(
        hall.gym.club.sessions.get(met).unwrap().state,
        SessionState::Cancelled
    );
    let uses = hall.gym.uses();
    assert!(
        uses.starts_with("03-11 lot 3") && uses.ends_with("03-22 lot 1"),
        "{uses}"
    );
    assert!(!uses.contains("03-12"), "{uses}");
    // The trainer is free again at that time.
    session(&mut hall, cem, tessa, "2027-03-12T10:00:00");
}

#[test]
fn a_closure_that_ends_early_moves_the_weeks_back_for_all() {
    let (mut hall, _, ada) = hall(weekly(1));
    rest(&mut hall, "2027-03-05", "2027-03-15");
    // The second week of the contract is from 18 to 24 March, and the third from 25 March.
    let [one, two] = ["2027-03-24T18:00", "2027-03-25T18:00"].map(|start| hall.gym.class(start, 5));
    assert!(hall.gym.book(ada, one).starts_with('+'));
    assert!(hall.gym.book(ada, two).starts_with('+'));
    hall.on("2027-03-05");
    let edit = hall.gym.club.edits.iter().next_back().unwrap().id;
    let on = day("2027-03-06");
    hall.ok(C::EndFreeze { edit, on });
    // Now the weeks begin on 9, 16 and 23 March: both visits are in one.
    assert_eq!(hall.gym.uses(), "03-24 lot 1");
    let states: Vec<_> = hall.gym.club.registrations.iter().map(|it| it.state).collect();
    assert_eq!(
        states,
        [RegistrationState::Booked, RegistrationState::ClubCancelled]
    );
}
