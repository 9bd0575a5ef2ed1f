//! Trainers, their hours and their members as rows.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::schedule::availability::{Availability, Dates, WeeklyRule};
use gym_core::trainer::{Assignment, Care, Trainer};

use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::row::{bad, clock, count, hours, id, number, period, span, stamp};
use crate::schema::{trainer_availability, trainer_locations, trainer_members, trainers};
use crate::stamp::Stamp;
use crate::user::person;
use crate::word::Word;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = trainers, treat_none_as_default_value = false)]
pub(crate) struct TrainerRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    user_id: Option<i64>,
    name: String,
    email: Option<String>,
    born_on: Option<NaiveDate>,
    home_id: i64,
    joined_at: Stamp,
    starting_turns: i32,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = trainer_availability, treat_none_as_default_value = false)]
pub(crate) struct HoursRow {
    trainer_id: i64,
    kind: String,
    location_id: Option<i64>,
    weekday: Option<i32>,
    on_date: Option<NaiveDate>,
    opens: Option<String>,
    closes: Option<String>,
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
    off_from: Option<Stamp>,
    off_until: Option<Stamp>,
}

impl HoursRow {
    fn new(trainer: i64, kind: &str) -> Self {
        Self {
            trainer_id: trainer,
            kind: kind.to_owned(),
            location_id: None,
            weekday: None,
            on_date: None,
            opens: None,
            closes: None,
            valid_from: None,
            valid_until: None,
            off_from: None,
            off_until: None,
        }
    }
}

fn to_rows(trainer: i64, availability: &Availability) -> Vec<HoursRow> {
    let weekly = availability.weekly.iter().map(|rule| HoursRow {
        location_id: rule.location.map(|it| it.get()),
        weekday: Some(rule.hours.weekday.num_days_from_monday() as i32),
        opens: Some(clock(rule.hours.span.opens())),
        closes: Some(clock(rule.hours.span.closes())),
        valid_from: rule.dates.from(),
        valid_until: rule.dates.until(),
        ..HoursRow::new(trainer, "weekly")
    });
    let dated = availability.overrides.iter().flat_map(|(date, spans)| {
        let on = move || HoursRow {
            on_date: Some(*date),
            ..HoursRow::new(trainer, "override")
        };
        let off = spans.is_empty().then(on);
        let open = spans.iter().map(move |span| HoursRow {
            opens: Some(clock(span.opens())),
            closes: Some(clock(span.closes())),
            ..on()
        });
        off.into_iter().chain(open)
    });
    let off = availability.time_off.iter().map(|off| HoursRow {
        off_from: Some(stamp(off.start())),
        off_until: Some(stamp(off.end())),
        ..HoursRow::new(trainer, "time_off")
    });
    weekly.chain(dated).chain(off).collect()
}

fn from_rows(rows: Vec<HoursRow>) -> Result<Availability, StoreError> {
    let mut availability = Availability {
        weekly: Vec::new(),
        overrides: BTreeMap::new(),
        time_off: Vec::new(),
    };
    for row in rows {
        let column = "trainer_availability";
        match (row.kind.as_str(), row.opens.as_deref(), row.closes.as_deref()) {
            ("weekly", Some(opens), Some(closes)) => availability.weekly.push(WeeklyRule {
                hours: hours(column, row.weekday.unwrap_or(-1), opens, closes)?,
                location: row.location_id.map(id),
                dates: Dates::new(row.valid_from, row.valid_until).map_err(|error| bad(column, error))?,
            }),
            ("override", opens, closes) => {
                let date = row.on_date.ok_or_else(|| bad(column, "override"))?;
                let spans = availability.overrides.entry(date).or_default();
                if let (Some(opens), Some(closes)) = (opens, closes) {
                    spans.push(span(column, opens, closes)?);
                }
            }
            (kind, ..) => {
                let (Some(from), Some(until)) = (row.off_from, row.off_until) else {
                    return Err(bad(column, kind));
                };
                availability.time_off.push(period(column, from, until)?);
            }
        }
    }
    Ok(availability)
}

