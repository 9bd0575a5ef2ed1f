//! What is known of a time when its forecast is made, in one pass over the counts.

use chrono::{Datelike, Timelike};

use super::{Ahead, Counts};

/// Hours of workdays, then of weekends.
pub(super) const BINS: usize = 48;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

/// The level is the mean of so many days until the last count.
const LEVEL: i64 = 14 * DAY;

/// A last count that is older says nothing of today.
const STALE: i64 = 60 * DAY;

/// What is usual of an hour is forgotten by half in so many days.
const HALF_LIFE: f64 = 6.0;

/// Counts are log(1 + count).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Past {
    /// In the order of the model's lags; where nothing was counted, what was usual.
    pub(super) lags: Vec<f64>,
    /// The mean of such hours, of which the latest weigh most.
    pub(super) usual: f64,
    /// The mean of the last fortnight in which was counted.
    pub(super) level: f64,
    pub(super) weekday: u32,
    pub(super) month: u32,
    pub(super) minute: u32,
    pub(super) bin: usize,
}

/// Weighted sums of the counts of an hour of a kind of day, as of `at`.
#[derive(Clone, Copy, Default)]
struct Usual {
    people: f64,
    weight: f64,
    at: i64,
}

impl Usual {
    fn add(&mut self, at: i64, people: f64) {
        let kept = (-((at - self.at) as f64 / DAY as f64) / HALF_LIFE).exp2();
        self.people = self.people * kept + people;
        self.weight = self.weight * kept + 1.0;
        self.at = at;
    }
}

/// Returns the past of each time, in their order; nothing where nothing was counted in the
/// sixty days before the forecast.
pub(super) fn all(counts: &Counts, times: &[i64], ahead: Ahead) -> Vec<Option<Past>> {
    let span = ahead.span().num_microseconds().unwrap_or(DAY);
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by_key(|at| times[*at]);
    let mut pasts = vec![None; times.len()];
    let mut usual = [Usual::default(); BINS];
    let (mut known, mut first, mut sum) = (0, 0, 0.0);
    for place in order {
        let time = times[place];
        let made = time.saturating_sub(span);
        while known < counts.len() && counts.at()[known] <= made {
            let (at, people) = (counts.at()[known], counts.people()[known]);
            usual[bin(counts.civil(at))].add(at, people);
            sum += people;
            known += 1;
        }
        let Some(last) = known.checked_sub(1).map(|last| counts.at()[last]) else {
            continue;
        };
        while counts.at()[first] <= last.saturating_sub(LEVEL) {
            sum -= counts.people()[first];
            first += 1;
        }
        if made.saturating_sub(last) <= STALE {
            let level = (sum / (known - first) as f64).max(0.0);
            pasts[place] = Some(past(counts, (time, made), ahead, &usual, level));
        }
    }
    pasts
}

fn past(counts: &Counts, (time, made): (i64, i64), ahead: Ahead, usual: &[Usual; BINS], level: f64) -> Past {
    let local = counts.civil(time);
    let lately = |bin: usize| match usual[bin] {
        none if none.weight == 0.0 => level,
        some => some.people / some.weight,
    };
    let lag = |hours: &i64| {
        let then = time.saturating_sub(hours * HOUR);
        let counted = counts.nearest(then, made);
        counted.unwrap_or_else(|| lately(bin(counts.civil(then)))).ln_1p()
    };
    let own = bin(local);
    Past {
        lags: ahead.lags().iter().map(lag).collect(),
        usual: lately(own).ln_1p(),
        level: level.ln_1p(),
        weekday: local.weekday().num_days_from_monday(),
        month: local.month(),
        minute: local.hour() * 60 + local.minute(),
        bin: own,
    }
}

fn bin(local: chrono::NaiveDateTime) -> usize {
    let is_weekend = local.weekday().num_days_from_monday() >= 5;
    local.hour() as usize + if is_weekend { 24 } else { 0 }
}
