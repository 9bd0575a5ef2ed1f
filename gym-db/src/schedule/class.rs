//! Class series and dated classes as rows.

use diesel::prelude::*;
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::{Class, ClassSeries, ClassState, Offering};
use gym_core::series::Series;
use gym_core::time::Period;

use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::row::{CIVIL, bad, civil, count, from_json, id, number, period, stamp, to_json};
use crate::schema::{class_registrations, class_series, classes};
use crate::stamp::Stamp;

/// Makes the columns of an [`Offering`], which series and classes have alike.
macro_rules! offered {
    ($columns:ident, $table:ident) => {
        #[derive(Queryable, Selectable, Insertable, AsChangeset)]
        #[diesel(table_name = $table, treat_none_as_null = true, treat_none_as_default_value = false)]
        pub(crate) struct $columns {
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
        }

        impl From<Offering> for $columns {
            fn from(offering: Offering) -> Self {
                Self {
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
                }
            }
        }

        impl TryFrom<$columns> for Offering {
            type Error = StoreError;

            fn try_from(columns: $columns) -> Result<Self, StoreError> {
                Ok(Self {
                    location: id(columns.location_id),
                    title: columns.title,
                    programme: columns.programme,
                    trainer: columns.trainer_id.map(id),
                    room: columns.room_id.map(id),
                    equipment: columns.equipment_id.map(id),
                    capacity: count(concat!(stringify!($table), ".capacity"), columns.capacity)?,
                    minutes: count(concat!(stringify!($table), ".minutes"), columns.minutes)?,
                    buffers: Buffers {
                        before_minutes: count(
                            concat!(stringify!($table), ".before_minutes"),
                            columns.before_minutes,
                        )?,
                        after_minutes: count(
                            concat!(stringify!($table), ".after_minutes"),
                            columns.after_minutes,
                        )?,
                    },
                })
            }
        }
    };
}

offered!(SeriesOffering, class_series);
offered!(ClassOffering, classes);

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = class_series, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct SeriesRow {
    #[diesel(skip_insertion, skip_update)]
    pub(crate) id: i64,
    #[diesel(embed)]
    offering: SeriesOffering,
    recurrence: String,
}

impl SeriesRow {
    pub(crate) fn new(series: i64, offering: Offering, recurrence: &Series) -> Result<Self, StoreError> {
        Ok(Self {
            id: series,
            offering: offering.into(),
            recurrence: to_json(recurrence)?,
        })
    }
}

impl TryFrom<SeriesRow> for ClassSeries {
    type Error = StoreError;

    fn try_from(row: SeriesRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row.id),
            offering: row.offering.try_into()?,
            recurrence: from_json("class_series.recurrence", &row.recurrence)?,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = classes, treat_none_as_default_value = false)]
pub(crate) struct ClassRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    series_id: Option<i64>,
    original_start: Option<String>,
    #[diesel(embed)]
    offering: ClassOffering,
    starts_at: Stamp,
    ends_at: Stamp,
    state: String,
    closure_id: Option<i64>,
}

impl From<Class> for ClassRow {
    fn from(class: Class) -> Self {
        let (state, closure_id) = state_columns(class.state);
        Self {
            id: class.id.get(),
            series_id: class.series.map(|it| it.get()),
            original_start: class.original.map(|it| it.format(CIVIL).to_string()),
            offering: class.offering.into(),
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
        let original = row.original_start.as_deref();
        Ok(Self {
            id: id(row.id),
            series: row.series_id.map(id),
            original: original
                .map(|text| civil("classes.original_start", text))
                .transpose()?,
            offering: row.offering.try_into()?,
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
    offering: Offering,
) -> Result<(), StoreError> {
    let (starts_at, ends_at) = (stamp(period.start()), stamp(period.end()));
    let times = (classes::starts_at.eq(starts_at), classes::ends_at.eq(ends_at));
    diesel::update(classes::table.find(class))
        .set((times, ClassOffering::from(offering)))
        .execute(connection)?;
    let booked = class_registrations::table.filter(class_registrations::class_id.eq(class));
    diesel::update(booked)
        .set(class_registrations::ends_at.eq(ends_at))
        .execute(connection)?;
    Ok(())
}
