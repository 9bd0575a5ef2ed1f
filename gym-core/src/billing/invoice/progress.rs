//! How an [`Invoice`] comes along: opened, settled, credited, given up. Lines change in a draft alone.

use chrono::NaiveDate;

use super::{Invoice, InvoiceState, Line};
use crate::billing::Objection;
use crate::billing::credit_note::CreditNote;
use crate::billing::instalment::Schedule;
use crate::billing::obligation::Key;
use crate::billing::quote::Quote;
use crate::id::InvoiceId;
use crate::money::{Money, MoneyError};

impl Invoice {
    /// Makes a draft of what was quoted.
    pub fn draft(id: InvoiceId, quote: Quote) -> Self {
        let nothing = Money::zero(quote.currency);
        Self {
            id,
            location: quote.location,
            payer: quote.payer,
            currency: quote.currency,
            number: None,
            state: InvoiceState::Draft,
            issued_on: quote.on,
            due_on: quote.on,
            lines: quote.lines,
            taxes: quote.taxes,
            net: quote.net,
            tax: quote.tax,
            total: quote.total,
            settled: nothing,
            credited: nothing,
            schedule: None,
            dropped: quote.dropped,
            priced: quote.priced,
        }
    }

    /// Opens a draft: gives it its number and days, after which nothing but its progress changes.
    ///
    /// # Errors
    /// [`Objection::State`] if it is not a draft, [`Objection::Instalments`] if the parts are not the total.
    pub fn open(
        mut self,
        number: u64,
        issued_on: NaiveDate,
        due_on: NaiveDate,
        schedule: Option<Schedule>,
    ) -> Result<Self, Objection> {
        self.expect(self.state == InvoiceState::Draft, "a draft")?;
        if let Some(schedule) = &schedule {
            let sum = schedule.total()?;
            if sum != self.total {
                return Err(Objection::Instalments {
                    sum,
                    total: self.total,
                });
            }
        }
        self.number = Some(number);
        (self.issued_on, self.due_on, self.schedule) = (issued_on, due_on, schedule);
        self.state = self.reached()?;
        Ok(self)
    }

    /// Returns what is still to be paid; negative if it is owed to the payer.
    ///
    /// # Errors
    /// If it does not fit.
    pub fn outstanding(&self) -> Result<Money, MoneyError> {
        self.total.checked_sub(self.settled)?.checked_sub(self.credited)
    }

    /// Settles a part, or takes a part back if the amount is negative, as when a payment is disputed.
    ///
    /// # Errors
    /// [`Objection::State`] for a draft or a void one, [`Objection::Amount`] if more is settled than is outstanding
    /// or more taken back than was settled.
    pub fn settle(&mut self, amount: Money) -> Result<(), Objection> {
        self.expect(self.is_issued(), "an open invoice")?;
        let settled = self.settled.checked_add(amount)?;
        let outstanding = self.outstanding()?;
        let fits = if amount.is_negative() == self.total.is_negative() {
            outstanding.checked_sub(amount)?.minor().signum() != -amount.minor().signum()
        } else {
            settled.minor().signum() != amount.minor().signum()
        };
        if !fits {
            let expected = format!(
                "at most the {outstanding} outstanding, or the {} settled back",
                self.settled
            );
            return Err(Objection::Amount {
                field: "amount".to_owned(),
                amount,
                expected,
            });
        }
        self.settled = settled;
        self.state = self.reached()?;
        Ok(())
    }

    /// Takes a credit note off it.
    ///
    /// # Errors
    /// [`Objection::State`] for a draft or a void one; if the sums do not fit.
    pub fn credit(&mut self, note: &CreditNote) -> Result<(), Objection> {
        self.expect(self.is_issued(), "an open invoice")?;
        self.credited = self.credited.checked_add(note.total)?;
        self.state = self.reached()?;
        Ok(())
    }

    /// Checks that it can be void: a draft, or one of which nothing is paid.
    ///
    /// # Errors
    /// [`Objection::State`], or [`Objection::Settled`] if something is paid.
    pub fn may_be_void(&self) -> Result<(), Objection> {
        if !self.settled.is_zero() {
            return Err(Objection::Settled {
                invoice: self.id,
                settled: self.settled,
            });
        }
        self.expect(self.state != InvoiceState::Void, "one that is not void")
    }

    /// Checks that it can be written off: something of it is still to be paid.
    ///
    /// # Errors
    /// [`Objection::State`].
    pub fn may_be_written_off(&self) -> Result<(), Objection> {
        let owed = self.state.is_due() && !self.outstanding()?.is_negative();
        self.expect(owed, "one that is open or partially paid")
    }

    /// Returns the live keys: what it charges, unless it is void.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        let live = self.state != InvoiceState::Void;
        self.lines
            .iter()
            .filter(move |_| live)
            .map(|line| line.obligation.key)
    }

    /// Finds a line.
    ///
    /// # Errors
    /// [`Objection::Line`] if it is not on this invoice.
    pub fn line(&self, id: crate::id::InvoiceLineId) -> Result<&Line, Objection> {
        let found = self.lines.iter().find(|line| line.id == id);
        found.ok_or(Objection::Line {
            line: id,
            invoice: self.id,
        })
    }

    const fn is_issued(&self) -> bool {
        !matches!(self.state, InvoiceState::Draft | InvoiceState::Void)
    }

    fn expect(&self, ok: bool, expected: &str) -> Result<(), Objection> {
        if ok {
            return Ok(());
        }
        let (invoice, state) = (self.id, self.state);
        Err(Objection::State {
            invoice,
            state,
            expected: expected.to_owned(),
        })
    }

    /// Returns the state that what is settled and credited makes; what was given up stays so until it is paid.
    fn reached(&self) -> Result<InvoiceState, MoneyError> {
        let left = self.outstanding()?.minor();
        let done = if self.total.is_negative() {
            left == 0
        } else {
            left <= 0
        };
        let begun = !self.settled.is_zero() || !self.credited.is_zero();
        Ok(match self.state {
            _ if done => InvoiceState::Paid,
            InvoiceState::Uncollectible => InvoiceState::Uncollectible,
            _ if begun => InvoiceState::PartiallyPaid,
            _ => InvoiceState::Open,
        })
    }
}

impl Line {
    /// Returns what is charged as the price list counts, with or without tax: the amount and its adjustments.
    ///
    /// # Errors
    /// If it does not fit.
    pub fn charged(&self) -> Result<Money, MoneyError> {
        let mut adjustments = self.adjustments.iter();
        adjustments.try_fold(self.obligation.amount, |price, it| price.checked_add(it.amount))
    }
}
