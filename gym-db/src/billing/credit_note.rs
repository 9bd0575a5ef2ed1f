//! Credit notes in the database: the note, its lines and their taxes.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::billing::credit_note::{CreditLine, CreditNote};
use gym_core::billing::invoice::TaxShare;
use gym_core::billing::quote::buckets;
use gym_core::money::{Currency, Money};

use super::currency;
use super::invoice::{self, ROWS, insert_all, reserve};
use crate::connection::{AnyConnection, on_backend};
use crate::error::StoreError;
use crate::row::{bad, count, id, number};
use crate::schema::{credit_note_lines, credit_note_taxes, credit_notes, document_numbers};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = credit_notes, treat_none_as_default_value = false)]
struct NoteRow {
    id: i64,
    location_id: i64,
    payer_id: i64,
    invoice_id: i64,
    currency: String,
    number: i64,
    issued_on: NaiveDate,
    why: String,
    net: i64,
    tax: i64,
    total: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = credit_note_lines, treat_none_as_default_value = false)]
struct LineRow {
    id: i64,
    credit_note_id: i64,
    seq: i32,
    invoice_line_id: i64,
    net: i64,
    gross: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = credit_note_taxes, treat_none_as_default_value = false)]
struct TaxRow {
    credit_note_line_id: i64,
    seq: i32,
    name: String,
    rate: i32,
    net: i64,
    tax: i64,
}

/// Inserts a credit note, takes it off its invoice, and returns its id.
pub(crate) fn insert(c: &mut AnyConnection, note: &CreditNote) -> Result<i64, StoreError> {
    let wide = i64::try_from(note.number).map_err(|_| bad("credit_notes.number", note.number))?;
    let new = reserve(c, "credit_notes", 1)?
        .first()
        .copied()
        .unwrap_or_default();
    let row = NoteRow {
        id: new,
        location_id: note.location.get(),
        payer_id: note.payer.get(),
        invoice_id: note.invoice.get(),
        currency: note.currency.code().to_owned(),
        number: wide,
        issued_on: note.issued_on,
        why: note.why.clone(),
        net: note.net.minor(),
        tax: note.tax.minor(),
        total: note.total.minor(),
    };
    let insert = diesel::insert_into(credit_notes::table).values(row);
    on_backend!(&mut *c, |c| insert.execute(c)?);
    let ids = reserve(c, "credit_note_lines", note.lines.len())?;
    let (mut lines, mut taxes) = (Vec::new(), Vec::new());
    for ((seq, line), id) in (0..).zip(&note.lines).zip(ids) {
        let (net, gross) = (line.net.minor(), line.gross.minor());
        let invoice_line_id = line.line.get();
        lines.push(LineRow {
            id,
            credit_note_id: new,
            seq,
            invoice_line_id,
            net,
            gross,
        });
        taxes.extend((0..).zip(&line.taxes).map(|(seq, share)| TaxRow {
            credit_note_line_id: id,
            seq,
            name: share.name.clone(),
            rate: number(share.rate),
            net: share.net.minor(),
            tax: share.tax.minor(),
        }));
    }
    insert_all!(c, credit_note_lines, lines);
    insert_all!(c, credit_note_taxes, taxes);
    invoice::credit(c, note)?;
    diesel::update(document_numbers::table.find(note.location.get()))
        .set(document_numbers::last_credit_note.eq(wide))
        .execute(c)?;
    Ok(new)
}

/// Loads the credit notes of an invoice, or all.
pub(crate) fn load(c: &mut AnyConnection, invoice: Option<i64>) -> Result<Vec<CreditNote>, StoreError> {
    let rows = credit_notes::table
        .order(credit_notes::id)
        .select(NoteRow::as_select());
    let rows: Vec<NoteRow> = match invoice {
        Some(invoice) => rows.filter(credit_notes::invoice_id.eq(invoice)).load(c)?,
        None => rows.load(c)?,
    };
    let mut notes = Vec::new();
    for row in rows {
        let currency = currency("credit_notes.currency", &row.currency)?;
        let lines = lines(c, row.id, currency)?;
        notes.push(row.value(currency, lines)?);
    }
    Ok(notes)
}

fn lines(c: &mut AnyConnection, note: i64, currency: Currency) -> Result<Vec<CreditLine>, StoreError> {
    let money = |minor| Money::new(minor, currency);
    let lines = credit_note_lines::table
        .filter(credit_note_lines::credit_note_id.eq(note))
        .order(credit_note_lines::seq);
    let lines: Vec<LineRow> = lines.select(LineRow::as_select()).load(c)?;
    let ids: Vec<i64> = lines.iter().map(|line| line.id).collect();
    let mut taxes = BTreeMap::<i64, Vec<TaxShare>>::new();
    for ids in ids.chunks(ROWS) {
        let of = credit_note_taxes::table
            .filter(credit_note_taxes::credit_note_line_id.eq_any(ids))
            .order((credit_note_taxes::credit_note_line_id, credit_note_taxes::seq));
        for row in of.select(TaxRow::as_select()).load::<TaxRow>(c)? {
            let rate = count("credit_note_taxes.rate", row.rate)?;
            let share = TaxShare {
                name: row.name,
                rate,
                net: money(row.net),
                tax: money(row.tax),
            };
            taxes.entry(row.credit_note_line_id).or_default().push(share);
        }
    }
    let line = |row: LineRow| CreditLine {
        line: id(row.invoice_line_id),
        net: money(row.net),
        taxes: taxes.remove(&row.id).unwrap_or_default(),
        gross: money(row.gross),
    };
    Ok(lines.into_iter().map(line).collect())
}

impl NoteRow {
    fn value(self, currency: Currency, lines: Vec<CreditLine>) -> Result<CreditNote, StoreError> {
        let taxes = buckets(lines.iter().flat_map(|line| &line.taxes));
        Ok(CreditNote {
            id: id(self.id),
            location: id(self.location_id),
            payer: id(self.payer_id),
            invoice: id(self.invoice_id),
            currency,
            number: u64::try_from(self.number).map_err(|_| bad("credit_notes.number", self.number))?,
            issued_on: self.issued_on,
            why: self.why,
            taxes: taxes.map_err(|error| bad("credit_note_taxes.tax", error))?,
            lines,
            net: Money::new(self.net, currency),
            tax: Money::new(self.tax, currency),
            total: Money::new(self.total, currency),
        })
    }
}
