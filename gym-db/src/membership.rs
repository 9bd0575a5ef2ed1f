//! Memberships, their terms, edits, notices and links, as rows.

pub(crate) mod change;
mod notice;
pub(crate) mod plan;

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::billing::subscription::Subscription;
use gym_core::membership::freeze::{Compensation, Edit, EditKind, EditOf, Ended, FreezeFee, FreezeReason};
use gym_core::membership::link::{Bond, Link};
use gym_core::membership::{Consent, Membership, Term};
use gym_core::money::Money;
use gym_core::time::{Cycle, Unit};

pub(crate) use self::notice::NoticeRow;
use crate::error::StoreError;
use crate::row::{bad, count, id, named, number, stamp};
use crate::schema::*;
use crate::stamp::Stamp;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = memberships, treat_none_as_default_value = false)]
pub(crate) struct MembershipRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    pub(crate) member_id: i64,
    pub(crate) membership_type_id: i64,
    plan_version_id: i64,
    pub(crate) location_id: i64,
    pub(crate) law_id: Option<i64>,
    needs_consent: bool,
    consented_on: Option<NaiveDate>,
    sold_on: NaiveDate,
    starts_on: NaiveDate,
    committed_until: Option<NaiveDate>,
    intro: bool,
    follows_id: Option<i64>,
    lasts_until: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
}

/// Returns the day on which a member agreed to renewals.
pub(crate) const fn consented_on(consent: Consent) -> Option<NaiveDate> {
    match consent {
        Consent::Given(on) => Some(on),
        Consent::NotNeeded | Consent::Missing => None,
    }
}

impl From<Membership> for MembershipRow {
    fn from(it: Membership) -> Self {
        Self {
            id: it.id.get(),
            member_id: it.member.get(),
            membership_type_id: it.of.get(),
            plan_version_id: it.plan.get(),
            location_id: it.location.get(),
            law_id: it.law.map(|it| it.get()),
            needs_consent: it.consent != Consent::NotNeeded,
            consented_on: consented_on(it.consent),
            sold_on: it.sold_on,
            starts_on: it.start,
            committed_until: it.committed,
            intro: it.intro,
            follows_id: it.follows.map(|it| it.get()),
            lasts_until: it.until,
            ended_on: it.ended_on,
        }
    }
}

impl From<MembershipRow> for Membership {
    fn from(row: MembershipRow) -> Self {
        Self {
            id: id(row.id),
            member: id(row.member_id),
            of: id(row.membership_type_id),
            plan: id(row.plan_version_id),
            location: id(row.location_id),
            law: row.law_id.map(id),
            consent: match (row.needs_consent, row.consented_on) {
                (false, _) => Consent::NotNeeded,
                (true, None) => Consent::Missing,
                (true, Some(on)) => Consent::Given(on),
            },
            sold_on: row.sold_on,
            start: row.starts_on,
            committed: row.committed_until,
            intro: row.intro,
            follows: row.follows_id.map(id),
            until: row.lasts_until,
            ended_on: row.ended_on,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = membership_terms, treat_none_as_default_value = false)]
pub(crate) struct TermRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    membership_id: i64,
    number: i32,
    plan_version_id: i64,
    length_count: Option<i32>,
    length_unit: Option<String>,
    starts_on: NaiveDate,
    lasts_until: Option<NaiveDate>,
    recorded_on: NaiveDate,
}

const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Day => "day",
        Unit::Week => "week",
        Unit::Month => "month",
        Unit::Year => "year",
    }
}

const UNITS: [Unit; 4] = [Unit::Day, Unit::Week, Unit::Month, Unit::Year];

impl From<Term> for TermRow {
    fn from(term: Term) -> Self {
        Self {
            id: term.id.get(),
            membership_id: term.membership.get(),
            number: number(term.number),
            plan_version_id: term.plan.get(),
            length_count: term.length.map(|length| number(length.count())),
            length_unit: term.length.map(|length| unit(length.unit()).to_owned()),
            starts_on: term.from,
            lasts_until: term.until,
            recorded_on: term.recorded_on,
        }
    }
}

