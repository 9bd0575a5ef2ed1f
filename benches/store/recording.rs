//! A [`Recording`] is what gym-db says to a database: every statement of every booking, with its values.
//!
//! A peer that gives the same statements with the same values, prepared once, is the least that any program must do.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent};

use crate::store::Failed;

/// A value that is bound to a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// A truth.
    Flag(bool),
    /// A number.
    Integer(i64),
    /// A text, or a time as text.
    Text(String),
    /// An array, in PostgreSQL's form.
    Array(String),
}

/// One statement, by its number, with its values.
pub struct Step {
    /// The number in [`Recording::statements`].
    pub statement: usize,
    /// The values.
    pub values: Vec<Value>,
}

/// What was said, one list for each booking.
#[derive(Default)]
pub struct Recording {
    /// The different statements.
    pub statements: Vec<String>,
    /// What each booking said.
    pub bookings: Vec<Vec<Step>>,
}

static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
static LISTENING: AtomicBool = AtomicBool::new(false);

/// Lets connections that are opened from now on be listened to, or not.
pub fn listen(on: bool) -> Result<(), Failed> {
    LISTENING.store(on, Ordering::SeqCst);
    Ok(diesel::connection::set_default_instrumentation(|| {
        let listening = LISTENING.load(Ordering::SeqCst);
        listening.then(|| -> Box<dyn Instrumentation> { Box::new(note) })
    })?)
}

fn note(event: InstrumentationEvent<'_>) {
    if let (InstrumentationEvent::StartQuery { query, .. }, Ok(mut said)) = (event, SAID.lock()) {
        said.push(query.to_string());
    }
}

/// Statements that are gym-db's own way of making sure; a program that is written by hand may do without.
const OWN: [&str; 3] = ["SAVEPOINT", "RELEASE", "ROLLBACK TO"];

/// What gym-db sends with the COMMIT to PostgreSQL, to make sure that nothing failed before.
const BEFORE_COMMIT: &str = "SET CONSTRAINTS ALL IMMEDIATE; ";

impl Recording {
    /// Listens to one booking after another.
    pub fn of(count: usize, mut book: impl FnMut(usize) -> Result<(), Failed>) -> Result<Self, Failed> {
        let mut recording = Self::default();
        let mut numbers = HashMap::new();
        // What a connection says before its first transaction is not a booking's.
        book(0)?;
        let mut first = take()?;
        let begin = first
            .iter()
            .rposition(|said| said.starts_with("BEGIN"))
            .unwrap_or(0);
        first.drain(..begin);
        recording.add(&mut numbers, first)?;
        for n in 1..count {
            book(n)?;
            recording.add(&mut numbers, take()?)?;
        }
        Ok(recording)
    }

    fn add(&mut self, numbers: &mut HashMap<String, usize>, said: Vec<String>) -> Result<(), Failed> {
        let mut steps = Vec::new();
        for said in said {
            if OWN.iter().any(|own| said.starts_with(own)) {
                continue;
            }
            let said = said.strip_prefix(BEFORE_COMMIT).unwrap_or(&said);
            let (text, values) = said.split_once(" -- binds: ").unwrap_or((said, "[]"));
            let statement = *numbers.entry(text.to_owned()).or_insert_with(|| {
                self.statements.push(text.to_owned());
                self.statements.len() - 1
            });
            steps.push(Step {
                statement,
                values: Reader(values).list()?,
            });
        }
        self.bookings.push(steps);
        Ok(())
    }
}

fn take() -> Result<Vec<String>, Failed> {
    let mut said = SAID.lock().map_err(|_| "a listener panicked")?;
    Ok(std::mem::take(&mut *said))
}

/// Reads values as `Debug` writes them.
struct Reader<'t>(&'t str);

impl Reader<'_> {
    fn list(&mut self) -> Result<Vec<Value>, Failed> {
        let mut values = Vec::new();
        self.skip("[");
        while !self.skip("]") {
            values.push(self.value()?);
            self.skip(", ");
        }
        Ok(values)
    }

    fn skip(&mut self, prefix: &str) -> bool {
        let rest = self.0.strip_prefix(prefix);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn value(&mut self) -> Result<Value, Failed> {
        if self.skip("Some(") {
            let value = self.value()?;
            self.skip(")");
            return Ok(value);
        }
        if self.0.starts_with('[') {
            let texts = self.list()?.into_iter().map(|value| match value {
                Value::Text(text) => Ok(text),
                Value::Integer(number) => Ok(number.to_string()),
                other => Err(format!("{other:?} in an array; expected texts or numbers")),
            });
            let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
            return Ok(Value::Array(format!("{{{}}}", texts.join(","))));
        }
        if self.skip("\"") {
            return self.text();
        }
        let end = self.0.find([',', ']', ')']).ok_or("a value that does not end")?;
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        Ok(match word {
            "None" => Value::Null,
            "true" => Value::Flag(true),
            "false" => Value::Flag(false),
            word => match word.parse() {
                Ok(number) => Value::Integer(number),
                Err(_) => Value::Text(word.replace('T', " ")),
            },
        })
    }

    fn text(&mut self) -> Result<Value, Failed> {
        let mut text = String::new();
        let mut chars = self.0.char_indices();
        while let Some((at, char)) = chars.next() {
            match char {
                '"' => {
                    self.0 = &self.0[at + 1..];
                    return Ok(Value::Text(text));
                }
                '\\' => match chars.next() {
                    Some((_, plain @ ('"' | '\\' | '\''))) => text.push(plain),
                    other => return Err(format!("{other:?} after a backslash").into()),
                },
                char => text.push(char),
            }
        }
        Err("a text that does not end".into())
    }
}
