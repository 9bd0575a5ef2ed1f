//! A [`CreditNote`] takes back what a line really charged, net and each tax, and never more than remains of it.
//!
//! What is taken is split over the net and the taxes of the line in proportion to what remains of each. No part can
//! be above what remains, and the last note takes the remainder: the notes always telescope to the invoice.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Objection;
use super::invoice::{Invoice, InvoiceState, Line, TaxShare};
use super::quote::buckets;
use crate::id::{CreditNoteId, InvoiceId, InvoiceLineId, LocationId, MemberId};
use crate::money::{Currency, Money, MoneyError, allocate};

/// What a credit note takes back of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditLine {
    /// The line of the invoice.
    pub line: InvoiceLineId,
    /// The amount without tax.
    pub net: Money,
    /// The taxes, by the components and rates of the line.
    pub taxes: Vec<TaxShare>,
    /// The amount with tax.
    pub gross: Money,
}

/// What is taken back of an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditNote {
    /// The credit note.
    pub id: CreditNoteId,
    /// Where it was made, whose numbers it takes.
    pub location: LocationId,
    /// Whose invoice it is.
    pub payer: MemberId,
    /// The invoice.
    pub invoice: InvoiceId,
    /// The invoice's currency.
    pub currency: Currency,
    /// Its number at the location, without gaps, from 1; apart from the numbers of invoices.
    pub number: u64,
    /// The civil day at the location on which it was made.
    pub issued_on: NaiveDate,
    /// Why.
    pub why: String,
    /// What is taken back, by line.
    pub lines: Vec<CreditLine>,
    /// The taxes of all lines by component and rate.
    pub taxes: Vec<TaxShare>,
    /// The sum of the lines' net amounts.
    pub net: Money,
    /// The sum of the taxes.
    pub tax: Money,
    /// What is taken back: net and tax.
    pub total: Money,
}

/// What is to be taken back of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Take {
    /// The line.
    pub line: InvoiceLineId,
    /// How much of it, with tax; all that remains if none.
    pub gross: Option<Money>,
}

/// What remains of an invoice's lines after its credit notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remaining<'a> {
    invoice: &'a Invoice,
    lines: BTreeMap<InvoiceLineId, CreditLine>,
}

impl<'a> Remaining<'a> {
    /// Takes the credit notes of an invoice off its lines.
    ///
    /// # Errors
    /// If a note is about a line that the invoice does not have, or about more than it charged.
    pub fn new(invoice: &'a Invoice, notes: &[&CreditNote]) -> Result<Self, Objection> {
        let whole = |line: &Line| CreditLine {
            line: line.id,
            net: line.net,
            taxes: line.taxes.clone(),
            gross: line.gross,
        };
        let lines = invoice.lines.iter().map(|line| (line.id, whole(line))).collect();
        let mut remaining = Self { invoice, lines };
        for taken in notes
            .iter()
            .filter(|it| it.invoice == invoice.id)
            .flat_map(|note| &note.lines)
        {
            remaining.subtract(taken)?;
        }
        Ok(remaining)
    }

    /// Returns what remains of a line.
    pub fn of(&self, line: InvoiceLineId) -> Option<&CreditLine> {
        self.lines.get(&line)
    }

    /// Takes something back; what remains is less by that afterwards.
    ///
    /// # Errors
    /// [`Objection::Line`], [`Objection::Credit`] if more is asked than remains or of the other sign,
    /// [`Objection::Nothing`] if nothing is left.
    pub fn take(&mut self, takes: &[Take]) -> Result<Vec<CreditLine>, Objection> {
        let mut taken = Vec::new();
        for take in takes {
            let part = self.part(take)?;
            if !part.gross.is_zero() {
                self.subtract(&part)?;
                taken.push(part);
            }
        }
        if taken.is_empty() {
            return Err(Objection::Nothing {
                invoice: self.invoice.id,
            });
        }
        Ok(taken)
    }

    /// Takes back all that remains.
    ///
    /// # Errors
    /// [`Objection::Nothing`] if nothing is left.
    pub fn take_all(&mut self) -> Result<Vec<CreditLine>, Objection> {
        let all: Vec<Take> = self
            .lines
            .keys()
            .map(|line| Take {
                line: *line,
                gross: None,
            })
            .collect();
        self.take(&all)
    }

    fn part(&self, take: &Take) -> Result<CreditLine, Objection> {
        let missing = || Objection::Line {
            line: take.line,
            invoice: self.invoice.id,
        };
        let left = self.lines.get(&take.line).ok_or_else(missing)?;
        let Some(asked) = take.gross else {
            return Ok(left.clone());
        };
        let over = left.gross.checked_sub(asked)?;
        let sign = left.gross.minor().signum();
        if asked.minor().signum() != sign || over.minor().signum() == -sign {
            let remaining = left.gross;
            return Err(Objection::Credit {
                line: take.line,
                asked,
                remaining,
            });
        }
        let amounts = std::iter::once(left.net).chain(left.taxes.iter().map(|it| it.tax));
        let weights: Vec<u64> = amounts.map(|it| it.minor().unsigned_abs()).collect();
        let parts = allocate(asked, &weights)?;
        let net = parts.first().copied().unwrap_or(asked);
        let taxes = left.taxes.iter().zip(parts.into_iter().skip(1));
        let taxes = taxes
            .map(|(share, tax)| TaxShare {
                net,
                tax,
                ..share.clone()
            })
            .collect();
        Ok(CreditLine {
            line: take.line,
            net,
            taxes,
            gross: asked,
        })
    }

    fn subtract(&mut self, part: &CreditLine) -> Result<(), Objection> {
        let missing = Objection::Line {
            line: part.line,
            invoice: self.invoice.id,
        };
        let left = self.lines.get_mut(&part.line).ok_or(missing)?;
        left.net = left.net.checked_sub(part.net)?;
        left.gross = left.gross.checked_sub(part.gross)?;
        for (share, taken) in left.taxes.iter_mut().zip(&part.taxes) {
            share.net = share.net.checked_sub(taken.net)?;
            share.tax = share.tax.checked_sub(taken.tax)?;
        }
        Ok(())
    }
}

impl CreditNote {
    /// Makes a credit note of what was taken back of an invoice.
    ///
    /// # Errors
    /// [`Objection::State`] if the invoice is a draft or void; if a sum does not fit.
    pub fn of(
        id: CreditNoteId,
        invoice: &Invoice,
        number: u64,
        issued_on: NaiveDate,
        why: String,
        lines: Vec<CreditLine>,
    ) -> Result<Self, Objection> {
        if matches!(invoice.state, InvoiceState::Draft | InvoiceState::Void) {
            let expected = "an open invoice".to_owned();
            return Err(Objection::State {
                invoice: invoice.id,
                state: invoice.state,
                expected,
            });
        }
        let currency = invoice.currency;
        let taxes = buckets(lines.iter().flat_map(|line| &line.taxes))?;
        let net = Money::sum(currency, lines.iter().map(|it| it.net))?;
        let tax = Money::sum(currency, taxes.iter().map(|it| it.tax))?;
        let total = sum_up(net, tax)?;
        let (location, payer) = (invoice.location, invoice.payer);
        let invoice = invoice.id;
        Ok(Self {
            id,
            location,
            payer,
            invoice,
            currency,
            number,
            issued_on,
            why,
            lines,
            taxes,
            net,
            tax,
            total,
        })
    }
}

fn sum_up(net: Money, tax: Money) -> Result<Money, MoneyError> {
    net.checked_add(tax)
}
