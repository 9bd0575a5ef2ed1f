//! What is set up for billing, in rows: tax tables, certificates, discounts, redemptions, policies, charges.

pub(crate) mod credit_note;
pub(crate) mod gift_card;
pub(crate) mod invoice;
pub(crate) mod ledger;
pub(crate) mod payment;

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::billing::certificate::{Certificate, Shows};
use gym_core::billing::charge::Charge;
use gym_core::billing::discount::{Discount, DiscountTerms, Redemption};
use gym_core::billing::obligation::{Charged, Key, Obligation};
use gym_core::billing::policy::BillingPolicyVersion;
use gym_core::billing::tax::{TaxCode, TaxTable};
use gym_core::id::Id;
use gym_core::money::{Currency, Money};
use gym_core::time::Days;

use crate::error::StoreError;
use crate::row::{bad, from_json, id, to_json};
use crate::schema::{billing_policies, certificates, charges, discount_redemptions, discounts, tax_tables};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tax_tables, treat_none_as_default_value = false)]
pub(crate) struct TaxTableRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    location_id: i64,
    valid_from: NaiveDate,
    body: String,
}

impl TaxTableRow {
    pub(crate) fn new(table: &TaxTable) -> Result<Self, StoreError> {
        Ok(Self {
            id: table.id.get(),
            location_id: table.location.get(),
            valid_from: table.from,
            body: to_json(&table.terms)?,
        })
    }
}

impl TryFrom<TaxTableRow> for TaxTable {
    type Error = StoreError;

    fn try_from(row: TaxTableRow) -> Result<Self, StoreError> {
        let terms = from_json("tax_tables.body", &row.body)?;
        Ok(Self {
            id: id(row.id),
            location: id(row.location_id),
            from: row.valid_from,
            terms,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = certificates, treat_none_as_default_value = false)]
pub(crate) struct CertificateRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    member_id: i64,
    kind: String,
    body: String,
    reference: String,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
}

impl CertificateRow {
    pub(crate) fn new(shown: &Certificate) -> Result<Self, StoreError> {
        let kind = match shown.shows {
            Shows::Exemption(_) => "exemption",
            Shows::Concession(_) => "concession",
        };
        Ok(Self {
            id: shown.id.get(),
            member_id: shown.member.get(),
            kind: kind.to_owned(),
            body: to_json(&shown.shows)?,
            reference: shown.reference.clone(),
            valid_from: shown.from,
            valid_until: shown.until,
        })
    }
}

impl TryFrom<CertificateRow> for Certificate {
    type Error = StoreError;

    fn try_from(row: CertificateRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row.id),
            member: id(row.member_id),
            shows: from_json("certificates.body", &row.body)?,
            reference: row.reference,
            from: row.valid_from,
            until: row.valid_until,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = discounts, treat_none_as_default_value = false)]
pub(crate) struct DiscountRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    location_id: Option<i64>,
    code: Option<String>,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
    body: String,
}

impl DiscountRow {
    pub(crate) fn new(discount: &Discount) -> Result<Self, StoreError> {
        Ok(Self {
            id: discount.id.get(),
            location_id: discount.location.map(|it| it.get()),
            code: discount.terms.code.clone(),
            valid_from: discount.terms.from,
            valid_until: discount.terms.until,
            body: to_json(&discount.terms)?,
        })
    }
}

impl TryFrom<DiscountRow> for Discount {
    type Error = StoreError;

    fn try_from(row: DiscountRow) -> Result<Self, StoreError> {
        let terms: DiscountTerms = from_json("discounts.body", &row.body)?;
        // The last day may be set later, which the column tells.
        let terms = DiscountTerms {
            until: row.valid_until,
            ..terms
        };
        Ok(Self {
            id: id(row.id),
            location: row.location_id.map(id),
            terms,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = discount_redemptions, treat_none_as_default_value = false)]
pub(crate) struct RedemptionRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    discount_id: i64,
    member_id: i64,
    redeemed_on: NaiveDate,
}

impl From<Redemption> for RedemptionRow {
    fn from(given: Redemption) -> Self {
        Self {
            id: given.id.get(),
            discount_id: given.discount.get(),
            member_id: given.member.get(),
            redeemed_on: given.on,
        }
    }
}

impl From<RedemptionRow> for Redemption {
    fn from(row: RedemptionRow) -> Self {
        Self {
            id: id(row.id),
            discount: id(row.discount_id),
            member: id(row.member_id),
            on: row.redeemed_on,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = billing_policies, treat_none_as_default_value = false)]
pub(crate) struct BillingPolicyRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    location_id: Option<i64>,
    body: String,
}

impl BillingPolicyRow {
    pub(crate) fn new(version: &BillingPolicyVersion) -> Result<Self, StoreError> {
        let location_id = version.location.map(|it| it.get());
        Ok(Self {
            id: version.id.get(),
            location_id,
            body: to_json(&version.policy)?,
        })
    }
}

impl TryFrom<BillingPolicyRow> for BillingPolicyVersion {
    type Error = StoreError;

