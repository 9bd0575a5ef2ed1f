//! What holds of every club after any commands, in any order, by any clock.
//!
//! `GYM_SOAK=n` runs n times as many histories.

mod support;

use gym_core::booking::policy::{
    Bound, Cancelling, Channel, Limits, Mode, Order, PenaltyRules, Policy, WaitlistRules,
};
use gym_core::booking::refusal::Code;
use gym_core::booking::rules::{Ask, admission};
use gym_core::booking::{RegistrationState, WaitlistState};
use gym_core::command::{Book, Command, IfFull, Scope};
use gym_core::event::Event;
use gym_core::id::*;
use gym_core::schedule::claim::{Buffers, Claim, Owner, Resource};
use gym_core::time::Period;
use proptest::prelude::*;
use support::{Gym, civil, overriding};

/// One step of a history: what, by whom, to which class, and how far the clock goes.
#[derive(Clone, Copy)]
struct Step {
    kind: u8,
    class: u8,
    member: u8,
    number: u8,
    minutes: i16,
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

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let minutes = prop_oneof![8 => 0..90_i16, 1 => -120..0_i16, 1 => 90..900_i16];
    let step = (0..32_u8, 0..12_u8, 0..8_u8, 0..24_u8, minutes);
    let step = step.prop_map(|(kind, class, member, number, minutes)| Step {
        kind,
        class,
        member,
        number,
        minutes,
    });
    proptest::collection::vec(step, 1..40)
}

fn policies() -> impl Strategy<Value = Policy> {
    let mode = prop_oneof![
        3 => Just(Mode::Auto),
        1 => Just(Mode::Offer { minutes: 45 }),
        1 => Just(Mode::Broadcast),
    ];
    let order = prop_oneof![Just(Order::Fifo), Just(Order::FitFirst)];
    let limit = || proptest::option::of(1..4_u32);
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
struct World {
    gym: Gym,
    members: Vec<MemberId>,
    users: Vec<UserId>,
    trainers: Vec<TrainerId>,
    room: RoomId,
}

fn world(policy: Policy) -> World {
    let mut gym = Gym::with(policy);
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
        members,
        users,
        trainers,
        room,
    }
}

impl World {
    fn class(&self, n: u8) -> ClassId {
        let classes: Vec<ClassId> = self.gym.club.classes.iter().map(|class| class.id).collect();
        classes[usize::from(n) % classes.len()]
    }

    fn start(&self, step: &Step) -> chrono::NaiveDateTime {
        let day = 27 + i64::from(step.number % 4);
        let minutes = i64::from(step.number) * 60 + i64::from(step.member) * 15;
        civil("2026-03-01T00:00") + chrono::Duration::days(day - 1) + chrono::Duration::minutes(minutes)
    }

