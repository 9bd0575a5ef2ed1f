//! [`assess`] splits amounts into net, taxes and gross; every sum holds to the minor unit.

use super::{Prices, Rounding, TaxComponent, WHOLE};
use crate::billing::Objection;
use crate::billing::invoice::TaxShare;
use crate::money::{Money, MoneyError, allocate};

/// What an amount bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bearing<'a> {
    /// Whether the amount includes the tax.
    pub prices: Prices,
    /// Where the tax is rounded.
    pub rounding: Rounding,
    /// The taxes.
    pub components: &'a [TaxComponent],
    /// Whether the payer is exempt: the net is as it would be otherwise, and every component is there at rate 0.
    pub exempt: bool,
}

/// An amount, split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taxed {
    /// The amount without tax.
    pub net: Money,
    /// The taxes, in the order of the components.
    pub taxes: Vec<TaxShare>,
    /// Net and taxes.
    pub gross: Money,
}

impl Bearing<'_> {
    /// Bears nothing.
    pub(crate) const NONE: Self = Self {
        prices: Prices::Exclusive,
        rounding: Rounding::PerLine,
        components: &[],
        exempt: false,
    };

    fn rate(&self) -> u64 {
        self.components.iter().map(|it| u64::from(it.rate)).sum()
    }

    /// Returns the tax of an amount, rounded once, halves away from zero.
    fn tax(&self, amount: i128) -> i128 {
        let rate = i128::from(self.rate());
        let base = i128::from(WHOLE) + if self.prices == Prices::Inclusive { rate } else { 0 };
        let size = (2 * amount.abs() * rate + base) / (2 * base);
        if amount < 0 { -size } else { size }
    }
}

/// Splits amounts of one currency. What is rounded per invoice is rounded over all amounts that bear the same.
///
/// Amounts above and below zero are rounded so that the sum is right, and each side gets its part.
///
/// # Errors
/// If amounts are in different currencies, or a gross does not fit.
pub fn assess(amounts: &[(Money, Bearing<'_>)]) -> Result<Vec<Taxed>, Objection> {
    let mut split: Vec<Option<Taxed>> = vec![None; amounts.len()];
    for first in 0..amounts.len() {
        if split[first].is_some() {
            continue;
        }
        let bearing = amounts[first].1;
        let alike = |at: &usize| bearing.rounding == Rounding::PerInvoice && amounts[*at].1 == bearing;
        let group: Vec<usize> = std::iter::once(first)
            .chain((first + 1..amounts.len()).filter(alike))
            .collect();
        let of: Vec<Money> = group.iter().map(|at| amounts[*at].0).collect();
        for (at, taxed) in group.into_iter().zip(together(&of, &bearing)?) {
            split[at] = Some(taxed);
        }
    }
    Ok(split.into_iter().flatten().collect())
}

/// Splits amounts that bear the same, rounding once.
fn together(amounts: &[Money], bearing: &Bearing<'_>) -> Result<Vec<Taxed>, Objection> {
    let Some(currency) = amounts.first().map(|it| it.currency()) else {
        return Ok(Vec::new());
    };
    if let Some(other) = amounts.iter().find(|it| it.currency() != currency) {
        return Err(Objection::Mixed {
            left: amounts[0],
            right: *other,
        });
    }
    let sum = |negative: bool| -> i128 {
        let side = amounts.iter().filter(|it| it.is_negative() == negative);
        side.map(|it| i128::from(it.minor())).sum()
    };
    let (above, below) = (sum(false), sum(true));
    let money = |minor: i128| {
        let minor =
            i64::try_from(minor).map_err(|_| MoneyError::Overflow(format!("a tax of {minor} {currency}")));
        minor.map(|minor| Money::new(minor, currency))
    };
    // What is below zero is rounded alone; what is above gets the rest of the rounded sum, which is not below zero.
    let refunded = bearing.tax(below);
    let charged = bearing.tax(above + below) - refunded;
    let mut taxes = vec![Vec::new(); amounts.len()];
    spread(amounts, bearing, money(charged)?, false, &mut taxes)?;
    spread(amounts, bearing, money(refunded)?, true, &mut taxes)?;
    let split = amounts.iter().zip(taxes);
    split
        .map(|(amount, taxes)| Ok(share(*amount, bearing, taxes)?))
        .collect()
}

/// Gives the amounts of one sign their parts of a tax: by amount, and by component so that both add up.
fn spread(
    amounts: &[Money],
    bearing: &Bearing<'_>,
    tax: Money,
    negative: bool,
    taxes: &mut [Vec<Money>],
) -> Result<(), MoneyError> {
    let side: Vec<usize> = (0..amounts.len())
        .filter(|at| amounts[*at].is_negative() == negative)
        .collect();
    let none = vec![Money::zero(tax.currency()); bearing.components.len()];
    if tax.is_zero() {
        side.into_iter().for_each(|at| taxes[at].clone_from(&none));
        return Ok(());
    }
    let rates: Vec<u64> = bearing.components.iter().map(|it| u64::from(it.rate)).collect();
    let mut columns = allocate(tax, &rates)?;
    let weights: Vec<u64> = side
        .iter()
        .map(|at| amounts[*at].minor().unsigned_abs())
        .collect();
    for (at, part) in side.into_iter().zip(allocate(tax, &weights)?) {
        if part.is_zero() {
            taxes[at].clone_from(&none);
            continue;
        }
        // By what is left of each component: no part is above what is left, and the last amount takes all of it.
        let left: Vec<u64> = columns.iter().map(|it| it.minor().unsigned_abs()).collect();
        taxes[at] = allocate(part, &left)?;
        for (column, share) in columns.iter_mut().zip(&taxes[at]) {
            *column = column.checked_sub(*share)?;
        }
    }
    Ok(())
}

fn share(amount: Money, bearing: &Bearing<'_>, taxes: Vec<Money>) -> Result<Taxed, MoneyError> {
    let tax = Money::sum(amount.currency(), taxes.iter().copied())?;
    let net = match bearing.prices {
        Prices::Inclusive => amount.checked_sub(tax)?,
        Prices::Exclusive => amount,
    };
    let borne = bearing.components.iter().zip(taxes);
    let taxes = borne.map(|(component, tax)| TaxShare {
        name: component.name.clone(),
        rate: if bearing.exempt { 0 } else { component.rate },
        net,
        tax: if bearing.exempt {
            Money::zero(tax.currency())
        } else {
            tax
        },
    });
    let gross = if bearing.exempt {
        net
    } else {
        net.checked_add(tax)?
    };
    Ok(Taxed {
        net,
        taxes: taxes.collect(),
        gross,
    })
}
