//! Saving what happened: each [`Event`] is a statement or two, and new things get their ids.

use diesel::prelude::*;
use gym_core::booking::{RegistrationState, Waiver};
use gym_core::check_in::DoorEvent;
use gym_core::entitlement::EntitlementEvent;
use gym_core::event::{Event, Ids, New as Made};
use gym_core::id::Id;

use crate::billing::{invoice, ledger};
use crate::booking::{BanRow, HoldRow, PenaltyRow, PolicyRow, RegistrationRow, WaitlistRow, waiver_column};
use crate::check_in::{GuestVisitRow, SignatureRow, VisitRow, WaiverRow};
use crate::connection::{AnyConnection, on_backend};
use crate::entitlement::UseRow;
use crate::equipment::{EquipmentRow, MaintenanceRow, UnitRow};
use crate::error::StoreError;
use crate::location::{ClosureRow, RoomRow};
use crate::member::{AccessRow, MemberRow};
use crate::membership::change as membership;
use crate::row::{CIVIL, number, stamp};
use crate::schedule::claim::{self, ClaimRow};
use crate::schedule::class::{self, ClassRow, SeriesRow};
use crate::schedule::session::SessionRow;
use crate::schema::*;
use crate::stamp::Stamp;
use crate::trainer::AssignmentRow;
use crate::user::{GrantRow, UserRow};
use crate::{entitlement, location, trainer};

/// Inserts a row and returns the id that it got beside the one it had in the decision.
macro_rules! insert {
    ($connection:expr, $table:ident, $local:expr, $row:expr) => {{
        let insert = diesel::insert_into($table::table)
            .values($row)
            .returning($table::id);
        let id = on_backend!(&mut *$connection, |c| $crate::statement::fixed(insert)
            .get_result(c)?);
        Some((Local($local), id))
    }};
}

/// Updates one row, which must be there.
macro_rules! update {
    ($connection:expr, $table:ident, $id:expr, $set:expr) => {{
        diesel::update($table::table.find($id.get()))
            .set($set)
            .execute($connection)?;
    }};
}

mod billing;
mod money;

/// Saves events in their order and returns the ids that the database gave.
pub(crate) fn save(connection: &mut AnyConnection, events: &[Event]) -> Result<Ids, StoreError> {
    let mut ids = Ids::default();
    let mut rest = events;
    while let Some((event, after)) = rest.split_first() {
        let made = billing::made(rest);
        if !made.is_empty() {
            invoice::insert(connection, &made, &mut ids)?;
            rest = &rest[made.len()..];
            continue;
        }
        let posted = ledger::insert(connection, rest, &mut ids)?;
        if posted > 0 {
            rest = &rest[posted..];
            continue;
        }
        if let Some((local, real)) = one(connection, event, event.resolved(&ids))? {
            ids.note(local, real);
        }
        rest = after;
    }
    Ok(ids)
}

type New = Option<(Local, i64)>;

/// A local id of any kind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Local(i64);

impl Id for Local {
    fn from_raw(value: i64) -> Self {
        Self(value)
    }
    fn raw(self) -> i64 {
        self.0
    }
}