impl TryFrom<TermRow> for Term {
    type Error = StoreError;

    fn try_from(row: TermRow) -> Result<Self, StoreError> {
        let length = match (row.length_count, row.length_unit) {
            (Some(units), Some(name)) => {
                let units = count("membership_terms.length_count", units)?;
                let unit = named("membership_terms.length_unit", &name, &UNITS, unit)?;
                let length = Cycle::new(units, unit);
                Some(length.map_err(|error| bad("membership_terms.length_count", error))?)
            }
            _ => None,
        };
        Ok(Self {
            id: id(row.id),
            membership: id(row.membership_id),
            number: count("membership_terms.number", row.number)?,
            plan: id(row.plan_version_id),
            length,
            from: row.starts_on,
            until: row.lasts_until,
            recorded_on: row.recorded_on,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = subscriptions, treat_none_as_default_value = false)]
pub(crate) struct SubscriptionRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    membership_id: i64,
    payer_id: i64,
    anchor: NaiveDate,
}

impl From<Subscription> for SubscriptionRow {
    fn from(it: Subscription) -> Self {
        let (id, membership_id, payer_id) = (it.id.get(), it.membership.get(), it.payer.get());
        Self {
            id,
            membership_id,
            payer_id,
            anchor: it.anchor,
        }
    }
}

impl From<SubscriptionRow> for Subscription {
    fn from(row: SubscriptionRow) -> Self {
        let (membership, payer) = (id(row.membership_id), id(row.payer_id));
        Self {
            id: id(row.id),
            membership,
            payer,
            anchor: row.anchor,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = membership_links, treat_none_as_default_value = false)]
pub(crate) struct LinkRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    person_id: i64,
    bond: String,
    pub(crate) membership_id: Option<i64>,
    ward_id: Option<i64>,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
    recorded_on: NaiveDate,
    recorded_at: Stamp,
}

impl From<Link> for LinkRow {
    fn from(link: Link) -> Self {
        Self {
            id: link.id.get(),
            person_id: link.person.get(),
            bond: link.bond.as_str().to_owned(),
            membership_id: link.bond.membership().map(|it| it.get()),
            ward_id: link.bond.ward().map(|it| it.get()),
            valid_from: link.from,
            valid_until: link.until,
            recorded_on: link.recorded_on,
            recorded_at: stamp(link.recorded_at),
        }
    }
}

impl TryFrom<LinkRow> for Link {
    type Error = StoreError;

