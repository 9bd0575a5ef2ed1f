//! Where a booking needs a lot, each of its seats takes a use of one when it is made, and again when it is
//! brought back, if it had taken one.

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
        let booked = match event {
            Event::Booked(new) => new,
            Event::BookingReinstated { registration } => {
                before.club.registrations.get(*registration).unwrap()
            }
            _ => continue,
        };
        let target = Target::Registration(booked.id);
        let class = before.club.classes.get(booked.class).unwrap();
        let had_none = !before.club.uses.iter().any(|it| it.target == target);
        let again = matches!(event, Event::BookingReinstated { .. });
        if before.club.policy(class.offering.location).admits == Admits::Anyone || (again && had_none) {
            continue;
        }
        let takes = |event: &&Event| matches!(event, Event::Entitlement(EntitlementEvent::Held(taken)) if taken.target == target);
        let taken = events.iter().filter(takes).count();
        assert_eq!(
            taken, booked.seats as usize,
            "{command:?} seated member {} without a lot",
            booked.member
        );
    }
}
