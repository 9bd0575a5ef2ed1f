//! [`check_in`] and [`mark_no_show`]: who came, and who did not.

use chrono::Duration;

use super::book::{permitted, refusal, staff};
use super::cancel::not_booked;
use super::facts::{ActorFacts, ClassFacts, MemberFacts};
use super::penalty::{forgive, penalise};
use super::policy::Policy;
use super::refusal::{Reason, Refusal};
use super::rules::{called_off, entitled, overlap};
use super::{Offence, Registration, RegistrationState, Waiver};
use crate::command::Override;
use crate::decision::{Decision, Draft, set_aside};
use crate::event::Event;
use crate::id::MemberId;
use crate::schedule::claim::{Buffers, Claim, Owner, Resource};
use crate::time::Instant;

/// Checks a member in. Who was marked absent and came after all gets the penalty back; once check-in has closed, that
/// takes somebody who may override it.
pub fn check_in(
    class: &ClassFacts<'_>,
    member: &MemberFacts<'_>,
    actor: &ActorFacts<'_>,
    overriding: Option<&Override>,
    now: Instant,
    policy: &Policy,
) -> Decision {
    let id = member.member.id;
    let mut draft = Draft::default();
    let mut reasons: Vec<Reason> = permitted(class, id, actor, now).into_iter().collect();
    called_off(class, &mut reasons);
    let absent = |booked: &&&Registration| booked.member == id && booked.state == RegistrationState::NoShow;
    let booked = class
        .seated()
        .find(|booked| booked.member == id && booked.state == RegistrationState::Booked);
    let missed = class.registrations.iter().find(absent).copied();
    let period = class.class.period;
    let from = period.start() - Duration::minutes(i64::from(policy.attendance.opens_minutes));
    let until = period.start() + Duration::minutes(i64::from(policy.attendance.closes_minutes));
    if now < from {
        reasons.push(Reason::TooEarly { from });
    }
    if booked.or(missed).is_none() {
        reasons.push(not_booked(class, member));
    } else if now > until {
        reasons.push(Reason::TooLate { until });
        reasons.extend(locked(class, now, policy));
    }
    if let Some(missed) = missed.filter(|_| booked.is_none()) {
        overlap(class, member, &mut reasons);
        reasons.extend(overfull(class, missed));
        // Whose use was given back needs one again.
        if !class.missed.contains(&missed.id) {
            entitled(class, member, missed.seats, policy, &mut reasons);
        }
    }
    set_aside(
        &mut draft,
        &mut reasons,
        overriding,
        staff(class, actor, "override rules", now),
    );
    let Some(booked) = booked.or(missed).filter(|_| reasons.is_empty()) else {
        return Err(Refusal {
            reasons,
            ..refusal("check in to", class)
        });
    };
    draft.push(settled(booked, RegistrationState::Attended, now));
    if booked.state == RegistrationState::NoShow {
        let (id, resource) = (draft.local(), Resource::Member(booked.member));
        let owner = Owner::Registration(booked.id);
        draft.push(Event::Claimed(Claim::new(
            id,
            resource,
            owner,
            period,
            Buffers::default(),
        )));
    }
    let open = |penalty: &&&crate::booking::Penalty| penalty.registration == booked.id && penalty.is_open();
    for penalty in member.penalties.iter().filter(open) {
        forgive(&mut draft, penalty, member.bans.iter().copied(), Waiver::Attended);
    }
    Ok(draft.into_events())
}

/// Marks one member, or all who were not checked in, as absent; each absence is a penalty.
pub fn mark_no_show(
    class: &ClassFacts<'_>,
    only: Option<MemberId>,
    people: &[MemberFacts<'_>],
    actor: &ActorFacts<'_>,
    overriding: Option<&Override>,
    now: Instant,
    policy: &Policy,
) -> Decision {
    let mut draft = Draft::default();
    let mut reasons: Vec<Reason> = staff(class, actor, "mark absence", now)
        .err()
        .into_iter()
        .collect();
    called_off(class, &mut reasons);
    let from =
        class.class.period.end() + Duration::minutes(i64::from(policy.attendance.no_show_after_minutes));
    // Before the start nobody can be absent, whatever is overridden.
    let premature = now < class.class.period.start();
    if now < from && !premature {
        reasons.push(Reason::TooEarly { from });
    }
    reasons.extend(locked(class, now, policy));
    let absent: Vec<&Registration> = class
        .seated()
        .filter(|booked| {
            booked.state == RegistrationState::Booked && only.is_none_or(|id| id == booked.member)
        })
        .collect();
    if absent.is_empty() {
        let looked_for = "booking that was not checked in".to_owned();
        reasons.push(Reason::NothingToDo { looked_for });
    }
    set_aside(
        &mut draft,
        &mut reasons,
        overriding,
        staff(class, actor, "override rules", now),
    );
    if premature {
        reasons.push(Reason::TooEarly { from });
    }
    if !reasons.is_empty() {
        return Err(Refusal {
            reasons,
            ..refusal("mark absence in", class)
        });
    }
    for booked in absent {
        draft.push(settled(booked, RegistrationState::NoShow, now));
        let owner = Owner::Registration(booked.id);
        draft.push(Event::Released {
            owner,
            resource: None,
        });
        if let Some(member) = people.iter().find(|member| member.member.id == booked.member) {
            penalise(
                &mut draft,
                member,
                booked,
                Offence::NoShow,
                now,
                &policy.penalties,
            );
        }
    }
    Ok(draft.into_events())
}

fn settled(booked: &Registration, state: RegistrationState, now: Instant) -> Event {
    Event::BookingSettled {
        registration: booked.id,
        state,
        at: now,
        closure: None,
    }
}

/// Says that there is no seat for who was marked absent, if it was given away.
fn overfull(class: &ClassFacts<'_>, missed: &Registration) -> Option<Reason> {
    let (capacity, taken, asked) = (class.capacity(), class.taken(), missed.seats);
    let full = taken.saturating_add(asked) > capacity;
    full.then_some(Reason::Full {
        capacity,
        taken,
        kept: 0,
        asked,
    })
}

fn locked(class: &ClassFacts<'_>, now: Instant, policy: &Policy) -> Option<Reason> {
    let since = class.class.period.end() + Duration::hours(i64::from(policy.attendance.locked_after_hours));
    (now >= since).then_some(Reason::AttendanceLocked { since })
}
