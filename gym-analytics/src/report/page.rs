//! From a report to the page: every text and place is worked out here, the template only sets it.

use chrono::NaiveDate;
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;

use super::chart::{percent, plain, tenth};
use super::drawing::{self, DAYS, FIELD, fullest, month};
use super::{AtRisk, Report, ReportError, Section};
use crate::model::Card;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");

/// Members that are listed; the others are counted.
const LISTED: usize = 20;

pub(super) fn render(report: &Report) -> Result<String, ReportError> {
    let mut templates = Environment::new();
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    templates.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    templates.add_template("page.html", PAGE)?;
    let page = templates.get_template("page.html")?;
    let rows: Vec<Risk> = report.at_risk.iter().take(LISTED).map(risk).collect();
    let cards: Vec<CardView> = report.cards.iter().map(card).collect();
    Ok(page.render(context! {
        style => minijinja::Value::from_safe_string(STYLE.to_owned()),
        club => report.club,
        as_of => day(report.as_of),
        field => FIELD,
        source => report.source.as_ref().map(|source| (&source.model, day(source.cutoff))),
        facts => facts(report),
        risks => rows,
        risks_left => report.at_risk.len().saturating_sub(LISTED),
        has_gain => report.at_risk.iter().any(|member| member.gain.is_some()),
        reliability => report.reliability.iter().map(drawing::reliability).collect::<Vec<_>>(),
        survival => drawing::survival(&report.cohorts),
        weeks => report.weeks.iter().map(drawing::week).collect::<Vec<_>>(),
        timetables => report.timetables.iter().map(|timetable| context! {
            place => timetable.place,
            proof => timetable.proof,
            classes => timetable.classes.iter().map(|class| context! {
                when => class.when, what => class.what, room => class.room, trainer => class.trainer,
                people => plain(class.people), seats => class.seats,
                share => percent(class.people / f64::from(class.seats.max(1))),
            }).collect::<Vec<_>>(),
        }).collect::<Vec<_>>(),
        revenue => report.revenue.iter().filter(|fan| fan.past.len() + fan.ahead.len() > 1).map(drawing::fan).collect::<Vec<_>>(),
        cards => cards,
        notes => context! {
            at_risk => report.notes.get(&Section::AtRisk),
            calibration => report.notes.get(&Section::Calibration),
            survival => report.notes.get(&Section::Survival),
            occupancy => report.notes.get(&Section::Occupancy),
            timetable => report.notes.get(&Section::Timetable),
            revenue => report.notes.get(&Section::Revenue),
            models => report.notes.get(&Section::Models),
        },
    })?)
}

fn day(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

/// What the page says first, as a number and what it means.
fn facts(report: &Report) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let likely = report.at_risk.iter().filter(|member| member.risk >= 0.5).count();
    if let Some(highest) = report.at_risk.iter().max_by(|a, b| a.risk.total_cmp(&b.risk)) {
        let says = format!(
            "more likely to leave than to stay; the highest risk is {}",
            percent(highest.risk)
        );
        facts.push((
            format!("{likely} of {} members listed", report.at_risk.len()),
            says,
        ));
    }
    for week in &report.weeks {
        if let Some((people, at, hour)) = fullest(week) {
            let says = format!(
                "in {} on {} at {hour}:00, the fullest hour of the week",
                week.place, DAYS[at]
            );
            facts.push((format!("{} people", plain(people)), says));
        }
    }
    for fan in &report.revenue {
        let Some(next) = fan.ahead.first() else {
            continue;
        };
        let (low, high) = next.likely;
        let says = format!(
            "expected {}in {}; {} to {} in four of five such months",
            in_place(&fan.place),
            month(next.month),
            plain(low),
            plain(high)
        );
        facts.push((format!("{}\u{a0}{}", plain(next.expected), fan.currency), says));
    }
    facts
}

/// "in Mitte, " where there is a name.
fn in_place(place: &str) -> String {
    match place {
        "" => String::new(),
        place => format!("in {place} "),
    }
}

#[derive(Serialize)]
struct Risk {
    who: String,
    share: String,
    /// The width of its bar, of 100.
    width: f64,
    reasons: Vec<String>,
    gain: String,
}

fn risk(member: &AtRisk) -> Risk {
    Risk {
        who: member.who.clone(),
        share: percent(member.risk),
        width: tenth(member.risk * 100.0),
        reasons: member.reasons.clone(),
        gain: member.gain.map(plain).unwrap_or_default(),
    }
}

#[derive(Serialize)]
struct CardView {
    name: String,
    facts: Vec<(String, String)>,
    tested: String,
    figures: Vec<(String, String)>,
    slices: Vec<Vec<String>>,
    limits: Vec<String>,
}

fn card(card: &Card) -> CardView {
    let facts = [
        ("what it is", card.kind.clone()),
        ("fitted by", format!("gym-analytics {}", card.library)),
        (
            "learned from",
            format!("{} to {}", day(card.window.first), day(card.window.last)),
        ),
        ("rows", plain(card.rows as f64)),
        ("how often it happened", percent(card.prevalence)),
        (
            "features",
            format!(
                "{}, hash {}",
                card.features.len(),
                card.features_hash.get(..12).unwrap_or_default()
            ),
        ),
    ];
    let interval =
        |of: &crate::evaluate::Interval| format!("{:.3} ({:.3} to {:.3})", of.value, of.low, of.high);
    let figures = card.report.iter().flat_map(|report| {
        [
            ("rows it had not seen", plain(report.rows as f64)),
            ("area under the ROC curve", interval(&report.roc_auc)),
            ("average precision", format!("{:.3}", report.pr_auc)),
            ("log-loss", format!("{:.4}", report.log_loss)),
            ("calibration error", interval(&report.ece)),
            ("lift", format!("{:.2} at {} calls", report.lift, report.calls)),
        ]
    });
    let known = |figure: &Option<crate::evaluate::Interval>| figure.as_ref().map_or("–".to_owned(), interval);
    let slice = |slice: &crate::evaluate::Slice| {
        let measures = &slice.measures;
        vec![
            slice.name.clone(),
            slice.rows.to_string(),
            known(&measures.roc_auc),
            known(&measures.observed_expected),
        ]
    };
    let owned = |(name, value): (&str, String)| (name.to_owned(), value);
    CardView {
        name: card.name.clone(),
        facts: facts.into_iter().map(owned).collect(),
        tested: card.tested.clone(),
        figures: figures.map(owned).collect(),
        slices: card.slices.iter().map(slice).collect(),
        limits: card.limits.clone(),
    }
}
