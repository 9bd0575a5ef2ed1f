//! Deciding links: how many may use a membership, and when a link ends.

use chrono::NaiveDate;

use super::case::Case;
use crate::id::{LinkId, MemberId};
use crate::membership::contract::Contract;
use crate::membership::link::{Bond, Link};
use crate::membership::{MembershipEvent, Objection};

impl Case<'_> {
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
