//! Who is about to leave, and why: learns from the history of a club, says how good that is, and names members at risk.
//!
//! `cargo run --release --example retention` simulates a club of which the truth is known. With
//! `-- --database sqlite://club/club.db` it reads a club that is there, and writes down in it what was said.

mod offers;

use std::path::Path;

use chrono::{DateTime, Duration, Months, NaiveDate, Utc};
use clap::Parser;
use gym_analytics::check::check;
use gym_analytics::explain::Words;
use gym_analytics::fold::Backtest;
use gym_analytics::frame::{Format, Frames};
use gym_analytics::hazard::{HazardParams, Survival};
use gym_analytics::landmark::Landmarks;
use gym_analytics::model::{Engine, Model, Params, Training};
use gym_analytics::segment::{Count, SegmentParams};
use gym_core::history::History;
use gym_core::id::MemberId;
use gym_core::insight::{About, Figure, Insight, Origin, Reason, Run};
use gym_core::recommendation::Word;
use gym_core::sim::teacher::{Profile, Teacher};
use gym_core::time::Period;
use gym_db::Gym;

type Anything = Box<dyn std::error::Error>;

/// Who is about to leave a club, and why.
#[derive(Parser)]
struct Options {
    /// A club that is there; without it, one is simulated.
    #[arg(long)]
    database: Option<String>,
    /// How many members the simulated club has had.
    #[arg(long, default_value_t = 4_000)]
    members: u32,
    /// How many members are named.
    #[arg(long, default_value_t = 5)]
    name: usize,
}

/// How many months ahead is looked.
const AHEAD: u8 = 3;

fn main() -> Result<(), Anything> {
    let options = Options::parse();
    let folder = Path::new("retention");
    std::fs::create_dir_all(folder)?;
    let gym = options.database.as_deref().map(Gym::open).transpose()?;
    let start = "2023-01-01".parse()?;
    let (history, lesson) = match &gym {
        Some(gym) => (lived(gym)?, None),
        None => {
            let lesson = Teacher::new(Profile::NorthAmerica, 7, options.members, start, 30).teach();
            (lesson.history.clone(), Some(lesson))
        }
    };
    Frames::of(&history)?.write(folder, Format::Parquet)?;
    for finding in check(&history) {
        println!("odd: {finding}");
    }
    let model = learn(&history)?;
    model.save(&folder.join("retention.model"))?;
    std::fs::write(folder.join("card.md"), model.card().to_markdown())?;
    std::fs::write(folder.join("card.json"), model.card().to_json()?)?;
    println!(
        "The model, its card and the frames that it was learned from are in {}.\n",
        folder.display()
    );

    let now = history.during().end();
    let today = Landmarks::at_risk(&history, now)?;
    kinds(&today, now)?;
    let run = said(&model, &history, &today, now, options.name)?;
    match &lesson {
        Some(lesson) => offers::tell(lesson, &today)?,
        None => println!("\nWhom an offer keeps is another question: see gym_analytics::uplift."),
    }
    if let Some(gym) = gym {
        let number = gym.record_run(&run, now)?;
        println!("Written down in {} as run {number}.", gym.address());
    }
    Ok(())
}

/// Reads what a club has lived through, up to its last command.
fn lived(gym: &Gym) -> Result<History, Anything> {
    let last = gym.last_command_at()?.ok_or("nothing has happened yet")?;
    let first = last
        .checked_sub_months(Months::new(60))
        .ok_or("the calendar is over")?;
    Ok(gym.history(Period::new(first, last)?, |_| ())?)
}

/// Learns from the members of each month, and tests over time.
fn learn(history: &History) -> Result<Model, Anything> {
    let during = history.during();
    let first = history
        .members
        .joined_on
        .iter()
        .min()
        .ok_or("nobody has joined yet")?;
    let mut at = during.start().max(midnight(*first));
    let mut months = Vec::new();
    while at < during.end() {
        months.push(at);
        at = at
            .checked_add_months(Months::new(1))
            .ok_or("the calendar is over")?;
    }
    let past = Landmarks::at(history, &months, AHEAD, during.end())?;
    let contracts: Vec<String> = past
        .columns()
        .values("term_months")?
        .into_iter()
        .zip(past.left_within(1))
        .filter(|(_, seen)| seen.is_some())
        .map(|(months, _)| match months {
            0.0 => "until notice".to_owned(),
            months => format!("a term of {months} months"),
        })
        .collect();
    let backtest = Backtest {
        folds: 3,
        embargo_days: 31,
    };
    let params = HazardParams {
        months: AHEAD,
        ridges: vec![10.0],
        ..HazardParams::for_features()
    };
    let training = Training::of("retention", &past)?
        .backtest(backtest)
        .slices(&contracts);
    let model = training
        .limit("members of less than a month")
        .learn(&Params::Hazard(params))?;
    if let Some(report) = &model.card().report {
        let expected: f64 = report
            .reliability
            .iter()
            .map(|bin| bin.predicted * bin.rows as f64)
            .sum();
        println!(
            "Learned from {} months of members, tested on {} of them that came later:",
            model.card().rows,
            report.rows
        );
        println!(
            "  ranks a leaver above a stayer   {:.1} % of the time",
            report.roc_auc.value * 100.0
        );
        println!(
            "  left in the month               {}, and {expected:.0} were expected",
            report.events
        );
        println!(
            "  calibration error               {:.2} %",
            report.ece.value * 100.0
        );
        println!(
            "  calling {:<4} of them meets      {:.1} times as many leavers as chance\n",
            report.calls, report.lift
        );
    }
    Ok(model)
}

