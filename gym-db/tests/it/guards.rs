//! What must never be broken is broken by nobody: the database refuses too, whoever writes.

mod contracts;
mod people;
mod units;

use gym_core::booking::refusal::{Code, Reason};
use gym_core::command::{Book, Command};
use gym_db::{Failure, Gym};

use crate::scenario::{id, scenarios, stage};
use crate::support::{Db, Raw, both};

/// Runs a statement and says which guard refused it, if one did.
fn refused(raw: &mut Raw, statement: &str) -> Option<String> {
    raw.run(statement).err().map(|error| error.to_string())
}

/// Checks that a guard refuses each statement.
#[track_caller]
fn refuse(raw: &mut Raw, guard: &str, statements: &[&str]) {
    for statement in statements {
        let error = refused(raw, statement);
        let told = error.as_deref().is_some_and(|error| error.contains(guard));
        assert!(told, "{statement}: {error:?}; expected {guard}");
    }
}

#[track_caller]
fn accept(raw: &mut Raw, statements: &[&str]) {
    for statement in statements {
        assert_eq!(refused(raw, statement), None, "{statement}");
    }
}

fn booking(class: i64, member: i64, seats: u32, state: &str) -> String {
    format!(
        "INSERT INTO class_registrations (class_id, member_id, seats, channel, state, ends_at, booked_at) \
         VALUES ({class}, {member}, {seats}, 'club', '{state}', '2026-03-10 10:00:00', '2026-03-02 09:00:00')"
    )
}

fn entry(class: i64, member: i64, seq: i64) -> String {
    format!(
        "INSERT INTO class_waitlist (class_id, member_id, seats, channel, entry_seq, state, entered_at) \
         VALUES ({class}, {member}, 1, 'club', {seq}, 'waiting', '2026-03-02 09:00:00')"
    )
}

fn claim(resource: &str, owner: &str, start: &str, end: &str) -> String {
    let [resource, owner] = [resource, owner].map(|it| it.split_once(' ').unwrap());
    format!(
        "INSERT INTO claims (resource_kind, resource_id, owner_kind, owner_id, block_start, block_end, starts_at, ends_at, state) \
         VALUES ('{}', {}, '{}', {}, '{start}', '{end}', '{start}', '{end}', 'live')",
        resource.0, resource.1, owner.0, owner.1
    )
}

/// On the club of [`stage`], from around the library.
fn around(test: impl Fn(&Db, &mut Raw)) {
    both(|db| {
        drop(stage(db));
        test(db, &mut db.raw());
    });
}

#[test]
fn seats_never_increase_past_the_class() {
    around(|_, raw| {
        // Yoga, class 5, has two places, of which member 5 has one.
        accept(
            raw,
            &[
                &booking(5, 2, 1, "booked"),
                &booking(5, 3, 1, "cancelled"),
                &booking(4, 4, 1, "booked"),
            ],
        );
        refuse(
            raw,
            "class_capacity",
            &[
                &booking(5, 3, 1, "booked"),
                &booking(5, 3, 1, "attended"),
                &booking(4, 3, 9, "booked"),
                "UPDATE class_registrations SET state = 'booked' WHERE class_id = 5 AND member_id = 3",
                "UPDATE class_registrations SET state = 'attended' WHERE class_id = 5 AND member_id = 3",
                "UPDATE class_registrations SET seats = 2 WHERE class_id = 5 AND member_id = 2",
                "UPDATE class_registrations SET class_id = 5 WHERE class_id = 4 AND member_id = 4",
                "UPDATE class_registrations SET class_id = 5, state = 'booked', seats = 3 WHERE class_id = 4",
            ],
        );
        accept(
            raw,
            &[
                "UPDATE class_registrations SET state = 'attended' WHERE class_id = 5 AND member_id = 2",
                "UPDATE class_registrations SET state = 'cancelled' WHERE class_id = 5 AND member_id = 5",
                "UPDATE class_registrations SET seats = 2 WHERE class_id = 5 AND member_id = 2",
                "UPDATE class_registrations SET seats = 1 WHERE class_id = 5 AND member_id = 2",
                "UPDATE class_registrations SET state = 'booked' WHERE class_id = 5 AND member_id = 3",
            ],
        );
    });
}

#[test]
fn seats_never_increase_past_the_room() {
    around(|_, raw| {
        // The loft, room 2, holds ten.
        accept(
            raw,
            &[
                "UPDATE classes SET capacity = 50 WHERE id = 5",
                &booking(5, 2, 9, "booked"),
            ],
        );
        refuse(
            raw,
            "class_capacity",
            &[
                &booking(5, 3, 1, "booked"),
                "UPDATE class_registrations SET seats = 10 WHERE class_id = 5 AND member_id = 2",
            ],
        );
        accept(
            raw,
            &[
                "UPDATE classes SET room_id = NULL WHERE id = 5",
                &booking(5, 3, 1, "booked"),
            ],
        );
    });
}

