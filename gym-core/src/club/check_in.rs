//! Decisions at the door: waivers, members and guests who come in, and who leaves.

use super::entitlement::Found;
use super::people::Checks;
use super::{Club, Key, unknown};
use crate::booking::policy::Admits;
use crate::booking::refusal::{Reason, Refusal};
use crate::check_in::{
    DoorCommand, DoorEvent, DoorFacts, GuestFacts, GuestVisit, Opened, Opening, Signature, Signer, Verdict,
    Visit, WaiverFacts, WaiverVersion, guest_verdict, verdict,
};
use crate::command::{Context, Override};
use crate::decision::{Decision, Draft, set_aside};
use crate::event::Event;
use crate::id::{LocationId, MemberId, VisitId, WaiverId};
use crate::location::Location;
use crate::member::Member;
use crate::membership::link::{Bond, Link};
use crate::time::Instant;

impl Club {
    pub(super) fn location_of_door(&self, command: &DoorCommand) -> Option<LocationId> {
        match command {
            DoorCommand::Enter { location, .. } | DoorCommand::EnterGuest { location, .. } => Some(*location),
            DoorCommand::AddWaiver { location, .. } => *location,
            DoorCommand::SignWaiver { member, .. } => self.members.get(*member).map(|member| member.home),
            DoorCommand::Leave { visit } => self.visits.get(*visit).map(|visit| visit.location),
        }
    }

    pub(super) fn decide_door(&self, command: &DoorCommand, context: &Context) -> Decision {
        match command {
            DoorCommand::AddWaiver {
                location,
                title,
                required_from,
            } => self.add_waiver(*location, title, *required_from, context),
            DoorCommand::SignWaiver { waiver, member, by } => {
                self.sign_waiver(*waiver, *member, *by, context)
            }
            DoorCommand::Enter {
                member,
                location,
                area,
                overriding,
            } => self.enter(*member, *location, area.as_deref(), overriding.as_ref(), context),
            DoorCommand::EnterGuest {
                host,
                guest,
                location,
                overriding,
            } => self.enter_guest(*host, *guest, *location, overriding.as_ref(), context),
            DoorCommand::Leave { visit } => self.leave(*visit, context),
        }
    }

    fn door_place(&self, id: LocationId) -> Found<&Location> {
        self.locations
            .get(id)
            .ok_or_else(|| unknown("location", id.get()))
    }

    fn door_person(&self, id: MemberId) -> Found<&Member> {
        self.members.get(id).ok_or_else(|| unknown("member", id.get()))
    }

    fn at_the_door(
        &self,
        location: &Location,
        own: Option<MemberId>,
        context: &Context,
    ) -> Result<(), Reason> {
        let actor = self.actor_facts(context.actor);
        if (own.is_some() && actor.member == own) || actor.is_staff(location.id, location.date(context.now)) {
            return Ok(());
        }
        let action = "let people in".to_owned();
        Err(Reason::NotPermitted {
            action,
            location: Some(location.id),
        })
    }

    fn add_waiver(
        &self,
        location: Option<LocationId>,
        title: &str,
        required_from: chrono::NaiveDate,
        context: &Context,
    ) -> Decision {
        let place = location.map(|id| self.door_place(id)).transpose()?;
        let zone = place.map_or(chrono_tz::UTC, |place| place.zone);
        let mut checks = Checks::default();
        let today = crate::time::civil(zone, context.now).date();
        if !self.actor_facts(context.actor).is_admin(location, today) {
            let action = "add waivers".to_owned();
            checks.0.push(Reason::NotPermitted { action, location });
        }
        checks.text("title", title);
        checks.into_result("add a waiver", zone)?;
        let mut draft = Draft::default();
        let (id, title) = (draft.local(), title.to_owned());
        draft.push(Event::Door(DoorEvent::WaiverAdded(WaiverVersion {
            id,
            location,
            title,
            required_from,
        })));
        Ok(draft.into_events())
    }

