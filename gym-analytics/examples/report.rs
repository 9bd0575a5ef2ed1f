//! The report of a club that is made up: `cargo run --release -p gym-analytics --example report -- report.html`.

use std::error::Error;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use gym_analytics::cohort::Joined;
use gym_analytics::columns::Columns;
use gym_analytics::demand::{Ahead, ClassDemand, Counts, Demand};
use gym_analytics::design::Shape;
use gym_analytics::explain::Words;
use gym_analytics::fold::Backtest;
use gym_analytics::forecast::{Effort, bands, forecast};
use gym_analytics::gam::GamParams;
use gym_analytics::landmark::Landmarks;
use gym_analytics::model::{Model, Params, Training};
use gym_analytics::report::{
    AtRisk, Curve, Fan, Month, Proposal, Proposed, Reliability, Report, Source, Week as Hours,
};
use gym_analytics::revenue::Takings;
use gym_analytics::timetable::{Limits, Proof, Week};
use gym_core::history::History;
use gym_core::sim::teacher::{Lesson, Profile, Teacher};
use gym_core::time::{Instant, civil};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// What the model reads: known of everybody.
const READS: [&str; 10] = [
    "days_since_visit",
    "visit_days_28",
    "visit_days_91",
    "trend",
    "streak_weeks",
    "tenure_days",
    "term_months",
    "price_per_month",
    "payments_failed_182",
    "classes_attended_91",
];
const CURVED: [&str; 5] = [
    "days_since_visit",
    "visit_days_28",
    "visit_days_91",
    "trend",
    "tenure_days",
];

fn main() -> Outcome<()> {
    let path = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "report.html".to_owned());
    let lesson = Teacher::new(
        Profile::Uk,
        7,
        700,
        NaiveDate::from_ymd_opt(2024, 1, 1).ok_or("no day")?,
        36,
    )
    .teach();
    let now = lesson.months[35];
    let today = civil(lesson.history.places.zone[0], now).date();
    let mut report = Report::new("Iron & Oak", today);
    let model = retention(&lesson, now)?;
    report.at_risk = at_risk(&lesson.history, &model, now)?;
    report.source = Some(Source {
        model: format!("retention {}", &model.id()?[..8]),
        cutoff: model.card().window.last,
    });
    if let Some(tested) = &model.card().report {
        report.reliability.push(Reliability {
            name: "leaving within three months".to_owned(),
            bins: tested.reliability.clone(),
            ece: tested.ece.value,
        });
    }
    report.cohorts = cohorts(&lesson.history, now);
    let counts = Counts::inside(
        &lesson.history,
        0,
        now,
        TimeDelta::hours(1),
        TimeDelta::minutes(75),
    )?;
    let people = counts.week(now - TimeDelta::days(56));
    report.weeks.push(Hours {
        place: "Main Street".to_owned(),
        people,
    });
    println!("{}", tomorrow(&counts.since(now - TimeDelta::days(112)), now)?);
    report.timetables.push(timetable(&lesson.history, now)?);
    report.revenue.push(revenue(&lesson.history, now)?);
    report.cards.push(model.card().clone());
    report.write(&path)?;
    println!("{path}");
    Ok(())
}

/// Learns who leaves within three months, from how things stood in each month of two years.
fn retention(lesson: &Lesson, now: Instant) -> Outcome<Model> {
    let instants: Vec<Instant> = lesson.months[6..33].to_vec();
    let landmarks = Landmarks::at(&lesson.history, &instants, 3, now)?;
    let left = landmarks.left_within(3);
    let rows: Vec<usize> = (0..left.len()).filter(|row| left[*row].is_some()).collect();
    let columns = read(&landmarks, &rows)?;
    let outcomes: Vec<f64> = left.into_iter().flatten().map(f64::from).collect();
    let days: Vec<NaiveDate> = rows.iter().map(|row| landmarks.rows()[*row].as_of).collect();
    let terms = columns.values("term_months")?;
    let contracts: Vec<String> = terms.iter().map(|term| format!("{term:.0} months")).collect();
    let shapes = CURVED
        .map(|name| (name.to_owned(), Shape::Spline { knots: 5 }))
        .to_vec();
    let training = Training::new("Who leaves within three months", &columns, &outcomes, &days)
        .backtest(Backtest {
            folds: 3,
            embargo_days: 92,
        })
        .slices(&contracts)
        .limit("members who are frozen or have already given notice");
    Ok(training.learn(&Params::Gam(GamParams::new(shapes).ridge(10.0)))?)
}

