//! The sweep of dunning: each step once, whoever asks and how often.

use chrono::Duration;
use gym_core::billing::dunning::Action;
use gym_core::billing::payment::*;
use gym_core::billing::provider::{Faults, Faulty};
use gym_core::command::Command;
use gym_core::event::Event;
use gym_core::user::{Actor, Person};
use gym_db::{Failure, Gym};

use super::{club, start};
use crate::support::both;

#[test]
fn a_sweep_takes_each_step_once_and_again_takes_none() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let club = club(&gym);
        for _ in 0..5 {
            club.unpaid(&gym, start());
        }
        let sweep = |days| {
            gym.at(start() + Duration::days(days))
                .run_dunning(club.location)
                .unwrap()
        };
        assert!(sweep(14).is_empty(), "nothing is due yet");
        let first = sweep(17);
        assert_eq!(first.len(), 5);
        assert!(first.iter().all(|it| it.action == Action::Remind { level: 1 }));
        let before = db.raw().count("journal");
        assert!(sweep(17).is_empty());
        assert_eq!(
            db.raw().count("journal"),
            before,
            "nothing is journaled for nothing"
        );
        assert_eq!(sweep(24).len(), 5, "the second reminders");
    });
}

#[test]
fn eight_sweeps_at_once_remind_once() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let club = club(&gym);
        for _ in 0..12 {
            club.unpaid(&gym, start());
        }
        let then = start() + Duration::days(17);
        let taken: usize = std::thread::scope(|scope| {
            let sweeps: Vec<_> = (0..8)
                .map(|_| {
                    let gym = gym.clone();
                    let location = club.location;
                    scope.spawn(move || gym.at(then).run_dunning(location).unwrap().len())
                })
                .collect();
            sweeps.into_iter().map(|sweep| sweep.join().unwrap()).sum()
        });
        assert_eq!((taken, db.raw().count("reminders")), (12, 12));
    });
}

#[test]
fn a_dead_card_is_tried_again_when_the_payer_has_given_another() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let club = club(&gym);
        let invoice = club.unpaid(&gym, start());
        let declining = Faulty::new(
            Faults {
                hard: 100,
                ..Faults::NONE
            },
            1,
            start(),
        );
        let payment = gym
            .at(start())
            .charge(invoice, Some("card 1"), &declining)
            .unwrap();
        assert_eq!(payment.state, PaymentState::Failed(Decline::Hard));
        let retried = |days| {
            let desk = gym.at(start() + Duration::days(days));
            let steps = desk.run_dunning(club.location).unwrap();
            steps.iter().any(|it| matches!(it.action, Action::Retry { .. }))
        };
        assert!(!retried(2), "a card that was declined for good is left alone");
        let change = PaymentCommand::ChangeDetails {
            payer: club.member,
            means: Some("card 2".to_owned()),
        };
        let then = start() + Duration::days(3);
        gym.at(then).run(&Command::Payment(change)).unwrap();
        assert!(retried(3), "the new card is tried");
    });
}

#[test]
fn who_may_not_dun_keeps_nobody_else_from_it() {
    both(|db| {
        let gym = Gym::open(&db.url).unwrap();
        let club = club(&gym);
        club.unpaid(&gym, start());
        let then = start() + Duration::days(17);
        let person = Person::new("Eve", None).unwrap();
        let added = gym.at(then).run(&Command::AddUser { person }).unwrap();
        let eve = added.find(|event| match event {
            Event::UserAdded(new) => Some(new.id),
            _ => None,
        });
        let refused = gym
            .at(then)
            .by(Actor::User(eve.unwrap()))
            .run_dunning(club.location);
        assert!(matches!(refused, Err(Failure::Refused(_))), "{refused:?}");
        assert_eq!(gym.at(then).run_dunning(club.location).unwrap().len(), 1);
        assert!(gym.at(then).run_dunning(club.location).unwrap().is_empty());
    });
}
