//! How the columns of a history become frames.

use gym_core::history::{History, NO_DAY, NO_ID, NO_KEY, NO_TIME};
use polars::prelude::{
    BooleanChunked, Column, DataFrame, Int32Chunked, Int64Chunked, IntoColumn, NewChunkedArray, PolarsResult,
    StringChunked, TimeUnit, UInt32Chunked,
};

/// Whether the rows with an id are rows of the frame, and what they are called there.
fn called(ids: &[i64], positions: &[u32]) -> impl Iterator<Item = Option<i64>> {
    positions
        .iter()
        .map(|position| ids.get(*position as usize).copied())
}

fn integers(name: &str, values: &[i64]) -> Column {
    Int64Chunked::from_slice(name.into(), values).into_column()
}

/// The ids of rows that are always there: without a place for those that are not.
fn ids(name: &str, ids: &[i64], positions: &[u32]) -> Column {
    let all: Vec<i64> = called(ids, positions).map(|id| id.unwrap_or(NO_KEY)).collect();
    Int64Chunked::from_vec(name.into(), all).into_column()
}

fn maybe_ids(name: &str, ids: &[i64], positions: &[u32]) -> Column {
    let known = called(ids, positions).zip(positions);
    let known = known.map(|(id, position)| id.filter(|_| *position != NO_ID));
    Int64Chunked::from_iter_options(name.into(), known).into_column()
}

fn keys(name: &str, values: &[i64]) -> Column {
    let known = values.iter().map(|key| Some(*key).filter(|key| *key != NO_KEY));
    Int64Chunked::from_iter_options(name.into(), known).into_column()
}

fn counts(name: &str, values: &[u32]) -> Column {
    UInt32Chunked::from_slice(name.into(), values).into_column()
}

fn times(name: &str, values: &[i64]) -> Column {
    let times = if values.contains(&NO_TIME) {
        let known = values.iter().map(|at| Some(*at).filter(|at| *at != NO_TIME));
        Int64Chunked::from_iter_options(name.into(), known)
    } else {
        Int64Chunked::from_slice(name.into(), values)
    };
    times.into_datetime(TimeUnit::Microseconds, None).into_column()
}

fn days(name: &str, values: &[i32]) -> Column {
    let known = values.iter().map(|day| Some(*day).filter(|day| *day != NO_DAY));
    Int32Chunked::from_iter_options(name.into(), known)
        .into_date()
        .into_column()
}

fn texts<'a>(name: &str, values: impl Iterator<Item = &'a str>) -> Column {
    StringChunked::from_iter_values(name.into(), values).into_column()
}

fn frame(columns: Vec<Column>) -> PolarsResult<DataFrame> {
    DataFrame::new_infer_height(columns)
}

pub(super) fn places(history: &History) -> PolarsResult<DataFrame> {
    let all = &history.places;
    frame(vec![
        integers("place_id", &all.id),
        texts("zone", all.zone.iter().map(|zone| zone.name())),
        texts("currency", all.currency.iter().map(|it| it.code())),
    ])
}

pub(super) fn plans(history: &History) -> PolarsResult<DataFrame> {
    let all = &history.plans;
    frame(vec![
        integers("plan_id", &all.id),
        integers("price", &all.price),
        texts("currency", all.currency.iter().map(|it| it.code())),
        counts("cycle_months", &all.cycle_months),
        counts("term_months", &all.term_months),
    ])
}

pub(super) fn members(history: &History) -> PolarsResult<DataFrame> {
    let all = &history.members;
    let years = all
        .birth_year
        .iter()
        .map(|year| (*year != NO_DAY).then_some(i64::from(*year)));
    frame(vec![
        integers("member_id", &all.id),
        ids("place_id", &history.places.id, &all.place),
        days("joined_on", &all.joined_on),
        times("recorded_at", &all.recorded_at),
        Int64Chunked::from_iter_options("birth_year".into(), years).into_column(),
    ])
}

pub(super) fn memberships(history: &History) -> PolarsResult<DataFrame> {
    let all = &history.memberships;
    frame(vec![
        integers("membership_id", &all.id),
        ids("member_id", &history.members.id, &all.member),
        ids("place_id", &history.places.id, &all.place),
        ids("plan_id", &history.plans.id, &all.plan),
        times("recorded_at", &all.recorded_at),
        days("starts_on", &all.starts_on),
        days("committed_until", &all.committed_until),
        maybe_ids("follows_id", &all.id, &all.follows),
        texts("ending", all.ending.iter().map(|it| it.as_str())),
        days("ends_on", &all.ends_on),
        times("end_recorded_at", &all.end_recorded_at),
    ])
}

pub(super) fn terms(history: &History) -> PolarsResult<DataFrame> {
    let all = &history.terms;
    frame(vec![
        ids("membership_id", &history.memberships.id, &all.membership),
        ids("plan_id", &history.plans.id, &all.plan),
        times("recorded_at", &all.recorded_at),
        days("from", &all.from),
        days("until", &all.until),
    ])
}

pub(super) fn freezes(history: &History) -> PolarsResult<DataFrame> {
    let all = &history.freezes;
    frame(vec![
        maybe_ids("membership_id", &history.memberships.id, &all.membership),
        ids("place_id", &history.places.id, &all.place),
        times("recorded_at", &all.recorded_at),
        days("from", &all.from),
        days("until", &all.until),
        days("ended_on", &all.ended_on),
        times("end_recorded_at", &all.end_recorded_at),
    ])
}

pub(super) fn check_ins(history: &History) -> PolarsResult<DataFrame> {
    let all = &history.check_ins;
    frame(vec![
        ids("member_id", &history.members.id, &all.member),
        ids("place_id", &history.places.id, &all.place),
        times("at", &all.at),
        times("recorded_at", &all.recorded_at),
        times("left_at", &all.left_at),
    ])
}

pub(super) fn classes(history: &History) -> PolarsResult<DataFrame> {
    let all = &history.classes;
    let name = |programme: &u32| {
        history
            .programmes
            .get(*programme as usize)
            .map_or("", String::as_str)
    };
    frame(vec![
        integers("class_id", &all.id),
        keys("series_id", &all.series),
        ids("place_id", &history.places.id, &all.place),
        texts("programme", all.programme.iter().map(name)),
        keys("trainer_id", &all.trainer),
        keys("room_id", &all.room),
        counts("capacity", &all.capacity),
        times("starts_at", &all.starts_at),
        times("ends_at", &all.ends_at),
        BooleanChunked::from_slice("is_on".into(), &all.is_on).into_column(),
    ])
}

pub(super) fn bookings(history: &History) -> PolarsResult<DataFrame> {
    let all = &history.bookings;
    frame(vec![
        ids("member_id", &history.members.id, &all.member),
        maybe_ids("class_id", &history.classes.id, &all.class),
        counts("seats", &all.seats),
        times("booked_at", &all.booked_at),
        times("recorded_at", &all.recorded_at),
        texts("state", all.state.iter().map(|it| it.as_str())),
        times("settled_at", &all.settled_at),
    ])
}

pub(super) fn payments(history: &History) -> PolarsResult<DataFrame> {
    let all = &history.payments;
    frame(vec![
        ids("member_id", &history.members.id, &all.member),
        ids("place_id", &history.places.id, &all.place),
        integers("amount", &all.amount),
        times("made_at", &all.made_at),
        times("recorded_at", &all.recorded_at),
        texts("outcome", all.outcome.iter().map(|it| it.as_str())),
        times("outcome_at", &all.outcome_at),
    ])
}
