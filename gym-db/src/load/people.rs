//! Loading what commands about people and their rights are decided on.

use std::collections::BTreeSet;

use diesel::prelude::*;
use gym_core::command::Command;
use gym_core::id::{LocationId, TrainerId};
use gym_core::schedule::availability::Availability;

use super::Load;
use super::lock::Table;
use crate::error::StoreError;
use crate::member::AccessRow;
use crate::row::id;
use crate::schema::*;
use crate::trainer::AssignmentRow;
use crate::user::{GrantRow, UserRow};

impl Load<'_> {
    pub(super) fn people(&mut self, command: &Command) -> Result<(), StoreError> {
        match command {
            Command::GrantRole { user, location, .. } => {
                self.user(user.get())?;
                self.maybe_location(*location)?;
            }
            Command::EndRole { grant, .. } => {
                let rows = role_grants::table.find(grant.get()).select(GrantRow::as_select());
                for row in rows.load::<GrantRow>(self.connection)? {
                    self.club.grants.insert(row.into());
                }
            }
            Command::AddMember { user, home, .. } => {
                self.location(*home)?;
                user.map_or(Ok(()), |user| self.user(user.get()))?;
            }
            Command::AddTrainer {
                user,
                home,
                also_at,
                availability,
                ..
            } => {
                self.hours(availability)?;
                self.team_at(&also_at.iter().copied().chain([*home]).collect())?;
                user.map_or(Ok(()), |user| self.user(user.get()))?;
            }
            Command::GrantAccess { member, location, .. } => {
                self.location(*location)?;
                self.member(*member, self.now)?;
            }
            Command::EndAccess { access, .. } => {
                let rows = member_location_access::table
                    .find(access.get())
                    .select(AccessRow::as_select());
                for row in rows.load::<AccessRow>(self.connection)? {
                    let access: gym_core::member::Access = row.into();
                    self.location(access.location)?;
                    self.club.access.insert(access);
                }
            }
            Command::SetAvailability {
                trainer,
                availability,
            } => {
                self.lock([(Table::Trainer, trainer.get())])?;
                self.trainer_at_home(*trainer)?;
                self.hours(availability)?;
            }
            Command::AssignTrainer { trainer, member, .. } => {
                self.lock_members([member])?;
                self.trainer_at_home(*trainer)?;
                self.member(*member, self.now)?;
                let of = trainer_members::table.filter(trainer_members::member_id.eq(member.get()));
                let rows = of.select(AssignmentRow::as_select()).load(self.connection)?;
                self.assignments(rows)?;
            }
            Command::EndAssignment { assignment, .. } => {
                let one = trainer_members::table
                    .find(assignment.get())
                    .select(AssignmentRow::as_select());
                let rows = one.load(self.connection)?;
                self.assignments(rows)?;
                let found = self.club.assignments.get(*assignment).map(|it| it.trainer);
                found.map_or(Ok(()), |trainer| self.trainer_at_home(trainer))?;
            }
            Command::AddRoom { location, .. } | Command::AddEquipment { location, .. } => {
                self.location(*location)?;
            }
            Command::SetPolicy { location, policy } => self.levying(*location, policy)?,
            _ => {}
        }
        Ok(())
    }

    /// Loads the locations that hours name.
    fn hours(&mut self, availability: &Availability) -> Result<(), StoreError> {
        let places: BTreeSet<LocationId> = availability
            .weekly
            .iter()
            .filter_map(|rule| rule.location)
            .collect();
        places.into_iter().try_for_each(|place| self.location(place))
    }

    /// Loads some places with who works there, and the sessions that fair rotation counts.
    fn team_at(&mut self, places: &BTreeSet<LocationId>) -> Result<(), StoreError> {
        self.lock(places.iter().map(|place| (Table::Location, place.get())))?;
        let mut team = BTreeSet::new();
        for place in places {
            self.location(*place)?;
            team.extend(self.trainers_at(*place)?);
        }
        self.lock(team.iter().map(|it| (Table::Trainer, it.get())))?;
        team.iter().try_for_each(|it| self.trainer(*it))?;
        self.turns(&team, self.now)
    }

    /// Loads a trainer, and the location whose staff answers for them.
    fn trainer_at_home(&mut self, trainer: TrainerId) -> Result<(), StoreError> {
        self.trainer(trainer)?;
        let home = self.club.trainers.get(trainer).map(|trainer| trainer.home);
        self.maybe_location(home)
    }

    pub(super) fn maybe_location(&mut self, location: Option<LocationId>) -> Result<(), StoreError> {
        location.map_or(Ok(()), |location| self.location(location))
    }

    pub(super) fn user(&mut self, user: i64) -> Result<(), StoreError> {
        let rows = users::table.find(user).select(UserRow::as_select());
        for row in rows.load::<UserRow>(self.connection)? {
            self.club.users.insert(row.into());
        }
        let linked = members::table
            .filter(members::user_id.eq(user))
            .select(members::id);
        for member in linked.load::<i64>(self.connection)? {
            self.member(id(member), self.now)?;
        }
        let linked = trainers::table
            .filter(trainers::user_id.eq(user))
            .select(trainers::id);
        for trainer in linked.load::<i64>(self.connection)? {
            self.trainer(id(trainer))?;
        }
        Ok(())
    }

    pub(super) fn assignments(&mut self, rows: Vec<AssignmentRow>) -> Result<(), StoreError> {
        for row in rows {
            self.club.assignments.insert(row.into());
        }
        Ok(())
    }
}
