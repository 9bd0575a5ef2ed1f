//! A [`Certificate`] is what somebody has shown: an exemption from tax, a student's card.
//!
//! ```
//! use gym_core::billing::certificate::{Certificate, Shows};
//!
//! let card = Certificate {
//!     id: "1".parse()?,
//!     member: "7".parse()?,
//!     shows: Shows::Concession("student".to_owned()),
//!     reference: "card 4711".to_owned(),
//!     from: "2026-10-01".parse()?,
//!     until: Some("2027-09-30".parse()?),
//! };
//! assert!(card.is_on("2027-09-30".parse()?) && !card.is_on("2027-10-01".parse()?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::tax::TaxCode;
use crate::id::{CertificateId, MemberId};

/// What a certificate is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// No tax is due for these kinds of things, or for any if there are none.
    Exemption(BTreeSet<TaxCode>),
    /// Prices may be lower, for a `student`, a `senior` and the like.
    Concession(String),
}

/// What somebody has shown, and for which days it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The certificate.
    pub id: CertificateId,
    /// Whose it is.
    pub member: MemberId,
    /// What for.
    pub shows: Shows,
    /// What it says, such as its number.
    pub reference: String,
    /// The first day.
    pub from: NaiveDate,
    /// The last day; for good if none.
    pub until: Option<NaiveDate>,
}

impl Certificate {
    /// Whether it counts on a civil day.
    pub fn is_on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    /// Whether it is about tax.
    pub const fn is_exemption(&self) -> bool {
        matches!(self.shows, Shows::Exemption(_))
    }

    /// Whether no tax is due for a kind of thing on a day.
    pub fn exempts(&self, code: &TaxCode, day: NaiveDate) -> bool {
        let Shows::Exemption(codes) = &self.shows else {
            return false;
        };
        self.is_on(day) && (codes.is_empty() || codes.contains(code))
    }

    /// Returns the concession that counts on a day, if it is one.
    pub fn concession(&self, day: NaiveDate) -> Option<&str> {
        match &self.shows {
            Shows::Concession(name) if self.is_on(day) => Some(name),
            _ => None,
        }
    }
}
