//! What is given back is what was really charged: [`Debits`] knows what a period cost after its discounts.

use std::collections::BTreeMap;

use crate::billing::invoice::{Adjustment, Invoice, InvoiceState, Line, Source};
use crate::billing::obligation::{Component, Key, Obligation};
use crate::money::{Money, MoneyError};

/// What periods and joinings cost: as the price list says it, and as it was charged.
#[derive(Debug, Clone, Default)]
pub struct Debits(BTreeMap<Key, (Money, Money)>);

impl Debits {
    /// Notes the lines of an invoice that charged a period or a joining, unless it is void.
    ///
    /// # Errors
    /// If what a line charged does not fit.
    pub fn note(&mut self, invoice: &Invoice) -> Result<(), MoneyError> {
        if invoice.state != InvoiceState::Void {
            for line in &invoice.lines {
                self.charge(&line.obligation, Line::charged(line)?);
            }
        }
        Ok(())
    }

    /// Notes what is charged for an obligation.
    pub(crate) fn charge(&mut self, owed: &Obligation, charged: Money) {
        let first = matches!(
            owed.key,
            Key::Period {
                component: Component::Fee | Component::Joining,
                ..
            }
        );
        if first && charged != owed.amount {
            self.0.insert(owed.key, (owed.amount, charged));
        }
    }

    /// Returns by how much a change of a period must be less than the list price says, because less was charged.
    ///
    /// What an edit, a switch or an exit gives back, or charges again, is a share of the price; it is the same share
    /// of what was charged.
    pub(crate) fn adjust(&self, change: &Obligation) -> Result<Option<Adjustment>, MoneyError> {
        let Some((list, charged)) = of(change.key).and_then(|key| self.0.get(&key)).copied() else {
            return Ok(None);
        };
        let amount = match change.key {
            // The fees of freezes are given back with it, which have no discount of the joining's.
            Key::Period {
                component: Component::JoiningBack(_),
                ..
            } => list.checked_sub(charged)?,
            _ => share(change.amount, charged, list)?.checked_sub(change.amount)?,
        };
        let text = "As it was charged".to_owned();
        Ok((!amount.is_zero()).then_some(Adjustment {
            source: Source::Charged,
            amount,
            text,
        }))
    }
}

/// Whether an obligation changes what was charged before, rather than charging something new.
pub(crate) fn is_change(owed: &Obligation) -> bool {
    owed.amount.is_negative() || of(owed.key).is_some()
}

/// Returns the key of what a change is about.
fn of(key: Key) -> Option<Key> {
    let Key::Period {
        subscription,
        component,
        start,
    } = key
    else {
        return None;
    };
    let component = match component {
        Component::Credit(_)
        | Component::Resumed(_)
        | Component::Returned(_)
        | Component::Switch(_)
        | Component::Exit(_) => Component::Fee,
        Component::JoiningBack(_) => Component::Joining,
        _ => return None,
    };
    Some(Key::Period {
        subscription,
        component,
        start,
    })
}

/// Returns `amount · part / whole`, halves away from zero; `whole` is above zero.
fn share(amount: Money, part: Money, whole: Money) -> Result<Money, MoneyError> {
    let (exact, whole) = (
        i128::from(amount.minor()) * i128::from(part.minor()),
        i128::from(whole.minor()),
    );
    let size = (2 * exact.abs() + whole) / (2 * whole);
    let minor = i64::try_from(if exact < 0 { -size } else { size });
    minor
        .map(|minor| Money::new(minor, amount.currency()))
        .map_err(|_| MoneyError::Overflow(amount.to_string()))
}
