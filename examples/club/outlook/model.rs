//! The model that says who is at risk: at first one that was learned from a simulated club, until one of the club's own
//! history is better beyond doubt.

use chrono::{DateTime, Duration, Months, NaiveDate, NaiveTime, Utc};
use gym_analytics::evaluate::Bootstrap;
use gym_analytics::fold::Backtest;
use gym_analytics::hazard::HazardParams;
use gym_analytics::landmark::{End, Landmarks};
use gym_analytics::model::{Model, Params, Training};
use gym_analytics::registry::{Because, Registry, RegistryError};
use gym_core::history::History;
use gym_core::sim::teacher::{Profile, Teacher};
use gym_core::time::Instant;

use super::Lived;
use crate::Anything;

/// How many months ahead is looked.
pub(super) const AHEAD: u8 = 3;
/// Of fewer members who left nothing is learned.
const LEAST: usize = 30;
const FOLDER: &str = "club/models";
const OWN: &str = "Who leaves this club";
/// What is known of everybody, and means the same in every club: prices do not, nor how often a card is asked again.
const READS: [&str; 10] = [
    "days_since_visit",
    "visit_days_28",
    "visit_days_91",
    "trend",
    "longest_gap_91",
    "streak_weeks",
    "tenure_days",
    "term_months",
    "is_behind",
    "no_shows_182",
];

/// The model that serves, and how that came.
pub(super) struct Serving {
    pub(super) model: Model,
    /// What it is, in a few words.
    pub(super) what: String,
    /// Whether the club's own history could teach another, in a sentence.
    pub(super) own: String,
}

impl Serving {
    /// Who is there now, as the model wants to know of them.
    pub(super) fn at_risk(history: &History, now: Instant) -> Result<Landmarks<'static>, Anything> {
        Ok(Landmarks::at_risk(history, now)?.only(&READS)?)
    }
}

/// Returns the model that serves; where there is none, it learns one from a simulated club of so many members.
pub(super) fn serving(lived: &Lived<'_>, members: u32) -> Result<Serving, Anything> {
    let registry = Registry::open(FOLDER)?;
    if registry.champion()?.is_none() {
        let first = of_teacher(&lived.history, lived.now, members)?;
        registry.promote(&first, None, lived.now)?;
    }
    let own = own(&registry, lived)?;
    let model = registry.champion()?.ok_or("no model serves")?;
    let since = match registry.promotions()?.last() {
        Some(it) if it.because == Because::First => String::new(),
        Some(it) => format!(", serving since {}", it.at.format("%-d %B %Y")),
        None => String::new(),
    };
    let from = match model.card().name == OWN {
        true => "this club's own history",
        false => "a simulated club",
    };
    let what = format!("model {}, learned from {from}{since}", model.id()?);
    Ok(Serving { model, what, own })
}

/// The first of each month, from one on, before another.
fn months(from: NaiveDate, until: Instant) -> Result<Vec<Instant>, Anything> {
    let mut all = Vec::new();
    let mut at: DateTime<Utc> = from.and_time(NaiveTime::MIN).and_utc();
    while at < until {
        all.push(at);
        at = at
            .checked_add_months(Months::new(1))
            .ok_or("the calendar is over")?;
    }
    Ok(all)
}

/// The civil day on which the first membership began.
pub(super) fn first_day(history: &History) -> Option<NaiveDate> {
    let first = history.memberships.starts_on.iter().min()?;
    Some(NaiveDate::default() + Duration::days(i64::from(*first)))
}

