//! Every example runs, to its end, and says what it is there to show.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use gym_core::recommendation::Word;
use gym_db::Gym;
use gym_plugins::{Compiler, Grants, Home, Limits, Plugins, Record};

use self::program::{check, example, printed};

fn sample(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "data", name].iter().collect()
}

fn club(folder: &Path, database: &str, days: u32) -> String {
    let mut club = example("club");
    club.args(["--database", database, "--days", &days.to_string()]);
    if cfg!(feature = "analytics") {
        club.args(["--teacher", "300"]);
    }
    printed(&mut club, folder)
}

/// What every run shows: somebody comes off the waitlist, a refusal with its reasons, invoices, a ledger, calendars.
#[track_caller]
fn check_club(text: &str, folder: &Path) {
    check(
        text,
        &[
            " comes off the waitlist.",
            "\n    - ",
            "is called off; 2 bookings are restored",
            "days: ",
            "debits less credits",
            "What if cancelling were free only until 24 hours before?",
        ],
    );
    assert!(!text.contains("; nobody comes off"), "{text}");
    let timetable = fs::read_to_string(folder.join("club/timetable.ics")).unwrap();
    assert!(timetable.contains("BEGIN:VEVENT"), "{timetable}");
}

/// How a run ends: who is at risk and why, tomorrow's fullest hours, next quarter's revenue, and the page; and what was said
/// is in the database.
#[track_caller]
fn check_outlook(text: &str, folder: &Path, database: &str, runs: usize) {
    if !cfg!(feature = "analytics") {
        return;
    }
    let end = text
        .find("\nWho is at risk, and why: of ")
        .unwrap_or_else(|| panic!("{text}"));
    let end = &text[end..];
    // Sentences are broken into lines.
    check(
        &end.replace('\n', " "),
        &[
            "learned from a simulated club",
            "a model of its own is held against this one",
            "what speaks for it",
            "Tomorrow's fullest hours",
            ":00: ",
            "Next quarter's revenue",
            " is invoiced already, at ",
            "from (80 %)",
            " EUR",
            "club/report.html has all of it",
        ],
    );
    assert!(end.lines().count() < 50, "more than a screen:\n{end}");
    let page = fs::read_to_string(folder.join("club/report.html")).unwrap();
    for section in [
        "risks",
        "calibration",
        "survival",
        "occupancy",
        "timetable",
        "revenue",
        "models",
    ] {
        assert!(page.contains(&format!("<section id=\"{section}\"")), "{section}");
    }
    assert!(
        page.contains("Revenue by month: Mitte") && page.contains("%</td>"),
        "{page}"
    );
    let gym = Gym::open(&database.replace("sqlite://", &format!("sqlite://{}/", folder.display()))).unwrap();
    for model in ["retention", "hours", "revenue"] {
        let word = Word::new(model).unwrap();
        assert_eq!(gym.runs(&word, 10).unwrap().len(), runs, "{model}");
    }
    let last = &gym.runs(&Word::new("retention").unwrap(), 1).unwrap()[0];
    let said = gym.ran(last.id).unwrap();
    assert!(said.insights().len() > 50, "{}", said.insights().len());
    assert!(said.insights().iter().all(|it| !it.reasons().is_empty()));
    let promotions = fs::read_to_string(folder.join("club/models/promotions.json")).unwrap();
    assert!(promotions.contains(last.of.version.as_str()), "{promotions}");
}

/// Takes the records of a club's prices out of its database, and has each proved by the plugin that the club has.
#[track_caller]
fn check_records(folder: &Path, database: &str) {
    let records = |plugin: &str| {
        let mut program = example("price_records");
        program.args(["--database", database, "--plugin", plugin]);
        printed(&mut program, folder)
    };
    let home = Home::open(folder.join("club/home")).unwrap();
    let plugins = Plugins::load(
        folder.join("club/plugins"),
        &Grants {
            compiler: Compiler::InProcess,
            ..Grants::installed(home).unwrap()
        },
        Limits::default(),
    )
    .unwrap();
    let plugin = plugins.get("student-discount").unwrap();
    let all = records("student-discount");
    assert!(all.lines().count() > 10, "{all}");
    for line in all.lines() {
        let replay = plugin.replay(&Record::read(line).unwrap());
        assert!(replay.proves(), "{replay:?}: {line}");
    }
    let hostile = records("hostile");
    assert!(
        hostile.lines().all(|line| line.contains("call-fuel")),
        "{hostile}"
    );
    assert_eq!(records("nobody"), "");
}

const DAYS: u32 = 14;

