//! Any history comes to the same in the store as in memory: each decision, what it asks for, and the club at the end. What
//! a loader forgets is a difference here.

use std::collections::VecDeque;

use gym_core::booking::policy::{PenaltyRules, Policy};
use gym_core::booking::refusal::{Alternative, Code};
use gym_core::club::Club;
use gym_core::command::{Command, Context, Scope};
use gym_core::decision::due;
use gym_core::replay::Recorded;
use gym_db::{Failure, Gym};
use proptest::prelude::*;

use crate::houses::lots::{between, year};
use crate::houses::world::{Step, World, entitled, policies, steps, world};
use crate::houses::{Gym as House, civil, overriding, soak};

/// Stores what led to a club in memory.
fn stored(house: &mut House) -> Gym {
    let gym = Gym::open("sqlite::memory:").unwrap();
    for (context, command) in std::mem::take(&mut house.given) {
        gym.at(context.now).by(context.actor).run(&command).unwrap();
    }
    same(&gym, house);
    gym
}

fn same(gym: &Gym, house: &House) {
    assert!(
        gym.club().unwrap() == house.club,
        "the stored club differs from the one in memory"
    );
}

/// Gives a command to the store and in memory, where both must lead to the same to the byte, and says how many commands
/// that were, with what it asked for.
pub fn twice(gym: &Gym, club: &mut Club, context: &Context, command: &Command) -> u32 {
    let decision = club.decide(command, context);
    let stored = gym.at(context.now).by(context.actor).run(command);
    let mut count = 1;
    match (&decision, stored) {
        (Ok(events), Ok(done)) => {
            let ids = club.allot(events);
            let resolved: Vec<_> = events.iter().map(|event| event.resolved(&ids)).collect();
            assert_eq!(resolved, done.events, "{command:?}");
            club.apply(events, &ids);
            let mut next: VecDeque<Command> = due(events).collect();
            while let Some(command) = next.pop_front() {
                let row = Recorded::enact(club, 0, *context, command);
                next.extend(due(row.decision.as_deref().unwrap_or_default()));
                count += 1;
            }
        }
        (Err(refusal), Err(Failure::Refused(mut stored))) => {
            stored
                .alternatives
                .retain(|it| !matches!(it, Alternative::Class { .. }));
            assert_eq!(*refusal, *stored, "{command:?}");
        }
        (_, stored) => panic!("{command:?}\nin memory: {decision:?}\nstored: {stored:?}"),
    }
    count
}

fn both(gym: &Gym, house: &mut House, command: &Command) {
    let (now, actor) = (house.now, house.actor);
    twice(gym, &mut house.club, &Context { now, actor }, command);
}

/// Lives through a history of days twice. The clock of the store does not go back.
fn live(make: fn(Policy) -> World, policy: Policy, steps: &[Step]) {
    let mut world = make(policy);
    let gym = stored(&mut world.gym);
    for step in steps {
        world.gym.now += chrono::Duration::minutes(4 * i64::from(step.minutes.max(0)));
        let user = world.users.get(usize::from(step.member));
        let user = user.filter(|_| step.number.is_multiple_of(7)).copied();
        world.gym.by(user);
        let command = world.command(step);
        both(&gym, &mut world.gym, &command);
    }
    same(&gym, &world.gym);
}

#[test]
fn who_came_after_all_takes_again_what_was_given_back() {
    let mut house = House::entitled(Policy::default());
    let ada = house.member("Ada");
    house.sell(ada, year(1));
    let class = house.class("2026-02-03T11:00", 5);
    house.at("2026-02-01T10:00:00Z").book(ada, class);
    let gym = stored(&mut house);
    house.at("2026-02-03T12:00:00Z");
    let absent = Command::MarkNoShow {
        class,
        member: None,
        overriding: None,
    };
    both(&gym, &mut house, &absent);
    assert_eq!(house.uses(), "", "the first time is waived");
    let late = Command::CheckIn {
        class,
        member: ada,
        overriding: Some(overriding(&[Code::TooLate])),
    };
    both(&gym, &mut house, &late);
    assert_eq!(house.uses(), "02-03 lot 1!");
    same(&gym, &house);
}

