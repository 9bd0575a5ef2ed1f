//! What models said, as rows: runs, figures, insights and the reasons for them.
//!
//! Nothing here is decided, so that it is stored without a command. Who was erased is in none of it: the database takes out
//! what was said of them when they are, and nothing is stored of them later.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use gym_core::id::{MemberId, RunId};
use gym_core::insight::{About, Figure, Insight, Origin, Reason, Run};
use gym_core::recommendation::Word;
use gym_core::time::Instant;
use gym_core::user::Person;

use crate::Gym;
use crate::connection::{AnyConnection, on_backend};
use crate::error::StoreError;
use crate::row::{bad, id, number, stamp};
use crate::schema::{ai_insight_reasons, ai_insights, analytics_data, analytics_runs, members};
use crate::stamp::Stamp;

/// How many rows one statement inserts or asks for: at most six columns each, and SQLite takes 32,766 values.
const PAGE: usize = 4_096;

/// That a model was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The run.
    pub id: RunId,
    /// By which model, and when.
    pub of: Origin,
    /// When it was stored.
    pub recorded_at: Instant,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = analytics_runs)]
struct RunRow {
    #[diesel(skip_insertion)]
    id: i64,
    model: String,
    version: String,
    as_of: Stamp,
    recorded_at: Stamp,
}

impl TryFrom<RunRow> for Ran {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self, StoreError> {
        let model = word("analytics_runs.model", &row.model)?;
        let version = word("analytics_runs.version", &row.version)?;
        Ok(Self {
            id: id(row.id),
            of: Origin::new(model, version, row.as_of.at()),
            recorded_at: row.recorded_at.at(),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = analytics_data)]
struct FigureRow {
    #[diesel(skip_insertion)]
    id: i64,
    run_id: i64,
    member_id: Option<i64>,
    class_id: Option<i64>,
    trainer_id: Option<i64>,
    name: String,
    value: f64,
}

impl FigureRow {
    fn new(run: i64, figure: &Figure) -> Self {
        let (member_id, class_id, trainer_id) = match figure.about() {
            About::Club => (None, None, None),
            About::Member(it) => (Some(it.get()), None, None),
            About::Class(it) => (None, Some(it.get()), None),
            About::Trainer(it) => (None, None, Some(it.get())),
        };
        Self {
            id: 0,
            run_id: run,
            member_id,
            class_id,
            trainer_id,
            name: figure.name().as_str().to_owned(),
            value: figure.value(),
        }
    }

    fn figure(&self) -> Result<Figure, StoreError> {
        let about = match (self.member_id, self.class_id, self.trainer_id) {
            (Some(it), ..) => About::Member(id(it)),
            (_, Some(it), _) => About::Class(id(it)),
            (.., Some(it)) => About::Trainer(id(it)),
            (None, None, None) => About::Club,
        };
        let name = word("analytics_data.name", &self.name)?;
        Figure::new(about, name, self.value).map_err(|_| bad("analytics_data.value", self.value))
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = ai_insights)]
struct InsightRow {
    #[diesel(skip_insertion)]
    id: i64,
    run_id: i64,
    member_id: i64,
    kind: String,
    score: f64,
}

impl InsightRow {
    fn new(run: i64, insight: &Insight) -> Self {
        Self {
            id: 0,
            run_id: run,
            member_id: insight.member().get(),
            kind: insight.kind().as_str().to_owned(),
            score: insight.score(),
        }
    }

