//! How events change a [`Club`].

mod money;

use super::Club;
use crate::booking::WaitlistState;
use crate::event::{Event, Ids, New};
use crate::id::Id;
use crate::schedule::claim::{Owner, Resource};

impl Club {
    /// Gives ids to the new things of a decision, each the next of its kind.
    pub fn allot(&self, events: &[Event]) -> Ids {
        let mut next = Next(Vec::new());
        let mut ids = Ids::default();
        for event in events {
            for New { kind, local } in event.made().into_iter().chain(event.parts()) {
                ids.note(Local(local), next.of(kind, self.next_id(kind)));
            }
        }
        ids
    }

    /// Returns the next id of a kind of thing.
    fn next_id(&self, kind: &str) -> i64 {
        match kind {
            "user" => self.users.next_id(),
            "grant" => self.grants.next_id(),
            "location" => self.locations.next_id(),
            "room" => self.rooms.next_id(),
            "equipment" => self.equipment.next_id(),
            "unit" => self.units.next_id(),
            "member" => self.members.next_id(),
            "access" => self.access.next_id(),
            "trainer" => self.trainers.next_id(),
            "assignment" => self.assignments.next_id(),
            "policy" => self.policies.next_id(),
            "series" => self.series.next_id(),
            "class" => self.classes.next_id(),
            "session" => self.sessions.next_id(),
            "claim" => self.claims.next_id(),
            "closure" => self.closures.next_id(),
            "maintenance" => self.maintenance.next_id(),
            "registration" => self.registrations.next_id(),
            "waitlist" => self.waitlist.next_id(),
            "hold" => self.holds.next_id(),
            "penalty" => self.penalties.next_id(),
            "ban" => self.bans.next_id(),
            "payment" => self.payments.next_id(),
            "allocation" => self.allocations.next_id(),
            "refund" => self.refunds.next_id(),
            "gift card" => self.gift_cards.next_id(),
            "reminder" => self.reminders.next_id(),
            "payment details" => self.details.next_id(),
            "payment policy" => self.payment_policies.next_id(),
            "entry" => self.entries.next_id(),
            "product" => self.products.next_id(),
            "stock move" => self.stock.next_id(),
            "sale" => self.sales.next_id(),
            "pay rule" => self.pay_rules.next_id(),
            "pay run" => self.pay_runs.next_id(),
            "pay line" => self.pay_lines.next_id(),
            "membership type" => self.membership_types.next_id(),
            "plan version" => self.plans.next_id(),
            "jurisdiction" => self.jurisdictions.next_id(),
            "membership" => self.memberships.next_id(),
            "term" => self.terms.next_id(),
            "subscription" => self.subscriptions.next_id(),
            "link" => self.links.next_id(),
            "edit" => self.edits.next_id(),
            "notice" => self.notices.next_id(),
            "tax_table" => self.tax_tables.next_id(),
            "certificate" => self.certificates.next_id(),
            "discount" => self.discounts.next_id(),
            "redemption" => self.redemptions.next_id(),
            "billing_policy" => self.billing_policies.next_id(),
            "charge" => self.charges.next_id(),
            "invoice" => self.invoices.next_id(),
            "invoice_line" => self.next_line_id(),
            "credit_note" => self.credit_notes.next_id(),
            "lot" => self.lots.next_id(),
            "use" => self.uses.next_id(),
            "waiver" => self.waivers.next_id(),
            "signature" => self.signatures.next_id(),
            "visit" => self.visits.next_id(),
            "guest_visit" => self.guest_visits.next_id(),
            _ => 1,
        }
    }

    /// Makes what happened so. Events about what is not in this slice change nothing.
    pub fn apply(&mut self, events: &[Event], ids: &Ids) {
        for event in events {
            self.apply_one(event.resolved(ids));
        }
    }

    fn apply_one(&mut self, event: Event) {
        match event {
            Event::UserAdded(new) => self.users.insert(new),
            Event::RoleGranted(new) => self.grants.insert(new),
            Event::RoleEnded { grant, until } => self.grants.change(grant, |it| it.until = Some(until)),
            Event::LocationAdded(new) => self.locations.insert(new),
            Event::RoomAdded(new) => self.rooms.insert(new),
            Event::RoomResized { room, capacity } => self.rooms.change(room, |it| it.capacity = capacity),
            Event::EquipmentAdded(new) => self.equipment.insert(new),
            Event::UnitAdded(new) => self.units.insert(new),
            Event::MemberAdded(new) => self.members.insert(new),
            Event::AccessGranted(new) => self.access.insert(new),
            Event::AccessEnded { access, until } => self.access.change(access, |it| it.until = Some(until)),
            Event::TrainerAdded(new) => self.trainers.insert(new),
            Event::AvailabilitySet {
                trainer,
                availability,
            } => {
                self.trainers.change(trainer, |it| it.availability = availability);
            }
            Event::TrainerAssigned(new) => self.assignments.insert(new),
            Event::AssignmentEnded { assignment, until } => {
                self.assignments.change(assignment, |it| it.until = Some(until));
            }
            Event::PolicySet(new) => self.policies.insert(new),
            event => self.apply_timetable(event),
        }
    }