#[test]
fn a_class_that_was_moved_on_its_own_keeps_its_units_when_its_series_goes_far() {
    let mut house = House::new();
    let mut bikes = house.offering(3);
    bikes.equipment = Some(house.equipment("bike", 3));
    let [first, second] = house.daily("2026-02-02T10:00", bikes.clone());
    bikes.capacity = 1;
    house.class_of("2026-02-03T15:00", bikes);
    let gym = stored(&mut house);
    let go = |class, scope, start| Command::MoveClass {
        class,
        scope,
        start: civil(start),
        minutes: None,
        room: None,
    };
    both(&gym, &mut house, &go(second, Scope::This, "2026-02-03T15:00"));
    both(&gym, &mut house, &go(first, Scope::All, "2026-02-20T10:00"));
    assert_eq!(house.start(first), "2026-02-20T10:00");
    assert_eq!(house.start(second), "2026-02-03T15:00");
    same(&gym, &house);
}

#[test]
fn what_a_session_that_is_moved_into_the_past_meets_there_is_told_by_its_title() {
    let mut house = House::new();
    let ada = house.member("Ada");
    let trainer = house.trainer("Theo");
    let class = house.class("2026-02-03T11:00", 5);
    house.book(ada, class);
    let later = house.session(trainer, ada, "2026-02-20T10:00");
    house.ok(&later);
    house.at("2026-02-03T11:30:00Z").check_in(ada, class);
    let gym = stored(&mut house);
    house.at("2026-02-15T10:00:00Z");
    let session = house.club.sessions.iter().next().unwrap().id;
    let start = civil("2026-02-03T11:15");
    let told = Command::MoveSession { session, start };
    both(&gym, &mut house, &told);
    assert_eq!(house.tell(&told), "no: started overlaps");
}

#[test]
fn what_a_cancelled_class_gives_back_to_who_had_left_it_covers_their_other_visits() {
    let penalties = PenaltyRules {
        waivers: 0,
        ..PenaltyRules::default()
    };
    let mut house = House::entitled(Policy {
        penalties,
        ..Policy::default()
    });
    house.at("2026-03-01T08:00:00Z");
    let [fay, gus, max] = house.members(["Fay", "Gus", "Max"]);
    house.sell(fay, between(1, "2026-01-01", "2026-04-01"));
    house.sell_to(&[fay, gus], between(1, "2026-01-01", "2026-05-01"));
    house.sell(max, year(1));
    let full = house.class("2026-03-20T18:00", 1);
    assert_eq!(house.book(max, full), "+Max");
    assert_eq!(house.join(gus, full), "Gus waits");
    let [left, other] = ["2026-03-10T10:00", "2026-03-12T10:00"].map(|start| house.class(start, 5));
    house.book(fay, left);
    house.at("2026-03-10T05:00:00Z").cancel(fay, left);
    house.book(fay, other);
    assert_eq!(house.uses(), "03-10 lot 1!, 03-12 lot 2, 03-20 lot 3");
    assert_eq!(house.cancel(max, full), "Max cancelled, Gus skipped (uncovered)");
    let gym = stored(&mut house);
    let class = left;
    let scope = Scope::This;
    both(&gym, &mut house, &Command::CancelClass { class, scope });
    assert_eq!(house.uses(), "03-12 lot 1, 03-20 lot 2");
    same(&gym, &house);
}

proptest! {
    #![proptest_config(soak::cases(64))]

    #[test]
    fn any_history_is_stored_as_it_is_in_memory(policy in policies(), steps in steps()) {
        live(world, policy, &steps);
    }

    #[test]
    fn any_history_of_a_club_with_passes_is_stored_as_it_is_in_memory(policy in policies(), steps in steps()) {
        live(entitled, policy, &steps);
    }
}
