//! A [`Share`] is an amount with its taxes, of which shares can be taken to the minor unit.

use std::cmp::Ordering;

use crate::billing::invoice::TaxShare;
use crate::billing::tax::Taxed;
use crate::money::{Money, MoneyError};

/// An amount as prices say it, and what it is without tax, by tax, and with tax.
#[derive(Debug, Clone)]
pub(super) struct Share {
    pub(super) amount: Money,
    net: Money,
    gross: Money,
    taxes: Vec<TaxShare>,
}

impl Share {
    pub(super) fn new(
        amount: Money,
        net: Money,
        gross: Money,
        taxes: &[TaxShare],
    ) -> Result<Self, MoneyError> {
        amount.checked_sub(net)?;
        let taxes = taxes.to_vec();
        Ok(Self {
            amount,
            net,
            gross,
            taxes,
        })
    }

    /// Adds a part to a sum.
    pub(super) fn add_to(sum: &mut Option<Self>, part: &Self) -> Result<(), MoneyError> {
        if let Some(sum) = sum {
            return sum.add(part);
        }
        *sum = Some(part.clone());
        Ok(())
    }

    fn add(&mut self, part: &Self) -> Result<(), MoneyError> {
        self.amount = self.amount.checked_add(part.amount)?;
        self.net = self.net.checked_add(part.net)?;
        self.gross = self.gross.checked_add(part.gross)?;
        for more in &part.taxes {
            let alike = |it: &&mut TaxShare| it.name == more.name && it.rate == more.rate;
            if let Some(share) = self.taxes.iter_mut().find(alike) {
                share.net = share.net.checked_add(more.net)?;
                share.tax = share.tax.checked_add(more.tax)?;
            } else {
                self.taxes.push(more.clone());
            }
        }
        Ok(())
    }

    /// Returns the share of it that has another amount: each tax is rounded once, and all add up.
    pub(super) fn at(&self, amount: i64) -> Result<Self, MoneyError> {
        let whole = self.amount.minor();
        let scaled = |of: Money| share(of, amount, whole);
        let mut taxes = self.taxes.clone();
        for tax in &mut taxes {
            (tax.net, tax.tax) = (scaled(tax.net)?, scaled(tax.tax)?);
        }
        let tax = Money::sum(self.amount.currency(), taxes.iter().map(|it| it.tax))?;
        let inclusive = self.gross == self.amount;
        let (net, gross) = if inclusive {
            let gross = scaled(self.gross)?;
            (gross.checked_sub(tax)?, gross)
        } else {
            let net = scaled(self.net)?;
            (net, net.checked_add(tax)?)
        };
        for (share, was) in taxes.iter_mut().zip(&self.taxes) {
            if was.net == self.net {
                share.net = net;
            }
        }
        Ok(Self {
            amount: Money::new(amount, self.amount.currency()),
            net,
            gross,
            taxes,
        })
    }

    /// Returns what takes what is `left` of it to an amount. Going down it is a share of what is left, going up first one
    /// of what was taken: however cents were rounded on the way, no tax is taken that is not there, and all of what was
    /// taken is as it was.
    pub(super) fn step(&self, left: &Self, amount: i64) -> Result<Self, MoneyError> {
        let was = left.amount.minor();
        match amount.cmp(&was) {
            Ordering::Less => left.at(amount)?.less(left),
            Ordering::Equal => self.at(0),
            Ordering::Greater => {
                let taken = self.clone().less(left)?;
                let again = (amount - was).min(taken.amount.minor());
                if again <= 0 {
                    return self.at(amount - was);
                }
                let mut part = taken.at(again)?;
                part.add(&self.at(amount - was - again)?)?;
                Ok(part)
            }
        }
    }

    /// Returns what comes to it from another part of the same taxes.
    fn less(mut self, other: &Self) -> Result<Self, MoneyError> {
        self.amount = self.amount.checked_sub(other.amount)?;
        self.net = self.net.checked_sub(other.net)?;
        self.gross = self.gross.checked_sub(other.gross)?;
        for share in &mut self.taxes {
            let alike = |it: &&TaxShare| it.name == share.name && it.rate == share.rate;
            if let Some(taken) = other.taxes.iter().find(alike) {
                share.net = share.net.checked_sub(taken.net)?;
                share.tax = share.tax.checked_sub(taken.tax)?;
            }
        }
        Ok(self)
    }

    pub(super) fn taxed(&self) -> Taxed {
        Taxed {
            net: self.net,
            taxes: self.taxes.clone(),
            gross: self.gross,
        }
    }
}

/// Returns `amount · part / whole`, halves away from zero; all of it if `whole` is nothing.
pub(super) fn share(amount: Money, part: i64, whole: i64) -> Result<Money, MoneyError> {
    if whole == 0 || part == whole {
        return Ok(amount);
    }
    amount.share(part.into(), whole.into())
}
