//! [`book`]: getting seats, now or later.

use super::alternative::alternatives;
use super::facts::{ActorFacts, ClassFacts, MemberFacts};
pub use super::hold::{hold, release_hold};
use super::policy::{Channel, Mode, Policy};
use super::refusal::{Code, Reason, Refusal, clock};
use super::rules::{Ask, admission};
use super::waitlist::{Left, end_expired, fill, moved};
use super::{Registration, RegistrationState, WaitlistEntry, WaitlistState};
use crate::command::{Book, IfFull};
use crate::decision::{Decision, Draft, set_aside};
use crate::event::Event;
use crate::id::MemberId;
use crate::schedule::claim::{Buffers, Claim, Owner, Resource};
use crate::time::Instant;

/// Books seats of a class for a member, or puts them on the waitlist if that was asked for.
///
/// `people` are the members who wait for the class: seats that have become free go to them first.
/// What a refusal proposes was tried: it is accepted if nothing changes in between.
pub fn book(
    class: &ClassFacts<'_>,
    member: &MemberFacts<'_>,
    people: &[MemberFacts<'_>],
    actor: &ActorFacts<'_>,
    command: &Book,
    now: Instant,
    policy: &Policy,
) -> Decision {
    let attempt = Attempt {
        class,
        member,
        people,
        actor,
        policy,
    };
    attempt.run(command, now).map_err(|reasons| Refusal {
        alternatives: alternatives(class, command, &reasons, now, |command, at| {
            attempt.run(command, at).ok()
        }),
        reasons,
        ..refusal("book", class)
    })
}

/// The facts of a booking, which can be tried in more than one way.
pub(super) struct Attempt<'f, 'a> {
    pub(super) class: &'f ClassFacts<'a>,
    pub(super) member: &'f MemberFacts<'a>,
    pub(super) people: &'f [MemberFacts<'a>],
    pub(super) actor: &'f ActorFacts<'a>,
    pub(super) policy: &'f Policy,
}

impl<'a> Attempt<'_, 'a> {
    pub(super) fn run(&self, command: &Book, now: Instant) -> Result<Vec<Event>, Vec<Reason>> {
        let (id, policy) = (self.member.member.id, self.policy);
        let ask = asked(command);
        let mut draft = Draft::default();
        let mut class = self.class.clone();
        end_expired(&mut draft, &class, now);
        let own = own_entry(&class, id, now);
        let refused = permitted(&class, id, self.actor, now);
        let in_turn = policy.waitlist.mode == Mode::Auto
            && refused.is_none()
            && own.is_some_and(|entry| entry.seats == ask.seats);
        let except = (!in_turn).then_some(id);
        let left = fill(&mut draft, &mut class, self.people, except, now, policy);
        if in_turn && draft.seats(id) {
            return Ok(draft.into_events());
        }

        let mut reasons = admission(&class, self.member, ask, now, policy);
        reasons.extend(refused);
        let beside = own.is_some_and(|entry| may_have_beside(&class, entry, ask, left, now));
        let waited = |reason: &Reason| beside && matches!(reason, Reason::AlreadyWaiting { .. });
        reasons.extend(seats_for(&class, id, ask, left, now, policy).filter(|reason| !waited(reason)));
        let waits = command.if_full == IfFull::Wait
            && own.is_none()
            && reasons
                .iter()
                .any(|reason| reason.is_of_seats() && !names(command, reason));
        let mut awaited = Vec::new();
        if waits {
            awaited = reasons.extract_if(.., |reason| reason.may_pass()).collect();
            reasons.extend(no_place(&class, now, policy));
        }
        let may_override = staff(&class, self.actor, "override rules", now);
        set_aside(
            &mut draft,
            &mut reasons,
            command.overriding.as_ref(),
            may_override,
        );
        if !reasons.is_empty() {
            reasons.extend(awaited);
            return Err(reasons);
        }
        let used = Ask {
            seats: if waits { 0 } else { ask.seats },
            ..ask
        };
        let leaves_some = leaves_some(&class, id, used, now, policy);
        end_own_hold(&mut draft, &mut class, id, now);
        if waits {
            enter(&mut draft, &class, id, ask, now);
        } else {
            let uncovered = sets_aside(draft.events(), Code::Uncovered);
            let grace = own.map(|_| policy.cancelling.grace(now));
            seat(&mut draft, &mut class, self.member, ask, grace, now);
            if uncovered {
                class.covered.retain(|(covered, _)| *covered != id);
            }
            if let Some(entry) = own {
                draft.push(moved(entry, WaitlistState::Promoted));
                class.waitlist.retain(|other| other.id != entry.id);
            }
        }
        if leaves_some {
            fill(&mut draft, &mut class, self.people, Some(id), now, policy);
        }
        Ok(draft.into_events())
    }
}

/// Returns what a booking asks of its class.
pub(super) const fn asked(command: &Book) -> Ask {
    Ask {
        seats: command.seats,
        channel: command.channel,
    }
}

/// Whether an override of the command names the rule of a reason.
fn names(command: &Book, reason: &Reason) -> bool {
    let overriding = command.overriding.as_ref();
    overriding.is_some_and(|overriding| overriding.rules.contains(&reason.code()))
}

