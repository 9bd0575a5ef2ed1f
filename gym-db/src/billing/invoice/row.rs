//! The rows of invoices, and how they become values.

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::billing::invoice::{Adjustment, Invoice, InvoiceState, Line, Source, TaxShare};
use gym_core::billing::obligation::{Key, Obligation};
use gym_core::billing::quote::buckets;
use gym_core::id::Id;
use gym_core::money::{Currency, Money};

use crate::billing::{Reference, currency, days, key, tax_code};
use crate::error::StoreError;
use crate::row::{bad, count, from_json, id, named, number, to_json};
use crate::schema::{invoice_adjustments, invoice_lines, invoice_taxes, invoices};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = invoices, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct InvoiceRow {
    pub(super) id: i64,
    pub(super) location_id: i64,
    pub(super) payer_id: i64,
    pub(super) currency: String,
    pub(super) number: Option<i64>,
    pub(super) state: String,
    pub(super) issued_on: NaiveDate,
    pub(super) due_on: NaiveDate,
    pub(super) line_rows: i32,
    pub(super) net: i64,
    pub(super) tax: i64,
    pub(super) total: i64,
    pub(super) settled: i64,
    pub(super) credited: i64,
    pub(super) schedule: Option<String>,
    pub(super) dropped: Option<String>,
    pub(super) priced: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = invoice_lines, treat_none_as_default_value = false)]
pub(super) struct LineRow {
    pub(super) id: i64,
    pub(super) invoice_id: i64,
    pub(super) seq: i32,
    pub(super) obligation_key: String,
    pub(super) live: bool,
    pub(super) membership_id: Option<i64>,
    pub(super) session_id: Option<i64>,
    pub(super) registration_id: Option<i64>,
    pub(super) penalty_id: Option<i64>,
    pub(super) lot_id: Option<i64>,
    pub(super) sale_id: Option<i64>,
    pub(super) gift_card_id: Option<i64>,
    pub(super) subscription_id: Option<i64>,
    pub(super) plan_version_id: Option<i64>,
    pub(super) days_from: Option<NaiveDate>,
    pub(super) days_until: Option<NaiveDate>,
    pub(super) due_on: NaiveDate,
    pub(super) amount: i64,
    pub(super) tax_code: String,
    pub(super) text: String,
    pub(super) net: i64,
    pub(super) gross: i64,
    pub(super) adjustment_rows: i32,
    pub(super) tax_rows: i32,
}

#[derive(Insertable)]
#[diesel(table_name = invoice_adjustments, treat_none_as_default_value = false)]
pub(super) struct AdjustmentRow {
    pub(super) invoice_line_id: i64,
    pub(super) seq: i32,
    pub(super) kind: &'static str,
    pub(super) discount_id: Option<i64>,
    pub(super) source: Option<String>,
    pub(super) amount: i64,
    pub(super) text: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = invoice_taxes, treat_none_as_default_value = false)]
pub(super) struct TaxRow {
    pub(super) invoice_line_id: i64,
    pub(super) seq: i32,
    pub(super) name: String,
    pub(super) rate: i32,
    pub(super) net: i64,
    pub(super) tax: i64,
}

pub(super) fn seq(at: usize) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX)
}

impl InvoiceRow {
    pub(super) fn new(invoice: &Invoice) -> Result<Self, StoreError> {
        let wide = |number: u64| i64::try_from(number).map_err(|_| bad("invoices.number", number));
        let dropped = (!invoice.dropped.is_empty())
            .then(|| to_json(&invoice.dropped))
            .transpose()?;
        Ok(Self {
            id: invoice.id.get(),
            location_id: invoice.location.get(),
            payer_id: invoice.payer.get(),
            currency: invoice.currency.code().to_owned(),
            number: invoice.number.map(wide).transpose()?,
            state: invoice.state.as_str().to_owned(),
            issued_on: invoice.issued_on,
            due_on: invoice.due_on,
            line_rows: seq(invoice.lines.len()),
            net: invoice.net.minor(),
            tax: invoice.tax.minor(),
            total: invoice.total.minor(),
            settled: invoice.settled.minor(),
            credited: invoice.credited.minor(),
            schedule: invoice.schedule.as_ref().map(to_json).transpose()?,
            dropped,
            priced: invoice.priced.as_ref().map(to_json).transpose()?,
        })
    }

    pub(super) fn value(self, lines: Vec<Line>) -> Result<Invoice, StoreError> {
        let currency = currency("invoices.currency", &self.currency)?;
        let money = |minor| Money::new(minor, currency);
        let wide = |number: i64| u64::try_from(number).map_err(|_| bad("invoices.number", number));
        let state = named(
            "invoices.state",
            &self.state,
            &InvoiceState::ALL,
            InvoiceState::as_str,
        )?;
        let taxes = buckets(lines.iter().flat_map(|line| &line.taxes));
        Ok(Invoice {
            id: id(self.id),
            location: id(self.location_id),
            payer: id(self.payer_id),
            currency,
            number: self.number.map(wide).transpose()?,
            state,
            issued_on: self.issued_on,
            due_on: self.due_on,
            taxes: taxes.map_err(|error| bad("invoice_taxes.tax", error))?,
            lines,
            net: money(self.net),
            tax: money(self.tax),
            total: money(self.total),
            settled: money(self.settled),
            credited: money(self.credited),
            schedule: self
                .schedule
                .map(|text| from_json("invoices.schedule", &text))
                .transpose()?,
            dropped: self
                .dropped
                .map_or(Ok(Vec::new()), |text| from_json("invoices.dropped", &text))?,
            priced: self
                .priced
                .map(|text| from_json("invoices.priced", &text))
                .transpose()?,
        })
    }
}

