//! Passes sold over the counter.

use super::super::people::Checks;
use super::super::tally::{Outcome, Reasons, Tally, missing};
use crate::billing::obligation::{Charged, Key, Obligation};
use crate::billing::payment::{Hand, Method};
use crate::billing::tax::TaxCode;
use crate::booking::refusal::Reason;
use crate::entitlement::{EntitlementEvent, Grant, Lot, Source, Uses, Validity};
use crate::event::Event;
use crate::id::MemberId;
use crate::money::Money;
use crate::time::Days;

impl Tally<'_> {
    pub(super) fn sell_pass(
        &mut self,
        grant: &Grant,
        payer: MemberId,
        (amount, tax): (Money, &TaxCode),
        paid: Option<Hand>,
    ) -> Outcome {
        let place = self.club.locations.get(grant.location);
        let place = place.ok_or_else(|| missing("location", grant.location))?;
        self.staff(grant.location, None, "sell passes")?;
        let mut checks = Checks::default();
        self.club.check_grant(grant, Source::Sale, place, &mut checks);
        checks.known("member", payer, self.club.members.get(payer));
        let fits = amount.currency() == place.currency && !amount.is_negative();
        let expected = format!("an amount of at least 0 in {}", place.currency);
        checks.value(fits, "amount", amount, &expected);
        let today = place.date(self.now());
        let unrated = self.club.unrated(place.id, tax, today);
        checks.0.extend(unrated.map(|why| Reason::Billing { why }));
        Reasons(checks.0).done()?;
        let lot = Lot::new(self.draft.local(), grant.clone(), Source::Sale, self.now());
        let charged = Charged::Lot(lot.id);
        let owed = Obligation {
            key: Key::Once(charged),
            charged,
            plan: None,
            days: days_of(grant),
            due_on: today,
            amount,
            tax: tax.clone(),
            text: grant.terms.to_string(),
        };
        self.draft
            .push(Event::Entitlement(EntitlementEvent::Granted(lot)));
        self.charge_now(grant.location, payer, &[owed], paid.map(Method::from))
    }
}

/// The days that earn a pass without a number of uses, if they are known.
fn days_of(grant: &Grant) -> Option<Days> {
    match (grant.terms.uses, grant.terms.validity) {
        (
            Uses::Unlimited | Uses::PerCycle { .. },
            Validity::Days {
                from,
                until: Some(until),
            },
        ) => Days::new(from, until).ok(),
        _ => None,
    }
}
