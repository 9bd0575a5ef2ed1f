//! A [`MembershipType`] is what is sold; a [`PlanVersion`] is its [`Terms`] from a day on.
//!
//! Terms are frozen: a change makes a new version, and a membership keeps the version that was bought until
//! a version reaches it as its [`Reach`] says.
//!
//! ```
//! use gym_core::billing::tax::TaxCode;
//! use gym_core::membership::plan::Terms;
//! use gym_core::time::{Cycle, Unit};
//!
//! let mut terms = Terms::monthly("49.90 EUR".parse()?, TaxCode::new("membership")?);
//! terms.term = Some(Cycle::new(12, Unit::Month)?);
//! assert!(terms.check().is_ok());
//! terms.joining = Some("-5 EUR".parse()?);
//! assert_eq!(
//!     terms.check().unwrap_err().to_string(),
//!     "terms joining: -5.00 EUR is not accepted; expected 0 to 1000000000000 minor units of EUR",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::freeze::{Compensation, FreezeFee, FreezeRules};
use super::intro::Intro;
use super::jurisdiction::CoolingOff;
use crate::billing::tax::TaxCode;
use crate::id::{LocationId, MembershipTypeId, PlanVersionId};
use crate::money::Money;
use crate::time::Cycle;

/// A kind of membership that can be bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipType {
    /// The type.
    pub id: MembershipTypeId,
    /// What people call it.
    pub name: String,
    /// The one location where it is sold and valid; all if none.
    pub location: Option<LocationId>,
}

/// Which memberships a version of a plan reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Those sold from its day on.
    Sales,
    /// Those too that renew from its day on. One without an end renews with each period.
    Renewals,
    /// All: those that run pay the new price from the first period that starts on its day or later, and have the new
    /// allowance from the first of its cycles that does.
    Running,
}

impl Reach {
    /// Every reach.
    pub const ALL: [Self; 3] = [Self::Sales, Self::Renewals, Self::Running];

    /// Returns the name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sales => "sales",
            Self::Renewals => "renewals",
            Self::Running => "running",
        }
    }
}

/// The terms of a membership type from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanVersion {
    /// The version.
    pub id: PlanVersionId,
    /// Of which type.
    pub of: MembershipTypeId,
    /// From which civil day on it is sold.
    pub from: NaiveDate,
    /// Which memberships it reaches.
    pub reach: Reach,
    /// The terms.
    pub terms: Terms,
}

/// How billing periods lie in the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Periods {
    /// From the day of the month, or of the week, on which the membership started.
    #[default]
    Anniversary,
    /// From the first day of the month or year, or from Monday; the first period is a part of one.
    Calendar,
}

/// When the first period and the price of joining fall due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstDue {
    /// On the day of the sale.
    AtSale,
    /// On the first day of the membership.
    #[default]
    AtStart,
}

/// On which day a membership ends, once notice and commitment are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndsOn {
    /// On any day.
    AnyDay,
    /// With a billing period.
    #[default]
    PeriodEnd,
    /// With a calendar month.
    MonthEnd,
}

/// What happens at the end of a term without notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtEnd {
    /// It ends.
    #[default]
    Expire,
    /// Another term begins, of this length.
    Renew(Cycle),
    /// It goes on until notice.
    MonthToMonth,
}

/// A membership that several people use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    /// How many people the price includes, the first among them.
    pub included: u32,
    /// How many people may use it at one time.
    pub most: u32,
    /// The price of one more person for a period.
    pub each_additional: Money,
}

/// How often a membership may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// How many uses.
    pub uses: u32,
    /// In which time, counted from the first day of the membership.
    pub per: Cycle,
    /// What of it is not lost with its cycle; all is if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carry: Option<Carry>,
}

/// What of an allowance may be used after its cycle, if it was not used in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Carry {
    /// How many uses of a cycle at most.
    pub uses: u32,
    /// In how many cycles after their own; then they expire.
    pub cycles: u32,
}

/// What ending before the commitment costs: what the undiscounted price would have cost more for the days served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyEnd {
    /// The price of a period without the discount for the commitment.
    pub undiscounted: Money,
    /// The most that is charged.
    pub at_most: Option<Money>,
}

/// The terms of a membership, frozen in the version of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The price of a billing period.
    pub price: Money,
    /// How long a billing period is.
    pub cycle: Cycle,
    /// The price of joining, once.
    #[serde(default)]
    pub joining: Option<Money>,
    /// How billing periods lie in the calendar.
    #[serde(default)]
    pub periods: Periods,
    /// When the first period falls due; each other one does on its first day.
    #[serde(default)]
    pub first_due: FirstDue,
    /// How long a membership lasts; until notice if none.
    #[serde(default)]
    pub term: Option<Cycle>,
    /// How long a membership lasts at least, from its first day.
    #[serde(default)]
    pub commitment: Option<Cycle>,
    /// How long before the end notice is given.
    #[serde(default)]
    pub notice: Option<Cycle>,
    /// On which day it ends after notice.
    #[serde(default)]
    pub ends: EndsOn,
    /// What happens at the end of the term without notice.
    #[serde(default)]
    pub at_end: AtEnd,
    /// The time in which the club takes the contract back, beyond what the law says.
    #[serde(default)]
    pub cooling_off: Option<CoolingOff>,
    /// How it can be frozen; not at all if none.
    #[serde(default)]
    pub freeze: Option<FreezeRules>,
    /// What a person pays at first, once.
    #[serde(default)]
    pub intro: Option<Intro>,
    /// How several people use it; one alone if none.
    #[serde(default)]
    pub shared: Option<Shared>,
    /// What ending before the commitment costs; not possible if none.
    #[serde(default)]
    pub early: Option<EarlyEnd>,
    /// How often it may be used; without limit if none.
    #[serde(default)]
    pub allowance: Option<Allowance>,
    /// What kind of thing it is, for tax.
    pub tax: TaxCode,
}

