//! Memberships and freezes that have been, by member, location and period.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::membership::Membership;
use gym_core::membership::freeze::Edit;
use gym_core::time::Days;

use super::Past;
use crate::Gym;
use crate::error::StoreError;
use crate::membership::{EditRow, MembershipRow};
use crate::schema::{membership_edits, memberships};

/// How many values one statement asks for.
const SOME: usize = 500;

/// Where a list goes on: at a day, after an id.
fn on_from(after: Option<(NaiveDate, i64)>) -> (NaiveDate, i64) {
    after.unwrap_or_else(|| (NaiveDate::from_yo_opt(1, 1).unwrap_or_default(), 0))
}

impl Gym {
    /// Lists memberships that were running on civil days, by their first day: `most` of them, after one.
    ///
    /// One is running from its `start` until it was found to have ended, on `ended_on`; when that was recorded, `sold_on`
    /// tells. A class has no memberships.
    ///
    /// ```
    /// use gym_db::{Gym, Past};
    ///
    /// let gym = Gym::open("sqlite::memory:")?;
    /// let march = gym_core::time::Days::new("2027-03-01".parse()?, "2027-04-01".parse()?)?;
    /// let mut after = None;
    /// loop {
    ///     let page = gym.memberships(Past::Location("1".parse()?), march, after.as_ref(), 1000)?;
    ///     let Some(last) = page.into_iter().next_back() else { break };
    ///     after = Some(last);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn memberships(
        &self,
        of: Past,
        during: Days,
        after: Option<&Membership>,
        most: u32,
    ) -> Result<Vec<Membership>, StoreError> {
        let (first, last) = (during.from(), during.until());
        let (day, number) = on_from(after.map(|it| (it.start, it.id.get())));
        let ended = || {
            memberships::ended_on
                .is_null()
                .or(memberships::ended_on.gt(first))
        };
        let rest = || memberships::starts_on.ne(day).or(memberships::id.gt(number));
        let running = || {
            memberships::table
                .filter(memberships::starts_on.ge(day))
                .filter(memberships::starts_on.lt(last))
                .filter(ended())
                .filter(rest())
                .order((memberships::starts_on, memberships::id))
                .limit(i64::from(most))
                .select(MembershipRow::as_select())
        };
        let rows: Vec<MembershipRow> = self.store.read(|c| {
            Ok(match of {
                Past::Member(member) => running()
                    .filter(memberships::member_id.eq(member.get()))
                    .load(c)?,
                Past::Location(location) => running()
                    .filter(memberships::location_id.eq(location.get()))
                    .load(c)?,
                Past::Class(_) => Vec::new(),
            })
        })?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Lists freezes, gifts and closures of civil days, by their first day: `most` of them, after one.
    ///
    /// Those of a member are the ones of their memberships, and of all memberships at the locations of these. When one
    /// was recorded, `recorded_at` tells, and of its end `ended` and `returned`. A class has none.
    ///
    /// # Errors
    ///
    /// As [`Gym::classes`].
    pub fn freezes(
        &self,
        of: Past,
        during: Days,
        after: Option<&Edit>,
        most: u32,
    ) -> Result<Vec<Edit>, StoreError> {
        let (first, last) = (during.from(), during.until());
        let (day, number) = on_from(after.map(|it| (it.from, it.id.get())));
        let until = || {
            membership_edits::lasts_until
                .is_null()
                .or(membership_edits::lasts_until.gt(first))
        };
        let ended = || {
            membership_edits::ended_on
                .is_null()
                .or(membership_edits::ended_on.gt(first))
        };
        let returned = || {
            membership_edits::returned_on
                .is_null()
                .or(membership_edits::returned_on.gt(first))
        };
        let rest = || {
            membership_edits::starts_on
                .ne(day)
                .or(membership_edits::id.gt(number))
        };
        let edits = || {
            membership_edits::table
                .filter(membership_edits::starts_on.ge(day))
                .filter(membership_edits::starts_on.lt(last))
                .filter(until())
                .filter(ended())
                .filter(returned())
                .filter(rest())
                .order((membership_edits::starts_on, membership_edits::id))
                .limit(i64::from(most))
                .select(EditRow::as_select())
        };
        let rows: Vec<EditRow> = self.store.read(|c| {
            let held = memberships::table.select((memberships::id, memberships::location_id));
            let held: Vec<(i64, i64)> = match of {
                Past::Member(member) => held.filter(memberships::member_id.eq(member.get())).load(c)?,
                Past::Location(location) => {
                    held.filter(memberships::location_id.eq(location.get())).load(c)?
                }
                Past::Class(_) => return Ok(Vec::new()),
            };
            let mut places: BTreeSet<i64> = held.iter().map(|(_, place)| *place).collect();
            if let Past::Location(location) = of {
                places.insert(location.get());
            }
            let mut rows = Vec::new();
            for ids in held.chunks(SOME) {
                let ids: Vec<i64> = ids.iter().map(|(id, _)| *id).collect();
                rows.extend(
                    edits()
                        .filter(membership_edits::membership_id.eq_any(ids))
                        .load(c)?,
                );
            }
            for place in places {
                rows.extend(edits().filter(membership_edits::location_id.eq(place)).load(c)?);
            }
            Ok(rows)
        })?;
        let edits: Result<Vec<Edit>, StoreError> = rows.into_iter().map(TryInto::try_into).collect();
        let mut edits = edits?;
        edits.sort_by_key(|it| (it.from, it.id));
        edits.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(edits)
    }
}
