//! Registrations, waitlists, holds, penalties, bans and policies as rows.

use diesel::prelude::*;
use gym_core::booking::policy::Channel;
use gym_core::booking::{
    Ban, Consequence, Hold, Offence, Penalty, Registration, RegistrationState, WaitlistEntry, WaitlistState,
    Waiver,
};
use gym_core::event::PolicyVersion;
use gym_core::money::Money;

use crate::error::StoreError;
use crate::policy;
use crate::row::{bad, count, id, number, stamp, to_json};
use crate::schema::{bans, class_registrations, class_waitlist, holds, penalties, policies};
use crate::stamp::Stamp;
use crate::word::Word;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = class_registrations, treat_none_as_default_value = false)]
pub(crate) struct RegistrationRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    pub(crate) class_id: i64,
    member_id: i64,
    seats: i32,
    channel: Word<Channel>,
    state: Word<RegistrationState>,
    booked_at: Stamp,
    grace_until: Option<Stamp>,
    settled_at: Option<Stamp>,
    closure_id: Option<i64>,
}

impl From<Registration> for RegistrationRow {
    fn from(booked: Registration) -> Self {
        Self {
            id: booked.id.get(),
            class_id: booked.class.get(),
            member_id: booked.member.get(),
            seats: number(booked.seats),
            channel: Word(booked.channel),
            state: Word(booked.state),
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
        Ok(Self {
            id: id(row.id),
            class: id(row.class_id),
            member: id(row.member_id),
            seats: count("class_registrations.seats", row.seats)?,
            channel: row.channel.0,
            state: row.state.0,
            booked_at: row.booked_at.at(),
            grace_until: row.grace_until.map(|at| at.at()),
            settled_at: row.settled_at.map(|at| at.at()),
            closure: row.closure_id.map(id),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = class_waitlist, treat_none_as_default_value = false)]
pub(crate) struct WaitlistRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    pub(crate) class_id: i64,
    pub(crate) member_id: i64,
    seats: i32,
    channel: Word<Channel>,
    entry_seq: i32,
    state: Word<WaitlistState>,
    entered_at: Stamp,
    offer_until: Option<Stamp>,
}

impl From<WaitlistEntry> for WaitlistRow {
    fn from(entry: WaitlistEntry) -> Self {
        Self {
            id: entry.id.get(),
            class_id: entry.class.get(),
            member_id: entry.member.get(),
            seats: number(entry.seats),
            channel: Word(entry.channel),
            entry_seq: number(entry.seq),
            state: Word(entry.state),
            entered_at: stamp(entry.entered_at),
            offer_until: entry.offer_until.map(stamp),
        }
    }
}

impl TryFrom<WaitlistRow> for WaitlistEntry {
    type Error = StoreError;

    fn try_from(row: WaitlistRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row.id),
            class: id(row.class_id),
            member: id(row.member_id),
            seats: count("class_waitlist.seats", row.seats)?,
            channel: row.channel.0,
            seq: count("class_waitlist.entry_seq", row.entry_seq)?,
            state: row.state.0,
            entered_at: row.entered_at.at(),
            offer_until: row.offer_until.map(|at| at.at()),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = holds, treat_none_as_default_value = false)]
pub(crate) struct HoldRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    class_id: i64,
    member_id: i64,
    seats: i32,
    channel: Word<Channel>,
    held_until: Stamp,
    ended: bool,
}

impl From<Hold> for HoldRow {
    fn from(hold: Hold) -> Self {
        Self {
            id: hold.id.get(),
            class_id: hold.class.get(),
            member_id: hold.member.get(),
            seats: number(hold.seats),
            channel: Word(hold.channel),
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
            channel: row.channel.0,
            until: row.held_until.at(),
            ended: row.ended,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = penalties, treat_none_as_default_value = false)]
pub(crate) struct PenaltyRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    member_id: i64,
    class_id: i64,
    registration_id: i64,
    offence: Word<Offence>,
    at: Stamp,
    waiver: Option<Word<Waiver>>,
    costs: String,
    fee_minor: Option<i64>,
    fee_currency: Option<String>,
    due_at: Option<Stamp>,
    pardoned: bool,
}

impl From<Penalty> for PenaltyRow {
    fn from(penalty: Penalty) -> Self {
        let (costs, fee) = match penalty.consequence {
            Consequence::Nothing => ("nothing", None),
            Consequence::Use => ("use", None),
            Consequence::Fee(fee) => ("fee", Some(fee)),
        };
        Self {
            id: penalty.id.get(),
            member_id: penalty.member.get(),
            class_id: penalty.class.get(),
            registration_id: penalty.registration.get(),
            offence: Word(penalty.offence),
            at: stamp(penalty.at),
            waiver: waiver_column(penalty.waiver),
            costs: costs.to_owned(),
            fee_minor: fee.map(|fee| fee.minor()),
            fee_currency: fee.map(|fee| fee.currency().to_string()),
            due_at: penalty.due_at.map(stamp),
            pardoned: penalty.waiver == Some(Waiver::Desk),
        }
    }
}

/// Returns what the column of waivers holds; that the desk forgave a penalty is a column of its own.
pub(crate) fn waiver_column(waiver: Option<Waiver>) -> Option<Word<Waiver>> {
    waiver.filter(|waiver| *waiver != Waiver::Desk).map(Word)
}

impl PenaltyRow {
    fn consequence(&self) -> Result<Consequence, StoreError> {
        Ok(match (self.costs.as_str(), self.fee_minor, &self.fee_currency) {
            ("nothing", None, None) => Consequence::Nothing,
            ("use", None, None) => Consequence::Use,
            ("fee", Some(minor), Some(currency)) => {
                let currency = currency
                    .parse()
                    .map_err(|_| bad("penalties.fee_currency", currency))?;
                Consequence::Fee(Money::new(minor, currency))
            }
            _ => return Err(bad("penalties.costs", &self.costs)),
        })
    }
}

impl TryFrom<PenaltyRow> for Penalty {
    type Error = StoreError;

    fn try_from(row: PenaltyRow) -> Result<Self, StoreError> {
        let consequence = row.consequence()?;
        Ok(Self {
            id: id(row.id),
            member: id(row.member_id),
            class: id(row.class_id),
            registration: id(row.registration_id),
            offence: row.offence.0,
            at: row.at.at(),
            consequence,
            due_at: row.due_at.map(Stamp::at),
            waiver: match row.pardoned {
                true => Some(Waiver::Desk),
                false => row.waiver.map(|waiver| waiver.0),
            },
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = bans, treat_none_as_default_value = false)]
pub(crate) struct BanRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    member_id: i64,
    penalty_id: i64,
    banned_from: Stamp,
    banned_until: Stamp,
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
            from: row.banned_from.at(),
            until: row.banned_until.at(),
            lifted: row.lifted,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = policies, treat_none_as_default_value = false)]
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
        Ok(Self {
            id: id(row.id),
            location: row.location_id.map(id),
            policy: policy::stored(&row.body)?,
        })
    }
}
