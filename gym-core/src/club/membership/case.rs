//! A [`Case`] is one decision about memberships in the making: who asks, on which civil day, and what speaks against it.

use chrono::{Datelike, NaiveDate};

use crate::booking::facts::ActorFacts;
use crate::booking::refusal::Reason;
use crate::club::people::Checks;
use crate::club::{Club, Key};
use crate::command::Context;
use crate::decision::{Decision, Draft};
use crate::event::Event;
use crate::id::{LocationId, MemberId, MembershipId};
use crate::location::Location;
use crate::membership::contract::{Contract, DayState};
use crate::membership::freeze::{EditKind, EditOf};
use crate::membership::link::Bond;
use crate::membership::{MembershipCommand, MembershipEvent, Objection};
use crate::time::Instant;

/// One decision about memberships in the making.
pub(super) struct Case<'a> {
    pub(super) club: &'a Club,
    /// When what is recorded counts as recorded: by the clock, or just after what was recorded before.
    pub(super) now: Instant,
    /// The civil day of that.
    pub(super) today: NaiveDate,
    pub(super) staff: bool,
    pub(super) checks: Checks,
    pub(super) draft: Draft,
    location: Option<LocationId>,
    zone: chrono_tz::Tz,
    actor: ActorFacts<'a>,
}

impl<'a> Case<'a> {
    /// Opens a case at a location about a membership or all of them, if it is about these.
    pub(super) fn new(
        club: &'a Club,
        location: Option<LocationId>,
        of: Option<EditOf>,
        context: &Context,
    ) -> Self {
        let zone = location
            .and_then(|id| club.locations.get(id))
            .map_or(chrono_tz::UTC, |it| it.zone);
        let now = of.map_or(context.now, |of| club.recorded_at(of, context.now));
        let today = crate::time::civil(zone, now).date();
        let actor = club.actor_facts(context.actor);
        let staff = match location {
            Some(location) => actor.is_staff(location, today),
            None => actor.is_admin(None, today),
        };
        let (checks, draft) = (Checks::default(), Draft::default());
        Self {
            club,
            now,
            today,
            staff,
            checks,
            draft,
            location,
            zone,
            actor,
        }
    }

    /// Who may: admins set plans and law; staff does the rest; members and their guardians act for themselves.
    pub(super) fn permit(&mut self, command: &MembershipCommand) {
        use MembershipCommand as C;
        let of = |id: &MembershipId| self.club.memberships.get(*id).map(|it| it.member);
        let own = match command {
            C::AddType { .. } | C::Revise { .. } | C::SetJurisdiction { .. } => {
                if !self.actor.is_admin(self.location, self.today) {
                    self.refuse_role("set plans and the law");
                }
                return;
            }
            C::Sell { member, payer, .. } => {
                Some(*member).filter(|member| payer.is_none_or(|it| it == *member))
            }
            C::Freeze { membership, .. }
            | C::GiveNotice { membership, .. }
            | C::TakeBack { membership }
            | C::Exit { membership, .. }
            | C::Consent { membership, .. } => of(membership),
            C::Switch { membership, on, .. } => of(membership).filter(|it| self.pay(*it, *membership, *on)),
            C::EndFreeze { edit, .. } => {
                self.club
                    .edits
                    .get(*edit)
                    .and_then(|edit| match (edit.kind, edit.of) {
                        (EditKind::Freeze, EditOf::Membership(id)) => of(&id),
                        _ => None,
                    })
            }
            _ => None,
        };
        if !self.staff && !own.is_some_and(|member| self.acts_for(member)) {
            self.refuse_role("change memberships");
        }
    }

    fn refuse_role(&mut self, action: &str) {
        self.checks.0.push(Reason::NotPermitted {
            action: action.to_owned(),
            location: self.location,
        });
    }

    /// Whether the actor is a member, or today's guardian of one.
    fn acts_for(&self, member: MemberId) -> bool {
        let Some(actor) = self.actor.member else {
            return false;
        };
        let guards = |it: &crate::membership::link::Link| {
            it.person == actor && it.bond == Bond::Guardian(member) && it.holds(self.today)
        };
        actor == member || self.club.links.of(Key::Member(member)).any(guards)
    }

    /// Whether nobody but a member and the actor pays for a membership from a day on.
    fn pay(&self, member: MemberId, id: MembershipId, from: NaiveDate) -> bool {
        let Some(contract) = self.club.contract(id) else {
            return false;
        };
        let own = |payer: MemberId| payer == member || self.actor.member == Some(payer);
        let links = contract.links.iter();
        let mut links =
            links.filter(|link| matches!(link.bond, Bond::Payer(_)) && link.until.is_none_or(|it| from < it));
        let for_good = links
            .clone()
            .any(|link| link.from <= from && link.until.is_none());
        links.all(|link| own(link.person)) && (for_good || own(contract.subscription.payer))
    }

    /// Returns when what is recorded of a membership or a location counts as recorded, with the civil day of that.
    pub(super) fn recorded(&self, of: EditOf) -> (NaiveDate, Instant) {
        let at = self.club.recorded_at(of, self.now);
        (crate::time::civil(self.zone, at).date(), at)
    }

    pub(super) fn object(&mut self, why: Objection) {
        self.checks.0.push(Reason::Contract { why });
    }

    pub(super) fn push(&mut self, event: MembershipEvent) {
        self.draft.push(Event::Membership(event));
    }

    /// Finds a membership that runs, or is still to begin, today.
    pub(super) fn running(&mut self, id: MembershipId) -> Option<Contract<'a>> {
        let contract = self.checks.known("membership", id, self.club.contract(id))?;
        if contract.on(self.today) == DayState::Over {
            let on = contract.ends_on().unwrap_or(self.today);
            self.object(Objection::Ended { membership: id, on });
            return None;
        }
        Some(contract)
    }

    pub(super) fn place(&mut self, id: LocationId) -> Option<&'a Location> {
        self.checks.known("location", id, self.club.locations.get(id))
    }

    /// Refuses a day that is not one of the next or last ten years, so that no sum of days runs off the calendar.
    pub(super) fn near(&mut self, field: &str, day: NaiveDate) -> bool {
        let near = (day.year() - self.today.year()).abs() <= 10 && (3..=9900).contains(&day.year());
        self.checks
            .value(near, field, day, "a day within ten years of today");
        near
    }

    /// Refuses a day that is past.
    pub(super) fn not_past(&mut self, field: &str, day: NaiveDate) {
        let today = self.today;
        if self.near(field, day) && day < today {
            self.object(Objection::Past {
                field: field.to_owned(),
                day,
                today,
            });
        }
    }

    /// Refuses a day that is not one of a membership's.
    pub(super) fn within(&mut self, field: &str, day: NaiveDate, contract: &Contract<'_>) {
        let first = contract.membership.start;
        let end = contract.over_on();
        if day < first || end.is_some_and(|end| day >= end) {
            self.object(Objection::OutsideMembership {
                field: field.to_owned(),
                day,
                first,
                end,
            });
        }
    }

    /// Says what happens, or everything that spoke against it.
    pub(super) fn decide(mut self, command: &MembershipCommand, done: bool) -> Decision {
        if !done && self.checks.0.is_empty() {
            self.object(Objection::OutOfCalendar {
                field: "membership".to_owned(),
            });
        }
        self.checks.into_result(command.action(), self.zone)?;
        Ok(self.draft.into_events())
    }
}
