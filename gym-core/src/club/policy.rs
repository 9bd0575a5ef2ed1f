//! Which location a command is about, and which booking policy is in force there.

use std::sync::LazyLock;

use super::{Club, Key, within_calendar};
use crate::booking::policy::Policy;
use crate::command::{Command, Context};
use crate::event::PolicyVersion;
use crate::id::{LocationId, PolicyId, TrainerId, UnitId};

static DEFAULT_POLICY: LazyLock<Policy> = LazyLock::new(Policy::default);

impl Club {
    /// Returns the version of the policy in force at a location; none if it is the built-in default.
    pub fn policy_version(&self, location: Option<LocationId>) -> Option<PolicyId> {
        self.version_for(location).map(|version| version.id)
    }

    /// Returns the policy in force at a location.
    pub fn policy(&self, location: LocationId) -> &Policy {
        self.version_for(Some(location))
            .map_or(&DEFAULT_POLICY, |version| &version.policy)
    }

    fn version_for(&self, location: Option<LocationId>) -> Option<&PolicyVersion> {
        let own = location.and_then(|location| self.policies.of(Key::Location(location)).next_back());
        own.or_else(|| {
            self.policies
                .iter()
                .rev()
                .find(|version| version.location.is_none())
        })
    }

    /// Returns the location that a command is about, if it is about one that exists.
    pub fn location_of(&self, command: &Command) -> Option<LocationId> {
        if let Some(class) = command.class() {
            return self.classes.get(class).map(|class| class.offering.location);
        }
        match command {
            Command::AddRoom { location, .. }
            | Command::AddEquipment { location, .. }
            | Command::CloseLocation { location, .. }
            | Command::BookSession { location, .. }
            | Command::GrantAccess { location, .. } => Some(*location),
            Command::AddSeries { offering, .. } | Command::AddClass { offering, .. } => {
                Some(offering.location)
            }
            Command::Materialise { series, .. } => {
                self.series.get(*series).map(|series| series.offering.location)
            }
            Command::MoveSession { session, .. }
            | Command::CancelSession { session }
            | Command::CompleteSession { session, .. } => {
                self.sessions.get(*session).map(|session| session.location)
            }
            Command::LiftClosure { closure } => self.closures.get(*closure).map(|closure| closure.location),
            Command::ResizeRoom { room, .. } => self.rooms.get(*room).map(|room| room.location),
            Command::StartMaintenance { unit, .. } => self.location_of_unit(*unit),
            Command::EndMaintenance { maintenance } => self
                .maintenance
                .get(*maintenance)
                .and_then(|job| self.location_of_unit(job.unit)),
            Command::AddMember { home, .. } | Command::AddTrainer { home, .. } => Some(*home),
            Command::Billing(command) => self.location_of_bill(command),
            Command::Membership(command) => self.location_of_contract(command),
            Command::Entitlement(command) => self.location_of_entitlement(command),
            Command::Door(command) => self.location_of_door(command),
            Command::EndAccess { access, .. } => self.access.get(*access).map(|access| access.location),
            Command::SetAvailability { trainer, .. } | Command::AssignTrainer { trainer, .. } => {
                self.home_of(*trainer)
            }
            Command::EndAssignment { assignment, .. } => self
                .assignments
                .get(*assignment)
                .and_then(|assignment| self.home_of(assignment.trainer)),
            _ => None,
        }
    }

    /// Returns the version of the policy in force where a command is about; none if that is nowhere, if it is the
    /// built-in default, or if the command is refused before anything is looked at.
    pub fn policy_for(&self, command: &Command, context: &Context) -> Option<PolicyId> {
        within_calendar(command, context).ok()?;
        self.policy_version(Some(self.location_of(command)?))
    }

    fn home_of(&self, trainer: TrainerId) -> Option<LocationId> {
        self.trainers.get(trainer).map(|trainer| trainer.home)
    }

    fn location_of_unit(&self, unit: UnitId) -> Option<LocationId> {
        let unit = self.units.get(unit)?;
        self.equipment
            .get(unit.equipment)
            .map(|equipment| equipment.location)
    }
}
