//! Equipment, its units and their maintenance as rows.

use diesel::prelude::*;
use gym_core::equipment::{Equipment, MaintenanceLog, Unit};

use crate::error::StoreError;
use crate::row::{id, period, stamp};
use crate::schema::{equipment, equipment_units, maintenance_logs};
use crate::stamp::Stamp;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = equipment, treat_none_as_default_value = false)]
pub(crate) struct EquipmentRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    location_id: i64,
    name: String,
}

impl From<Equipment> for EquipmentRow {
    fn from(it: Equipment) -> Self {
        Self {
            id: it.id.get(),
            location_id: it.location.get(),
            name: it.name,
        }
    }
}

impl From<EquipmentRow> for Equipment {
    fn from(row: EquipmentRow) -> Self {
        Self {
            id: id(row.id),
            location: id(row.location_id),
            name: row.name,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = equipment_units, treat_none_as_default_value = false)]
pub(crate) struct UnitRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    equipment_id: i64,
    label: String,
}

impl From<Unit> for UnitRow {
    fn from(unit: Unit) -> Self {
        Self {
            id: unit.id.get(),
            equipment_id: unit.equipment.get(),
            label: unit.label,
        }
    }
}

impl From<UnitRow> for Unit {
    fn from(row: UnitRow) -> Self {
        Self {
            id: id(row.id),
            equipment: id(row.equipment_id),
            label: row.label,
        }
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = maintenance_logs, treat_none_as_default_value = false)]
pub(crate) struct MaintenanceRow {
    #[diesel(skip_insertion)]
    pub(crate) id: i64,
    unit_id: i64,
    starts_at: Stamp,
    ends_at: Stamp,
    work: String,
    done: bool,
}

impl From<MaintenanceLog> for MaintenanceRow {
    fn from(job: MaintenanceLog) -> Self {
        Self {
            id: job.id.get(),
            unit_id: job.unit.get(),
            starts_at: stamp(job.period.start()),
            ends_at: stamp(job.period.end()),
            work: job.work,
            done: job.done,
        }
    }
}

impl TryFrom<MaintenanceRow> for MaintenanceLog {
    type Error = StoreError;

    fn try_from(row: MaintenanceRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(row.id),
            unit: id(row.unit_id),
            period: period("maintenance_logs.starts_at", row.starts_at, row.ends_at)?,
            work: row.work,
            done: row.done,
        })
    }
}
