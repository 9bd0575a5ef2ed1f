//! What holds of every club after any commands, in any order, by any clock.
//!
//! `GYM_SOAK=1` runs a hundred times as many histories.

mod covered;
mod order;
mod seats;
mod undo;

use std::collections::BTreeSet;

use crate::support::Gym;
use crate::support::world::{Step, World, entitled, policies, steps, world};
use gym_core::command::{Command, Scope};
use gym_core::id::ClassId;
use proptest::prelude::*;

fn act(world: &mut World, step: &Step) {
    world.gym.now += chrono::Duration::minutes(step.minutes.into());
    if step.number.is_multiple_of(2) {
        take_what_time_brought(&mut world.gym);
    }
    let user = world
        .users
        .get(usize::from(step.member))
        .filter(|_| step.number.is_multiple_of(7));
    world.gym.by(user.copied());
    let command = world.command(step);
    let before = world.gym.clone();
    // What the clock alone made possible waits for a command about the class.
    let by_time: BTreeSet<ClassId> = seats::left(&before).into_iter().map(|(class, _)| class).collect();
    if let Ok(events) = world.gym.run(&command) {
        identity_is_kept(&before, &world.gym, &command);
        order::holds(&before, &command, &events);
        undo::holds(&before, &world.gym, &command, &events);
        for class in filled(&command) {
            seats::none_is_left(&world.gym, class, &command);
        }
        seats::shares_are_kept(&before, &world.gym, &command);
        covered::holds(&before, &command, &events);
        world.gym.follow();
        let own: BTreeSet<ClassId> = filled(&command).collect();
        for (class, entry) in seats::left(&world.gym) {
            assert!(
                by_time.contains(&class) && !own.contains(&class),
                "{command:?} left a seat of class {class} free for entry {entry}"
            );
        }
    }
}

/// Tries every list, and what that asks for, until nobody is let in any more.
fn take_what_time_brought(gym: &mut Gym) {
    gym.by(None);
    let live = gym.club.waitlist.iter().filter(|entry| entry.state.is_live());
    let classes: BTreeSet<ClassId> = live.map(|entry| entry.class).collect();
    for class in &classes {
        gym.ok(&Command::Promote { class: *class });
        gym.follow();
    }
    let left = seats::left(gym);
    assert!(left.is_empty(), "after every promotion, {left:?} are left");
}

/// The class that a command gives the free seats of away itself.
fn filled(command: &Command) -> impl Iterator<Item = ClassId> {
    let whole = matches!(
        command,
        Command::Book(_)
            | Command::Cancel { .. }
            | Command::Promote { .. }
            | Command::Hold { .. }
            | Command::ReleaseHold { .. }
            | Command::SetCapacity { .. }
            | Command::Substitute {
                scope: Scope::This,
                ..
            }
            | Command::MoveClass {
                scope: Scope::This,
                ..
            }
    );
    command.class().into_iter().filter(move |_| whole)
}

/// A dated class is the same after a change: the same id, and found by one civil start of one series.
fn identity_is_kept(before: &Gym, after: &Gym, command: &Command) {
    let mut names = BTreeSet::new();
    for class in after.club.classes.iter().filter(|class| class.series.is_some()) {
        assert!(
            names.insert((class.series, class.original)),
            "{command:?}: two classes {:?}",
            class.original
        );
    }
    for old in before.club.classes.iter() {
        let new = after.club.classes.get(old.id).unwrap();
        let rekeys = matches!(
            command,
            Command::MoveClass {
                scope: Scope::Following | Scope::All,
                ..
            } | Command::Substitute {
                scope: Scope::Following | Scope::All,
                ..
            }
        );
        assert!(
            rekeys || (new.series, new.original) == (old.series, old.original),
            "{command:?}"
        );
    }
}

proptest! {
    #![proptest_config(crate::support::soak::cases(96))]

    #[test]
    fn any_history_keeps_the_laws(policy in policies(), steps in steps()) {
        let mut world = world(policy);
        for step in &steps {
            act(&mut world, step);
        }
    }

    #[test]
    fn any_history_of_a_club_with_passes_keeps_the_laws(policy in policies(), steps in steps()) {
        let mut world = entitled(policy);
        for step in &steps {
            act(&mut world, step);
        }
    }
}