    fn apply_timetable(&mut self, event: Event) {
        match event {
            Event::SeriesAdded(new) => self.series.insert(new),
            Event::SeriesChanged {
                series,
                offering,
                recurrence,
            } => self.series.change(series, |it| {
                it.offering = offering;
                it.recurrence = recurrence;
            }),
            Event::ClassAdded(new) => self.classes.insert(new),
            Event::ClassMoved {
                class,
                period,
                offering,
            } => self.classes.change(class, |it| {
                it.period = period;
                it.offering = offering;
            }),
            Event::ClassRekeyed {
                class,
                series,
                original,
            } => self.classes.change(class, |it| {
                it.series = Some(series);
                it.original = Some(original);
            }),
            Event::ClassStated { class, state } => self.classes.change(class, |it| it.state = state),
            Event::SessionBooked(new) => self.sessions.insert(new),
            Event::SessionMoved {
                session,
                trainer,
                period,
            } => self.sessions.change(session, |it| {
                it.trainer = trainer;
                it.period = period;
            }),
            Event::SessionStated {
                session,
                state,
                closure,
            } => self.sessions.change(session, |it| {
                it.state = state;
                it.closure = closure;
            }),
            Event::Claimed(new) => self.claims.insert(new),
            Event::Released { owner, resource } => self.claims.release(owner, resource),
            Event::LocationClosed(new) => self.closures.insert(new),
            Event::ClosureLifted { closure } => self.closures.change(closure, |it| it.lifted = true),
            Event::MaintenanceStarted(new) => self.maintenance.insert(new),
            Event::MaintenanceDone { maintenance, at } => {
                self.maintenance
                    .change(maintenance, |it| *it = it.clone().finished(at));
            }
            Event::Membership(event) => self.apply_membership(event),
            Event::Entitlement(event) => self.apply_entitlement(event),
            Event::Door(event) => self.apply_door(event),
            Event::Billing(event) => self.apply_billing(event),
            Event::Payment(event) => self.apply_payment(event),
            Event::Ledger(event) => self.apply_ledger(event),
            Event::Shop(event) => self.apply_shop(event),
            Event::Pay(event) => self.apply_payroll(event),
            event => self.apply_booking(event),
        }
    }

    fn apply_booking(&mut self, event: Event) {
        match event {
            Event::Booked(new) => self.registrations.insert(new),
            Event::BookingSettled {
                registration,
                state,
                at,
                closure,
            } => {
                self.registrations.change(registration, |it| {
                    it.state = state;
                    it.settled_at = Some(at);
                    it.closure = closure;
                });
            }
            Event::BookingReinstated { registration } => self.registrations.change(registration, |it| {
                it.state = crate::booking::RegistrationState::Booked;
                it.settled_at = None;
                it.closure = None;
            }),
            Event::Waitlisted(new) => self.waitlist.insert(new),
            Event::WaitlistMoved {
                entry,
                state,
                offer_until,
            } => self.waitlist.change(entry, |it| {
                it.state = state;
                it.offer_until = offer_until;
            }),
            Event::WaitlistRevived { entry } => self
                .waitlist
                .change(entry, |it| it.state = WaitlistState::Waiting),
            Event::Held(new) => self.holds.insert(new),
            Event::HoldEnded { hold } => self.holds.change(hold, |it| it.ended = true),
            Event::Penalised(new) => self.penalties.insert(new),
            Event::PenaltyWaived { penalty, waiver } => {
                self.penalties.change(penalty, |it| it.waiver = Some(waiver));
            }
            Event::Banned(new) => self.bans.insert(new),
            Event::BanLifted { ban } => self.bans.change(ban, |it| it.lifted = true),
            _ => {}
        }
    }
}

/// The next ids of each kind of thing, within one decision.
struct Next(Vec<(&'static str, i64)>);

impl Next {
    fn of(&mut self, kind: &'static str, first: i64) -> i64 {
        if let Some((_, next)) = self.0.iter_mut().find(|(of, _)| *of == kind) {
            *next += 1;
            return *next;
        }
        self.0.push((kind, first));
        first
    }
}

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

/// The claims of an owner, as `(resource, …)` pairs, that are of a kind.
pub(super) fn is_unit(resource: Resource) -> bool {
    matches!(resource, Resource::Unit(_))
}

/// Returns the class that owns a claim, if a class does.
pub(super) const fn class_of(owner: Owner) -> Option<crate::id::ClassId> {
    match owner {
        Owner::Class(id) => Some(id),
        _ => None,
    }
}
