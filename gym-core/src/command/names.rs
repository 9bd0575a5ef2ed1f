//! What a [`Command`] names.

use super::{Book, Command};
use crate::id::{ClassId, EquipmentId};
use crate::user::Person;

impl Command {
    /// Returns the personal fields, which serializing leaves out.
    pub const fn person(&self) -> Option<&Person> {
        match self {
            Self::AddUser { person } | Self::AddMember { person, .. } | Self::AddTrainer { person, .. } => {
                Some(person)
            }
            _ => None,
        }
    }

    /// Returns the class that the command names.
    pub const fn class(&self) -> Option<ClassId> {
        match self {
            Self::Book(Book { class, .. })
            | Self::Cancel { class, .. }
            | Self::CheckIn { class, .. }
            | Self::MarkNoShow { class, .. }
            | Self::Promote { class }
            | Self::Hold { class, .. }
            | Self::ReleaseHold { class, .. }
            | Self::MoveClass { class, .. }
            | Self::CancelClass { class, .. }
            | Self::Substitute { class, .. }
            | Self::SetCapacity { class, .. } => Some(*class),
            _ => None,
        }
    }

    /// Returns the kind of equipment that a new class would need.
    pub const fn equipment(&self) -> Option<EquipmentId> {
        match self {
            Self::AddSeries { offering, .. } | Self::AddClass { offering, .. } => offering.equipment,
            _ => None,
        }
    }
}
