//! What lets somebody in where they wait, in the database as in memory: their time, their days, a lot, other rules.

use gym_core::billing::tax::TaxCode;
use gym_core::booking::policy::{Limits, Policy};
use gym_core::booking::refusal::Code;
use gym_core::club::Key;
use gym_core::command::{Book, Command, Context, IfFull};
use gym_core::event::Event;
use gym_core::id::{ClassId, Id, MemberId};
use gym_core::membership::freeze::Compensation;
use gym_core::membership::plan::{Allowance, Reach, Terms};
use gym_core::membership::{MembershipCommand, MembershipEvent};
use gym_core::time::{Cycle, Instant, Unit};
use gym_core::user::Actor;
use gym_db::{Done, Gym};

use crate::scenario::billing::eur;
use crate::scenario::{Scenario, at, follow, id, join, lots, stage};
use crate::support::both;

struct Desk {
    gym: Gym,
    now: Instant,
}

impl Desk {
    fn run(&self, command: &Command) -> Done {
        let done = self.gym.at(self.now).run(command);
        done.unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }

    fn book(&self, member: i64, class: ClassId) {
        self.run(&Command::Book(Book::one(id(member), class)));
    }

    fn join(&self, member: i64, class: ClassId) {
        let done = self.run(&join(member, class.raw()));
        assert!(
            done.events
                .iter()
                .any(|event| matches!(event, Event::Waitlisted(_)))
        );
    }

    /// Cancels, and says whether somebody who waits was passed over for a reason.
    fn cancel(&self, member: i64, class: ClassId, because: Code) {
        let member: MemberId = id(member);
        let done = self.run(&Command::Cancel { class, member });
        let skipped = done.find(|event| match event {
            Event::WaitlistSkipped { reasons, .. } => Some(reasons.clone()),
            _ => None,
        });
        let codes: Vec<Code> = skipped.unwrap().iter().map(|reason| reason.code()).collect();
        assert_eq!(codes, [because]);
    }

    /// Adds a class for one at a location, on its own trainer and room.
    fn class(&self, place: i64, start: &str) -> ClassId {
        let done = self.run(&lots::class("Pilates", place, start));
        let class = done.find(|event| match event {
            Event::ClassAdded(new) => Some(new.id),
            _ => None,
        });
        class.unwrap()
    }

    fn has(&self, member: i64, class: ClassId) -> bool {
        let club = self.gym.club().unwrap();
        let mut booked = club.registrations.of(Key::Member(id(member)));
        booked.any(|it| it.class == class && it.state.is_live())
    }

    /// Gives a command that lets a member in where they wait. All that came of it is what the club in memory decides.
    fn lets_in(&self, command: Command, member: i64, class: ClassId) {
        assert!(!self.has(member, class));
        let mut club = self.gym.club().unwrap();
        let last = self.gym.last_journaled(1).unwrap().remove(0).id;
        let preview = self.gym.at(self.now).preview(&command).unwrap();
        self.run(&command);
        assert!(self.has(member, class), "{command:?} does not let {member} in");
        let journal = self.gym.journal(last, u32::MAX).unwrap();
        assert_eq!(journal[0].outcome.is_ok(), preview.is_ok());
        let context = Context {
            now: self.now,
            actor: Actor::System,
        };
        let (happened, left) = follow(&mut club, &Scenario { command, context }, journal);
        assert!(happened.len() > 1 && left.is_empty(), "{happened:?}");
        assert!(club == self.gym.club().unwrap());
    }
}

fn desk(gym: Gym) -> Desk {
    let now = at("2026-03-02T09:00:00Z");
    Desk { gym, now }
}

/// Member 4 waits for class 4, on its two bikes, and has something else.
#[test]
fn a_time_that_is_free_again_and_rules_that_allow_more() {
    both(|db| {
        let desk = desk(stage(db));
        let class: ClassId = id(4);
        for member in [5, 6] {
            desk.book(member, class);
        }
        desk.join(4, class);
        let mut offering = desk.gym.class(id(5)).unwrap().offering;
        (offering.trainer, offering.room) = (None, None);
        let add = |start: &str| {
            let (offering, start) = (offering.clone(), start.parse().unwrap());
            let done = desk.run(&Command::AddClass { offering, start });
            let class = done.find(|event| match event {
                Event::ClassAdded(new) => Some(new.id),
                _ => None,
            });
            class.unwrap()
        };
        let (other, scope) = (add("2026-03-30T12:00:00"), Default::default());
        desk.book(4, other);
        desk.run(&Command::MoveClass {
            class: other,
            scope,
            start: "2026-03-30T18:30:00".parse().unwrap(),
            minutes: None,
            room: None,
        });
        desk.cancel(5, class, Code::Overlaps);
        desk.lets_in(Command::CancelClass { class: other, scope }, 4, class);

        desk.run(&Command::Cancel { class, member: id(4) });
        desk.book(5, class);
        desk.join(4, class);
        desk.book(4, add("2026-03-30T08:00:00"));
        let limits = Limits {
            per_day: Some(1),
            ..Limits::default()
        };
        let (location, open) = (Some(id(1)), Policy::open());
        desk.run(&Command::SetPolicy {
            location,
            policy: Policy {
                limits,
                ..open.clone()
            },
        });
        desk.cancel(5, class, Code::DayLimit);
        desk.lets_in(
            Command::SetPolicy {
                location,
                policy: open,
            },
            4,
            class,
        );
    });
}

