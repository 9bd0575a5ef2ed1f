//! The runs of lots that memberships grant, as they are and as they are after a decision.

use std::collections::BTreeMap;

use super::super::{Club, Key};
use crate::entitlement::{Holdings, Lot, Run};
use crate::event::Event;
use crate::id::{LocationId, MemberId, MembershipId};
use crate::membership::contract::Contract;
use crate::membership::freeze::{Edit, EditOf};
use crate::membership::link::Link;
use crate::membership::notice::Notice;
use crate::membership::{Membership, MembershipEvent as E, Term};

/// What happened to the days and users of memberships.
pub(super) type News<'a> = BTreeMap<MembershipId, Vec<&'a E>>;

impl Club {
    /// Returns the membership whose days or users an event changes; none if it changes those of a whole location or type.
    pub(in crate::club) fn changed_by(&self, event: &E) -> Option<MembershipId> {
        let of_edit = |edit: &Edit| match edit.of {
            EditOf::Membership(id) => Some(id),
            EditOf::Location(_) => None,
        };
        match event {
            E::Sold(new) => Some(new.id),
            E::TermBegun(new) => Some(new.membership),
            E::Subscribed(new) => Some(new.membership),
            E::Edited(new) => of_edit(new),
            E::EditEnded { edit, .. } | E::Returned { edit, .. } => of_edit(self.edits.get(*edit)?),
            E::NoticeGiven(new) => Some(new.membership),
            E::Consented { membership, .. } => Some(*membership),
            E::Linked(new) => new.bond.membership(),
            E::LinkEnded { link, .. } => self.links.get(*link)?.bond.membership(),
            _ => None,
        }
    }

    /// Returns the location of which an event changes the days of all memberships.
    pub(in crate::club) fn place_changed_by(&self, event: &E) -> Option<LocationId> {
        let edit = match event {
            E::Edited(new) => new,
            E::EditEnded { edit, .. } | E::Returned { edit, .. } => self.edits.get(*edit)?,
            _ => return None,
        };
        match edit.of {
            EditOf::Location(place) => Some(place),
            EditOf::Membership(_) => None,
        }
    }

    /// Puts together the lots of a member as they are after what happened to memberships.
    pub(in crate::club) fn holdings_after(&self, member: MemberId, events: &[Event]) -> Holdings<'_> {
        let mut holdings = self.holdings(member);
        let mut news = News::new();
        for event in events {
            if let Event::Membership(event) = event
                && let Some(id) = self.changed_by(event)
            {
                news.entry(id).or_default().push(event);
            }
        }
        if !news.is_empty() {
            let run = |lot: &&Lot| Some((lot.id, self.run_after(lot, &news)?));
            holdings.runs = holdings.lots.iter().filter_map(run).collect();
        }
        holdings
    }

    /// Returns on which days the membership that grants a lot serves whom, if one grants it.
    pub(in crate::club) fn run(&self, lot: &Lot) -> Option<Run> {
        Some(Run::of(&self.contract(lot.membership()?)?))
    }

    /// Returns the same as it is after what happened.
    pub(super) fn run_after(&self, lot: &Lot, news: &News<'_>) -> Option<Run> {
        let id = lot.membership()?;
        let news = news.get(&id).map_or(&[][..], Vec::as_slice);
        let sold = news.iter().find_map(|event| match event {
            E::Sold(new) => Some(new),
            _ => None,
        });
        let mut membership = sold.or_else(|| self.memberships.get(id))?.clone();
        for event in news {
            if let E::Consented { consent, .. } = event {
                membership.consent = *consent;
            }
        }
        let membership = &membership;
        let subscription = news.iter().find_map(|event| match event {
            E::Subscribed(new) => Some(new),
            _ => None,
        });
        let key = Key::Membership(id);
        let versions = news.iter().filter_map(|event| match event {
            E::PlanVersioned(new) => Some(&**new),
            _ => None,
        });
        let mut parts = Parts::of(self, membership);
        news.iter().for_each(|event| parts.add(event));
        Some(Run::of(&Contract {
            membership,
            kind: self.membership_types.get(membership.of)?,
            location: self.locations.get(membership.location)?,
            subscription: subscription.or_else(|| self.subscriptions.of(key).next())?,
            terms: parts.terms.iter().collect(),
            versions: self
                .plans
                .of(Key::MembershipType(membership.of))
                .chain(versions)
                .collect(),
            edits: parts.edits.iter().collect(),
            notices: parts.notices.iter().collect(),
            links: parts.links.iter().collect(),
        }))
    }
}

/// What bears on the days of a membership.
struct Parts {
    terms: Vec<Term>,
    edits: Vec<Edit>,
    notices: Vec<Notice>,
    links: Vec<Link>,
}

impl Parts {
    fn of(club: &Club, membership: &Membership) -> Self {
        let key = Key::Membership(membership.id);
        let mut terms: Vec<Term> = club.terms.of(key).cloned().collect();
        terms.sort_unstable_by_key(|term| term.number);
        let everyones = club.edits.of(Key::Location(membership.location));
        Self {
            terms,
            edits: club.edits.of(key).chain(everyones).cloned().collect(),
            notices: club.notices.of(key).cloned().collect(),
            links: club.links.of(key).cloned().collect(),
        }
    }

    fn add(&mut self, event: &E) {
        match event {
            E::TermBegun(new) => self.terms.push(new.clone()),
            E::Edited(new) => self.edits.push(new.clone()),
            E::EditEnded { edit, ended } => {
                let found = self.edits.iter_mut().find(|it| it.id == *edit);
                found.into_iter().for_each(|it| it.ended = Some(*ended));
            }
            E::Returned { edit, on } => {
                let found = self.edits.iter_mut().find(|it| it.id == *edit);
                found.into_iter().for_each(|it| it.returned = Some(*on));
            }
            E::NoticeGiven(new) => self.notices.push(new.clone()),
            E::Linked(new) => self.links.push(new.clone()),
            E::LinkEnded { link, until } => {
                let found = self.links.iter_mut().find(|it| it.id == *link);
                found.into_iter().for_each(|it| it.until = Some(*until));
            }
            _ => {}
        }
    }
}
