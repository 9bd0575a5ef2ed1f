//! Who is at risk, and why; and what became of those who were said to be, in runs before.

use std::collections::BTreeMap;

use comfy_table::Cell;
use gym_analytics::explain::{Part, Words};
use gym_analytics::landmark::{Landmarks, MAY_LEAVE, MONTHS_AHEAD};
use gym_analytics::model::Engine;
use gym_analytics::prediction::{Prediction, PredictionLog};
use gym_analytics::report::{AtRisk, Reliability, Report, Section, Source};
use gym_core::id::MemberId;
use gym_core::insight::{About, Figure, Insight, Origin, Reason, Run};
use gym_core::recommendation::Word;

use super::model::{AHEAD, Serving, first_day};
use super::{Lived, right};
use crate::Anything;

const NAMED: usize = 5;
const MODEL: &str = "retention";
const KIND: &str = "leaves-in-3-months";

/// What is the same for all, and no reason that anybody could do something about.
const OF_THE_CALENDAR: [&str; 2] = [MAY_LEAVE, MONTHS_AHEAD];

/// How likely each member is still there after 1, 2, … months, by their position in the history.
pub(super) type Survivals = BTreeMap<u32, Vec<f64>>;

/// What is said of a member.
struct Risk {
    id: i64,
    home: u32,
    risk: f64,
    reasons: Vec<Part>,
}

/// Names who is at risk, writes down what was said of everybody, and returns how likely each stays.
pub(super) fn tell(lived: &Lived<'_>, serving: &Serving, report: &mut Report) -> Result<Survivals, Anything> {
    before(lived, report)?;
    let today = Serving::at_risk(&lived.history, lived.now)?;
    let Engine::Hazard(hazard) = serving.model.engine() else {
        return Err("expected a model of hazards".into());
    };
    let mut risks = Vec::new();
    let mut survivals = Survivals::new();
    if !today.rows().is_empty() {
        let survival = hazard.survival(today.columns())?;
        for (row, landmark) in today.rows().iter().enumerate() {
            survivals.insert(landmark.member, survival.curve(row).to_vec());
            let explained = hazard.explain(today.columns(), row, 1)?;
            risks.push(Risk {
                reasons: explained
                    .ranked()
                    .into_iter()
                    .filter(|part| !OF_THE_CALENDAR.contains(&part.feature.as_str()))
                    .cloned()
                    .collect(),
                ..risk(lived, &today, row, survival.risk(row, AHEAD))
            });
        }
    }
    risks.sort_by(|a, b| b.risk.total_cmp(&a.risk).then(a.id.cmp(&b.id)));
    print(lived, serving, &risks);
    record(lived, serving, &risks)?;
    fill(lived, serving, &risks, report)?;
    Ok(survivals)
}

fn risk(lived: &Lived<'_>, today: &Landmarks<'_>, row: usize, risk: f64) -> Risk {
    let member = today.rows().get(row).map_or(0, |it| it.member as usize);
    let members = &lived.history.members;
    Risk {
        id: members.id.get(member).copied().unwrap_or_default(),
        home: members.place.get(member).copied().unwrap_or_default(),
        risk,
        reasons: Vec::new(),
    }
}

fn print(lived: &Lived<'_>, serving: &Serving, risks: &[Risk]) {
    if risks.is_empty() {
        println!("\nWho is at risk, and why: nobody has been a member for a day yet.\n");
        return;
    }
    let expected: f64 = risks.iter().map(|it| it.risk).sum();
    println!(
        "\nWho is at risk, and why: of {} members about {expected:.0} leave within {AHEAD} months if nothing is done, says {}.\n{}",
        risks.len(),
        serving.what,
        wrapped(&format!("{}{}", serving.own, unseen(lived)), 118),
    );
    let words = Words::for_features();
    let mut table = crate::tables::table(&["member", "place", "risk", "what speaks for it"]);
    for it in risks.iter().take(NAMED) {
        let why: Vec<String> = it.raising().take(3).map(|part| words.say(part)).collect();
        table.add_row([
            Cell::new(lived.name(it.id)),
            Cell::new(lived.place(it.home)),
            right(format!("{:.0} %", it.risk * 100.0)),
            Cell::new(why.join("\n")),
        ]);
    }
    println!("{table}\n");
}

