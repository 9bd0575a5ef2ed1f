//! A [`History`] is what a club has lived through, as plain columns to learn from.
//!
//! Each fact is a table of equally long vectors, made for numbers and not for decisions: members, places, plans and
//! classes are called by dense `u32` ids, which are their positions, instants are microseconds and days are days, both
//! since 1970-01-01. Every fact has when it was recorded beside when it happened, so that what was learned late can be
//! left out. What is not there is a value that says so: [`NO_TIME`], [`NO_DAY`], [`NO_ID`], [`NO_KEY`].
//!
//! A [`Filler`] makes one of a club's rows, [`History::of`] of a club in memory.
//!
//! ```
//! use gym_core::club::Club;
//! use gym_core::history::{CheckIn, CheckIns, CheckInColumns, History};
//! use gym_core::time::Period;
//!
//! let day = Period::new("2027-03-01T00:00:00Z".parse()?, "2027-03-02T00:00:00Z".parse()?)?;
//! assert_eq!(History::of(&Club::default(), day).check_ins.len(), 0);
//!
//! let ragged = CheckInColumns { member: vec![0, 1], ..CheckInColumns::default() };
//! assert_eq!(
//!     CheckIns::try_from(ragged).unwrap_err().to_string(),
//!     "check_ins: column place has 0 rows; expected the 2 of member",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod columns;
mod dense;
mod facts;
mod fill;
mod of_club;

use std::ops::Deref;

use chrono::NaiveDate;

pub use self::columns::Ragged;
pub use self::dense::Dense;
pub use self::facts::*;
pub use self::fill::Filler;
use crate::time::{Instant, Period, to_micros};

/// The instant that is not there, or not known.
pub const NO_TIME: i64 = i64::MIN;
/// The day that is not there, or not known; also the year.
pub const NO_DAY: i32 = i32::MIN;
/// The dense id of nothing.
pub const NO_ID: u32 = u32::MAX;
/// The database's id of nothing.
pub const NO_KEY: i64 = 0;

/// Returns an instant in microseconds since 1970-01-01 00:00 UTC.
pub fn micros(at: Instant) -> i64 {
    to_micros(at).timestamp_micros()
}

/// Returns a civil day in days since 1970-01-01.
pub fn day_number(day: NaiveDate) -> i32 {
    let days = (day - NaiveDate::default()).num_days();
    i32::try_from(days).unwrap_or(NO_DAY)
}

/// Returns the civil day that a number of days since 1970-01-01 stands for; none for [`NO_DAY`].
pub fn day_of(number: i32) -> Option<NaiveDate> {
    NaiveDate::default().checked_add_signed(chrono::TimeDelta::days(number.into()))
}

/// The tables of a [`History`], before their references to each other are checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Where.
    pub places: Places,
    /// What was sold.
    pub plans: Plans,
    /// Who.
    pub members: Members,
    /// Contracts.
    pub memberships: Memberships,
    /// The terms of contracts.
    pub terms: Terms,
    /// The days on which contracts stood still.
    pub freezes: Freezes,
    /// People who came in by a door.
    pub check_ins: CheckIns,
    /// Dated classes.
    pub classes: Classes,
    /// What [`Class::programme`] counts.
    pub programmes: Vec<String>,
    /// Bookings of classes, and what became of them.
    pub bookings: Bookings,
    /// Money that was given, or asked for.
    pub payments: Payments,
}

/// A reference to a row that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{table}: row {row} has {column} {id}; expected one of the {rows} rows of {of}")]
pub struct UnknownId {
    /// The table.
    pub table: &'static str,
    /// The position of the row.
    pub row: usize,
    /// The column.
    pub column: &'static str,
    /// What it holds.
    pub id: u32,
    /// What it should be a row of.
    pub of: &'static str,
    /// How many rows that has.
    pub rows: usize,
}

/// What a club has lived through in a period; see the [module](self). Every reference in it leads somewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    during: Period,
    facts: Facts,
}

impl Deref for History {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.facts
    }
}

impl History {
    /// Makes a history of tables that are complete for a period: nothing that was recorded in it is missing.
    ///
    /// # Errors
    ///
    /// The first reference that leads nowhere.
    pub fn new(during: Period, facts: Facts) -> Result<Self, UnknownId> {
        facts.check()?;
        Ok(Self { during, facts })
    }

    /// Makes a history of a period in which nothing happened.
    pub fn nothing(during: Period) -> Self {
        Self {
            during,
            facts: Facts::default(),
        }
    }

    /// Returns the period.
    pub const fn during(&self) -> Period {
        self.during
    }

    /// Returns the tables.
    pub fn into_facts(self) -> Facts {
        self.facts
    }
}

/// A column of references: of a table, to another, and whether each has to lead somewhere.
struct Refers<'a> {
    table: &'static str,
    column: &'static str,
    ids: &'a [u32],
    of: (&'static str, usize),
    always: bool,
}

impl Refers<'_> {
    fn check(self) -> Result<(), UnknownId> {
        let lost = |id: u32| (id as usize) >= self.of.1 && (self.always || id != NO_ID);
        match self.ids.iter().position(|id| lost(*id)) {
            None => Ok(()),
            Some(row) => Err(UnknownId {
                table: self.table,
                row,
                column: self.column,
                id: self.ids.get(row).copied().unwrap_or(NO_ID),
                of: self.of.0,
                rows: self.of.1,
            }),
        }
    }
}

impl Facts {
    fn check(&self) -> Result<(), UnknownId> {
        let places = ("places", self.places.len());
        let members = ("members", self.members.len());
        let plans = ("plans", self.plans.len());
        let memberships = ("memberships", self.memberships.len());
        let classes = ("classes", self.classes.len());
        let programmes = ("programmes", self.programmes.len());
        let (held, terms, freezes) = (&self.memberships, &self.terms, &self.freezes);
        let (check_ins, dated) = (&self.check_ins, &self.classes);
        let (bookings, payments) = (&self.bookings, &self.payments);
        let all: [(&'static str, &'static str, &[u32], _, bool); 16] = [
            ("members", "place", &self.members.place, places, true),
            ("memberships", "member", &held.member, members, true),
            ("memberships", "place", &held.place, places, true),
            ("memberships", "plan", &held.plan, plans, true),
            ("memberships", "follows", &held.follows, memberships, false),
            ("terms", "membership", &terms.membership, memberships, true),
            ("terms", "plan", &terms.plan, plans, true),
            ("freezes", "membership", &freezes.membership, memberships, false),
            ("freezes", "place", &freezes.place, places, true),
            ("check_ins", "member", &check_ins.member, members, true),
            ("check_ins", "place", &check_ins.place, places, true),
            ("classes", "place", &dated.place, places, true),
            ("classes", "programme", &dated.programme, programmes, true),
            ("bookings", "member", &bookings.member, members, true),
            ("bookings", "class", &bookings.class, classes, false),
            ("payments", "member", &payments.member, members, true),
        ];
        for (table, column, ids, of, always) in all {
            Refers {
                table,
                column,
                ids,
                of,
                always,
            }
            .check()?;
        }
        let (table, column, ids) = ("payments", "place", &payments.place);
        Refers {
            table,
            column,
            ids,
            of: places,
            always: true,
        }
        .check()
    }
}
