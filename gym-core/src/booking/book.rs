//! [`book`], [`hold`] and [`release_hold`]: getting seats.

use chrono::Duration;

use super::facts::{ActorFacts, ClassFacts, MemberFacts};
use super::policy::{Mode, Policy};
use super::refusal::{Alternative, Reason, Refusal, clock};
use super::rules::{Ask, admission};
use super::waitlist::{Left, end_expired, fill, moved};
use super::{Hold, Registration, RegistrationState, WaitlistEntry, WaitlistState};
use crate::command::{Book, IfFull};
use crate::decision::{Decision, Draft, set_aside};
use crate::event::Event;
use crate::id::MemberId;
use crate::schedule::claim::{Buffers, Claim, Owner, Resource};
use crate::time::Instant;

/// Books seats of a class for a member, or puts them on the waitlist if that was asked for.
///
/// `people` are the members who wait for the class: seats that have become free go to them first.
pub fn book(
    class: &ClassFacts<'_>,
    member: &MemberFacts<'_>,
    people: &[MemberFacts<'_>],
    actor: &ActorFacts<'_>,
    command: &Book,
    now: Instant,
    policy: &Policy,
) -> Decision {
    let ask = Ask {
        seats: command.seats,
        channel: command.channel,
    };
    let mut draft = Draft::default();
    let mut reasons = admission(class, member, ask, now, policy);
    reasons.extend(permitted(class, member.member.id, actor));
    let override_allowed = staff(class, actor, "override rules");
    set_aside(
        &mut draft,
        &mut reasons,
        command.overriding.as_ref(),
        override_allowed,
    );

    let mut class = class.clone();
    end_expired(&mut draft, &class, now);
    let own = own_entry(&class, member.member.id, now);
    let left = fill(
        &mut draft,
        &mut class,
        people,
        Some(member.member.id),
        now,
        policy,
    );
    let no_seat = seats_for(&class, member.member.id, ask, left, now, policy);

    if reasons.is_empty() && no_seat.is_none() {
        end_own_hold(&mut draft, &class, member.member.id, now);
        seat(&mut draft, &mut class, member, ask, None, now);
        if let Some(entry) = own {
            draft.push(moved(entry, WaitlistState::Promoted));
        }
        return Ok(draft.into_events());
    }
    if reasons.is_empty() && command.if_full == IfFull::Wait {
        return wait(draft, &class, member, own, ask, no_seat, now, policy);
    }
    let free = free_for(&class, member.member.id, now);
    let alternatives = alternatives(&class, member, &reasons, no_seat.as_ref(), ask, free, now, policy);
    reasons.extend(no_seat);
    Err(Refusal {
        reasons,
        alternatives,
        ..refusal("book", &class)
    })
}

/// Starts a refusal that names the class.
pub(super) fn refusal(verb: &str, class: &ClassFacts<'_>) -> Refusal {
    let (title, zone) = (&class.class.offering.title, class.zone());
    Refusal::new(
        format!("{verb} {title} on {}", clock(zone, class.class.period.start())),
        zone,
    )
}

/// Returns why the actor may not act for the member, if so.
pub(super) fn permitted(class: &ClassFacts<'_>, member: MemberId, actor: &ActorFacts<'_>) -> Option<Reason> {
    if actor.member == Some(member) {
        return None;
    }
    staff(class, actor, "act for other members").err()
}

/// Returns why the actor may not do what only staff may, if so.
pub(super) fn staff(class: &ClassFacts<'_>, actor: &ActorFacts<'_>, action: &str) -> Result<(), Reason> {
    if actor.is_staff(class.location.id, class.date()) {
        return Ok(());
    }
    Err(Reason::NotPermitted {
        action: action.to_owned(),
        location: Some(class.location.id),
    })
}

/// Records a booking, the claim on the member's time, and that they leave lists for the same time.
pub(super) fn seat(
    draft: &mut Draft,
    class: &mut ClassFacts<'_>,
    member: &MemberFacts<'_>,
    ask: Ask,
    grace_until: Option<Instant>,
    now: Instant,
) {
    let (id, claim) = (draft.local(), draft.local());
    draft.push(Event::Booked(Registration {
        id,
        class: class.class.id,
        member: member.member.id,
        seats: ask.seats,
        channel: ask.channel,
        state: RegistrationState::Booked,
        booked_at: now,
        grace_until,
        settled_at: None,
        closure: None,
    }));
    let (resource, owner) = (Resource::Member(member.member.id), Owner::Registration(id));
    draft.push(Event::Claimed(Claim::new(
        claim,
        resource,
        owner,
        class.class.period,
        Buffers::default(),
    )));
    for (entry, period) in &member.waiting {
        let elsewhere = entry.class != class.class.id && entry.state.is_live();
        if elsewhere && period.overlaps(&class.class.period) {
            draft.push(moved(entry, WaitlistState::Left));
        }
    }
    class.given.push((ask.channel, ask.seats));
}

/// What keeps a member from a seat, if anything does.
fn seats_for(
    class: &ClassFacts<'_>,
    member: MemberId,
    ask: Ask,
    left: Left,
    now: Instant,
    policy: &Policy,
) -> Option<Reason> {
    let own = own_entry(class, member, now);
    let holds = class
        .holds
        .iter()
        .any(|hold| hold.member == member && hold.stands(now));
    let first =
        holds || own.is_some_and(|entry| entry.offer_stands(now) || policy.waitlist.mode == Mode::Broadcast);
    let closes = policy
        .waitlist
        .closes
        .before(class.class.period.start(), class.zone());
    if let Some(entry) = own.filter(|_| !first && now < closes) {
        return Some(Reason::AlreadyWaiting {
            entry: entry.id,
            position: position(class, entry, now),
        });
    }
    if left.kept_for > 0 && !first && left.free >= ask.seats {
        return Some(Reason::SeatsKept {
            waiting: left.kept_for,
            until: closes,
        });
    }
    let (capacity, taken, kept) = (class.capacity(), class.taken(), class.kept(now, Some(member)));
    (ask.seats > free_for(class, member, now)).then_some(Reason::Full {
        capacity,
        taken,
        kept,
        asked: ask.seats,
    })
}

fn free_for(class: &ClassFacts<'_>, member: MemberId, now: Instant) -> u32 {
    class
        .capacity()
        .saturating_sub(class.taken())
        .saturating_sub(class.kept(now, Some(member)))
}

fn own_entry<'a>(class: &ClassFacts<'a>, member: MemberId, now: Instant) -> Option<&'a WaitlistEntry> {
    class
        .waitlist
        .iter()
        .copied()
        .find(|entry| entry.member == member && entry.waits(now))
}

