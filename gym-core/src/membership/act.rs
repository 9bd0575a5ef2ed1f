//! What is asked of memberships, and what happens to them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::freeze::{Compensation, Edit, Ended, FreezeReason};
use super::jurisdiction::{Ground, Jurisdiction, JurisdictionVersion};
use super::link::{Bond, Link};
use super::notice::Notice;
use super::plan::{MembershipType, PlanVersion, Reach, Terms};
use super::{Consent, Membership, Term};
use crate::billing::subscription::Subscription;
use crate::event::{Ids, New, Resolve, resolve};
use crate::id::{EditId, LinkId, LocationId, MemberId, MembershipId, MembershipTypeId};

/// What somebody wants. Ranges of days end on the day before `until`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MembershipCommand {
    /// Adds a type with its first version.
    AddType {
        /// Its name.
        name: String,
        /// Where it is sold and valid; everywhere if none.
        location: Option<LocationId>,
        /// From which day on.
        from: NaiveDate,
        /// Its terms.
        terms: Box<Terms>,
    },
    /// Adds a version of a type. Memberships that run keep theirs, unless its reach is to them.
    Revise {
        /// Which type.
        of: MembershipTypeId,
        /// From which day on.
        from: NaiveDate,
        /// Which memberships it reaches.
        reach: Reach,
        /// Its terms.
        terms: Box<Terms>,
    },
    /// Sets the law that contracts are under.
    SetJurisdiction {
        /// Where; at all locations that have none of their own if none.
        location: Option<LocationId>,
        /// The law.
        law: Box<Jurisdiction>,
    },
    /// Sells a membership.
    Sell {
        /// To whom.
        member: MemberId,
        /// Which type.
        of: MembershipTypeId,
        /// Where.
        location: LocationId,
        /// From which day on.
        start: NaiveDate,
        /// Who pays; the member if none.
        payer: Option<MemberId>,
        /// Whether the introductory price is asked for.
        intro: bool,
    },
    /// Links a person to a membership or to another person.
    Link {
        /// Who pays, uses or signs.
        person: MemberId,
        /// What for.
        bond: Bond,
        /// From which day on.
        from: NaiveDate,
    },
    /// Ends a link.
    EndLink {
        /// Which.
        link: LinkId,
        /// The day after the last.
        until: NaiveDate,
    },
    /// Freezes a membership.
    Freeze {
        /// Which.
        membership: MembershipId,
        /// From which day on.
        from: NaiveDate,
        /// The day after the last; until it is ended if none.
        until: Option<NaiveDate>,
        /// Why.
        why: FreezeReason,
    },
    /// Gives a member days for nothing.
    Gift {
        /// Which membership.
        membership: MembershipId,
        /// From which day on.
        from: NaiveDate,
        /// The day after the last.
        until: NaiveDate,
        /// Whether they are added at the end or their price is given back.
        compensation: Compensation,
    },
    /// Takes days off every membership of a location, because it is closed.
    FreezeAll {
        /// Where.
        location: LocationId,
        /// From which day on.
        from: NaiveDate,
        /// The day after the last; until it is ended if none.
        until: Option<NaiveDate>,
        /// What the days are given back as.
        compensation: Compensation,
    },
    /// Ends a freeze, a gift or a closure before its time, or takes it back before it begins.
    EndFreeze {
        /// Which.
        edit: EditId,
        /// The first day that it does not cover any more.
        on: NaiveDate,
    },
    /// Gives notice: it ends at the later of notice, term and commitment, or earlier for the plan's fee.
    GiveNotice {
        /// Which membership.
        membership: MembershipId,
        /// Whether it is to end before the commitment is over.
        early: bool,
    },
    /// Takes a contract back within the cooling-off time; everything is given back. What took the place of another
    /// cannot be.
    TakeBack {
        /// Which membership.
        membership: MembershipId,
    },
    /// Ends a membership by a right that the law gives.
    Exit {
        /// Which membership.
        membership: MembershipId,
        /// Why.
        ground: Ground,
        /// How far somebody moved, in kilometres.
        km: Option<u32>,
    },
    /// Puts a membership of another type in the place of one, which ends; unused days are credited. Who is bound stays
    /// bound for the days that are left, and who pays goes on paying.
    Switch {
        /// Which membership.
        membership: MembershipId,
        /// The type of the new one.
        to: MembershipTypeId,
        /// The first day of the new one.
        on: NaiveDate,
    },
    /// Records that a member agrees to renewals, or does not any more, where the law of the sale asks for that.
    Consent {
        /// To those of which membership.
        membership: MembershipId,
        /// Whether they agree.
        renews: bool,
    },
    /// Renews the memberships of a location whose term is over, and closes those that have ended.
    Renew {
        /// Where.
        location: LocationId,
        /// Up to which day.
        through: NaiveDate,
    },
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "the variants say what happened, their fields are documented where they are defined"
)]
pub enum MembershipEvent {
    TypeAdded(MembershipType),
    PlanVersioned(Box<PlanVersion>),
    JurisdictionSet(Box<JurisdictionVersion>),
    Sold(Membership),
    TermBegun(Term),
    Subscribed(Subscription),
    Linked(Link),
    LinkEnded {
        link: LinkId,
        until: NaiveDate,
    },
    Edited(Edit),
    EditEnded {
        edit: EditId,
        ended: Ended,
    },
    Returned {
        edit: EditId,
        on: NaiveDate,
    },
    NoticeGiven(Notice),
    Consented {
        membership: MembershipId,
        consent: Consent,
    },
    Ended {
        membership: MembershipId,
        on: NaiveDate,
    },
}

