//! Ten thousand random rules against python-dateutil. Where the two differ, one of four differences
//! says why; the rule in other words, which avoid that difference, must then give the same starts.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::series_rules::Random;
use chrono::{Datelike, NaiveDateTime};
use gym_core::series::{End, Frequency, Rule, Series, Until};
use gym_core::time::{self, Period};

const CASES: usize = 10_000;
const LIMIT: usize = 30;
const ZONES: [&str; 5] = [
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "UTC",
];

/// Why python-dateutil gives something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    /// It raises an `IndexError` for a number of BYDAY that is past the end of the year, such as 53MO,
    /// or 20MO in December.
    PastTheYear,
    /// BYDAY=MO,1TU is each Monday and the first Tuesday; it takes what is both, which is mostly nothing.
    BothInsteadOfEither,
    /// It counts the BYSETPOS of the first week from the start of the series, not of the week.
    FirstWeek,
    /// It reads an UNTIL that is a date as its midnight; here it is the whole day.
    LastDay,
}

const DIFFERENCES: [(Difference, usize); 4] = [
    (Difference::PastTheYear, 80),
    (Difference::BothInsteadOfEither, 148),
    (Difference::FirstWeek, 31),
    (Difference::LastDay, 58),
];

fn explain(rule: &Rule, theirs: Option<&[NaiveDateTime]>) -> Option<Difference> {
    let numbered = |number: bool| rule.days().iter().any(|day| day.ordinal.is_some() == number);
    Some(match rule.end() {
        _ if theirs.is_none() => Difference::PastTheYear,
        _ if numbered(true) && numbered(false) => Difference::BothInsteadOfEither,
        _ if rule.frequency() == Frequency::Weekly && !rule.positions().is_empty() => Difference::FirstWeek,
        End::Until(Until::Date(_)) => Difference::LastDay,
        _ => return None,
    })
}

/// What python-dateutil is asked.
struct Question {
    start: NaiveDateTime,
    zone: String,
    rule: String,
}

impl Question {
    fn new(series: &Series, text: &str) -> Self {
        Self {
            start: series.start(),
            zone: series.zone().to_string(),
            rule: text.to_owned(),
        }
    }

    /// The same in words that avoid every difference; `None` for a rule that names only days that no
    /// month has. The answer may have starts before the series, and go on after its COUNT.
    fn in_other_words(series: &Series, text: &str) -> Option<Self> {
        let rule = series.rule().unwrap();
        let mut question = Self::new(series, text);
        let from_start_of_week = rule.frequency() == Frequency::Weekly && !rule.positions().is_empty();
        if from_start_of_week {
            let week = series.start().date().week(rule.week_start());
            question.start = week.first_day().and_time(series.start().time());
        }
        let mut parts = Vec::new();
        for part in text.split(';') {
            match part.split_once('=').unwrap() {
                ("BYDAY", days) if days.contains(|c: char| c.is_ascii_digit()) => {
                    let days = numbered_days(rule)?;
                    parts.push(format!("BYDAY={days}"));
                }
                ("UNTIL", date) if date.len() == 8 => parts.push(format!("UNTIL={date}T235959")),
                ("COUNT", _) if from_start_of_week => {}
                _ => parts.push(part.to_owned()),
            }
        }
        question.rule = parts.join(";");
        Some(question)
    }
}

/// BYDAY with numbers only, and only those that the month or year can have: each Monday is the first
/// to the fourth and the last.
fn numbered_days(rule: &Rule) -> Option<String> {
    let of_year = rule.frequency() == Frequency::Yearly && rule.months().is_empty();
    let (each, most) = if of_year { (52, 53) } else { (4, 5) };
    let mut days = Vec::new();
    for day in rule.days() {
        let name = day.weekday.to_string()[..2].to_uppercase();
        match day.ordinal {
            Some(number) if i32::from(number).abs() > most => {}
            Some(number) => days.push(format!("{number}{name}")),
            None => days.extend((1..=each).chain([-1]).map(|number| format!("{number}{name}"))),
        }
    }
    (!days.is_empty()).then(|| days.join(","))
}

fn cases() -> Vec<(Series, String)> {
    let mut random = Random(5_545);
    let case = |_| {
        let start = random.start();
        let zone = time::zone(ZONES[random.below(5) as usize]).unwrap();
        let text = random.rule(start);
        let rule = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        (Series::new(start, zone, Some(rule)).unwrap(), text)
    };
    (0..CASES).map(case).collect()
}

