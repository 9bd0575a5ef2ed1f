//! Loading the law that contracts are under.

use std::collections::BTreeSet;

use diesel::dsl::max;
use diesel::prelude::*;
use gym_core::id::LocationId;

use crate::error::StoreError;
use crate::load::Load;
use crate::membership::plan::JurisdictionRow;
use crate::schema::*;

diesel::alias!(jurisdictions as newest_law: NewestLaw);

impl Load<'_> {
    /// Loads the newest law of a location, and the newest for all.
    pub(super) fn law(&mut self, location: LocationId) -> Result<(), StoreError> {
        let (place, last) = (
            newest_law.field(jurisdictions::location_id),
            max(newest_law.field(jurisdictions::id)),
        );
        let general = newest_law.filter(place.is_null()).select(last);
        let own = newest_law.filter(place.eq(location.get())).select(last);
        let general = jurisdictions::table.filter(jurisdictions::id.nullable().eq(general.single_value()));
        let own = jurisdictions::table.filter(jurisdictions::id.nullable().eq(own.single_value()));
        into!(self, jurisdictions, JurisdictionRow, general);
        into!(self, jurisdictions, JurisdictionRow, own);
        Ok(())
    }

    /// Loads the law of the sales of the memberships that are loaded, where that is not in force any more.
    pub(super) fn laws_of_sales(&mut self) -> Result<(), StoreError> {
        let laws = self.club.memberships.iter().filter_map(|it| it.law);
        let old = laws.filter(|law| self.club.jurisdictions.get(*law).is_none());
        let old: BTreeSet<i64> = old.map(|law| law.get()).collect();
        for law in old {
            into!(
                self,
                jurisdictions,
                JurisdictionRow,
                jurisdictions::table.find(law)
            );
        }
        Ok(())
    }
}
