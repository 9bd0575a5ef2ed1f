//! Class series and dated classes as rows.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::{Class, ClassSeries, ClassState, Offering};
use gym_core::series::Series;
use gym_core::time::Period;

use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::row::{CIVIL, bad, civil, count, from_json, id, number, period, stamp, to_json};
use crate::schema::{class_registrations, class_series, classes};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = class_series, treat_none_as_null = true)]
pub(crate) struct SeriesRow {
    #[diesel(skip_insertion, skip_update)]
    pub(crate) id: i64,
    location_id: i64,
    title: String,
    programme: String,
    trainer_id: Option<i64>,
    room_id: Option<i64>,
    equipment_id: Option<i64>,
    capacity: i32,
    minutes: i32,
    before_minutes: i32,
    after_minutes: i32,
    recurrence: String,
}

impl SeriesRow {
    pub(crate) fn new(series: i64, offering: Offering, recurrence: &Series) -> Result<Self, StoreError> {
        Ok(Self {
            id: series,
            location_id: offering.location.get(),
            title: offering.title,
            programme: offering.programme,
            trainer_id: offering.trainer.map(|it| it.get()),
            room_id: offering.room.map(|it| it.get()),
            equipment_id: offering.equipment.map(|it| it.get()),
            capacity: number(offering.capacity),
            minutes: number(offering.minutes),
            before_minutes: number(offering.buffers.before_minutes),
            after_minutes: number(offering.buffers.after_minutes),
            recurrence: to_json(recurrence)?,
        })
    }
}

impl TryFrom<SeriesRow> for ClassSeries {
    type Error = StoreError;

    fn try_from(row: SeriesRow) -> Result<Self, StoreError> {
        let buffers = Buffers {
            before_minutes: count("class_series.before_minutes", row.before_minutes)?,
            after_minutes: count("class_series.after_minutes", row.after_minutes)?,
        };
        let offering = Offering {
            location: id(row.location_id),
            title: row.title,
            programme: row.programme,
            trainer: row.trainer_id.map(id),
            room: row.room_id.map(id),
            equipment: row.equipment_id.map(id),
            capacity: count("class_series.capacity", row.capacity)?,
            minutes: count("class_series.minutes", row.minutes)?,
            buffers,
        };
        Ok(Self { id: id(row.id), offering, recurrence: from_json("class_series.recurrence", &row.recurrence)? })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = classes)]
pub(crate) struct ClassRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    series_id: Option<i64>,
    original_start: Option<String>,
    location_id: i64,
    title: String,
    programme: String,
    trainer_id: Option<i64>,
    room_id: Option<i64>,
    equipment_id: Option<i64>,
    capacity: i32,
    minutes: i32,
    before_minutes: i32,
    after_minutes: i32,
    starts_at: NaiveDateTime,
    ends_at: NaiveDateTime,
    state: String,
    closure_id: Option<i64>,
}

impl From<Class> for ClassRow {
    fn from(class: Class) -> Self {
        let (state, closure_id) = state_columns(class.state);
        let offering = class.offering;
        Self {
            id: class.id.get(),
            series_id: class.series.map(|it| it.get()),
            original_start: class.original.map(|it| it.format(CIVIL).to_string()),
            location_id: offering.location.get(),
            title: offering.title,
            programme: offering.programme,
            trainer_id: offering.trainer.map(|it| it.get()),
            room_id: offering.room.map(|it| it.get()),
            equipment_id: offering.equipment.map(|it| it.get()),
            capacity: number(offering.capacity),
            minutes: number(offering.minutes),
            before_minutes: number(offering.buffers.before_minutes),
            after_minutes: number(offering.buffers.after_minutes),
            starts_at: stamp(class.period.start()),
            ends_at: stamp(class.period.end()),
            state: state.to_owned(),
            closure_id,
        }
    }
}

impl TryFrom<ClassRow> for Class {
    type Error = StoreError;

    fn try_from(row: ClassRow) -> Result<Self, StoreError> {
        let state = match (row.state.as_str(), row.closure_id) {
            ("scheduled", None) => ClassState::Scheduled,
            ("cancelled", None) => ClassState::Cancelled,
            ("closed", Some(closure)) => ClassState::Closed(id(closure)),
            (other, _) => return Err(bad("classes.state", other)),
        };
        let buffers = Buffers {
            before_minutes: count("classes.before_minutes", row.before_minutes)?,
            after_minutes: count("classes.after_minutes", row.after_minutes)?,
        };
        let offering = Offering {
            location: id(row.location_id),
            title: row.title,
            programme: row.programme,
            trainer: row.trainer_id.map(id),
            room: row.room_id.map(id),
            equipment: row.equipment_id.map(id),
            capacity: count("classes.capacity", row.capacity)?,
            minutes: count("classes.minutes", row.minutes)?,
            buffers,
        };
        Ok(Self {
            id: id(row.id),
            series: row.series_id.map(id),
            original: row.original_start.map(|text| civil("classes.original_start", &text)).transpose()?,
            offering,
            period: period("classes.starts_at", row.starts_at, row.ends_at)?,
            state,
        })
    }
}

pub(crate) fn state_columns(state: ClassState) -> (&'static str, Option<i64>) {
    match state {
        ClassState::Scheduled => ("scheduled", None),
        ClassState::Cancelled => ("cancelled", None),
        ClassState::Closed(closure) => ("closed", Some(closure.get())),
    }
}

/// Saves when a class takes place and what it offers; its bookings follow.
pub(crate) fn move_to(
    connection: &mut AnyConnection,
    class: i64,
    period: Period,
    offering: &Offering,
) -> Result<(), StoreError> {
    diesel::update(classes::table.find(class))
        .set((
            classes::starts_at.eq(stamp(period.start())),
            classes::ends_at.eq(stamp(period.end())),
            classes::title.eq(&offering.title),
            classes::programme.eq(&offering.programme),
            classes::trainer_id.eq(offering.trainer.map(|it| it.get())),
            classes::room_id.eq(offering.room.map(|it| it.get())),
            classes::equipment_id.eq(offering.equipment.map(|it| it.get())),
            classes::capacity.eq(number(offering.capacity)),
            classes::minutes.eq(number(offering.minutes)),
            classes::before_minutes.eq(number(offering.buffers.before_minutes)),
            classes::after_minutes.eq(number(offering.buffers.after_minutes)),
        ))
        .execute(connection)?;
    let booked = class_registrations::table.filter(class_registrations::class_id.eq(class));
    diesel::update(booked).set(class_registrations::ends_at.eq(stamp(period.end()))).execute(connection)?;
    Ok(())
}
