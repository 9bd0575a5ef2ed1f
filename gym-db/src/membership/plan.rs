//! Types of membership, versions of their plans, and the law, as rows.

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::membership::jurisdiction::JurisdictionVersion;
use gym_core::membership::plan::{MembershipType, PlanVersion, Reach};

use crate::error::StoreError;
use crate::row::{from_json, id, named, number, to_json};
use crate::schema::{jurisdictions, membership_types, plan_versions};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = membership_types, treat_none_as_default_value = false)]
pub(crate) struct TypeRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    name: String,
    location_id: Option<i64>,
}

impl From<MembershipType> for TypeRow {
    fn from(it: MembershipType) -> Self {
        let location_id = it.location.map(|it| it.get());
        Self {
            id: it.id.get(),
            name: it.name,
            location_id,
        }
    }
}

impl From<TypeRow> for MembershipType {
    fn from(row: TypeRow) -> Self {
        Self {
            id: id(row.id),
            name: row.name,
            location: row.location_id.map(id),
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = plan_versions, treat_none_as_default_value = false)]
pub(crate) struct PlanRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    membership_type_id: i64,
    valid_from: NaiveDate,
    reach: String,
    price: i64,
    currency: String,
    uses: Option<i32>,
    body: String,
}

impl PlanRow {
    pub(crate) fn new(plan: &PlanVersion) -> Result<Self, StoreError> {
        Ok(Self {
            id: plan.id.get(),
            membership_type_id: plan.of.get(),
            valid_from: plan.from,
            reach: plan.reach.as_str().to_owned(),
            price: plan.terms.price.minor(),
            currency: plan.terms.price.currency().to_string(),
            uses: plan.terms.allowance.map(|allowance| number(allowance.uses)),
            body: to_json(&plan.terms)?,
        })
    }
}

impl TryFrom<PlanRow> for PlanVersion {
    type Error = StoreError;

    fn try_from(row: PlanRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row.id),
            of: id(row.membership_type_id),
            from: row.valid_from,
            reach: named("plan_versions.reach", &row.reach, &Reach::ALL, Reach::as_str)?,
            terms: from_json("plan_versions.body", &row.body)?,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = jurisdictions, treat_none_as_default_value = false)]
pub(crate) struct JurisdictionRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    location_id: Option<i64>,
    body: String,
}

impl JurisdictionRow {
    pub(crate) fn new(version: &JurisdictionVersion) -> Result<Self, StoreError> {
        let location_id = version.location.map(|it| it.get());
        Ok(Self {
            id: version.id.get(),
            location_id,
            body: to_json(&version.law)?,
        })
    }
}

impl TryFrom<JurisdictionRow> for JurisdictionVersion {
    type Error = StoreError;

    fn try_from(row: JurisdictionRow) -> Result<Self, StoreError> {
        let law = from_json("jurisdictions.body", &row.body)?;
        Ok(Self {
            id: id(row.id),
            location: row.location_id.map(id),
            law,
        })
    }
}
