//! What was visited, day by day and week by week.

use gym_core::booking::RegistrationState;
use gym_core::history::*;
use polars::prelude::*;

use super::{below, by_member, civil, counted, frame};

/// What was visited: `member, ago, hour, place, minutes`, the last -1 where the end was not seen.
pub fn visits(history: &History, as_of: i64, todays: &[i32]) -> Vec<Vec<i64>> {
    let mut rows = Vec::new();
    let mut visit = |member: u32, place: u32, at: i64, minutes: i64| {
        let (day, hour) = civil(history, place, at);
        let ago = (todays[member as usize] - day).max(0);
        rows.push(vec![
            member.into(),
            ago.into(),
            hour.into(),
            place.into(),
            minutes,
        ]);
    };
    for row in history.check_ins.rows() {
        if row.at <= as_of && row.recorded_at <= as_of {
            let seen = row.left_at != NO_TIME && row.left_at <= as_of;
            let minutes = if seen {
                (row.left_at - row.at) / 60_000_000
            } else {
                -1
            };
            visit(row.member, row.place, row.at, minutes);
        }
    }
    for row in history.bookings.rows() {
        let attended = row.state == RegistrationState::Attended;
        if attended && row.recorded_at <= as_of && row.settled_at <= as_of {
            let class = history.classes.get(row.class as usize);
            let place = class.map_or(history.members.place[row.member as usize], |class| class.place);
            let at = class.map_or(row.settled_at, |class| class.starts_at.min(row.settled_at));
            visit(row.member, place, at, -1);
        }
    }
    rows
}

/// What a day so many days ago counts: half of what one counts that is 30 days nearer.
fn halved(ago: &str) -> Expr {
    let days = col(ago).cast(DataType::Float64);
    lit(0.5).pow(days / lit(30.0))
}

/// The features that come from visits, aggregated: a frame for each group.
pub fn of_visits(base: &LazyFrame, rows: &[Vec<i64>], members: &[Vec<i64>]) -> Vec<LazyFrame> {
    let visits = frame(&["member", "ago", "hour", "place", "minutes"], rows);
    let year = visits.clone().filter(below("ago", 364));
    let seen = col("minutes").filter(col("minutes").gt_eq(lit(0)));
    let all = by_member(
        visits,
        [
            len().cast(DataType::Int64).alias("total"),
            col("ago").min().alias("nearest"),
            col("place").n_unique().alias("places"),
        ],
    );
    let hours = by_member(
        year.clone(),
        [
            len().cast(DataType::Int64).alias("in_year"),
            counted(below("hour", 9), "early"),
            counted(col("hour").gt_eq(lit(16)).and(below("hour", 20)), "evening"),
            counted(col("hour").gt_eq(lit(20)), "late"),
            seen.mean().alias("stay"),
        ],
    );
    let days = year
        .select([col("member"), col("ago")])
        .unique(None, UniqueKeepStrategy::Any);
    let days = days.left_join(base.clone(), col("member"), col("member"));
    let weekday = (col("today") - col("ago") + lit(3)) % lit(7);
    let windows = by_member(
        days.clone(),
        [
            counted(below("ago", 7), "d7"),
            counted(below("ago", 28), "d28"),
            counted(below("ago", 91), "d91"),
            counted(below("ago", 182), "d182"),
            len().cast(DataType::Int64).alias("d364"),
            col("ago").min().alias("last"),
            col("ago").max().alias("first"),
            counted(weekday.gt_eq(lit(5)), "weekend"),
            halved("ago").sum().alias("recent"),
        ],
    );
    let week = (col("ago").cast(DataType::Float64) / lit(7.0))
        .cast(DataType::Int64)
        .alias("week");
    let weeks = days
        .clone()
        .with_column(week)
        .group_by([col("member"), col("week"), col("weeks")]);
    let weeks = weeks.agg([len().cast(DataType::Int64).alias("n")]);
    let recent = by_member(
        weeks.clone().filter(col("week").lt(col("weeks"))),
        [
            len().cast(DataType::Int64).alias("active"),
            col("n").sum().alias("sum"),
            (col("n") * col("n")).sum().alias("squares"),
        ],
    );
    let every: Vec<Vec<i64>> = members
        .iter()
        .flat_map(|row| (0..=52).map(|week| vec![row[0], week]))
        .collect();
    let missing = frame(&["member", "week"], &every).join(
        weeks.select([col("member"), col("week"), col("n")]),
        [col("member"), col("week")],
        [col("member"), col("week")],
        JoinArgs::new(JoinType::Left),
    );
    let streak = by_member(
        missing.filter(col("n").is_null()),
        [col("week").min().alias("streak")],
    );
    let near = days
        .filter(col("ago").lt(col("reach")))
        .select([col("member"), col("ago")]);
    let edges: Vec<Vec<i64>> = members
        .iter()
        .flat_map(|row| [vec![row[0], -1], vec![row[0], row[4]]])
        .collect();
    let edged = concat([near, frame(&["member", "ago"], &edges)], UnionArgs::default()).unwrap();
    let sorted = || col("ago").sort(SortOptions::default());
    let gap = by_member(edged, [(sorted() - sorted().shift(lit(1))).max().alias("gap")]);
    vec![all, hours, windows, recent, streak, gap]
}