    fn insight(&self, reasons: Vec<Reason>) -> Result<Insight, StoreError> {
        let kind = word("ai_insights.kind", &self.kind)?;
        Insight::new(id(self.member_id), kind, self.score, reasons)
            .map_err(|_| bad("ai_insights.score", self.score))
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = ai_insight_reasons)]
struct ReasonRow {
    #[diesel(skip_insertion)]
    id: i64,
    insight_id: i64,
    place: i32,
    words: String,
    adds: f64,
}

fn word(column: &str, text: &str) -> Result<Word, StoreError> {
    Word::new(text).map_err(|_| bad(column, text))
}

impl Gym {
    /// Stores what a model said; `at` is the clock of the caller. The same version of a model at the same instant is stored
    /// once: again is the run that is there already. What it says of somebody who was erased is left out.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`]; also where a member, class or trainer is not there.
    pub fn record_run(&self, run: &Run, at: Instant) -> Result<RunId, StoreError> {
        self.store.write(|c| {
            let of = run.of();
            let row = RunRow {
                id: 0,
                model: of.model.as_str().to_owned(),
                version: of.version.as_str().to_owned(),
                as_of: stamp(of.as_of),
                recorded_at: stamp(at),
            };
            let insert = diesel::insert_into(analytics_runs::table).values(row);
            let insert = insert.on_conflict_do_nothing().returning(analytics_runs::id);
            let new: Option<i64> = on_backend!(&mut *c, |c| insert.get_result(c).optional()?);
            match new {
                Some(new) => {
                    let erased = erased(c, run)?;
                    figures(c, new, run, &erased)?;
                    insights(c, new, run, &erased)?;
                    Ok(id(new))
                }
                None => {
                    let there = analytics_runs::table
                        .filter(analytics_runs::model.eq(of.model.as_str()))
                        .filter(analytics_runs::version.eq(of.version.as_str()))
                        .filter(analytics_runs::as_of.eq(stamp(of.as_of)))
                        .select(analytics_runs::id);
                    Ok(id(there.first(c)?))
                }
            }
        })
    }