impl MembershipEvent {
    pub(crate) const fn made(&self) -> Option<New> {
        let (kind, local) = match self {
            Self::TypeAdded(new) => ("membership type", new.id.get()),
            Self::PlanVersioned(new) => ("plan version", new.id.get()),
            Self::JurisdictionSet(new) => ("jurisdiction", new.id.get()),
            Self::Sold(new) => ("membership", new.id.get()),
            Self::TermBegun(new) => ("term", new.id.get()),
            Self::Subscribed(new) => ("subscription", new.id.get()),
            Self::Linked(new) => ("link", new.id.get()),
            Self::Edited(new) => ("edit", new.id.get()),
            Self::NoticeGiven(new) => ("notice", new.id.get()),
            Self::LinkEnded { .. }
            | Self::EditEnded { .. }
            | Self::Returned { .. }
            | Self::Consented { .. }
            | Self::Ended { .. } => return None,
        };
        Some(New { kind, local })
    }

    pub(crate) fn resolve(&mut self, ids: &Ids) {
        match self {
            Self::TypeAdded(new) => new.resolve(ids),
            Self::PlanVersioned(new) => new.resolve(ids),
            Self::JurisdictionSet(new) => new.resolve(ids),
            Self::Sold(new) => new.resolve(ids),
            Self::TermBegun(new) => new.resolve(ids),
            Self::Subscribed(new) => new.resolve(ids),
            Self::Linked(new) => new.resolve(ids),
            Self::Edited(new) => new.resolve(ids),
            Self::NoticeGiven(new) => new.resolve(ids),
            Self::LinkEnded { link, .. } => link.resolve(ids),
            Self::EditEnded { edit, .. } | Self::Returned { edit, .. } => edit.resolve(ids),
            Self::Consented { membership, .. } | Self::Ended { membership, .. } => membership.resolve(ids),
        }
    }
}

resolve! {
    MembershipType: id, location option;
    PlanVersion: id, of;
    JurisdictionVersion: id, location option;
    Membership: id, member, of, plan, location, law option, follows option;
    Term: id, membership, plan;
    Subscription: id, membership, payer;
}

impl MembershipCommand {
    /// Returns what is asked, as in "cannot …".
    pub(crate) const fn action(&self) -> &'static str {
        match self {
            Self::AddType { .. } => "add the membership type",
            Self::Revise { .. } => "revise the plan",
            Self::SetJurisdiction { .. } => "set the law",
            Self::Sell { .. } => "sell the membership",
            Self::Link { .. } => "link the person",
            Self::EndLink { .. } => "end the link",
            Self::Freeze { .. } => "freeze the membership",
            Self::Gift { .. } => "give the days",
            Self::FreezeAll { .. } => "freeze the memberships",
            Self::EndFreeze { .. } => "end the freeze",
            Self::GiveNotice { .. } => "give notice",
            Self::TakeBack { .. } => "take the contract back",
            Self::Exit { .. } => "leave by right",
            Self::Switch { .. } => "switch the plan",
            Self::Consent { .. } => "record the consent",
            Self::Renew { .. } => "renew the memberships",
        }
    }
}
