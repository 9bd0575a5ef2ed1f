//! Reading invoices, whole or by what they charge.

use std::collections::BTreeMap;

use diesel::prelude::*;
use gym_core::billing::invoice::{Invoice, Line};
use gym_core::billing::pricing::Priced;
use gym_core::id::InvoiceId;

use super::ROWS;
use super::row::{AdjustmentFound, InvoiceRow, LineRow, TaxRow};
use crate::billing::currency;
use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::row::{from_json, id};
use crate::schema::{invoice_adjustments, invoice_lines, invoice_taxes, invoices};

/// Loads invoices by id.
pub(crate) fn by_id(c: &mut AnyConnection, ids: &[i64]) -> Result<Vec<Invoice>, StoreError> {
    let mut found = Vec::new();
    for ids in ids.chunks(ROWS) {
        let rows = invoices::table
            .filter(invoices::id.eq_any(ids))
            .order(invoices::id);
        let rows: Vec<InvoiceRow> = rows.select(InvoiceRow::as_select()).load(c)?;
        found.extend(complete(c, rows)?);
    }
    Ok(found)
}

/// Loads every invoice.
pub(crate) fn all(c: &mut AnyConnection) -> Result<Vec<Invoice>, StoreError> {
    let ids: Vec<i64> = invoices::table.order(invoices::id).select(invoices::id).load(c)?;
    by_id(c, &ids)
}

/// Loads how the prices of an invoice came about.
pub(crate) fn priced(c: &mut AnyConnection, invoice: InvoiceId) -> Result<Option<Box<Priced>>, StoreError> {
    let row = invoices::table.find(invoice.get()).select(invoices::priced);
    let text = row.first::<Option<String>>(c)?;
    text.map(|text| from_json("invoices.priced", &text)).transpose()
}

/// Loads what the lines of an invoice say, in their order.
pub(crate) fn texts(c: &mut AnyConnection, invoice: InvoiceId) -> Result<Vec<String>, StoreError> {
    let lines = invoice_lines::table.filter(invoice_lines::invoice_id.eq(invoice.get()));
    let lines = lines.order(invoice_lines::seq).select(invoice_lines::text);
    Ok(lines.load(c)?)
}

/// Loads how the prices of the next invoices after one came about, of those that pricings outside the house were asked for.
pub(crate) fn priced_after(
    c: &mut AnyConnection,
    after: i64,
    most: u32,
) -> Result<Vec<(InvoiceId, Priced)>, StoreError> {
    let next = invoices::table
        .filter(invoices::id.gt(after))
        .filter(invoices::priced.is_not_null())
        .order(invoices::id)
        .limit(most.into())
        .select((invoices::id, invoices::priced.assume_not_null()));
    let rows: Vec<(i64, String)> = next.load(c)?;
    let read = |(invoice, text): (i64, String)| Ok((id(invoice), from_json("invoices.priced", &text)?));
    rows.into_iter().map(read).collect()
}

/// Returns the ids of the invoices of payers on which a period was charged otherwise than by the list.
pub(crate) fn adjusted(c: &mut AnyConnection, payers: &[i64]) -> Result<Vec<i64>, StoreError> {
    let mut found = Vec::new();
    for payers in payers.chunks(ROWS) {
        let lines = invoice_lines::table.inner_join(invoices::table);
        let of = lines
            .filter(invoices::payer_id.eq_any(payers))
            .filter(invoice_lines::adjustment_rows.gt(0));
        found.extend(of.select(invoices::id).distinct().load::<i64>(c)?);
    }
    Ok(found)
}

/// Returns which of some keys are on a live line, and on which invoice.
pub(crate) fn live(c: &mut AnyConnection, keys: &[String]) -> Result<Vec<(String, i64)>, StoreError> {
    let mut found = Vec::new();
    for keys in keys.chunks(ROWS) {
        let lines = invoice_lines::table
            .filter(invoice_lines::obligation_key.eq_any(keys))
            .filter(invoice_lines::live.eq(true));
        let some = lines.select((invoice_lines::obligation_key, invoice_lines::invoice_id));
        found.extend(some.load::<(String, i64)>(c)?);
    }
    Ok(found)
}

fn complete(c: &mut AnyConnection, rows: Vec<InvoiceRow>) -> Result<Vec<Invoice>, StoreError> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let currencies: BTreeMap<i64, String> = rows.iter().map(|row| (row.id, row.currency.clone())).collect();
    let lines = invoice_lines::table
        .filter(invoice_lines::invoice_id.eq_any(&ids))
        .order((invoice_lines::invoice_id, invoice_lines::seq));
    let lines: Vec<LineRow> = lines.select(LineRow::as_select()).load(c)?;
    let line_ids: Vec<i64> = lines.iter().map(|row| row.id).collect();
    let (mut adjustments, mut taxes) = (BTreeMap::<i64, Vec<_>>::new(), BTreeMap::<i64, Vec<_>>::new());
    for ids in line_ids.chunks(ROWS) {
        let of = invoice_adjustments::table.filter(invoice_adjustments::invoice_line_id.eq_any(ids));
        let of = of.order((invoice_adjustments::invoice_line_id, invoice_adjustments::seq));
        for row in of
            .select(AdjustmentFound::as_select())
            .load::<AdjustmentFound>(c)?
        {
            adjustments.entry(row.invoice_line_id).or_default().push(row);
        }
        let of = invoice_taxes::table.filter(invoice_taxes::invoice_line_id.eq_any(ids));
        let of = of.order((invoice_taxes::invoice_line_id, invoice_taxes::seq));
        for row in of.select(TaxRow::as_select()).load::<TaxRow>(c)? {
            taxes.entry(row.invoice_line_id).or_default().push(row);
        }
    }
    let mut by_invoice = BTreeMap::<i64, Vec<Line>>::new();
    for row in lines {
        let text = currencies
            .get(&row.invoice_id)
            .map(String::as_str)
            .unwrap_or_default();
        let currency = currency("invoices.currency", text)?;
        let adjusted = adjustments.remove(&row.id).unwrap_or_default().into_iter();
        let adjusted = adjusted.map(|it| it.value(currency)).collect::<Result<_, _>>()?;
        let taxed = taxes.remove(&row.id).unwrap_or_default().into_iter();
        let taxed = taxed.map(|it| it.value(currency)).collect::<Result<_, _>>()?;
        by_invoice
            .entry(row.invoice_id)
            .or_default()
            .push(row.value(currency, adjusted, taxed)?);
    }
    rows.into_iter()
        .map(|row| {
            let lines = by_invoice.remove(&row.id).unwrap_or_default();
            row.value(lines)
        })
        .collect()
}
