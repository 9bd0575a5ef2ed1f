//! What a decision takes from lots: after every decision, which lot covers what is worked out anew for the members
//! that it touched, and the difference is recorded.

mod change;
mod run;
mod uncovered;

use std::collections::{BTreeMap, BTreeSet};

use self::change::{Change, Group};
use self::run::News;
use super::table::key_of;
use super::{Club, Key};
use crate::booking::Registration;
use crate::booking::facts::ClassFacts;
use crate::booking::policy::Admits;
use crate::decision::Draft;
use crate::entitlement::{
    Booked, Covered, EntitlementEvent, Holdings, Kind, LastDay, Lot, Placement, Run, Target, Use, UseState,
    Visited, Wish,
};
use crate::event::Event;
use crate::id::{LotId, MemberId, RegistrationId};
use crate::schedule::class::Class;
use crate::schedule::session::Session;
use crate::time::{Instant, Period};

impl Club {
    /// Puts together the lots of a member, those of everyone they share lots with, and what was taken from them.
    pub fn holdings(&self, member: MemberId) -> Holdings<'_> {
        let lots: Vec<&Lot> = self
            .shared(member)
            .into_iter()
            .filter_map(|id| self.lots.get(id))
            .collect();
        let live = lots.iter().flat_map(|lot| self.uses.of(Key::Lot(lot.id)));
        let uses: Vec<&Use> = live.filter(|it| it.state.is_live()).collect();
        let held = uses.iter().filter(|it| it.state == UseState::Held);
        let targets: BTreeSet<Target> = held.map(|it| it.target).collect();
        let booked = targets.into_iter().filter_map(|target| self.booked(target));
        let runs = lots.iter().filter_map(|lot| Some((lot.id, self.run(lot)?)));
        Holdings {
            booked: booked.collect(),
            runs: runs.collect(),
            lots,
            uses,
        }
    }

    /// Returns the lots that are not over that a member may use, those of everyone who may use one of them, and so on.
    pub(super) fn shared(&self, member: MemberId) -> BTreeSet<LotId> {
        let (mut seen, mut next) = (BTreeSet::from([member]), vec![member]);
        let mut lots = BTreeSet::new();
        while let Some(member) = next.pop() {
            for lot in self.lots.of(Key::Member(member)).filter(|lot| !lot.over) {
                if lots.insert(lot.id) {
                    next.extend(lot.members().filter(|other| seen.insert(*other)));
                }
            }
        }
        lots
    }

    fn booked(&self, target: Target) -> Option<Booked<'_>> {
        let wish = match target {
            Target::Registration(id) => {
                let booked = self.registrations.get(id)?;
                self.wish_for(booked, self.classes.get(booked.class)?)?
            }
            Target::Session(id) => self.wish_of(self.sessions.get(id)?)?,
            Target::Visit(_) => return None,
        };
        Some(Booked { target, wish })
    }

    fn wish_for<'a>(&'a self, booked: &Registration, class: &'a Class) -> Option<Wish<'a>> {
        let location = self.locations.get(class.offering.location)?;
        let (programme, series) = (class.offering.programme.as_str(), class.series);
        let start = class.period.start();
        let kind = Kind::Class { programme, series };
        let visited = Visited {
            location: location.id,
            kind,
            on: location.date(start),
        };
        Some(Wish {
            member: booked.member,
            seats: booked.seats,
            start,
            visited,
            only: None,
        })
    }

    fn wish_of(&self, session: &Session) -> Option<Wish<'_>> {
        let location = self.locations.get(session.location)?;
        let start = session.period.start();
        let visited = Visited {
            location: location.id,
            kind: Kind::Session,
            on: location.date(start),
        };
        Some(Wish {
            member: session.member,
            seats: 1,
            start,
            visited,
            only: None,
        })
    }

    /// Says until when a lot can be used; none if there is no such lot.
    pub fn last_day(&self, lot: LotId) -> Option<LastDay> {
        let lot = self.lots.get(lot)?;
        Some(lot.last_day(self.uses.of(Key::Lot(lot.id)), self.run(lot).as_ref()))
    }

    /// Whether a booking took uses, whatever became of them.
    pub(super) fn had_uses(&self, booked: RegistrationId) -> bool {
        self.uses.of(Key::Registration(booked)).next().is_some()
    }

    /// Whether a booking that a closure had cancelled can take uses again, if it had taken some.
    pub(super) fn is_still_covered(&self, booked: &Registration, facts: &ClassFacts<'_>) -> bool {
        if self.policy(facts.location.id).admits == Admits::Anyone || !self.had_uses(booked.id) {
            return true;
        }
        let holdings = self.holdings(booked.member);
        let others = facts
            .covered
            .iter()
            .filter(|(other, _)| holdings.concerns(*other));
        let mut wishes: Vec<Wish<'_>> = others.map(|(other, seats)| facts.wish(*other, *seats)).collect();
        wishes.push(facts.wish(booked.member, booked.seats));
        holdings.plan(&wishes).is_some()
    }

    /// Adds to what happened what it takes from lots and gives back to them.
    /// `named` is the member whom a booking was asked for.
    pub(super) fn with_uses(&self, named: Option<MemberId>, now: Instant, events: Vec<Event>) -> Vec<Event> {
        let mut change = Change::of(self, named, &events);
        if change.members.is_empty() {
            return events;
        }
        let mut draft = Draft::resume(events.clone());
        for target in change.left_out(now) {
            self.let_go(&mut draft, target, now);
            change.freed.insert(target);
        }
        for group in change.groups() {
            change.record(&mut draft, &group, now);
        }
        draft.into_events()
    }
}

