//! Loading the rates against which is checked what is set and sold, and what is charged by them.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::booking::policy::Policy;
use gym_core::id::{LocationId, MembershipTypeId};

use crate::billing::TaxTableRow;
use crate::error::StoreError;
use crate::load::Load;
use crate::schema::*;

impl Load<'_> {
    /// Loads the rates of a location.
    pub(in crate::load) fn rates(&mut self, location: LocationId) -> Result<(), StoreError> {
        let rows = tax_tables::table.filter(tax_tables::location_id.eq(location.get()));
        let rows = rows.select(TaxTableRow::as_select()).load(self.connection)?;
        self.tables(rows)
    }

    /// Loads all locations with their rates.
    pub(in crate::load) fn all_rates(&mut self) -> Result<(), StoreError> {
        self.every_location()?;
        let places: Vec<LocationId> = self.club.locations.iter().map(|it| it.id).collect();
        places.into_iter().try_for_each(|place| self.rates(place))
    }

    /// Loads the rates where a type of membership is sold, and what day it is there.
    pub(in crate::load) fn rates_of_type(&mut self, of: MembershipTypeId) -> Result<(), StoreError> {
        self.membership_type(of)?;
        match self.club.membership_types.get(of).map(|it| it.location) {
            Some(Some(place)) => {
                self.location(place)?;
                self.rates(place)
            }
            Some(None) => self.all_rates(),
            None => Ok(()),
        }
    }

    /// Loads the rates by which the fees of a location's policy are charged, if it levies any.
    pub(in crate::load) fn levied(&mut self, location: LocationId) -> Result<(), StoreError> {
        if self.club.policy(location).fees().is_empty() {
            return Ok(());
        }
        self.rates(location)?;
        self.any_rates()
    }

    /// Loads what a policy is checked against: the rates where it comes into force.
    pub(in crate::load) fn levying(
        &mut self,
        location: Option<LocationId>,
        policy: &Policy,
    ) -> Result<(), StoreError> {
        if policy.fees().is_empty() {
            return self.maybe_location(location);
        }
        match location {
            Some(place) => {
                self.location(place)?;
                self.rates(place)?;
            }
            None => {
                self.all_rates()?;
                let places: Vec<LocationId> = self.club.locations.iter().map(|it| it.id).collect();
                places
                    .into_iter()
                    .try_for_each(|place| self.policies(Some(place)))?;
            }
        }
        self.any_rates()
    }

    /// Loads whether there are rates anywhere: who has none charges elsewhere.
    fn any_rates(&mut self) -> Result<(), StoreError> {
        let any = tax_tables::table.order(tax_tables::id).limit(1);
        let rows = any.select(TaxTableRow::as_select()).load(self.connection)?;
        self.tables(rows)
    }

    /// Loads the rates of a location and, under the lock of its numbers, the last invoice of a day of supply that new
    /// ones would be for.
    pub(super) fn rates_in_use(&mut self, location: LocationId, from: NaiveDate) -> Result<(), StoreError> {
        self.numbers(location)?;
        self.location(location)?;
        self.rates(location)?;
        let Some(today) = self.club.locations.get(location).map(|it| it.date(self.now)) else {
            return Ok(());
        };
        let until = self.club.rates_until(location, from, today);
        let lines = || {
            invoice_lines::table
                .inner_join(invoices::table)
                .filter(invoices::location_id.eq(location.get()))
                .filter(invoices::state.ne_all(["draft", "void"]))
                .filter(invoice_lines::gift_card_id.is_null())
        };
        let by_days = lines()
            .filter(invoice_lines::days_from.between(from, until))
            .order((invoice_lines::days_from.desc(), invoice_lines::id))
            .select(invoice_lines::invoice_id)
            .first::<i64>(self.connection)
            .optional()?;
        let by_due = lines()
            .filter(invoice_lines::days_from.is_null())
            .filter(invoice_lines::due_on.between(from, until))
            .order((invoice_lines::due_on.desc(), invoice_lines::id))
            .select(invoice_lines::invoice_id)
            .first::<i64>(self.connection)
            .optional()?;
        let found: BTreeSet<i64> = by_days.into_iter().chain(by_due).collect();
        self.invoices(&found)
    }

    fn tables(&mut self, rows: Vec<TaxTableRow>) -> Result<(), StoreError> {
        for row in rows {
            self.club.tax_tables.insert(row.try_into()?);
        }
        Ok(())
    }
}