/// What the kinds of members are about.
const TOLD_APART_BY: [&str; 7] = [
    "visit_days_28",
    "trend",
    "longest_gap_91",
    "share_weekend",
    "share_evening",
    "tenure_days",
    "classes_attended_91",
];

/// Parts the members who are there into four kinds, and prints what sets each apart.
fn kinds(today: &Landmarks<'_>, now: DateTime<Utc>) -> Result<(), Anything> {
    let apart = today.clone().only(&TOLD_APART_BY)?;
    let params = SegmentParams {
        count: Count::Exactly(4),
        ..SegmentParams::default()
    };
    let segments = match params.learn(apart.columns(), now) {
        Ok(segments) => segments,
        Err(why) => {
            println!("No kinds of members are told apart: {why}\n");
            return Ok(());
        }
    };
    println!("Four kinds of members, and what sets each apart, in standard deviations from all:");
    for (place, segment) in segments.all().iter().enumerate() {
        println!("  {:.0} % of them", segment.share * 100.0);
        for told in segments.describe(place, &Words::for_features()).iter().take(3) {
            println!("    {told}");
        }
    }
    println!();
    Ok(())
}

fn midnight(day: i32) -> DateTime<Utc> {
    (NaiveDate::default() + Duration::days(day.into()))
        .and_time(chrono::NaiveTime::MIN)
        .and_utc()
}

/// Asks the model about everybody who is there, and prints the riskiest.
fn said(
    model: &Model,
    history: &History,
    today: &Landmarks<'_>,
    now: DateTime<Utc>,
    name: usize,
) -> Result<Run, Anything> {
    let Engine::Hazard(hazard) = model.engine() else {
        return Err("expected hazards".into());
    };
    let survival = hazard.survival(today.columns())?;
    let mut order: Vec<usize> = (0..survival.rows()).collect();
    order.sort_by(|a, b| survival.risk(*b, AHEAD).total_cmp(&survival.risk(*a, AHEAD)));
    let expected: f64 = order.iter().map(|row| survival.risk(*row, AHEAD)).sum();
    println!(
        "{} members are there; {expected:.0} of them leave within {AHEAD} months if nothing is done.",
        order.len()
    );
    let words = Words::for_features();
    let mut insights = Vec::new();
    for (place, row) in order.iter().enumerate() {
        let reasons = reasons(&hazard.explain(today.columns(), *row, 1)?.ranked(), &words)?;
        let insight = insight(history, today, &survival, *row, reasons)?;
        if place < name {
            println!(
                "\nMember {}: {:.0} % leave within {AHEAD} months.",
                insight.member(),
                insight.score() * 100.0
            );
            for reason in insight.reasons() {
                println!("  {:+.1}  {}", reason.adds(), reason.words());
            }
        }
        insights.push(insight);
    }
    let of = Origin::new(Word::new("retention")?, Word::new(&model.id()?)?, now);
    let figure = Figure::new(About::Club, Word::new("expected-to-leave")?, expected)?;
    Ok(Run::new(of, vec![figure], insights)?)
}

/// The four weightiest reasons.
fn reasons(parts: &[&gym_analytics::explain::Part], words: &Words) -> Result<Vec<Reason>, Anything> {
    let four = parts
        .iter()
        .take(4)
        .map(|part| Reason::new(words.say(part), part.adds));
    Ok(four.collect::<Result<_, _>>()?)
}

fn insight(
    history: &History,
    today: &Landmarks<'_>,
    survival: &Survival,
    row: usize,
    reasons: Vec<Reason>,
) -> Result<Insight, Anything> {
    let position = today.rows().get(row).map_or(usize::MAX, |it| it.member as usize);
    let id = history
        .members
        .id
        .get(position)
        .ok_or("a landmark without a member")?;
    let kind = Word::new("leaves-in-3-months")?;
    Ok(Insight::new(
        MemberId::new(*id)?,
        kind,
        survival.risk(row, AHEAD),
        reasons,
    )?)
}
