//! The terms on which a location charges, collected from the tables of a [`Club`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::{Days, NaiveDate};

use crate::billing::Objection;
use crate::billing::credit_note::CreditNote;
use crate::billing::discount::Discounts;
use crate::billing::obligation::{Charged, Key as Owed, Obligation};
use crate::billing::policy::BillingPolicy;
use crate::billing::pricing::{Detail, Known, Occasion, Payer, Pricing};
use crate::billing::quote::Terms;
use crate::billing::run::Debits;
use crate::billing::tax::TaxBook;
use crate::club::{Club, Key};
use crate::id::{LocationId, MemberId};
use crate::location::Location;

static DEFAULT_POLICY: LazyLock<BillingPolicy> = LazyLock::new(BillingPolicy::default);

impl Club {
    /// Returns the billing policy in force at a location.
    pub fn billing_policy(&self, location: LocationId) -> &BillingPolicy {
        let own = self.billing_policies.of(Key::Location(location)).next_back();
        let common = || {
            self.billing_policies
                .iter()
                .rev()
                .find(|version| version.location.is_none())
        };
        own.or_else(common)
            .map_or(&DEFAULT_POLICY, |version| &version.policy)
    }

    /// Returns the terms of a location for some payers and what they owe.
    ///
    /// # Errors
    /// If an amount that was charged before does not fit.
    pub fn terms<'c>(
        &'c self,
        at: &Location,
        payers: &BTreeSet<MemberId>,
        owed: &[&Obligation],
        pricing: &[&'c dyn Pricing],
    ) -> Result<Terms<'c>, Vec<Objection>> {
        let certificates = payers.iter().map(|payer| {
            (
                *payer,
                self.certificates.of(Key::Member(*payer)).collect::<Vec<_>>(),
            )
        });
        let certificates: BTreeMap<_, _> = certificates.filter(|(_, all)| !all.is_empty()).collect();
        let tables = self.tax_tables.of(Key::Location(at.id));
        let tax = TaxBook::new(at.id, tables, certificates.values().flatten().copied());
        let redeemed = payers
            .iter()
            .flat_map(|payer| self.redemptions.of(Key::Member(*payer)));
        let mut discounts = Discounts::new(at.id, self.discounts.iter(), redeemed);
        if discounts.are_counted() {
            let own = payers
                .iter()
                .flat_map(|payer| self.invoices.of(Key::Member(*payer)));
            own.for_each(|invoice| discounts.count(invoice));
        }
        let debits = self.debits(owed).map_err(|objection| vec![objection])?;
        let policy = self.billing_policy(at.id);
        let asks = !policy.rules.is_empty() || !pricing.is_empty();
        let occasions = if asks {
            self.occasions(at, owed)
        } else {
            BTreeMap::new()
        };
        Ok(Terms {
            location: at.id,
            currency: at.currency,
            tax,
            discounts,
            occasions,
            known: self.known(payers, owed, pricing.iter().flat_map(|it| it.wants()).collect()),
            certificates,
            debits,
            policy,
            pricing: pricing.to_vec(),
        })
    }

    /// Returns what was charged, by whomever, for what is changed now and is not invoiced.
    fn debits(&self, owed: &[&Obligation]) -> Result<Debits, Objection> {
        let new = owed.iter().filter(|it| self.invoiced.on(&it.key).is_none());
        let needed = Debits::needed(new.copied());
        let mut debits = Debits::default();
        if needed.is_empty() {
            return Ok(debits);
        }
        let is_needed =
            |key: Owed| matches!(key, Owed::Period { subscription, .. } if needed.contains(&subscription));
        for invoice in self.invoices.iter() {
            if invoice.lines.iter().any(|line| is_needed(line.obligation.key)) {
                let notes: Vec<&CreditNote> = self.credit_notes.of(Key::Invoice(invoice.id)).collect();
                debits.note(invoice, &notes)?;
            }
        }
        Ok(debits)
    }

    /// Returns what pricings want to be told of payers and of what they owe.
    pub(super) fn known(
        &self,
        payers: &BTreeSet<MemberId>,
        owed: &[&Obligation],
        wanted: BTreeSet<Detail>,
    ) -> Known<'_> {
        if wanted.is_empty() {
            return Known::default();
        }
        let payer = |id: &MemberId| {
            let member = self.members.get(*id)?;
            let held = self.memberships.of(Key::Member(*id));
            let payer = Payer {
                born_on: member.person.born_on,
                joined_on: member.joined_on,
                contracts: if wanted.contains(&Detail::Plan) {
                    held.filter_map(|it| self.contract(it.id)).collect()
                } else {
                    Vec::new()
                },
            };
            Some((*id, payer))
        };
        let plan = |it: &&Obligation| {
            let version = self.plans.get(it.plan?)?;
            Some((version.id, self.membership_types.get(version.of)?))
        };
        let channel = |it: &&Obligation| match it.charged {
            Charged::Registration(id) => Some((it.charged, self.registrations.get(id)?.channel)),
            _ => None,
        };
        Known {
            payers: payers.iter().filter_map(payer).collect(),
            plans: owed.iter().filter_map(plan).collect(),
            channels: owed.iter().filter_map(channel).collect(),
            wanted,
        }
    }

    /// Returns when the classes and sessions among what is owed take place.
    pub(super) fn occasions(&self, at: &Location, owed: &[&Obligation]) -> BTreeMap<Charged, Occasion> {
        let occasion = |it: &&Obligation| Some((it.charged, self.occasion(at, it.charged)?));
        owed.iter().filter_map(occasion).collect()
    }

    /// Returns when what is charged takes place, and how full it is, if it is a class or a session.
    fn occasion(&self, at: &Location, charged: Charged) -> Option<Occasion> {
        let civil = |instant| crate::time::civil(at.zone, instant);
        match charged {
            Charged::Registration(id) => {
                let class = self.class_facts(self.registrations.get(id)?.class)?;
                let starts = civil(class.class.period.start());
                Some(Occasion {
                    starts,
                    places: class.capacity(),
                    taken: class.taken(),
                })
            }
            Charged::Session(id) => {
                let starts = civil(self.sessions.get(id)?.period.start());
                Some(Occasion {
                    starts,
                    places: 1,
                    taken: 1,
                })
            }
            _ => None,
        }
    }

    /// Returns the day by which an invoice of a day is to be paid.
    pub(in crate::club) fn due_on(&self, location: LocationId, today: NaiveDate) -> NaiveDate {
        let days = self.billing_policy(location).days_to_pay;
        today
            .checked_add_days(Days::new(u64::from(days)))
            .unwrap_or(today)
    }
}
