//! An [`Entry`]: the moves of one cause, on one day, in one currency.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Account;
use crate::event::{Ids, Resolve};
use crate::id::{
    AllocationId, CreditNoteId, EntryId, GiftCardId, Id, InvoiceId, InvoiceLineId, LocationId, PayRunId,
    PaymentId, RefundId,
};
use crate::money::{Currency, Money, MoneyError};

/// An entry that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEntry {
    /// An account on both sides.
    #[error("move: {0} on both sides; expected two accounts")]
    OneAccount(Account),
    /// Nothing moves.
    #[error("move: nothing from {0} to {1}; expected an amount")]
    Nothing(Account, Account),
    /// An amount whose opposite does not fit.
    #[error("move: {0} is out of range; expected an amount that fits 64 bits of minor units")]
    TooLarge(Money),
    /// Two currencies in one entry.
    #[error("entry: {0} and {1} in one entry; expected one currency")]
    TwoCurrencies(Currency, Currency),
    /// An entry without moves.
    #[error("entry: there are no moves; expected one at least")]
    Empty,
    /// Amounts that do not add up in one currency.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// An amount that one account gets and another gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Sides", into = "Sides")]
pub struct Move {
    debit: Account,
    credit: Account,
    amount: Money,
}

#[derive(Serialize, Deserialize)]
struct Sides {
    debit: Account,
    credit: Account,
    amount: Money,
}

impl TryFrom<Sides> for Move {
    type Error = InvalidEntry;

    fn try_from(sides: Sides) -> Result<Self, InvalidEntry> {
        Self::new(sides.debit, sides.credit, sides.amount)
    }
}

impl From<Move> for Sides {
    fn from(step: Move) -> Self {
        Self {
            debit: step.debit,
            credit: step.credit,
            amount: step.amount,
        }
    }
}

impl Move {
    /// Makes a move to `debit` from `credit`; a negative amount goes the other way.
    ///
    /// # Errors
    /// If it is nothing, the accounts are one, or the amount does not fit.
    pub fn new(debit: Account, credit: Account, amount: Money) -> Result<Self, InvalidEntry> {
        if debit == credit {
            return Err(InvalidEntry::OneAccount(debit));
        }
        if amount.is_zero() {
            return Err(InvalidEntry::Nothing(credit, debit));
        }
        if !amount.is_negative() {
            return Ok(Self {
                debit,
                credit,
                amount,
            });
        }
        let amount = amount.checked_neg().map_err(|_| InvalidEntry::TooLarge(amount))?;
        Ok(Self {
            debit: credit,
            credit: debit,
            amount,
        })
    }

    /// Returns the account that gets the amount.
    pub const fn debit(&self) -> &Account {
        &self.debit
    }

    /// Returns the account that gives the amount.
    pub const fn credit(&self) -> &Account {
        &self.credit
    }

    /// Returns the amount, above zero.
    pub const fn amount(&self) -> Money {
        self.amount
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ← {} {}", self.debit, self.credit, self.amount)
    }
}

/// What an entry is for. Two entries with one cause and one part are the same entry: the database refuses the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the id of what happened")]
pub enum Cause {
    Invoice(InvoiceId),
    CreditNote(CreditNoteId),
    WriteOff(InvoiceId),
    Payment(PaymentId),
    Allocation(AllocationId),
    Refund(RefundId),
    GiftCard(GiftCardId),
    Recognition(InvoiceLineId),
    PayRun(PayRunId),
}

impl Cause {
    /// Returns the name in the database, and the number of what happened.
    pub const fn parts(self) -> (&'static str, i64) {
        match self {
            Self::Invoice(id) => ("invoice", id.get()),
            Self::CreditNote(id) => ("credit_note", id.get()),
            Self::WriteOff(id) => ("write_off", id.get()),
            Self::Payment(id) => ("payment", id.get()),
            Self::Allocation(id) => ("allocation", id.get()),
            Self::Refund(id) => ("refund", id.get()),
            Self::GiftCard(id) => ("gift_card", id.get()),
            Self::Recognition(id) => ("recognition", id.get()),
            Self::PayRun(id) => ("pay_run", id.get()),
        }
    }