/// What the model reads of some rows.
fn read(landmarks: &Landmarks<'_>, rows: &[usize]) -> Outcome<Columns<'static>> {
    let mut columns = Vec::new();
    for name in READS {
        let values = landmarks.columns().values(name)?;
        let read: Vec<f64> = rows.iter().map(|row| known(values[*row])).collect();
        columns.push((name, read));
    }
    Ok(Columns::new(columns)?)
}

/// A gap reads as a year: no visit, no trend that anybody saw.
fn known(value: f64) -> f64 {
    if value.is_finite() { value } else { 365.0 }
}

fn at_risk(history: &History, model: &Model, now: Instant) -> Outcome<Vec<AtRisk>> {
    let today = Landmarks::at_risk(history, now)?;
    let rows: Vec<usize> = (0..today.rows().len()).collect();
    let columns = read(&today, &rows)?;
    let words = Words::new([
        ("days_since_visit", "{} days since the last visit"),
        ("visit_days_28", "{} days visited in four weeks"),
        ("visit_days_91", "{} days visited in a quarter"),
        ("trend", "visits change by {}"),
        ("streak_weeks", "{} weeks in a row"),
        ("tenure_days", "{} days a member"),
        ("term_months", "a contract of {} months"),
        ("price_per_month", "a price of {}"),
        ("payments_failed_182", "{} payments failed in half a year"),
        ("classes_attended_91", "{} classes in a quarter"),
    ]);
    let mut members = Vec::new();
    for (row, risk) in model.probabilities(&columns)?.into_iter().enumerate() {
        let reasons = model.explain(&columns, row)?.reasons(&words);
        let id = history.members.id[today.rows()[row].member as usize];
        members.push(AtRisk {
            who: format!("Member {id}"),
            risk,
            reasons: reasons.into_iter().take(3).collect(),
            gain: None,
        });
    }
    members.sort_by(|a, b| b.risk.total_cmp(&a.risk).then_with(|| a.who.cmp(&b.who)));
    members.truncate(20);
    Ok(members)
}

/// Who joined in each year, as far as all of them were seen.
fn cohorts(history: &History, now: Instant) -> Vec<Curve> {
    let curve = |joined: Joined| Curve {
        name: format!("joined in {}", joined.from.year()),
        survival: joined.survival(),
    };
    let years = Joined::of(history, 12, now).into_iter().map(curve);
    years.filter(|curve| curve.survival.len() > 1).collect()
}

fn tomorrow(counts: &Counts, now: Instant) -> Outcome<String> {
    let demand = Demand::learn(counts, Ahead::Day)?;
    let hours: Vec<DateTime<Utc>> = (1..=24).map(|hour| now + TimeDelta::hours(hour)).collect();
    let told = demand.forecast(counts, &hours)?;
    let fullest = (0..24)
        .max_by(|a, b| told[*a].total_cmp(&told[*b]))
        .unwrap_or_default();
    Ok(format!(
        "fullest in the next day: {} with {:.1} people",
        hours[fullest].format("%H:%M UTC"),
        told[fullest]
    ))
}

/// The classes of last week, asked anew: which programme in which of its slots, in which of its rooms.
fn timetable(history: &History, now: Instant) -> Outcome<Proposal> {
    let mut week = Week::of(history, 0, now, &ClassDemand::learn(history, now)?)?;
    for trainer in &mut week.question.trainers {
        trainer.cost = 2.0;
    }
    let answer = week.question.answer(Limits::default())?;
    let zone = history.places.zone[0];
    let class = |class: &gym_analytics::timetable::Placed| Proposed {
        when: civil(zone, week.starts[class.slot])
            .format("%A %H:%M")
            .to_string(),
        what: history.programmes[week.programmes[class.kind] as usize].clone(),
        room: format!("Room {}", week.rooms[class.room]),
        trainer: format!("Trainer {}", week.trainers[class.trainer]),
        people: class.people,
        seats: week.question.rooms[class.room].seats,
    };
    let proof = match answer.proof {
        Proof::Optimal => "No other timetable is worth more.".to_owned(),
        Proof::Within(gap) => format!("No other timetable is worth {:.1} % more.", gap * 100.0),
        Proof::Greedy(_) => "A first guess: there was no time to prove it.".to_owned(),
    };
    Ok(Proposal {
        place: "Main Street".to_owned(),
        classes: answer.classes.iter().map(class).collect(),
        proof,
    })
}

fn revenue(history: &History, now: Instant) -> Outcome<Fan> {
    let takings = Takings::of(history, 0, now)?;
    // Minor units of two digits.
    let months: Vec<f64> = takings.months.iter().map(|minor| minor / 100.0).collect();
    let expected = forecast(&months, 6, Effort::Accurate)?.expected;
    let bands = bands(&months, 6)?;
    let (likely, widest) = (bands.around(&expected, 0.8)?, bands.around(&expected, 0.95)?);
    let day = |at: usize| {
        takings
            .first
            .checked_add_months(chrono::Months::new(at as u32))
            .unwrap_or(takings.first)
    };
    let ahead = (0..expected.len()).map(|at| Month {
        month: day(months.len() + at),
        expected: expected[at],
        likely: (likely[at].low, likely[at].high),
        widest: (widest[at].low, widest[at].high),
    });
    println!(
        "next quarter: {:.0} to {:.0} in each month at 80 %",
        likely[0].low, likely[0].high
    );
    Ok(Fan {
        place: "Main Street".to_owned(),
        currency: history.places.currency[0].to_string(),
        past: months
            .iter()
            .enumerate()
            .map(|(at, value)| (day(at), *value))
            .collect(),
        ahead: ahead.collect(),
    })
}
