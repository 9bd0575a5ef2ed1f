//! Locations, their hours, closures and rooms as rows.

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::location::{Closure, Location, Room};
use gym_core::schedule::availability::{Dates, Hours, WeeklyHours};

use crate::connection::{AnyConnection, on_backend};
use crate::error::StoreError;
use crate::row::{bad, clock, count, id, number, weekday};
use crate::schema::{closures, locations, opening_hours, rooms};
use crate::statement::fixed;
use crate::word::Clock;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = locations, treat_none_as_default_value = false)]
pub(crate) struct LocationRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    name: String,
    zone: String,
    currency: String,
    hours_from: Option<NaiveDate>,
    hours_until: Option<NaiveDate>,
}

#[derive(Insertable)]
#[diesel(table_name = opening_hours, treat_none_as_default_value = false)]
struct OpeningRow {
    location_id: i64,
    weekday: i32,
    opens: String,
    closes: String,
}

/// Saves a location with its opening hours.
pub(crate) fn insert(connection: &mut AnyConnection, location: Location) -> Result<i64, StoreError> {
    let row = LocationRow {
        id: 0,
        name: location.name,
        zone: location.zone.name().to_owned(),
        currency: location.currency.code().to_owned(),
        hours_from: location.hours.dates.from(),
        hours_until: location.hours.dates.until(),
    };
    let new: i64 = diesel::insert_into(locations::table)
        .values(row)
        .returning(locations::id)
        .get_result(connection)?;
    for hours in &location.hours.hours {
        let row = OpeningRow {
            location_id: new,
            weekday: hours.weekday.num_days_from_monday() as i32,
            opens: clock(hours.span.opens()),
            closes: clock(hours.span.closes()),
        };
        diesel::insert_into(opening_hours::table)
            .values(row)
            .execute(connection)?;
    }
    Ok(new)
}

/// Loads locations with their opening hours, all of them or those asked for.
pub(crate) fn load(connection: &mut AnyConnection, only: Option<i64>) -> Result<Vec<Location>, StoreError> {
    let rows: Vec<LocationRow> = match only {
        Some(id) => {
            let one = locations::table.find(id);
            on_backend!(&mut *connection, |c| fixed(one.select(LocationRow::as_select()))
                .bound([id.into()])
                .load(c)?)
        }
        None => locations::table
            .order(locations::id)
            .select(LocationRow::as_select())
            .load(connection)?,
    };
    rows.into_iter().map(|row| complete(connection, row)).collect()
}

fn complete(connection: &mut AnyConnection, row: LocationRow) -> Result<Location, StoreError> {
    let open = opening_hours::table
        .filter(opening_hours::location_id.eq(row.id))
        .order(opening_hours::id)
        .select((
            opening_hours::weekday,
            opening_hours::opens,
            opening_hours::closes,
        ));
    let open: Vec<(i32, Clock, Clock)> =
        on_backend!(connection, |c| fixed(open).bound([row.id.into()]).load(c)?);
    let day = |(day, opens, closes): (i32, Clock, Clock)| {
        let day = weekday("opening_hours.weekday", day)?;
        Hours::new(day, opens.0, closes.0).map_err(|error| bad("opening_hours.opens", error))
    };
    let dates =
        Dates::new(row.hours_from, row.hours_until).map_err(|error| bad("locations.hours_from", error))?;
    Ok(Location {
        id: id(row.id),
        name: row.name,
        zone: row.zone.parse().map_err(|_| bad("locations.zone", &row.zone))?,
        currency: row
            .currency
            .parse()
            .map_err(|_| bad("locations.currency", &row.currency))?,
        hours: WeeklyHours {
            hours: open.into_iter().map(day).collect::<Result<_, _>>()?,
            dates,
        },
    })
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = closures, treat_none_as_default_value = false)]
pub(crate) struct ClosureRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    location_id: i64,
    closed_from: NaiveDate,
    closed_until: NaiveDate,
    reason: String,
    lifted: bool,
}

impl From<Closure> for ClosureRow {
    fn from(closure: Closure) -> Self {
        Self {
            id: closure.id.get(),
            location_id: closure.location.get(),
            closed_from: closure.from,
            closed_until: closure.until,
            reason: closure.reason,
            lifted: closure.lifted,
        }
    }
}

impl From<ClosureRow> for Closure {
    fn from(row: ClosureRow) -> Self {
        Self {
            id: id(row.id),
            location: id(row.location_id),
            from: row.closed_from,
            until: row.closed_until,
            reason: row.reason,
            lifted: row.lifted,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = rooms, treat_none_as_default_value = false)]
pub(crate) struct RoomRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    location_id: i64,
    name: String,
    capacity: i32,
}

impl From<Room> for RoomRow {
    fn from(room: Room) -> Self {
        let capacity = number(room.capacity);
        Self {
            id: room.id.get(),
            location_id: room.location.get(),
            name: room.name,
            capacity,
        }
    }
}

impl TryFrom<RoomRow> for Room {
    type Error = StoreError;

    fn try_from(row: RoomRow) -> Result<Self, StoreError> {
        let capacity = count("rooms.capacity", row.capacity)?;
        Ok(Self {
            id: id(row.id),
            location: id(row.location_id),
            name: row.name,
            capacity,
        })
    }
}

/// Loads the rooms of a location.
pub(crate) fn rooms_of(connection: &mut AnyConnection, location: i64) -> Result<Vec<Room>, StoreError> {
    let rows = rooms::table
        .filter(rooms::location_id.eq(location))
        .order(rooms::id);
    let rows: Vec<RoomRow> = rows.select(RoomRow::as_select()).load(connection)?;
    rows.into_iter().map(TryInto::try_into).collect()
}
