//! Claims, conflicts, open time and free slots, one feature at a time.

mod availability;
mod claim;
mod conflict;
mod slots;

use chrono::{NaiveDate, NaiveTime};
use gym_core::id::TrainerId;
use gym_core::time::{Instant, Period};

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn time(text: &str) -> NaiveTime {
    NaiveTime::parse_from_str(text, "%H:%M").unwrap()
}

/// Reads `2026-03-02 09:00–10:00`, in UTC; an end before the start is on the next day.
fn period(text: &str) -> Period {
    let (day, clock) = text.split_once(' ').unwrap();
    let (start, end) = clock.split_once('–').unwrap();
    let [start, end] = [start, end].map(|clock| date(day).and_time(time(clock)).and_utc());
    let end = if end <= start {
        end + chrono::Duration::days(1)
    } else {
        end
    };
    Period::new(start, end).unwrap()
}

fn periods(texts: &[&str]) -> Vec<Period> {
    texts.iter().map(|text| period(text)).collect()
}

fn trainer(id: i64) -> TrainerId {
    TrainerId::new(id).unwrap()
}
