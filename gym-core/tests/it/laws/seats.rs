//! Where seats are given or offered, none is left for which somebody waits who may have it.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::Gym;
use gym_core::booking::WaitlistState;
use gym_core::booking::policy::{Channel, Mode, Order};
use gym_core::booking::rules::{Ask, admission};
use gym_core::command::Command;
use gym_core::id::{ClassId, MemberId, WaitlistId};

/// Lists the classes with a free seat, an entry that may have it, and a list that is not closed.
pub fn left(gym: &Gym) -> Vec<(ClassId, WaitlistId)> {
    let live = gym.club.waitlist.iter().filter(|entry| entry.state.is_live());
    let classes: BTreeSet<ClassId> = live.map(|entry| entry.class).collect();
    let left = |class: ClassId| Some((class, left_in(gym, class)?));
    classes.into_iter().filter_map(left).collect()
}

pub fn none_is_left(gym: &Gym, class: ClassId, command: &Command) {
    let left = left_in(gym, class);
    assert!(left.is_none(), "{command:?} left seats free for entry {left:?}");
}

fn left_in(gym: &Gym, class: ClassId) -> Option<WaitlistId> {
    let facts = gym.club.class_facts(class).unwrap();
    let policy = gym.club.policy(facts.location.id);
    let start = facts.class.period.start();
    let closes = policy.waitlist.closes.before(start, facts.zone());
    let free = facts.free(gym.now);
    if policy.waitlist.mode == Mode::Broadcast
        || gym.now >= closes
        || !facts.class.is_scheduled()
        || free == 0
    {
        return None;
    }
    let mut waiting = facts
        .waitlist
        .iter()
        .filter(|entry| entry.state == WaitlistState::Waiting)
        .filter(|entry| {
            let member = gym.club.member_facts(entry.member, &facts, gym.now, policy);
            let ask = Ask {
                seats: entry.seats,
                channel: entry.channel,
            };
            admission(&facts, &member.unwrap(), ask, gym.now, policy).is_empty()
        });
    let next = match policy.waitlist.order {
        Order::Fifo => waiting.next().filter(|entry| entry.seats <= free),
        Order::FitFirst => waiting.find(|entry| entry.seats <= free),
    };
    next.map(|entry| entry.id)
}

/// No more of a channel's share is booked, held and offered than before, or than the share is, unless staff say so, or
/// what they had allowed comes back with a lifted closure.
pub fn shares_are_kept(before: &Gym, after: &Gym, command: &Command) {
    let staff_say_so = matches!(command, Command::Book(book) if book.overriding.is_some());
    if staff_say_so || matches!(command, Command::LiftClosure { .. }) {
        return;
    }
    for class in after.club.classes.iter() {
        let policy = after.club.policy(class.offering.location);
        for (channel, most) in &policy.channels {
            let (was, is) = (used(before, class.id, *channel), used(after, class.id, *channel));
            assert!(
                is <= was.max(*most),
                "{command:?}: {is} of {most} through {channel}, {was} before"
            );
        }
    }
}

/// How many seats of a class are booked through a channel, or kept by holds and offers; who holds what they are
/// offered counts once.
fn used(gym: &Gym, class: ClassId, channel: Channel) -> u32 {
    let mut of: BTreeMap<MemberId, u32> = BTreeMap::new();
    for entry in gym.club.waitlist.iter() {
        let offered = entry.state == WaitlistState::Offered && entry.offer_until > Some(gym.now);
        if entry.class == class && entry.channel == channel && offered {
            of.insert(entry.member, entry.seats);
        }
    }
    for hold in gym.club.holds.iter() {
        if hold.class == class && hold.channel == channel && !hold.ended && gym.now < hold.until {
            let kept = of.entry(hold.member).or_default();
            *kept = hold.seats.max(*kept);
        }
    }
    let booked = gym.club.registrations.iter();
    let booked = booked.filter(|it| it.class == class && it.channel == channel && it.state.is_live());
    of.values().sum::<u32>() + booked.map(|it| it.seats).sum::<u32>()
}
