//! Locks on PostgreSQL: a command takes them in one order, so that no two wait for each other, and loads what they hold
//! still afterwards.
//!
//! Which rows a command needs may be known only from what it loads. What comes later in the order is locked on the way;
//! what comes earlier is noted as missing, and the transaction begins again with all of it. SQLite has one writer, so
//! there is nothing to lock.

use std::collections::BTreeSet;

use diesel::prelude::*;
use gym_core::club::Club;
use gym_core::id::{ClassId, MemberId};

use super::Load;
use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::row::id;
use crate::schema::*;

/// A table of which rows are locked. The order is the order in which locks are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    Series,
    Location,
    Class,
    Session,
    Trainer,
    Room,
    Unit,
    Product,
    Member,
    Lot,
    Invoice,
    /// The last numbers of a location, by its id.
    Numbers,
}

/// A row that is locked.
pub(crate) type Lock = (Table, i64);

/// The locks that a transaction knows it needs, which it takes first when it begins again.
pub(crate) type Locks = BTreeSet<Lock>;

impl Load<'_> {
    /// Whether anything needs to be locked: not on SQLite, which has one writer.
    pub(super) const fn locks(&self) -> bool {
        self.locked && matches!(self.connection, AnyConnection::Postgres(_))
    }

    /// Locks rows, ascending; or notes them as missing, if one of them comes before what is locked already.
    pub(super) fn lock(&mut self, wanted: impl IntoIterator<Item = Lock>) -> Result<(), StoreError> {
        let wanted: Locks = wanted.into_iter().collect();
        let people = wanted.iter().filter(|(table, _)| *table == Table::Member);
        self.about
            .extend(people.map(|(_, member)| id::<MemberId>(*member)));
        let AnyConnection::Postgres(connection) = &mut *self.connection else {
            return Ok(());
        };
        if !self.locked {
            return Ok(());
        }
        let new: Locks = wanted
            .into_iter()
            .filter(|lock| !self.held.contains(lock))
            .collect();
        let Some(first) = new.first() else { return Ok(()) };
        if !self.missing.is_empty() || self.held.last() > Some(first) {
            self.missing.extend(new);
            return Ok(());
        }
        let rows: Vec<Lock> = new.iter().copied().collect();
        for rows in rows.chunk_by(|one, next| one.0 == next.0) {
            lock_rows(connection, rows)?;
        }
        self.held.extend(new);
        Ok(())
    }

    pub(super) fn lock_classes<'i>(
        &mut self,
        ids: impl IntoIterator<Item = &'i ClassId>,
    ) -> Result<(), StoreError> {
        self.lock(ids.into_iter().map(|id| (Table::Class, id.get())))
    }

    pub(super) fn lock_members<'i>(
        &mut self,
        ids: impl IntoIterator<Item = &'i MemberId>,
    ) -> Result<(), StoreError> {
        self.lock(ids.into_iter().map(|id| (Table::Member, id.get())))
    }

    /// Returns what was loaded, if all that it needs is locked; else has the transaction begin again.
    pub(super) fn settled(self, known: &mut Locks) -> Result<Club, StoreError> {
        if self.missing.is_empty() {
            return Ok(self.club);
        }
        // What comes after the missing follows from what is loaded then.
        let last = self.missing.last().map(|(table, _)| *table);
        let all = self.held.into_iter().chain(self.missing);
        known.extend(all.filter(|(table, _)| Some(*table) <= last));
        Err(StoreError::overtaken())
    }
}

/// Locks rows of one table.
fn lock_rows(connection: &mut PgConnection, rows: &[Lock]) -> Result<(), StoreError> {
    let Some((table, _)) = rows.first() else {
        return Ok(());
    };
    let ids: Vec<i64> = rows.iter().map(|(_, id)| *id).collect();
    macro_rules! lock {
        ($table:ident) => {{
            let rows = $table::table.filter($table::id.eq_any(ids)).order($table::id);
            rows.select($table::id)
                .for_no_key_update()
                .load::<i64>(connection)?
        }};
    }
    match table {
        Table::Series => lock!(class_series),
        Table::Location => lock!(locations),
        Table::Class => lock!(classes),
        Table::Session => lock!(sessions),
        Table::Trainer => lock!(trainers),
        Table::Room => lock!(rooms),
        Table::Unit => lock!(equipment_units),
        Table::Product => lock!(products),
        Table::Member => lock!(members),
        Table::Lot => lock!(lots),
        Table::Invoice => lock!(invoices),
        Table::Numbers => {
            let rows = document_numbers::table.filter(document_numbers::location_id.eq_any(ids));
            let rows = rows
                .order(document_numbers::location_id)
                .select(document_numbers::location_id);
            rows.for_no_key_update().load::<i64>(connection)?
        }
    };
    Ok(())
}
