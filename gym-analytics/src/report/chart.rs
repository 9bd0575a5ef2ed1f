//! Where things stand in a drawing.

use serde::Serialize;

/// A drawing's inner field, in its own units; y grows downwards.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Field {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

/// A value's place and its label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
}

/// From values to places along one side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    from: (f64, f64),
    to: (f64, f64),
}

impl Scale {
    /// Maps `low` to `start` and `high` to `end`; where both are the same, everything is in the middle.
    pub(super) fn new((low, high): (f64, f64), (start, end): (f64, f64)) -> Self {
        Self {
            from: (low, high),
            to: (start, end),
        }
    }

    pub(super) fn at(self, value: f64) -> f64 {
        let (low, high) = self.from;
        let share = if high > low {
            (value - low) / (high - low)
        } else {
            0.5
        };
        tenth(self.to.0 + share * (self.to.1 - self.to.0))
    }
}

/// A tenth of a unit is finer than a pixel.
pub(super) fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A path through points.
pub(super) fn path(points: impl IntoIterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (x, y) in points {
        let move_or_line = if path.is_empty() { 'M' } else { 'L' };
        path.push_str(&format!("{move_or_line}{x} {y}"));
    }
    path
}

/// A closed path between two lines over the same places.
pub(super) fn band(points: &[(f64, f64, f64)]) -> String {
    let there = points.iter().map(|(x, low, _)| (*x, *low));
    let back = points.iter().rev().map(|(x, _, high)| (*x, *high));
    path(there.chain(back)) + "Z"
}

/// Values of 1, 2 or 5 times a power of ten that cover a range with four to ten steps, and the range that they span.
pub(super) fn steps(low: f64, high: f64) -> (Vec<f64>, (f64, f64)) {
    let span = if high > low {
        high - low
    } else {
        low.abs().max(1.0)
    };
    let power = 10f64.powf((span / 5.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|step| span / step <= 6.0)
        .unwrap_or(10.0 * power);
    let (first, last) = ((low / step).floor(), (high / step).ceil());
    let count = ((last - first) as usize).clamp(1, 12);
    let values: Vec<f64> = (0..=count).map(|at| (first + at as f64) * step).collect();
    let ends = (values[0], values[count]);
    (values, ends)
}

/// A number as people write it: 1,234,567 or 12.5.
pub(super) fn plain(value: f64) -> String {
    let rounded = if value.abs() >= 100.0 {
        value.round()
    } else {
        (value * 10.0).round() / 10.0
    };
    let whole = format!("{:.0}", rounded.abs().trunc());
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    let rest = (rounded.abs().fract() * 10.0).round();
    if rest > 0.0 {
        text.push_str(&format!(".{rest:.0}"));
    }
    // Not a hyphen: a screen reader says minus.
    if rounded < 0.0 {
        format!("\u{2212}{text}")
    } else {
        text
    }
}

/// A number for the side of a drawing: 1.2M, 340k.
pub(super) fn short(value: f64) -> String {
    let (divided, unit) = match value.abs() {
        size if size >= 1e9 => (value / 1e9, "G"),
        size if size >= 1e6 => (value / 1e6, "M"),
        size if size >= 1e4 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    plain(divided) + unit
}

/// A share as a percentage.
pub(super) fn percent(share: f64) -> String {
    let value = share * 100.0;
    let digits = usize::from(value > 0.0 && value < 9.95);
    // The space does not break.
    format!("{value:.digits$}\u{a0}%")
}