    fn sign_waiver(&self, waiver: WaiverId, member: MemberId, by: Signer, context: &Context) -> Decision {
        let person = self.door_person(member)?;
        let home = self.door_place(person.home)?;
        let on = home.date(context.now);
        let mut checks = Checks::default();
        let signs = match by {
            Signer::Member => member,
            Signer::Guardian(guardian) => guardian,
        };
        checks
            .0
            .extend(self.at_the_door(home, Some(signs), context).err());
        checks.known("waiver", waiver, self.waivers.get(waiver));
        let signer = checks.known("member", signs, self.members.get(signs));
        let adult_age = self.policy(home.id).door.adult_age;
        let is_minor = |person: &Member| WaiverFacts::is_minor(person.person.born_on, on, adult_age);
        let of_age = format!("somebody of age, {adult_age} or older");
        checks.value(!signer.is_some_and(is_minor), "by", signs, &of_age);
        if let Signer::Guardian(guardian) = by {
            checks.value(
                guardian != member,
                "by",
                guardian,
                "somebody else than the member",
            );
            checks.value(is_minor(person), "by", guardian, "the member, who is of age");
            let guards =
                |it: &Link| it.person == guardian && it.bond == Bond::Guardian(member) && it.holds(on);
            let linked = self.links.of(Key::Member(member)).any(guards);
            checks.value(
                linked,
                "by",
                guardian,
                &format!("a guardian of member {member} on {on}"),
            );
        }
        let mut signed = self.signatures.of(Key::Member(member));
        if signed.any(|it| it.waiver == waiver && it.by == by) {
            let looked_for = format!("waiver {waiver} that is not signed");
            checks.0.push(Reason::NothingToDo { looked_for });
        }
        checks.into_result("sign a waiver", home.zone)?;
        let mut draft = Draft::default();
        let id = draft.local();
        draft.push(Event::Door(DoorEvent::WaiverSigned(Signature {
            id,
            waiver,
            member,
            by,
            on,
        })));
        Ok(draft.into_events())
    }

    /// Says whether a door opens for a member at `now`; none if there is no such member or location.
    pub fn verdict(
        &self,
        member: MemberId,
        location: LocationId,
        area: Option<&str>,
        now: Instant,
    ) -> Option<Verdict> {
        let (person, place) = (self.members.get(member)?, self.locations.get(location)?);
        let policy = self.policy(location);
        let standing = self.standing(member, location, now);
        let unpaid = self.unpaid(member, location, now);
        // Who comes back ends the freeze, and is let in by what it had frozen.
        let back = match standing.frozen && standing.ends_on_return {
            true => self.returned(member, place.date(now)),
            false => Vec::new(),
        };
        let holdings = self.holdings_after(member, &back);
        let visits = self.visits_by_lots_of(member);
        let versions: Vec<&WaiverVersion> = self.waivers.iter().collect();
        let signed: Vec<&Signature> = self.signatures.of(Key::Member(member)).collect();
        let facts = DoorFacts {
            member,
            location,
            zone: place.zone,
            area,
            holdings: &holdings,
            visits: &visits,
            bookings: &self.openings(member, location),
            standing,
            unpaid: &unpaid,
            waivers: WaiverFacts {
                versions: &versions,
                signed: &signed,
                born_on: person.person.born_on,
            },
            open_to_all: policy.admits == Admits::Anyone,
        };
        Some(verdict(&facts, &policy.door, now))
    }

    /// Lists what a member has booked at a location.
    fn openings(&self, member: MemberId, location: LocationId) -> Vec<Opening> {
        let key = Key::Member(member);
        let classes = self
            .registrations
            .of(key)
            .filter(|booked| booked.state.is_live())
            .filter_map(|booked| {
                let class = self.classes.get(booked.class)?;
                let here = class.offering.location == location && class.is_scheduled();
                here.then_some(Opening {
                    by: Opened::Booking(booked.id),
                    period: class.period,
                })
            });
        let sessions = self
            .sessions
            .of(key)
            .filter(|it| it.state.is_live() && it.location == location);
        let sessions = sessions.map(|it| Opening {
            by: Opened::Session(it.id),
            period: it.period,
        });
        classes.chain(sessions).collect()
    }

