//! Random histories of a club with two locations, overlapping classes and eight members.

use gym_core::booking::policy::{
    Admits, Bound, Cancelling, Channel, Limits, Mode, Order, PenaltyRules, Policy, WaitlistRules,
};
use gym_core::booking::refusal::Code;
use gym_core::command::{Book, Command, IfFull, Scope};
use gym_core::id::*;
use gym_core::schedule::claim::Buffers;
use gym_core::time::Period;
use proptest::prelude::*;

use super::lots::year;
use super::{Gym, civil, overriding};

mod rights;

/// One step of a history: what, by whom, to which class, and how far the clock goes.
#[derive(Clone, Copy)]
pub struct Step {
    pub kind: u8,
    pub class: u8,
    pub member: u8,
    pub number: u8,
    pub minutes: i16,
}

impl std::fmt::Debug for Step {
    /// Writes one line, so that a history can be read.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            kind,
            class,
            member,
            number,
            minutes,
        } = self;
        write!(
            f,
            "{kind} class {class} member {member} number {number} after {minutes}"
        )
    }
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let minutes = prop_oneof![12 => 0..12_i16, 1 => -60..0_i16, 1 => 12..240_i16];
    let class = prop_oneof![5 => 0..2_u8, 1 => 0..12_u8];
    let step = (0..48_u8, class, 0..8_u8, 0..24_u8, minutes);
    let step = step.prop_map(|(kind, class, member, number, minutes)| Step {
        kind,
        class,
        member,
        number,
        minutes,
    });
    proptest::collection::vec(step, 1..80)
}

pub fn policies() -> impl Strategy<Value = Policy> {
    let mode = prop_oneof![
        3 => Just(Mode::Auto),
        1 => Just(Mode::Offer { minutes: 45 }),
        1 => Just(Mode::Broadcast),
    ];
    let order = prop_oneof![Just(Order::Fifo), Just(Order::FitFirst)];
    let limit = || proptest::option::weighted(0.2, 1..4_u32);
    (
        mode,
        order,
        limit(),
        limit(),
        limit(),
        any::<bool>(),
        limit(),
        0..3_u32,
    )
        .prop_map(
            |(mode, order, per_day, per_week, concurrent, waiting_counts, quota, strikes)| Policy {
                closes: Bound::Minutes(10),
                notice_to_open_minutes: strikes * 30,
                limits: Limits {
                    per_day,
                    per_week,
                    concurrent,
                    waiting_counts,
                    ..Limits::default()
                },
                channels: quota.map(|quota| (Channel::Online, quota)).into_iter().collect(),
                party_max: 3,
                cancelling: Cancelling {
                    free_until_minutes: 120,
                    promoted_grace_minutes: 30,
                },
                penalties: PenaltyRules {
                    strikes,
                    ban_days: 1,
                    ..PenaltyRules::default()
                },
                waitlist: WaitlistRules {
                    max: per_day.map(|most| most + 2),
                    order,
                    mode,
                    closes: Bound::Minutes(30),
                },
                ..Policy::default()
            },
        )
}

/// Two locations, overlapping classes with rooms, trainers and bikes, and eight members.
pub struct World {
    pub gym: Gym,
    policy: Policy,
    soho: LocationId,
    members: Vec<MemberId>,
    pub users: Vec<UserId>,
    trainers: Vec<TrainerId>,
    room: RoomId,
}

pub fn world(policy: Policy) -> World {
    let mut gym = Gym::with(policy.clone());
    let soho = gym.location("Soho", "Europe/London");
    let room = gym.room("Studio", 3);
    let trainers = vec![gym.trainer("Tom"), gym.trainer("Una")];
    let users: Vec<UserId> = (0..3).map(|_| gym.user("User")).collect();
    let members: Vec<MemberId> = ["Ada", "Bob", "Cyd", "Dan", "Eve", "Fay", "Gus", "Hal"]
        .into_iter()
        .enumerate()
        .map(|(n, name)| gym.member_of(name, users.get(n).copied()))
        .collect();
    for member in &members {
        gym.access(*member, soho);
    }
    let mut bikes = gym.offering(3);
    bikes.equipment = Some(gym.equipment("bike", 3));
    let mut studio = gym.offering(4);
    (studio.room, studio.trainer) = (Some(room), Some(trainers[0]));
    studio.buffers = Buffers {
        before_minutes: 5,
        after_minutes: 10,
    };
    let mut there = gym.offering(2);
    there.location = soho;
    gym.class_of("2026-03-28T10:00", bikes.clone());
    gym.class_of("2026-03-28T10:30", studio.clone());
    gym.class_of("2026-03-28T09:45", there);
    gym.class("2026-03-29T03:30", 1);
    gym.series(
        "2026-03-27T18:00",
        "FREQ=DAILY;COUNT=6",
        "2026-03-31T00:00:00Z",
        studio,
    );
    gym.series(
        "2026-03-28T18:30",
        "FREQ=DAILY;COUNT=3",
        "2026-03-31T00:00:00Z",
        bikes,
    );
    gym.at("2026-03-27T15:00:00Z");
    World {
        gym,
        policy: Policy {
            admits: Admits::Anyone,
            ..policy
        },
        soho,
        members,
        users,
        trainers,
        room,
    }
}

/// The same where a booking needs a lot: some have a pass, some share one, some have none yet.
pub fn entitled(policy: Policy) -> World {
    let mut world = world(policy.clone());
    world.policy = policy;
    world.gym.ok(&Command::SetPolicy {
        location: None,
        policy: world.policy.clone(),
    });
    let members = world.members.clone();
    let [ada, bob, cyd, dan, eve, fay, ..] = members.as_slice() else {
        panic!("{members:?}")
    };
    for (people, uses) in [
        (&[*ada][..], 4),
        (&[*bob, *cyd], 4),
        (&[*cyd, *dan], 2),
        (&[*eve, *fay], 1),
    ] {
        world.gym.sell_to(people, year(uses));
    }
    world
}