fn one(connection: &mut AnyConnection, event: &Event, real: Event) -> Result<New, StoreError> {
    let Some(Made { local, .. }) = event.made() else {
        change(connection, &real)?;
        return Ok(None);
    };
    let c = connection;
    Ok(match real {
        Event::UserAdded(new) => insert!(c, users, local, UserRow::from(new)),
        Event::RoleGranted(new) => insert!(c, role_grants, local, GrantRow::from(new)),
        Event::LocationAdded(new) => Some((Local(local), location::insert(c, new)?)),
        Event::RoomAdded(new) => insert!(c, rooms, local, RoomRow::from(new)),
        Event::EquipmentAdded(new) => insert!(c, equipment, local, EquipmentRow::from(new)),
        Event::UnitAdded(new) => insert!(c, equipment_units, local, UnitRow::from(new)),
        Event::MemberAdded(new) => insert!(c, members, local, MemberRow::from(new)),
        Event::AccessGranted(new) => insert!(c, member_location_access, local, AccessRow::from(new)),
        Event::TrainerAdded(new) => Some((Local(local), trainer::insert(c, new)?)),
        Event::TrainerAssigned(new) => insert!(c, trainer_members, local, AssignmentRow::from(new)),
        Event::PolicySet(new) => insert!(c, policies, local, PolicyRow::new(&new)?),
        Event::SeriesAdded(new) => {
            insert!(
                c,
                class_series,
                local,
                SeriesRow::new(0, new.offering, &new.recurrence)?
            )
        }
        Event::ClassAdded(new) => insert!(c, classes, local, ClassRow::from(new)),
        Event::SessionBooked(new) => insert!(c, sessions, local, SessionRow::from(new)),
        Event::Claimed(new) => insert!(c, claims, local, ClaimRow::from(new)),
        Event::LocationClosed(new) => insert!(c, closures, local, ClosureRow::from(new)),
        Event::MaintenanceStarted(new) => insert!(c, maintenance_logs, local, MaintenanceRow::from(new)),
        Event::Booked(new) => {
            let class = classes::table.find(new.class.get()).select(classes::ends_at);
            let ends_at = class_registrations::ends_at.eq(class.single_value().assume_not_null());
            insert!(
                c,
                class_registrations,
                local,
                (RegistrationRow::from(new), ends_at)
            )
        }
        Event::Waitlisted(new) => insert!(c, class_waitlist, local, WaitlistRow::from(new)),
        Event::Held(new) => insert!(c, holds, local, HoldRow::from(new)),
        Event::Penalised(new) => insert!(c, penalties, local, PenaltyRow::from(new)),
        Event::Banned(new) => insert!(c, bans, local, BanRow::from(new)),
        Event::Membership(new) => membership::save(c, new)?.map(|id| (Local(local), id)),
        Event::Entitlement(EntitlementEvent::Granted(new)) => {
            Some((Local(local), entitlement::insert(c, &new)?))
        }
        Event::Entitlement(EntitlementEvent::Held(new)) => insert!(c, lot_uses, local, UseRow::from(new)),
        Event::Door(DoorEvent::WaiverAdded(new)) => insert!(c, waivers, local, WaiverRow::from(new)),
        Event::Door(DoorEvent::WaiverSigned(new)) => {
            insert!(c, waiver_signatures, local, SignatureRow::from(new))
        }
        Event::Door(DoorEvent::Entered(new)) => insert!(c, visits, local, VisitRow::from(new)),
        Event::Door(DoorEvent::GuestEntered(new)) => {
            insert!(c, guest_visits, local, GuestVisitRow::from(new))
        }
        Event::Billing(event) => billing::insert(c, local, event)?,
        event => money::insert(c, local, event)?,
    })
}

