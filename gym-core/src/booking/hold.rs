//! [`hold`] and [`release_hold`]: keeping seats for a few minutes.

use chrono::Duration;

use super::Hold;
use super::alternative::alternatives;
use super::book::{Attempt, asked, end_own_hold, leaves_some, permitted, refusal, seats_for};
use super::facts::{ActorFacts, ClassFacts, MemberFacts};
use super::policy::Policy;
use super::refusal::{Reason, Refusal};
use super::rules::{Ask, admission};
use super::waitlist::{end_expired, fill};
use crate::command::{Book, IfFull};
use crate::decision::{Decision, Draft};
use crate::event::Event;
use crate::id::MemberId;
use crate::time::Instant;

/// Keeps seats for a member until `now` and the policy's minutes; an earlier hold of theirs is replaced.
///
/// What a refusal proposes was tried: fewer seats or another time as a hold, waiting as a booking.
pub fn hold(
    class: &ClassFacts<'_>,
    member: &MemberFacts<'_>,
    people: &[MemberFacts<'_>],
    actor: &ActorFacts<'_>,
    ask: Ask,
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
    let accepted = |command: &Book, at| match command.if_full {
        IfFull::Refuse => attempt.hold(asked(command), at).ok(),
        IfFull::Wait => attempt.run(command, at).ok(),
    };
    attempt.hold(ask, now).map_err(|reasons| {
        let command = Book {
            seats: ask.seats,
            channel: ask.channel,
            ..Book::one(member.member.id, class.class.id)
        };
        Refusal {
            alternatives: alternatives(class, &command, &reasons, now, accepted),
            reasons,
            ..refusal("hold", class)
        }
    })
}

impl Attempt<'_, '_> {
    fn hold(&self, ask: Ask, now: Instant) -> Result<Vec<Event>, Vec<Reason>> {
        let (id, policy, people) = (self.member.member.id, self.policy, self.people);
        let mut draft = Draft::default();
        let mut class = self.class.clone();
        end_expired(&mut draft, &class, now);
        let left = fill(&mut draft, &mut class, people, Some(id), now, policy);
        let mut reasons = admission(&class, self.member, ask, now, policy);
        reasons.extend(permitted(&class, id, self.actor, now));
        reasons.extend(seats_for(&class, id, ask, left, now, policy));
        if !reasons.is_empty() {
            return Err(reasons);
        }
        let leaves_some = leaves_some(&class, id, ask, now, policy);
        end_own_hold(&mut draft, &mut class, id, now);
        let hold = draft.local();
        draft.push(Event::Held(Hold {
            id: hold,
            class: class.class.id,
            member: id,
            seats: ask.seats,
            channel: ask.channel,
            until: now + Duration::minutes(i64::from(policy.hold_minutes)),
            ended: false,
        }));
        class.held = Some((id, ask.channel, ask.seats));
        if leaves_some {
            fill(&mut draft, &mut class, people, Some(id), now, policy);
        }
        Ok(draft.into_events())
    }
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
    let mut reasons: Vec<Reason> = permitted(class, member, actor, now).into_iter().collect();
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
    end_own_hold(&mut draft, &mut class, member, now);
    fill(&mut draft, &mut class, people, None, now, policy);
    Ok(draft.into_events())
}
