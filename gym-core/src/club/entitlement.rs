//! Decisions about lots: granting, selling, taking back, expiring, and forgiving what cost one.

use super::people::Checks;
use super::{Club, Key, unknown};
use crate::booking::Waiver;
use crate::booking::penalty::forgive;
use crate::booking::refusal::{Reason, Refusal};
use crate::command::Context;
use crate::decision::{Decision, Draft};
use crate::entitlement::{
    EntitlementCommand, EntitlementEvent, Grant, Lot, Source, Target, Use, UseState, Uses, Validity,
};
use crate::event::Event;
use crate::id::{LocationId, LotId, PenaltyId};
use crate::location::Location;
use crate::time::Instant;

/// The most lots that one sweep looks at.
const SWEEP_MAX: usize = 1_000;

impl Club {
    pub(super) fn location_of_entitlement(&self, command: &EntitlementCommand) -> Option<LocationId> {
        match command {
            EntitlementCommand::Grant { grant, .. } | EntitlementCommand::SellPass { grant } => {
                Some(grant.location)
            }
            EntitlementCommand::Withdraw { lot } => self.lots.get(*lot).map(|lot| lot.location),
            EntitlementCommand::Expire { location } => Some(*location),
            EntitlementCommand::WaivePenalty { penalty, .. } => {
                let class = self.classes.get(self.penalties.get(*penalty)?.class)?;
                Some(class.offering.location)
            }
        }
    }

    pub(super) fn decide_entitlement(&self, command: &EntitlementCommand, context: &Context) -> Decision {
        match command {
            EntitlementCommand::Grant { grant, source } => self.grant(grant, *source, context),
            EntitlementCommand::SellPass { grant } => self.grant(grant, Source::Sale, context),
            EntitlementCommand::Withdraw { lot } => self.withdraw(*lot, context),
            EntitlementCommand::Expire { location } => self.expire(*location, context),
            EntitlementCommand::WaivePenalty { penalty, why } => self.waive_penalty(*penalty, why, context),
        }
    }

    /// Finds the location where something is to be done. Who may not sell there is told that, and nothing of what there is.
    fn counter(&self, at: LocationId, action: &str, context: &Context) -> Found<&Location> {
        let location = self.locations.get(at);
        let location = location.ok_or_else(|| unknown("location", at.get()))?;
        let actor = self.actor_facts(context.actor);
        if actor.is_staff(at, location.date(context.now)) {
            return Ok(location);
        }
        let reason = Reason::NotPermitted {
            action: "sell and give passes".to_owned(),
            location: Some(at),
        };
        Err(Refusal::of(action, location.zone, reason))
    }

    fn grant(&self, grant: &Grant, source: Source, context: &Context) -> Decision {
        let location = self.counter(grant.location, "grant a lot", context)?;
        let mut checks = Checks::default();
        self.check_grant(grant, source, location, &mut checks);
        checks.into_result("grant a lot", location.zone)?;
        let mut draft = Draft::default();
        let lot = Lot::new(draft.local(), grant.clone(), source, context.now);
        draft.push(Event::Entitlement(EntitlementEvent::Granted(lot)));
        Ok(draft.into_events())
    }

    pub(super) fn check_grant(
        &self,
        grant: &Grant,
        source: Source,
        location: &Location,
        checks: &mut Checks,
    ) {
        let members = std::iter::once(grant.member).chain(grant.shared_with.iter().copied());
        for member in members {
            checks.known("member", member, self.members.get(member));
        }
        let shared = grant.shared_with.len();
        checks.value(shared <= 20, "shared_with", shared, "at most 20 members");
        let own = grant.shared_with.contains(&grant.member);
        checks.value(!own, "shared_with", grant.member, "others than the owner");
        if let Err(wrong) = grant.terms.check() {
            checks.value(false, wrong.field, wrong.value, wrong.expected);
        }
        for at in grant.terms.scope.locations.iter().flatten() {
            checks.known("location", *at, self.locations.get(*at));
        }
        let currency = location.currency;
        let fits = grant.price.currency() == currency && !grant.price.is_negative();
        checks.value(
            fits,
            "price",
            grant.price,
            &format!("an amount in {currency}, not below nothing"),
        );
        match source {
            Source::Restore(lot) => {
                checks.known("lot", lot, self.lots.get(lot));
            }
            Source::Plan(id) => {
                checks.known("membership", id, self.memberships.get(id));
            }
            Source::Sale | Source::Gift => {}
        }
    }

