//! A [`Table`]: the records of a CSV file with the lines on which they start.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord};

use super::super::{ImportError, unmarked, utf8};

/// A record after the last one: if a quote is left open, it is swallowed.
const LAST: &str = "\n\u{1}\n";

/// How many columns a table may have.
const MOST_COLUMNS: usize = 1_000;

/// How many rows are read.
const MOST_ROWS: usize = 200_000;

pub(super) struct Record {
    pub(super) line: u64,
    pub(super) fields: Vec<String>,
    /// Whether a quote is open at the end of the file.
    pub(super) is_open: bool,
}

pub(super) struct Table {
    pub(super) header_line: u64,
    pub(super) headers: Vec<String>,
    pub(super) records: Vec<Record>,
}

impl Table {
    pub(super) fn read(bytes: &[u8], separator: Option<char>) -> Result<Self, ImportError> {
        let (bytes, mark) = unmarked(bytes)?;
        let text = utf8(bytes, mark)?;
        let separator = match separator {
            None => sniffed(text),
            Some(given @ (',' | ';' | '\t')) => given as u8,
            Some(other) => {
                let expected = "a comma, a semicolon or a tab";
                return Err(ImportError::invalid(1, "separator", &other.to_string(), expected));
            }
        };
        let mut records = records(text, separator)?.into_iter();
        match records.next() {
            Some(headers) if !headers.is_open => Ok(Self {
                header_line: headers.line,
                headers: headers
                    .fields
                    .iter()
                    .map(|header| header.trim().to_owned())
                    .collect(),
                records: records.collect(),
            }),
            Some(open) => Err(ImportError::invalid(
                open.line,
                "headers",
                &open.fields.join(", "),
                "a closing quote",
            )),
            None => Err(ImportError::invalid(1, "headers", "", "a line of headers")),
        }
    }
}

fn records(text: &str, separator: u8) -> Result<Vec<Record>, ImportError> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes().chain(LAST.as_bytes()));
    let mut lines = Lines::new(text);
    let mut records = Vec::new();
    let mut record = StringRecord::new();
    let mut is_closed = false;
    loop {
        let start = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        let line = lines.at(start);
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                return Err(ImportError::invalid(
                    line,
                    "row",
                    &error.to_string(),
                    "a row of fields",
                ));
            }
        }
        if lines.is_at_end() {
            is_closed = true;
            break;
        }
        // Spreadsheets write rows of empty fields below the last one.
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        if let Some(expected) = limit(&record, records.len()) {
            let value = record.get(0).unwrap_or_default();
            return Err(ImportError::invalid(line, "row", value, expected));
        }
        records.push(Record {
            line,
            fields: record.iter().map(str::to_owned).collect(),
            is_open: false,
        });
    }
    if let Some(last) = records.last_mut().filter(|_| !is_closed) {
        last.is_open = true;
        if let Some(text) = last.fields.last_mut() {
            text.truncate(text.trim_end_matches(LAST).len());
        }
    }
    Ok(records)
}

/// Which limit a record exceeds, after `count` others, of which one holds the headers.
fn limit(record: &StringRecord, count: usize) -> Option<String> {
    if record.len() > MOST_COLUMNS {
        Some(format!("at most {MOST_COLUMNS} fields, not {}", record.len()))
    } else {
        (count > MOST_ROWS).then(|| format!("at most {MOST_ROWS} rows"))
    }
}

/// Counts lines; offsets are asked for in ascending order.
struct Lines<'a> {
    bytes: &'a [u8],
    offset: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            offset: 0,
            line: 1,
        }
    }

    /// Returns the line of the first byte from `offset` on that ends no line: empty lines are no rows.
    fn at(&mut self, offset: usize) -> u64 {
        while let Some(byte) = self.bytes.get(self.offset)
            && (self.offset < offset || matches!(byte, b'\r' | b'\n'))
        {
            let next = self.bytes.get(self.offset + 1);
            if *byte == b'\n' || *byte == b'\r' && next != Some(&b'\n') {
                self.line += 1;
            }
            self.offset += 1;
        }
        self.line
    }

    /// Whether nothing but ends of lines was left at the offset that was asked for last.
    fn is_at_end(&self) -> bool {
        self.offset >= self.bytes.len()
    }
}

/// The separator that is most often in the first line that is not empty, outside of quotes.
fn sniffed(text: &str) -> u8 {
    let line = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut is_quoted = false;
    for byte in line.bytes() {
        is_quoted ^= byte == b'"';
        for (separator, count) in &mut counts {
            *count += usize::from(!is_quoted && *separator == byte);
        }
    }
    counts
        .into_iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(separator, _)| separator)
}
