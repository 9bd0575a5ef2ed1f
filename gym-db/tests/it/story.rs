//! One story on both databases: months of a simulated club, in memory and stored, come to the same.

use gym_core::club::Club;
use gym_core::sim::{Setup, Sim};
use gym_db::{Failure, Gym, canonical};

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

        let mut replayed = Club::default();
        for entry in &journal {
            let mut decision = replayed.decide(&entry.command, &entry.context);
            let mut recorded = entry.outcome.clone();
            for refusal in [&mut decision, &mut recorded]
                .into_iter()
                .filter_map(|it| it.as_mut().err())
            {
                refusal.alternatives.clear();
            }
            assert_eq!(
                canonical(&decision).unwrap(),
                canonical(&recorded).unwrap(),
                "{}",
                entry.id
            );
            if let Ok(events) = &entry.outcome {
                replayed.apply(events, &entry.ids);
            }
        }
    });
}
