//! The terms on which a location charges, collected from the tables of a [`Club`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use chrono::{Days, NaiveDate};

use crate::billing::Objection;
use crate::billing::discount::Discounts;
use crate::billing::obligation::{Charged, Obligation};
use crate::billing::policy::BillingPolicy;
use crate::billing::pricing::{Occasion, Pricing};
use crate::billing::quote::Terms;
use crate::billing::run::{Debits, is_change};
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
        let mut debits = Debits::default();
        if discounts.are_counted() || owed.iter().any(|it| is_change(it)) {
            for invoice in payers
                .iter()
                .flat_map(|payer| self.invoices.of(Key::Member(*payer)))
            {
                discounts.count(invoice);
                debits.note(invoice).map_err(|error| vec![error.into()])?;
            }
        }
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
            certificates,
            debits,
            policy,
            pricing: pricing.to_vec(),
        })
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
