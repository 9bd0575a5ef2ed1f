//! Every feature once more, as polars expressions over rows whose civil times chrono tells.

mod derive;
mod visits;

use std::collections::HashMap;

use chrono::{Datelike, Timelike};
use gym_analytics::feature::NAMES;
use gym_core::booking::RegistrationState;
use gym_core::history::*;
use polars::prelude::*;

use self::derive::derive;
use self::visits::{of_visits, visits};
use crate::random::{DAY, instant};

/// The civil day and hour of an instant at a place.
fn civil(history: &History, place: u32, at: i64) -> (i32, i32) {
    let there = instant(at)
        .with_timezone(&history.places.zone[place as usize])
        .naive_local();
    (day_number(there.date()), there.hour() as i32)
}

/// Columns of 64 bits, as a lazy frame.
fn frame(names: &[&str], rows: &[Vec<i64>]) -> LazyFrame {
    let column = |(n, name): (usize, &&str)| {
        let values: Vec<i64> = rows.iter().map(|row| row[n]).collect();
        Column::new((*name).into(), values)
    };
    let columns = names.iter().enumerate().map(column).collect();
    DataFrame::new(rows.len(), columns).unwrap().lazy()
}

fn by_member(rows: LazyFrame, what: impl AsRef<[Expr]>) -> LazyFrame {
    rows.group_by([col("member")]).agg(what.as_ref())
}

fn below(column: &str, value: i64) -> Expr {
    col(column).lt(lit(value))
}

fn counted(condition: Expr, name: &str) -> Expr {
    condition.cast(DataType::Int64).sum().alias(name)
}

/// The contract: what has begun, the membership that runs, and the next end of a term.
fn of_contracts(history: &History, base: &LazyFrame, as_of: i64) -> Vec<LazyFrame> {
    let held: Vec<Vec<i64>> = (0..)
        .zip(history.memberships.rows())
        .map(|(n, row)| {
            let known = row.ending != Ending::Running && row.end_recorded_at <= as_of;
            let plan = history.plans.get(row.plan as usize).unwrap();
            let days = [row.starts_on, row.committed_until, row.ends_on].map(i64::from);
            let price = plan.price * 1_000 / i64::from(plan.cycle_months);
            vec![
                row.member.into(),
                n,
                row.recorded_at,
                days[0],
                days[1],
                days[2],
                known.into(),
                plan.term_months.into(),
                price,
            ]
        })
        .collect();
    let names = [
        "member",
        "held",
        "recorded",
        "starts",
        "committed",
        "ends",
        "known",
        "months",
        "price",
    ];
    let begun = frame(&names, &held).left_join(base.clone(), col("member"), col("member"));
    let begun = begun.filter(
        col("recorded")
            .lt_eq(lit(as_of))
            .and(col("starts").lt_eq(col("today"))),
    );
    let count = by_member(begun.clone(), [len().cast(DataType::Int64).alias("begun")]);
    let over = col("known").eq(lit(1)).and(col("ends").lt_eq(col("today")));
    let sorted = begun
        .filter(over.not())
        .sort(["starts", "held"], SortMultipleOptions::default());
    let runs = sorted.group_by_stable([col("member")]).agg([
        col("held").last(),
        col("starts").last(),
        col("committed").last(),
        col("known").last(),
        col("months").last(),
        col("price").last(),
        col("today").last().alias("now"),
    ]);
    let terms: Vec<Vec<i64>> = history
        .terms
        .rows()
        .map(|row| {
            vec![
                row.membership.into(),
                row.recorded_at,
                row.from.into(),
                row.until.into(),
            ]
        })
        .collect();
    let terms = frame(&["held", "recorded", "from", "until"], &terms).left_join(
        runs.clone(),
        col("held"),
        col("held"),
    );
    let begun_terms = terms.filter(
        col("recorded")
            .lt_eq(lit(as_of))
            .and(col("from").lt_eq(col("now"))),
    );
    let terms = begun_terms.clone().filter(col("until").gt(col("now")));
    let renewed = counted(col("from").gt(col("starts")), "renewed");
    let renewed = by_member(begun_terms, [renewed]);
    let cliff = by_member(terms, [(col("until") - col("now")).min().alias("term_left")]);
    vec![count, runs, cliff, renewed]
}

