//! How frames are scanned from files and written to them.

use std::any::Any;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::{
    AnonymousScan, AnonymousScanArgs, CompatLevel, DataFrame, DataType, Field as PolarsField, LazyFrame,
    PlSmallStr, PolarsResult, ScanArgsAnonymous, Schema as PolarsSchema, SchemaExt, SchemaRef, col,
};
use polars_arrow::io::ipc::write::{FileWriter, WriteOptions};
use polars_io::SerReader;
use polars_io::csv::read::CsvReadOptions;
use polars_io::parquet::{read::ParquetReader, write::ParquetWriter};

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

/// Scans a Parquet or CSV file lazily, and reads no more than the columns of a schema that the plan needs, nor more rows than
/// it is limited to. A filter is applied to what was read: all rows of the file are, whatever is filtered.
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
    let source = match path.extension().and_then(|ending| ending.to_str()) {
        Some("parquet") => Source::Parquet(path.to_owned()),
        Some("csv") => Source::Csv(path.to_owned(), Arc::new(types(schema))),
        _ => return Err(unreadable("it ends otherwise than .parquet and .csv".to_owned())),
    };
    let mut lazy = LazyFrame::anonymous_scan(Arc::new(source), ScanArgsAnonymous::default())
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

/// A file that is read when a plan is carried out, with the columns that the plan needs.
///
/// The scans of polars itself would bring its streaming engine, and with it clients of cloud stores and of HTTP.
enum Source {
    Parquet(PathBuf),
    /// With the types of columns that the text does not tell.
    Csv(PathBuf, SchemaRef),
}

impl Source {
    fn read(&self, columns: Option<Arc<[PlSmallStr]>>, rows: Option<usize>) -> PolarsResult<DataFrame> {
        match self {
            Self::Parquet(path) => {
                let named = columns.map(|names| names.iter().map(ToString::to_string).collect());
                ParquetReader::new(File::open(path)?)
                    .with_columns(named)
                    .with_slice(rows.map(|rows| (0, rows)))
                    .finish()
            }
            Self::Csv(path, types) => CsvReadOptions::default()
                .with_columns(columns)
                .with_n_rows(rows)
                .with_schema_overwrite(Some(Arc::clone(types)))
                .map_parse_options(|it| it.with_try_parse_dates(true))
                .try_into_reader_with_file_path(Some(path.clone()))?
                .finish(),
        }
    }
}

impl AnonymousScan for Source {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn schema(&self, _: Option<usize>) -> PolarsResult<SchemaRef> {
        Ok(Arc::clone(self.read(None, Some(1))?.schema()))
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }

    fn scan(&self, wanted: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        let frame = self.read(wanted.with_columns.clone(), wanted.n_rows)?;
        match wanted.with_columns {
            Some(names) => frame.select(names.iter().cloned()),
            None => Ok(frame),
        }
    }
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