    fn enter(
        &self,
        member: MemberId,
        location: LocationId,
        area: Option<&str>,
        overriding: Option<&Override>,
        context: &Context,
    ) -> Decision {
        let place = self.door_place(location)?;
        self.door_person(member)?;
        let action = format!("enter {}", place.name);
        let mut checks = Checks::default();
        if let Some(area) = area {
            checks.text("area", area);
        }
        let mut reasons = checks.0;
        reasons.extend(self.at_the_door(place, Some(member), context).err());
        let found = self.verdict(member, location, area, context.now);
        let found = found.ok_or_else(|| unknown("member", member.get()))?;
        reasons.extend(found.objections.into_iter().map(|why| Reason::Door { why }));
        let mut draft = Draft::default();
        set_aside(
            &mut draft,
            &mut reasons,
            overriding,
            self.at_the_door(place, None, context),
        );
        if !reasons.is_empty() {
            return Err(Refusal {
                reasons,
                ..Refusal::new(action, place.zone)
            });
        }
        if found.ends_freeze {
            let back = self.returned(member, place.date(context.now));
            back.into_iter().for_each(|event| draft.push(event));
        }
        let id = draft.local();
        draft.push(Event::Door(DoorEvent::Entered(Visit {
            id,
            member,
            location,
            area: area.map(str::to_owned),
            at: context.now,
            on: place.date(context.now),
            opened: found.opened.unwrap_or(Opened::Desk),
            left_at: None,
        })));
        Ok(draft.into_events())
    }

    fn enter_guest(
        &self,
        host: MemberId,
        guest: MemberId,
        location: LocationId,
        overriding: Option<&Override>,
        context: &Context,
    ) -> Decision {
        let place = self.door_place(location)?;
        self.door_person(host)?;
        let person = self.door_person(guest)?;
        let rules = self.policy(location).door;
        let host_visits: Vec<&Visit> = self.visits.of(Key::Member(host)).collect();
        let mut guests: Vec<&GuestVisit> = self.guest_visits.of(Key::Member(host)).collect();
        let others = self
            .guest_visits
            .of(Key::Member(guest))
            .filter(|it| it.host != host);
        guests.extend(others);
        let versions: Vec<&WaiverVersion> = self.waivers.iter().collect();
        let signed: Vec<&Signature> = self.signatures.of(Key::Member(guest)).collect();
        let on = place.date(context.now);
        let facts = GuestFacts {
            host,
            guest,
            location,
            today: on,
            host_visits: &host_visits,
            guests: &guests,
            waivers: WaiverFacts {
                versions: &versions,
                signed: &signed,
                born_on: person.person.born_on,
            },
        };
        let mut reasons: Vec<Reason> = self
            .at_the_door(place, Some(host), context)
            .err()
            .into_iter()
            .collect();
        reasons.extend(
            guest_verdict(&facts, &rules)
                .into_iter()
                .map(|why| Reason::Door { why }),
        );
        let mut draft = Draft::default();
        set_aside(
            &mut draft,
            &mut reasons,
            overriding,
            self.at_the_door(place, None, context),
        );
        if !reasons.is_empty() {
            let action = format!("enter {} with a guest", place.name);
            return Err(Refusal {
                reasons,
                ..Refusal::new(action, place.zone)
            });
        }
        let (id, at) = (draft.local(), context.now);
        draft.push(Event::Door(DoorEvent::GuestEntered(GuestVisit {
            id,
            host,
            guest,
            location,
            at,
            on,
        })));
        Ok(draft.into_events())
    }

    fn leave(&self, id: VisitId, context: &Context) -> Decision {
        let visit = self.visits.get(id).ok_or_else(|| unknown("visit", id.get()))?;
        let place = self.door_place(visit.location)?;
        let mut checks = Checks::default();
        checks
            .0
            .extend(self.at_the_door(place, Some(visit.member), context).err());
        if visit.left_at.is_some() {
            let looked_for = format!("visit {id} that goes on");
            checks.0.push(Reason::NothingToDo { looked_for });
        }
        let expected = format!("a time from {} on", visit.at);
        checks.value(visit.at <= context.now, "now", context.now, &expected);
        checks.into_result(&format!("leave {}", place.name), place.zone)?;
        let mut draft = Draft::default();
        draft.push(Event::Door(DoorEvent::Left {
            visit: id,
            at: context.now,
        }));
        Ok(draft.into_events())
    }

    pub(super) fn apply_door(&mut self, event: DoorEvent) {
        match event {
            DoorEvent::WaiverAdded(new) => self.waivers.insert(new),
            DoorEvent::WaiverSigned(new) => self.signatures.insert(new),
            DoorEvent::Entered(new) => self.visits.insert(new),
            DoorEvent::GuestEntered(new) => self.guest_visits.insert(new),
            DoorEvent::Left { visit, at } => self.visits.change(visit, |it| it.left_at = Some(at)),
        }
    }
}
