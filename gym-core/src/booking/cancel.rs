//! [`cancel`]: giving a booking or a place on the waitlist back.

use chrono::Duration;

use super::book::{permitted, refusal};
use super::facts::{ActorFacts, ClassFacts, MemberFacts};
use super::penalty::{penalise, takes_use};
use super::policy::Policy;
use super::refusal::{Reason, Refusal};
use super::waitlist::{end_expired, fill, moved};
use super::{Offence, Registration, RegistrationState, WaitlistState};
use crate::decision::{Decision, Draft};
use crate::event::Event;
use crate::schedule::claim::Owner;
use crate::time::Instant;

/// Cancels a member's booking, late or in time, or takes them off the waitlist; who waits gets the seats.
pub fn cancel(
    class: &ClassFacts<'_>,
    member: &MemberFacts<'_>,
    people: &[MemberFacts<'_>],
    actor: &ActorFacts<'_>,
    now: Instant,
    policy: &Policy,
) -> Decision {
    let id = member.member.id;
    let mut reasons: Vec<Reason> = permitted(class, id, actor, now).into_iter().collect();
    let start = class.class.period.start();
    if now >= start {
        reasons.push(Reason::Started { starts_at: start });
    }
    let booked = class
        .seated()
        .find(|booked| booked.member == id && booked.state == RegistrationState::Booked);
    let waits = class
        .waitlist
        .iter()
        .copied()
        .find(|entry| entry.member == id && entry.state.is_live());
    if booked.is_none() && waits.is_none() {
        reasons.push(not_booked(class, member));
    }
    if !reasons.is_empty() {
        return Err(Refusal {
            reasons,
            ..refusal("cancel", class)
        });
    }
    let mut draft = Draft::default();
    let mut after = class.clone();
    if let Some(booked) = booked {
        let late = now > free_until(booked, start, policy);
        give_back(&mut draft, booked, late, now);
        if late {
            let offence = Offence::LateCancel;
            penalise(&mut draft, member, booked, offence, now, &policy.penalties);
        }
        after.gone.push(booked.id);
        if !takes_use(draft.events(), booked.id) {
            after.freed.push(booked.id);
        }
    } else if let Some(entry) = waits {
        draft.push(moved(entry, WaitlistState::Left));
        after.waitlist.retain(|other| other.id != entry.id);
    }
    end_expired(&mut draft, &after, now);
    fill(&mut draft, &mut after, people, None, now, policy);
    Ok(draft.into_events())
}

fn give_back(draft: &mut Draft, booked: &Registration, late: bool, at: Instant) {
    let state = if late {
        RegistrationState::LateCancelled
    } else {
        RegistrationState::Cancelled
    };
    draft.push(Event::BookingSettled {
        registration: booked.id,
        state,
        at,
        closure: None,
    });
    draft.push(Event::Released {
        owner: Owner::Registration(booked.id),
        resource: None,
    });
}

/// Returns the last instant at which cancelling is free: by the policy, or by the grace of a late promotion.
pub fn free_until(booked: &Registration, start: Instant, policy: &Policy) -> Instant {
    let usual = start - Duration::minutes(i64::from(policy.cancelling.free_until_minutes));
    booked.grace_until.map_or(usual, |grace| usual.max(grace))
}

/// Says that there is no booking to act on, and where the last one stands.
pub(super) fn not_booked(class: &ClassFacts<'_>, member: &MemberFacts<'_>) -> Reason {
    let id = member.member.id;
    let last = class
        .registrations
        .iter()
        .filter(|booked| booked.member == id)
        .max_by_key(|booked| booked.id);
    let waited = class
        .waitlist
        .iter()
        .filter(|entry| entry.member == id)
        .max_by_key(|entry| entry.seq);
    Reason::NotBooked {
        last: last.map(|booked| booked.state),
        waited: waited.map(|entry| entry.state),
    }
}
