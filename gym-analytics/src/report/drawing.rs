//! The drawings: reliability, survival, revenue and the week, each with its numbers as a table.

use chrono::{Datelike, NaiveDate};
use minijinja::context;
use serde::Serialize;

use super::chart::{Field, Scale, Tick, band, path, percent, plain, short, steps, tenth};
use super::{Curve, Fan, Reliability, Week};

pub(super) const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// The field of a drawing 420 wide and 260 high, with room for labels left and below.
pub(super) const FIELD: Field = Field {
    left: 48.0,
    top: 14.0,
    right: 396.0,
    bottom: 214.0,
};

pub(super) fn month(date: NaiveDate) -> String {
    date.format("%b %Y").to_string()
}

#[derive(Serialize)]
pub(super) struct Chart {
    name: String,
    says: String,
    x: Vec<Tick>,
    y: Vec<Tick>,
    lines: Vec<Line>,
    bands: Vec<String>,
    dots: Vec<Dot>,
    /// A header and its rows.
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

#[derive(Serialize)]
struct Line {
    name: String,
    path: String,
}

#[derive(Serialize)]
struct Dot {
    x: f64,
    y: f64,
    r: f64,
    says: String,
}

fn ticks(values: &[f64], scale: Scale, label: impl Fn(f64) -> String) -> Vec<Tick> {
    let tick = |value: &f64| Tick {
        at: scale.at(*value),
        label: label(*value),
    };
    values.iter().map(tick).collect()
}

fn sides(x: (f64, f64), y: (f64, f64)) -> (Scale, Scale) {
    (
        Scale::new(x, (FIELD.left, FIELD.right)),
        Scale::new(y, (FIELD.bottom, FIELD.top)),
    )
}

pub(super) fn reliability(curve: &Reliability) -> Chart {
    let (x, y) = sides((0.0, 1.0), (0.0, 1.0));
    let shares = [0.0, 0.25, 0.5, 0.75, 1.0];
    let most = curve.bins.iter().map(|bin| bin.rows).max().unwrap_or(1) as f64;
    let dots = curve.bins.iter().map(|bin| Dot {
        x: x.at(bin.predicted),
        y: y.at(bin.observed),
        r: tenth(3.0 + 6.0 * (bin.rows as f64 / most).sqrt()),
        says: format!(
            "predicted {}, happened {}, {} rows",
            percent(bin.predicted),
            percent(bin.observed),
            bin.rows
        ),
    });
    let cells = |bin: &crate::evaluate::Bin| {
        vec![
            percent(bin.predicted),
            percent(bin.observed),
            bin.rows.to_string(),
        ]
    };
    Chart {
        name: curve.name.clone(),
        says: format!(
            "What was predicted against what happened, for {}. The calibration error is {}; points on the dashed line are \
             exact, larger points stand for more rows.",
            curve.name,
            percent(curve.ece)
        ),
        x: ticks(&shares, x, percent),
        y: ticks(&shares, y, percent),
        lines: vec![Line {
            name: "exact".to_owned(),
            path: path([(x.at(0.0), y.at(0.0)), (x.at(1.0), y.at(1.0))]),
        }],
        bands: Vec::new(),
        dots: dots.collect(),
        head: ["predicted", "happened", "rows"].map(str::to_owned).to_vec(),
        rows: curve.bins.iter().map(cells).collect(),
    }
}

pub(super) fn survival(curves: &[Curve]) -> Option<Chart> {
    let months = curves
        .iter()
        .map(|curve| curve.survival.len())
        .max()
        .filter(|most| *most > 1)?
        - 1;
    let (x, y) = sides((0.0, months as f64), (0.0, 1.0));
    let every = [1, 2, 3, 6, 12, 24, 60]
        .into_iter()
        .find(|step| months / step <= 8)
        .unwrap_or(120);
    let marks: Vec<f64> = (0..=months).step_by(every).map(|month| month as f64).collect();
    let line = |curve: &Curve| {
        let points = curve.survival.iter().enumerate();
        Line {
            name: curve.name.clone(),
            path: path(points.map(|(month, share)| (x.at(month as f64), y.at(*share)))),
        }
    };
    let cell = |curve: &Curve, month: usize| {
        curve
            .survival
            .get(month)
            .map_or("–".to_owned(), |share| percent(*share))
    };
    let row = |month: usize| {
        let shares = curves.iter().map(|curve| cell(curve, month));
        [month.to_string()].into_iter().chain(shares).collect()
    };
    let names: Vec<&str> = curves.iter().map(|curve| curve.name.as_str()).collect();
    let head = ["month"]
        .into_iter()
        .chain(names.iter().copied())
        .map(str::to_owned);
    Some(Chart {
        name: "Still members".to_owned(),
        says: format!(
            "The share of those who joined together that is still there, by months since: {}.",
            names.join(", ")
        ),
        x: ticks(&marks, x, plain),
        y: ticks(&[0.0, 0.25, 0.5, 0.75, 1.0], y, percent),
        lines: curves.iter().map(line).collect(),
        bands: Vec::new(),
        dots: Vec::new(),
        head: head.collect(),
        rows: (0..=months).map(row).collect(),
    })
}

pub(super) fn fan(fan: &Fan) -> minijinja::Value {
    let past = fan.past.iter().map(|(_, value)| (*value, *value));
    let all = past.chain(fan.ahead.iter().map(|month| month.widest));
    let (low, high) = all.fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(low, high), (least, most)| (low.min(least), high.max(most)),
    );
    let (values, ends) = steps(low.min(0.0), high);
    let count = fan.past.len() + fan.ahead.len();
    let (x, y) = sides((0.0, (count - 1) as f64), ends);
    let first = fan.past.len();
    let place = |at: usize| x.at((first + at) as f64);
    let days = fan
        .past
        .iter()
        .map(|(day, _)| *day)
        .chain(fan.ahead.iter().map(|month| month.month));
    let every = [1, 2, 3, 6, 12, 24, 60]
        .into_iter()
        .find(|step| count / step <= 6)
        .unwrap_or(120);
    let marks = days
        .enumerate()
        .filter(|(at, _)| at % every == 0)
        .map(|(at, day)| Tick {
            at: x.at(at as f64),
            label: format!("{} {:02}", day.format("%b"), day.year().rem_euclid(100)),
        });
    let of = |bounds: fn(&super::Month) -> (f64, f64)| -> Vec<(f64, f64, f64)> {
        let last = fan
            .past
            .last()
            .map(|(_, value)| (x.at(first.saturating_sub(1) as f64), y.at(*value), y.at(*value)));
        let months = fan.ahead.iter().enumerate();
        let points = months.map(|(at, month)| (place(at), y.at(bounds(month).0), y.at(bounds(month).1)));
        last.into_iter().chain(points).collect()
    };
    let joined: Vec<(f64, f64)> = of(|month| (month.expected, month.expected))
        .into_iter()
        .map(|(x, y, _)| (x, y))
        .collect();
    let behind = fan
        .past
        .iter()
        .enumerate()
        .map(|(at, (_, value))| (x.at(at as f64), y.at(*value)));
    let chart = Chart {
        name: "Revenue".to_owned(),
        says: says(fan),
        x: marks.collect(),
        y: ticks(&values, y, short),
        lines: vec![
            Line {
                name: "so far".to_owned(),
                path: path(behind),
            },
            Line {
                name: "expected".to_owned(),
                path: path(joined),
            },
        ],
        bands: vec![band(&of(|month| month.widest)), band(&of(|month| month.likely))],
        dots: Vec::new(),
        head: ["month", "revenue", "80\u{a0}% from", "to", "95\u{a0}% from", "to"]
            .map(str::to_owned)
            .to_vec(),
        rows: table(fan),
    };
    let name = match fan.place.as_str() {
        "" => "Revenue by month".to_owned(),
        place => format!("Revenue by month: {place}"),
    };
    context! { chart => chart, currency => fan.currency, name => name }
}