/// That nobody was seen before the club began, where that is not long ago.
fn unseen(lived: &Lived<'_>) -> String {
    match first_day(&lived.history) {
        Some(day) if (lived.now.date_naive() - day).num_days() < 91 => format!(
            " Visits before {} are not in its database, so that whoever came then counts as away.",
            day.format("%-d %B %Y")
        ),
        _ => String::new(),
    }
}

impl Risk {
    /// What makes leaving more likely, the weightiest first.
    fn raising(&self) -> impl Iterator<Item = &Part> {
        self.reasons.iter().filter(|part| part.adds >= 0.1)
    }
}

/// Breaks a sentence into lines.
fn wrapped(text: &str, width: usize) -> String {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split(' ') {
        if !line.is_empty() && line.chars().count() + word.chars().count() >= width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join("\n")
}

fn record(lived: &Lived<'_>, serving: &Serving, risks: &[Risk]) -> Result<(), Anything> {
    let words = Words::for_features();
    let mut insights = Vec::new();
    for it in risks {
        let four = it.reasons.iter().take(4);
        let reasons: Result<Vec<Reason>, _> =
            four.map(|part| Reason::new(words.say(part), part.adds)).collect();
        insights.push(Insight::new(
            MemberId::new(it.id)?,
            Word::new(KIND)?,
            it.risk,
            reasons?,
        )?);
    }
    let of = Origin::new(Word::new(MODEL)?, Word::new(&serving.model.id()?)?, lived.now);
    let expected = risks.iter().map(|it| it.risk).sum();
    let figure = Figure::new(About::Club, Word::new("expected-to-leave")?, expected)?;
    lived
        .gym
        .record_run(&Run::new(of, vec![figure], insights)?, lived.now)?;
    Ok(())
}

fn fill(lived: &Lived<'_>, serving: &Serving, risks: &[Risk], report: &mut Report) -> Result<(), Anything> {
    let words = Words::for_features();
    let (model, card) = (&serving.model, serving.model.card());
    report.source = Some(Source {
        model: serving.what.clone(),
        cutoff: card.window.last,
    });
    report.at_risk = risks
        .iter()
        .map(|it| AtRisk {
            who: format!("{}, {}", lived.name(it.id), lived.place(it.home)),
            risk: it.risk,
            reasons: it
                .reasons
                .iter()
                .take(4)
                .map(|part| format!("{}: {:+.1}", words.say(part), part.adds))
                .collect(),
            gain: None,
        })
        .collect();
    let note = match risks.is_empty() {
        true => "Nobody has been a member for a day yet.".to_owned(),
        false => format!(
            "Risks are those of leaving within {AHEAD} months if nothing is done. {}{}",
            serving.own,
            unseen(lived)
        ),
    };
    report.notes.insert(Section::AtRisk, note);
    if let Some(tested) = &card.report {
        report.reliability.push(Reliability {
            name: format!("{}, within a month", card.name),
            bins: tested.reliability.clone(),
            ece: tested.ece.value,
        });
    }
    report.cards.push(model.card().clone());
    Ok(())
}

/// Holds what was said before against what became of the members.
fn before(lived: &Lived<'_>, report: &mut Report) -> Result<(), Anything> {
    let mut log = PredictionLog::default();
    for ran in lived.gym.runs(&Word::new(MODEL)?, 100)? {
        let run = lived.gym.ran(ran.id)?;
        let said = run.insights().iter().filter(|it| it.kind().as_str() == KIND);
        for insight in said {
            log.add(Prediction {
                member: insight.member().get(),
                as_of: run.of().as_of,
                months: AHEAD,
                probability: insight.score(),
                model: run.of().version.as_str().to_owned(),
            })?;
        }
    }
    let known = log.outcomes(&lived.history, lived.now)?.scored().ok();
    let note = match &known {
        Some(scored) => {
            let expected: f64 = scored.probabilities().iter().sum();
            report.reliability.push(Reliability {
                name: format!("leaving this club within {AHEAD} months, as was said here before"),
                bins: scored.reliability(5)?,
                ece: scored.ece(5)?,
            });
            let note = format!(
                "Of {} members of whom it was said {AHEAD} months ago or earlier how likely they leave, {expected:.0} were \
                 expected to be gone by now and {} are.",
                scored.rows(),
                scored.events(),
            );
            println!("\n{note}");
            note
        }
        None => format!(
            "What was said of this club's members comes true or not in {AHEAD} months; until then there is only how well the \
             model did where it was learned."
        ),
    };
    report.notes.insert(Section::Calibration, note);
    Ok(())
}
