//! [`Terms`]: what a piece of work is worth, and one line that says why.

use serde::{Deserialize, Serialize};

use super::NotYet;
use crate::id::TrainerId;
use crate::money::{Currency, Money, MoneyError, allocate};

/// What the amount is reckoned by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The same for each class or session.
    Each(Money),
    /// For each head that counts.
    PerHead(Money),
    /// A share of what the work took in, without tax, in thousandths.
    Share {
        /// The share: 400 is 40 %.
        per_mille: u32,
    },
    /// By how many heads count, the bands rising; fewer than the first band holds is worth nothing.
    Bands(Vec<Band>),
}

/// What work is worth from a number of heads on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    /// From how many heads on.
    pub heads: u32,
    /// How much.
    pub amount: Money,
}

/// Who helps, and is paid out of what the work is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assistant {
    /// Who.
    pub trainer: TrainerId,
    /// Their share, in thousandths.
    pub per_mille: u32,
}

/// What a piece of work is worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// What the amount is reckoned by.
    pub basis: Basis,
    /// The least that work with bookings is worth.
    #[serde(default)]
    pub minimum: Option<Money>,
    /// What work is worth that nobody booked.
    #[serde(default)]
    pub no_registration: Option<Money>,
    /// Whether who cancelled late counts as a head.
    #[serde(default)]
    pub late_cancel_counts: bool,
    /// Whether who did not come counts as a head.
    #[serde(default)]
    pub no_show_counts: bool,
    /// Whether it is paid only when all that it was sold for is paid.
    #[serde(default)]
    pub only_funded: bool,
    /// Who helps.
    #[serde(default)]
    pub assistant: Option<Assistant>,
}

/// What was delivered: the facts of a class or a session that pay is reckoned by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Whether it is over.
    pub over: bool,
    /// How many bookings are marked neither attended nor absent.
    pub unmarked: u32,
    /// How many came.
    pub attended: u32,
    /// How many cancelled late.
    pub late_cancelled: u32,
    /// How many did not come.
    pub no_shows: u32,
    /// What it took in, without tax, with what the visits are worth that passes and memberships cover.
    pub revenue: Money,
    /// What of that passes and memberships cover.
    pub covered: Money,
    /// What of that is not paid.
    pub unpaid: Money,
}

impl Delivered {
    /// Starts with nothing, in a currency.
    pub const fn nothing(currency: Currency) -> Self {
        Self {
            over: false,
            unmarked: 0,
            attended: 0,
            late_cancelled: 0,
            no_shows: 0,
            revenue: Money::zero(currency),
            covered: Money::zero(currency),
            unpaid: Money::zero(currency),
        }
    }

    /// Whether anybody had booked it, and not cancelled in time.
    pub const fn was_booked(&self) -> bool {
        self.attended > 0 || self.late_cancelled > 0 || self.no_shows > 0 || self.unmarked > 0
    }
}

impl Terms {
    /// Makes terms of a basis, without anything else.
    pub const fn new(basis: Basis) -> Self {
        Self {
            basis,
            minimum: None,
            no_registration: None,
            late_cancel_counts: false,
            no_show_counts: false,
            only_funded: false,
            assistant: None,
        }
    }

    /// Returns why the work is not paid yet, if it is not: it is completed and funded first.
    pub fn gate(&self, work: &Delivered) -> Option<NotYet> {
        if !work.over {
            return Some(NotYet::NotOver);
        }
        if work.unmarked > 0 {
            return Some(NotYet::NotMarked {
                waiting: work.unmarked,
            });
        }
        if self.only_funded && work.unpaid.minor() > 0 {
            return Some(NotYet::NotFunded { missing: work.unpaid });
        }
        None
    }

    /// Returns how many heads count.
    pub const fn heads(&self, work: &Delivered) -> u32 {
        let late = if self.late_cancel_counts {
            work.late_cancelled
        } else {
            0
        };
        let absent = if self.no_show_counts { work.no_shows } else { 0 };
        work.attended.saturating_add(late).saturating_add(absent)
    }

