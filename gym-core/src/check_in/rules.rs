//! [`DoorRules`]: what a club makes of debts, guests and bookings at its doors. They are part of its policy.

use std::cmp::Ordering;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::objection::Objection;
use crate::entitlement::VisitLimit;
use crate::id::{MemberId, MembershipId};
use crate::money::Money;

/// The rules of the doors of a location. Every field has a default, so that JSON names only what differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DoorRules {
    /// A booking opens the door so many minutes before it starts, until it ends.
    pub booking_minutes: u32,
    /// How many days a debt may be open, so that a payment can settle meanwhile; any number if none.
    pub debt_days: Option<u32>,
    /// How much may be open, however short; any amount if none.
    pub debt_above: Option<Money>,
    /// The age from which people sign for themselves.
    pub adult_age: u32,
    /// Guests.
    pub guests: GuestRules,
}

impl Default for DoorRules {
    fn default() -> Self {
        Self {
            booking_minutes: 30,
            debt_days: Some(7),
            debt_above: None,
            adult_age: 18,
            guests: GuestRules::default(),
        }
    }
}

/// How often guests may come. Both counters hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GuestRules {
    /// How many guests a member may bring; no limit if none.
    pub per_host: Option<VisitLimit>,
    /// On how many days one guest may come, with whomever; no limit if none.
    pub per_guest: Option<VisitLimit>,
}

/// What somebody owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debt {
    /// How much is open and due.
    pub open: Money,
    /// The civil day since which the oldest of it has been due.
    pub since: NaiveDate,
}

/// What somebody owes for a membership that another uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unpaid {
    /// The membership.
    pub membership: MembershipId,
    /// Who pays for it.
    pub payer: MemberId,
    /// What they owe for it, and for those whose place it took.
    pub debt: Debt,
}

impl DoorRules {
    /// Says why a door stays shut on a day for who uses a membership that another has not paid, if it does.
    pub fn against_unpaid(&self, unpaid: &Unpaid, on: NaiveDate) -> Option<Objection> {
        let Unpaid {
            membership, payer, ..
        } = *unpaid;
        let against = self.against_debt(unpaid.debt, on);
        against.map(|_| Objection::Unpaid { membership, payer })
    }

    /// Says why a debt keeps a door shut on a day, if it does: it is too old, or too large.
    pub fn against_debt(&self, debt: Debt, on: NaiveDate) -> Option<Objection> {
        if debt.open.is_zero() || debt.open.is_negative() {
            return None;
        }
        let age = u32::try_from((on - debt.since).num_days()).unwrap_or(0);
        let too_old = self.debt_days.is_some_and(|days| age > days);
        // An amount in another currency is not known to be small.
        let too_large = self
            .debt_above
            .is_some_and(|most| debt.open.partial_cmp(&most).is_none_or(Ordering::is_gt));
        (too_old || too_large).then_some(Objection::Debt {
            debt,
            days: self.debt_days,
            most: self.debt_above,
        })
    }
}
