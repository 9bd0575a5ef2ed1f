//! The page: everything on it, nothing from elsewhere, and no text that could be markup.

use chrono::{Months, NaiveDate};
use gym_analytics::evaluate::Bin;
use gym_analytics::report::{
    AtRisk, Curve, Fan, Month, Proposal, Proposed, Reliability, Report, ReportError, Section, Source, Week,
};
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn month(at: u32, expected: f64) -> Month {
    Month {
        month: day("2027-03-01") + Months::new(at),
        expected,
        likely: (expected * 0.95, expected * 1.05),
        widest: (expected * 0.9, expected * 1.1),
    }
}

fn full() -> Report {
    let mut people = [[Some(4.0); 24]; 7];
    people[2][18] = Some(61.0);
    people[6] = [None; 24];
    let bin = |at: f64| Bin {
        from: at,
        to: at + 0.1,
        rows: 120,
        predicted: at + 0.05,
        observed: at + 0.04,
    };
    let mut report = Report::new("Iron & Oak", day("2027-03-01"));
    report.source = Some(Source {
        model: "retention 3f2a".into(),
        cutoff: day("2027-02-28"),
    });
    report.at_risk.push(AtRisk {
        who: "Ada Lovelace".into(),
        risk: 0.615,
        reasons: vec!["31 days since the last visit: +1.4".into()],
        gain: Some(38.5),
    });
    report.reliability.push(Reliability {
        name: "leaving".into(),
        bins: (0..9).map(|at| bin(f64::from(at) / 10.0)).collect(),
        ece: 0.01,
    });
    report.cohorts.push(Curve {
        name: "joined in 2026".into(),
        survival: vec![1.0, 0.9, 0.85, 0.8],
    });
    report.cohorts.push(Curve {
        name: "joined in 2027".into(),
        survival: vec![1.0, 0.92],
    });
    report.weeks.push(Week {
        place: "Main Street".into(),
        people,
    });
    let class = Proposed {
        when: "Monday 18:00".into(),
        what: "Yoga".into(),
        room: "Hall".into(),
        trainer: "Grace".into(),
        people: 17.25,
        seats: 20,
    };
    report.timetables.push(Proposal {
        place: "Main Street".into(),
        classes: vec![class],
        proof: "No other is better.".into(),
    });
    report.revenue.push(Fan {
        place: "Main Street".into(),
        currency: "EUR".into(),
        past: (0..24)
            .map(|at| {
                (
                    day("2025-03-01") + Months::new(at),
                    50_000.0 + 400.0 * f64::from(at),
                )
            })
            .collect(),
        ahead: (0..3).map(|at| month(at, 60_000.0)).collect(),
    });
    report
}

#[test]
fn every_section_is_there_and_says_its_numbers() {
    let page = full().html().unwrap();
    for text in [
        "Iron &amp; Oak",
        "1 March 2027",
        "retention 3f2a",
        "28 February 2027",
        "Ada Lovelace",
        "62\u{a0}%",
        "31 days since the last visit",
        "38.5",
        "id=\"calibration\"",
        "joined in 2026",
        "Wednesday 18:00: 61 people",
        "Sunday 3:00: not known",
        "Yoga",
        "17.3",
        "No other is better.",
        "60,000\u{a0}EUR",
        "57,000 to 63,000",
        "May 2027",
    ] {
        assert!(page.contains(text), "{text:?} is not on the page");
    }
    assert_eq!(
        page.matches("<section").count(),
        6,
        "a report without cards has six sections"
    );
    assert!(!page.contains("NaN") && !page.contains("inf\""));
    assert_eq!(full().html().unwrap(), page, "the same report is the same page");
}

