//! Loading members: many at once, so that a long waitlist takes no more statements than a short one.

use std::collections::BTreeSet;

use diesel::prelude::*;
use gym_core::booking::WaitlistEntry;
use gym_core::club::diary_from;
use gym_core::id::{ClassId, MemberId};
use gym_core::schedule::claim::Resource;
use gym_core::schedule::class::Class;
use gym_core::time::{Instant, Period};

use super::Load;
use crate::booking::{BanRow, PenaltyRow, RegistrationRow, WaitlistRow};
use crate::error::StoreError;
use crate::member::{AccessRow, MemberRow};
use crate::row::{id, stamp};
use crate::schedule::class::ClassRow;
use crate::schedule::session::SessionRow;
use crate::schema::*;

/// The most members that one statement names; SQLite takes at most 32,766 values.
pub(super) const AT_ONCE: usize = 10_000;

/// Loads rows of members: of one by a statement that can be kept, of many by one that lists them. What the query has of
/// values is told after it.
macro_rules! of {
    ($load:expr, $ids:expr, $column:expr, $query:expr, $select:expr $(, [$($value:expr),+])?) => {
        match $ids {
            [one] => $crate::load::fetch!(
                $load,
                $query.filter($column.eq(*one)).select($select),
                [$($($value,)+)? *one]
            ),
            many => $crate::load::fetch_listed!(
                $load,
                $query.filter($column.eq_any(many.to_vec())).select($select)
            ),
        }
    };
}

pub(super) use of;

impl Load<'_> {
    /// Loads what a decision about a class needs to know of members.
    pub(crate) fn members_for(
        &mut self,
        members: &BTreeSet<MemberId>,
        class: ClassId,
    ) -> Result<(), StoreError> {
        let class = self.club.classes.get(class);
        let from = class.map_or(self.now, |class| self.diary_from(class, class.period.start()));
        self.members(members, from)
    }

    /// Returns from when on the diary of a member matters to a class if that starts then.
    pub(super) fn diary_from(&self, class: &Class, start: Instant) -> Instant {
        let location = self.club.locations.get(class.offering.location);
        location.map_or(self.now, |location| {
            diary_from(location, start, self.now, self.club.policy(location.id))
        })
    }

    /// Loads a member as [`members`](Self::members) does.
    pub(crate) fn member(&mut self, member: MemberId, from: Instant) -> Result<(), StoreError> {
        self.members(&BTreeSet::from([member]), from)
    }

    /// Loads members with their diaries from an instant on, where they wait, and what they were penalised for.
    pub(super) fn members(&mut self, members: &BTreeSet<MemberId>, from: Instant) -> Result<(), StoreError> {
        let ids: Vec<i64> = members.iter().map(|id| id.get()).collect();
        ids.chunks(AT_ONCE).try_for_each(|ids| self.some(ids, from))
    }

    fn some(&mut self, ids: &[i64], from: Instant) -> Result<(), StoreError> {
        let all = members::table;
        let rows: Vec<MemberRow> = of!(self, ids, members::id, all, MemberRow::as_select());
        if rows.is_empty() {
            return Ok(());
        }
        rows.into_iter()
            .for_each(|row| self.club.members.insert(row.into()));
        let (all, of_member) = (member_location_access::table, member_location_access::member_id);
        let rows: Vec<AccessRow> = of!(self, ids, of_member, all, AccessRow::as_select());
        rows.into_iter()
            .for_each(|row| self.club.access.insert(row.into()));
        self.diaries(ids, from)?;
        self.waits(ids)?;
        let (all, of_member) = (penalties::table, penalties::member_id);
        let rows: Vec<PenaltyRow> = of!(self, ids, of_member, all, PenaltyRow::as_select());
        for row in rows {
            self.club.penalties.insert(row.try_into()?);
        }
        let (all, of_member) = (bans::table, bans::member_id);
        let rows: Vec<BanRow> = of!(self, ids, of_member, all, BanRow::as_select());
        rows.into_iter().for_each(|row| self.club.bans.insert(row.into()));
        Ok(())
    }

    fn diaries(&mut self, ids: &[i64], from: Instant) -> Result<(), StoreError> {
        let all = class_registrations::table
            .inner_join(classes::table)
            .filter(class_registrations::ends_at.gt(stamp(from)));
        let booked: Vec<(RegistrationRow, ClassRow)> = of!(
            self,
            ids,
            class_registrations::member_id,
            all,
            (RegistrationRow::as_select(), ClassRow::as_select()),
            [stamp(from)]
        );
        for (registration, class) in booked {
            self.beside(class)?;
            self.club.registrations.insert(registration.try_into()?);
        }
        let all = sessions::table.filter(sessions::ends_at.gt(stamp(from)));
        let of_member = sessions::member_id;
        let rows: Vec<SessionRow> = of!(self, ids, of_member, all, SessionRow::as_select(), [stamp(from)]);
        for row in rows {
            let session: gym_core::schedule::session::Session = row.try_into()?;
            self.location(session.location)?;
            self.club.sessions.insert(session);
        }
        Ok(())
    }

    pub(super) fn waits(&mut self, ids: &[i64]) -> Result<(), StoreError> {
        // Not `eq_any`, whose statement cannot be kept.
        let live = class_waitlist::state
            .eq("waiting")
            .or(class_waitlist::state.eq("offered"));
        let all = class_waitlist::table.inner_join(classes::table).filter(live);
        let waits: Vec<(WaitlistRow, ClassRow)> = of!(
            self,
            ids,
            class_waitlist::member_id,
            all,
            (WaitlistRow::as_select(), ClassRow::as_select()),
            ["waiting", "offered"]
        );
        for (entry, class) in waits {
            self.beside(class)?;
            let entry: WaitlistEntry = entry.try_into()?;
            self.club.waitlist.insert(entry);
        }
        Ok(())
    }

    /// Adds a class that is only looked at from outside: its time and title, not its seats.
    pub(super) fn beside(&mut self, row: ClassRow) -> Result<(), StoreError> {
        if self.club.classes.get(id(row.id)).is_none() {
            let class: Class = row.try_into()?;
            self.location(class.offering.location)?;
            self.club.classes.insert(class);
        }
        Ok(())
    }

    /// Loads what is claimed of members' time in a period, whoever claimed it.
    pub(super) fn claimed_of(
        &mut self,
        members: &BTreeSet<MemberId>,
        period: Period,
    ) -> Result<(), StoreError> {
        self.claims_during(members.iter().copied().map(Resource::Member), period)
    }
}
