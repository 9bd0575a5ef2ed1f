//! Waivers, signatures, visits and visits of guests as rows.

use chrono::NaiveDate;
use diesel::prelude::*;
use gym_core::check_in::{GuestVisit, Opened, Signature, Signer, Visit, WaiverVersion};

use crate::error::StoreError;
use crate::row::{bad, id, stamp};
use crate::schema::{guest_visits, visits, waiver_signatures, waivers};
use crate::stamp::Stamp;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = waivers, treat_none_as_default_value = false)]
pub(crate) struct WaiverRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    location_id: Option<i64>,
    title: String,
    required_from: NaiveDate,
}

impl From<WaiverVersion> for WaiverRow {
    fn from(version: WaiverVersion) -> Self {
        Self {
            id: version.id.get(),
            location_id: version.location.map(|it| it.get()),
            title: version.title,
            required_from: version.required_from,
        }
    }
}

impl From<WaiverRow> for WaiverVersion {
    fn from(row: WaiverRow) -> Self {
        Self {
            id: id(row.id),
            location: row.location_id.map(id),
            title: row.title,
            required_from: row.required_from,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = waiver_signatures, treat_none_as_default_value = false)]
pub(crate) struct SignatureRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    waiver_id: i64,
    member_id: i64,
    guardian_id: Option<i64>,
    signed_on: NaiveDate,
}

impl From<Signature> for SignatureRow {
    fn from(signed: Signature) -> Self {
        Self {
            id: signed.id.get(),
            waiver_id: signed.waiver.get(),
            member_id: signed.member.get(),
            guardian_id: match signed.by {
                Signer::Member => None,
                Signer::Guardian(guardian) => Some(guardian.get()),
            },
            signed_on: signed.on,
        }
    }
}

impl From<SignatureRow> for Signature {
    fn from(row: SignatureRow) -> Self {
        Self {
            id: id(row.id),
            waiver: id(row.waiver_id),
            member: id(row.member_id),
            by: row
                .guardian_id
                .map_or(Signer::Member, |guardian| Signer::Guardian(id(guardian))),
            on: row.signed_on,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = visits, treat_none_as_default_value = false)]
pub(crate) struct VisitRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    member_id: i64,
    location_id: i64,
    area: Option<String>,
    entered_at: Stamp,
    entered_on: NaiveDate,
    opened_by: String,
    lot_id: Option<i64>,
    registration_id: Option<i64>,
    session_id: Option<i64>,
    left_at: Option<Stamp>,
}

impl From<Visit> for VisitRow {
    fn from(visit: Visit) -> Self {
        let (opened_by, lot_id, registration_id, session_id) = match visit.opened {
            Opened::Lot(id) => ("lot", Some(id.get()), None, None),
            Opened::Booking(id) => ("booking", None, Some(id.get()), None),
            Opened::Session(id) => ("session", None, None, Some(id.get())),
            Opened::Desk => ("desk", None, None, None),
            Opened::Open => ("open", None, None, None),
        };
        Self {
            id: visit.id.get(),
            member_id: visit.member.get(),
            location_id: visit.location.get(),
            area: visit.area,
            entered_at: stamp(visit.at),
            entered_on: visit.on,
            opened_by: opened_by.to_owned(),
            lot_id,
            registration_id,
            session_id,
            left_at: visit.left_at.map(stamp),
        }
    }
}

impl TryFrom<VisitRow> for Visit {
    type Error = StoreError;

    fn try_from(row: VisitRow) -> Result<Self, StoreError> {
        let opened = match (
            row.opened_by.as_str(),
            row.lot_id,
            row.registration_id,
            row.session_id,
        ) {
            ("lot", Some(it), None, None) => Opened::Lot(id(it)),
            ("booking", None, Some(it), None) => Opened::Booking(id(it)),
            ("session", None, None, Some(it)) => Opened::Session(id(it)),
            ("desk", None, None, None) => Opened::Desk,
            ("open", None, None, None) => Opened::Open,
            _ => return Err(bad("visits.opened_by", &row.opened_by)),
        };
        Ok(Self {
            id: id(row.id),
            member: id(row.member_id),
            location: id(row.location_id),
            area: row.area,
            at: row.entered_at.at(),
            on: row.entered_on,
            opened,
            left_at: row.left_at.map(Stamp::at),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = guest_visits, treat_none_as_default_value = false)]
pub(crate) struct GuestVisitRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    host_id: i64,
    guest_id: i64,
    location_id: i64,
    entered_at: Stamp,
    entered_on: NaiveDate,
}

impl From<GuestVisit> for GuestVisitRow {
    fn from(visit: GuestVisit) -> Self {
        Self {
            id: visit.id.get(),
            host_id: visit.host.get(),
            guest_id: visit.guest.get(),
            location_id: visit.location.get(),
            entered_at: stamp(visit.at),
            entered_on: visit.on,
        }
    }
}

impl From<GuestVisitRow> for GuestVisit {
    fn from(row: GuestVisitRow) -> Self {
        Self {
            id: id(row.id),
            host: id(row.host_id),
            guest: id(row.guest_id),
            location: id(row.location_id),
            at: row.entered_at.at(),
            on: row.entered_on,
        }
    }
}