    fn command(&self, step: &Step) -> Command {
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
        let why = (step.number % 5 == 0).then(|| overriding(&rules));
        let channel = if step.number % 2 == 0 {
            Channel::Online
        } else {
            Channel::Club
        };
        match step.kind {
            0..=11 => Command::Book(Book {
                seats: [1, 1, 2, 3][usize::from(step.number % 4)],
                channel,
                if_full: if step.kind % 3 == 0 {
                    IfFull::Refuse
                } else {
                    IfFull::Wait
                },
                overriding: why,
                ..Book::one(member, class)
            }),
            12..=16 => Command::Cancel { class, member },
            17 => Command::Promote { class },
            18 => Command::Hold {
                class,
                member,
                seats: 1 + u32::from(step.number % 3),
                channel,
            },
            19 => Command::ReleaseHold { class, member },
            20 => Command::CheckIn {
                class,
                member,
                overriding: why,
            },
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
            26 => {
                let from = self.start(step).date();
                let until = from + chrono::Days::new(u64::from(step.member % 2));
                Command::CloseLocation {
                    location: place,
                    from,
                    until,
                    reason: "works".to_owned(),
                }
            }
            27 => Command::LiftClosure {
                closure: ClosureId::new(1 + i64::from(step.member % 4)).unwrap(),
            },
            28 => {
                let unit = UnitId::new(1 + i64::from(step.member % 3)).unwrap();
                let period = Period::lasting(self.gym.now, 60 * (1 + u32::from(step.number)));
                Command::StartMaintenance {
                    unit,
                    period,
                    work: "pedals".to_owned(),
                }
            }
            29 => Command::EndMaintenance {
                maintenance: MaintenanceId::new(1 + i64::from(step.member % 4)).unwrap(),
            },
            30 => Command::ResizeRoom {
                room: self.room,
                capacity: 1 + u32::from(step.number % 4),
            },
            _ => Command::BookSession {
                trainer: (step.number % 2 == 0).then(|| self.trainers[usize::from(step.class % 2)]),
                member,
                location: place,
                room: (step.number % 3 == 0).then_some(self.room),
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

    fn act(&mut self, step: &Step) {
        self.gym.now += chrono::Duration::minutes(step.minutes.into());
        let user = self
            .users
            .get(usize::from(step.member))
            .filter(|_| step.number % 7 == 0);
        self.gym.by(user.copied());
        let command = self.command(step);
        let before = self.gym.clone();
        if let Ok(events) = self.gym.run(&command) {
            identity_is_kept(&before, &self.gym, &command);
            promotions_are_in_order(&before, &command, &events);
            for class in touched(&self.gym, &command) {
                no_seat_is_left(&self.gym, class, &command);
            }
            cancelling_undoes_booking(&before, &self.gym, &command, &events);
        }
    }
}

/// The classes whose seats a command may change.
fn touched(gym: &Gym, command: &Command) -> Vec<ClassId> {
    match command {
        Command::Book(_)
        | Command::Cancel { .. }
        | Command::Promote { .. }
        | Command::Hold { .. }
        | Command::ReleaseHold { .. }
        | Command::SetCapacity { .. }
        | Command::Substitute {
            scope: Scope::This, ..
        }
        | Command::MoveClass {
            scope: Scope::This, ..
        } => command.class().into_iter().collect(),
        Command::ResizeRoom { .. } => {
            let classes = gym
                .club
                .classes
                .iter()
                .filter(|class| class.offering.room.is_some());
            classes.map(|class| class.id).collect()
        }
        _ => Vec::new(),
    }
}

/// Where seats are given at once, none is left for which somebody waits who may have it.
fn no_seat_is_left(gym: &Gym, class: ClassId, command: &Command) {
    let facts = gym.club.class_facts(class).unwrap();
    let policy = gym.club.policy(facts.location.id);
    let start = facts.class.period.start();
    let closes = policy.waitlist.closes.before(start, facts.zone());
    if policy.waitlist.mode != Mode::Auto || gym.now >= closes || !facts.class.is_scheduled() {
        return;
    }
    // Rooms are resized for classes that are to come.
    let free = facts.free(gym.now);
    for entry in facts
        .waitlist
        .iter()
        .filter(|entry| entry.state == WaitlistState::Waiting)
    {
        let member = gym
            .club
            .member_facts(entry.member, &facts, gym.now, policy)
            .unwrap();
        let ask = Ask {
            seats: entry.seats,
            channel: entry.channel,
        };
        if !admission(&facts, &member, ask, gym.now, policy).is_empty() {
            continue;
        }
        assert!(
            entry.seats > free,
            "{command:?} left {free} seats free for entry {}",
            entry.id
        );
        if policy.waitlist.order == Order::Fifo {
            return;
        }
    }
}

/// Who is promoted came before all others that were neither promoted nor skipped, where order is strict.
fn promotions_are_in_order(before: &Gym, command: &Command, events: &[Event]) {
    let Some(class) = command.class() else { return };
    let facts = before.club.class_facts(class).unwrap();
    let policy = before.club.policy(facts.location.id).waitlist;
    if policy.mode != Mode::Auto {
        return;
    }
    let moved = |to| {
        let seqs = events.iter().filter_map(move |event| match event {
            Event::WaitlistMoved { entry, state, .. } if *state == to => Some(*entry),
            _ => None,
        });
        seqs.filter_map(|id| facts.waitlist.iter().find(|entry| entry.id == id))
            .map(|entry| entry.seq)
    };
    let promoted: Vec<u32> = moved(WaitlistState::Promoted).collect();
    assert!(promoted.is_sorted(), "{command:?} promoted {promoted:?}");
    let Some(last) = promoted.last().filter(|_| policy.order == Order::Fifo) else {
        return;
    };
    for entry in facts
        .waitlist
        .iter()
        .filter(|entry| entry.state == WaitlistState::Waiting && entry.seq < *last)
    {
        let passed = |event: &Event| match event {
            Event::WaitlistSkipped { entry: of, .. } | Event::WaitlistMoved { entry: of, .. } => {
                *of == entry.id
            }
            _ => false,
        };
        let names_it = matches!(command, Command::Book(book) if book.member == entry.member);
        let busy = matches!(command, Command::MoveClass { .. });
        assert!(
            events.iter().any(passed) || names_it || busy,
            "{command:?} passed over entry {}",
            entry.id
        );
    }
}

/// A dated class is the same after a change: the same id, and found by one civil start of one series.
fn identity_is_kept(before: &Gym, after: &Gym, command: &Command) {
    let mut names = std::collections::BTreeSet::new();
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

/// A booking that is cancelled at once leaves claims, seats and queue as they were.
fn cancelling_undoes_booking(before: &Gym, after: &Gym, command: &Command, events: &[Event]) {
    let Command::Book(book) = command else { return };
    let alone = |event: &Event| {
        matches!(
            event,
            Event::Booked(_) | Event::Claimed(_) | Event::Overridden { .. }
        )
    };
    if !events.iter().all(alone) {
        return;
    }
    let mut then = after.clone();
    let cancel = Command::Cancel {
        class: book.class,
        member: book.member,
    };
    let Ok(events) = then.by(None).run(&cancel) else {
        return;
    };
    let state = |event: &Event| match event {
        Event::BookingSettled { state, .. } => Some(*state),
        _ => None,
    };
    if events.iter().find_map(state) != Some(RegistrationState::Cancelled)
        || events
            .iter()
            .any(|event| matches!(event, Event::Booked(_) | Event::WaitlistMoved { .. }))
    {
        return;
    }
    let claims = |gym: &Gym| -> Vec<(Resource, Owner, Period)> {
        let told = |claim: &Claim| (claim.resource, claim.owner, claim.occupied());
        gym.club.claims.iter().map(told).collect()
    };
    let seats = |gym: &Gym| {
        let facts = gym.club.class_facts(book.class).unwrap();
        (facts.taken(), facts.free(gym.now))
    };
    assert_eq!(claims(before), claims(&then));
    assert_eq!(seats(before), seats(&then));
    assert!(before.club.waitlist == then.club.waitlist && before.club.penalties == then.club.penalties);
}

fn cases(most: u32) -> ProptestConfig {
    let times: u32 = std::env::var("GYM_SOAK")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    ProptestConfig {
        cases: most * times,
        failure_persistence: None,
        max_shrink_iters: 3_000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn any_history_keeps_the_laws(policy in policies(), steps in steps()) {
        let mut world = world(policy);
        for step in &steps {
            world.act(step);
        }
    }
}
