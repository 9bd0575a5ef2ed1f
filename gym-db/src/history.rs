//! What has been, by member, class, location and half-open period: visits, attendance, memberships, freezes and
//! payments. It is what the view `Member_Analytics` and the analytics are to read.
//!
//! What is said of a day that is over may have been recorded later: each value says when, by its own field.

mod columns;
mod membership;
mod payment;

pub use self::columns::Filled;

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;
use gym_core::booking::Registration;
use gym_core::check_in::{GuestVisit, Visit};
use gym_core::id::{ClassId, LocationId, MemberId};
use gym_core::schedule::class::Class;
use gym_core::time::{Days, Instant, Period};

use crate::Gym;
use crate::booking::RegistrationRow;
use crate::check_in::{GuestVisitRow, VisitRow};
use crate::error::StoreError;
use crate::row::stamp;
use crate::schedule::class::ClassRow;
use crate::schema::{class_registrations, classes, guest_visits, visits};
use crate::stamp::Stamp;

/// Whose history it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// Of a member.
    Member(MemberId),
    /// Of a location.
    Location(LocationId),
    /// Of one class; it has no visits of its own.
    Class(ClassId),
}

/// A booking of a class that has been settled, or is to come, with the class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendance {
    /// The booking, and whether the member came.
    pub booking: Registration,
    /// The class.
    pub class: Class,
}

/// Where a list goes on in a day: at an instant, after an id.
fn on_from(after: Option<(Instant, i64)>) -> (Stamp, i64) {
    let first = NaiveDate::from_yo_opt(1, 1).unwrap_or_default();
    let (at, number) = after.unwrap_or_else(|| (first.and_time(NaiveTime::MIN).and_utc(), 0));
    (stamp(at), number)
}

impl Gym {
    /// Lists the visits on civil days, by the day and in the order in which people came in: `most` of them, after one.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn visits(
        &self,
        of: Past,
        during: Days,
        after: Option<&Visit>,
        most: u32,
    ) -> Result<Vec<Visit>, StoreError> {
        let after = after.filter(|it| it.on >= during.from());
        let day = after.map_or(during.from(), |it| it.on);
        let (at, number) = on_from(after.map(|it| (it.at, it.id.get())));
        let rest = || {
            let later = visits::entered_at.gt(at);
            let same = visits::entered_at.eq(at).and(visits::id.gt(number));
            visits::entered_on.ne(day).or(later).or(same)
        };
        let on = || {
            visits::table
                .filter(visits::entered_on.ge(day))
                .filter(visits::entered_on.lt(during.until()))
                .filter(rest())
                .order((visits::entered_on, visits::entered_at, visits::id))
                .limit(i64::from(most))
                .select(VisitRow::as_select())
        };
        let rows: Vec<VisitRow> = self.store.read(|c| {
            Ok(match of {
                Past::Member(member) => on().filter(visits::member_id.eq(member.get())).load(c)?,
                Past::Location(location) => on().filter(visits::location_id.eq(location.get())).load(c)?,
                Past::Class(_) => Vec::new(),
            })
        })?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Lists the guests whom a member has brought on civil days, by the day and in the order in which they came in: `most`
    /// of them, after one.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn guests_of(
        &self,
        host: MemberId,
        during: Days,
        after: Option<&GuestVisit>,
        most: u32,
    ) -> Result<Vec<GuestVisit>, StoreError> {
        let after = after.filter(|it| it.on >= during.from());
        let day = after.map_or(during.from(), |it| it.on);
        let (at, number) = on_from(after.map(|it| (it.at, it.id.get())));
        let later = guest_visits::entered_at.gt(at);
        let same = guest_visits::entered_at.eq(at).and(guest_visits::id.gt(number));
        let rows = guest_visits::table
            .filter(guest_visits::host_id.eq(host.get()))
            .filter(guest_visits::entered_on.ge(day))
            .filter(guest_visits::entered_on.lt(during.until()))
            .filter(guest_visits::entered_on.ne(day).or(later).or(same))
            .order((
                guest_visits::entered_on,
                guest_visits::entered_at,
                guest_visits::id,
            ))
            .limit(i64::from(most))
            .select(GuestVisitRow::as_select());
        let rows: Vec<GuestVisitRow> = self.store.read(|c| Ok(rows.load(c)?))?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Lists the bookings of classes that start in a period, in the order of the classes; of one class, whenever it is:
    /// `most` of them, after one.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn attendance(
        &self,
        of: Past,
        during: Period,
        after: Option<&Attendance>,
        most: u32,
    ) -> Result<Vec<Attendance>, StoreError> {
        let whole = matches!(of, Past::Class(_));
        let after = after.filter(|it| whole || it.class.period.start() >= during.start());
        let first = stamp(after.map_or(during.start(), |it| it.class.period.start()));
        let (last, number) = (stamp(during.end()), after.map_or(0, |it| it.booking.id.get()));
        let all = || {
            class_registrations::table
                .inner_join(classes::table)
                .order((classes::starts_at, class_registrations::id))
                .limit(i64::from(most))
                .select((RegistrationRow::as_select(), ClassRow::as_select()))
        };
        let rest = || {
            classes::starts_at
                .ne(first)
                .or(class_registrations::id.gt(number))
        };
        let rows: Vec<(RegistrationRow, ClassRow)> = self.store.read(|c| {
            Ok(match of {
                // A class ends after it starts, and the bookings of a member are kept by its end.
                Past::Member(member) => all()
                    .filter(class_registrations::member_id.eq(member.get()))
                    .filter(class_registrations::ends_at.gt(first))
                    .filter(classes::starts_at.ge(first))
                    .filter(classes::starts_at.lt(last))
                    .filter(rest())
                    .load(c)?,
                Past::Location(location) => all()
                    .filter(classes::location_id.eq(location.get()))
                    .filter(classes::starts_at.ge(first))
                    .filter(classes::starts_at.lt(last))
                    .filter(rest())
                    .load(c)?,
                Past::Class(class) => all()
                    .filter(class_registrations::class_id.eq(class.get()))
                    .filter(class_registrations::id.gt(number))
                    .load(c)?,
            })
        })?;
        let attended = rows.into_iter().map(|(booking, class)| {
            let (booking, class) = (booking.try_into()?, class.try_into()?);
            Ok(Attendance { booking, class })
        });
        attended.collect()
    }
}
