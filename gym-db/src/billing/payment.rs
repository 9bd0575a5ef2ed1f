//! Payments, what they settle and what goes back, as rows.

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::billing::dunning::Action;
use gym_core::billing::obligation::PaymentType;
use gym_core::billing::payment::{
    Allocation, Hand, Method, Payment, PaymentDetails, PaymentPolicyVersion, PaymentState, ProviderKey,
    Refund, RefundState, Reminder,
};
use gym_core::money::{Currency, Money};

use crate::error::StoreError;
use crate::row::{bad, count, from_json, id, named, number, stamp, to_json};
use crate::schema::{allocations, payment_details, payment_policies, payments, refunds, reminders};
use crate::stamp::Stamp;

pub(crate) fn money(column: &str, minor: i64, currency: &str) -> Result<Money, StoreError> {
    let currency: Currency = currency.parse().map_err(|_| bad(column, currency))?;
    Ok(Money::new(minor, currency))
}

pub(crate) fn kind(column: &str, text: &str) -> Result<PaymentType, StoreError> {
    named(column, text, &PaymentType::ALL, PaymentType::as_str)
}

fn key(column: &str, text: Option<String>) -> Result<Option<ProviderKey>, StoreError> {
    text.map(|text| ProviderKey::new(&text).map_err(|_| bad(column, text)))
        .transpose()
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = payments, treat_none_as_default_value = false)]
pub(crate) struct PaymentRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    pub(crate) payer_id: i64,
    location_id: i64,
    pub(crate) invoice_id: Option<i64>,
    payment_type: Option<String>,
    method: String,
    gift_card_id: Option<i64>,
    provider: Option<String>,
    means: Option<String>,
    provider_key: Option<String>,
    reference: Option<String>,
    currency: String,
    amount: i64,
    allocated: i64,
    refunded: i64,
    state: String,
    made_at: Stamp,
    told_at: Option<Stamp>,
    turn: i32,
}

impl From<Payment> for PaymentRow {
    fn from(payment: Payment) -> Self {
        let method = payment.method.as_str().to_owned();
        let (gift_card_id, provider) = match payment.method {
            Method::GiftCard(card) => (Some(card.get()), None),
            Method::Provider(name) => (None, Some(name)),
            Method::Cash | Method::BankTransfer | Method::Credit => (None, None),
        };
        Self {
            id: payment.id.get(),
            payer_id: payment.payer.get(),
            location_id: payment.location.get(),
            invoice_id: payment.invoice.map(|it| it.get()),
            payment_type: payment.kind.map(|kind| kind.as_str().to_owned()),
            method,
            gift_card_id,
            provider,
            means: payment.means,
            provider_key: payment.key.map(String::from),
            reference: payment.reference,
            currency: payment.amount.currency().code().to_owned(),
            amount: payment.amount.minor(),
            allocated: payment.allocated.minor(),
            refunded: payment.refunded.minor(),
            state: payment.state.as_str().to_owned(),
            made_at: stamp(payment.made_at),
            told_at: payment.told_at.map(stamp),
            turn: number(payment.turn),
        }
    }
}

impl TryFrom<PaymentRow> for Payment {
    type Error = StoreError;

    fn try_from(row: PaymentRow) -> Result<Self, StoreError> {
        let money = |minor| money("payments.currency", minor, &row.currency);
        let method = match (row.method.as_str(), row.gift_card_id, row.provider) {
            ("cash", None, None) => Method::Cash,
            ("bank_transfer", None, None) => Method::BankTransfer,
            ("gift_card", Some(card), None) => Method::GiftCard(id(card)),
            ("provider", None, Some(name)) => Method::Provider(name),
            ("credit", None, None) => Method::Credit,
            _ => return Err(bad("payments.method", row.method)),
        };
        let state = named(
            "payments.state",
            &row.state,
            &PaymentState::ALL,
            PaymentState::as_str,
        )?;
        Ok(Self {
            id: id(row.id),
            payer: id(row.payer_id),
            location: id(row.location_id),
            invoice: row.invoice_id.map(id),
            kind: row
                .payment_type
                .as_deref()
                .map(|text| kind("payments.payment_type", text))
                .transpose()?,
            method,
            amount: money(row.amount)?,
            state,
            means: row.means,
            key: key("payments.provider_key", row.provider_key)?,
            reference: row.reference,
            made_at: row.made_at.at(),
            told_at: row.told_at.map(|at| at.at()),
            turn: count("payments.turn", row.turn)?,
            allocated: money(row.allocated)?,
            refunded: money(row.refunded)?,
        })
    }
}

/// The row of a part; its currency is that of the payment.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = allocations, treat_none_as_default_value = false)]
pub(crate) struct AllocationRow {
    #[diesel(skip_insertion)]
    id: i64,
    pub(crate) payment_id: i64,
    pub(crate) invoice_id: i64,
    amount: i64,
    payment_type: String,
    releases: i32,
}