    /// Returns what the work is worth, and why in one line.
    ///
    /// # Errors
    /// If an amount does not fit, or the amounts are in several currencies.
    pub fn pay(&self, work: &Delivered) -> Result<(Money, String), MoneyError> {
        let nothing = Money::zero(work.revenue.currency());
        let heads = self.heads(work);
        if !work.was_booked() {
            let amount = nothing.checked_add(self.no_registration.unwrap_or(nothing))?;
            return Ok((amount, format!("nobody booked: {amount}")));
        }
        let (amount, text) = match &self.basis {
            Basis::Each(amount) if heads == 0 => (nothing, format!("0 heads count: nothing of {amount}")),
            Basis::Each(amount) => (*amount, format!("{amount} for it")),
            Basis::PerHead(amount) => {
                let all = amount.checked_mul(i64::from(heads))?;
                (all, format!("{heads} × {amount} = {all}"))
            }
            Basis::Share { per_mille } => {
                let rest = 1000_u32.saturating_sub(*per_mille);
                let parts = allocate(work.revenue, &[u64::from(*per_mille), u64::from(rest)])?;
                let share = parts.first().copied().unwrap_or(nothing);
                let (whole, tenth) = (per_mille / 10, per_mille % 10);
                let text = format!("{whole}.{tenth} % of {}{} = {share}", work.revenue, covered(work));
                (share, text)
            }
            Basis::Bands(bands) => {
                let band = bands.iter().rev().find(|band| band.heads <= heads);
                match band {
                    Some(band) => (
                        band.amount,
                        format!("{heads} heads, from {} on {}", band.heads, band.amount),
                    ),
                    None => (nothing, format!("{heads} heads, below the first band")),
                }
            }
        };
        let amount = nothing.checked_add(amount)?;
        match self.minimum {
            Some(least) if nothing.checked_add(least)?.minor() > amount.minor() => {
                Ok((least, format!("{text}, at least {least}")))
            }
            _ => Ok((amount, text)),
        }
    }

    /// Splits an amount between trainer and assistant; the parts sum to it.
    ///
    /// # Errors
    /// If the shares make no sense.
    pub fn split(&self, amount: Money) -> Result<(Money, Option<Money>), MoneyError> {
        let Some(assistant) = self.assistant else {
            return Ok((amount, None));
        };
        let rest = 1000_u32.saturating_sub(assistant.per_mille);
        let parts = allocate(amount, &[u64::from(rest), u64::from(assistant.per_mille)])?;
        let zero = Money::zero(amount.currency());
        Ok((parts.first().copied().unwrap_or(zero), parts.get(1).copied()))
    }

    /// Returns what makes no sense, if something does not: an amount below zero or in another currency, shares above
    /// the whole, bands that do not rise.
    pub fn fault(&self, currency: Currency) -> Option<String> {
        let bands: &[Band] = match &self.basis {
            Basis::Bands(bands) => bands,
            _ => &[],
        };
        let single = match &self.basis {
            Basis::Each(amount) | Basis::PerHead(amount) => Some(*amount),
            _ => None,
        };
        let amounts = [single, self.minimum, self.no_registration].into_iter().flatten();
        for amount in amounts.chain(bands.iter().map(|band| band.amount)) {
            if amount.is_negative() || amount.currency() != currency {
                return Some(format!(
                    "pay: {amount} is not accepted; expected an amount of at least 0 in {currency}"
                ));
            }
        }
        if matches!(&self.basis, Basis::Bands(bands) if bands.is_empty())
            || bands.windows(2).any(|pair| pair[0].heads >= pair[1].heads)
        {
            return Some(
                "bands: they do not rise; expected each to start at more heads than the one before"
                    .to_owned(),
            );
        }
        let share = match self.basis {
            Basis::Share { per_mille } => per_mille,
            _ => 0,
        };
        let most = share.max(self.assistant.map_or(0, |it| it.per_mille));
        (most > 1000).then(|| format!("share: {most} is not accepted; expected at most 1000 thousandths"))
    }
}

/// Says how much of what work took in passes and memberships cover.
fn covered(work: &Delivered) -> String {
    if work.covered.is_zero() {
        return String::new();
    }
    format!(", of which {} by passes and memberships,", work.covered)
}
