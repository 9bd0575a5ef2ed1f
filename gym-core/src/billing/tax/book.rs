//! A [`TaxBook`] finds what an obligation bears: by place, day of supply, code, and who pays.

use chrono::NaiveDate;

use super::{Bearing, TaxCode, TaxTable};
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
        let location = self.location;
        let after = self.tables.partition_point(|table| table.from <= day);
        let table = after.checked_sub(1).and_then(|at| self.tables.get(at));
        let table = table.ok_or(Objection::NoRates { location, day })?;
        let components = table.terms.components(code);
        let unknown = || Objection::TaxCode {
            code: code.clone(),
            location,
            day,
        };
        Ok(Bearing {
            prices: table.terms.prices(),
            rounding: table.terms.rounding(),
            components: components.ok_or_else(unknown)?,
            exempt: self.is_exempt(payer, code, day),
        })
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
