//! SQLite by its C interface: statements prepared once and used again.

#![expect(
    unsafe_code,
    reason = "the measure is against the C interface itself, without a library between"
)]

use std::ffi::{CStr, CString};
use std::path::Path;
use std::ptr::{null, null_mut};

use libsqlite3_sys::*;

use crate::store::Failed;
use crate::store::recording::{Recording, Step, Value};

/// A connection with its statements.
pub struct Peer {
    connection: *mut sqlite3,
    statements: Vec<*mut sqlite3_stmt>,
}

impl Peer {
    /// Opens a database with the flags and settings that gym-db uses, among them the threading mode: serialized.
    pub fn open(path: &Path) -> Result<Self, Failed> {
        let path = CString::new(path.as_os_str().as_encoded_bytes())?;
        let mut peer = Self {
            connection: null_mut(),
            statements: Vec::new(),
        };
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI;
        // SAFETY: the path ends in NUL, and the connection lives until `drop`.
        let code = unsafe { sqlite3_open_v2(path.as_ptr(), &mut peer.connection, flags, null()) };
        peer.expect(code, SQLITE_OK)?;
        peer.batch(
            c"PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;
              PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864; PRAGMA journal_mode = WAL;",
        )?;
        Ok(peer)
    }

    fn batch(&self, statements: &CStr) -> Result<(), Failed> {
        // SAFETY: the connection is open, the text ends in NUL, and there is no callback.
        let code =
            unsafe { sqlite3_exec(self.connection, statements.as_ptr(), None, null_mut(), null_mut()) };
        self.expect(code, SQLITE_OK)
    }

    fn expect(&self, code: i32, wanted: i32) -> Result<(), Failed> {
        if code == wanted {
            return Ok(());
        }
        // SAFETY: SQLite's message lives until its next call.
        let message = unsafe { CStr::from_ptr(sqlite3_errmsg(self.connection)) };
        Err(format!("SQLite: {code}: {}", message.to_string_lossy()).into())
    }

    /// Prepares the statements of a recording.
    pub fn prepare(&mut self, recording: &Recording) -> Result<(), Failed> {
        for text in &recording.statements {
            let mut statement = null_mut();
            let length = text.len().try_into()?;
            // SAFETY: the connection is open, and the text is as long as it says.
            let code = unsafe {
                sqlite3_prepare_v3(
                    self.connection,
                    text.as_ptr().cast(),
                    length,
                    SQLITE_PREPARE_PERSISTENT,
                    &mut statement,
                    null_mut(),
                )
            };
            self.expect(code, SQLITE_OK)?;
            self.statements.push(statement);
        }
        Ok(())
    }

    /// Runs one statement, and reads every column of every row.
    pub fn run(&mut self, step: &Step) -> Result<usize, Failed> {
        let statement = self.statements[step.statement];
        for (at, value) in (1..).zip(&step.values) {
            self.bind(statement, at, value)?;
        }
        let mut read = 0;
        // SAFETY: the statement is of this connection, which is open; columns are read between two steps.
        let code = unsafe {
            loop {
                match sqlite3_step(statement) {
                    SQLITE_ROW => {
                        for column in 0..sqlite3_column_count(statement) {
                            read += read_column(statement, column)?;
                        }
                    }
                    code => break code,
                }
            }
        };
        self.expect(code, SQLITE_DONE)?;
        // SAFETY: as above; the values that are bound live in the recording.
        unsafe { sqlite3_reset(statement) };
        Ok(read)
    }

    fn bind(&self, statement: *mut sqlite3_stmt, at: i32, value: &Value) -> Result<(), Failed> {
        // SAFETY: the statement is open; texts outlive the step, after which they are not read again.
        let code = unsafe {
            match value {
                Value::Null => sqlite3_bind_null(statement, at),
                Value::Flag(flag) => sqlite3_bind_int(statement, at, i32::from(*flag)),
                Value::Integer(number) => sqlite3_bind_int64(statement, at, *number),
                Value::Text(text) | Value::Array(text) => {
                    let length = text.len().try_into()?;
                    sqlite3_bind_text(statement, at, text.as_ptr().cast(), length, SQLITE_STATIC())
                }
            }
        };
        self.expect(code, SQLITE_OK)
    }
}

/// Reads a column as a number or a text, and returns something of it, so that it must be read.
///
/// # Safety
///
/// The statement has a row.
unsafe fn read_column(statement: *mut sqlite3_stmt, column: i32) -> Result<usize, Failed> {
    // SAFETY: the statement has a row, and a text is used before the next step.
    unsafe {
        Ok(match sqlite3_column_type(statement, column) {
            SQLITE_INTEGER => sqlite3_column_int64(statement, column) as usize,
            SQLITE_TEXT => {
                let text = sqlite3_column_text(statement, column);
                CStr::from_ptr(text.cast()).to_str()?.to_owned().len()
            }
            _ => 0,
        })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // SAFETY: each statement and the connection are closed once, statements first.
        unsafe {
            for statement in &self.statements {
                sqlite3_finalize(*statement);
            }
            sqlite3_close(self.connection);
        }
    }
}
