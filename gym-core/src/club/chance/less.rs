//! Who may have less than before by what happened.

use std::collections::BTreeSet;

use crate::club::Club;
use crate::entitlement::{EntitlementEvent, Lot};
use crate::event::Event;
use crate::id::{LotId, MemberId};
use crate::membership::MembershipEvent;

/// Returns who books by what happened: a decision that books knows where they wait.
pub(super) const fn who_books(event: &Event) -> Option<MemberId> {
    match event {
        Event::Booked(new) => Some(new.member),
        Event::SessionBooked(new) => Some(new.member),
        _ => None,
    }
}

impl Club {
    /// Notes whose time, limits, lots or rights leave less than before, unless that may leave them more as well: those
    /// are noted as such.
    pub(super) fn note_less(&self, less: &mut BTreeSet<MemberId>, event: &Event) {
        match event {
            Event::BookingReinstated { registration } => {
                less.extend(self.registrations.get(*registration).map(|booked| booked.member));
            }
            Event::SessionStated { session, state, .. } if state.is_live() => {
                less.extend(self.sessions.get(*session).map(|session| session.member));
            }
            Event::WaitlistRevived { entry } => {
                less.extend(self.waitlist.get(*entry).map(|entry| entry.member));
            }
            Event::AccessEnded { access, .. } => {
                less.extend(self.access.get(*access).map(|access| access.member));
            }
            Event::Banned(ban) => {
                less.insert(ban.member);
            }
            Event::Entitlement(EntitlementEvent::Held(new)) => less.extend(self.sharers(new.member)),
            Event::Entitlement(EntitlementEvent::Consumed { id, .. }) => {
                let member = self.uses.get(*id).map(|it| it.member);
                less.extend(member.into_iter().flat_map(|member| self.sharers(member)));
            }
            Event::Entitlement(EntitlementEvent::Withdrawn { lot, .. }) => {
                less.extend(self.users_beside(*lot));
            }
            Event::Membership(event) => {
                let membership = match event {
                    MembershipEvent::LinkEnded { .. } | MembershipEvent::NoticeGiven(_) => {
                        self.changed_by(event)
                    }
                    MembershipEvent::Ended { membership, .. } => Some(*membership),
                    _ => None,
                };
                let lots = membership
                    .into_iter()
                    .flat_map(|membership| self.lots_of(membership));
                less.extend(lots.flat_map(|lot| self.users_beside(lot.id)));
            }
            _ => {}
        }
    }

    /// Lists a member and whoever shares a lot with them, directly or through others.
    pub(super) fn sharers(&self, member: MemberId) -> BTreeSet<MemberId> {
        let lots = self.shared(member).into_iter();
        let users = lots.filter_map(|lot| self.lots.get(lot)).flat_map(Lot::members);
        users.chain([member]).collect()
    }

    /// Lists who may use a lot, and whoever shares others with them.
    fn users_beside(&self, lot: LotId) -> BTreeSet<MemberId> {
        let users = self.lots.get(lot).into_iter().flat_map(Lot::members);
        users.flat_map(|member| self.sharers(member)).collect()
    }
}
