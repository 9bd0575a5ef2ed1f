//! Deciding on what is loaded, and loading who waits somewhere else for what that makes possible.
//!
//! Whose places on other waitlists matter shows from what happened alone, so that no command has to know it before.
//! They are read without locks: each list is tried by a command of its own, under the lock of its class.

use std::collections::BTreeSet;

use diesel::prelude::*;
use gym_core::club::{Chances, Club};
use gym_core::command::{Command, Context};
use gym_core::decision::Decision;
use gym_core::id::{LocationId, MemberId};

use super::member::{AT_ONCE, of};
use super::{Load, fetch};
use crate::booking::WaitlistRow;
use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::row::{id, stamp};
use crate::schedule::class::ClassRow;
use crate::schema::*;

/// Decides on what is loaded; once more, if what happens lets somebody in who was not known to wait.
pub(crate) fn decided(
    connection: &mut AnyConnection,
    club: &mut Club,
    command: &Command,
    context: &Context,
) -> Result<Decision, StoreError> {
    let decision = club.decide(command, context);
    let chances = decision
        .as_ref()
        .map_or_else(|_| Chances::default(), |events| club.chances(events));
    if chances.is_empty() {
        return Ok(decision);
    }
    let known = club.waitlist.len();
    let mut load = Load::unlocked(connection, std::mem::take(club), context.now);
    load.chances(&chances)?;
    *club = load.club;
    let of_all = !chances.memberships_at.is_empty() || !chances.memberships_of.is_empty();
    if club.waitlist.len() == known && !of_all {
        return Ok(decision);
    }
    Ok(club.decide(command, context))
}

impl Load<'_> {
    fn chances(&mut self, chances: &Chances) -> Result<(), StoreError> {
        let mut people: BTreeSet<MemberId> = chances.members.union(&chances.off_a_list).copied().collect();
        people.extend(&chances.held_back);
        let mut running: Vec<i64> = Vec::new();
        let open = || memberships::table.filter(memberships::ended_on.is_null());
        for place in &chances.memberships_at {
            let there = open().filter(memberships::location_id.eq(place.get()));
            let there: Vec<i64> = fetch!(self, there.select(memberships::id));
            running.extend(there);
        }
        for kind in &chances.memberships_of {
            let alike = open().filter(memberships::membership_type_id.eq(kind.get()));
            let alike: Vec<i64> = fetch!(self, alike.select(memberships::id));
            running.extend(alike);
        }
        if !running.is_empty() {
            let waiting = self.waiting_members_of(&running)?;
            self.holdings(&waiting)?;
            people.extend(waiting);
        }
        let people: Vec<i64> = people.into_iter().map(MemberId::get).collect();
        people.chunks(AT_ONCE).try_for_each(|some| self.waits(some))?;
        chances
            .rules_at
            .iter()
            .try_for_each(|place| self.waits_at(*place))
    }

    /// Lists who waits of those who may use the lot of one of some memberships.
    fn waiting_members_of(&mut self, running: &[i64]) -> Result<BTreeSet<MemberId>, StoreError> {
        let mut users = Vec::new();
        for some in running.chunks(AT_ONCE) {
            let all = || lots::table.filter(lots::is_over.eq(false));
            let of_membership = lots::membership_id.assume_not_null();
            let lot: Vec<i64> = of!(self, some, of_membership, all(), lots::id, [false]);
            for some in lot.chunks(AT_ONCE) {
                let member = lot_members::member_id;
                let found: Vec<i64> = of!(self, some, lot_members::lot_id, lot_members::table, member);
                users.extend(found);
            }
        }
        let users: Vec<i64> = users.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let mut waiting = BTreeSet::new();
        for some in users.chunks(AT_ONCE) {
            let of_member = class_waitlist::member_id;
            let all = || class_waitlist::table.filter(class_waitlist::state.eq("waiting"));
            let found: Vec<i64> = of!(self, some, of_member, all(), of_member, ["waiting"]);
            waiting.extend(found.into_iter().map(id::<MemberId>));
        }
        Ok(waiting)
    }

    /// Loads who waits for what is to come at a location, or at all of them.
    fn waits_at(&mut self, place: Option<LocationId>) -> Result<(), StoreError> {
        let to_come = class_waitlist::table
            .inner_join(classes::table)
            .filter(classes::starts_at.gt(stamp(self.now)))
            .filter(class_waitlist::state.eq("waiting"));
        let rows: Vec<(WaitlistRow, ClassRow)> = match place {
            Some(place) => fetch!(
                self,
                to_come
                    .filter(classes::location_id.eq(place.get()))
                    .select((WaitlistRow::as_select(), ClassRow::as_select()))
            ),
            None => fetch!(
                self,
                to_come.select((WaitlistRow::as_select(), ClassRow::as_select()))
            ),
        };
        for (entry, class) in rows {
            self.beside(class)?;
            self.club.waitlist.insert(entry.try_into()?);
        }
        Ok(())
    }
}
