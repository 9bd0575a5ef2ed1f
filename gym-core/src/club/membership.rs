//! Decisions about memberships, and how their events change a [`Club`].

mod case;
mod freeze;
mod leave;
mod link;
mod renew;
mod sell;
mod switch;
mod terms;
mod used;

use chrono::{NaiveDate, TimeDelta};

use self::case::Case;
use super::{Club, Key};
use crate::command::Context;
use crate::decision::Decision;
use crate::id::{LocationId, MemberId, MembershipId};
use crate::membership::contract::Contract;
use crate::membership::freeze::{Edit, EditOf};
use crate::membership::intro::continuous_since;
use crate::membership::jurisdiction::JurisdictionVersion;
use crate::membership::link::Bond;
use crate::membership::{MembershipCommand, MembershipEvent};
use crate::time::Instant;

impl Club {
    /// Puts together a membership with all that bears on its days and its price.
    pub fn contract(&self, id: MembershipId) -> Option<Contract<'_>> {
        let membership = self.memberships.get(id)?;
        let key = Key::Membership(id);
        let mut terms: Vec<_> = self.terms.of(key).collect();
        terms.sort_unstable_by_key(|term| term.number);
        let edits = self
            .edits
            .of(key)
            .chain(self.edits.of(Key::Location(membership.location)));
        (!terms.is_empty()).then_some(())?;
        Some(Contract {
            membership,
            kind: self.membership_types.get(membership.of)?,
            location: self.locations.get(membership.location)?,
            subscription: self.subscriptions.of(key).next()?,
            terms,
            versions: self.plans.of(Key::MembershipType(membership.of)).collect(),
            edits: edits.collect(),
            notices: self.notices.of(key).collect(),
            links: self.links.of(key).collect(),
        })
    }

    /// Returns since when somebody is a member without a break of more than `gap` days, as of a civil day; none if
    /// they are not.
    pub fn member_since(&self, member: MemberId, gap: u32, on: NaiveDate) -> Option<NaiveDate> {
        let held = self.memberships.of(Key::Member(member));
        let held = held.filter_map(|it| self.contract(it.id));
        let spans = held.map(|contract| (contract.membership.start, contract.over_on()));
        continuous_since(spans, gap, on)
    }

    /// Returns the version of the law in force at a location; none if none was set.
    pub fn jurisdiction(&self, location: LocationId) -> Option<&JurisdictionVersion> {
        let own = self.jurisdictions.of(Key::Location(location)).next_back();
        own.or_else(|| {
            self.jurisdictions
                .iter()
                .rev()
                .find(|version| version.location.is_none())
        })
    }

    pub(super) fn location_of_contract(&self, command: &MembershipCommand) -> Option<LocationId> {
        use MembershipCommand as C;
        let of = |id: &MembershipId| self.memberships.get(*id).map(|it| it.location);
        match command {
            C::AddType { location, .. } | C::SetJurisdiction { location, .. } => *location,
            C::Revise { of, .. } => self.membership_types.get(*of)?.location,
            C::Sell { location, .. } | C::FreezeAll { location, .. } | C::Renew { location, .. } => {
                Some(*location)
            }
            C::Link { person, bond, .. } => match bond.membership() {
                Some(id) => of(&id),
                None => self.members.get(*person).map(|it| it.home),
            },
            C::EndLink { link, .. } => {
                let link = self.links.get(*link)?;
                link.bond
                    .membership()
                    .and_then(|id| of(&id))
                    .or_else(|| Some(self.members.get(link.person)?.home))
            }
            C::EndFreeze { edit, .. } => self.edits.get(*edit).and_then(|edit| self.location_of_edit(edit)),
            C::Freeze { membership, .. }
            | C::Gift { membership, .. }
            | C::GiveNotice { membership, .. }
            | C::TakeBack { membership }
            | C::Exit { membership, .. }
            | C::Consent { membership, .. }
            | C::Switch { membership, .. } => of(membership),
        }
    }

    /// Returns whose days a command changes, of a membership or of all at a location.
    fn edited_by(&self, command: &MembershipCommand) -> Option<EditOf> {
        use MembershipCommand as C;
        match command {
            C::Freeze { membership, .. }
            | C::Gift { membership, .. }
            | C::GiveNotice { membership, .. }
            | C::TakeBack { membership }
            | C::Exit { membership, .. }
            | C::Consent { membership, .. }
            | C::Switch { membership, .. } => Some(EditOf::Membership(*membership)),
            C::FreezeAll { location, .. } => Some(EditOf::Location(*location)),
            C::EndFreeze { edit, .. } => self.edits.get(*edit).map(|edit| edit.of),
            C::Link { bond, .. } => bond.membership().map(EditOf::Membership),
            C::EndLink { link, .. } => {
                let bond = self.links.get(*link).map(|link| link.bond);
                bond.and_then(Bond::membership).map(EditOf::Membership)
            }
            C::AddType { .. }
            | C::Revise { .. }
            | C::SetJurisdiction { .. }
            | C::Sell { .. }
            | C::Renew { .. } => None,
        }
    }

    pub(super) fn location_of_edit(&self, edit: &Edit) -> Option<LocationId> {
        match edit.of {
            EditOf::Membership(id) => self.memberships.get(id).map(|it| it.location),
            EditOf::Location(id) => Some(id),
        }
    }

    /// Returns when what is recorded now of the days of a membership or a location counts as recorded: now, or just
    /// after the last that was, so that of two the order is known within an instant and if the clock goes back. Of a
    /// location it is after the last that was recorded of any membership there, as its closures change the days of all.
    fn recorded_at(&self, of: EditOf, now: Instant) -> Instant {
        let (memberships, location) = match of {
            EditOf::Membership(id) => (vec![id], self.memberships.get(id).map(|it| it.location)),
            EditOf::Location(id) => {
                let there = self.memberships.of(Key::Location(id)).map(|it| it.id);
                (there.collect(), Some(id))
            }
        };
        let closed = location.and_then(|id| self.last_edit(Key::Location(id)));
        let elsewhere = match of {
            EditOf::Membership(_) => None,
            EditOf::Location(id) => self.recorded.last(id),
        };
        let own = memberships.into_iter().filter_map(|id| self.last_recorded(id));
        let last = own.chain(closed).chain(elsewhere).max();
        last.map_or(now, |last| now.max(last + TimeDelta::microseconds(1)))
    }

    /// Returns when something was last recorded of a membership by itself.
    fn last_recorded(&self, id: MembershipId) -> Option<Instant> {
        let key = Key::Membership(id);
        let notices = self.notices.of(key).map(|it| it.given_at);
        let links = self.links.of(key).map(|it| it.recorded_at);
        notices.chain(links).chain(self.last_edit(key)).max()
    }

    /// Returns when an edit was last recorded, or the end of one.
    fn last_edit(&self, key: Key) -> Option<Instant> {
        let edits = self.edits.of(key);
        let told = edits.flat_map(|it| it.ends().map(|ended| ended.recorded_at).chain([it.recorded_at]));
        told.max()
    }

    pub(super) fn decide_membership(&self, command: &MembershipCommand, context: &Context) -> Decision {
        use MembershipCommand as C;
        let (location, of) = (self.location_of_contract(command), self.edited_by(command));
        let mut case = Case::new(self, location, of, context);
        case.permit(command);
        if !case.checks.0.is_empty() {
            // Who may not is told nothing of how the contract stands.
            return case.decide(command, false);
        }
        let done = match command {
            C::AddType {
                name,
                location,
                from,
                terms,
            } => case.add_type(name, *location, *from, terms),
            C::Revise {
                of,
                from,
                reach,
                terms,
            } => case.revise(*of, *from, *reach, terms),
            C::SetJurisdiction { location, law } => case.set_jurisdiction(*location, law),
            C::Sell {
                member,
                of,
                location,
                start,
                payer,
                intro,
            } => case.sell(*member, *of, *location, *start, payer.unwrap_or(*member), *intro),
            C::Link { person, bond, from } => case.link(*person, *bond, *from),
            C::EndLink { link, until } => case.end_link(*link, *until),
            C::Freeze {
                membership,
                from,
                until,
                why,
            } => case.freeze(*membership, *from, *until, *why),
            C::Gift {
                membership,
                from,
                until,
                compensation,
            } => case.gift(*membership, *from, *until, *compensation),
            C::FreezeAll {
                location,
                from,
                until,
                compensation,
            } => case.freeze_all(*location, *from, *until, *compensation),
            C::EndFreeze { edit, on } => case.end_freeze(*edit, *on),
            C::GiveNotice { membership, early } => case.give_notice(*membership, *early),
            C::TakeBack { membership } => case.take_back(*membership),
            C::Exit {
                membership,
                ground,
                km,
            } => case.exit(*membership, *ground, *km),
            C::Switch { membership, to, on } => case.switch(*membership, *to, *on),
            C::Consent { membership, renews } => case.consent(*membership, *renews),
            C::Renew { location, through } => case.renew(*location, *through),
        };
        case.decide(command, done.is_some())
    }

    pub(super) fn apply_membership(&mut self, event: MembershipEvent) {
        match event {
            MembershipEvent::TypeAdded(new) => self.membership_types.insert(new),
            MembershipEvent::PlanVersioned(new) => self.plans.insert(*new),
            MembershipEvent::JurisdictionSet(new) => self.jurisdictions.insert(*new),
            MembershipEvent::Sold(new) => self.memberships.insert(new),
            MembershipEvent::TermBegun(new) => {
                self.memberships.change(new.membership, |it| it.until = new.until);
                self.terms.insert(new);
            }
            MembershipEvent::Subscribed(new) => self.subscriptions.insert(new),
            MembershipEvent::Linked(new) => self.links.insert(new),
            MembershipEvent::LinkEnded { link, until } => {
                self.links.change(link, |it| it.until = Some(until));
            }
            MembershipEvent::Edited(new) => self.edits.insert(new),
            MembershipEvent::EditEnded { edit, ended } => {
                self.edits.change(edit, |it| it.ended = Some(ended));
            }
            MembershipEvent::Returned { edit, ended } => {
                self.edits.change(edit, |it| it.returned = Some(ended));
            }
            MembershipEvent::NoticeGiven(new) => {
                self.memberships
                    .change(new.membership, |it| it.until = Some(new.until));
                self.notices.insert(new);
            }
            MembershipEvent::Consented { membership, consent } => {
                self.memberships.change(membership, |it| it.consent = consent);
            }
            MembershipEvent::Ended { membership, on } => {
                self.memberships.change(membership, |it| it.ended_on = Some(on));
            }
        }
    }
}