    fn try_from(row: BillingPolicyRow) -> Result<Self, StoreError> {
        let policy = from_json("billing_policies.body", &row.body)?;
        Ok(Self {
            id: id(row.id),
            location: row.location_id.map(id),
            policy,
        })
    }
}

/// The one of the typed references that is there.
#[derive(Default)]
pub(crate) struct Reference {
    pub(crate) membership: Option<i64>,
    pub(crate) session: Option<i64>,
    pub(crate) registration: Option<i64>,
    pub(crate) penalty: Option<i64>,
    pub(crate) lot: Option<i64>,
    pub(crate) sale: Option<i64>,
    pub(crate) gift_card: Option<i64>,
}

impl From<Charged> for Reference {
    fn from(charged: Charged) -> Self {
        let mut to = Self::default();
        match charged {
            Charged::Membership(id) => to.membership = Some(id.get()),
            Charged::Session(id) => to.session = Some(id.get()),
            Charged::Registration(id) => to.registration = Some(id.get()),
            Charged::Penalty(id) => to.penalty = Some(id.get()),
            Charged::Lot(id) => to.lot = Some(id.get()),
            Charged::Sale(id) => to.sale = Some(id.get()),
            Charged::GiftCard(id) => to.gift_card = Some(id.get()),
        }
        to
    }
}

impl Reference {
    pub(crate) fn charged(&self, table: &str) -> Result<Charged, StoreError> {
        let all = [
            self.membership.map(|it| Charged::Membership(id(it))),
            self.session.map(|it| Charged::Session(id(it))),
            self.registration.map(|it| Charged::Registration(id(it))),
            self.penalty.map(|it| Charged::Penalty(id(it))),
            self.lot.map(|it| Charged::Lot(id(it))),
            self.sale.map(|it| Charged::Sale(id(it))),
            self.gift_card.map(|it| Charged::GiftCard(id(it))),
        ];
        all.into_iter()
            .flatten()
            .next()
            .ok_or_else(|| bad(&format!("{table}: what is charged"), "nothing"))
    }
}

pub(crate) fn key(column: &str, text: &str) -> Result<Key, StoreError> {
    text.parse().map_err(|_| bad(column, text))
}

pub(crate) fn tax_code(column: &str, text: &str) -> Result<TaxCode, StoreError> {
    TaxCode::new(text).map_err(|_| bad(column, text))
}

pub(crate) fn currency(column: &str, text: &str) -> Result<Currency, StoreError> {
    text.parse().map_err(|_| bad(column, text))
}

pub(crate) fn days(
    column: &str,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
) -> Result<Option<Days>, StoreError> {
    let Some((from, until)) = from.zip(until) else {
        return Ok(None);
    };
    Days::new(from, until)
        .map(Some)
        .map_err(|error| bad(column, error))
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = charges, treat_none_as_default_value = false)]
pub(crate) struct ChargeRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    location_id: i64,
    payer_id: i64,
    obligation_key: String,
    membership_id: Option<i64>,
    session_id: Option<i64>,
    registration_id: Option<i64>,
    penalty_id: Option<i64>,
    lot_id: Option<i64>,
    sale_id: Option<i64>,
    gift_card_id: Option<i64>,
    plan_version_id: Option<i64>,
    days_from: Option<NaiveDate>,
    days_until: Option<NaiveDate>,
    due_on: NaiveDate,
    amount: i64,
    currency: String,
    tax_code: String,
    text: String,
}

impl From<Charge> for ChargeRow {
    fn from(charge: Charge) -> Self {
        let owed = charge.obligation;
        let to = Reference::from(owed.charged);
        Self {
            id: charge.id.get(),
            location_id: charge.location.get(),
            payer_id: charge.payer.get(),
            obligation_key: owed.key.to_string(),
            membership_id: to.membership,
            session_id: to.session,
            registration_id: to.registration,
            penalty_id: to.penalty,
            lot_id: to.lot,
            sale_id: to.sale,
            gift_card_id: to.gift_card,
            plan_version_id: owed.plan.map(|it| it.get()),
            days_from: owed.days.map(|it| it.from()),
            days_until: owed.days.map(|it| it.until()),
            due_on: owed.due_on,
            amount: owed.amount.minor(),
            currency: owed.amount.currency().code().to_owned(),
            tax_code: owed.tax.into(),
            text: owed.text,
        }
    }
}

impl TryFrom<ChargeRow> for Charge {
    type Error = StoreError;

    fn try_from(row: ChargeRow) -> Result<Self, StoreError> {
        let to = Reference {
            membership: row.membership_id,
            session: row.session_id,
            registration: row.registration_id,
            penalty: row.penalty_id,
            lot: row.lot_id,
            sale: row.sale_id,
            gift_card: row.gift_card_id,
        };
        let obligation = Obligation {
            key: key("charges.obligation_key", &row.obligation_key)?,
            charged: to.charged("charges")?,
            plan: row.plan_version_id.map(Id::from_raw),
            days: days("charges.days_from", row.days_from, row.days_until)?,
            due_on: row.due_on,
            amount: Money::new(row.amount, currency("charges.currency", &row.currency)?),
            tax: tax_code("charges.tax_code", &row.tax_code)?,
            text: row.text,
        };
        Ok(Self {
            id: id(row.id),
            location: id(row.location_id),
            payer: id(row.payer_id),
            obligation,
        })
    }
}