    fn withdraw(&self, id: LotId, context: &Context) -> Decision {
        let lot = self.lots.get(id).ok_or_else(|| unknown("lot", id.get()))?;
        let action = format!("take back lot {id}");
        let location = self.counter(lot.location, &action, context)?;
        let mut checks = Checks::default();
        if lot.withdrawn {
            let looked_for = format!("lot {id} that is not taken back");
            checks.0.push(Reason::NothingToDo { looked_for });
        }
        let by = self.left_without(lot, None);
        if !by.is_empty() {
            checks.0.push(Reason::LotNeeded { lot: id, by });
        }
        checks.into_result(&action, location.zone)?;
        let mut draft = Draft::default();
        let uses = self.left_in(lot);
        draft.push(Event::Entitlement(EntitlementEvent::Withdrawn {
            lot: id,
            uses,
            at: context.now,
        }));
        Ok(draft.into_events())
    }

    /// Lists the visits that a lot covers and no other would, if it is gone, or if less is there `instead`.
    pub(super) fn left_without(&self, lot: &Lot, instead: Option<&Lot>) -> Vec<Target> {
        let mut rest = self.holdings(lot.owner);
        rest.lots.retain(|other| other.id != lot.id);
        rest.lots.extend(instead);
        let plan = rest.plan(&[]).unwrap_or_default();
        let held = |target: Target| {
            let mut uses = rest
                .uses
                .iter()
                .filter(|it| it.lot == lot.id && it.state == UseState::Held);
            uses.any(|it| it.target == target)
        };
        let booked = rest
            .booked
            .iter()
            .enumerate()
            .filter(|(n, _)| plan.of(*n).next().is_none());
        booked
            .map(|(_, booked)| booked.target)
            .filter(|target| held(*target))
            .collect()
    }

    /// Returns how many uses of a pass are neither consumed nor expired; none if it has no one count.
    pub(super) fn left_in(&self, lot: &Lot) -> Option<u32> {
        let Uses::Counted(count) = lot.terms.uses else {
            return None;
        };
        let consumed = self
            .uses
            .of(Key::Lot(lot.id))
            .filter(|it| it.state == UseState::Consumed);
        let consumed = u32::try_from(consumed.count()).unwrap_or(u32::MAX);
        Some(count.saturating_sub(consumed).saturating_sub(lot.broken_in(0)))
    }

    fn expire(&self, at: LocationId, context: &Context) -> Decision {
        let location = self.counter(at, "expire lots", context)?;
        let today = location.date(context.now);
        let mut draft = Draft::default();
        let due = self
            .lots
            .of(Key::Location(at))
            .filter(|lot| lot.location == at && lot.is_due(today));
        for lot in due.take(SWEEP_MAX) {
            let uses: Vec<&Use> = self.uses.of(Key::Lot(lot.id)).collect();
            let run = self.run(lot);
            let (broken, next) = lot.lapsed(&uses, run.as_ref(), today);
            draft.push(Event::Entitlement(EntitlementEvent::Swept {
                lot: lot.id,
                broken,
                next,
            }));
        }
        Ok(draft.into_events())
    }

