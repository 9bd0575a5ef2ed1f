//! Who owes what at a location: memberships, and what is charged once.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::billing::Objection;
use crate::billing::charge::Charge;
use crate::billing::run::{Owing, Parked};
use crate::billing::subscription::{OwedError, owed_by};
use crate::booking::{Consequence, Penalty};
use crate::club::{Club, Key};
use crate::id::{LocationId, MemberId, MembershipId};
use crate::location::Location;
use crate::membership::link::Bond;
use crate::time::Instant;

impl Club {
    /// Returns the next payers of a location, by id: everybody for whom something may be due there.
    pub fn payers(&self, location: LocationId, after: Option<MemberId>, most: usize) -> BTreeSet<MemberId> {
        let key = Key::Location(location);
        let charged = self.charges.of(key).map(|charge| charge.payer);
        let contracts = self.memberships.of(key).map(|it| Key::Membership(it.id));
        let subscribed = contracts.flat_map(|key| {
            let own = self.subscriptions.of(key).map(|it| it.payer);
            own.chain(
                self.links
                    .of(key)
                    .filter(|it| matches!(it.bond, Bond::Payer(_)))
                    .map(|it| it.person),
            )
        });
        let fined = self
            .penalties
            .iter()
            .filter(|it| self.is_fined_at(location, it))
            .map(|it| it.member);
        let all = charged.chain(subscribed).chain(fined);
        let later = all.filter(|payer| after.is_none_or(|after| *payer > after));
        later.collect::<BTreeSet<_>>().into_iter().take(most).collect()
    }

    /// Whether a penalty is a fee for a class at a location and was not waived.
    fn is_fined_at(&self, location: LocationId, penalty: &Penalty) -> bool {
        let class = self.classes.get(penalty.class);
        let costs = matches!(penalty.consequence, Consequence::Fee(_)) && penalty.waiver.is_none();
        costs && class.is_some_and(|class| class.offering.location == location)
    }

    /// Returns what some payers owe at a location that is due through a day, invoiced or not: memberships, charges, and
    /// the fees of penalties that can be waived no more at `now`.
    /// Beside it stands who is passed over, since what a membership owes does not fit.
    pub fn owing(
        &self,
        at: &Location,
        payers: &BTreeSet<MemberId>,
        through: NaiveDate,
        now: Instant,
    ) -> (Vec<Owing>, Vec<Parked>) {
        let location = at.id;
        let (mut owing, mut parked): (Vec<Owing>, Vec<Parked>) = (Vec::new(), Vec::new());
        for payer in payers {
            let here = |it: &&Charge| it.location == location && it.obligation.due_on <= through;
            let charges = self.charges.of(Key::Member(*payer)).filter(here);
            owing.extend(charges.map(|it| Owing {
                payer: *payer,
                obligation: it.obligation.clone(),
            }));
            let fines = self
                .penalties
                .of(Key::Member(*payer))
                .filter(|it| self.is_fined_at(location, it));
            let fines = fines
                .filter_map(|it| it.obligation(at, now))
                .filter(|it| it.due_on <= through);
            owing.extend(fines.map(|obligation| Owing {
                payer: *payer,
                obligation,
            }));
            let mut why = Vec::new();
            for membership in self.paid_by(*payer) {
                match self.subscribed(location, membership, *payer, through) {
                    Ok(more) => owing.extend(more),
                    Err(objection) => why.push(objection),
                }
            }
            if !why.is_empty() {
                owing.retain(|it| it.payer != *payer);
                parked.push(Parked { payer: *payer, why });
            }
        }
        (owing, parked)
    }

    /// Returns the memberships that somebody pays for, on some days at least.
    fn paid_by(&self, payer: MemberId) -> BTreeSet<MembershipId> {
        let key = Key::Member(payer);
        let own = self.subscriptions.of(key).map(|it| it.membership);
        let linked = self.links.of(key).filter_map(|it| match it.bond {
            Bond::Payer(membership) if it.person == payer => Some(membership),
            _ => None,
        });
        own.chain(linked).collect()
    }

    fn subscribed(
        &self,
        location: LocationId,
        membership: MembershipId,
        payer: MemberId,
        through: NaiveDate,
    ) -> Result<Vec<Owing>, Objection> {
        let contract = self
            .contract(membership)
            .filter(|it| it.membership.location == location);
        let Some(contract) = contract else {
            return Ok(Vec::new());
        };
        let charged = |key: &_| self.invoices.get(self.invoiced.on(key)?).map(|it| it.payer);
        let all = owed_by(&contract, through, charged).map_err(objection)?;
        let own = all.into_iter().filter(|(pays, _)| *pays == payer);
        Ok(own
            .map(|(payer, obligation)| Owing { payer, obligation })
            .collect())
    }
}

/// Says why what is owed cannot be charged.
pub(super) fn objection(error: OwedError) -> Objection {
    match error {
        OwedError::Money(error) => error.into(),
        far => Objection::Overflow {
            what: far.to_string(),
        },
    }
}