#[test]
fn lowering_what_a_class_holds_is_never_refused() {
    around(|_, raw| {
        accept(
            raw,
            &[
                &booking(5, 2, 1, "booked"),
                "UPDATE classes SET capacity = 1 WHERE id = 5",
                "UPDATE rooms SET capacity = 1 WHERE id IN (1, 2)",
                "UPDATE class_registrations SET state = 'attended' WHERE class_id = 5 AND member_id = 2",
                "UPDATE class_registrations SET seats = 1, booked_at = '2026-03-02 09:00:01' WHERE class_id = 5",
                "UPDATE class_registrations SET state = 'cancelled' WHERE class_id = 5 AND member_id = 2",
            ],
        );
        refuse(
            raw,
            "class_capacity",
            &["UPDATE class_registrations SET state = 'booked' WHERE class_id = 5 AND member_id = 2"],
        );
    });
}

#[test]
fn of_many_at_once_exactly_one_gets_the_last_seat() {
    both(|db| {
        drop(stage(db));
        let won = std::thread::scope(|scope| {
            let writers: Vec<_> = [1, 2, 3, 4, 6]
                .map(|member| scope.spawn(move || db.raw().run(&booking(5, member, 1, "booked")).is_ok()))
                .into_iter()
                .collect();
            let won = writers.into_iter().map(|writer| writer.join().unwrap());
            won.filter(|won| *won).count()
        });
        assert_eq!(won, 1);
    });
}

#[test]
fn a_member_has_one_live_booking_of_a_class() {
    around(|db, raw| {
        let guard = if db.is_sqlite() {
            "class_registrations.class_id, class_registrations.member_id"
        } else {
            "class_registrations_live"
        };
        accept(
            raw,
            &[
                "UPDATE classes SET capacity = 9 WHERE id = 5",
                &booking(5, 5, 1, "cancelled"),
            ],
        );
        refuse(
            raw,
            guard,
            &[
                &booking(5, 5, 1, "booked"),
                &booking(5, 5, 1, "attended"),
                "UPDATE class_registrations SET state = 'booked' WHERE class_id = 5 AND member_id = 5 AND state = 'cancelled'",
            ],
        );
    });
}

#[test]
fn the_order_of_a_waitlist_only_grows() {
    around(|db, raw| {
        // Members 3 and 4 wait for class 1.
        let last: i64 = raw
            .text("SELECT CAST(max(entry_seq) AS TEXT) FROM class_waitlist WHERE class_id = 1")
            .parse()
            .unwrap();
        refuse(
            raw,
            "waitlist_order",
            &[
                &entry(1, 5, last),
                &entry(1, 5, last - 1),
                &entry(1, 5, -7),
                "UPDATE class_waitlist SET entry_seq = entry_seq + 100",
                "UPDATE class_waitlist SET entry_seq = entry_seq - 1 WHERE class_id = 1 AND member_id = 4",
                "UPDATE class_waitlist SET class_id = 4 WHERE class_id = 1",
            ],
        );
        if db.is_sqlite() {
            let replaced = entry(1, 5, last).replace("INSERT", "INSERT OR REPLACE");
            refuse(raw, "waitlist_order", &[&replaced]);
        }
        accept(raw, &[&entry(1, 5, last + 5)]);
        refuse(raw, "waitlist_order", &[&entry(1, 6, last + 4)]);
        let guard = if db.is_sqlite() {
            "class_waitlist.member_id"
        } else {
            "class_waitlist_live"
        };
        refuse(raw, guard, &[&entry(1, 5, last + 6)]);
    });
}

#[test]
fn a_member_is_in_one_place_at_a_time() {
    around(|_, raw| {
        // Member 1 has booked class 1, from 17:00 to 18:00 UTC.
        let hour = ("2026-03-09 17:30:00", "2026-03-09 18:30:00");
        for owner in ["registration 99", "session 99", "class 5"] {
            refuse(
                raw,
                "claims_no_overlap",
                &[&claim("member 1", owner, hour.0, hour.1)],
            );
        }
        accept(raw, &[&claim("member 4", "registration 99", hour.0, hour.1)]);
        refuse(
            raw,
            "claims_no_overlap",
            &[
                &claim("trainer 1", "session 99", hour.0, hour.1),
                &claim("room 1", "class 99", hour.0, hour.1),
            ],
        );
    });
}

