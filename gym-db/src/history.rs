//! What has been, by member, class, location and half-open period: visits, attendance, memberships, freezes and
//! payments. It is what the view `Member_Analytics` and the analytics are to read.
//!
//! What is said of a day that is over may have been recorded later: each value says when, by its own field.

mod columns;
mod membership;
mod payment;

pub use self::columns::Filled;

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::booking::Registration;
use gym_core::check_in::{GuestVisit, Visit};
use gym_core::id::{ClassId, LocationId, MemberId};
use gym_core::schedule::class::Class;
use gym_core::time::{Days, Period};

use crate::Gym;
use crate::booking::RegistrationRow;
use crate::check_in::{GuestVisitRow, VisitRow};
use crate::error::StoreError;
use crate::row::stamp;
use crate::schedule::class::ClassRow;
use crate::schema::{class_registrations, classes, guest_visits, visits};

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

impl Gym {
    /// Lists the visits on civil days, in the order in which people came in.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn visits(&self, of: Past, during: Days) -> Result<Vec<Visit>, StoreError> {
        let (from, until) = (during.from(), during.until());
        let on = |from: NaiveDate, until: NaiveDate| {
            visits::table
                .filter(visits::entered_on.ge(from))
                .filter(visits::entered_on.lt(until))
        };
        let order = (visits::entered_at, visits::id);
        let rows: Vec<VisitRow> = self.store.read(|c| {
            Ok(match of {
                Past::Member(member) => on(from, until)
                    .filter(visits::member_id.eq(member.get()))
                    .order(order)
                    .select(VisitRow::as_select())
                    .load(c)?,
                Past::Location(location) => on(from, until)
                    .filter(visits::location_id.eq(location.get()))
                    .order(order)
                    .select(VisitRow::as_select())
                    .load(c)?,
                Past::Class(_) => Vec::new(),
            })
        })?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Lists the guests whom a member has brought on civil days, in the order in which they came in.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn guests_of(&self, host: MemberId, during: Days) -> Result<Vec<GuestVisit>, StoreError> {
        let rows = guest_visits::table
            .filter(guest_visits::host_id.eq(host.get()))
            .filter(guest_visits::entered_on.ge(during.from()))
            .filter(guest_visits::entered_on.lt(during.until()))
            .order((guest_visits::entered_at, guest_visits::id))
            .select(GuestVisitRow::as_select());
        let rows: Vec<GuestVisitRow> = self.store.read(|c| Ok(rows.load(c)?))?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Lists the bookings of classes that start in a period, in the order of the classes; of one class, whenever it is.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn attendance(&self, of: Past, during: Period) -> Result<Vec<Attendance>, StoreError> {
        let (first, last) = (stamp(during.start()), stamp(during.end()));
        let all = || class_registrations::table.inner_join(classes::table);
        let order = (classes::starts_at, class_registrations::id);
        let columns = || (RegistrationRow::as_select(), ClassRow::as_select());
        let rows: Vec<(RegistrationRow, ClassRow)> = self.store.read(|c| {
            Ok(match of {
                // A class ends after it starts, and the bookings of a member are kept by its end.
                Past::Member(member) => all()
                    .filter(class_registrations::member_id.eq(member.get()))
                    .filter(class_registrations::ends_at.gt(first))
                    .filter(classes::starts_at.ge(first))
                    .filter(classes::starts_at.lt(last))
                    .order(order)
                    .select(columns())
                    .load(c)?,
                Past::Location(location) => all()
                    .filter(classes::location_id.eq(location.get()))
                    .filter(classes::starts_at.ge(first))
                    .filter(classes::starts_at.lt(last))
                    .order(order)
                    .select(columns())
                    .load(c)?,
                Past::Class(class) => all()
                    .filter(class_registrations::class_id.eq(class.get()))
                    .order(order)
                    .select(columns())
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
