//! [`Frames`]: a history as polars data frames, one for each fact, with the club's own ids.
//!
//! A frame has the columns of its [`Schema`], and each is checked when a history is made of it: that it is there, of its
//! type, without nulls where there must be none, that no member is there twice and that every id leads to a row.
//!
//! ```
//! use gym_analytics::frame::{Frames, schema};
//! use gym_core::history::{Facts, History};
//! use gym_core::time::Period;
//! use polars::prelude::{IntoLazy, col};
//!
//! let year = Period::new("2026-01-01T00:00:00Z".parse()?, "2027-01-01T00:00:00Z".parse()?)?;
//! let history = History::new(year, Facts::default())?;
//! let mut frames = Frames::of(&history)?;
//! assert_eq!(frames.check_ins.width(), schema::CHECK_INS.fields.len());
//! assert_eq!(frames.to_history(year)?, history);
//!
//! frames.members = frames.members.lazy().select([col("place_id")]).collect()?;
//! assert_eq!(
//!     frames.to_history(year).unwrap_err().to_string(),
//!     "members: column member_id is missing; expected a whole number (i64)",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod column;
mod file;
mod read;
pub mod schema;
mod write;

use std::path::Path;

use gym_core::history::{History, Ragged, UnknownId};
use gym_core::time::Period;
use polars::prelude::{Column, DataFrame, PolarsError};

pub use self::file::{Format, scan};
use self::schema::{Kind, Schema};
use crate::feature::Features;

/// Why frames are not a history.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum FrameError {
    /// A column is not there.
    #[error("{frame}: column {column} is missing; expected {expected}")]
    Missing {
        frame: &'static str,
        column: &'static str,
        expected: Kind,
    },
    /// A column is of another type.
    #[error("{frame}: column {column} is of type {found}; expected {expected}")]
    Type {
        frame: &'static str,
        column: &'static str,
        found: String,
        expected: Kind,
    },
    /// A value is null that must not be.
    #[error("{frame}: column {column} is null in row {row}; expected a value")]
    Null {
        frame: &'static str,
        column: &'static str,
        row: usize,
    },
    /// A number is too small or too large.
    #[error("{frame}: column {column} is out of range: {reason}")]
    OutOfRange {
        frame: &'static str,
        column: &'static str,
        reason: String,
    },
    /// A text names nothing that is known.
    #[error("{frame}: column {column} is {found:?} in row {row}; expected {expected}")]
    Word {
        frame: &'static str,
        column: &'static str,
        row: usize,
        found: String,
        expected: &'static str,
    },
    /// A row is there twice.
    #[error("{frame}: column {column} is {id} in row {row} and before; expected each once")]
    Duplicate {
        frame: &'static str,
        column: &'static str,
        row: usize,
        id: i64,
    },
    /// An id leads nowhere.
    #[error("{frame}: column {column} is {id} in row {row}; expected an id of {of}")]
    UnknownId {
        frame: &'static str,
        column: &'static str,
        row: usize,
        id: i64,
        of: &'static str,
    },
    /// A file cannot be read or written.
    #[error("{path}: {reason}")]
    File { path: String, reason: String },
    /// Columns are not equally long.
    #[error(transparent)]
    Ragged(Ragged),
    /// A position leads nowhere.
    #[error(transparent)]
    Lost(UnknownId),
    /// What polars says.
    #[error(transparent)]
    Polars(Box<PolarsError>),
}

impl FrameError {
    pub(crate) fn polars(error: PolarsError) -> Self {
        Self::Polars(Box::new(error))
    }
}

impl From<PolarsError> for FrameError {
    fn from(error: PolarsError) -> Self {
        Self::polars(error)
    }
}

/// A history as frames; [`schema`] says what each holds.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each is documented by its schema")]
pub struct Frames {
    pub places: DataFrame,
    pub plans: DataFrame,
    pub members: DataFrame,
    pub memberships: DataFrame,
    pub terms: DataFrame,
    pub freezes: DataFrame,
    pub check_ins: DataFrame,
    pub classes: DataFrame,
    pub bookings: DataFrame,
    pub payments: DataFrame,
}

