//! What commands are made of: [`Book`], [`Override`], and how far a change reaches.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::booking::policy::Channel;
use crate::booking::refusal::Code;
use crate::id::{ClassId, MemberId};

/// Books seats of a class for a member; an own hold or offer is used up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// Which class.
    pub class: ClassId,
    /// Who.
    pub member: MemberId,
    /// How many seats.
    pub seats: u32,
    /// From where.
    pub channel: Channel,
    /// What to do when there is no seat.
    pub if_full: IfFull,
    /// Rules that staff set aside, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overriding: Option<Override>,
}

impl Book {
    /// Asks for one seat, from the desk, or a refusal.
    pub const fn one(member: MemberId, class: ClassId) -> Self {
        Self {
            class,
            member,
            seats: 1,
            channel: Channel::Club,
            if_full: IfFull::Refuse,
            overriding: None,
        }
    }
}

/// What to do when there is no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IfFull {
    /// Say no.
    #[default]
    Refuse,
    /// Join the waitlist, also where only the share of the channel is used up.
    Wait,
}

/// Rules that staff set aside, and why: an input like any other, which is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// The rules.
    pub rules: BTreeSet<Code>,
    /// Why.
    pub why: String,
}

/// How far a change of a class reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// This class only.
    #[default]
    This,
    /// This class and those after it; the series is split.
    Following,
    /// Every class of the series that has not started.
    All,
}
