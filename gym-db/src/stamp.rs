//! A [`Stamp`] is an instant as a column: UTC, to the microsecond.
//!
//! On SQLite it is text, `YYYY-MM-DD HH:MM:SS` with a fraction where there is one. Rows are full of them, so that form
//! is read and written by hand; any other is left to diesel, which tries one format after another.

use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Timestamp;
use diesel::sqlite::{Sqlite, SqliteValue};
use gym_core::time::Instant;

use crate::connection::{MultiBackend, MultiRawValue};

/// An instant as a column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = Timestamp)]
pub(crate) struct Stamp(NaiveDateTime);

impl Stamp {
    /// Returns the instant.
    pub(crate) const fn at(self) -> Instant {
        self.0.and_utc()
    }
}

impl From<Instant> for Stamp {
    fn from(at: Instant) -> Self {
        Self(gym_core::time::to_micros(at).naive_utc())
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromSql<Timestamp, Sqlite> for Stamp {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        match read(value.read_text().as_bytes()) {
            Some(at) => Ok(Self(at)),
            None => FromSql::<Timestamp, Sqlite>::from_sql(value).map(Self),
        }
    }
}

impl ToSql<Timestamp, Sqlite> for Stamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        match write(self.0) {
            Some(text) => out.set_value(text),
            None => return ToSql::<Timestamp, Sqlite>::to_sql(&self.0, out),
        }
        Ok(IsNull::No)
    }
}

impl FromSql<Timestamp, Pg> for Stamp {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Timestamp, Pg>::from_sql(value).map(Self)
    }
}

impl ToSql<Timestamp, Pg> for Stamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Timestamp, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<Timestamp, MultiBackend> for Stamp {
    fn from_sql(value: MultiRawValue<'_>) -> deserialize::Result<Self> {
        value.from_sql::<Self, Timestamp>()
    }
}

impl ToSql<Timestamp, MultiBackend> for Stamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Timestamp, self));
        Ok(IsNull::No)
    }
}

/// Reads `YYYY-MM-DD HH:MM:SS`, with up to six decimals of a second.
fn read(text: &[u8]) -> Option<NaiveDateTime> {
    let (seconds, fraction) = text.split_at_checked(19)?;
    let [
        y @ ..,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b' ',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
    ] = seconds
    else {
        return None;
    };
    let two = |tens: &u8, ones: &u8| digits(&[*tens, *ones]);
    let nanos = match fraction {
        [] => 0,
        [b'.', decimals @ ..] if (1..=6).contains(&decimals.len()) => {
            let missing = 9 - u32::try_from(decimals.len()).ok()?;
            digits(decimals)? * 10_u32.pow(missing)
        }
        _ => return None,
    };
    let year = i32::try_from(digits(y)?).ok()?;
    NaiveDate::from_ymd_opt(year, two(m1, m2)?, two(d1, d2)?)?.and_hms_nano_opt(
        two(h1, h2)?,
        two(n1, n2)?,
        two(s1, s2)?,
        nanos,
    )
}

/// Reads no more than nine digits.
fn digits(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + u32::from(digit - b'0'))
    })
}

/// Writes what [`read`] reads, as diesel does; nothing for a year that needs a sign or a second that is a leap one.
fn write(at: NaiveDateTime) -> Option<String> {
    let year = u32::try_from(at.year()).ok().filter(|year| *year <= 9999)?;
    let nanos = at.nanosecond();
    let mut text = String::with_capacity(26);
    put(&mut text, year, 1000);
    for (mark, number) in [
        ('-', at.month()),
        ('-', at.day()),
        (' ', at.hour()),
        (':', at.minute()),
        (':', at.second()),
    ] {
        text.push(mark);
        put(&mut text, number, 10);
    }
    match (nanos, nanos % 1_000_000, nanos % 1_000) {
        (0, ..) => {}
        (1_000_000_000.., ..) | (_, _, 1..) => return None,
        (_, 0, _) => {
            text.push('.');
            put(&mut text, nanos / 1_000_000, 100);
        }
        _ => {
            text.push('.');
            put(&mut text, nanos / 1_000, 100_000);
        }
    }
    Some(text)
}

/// Writes a number with leading zeros; the first digit is that of `unit`.
fn put(text: &mut String, number: u32, mut unit: u32) {
    while unit > 0 {
        let digit = number / unit % 10;
        text.push(char::from_digit(digit, 10).unwrap_or('0'));
        unit /= 10;
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use diesel::dsl::sql;
    use diesel::prelude::*;
    use proptest::prelude::*;

    use super::*;

    fn instant(micros: i64) -> Instant {
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    fn any_instant() -> impl Strategy<Value = Instant> {
        let (first, last) = (-62_135_596_800_000_000_i64, 253_402_300_799_999_999_i64);
        let precision = prop_oneof![Just(1), Just(1_000), Just(1_000_000), Just(86_400_000_000)];
        (first..=last, precision).prop_map(|(micros, precision)| instant(micros / precision * precision))
    }

    proptest! {
        #![proptest_config(crate::support::soak::cases(256))]

        #[test]
        fn it_is_written_and_read_as_diesel_does(at in any_instant()) {
            let stamp = Stamp::from(at);
            let text = write(stamp.0);
            let format = stamp.0.format("%F %T%.f").to_string();
            prop_assert_eq!(text.as_deref(), Some(format.as_str()));
            prop_assert_eq!(read(format.as_bytes()), Some(stamp.0));
        }

        #[test]
        fn what_is_read_by_hand_chrono_reads_as_well(text in "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,8})?") {
            if let Some(at) = read(text.as_bytes()) {
                prop_assert_eq!(NaiveDateTime::parse_from_str(&text, "%F %T%.f"), Ok(at));
            }
        }
    }

    #[test]
    fn other_forms_are_left_to_diesel() {
        let connection = &mut SqliteConnection::establish(":memory:").unwrap();
        for text in [
            "2026-03-01T18:00:00Z",
            "2026-03-01 18:00",
            "2026-03-01 18:00:00.0000000",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
            let found: Stamp = sql::<Timestamp>(&format!("SELECT '{text}'"))
                .get_result(connection)
                .unwrap();
            assert_eq!(found.at(), "2026-03-01T18:00:00Z".parse::<Instant>().unwrap());
        }
        assert!(
            sql::<Timestamp>("SELECT 'soon'")
                .get_result::<Stamp>(connection)
                .is_err()
        );
    }
}