fn change(c: &mut AnyConnection, event: &Event) -> Result<(), StoreError> {
    match event {
        Event::RoleEnded { grant, until } => {
            update!(c, role_grants, grant, role_grants::valid_until.eq(until));
        }
        Event::RoomResized { room, capacity } => {
            update!(c, rooms, room, rooms::capacity.eq(number(*capacity)));
        }
        Event::AccessEnded { access, until } => {
            update!(
                c,
                member_location_access,
                access,
                member_location_access::valid_until.eq(until)
            );
        }
        Event::AvailabilitySet {
            trainer,
            availability,
        } => trainer::set_hours(c, trainer.get(), availability)?,
        Event::AssignmentEnded { assignment, until } => {
            update!(
                c,
                trainer_members,
                assignment,
                trainer_members::valid_until.eq(until)
            );
        }
        Event::SeriesChanged {
            series,
            offering,
            recurrence,
        } => {
            let row = SeriesRow::new(series.get(), offering.clone(), recurrence)?;
            update!(c, class_series, series, row);
        }
        Event::ClassMoved {
            class,
            period,
            offering,
        } => class::move_to(c, class.get(), *period, offering.clone())?,
        Event::ClassRekeyed {
            class,
            series,
            original,
        } => {
            let original = original.format(CIVIL).to_string();
            let key = (
                classes::series_id.eq(series.get()),
                classes::original_start.eq(original),
            );
            update!(c, classes, class, key);
        }
        Event::ClassStated { class, state } => {
            let (state, closure) = class::state_columns(*state);
            update!(
                c,
                classes,
                class,
                (classes::state.eq(state), classes::closure_id.eq(closure))
            );
        }
        Event::SessionMoved {
            session,
            trainer,
            period,
        } => {
            let times = (
                sessions::starts_at.eq(stamp(period.start())),
                sessions::ends_at.eq(stamp(period.end())),
            );
            update!(
                c,
                sessions,
                session,
                (sessions::trainer_id.eq(trainer.get()), times)
            );
        }
        Event::SessionStated {
            session,
            state,
            closure,
        } => {
            let closure = closure.map(|it| it.get());
            update!(
                c,
                sessions,
                session,
                (
                    sessions::state.eq(state.as_str()),
                    sessions::closure_id.eq(closure)
                )
            );
        }
        Event::Released { owner, resource } => claim::release(c, *owner, *resource)?,
        Event::ClosureLifted { closure } => update!(c, closures, closure, closures::lifted.eq(true)),
        Event::MaintenanceDone { maintenance, at } => {
            let job: MaintenanceRow = maintenance_logs::table
                .find(maintenance.get())
                .select(MaintenanceRow::as_select())
                .first(c)?;
            let job = gym_core::equipment::MaintenanceLog::try_from(job)?.finished(*at);
            let ends_at = maintenance_logs::ends_at.eq(stamp(job.period.end()));
            update!(
                c,
                maintenance_logs,
                maintenance,
                (maintenance_logs::done.eq(true), ends_at)
            );
        }
        Event::Membership(event) => {
            membership::save(c, event.clone())?;
        }
        Event::Entitlement(event) => entitlement::change(c, event)?,
        Event::Door(DoorEvent::Left { visit, at }) => {
            update!(c, visits, visit, visits::left_at.eq(stamp(*at)));
        }
        Event::Billing(event) => billing::change(c, event)?,
        Event::Payment(_) | Event::Ledger(_) | Event::Shop(_) | Event::Pay(_) => money::change(c, event)?,
        event => change_booking(c, event)?,
    }
    Ok(())
}

fn change_booking(c: &mut AnyConnection, event: &Event) -> Result<(), StoreError> {
    match event {
        Event::BookingSettled {
            registration,
            state,
            at,
            closure,
        } => {
            let settled = (
                class_registrations::state.eq(state.as_str()),
                class_registrations::settled_at.eq(stamp(*at)),
                class_registrations::closure_id.eq(closure.map(|it| it.get())),
            );
            update!(c, class_registrations, registration, settled);
        }
        Event::BookingReinstated { registration } => {
            let booked = (
                class_registrations::state.eq(RegistrationState::Booked.as_str()),
                class_registrations::settled_at.eq(None::<Stamp>),
                class_registrations::closure_id.eq(None::<i64>),
            );
            update!(c, class_registrations, registration, booked);
        }
        Event::WaitlistMoved {
            entry,
            state,
            offer_until,
        } => {
            let moved = (
                class_waitlist::state.eq(state.as_str()),
                class_waitlist::offer_until.eq(offer_until.map(stamp)),
            );
            update!(c, class_waitlist, entry, moved);
        }
        Event::WaitlistRevived { entry } => {
            update!(c, class_waitlist, entry, class_waitlist::state.eq("waiting"));
        }
        Event::HoldEnded { hold } => update!(c, holds, hold, holds::ended.eq(true)),
        Event::PenaltyWaived { penalty, waiver } => {
            let waived = (
                penalties::waiver.eq(waiver_column(Some(*waiver))),
                penalties::pardoned.eq(*waiver == Waiver::Desk),
            );
            update!(c, penalties, penalty, waived);
        }
        Event::BanLifted { ban } => update!(c, bans, ban, bans::lifted.eq(true)),
        _ => {}
    }
    Ok(())
}