impl<'a> Change<'a> {
    /// Puts together who share lots, of all whom the decision touches.
    fn groups(&self) -> Vec<Group<'_>> {
        let (mut done, mut groups) = (BTreeSet::new(), Vec::new());
        for member in &self.members {
            if !done.contains(member) {
                let group = self.group(*member);
                done.extend(group.members.iter().copied());
                done.insert(*member);
                groups.push(group);
            }
        }
        groups
    }

    fn runs(&self, holdings: &Holdings<'_>, news: &News<'_>) -> BTreeMap<LotId, Run> {
        let run = |lot: &&Lot| Some((lot.id, self.club.run_after(lot, news)?));
        holdings.lots.iter().filter_map(run).collect()
    }

    /// Puts together who shares lots with a member, and what they hold after the decision.
    fn group(&self, member: MemberId) -> Group<'_> {
        let mut holdings = self.club.holdings(member);
        // A new lot joins those who share it.
        while let Some(lot) = self.granted.iter().find(|lot| {
            let theirs = lot.serves(member) || lot.members().any(|other| holdings.concerns(other));
            theirs && !holdings.lots.iter().any(|known| known.id == lot.id)
        }) {
            holdings.lots.push(lot);
            for other in lot.members() {
                merge(&mut holdings, self.club.holdings(other));
            }
        }
        for lot in &self.shared {
            let others: Vec<MemberId> = lot.members().collect();
            if holdings.lots.iter().any(|known| known.id == lot.id) || lot.serves(member) {
                others
                    .into_iter()
                    .for_each(|other| merge(&mut holdings, self.club.holdings(other)));
            }
        }
        for lot in &self.shared {
            let places = holdings.lots.iter_mut().filter(|known| known.id == lot.id);
            places.for_each(|known| *known = lot);
        }
        if !self.news.is_empty() {
            holdings.runs = self.runs(&holdings, &self.news);
        }
        let members: BTreeSet<MemberId> = holdings.lots.iter().flat_map(|lot| lot.members()).collect();
        holdings.lots.retain(|lot| !self.withdrawn.contains(&lot.id));
        holdings.uses.retain(|it| !self.freed.contains(&it.target));
        holdings
            .booked
            .retain(|it| !self.freed.contains(&it.target) && !self.spent.contains(&it.target));
        for booked in &mut holdings.booked {
            self.reschedule(booked);
        }
        let concerns =
            |booked: &&Booked<'_>| members.contains(&booked.wish.member) || booked.wish.member == member;
        let new = self.new.iter().filter(concerns).collect();
        Group {
            member,
            members,
            holdings,
            new,
        }
    }

    /// Has a booked visit take place when it will.
    fn reschedule(&self, booked: &mut Booked<'_>) {
        let period = match booked.target {
            Target::Registration(id) => {
                let class = self.club.registrations.get(id).map(|booked| booked.class);
                self.moved
                    .iter()
                    .find(|(moved, _)| Some(*moved) == class)
                    .map(|(_, period)| *period)
            }
            Target::Session(id) => self
                .sessions
                .iter()
                .find(|(moved, _)| *moved == id)
                .map(|(_, period)| *period),
            Target::Visit(_) => None,
        };
        if let Some(period) = period {
            self.shift(&mut booked.wish, period);
        }
    }

    fn shift(&self, wish: &mut Wish<'_>, period: Period) {
        if let Some(location) = self.club.locations.get(wish.visited.location) {
            wish.start = period.start();
            wish.visited.on = location.date(period.start());
        }
    }

    /// Records what changes: what is given back, what covers something else now, what is used up, what is taken.
    fn record(&self, draft: &mut Draft, group: &Group<'_>, now: Instant) {
        let push = |draft: &mut Draft, event| draft.push(Event::Entitlement(event));
        for (targets, spent) in [(&self.freed, false), (&self.spent, true)] {
            for target in targets {
                let of = self.club.uses.of(key_of(*target));
                let uses = of.filter(|it| {
                    if spent {
                        it.state == UseState::Held
                    } else {
                        it.state.is_live()
                    }
                });
                for id in uses
                    .filter(|it| group.members.contains(&it.member) || it.member == group.member)
                    .map(|it| it.id)
                {
                    let event = match spent {
                        true => EntitlementEvent::Consumed { id, at: now },
                        false => EntitlementEvent::Released { id, at: now },
                    };
                    push(draft, event);
                }
            }
        }
        let (placed, taken) = self.plan(group);
        if !placed.is_empty() {
            push(draft, EntitlementEvent::Placed { uses: placed });
        }
        for (booked, covered) in taken {
            let spent = self.spent.contains(&booked.target);
            let id = draft.local();
            push(
                draft,
                EntitlementEvent::Held(Use {
                    id,
                    lot: covered.lot,
                    cycle: covered.cycle,
                    member: booked.wish.member,
                    target: booked.target,
                    seat: covered.seat,
                    on: covered.on,
                    state: if spent { UseState::Consumed } else { UseState::Held },
                    settled_at: spent.then_some(now),
                }),
            );
        }
    }

    /// Works out what covers what, and how that differs from before.
    fn plan<'b>(&self, group: &Group<'b>) -> (Vec<Placement>, Vec<(&'b Booked<'b>, Covered)>) {
        let wishes: Vec<Wish<'b>> = group.new.iter().map(|booked| booked.wish.clone()).collect();
        let holdings = &group.holdings;
        // Of what the club brings back itself, as much as can be, and whatever was decided on beside it. Visits that had nowhere to go when a seat was given stay
        // where they are, rather than that a use that has become free since makes them take what covers that seat.
        let covering = |more: &[Wish<'b>]| holdings.plan(more).or_else(|| holdings.plan_beside(more));
        let (mut taken, mut plan) = ((0..wishes.len()).collect::<Vec<usize>>(), covering(&wishes));
        if plan.is_none() {
            taken.clear();
            plan = covering(&[]);
            let mut found: Vec<Wish<'b>> = Vec::new();
            for (n, wish) in wishes.into_iter().enumerate() {
                found.push(wish);
                if let Some(more) = covering(&found) {
                    plan = Some(more);
                    taken.push(n);
                } else {
                    found.pop();
                }
            }
        }
        let plan = plan.unwrap_or_default();
        let mut placed = Vec::new();
        for (visit, booked) in holdings.booked.iter().enumerate() {
            let on = booked.wish.visited.on;
            let uses = self.club.uses.of(key_of(booked.target));
            for held in uses.filter(|it| it.state == UseState::Held) {
                let covered = plan.of(visit).find(|covered| covered.seat == held.seat);
                let (lot, cycle) =
                    covered.map_or((held.lot, held.cycle), |covered| (covered.lot, covered.cycle));
                if (held.lot, held.cycle, held.on) != (lot, cycle, on) {
                    placed.push(Placement {
                        id: held.id,
                        lot,
                        cycle,
                        on,
                    });
                }
            }
        }
        let known = holdings.booked.len();
        let taken = taken.into_iter().enumerate().filter_map(|(place, n)| {
            let booked = *group.new.get(n)?;
            Some(plan.of(known + place).map(move |covered| (booked, *covered)))
        });
        let taken = taken.flatten().collect();
        (placed, taken)
    }
}

/// Adds what others hold.
fn merge<'a>(holdings: &mut Holdings<'a>, more: Holdings<'a>) {
    holdings.runs.extend(more.runs);
    for lot in more.lots {
        if !holdings.lots.iter().any(|known| known.id == lot.id) {
            holdings.lots.push(lot);
            holdings
                .uses
                .extend(more.uses.iter().filter(|it| it.lot == lot.id));
        }
    }
    for booked in more.booked {
        if !holdings.booked.iter().any(|known| known.target == booked.target) {
            holdings.booked.push(booked);
        }
    }
}
