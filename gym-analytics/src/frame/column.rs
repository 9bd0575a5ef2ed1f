//! A [`Frame`] is a data frame whose columns are checked as they are read.

use std::collections::HashMap;

use gym_core::history::{NO_DAY, NO_ID, NO_TIME};
use polars::prelude::{Column, DataFrame, DataType, TimeUnit};

use super::FrameError;
use super::schema::{Field, Kind, Schema};

/// A data frame that has the columns of a schema.
pub(super) struct Frame<'a> {
    schema: &'static Schema,
    data: &'a DataFrame,
}

impl<'a> Frame<'a> {
    /// Takes a data frame: every column is there and of its type, and none that must not has a null.
    pub(super) fn of(schema: &'static Schema, data: &'a DataFrame) -> Result<Self, FrameError> {
        let frame = Self { schema, data };
        for field in schema.fields {
            frame.check(field)?;
        }
        Ok(frame)
    }

    pub(super) const fn name(&self) -> &'static str {
        self.schema.frame
    }

    fn check(&self, field: &Field) -> Result<(), FrameError> {
        let (frame, column) = (self.schema.frame, field.name);
        let found = self.column(field.name)?;
        let dtype = found.dtype();
        let fits = match field.kind {
            Kind::Integer | Kind::Count => dtype.is_integer(),
            Kind::Day => *dtype == DataType::Date,
            Kind::Time => matches!(dtype, DataType::Datetime(_, None)),
            Kind::Text => *dtype == DataType::String,
            Kind::Flag => *dtype == DataType::Boolean,
        };
        let empty = found.null_count() == found.len();
        if !fits && !(empty && (field.optional || found.is_empty())) {
            return Err(FrameError::Type {
                frame,
                column,
                found: dtype.to_string(),
                expected: field.kind,
            });
        }
        if !field.optional && found.null_count() > 0 {
            let nulls = found.is_null();
            let row = nulls.iter().position(|null| null == Some(true)).unwrap_or(0);
            return Err(FrameError::Null { frame, column, row });
        }
        Ok(())
    }

    fn column(&self, column: &'static str) -> Result<&'a Column, FrameError> {
        let field = self.schema.fields.iter().find(|field| field.name == column);
        self.data.column(column).map_err(|_| FrameError::Missing {
            frame: self.schema.frame,
            column,
            expected: field.map_or(Kind::Integer, |field| field.kind),
        })
    }

    /// Reads a column as 64 bits, of the type that it is stored as once it is of `dtype`.
    fn physical(&self, column: &'static str, dtype: &DataType, null: i64) -> Result<Vec<i64>, FrameError> {
        let found = self.column(column)?;
        let out_of_range = |error: polars::prelude::PolarsError| FrameError::OutOfRange {
            frame: self.schema.frame,
            column,
            reason: error.to_string(),
        };
        let cast = found.strict_cast(dtype).map_err(out_of_range)?;
        let cast = cast
            .to_physical_repr()
            .strict_cast(&DataType::Int64)
            .map_err(out_of_range)?;
        let series = cast.as_materialized_series().rechunk();
        let numbers = series.i64().map_err(FrameError::polars)?;
        match numbers.cont_slice() {
            Ok(all) => Ok(all.to_vec()),
            Err(_) => Ok(numbers.iter().map(|it| it.unwrap_or(null)).collect()),
        }
    }

    /// Reads whole numbers; `null` stands for those that are null.
    pub(super) fn integers(&self, column: &'static str, null: i64) -> Result<Vec<i64>, FrameError> {
        self.physical(column, &DataType::Int64, null)
    }

    pub(super) fn counts(&self, column: &'static str) -> Result<Vec<u32>, FrameError> {
        let all = self.physical(column, &DataType::Int64, 0)?;
        let count = |(row, value): (usize, i64)| {
            let count = u32::try_from(value).ok().filter(|count| *count != NO_ID);
            count.ok_or_else(|| FrameError::OutOfRange {
                frame: self.schema.frame,
                column,
                reason: format!("row {row} is {value}"),
            })
        };
        all.into_iter().enumerate().map(count).collect()
    }

    pub(super) fn times(&self, column: &'static str) -> Result<Vec<i64>, FrameError> {
        self.physical(column, &DataType::Datetime(TimeUnit::Microseconds, None), NO_TIME)
    }

    pub(super) fn days(&self, column: &'static str) -> Result<Vec<i32>, FrameError> {
        let days = self.physical(column, &DataType::Date, NO_DAY.into())?;
        Ok(days
            .into_iter()
            .map(|day| i32::try_from(day).unwrap_or(NO_DAY))
            .collect())
    }

    pub(super) fn years(&self, column: &'static str) -> Result<Vec<i32>, FrameError> {
        let years = self.integers(column, NO_DAY.into())?;
        Ok(years
            .into_iter()
            .map(|year| i32::try_from(year).unwrap_or(NO_DAY))
            .collect())
    }

    pub(super) fn flags(&self, column: &'static str) -> Result<Vec<bool>, FrameError> {
        let found = self
            .column(column)?
            .strict_cast(&DataType::Boolean)
            .map_err(FrameError::polars)?;
        let flags = found.bool().map_err(FrameError::polars)?;
        Ok(flags.iter().map(|it| it.unwrap_or(false)).collect())
    }

    /// Reads texts as what they are the names of.
    pub(super) fn words<T>(
        &self,
        column: &'static str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, FrameError> {
        let found = self
            .column(column)?
            .strict_cast(&DataType::String)
            .map_err(FrameError::polars)?;
        let texts = found.str().map_err(FrameError::polars)?;
        let word = |(row, text): (usize, Option<&str>)| {
            read(text.unwrap_or_default()).ok_or_else(|| FrameError::Word {
                frame: self.schema.frame,
                column,
                row,
                found: text.unwrap_or_default().to_owned(),
                expected,
            })
        };
        texts.iter().enumerate().map(word).collect()
    }

    /// Reads texts as positions in the list of different ones, in the order in which they come.
    pub(super) fn dictionary(&self, column: &'static str) -> Result<(Vec<u32>, Vec<String>), FrameError> {
        let (mut known, mut names) = (HashMap::<String, u32>::new(), Vec::new());
        let texts = self.words(column, "a text", |text| Some(text.to_owned()))?;
        let mut positions = Vec::with_capacity(texts.len());
        for text in texts {
            let next = u32::try_from(names.len()).unwrap_or(NO_ID);
            let position = *known.entry(text).or_insert_with_key(|text| {
                names.push(text.clone());
                next
            });
            positions.push(position);
        }
        Ok((positions, names))
    }
}
