//! Notices that end or change a membership, as rows.

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::membership::jurisdiction::Ground;
use gym_core::membership::notice::{Back, Notice, NoticeKind};

use gym_core::money::Money;

use super::money;
use crate::error::StoreError;
use crate::row::{bad, id, named, stamp};
use crate::schema::membership_notices;
use crate::stamp::Stamp;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = membership_notices, treat_none_as_default_value = false)]
pub(crate) struct NoticeRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    membership_id: i64,
    kind: String,
    ground: Option<String>,
    successor_id: Option<i64>,
    given_on: NaiveDate,
    given_at: Stamp,
    lasts_until: NaiveDate,
    ends_on: NaiveDate,
    back: String,
    fee_amount: Option<i64>,
    fee_currency: Option<String>,
}

impl From<Notice> for NoticeRow {
    fn from(notice: Notice) -> Self {
        let (kind, ground, successor) = match notice.kind {
            NoticeKind::Ordinary => ("ordinary", None, None),
            NoticeKind::Early => ("early", None, None),
            NoticeKind::CoolingOff => ("cooling_off", None, None),
            NoticeKind::Exit(ground) => ("exit", Some(ground.as_str().to_owned()), None),
            NoticeKind::Switch(next) => ("switch", None, Some(next.get())),
        };
        let back = if notice.back == Back::All { "all" } else { "unused" };
        Self {
            id: notice.id.get(),
            membership_id: notice.membership.get(),
            kind: kind.to_owned(),
            ground,
            successor_id: successor,
            given_on: notice.given_on,
            given_at: stamp(notice.given_at),
            lasts_until: notice.until,
            ends_on: notice.ends_on,
            back: back.to_owned(),
            fee_amount: notice.fee.map(Money::minor),
            fee_currency: notice.fee.map(|fee| fee.currency().to_string()),
        }
    }
}

impl TryFrom<NoticeRow> for Notice {
    type Error = StoreError;

    fn try_from(row: NoticeRow) -> Result<Self, StoreError> {
        let column = "membership_notices.kind";
        let kind = match (row.kind.as_str(), row.ground, row.successor_id) {
            ("ordinary", None, None) => NoticeKind::Ordinary,
            ("early", None, None) => NoticeKind::Early,
            ("cooling_off", None, None) => NoticeKind::CoolingOff,
            ("exit", Some(ground), None) => NoticeKind::Exit(named(
                "membership_notices.ground",
                &ground,
                &Ground::ALL,
                Ground::as_str,
            )?),
            ("switch", None, Some(next)) => NoticeKind::Switch(id(next)),
            _ => return Err(bad(column, row.kind)),
        };
        let back = match row.back.as_str() {
            "unused" => Back::Unused,
            "all" => Back::All,
            _ => return Err(bad("membership_notices.back", row.back)),
        };
        Ok(Self {
            id: id(row.id),
            membership: id(row.membership_id),
            kind,
            given_on: row.given_on,
            given_at: row.given_at.at(),
            until: row.lasts_until,
            ends_on: row.ends_on,
            back,
            fee: money(
                "membership_notices.fee_currency",
                row.fee_amount,
                row.fee_currency,
            )?,
        })
    }
}
