//! A [`Word`] is a value with a fixed name as a column of text, e.g. a state; a [`Clock`] is a time of day as one.
//!
//! Both are read where the database has them: a text of its own for each is made only to be thrown away.

use std::fmt;

use chrono::NaiveTime;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteValue};
use gym_core::billing::payment::PaymentState;
use gym_core::booking::policy::Channel;
use gym_core::booking::{Offence, RegistrationState, WaitlistState, Waiver};
use gym_core::entitlement::UseState;
use gym_core::schedule::session::SessionState;
use gym_core::trainer::Care;
use gym_core::user::Role;

use crate::connection::{MultiBackend, MultiRawValue};
use crate::row::{called, strange, time};

/// What has a fixed name.
pub(crate) trait Named: Copy + 'static {
    /// What it is, as errors say it.
    const WHAT: &'static str;
    /// Every value.
    const ALL: &'static [Self];
    /// The name.
    fn name(self) -> &'static str;
}

macro_rules! named {
    ($($kind:ty: $what:literal;)*) => {$(
        impl Named for $kind {
            const WHAT: &'static str = $what;
            const ALL: &'static [Self] = &<$kind>::ALL;
            fn name(self) -> &'static str {
                self.as_str()
            }
        }
    )*};
}

named! {
    Care: "a care";
    Channel: "a channel";
    Offence: "an offence";
    PaymentState: "a payment's state";
    RegistrationState: "a registration's state";
    Role: "a role";
    SessionState: "a session's state";
    UseState: "a use's state";
    WaitlistState: "a waitlist's state";
    Waiver: "a waiver";
}

/// A value with a fixed name as a column of text.
#[derive(Clone, Copy, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub(crate) struct Word<T>(pub(crate) T);

impl<T: Named> Word<T> {
    fn read(text: &str) -> deserialize::Result<Self> {
        called(text, T::ALL, T::name)
            .map(Self)
            .ok_or_else(|| strange(T::WHAT, text).into())
    }
}

impl<T: Named> fmt::Debug for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0.name(), f)
    }
}

impl<T: Named, DB> ToSql<Text, DB> for Word<T>
where
    DB: diesel::backend::Backend,
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.name().to_sql(out)
    }
}

/// A time of day, `HH:MM`, as it is read from a column of text.
#[derive(Debug, Clone, Copy, FromSqlRow)]
pub(crate) struct Clock(pub(crate) NaiveTime);

impl Clock {
    fn read(text: &str) -> deserialize::Result<Self> {
        time(text)
            .map(Self)
            .ok_or_else(|| strange("a time of day", text).into())
    }
}

macro_rules! read_from_text {
    ($type:ty $(, $generic:ident: $bound:path)?) => {
        impl$(<$generic: $bound>)? FromSql<Text, Sqlite> for $type {
            fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
                Self::read(value.read_text())
            }
        }

        impl$(<$generic: $bound>)? FromSql<Text, Pg> for $type {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                Self::read(std::str::from_utf8(value.as_bytes())?)
            }
        }

        impl$(<$generic: $bound>)? FromSql<Text, MultiBackend> for $type {
            fn from_sql(value: MultiRawValue<'_>) -> deserialize::Result<Self> {
                value.from_sql::<Self, Text>()
            }
        }
    };
}

read_from_text!(Word<T>, T: Named);
read_from_text!(Clock);

#[cfg(test)]
mod tests {
    use diesel::dsl::sql;
    use diesel::prelude::*;

    use super::*;

    fn check<T: Named + PartialEq + fmt::Debug>(connection: &mut SqliteConnection) {
        for value in T::ALL {
            let written = diesel::select(Word(*value).into_sql::<Text>());
            let found: Word<T> = written.get_result(connection).unwrap();
            assert_eq!(found.0, *value);
            let text: String = written.get_result(connection).unwrap();
            assert_eq!(text, value.name());
        }
        let unknown = sql::<Text>("SELECT 'unknown'").get_result::<Word<T>>(connection);
        let told = crate::StoreError::from(unknown.unwrap_err()).to_string();
        assert!(told.contains(T::WHAT) && told.contains("\"unknown\""), "{told}");
    }

    #[test]
    fn every_name_is_written_and_read() {
        let connection = &mut SqliteConnection::establish(":memory:").unwrap();
        check::<Care>(connection);
        check::<Channel>(connection);
        check::<Offence>(connection);
        check::<RegistrationState>(connection);
        check::<Role>(connection);
        check::<SessionState>(connection);
        check::<WaitlistState>(connection);
        check::<Waiver>(connection);
    }

    #[test]
    fn a_clock_is_read() {
        let connection = &mut SqliteConnection::establish(":memory:").unwrap();
        let mut read = |text: &str| sql::<Text>(&format!("SELECT '{text}'")).get_result::<Clock>(connection);
        assert_eq!(
            read("06:30").unwrap().0,
            NaiveTime::from_hms_opt(6, 30, 0).unwrap()
        );
        assert!(read("6:30").is_err() && read("24:00").is_err() && read("").is_err());
    }
}