#[test]
fn nothing_comes_from_elsewhere_and_nothing_runs() {
    let page = full().html().unwrap();
    for text in [
        "<script",
        "http://",
        "https://",
        "@import",
        "url(",
        "<img",
        "<iframe",
        "onload",
        "<link rel=\"stylesheet\"",
    ] {
        assert!(!page.contains(text), "{text}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn what_is_not_there_is_left_out() {
    let page = Report::new("Empty", day("2027-03-01")).html().unwrap();
    assert_eq!(
        (
            page.matches("<section").count(),
            page.matches("<svg").count(),
            page.matches("<li>").count()
        ),
        (0, 0, 0)
    );
}

#[test]
fn an_empty_section_says_why() {
    let mut report = Report::new("Empty", day("2027-03-01"));
    let sections = [
        (Section::AtRisk, "risks"),
        (Section::Calibration, "calibration"),
        (Section::Survival, "survival"),
        (Section::Occupancy, "occupancy"),
        (Section::Timetable, "timetable"),
        (Section::Revenue, "revenue"),
        (Section::Models, "models"),
    ];
    for (section, id) in sections {
        report
            .notes
            .insert(section, format!("Of {id} <nothing> is known."));
    }
    let page = report.html().unwrap();
    for (_, id) in sections {
        assert!(page.contains(&format!("<section id=\"{id}\"")), "{id}");
        assert!(page.contains(&format!("<a href=\"#{id}\"")), "{id}");
        assert!(
            page.contains(&format!("Of {id} &lt;nothing&gt; is known.")),
            "{id}"
        );
    }
    assert_eq!(
        (page.matches("<svg").count(), page.matches("<table").count()),
        (0, 0)
    );
}

#[test]
fn a_drawing_has_a_title_a_text_and_its_numbers() {
    let page = full().html().unwrap();
    let drawings = page.matches("<svg viewBox=\"0 0 420").count();
    assert_eq!(drawings, 4);
    assert_eq!(page.matches("role=\"img\"").count(), drawings);
    assert_eq!(page.matches("<desc ").count(), drawings);
    assert_eq!(page.matches("<details>").count(), drawings);
    assert!(
        page.contains("<td class=\"number\">85\u{a0}%</td>"),
        "survival as a table"
    );
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let check = |change: fn(&mut Report), says: &str| {
        let mut report = full();
        change(&mut report);
        assert_eq!(report.html().unwrap_err().to_string(), says);
    };
    check(
        |it| it.at_risk[0].risk = f64::NAN,
        "members at risk has NaN for Ada Lovelace, expected a number from 0 to 1",
    );
    check(
        |it| it.cohorts[1].survival[1] = 1.2,
        "survival has 1.2 for joined in 2027, expected a number from 0 to 1",
    );
    check(
        |it| it.weeks[0].people[0][0] = Some(-1.0),
        "occupancy has -1 for Main Street, expected a number from 0 to 1e9",
    );
    check(
        |it| it.reliability[0].bins[2].observed = f64::INFINITY,
        "calibration has inf for leaving, expected a number from 0 to 1",
    );
    let infinite = |it: &mut Report| it.revenue[0].past[0].1 = f64::INFINITY;
    check(
        infinite,
        "revenue has inf for 2025-03-01, expected a number from -1e15 to 1e15",
    );
    let crossed = |it: &mut Report| it.revenue[0].ahead[1].likely = (70_000.0, 60_000.0);
    check(
        crossed,
        "the revenue of 2027-04-01 has bounds that are not in order",
    );
    let missing = full().write("no such folder/report.html");
    assert!(matches!(missing, Err(ReportError::File { .. })));
}

proptest! {
    #![proptest_config(crate::soak::cases(64))]

    #[test]
    fn no_text_becomes_markup(text in "[a-z<>&\"'{}%#/=! -]{1,24}", names in proptest::collection::vec("[<>&\"'a-z]{1,12}", 3)) {
        let mut report = full();
        let plain = report.html().unwrap();
        let tags = |page: &str| page.matches('<').count();
        // As many characters that open a tag as with plain names.
        report.club = text.clone();
        report.at_risk[0].who = text.clone();
        report.at_risk[0].reasons[0] = names[0].clone();
        report.cohorts[0].name = names[1].clone();
        report.weeks[0].place = names[2].clone();
        report.timetables[0].proof = text.clone();
        report.timetables[0].classes[0].what = text;
        let page = report.html().unwrap();
        prop_assert_eq!(tags(&page), tags(&plain));
    }

    #[test]
    fn any_numbers_in_range_are_drawn(
        past in proptest::collection::vec(-1e6..1e9f64, 0..40),
        ahead in proptest::collection::vec(0.0..1e9f64, 0..12),
        survival in proptest::collection::vec(0.0..=1.0f64, 0..60),
    ) {
        let mut report = full();
        report.cohorts = vec![Curve { name: "all".into(), survival }];
        let past = past.into_iter().enumerate().map(|(at, value)| (day("2020-01-01") + Months::new(at as u32), value));
        report.revenue = vec![Fan {
            place: String::new(),
            currency: "USD".into(),
            past: past.collect(),
            ahead: ahead.into_iter().enumerate().map(|(at, value)| month(at as u32, value)).collect(),
        }];
        let page = report.html().unwrap();
        prop_assert!(!page.contains("NaN") && !page.contains("inf "));
    }
}