fn position(class: &ClassFacts<'_>, entry: &WaitlistEntry, now: Instant) -> u32 {
    class.waiting(now).filter(|other| other.seq <= entry.seq).count() as u32
}

#[expect(clippy::too_many_arguments, reason = "what a booking knows, at its last step")]
fn wait(
    mut draft: Draft,
    class: &ClassFacts<'_>,
    member: &MemberFacts<'_>,
    own: Option<&WaitlistEntry>,
    ask: Ask,
    no_seat: Option<Reason>,
    now: Instant,
    policy: &Policy,
) -> Decision {
    let reasons = match own {
        Some(_) => no_seat.into_iter().collect(),
        None => no_place(class, ask, now, policy),
    };
    if !reasons.is_empty() {
        return Err(Refusal {
            reasons,
            ..refusal("wait for", class)
        });
    }
    end_own_hold(&mut draft, class, member.member.id, now);
    let id = draft.local();
    draft.push(Event::Waitlisted(WaitlistEntry {
        id,
        class: class.class.id,
        member: member.member.id,
        seats: ask.seats,
        channel: ask.channel,
        seq: class.waitlist.iter().map(|entry| entry.seq).max().unwrap_or(0) + 1,
        state: WaitlistState::Waiting,
        entered_at: now,
        offer_until: None,
    }));
    Ok(draft.into_events())
}

/// Lists what speaks against one more entry on the waitlist.
fn no_place(class: &ClassFacts<'_>, ask: Ask, now: Instant, policy: &Policy) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let closed_at = policy
        .waitlist
        .closes
        .before(class.class.period.start(), class.zone());
    if now >= closed_at {
        reasons.push(Reason::WaitlistClosed { closed_at });
    }
    let waiting = class.waiting(now).count();
    if let Some(most) = policy.waitlist.max.filter(|most| waiting >= *most as usize) {
        reasons.push(Reason::WaitlistFull { most });
    }
    let capacity = class.capacity();
    if ask.seats > capacity {
        reasons.push(Reason::Full {
            capacity,
            taken: class.taken(),
            kept: class.kept(now, None),
            asked: ask.seats,
        });
    }
    reasons
}

