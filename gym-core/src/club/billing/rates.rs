//! What is set or sold is checked against the rates and the currency of where it is to be charged, so that no run of
//! invoices meets what it cannot charge.
//!
//! Rates only ever come to name more: a kind of thing that has a rate once has one on every later day. What is set where
//! there are no rates yet is checked when it is sold.

use chrono::NaiveDate;

use super::check::object;
use crate::billing::Objection;
use crate::billing::invoice::{Invoice, InvoiceState};
use crate::billing::obligation::{Charged, Obligation};
use crate::billing::tax::{TaxBook, TaxCode, TaxTable, TaxTerms};
use crate::booking::policy::Policy;
use crate::club::people::Checks;
use crate::club::{Club, Key};
use crate::id::LocationId;
use crate::location::Location;
use crate::time::Instant;

impl Club {
    fn rates(&self, at: LocationId) -> TaxBook<'_> {
        TaxBook::new(at, self.tax_tables.of(Key::Location(at)), [])
    }

    /// Says why a kind of thing cannot be charged at a location for supplies from a civil day on, if so.
    pub(in crate::club) fn unrated(
        &self,
        at: LocationId,
        code: &TaxCode,
        day: NaiveDate,
    ) -> Option<Objection> {
        self.rates(at).components(code, day).err()
    }

    /// Says the same of something that is only set there, if there are rates.
    pub(in crate::club) fn misnamed(
        &self,
        at: LocationId,
        code: &TaxCode,
        day: NaiveDate,
    ) -> Option<Objection> {
        let first = self.rates(at).first()?;
        self.unrated(at, code, day.max(first))
    }

    /// Checks that the fees of a policy can be charged where it comes into force.
    pub(in crate::club) fn check_levied(
        &self,
        at: Option<LocationId>,
        policy: &Policy,
        now: Instant,
        checks: &mut Checks,
    ) {
        let common = |it: &&Location| self.policies.of(Key::Location(it.id)).next().is_none();
        match at {
            Some(at) => self
                .locations
                .get(at)
                .into_iter()
                .for_each(|it| self.check_fees(it, policy, now, checks)),
            None => self
                .locations
                .iter()
                .filter(common)
                .for_each(|it| self.check_fees(it, policy, now, checks)),
        }
    }

    /// Checks that the fees of a policy can be charged at a location; a club that has no rates charges elsewhere.
    pub(in crate::club) fn check_fees(
        &self,
        at: &Location,
        policy: &Policy,
        now: Instant,
        checks: &mut Checks,
    ) {
        let fees = policy.fees();
        for (field, fee) in &fees {
            let expected = format!("an amount in {}, the currency of location {}", at.currency, at.id);
            checks.value(fee.currency() == at.currency, field, fee, &expected);
        }
        if !fees.is_empty() && !self.tax_tables.is_empty() {
            let unrated = self.unrated(at.id, &TaxCode::fee(), at.date(now));
            unrated.into_iter().for_each(|why| object(checks, why));
        }
    }

    /// Checks that new rates name all that is charged, and are not for days of supply that are invoiced otherwise.
    pub(super) fn check_rates(
        &self,
        at: LocationId,
        from: NaiveDate,
        terms: &TaxTerms,
        today: NaiveDate,
        checks: &mut Checks,
    ) {
        let book = self.rates(at);
        let (before, after) = (book.on(from), book.after(from));
        let missing = |location, from, code: &TaxCode| Objection::RateMissing {
            code: code.clone(),
            location,
            from,
        };
        let mut named: Vec<TaxCode> = before.iter().flat_map(|it| it.terms.codes()).cloned().collect();
        if !self.policy(at).fees().is_empty() && !named.contains(&TaxCode::fee()) {
            named.push(TaxCode::fee());
        }
        for code in named.iter().filter(|code| terms.components(code).is_none()) {
            object(checks, missing(at, from, code));
        }
        if let Some(next) = after {
            let dropped = terms.codes().filter(|code| next.terms.components(code).is_none());
            dropped.for_each(|code| object(checks, missing(at, next.from, code)));
        }
        if before.is_some_and(|before| adds_only(before, terms)) {
            return;
        }
        if let Some(supplied) = self.last_supply(at, from, today) {
            let location = at;
            object(
                checks,
                Objection::RatesUsed {
                    from,
                    location,
                    supplied,
                },
            );
        }
    }

    /// Returns the last civil day up to today for which new rates from a day on would be at a location, until others are.
    pub fn rates_until(&self, at: LocationId, from: NaiveDate, today: NaiveDate) -> NaiveDate {
        let next = self.rates(at).after(from).and_then(|next| next.from.pred_opt());
        next.map_or(today, |last| last.min(today))
    }

    /// Returns the last day of supply that is invoiced at a location of those that rates from a day on would be for.
    fn last_supply(&self, at: LocationId, from: NaiveDate, today: NaiveDate) -> Option<NaiveDate> {
        let until = self.rates_until(at, from, today);
        let stands = |it: &&Invoice| {
            it.location == at && !matches!(it.state, InvoiceState::Draft | InvoiceState::Void)
        };
        let lines = self.invoices.iter().filter(stands).flat_map(|it| &it.lines);
        let owed = lines.map(|line| &line.obligation);
        let taxed = owed.filter(|it| !matches!(it.charged, Charged::GiftCard(_)));
        let days = taxed.map(Obligation::supplied_on);
        days.filter(|day| (from..=until).contains(day)).max()
    }
}

/// Whether rates are those of a table but for kinds of things that it does not name.
fn adds_only(before: &TaxTable, terms: &TaxTerms) -> bool {
    let old = &before.terms;
    let same = |code: &TaxCode| old.components(code) == terms.components(code);
    old.prices() == terms.prices() && old.rounding() == terms.rounding() && old.codes().all(same)
}
