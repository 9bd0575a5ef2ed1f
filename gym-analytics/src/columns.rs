//! [`Columns`]: named numbers, one column per feature and one row per member or landmark, as models read them.
//!
//! ```
//! use gym_analytics::columns::Columns;
//!
//! let columns = Columns::new([("days_since_visit", vec![3.0, 31.0]), ("age", vec![29.0, 41.0])])?;
//! assert_eq!((columns.rows(), columns.features().names().len()), (2, 2));
//! # Ok::<(), gym_analytics::columns::DataError>(())
//! ```

mod features;

use std::borrow::Cow;
use std::sync::Arc;

use ndarray::ArrayView2;
use polars::prelude::{DataFrame, DataType};
use thiserror::Error;

pub use self::features::FeatureSet;
pub(crate) use self::features::hex;

/// Rows that are read at a time.
pub(crate) const BLOCK: usize = 256;

/// Why data are not what a model can read.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DataError {
    /// There is no row.
    #[error("there are no rows, expected at least {expected}")]
    NoRows {
        /// How many rows are the least.
        expected: usize,
    },
    /// There is no column.
    #[error("there are no columns, expected at least one feature")]
    NoColumns,
    /// More rows than a row number can hold.
    #[error("there are {rows} rows, expected at most 4294967295")]
    TooManyRows {
        /// How many there are.
        rows: usize,
    },
    /// Two columns share a name.
    #[error("column {name:?} is there twice")]
    Twice {
        /// The shared name.
        name: String,
    },
    /// A column that is asked for is not there.
    #[error("column {name:?} is missing")]
    Missing {
        /// The name that was asked for.
        name: String,
    },
    /// A column of a type that is not a number.
    #[error("column {name:?} is of type {found}, expected numbers or booleans")]
    NotNumbers {
        /// The column.
        name: String,
        /// Its type.
        found: String,
    },
    /// A column is longer or shorter than the others.
    #[error("column {name:?} has {found} rows, expected {expected}")]
    Length {
        /// The column.
        name: String,
        /// Its rows.
        found: usize,
        /// The rows of the others.
        expected: usize,
    },
    /// A value that is not finite, where no gap is allowed.
    #[error("column {name:?} has {value} in row {row}, expected a finite number")]
    NotFinite {
        /// The column.
        name: String,
        /// The first such row, from 0.
        row: usize,
        /// The value.
        value: f64,
    },
    /// A value out of its range.
    #[error("column {name:?} has {value} in row {row}, expected {expected}")]
    OutOfRange {
        /// The column.
        name: String,
        /// The first such row, from 0.
        row: usize,
        /// The value.
        value: f64,
        /// The range in words.
        expected: &'static str,
    },
    /// A row number that points behind the last row.
    #[error("row {row} does not exist, there are {rows} rows")]
    NoSuchRow {
        /// The row, from 0.
        row: usize,
        /// How many rows there are.
        rows: usize,
    },
    /// The columns are others, or in another order, than the model was fitted on.
    #[error("the features are not those of the model: position {position} has {found}, expected {expected}")]
    OtherFeatures {
        /// The first position that differs, from 0.
        position: usize,
        /// What is there, quoted, or "nothing".
        found: String,
        /// What the model was fitted on, quoted, or "nothing".
        expected: String,
    },
}

/// One column, read through row numbers where rows were picked.
#[derive(Debug, Clone)]
pub(crate) struct Column<'a> {
    values: Cow<'a, [f64]>,
    picked: Option<Arc<[u32]>>,
}

impl Column<'_> {
    /// Copies the rows from `start` on into `out`, which ends at or before the last row.
    pub(crate) fn read(&self, start: usize, out: &mut [f64]) {
        match &self.picked {
            None => out.copy_from_slice(&self.values[start..start + out.len()]),
            Some(rows) => {
                for (value, &row) in out.iter_mut().zip(&rows[start..]) {
                    *value = self.values[row as usize];
                }
            }
        }
    }

    /// Returns the rows from `start` on, as many as `buffer` is long; they are copied there only where rows were picked.
    pub(crate) fn block<'b>(&'b self, start: usize, buffer: &'b mut [f64]) -> &'b [f64] {
        match &self.picked {
            None => &self.values[start..start + buffer.len()],
            Some(_) => {
                self.read(start, buffer);
                buffer
            }
        }
    }

    pub(crate) fn at(&self, row: usize) -> f64 {
        match &self.picked {
            None => self.values[row],
            Some(rows) => self.values[rows[row] as usize],
        }
    }
}

/// Named columns of the same length; NaN stands for a value that is not there, and each model says whether it
/// can do with that. Rows can be picked without copying.
#[derive(Debug, Clone)]
pub struct Columns<'a> {
    features: FeatureSet,
    columns: Vec<Column<'a>>,
    rows: usize,
}

