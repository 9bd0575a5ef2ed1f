//! Decisions about people and places: who may do what, who trains where, what stands where.

pub(super) use super::checks::{Checks, is_line};
use super::{Club, Key};
use crate::booking::refusal::Reason;
use crate::command::{Command, Context};
use crate::decision::{Decision, Draft};
use crate::equipment::{Equipment, Unit};
use crate::event::{Event, PolicyVersion};
use crate::id::{EquipmentId, LocationId, UserId};
use crate::location::{Location, Room};
use crate::member::{Access, Member};
use crate::schedule::availability::Availability;
use crate::time::Instant;
use crate::trainer::{Assignment, Trainer};
use crate::user::{RoleGrant, User};

impl Club {
    pub(super) fn decide_people(&self, command: &Command, context: &Context) -> Decision {
        let mut checks = Checks::default();
        let mut draft = Draft::default();
        let location = self.location_of(command);
        let zone = location
            .and_then(|id| self.locations.get(id))
            .map_or(chrono_tz::UTC, |location| location.zone);
        let today = crate::time::civil(zone, context.now).date();
        let actor = self.actor_facts(context.actor);
        let staff_may = matches!(
            command,
            Command::AddMember { .. }
                | Command::GrantAccess { .. }
                | Command::EndAccess { .. }
                | Command::AssignTrainer { .. }
                | Command::EndAssignment { .. }
                | Command::SetAvailability { .. }
        );
        let is_staff = match location {
            Some(location) => actor.is_staff(location, today),
            None => actor
                .roles
                .iter()
                .any(|grant| grant.role.is_staff() && grant.is_on(today)),
        };
        let allowed = actor.is_admin(location, today) || (staff_may && is_staff);
        if !allowed {
            checks.0.push(Reason::NotPermitted {
                action: "manage people and places".to_owned(),
                location,
            });
        }
        self.check_people(command, &mut checks);
        self.check_places(command, &mut checks);
        if let Command::SetPolicy { location, policy } = command {
            self.check_levied(*location, policy, context.now, &mut checks);
        }
        checks.into_result("do that", zone)?;
        self.draft_people(&mut draft, command, context.now);
        draft_places(&mut draft, command);
        Ok(draft.into_events())
    }

    fn check_people(&self, command: &Command, checks: &mut Checks) {
        match command {
            Command::GrantRole {
                user,
                location,
                from,
                until,
                ..
            } => {
                checks.known("user", *user, self.users.get(*user));
                self.check_location(*location, checks);
                checks.days(*from, *until);
            }
            Command::EndRole { grant, until } => {
                if let Some(grant) = checks.known("role grant", *grant, self.grants.get(*grant)) {
                    checks.ends(grant.from, grant.until, *until);
                }
            }
            Command::AddMember { user, home, .. } => {
                self.check_location(Some(*home), checks);
                self.check_link(*user, true, checks);
            }
            Command::AddTrainer {
                user,
                home,
                also_at,
                availability,
                ..
            } => {
                self.check_location(Some(*home), checks);
                self.check_hours(availability, checks);
                also_at
                    .iter()
                    .for_each(|location| self.check_location(Some(*location), checks));
                self.check_link(*user, false, checks);
            }
            Command::GrantAccess {
                member,
                location,
                from,
                until,
            } => {
                checks.known("member", *member, self.members.get(*member));
                self.check_location(Some(*location), checks);
                checks.days(*from, *until);
            }
            Command::EndAccess { access, until } => {
                if let Some(access) = checks.known("location access", *access, self.access.get(*access)) {
                    checks.ends(access.from, access.until, *until);
                }
            }
            Command::SetAvailability {
                trainer,
                availability,
            } => {
                checks.known("trainer", *trainer, self.trainers.get(*trainer));
                self.check_hours(availability, checks);
            }
            Command::AssignTrainer { .. } => self.check_assignment(command, checks),
            Command::EndAssignment { assignment, until } => {
                let found = self.assignments.get(*assignment);
                if let Some(assignment) = checks.known("trainer assignment", *assignment, found) {
                    checks.ends(assignment.from, assignment.until, *until);
                }
            }
            _ => {}
        }
    }

    fn check_places(&self, command: &Command, checks: &mut Checks) {
        match command {
            Command::AddLocation { name, .. } => checks.text("name", name),
            Command::AddRoom {
                location,
                name,
                capacity,
            } => {
                self.check_location(Some(*location), checks);
                checks.text("name", name);
                checks.value(
                    (1..=100_000).contains(capacity),
                    "capacity",
                    capacity,
                    "1 to 100000",
                );
            }
            Command::AddEquipment {
                location,
                name,
                units,
            } => {
                self.check_location(Some(*location), checks);
                checks.text("name", name);
                checks.value(units.len() <= 10_000, "units", units.len(), "at most 10000 units");
                units.iter().for_each(|label| checks.text("unit label", label));
            }
            Command::SetPolicy { location, policy } => {
                self.check_location(*location, checks);
                if let Err(wrong) = policy.check() {
                    checks.value(false, wrong.field, wrong.value, wrong.expected);
                }
            }
            _ => {}
        }
    }