#[test]
fn the_club_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let first = club(folder, "sqlite://club/club.db", DAYS);
    check(
        &first,
        &[
            "members.csv: 60 members",
            "memberships sold in Mitte",
            "14 days: ",
        ],
    );
    check_club(&first, folder);
    check_outlook(&first, folder, "sqlite://club/club.db", 1);
    check_records(folder, "sqlite://club/club.db");
    let second = club(folder, "sqlite://club/club.db", DAYS);
    check(&second, &["It was there already, and goes on from 2026-01-1"]);
    assert!(!second.contains("members.csv"), "{second}");
    check_club(&second, folder);
    check_outlook(&second, folder, "sqlite://club/club.db", 2);
}

#[test]
fn the_club_is_the_same_on_a_server() {
    let server = std::env::var("GYM_TEST_POSTGRES")
        .expect("GYM_TEST_POSTGRES is not set: run `make test`, or `tools/with-postgres cargo test`");
    let folder = tempfile::tempdir().unwrap();
    // A schema of its own, so that others may use the same database.
    let schema = format!("club_{}", std::process::id());
    let psql = |statement: &str| on_server(&server, statement);
    psql(&format!("CREATE SCHEMA {schema}"));
    let separator = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{separator}options=-csearch_path%3D{schema}");
    let text = club(folder.path(), &url, DAYS);
    check(&text, &["members.csv: 60 members"]);
    check_club(&text, folder.path());
    check_outlook(&text, folder.path(), &url, 1);
    check_records(folder.path(), &url);
    psql(&format!("DROP SCHEMA {schema} CASCADE"));
}

/// Runs one statement on the server.
fn on_server(url: &str, statement: &str) {
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, PgConnection};
    PgConnection::establish(url)
        .unwrap()
        .batch_execute(statement)
        .unwrap();
}

#[test]
fn a_founding_that_was_broken_off_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut founding = example("club")
        .args(["--days", "0"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(founding.stdout.take().unwrap()).lines();
    let begun = lines.find(|line| line.as_ref().unwrap().starts_with("members.csv"));
    founding.kill().unwrap();
    founding.wait().unwrap();
    assert!(begun.is_some());
    let text = club(folder, "sqlite://club/club.db", 0);
    check(
        &text,
        &["memberships sold in Mitte", "google.ics: ", "outlook.ics: "],
    );
    check_club(&text, folder);
    let gym = Gym::open(&format!("sqlite://{}", folder.join("club/club.db").display())).unwrap();
    assert_eq!(
        (gym.locations().unwrap().len(), gym.members().unwrap().len()),
        (3, 60)
    );
}

#[test]
fn a_club_without_classes_is_told_from_one_that_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty.db");
    let url = format!("sqlite://{}", file.display());
    let gym = Gym::open(&url).unwrap();
    let desk = gym.at("2026-03-01T08:00:00Z".parse().unwrap());
    desk.add_location("Mitte", "Europe/Berlin".parse().unwrap(), "EUR".parse().unwrap())
        .unwrap();
    drop(gym);
    let text = club(folder.path(), &url, 0);
    check(
        &text,
        &["There is no class in the next days, so none is booked by hand."],
    );
    if cfg!(feature = "analytics") {
        check(
            &text,
            &[
                "nobody has been a member for a day yet.",
                "Not told yet of Mitte: there are 0 half hours",
                "club/report.html has all of it",
            ],
        );
    }
}

#[test]
fn the_small_examples_say_what_they_show() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let booked = printed(&mut example("book_a_class"), folder);
    check(&booked, &["Ada has booking 1.", "Ben ", "\n  - "]);
    for (name, words) in [
        ("google.ics", "(Europe/Berlin)"),
        (
            "apple.ics",
            "Late stretch at 2026-01-09 23:30:00, 45 min, FREQ=MONTHLY;BYDAY=2FR",
        ),
        (
            "outlook.ics",
            "Sea swim, weather permitting at 2026-02-01 08:30:00, 60 min, FREQ=MONTHLY",
        ),
    ] {
        let read = printed(example("import_timetable").arg(sample(name)), folder);
        check(&read, &[words, " min, FREQ=WEEKLY"]);
    }
    let year = printed(&mut example("membership_year"), folder);
    check(
        &year,
        &[
            "2027-01-31  invoice ",
            "  reminder ",
            "debits less credits are 0.",
        ],
    );
    let priced = printed(&mut example("price_a_membership"), folder);
    check(
        &priced,
        &[
            "The same with a plugin that never ends.",
            "  not taken: ",
            " is recorded. Its price, asked again:",
        ],
    );
}
