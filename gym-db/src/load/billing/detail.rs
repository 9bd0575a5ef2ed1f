//! Loading what pricings want to be told of payers, and only that.

use std::collections::BTreeSet;

use diesel::prelude::*;
use gym_core::billing::pricing::Detail;
use gym_core::id::MemberId;

use super::{SOME, raw};
use crate::error::StoreError;
use crate::load::Load;
use crate::member::MemberRow;
use crate::row::id;
use crate::schema::*;

impl Load<'_> {
    pub(super) fn told(
        &mut self,
        payers: &BTreeSet<MemberId>,
        wants: &BTreeSet<Detail>,
    ) -> Result<(), StoreError> {
        let people = [Detail::Age, Detail::Tenure, Detail::Plan];
        if people.iter().all(|detail| !wants.contains(detail)) {
            return Ok(());
        }
        for some in raw(payers).chunks(SOME) {
            let rows = members::table.filter(members::id.eq_any(some));
            for row in rows
                .select(MemberRow::as_select())
                .load::<MemberRow>(self.connection)?
            {
                self.club.members.insert(row.into());
            }
            if wants.contains(&Detail::Plan) {
                let held = memberships::table.filter(memberships::member_id.eq_any(some));
                for membership in held.select(memberships::id).load::<i64>(self.connection)? {
                    self.contract(id(membership))?;
                }
            }
        }
        Ok(())
    }
}