impl<'a> Columns<'a> {
    /// Takes columns by name, in order, borrowed or owned.
    ///
    /// # Errors
    ///
    /// [`DataError`] where names repeat, lengths differ, or there is no column.
    pub fn new<N, V>(columns: impl IntoIterator<Item = (N, V)>) -> Result<Self, DataError>
    where
        N: Into<String>,
        V: Into<Cow<'a, [f64]>>,
    {
        let (names, columns): (Vec<String>, Vec<_>) = columns
            .into_iter()
            .map(|(name, values)| (name.into(), values.into()))
            .unzip();
        let features = FeatureSet::new(names)?;
        let rows = columns.first().map_or(0, |column: &Cow<'a, [f64]>| column.len());
        if u32::try_from(rows).is_err() {
            return Err(DataError::TooManyRows { rows });
        }
        for (name, column) in features.names().iter().zip(&columns) {
            if column.len() != rows {
                return Err(DataError::Length {
                    name: name.clone(),
                    found: column.len(),
                    expected: rows,
                });
            }
        }
        let columns = columns
            .into_iter()
            .map(|values| Column { values, picked: None })
            .collect();
        Ok(Self {
            features,
            columns,
            rows,
        })
    }

    /// Takes the columns of a matrix (rows × features).
    ///
    /// # Errors
    ///
    /// As [`Columns::new`]; [`DataError::Length`] where there are not as many names as columns.
    pub fn of_matrix(names: &FeatureSet, matrix: ArrayView2<'_, f64>) -> Result<Columns<'static>, DataError> {
        if names.names().len() != matrix.ncols() {
            let name = "names".to_owned();
            return Err(DataError::Length {
                name,
                found: names.names().len(),
                expected: matrix.ncols(),
            });
        }
        let columns = names.names().iter().zip(matrix.columns());
        Columns::new(columns.map(|(name, column)| (name.clone(), column.to_vec())))
    }

    /// Takes the named columns of a frame, in the order of `features`; a null becomes NaN, a boolean 0 or 1.
    ///
    /// # Errors
    ///
    /// [`DataError::Missing`] and [`DataError::NotNumbers`].
    pub fn of_frame(frame: &DataFrame, features: &FeatureSet) -> Result<Columns<'static>, DataError> {
        let mut columns = Vec::new();
        for name in features.names() {
            let missing = |_| DataError::Missing { name: name.clone() };
            let column = frame.column(name).map_err(missing)?;
            let other = || DataError::NotNumbers {
                name: name.clone(),
                found: column.dtype().to_string(),
            };
            if !(column.dtype().is_primitive_numeric() || column.dtype().is_bool()) {
                return Err(other());
            }
            let numbers = column.cast(&DataType::Float64).map_err(|_| other())?;
            let numbers = numbers.f64().map_err(|_| other())?;
            let values: Vec<f64> = numbers.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
            columns.push((name.clone(), values));
        }
        Columns::new(columns)
    }

    /// Returns how many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the names in order.
    pub fn features(&self) -> &FeatureSet {
        &self.features
    }

    /// Returns one column's values.
    ///
    /// # Errors
    ///
    /// [`DataError::Missing`].
    pub fn values(&self, name: &str) -> Result<Vec<f64>, DataError> {
        let column = &self.columns[self.features.position(name)?];
        let mut values = vec![0.0; self.rows];
        column.read(0, &mut values);
        Ok(values)
    }

    /// Returns these rows, in this order and as often as they are named. Copies row numbers only.
    ///
    /// # Errors
    ///
    /// [`DataError::NoSuchRow`].
    pub fn pick(&self, rows: &[u32]) -> Result<Columns<'_>, DataError> {
        if let Some(&row) = rows.iter().find(|&&row| row as usize >= self.rows) {
            return Err(DataError::NoSuchRow {
                row: row as usize,
                rows: self.rows,
            });
        }
        let whole: Arc<[u32]> = rows.into();
        let columns = self.columns.iter().map(|column| Column {
            values: Cow::Borrowed(column.values.as_ref()),
            picked: Some(match &column.picked {
                None => whole.clone(),
                Some(inner) => rows.iter().map(|&row| inner[row as usize]).collect(),
            }),
        });
        Ok(Columns {
            features: self.features.clone(),
            columns: columns.collect(),
            rows: rows.len(),
        })
    }

    /// Returns these columns and one more behind them.
    ///
    /// # Errors
    ///
    /// [`DataError::Twice`] and [`DataError::Length`].
    pub fn with(mut self, name: &str, values: impl Into<Cow<'a, [f64]>>) -> Result<Self, DataError> {
        let values = values.into();
        if values.len() != self.rows {
            let (name, found) = (name.to_owned(), values.len());
            return Err(DataError::Length {
                name,
                found,
                expected: self.rows,
            });
        }
        self.features = FeatureSet::new(self.features.names().iter().cloned().chain([name.to_owned()]))?;
        self.columns.push(Column { values, picked: None });
        Ok(self)
    }

    /// Returns the same columns without copying them.
    pub(crate) fn lent(&self) -> Columns<'_> {
        let columns = self.columns.iter().map(|column| Column {
            values: Cow::Borrowed(column.values.as_ref()),
            picked: column.picked.clone(),
        });
        Columns {
            features: self.features.clone(),
            columns: columns.collect(),
            rows: self.rows,
        }
    }

    pub(crate) fn column(&self, position: usize) -> &Column<'a> {
        &self.columns[position]
    }

    /// Finds the first value of a column that `wrong` says yes to.
    pub(crate) fn find(&self, position: usize, wrong: impl Fn(f64) -> bool) -> Option<(usize, f64)> {
        let mut buffer = [0.0; BLOCK];
        (0..self.rows).step_by(BLOCK).find_map(|start| {
            let block = &mut buffer[..BLOCK.min(self.rows - start)];
            self.columns[position].read(start, block);
            block
                .iter()
                .position(|&value| wrong(value))
                .map(|at| (start + at, block[at]))
        })
    }
}
