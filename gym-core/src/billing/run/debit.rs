//! What is given back is what was really charged: [`Debits`] knows what a period cost after its discounts.

use crate::billing::invoice::{Adjustment, Invoice, InvoiceState, Line, Source};
use crate::billing::obligation::{Charged, Component, Key, Obligation};
use crate::money::{Money, MoneyError};

/// The lines that charged periods, of invoices that are not void.
#[derive(Debug, Clone, Default)]
pub struct Debits<'a>(Vec<&'a Line>);

impl<'a> Debits<'a> {
    /// Collects the lines of an invoice that charged a period.
    pub fn note(&mut self, invoice: &'a Invoice) {
        if invoice.state != InvoiceState::Void {
            let fee = |key: Key| {
                matches!(
                    key,
                    Key::Period {
                        component: Component::Fee,
                        ..
                    }
                )
            };
            self.0
                .extend(invoice.lines.iter().filter(|line| fee(line.obligation.key)));
        }
    }

    /// Returns by how much a credit at list price must be lowered, because less than the list price was charged.
    ///
    /// A credit is for days that a line of the same membership charged, and its share of that line is the same
    /// before discounts as after. One for which there is no such line is left as it is.
    pub(crate) fn adjust(&self, credit: &Obligation) -> Result<Option<Adjustment>, MoneyError> {
        let Some(line) = self.line_of(credit) else {
            return Ok(None);
        };
        let list = line.obligation.amount;
        let charged = line
            .adjustments
            .iter()
            .try_fold(list, |price, it| price.checked_add(it.amount))?;
        if list.minor() <= 0 || charged == list {
            return Ok(None);
        }
        let exact = i128::from(credit.amount.minor()) * i128::from(charged.minor());
        let (size, all) = (exact.abs(), i128::from(list.minor()));
        let Ok(back) = i64::try_from((2 * size + all) / (2 * all)) else {
            return Err(MoneyError::Overflow(credit.amount.to_string()));
        };
        let amount = Money::new(back, list.currency())
            .checked_neg()?
            .checked_sub(credit.amount)?;
        let text = "As it was charged".to_owned();
        Ok((!amount.is_zero()).then_some(Adjustment {
            source: Source::Charged,
            amount,
            text,
        }))
    }

    fn line_of(&self, credit: &Obligation) -> Option<&'a Line> {
        let Charged::Membership(_) = credit.charged else {
            return None;
        };
        let days = credit.days?;
        let same = |line: &&Line| {
            line.obligation.charged == credit.charged
                && line.obligation.days.is_some_and(|paid| paid.overlaps(&days))
        };
        self.0.iter().copied().find(same)
    }
}
