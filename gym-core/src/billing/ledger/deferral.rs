//! A [`Deferral`]: what was invoiced for days or uses that are still to come, and how much of it is earned by now.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Account;
use crate::billing::obligation::PaymentType;
use crate::billing::proration::prorate;
use crate::event::{Ids, Resolve, resolve};
use crate::id::{InvoiceId, InvoiceLineId, LocationId, LotId};
use crate::money::{Money, MoneyError};
use crate::time::Days;

/// What an invoice line pays for in advance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deferral {
    /// The line.
    pub id: InvoiceLineId,
    /// Its invoice.
    pub invoice: InvoiceId,
    /// Whose ledger it is in.
    pub location: LocationId,
    /// What it is earned as.
    pub kind: PaymentType,
    /// The pass, if it is earned use by use; else it is earned day by day.
    pub lot: Option<LotId>,
    /// How much is earned.
    pub state: Recognised,
}

/// How much of an advance payment is earned.
///
/// A credit note starts it anew: what is left then is what the rest of the days or uses are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recognised {
    /// What the days, or the uses from `first_use` on, are worth, without tax.
    pub base: Money,
    /// The days that earn it.
    pub days: Option<Days>,
    /// How many uses had earned what is not in the base any more.
    pub first_use: u32,
    /// How many uses ran out, and were taken as income for that.
    #[serde(default)]
    pub lapsed: u32,
    /// How much of the base is earned.
    pub earned: Money,
    /// The day up to which, not including, it is earned.
    pub until: Option<NaiveDate>,
    /// How often this changed.
    pub turn: u32,
}

impl Deferral {
    /// Returns the account that holds what is not earned.
    pub const fn account(&self) -> Account {
        match self.lot {
            Some(_) => Account::Passes,
            None => Account::Deferred,
        }
    }
}

impl Recognised {
    /// Starts with nothing earned.
    pub const fn new(base: Money, days: Option<Days>) -> Self {
        Self {
            base,
            days,
            first_use: 0,
            lapsed: 0,
            earned: Money::zero(base.currency()),
            until: None,
            turn: 0,
        }
    }

    /// Returns what is not earned.
    ///
    /// # Errors
    /// If it does not fit.
    pub fn left(&self) -> Result<Money, MoneyError> {
        self.base.checked_sub(self.earned)
    }

    /// Earns the days before `day`: returns how much, and the state then. None if these days are earned.
    ///
    /// However the days are split, they earn the same in all, because the rounding is cumulative.
    ///
    /// # Errors
    /// If an amount does not fit.
    pub fn through(&self, day: NaiveDate) -> Result<Option<(Money, Self)>, MoneyError> {
        let Some(days) = self.days else { return Ok(None) };
        let until = day.min(days.until());
        let Ok(part) = Days::new(days.from(), until) else {
            return Ok(None);
        };
        if self.until.is_some_and(|done| until <= done) {
            return Ok(None);
        }
        let earned = prorate(self.base, days, part)?;
        self.with(earned, Some(until))
    }

    /// Earns the first `used` of `of` uses: returns how much, and the state then. None if these are earned.
    ///
    /// Whatever was consumed and given back before, what is earned is the price times `used / of`, rounded once, halves
    /// away from zero. Fewer than before is a negative amount.
    ///
    /// # Errors
    /// If an amount does not fit.
    pub fn by_use(&self, used: u32, of: u32) -> Result<Option<(Money, Self)>, MoneyError> {
        let of = i128::from(of.saturating_sub(self.first_use));
        let used = i128::from(used.saturating_sub(self.first_use)).min(of);
        if of == 0 {
            return Ok(None);
        }
        let earned = self.base.share(used, of)?;
        if earned == self.earned {
            Ok(None)
        } else {
            self.with(earned, None)
        }
    }

    /// Earns uses that ran out, `lapsed` in all, beside the `used` that were consumed: returns how much, and the state
    /// then. None if these are earned.
    ///
    /// # Errors
    /// If an amount does not fit.
    pub fn by_lapse(&self, used: u32, lapsed: u32, of: u32) -> Result<Option<(Money, Self)>, MoneyError> {
        let state = Self { lapsed, ..*self };
        state.by_use(used.saturating_add(lapsed), of)
    }

    fn with(&self, earned: Money, until: Option<NaiveDate>) -> Result<Option<(Money, Self)>, MoneyError> {
        let more = earned.checked_sub(self.earned)?;
        let turn = self.turn.saturating_add(1);
        Ok(Some((
            more,
            Self {
                earned,
                until: until.or(self.until),
                turn,
                ..*self
            },
        )))
    }

    /// Takes a credit of `credit` off: first what is not earned, then what is. Returns the part that was not earned,
    /// and the state then, in which the rest of the days, or of the uses from the `used`-th on, is worth what is left.
    ///
    /// # Errors
    /// If an amount does not fit.
    pub fn credited(&self, credit: Money, used: u32) -> Result<(Money, Self), MoneyError> {
        let left = self.left()?;
        let part = if left.is_negative() == credit.is_negative() {
            let size = left.minor().unsigned_abs().min(credit.minor().unsigned_abs());
            let size = i64::try_from(size).map_err(|_| MoneyError::Overflow(credit.to_string()))?;
            Money::new(if left.is_negative() { -size } else { size }, left.currency())
        } else {
            Money::zero(left.currency())
        };
        left.checked_sub(credit)?;
        let days = self
            .days
            .and_then(|days| Days::new(self.until.unwrap_or(days.from()), days.until()).ok());
        let state = Self {
            base: left.checked_sub(part)?,
            days,
            first_use: used.max(self.first_use),
            lapsed: self.lapsed,
            earned: Money::zero(left.currency()),
            until: None,
            turn: self.turn.saturating_add(1),
        };
        Ok((part, state))
    }
}

resolve! {
    Deferral: id, invoice, location, lot option;
}
