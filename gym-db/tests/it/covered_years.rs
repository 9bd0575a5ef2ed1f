//! Random years of bookings that memberships cover, and of freezes, links and ends of these: a preview is what is then
//! journaled, byte for byte, and the stored club is the one in memory.

use gym_core::booking::policy::Policy;
use gym_core::booking::refusal::Alternative;
use gym_core::check_in::DoorCommand;
use gym_core::club::Club;
use gym_core::command::{Book, Command, Context, IfFull};
use gym_core::decision::Decision;
use gym_core::entitlement::EntitlementEvent;
use gym_core::event::Event;
use gym_core::membership::MembershipCommand as C;
use gym_core::membership::freeze::{Compensation, FreezeReason};
use gym_core::membership::link::Bond;
use gym_core::user::Actor;
use gym_db::{Failure, canonical};

use crate::scenario::lots::class;
use crate::scenario::{at, id, stage};
use crate::support::{both, times};

/// Numbers that only look random: a 64-bit linear congruential generator (Knuth, MMIX).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn id(&mut self, most: usize) -> i64 {
        i64::try_from(self.below(u64::try_from(most + 1).unwrap())).unwrap() + 1
    }
}

/// Something about bookings, the door or memberships.
fn command(dice: &mut Dice, club: &Club, today: chrono::NaiveDate) -> Command {
    let (class, member) = (id(dice.id(club.classes.len())), id(dice.id(6)));
    match dice.below(20) {
        0..=8 => Command::Book(Book {
            if_full: [IfFull::Refuse, IfFull::Wait][usize::try_from(dice.below(2)).unwrap()],
            ..Book::one(member, class)
        }),
        9 => Command::Cancel { class, member },
        10..=11 => Command::Door(DoorCommand::Enter {
            member,
            location: id(1),
            area: None,
            overriding: None,
        }),
        _ => Command::Membership(contract(dice, club, today)),
    }
}

/// Returns a decision without other classes to book, which only a database looks for.
fn plain(decision: &Decision) -> String {
    let mut decision = decision.clone();
    if let Err(refusal) = &mut decision {
        refusal
            .alternatives
            .retain(|it| !matches!(it, Alternative::Class { .. }));
    }
    canonical(&decision).unwrap()
}

fn contract(dice: &mut Dice, club: &Club, today: chrono::NaiveDate) -> C {
    let from = today + chrono::Days::new(dice.below(30));
    let until = from + chrono::Days::new(1 + dice.below(40));
    let membership = id(dice.id(club.memberships.len()));
    let location = id(1);
    let compensation = Compensation::ALL[usize::try_from(dice.below(3)).unwrap()];
    let open = dice.below(4) == 0;
    match dice.below(16) {
        0..=3 => C::Freeze {
            membership,
            // Often a day on which somebody came.
            from: if open { today } else { from },
            until: (!open).then_some(until),
            // What the journal says, which is followed here.
            why: FreezeReason::Other,
        },
        4 => C::Gift {
            membership,
            from,
            until,
            compensation,
        },
        5 => C::FreezeAll {
            location,
            from,
            until: Some(until),
            compensation,
        },
        6..=7 => C::EndFreeze {
            edit: id(dice.id(club.edits.len())),
            on: from,
        },
        8 => C::GiveNotice {
            membership,
            early: open,
        },
        9 => C::TakeBack { membership },
        10 => C::Switch {
            membership,
            to: id(dice.id(2)),
            on: from,
        },
        11 => C::Link {
            person: id(dice.id(6)),
            bond: Bond::Beneficiary(membership),
            from,
        },
        12 => C::EndLink {
            link: id(dice.id(club.links.len())),
            until: from,
        },
        13..=14 => C::Sell {
            member: id(dice.id(6)),
            of: id(dice.id(2)),
            location,
            start: from,
            payer: None,
            intro: open,
        },
        _ => C::Renew {
            location,
            through: today,
        },
    }
}

/// Makes the first location one where bookings need a lot, with a class a day.
fn bookable(gym: &gym_db::Gym, now: gym_core::time::Instant) {
    let policy = Command::SetPolicy {
        location: Some(id(1)),
        policy: Policy::default(),
    };
    gym.at(now).run(&policy).unwrap();
    for n in 1..80_u64 {
        let day = now.date_naive() + chrono::Days::new(n * 2);
        gym.at(now)
            .run(&class("Pilates", 1, &format!("{day}T20:00:00")))
            .unwrap();
    }
}

#[test]
fn bookings_are_covered_alike_in_memory_and_stored_over_random_years() {
    both(|db| {
        let gym = stage(db);
        let mut now = at("2026-03-02T11:00:00Z");
        bookable(&gym, now);
        let mut club = gym.club().unwrap();
        let mut dice = Dice(7);
        let (mut happened, mut covered) = (0, 0);
        for n in 0..times(300) {
            now += chrono::Duration::hours(i64::try_from(dice.below(24)).unwrap());
            let command = command(&mut dice, &club, now.date_naive());
            let context = Context {
                now,
                actor: Actor::System,
            };
            let desk = gym.at(now);
            let preview = desk.preview(&command).unwrap();
            assert_eq!(
                plain(&preview),
                plain(&club.decide(&command, &context)),
                "{n}: {command:?}"
            );
            let last = gym.last_journaled(1).unwrap().remove(0).id;
            if let Err(failure) = desk.run(&command)
                && !matches!(failure, Failure::Refused(_))
            {
                panic!("{n}: {command:?}: {failure}");
            }
            // The command, and what it asked for, as they were journaled.
            for (after, entry) in gym.journal(last, 100).unwrap().into_iter().enumerate() {
                let decision = club.decide(&entry.command, &entry.context);
                assert_eq!(
                    plain(&entry.outcome),
                    plain(&decision),
                    "{n}: {:?}",
                    entry.command
                );
                let Ok(events) = decision else { continue };
                club.apply(&events, &entry.ids);
                let held = |event: &Event| matches!(event, Event::Entitlement(EntitlementEvent::Held(_)));
                covered += events.iter().filter(|event| held(event)).count();
                happened += usize::from(after == 0);
            }
        }
        assert!(happened > 60 && covered > 10, "{happened} {covered}");
        assert!(gym.club().unwrap() == club, "the stored club is another one");
    });
}
