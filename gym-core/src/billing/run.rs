//! [`run`] makes the invoices of a day: what is owed, less what is on invoices already.
//!
//! The two are compared by [`Key`], so that running again, at once or after a crash adds nothing. What is owed to a
//! payer nets against what they are charged; if that is more, the invoice is below zero: a credit balance.

mod debit;

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

pub use self::debit::Debits;
pub(crate) use self::debit::is_change;
use super::Objection;
use super::invoice::Invoice;
use super::obligation::{Key, Obligation};
use super::quote::{Ask, Terms};
use crate::decision::Draft;
use crate::id::{InvoiceId, MemberId};

/// What somebody owes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owing {
    /// Who pays.
    pub payer: MemberId,
    /// What for.
    pub obligation: Obligation,
}

/// The keys that are on invoices which are not void, and on which.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invoiced(BTreeMap<Key, InvoiceId>);

impl Invoiced {
    /// Notes a key of an invoice.
    pub fn note(&mut self, key: Key, invoice: InvoiceId) {
        self.0.insert(key, invoice);
    }

    /// Takes a key off, so that it may be charged again.
    pub fn release(&mut self, key: &Key) {
        self.0.remove(key);
    }

    /// Returns the invoice that a key is on.
    pub fn on(&self, key: &Key) -> Option<InvoiceId> {
        self.0.get(key).copied()
    }
}

/// Returns what is owed and not invoiced, by payer, each by due day and key. What comes to nothing is left out.
///
/// # Errors
/// [`Objection::Conflicting`] if two obligations have one key and are not the same.
pub fn due<'a>(
    owed: &'a [Owing],
    invoiced: &Invoiced,
) -> Result<BTreeMap<MemberId, Vec<&'a Obligation>>, Vec<Objection>> {
    let mut by_payer: BTreeMap<MemberId, Vec<&Obligation>> = BTreeMap::new();
    for Owing { payer, obligation } in owed {
        if invoiced.on(&obligation.key).is_none() && !obligation.amount.is_zero() {
            by_payer.entry(*payer).or_default().push(obligation);
        }
    }
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<Key, &Obligation> = BTreeMap::new();
    for owed in by_payer.values_mut() {
        owed.sort_by_key(|it| (it.due_on, it.key));
        owed.dedup();
        for it in owed.iter() {
            if let Some(other) = seen.insert(it.key, it) {
                wrong.push(Objection::Conflicting {
                    key: it.key,
                    one: other.amount,
                    other: it.amount,
                });
            }
        }
    }
    if wrong.is_empty() {
        Ok(by_payer)
    } else {
        Err(wrong)
    }
}

/// Makes the invoices of a civil day, one per payer, open and numbered from `number` on.
///
/// Their ids, and those of their lines, are local to `draft`.
///
/// # Errors
/// Every objection, after which there is no invoice and no number is used.
pub fn run(
    owed: &[Owing],
    invoiced: &Invoiced,
    terms: &mut Terms<'_>,
    on: NaiveDate,
    number: u64,
    draft: &mut Draft,
) -> Result<Vec<Invoice>, Vec<Objection>> {
    let due = due(owed, invoiced)?;
    let due_on = on
        .checked_add_days(Days::new(u64::from(terms.policy.days_to_pay)))
        .unwrap_or(on);
    let mut invoices = Vec::with_capacity(due.len());
    let mut wrong = Vec::new();
    for (number, (payer, owed)) in (number..).zip(&due) {
        let ask = Ask {
            payer: *payer,
            on,
            codes: &[],
            owed,
        };
        let id = draft.local();
        let open = terms.quote(&ask, draft).and_then(|quote| {
            Invoice::draft(id, quote)
                .open(number, on, due_on, None)
                .map_err(|objection| vec![objection])
        });
        match open {
            Ok(invoice) => invoices.push(invoice),
            Err(objections) => wrong.extend(objections),
        }
    }
    if wrong.is_empty() {
        Ok(invoices)
    } else {
        Err(wrong)
    }
}
