//! A [`Change`]: what a command changes of a class, and of its series.

use chrono::Duration;
use chrono_tz::Tz;

use crate::command::Command;
use crate::id::{RoomId, TrainerId};
use crate::schedule::class::{Class, Offering};

/// What changes, the same for every class that it reaches.
pub(super) struct Change {
    pub(super) shift: Duration,
    pub(super) minutes: Option<u32>,
    pub(super) room: Option<RoomId>,
    pub(super) trainer: Option<TrainerId>,
    pub(super) capacity: Option<u32>,
}

impl Change {
    /// Returns what a command changes of a class, or none where it calls it off.
    pub(super) fn of(command: &Command, class: &Class, zone: Tz) -> Option<Self> {
        let none = Self {
            shift: Duration::zero(),
            minutes: None,
            room: None,
            trainer: None,
            capacity: None,
        };
        match command {
            Command::MoveClass {
                start, minutes, room, ..
            } => Some(Self {
                shift: *start - class.civil_start(zone),
                minutes: *minutes,
                room: *room,
                ..none
            }),
            Command::Substitute { trainer, .. } => Some(Self {
                trainer: Some(*trainer),
                ..none
            }),
            Command::SetCapacity { capacity, .. } => Some(Self {
                capacity: Some(*capacity),
                ..none
            }),
            _ => None,
        }
    }

    /// Returns what is offered then.
    pub(super) fn offering(&self, of: &Offering) -> Offering {
        Offering {
            minutes: self.minutes.unwrap_or(of.minutes),
            room: self.room.or(of.room),
            trainer: self.trainer.or(of.trainer),
            capacity: self.capacity.unwrap_or(of.capacity),
            ..of.clone()
        }
    }
}