    /// Finds the cause with a name.
    pub fn of(name: &str, id: i64) -> Option<Self> {
        Some(match name {
            "invoice" => Self::Invoice(Id::from_raw(id)),
            "credit_note" => Self::CreditNote(Id::from_raw(id)),
            "write_off" => Self::WriteOff(Id::from_raw(id)),
            "payment" => Self::Payment(Id::from_raw(id)),
            "allocation" => Self::Allocation(Id::from_raw(id)),
            "refund" => Self::Refund(Id::from_raw(id)),
            "gift_card" => Self::GiftCard(Id::from_raw(id)),
            "recognition" => Self::Recognition(Id::from_raw(id)),
            "pay_run" => Self::PayRun(Id::from_raw(id)),
            _ => return None,
        })
    }
}

impl Resolve for Cause {
    fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::Invoice(id) | Self::WriteOff(id) => id.resolve(ids),
            Self::CreditNote(id) => id.resolve(ids),
            Self::Payment(id) => id.resolve(ids),
            Self::Allocation(id) => id.resolve(ids),
            Self::Refund(id) => id.resolve(ids),
            Self::GiftCard(id) => id.resolve(ids),
            Self::Recognition(id) => id.resolve(ids),
            Self::PayRun(id) => id.resolve(ids),
        }
    }
}

/// The moves of one cause. Never changed, never empty, and in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Entry {
    id: EntryId,
    location: LocationId,
    on: NaiveDate,
    cause: Cause,
    part: u32,
    moves: Vec<Move>,
}

#[derive(Serialize, Deserialize)]
struct Parts {
    id: EntryId,
    location: LocationId,
    on: NaiveDate,
    cause: Cause,
    part: u32,
    moves: Vec<Move>,
}

impl TryFrom<Parts> for Entry {
    type Error = InvalidEntry;

    fn try_from(parts: Parts) -> Result<Self, InvalidEntry> {
        Self::new(
            parts.id,
            parts.location,
            parts.on,
            (parts.cause, parts.part),
            parts.moves,
        )
    }
}

impl From<Entry> for Parts {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            location: entry.location,
            on: entry.on,
            cause: entry.cause,
            part: entry.part,
            moves: entry.moves,
        }
    }
}

impl Entry {
    /// Makes an entry of a location and a civil day there, for one part of a cause.
    ///
    /// # Errors
    /// If there are no moves, or they are in several currencies.
    pub fn new(
        id: EntryId,
        location: LocationId,
        on: NaiveDate,
        (cause, part): (Cause, u32),
        moves: Vec<Move>,
    ) -> Result<Self, InvalidEntry> {
        let currency = moves.first().ok_or(InvalidEntry::Empty)?.amount.currency();
        if let Some(other) = moves.iter().find(|step| step.amount.currency() != currency) {
            return Err(InvalidEntry::TwoCurrencies(currency, other.amount.currency()));
        }
        Ok(Self {
            id,
            location,
            on,
            cause,
            part,
            moves,
        })
    }

    /// Returns its id.
    pub const fn id(&self) -> EntryId {
        self.id
    }

    /// Returns whose ledger it is in.
    pub const fn location(&self) -> LocationId {
        self.location
    }

    /// Returns the civil day at the location.
    pub const fn on(&self) -> NaiveDate {
        self.on
    }

    /// Returns what it is for.
    pub const fn cause(&self) -> Cause {
        self.cause
    }

    /// Returns which part of the cause it is for: the turn of a state, or the day up to which income is recognised.
    pub const fn part(&self) -> u32 {
        self.part
    }

    /// Returns what moves.
    pub fn moves(&self) -> &[Move] {
        &self.moves
    }
}

impl Resolve for Entry {
    fn resolve(&mut self, ids: &Ids) {
        self.id.resolve(ids);
        self.location.resolve(ids);
        self.cause.resolve(ids);
    }
}