    fn check_hours(&self, availability: &Availability, checks: &mut Checks) {
        let places = availability.weekly.iter().map(|rule| rule.location);
        places.for_each(|place| self.check_location(place, checks));
    }

    fn check_location(&self, location: Option<LocationId>, checks: &mut Checks) {
        if let Some(id) = location {
            checks.known("location", id, self.locations.get(id));
        }
    }

    /// A user is linked to at most one member and one trainer.
    fn check_link(&self, user: Option<UserId>, to_member: bool, checks: &mut Checks) {
        let Some(user) = user else { return };
        checks.known("user", user, self.users.get(user));
        let key = Key::User(user);
        let by = if to_member {
            self.members
                .of(key)
                .next()
                .map(|member| format!("member {}", member.id))
        } else {
            self.trainers
                .of(key)
                .next()
                .map(|trainer| format!("trainer {}", trainer.id))
        };
        checks.0.extend(by.map(|by| Reason::UserTaken { by }));
    }

    /// At most one trainer is primary for a member, a kind of care and a day.
    fn check_assignment(&self, command: &Command, checks: &mut Checks) {
        let Some(new) = assignment(command, &mut Draft::default()) else {
            return;
        };
        checks.known("trainer", new.trainer, self.trainers.get(new.trainer));
        checks.known("member", new.member, self.members.get(new.member));
        checks.days(new.from, new.until);
        let mut others = self.assignments.of(Key::Member(new.member));
        let rival =
            others.find(|other| new.primary && other.primary && other.care == new.care && other.meets(&new));
        if let Some(rival) = rival {
            checks.0.push(Reason::PrimaryTaken {
                trainer: rival.trainer,
                member: rival.member,
            });
        }
    }
}

fn assignment(command: &Command, draft: &mut Draft) -> Option<Assignment> {
    let Command::AssignTrainer {
        trainer,
        member,
        care,
        primary,
        from,
        until,
    } = command
    else {
        return None;
    };
    Some(Assignment {
        id: draft.local(),
        trainer: *trainer,
        member: *member,
        care: *care,
        primary: *primary,
        from: *from,
        until: *until,
    })
}

impl Club {
    fn draft_people(&self, draft: &mut Draft, command: &Command, now: Instant) {
        let event = match command.clone() {
            Command::AddUser { person } => Event::UserAdded(User {
                id: draft.local(),
                person,
            }),
            Command::GrantRole {
                user,
                role,
                location,
                from,
                until,
            } => Event::RoleGranted(RoleGrant {
                id: draft.local(),
                user,
                role,
                location,
                from,
                until,
            }),
            Command::EndRole { grant, until } => Event::RoleEnded { grant, until },
            Command::AddMember {
                person,
                user,
                home,
                joined_on,
            } => Event::MemberAdded(Member {
                id: draft.local(),
                user,
                person,
                home,
                joined_on,
            }),
            Command::GrantAccess {
                member,
                location,
                from,
                until,
            } => Event::AccessGranted(Access {
                id: draft.local(),
                member,
                location,
                from,
                until,
            }),
            Command::EndAccess { access, until } => Event::AccessEnded { access, until },
            Command::AddTrainer {
                person,
                user,
                home,
                also_at,
                availability,
            } => Event::TrainerAdded(Trainer {
                id: draft.local(),
                user,
                person,
                home,
                starting_turns: self.starting_turns(home, &also_at, now),
                also_at,
                availability,
                joined_at: now,
            }),
            Command::SetAvailability {
                trainer,
                availability,
            } => Event::AvailabilitySet {
                trainer,
                availability,
            },
            Command::EndAssignment { assignment, until } => Event::AssignmentEnded { assignment, until },
            command => match assignment(&command, draft) {
                Some(assignment) => Event::TrainerAssigned(assignment),
                None => return,
            },
        };
        draft.push(event);
    }
}

fn draft_places(draft: &mut Draft, command: &Command) {
    match command.clone() {
        Command::AddLocation {
            name,
            zone,
            currency,
            hours,
        } => {
            let id = draft.local();
            draft.push(Event::LocationAdded(Location {
                id,
                name,
                zone,
                currency,
                hours,
            }));
        }
        Command::AddRoom {
            location,
            name,
            capacity,
        } => {
            let id = draft.local();
            draft.push(Event::RoomAdded(Room {
                id,
                location,
                name,
                capacity,
            }));
        }
        Command::AddEquipment {
            location,
            name,
            units,
        } => {
            let equipment: EquipmentId = draft.local();
            draft.push(Event::EquipmentAdded(Equipment {
                id: equipment,
                location,
                name,
            }));
            for label in units {
                let id = draft.local();
                draft.push(Event::UnitAdded(Unit { id, equipment, label }));
            }
        }
        Command::SetPolicy { location, policy } => {
            let id = draft.local();
            draft.push(Event::PolicySet(PolicyVersion { id, location, policy }));
        }
        _ => {}
    }
}