    fn try_from(row: LinkRow) -> Result<Self, StoreError> {
        let bond = match (row.bond.as_str(), row.membership_id, row.ward_id) {
            ("payer", Some(of), None) => Bond::Payer(id(of)),
            ("beneficiary", Some(of), None) => Bond::Beneficiary(id(of)),
            ("guardian", None, Some(ward)) => Bond::Guardian(id(ward)),
            _ => return Err(bad("membership_links.bond", row.bond)),
        };
        Ok(Self {
            id: id(row.id),
            person: id(row.person_id),
            bond,
            from: row.valid_from,
            until: row.valid_until,
            recorded_on: row.recorded_on,
            recorded_at: row.recorded_at.at(),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = membership_edits, treat_none_as_default_value = false)]
pub(crate) struct EditRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    pub(crate) membership_id: Option<i64>,
    pub(crate) location_id: Option<i64>,
    kind: String,
    starts_on: NaiveDate,
    lasts_until: Option<NaiveDate>,
    compensation: String,
    fee: String,
    fee_amount: Option<i64>,
    fee_currency: Option<String>,
    reason: String,
    ends_on_return: bool,
    recorded_on: NaiveDate,
    recorded_at: Stamp,
    ended_on: Option<NaiveDate>,
    ended_recorded_on: Option<NaiveDate>,
    ended_recorded_at: Option<Stamp>,
    returned_on: Option<NaiveDate>,
    returned_at: Option<Stamp>,
}

impl From<Edit> for EditRow {
    fn from(edit: Edit) -> Self {
        let (membership_id, location_id) = match edit.of {
            EditOf::Membership(of) => (Some(of.get()), None),
            EditOf::Location(of) => (None, Some(of.get())),
        };
        let (fee, amount) = match edit.fee {
            FreezeFee::Free => ("free", None),
            FreezeFee::Once(amount) => ("once", Some(amount)),
            FreezeFee::PerPeriod(amount) => ("per_period", Some(amount)),
        };
        Self {
            id: edit.id.get(),
            membership_id,
            location_id,
            kind: edit.kind.as_str().to_owned(),
            starts_on: edit.from,
            lasts_until: edit.until,
            compensation: edit.compensation.as_str().to_owned(),
            fee: fee.to_owned(),
            fee_amount: amount.map(Money::minor),
            fee_currency: amount.map(|amount| amount.currency().to_string()),
            reason: edit.why.as_str().to_owned(),
            ends_on_return: edit.ends_on_return,
            recorded_on: edit.recorded_on,
            recorded_at: stamp(edit.recorded_at),
            ended_on: edit.ended.map(|ended| ended.on),
            ended_recorded_on: edit.ended.map(|ended| ended.recorded_on),
            ended_recorded_at: edit.ended.map(|ended| stamp(ended.recorded_at)),
            returned_on: edit.returned.map(|ended| ended.on),
            returned_at: edit.returned.map(|ended| stamp(ended.recorded_at)),
        }
    }
}

fn money(column: &str, minor: Option<i64>, currency: Option<String>) -> Result<Option<Money>, StoreError> {
    let Some((minor, code)) = minor.zip(currency) else {
        return Ok(None);
    };
    let currency = code.parse().map_err(|error| bad(column, error))?;
    Ok(Some(Money::new(minor, currency)))
}

impl TryFrom<EditRow> for Edit {
    type Error = StoreError;

    fn try_from(row: EditRow) -> Result<Self, StoreError> {
        let of = match (row.membership_id, row.location_id) {
            (Some(of), None) => EditOf::Membership(id(of)),
            (None, Some(of)) => EditOf::Location(id(of)),
            _ => return Err(bad("membership_edits.membership_id", "of both or neither")),
        };
        let amount = money("membership_edits.fee_currency", row.fee_amount, row.fee_currency)?;
        let fee = match (row.fee.as_str(), amount) {
            ("free", None) => FreezeFee::Free,
            ("once", Some(amount)) => FreezeFee::Once(amount),
            ("per_period", Some(amount)) => FreezeFee::PerPeriod(amount),
            _ => return Err(bad("membership_edits.fee", row.fee)),
        };
        let compensation = Compensation::as_str;
        let ended = |on: Option<NaiveDate>, recorded_on: Option<NaiveDate>, at: Option<Stamp>| {
            let recorded = recorded_on.zip(at.map(Stamp::at));
            on.zip(recorded).map(|(on, (recorded_on, recorded_at))| Ended {
                on,
                recorded_on,
                recorded_at,
            })
        };
        Ok(Self {
            id: id(row.id),
            of,
            kind: named(
                "membership_edits.kind",
                &row.kind,
                &EditKind::ALL,
                EditKind::as_str,
            )?,
            from: row.starts_on,
            until: row.lasts_until,
            compensation: named(
                "membership_edits.compensation",
                &row.compensation,
                &Compensation::ALL,
                compensation,
            )?,
            fee,
            why: named(
                "membership_edits.reason",
                &row.reason,
                &FreezeReason::ALL,
                FreezeReason::as_str,
            )?,
            ends_on_return: row.ends_on_return,
            recorded_on: row.recorded_on,
            recorded_at: row.recorded_at.at(),
            ended: ended(row.ended_on, row.ended_recorded_on, row.ended_recorded_at),
            returned: ended(row.returned_on, row.returned_on, row.returned_at),
        })
    }
}
