//! How frames are scanned from files and written to them.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use polars::prelude::{
    CompatLevel, DataFrame, DataType, Field as PolarsField, LazyCsvReader, LazyFileListReader, LazyFrame,
    ParquetWriter, PlRefPath, PolarsResult, ScanArgsParquet, Schema as PolarsSchema, SchemaExt, col,
};
use polars_arrow::io::ipc::write::{FileWriter, WriteOptions};

use super::FrameError;
use super::schema::{Kind, Schema};

/// What a file of frames is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Parquet, compressed with what polars does by default.
    Parquet,
    /// An Arrow IPC file, also known as Feather version 2, not compressed: it can be mapped into memory.
    Arrow,
}

impl Format {
    /// Returns the ending of its files, without the dot.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }
}

/// Scans a Parquet or CSV file lazily, and reads no more than the columns of a schema.
///
/// The ending of the path says which it is. A CSV has a line of names, dates as `2027-03-01` and datetimes as
/// `2027-03-01 18:00:00`.
///
/// # Errors
///
/// If the path has another ending, the file cannot be read, or a column is missing.
pub fn scan(schema: &'static Schema, path: impl AsRef<Path>) -> Result<LazyFrame, FrameError> {
    let path = path.as_ref();
    let unreadable = |reason: String| FrameError::File {
        path: path.display().to_string(),
        reason,
    };
    let text = path
        .to_str()
        .ok_or_else(|| unreadable("its name is not UTF-8".to_owned()))?;
    let from = PlRefPath::new(text);
    let mut lazy = match path.extension().and_then(|ending| ending.to_str()) {
        Some("parquet") => LazyFrame::scan_parquet(from, ScanArgsParquet::default()),
        Some("csv") => LazyCsvReader::new(from)
            .with_dtype_overwrite(Some(types(schema).into()))
            .with_try_parse_dates(true)
            .finish(),
        _ => return Err(unreadable("it ends otherwise than .parquet and .csv".to_owned())),
    }
    .map_err(|error| unreadable(error.to_string()))?;
    let there = lazy
        .collect_schema()
        .map_err(|error| unreadable(error.to_string()))?;
    if let Some(missing) = schema.fields.iter().find(|field| !there.contains(field.name)) {
        return Err(FrameError::Missing {
            frame: schema.frame,
            column: missing.name,
            expected: missing.kind,
        });
    }
    let wanted: Vec<_> = schema.fields.iter().map(|field| col(field.name)).collect();
    Ok(lazy.select(wanted))
}

/// The types of the columns that the text of a CSV does not tell.
fn types(schema: &Schema) -> PolarsSchema {
    let told = schema.fields.iter().filter_map(|field| {
        let dtype = match field.kind {
            Kind::Integer | Kind::Count => DataType::Int64,
            Kind::Text => DataType::String,
            Kind::Flag => DataType::Boolean,
            Kind::Day | Kind::Time => return None,
        };
        Some(PolarsField::new(field.name.into(), dtype))
    });
    told.collect()
}

/// Writes one frame.
pub(super) fn write(frame: &mut DataFrame, path: &Path, format: Format) -> Result<(), FrameError> {
    let unwritable = |reason: String| FrameError::File {
        path: path.display().to_string(),
        reason,
    };
    let file = File::create(path).map_err(|error| unwritable(error.to_string()))?;
    match format {
        Format::Parquet => ParquetWriter::new(file).finish(frame).map(|_| ()),
        Format::Arrow => arrow(frame, file),
    }
    .map_err(|error| unwritable(error.to_string()))
}

/// Writes an Arrow file with types that every reader of Arrow knows.
fn arrow(frame: &mut DataFrame, file: File) -> PolarsResult<()> {
    let level = CompatLevel::oldest();
    let schema = Arc::new(frame.schema().to_arrow(level));
    let options = WriteOptions { compression: None };
    let mut writer = FileWriter::try_new(BufWriter::new(file), schema, None, options)?;
    frame.align_chunks();
    for chunk in frame.iter_chunks(level, false) {
        writer.write(&chunk, None)?;
    }
    writer.finish()
}
