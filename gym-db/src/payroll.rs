//! Pay rules, runs and lines as rows.

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::payroll::{PayLine, PayRule, PayRun, Work, WorkKind};
use gym_core::time::Days;

use crate::billing::payment::money;
use crate::error::StoreError;
use crate::row::{bad, from_json, id, named, stamp, to_json};
use crate::schema::{pay_lines, pay_rules, pay_runs};
use crate::stamp::Stamp;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = pay_rules, treat_none_as_default_value = false)]
pub(crate) struct PayRuleRow {
    #[diesel(skip_insertion)]
    id: i64,
    trainer_id: i64,
    location_id: Option<i64>,
    work: String,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
    terms: String,
}

impl PayRuleRow {
    pub(crate) fn new(rule: &PayRule) -> Result<Self, StoreError> {
        Ok(Self {
            id: rule.id.get(),
            trainer_id: rule.trainer.get(),
            location_id: rule.location.map(|it| it.get()),
            work: rule.work.as_str().to_owned(),
            valid_from: rule.from,
            valid_until: rule.until,
            terms: to_json(&rule.terms)?,
        })
    }
}

impl TryFrom<PayRuleRow> for PayRule {
    type Error = StoreError;

    fn try_from(row: PayRuleRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row.id),
            trainer: id(row.trainer_id),
            location: row.location_id.map(id),
            work: named("pay_rules.work", &row.work, &WorkKind::ALL, WorkKind::as_str)?,
            from: row.valid_from,
            until: row.valid_until,
            terms: from_json("pay_rules.terms", &row.terms)?,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = pay_runs, treat_none_as_default_value = false)]
pub(crate) struct PayRunRow {
    #[diesel(skip_insertion)]
    id: i64,
    location_id: i64,
    days_from: NaiveDate,
    days_until: NaiveDate,
    ran_at: Stamp,
    currency: String,
    total: i64,
}

impl From<PayRun> for PayRunRow {
    fn from(run: PayRun) -> Self {
        Self {
            id: run.id.get(),
            location_id: run.location.get(),
            days_from: run.days.from(),
            days_until: run.days.until(),
            ran_at: stamp(run.at),
            currency: run.total.currency().code().to_owned(),
            total: run.total.minor(),
        }
    }
}

impl TryFrom<PayRunRow> for PayRun {
    type Error = StoreError;

    fn try_from(row: PayRunRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row.id),
            location: id(row.location_id),
            days: Days::new(row.days_from, row.days_until)
                .map_err(|error| bad("pay_runs.days_from", error))?,
            at: row.ran_at.at(),
            total: money("pay_runs.currency", row.total, &row.currency)?,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = pay_lines, treat_none_as_default_value = false)]
pub(crate) struct PayLineRow {
    #[diesel(skip_insertion)]
    id: i64,
    run_id: i64,
    trainer_id: i64,
    class_id: Option<i64>,
    session_id: Option<i64>,
    rule_id: i64,
    currency: String,
    amount: i64,
    text: String,
}

impl From<PayLine> for PayLineRow {
    fn from(line: PayLine) -> Self {
        let (class_id, session_id) = match line.work {
            Work::Class(class) => (Some(class.get()), None),
            Work::Session(session) => (None, Some(session.get())),
        };
        Self {
            id: line.id.get(),
            run_id: line.run.get(),
            trainer_id: line.trainer.get(),
            class_id,
            session_id,
            rule_id: line.rule.get(),
            currency: line.amount.currency().code().to_owned(),
            amount: line.amount.minor(),
            text: line.text,
        }
    }
}

impl TryFrom<PayLineRow> for PayLine {
    type Error = StoreError;

    fn try_from(row: PayLineRow) -> Result<Self, StoreError> {
        let work = match (row.class_id, row.session_id) {
            (Some(class), None) => Work::Class(id(class)),
            (None, Some(session)) => Work::Session(id(session)),
            _ => return Err(bad("pay_lines.class_id", row.id)),
        };
        Ok(Self {
            id: id(row.id),
            run: id(row.run_id),
            trainer: id(row.trainer_id),
            work,
            rule: id(row.rule_id),
            amount: money("pay_lines.currency", row.amount, &row.currency)?,
            text: row.text,
        })
    }
}