/// A field of terms that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("terms {field}: {value} is not accepted; expected {expected}")]
pub struct InvalidTerms {
    /// The field.
    pub field: &'static str,
    /// What was given.
    pub value: String,
    /// What would be accepted.
    pub expected: String,
}

/// The largest price, in minor units: a thousand years of days at it fit 64 bits.
const DEAREST: i64 = 1_000_000_000_000;

fn require(
    ok: bool,
    field: &'static str,
    value: impl fmt::Display,
    expected: &str,
) -> Result<(), InvalidTerms> {
    if ok {
        return Ok(());
    }
    Err(InvalidTerms {
        field,
        value: value.to_string(),
        expected: expected.to_owned(),
    })
}

impl Terms {
    /// Makes the terms of a membership that runs by the month until notice, with nothing else to it.
    pub const fn monthly(price: Money, tax: TaxCode) -> Self {
        Self {
            price,
            cycle: Cycle::MONTH,
            joining: None,
            periods: Periods::Anniversary,
            first_due: FirstDue::AtStart,
            term: None,
            commitment: None,
            notice: None,
            ends: EndsOn::PeriodEnd,
            at_end: AtEnd::Expire,
            cooling_off: None,
            freeze: None,
            intro: None,
            shared: None,
            early: None,
            allowance: None,
            tax,
        }
    }

    /// Checks that every amount is in range and of one currency, and that the rules fit each other.
    ///
    /// # Errors
    /// The first field that does not.
    pub fn check(&self) -> Result<(), InvalidTerms> {
        for (field, amount) in self.amounts() {
            let currency = self.price.currency();
            let fits = amount.currency() == currency && (0..=DEAREST).contains(&amount.minor());
            require(
                fits,
                field,
                amount,
                &format!("0 to {DEAREST} minor units of {currency}"),
            )?;
        }
        if let Some(shared) = self.shared {
            let fits = shared.included >= 1 && shared.included <= shared.most && shared.most <= 10_000;
            let value = format!("{} included of {}", shared.included, shared.most);
            require(fits, "shared", value, "1 or more included of at most 10000")?;
        }
        if let Some(allowance) = self.allowance {
            require(
                (1..=10_000).contains(&allowance.uses),
                "allowance uses",
                allowance.uses,
                "1 to 10000",
            )?;
            if let Some(carry) = allowance.carry {
                let expected = format!("1 to the {} of a cycle", allowance.uses);
                let fits = (1..=allowance.uses).contains(&carry.uses);
                require(fits, "allowance carry uses", carry.uses, &expected)?;
                let fits = (1..=100).contains(&carry.cycles);
                require(fits, "allowance carry cycles", carry.cycles, "1 to 100")?;
            }
        }
        if let Some(early) = self.early {
            let dearer = early.undiscounted.minor() >= self.price.minor();
            require(
                dearer,
                "early undiscounted",
                early.undiscounted,
                &format!("at least {}", self.price),
            )?;
        }
        if let Some(intro) = self.intro {
            require(
                (1..=1_200).contains(&intro.periods),
                "intro periods",
                intro.periods,
                "1 to 1200",
            )?;
        }
        if let Some(cooling) = &self.cooling_off {
            require(
                (1..=3_660).contains(&cooling.days),
                "cooling_off days",
                cooling.days,
                "1 to 3660",
            )?;
        }
        self.check_freeze()
    }

    fn check_freeze(&self) -> Result<(), InvalidTerms> {
        let Some(freeze) = &self.freeze else { return Ok(()) };
        let fits = freeze.shortest >= 1 && freeze.longest.is_none_or(|longest| freeze.shortest <= longest);
        let value = format!("{} to {:?} days", freeze.shortest, freeze.longest);
        require(
            fits,
            "freeze shortest",
            value,
            "at least 1 day, and at most the longest",
        )?;
        let most = [
            freeze.longest.unwrap_or(0),
            freeze.days_per_year.unwrap_or(0),
            freeze.notice,
            freeze.backdated,
        ];
        let most = most.into_iter().max().unwrap_or(0);
        require(most <= 3_660, "freeze days", most, "at most 3660")?;
        let shifts = freeze.compensation == Compensation::Extend && self.periods == Periods::Calendar;
        require(
            !shifts,
            "freeze compensation",
            "extend",
            "credit or none, as calendar periods do not move",
        )
    }

    fn amounts(&self) -> impl Iterator<Item = (&'static str, Money)> {
        let fee = self.freeze.as_ref().and_then(|freeze| match freeze.fee {
            FreezeFee::Free => None,
            FreezeFee::Once(fee) | FreezeFee::PerPeriod(fee) => Some(fee),
        });
        let optional = [
            ("joining", self.joining),
            ("intro price", self.intro.map(|intro| intro.price)),
            (
                "shared each_additional",
                self.shared.map(|shared| shared.each_additional),
            ),
            ("early undiscounted", self.early.map(|early| early.undiscounted)),
            ("early at_most", self.early.and_then(|early| early.at_most)),
            ("freeze fee", fee),
        ];
        let given = |(field, amount): (_, Option<Money>)| Some((field, amount?));
        std::iter::once(("price", self.price)).chain(optional.into_iter().filter_map(given))
    }
}