/// Member 1 has a pass of three at the second location; members 2 and 3 share one of two, of which one is held.
#[test]
fn a_pass_that_is_sold_and_one_that_somebody_else_frees() {
    both(|db| {
        let desk = desk(stage(db));
        let [wanted, other] = ["2026-04-02T18:00:00", "2026-04-03T18:00:00"].map(|at| desk.class(2, at));
        desk.run(&Command::SetCapacity {
            class: wanted,
            capacity: 1,
        });
        for frees in [true, false] {
            desk.book(1, wanted);
            desk.join(2, wanted);
            desk.book(3, other);
            desk.cancel(1, wanted, Code::Uncovered);
            if frees {
                let member = id(3);
                desk.lets_in(Command::Cancel { class: other, member }, 2, wanted);
                let member = id(2);
                desk.run(&Command::Cancel {
                    class: wanted,
                    member,
                });
            } else {
                desk.lets_in(lots::sell(&[2], 1), 2, wanted);
            }
        }
    });
}

/// Member 1 has two of three seats and member 2, who shares passes with member 3, waits for two; member 5 comes next.
#[test]
fn a_pass_that_a_party_at_the_head_of_a_line_shares_and_somebody_else_uses() {
    both(|db| {
        let desk = desk(stage(db));
        let [wanted, other] = ["2026-04-02T18:00:00", "2026-04-03T18:00:00"].map(|at| desk.class(2, at));
        desk.run(&Command::SetCapacity {
            class: wanted,
            capacity: 3,
        });
        desk.run(&Command::GrantAccess {
            member: id(5),
            location: id(2),
            from: "2026-01-01".parse().unwrap(),
            until: None,
        });
        desk.run(&lots::sell(&[2, 3], 1));
        desk.run(&lots::sell(&[5], 1));
        let two = |member| Book {
            seats: 2,
            if_full: IfFull::Wait,
            ..Book::one(id(member), wanted)
        };
        desk.run(&Command::Book(two(1)));
        desk.run(&Command::Book(two(2)));
        desk.join(5, wanted);
        desk.lets_in(Command::Book(Book::one(id(3), other)), 5, wanted);
    });
}

/// Member 4 uses the membership of member 1 at the first location; member 2 has a pass besides theirs.
#[test]
fn days_that_a_closed_club_gives_back_to_all_memberships() {
    both(|db| {
        let desk = desk(stage(db));
        desk.run(&Command::SetPolicy {
            location: Some(id(1)),
            policy: Policy::default(),
        });
        let class = desk.class(1, "2026-03-17T20:00:00");
        desk.run(&Command::SetCapacity { class, capacity: 1 });
        desk.run(&lots::sell(&[2], 3));
        desk.book(2, class);
        desk.join(4, class);
        desk.run(&Command::Membership(MembershipCommand::FreezeAll {
            location: id(1),
            from: "2026-03-10".parse().unwrap(),
            until: Some("2026-03-23".parse().unwrap()),
            compensation: Compensation::Extend,
        }));
        let edit = desk.gym.club().unwrap().edits.iter().next_back().unwrap().id;
        desk.cancel(2, class, Code::Uncovered);
        let on = "2026-03-12".parse().unwrap();
        let ends = Command::Membership(MembershipCommand::EndFreeze { edit, on });
        desk.lets_in(ends, 4, class);
    });
}

/// Member 5 has a membership with one visit a week, and waits for a second in a week; member 2 has a pass.
#[test]
fn a_plan_that_allows_more_reaches_those_who_hold_it() {
    both(|db| {
        let desk = desk(stage(db));
        let (location, policy) = (Some(id(1)), Policy::default());
        desk.run(&Command::SetPolicy { location, policy });
        let weekly = |uses| {
            let per = Cycle::new(1, Unit::Week).unwrap();
            let allowance = Allowance {
                uses,
                per,
                carry: None,
            };
            Box::new(Terms {
                allowance: Some(allowance),
                ..Terms::monthly(eur(3_000), TaxCode::new("membership").unwrap())
            })
        };
        let start = "2026-03-02".parse().unwrap();
        let done = desk.run(&Command::Membership(MembershipCommand::AddType {
            name: "Weekly".to_owned(),
            location,
            from: start,
            terms: weekly(1),
        }));
        let of = done.find(|event| match event {
            Event::Membership(MembershipEvent::TypeAdded(new)) => Some(new.id),
            _ => None,
        });
        let of = of.unwrap();
        desk.run(&Command::Membership(MembershipCommand::Sell {
            member: id(5),
            of,
            location: id(1),
            start,
            payer: None,
            intro: false,
        }));
        let [first, wanted] = ["2026-03-17T20:00:00", "2026-03-18T20:00:00"].map(|at| desk.class(1, at));
        desk.run(&Command::SetCapacity {
            class: wanted,
            capacity: 1,
        });
        desk.run(&lots::sell(&[2], 3));
        desk.book(2, wanted);
        desk.join(5, wanted);
        desk.book(5, first);
        desk.cancel(2, wanted, Code::Uncovered);
        let revise = MembershipCommand::Revise {
            of,
            from: "2026-03-09".parse().unwrap(),
            reach: Reach::Running,
            terms: weekly(2),
        };
        desk.lets_in(Command::Membership(revise), 5, wanted);
    });
}
