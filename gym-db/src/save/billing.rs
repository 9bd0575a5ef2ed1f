//! Saving what happened in billing.

use diesel::prelude::*;
use gym_core::billing::BillingEvent;
use gym_core::billing::invoice::Invoice;
use gym_core::event::Event;

use super::Local;
use crate::billing::{
    BillingPolicyRow, CertificateRow, ChargeRow, DiscountRow, RedemptionRow, TaxTableRow, credit_note,
    invoice,
};
use crate::connection::{AnyConnection, on_backend};
use crate::error::StoreError;
use crate::schema::*;

/// Returns the invoices that the first events make, which are written together.
pub(super) fn made(events: &[Event]) -> Vec<&Invoice> {
    let new = |event| match event {
        &Event::Billing(BillingEvent::InvoiceMade(ref new)) => Some(new),
        _ => None,
    };
    events.iter().map_while(new).collect()
}

/// Inserts a new thing and returns its id beside the one that it had in the decision.
pub(super) fn insert(
    c: &mut AnyConnection,
    local: i64,
    event: BillingEvent,
) -> Result<Option<(Local, i64)>, StoreError> {
    Ok(match event {
        BillingEvent::TaxRatesSet(new) => insert!(c, tax_tables, local, TaxTableRow::new(&new)?),
        BillingEvent::CertificateAccepted(new) => {
            insert!(c, certificates, local, CertificateRow::new(&new)?)
        }
        BillingEvent::DiscountSet(new) => insert!(c, discounts, local, DiscountRow::new(&new)?),
        BillingEvent::CodeRedeemed(new) => {
            insert!(c, discount_redemptions, local, RedemptionRow::from(new))
        }
        BillingEvent::BillingPolicySet(new) => {
            insert!(c, billing_policies, local, BillingPolicyRow::new(&new)?)
        }
        BillingEvent::Charged(new) => insert!(c, charges, local, ChargeRow::from(new)),
        BillingEvent::Credited(new) => Some((Local(local), credit_note::insert(c, &new)?)),
        _ => None,
    })
}

/// Changes what was there.
pub(super) fn change(c: &mut AnyConnection, event: &BillingEvent) -> Result<(), StoreError> {
    match event {
        BillingEvent::DiscountEnded { discount, until } => {
            update!(c, discounts, discount, discounts::valid_until.eq(until));
        }
        BillingEvent::ChargeCancelled { charge, .. } => {
            diesel::delete(charges::table.find(charge.get())).execute(c)?;
        }
        BillingEvent::InvoiceOpened(opened) => invoice::open(c, opened)?,
        BillingEvent::InvoiceStated { invoice, state, .. } => invoice::state(c, *invoice, *state)?,
        _ => {}
    }
    Ok(())
}
