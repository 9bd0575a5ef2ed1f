//! PostgreSQL by libpq: statements prepared once and used again.

#![expect(
    unsafe_code,
    reason = "the measure is against libpq itself, without a library between"
)]

use std::ffi::{CStr, CString, c_char};
use std::ptr::null;

use pq_sys::*;

use crate::store::Failed;
use crate::store::recording::{Recording, Step, Value};

/// A connection.
pub struct Peer {
    connection: *mut PGconn,
}

/// A statement of [`Peer::prepare`] with its values, ready to be sent.
pub struct Ready {
    name: CString,
    values: Vec<Option<CString>>,
}

impl Ready {
    /// Writes the values of a step as PostgreSQL reads them.
    pub fn new(step: &Step) -> Result<Self, Failed> {
        let text = |value: &Value| match value {
            Value::Null => None,
            Value::Flag(flag) => Some(CString::new(flag.to_string())),
            Value::Integer(number) => Some(CString::new(number.to_string())),
            Value::Text(text) | Value::Array(text) => Some(CString::new(text.as_str())),
        };
        let values = step.values.iter().map(|value| text(value).transpose());
        Ok(Self {
            name: name(step.statement)?,
            values: values.collect::<Result<_, _>>()?,
        })
    }
}

fn name(statement: usize) -> Result<CString, Failed> {
    Ok(CString::new(format!("s{statement}"))?)
}

impl Peer {
    /// Connects to a server.
    pub fn connect(url: &str) -> Result<Self, Failed> {
        let url = CString::new(url)?;
        // SAFETY: the URL ends in NUL; the connection lives until `drop`.
        let peer = Self {
            connection: unsafe { PQconnectdb(url.as_ptr()) },
        };
        // SAFETY: libpq accepts any connection that it made, also a failed one.
        match unsafe { PQstatus(peer.connection) } {
            ConnStatusType::CONNECTION_OK => Ok(peer),
            _ => Err(peer.failure()),
        }
    }

    fn failure(&self) -> Failed {
        // SAFETY: libpq's message lives until its next call.
        let message = unsafe { CStr::from_ptr(PQerrorMessage(self.connection)) };
        format!("PostgreSQL: {}", message.to_string_lossy()).into()
    }

    /// Runs statements of an administrator, and returns the first column of the first row.
    pub fn ask(&self, text: &str) -> Result<String, Failed> {
        let text = CString::new(text)?;
        // SAFETY: the connection is open, and the text ends in NUL.
        let answer = Answer(unsafe { PQexec(self.connection, text.as_ptr()) });
        answer.check(self)?;
        if answer.rows() == 0 {
            return Ok(String::new());
        }
        // SAFETY: there is a row; its text ends in NUL and lives as long as the answer.
        let value = unsafe { CStr::from_ptr(PQgetvalue(answer.0, 0, 0)) };
        Ok(value.to_str()?.to_owned())
    }

    /// Prepares the statements of a recording.
    pub fn prepare(&self, recording: &Recording) -> Result<(), Failed> {
        for (number, text) in recording.statements.iter().enumerate() {
            let (name, text) = (name(number)?, CString::new(text.as_str())?);
            // SAFETY: the connection is open, and both texts end in NUL; the server infers the types.
            let answer = unsafe { PQprepare(self.connection, name.as_ptr(), text.as_ptr(), 0, null()) };
            Answer(answer).check(self)?;
        }
        Ok(())
    }

    /// Runs one statement, and reads every column of every row.
    pub fn run(&self, ready: &Ready) -> Result<usize, Failed> {
        let text = |value: &Option<CString>| value.as_ref().map_or(null(), |value| value.as_ptr());
        let values: Vec<*const c_char> = ready.values.iter().map(text).collect();
        const BINARY: i32 = 1;
        // SAFETY: the connection is open; name and values end in NUL, and there are as many as it says.
        let answer = Answer(unsafe {
            PQexecPrepared(
                self.connection,
                ready.name.as_ptr(),
                values.len().try_into()?,
                values.as_ptr(),
                null(),
                null(),
                BINARY,
            )
        });
        answer.check(self)?;
        Ok(answer.read())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // SAFETY: the connection is closed once.
        unsafe { PQfinish(self.connection) }
    }
}

struct Answer(*mut PGresult);

impl Answer {
    fn check(&self, peer: &Peer) -> Result<(), Failed> {
        // SAFETY: libpq accepts any answer, also none.
        match unsafe { PQresultStatus(self.0) } {
            ExecStatusType::PGRES_COMMAND_OK | ExecStatusType::PGRES_TUPLES_OK => Ok(()),
            _ => Err(peer.failure()),
        }
    }

    fn rows(&self) -> i32 {
        // SAFETY: libpq accepts any answer, also none.
        unsafe { PQntuples(self.0) }
    }

    /// Takes every value out, and returns how many bytes they are.
    fn read(&self) -> usize {
        let mut read = 0;
        // SAFETY: rows and columns are within the answer; a value is as long as it says.
        unsafe {
            for row in 0..self.rows() {
                for column in 0..PQnfields(self.0) {
                    let length = PQgetlength(self.0, row, column) as usize;
                    let value = PQgetvalue(self.0, row, column).cast::<u8>();
                    read += std::slice::from_raw_parts(value, length).to_owned().len();
                }
            }
        }
        read
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: the answer is freed once.
            unsafe { PQclear(self.0) }
        }
    }
}