fn says(fan: &Fan) -> String {
    let ahead = fan.ahead.last().map_or(String::new(), |last| {
        format!(
            " In {} {} are expected, {} to {} in 95 of 100 such months.",
            month(last.month),
            plain(last.expected),
            plain(last.widest.0),
            plain(last.widest.1)
        )
    });
    let place = match fan.place.as_str() {
        "" => String::new(),
        place => format!(" of {place}"),
    };
    format!(
        "Revenue{place} by month in {}: {} months so far, {} to come.{ahead}",
        fan.currency,
        fan.past.len(),
        fan.ahead.len()
    )
}

fn table(fan: &Fan) -> Vec<Vec<String>> {
    let past = fan.past.iter().rev().take(12).rev().map(|(day, value)| {
        let mut row = vec![month(*day), plain(*value)];
        row.resize(6, String::new());
        row
    });
    let ahead = fan.ahead.iter().map(|next| {
        let figures = [
            next.expected,
            next.likely.0,
            next.likely.1,
            next.widest.0,
            next.widest.1,
        ];
        [month(next.month)]
            .into_iter()
            .chain(figures.map(plain))
            .collect()
    });
    past.chain(ahead).collect()
}

#[derive(Serialize)]
pub(super) struct WeekView {
    place: String,
    says: String,
    cells: Vec<Cell>,
    days: Vec<Tick>,
    hours: Vec<Tick>,
    rows: Vec<Vec<String>>,
}