    /// Lists the runs of a model, the last instant first: `most` of them.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn runs(&self, model: &Word, most: u32) -> Result<Vec<Ran>, StoreError> {
        let rows: Vec<RunRow> = self.store.read(|c| {
            let rows = analytics_runs::table
                .filter(analytics_runs::model.eq(model.as_str()))
                .order((analytics_runs::as_of.desc(), analytics_runs::id.desc()))
                .limit(most.into())
                .select(RunRow::as_select());
            Ok(rows.load(c)?)
        })?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Returns all that a model said in a run, in the order in which it was said.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`]; also where there is no such run.
    pub fn ran(&self, run: RunId) -> Result<Run, StoreError> {
        self.store.read(|c| {
            let found = analytics_runs::table.find(run.get()).select(RunRow::as_select());
            let row: RunRow = found.first(c)?;
            let ran = Ran::try_from(row)?;
            let rows: Vec<FigureRow> = analytics_data::table
                .filter(analytics_data::run_id.eq(run.get()))
                .order(analytics_data::id)
                .select(FigureRow::as_select())
                .load(c)?;
            let figures: Result<_, StoreError> = rows.iter().map(FigureRow::figure).collect();
            let rows = ai_insights::table
                .filter(ai_insights::run_id.eq(run.get()))
                .order(ai_insights::id)
                .select(InsightRow::as_select())
                .load(c)?;
            let said = with_reasons(c, rows)?.into_iter().map(|(_, it)| it);
            Run::new(ran.of, figures?, said.collect()).map_err(|why| bad("ai_insights", why))
        })
    }

    /// Lists what was said of a member, the last first: `most` of it, each with its run.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn insights_of(&self, member: MemberId, most: u32) -> Result<Vec<(Ran, Insight)>, StoreError> {
        self.store.read(|c| {
            let rows = ai_insights::table
                .filter(ai_insights::member_id.eq(member.get()))
                .order(ai_insights::id.desc())
                .limit(most.into())
                .select(InsightRow::as_select())
                .load(c)?;
            let runs: BTreeSet<i64> = rows.iter().map(|row: &InsightRow| row.run_id).collect();
            let runs: Vec<RunRow> = analytics_runs::table
                .filter(analytics_runs::id.eq_any(runs))
                .select(RunRow::as_select())
                .load(c)?;
            let runs: Result<BTreeMap<i64, Ran>, StoreError> = runs
                .into_iter()
                .map(|row| Ok((row.id, row.try_into()?)))
                .collect();
            let runs = runs?;
            let said = with_reasons(c, rows)?.into_iter();
            let of = said.filter_map(|(run, it)| Some((runs.get(&run)?.clone(), it)));
            Ok(of.collect())
        })
    }
}

/// Finds which of the members of a run were erased.
fn erased(c: &mut AnyConnection, run: &Run) -> Result<BTreeSet<MemberId>, StoreError> {
    let said = run.insights().iter().map(Insight::member);
    let counted = run.figures().iter().filter_map(|it| match it.about() {
        About::Member(member) => Some(member),
        _ => None,
    });
    let all: Vec<i64> = said
        .chain(counted)
        .map(|it| it.get())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut erased = BTreeSet::new();
    for some in all.chunks(PAGE) {
        let rows: Vec<i64> = members::table
            .filter(members::name.eq(Person::default().name))
            .filter(members::id.eq_any(some))
            .select(members::id)
            .load(c)?;
        erased.extend(rows.into_iter().map(id::<MemberId>));
    }
    Ok(erased)
}

fn figures(c: &mut AnyConnection, run: i64, of: &Run, erased: &BTreeSet<MemberId>) -> Result<(), StoreError> {
    let known = |it: &&Figure| !matches!(it.about(), About::Member(who) if erased.contains(&who));
    let rows: Vec<FigureRow> = of
        .figures()
        .iter()
        .filter(known)
        .map(|it| FigureRow::new(run, it))
        .collect();
    for some in rows.chunks(PAGE) {
        let insert = diesel::insert_into(analytics_data::table).values(some);
        on_backend!(&mut *c, |c| insert.execute(c)?);
    }
    Ok(())
}

fn insights(
    c: &mut AnyConnection,
    run: i64,
    of: &Run,
    erased: &BTreeSet<MemberId>,
) -> Result<(), StoreError> {
    let said: Vec<&Insight> = of
        .insights()
        .iter()
        .filter(|it| !erased.contains(&it.member()))
        .collect();
    for some in said.chunks(PAGE) {
        let rows: Vec<InsightRow> = some.iter().map(|it| InsightRow::new(run, it)).collect();
        let insert = diesel::insert_into(ai_insights::table).values(&rows);
        on_backend!(&mut *c, |c| insert.execute(c)?);
    }
    let key = (ai_insights::member_id, ai_insights::kind);
    let new: Vec<((i64, String), i64)> = ai_insights::table
        .filter(ai_insights::run_id.eq(run))
        .select((key, ai_insights::id))
        .load(c)?;
    let new: BTreeMap<(i64, String), i64> = new.into_iter().collect();
    let mut rows = Vec::new();
    for insight in said {
        let key = (insight.member().get(), insight.kind().as_str().to_owned());
        let Some(insight_id) = new.get(&key) else {
            continue;
        };
        rows.extend((0..).zip(insight.reasons()).map(|(place, reason)| ReasonRow {
            id: 0,
            insight_id: *insight_id,
            place: number(place),
            words: reason.words().to_owned(),
            adds: reason.adds(),
        }));
    }
    for some in rows.chunks(PAGE) {
        let insert = diesel::insert_into(ai_insight_reasons::table).values(some);
        on_backend!(&mut *c, |c| insert.execute(c)?);
    }
    Ok(())
}

/// Reads the reasons of insights, and returns each with its run.
fn with_reasons(c: &mut AnyConnection, rows: Vec<InsightRow>) -> Result<Vec<(i64, Insight)>, StoreError> {
    let mut reasons: BTreeMap<i64, Vec<Reason>> = BTreeMap::new();
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    for some in ids.chunks(PAGE) {
        let found: Vec<ReasonRow> = ai_insight_reasons::table
            .filter(ai_insight_reasons::insight_id.eq_any(some))
            .order((ai_insight_reasons::insight_id, ai_insight_reasons::place))
            .select(ReasonRow::as_select())
            .load(c)?;
        for row in found {
            let reason =
                Reason::new(row.words, row.adds).map_err(|why| bad("ai_insight_reasons.words", why))?;
            reasons.entry(row.insight_id).or_default().push(reason);
        }
    }
    let with = |row: InsightRow| {
        Ok((
            row.run_id,
            row.insight(reasons.remove(&row.id).unwrap_or_default())?,
        ))
    };
    rows.into_iter().map(with).collect()
}
