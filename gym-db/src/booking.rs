//! Registrations, waitlists, holds, penalties, bans and policies as rows.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use gym_core::booking::policy::Channel;
use gym_core::booking::{
    Ban, Hold, Offence, Penalty, Registration, RegistrationState, WaitlistEntry, WaitlistState, Waiver,
};
use gym_core::event::PolicyVersion;

use crate::error::StoreError;
use crate::row::{count, from_json, id, named, number, stamp, to_json};
use crate::schema::{bans, class_registrations, class_waitlist, holds, penalties, policies};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = class_registrations, treat_none_as_default_value = false)]
pub(crate) struct RegistrationRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    pub(crate) class_id: i64,
    member_id: i64,
    seats: i32,
    channel: String,
    state: String,
    ends_at: NaiveDateTime,
    booked_at: NaiveDateTime,
    grace_until: Option<NaiveDateTime>,
    settled_at: Option<NaiveDateTime>,
    closure_id: Option<i64>,
}

impl RegistrationRow {
    /// Makes a row of a booking of a class that ends then.
    pub(crate) fn new(booked: Registration, ends_at: NaiveDateTime) -> Self {
        Self {
            id: booked.id.get(),
            class_id: booked.class.get(),
            member_id: booked.member.get(),
            seats: number(booked.seats),
            channel: booked.channel.as_str().to_owned(),
            state: booked.state.as_str().to_owned(),
            ends_at,
            booked_at: stamp(booked.booked_at),
            grace_until: booked.grace_until.map(stamp),
            settled_at: booked.settled_at.map(stamp),
            closure_id: booked.closure.map(|it| it.get()),
        }
    }
}

impl TryFrom<RegistrationRow> for Registration {
    type Error = StoreError;

    fn try_from(row: RegistrationRow) -> Result<Self, StoreError> {
        let state = RegistrationState::as_str;
        Ok(Self {
            id: id(row.id),
            class: id(row.class_id),
            member: id(row.member_id),
            seats: count("class_registrations.seats", row.seats)?,
            channel: named(
                "class_registrations.channel",
                &row.channel,
                &Channel::ALL,
                Channel::as_str,
            )?,
            state: named(
                "class_registrations.state",
                &row.state,
                &RegistrationState::ALL,
                state,
            )?,
            booked_at: row.booked_at.and_utc(),
            grace_until: row.grace_until.map(|at| at.and_utc()),
            settled_at: row.settled_at.map(|at| at.and_utc()),
            closure: row.closure_id.map(id),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = class_waitlist)]
pub(crate) struct WaitlistRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    pub(crate) class_id: i64,
    pub(crate) member_id: i64,
    seats: i32,
    channel: String,
    entry_seq: i32,
    state: String,
    entered_at: NaiveDateTime,
    offer_until: Option<NaiveDateTime>,
}

impl From<WaitlistEntry> for WaitlistRow {
    fn from(entry: WaitlistEntry) -> Self {
        Self {
            id: entry.id.get(),
            class_id: entry.class.get(),
            member_id: entry.member.get(),
            seats: number(entry.seats),
            channel: entry.channel.as_str().to_owned(),
            entry_seq: number(entry.seq),
            state: entry.state.as_str().to_owned(),
            entered_at: stamp(entry.entered_at),
            offer_until: entry.offer_until.map(stamp),
        }
    }
}

impl TryFrom<WaitlistRow> for WaitlistEntry {
    type Error = StoreError;

