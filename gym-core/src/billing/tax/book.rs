//! A [`TaxBook`] finds what an obligation bears: by place, day of supply, code, and who pays.

use chrono::NaiveDate;

use super::{Bearing, TaxCode, TaxComponent, TaxTable, TaxTerms};
use crate::billing::Objection;
use crate::billing::certificate::Certificate;
use crate::id::{LocationId, MemberId};

/// The tax tables of one location, and the exemptions of those who pay there.
#[derive(Debug, Clone)]
pub struct TaxBook<'a> {
    location: LocationId,
    tables: Vec<&'a TaxTable>,
    exemptions: Vec<&'a Certificate>,
}

impl<'a> TaxBook<'a> {
    /// Opens the book of a location; tables of other locations are left out.
    pub fn new(
        location: LocationId,
        tables: impl IntoIterator<Item = &'a TaxTable>,
        certificates: impl IntoIterator<Item = &'a Certificate>,
    ) -> Self {
        let mut tables: Vec<_> = tables.into_iter().filter(|it| it.location == location).collect();
        tables.sort_by_key(|table| (table.from, table.id));
        let mut exemptions: Vec<_> = certificates.into_iter().filter(|it| it.is_exemption()).collect();
        exemptions.sort_by_key(|it| (it.member, it.id));
        Self {
            location,
            tables,
            exemptions,
        }
    }

    /// Returns what a supply of a kind bears on a civil day for a payer.
    ///
    /// # Errors
    /// [`Objection::NoRates`] if no table is in force, [`Objection::TaxCode`] if it does not name the code.
    pub fn bearing(&self, payer: MemberId, code: &TaxCode, day: NaiveDate) -> Result<Bearing<'a>, Objection> {
        let (terms, components) = self.components(code, day)?;
        Ok(Bearing {
            prices: terms.prices(),
            rounding: terms.rounding(),
            components,
            exempt: self.is_exempt(payer, code, day),
        })
    }

    /// Returns the terms in force on a civil day, and what a supply of a kind bears by them.
    ///
    /// # Errors
    /// As [`bearing`](Self::bearing).
    pub fn components(
        &self,
        code: &TaxCode,
        day: NaiveDate,
    ) -> Result<(&'a TaxTerms, &'a [TaxComponent]), Objection> {
        let location = self.location;
        let terms = &self.on(day).ok_or(Objection::NoRates { location, day })?.terms;
        let unknown = || Objection::TaxCode {
            code: code.clone(),
            location,
            day,
        };
        Ok((terms, terms.components(code).ok_or_else(unknown)?))
    }

    /// Returns the table in force on a civil day.
    pub fn on(&self, day: NaiveDate) -> Option<&'a TaxTable> {
        let after = self.tables.partition_point(|table| table.from <= day);
        self.tables.get(after.checked_sub(1)?).copied()
    }

    /// Returns the first table that comes into force after a civil day.
    pub fn after(&self, day: NaiveDate) -> Option<&'a TaxTable> {
        // Of two from one day the one that was set later holds.
        let at = self.tables.partition_point(|table| table.from <= day);
        self.on(self.tables.get(at)?.from)
    }

    /// Returns the first civil day that has rates.
    pub fn first(&self) -> Option<NaiveDate> {
        self.tables.first().map(|table| table.from)
    }

    fn is_exempt(&self, payer: MemberId, code: &TaxCode, day: NaiveDate) -> bool {
        let first = self.exemptions.partition_point(|it| it.member < payer);
        let own = self
            .exemptions
            .iter()
            .skip(first)
            .take_while(|it| it.member == payer);
        own.into_iter().any(|it| it.exempts(code, day))
    }
}
