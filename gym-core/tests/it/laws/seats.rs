//! Where seats are given or offered, none is left for which somebody waits who may have it.

use std::collections::BTreeSet;

use crate::support::Gym;
use gym_core::booking::WaitlistState;
use gym_core::booking::policy::{Mode, Order};
use gym_core::booking::rules::{Ask, admission};
use gym_core::command::Command;
use gym_core::id::{ClassId, WaitlistId};

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
