//! A [`Refusal`] lists every rule that said no, with the facts that each used, and what would be accepted.
//!
//! ```
//! use gym_core::booking::refusal::{Alternative, Reason, Refusal};
//! use gym_core::time::zone;
//!
//! let mut refusal = Refusal::new("book Spin", zone("Europe/Berlin")?);
//! refusal.reasons.push(Reason::Full { capacity: 12, taken: 12, kept: 0, asked: 1 });
//! refusal.alternatives.push(Alternative::Wait { position: 3 });
//! assert_eq!(
//!     refusal.to_string(),
//!     "cannot book Spin:\n  - the class is full (12 of 12 places taken)\ninstead:\n  - join the waitlist, at position 3",
//! );
//! # Ok::<(), gym_core::time::UnknownZone>(())
//! ```

mod code;
mod reason;

use std::fmt;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub use self::reason::{Code, Reason};
use crate::id::{ClassId, TrainerId};
use crate::time::{Instant, Period, civil};

/// What a command got for an answer when rules said no. Never empty when it is returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What was asked, as in "cannot …".
    pub action: String,
    /// The zone that times are written in.
    pub zone: Tz,
    /// Every rule that failed, in the order of checking.
    pub reasons: Vec<Reason>,
    /// What would have been accepted; advice, computed without locks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
}

impl Refusal {
    /// Starts a refusal without reasons.
    pub fn new(action: impl Into<String>, zone: Tz) -> Self {
        Self {
            action: action.into(),
            zone,
            reasons: Vec::new(),
            alternatives: Vec::new(),
        }
    }

    /// Makes a refusal for one reason.
    pub fn of(action: impl Into<String>, zone: Tz, reason: Reason) -> Self {
        Self {
            reasons: vec![reason],
            ..Self::new(action, zone)
        }
    }

    /// Whether a reason with this code is among the reasons.
    pub fn has(&self, code: Code) -> bool {
        self.reasons.iter().any(|reason| reason.code() == code)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}:", self.action)?;
        for reason in &self.reasons {
            write!(f, "\n  - {}", reason.sentence(self.zone))?;
        }
        if !self.alternatives.is_empty() {
            f.write_str("\ninstead:")?;
        }
        for alternative in &self.alternatives {
            write!(f, "\n  - {}", alternative.sentence(self.zone))?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// Something that would have been accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alternative {
    /// Waiting for a seat of this class.
    Wait {
        /// The position that the member would have.
        position: u32,
    },
    /// Fewer seats of this class.
    Seats {
        /// How many.
        seats: u32,
    },
    /// The same, later.
    From {
        /// The first instant at which it would be accepted, all else unchanged.
        at: Instant,
    },
    /// Another class.
    Class {
        /// Which.
        class: ClassId,
        /// Its title.
        title: String,
        /// Its start.
        starts_at: Instant,
        /// Its free seats.
        free: u32,
    },
    /// Another time for a session.
    Slot {
        /// With whom.
        trainer: TrainerId,
        /// When.
        period: Period,
    },
}

impl Alternative {
    /// Writes it as a proposal, with times on the clocks of `zone`.
    pub fn sentence(&self, zone: Tz) -> String {
        match self {
            Self::Wait { position } => format!("join the waitlist, at position {position}"),
            Self::Seats { seats } => format!("book {}", places(*seats)),
            Self::From { at } => format!("book from {}", clock(zone, *at)),
            Self::Class {
                title,
                starts_at,
                free,
                ..
            } => {
                format!("{title} on {} ({} free)", clock(zone, *starts_at), places(*free))
            }
            Self::Slot { trainer, period } => {
                format!("trainer {trainer} on {}", span(zone, period))
            }
        }
    }
}

impl Reason {
    /// Writes what the rule says and why, with times on the clocks of `zone`.
    pub fn sentence(&self, zone: Tz) -> String {
        super::sentence::of(self, zone)
    }

    /// Whether it is that there are no seats.
    pub(super) const fn is_of_seats(&self) -> bool {
        matches!(
            self,
            Self::Full { .. } | Self::ChannelFull { .. } | Self::SeatsKept { .. }
        )
    }

    /// Whether it is that there are no seats, of which there may be as many later: what a waitlist is for.
    pub(super) const fn may_pass(&self) -> bool {
        match self {
            Self::Full {
                capacity: most,
                asked,
                ..
            }
            | Self::ChannelFull { most, asked, .. } => *asked <= *most,
            reason => reason.is_of_seats(),
        }
    }
}

pub(crate) fn clock(zone: Tz, at: Instant) -> String {
    civil(zone, at).format("%a %-d %b %Y %H:%M").to_string()
}

pub(crate) fn span(zone: Tz, period: &Period) -> String {
    let (start, end) = (civil(zone, period.start()), civil(zone, period.end()));
    let last = if start.date() == end.date() {
        "%H:%M"
    } else {
        "%a %-d %b %Y %H:%M"
    };
    format!("{}–{}", start.format("%a %-d %b %Y %H:%M"), end.format(last))
}

pub(super) fn places(n: u32) -> String {
    if n == 1 {
        "1 place".to_owned()
    } else {
        format!("{n} places")
    }
}