impl LineRow {
    pub(super) fn new(invoice: i64, at: usize, line: &Line) -> Self {
        let owed = &line.obligation;
        let to = Reference::from(owed.charged);
        let subscription = match owed.key {
            Key::Period { subscription, .. } => Some(subscription.get()),
            Key::Once(_) => None,
        };
        Self {
            id: line.id.get(),
            invoice_id: invoice,
            seq: seq(at),
            obligation_key: owed.key.to_string(),
            live: true,
            membership_id: to.membership,
            session_id: to.session,
            registration_id: to.registration,
            penalty_id: to.penalty,
            lot_id: to.lot,
            sale_id: to.sale,
            gift_card_id: to.gift_card,
            subscription_id: subscription,
            plan_version_id: owed.plan.map(|it| it.get()),
            days_from: owed.days.map(|it| it.from()),
            days_until: owed.days.map(|it| it.until()),
            due_on: owed.due_on,
            amount: owed.amount.minor(),
            tax_code: owed.tax.as_str().to_owned(),
            text: owed.text.clone(),
            net: line.net.minor(),
            gross: line.gross.minor(),
            adjustment_rows: seq(line.adjustments.len()),
            tax_rows: seq(line.taxes.len()),
        }
    }

    pub(super) fn value(
        self,
        currency: Currency,
        adjustments: Vec<Adjustment>,
        taxes: Vec<TaxShare>,
    ) -> Result<Line, StoreError> {
        let money = |minor| Money::new(minor, currency);
        let to = Reference {
            membership: self.membership_id,
            session: self.session_id,
            registration: self.registration_id,
            penalty: self.penalty_id,
            lot: self.lot_id,
            sale: self.sale_id,
            gift_card: self.gift_card_id,
        };
        let tax = tax_code("invoice_lines.tax_code", &self.tax_code)?;
        Ok(Line {
            id: id(self.id),
            obligation: Obligation {
                key: key("invoice_lines.obligation_key", &self.obligation_key)?,
                charged: to.charged("invoice_lines")?,
                plan: self.plan_version_id.map(Id::from_raw),
                days: days("invoice_lines.days_from", self.days_from, self.days_until)?,
                due_on: self.due_on,
                amount: money(self.amount),
                tax: tax.clone(),
                text: self.text,
            },
            adjustments,
            tax,
            net: money(self.net),
            taxes,
            gross: money(self.gross),
        })
    }
}

pub(super) fn adjustment_rows(line: &Line) -> impl Iterator<Item = AdjustmentRow> {
    line.adjustments.iter().enumerate().map(|(at, it)| {
        let (kind, discount_id, source) = match &it.source {
            Source::Discount(discount) => ("discount", Some(discount.get()), None),
            Source::Pricing(name) => ("pricing", None, Some(name.clone())),
            Source::Charged => ("charged", None, None),
        };
        let (amount, text) = (it.amount.minor(), it.text.clone());
        AdjustmentRow {
            invoice_line_id: line.id.get(),
            seq: seq(at),
            kind,
            discount_id,
            source,
            amount,
            text,
        }
    })
}

pub(super) fn tax_rows(line: &Line) -> impl Iterator<Item = TaxRow> {
    line.taxes.iter().enumerate().map(|(at, it)| TaxRow {
        invoice_line_id: line.id.get(),
        seq: seq(at),
        name: it.name.clone(),
        rate: number(it.rate),
        net: it.net.minor(),
        tax: it.tax.minor(),
    })
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = invoice_adjustments)]
pub(super) struct AdjustmentFound {
    pub(super) invoice_line_id: i64,
    pub(super) kind: String,
    pub(super) discount_id: Option<i64>,
    pub(super) source: Option<String>,
    pub(super) amount: i64,
    pub(super) text: String,
}

impl AdjustmentFound {
    pub(super) fn value(self, currency: Currency) -> Result<Adjustment, StoreError> {
        let source = match (self.kind.as_str(), self.discount_id, self.source) {
            ("discount", Some(discount), None) => Source::Discount(id(discount)),
            ("pricing", None, Some(name)) => Source::Pricing(name),
            ("charged", None, None) => Source::Charged,
            (kind, ..) => return Err(bad("invoice_adjustments.kind", kind)),
        };
        Ok(Adjustment {
            source,
            amount: Money::new(self.amount, currency),
            text: self.text,
        })
    }
}

impl TaxRow {
    pub(super) fn value(self, currency: Currency) -> Result<TaxShare, StoreError> {
        let money = |minor| Money::new(minor, currency);
        let rate = count("invoice_taxes.rate", self.rate)?;
        Ok(TaxShare {
            name: self.name,
            rate,
            net: money(self.net),
            tax: money(self.tax),
        })
    }
}