    fn try_from(row: WaitlistRow) -> Result<Self, StoreError> {
        let state = WaitlistState::as_str;
        Ok(Self {
            id: id(row.id),
            class: id(row.class_id),
            member: id(row.member_id),
            seats: count("class_waitlist.seats", row.seats)?,
            channel: named(
                "class_waitlist.channel",
                &row.channel,
                &Channel::ALL,
                Channel::as_str,
            )?,
            seq: count("class_waitlist.entry_seq", row.entry_seq)?,
            state: named("class_waitlist.state", &row.state, &WaitlistState::ALL, state)?,
            entered_at: row.entered_at.and_utc(),
            offer_until: row.offer_until.map(|at| at.and_utc()),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = holds)]
pub(crate) struct HoldRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    class_id: i64,
    member_id: i64,
    seats: i32,
    held_until: NaiveDateTime,
    ended: bool,
}

impl From<Hold> for HoldRow {
    fn from(hold: Hold) -> Self {
        Self {
            id: hold.id.get(),
            class_id: hold.class.get(),
            member_id: hold.member.get(),
            seats: number(hold.seats),
            held_until: stamp(hold.until),
            ended: hold.ended,
        }
    }
}

impl TryFrom<HoldRow> for Hold {
    type Error = StoreError;

    fn try_from(row: HoldRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row.id),
            class: id(row.class_id),
            member: id(row.member_id),
            seats: count("holds.seats", row.seats)?,
            until: row.held_until.and_utc(),
            ended: row.ended,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = penalties)]
pub(crate) struct PenaltyRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    member_id: i64,
    class_id: i64,
    registration_id: i64,
    offence: String,
    at: NaiveDateTime,
    waiver: Option<String>,
}

impl From<Penalty> for PenaltyRow {
    fn from(penalty: Penalty) -> Self {
        Self {
            id: penalty.id.get(),
            member_id: penalty.member.get(),
            class_id: penalty.class.get(),
            registration_id: penalty.registration.get(),
            offence: penalty.offence.as_str().to_owned(),
            at: stamp(penalty.at),
            waiver: penalty.waiver.map(|waiver| waiver.as_str().to_owned()),
        }
    }
}

impl TryFrom<PenaltyRow> for Penalty {
    type Error = StoreError;

    fn try_from(row: PenaltyRow) -> Result<Self, StoreError> {
        let waiver = |text: String| named("penalties.waiver", &text, &Waiver::ALL, Waiver::as_str);
        Ok(Self {
            id: id(row.id),
            member: id(row.member_id),
            class: id(row.class_id),
            registration: id(row.registration_id),
            offence: named("penalties.offence", &row.offence, &Offence::ALL, Offence::as_str)?,
            at: row.at.and_utc(),
            waiver: row.waiver.map(waiver).transpose()?,
            consequence: Default::default(),
            due_at: None,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = bans)]
pub(crate) struct BanRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    member_id: i64,
    penalty_id: i64,
    banned_from: NaiveDateTime,
    banned_until: NaiveDateTime,
    lifted: bool,
}

impl From<Ban> for BanRow {
    fn from(ban: Ban) -> Self {
        Self {
            id: ban.id.get(),
            member_id: ban.member.get(),
            penalty_id: ban.penalty.get(),
            banned_from: stamp(ban.from),
            banned_until: stamp(ban.until),
            lifted: ban.lifted,
        }
    }
}

impl From<BanRow> for Ban {
    fn from(row: BanRow) -> Self {
        Self {
            id: id(row.id),
            member: id(row.member_id),
            penalty: id(row.penalty_id),
            from: row.banned_from.and_utc(),
            until: row.banned_until.and_utc(),
            lifted: row.lifted,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = policies)]
pub(crate) struct PolicyRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    location_id: Option<i64>,
    body: String,
}

impl PolicyRow {
    pub(crate) fn new(version: &PolicyVersion) -> Result<Self, StoreError> {
        let location_id = version.location.map(|it| it.get());
        Ok(Self {
            id: version.id.get(),
            location_id,
            body: to_json(&version.policy)?,
        })
    }
}

impl TryFrom<PolicyRow> for PolicyVersion {
    type Error = StoreError;

    fn try_from(row: PolicyRow) -> Result<Self, StoreError> {
        let policy = from_json("policies.body", &row.body)?;
        Ok(Self {
            id: id(row.id),
            location: row.location_id.map(id),
            policy,
        })
    }
}
