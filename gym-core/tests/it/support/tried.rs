//! Trying what a refusal proposes.

use gym_core::booking::refusal::{Alternative, Refusal};
use gym_core::command::{Book, Command, Context, IfFull};

use super::Gym;

impl Gym {
    /// Every alternative of a refusal is accepted when it is tried.
    pub(super) fn try_alternatives(&self, command: &Command, refusal: &Refusal) {
        for alternative in &refusal.alternatives {
            let (mut command, mut now) = (command.clone(), self.now);
            match (&mut command, alternative) {
                (Command::Book(book), Alternative::Wait { .. }) => book.if_full = IfFull::Wait,
                (Command::Book(book), Alternative::Seats { seats }) => book.seats = *seats,
                (
                    Command::Hold {
                        class,
                        member,
                        seats,
                        channel,
                    },
                    Alternative::Wait { .. },
                ) => {
                    command = Command::Book(Book {
                        seats: *seats,
                        channel: *channel,
                        if_full: IfFull::Wait,
                        ..Book::one(*member, *class)
                    });
                }
                (Command::Hold { seats, .. }, Alternative::Seats { seats: fewer }) => *seats = *fewer,
                (
                    Command::Book(_) | Command::Hold { .. } | Command::BookSession { .. },
                    Alternative::From { at },
                ) => now = *at,
                (
                    Command::BookSession {
                        trainer: who,
                        start,
                        location,
                        ..
                    },
                    Alternative::Slot { trainer, period },
                ) => {
                    *who = Some(*trainer);
                    let zone = self.club.locations.get(*location).unwrap().zone;
                    *start = gym_core::time::civil(zone, period.start());
                }
                (Command::MoveSession { session, start }, Alternative::Slot { period, .. }) => {
                    let place = self.club.sessions.get(*session).unwrap().location;
                    let zone = self.club.locations.get(place).unwrap().zone;
                    *start = gym_core::time::civil(zone, period.start());
                }
                other => panic!("nobody knows how to try {other:?}"),
            }
            let tried = self.club.decide(
                &command,
                &Context {
                    now,
                    actor: self.actor,
                },
            );
            let events = tried.unwrap_or_else(|no| panic!("{alternative:?} was not accepted: {no}"));
            if let (Command::Book(book), Alternative::Wait { position }) = (&command, alternative) {
                let mut then = self.clone();
                then.club.apply(&events, &then.club.allot(&events));
                then.now = now;
                assert_eq!(
                    then.position(book.member, book.class),
                    Some(*position),
                    "{refusal}"
                );
            }
        }
    }
}