/// Freezes day by day, bookings and payments.
fn of_dealings(history: &History, as_of: i64, todays: &[i32]) -> Vec<LazyFrame> {
    let mut frozen = Vec::new();
    for row in history.freezes.rows().filter(|row| row.recorded_at <= as_of) {
        let mut until = if row.until == NO_DAY { i32::MAX } else { row.until };
        if row.end_recorded_at != NO_TIME && row.end_recorded_at <= as_of {
            until = until.min(row.ended_on);
        }
        for (member, today) in todays.iter().enumerate() {
            let own = history.memberships.member.get(row.membership as usize);
            let hit = own.map_or(history.members.place[member] == row.place, |own| {
                *own as usize == member
            });
            for ago in 0..364 {
                let day = today - ago;
                if hit && row.from <= day && day < until {
                    frozen.push(vec![member as i64, ago.into()]);
                }
            }
        }
    }
    let frozen = frame(&["member", "ago"], &frozen).unique(None, UniqueKeepStrategy::Any);
    let frozen = by_member(
        frozen,
        [
            len().cast(DataType::Int64).alias("frozen"),
            counted(col("ago").eq(lit(0)), "is_frozen"),
        ],
    );
    let bookings: Vec<Vec<i64>> = history
        .bookings
        .rows()
        .filter(|row| row.recorded_at <= as_of)
        .map(|row| {
            let state = RegistrationState::ALL
                .iter()
                .position(|it| *it == row.state)
                .unwrap();
            let since = |at: i64| {
                if at == NO_TIME || at > as_of {
                    i64::MAX
                } else {
                    as_of - at
                }
            };
            let programme = history
                .classes
                .programme
                .get(row.class as usize)
                .map_or(-1, |it| i64::from(*it));
            vec![
                row.member.into(),
                state as i64,
                since(row.booked_at),
                since(row.settled_at),
                programme,
            ]
        })
        .collect();
    let bookings = frame(&["member", "state", "booked", "settled", "programme"], &bookings);
    let is = |state: i64, days: i64| col("state").eq(lit(state)).and(below("settled", days * DAY));
    let counts = by_member(
        bookings,
        [
            counted(below("booked", 91 * DAY), "booked"),
            counted(is(1, 91), "attended"),
            counted(is(3, 182), "late_cancels"),
            counted(is(4, 182), "no_shows"),
            col("programme")
                .filter(is(1, 364).and(col("programme").gt_eq(lit(0))))
                .n_unique()
                .alias("programmes"),
        ],
    );
    let failed: Vec<Vec<i64>> = history
        .payments
        .rows()
        .filter(|row| row.outcome == Outcome::Failed && row.recorded_at <= as_of && row.outcome_at <= as_of)
        .map(|row| vec![row.member.into(), as_of - row.outcome_at])
        .collect();
    let failed = by_member(
        frame(&["member", "since"], &failed),
        [
            counted(below("since", 182 * DAY), "failed"),
            col("since").min().alias("since_failure"),
        ],
    );
    let settled: Vec<Vec<i64>> = history
        .payments
        .rows()
        .filter(|row| row.outcome == Outcome::Settled && row.recorded_at <= as_of && row.outcome_at <= as_of)
        .map(|row| vec![row.member.into(), as_of - row.outcome_at])
        .collect();
    let settled = by_member(
        frame(&["member", "paid"], &settled),
        [col("paid").min().alias("since_payment")],
    );
    vec![frozen, counts, failed, settled]
}

/// Returns every feature of every member of a history.
pub fn oracle(history: &History, as_of: i64) -> Vec<(&'static str, Vec<f64>)> {
    let todays: Vec<i32> = history
        .members
        .place
        .iter()
        .map(|place| civil(history, *place, as_of).0)
        .collect();
    let members: Vec<Vec<i64>> = history
        .members
        .rows()
        .enumerate()
        .map(|(n, row)| {
            let tenure = i64::from((todays[n] - row.joined_on).max(0));
            let (lived, weeks) = ((tenure + 1).min(364), (tenure / 7 + 1).min(12));
            let (known, year) = (row.birth_year != NO_DAY, day_of(todays[n]).unwrap().year());
            let age = if known {
                i64::from(year - row.birth_year).max(0)
            } else {
                0
            };
            let quarter = i64::from(day_of(row.joined_on).unwrap().month().div_ceil(3));
            let (today, known) = (todays[n].into(), known.into());
            vec![
                n as i64,
                today,
                tenure,
                weeks,
                lived.min(91),
                lived,
                age,
                known,
                quarter,
            ]
        })
        .collect();
    let base = frame(
        &[
            "member",
            "today",
            "tenure",
            "weeks",
            "reach",
            "lived",
            "age",
            "age_known",
            "quarter",
        ],
        &members,
    );
    let rows = visits(history, as_of, &todays);
    let mut all = base.clone();
    let groups = [
        of_visits(&base, &rows, &members),
        of_contracts(history, &base, as_of),
        of_dealings(history, as_of, &todays),
    ];
    for group in groups.into_iter().flatten() {
        all = all.left_join(group, col("member"), col("member"));
    }
    let all = all
        .sort(["member"], SortMultipleOptions::default())
        .collect()
        .unwrap();
    assert_eq!(all.height(), history.members.len());
    let column = |name: &str| -> Vec<f64> {
        let found = all.column(name).unwrap().cast(&DataType::Float64).unwrap();
        let numbers = found.f64().unwrap().iter();
        numbers.map(|it| it.unwrap_or(f64::NAN)).collect()
    };
    let names = all.get_column_names();
    let columns: HashMap<&str, Vec<f64>> = names
        .iter()
        .map(|name| (name.as_str(), column(name.as_str())))
        .collect();
    let value = |name: &str, member: usize, none: f64| {
        let found = columns[name][member];
        if found.is_nan() { none } else { found }
    };
    let one = |name: &'static str| {
        let values =
            (0..history.members.len()).map(|member| derive(name, &|it, none| value(it, member, none)));
        (name, values.collect())
    };
    NAMES.into_iter().map(one).collect()
}
