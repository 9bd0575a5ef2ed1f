//! What an event means in the ledger: the moves of an invoice, a credit note, a write-off.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Account, Cause, Deferral, Entry, InvalidEntry, Move, Recognised};
use crate::billing::invoice::{Invoice, InvoiceState, Line, TaxShare};
use crate::billing::obligation::Charged;
use crate::id::{EntryId, LocationId, LotId};
use crate::money::{Money, MoneyError};

/// An entry in the making: amounts that go from one account to another, of which nothing is left out but zeros.
#[derive(Debug, Clone)]
pub struct Posting {
    location: LocationId,
    on: NaiveDate,
    cause: (Cause, u32),
    moves: Vec<Move>,
}

impl Posting {
    /// Starts the entry of one part of a cause.
    pub const fn new(location: LocationId, on: NaiveDate, cause: Cause, part: u32) -> Self {
        Self {
            location,
            on,
            cause: (cause, part),
            moves: Vec::new(),
        }
    }

    /// Moves an amount to `debit` from `credit`; a negative one the other way, and nothing if it is zero.
    ///
    /// # Errors
    /// If the accounts are one, or the amount does not fit.
    pub fn add(mut self, debit: Account, credit: Account, amount: Money) -> Result<Self, InvalidEntry> {
        if !amount.is_zero() {
            self.moves.push(Move::new(debit, credit, amount)?);
        }
        Ok(self)
    }

    /// Returns the entry; none if nothing moves.
    ///
    /// # Errors
    /// If the amounts are in several currencies.
    pub fn entry(self, id: EntryId) -> Result<Option<Entry>, InvalidEntry> {
        if self.moves.is_empty() {
            return Ok(None);
        }
        Entry::new(id, self.location, self.on, self.cause, self.moves).map(Some)
    }
}

/// Adds up what several lines move between the receivables and one account.
#[derive(Default)]
struct Sums(BTreeMap<Account, Money>);

impl Sums {
    fn add(&mut self, account: Account, amount: Money) -> Result<(), MoneyError> {
        let sum = self.0.entry(account).or_insert(Money::zero(amount.currency()));
        *sum = sum.checked_add(amount)?;
        Ok(())
    }

    fn into_posting(self, owed: &Account, start: Posting) -> Result<Posting, InvalidEntry> {
        self.0.into_iter().try_fold(start, |posting, (account, amount)| {
            posting.add(owed.clone(), account, amount)
        })
    }
}

/// The pass that a line sells, if it sells one.
const fn lot(line: &Line) -> Option<LotId> {
    match line.obligation.charged {
        Charged::Lot(lot) => Some(lot),
        _ => None,
    }
}

/// Returns the account that the net amount of a line goes to when it is invoiced.
pub(crate) fn account_of(line: &Line) -> Account {
    match line.obligation.charged {
        Charged::GiftCard(_) => Account::GiftCards,
        Charged::Lot(_) => Account::Passes,
        _ if line.obligation.days.is_some() => Account::Deferred,
        charged => Account::Revenue(charged.payment_type()),
    }
}

/// Returns what opening an invoice moves, and what of it is deferred: lines for days, and passes. A pass for days, of
/// which no number of uses was sold, is earned by the day; one with a number of uses by use.
///
/// # Errors
/// If an amount does not fit, or the amounts are in several currencies.
pub fn invoice_opened(invoice: &Invoice) -> Result<(Posting, Vec<Deferral>), InvalidEntry> {
    let mut sums = Sums::default();
    for line in &invoice.lines {
        sums.add(account_of(line), line.net)?;
    }
    for share in &invoice.taxes {
        sums.add(Account::Tax(share.name.clone()), share.tax)?;
    }
    let start = Posting::new(invoice.location, invoice.issued_on, Cause::Invoice(invoice.id), 0);
    let deferred = invoice
        .lines
        .iter()
        .filter(|line| matches!(account_of(line), Account::Deferred | Account::Passes))
        .map(|line| Deferral {
            id: line.id,
            invoice: invoice.id,
            location: invoice.location,
            kind: line.obligation.charged.payment_type(),
            lot: lot(line),
            state: Recognised::new(line.net, line.obligation.days),
        });
    Ok((
        sums.into_posting(&Account::Receivables, start)?,
        deferred.collect(),
    ))
}

/// Returns the account in which what is owed of an invoice stands: a loss, once it was given up.
pub const fn owed_in(invoice: &Invoice) -> Account {
    match invoice.state {
        InvoiceState::Uncollectible => Account::WriteOffs,
        _ => Account::Receivables,
    }
}

/// Returns what a credit note moves against the account of what is owed: for each line, the net amount that it gives back, of which `unearned` was still
/// deferred, and the taxes.
///
/// # Errors
/// If an amount does not fit, or the amounts are in several currencies.
pub fn invoice_credited<'l>(
    (start, owed): (Posting, &Account),
    lines: impl IntoIterator<Item = (&'l Line, Money, Money)>,
    taxes: &[TaxShare],
) -> Result<Posting, InvalidEntry> {
    let mut sums = Sums::default();
    for (line, net, unearned) in lines {
        let account = account_of(line);
        if matches!(account, Account::Deferred | Account::Passes) {
            sums.add(account, unearned.checked_neg()?)?;
            let earned = Account::Revenue(line.obligation.charged.payment_type());
            sums.add(earned, unearned.checked_sub(net)?)?;
        } else {
            sums.add(account, net.checked_neg()?)?;
        }
    }
    for share in taxes {
        sums.add(Account::Tax(share.name.clone()), share.tax.checked_neg()?)?;
    }
    sums.into_posting(owed, start)
}

/// Returns what giving up an invoice moves: what remains to be paid becomes a loss. `part` counts how often it was
/// given up before, as what was paid after that may have been taken back.
///
/// # Errors
/// If an amount does not fit.
pub fn written_off(
    invoice: &Invoice,
    balance: Money,
    (on, part): (NaiveDate, u32),
) -> Result<Posting, InvalidEntry> {
    Posting::new(invoice.location, on, Cause::WriteOff(invoice.id), part).add(
        Account::WriteOffs,
        Account::Receivables,
        balance,
    )
}