    fn waive_penalty(&self, id: PenaltyId, why: &str, context: &Context) -> Decision {
        let penalty = self
            .penalties
            .get(id)
            .ok_or_else(|| unknown("penalty", id.get()))?;
        let class = self
            .classes
            .get(penalty.class)
            .ok_or_else(|| unknown("class", penalty.class.get()))?;
        let action = format!("forgive penalty {id}");
        let location = self.counter(class.offering.location, &action, context)?;
        let mut checks = Checks::default();
        checks.words("why", why);
        if penalty.waiver.is_some() {
            let looked_for = format!("penalty {id} that counts");
            checks.0.push(Reason::NothingToDo { looked_for });
        }
        checks.into_result(&action, location.zone)?;
        let mut draft = Draft::default();
        let bans = self.bans.of(Key::Member(penalty.member));
        forgive(&mut draft, penalty, bans, Waiver::Desk);
        Ok(draft.into_events())
    }

    pub(super) fn apply_entitlement(&mut self, event: EntitlementEvent) {
        let settle = |state, at: Instant| {
            move |it: &mut Use| {
                it.state = state;
                it.settled_at = Some(at);
            }
        };
        match event {
            EntitlementEvent::Granted(new) => self.lots.insert(new),
            EntitlementEvent::Shared { lot, with } => self.lots.change(lot, |it| {
                it.shared_with.insert(with);
            }),
            EntitlementEvent::Withdrawn { lot, .. } => self.lots.change(lot, |it| {
                it.withdrawn = true;
                it.due_on = None;
            }),
            EntitlementEvent::Cut {
                lot, uses, validity, ..
            } => self.lots.change(lot, |it| it.recut(uses, validity)),
            EntitlementEvent::Swept { lot, broken, next } => self.lots.change(lot, |it| {
                it.broken.extend(broken);
                it.due_on = next;
                it.over = next.is_none();
            }),
            EntitlementEvent::Held(new) => self.uses.insert(new),
            EntitlementEvent::Placed { uses } => {
                for place in uses {
                    self.uses.change(place.id, |it| {
                        it.lot = place.lot;
                        it.cycle = place.cycle;
                        it.on = place.on;
                    });
                }
            }
            EntitlementEvent::Consumed { id, at } => self.uses.change(id, settle(UseState::Consumed, at)),
            EntitlementEvent::Released { id, at } => self.uses.change(id, settle(UseState::Released, at)),
        }
    }
}

impl Lot {
    /// Makes a lot of what is granted.
    pub(crate) fn new(id: LotId, grant: Grant, source: Source, now: Instant) -> Self {
        let mut lot = Self {
            id,
            owner: grant.member,
            shared_with: grant.shared_with,
            location: grant.location,
            terms: grant.terms,
            price: grant.price,
            source,
            granted_at: now,
            withdrawn: false,
            due_on: None,
            over: false,
            broken: Vec::new(),
        };
        lot.due_on = lot.first_look();
        lot
    }

    /// Has it be for fewer uses, or for fewer days if these have no one count.
    pub(super) fn cut(&mut self, gone: u32) {
        let (uses, validity) = match (self.terms.uses, self.terms.validity) {
            (Uses::Counted(count), validity) => (Uses::Counted(count.saturating_sub(gone)), validity),
            (uses, Validity::Days { from, until }) => {
                let gone = chrono::Days::new(gone.into());
                let until = until.and_then(|until| until.checked_sub_days(gone));
                (uses, Validity::Days { from, until })
            }
            (uses, validity) => (uses, validity),
        };
        self.recut(uses, validity);
    }

    /// Has it be for these uses and days.
    pub(super) fn recut(&mut self, uses: Uses, validity: Validity) {
        (self.terms.uses, self.terms.validity) = (uses, validity);
        // The end has come nearer, so that it is to be looked at sooner.
        self.due_on = self.due_on.into_iter().chain(validity.until()).min();
    }

    fn is_due(&self, today: chrono::NaiveDate) -> bool {
        !self.withdrawn && !self.over && self.due_on.is_some_and(|due| due <= today)
    }
}

/// Refuses to go on without something that is not there, for the files beside this one.
pub(super) type Found<T> = Result<T, Refusal>;