/// Whether events set a rule aside.
pub(crate) fn sets_aside(events: &[Event], rule: Code) -> bool {
    events
        .iter()
        .any(|event| matches!(event, Event::Overridden { rules, .. } if rules.contains(&rule)))
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
pub(super) fn permitted(
    class: &ClassFacts<'_>,
    member: MemberId,
    actor: &ActorFacts<'_>,
    now: Instant,
) -> Option<Reason> {
    if actor.member == Some(member) {
        return None;
    }
    staff(class, actor, "act for other members", now).err()
}

/// Returns why the actor may not, today, do what only staff may, if so.
pub(super) fn staff(
    class: &ClassFacts<'_>,
    actor: &ActorFacts<'_>,
    action: &str,
    now: Instant,
) -> Result<(), Reason> {
    if actor.is_staff(class.location.id, class.location.date(now)) {
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
    for waiting in &member.waiting {
        let elsewhere = waiting.entry.class != class.class.id && waiting.entry.state.is_live();
        if elsewhere && waiting.period.overlaps(&class.class.period) {
            draft.push(moved(waiting.entry, WaitlistState::Left));
            // An offer kept seats, and a party at the head of a list keeps them from who comes after.
            if waiting.entry.state == WaitlistState::Offered || waiting.entry.seats > 1 {
                let class = waiting.entry.class;
                draft.push_once(Event::PromotionDue { class });
            }
        }
    }
    class.given.push((ask.channel, ask.seats));
    class.covered.push((member.member.id, ask.seats));
}

/// Whether who waits for the share of one channel may have as many seats that are free through another.
fn may_have_beside(
    class: &ClassFacts<'_>,
    entry: &WaitlistEntry,
    ask: Ask,
    left: Left,
    now: Instant,
) -> bool {
    let as_many = entry.channel != ask.channel && entry.seats == ask.seats;
    let kept = class.kept(now, Some(entry.member));
    let free = class
        .capacity()
        .saturating_sub(class.taken())
        .saturating_sub(kept);
    as_many && ask.seats <= free && left.kept_for == 0
}

/// What keeps a member from a seat, if anything does.
pub(super) fn seats_for(
    class: &ClassFacts<'_>,
    member: MemberId,
    ask: Ask,
    left: Left,
    now: Instant,
    policy: &Policy,
) -> Option<Reason> {
    let own = own_entry(class, member, now);
    let kept_for_them = kept_for(class, member, now);
    let claims = own.is_some() && policy.waitlist.mode == Mode::Broadcast;
    let closes = policy
        .waitlist
        .closes
        .before(class.class.period.start(), class.zone());
    if let Some(entry) = own.filter(|_| kept_for_them == 0 && !claims && now < closes) {
        return Some(Reason::AlreadyWaiting {
            entry: entry.id,
            position: position(class, entry, now),
        });
    }
    let (capacity, taken, kept) = (class.capacity(), class.taken(), class.kept(now, Some(member)));
    if ask.seats > capacity.saturating_sub(taken).saturating_sub(kept) {
        return Some(Reason::Full {
            capacity,
            taken,
            kept,
            asked: ask.seats,
        });
    }
    (left.kept_for > 0 && !claims && kept_for_them < ask.seats).then_some(Reason::SeatsKept {
        waiting: left.kept_for,
        until: closes,
    })
}

/// Returns the seats that holds and an offer keep for a member.
fn kept_for(class: &ClassFacts<'_>, member: MemberId, now: Instant) -> u32 {
    class
        .kept(now, None)
        .saturating_sub(class.kept(now, Some(member)))
}

/// Whether a member who uses seats may leave some to who waits: of what was kept for them, seats or the share of a
/// channel; or of what others could not have before, such as those behind a party for which too few are left now.
pub(super) fn leaves_some(
    class: &ClassFacts<'_>,
    member: MemberId,
    used: Ask,
    now: Instant,
    policy: &Policy,
) -> bool {
    let kept = kept_for(class, member, now);
    let of_a_share = |channel: &Channel| {
        let through = |member| class.kept_through(*channel, now, member);
        let own = through(None).saturating_sub(through(Some(member)));
        own > if *channel == used.channel { used.seats } else { 0 }
    };
    let of_theirs = kept > used.seats || (kept > 0 && policy.channels.keys().any(of_a_share));
    let gives = policy.waitlist.mode != Mode::Broadcast;
    of_theirs || (gives && used.seats > 0 && class.waiting(now).next().is_some())
}

fn own_entry<'a>(class: &ClassFacts<'a>, member: MemberId, now: Instant) -> Option<&'a WaitlistEntry> {
    class
        .waitlist
        .iter()
        .copied()
        .find(|entry| entry.member == member && entry.waits(now))
}

fn position(class: &ClassFacts<'_>, entry: &WaitlistEntry, now: Instant) -> u32 {
    class.waiting(now).filter(|other| other.seq < entry.seq).count() as u32 + 1
}

/// Puts a member at the end of the waitlist.
fn enter(draft: &mut Draft, class: &ClassFacts<'_>, member: MemberId, ask: Ask, now: Instant) {
    let id = draft.local();
    draft.push(Event::Waitlisted(WaitlistEntry {
        id,
        class: class.class.id,
        member,
        seats: ask.seats,
        channel: ask.channel,
        seq: class.last_seq + 1,
        state: WaitlistState::Waiting,
        entered_at: now,
        offer_until: None,
    }));
}

/// Lists what speaks against one more entry on the waitlist.
fn no_place(class: &ClassFacts<'_>, now: Instant, policy: &Policy) -> Vec<Reason> {
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
    reasons
}

pub(super) fn end_own_hold(draft: &mut Draft, class: &mut ClassFacts<'_>, member: MemberId, now: Instant) {
    for hold in class
        .holds
        .iter()
        .filter(|hold| hold.member == member && hold.stands(now))
    {
        draft.push(Event::HoldEnded { hold: hold.id });
    }
    class.holds.retain(|hold| hold.member != member);
}
