//! Invoices in the database: the invoice, its lines, and what adjusts and taxes each; many are written at once.

mod read;
mod row;

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use gym_core::billing::credit_note::CreditNote;
use gym_core::billing::invoice::{Invoice, InvoiceState, Line};
use gym_core::event::Ids;
use gym_core::id::InvoiceId;

pub(crate) use self::read::{adjusted, all, by_id, live, priced, priced_after, texts};
use self::row::{AdjustmentRow, InvoiceRow, LineRow, TaxRow, adjustment_rows, seq, tax_rows};
use crate::connection::{AnyConnection, on_backend};
use crate::error::StoreError;
use crate::row::bad;
use crate::schema::{document_numbers, invoice_adjustments, invoice_lines, invoice_taxes, invoices};

/// How many rows one statement writes: SQLite binds at most 32766 values.
pub(super) const ROWS: usize = 500;

/// Writes rows, many with one statement.
macro_rules! insert_all {
    ($c:expr, $table:ident, $rows:expr) => {
        for rows in $rows.chunks(ROWS) {
            let insert = diesel::insert_into($table::table).values(rows);
            on_backend!(&mut *$c, |c| insert.execute(c)?);
        }
    };
}
pub(super) use insert_all;

#[derive(QueryableByName)]
struct Reserved {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Returns the next ids of a table, which nobody else gets.
pub(super) fn reserve(c: &mut AnyConnection, table: &str, count: usize) -> Result<Vec<i64>, StoreError> {
    match c {
        AnyConnection::Postgres(c) => {
            let next = format!(
                "SELECT nextval(pg_get_serial_sequence('{table}', 'id')) AS id FROM generate_series(1, {count})"
            );
            let ids: Vec<Reserved> = diesel::sql_query(next).load(c)?;
            Ok(ids.into_iter().map(|it| it.id).collect())
        }
        // There is one writer, and rows of these tables are never deleted.
        AnyConnection::Sqlite(c) => {
            let next = format!("SELECT COALESCE(MAX(id), 0) + 1 AS id FROM {table}");
            let first: Reserved = diesel::sql_query(next).get_result(c)?;
            Ok((first.id..).take(count).collect())
        }
    }
}

/// Inserts new invoices with their lines, and notes the ids that they get.
pub(crate) fn insert(c: &mut AnyConnection, made: &[&Invoice], ids: &mut Ids) -> Result<(), StoreError> {
    let new = reserve(c, "invoices", made.len())?;
    let lines = made.iter().map(|it| it.lines.len()).sum();
    let mut line_ids = reserve(c, "invoice_lines", lines)?.into_iter();
    let mut real = Vec::with_capacity(made.len());
    for (invoice, new) in made.iter().zip(new) {
        ids.note(invoice.id, new);
        for line in &invoice.lines {
            let new = line_ids.next().ok_or_else(|| StoreError::other("too few ids"))?;
            ids.note(line.id, new);
        }
        real.push(invoice.resolved(ids));
    }
    let rows = real.iter().map(InvoiceRow::new).collect::<Result<Vec<_>, _>>()?;
    insert_all!(c, invoices, rows);
    let of = |invoice: &'_ Invoice| -> Vec<LineRow> {
        let lines = invoice.lines.iter().enumerate();
        lines
            .map(|(at, line)| LineRow::new(invoice.id.get(), at, line))
            .collect()
    };
    let rows: Vec<LineRow> = real.iter().flat_map(of).collect();
    insert_all!(c, invoice_lines, rows);
    parts(c, real.iter().flat_map(|it| &it.lines))?;
    let mut last = BTreeMap::new();
    for invoice in &real {
        let number = last.entry(invoice.location.get()).or_insert(invoice.number);
        *number = invoice.number.max(*number);
    }
    last.into_iter()
        .try_for_each(|(location, number)| last_number(c, location, number))
}

/// Sets the last number of a location, whose row is locked.
fn last_number(c: &mut AnyConnection, location: i64, number: Option<u64>) -> Result<(), StoreError> {
    let Some(number) = number else { return Ok(()) };
    let number = i64::try_from(number).map_err(|_| bad("invoices.number", number))?;
    diesel::update(document_numbers::table.find(location))
        .set(document_numbers::last_invoice.eq(number))
        .execute(c)?;
    Ok(())
}

/// Opens a draft: its lines get their taxes, then the invoice is frozen with its number.
pub(crate) fn open(c: &mut AnyConnection, invoice: &Invoice) -> Result<(), StoreError> {
    let lines: Vec<i64> = invoice.lines.iter().map(|line| line.id.get()).collect();
    diesel::delete(invoice_taxes::table.filter(invoice_taxes::invoice_line_id.eq_any(&lines))).execute(c)?;
    for line in &invoice.lines {
        let taxed = (
            invoice_lines::net.eq(line.net.minor()),
            invoice_lines::gross.eq(line.gross.minor()),
            invoice_lines::tax_rows.eq(seq(line.taxes.len())),
        );
        diesel::update(invoice_lines::table.find(line.id.get()))
            .set(taxed)
            .execute(c)?;
    }
    let rows: Vec<TaxRow> = invoice.lines.iter().flat_map(tax_rows).collect();
    insert_all!(c, invoice_taxes, rows);
    let row = InvoiceRow::new(invoice)?;
    diesel::update(invoices::table.find(invoice.id.get()))
        .set(row)
        .execute(c)?;
    last_number(c, invoice.location.get(), invoice.number)
}

/// Sets where an invoice stands; what a void one charged may be charged again.
pub(crate) fn state(
    c: &mut AnyConnection,
    invoice: InvoiceId,
    state: InvoiceState,
) -> Result<(), StoreError> {
    diesel::update(invoices::table.find(invoice.get()))
        .set(invoices::state.eq(state.as_str()))
        .execute(c)?;
    if state == InvoiceState::Void {
        let lines = invoice_lines::table.filter(invoice_lines::invoice_id.eq(invoice.get()));
        diesel::update(lines)
            .set(invoice_lines::live.eq(false))
            .execute(c)?;
    }
    Ok(())
}

/// Takes a credit note off its invoice.
pub(super) fn credit(c: &mut AnyConnection, note: &CreditNote) -> Result<(), StoreError> {
    let row = invoices::table
        .find(note.invoice.get())
        .select(InvoiceRow::as_select());
    let mut invoice = row.first::<InvoiceRow>(c)?.value(Vec::new())?;
    invoice.credit(note).map_err(StoreError::other)?;
    let credited = (
        invoices::credited.eq(invoice.credited.minor()),
        invoices::state.eq(invoice.state.as_str()),
    );
    diesel::update(invoices::table.find(note.invoice.get()))
        .set(credited)
        .execute(c)?;
    Ok(())
}

/// Writes what adjusts and taxes lines.
fn parts<'l>(c: &mut AnyConnection, lines: impl Iterator<Item = &'l Line> + Clone) -> Result<(), StoreError> {
    let rows: Vec<AdjustmentRow> = lines.clone().flat_map(adjustment_rows).collect();
    insert_all!(c, invoice_adjustments, rows);
    let rows: Vec<TaxRow> = lines.flat_map(tax_rows).collect();
    insert_all!(c, invoice_taxes, rows);
    Ok(())
}
