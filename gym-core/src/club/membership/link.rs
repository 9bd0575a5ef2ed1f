//! Deciding links: how many may use a membership, and when a link ends.

use chrono::NaiveDate;

use super::case::Case;
use crate::club::Key;
use crate::entitlement::EntitlementEvent;
use crate::event::Event;
use crate::id::{LinkId, MemberId, MembershipId};
use crate::membership::contract::Contract;
use crate::membership::freeze::EditOf;
use crate::membership::link::{Bond, Link};
use crate::membership::{MembershipEvent, Objection};

impl Case<'_> {
    pub(super) fn link(&mut self, person: MemberId, bond: Bond, from: NaiveDate) -> Option<()> {
        self.checks.known("member", person, self.club.members.get(person));
        self.not_past("from", from);
        match bond {
            Bond::Guardian(ward) => {
                self.checks.known("member", ward, self.club.members.get(ward));
                if ward == person {
                    self.object(Objection::OneCannotBeOwnGuardian { member: ward });
                }
            }
            Bond::Payer(id) => {
                let contract = self.running(id)?;
                self.within("from", from, &contract);
            }
            Bond::Beneficiary(id) => {
                let contract = self.running(id)?;
                self.within("from", from, &contract);
                self.check_room(&contract, person, from);
            }
        }
        let key = Key::Member(person);
        let says =
            |it: &&Link| it.person == person && it.bond == bond && it.until.is_none_or(|until| from < until);
        if let Some(link) = self.club.links.of(key).find(says).map(|it| it.id) {
            self.object(Objection::AlreadyLinked { link });
        }
        let of = bond.membership().map(EditOf::Membership);
        let (recorded_on, recorded_at) = of.map_or((self.today, self.now), |of| self.recorded(of));
        let id = self.draft.local();
        self.push(MembershipEvent::Linked(Link {
            id,
            person,
            bond,
            from,
            until: None,
            recorded_on,
            recorded_at,
        }));
        if let Some(of) = bond.membership().filter(|_| matches!(bond, Bond::Beneficiary(_))) {
            self.share(of, person);
        }
        Some(())
    }

    /// Has one more use the lots that a membership grants.
    fn share(&mut self, of: MembershipId, with: MemberId) {
        let lots = self.club.lots.of(Key::Membership(of));
        for lot in lots.filter(|lot| !lot.over && !lot.serves(with)) {
            let shared = EntitlementEvent::Shared { lot: lot.id, with };
            self.draft.push(Event::Entitlement(shared));
        }
    }

    /// One more may use it if on no day from then on too many do.
    pub(super) fn check_room(&mut self, contract: &Contract<'_>, person: MemberId, from: NaiveDate) {
        if person == contract.membership.member {
            let id = contract.membership.id;
            self.checks.value(
                false,
                "person",
                person,
                &format!("somebody besides the member of membership {id}"),
            );
        }
        let most = contract
            .current()
            .and_then(|terms| terms.shared)
            .map_or(1, |shared| shared.most);
        let uses = |link: &&&Link| matches!(link.bond, Bond::Beneficiary(_));
        let later = contract
            .links
            .iter()
            .filter(uses)
            .map(|link| link.from)
            .filter(|day| *day > from);
        let full = std::iter::once(from)
            .chain(later)
            .find(|day| contract.users_on(*day).len() >= usize::try_from(most).unwrap_or(usize::MAX));
        if let Some(on) = full {
            self.object(Objection::Crowded { most, on });
        }
    }

    pub(super) fn end_link(&mut self, id: LinkId, until: NaiveDate) -> Option<()> {
        let link = self.checks.known("link", id, self.club.links.get(id))?;
        self.not_past("until", until);
        // Who is there today may have been charged today.
        self.checks.value(
            until > self.today,
            "until",
            until,
            &format!("a day after {}", self.today),
        );
        if let Some(ended) = link.until.filter(|ended| *ended <= until) {
            let expected = format!("a day before {ended}, when it ends");
            self.checks.value(false, "until", until, &expected);
        }
        self.push(MembershipEvent::LinkEnded {
            link: id,
            until: until.max(link.from),
        });
        Some(())
    }
}