impl Frames {
    /// Makes frames of a history.
    ///
    /// # Errors
    ///
    /// What polars says.
    pub fn of(history: &History) -> Result<Self, FrameError> {
        Ok(Self {
            places: write::places(history)?,
            plans: write::plans(history)?,
            members: write::members(history)?,
            memberships: write::memberships(history)?,
            terms: write::terms(history)?,
            freezes: write::freezes(history)?,
            check_ins: write::check_ins(history)?,
            classes: write::classes(history)?,
            bookings: write::bookings(history)?,
            payments: write::payments(history)?,
        })
    }

    /// Makes a history of frames that are complete for a period.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong: with its frame, column, what was found and what was expected.
    pub fn to_history(&self, during: Period) -> Result<History, FrameError> {
        read::history(self, during)
    }

    /// Scans the frames of a folder, `members.parquet` or `members.csv` and so on, and reads them.
    ///
    /// # Errors
    ///
    /// As [`scan`].
    pub fn read(folder: impl AsRef<Path>) -> Result<Self, FrameError> {
        let folder = folder.as_ref();
        let one = |schema: &'static Schema| -> Result<DataFrame, FrameError> {
            let path = folder.join(schema.frame);
            let parquet = path.with_extension("parquet");
            let path = if parquet.exists() {
                parquet
            } else {
                path.with_extension("csv")
            };
            Ok(scan(schema, path)?.collect()?)
        };
        Ok(Self {
            places: one(&schema::PLACES)?,
            plans: one(&schema::PLANS)?,
            members: one(&schema::MEMBERS)?,
            memberships: one(&schema::MEMBERSHIPS)?,
            terms: one(&schema::TERMS)?,
            freezes: one(&schema::FREEZES)?,
            check_ins: one(&schema::CHECK_INS)?,
            classes: one(&schema::CLASSES)?,
            bookings: one(&schema::BOOKINGS)?,
            payments: one(&schema::PAYMENTS)?,
        })
    }

    /// Writes each frame to a file of a folder that is there: `members.parquet`, `members.arrow` and so on.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    pub fn write(&mut self, folder: impl AsRef<Path>, format: Format) -> Result<(), FrameError> {
        let folder = folder.as_ref();
        for (schema, frame) in schema::ALL.iter().zip(self.all()) {
            let path = folder.join(schema.frame).with_extension(format.ending());
            file::write(frame, &path, format)?;
        }
        Ok(())
    }

    /// Returns the frames in the order of [`schema::ALL`].
    fn all(&mut self) -> [&mut DataFrame; 10] {
        [
            &mut self.places,
            &mut self.plans,
            &mut self.members,
            &mut self.memberships,
            &mut self.terms,
            &mut self.freezes,
            &mut self.check_ins,
            &mut self.classes,
            &mut self.bookings,
            &mut self.payments,
        ]
    }
}

impl Features {
    /// Makes a frame: `member_id`, `as_of`, and a column of f64 for each of [`NAMES`](crate::feature::NAMES).
    ///
    /// # Errors
    ///
    /// What polars says.
    pub fn to_frame(&self, history: &History) -> Result<DataFrame, FrameError> {
        let id = |member: &u32| {
            history
                .members
                .id
                .get(*member as usize)
                .copied()
                .unwrap_or_default()
        };
        let ids: Vec<i64> = self.members().iter().map(id).collect();
        let as_of = vec![self.as_of().naive_utc(); ids.len()];
        let mut columns = vec![
            Column::new("member_id".into(), ids),
            Column::new("as_of".into(), as_of),
        ];
        columns.extend(
            self.columns()
                .map(|(name, values)| Column::new(name.into(), values)),
        );
        Ok(DataFrame::new_infer_height(columns)?)
    }
}
