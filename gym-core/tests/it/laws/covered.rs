//! Where a booking needs a lot, each of its seats takes a use of one when it is made.

use crate::support::Gym;
use gym_core::booking::policy::Admits;
use gym_core::booking::refusal::Code;
use gym_core::command::Command;
use gym_core::entitlement::{EntitlementEvent, Target};
use gym_core::event::Event;

pub fn holds(before: &Gym, command: &Command, events: &[Event]) {
    let uncovered =
        |event: &Event| matches!(event, Event::Overridden { rules, .. } if rules.contains(&Code::Uncovered));
    if events.iter().any(uncovered) {
        return;
    }
    for event in events {
        let Event::Booked(new) = event else { continue };
        let class = before.club.classes.get(new.class).unwrap();
        if before.club.policy(class.offering.location).admits == Admits::Anyone {
            continue;
        }
        let takes = |event: &&Event| {
            let Event::Entitlement(EntitlementEvent::Held(taken)) = event else {
                return false;
            };
            taken.target == Target::Registration(new.id)
        };
        let taken = events.iter().filter(takes).count();
        assert_eq!(
            taken, new.seats as usize,
            "{command:?} seated member {} without a lot",
            new.member
        );
    }
}