/// The first starts, up to the end of 2040, where dateutil is told to stop.
fn ours(series: &Series) -> Vec<NaiveDateTime> {
    let window = Period::new(
        "1990-01-01T00:00:00Z".parse().unwrap(),
        "2041-01-02T00:00:00Z".parse().unwrap(),
    );
    let starts = series.occurrences(window.unwrap()).map(|at| at.start);
    starts.take_while(|at| at.year() < 2041).take(LIMIT).collect()
}

fn python() -> PathBuf {
    let Some(python) = std::env::var_os("GYM_TEST_PYTHON") else {
        panic!(
            "GYM_TEST_PYTHON is not set; expected a Python with python-dateutil: `make test` makes one and sets it"
        );
    };
    python.into()
}

fn theirs(questions: &[Question], name: &str) -> Vec<Option<Vec<NaiveDateTime>>> {
    let folder = std::env::temp_dir().join(format!("gym-series-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (source, target) = (folder.join("rules.tsv"), folder.join("starts.csv"));
    let line = |asked: &Question| {
        format!(
            "{}\t{}\t{}\n",
            asked.start.format("%Y-%m-%dT%H:%M:%S"),
            asked.zone,
            asked.rule
        )
    };
    std::fs::write(&source, questions.iter().map(line).collect::<String>()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/series_dateutil.py");
    let run = Command::new(python())
        .arg(script)
        .args([&source, &target])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = std::fs::read_to_string(&target).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let starts = |line: &str| -> Vec<NaiveDateTime> {
        line.split(',')
            .filter(|at| !at.is_empty())
            .map(|at| at.parse().unwrap())
            .collect()
    };
    text.lines()
        .map(|line| (line != "!").then(|| starts(line)))
        .collect()
}

/// A case that dateutil answered otherwise, to be asked again.
struct Doubt<'a> {
    series: &'a Series,
    ours: Vec<NaiveDateTime>,
    context: String,
}

#[test]
fn ten_thousand_random_rules() {
    let cases = cases();
    let questions: Vec<_> = cases
        .iter()
        .map(|(series, text)| Question::new(series, text))
        .collect();
    let answers = theirs(&questions, "first");
    assert_eq!(answers.len(), CASES);
    let mut found = DIFFERENCES.map(|(difference, _)| (difference, 0));
    let (mut starts, mut doubts, mut again) = (0, Vec::new(), Vec::new());
    for ((series, text), theirs) in cases.iter().zip(&answers) {
        let ours = ours(series);
        starts += ours.len();
        let theirs = theirs.as_deref().map(|theirs| &theirs[..theirs.len().min(LIMIT)]);
        if theirs == Some(&ours[..]) {
            continue;
        }
        let context = format!("{} {} {text}", series.start(), series.zone());
        let Some(difference) = explain(series.rule().unwrap(), theirs) else {
            panic!("{context}\nours {ours:?}\ntheirs {theirs:?}");
        };
        found
            .iter_mut()
            .filter(|(known, _)| *known == difference)
            .for_each(|(_, count)| *count += 1);
        match Question::in_other_words(series, text) {
            Some(question) => {
                again.push(question);
                doubts.push(Doubt {
                    series,
                    ours,
                    context,
                });
            }
            None => assert_eq!(ours, [], "{context}"),
        }
    }
    assert!(starts > 150_000, "{starts} starts");
    assert_eq!(found, DIFFERENCES);
    settle(&doubts, &again);
}

fn settle(doubts: &[Doubt<'_>], questions: &[Question]) {
    let answers = theirs(questions, "again");
    assert_eq!(answers.len(), doubts.len());
    for ((doubt, question), theirs) in doubts.iter().zip(questions).zip(answers) {
        let most = match doubt.series.rule().unwrap().end() {
            End::Count(count) => LIMIT.min(count as usize),
            _ => LIMIT,
        };
        let context = format!("{}\nas {} {}", doubt.context, question.start, question.rule);
        let theirs = theirs.unwrap_or_else(|| panic!("no answer: {context}"));
        let theirs = theirs.into_iter().filter(|at| *at >= doubt.series.start());
        assert_eq!(doubt.ours, theirs.take(most).collect::<Vec<_>>(), "{context}");
    }
}
