//! Saving what happened to memberships.

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::membership::MembershipEvent;

use super::plan::{JurisdictionRow, PlanRow, TypeRow};
use super::{EditRow, LinkRow, MembershipRow, NoticeRow, SubscriptionRow, TermRow, consented_on};
use crate::connection::{AnyConnection, on_backend};
use crate::error::StoreError;
use crate::schema::*;

macro_rules! insert {
    ($connection:expr, $table:ident, $row:expr) => {{
        let insert = diesel::insert_into($table::table)
            .values($row)
            .returning($table::id);
        Some(on_backend!(&mut *$connection, |c| insert.get_result(c)?))
    }};
}

/// Saves an event, and returns the id of the new thing, if it made one.
pub(crate) fn save(c: &mut AnyConnection, event: MembershipEvent) -> Result<Option<i64>, StoreError> {
    use MembershipEvent as E;
    Ok(match event {
        E::TypeAdded(new) => insert!(c, membership_types, TypeRow::from(new)),
        E::PlanVersioned(new) => insert!(c, plan_versions, PlanRow::new(&new)?),
        E::JurisdictionSet(new) => insert!(c, jurisdictions, JurisdictionRow::new(&new)?),
        E::Sold(new) => insert!(c, memberships, MembershipRow::from(new)),
        E::TermBegun(new) => {
            if new.number > 0 {
                lasts(c, new.membership.get(), new.until)?;
            }
            insert!(c, membership_terms, TermRow::from(new))
        }
        E::Subscribed(new) => insert!(c, subscriptions, SubscriptionRow::from(new)),
        E::Linked(new) => insert!(c, membership_links, LinkRow::from(new)),
        E::Edited(new) => insert!(c, membership_edits, EditRow::from(new)),
        E::NoticeGiven(new) => {
            lasts(c, new.membership.get(), Some(new.until))?;
            insert!(c, membership_notices, NoticeRow::from(new))
        }
        E::LinkEnded { link, until } => {
            let row = diesel::update(membership_links::table.find(link.get()));
            row.set(membership_links::valid_until.eq(until)).execute(c)?;
            None
        }
        E::EditEnded { edit, ended } => {
            let set = (
                membership_edits::ended_on.eq(ended.on),
                membership_edits::ended_recorded_on.eq(ended.recorded_on),
            );
            diesel::update(membership_edits::table.find(edit.get()))
                .set(set)
                .execute(c)?;
            None
        }
        E::Returned { edit, on } => {
            let row = diesel::update(membership_edits::table.find(edit.get()));
            row.set(membership_edits::returned_on.eq(on)).execute(c)?;
            None
        }
        E::Consented { membership, consent } => {
            let row = diesel::update(memberships::table.find(membership.get()));
            row.set(memberships::consented_on.eq(consented_on(consent)))
                .execute(c)?;
            None
        }
        E::Ended { membership, on } => {
            let row = diesel::update(memberships::table.find(membership.get()));
            row.set(memberships::ended_on.eq(on)).execute(c)?;
            None
        }
        _ => None,
    })
}

fn lasts(c: &mut AnyConnection, membership: i64, until: Option<NaiveDate>) -> Result<(), StoreError> {
    let row = diesel::update(memberships::table.find(membership));
    row.set(memberships::lasts_until.eq(until)).execute(c)?;
    Ok(())
}
