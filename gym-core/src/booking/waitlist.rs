//! Promotion: free seats go to who waits, in order, and each promotion is a booking with every check.

use chrono::Duration;

use super::book::{end_own_hold, seat};
use super::facts::{ClassFacts, MemberFacts};
use super::policy::{Mode, Order, Policy};
use super::refusal::Reason;
use super::rules::{Ask, admission};
use super::{WaitlistEntry, WaitlistState};
use crate::decision::{Decision, Draft};
use crate::event::Event;
use crate::id::MemberId;
use crate::time::Instant;

/// What promotion leaves to those who do not wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Left {
    /// The free seats.
    pub(super) free: u32,
    /// How many valid entries those seats are kept for.
    pub(super) kept_for: u32,
}

/// Ends what has run out and gives free seats to who waits.
pub fn promote(
    class: &ClassFacts<'_>,
    people: &[MemberFacts<'_>],
    now: Instant,
    policy: &Policy,
) -> Decision {
    let mut draft = Draft::default();
    let mut class = class.clone();
    end_expired(&mut draft, &class, now);
    fill(&mut draft, &mut class, people, None, now, policy);
    Ok(draft.into_events())
}

/// Gives free seats to who waits, after a change of the class.
pub(crate) fn fill_free<'a>(
    draft: &mut Draft,
    class: &mut ClassFacts<'a>,
    people: &[MemberFacts<'a>],
    now: Instant,
    policy: &Policy,
) {
    fill(draft, class, people, None, now, policy);
}

/// Ends the holds and offers that have run out.
pub(super) fn end_expired(draft: &mut Draft, class: &ClassFacts<'_>, now: Instant) {
    for hold in class.holds.iter().filter(|hold| !hold.ended && hold.until <= now) {
        draft.push(Event::HoldEnded { hold: hold.id });
    }
    let lapsed = |entry: &&&WaitlistEntry| entry.state == WaitlistState::Offered && !entry.offer_stands(now);
    for entry in class.waitlist.iter().filter(lapsed) {
        draft.push(moved(entry, WaitlistState::Lapsed));
    }
}

/// Returns the event that an entry got to a state.
pub(super) fn moved(entry: &WaitlistEntry, state: WaitlistState) -> Event {
    Event::WaitlistMoved {
        entry: entry.id,
        state,
        offer_until: None,
    }
}

/// Gives free seats to who waits, but not to `except`, and says what is left.
///
/// An entry that a rule speaks against is skipped, not removed, and the next has its turn. Under [`Order::Fifo`]
/// an entry that does not fit keeps the free seats to itself.
pub(super) fn fill<'a>(
    draft: &mut Draft,
    class: &mut ClassFacts<'a>,
    people: &[MemberFacts<'a>],
    except: Option<MemberId>,
    now: Instant,
    policy: &Policy,
) -> Left {
    let mut left = Left {
        free: class.free(now),
        kept_for: 0,
    };
    let closes = policy
        .waitlist
        .closes
        .before(class.class.period.start(), class.zone());
    if left.free == 0 || now >= closes || !class.class.is_scheduled() {
        return left;
    }
    for entry in in_turn(class, except) {
        if left.free == 0 {
            break;
        }
        let Some(member) = people.iter().find(|member| member.member.id == entry.member) else {
            continue;
        };
        let ask = Ask {
            seats: entry.seats,
            channel: entry.channel,
        };
        let reasons = admission(class, member, ask, now, policy);
        if !reasons.is_empty() {
            skip(draft, entry, reasons);
            continue;
        }
        if entry.seats > left.free {
            match policy.waitlist.order {
                Order::Fifo => {
                    left.kept_for += 1;
                    break;
                }
                Order::FitFirst => continue,
            }
        }
        match policy.waitlist.mode {
            Mode::Auto => {
                let grace = policy.cancelling.grace(now);
                end_own_hold(draft, class, entry.member, now);
                seat(draft, class, member, ask, Some(grace), now);
                draft.push(moved(entry, WaitlistState::Promoted));
                class.waitlist.retain(|other| other.id != entry.id);
            }
            Mode::Offer { minutes } => {
                let until = (now + Duration::minutes(i64::from(minutes))).min(closes);
                offer(draft, class, entry, until);
            }
            Mode::Broadcast => left.kept_for += 1,
        }
        left.free = class.free(now);
    }
    if policy.waitlist.mode == Mode::Broadcast && left.kept_for > 0 {
        let (class, seats) = (class.class.id, left.free);
        draft.push_once(Event::SeatsAnnounced { class, seats });
    }
    left
}

/// Says why an entry is passed over, once in a decision.
fn skip(draft: &mut Draft, entry: &WaitlistEntry, reasons: Vec<Reason>) {
    let entry = entry.id;
    let said = |event: &Event| matches!(event, Event::WaitlistSkipped { entry: of, .. } if *of == entry);
    if !draft.events().iter().any(said) {
        draft.push(Event::WaitlistSkipped { entry, reasons });
    }
}

/// Lists who waits and has no offer, in order, but not `except`.
fn in_turn<'a>(class: &ClassFacts<'a>, except: Option<MemberId>) -> Vec<&'a WaitlistEntry> {
    let waits = |entry: &&WaitlistEntry| {
        entry.state == WaitlistState::Waiting
            && !class.offered.contains(&entry.id)
            && except != Some(entry.member)
    };
    class.waitlist.iter().copied().filter(waits).collect()
}

/// Keeps seats for an entry until an instant.
fn offer(draft: &mut Draft, class: &mut ClassFacts<'_>, entry: &WaitlistEntry, until: Instant) {
    draft.push(Event::WaitlistMoved {
        entry: entry.id,
        state: WaitlistState::Offered,
        offer_until: Some(until),
    });
    class.offered.push(entry.id);
}
