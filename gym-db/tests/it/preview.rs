//! A preview says what a command would do, and does nothing.

use gym_db::canonical;

use crate::scenario::{scenarios, stage};
use crate::support::both;

#[test]
fn a_preview_stores_nothing() {
    both(|db| {
        let gym = stage(db);
        let (club, rows) = (gym.club().unwrap(), db.raw().count("journal"));
        for scenario in scenarios() {
            let desk = gym.at(scenario.context.now).by(scenario.context.actor);
            let preview = desk.preview(&scenario.command).unwrap();
            let decided = club.decide(&scenario.command, &scenario.context);
            assert_eq!(canonical(&preview).unwrap(), canonical(&decided).unwrap());
            assert!(preview.is_ok(), "{:?}: {preview:?}", scenario.command);
        }
        assert_eq!(db.raw().count("journal"), rows);
        assert!(gym.club().unwrap() == club);
    });
}

#[test]
fn the_database_refuses_what_no_contract_can_be() {
    both(|db| {
        drop(stage(db));
        let mut raw = db.raw();
        for statement in [
            "INSERT INTO subscriptions (membership_id, payer_id, anchor) VALUES (1, 2, '2026-03-02')",
            "INSERT INTO membership_terms (membership_id, number, plan_version_id, starts_on, recorded_on) \
             VALUES (1, 0, 1, '2026-03-02', '2026-03-02')",
            "UPDATE membership_terms SET lasts_until = starts_on WHERE id = 1",
            "UPDATE membership_edits SET lasts_until = starts_on WHERE id = 1",
            "UPDATE membership_edits SET location_id = 1 WHERE id = 1",
            "UPDATE membership_edits SET compensation = 'both' WHERE id = 1",
            "UPDATE membership_links SET ward_id = 2 WHERE id = 1",
            "UPDATE membership_links SET ward_id = person_id WHERE id = 2",
            "UPDATE memberships SET ended_on = '2026-01-01' WHERE id = 1",
            "UPDATE plan_versions SET price = -1 WHERE id = 1",
            "DELETE FROM memberships WHERE id = 1",
        ] {
            assert!(raw.run(statement).is_err(), "{statement}");
        }
    });
}