#[expect(clippy::too_many_arguments, reason = "what a booking knows, at its last step")]
fn alternatives(
    class: &ClassFacts<'_>,
    member: &MemberFacts<'_>,
    reasons: &[Reason],
    no_seat: Option<&Reason>,
    ask: Ask,
    free: u32,
    now: Instant,
    policy: &Policy,
) -> Vec<Alternative> {
    let mut found = Vec::new();
    match (reasons, no_seat) {
        ([], Some(Reason::Full { .. })) if free > 0 => found.push(Alternative::Seats { seats: free }),
        ([Reason::PartySize { most, asked }], _) if *asked > *most && free.min(*most) > 0 => {
            found.push(Alternative::Seats {
                seats: free.min(*most),
            });
        }
        ([Reason::NotYetOpen { opens_at: at }] | [Reason::Banned { until: at }], None) => {
            if admission(class, member, ask, *at, policy).is_empty() {
                found.push(Alternative::From { at: *at });
            }
        }
        _ => {}
    }
    let waits = matches!(no_seat, Some(Reason::Full { .. } | Reason::SeatsKept { .. }));
    if reasons.is_empty() && waits && no_place(class, ask, now, policy).is_empty() {
        found.push(Alternative::Wait {
            position: class.waiting(now).count() as u32 + 1,
        });
    }
    found
}

fn end_own_hold(draft: &mut Draft, class: &ClassFacts<'_>, member: MemberId, now: Instant) {
    for hold in class
        .holds
        .iter()
        .filter(|hold| hold.member == member && hold.stands(now))
    {
        draft.push(Event::HoldEnded { hold: hold.id });
    }
}

/// Keeps seats for a member until `now` and the policy's minutes; an earlier hold of theirs is replaced.
#[expect(
    clippy::too_many_arguments,
    reason = "facts, command, time and policy, as for every decision"
)]
pub fn hold(
    class: &ClassFacts<'_>,
    member: &MemberFacts<'_>,
    people: &[MemberFacts<'_>],
    actor: &ActorFacts<'_>,
    ask: Ask,
    now: Instant,
    policy: &Policy,
) -> Decision {
    let mut draft = Draft::default();
    let mut reasons = admission(class, member, ask, now, policy);
    reasons.extend(permitted(class, member.member.id, actor));
    let mut class = class.clone();
    end_expired(&mut draft, &class, now);
    let left = fill(
        &mut draft,
        &mut class,
        people,
        Some(member.member.id),
        now,
        policy,
    );
    reasons.extend(seats_for(&class, member.member.id, ask, left, now, policy));
    if !reasons.is_empty() {
        return Err(Refusal {
            reasons,
            ..refusal("hold", &class)
        });
    }
    end_own_hold(&mut draft, &class, member.member.id, now);
    let id = draft.local();
    let until = now + Duration::minutes(i64::from(policy.hold_minutes));
    let (class, member) = (class.class.id, member.member.id);
    draft.push(Event::Held(Hold {
        id,
        class,
        member,
        seats: ask.seats,
        until,
        ended: false,
    }));
    Ok(draft.into_events())
}

/// Gives kept seats back; they go to who waits.
pub fn release_hold(
    class: &ClassFacts<'_>,
    member: MemberId,
    people: &[MemberFacts<'_>],
    actor: &ActorFacts<'_>,
    now: Instant,
    policy: &Policy,
) -> Decision {
    let mut reasons: Vec<Reason> = permitted(class, member, actor).into_iter().collect();
    if !class
        .holds
        .iter()
        .any(|hold| hold.member == member && hold.stands(now))
    {
        reasons.push(Reason::NothingToDo {
            looked_for: format!("hold of member {member}"),
        });
    }
    if !reasons.is_empty() {
        return Err(Refusal {
            reasons,
            ..refusal("give back seats of", class)
        });
    }
    let mut draft = Draft::default();
    let mut class = class.clone();
    end_expired(&mut draft, &class, now);
    end_own_hold(&mut draft, &class, member, now);
    class.holds.retain(|hold| hold.member != member);
    fill(&mut draft, &mut class, people, None, now, policy);
    Ok(draft.into_events())
}
