//! Whether the waiver in force is signed, by whom it must be.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::objection::Objection;
use super::{Signature, WaiverVersion};
use crate::event::{Ids, Resolve};
use crate::id::{LocationId, MemberId};

/// Who signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signer {
    /// The member, of age.
    Member,
    /// Another person of age who answers for the member, who is not.
    Guardian(MemberId),
}

impl Resolve for Signer {
    fn resolve(&mut self, ids: &Ids) {
        if let Self::Guardian(id) = self {
            id.resolve(ids);
        }
    }
}

/// The waivers and the signatures of one person.
#[derive(Debug, Clone, Copy)]
pub struct WaiverFacts<'a> {
    /// All versions.
    pub versions: &'a [&'a WaiverVersion],
    /// What was signed for the person.
    pub signed: &'a [&'a Signature],
    /// When the person was born; who has not said so is of age.
    pub born_on: Option<NaiveDate>,
}

/// Returns the civil day on which a person reaches an age; the 29th of February is followed by the 1st of March.
pub(crate) fn comes_of_age(born_on: NaiveDate, years: u32) -> NaiveDate {
    let year = born_on
        .year()
        .saturating_add(i32::try_from(years).unwrap_or(i32::MAX));
    born_on
        .with_year(year)
        .or_else(|| NaiveDate::from_ymd_opt(year, 3, 1))
        .unwrap_or(NaiveDate::MAX)
}

/// Returns the version that binds at a location on a day: the newest that is required by then.
pub(crate) fn in_force<'a>(
    versions: impl IntoIterator<Item = &'a WaiverVersion>,
    location: LocationId,
    on: NaiveDate,
) -> Option<&'a WaiverVersion> {
    let here = |version: &&WaiverVersion| version.location.is_none_or(|at| at == location);
    let versions = versions
        .into_iter()
        .filter(here)
        .filter(|version| version.required_from <= on);
    versions.max_by_key(|version| (version.required_from, version.id))
}

impl WaiverFacts<'_> {
    /// Whether somebody is not of age on a day; who has not said when they were born is.
    pub(crate) fn is_minor(born_on: Option<NaiveDate>, on: NaiveDate, adult_age: u32) -> bool {
        born_on.is_some_and(|born| on < comes_of_age(born, adult_age))
    }

    /// Says what is missing at a location on a day, if something is.
    pub(crate) fn missing(&self, location: LocationId, on: NaiveDate, adult_age: u32) -> Option<Objection> {
        let version = in_force(self.versions.iter().copied(), location, on)?;
        let of_age_on = self.born_on.map(|born| comes_of_age(born, adult_age));
        let minor = of_age_on.is_some_and(|day| on < day);
        let binds = |signed: &&&Signature| {
            let signed_as_minor = of_age_on.is_some_and(|day| signed.on < day);
            let by_themself = signed.by == Signer::Member && !signed_as_minor;
            signed.waiver == version.id
                && if minor {
                    signed.by != Signer::Member
                } else {
                    by_themself
                }
        };
        if self.signed.iter().any(|signed| binds(&signed)) {
            return None;
        }
        let before = self.signed.iter().any(|signed| signed.waiver == version.id);
        Some(Objection::Waiver {
            waiver: version.id,
            title: version.title.clone(),
            by_guardian: minor,
            came_of_age: of_age_on.filter(|_| before && !minor),
        })
    }
}
