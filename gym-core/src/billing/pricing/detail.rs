//! A [`Detail`] of who pays or of what is priced: it is in a request only where a pricing wants it.
//!
//! What a pricing does not need it is not told, and what nobody wants is not kept with the invoice either. Ages are bands,
//! and the time somebody has been with the club is whole months: both say what a tariff needs, and no date of birth.
//!
//! ```
//! use gym_core::billing::pricing::Detail;
//!
//! assert_eq!(Detail::of("tenure.months"), Some(Detail::Tenure));
//! assert_eq!(Detail::of("code.1"), None);
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::billing::obligation::{Charged, Obligation};
use crate::booking::policy::Channel;
use crate::fact::{Fact, Facts};
use crate::id::{MemberId, PlanVersionId};
use crate::membership::contract::{Contract, DayState};
use crate::membership::plan::MembershipType;

/// The ages at which bands begin, in years.
const BANDS: [u32; 10] = [0, 14, 18, 21, 25, 30, 40, 50, 60, 65];

/// How many plans of a payer are told.
const PLANS: usize = 8;

/// Something that a pricing may want to be told, by the first word of the facts that tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Detail {
    /// Of the payer: `age.from`, the years at which the band of their age begins on the day, and `age.until`, those at which
    /// the next does, but in the last one. Bands begin at 0, 14, 18, 21, 25, 30, 40, 50, 60 and 65. Nothing where no date of
    /// birth is known.
    Age,
    /// Of the payer: `tenure.months`, the whole months since their first day at the club.
    Tenure,
    /// Of the payer: `plan.1.type` and `plan.1.name`, `plan.2.type` and so on, the types of the memberships that they have on
    /// the day, by id. Of a thing that a membership charges: `plan.type` and `plan.name`.
    Plan,
    /// Of a place in a class: `channel`, which is `club`, `online` or `aggregator`.
    Channel,
}

/// A text that is no detail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("detail: {0:?} is not accepted; expected age, tenure, plan or channel")]
pub struct InvalidDetail(pub String);

impl Detail {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Age, Self::Tenure, Self::Plan, Self::Channel];

    /// Returns its name: the first word of the keys of its facts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Tenure => "tenure",
            Self::Plan => "plan",
            Self::Channel => "channel",
        }
    }

    /// Returns what the fact of a key tells, if that is a detail.
    pub fn of(key: &str) -> Option<Self> {
        key.split('.').next()?.parse().ok()
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Detail {
    type Err = InvalidDetail;

    fn from_str(text: &str) -> Result<Self, InvalidDetail> {
        let found = Self::ALL.into_iter().find(|it| it.as_str() == text);
        found.ok_or_else(|| InvalidDetail(text.chars().take(60).collect()))
    }
}

/// What is known beside what every request has, as far as it is wanted.
#[derive(Debug, Clone, Default)]
pub struct Known<'a> {
    /// What pricings want to be told.
    pub wanted: BTreeSet<Detail>,
    /// Who pays.
    pub payers: BTreeMap<MemberId, Payer<'a>>,
    /// Of which type the versions of plans are.
    pub plans: BTreeMap<PlanVersionId, &'a MembershipType>,
    /// Where bookings come from.
    pub channels: BTreeMap<Charged, Channel>,
}

/// What is known of somebody who pays.
#[derive(Debug, Clone)]
pub struct Payer<'a> {
    /// The date of birth.
    pub born_on: Option<NaiveDate>,
    /// Their first day at the club.
    pub joined_on: NaiveDate,
    /// Their memberships.
    pub contracts: Vec<Contract<'a>>,
}

impl Known<'_> {
    /// Returns what is told of a payer on a day.
    pub fn of_payer(&self, payer: MemberId, on: NaiveDate) -> Facts {
        let Some(payer) = self.payers.get(&payer) else {
            return Facts::default();
        };
        let mut told = Told::default();
        if self.wanted.contains(&Detail::Age) {
            payer.tell_age(on, &mut told);
        }
        if self.wanted.contains(&Detail::Tenure) {
            told.whole("tenure.months", i64::from(months(payer.joined_on, on)));
        }
        if self.wanted.contains(&Detail::Plan) {
            payer.tell_plans(on, &mut told);
        }
        told.0
    }

    /// Returns what is told of a thing that is priced.
    pub fn of_item(&self, owed: &Obligation) -> Facts {
        let mut told = Told::default();
        let plan = owed.plan.and_then(|plan| self.plans.get(&plan));
        if let Some(kind) = plan.filter(|_| self.wanted.contains(&Detail::Plan)) {
            told.kind("plan", kind);
        }
        let channel = self.channels.get(&owed.charged);
        if let Some(channel) = channel.filter(|_| self.wanted.contains(&Detail::Channel)) {
            told.tell("channel", Fact::Text(channel.to_string()));
        }
        told.0
    }
}

impl Payer<'_> {
    fn tell_age(&self, on: NaiveDate, told: &mut Told) {
        let Some(age) = self.born_on.and_then(|born| on.years_since(born)) else {
            return;
        };
        let begun = BANDS.iter().rposition(|from| *from <= age).unwrap_or(0);
        told.whole("age.from", i64::from(BANDS[begun]));
        if let Some(until) = BANDS.get(begun + 1) {
            told.whole("age.until", i64::from(*until));
        }
    }

    fn tell_plans(&self, on: NaiveDate, told: &mut Told) {
        let held = |it: &&Contract<'_>| !matches!(it.on(on), DayState::Before | DayState::Over);
        let kinds = self.contracts.iter().filter(held).map(|it| (it.kind.id, it.kind));
        let kinds: BTreeMap<_, _> = kinds.collect();
        for (number, kind) in (1..).zip(kinds.into_values()).take(PLANS) {
            told.kind(&format!("plan.{number}"), kind);
        }
    }
}

/// Returns the whole months from a day to another; none of what has not begun.
fn months(from: NaiveDate, on: NaiveDate) -> u32 {
    let counted = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
    let begun = i64::from(on.day() < from.day() && on.succ_opt().is_none_or(|next| next.day() != 1));
    u32::try_from(counted(on) - counted(from) - begun).unwrap_or(0)
}

/// Facts as they are told. What is no fact, as a name that is no line, is not.
#[derive(Default)]
struct Told(Facts);

impl Told {
    fn tell(&mut self, key: &str, fact: Fact) {
        let known = self.0.clone();
        self.0 = std::mem::take(&mut self.0).with(key, fact).unwrap_or(known);
    }

    fn whole(&mut self, key: &str, number: i64) {
        self.tell(key, Fact::Whole(number));
    }

    fn kind(&mut self, key: &str, kind: &MembershipType) {
        self.whole(&format!("{key}.type"), kind.id.get());
        self.tell(&format!("{key}.name"), Fact::Text(kind.name.clone()));
    }
}
