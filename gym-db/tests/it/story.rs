//! One story on both databases: months of a simulated club, in memory and stored, come to the same.

use std::collections::VecDeque;

use gym_core::club::Club;
use gym_core::decision::due;
use gym_core::replay::{Recorded, replay};
use gym_core::sim::{Setup, Sim};
use gym_db::{Failure, Gym};

use crate::support::{both, times};

/// Runs commands on a stored club and on one in memory; each decision must be the same to the byte.
fn live(gym: &Gym, setup: &Setup, days: u32) -> (Club, u32) {
    let mut club = Club::default();
    let mut count = 0;
    let mut step =
        |club: &mut Club, context: &gym_core::command::Context, command: &gym_core::command::Command| {
            let decision = club.decide(command, context);
            let stored = gym.at(context.now).by(context.actor).run(command);
            match (&decision, &stored) {
                (Ok(events), Ok(done)) => {
                    let ids = club.allot(events);
                    let resolved: Vec<_> = events.iter().map(|event| event.resolved(&ids)).collect();
                    assert_eq!(resolved, done.events, "{command:?}");
                    club.apply(events, &ids);
                    let mut next: VecDeque<_> = due(events).collect();
                    while let Some(command) = next.pop_front() {
                        let row = Recorded::enact(club, 0, *context, command);
                        next.extend(due(row.decision.as_deref().unwrap_or_default()));
                        count += 1;
                    }
                }
                (Err(refusal), Err(Failure::Refused(stored))) => {
                    let mut stored = stored.as_ref().clone();
                    stored
                        .alternatives
                        .retain(|it| !matches!(it, gym_core::booking::refusal::Alternative::Class { .. }));
                    assert_eq!(*refusal, stored, "{command:?}");
                }
                _ => panic!("{command:?}\nin memory: {decision:?}\nstored: {stored:?}"),
            }
            count += 1;
        };
    let everywhere = gym_core::command::Command::SetPolicy {
        location: None,
        policy: gym_core::booking::policy::Policy {
            party_max: 3,
            ..Default::default()
        },
    };
    let first = gym_core::command::Context {
        now: setup.opens_at(),
        actor: gym_core::user::Actor::System,
    };
    step(&mut club, &first, &everywhere);
    for (context, command) in setup.opening() {
        step(&mut club, &context, &command);
    }
    let from = setup.ready_at();
    let mut sim = Sim::new(setup.seed, from, from + chrono::Duration::days(days.into()));
    while let Some(next) = sim.next(&club) {
        step(&mut club, &next.context, &next.command);
    }
    (club, count)
}

#[test]
fn a_stored_club_is_the_club_in_memory() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let setup = Setup::new(7, "2026-02-01".parse().unwrap(), 30);
        let (club, count) = live(&gym, &setup, times(30).min(365));
        assert!(count > 300, "{count}");
        let stored = gym.club().unwrap();
        assert!(stored == club, "the stored club differs from the one in memory");
        let journal = gym.journal(0, u32::MAX).unwrap();
        assert_eq!(journal.len(), count as usize);

        let rows: Vec<Recorded> = journal.into_iter().map(|entry| entry.into_recorded()).collect();
        let replayed = replay(&rows).unwrap();
        assert!(replayed.registrations == stored.registrations && replayed.waitlist == stored.waitlist);
        assert!(replayed.claims == stored.claims && replayed.policies == stored.policies);
        let versions: std::collections::BTreeSet<_> = rows.iter().map(|row| row.policy).collect();
        assert!(versions.contains(&None) && versions.len() > 1, "{versions:?}");
    });
}
