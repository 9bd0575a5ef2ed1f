//! What passes earn: the price of each use that a decision consumes, gives back or lets lapse moves in the ledger with it.

use std::collections::{BTreeMap, BTreeSet};

use super::tally::{Outcome, Tally, missing};
use super::{Club, Key};
use crate::billing::ledger::{Deferral, LedgerEvent};
use crate::billing::payment::Breakage;
use crate::command::Context;
use crate::decision::{Decision, Draft};
use crate::entitlement::{EntitlementEvent, UseState, Uses};
use crate::event::Event;
use crate::id::{LotId, UseId};

/// What a decision changes for what passes earn.
#[derive(Default)]
struct Change {
    /// The uses that it makes, moves or settles, with the lot and the state then.
    uses: BTreeMap<UseId, (LotId, UseState)>,
    /// The lots of which it consumes uses, or gives consumed ones back.
    moved: BTreeSet<LotId>,
    /// How many uses it lets lapse.
    lapsed: BTreeMap<LotId, u32>,
    /// What it defers.
    deferred: Vec<Deferral>,
}

impl Change {
    fn of(club: &Club, events: &[Event]) -> Self {
        let mut change = Self::default();
        for event in events {
            match event {
                Event::Entitlement(event) => change.note(club, event),
                Event::Ledger(LedgerEvent::Deferred(new)) if new.lot.is_some() => {
                    change.deferred.push(new.clone());
                }
                _ => {}
            }
        }
        change
    }

    fn note(&mut self, club: &Club, event: &EntitlementEvent) {
        match event {
            EntitlementEvent::Held(new) => {
                if new.state == UseState::Consumed {
                    self.moved.insert(new.lot);
                }
                self.uses.insert(new.id, (new.lot, new.state));
            }
            EntitlementEvent::Placed { uses } => {
                for place in uses {
                    let state = self
                        .now(club, place.id)
                        .map_or(UseState::Held, |(_, state)| state);
                    self.uses.insert(place.id, (place.lot, state));
                }
            }
            EntitlementEvent::Consumed { id, .. } => self.settle(club, *id, UseState::Consumed),
            EntitlementEvent::Released { id, .. } => self.settle(club, *id, UseState::Released),
            EntitlementEvent::Swept { lot, broken, .. } => {
                let uses = broken.iter().fold(0, |sum: u32, it| sum.saturating_add(it.uses));
                self.lapsed.insert(*lot, uses);
            }
            _ => {}
        }
    }

    fn now(&self, club: &Club, id: UseId) -> Option<(LotId, UseState)> {
        let before = || club.uses.get(id).map(|it| (it.lot, it.state));
        self.uses.get(&id).copied().or_else(before)
    }

    fn settle(&mut self, club: &Club, id: UseId, state: UseState) {
        if let Some((lot, before)) = self.now(club, id) {
            if [before, state].contains(&UseState::Consumed) {
                self.moved.insert(lot);
            }
            self.uses.insert(id, (lot, state));
        }
    }

    /// The lots whose price it may move: those that were charged.
    fn lots(&self, club: &Club) -> BTreeSet<LotId> {
        let charged = |lot: &LotId| club.deferrals.of(Key::Lot(*lot)).next().is_some();
        let touched = self
            .moved
            .iter()
            .chain(self.lapsed.keys())
            .copied()
            .filter(charged);
        touched
            .chain(self.deferred.iter().filter_map(|it| it.lot))
            .collect()
    }

    /// Returns how many uses of a lot are consumed then.
    fn spent(&self, club: &Club, lot: LotId) -> u32 {
        let before = club
            .uses
            .of(Key::Lot(lot))
            .filter(|it| !self.uses.contains_key(&it.id));
        let before = before.filter(|it| it.state == UseState::Consumed).count();
        let new = self
            .uses
            .values()
            .filter(|it| **it == (lot, UseState::Consumed))
            .count();
        u32::try_from(before + new).unwrap_or(u32::MAX)
    }
}

impl Club {
    /// Adds to what happened what passes earn by it, or have to give back.
    pub(super) fn with_earnings(&self, context: &Context, events: Vec<Event>) -> Decision {
        let matters = |event: &Event| {
            matches!(
                event,
                Event::Entitlement(_) | Event::Ledger(LedgerEvent::Deferred(Deferral { lot: Some(_), .. }))
            )
        };
        if !events.iter().any(matters) {
            return Ok(events);
        }
        let change = Change::of(self, &events);
        let lots = change.lots(self);
        if lots.is_empty() {
            return Ok(events);
        }
        let mut tally = Tally::new(self, context);
        tally.draft = Draft::resume(events);
        tally.decide("recognise revenue", |tally| {
            lots.iter().try_for_each(|lot| tally.earn_uses(*lot, &change))
        })
    }

    /// Returns how many uses of a lot are consumed.
    pub(super) fn spent_of(&self, lot: LotId) -> u32 {
        Change::default().spent(self, lot)
    }
}

impl Tally<'_> {
    /// Has a pass earn what its uses are worth by now: `price · (consumed + lapsed) / sold`, rounded once.
    fn earn_uses(&mut self, lot: LotId, change: &Change) -> Outcome {
        let Some(found) = self.club.lots.get(lot) else {
            return Ok(());
        };
        let Uses::Counted(of) = found.terms.uses else {
            return Ok(());
        };
        let used = change.spent(self.club, lot);
        let lapsed = change
            .lapsed
            .get(&lot)
            .map(|more| found.broken_in(0).saturating_add(*more));
        let known = self.club.deferrals.of(Key::Lot(lot)).cloned();
        let new = change.deferred.iter().filter(|it| it.lot == Some(lot)).cloned();
        let all: Vec<Deferral> = known.chain(new).filter(|it| it.state.days.is_none()).collect();
        for mut deferral in all {
            let spent = used.saturating_add(deferral.state.lapsed);
            if let Some((amount, state)) = deferral.state.by_use(spent, of)? {
                self.earn(&deferral, state, amount, false)?;
                deferral.state = state;
            }
            let breaks = || self.club.payment_policy(deferral.location).breakage == Breakage::OnExpiry;
            let lapsed = lapsed.filter(|lapsed| *lapsed > deferral.state.lapsed && breaks());
            let Some(lapsed) = lapsed else { continue };
            if let Some((amount, state)) = deferral.state.by_lapse(used, lapsed, of)? {
                self.earn(&deferral, state, amount, true)?;
            }
        }
        Ok(())
    }

    pub(super) fn recognise_lot(&mut self, lot: LotId) -> Outcome {
        let mut known = self.club.deferrals.of(Key::Lot(lot));
        let location = known
            .next()
            .ok_or_else(|| missing("price of a pass", lot))?
            .location;
        let until = self.today(location)?;
        self.staff(location, None, "recognise revenue")?;
        let lapsed = BTreeMap::from([(lot, 0)]);
        self.earn_uses(
            lot,
            &Change {
                lapsed,
                ..Change::default()
            },
        )?;
        if self.draft.events().is_empty() {
            self.draft
                .push(Event::Ledger(LedgerEvent::UpToDate { location, until }));
        }
        Ok(())
    }
}