/// Saves a trainer with where and when they work.
pub(crate) fn insert(connection: &mut AnyConnection, trainer: Trainer) -> Result<i64, StoreError> {
    let row = TrainerRow {
        id: 0,
        user_id: trainer.user.map(|it| it.get()),
        name: trainer.person.name,
        email: trainer.person.email,
        born_on: trainer.person.born_on,
        home_id: trainer.home.get(),
        joined_at: stamp(trainer.joined_at),
        starting_turns: number(trainer.starting_turns),
    };
    let new: i64 = diesel::insert_into(trainers::table)
        .values(row)
        .returning(trainers::id)
        .get_result(connection)?;
    for location in &trainer.also_at {
        let row = (
            trainer_locations::trainer_id.eq(new),
            trainer_locations::location_id.eq(location.get()),
        );
        diesel::insert_into(trainer_locations::table)
            .values(row)
            .execute(connection)?;
    }
    insert_hours(connection, new, &trainer.availability)?;
    Ok(new)
}

fn insert_hours(
    connection: &mut AnyConnection,
    trainer: i64,
    hours: &Availability,
) -> Result<(), StoreError> {
    for row in to_rows(trainer, hours) {
        diesel::insert_into(trainer_availability::table)
            .values(row)
            .execute(connection)?;
    }
    Ok(())
}

/// Puts other hours in the place of a trainer's.
pub(crate) fn set_hours(
    connection: &mut AnyConnection,
    trainer: i64,
    hours: &Availability,
) -> Result<(), StoreError> {
    let old = trainer_availability::table.filter(trainer_availability::trainer_id.eq(trainer));
    diesel::delete(old).execute(connection)?;
    insert_hours(connection, trainer, hours)
}

/// Loads trainers with where and when they work, all of them or those asked for.
pub(crate) fn load(connection: &mut AnyConnection, only: Option<&[i64]>) -> Result<Vec<Trainer>, StoreError> {
    let rows: Vec<TrainerRow> = match only {
        Some(ids) => {
            let query = trainers::table.filter(trainers::id.eq_any(ids.to_vec()));
            query
                .order(trainers::id)
                .select(TrainerRow::as_select())
                .load(connection)?
        }
        None => trainers::table
            .order(trainers::id)
            .select(TrainerRow::as_select())
            .load(connection)?,
    };
    rows.into_iter().map(|row| complete(connection, row)).collect()
}

fn complete(connection: &mut AnyConnection, row: TrainerRow) -> Result<Trainer, StoreError> {
    let places = trainer_locations::table.filter(trainer_locations::trainer_id.eq(row.id));
    let also_at: Vec<i64> = places.select(trainer_locations::location_id).load(connection)?;
    let hours = trainer_availability::table.filter(trainer_availability::trainer_id.eq(row.id));
    let hours = hours
        .order(trainer_availability::id)
        .select(HoursRow::as_select())
        .load(connection)?;
    Ok(Trainer {
        id: id(row.id),
        user: row.user_id.map(id),
        person: person(row.name, row.email, row.born_on),
        home: id(row.home_id),
        also_at: also_at.into_iter().map(id).collect(),
        availability: from_rows(hours)?,
        joined_at: row.joined_at.at(),
        starting_turns: count("trainers.starting_turns", row.starting_turns)?,
    })
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = trainer_members, treat_none_as_default_value = false)]
pub(crate) struct AssignmentRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    trainer_id: i64,
    member_id: i64,
    care: Word<Care>,
    is_primary: bool,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
}

impl From<Assignment> for AssignmentRow {
    fn from(link: Assignment) -> Self {
        Self {
            id: link.id.get(),
            trainer_id: link.trainer.get(),
            member_id: link.member.get(),
            care: Word(link.care),
            is_primary: link.primary,
            valid_from: link.from,
            valid_until: link.until,
        }
    }
}

impl From<AssignmentRow> for Assignment {
    fn from(row: AssignmentRow) -> Self {
        Self {
            id: id(row.id),
            trainer: id(row.trainer_id),
            member: id(row.member_id),
            care: row.care.0,
            primary: row.is_primary,
            from: row.valid_from,
            until: row.valid_until,
        }
    }
}