impl From<Allocation> for AllocationRow {
    fn from(part: Allocation) -> Self {
        Self {
            id: part.id.get(),
            payment_id: part.payment.get(),
            invoice_id: part.invoice.get(),
            amount: part.amount.minor(),
            payment_type: part.kind.as_str().to_owned(),
            releases: number(part.releases),
        }
    }
}

impl AllocationRow {
    pub(crate) fn value(self, currency: &str) -> Result<Allocation, StoreError> {
        Ok(Allocation {
            id: id(self.id),
            payment: id(self.payment_id),
            invoice: id(self.invoice_id),
            amount: money("payments.currency", self.amount, currency)?,
            kind: kind("allocations.payment_type", &self.payment_type)?,
            releases: count("allocations.releases", self.releases)?,
        })
    }
}

/// The row of a refund; its currency is that of the payment.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = refunds, treat_none_as_default_value = false)]
pub(crate) struct RefundRow {
    #[diesel(skip_insertion)]
    id: i64,
    pub(crate) payment_id: i64,
    amount: i64,
    why: String,
    provider_key: Option<String>,
    state: String,
    made_at: Stamp,
    turn: i32,
    hand: Option<String>,
}

impl From<Refund> for RefundRow {
    fn from(refund: Refund) -> Self {
        Self {
            id: refund.id.get(),
            payment_id: refund.payment.get(),
            amount: refund.amount.minor(),
            why: refund.why,
            provider_key: refund.key.map(String::from),
            state: refund.state.as_str().to_owned(),
            made_at: stamp(refund.made_at),
            turn: number(refund.turn),
            hand: refund.hand.map(|hand| hand.as_str().to_owned()),
        }
    }
}

impl RefundRow {
    pub(crate) fn value(self, currency: &str) -> Result<Refund, StoreError> {
        let state = named(
            "refunds.state",
            &self.state,
            &RefundState::ALL,
            RefundState::as_str,
        )?;
        Ok(Refund {
            id: id(self.id),
            payment: id(self.payment_id),
            amount: money("payments.currency", self.amount, currency)?,
            why: self.why,
            key: key("refunds.provider_key", self.provider_key)?,
            state,
            made_at: self.made_at.at(),
            turn: count("refunds.turn", self.turn)?,
            hand: self
                .hand
                .as_deref()
                .map(|text| named("refunds.hand", text, &Hand::ALL, Hand::as_str))
                .transpose()?,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = reminders, treat_none_as_default_value = false)]
pub(crate) struct ReminderRow {
    #[diesel(skip_insertion)]
    id: i64,
    invoice_id: i64,
    action: String,
    step: i32,
    taken_on: NaiveDate,
}

impl From<Reminder> for ReminderRow {
    fn from(reminder: Reminder) -> Self {
        let (action, step) = match reminder.action {
            Action::Retry { attempt } => ("retry", attempt),
            Action::Remind { level } => ("remind", level),
            Action::HandOver => ("hand_over", 1),
        };
        Self {
            id: reminder.id.get(),
            invoice_id: reminder.invoice.get(),
            action: action.to_owned(),
            step: number(step),
            taken_on: reminder.on,
        }
    }
}

impl TryFrom<ReminderRow> for Reminder {
    type Error = StoreError;

    fn try_from(row: ReminderRow) -> Result<Self, StoreError> {
        let step = count("reminders.step", row.step)?;
        let action = match row.action.as_str() {
            "retry" => Action::Retry { attempt: step },
            "remind" => Action::Remind { level: step },
            "hand_over" => Action::HandOver,
            _ => return Err(bad("reminders.action", row.action)),
        };
        Ok(Self {
            id: id(row.id),
            invoice: id(row.invoice_id),
            action,
            on: row.taken_on,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = payment_details, treat_none_as_default_value = false)]
pub(crate) struct DetailsRow {
    #[diesel(skip_insertion)]
    id: i64,
    payer_id: i64,
    means: Option<String>,
    changed_at: Stamp,
}

impl From<PaymentDetails> for DetailsRow {
    fn from(details: PaymentDetails) -> Self {
        Self {
            id: details.id.get(),
            payer_id: details.payer.get(),
            means: details.means,
            changed_at: stamp(details.at),
        }
    }
}

impl From<DetailsRow> for PaymentDetails {
    fn from(row: DetailsRow) -> Self {
        Self {
            id: id(row.id),
            payer: id(row.payer_id),
            means: row.means,
            at: row.changed_at.at(),
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = payment_policies, treat_none_as_default_value = false)]
pub(crate) struct PaymentPolicyRow {
    #[diesel(skip_insertion)]
    id: i64,
    location_id: Option<i64>,
    body: String,
}

impl PaymentPolicyRow {
    pub(crate) fn new(version: &PaymentPolicyVersion) -> Result<Self, StoreError> {
        Ok(Self {
            id: version.id.get(),
            location_id: version.location.map(|it| it.get()),
            body: to_json(&version.policy)?,
        })
    }
}

impl TryFrom<PaymentPolicyRow> for PaymentPolicyVersion {
    type Error = StoreError;

    fn try_from(row: PaymentPolicyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row.id),
            location: row.location_id.map(id),
            policy: from_json("payment_policies.body", &row.body)?,
        })
    }
}
