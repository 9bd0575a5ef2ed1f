//! Decisions that change what a class can hold: a unit goes out of service or comes back, a room is resized.

use super::ahead::Ahead;
use super::apply::{class_of, is_unit};
use super::displace::Changed;
use super::people::Checks;
use super::placing::Placing;
use super::{Club, Key, unknown};
use crate::booking::refusal::{Reason, Refusal};
use crate::command::{Command, Context};
use crate::decision::{Decision, Draft};
use crate::equipment::{MaintenanceLog, Unit};
use crate::event::Event;
use crate::id::{ClassId, MaintenanceId, RoomId, UnitId};
use crate::location::Location;
use crate::schedule::claim::{Buffers, Owner, Resource};
use crate::schedule::class::Class;
use crate::time::Period;

impl Club {
    pub(super) fn decide_maintenance(&self, command: &Command, context: &Context) -> Decision {
        match command {
            Command::StartMaintenance { unit, period, work } => {
                self.start_maintenance(*unit, *period, work, context)
            }
            Command::EndMaintenance { maintenance } => self.end_maintenance(*maintenance, context),
            Command::ResizeRoom { room, capacity } => self.resize_room(*room, *capacity, context),
            _ => Ok(Vec::new()),
        }
    }

    fn unit_at(&self, id: UnitId) -> Result<(&Unit, &Location), Refusal> {
        let missing = || unknown("equipment unit", id.get());
        let unit = self.units.get(id).ok_or_else(missing)?;
        let equipment = self.equipment.get(unit.equipment).ok_or_else(missing)?;
        Ok((unit, self.locations.get(equipment.location).ok_or_else(missing)?))
    }

    fn start_maintenance(&self, id: UnitId, period: Period, work: &str, context: &Context) -> Decision {
        let (unit, location) = self.unit_at(id)?;
        let mut checks = Checks::default();
        checks.0.extend(self.may_schedule(location, context));
        checks.text("work", work);
        checks.value(
            period.end() > context.now,
            "period",
            period,
            "a period that is not over",
        );
        let resource = Resource::Unit(id);
        for claim in self
            .claims
            .during(resource, period)
            .filter(|claim| class_of(claim.owner).is_none())
        {
            checks.0.push(Reason::Taken {
                resource,
                owner: claim.owner,
                period: claim.occupied(),
            });
        }
        checks.into_result(&format!("maintain {}", unit.label), location.zone)?;

        let mut draft = Draft::default();
        let job: MaintenanceId = draft.local();
        let log = MaintenanceLog {
            id: job,
            unit: id,
            period,
            work: work.to_owned(),
            done: false,
        };
        draft.push(Event::MaintenanceStarted(log));
        let held: Vec<ClassId> = self
            .claims
            .during(resource, period)
            .filter_map(|claim| class_of(claim.owner))
            .collect();
        for class in &held {
            draft.push(Event::Released {
                owner: Owner::Class(*class),
                resource: Some(resource),
            });
        }
        let mut placing = Placing::new(self);
        placing.take(
            &mut draft,
            Owner::Maintenance(job),
            period,
            &[(resource, Buffers::default())],
        );
        let classes = held.into_iter().filter_map(|class| self.classes.get(class));
        let to_come = |class: &&Class| class.is_scheduled() && class.period.start() > context.now;
        let classes: Vec<&Class> = classes.filter(to_come).collect();
        let mut ahead = Ahead::new(self, context.now);
        for class in classes {
            let left = self.units_held(class.id).saturating_sub(1);
            let spare = self.spare_unit(&placing, unit, class);
            placing.take(&mut draft, Owner::Class(class.id), class.period, &spare);
            let changed = Changed::units(class, left + Placing::units(&spare));
            let club = ahead.after(&draft);
            club.reseat(&mut draft, &mut placing, &changed, context.now);
        }
        Ok(draft.into_events())
    }

