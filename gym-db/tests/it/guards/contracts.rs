//! What the database refuses of memberships.

use gym_core::booking::refusal::Reason;
use gym_core::command::Command;
use gym_core::membership::MembershipCommand;

use super::{accept, refuse};
use crate::scenario::{scenarios, stage};
use crate::support::both;

/// Somebody wrote around the library that another membership took the place of the first.
#[test]
fn one_membership_takes_the_place_of_another() {
    both(|db| {
        let gym = stage(db);
        let mut raw = db.raw();
        accept(&mut raw, &["UPDATE memberships SET follows_id = 1 WHERE id = 2"]);
        let guard = if db.is_sqlite() {
            "memberships.follows_id"
        } else {
            "memberships_follows"
        };
        refuse(
            &mut raw,
            guard,
            &["UPDATE memberships SET follows_id = 1 WHERE id = 3"],
        );
        let switch = scenarios()
            .into_iter()
            .find(|it| matches!(it.command, Command::Membership(MembershipCommand::Switch { .. })))
            .unwrap();
        let before = gym.club().unwrap();
        let give = |key: &str| gym.at(switch.context.now).key(key).run(&switch.command);
        let error = give("guarded").unwrap_err();
        let refusal = error.refusal().unwrap_or_else(|| panic!("{error}")).clone();
        let guarded = Reason::Guarded {
            guard: "memberships_follows".to_owned(),
        };
        assert_eq!(refusal.reasons, [guarded]);
        assert!(gym.club().unwrap() == before, "half of the switch stayed");
        assert_eq!(gym.last_journaled(1).unwrap()[0].outcome, Err(refusal));
        accept(
            &mut raw,
            &["UPDATE memberships SET follows_id = NULL WHERE id = 2"],
        );
        give("free").unwrap();
    });
}