/// Learns from a simulated club that ended before this one began, of the country that is most like the first place.
fn of_teacher(history: &History, now: Instant, members: u32) -> Result<Model, Anything> {
    const MONTHS: u32 = 30;
    let zone = history.places.zone.first().map_or("", |zone| zone.name());
    let profile = match zone {
        "America/Sao_Paulo" => Profile::Rio,
        zone if zone.starts_with("America/") => Profile::NorthAmerica,
        _ => Profile::Uk,
    };
    let start = first_day(history)
        .unwrap_or(now.date_naive())
        .checked_sub_months(Months::new(MONTHS + 1))
        .ok_or("the calendar is over")?;
    let lesson = Teacher::new(profile, 7, members, start, MONTHS).teach();
    let (past, end) = match lesson.months.as_slice() {
        [.., end] => (lesson.months.iter().skip(6).step_by(2), *end),
        [] => return Err("the simulated club has not lived".into()),
    };
    let past: Vec<Instant> = past.copied().filter(|at| *at < end).collect();
    let name = format!("Who leaves a simulated club ({})", profile.as_str());
    let rows = Landmarks::at(&lesson.history, &past, AHEAD, end)?.only(&READS)?;
    learn(
        &name,
        &rows,
        "another club than the simulated one that it learned from",
    )
}

fn learn(name: &str, rows: &Landmarks<'_>, limit: &str) -> Result<Model, Anything> {
    let params = HazardParams {
        months: AHEAD,
        ridges: vec![10.0],
        shapes: HazardParams::for_features()
            .shapes
            .into_iter()
            .filter(|(name, _)| READS.contains(&name.as_str()))
            .collect(),
        ..HazardParams::default()
    };
    let backtest = Backtest {
        folds: 3,
        embargo_days: 31,
    };
    let training = Training::of(name, rows)?.backtest(backtest);
    let training = training.bootstrap(Bootstrap {
        draws: 100,
        ..Bootstrap::default()
    });
    Ok(training.limit(limit).learn(&Params::Hazard(params))?)
}

/// Tries a model of the club's own: learned up to three months ago, and held against the one that serves on what came since.
fn own(registry: &Registry, lived: &Lived<'_>) -> Result<String, Anything> {
    let (history, now) = (&lived.history, lived.now);
    let cut = now
        .checked_sub_months(Months::new(3))
        .ok_or("the calendar is over")?;
    let Some(first) = first_day(history) else {
        return Ok("Nobody has had a membership yet.".to_owned());
    };
    let (past, since): (Vec<_>, Vec<_>) = months(first, now)?.into_iter().partition(|at| *at < cut);
    let known = Landmarks::at(history, &past, AHEAD, cut.max(history.during().start()))?;
    let left = known
        .rows()
        .iter()
        .filter(|row| matches!(row.end, End::Left { month: 1, .. }))
        .count();
    if known.rows().is_empty() {
        return Ok(format!(
            "This club is too young to teach one: once {LEAST} of its members have left, a model of its own is held against this \
             one."
        ));
    }
    if left < LEAST {
        return Ok(format!(
            "This club's own history, without the last three months, has {} months of members, in which {left} left: from \
             {LEAST} on, a model of its own is held against this one.",
            known.rows().len()
        ));
    }
    let limit = "members of less than a month";
    let challenger = match learn(OWN, &known.only(&READS)?, limit) {
        Ok(model) => model,
        Err(why) => return Ok(format!("This club's own history teaches no model yet: {why}.")),
    };
    let test = Landmarks::at(history, &since, 1, now)?.only(&READS)?;
    let gone = test.left_within(1);
    let seen: Vec<u32> = (0..)
        .zip(&gone)
        .filter_map(|(row, gone)| gone.map(|_| row))
        .collect();
    let test = test.pick(&seen)?;
    let gone: Vec<bool> = gone.into_iter().flatten().collect();
    let contest = registry.contest(
        &challenger,
        test.columns(),
        &gone,
        &test.as_of(),
        Bootstrap::default(),
    );
    let contest = match contest {
        Ok(contest) => contest,
        Err(why) => {
            return Ok(format!(
                "A model of this club's own could not be compared: {why}."
            ));
        }
    };
    match registry.promote(&challenger, contest.as_ref(), now) {
        Ok(_) => Ok(format!(
            "It was learned from {} months of this club's members and was better than the one before on the {} months since.",
            known.rows().len(),
            gone.len()
        )),
        Err(RegistryError::NotBetter { low, value, high }) => Ok(format!(
            "A model of this club's own was held against it on the last {} months of members: its log-loss differs by \
             {value:+.3} ({low:+.3} to {high:+.3}), so it is not better beyond doubt.",
            gone.len()
        )),
        Err(why) => Err(why.into()),
    }
}
