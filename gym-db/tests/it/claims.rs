//! Claims cannot overlap, whoever writes them and in whatever form of a timestamp.

use gym_db::Gym;

use crate::support::{Raw, both, times};

const DAY: &str = "2026-03-02";

fn claim(raw: &mut Raw, resource: &str, start: &str, end: &str, state: &str) -> Result<usize, String> {
    let (kind, id) = resource.split_once(' ').unwrap();
    raw.run(&format!(
        "INSERT INTO claims (resource_kind, resource_id, owner_kind, owner_id, block_start, block_end, starts_at, ends_at, state) \
         VALUES ('{kind}', {id}, 'session', 1, {start}, {end}, {start}, {end}, '{state}')"
    ))
    .map_err(|error| error.to_string())
}

fn at(time: &str) -> String {
    format!("'{DAY} {time}:00'")
}

/// Claims `10:00–11:00` of trainer 1, then another, and checks whether that is refused as an overlap.
#[track_caller]
fn check(resource: &str, start: &str, end: &str, state: &str, refused: bool) {
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        let mut raw = db.raw();
        claim(&mut raw, "trainer 1", &at("10:00"), &at("11:00"), "live").unwrap();
        let second = claim(&mut raw, resource, &at(start), &at(end), state);
        match second {
            Err(error) => assert!(refused && error.contains("claims_no_overlap"), "{error}"),
            Ok(_) => assert!(!refused, "{resource} {start}–{end} {state} was taken"),
        }
    });
}

#[test]
fn any_shared_time_of_one_resource_is_refused() {
    for (start, end) in [
        ("10:00", "11:00"),
        ("09:00", "10:01"),
        ("10:59", "12:00"),
        ("10:10", "10:20"),
        ("09:00", "12:00"),
    ] {
        check("trainer 1", start, end, "live", true);
    }
}

#[test]
fn touching_other_and_released_claims_are_no_overlap() {
    check("trainer 1", "09:00", "10:00", "live", false);
    check("trainer 1", "11:00", "12:00", "live", false);
    check("trainer 2", "10:00", "11:00", "live", false);
    check("room 1", "10:00", "11:00", "live", false);
    check("trainer 1", "10:00", "11:00", "released", false);
}

#[test]
fn an_update_cannot_make_an_overlap() {
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        let mut raw = db.raw();
        claim(&mut raw, "trainer 1", &at("10:00"), &at("11:00"), "live").unwrap();
        claim(&mut raw, "trainer 1", &at("11:00"), &at("12:00"), "live").unwrap();
        claim(&mut raw, "trainer 1", &at("10:30"), &at("11:30"), "released").unwrap();
        claim(&mut raw, "trainer 2", &at("10:00"), &at("11:00"), "live").unwrap();
        for change in [
            "starts_at = '2026-03-02 10:59:59' WHERE starts_at = '2026-03-02 11:00:00'",
            "state = 'live' WHERE state = 'released'",
            "resource_id = 1 WHERE resource_id = 2",
        ] {
            let error = raw.run(&format!("UPDATE claims SET {change}")).unwrap_err();
            assert!(
                error.to_string().contains("claims_no_overlap"),
                "{change}: {error}"
            );
        }
        raw.run("UPDATE claims SET ends_at = '2026-03-02 12:30:00' WHERE ends_at = '2026-03-02 12:00:00'")
            .unwrap();
        raw.run("UPDATE claims SET state = 'released' WHERE resource_id = 1")
            .unwrap();
        raw.run("UPDATE claims SET resource_id = 1 WHERE resource_id = 2")
            .unwrap();
    });
}