#[derive(Serialize)]
struct Cell {
    x: f64,
    y: f64,
    /// How full, 0 to 1.
    share: f64,
    is_known: bool,
    says: String,
}

const CELL: (f64, f64) = (15.5, 24.0);

pub(super) fn fullest(week: &Week) -> Option<(f64, usize, usize)> {
    let days = week.people.iter().enumerate();
    let hours = days.flat_map(|(day, hours)| {
        hours
            .iter()
            .enumerate()
            .map(move |(hour, people)| (*people, day, hour))
    });
    let known = hours.filter_map(|(people, day, hour)| Some((people?, day, hour)));
    known.max_by(|a, b| a.0.total_cmp(&b.0).then((b.1, b.2).cmp(&(a.1, a.2))))
}

pub(super) fn week(week: &Week) -> WeekView {
    let most = fullest(week).map_or(1.0, |full| full.0).max(1e-9);
    let says = match fullest(week) {
        Some((people, day, hour)) => format!(
            "How many people are in {} by weekday and hour; the stronger the colour, the fuller. The fullest hour is {} at {hour}:00 with {}.",
            week.place,
            DAYS[day],
            plain(people)
        ),
        None => format!("Nothing is known of {}.", week.place),
    };
    let cell = |day: usize, hour: usize| {
        let people = week.people[day][hour];
        Cell {
            x: 34.0 + CELL.0 * hour as f64,
            y: 8.0 + CELL.1 * day as f64,
            share: (people.unwrap_or(0.0) / most * 100.0).round() / 100.0,
            is_known: people.is_some(),
            says: match people {
                Some(people) => format!("{} {hour}:00: {} people", DAYS[day], plain(people)),
                None => format!("{} {hour}:00: not known", DAYS[day]),
            },
        }
    };
    let row = |hour: usize| {
        let shown = |day: usize| week.people[day][hour].map_or("–".to_owned(), plain);
        [format!("{hour}:00")]
            .into_iter()
            .chain((0..7).map(shown))
            .collect()
    };
    WeekView {
        place: week.place.clone(),
        says,
        cells: (0..7)
            .flat_map(|day| (0..24).map(move |hour| (day, hour)))
            .map(|(day, hour)| cell(day, hour))
            .collect(),
        days: DAYS
            .iter()
            .enumerate()
            .map(|(day, name)| Tick {
                at: 8.0 + CELL.1 * (day as f64 + 0.5),
                label: name[..2].to_owned(),
            })
            .collect(),
        hours: (0..24)
            .step_by(3)
            .map(|hour| Tick {
                at: 34.0 + CELL.0 * (hour as f64 + 0.5),
                label: hour.to_string(),
            })
            .collect(),
        rows: (0..24).map(row).collect(),
    }
}