#[test]
fn classes_and_sessions_have_times_that_sort() {
    around(|db, raw| {
        for table in ["classes", "sessions"] {
            let mut odd = vec!["'2026-03-09 17:00:00.5'"];
            if db.is_sqlite() {
                odd.extend([
                    "'2026-03-09T17:00:00'",
                    "'2026-03-09 17:00'",
                    "'2026-03-09 17:00:00Z'",
                ]);
                odd.extend(["1772447400", "'2026-02-30 17:00:00'", "'2026-03-09 17:00:00x'"]);
            }
            for odd in odd {
                let change = format!(
                    "UPDATE {table} SET ends_at = '2027-01-01 00:00:00', starts_at = {odd} WHERE id = 1"
                );
                refuse(raw, &format!("{table}_times"), &[&change]);
            }
            let late = format!("UPDATE {table} SET ends_at = starts_at WHERE id = 1");
            refuse(raw, &format!("{table}_period"), &[&late]);
        }
    });
}

#[test]
fn the_journal_of_a_club_is_not_changed() {
    around(|_, raw| {
        let before = raw.count("journal");
        refuse(
            raw,
            "journal_append_only",
            &[
                "UPDATE journal SET outcome = '{}' WHERE id = 1",
                "DELETE FROM journal WHERE id = 1",
            ],
        );
        assert_eq!(raw.count("journal"), before);
    });
}

/// What somebody claims around the library for a member is seen by no rule, only by the database.
#[test]
fn what_a_guard_refuses_is_a_refusal_and_journaled() {
    both(|db| {
        let gym = stage(db);
        let now = scenarios()[0].context.now;
        let mut raw = db.raw();
        accept(
            &mut raw,
            &[&claim(
                "member 6",
                "session 99",
                "2026-03-30 16:30:00",
                "2026-03-30 17:30:00",
            )],
        );
        let command = Command::Book(Book::one(id(6), id(4)));
        let before = gym.club().unwrap();
        let rows = raw.count("journal");
        let give = |gym: &Gym, key: &str| gym.at(now).key(key).run(&command);
        let error = give(&gym, "guarded").unwrap_err();
        let refusal = error.refusal().unwrap_or_else(|| panic!("{error}")).clone();
        let guarded = Reason::Guarded {
            guard: "claims_no_overlap".to_owned(),
        };
        assert_eq!(refusal.reasons, [guarded]);
        assert!(error.to_string().contains("claims_no_overlap"), "{error}");
        assert!(gym.club().unwrap() == before, "half of the booking stayed");
        assert_eq!(raw.count("journal"), rows + 1);
        let entry = gym.last_journaled(1).unwrap().remove(0);
        assert_eq!(
            (entry.key.as_str(), &entry.outcome),
            ("guarded", &Err(refusal.clone()))
        );

        accept(
            &mut raw,
            &["UPDATE claims SET state = 'released' WHERE owner_id = 99"],
        );
        let again = give(&gym, "guarded").unwrap_err();
        assert_eq!(again.refusal(), Some(&refusal), "the first outcome of the key");
        assert_eq!(give(&gym, "free").unwrap().events.len(), 2);
    });
}

/// Rooms and trainers are looked up by their claims, so that the rules see those of others too.
#[test]
fn what_others_claim_of_a_room_is_seen_by_the_rules() {
    both(|db| {
        let gym = stage(db);
        let claimed = claim(
            "room 1",
            "session 99",
            "2026-03-13 08:30:00",
            "2026-03-13 09:30:00",
        );
        accept(&mut db.raw(), &[&claimed]);
        let scenario = scenarios()
            .into_iter()
            .find(|it| matches!(it.command, Command::AddClass { .. }))
            .unwrap();
        let error = gym.at(scenario.context.now).run(&scenario.command).unwrap_err();
        let Failure::Refused(refusal) = error else {
            panic!("{error}")
        };
        assert!(refusal.has(Code::Taken), "{refusal}");
    });
}

/// PostgreSQL cannot store a NUL: whatever text a command brings, it is refused alike on both.
#[test]
fn a_text_that_a_database_cannot_hold_is_refused() {
    both(|db| {
        let gym = stage(db);
        let mut odd = 0;
        for scenario in scenarios() {
            let mut command = scenario.command;
            match &mut command {
                Command::AddLocation { name, .. }
                | Command::AddRoom { name, .. }
                | Command::AddEquipment { name, .. } => name.push('\0'),
                Command::AddClass { offering, .. } => offering.programme.push('\0'),
                Command::AddSeries { offering, .. } => offering.title.push('\0'),
                Command::CloseLocation { reason, .. } => reason.push('\0'),
                Command::StartMaintenance { work, .. } => work.push('\0'),
                _ => continue,
            }
            let error = gym.at(scenario.context.now).run(&command).unwrap_err();
            let refusal = error.refusal().unwrap_or_else(|| panic!("{command:?}: {error}"));
            assert!(refusal.has(Code::BadValue), "{refusal}");
            odd += 1;
        }
        assert_eq!(odd, 7);
    });
}