#[test]
fn times_in_another_form_cannot_slip_past() {
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        let mut raw = db.raw();
        claim(&mut raw, "trainer 1", &at("10:00"), &at("11:00"), "live").unwrap();
        let odd = [
            ("'2026-03-02T10:30:00'", "'2026-03-02T10:45:00'"),
            ("'2026-03-02 10:30:00Z'", "'2026-03-02 10:45:00Z'"),
            ("'2026-03-02 10:30:00+00:00'", "'2026-03-02 10:45:00+00:00'"),
            ("'2026-03-02 10:30:00.5'", "'2026-03-02 10:45:00.5'"),
            ("'2026-03-02 10:30'", "'2026-03-02 10:45'"),
            ("' 2026-03-02 10:30:00'", "' 2026-03-02 10:45:00'"),
            ("'+2026-03-02 10:30:00'", "'+2026-03-02 10:45:00'"),
            ("'20260302 103000'", "'20260302 104500'"),
            ("1772447400", "1772448300"),
            ("2461101.9375", "2461101.95"),
            ("'2461101.9375'", "'2461101.95'"),
            ("'now'", "'now'"),
            ("'2026-02-30 10:30:00'", "'2026-02-30 10:45:00'"),
            ("'2026-03-02 24:00:00'", "'2026-03-02 25:00:00'"),
            (
                "x'323032362d30332d30322031303a33303a3030'",
                "x'323032362d30332d30322031303a34353a3030'",
            ),
            ("NULL", "NULL"),
            ("''", "''"),
        ];
        for (start, end) in odd {
            assert!(
                claim(&mut raw, "trainer 1", start, end, "live").is_err(),
                "{start}"
            );
        }
        if db.is_sqlite() {
            // What no function of SQLite can read is NULL there, and NULL passes a CHECK.
            for odd in [
                "ends_at = replace(ends_at, ' ', 'T')",
                "starts_at = '2026-03-02 09:59:59x'",
                "block_start = '2026-03-02 10:00:00x'",
                "block_end = '2026-03-02 10:59:59x'",
                "ends_at = '2026-03-02 11:00:00x'",
            ] {
                let error = raw.run(&format!("UPDATE claims SET {odd}")).unwrap_err();
                assert!(error.to_string().contains("claims_times"), "{odd}: {error}");
            }
            let ignored = "INSERT OR REPLACE INTO claims SELECT 9, resource_kind, resource_id, owner_kind, owner_id, \
                           block_start, block_end, starts_at, ends_at, state FROM claims";
            assert!(
                raw.run(ignored)
                    .unwrap_err()
                    .to_string()
                    .contains("claims_no_overlap")
            );
        }
        assert_eq!(raw.count("claims"), 1);
    });
}

#[test]
fn a_block_is_inside_its_claim_and_not_empty() {
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        let mut raw = db.raw();
        for (start, end) in [("10:00", "10:00"), ("11:00", "10:00")] {
            let error = claim(&mut raw, "trainer 1", &at(start), &at(end), "live").unwrap_err();
            assert!(
                error.contains("claims_period") || error.contains("range lower bound"),
                "{error}"
            );
        }
        claim(&mut raw, "room 1", &at("10:00"), &at("11:00"), "live").unwrap();
        for change in [
            "block_end = '2026-03-02 11:15:00'",
            "block_start = '2026-03-02 09:59:00'",
        ] {
            let error = raw.run(&format!("UPDATE claims SET {change}")).unwrap_err();
            assert!(error.to_string().contains("claims_period"), "{error}");
        }
        for bad in [
            "state = 'gone'",
            "resource_kind = 'dog'",
            "owner_kind = 'dog'",
            "owner_id = NULL",
        ] {
            assert!(raw.run(&format!("UPDATE claims SET {bad}")).is_err(), "{bad}");
        }
    });
}

#[test]
fn a_trainers_blocks_are_seen_without_buffers() {
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        let mut raw = db.raw();
        for resource in ["trainer 1", "trainer 2", "room 1", "member 1"] {
            claim(&mut raw, resource, &at("10:00"), &at("11:00"), "live").unwrap();
        }
        raw.run("UPDATE claims SET starts_at = '2026-03-02 09:45:00', ends_at = '2026-03-02 11:15:00'")
            .unwrap();
        raw.run("UPDATE claims SET state = 'released' WHERE resource_kind = 'trainer' AND resource_id = 2")
            .unwrap();
        let rows = raw.texts(
            "SELECT CAST(trainer_id AS TEXT) || ' ' || CAST(date AS TEXT) || ' ' || start_time || ' ' || \
             CAST(end_time AS TEXT) || ' ' || type || ' ' || CAST(id AS TEXT) FROM scheduled_blocks",
        );
        assert_eq!(
            rows,
            [format!(
                "1 {DAY} 10:00:00 {DAY} 10:00:00 {DAY} 11:00:00 session 1"
            )]
        );
    });
}

/// Many writers claim the same hours at once: each hour is taken by exactly one.
#[test]
fn of_many_at_once_exactly_one_gets_the_time() {
    both(|db| {
        drop(Gym::open(&db.url).unwrap());
        let writers = 8;
        let hours = times(6).min(23);
        let won = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..writers)
                .map(|_| {
                    scope.spawn(|| {
                        let mut raw = db.raw();
                        let claim = |hour| {
                            let (start, end) = (at(&format!("{hour:02}:00")), at(&format!("{hour:02}:50")));
                            claim(&mut raw, "trainer 1", &start, &end, "live").is_ok()
                        };
                        (0..hours).map(claim).filter(|won| *won).count()
                    })
                })
                .collect();
            writers
                .into_iter()
                .map(|writer| writer.join().unwrap())
                .sum::<usize>()
        });
        assert_eq!(won, hours as usize);
        assert_eq!(db.raw().count("claims"), u64::from(hours));
    });
}
