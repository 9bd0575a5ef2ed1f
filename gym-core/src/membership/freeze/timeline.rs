//! The [`Timeline`]: a membership as a piecewise function over civil days.
//!
//! The contract counts days as if there were no edits; days that an edit gives back at the end are not counted. The
//! timeline maps counted days to civil days and back. Days that are credited, or not given back, are counted.

use chrono::NaiveDate;

use super::{Compensation, Edit, EditKind};
use crate::id::EditId;
use crate::time::{Cycle, Days};

/// Civil days in a row that belong to one edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The days.
    pub days: Days,
    /// The edit.
    pub edit: EditId,
    /// What they are given back as.
    pub compensation: Compensation,
    /// Whether the member may not come in.
    pub keeps_out: bool,
}

/// What edits make of the civil days: pieces in order, without overlap; every other day is as the contract says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timeline {
    pieces: Vec<Piece>,
}

impl Timeline {
    /// Makes the timeline of a set of edits. Where billing periods do not `move`, days are credited, not added.
    pub fn of<'a>(edits: impl IntoIterator<Item = &'a Edit>, moves: bool) -> Self {
        Self::from_days(
            edits.into_iter().filter_map(|edit| Some((edit, edit.days()?))),
            moves,
        )
    }

    /// Makes the timeline of edits with the days that they are known to have.
    pub fn from_days<'a>(edits: impl IntoIterator<Item = (&'a Edit, Days)>, moves: bool) -> Self {
        let mut edits: Vec<(&Edit, Days)> = edits.into_iter().collect();
        edits.sort_unstable_by_key(|(edit, _)| (edit.from, edit.id));
        let used: Vec<(&Edit, Days)> = edits
            .extract_if(.., |(edit, _)| edit.kind == EditKind::Used)
            .collect();
        let mut timeline = Self {
            pieces: Vec::with_capacity(edits.len()),
        };
        for (edit, days) in edits {
            let compensation = match edit.compensation {
                Compensation::Extend if !moves => Compensation::Credit,
                other => other,
            };
            for days in left_of(edit, days, &used) {
                timeline.add(days, edit, compensation);
            }
        }
        timeline
    }

    /// Adds an edit on those of some days that belong to no edit so far.
    fn add(&mut self, days: Days, edit: &Edit, compensation: Compensation) {
        let first = self
            .pieces
            .partition_point(|piece| piece.days.until() <= days.from());
        let taken: Vec<Days> = self.pieces[first..].iter().map(|piece| piece.days).collect();
        for days in without(days, taken) {
            let at = self
                .pieces
                .partition_point(|piece| piece.days.from() < days.from());
            let piece = Piece {
                days,
                edit: edit.id,
                compensation,
                keeps_out: edit.keeps_out(),
            };
            self.pieces.insert(at, piece);
        }
    }

    /// Returns the pieces, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Returns the piece that a civil day lies in.
    pub fn at(&self, day: NaiveDate) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.days.from() <= day);
        self.pieces[..after]
            .last()
            .filter(|piece| piece.days.contains(day))
    }

    fn added(&self) -> impl Iterator<Item = &Piece> {
        self.pieces
            .iter()
            .filter(|piece| piece.compensation == Compensation::Extend)
    }

    /// Returns the counted day of a civil day; for a day that is not counted, the next that is.
    pub fn counted(&self, day: NaiveDate) -> NaiveDate {
        let before = self.added().take_while(|piece| piece.days.from() < day);
        let skipped: i64 = before
            .map(|piece| (piece.days.until().min(day) - piece.days.from()).num_days())
            .sum();
        u64::try_from(skipped)
            .ok()
            .and_then(|skipped| day.checked_sub_days(chrono::Days::new(skipped)))
            .unwrap_or(NaiveDate::MIN)
    }

    /// Returns the civil day of a counted day; none if a freeze without an end comes before it.
    pub fn actual(&self, counted: NaiveDate) -> Option<NaiveDate> {
        let mut actual = counted;
        for piece in self.added() {
            if piece.days.from() > actual {
                break;
            }
            if piece.days.until() == NaiveDate::MAX {
                return None;
            }
            actual = actual.checked_add_days(chrono::Days::new(u64::from(piece.days.count())))?;
        }
        Some(actual)
    }

    /// Returns the civil day after that of the counted day before `until`: the end of what ends there.
    pub fn end(&self, until: NaiveDate) -> Option<NaiveDate> {
        self.actual(until.pred_opt()?)?.succ_opt()
    }

    /// Returns which of the counted days are credited, in order, without overlap.
    pub fn credited(&self, counted: Days) -> Vec<Days> {
        let credited = self
            .pieces
            .iter()
            .filter(|piece| piece.compensation == Compensation::Credit);
        let images = credited.filter_map(|piece| {
            let until = if piece.days.until() == NaiveDate::MAX {
                NaiveDate::MAX
            } else {
                self.counted(piece.days.until())
            };
            Days::new(self.counted(piece.days.from()), until)
                .ok()?
                .intersection(&counted)
        });
        images.collect()
    }

    /// Returns the cycle that a civil day is counted in, from 0, and the civil days of that cycle; none on a day that
    /// is not counted or on which the member may not come in, and before the anchor.
    ///
    /// A cycle is as many counted days as without edits, so that what it allows never grows through a freeze: the days
    /// that were held leave it, and what was used before them stays used after.
    pub fn cycle(&self, anchor: NaiveDate, per: Cycle, day: NaiveDate) -> Option<(u32, Days)> {
        if self.at(day).is_some_and(|piece| piece.keeps_out) {
            return None;
        }
        let (k, days) = per.containing(anchor, self.counted(day))?;
        let until = self.actual(days.until()).or_else(|| self.end(days.until()))?;
        Some((
            k,
            Days::new(self.actual(days.from())?.min(day), until.max(day.succ_opt()?)).ok()?,
        ))
    }
}

/// Returns the days of an edit without those on which the member had come before it was said that the club was closed.
/// Another closure, that was known when they came, stays as it was.
fn left_of(edit: &Edit, days: Days, used: &[(&Edit, Days)]) -> Vec<Days> {
    if edit.kind != EditKind::Closure {
        return vec![days];
    }
    let came = used.iter().filter(|(it, _)| it.recorded_at == edit.recorded_at);
    without(days, came.map(|(_, day)| *day))
}

/// Returns the parts of some days that others, in order, leave of them.
fn without(days: Days, taken: impl IntoIterator<Item = Days>) -> Vec<Days> {
    let (mut from, mut left) = (days.from(), Vec::new());
    for taken in taken {
        if taken.from() >= days.until() {
            break;
        }
        left.extend(Days::new(from, taken.from()).ok());
        from = from.max(taken.until());
    }
    left.extend(Days::new(from, days.until()).ok());
    left
}
