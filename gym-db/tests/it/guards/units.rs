//! What the database refuses of a class that needs equipment.

use gym_core::command::Command;
use gym_core::time::Period;

use super::{accept, around, booking, entry, refuse};
use crate::scenario::{at, id, stage};
use crate::support::both;

/// Class 4 is spin on two bikes, with nobody in it; it and its room are made large enough for many.
const LARGE: [&str; 2] = [
    "UPDATE classes SET capacity = 9 WHERE id = 4",
    "UPDATE rooms SET capacity = 9 WHERE id = 1",
];

#[test]
fn seats_never_increase_past_the_units_that_a_class_has() {
    both(|db| {
        drop(stage(db));
        let mut raw = db.raw();
        accept(&mut raw, &LARGE);
        accept(
            &mut raw,
            &[&booking(4, 1, 1, "booked"), &booking(4, 3, 1, "cancelled")],
        );
        refuse(&mut raw, "class_capacity", &[&booking(4, 2, 2, "booked")]);
        accept(&mut raw, &[&booking(4, 2, 1, "booked")]);
        refuse(
            &mut raw,
            "class_capacity",
            &[
                &booking(4, 4, 1, "booked"),
                "UPDATE class_registrations SET state = 'booked' WHERE class_id = 4 AND member_id = 3",
                "UPDATE class_registrations SET seats = 2 WHERE class_id = 4 AND member_id = 1",
            ],
        );
        // A bike less is never refused, nor is what does not increase after it.
        accept(
            &mut raw,
            &[
                "UPDATE claims SET state = 'released' \
                 WHERE owner_kind = 'class' AND owner_id = 4 AND resource_kind = 'unit' AND resource_id = 1",
                "UPDATE class_registrations SET state = 'attended' WHERE class_id = 4 AND member_id = 1",
                "UPDATE class_registrations SET state = 'cancelled' WHERE class_id = 4 AND member_id = 2",
            ],
        );
        refuse(
            &mut raw,
            "class_capacity",
            &["UPDATE class_registrations SET state = 'booked' WHERE class_id = 4 AND member_id = 2"],
        );
    });
}

#[test]
fn seats_never_increase_past_the_bikes_in_service() {
    both(|db| {
        let gym = stage(db);
        let period = Period::new(at("2026-03-30T00:00:00Z"), at("2026-03-31T00:00:00Z")).unwrap();
        let repair = Command::StartMaintenance {
            unit: id(1),
            period,
            work: "new belt".to_owned(),
        };
        let log = gym
            .at(at("2026-03-02T08:05:00Z"))
            .run(&repair)
            .unwrap()
            .find(|event| match event {
                gym_core::event::Event::MaintenanceStarted(new) => Some(new.id),
                _ => None,
            });
        let mut raw = db.raw();
        accept(&mut raw, &LARGE);
        accept(&mut raw, &[&booking(4, 1, 1, "booked")]);
        refuse(&mut raw, "class_capacity", &[&booking(4, 2, 1, "booked")]);
        let done = Command::EndMaintenance {
            maintenance: log.unwrap(),
        };
        gym.at(at("2026-03-02T08:06:00Z")).run(&done).unwrap();
        accept(&mut raw, &[&booking(4, 2, 1, "booked")]);
        refuse(&mut raw, "class_capacity", &[&booking(4, 3, 1, "booked")]);
    });
}

#[test]
fn seats_are_counted_only_as_numbers_and_as_they_are_now() {
    around(|db, raw| {
        // Yoga, class 5, has two places, of which member 5 has one; somebody looked before the other was booked.
        let text = booking(5, 3, 1, "booked").replace("5, 3, 1", "5, 3, 'x'");
        assert!(raw.run(&text).is_err(), "seats are a number");
        if db.is_sqlite() {
            refuse(
                raw,
                "class_registrations_seats",
                &[&text, &text.replace("'x'", "0.4")],
            );
            let entries = [
                entry(5, 3, 900).replace("900", "'x'"),
                "UPDATE classes SET capacity = 'x'".to_owned(),
            ];
            refuse(raw, "class_waitlist_seq", &[&entries[0]]);
            refuse(raw, "classes_capacity", &[&entries[1]]);
            return;
        }
        for level in ["REPEATABLE READ", "SERIALIZABLE"] {
            let mut early = db.raw();
            early.batch(&format!("BEGIN ISOLATION LEVEL {level}")).unwrap();
            early.texts("SELECT CAST(count(*) AS TEXT) FROM class_registrations");
            accept(raw, &[&booking(5, 2, 1, "booked")]);
            refuse(&mut early, "read_committed", &[&booking(5, 3, 1, "booked")]);
            early.batch("ROLLBACK").unwrap();
            refuse(raw, "class_capacity", &[&booking(5, 3, 1, "booked")]);
            accept(
                raw,
                &["DELETE FROM class_registrations WHERE class_id = 5 AND member_id = 2"],
            );
        }
    });
}
