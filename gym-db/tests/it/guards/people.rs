//! What the database refuses of who trains whom.

use super::{accept, around, refuse};

/// Of trainer 2 and a member.
fn assigned(member: i64, care: &str, primary: bool, from: &str, until: Option<&str>) -> String {
    let until = until.map_or("NULL".to_owned(), |until| format!("'{until}'"));
    format!(
        "INSERT INTO trainer_members (trainer_id, member_id, care, is_primary, valid_from, valid_until) \
         VALUES (2, {member}, '{care}', {primary}, '{from}', {until})"
    )
}

fn training(member: i64, from: &str, until: Option<&str>) -> String {
    assigned(member, "training", true, from, until)
}

#[test]
fn a_member_has_one_primary_trainer_of_a_kind_on_a_day() {
    around(|_, raw| {
        // Member 1 has one for training, from 2 March for good.
        refuse(
            raw,
            "trainer_members_primary",
            &[
                &training(1, "2026-05-01", None),
                &training(1, "2026-01-01", None),
                &training(1, "2026-03-02", Some("2026-03-02")),
                &training(1, "2026-01-01", Some("2026-03-02")),
            ],
        );
        accept(
            raw,
            &[
                &training(1, "2026-01-01", Some("2026-03-01")),
                &assigned(1, "nutrition", true, "2026-05-01", None),
                &assigned(1, "training", false, "2026-05-01", None),
                &training(3, "2026-04-01", Some("2026-04-30")),
                &training(3, "2026-05-01", Some("2026-05-31")),
            ],
        );
        refuse(
            raw,
            "trainer_members_primary",
            &[
                &training(3, "2026-04-30", Some("2026-04-30")),
                &training(3, "2026-03-01", None),
                &training(3, "2026-05-31", None),
                "UPDATE trainer_members SET valid_until = '2026-05-01' WHERE member_id = 3 AND valid_from = '2026-04-01'",
                "UPDATE trainer_members SET valid_until = NULL WHERE member_id = 3 AND valid_from = '2026-04-01'",
                "UPDATE trainer_members SET is_primary = true WHERE member_id = 1 AND NOT is_primary",
                "UPDATE trainer_members SET care = 'training' WHERE member_id = 1 AND care = 'nutrition'",
                "UPDATE trainer_members SET member_id = 1 WHERE member_id = 3 AND valid_from = '2026-04-01'",
            ],
        );
        accept(
            raw,
            &[
                "UPDATE trainer_members SET valid_until = '2026-04-15' WHERE member_id = 3 AND valid_from = '2026-04-01'",
                &training(3, "2026-04-16", Some("2026-04-30")),
                "UPDATE trainer_members SET valid_until = '2026-06-30' WHERE member_id = 1 AND valid_from = '2026-03-02'",
                &training(1, "2026-07-01", None),
            ],
        );
    });
}

#[test]
fn an_assignment_has_days_that_sort() {
    around(|db, raw| {
        let mut odd = vec![training(3, "2026-04-02", Some("2026-04-01"))];
        if db.is_sqlite() {
            odd.push(training(3, "2026-4-2", None));
            odd.push(training(3, "2026-02-30", None));
            odd.push(training(3, "2026-04-01 00:00:00", None));
            odd.push(training(3, "2026-04-01", Some("9999")));
        }
        let odd: Vec<&str> = odd.iter().map(String::as_str).collect();
        refuse(raw, "trainer_members_days", &odd);
    });
}