impl World {
    fn class(&self, n: u8) -> ClassId {
        let classes: Vec<ClassId> = self.gym.club.classes.iter().map(|class| class.id).collect();
        classes[usize::from(n) % classes.len()]
    }

    /// Somebody who is booked or waits, and for which class.
    fn somebody(&self, step: &Step) -> Option<(ClassId, MemberId)> {
        let club = &self.gym.club;
        let booked = club
            .registrations
            .iter()
            .filter(|it| it.state.is_live())
            .map(|it| (it.class, it.member));
        let waiting = club
            .waitlist
            .iter()
            .filter(|it| it.state.is_live())
            .map(|it| (it.class, it.member));
        let all: Vec<_> = booked.chain(waiting).collect();
        let n = usize::from(step.number) * 8 + usize::from(step.member);
        all.get(n % all.len().max(1)).copied()
    }

    fn start(&self, step: &Step) -> chrono::NaiveDateTime {
        let week = i64::from(step.member / 7);
        let day = 27 + i64::from(step.number % 4) + 7 * week;
        let minutes = i64::from(step.number) * 60 + i64::from(step.member) * 15;
        civil("2026-03-01T00:00") + chrono::Duration::days(day - 1) + chrono::Duration::minutes(minutes)
    }

    pub fn command(&self, step: &Step) -> Command {
        let (class, member) = (self.class(step.class), self.members[usize::from(step.member)]);
        let scope = [Scope::This, Scope::This, Scope::Following, Scope::All][usize::from(step.number % 4)];
        let place = self.gym.place;
        let rules = [
            Code::SeatsKept,
            Code::TooEarly,
            Code::TooLate,
            Code::ChannelFull,
            Code::Closed,
            Code::DayLimit,
        ];
        let why = step.number.is_multiple_of(5).then(|| overriding(&rules));
        let channel = if step.number.is_multiple_of(2) {
            Channel::Online
        } else {
            Channel::Club
        };
        match step.kind {
            0..=11 => Command::Book(Book {
                seats: [1, 1, 2, 3][usize::from(step.number % 4)],
                channel,
                if_full: if step.kind.is_multiple_of(3) {
                    IfFull::Refuse
                } else {
                    IfFull::Wait
                },
                overriding: why,
                ..Book::one(member, class)
            }),
            12..=15 => match self.somebody(step) {
                Some((class, member)) => Command::Cancel { class, member },
                None => Command::Promote { class },
            },
            16 => Command::Cancel { class, member },
            17 => Command::Promote { class },
            18 => Command::Hold {
                class,
                member,
                seats: 1 + u32::from(step.number % 3),
                channel,
            },
            19 => Command::ReleaseHold { class, member },
            20 | 24 if step.kind == 20 || step.number <= 14 => {
                let somebody = self.somebody(step).filter(|_| step.member < 6);
                let (class, member) = somebody.unwrap_or((class, member));
                Command::CheckIn {
                    class,
                    member,
                    overriding: why,
                }
            }
            21 => Command::MarkNoShow {
                class,
                member: None,
                overriding: why,
            },
            22 => Command::SetCapacity {
                class,
                capacity: 1 + u32::from(step.number % 4),
            },
            23 => Command::MoveClass {
                class,
                scope,
                start: self.start(step),
                minutes: None,
                room: None,
            },
            24 => Command::CancelClass {
                class,
                scope: if step.number > 16 { scope } else { Scope::This },
            },
            25 => Command::Substitute {
                class,
                scope,
                trainer: self.trainers[usize::from(step.member % 2)],
            },
            26 if step.number > 14 => {
                let from = self.start(step).date();
                let until = from + chrono::Days::new(u64::from(step.member % 2));
                Command::CloseLocation {
                    location: place,
                    from,
                    until,
                    reason: "works".to_owned(),
                }
            }
            26 | 27 => {
                let last = self
                    .gym
                    .club
                    .closures
                    .iter()
                    .rev()
                    .find(|closure| !closure.lifted);
                let closure = last.map_or(ClosureId::local(1), |closure| closure.id);
                Command::LiftClosure { closure }
            }
            28 => {
                let unit = UnitId::new(1 + i64::from(step.member % 3)).unwrap();
                let period = Period::lasting(self.gym.now, 60 * (1 + u32::from(step.number)));
                Command::StartMaintenance {
                    unit,
                    period,
                    work: "pedals".to_owned(),
                }
            }
            29 => {
                let last = self.gym.club.maintenance.iter().rev().find(|job| !job.done);
                let maintenance = last.map_or(MaintenanceId::local(1), |job| job.id);
                Command::EndMaintenance { maintenance }
            }
            30 => Command::ResizeRoom {
                room: self.room,
                capacity: 1 + u32::from(step.number % 4),
            },
            31 | 32 => Command::Hold {
                class,
                member,
                seats: 1,
                channel,
            },
            36.. => self.rights(step),
            _ => Command::BookSession {
                trainer: step
                    .number
                    .is_multiple_of(2)
                    .then(|| self.trainers[usize::from(step.class % 2)]),
                member,
                location: place,
                room: step.number.is_multiple_of(3).then_some(self.room),
                start: self.start(step),
                minutes: 45,
                buffers: Buffers {
                    before_minutes: 10,
                    after_minutes: 5,
                },
                overriding: None,
            },
        }
    }
}
