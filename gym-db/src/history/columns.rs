//! The whole history of a club as columns, read page by page on one consistent snapshot.

use std::collections::HashMap;

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use gym_core::billing::payment::PaymentState;
use gym_core::booking::RegistrationState;
use gym_core::history::{Filler, History, micros};
use gym_core::membership::Membership;
use gym_core::membership::freeze::Edit;
use gym_core::membership::notice::Notice;
use gym_core::time::Period;

use crate::Gym;
use crate::connection::{AnyConnection, on_backend};
use crate::error::StoreError;
use crate::location;
use crate::member::MemberRow;
use crate::membership::plan::PlanRow;
use crate::membership::{EditRow, MembershipRow, NoticeRow, TermRow};
use crate::row::{count, stamp};
use crate::schedule::class::ClassRow;
use crate::schema::{
    class_registrations, classes, members, membership_edits, membership_notices, membership_terms,
    memberships, payments, plan_versions, visits,
};
use crate::stamp::Stamp;
use crate::word::Word;

/// How many rows one statement asks for.
const PAGE: usize = 65_536;

/// How far the reading of a history has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filled {
    /// The table that is being read.
    pub table: &'static str,
    /// How many of its rows have been read.
    pub rows: u64,
}

/// Who is told of each page.
type Tell<'a> = &'a mut dyn FnMut(Filled);

/// Reads a table in pages along its ids: a statement for the page after an id, and what is done with each row. The
/// statement runs on the concrete connection; the enum would look at each column twice.
macro_rules! pages {
    ($c:ident, $tell:ident, $table:ident $(where $filter:expr)?, $columns:expr, $row:ty, |$one:pat_param| $body:expr) => {{
        let (mut last, mut rows) = (0, 0_u64);
        loop {
            let mut read = 0;
            on_backend!(&mut *$c, |c| {
                let page = $table::table
                    .filter($table::id.gt(last))
                    $(.filter($filter))?
                    .order($table::id)
                    .limit(PAGE as i64)
                    .select(($table::id, $columns));
                for row in page.load_iter::<(i64, $row), DefaultLoadingMode>(c)? {
                    let (id, $one) = row?;
                    (last, read) = (id, read + 1);
                    $body;
                }
            });
            rows += read as u64;
            let table = stringify!($table);
            $tell(Filled { table, rows });
            if read < PAGE {
                break;
            }
        }
    }};
}

impl Gym {
    /// Returns what the club has lived through in a period, as columns: `tell` hears of each page of 65,536 rows.
    ///
    /// Check-ins, bookings and payments are those that were recorded in it, classes those that end after its start;
    /// people and contracts are all there are, as they stand. Whoever was erased is absent, with all they did. All is
    /// read on one snapshot, beside which commands go on.
    ///
    /// ```
    /// use gym_core::time::Period;
    /// use gym_db::Gym;
    ///
    /// let gym = Gym::open("sqlite::memory:")?;
    /// let year = Period::new("2027-01-01T00:00:00Z".parse()?, "2028-01-01T00:00:00Z".parse()?)?;
    /// let mut tables = Vec::new();
    /// let history = gym.history(year, |filled| tables.push(filled.table))?;
    /// assert_eq!((history.members.len(), tables.first()), (0, Some(&"plan_versions")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn history(&self, during: Period, mut tell: impl FnMut(Filled)) -> Result<History, StoreError> {
        self.store.read(|c| {
            let mut filler = Filler::new(during);
            location::load(c, None)?.iter().for_each(|it| filler.place(it));
            contracts(c, &mut filler, &mut tell)?;
            attendance(c, during, &mut filler, &mut tell)?;
            Ok(filler.finish())
        })
    }
}

/// Reads plans, people and contracts.
fn contracts(c: &mut AnyConnection, filler: &mut Filler, tell: Tell<'_>) -> Result<(), StoreError> {
    pages!(c, tell, plan_versions, PlanRow::as_select(), PlanRow, |row| {
        filler.plan(&row.try_into()?);
    });
    pages!(c, tell, members, MemberRow::as_select(), MemberRow, |row| filler
        .member(&row.into()));
    let mut notices = HashMap::<i64, Vec<Notice>>::new();
    pages!(
        c,
        tell,
        membership_notices,
        NoticeRow::as_select(),
        NoticeRow,
        |row| {
            let notice: Notice = row.try_into()?;
            notices.entry(notice.membership.get()).or_default().push(notice);
        }
    );
    pages!(
        c,
        tell,
        memberships,
        MembershipRow::as_select(),
        MembershipRow,
        |row| {
            let held: Membership = row.into();
            filler.membership(&held, notices.get(&held.id.get()).into_iter().flatten());
        }
    );
    pages!(c, tell, membership_terms, TermRow::as_select(), TermRow, |row| {
        filler.term(&row.try_into()?);
    });
    pages!(c, tell, membership_edits, EditRow::as_select(), EditRow, |row| {
        let edit: Edit = row.try_into()?;
        filler.freeze(&edit);
    });
    Ok(())
}

/// Reads who came, what they booked and what they paid.
fn attendance(
    c: &mut AnyConnection,
    during: Period,
    filler: &mut Filler,
    tell: Tell<'_>,
) -> Result<(), StoreError> {
    let (from, until) = (stamp(during.start()), stamp(during.end()));
    let at = |stamp: Stamp| micros(stamp.at());
    {
        use visits::{area, entered_at, left_at, location_id, member_id};
        let within = || entered_at.ge(from).and(entered_at.lt(until)).and(area.is_null());
        let columns = (member_id, location_id, entered_at, left_at);
        type Row = (i64, i64, Stamp, Option<Stamp>);
        pages!(c, tell, visits where within(), columns, Row, |(member, place, entered, left)| {
            filler.check_in(member, place, at(entered), left.map(at));
        });
    }
    pages!(c, tell, classes where classes::ends_at.gt(from), ClassRow::as_select(), ClassRow, |row| {
        filler.class(&row.try_into()?);
    });
    {
        use class_registrations::{booked_at, class_id, member_id, seats, settled_at, state};
        let within = || booked_at.ge(from).and(booked_at.lt(until));
        let columns = (member_id, class_id, seats, state, booked_at, settled_at);
        type Row = (i64, i64, i32, Word<RegistrationState>, Stamp, Option<Stamp>);
        pages!(c, tell, class_registrations where within(), columns, Row, |row| {
            let (member, class, places, stands, booked, settled) = row;
            let places = count("class_registrations.seats", places)?;
            filler.booking((member, class), places, stands.0, at(booked), settled.map(at));
        });
    }
    {
        use payments::{amount, location_id, made_at, payer_id, state, told_at};
        let within = || made_at.ge(from).and(made_at.lt(until));
        let columns = (payer_id, location_id, amount, state, made_at, told_at);
        type Row = (i64, i64, i64, Word<PaymentState>, Stamp, Option<Stamp>);
        pages!(c, tell, payments where within(), columns, Row, |row| {
            let (payer, place, minor, stands, made, told) = row;
            filler.payment((payer, place), minor, stands.0, at(made), told.map(at));
        });
    }
    Ok(())
}