    /// Finds another unit of the same kind for a class, if one is free.
    fn spare_unit(&self, placing: &Placing<'_>, unit: &Unit, class: &Class) -> Vec<(Resource, Buffers)> {
        let others = self
            .units
            .of(Key::Equipment(unit.equipment))
            .map(|unit| Resource::Unit(unit.id));
        let buffers = class.offering.buffers;
        let occupied = buffers.around(class.period);
        let mut free = others.filter(|resource| placing.rival(*resource, occupied).is_none());
        free.next()
            .map(|resource| (resource, buffers))
            .into_iter()
            .collect()
    }

    fn end_maintenance(&self, id: MaintenanceId, context: &Context) -> Decision {
        let job = self
            .maintenance
            .get(id)
            .ok_or_else(|| unknown("maintenance", id.get()))?;
        let (unit, location) = self.unit_at(job.unit)?;
        let mut checks = Checks::default();
        checks.0.extend(self.may_schedule(location, context));
        if job.done {
            checks.0.push(Reason::NothingToDo {
                looked_for: format!("maintenance {id} that is not done"),
            });
        }
        checks.into_result(&format!("put {} back into service", unit.label), location.zone)?;

        let mut draft = Draft::default();
        draft.push(Event::MaintenanceDone {
            maintenance: id,
            at: context.now,
        });
        draft.push(Event::Released {
            owner: Owner::Maintenance(id),
            resource: None,
        });
        let mut placing = Placing::new(self);
        placing.free(Owner::Maintenance(id));
        let resource = Resource::Unit(unit.id);
        let wants = |class: &&Class| {
            class.offering.equipment == Some(unit.equipment)
                && class.is_scheduled()
                && class.period.start() > context.now
                && class.offering.buffers.around(class.period).overlaps(&job.period)
                && self.units_held(class.id) < class.offering.capacity
        };
        let classes = self.classes.of(Key::Location(location.id)).filter(wants);
        let classes: Vec<&Class> = classes.collect();
        let mut ahead = Ahead::new(self, context.now);
        for class in classes {
            let buffers = class.offering.buffers;
            if placing.rival(resource, buffers.around(class.period)).is_none() {
                placing.take(
                    &mut draft,
                    Owner::Class(class.id),
                    class.period,
                    &[(resource, buffers)],
                );
                let changed = Changed::units(class, self.units_held(class.id) + 1);
                let club = ahead.after(&draft);
                club.reseat(&mut draft, &mut placing, &changed, context.now);
            }
        }
        Ok(draft.into_events())
    }

    fn resize_room(&self, id: RoomId, capacity: u32, context: &Context) -> Decision {
        let room = self.rooms.get(id).ok_or_else(|| unknown("room", id.get()))?;
        let location = self
            .locations
            .get(room.location)
            .ok_or_else(|| unknown("location", room.location.get()))?;
        let mut checks = Checks::default();
        checks.0.extend(self.may_schedule(location, context));
        checks.value(
            (1..=100_000).contains(&capacity),
            "capacity",
            capacity,
            "1 to 100000",
        );
        checks.into_result(&format!("resize {}", room.name), location.zone)?;
        let mut draft = Draft::default();
        draft.push(Event::RoomResized { room: id, capacity });
        let mut placing = Placing::new(self);
        let to_come = |class: &&Class| class.is_scheduled() && class.period.start() > context.now;
        let classes: Vec<&Class> = self.classes.of(Key::Room(id)).filter(to_come).collect();
        let mut ahead = Ahead::new(self, context.now);
        for class in classes {
            let units = class.offering.equipment.map(|_| self.units_held(class.id));
            let changed = Changed {
                units,
                room_capacity: Some(capacity),
                ..Changed::same(class)
            };
            let club = ahead.after(&draft);
            club.reseat(&mut draft, &mut placing, &changed, context.now);
        }
        Ok(draft.into_events())
    }

    fn units_held(&self, class: ClassId) -> u32 {
        self.claims
            .of(Owner::Class(class))
            .filter(|claim| is_unit(claim.resource))
            .count() as u32
    }
}

impl Changed {
    fn same(class: &Class) -> Self {
        Self {
            class: class.clone(),
            units: None,
            given: None,
            room_capacity: None,
            moved: false,
        }
    }

    fn units(class: &Class, units: u32) -> Self {
        Self {
            units: Some(units),
            ..Self::same(class)
        }
    }
}
