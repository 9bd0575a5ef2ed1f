//! A small club in memory, and what commands lead to in words short enough for a table.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod standing;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDateTime;
use gym_core::booking::policy::{Channel, Policy};
use gym_core::booking::refusal::{Alternative, Code, Reason, Refusal};
use gym_core::booking::{WaitlistState, Waiver};
use gym_core::club::Club;
use gym_core::command::{Book, Command, Context, IfFull, Override, Scope};
use gym_core::decision::Decision;
use gym_core::event::{Event, Ids};
use gym_core::id::*;
use gym_core::money::Currency;
use gym_core::schedule::availability::{Availability, Hours, WeeklyHours, WeeklyRule};
use gym_core::schedule::claim::Buffers;
use gym_core::schedule::class::{ClassState, Offering};
use gym_core::time::{Instant, zone};
use gym_core::user::{Actor, Person, Role};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A club with the location `Mitte` in Berlin, a clock, and who commands.
#[derive(Clone)]
pub struct Gym {
    pub club: Club,
    pub now: Instant,
    pub actor: Actor,
    pub place: LocationId,
    names: BTreeMap<MemberId, String>,
}

pub fn instant(text: &str) -> Instant {
    text.parse().unwrap_or_else(|_| panic!("an instant, not {text}"))
}

pub fn civil(text: &str) -> NaiveDateTime {
    let text = if text.len() == 16 {
        format!("{text}:00")
    } else {
        text.to_owned()
    };
    text.parse()
        .unwrap_or_else(|_| panic!("a civil time, not {text}"))
}

/// Checks that a value comes back from JSON as it was.
pub fn round_trip<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    let back: T = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(&back, value, "{text}");
}

impl Gym {
    pub fn new() -> Self {
        let mut gym = Self {
            club: Club::default(),
            now: instant("2026-01-01T08:00:00Z"),
            actor: Actor::System,
            place: LocationId::local(1),
            names: BTreeMap::new(),
        };
        gym.place = gym.location("Mitte", "Europe/Berlin");
        gym
    }

    pub fn with(policy: Policy) -> Self {
        let mut gym = Self::new();
        gym.set_policy(policy);
        gym
    }

    pub fn set_policy(&mut self, policy: Policy) {
        self.ok(&Command::SetPolicy {
            location: None,
            policy,
        });
    }

    /// Sets the clock.
    pub fn at(&mut self, now: &str) -> &mut Self {
        self.now = instant(now);
        self
    }

    pub fn by(&mut self, actor: impl Into<Option<UserId>>) -> &mut Self {
        self.actor = actor.into().map_or(Actor::System, Actor::User);
        self
    }

    /// Decides twice, applies what was accepted, and checks what must hold whatever happens.
    pub fn run(&mut self, command: &Command) -> Decision {
        let context = Context {
            now: self.now,
            actor: self.actor,
        };
        let before = self.club.clone();
        let decision = self.club.decide(command, &context);
        let again = self.club.decide(command, &context);
        let bytes = |it: &Decision| match it {
            Ok(events) => serde_json::to_string(events).unwrap(),
            Err(refusal) => serde_json::to_string(refusal).unwrap(),
        };
        assert_eq!(bytes(&decision), bytes(&again));
        if command.person().is_none() {
            round_trip(command);
        }
        match decision {
            Ok(events) => {
                let ids = self.club.allot(&events);
                let json = serde_json::to_string(&events).unwrap();
                let read: Vec<Event> = serde_json::from_str(&json).unwrap();
                let mut replayed = self.club.clone();
                self.club.apply(&events, &ids);
                if command.person().is_none() {
                    replayed.apply(&read, &ids);
                    assert!(
                        replayed == self.club,
                        "JSON of the events of {command:?} lost something"
                    );
                }
                standing::check(&before, &self.club, self.now);
                Ok(events.iter().map(|event| event.resolved(&ids)).collect())
            }
            Err(refusal) => {
                round_trip(&refusal);
                assert!(!refusal.reasons.is_empty(), "{command:?} was refused for nothing");
                assert!(self.club == before);
                self.try_alternatives(command, &refusal);
                Err(refusal)
            }
        }
    }

    /// Every alternative of a refusal is accepted when it is tried.
    fn try_alternatives(&self, command: &Command, refusal: &Refusal) {
        for alternative in &refusal.alternatives {
            let (mut command, mut now) = (command.clone(), self.now);
            match (&mut command, alternative) {
                (Command::Book(book), Alternative::Wait { .. }) => book.if_full = IfFull::Wait,
                (Command::Book(book), Alternative::Seats { seats }) => book.seats = *seats,
                (Command::Book(_), Alternative::From { at }) => now = *at,
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

    pub fn position(&self, member: MemberId, class: ClassId) -> Option<u32> {
        let facts = self.club.class_facts(class).unwrap();
        let place = facts.waiting(self.now).position(|entry| entry.member == member)?;
        Some(place as u32 + 1)
    }

    /// Runs a command that must be accepted.
    pub fn ok(&mut self, command: &Command) -> Vec<Event> {
        self.run(command)
            .unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"))
    }

    /// Runs a command that must be refused.
    pub fn refused(&mut self, command: &Command) -> Refusal {
        match self.run(command) {
            Ok(events) => panic!("{command:?} was accepted: {events:?}"),
            Err(refusal) => refusal,
        }
    }

    /// Runs a command and says in short what it led to.
    pub fn tell(&mut self, command: &Command) -> String {
        match self.run(command) {
            Ok(events) => {
                let told: Vec<String> = events.iter().filter_map(|event| self.told(event)).collect();
                told.join(", ")
            }
            Err(refusal) => {
                let mut codes: Vec<&str> = refusal.reasons.iter().map(|it| it.code().as_str()).collect();
                codes.dedup();
                let instead: Vec<String> = refusal.alternatives.iter().map(instead).collect();
                let instead = if instead.is_empty() {
                    String::new()
                } else {
                    format!(" | {}", instead.join(", "))
                };
                format!("no: {}{instead}", codes.join(" "))
            }
        }
    }

    fn name(&self, member: MemberId) -> &str {
        self.names.get(&member).map_or("?", String::as_str)
    }

    fn booker(&self, registration: RegistrationId) -> &str {
        self.name(self.club.registrations.get(registration).unwrap().member)
    }

    fn waiter(&self, entry: WaitlistId) -> &str {
        self.name(self.club.waitlist.get(entry).unwrap().member)
    }

    fn told(&self, event: &Event) -> Option<String> {
        let many = |seats: u32| {
            if seats > 1 {
                format!("×{seats}")
            } else {
                String::new()
            }
        };
        Some(match event {
            Event::Claimed(_) | Event::Released { .. } => return None,
            Event::Booked(new) => format!("+{}{}", self.name(new.member), many(new.seats)),
            Event::BookingSettled {
                registration, state, ..
            } => {
                format!("{} {}", self.booker(*registration), state.as_str())
            }
            Event::BookingReinstated { registration } => format!("{} back", self.booker(*registration)),
            Event::Waitlisted(new) => format!("{}{} waits", self.name(new.member), many(new.seats)),
            Event::WaitlistMoved { entry, state, .. } => {
                format!("{} {}", self.waiter(*entry), state.as_str())
            }
            Event::WaitlistRevived { entry } => format!("{} waits again", self.waiter(*entry)),
            Event::WaitlistSkipped { entry, reasons } => {
                let codes: Vec<&str> = reasons.iter().map(|it| it.code().as_str()).collect();
                format!("{} skipped ({})", self.waiter(*entry), codes.join(" "))
            }
            Event::SeatsAnnounced { seats, .. } => format!("{seats} announced"),
            Event::Held(new) => format!("{}{} held", self.name(new.member), many(new.seats)),
            Event::HoldEnded { hold } => {
                format!("{} let go", self.name(self.club.holds.get(*hold).unwrap().member))
            }
            Event::Penalised(new) => {
                let waived = if new.waiver == Some(Waiver::Allowance) {
                    " waived"
                } else {
                    ""
                };
                format!(
                    "{} {}{waived}",
                    self.name(new.member),
                    new.offence.as_str().replace("late_cancel", "late")
                )
            }
            Event::PenaltyWaived { penalty, .. } => {
                format!(
                    "{} forgiven",
                    self.name(self.club.penalties.get(*penalty).unwrap().member)
                )
            }
            Event::Banned(new) => format!("{} banned", self.name(new.member)),
            Event::BanLifted { ban } => {
                format!("{} unbanned", self.name(self.club.bans.get(*ban).unwrap().member))
            }
            Event::Overridden { rules, .. } => {
                let rules: Vec<&str> = rules.iter().map(|rule| rule.as_str()).collect();
                format!("despite {}", rules.join(" "))
            }
            Event::ClassStated { state, .. } => match state {
                ClassState::Scheduled => "class on".to_owned(),
                ClassState::Cancelled => "class off".to_owned(),
                ClassState::Closed(_) => "class closed".to_owned(),
            },
            Event::OccurrenceSkipped {
                original, reasons, ..
            } => {
                let codes: Vec<&str> = reasons.iter().map(|it| it.code().as_str()).collect();
                format!("no class on {} ({})", original.date(), codes.join(" "))
            }
            other => {
                let json = serde_json::to_value(other).unwrap();
                let kind = json.as_object().and_then(|it| it.keys().next().cloned());
                kind.unwrap_or_default().replace('_', " ")
            }
        })
    }

    pub fn location(&mut self, name: &str, in_zone: &str) -> LocationId {
        self.ok(&Command::AddLocation {
            name: name.to_owned(),
            zone: zone(in_zone).unwrap(),
            currency: Currency::EUR,
            hours: WeeklyHours::default(),
        });
        self.club.locations.iter().next_back().unwrap().id
    }

    pub fn user(&mut self, name: &str) -> UserId {
        let person = Person::new(name, None).unwrap();
        self.ok(&Command::AddUser { person });
        self.club.users.iter().next_back().unwrap().id
    }

    /// Adds a user with a role at the first location.
    pub fn staff(&mut self, name: &str, role: Role) -> UserId {
        let user = self.user(name);
        self.ok(&Command::GrantRole {
            user,
            role,
            location: Some(self.place),
            from: "2026-01-01".parse().unwrap(),
            until: None,
        });
        user
    }

    pub fn member(&mut self, name: &str) -> MemberId {
        self.member_of(name, None)
    }

    pub fn member_of(&mut self, name: &str, user: Option<UserId>) -> MemberId {
        self.ok(&Command::AddMember {
            person: Person::new(name, None).unwrap(),
            user,
            home: self.place,
            joined_on: "2025-01-01".parse().unwrap(),
        });
        let id = self.club.members.iter().next_back().unwrap().id;
        self.names.insert(id, name.to_owned());
        id
    }

    pub fn members<const N: usize>(&mut self, names: [&str; N]) -> [MemberId; N] {
        names.map(|name| self.member(name))
    }

    pub fn access(&mut self, member: MemberId, location: LocationId) {
        let from = "2025-01-01".parse().unwrap();
        self.ok(&Command::GrantAccess {
            member,
            location,
            from,
            until: None,
        });
    }

    /// Adds a trainer who can be booked from 6 to 22 every day.
    pub fn trainer(&mut self, name: &str) -> TrainerId {
        use chrono::{NaiveTime, Weekday};
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        let weekly = (0..7).map(|day| WeeklyRule {
            hours: Hours::new(Weekday::try_from(day).unwrap(), time(6), time(22)).unwrap(),
            location: None,
            dates: Default::default(),
        });
        self.ok(&Command::AddTrainer {
            person: Person::new(name, None).unwrap(),
            user: None,
            home: self.place,
            also_at: BTreeSet::new(),
            availability: Availability {
                weekly: weekly.collect(),
                ..Availability::default()
            },
        });
        self.club.trainers.iter().next_back().unwrap().id
    }

    pub fn room(&mut self, name: &str, capacity: u32) -> RoomId {
        self.ok(&Command::AddRoom {
            location: self.place,
            name: name.to_owned(),
            capacity,
        });
        self.club.rooms.iter().next_back().unwrap().id
    }

    pub fn equipment(&mut self, name: &str, units: u32) -> EquipmentId {
        self.ok(&Command::AddEquipment {
            location: self.place,
            name: name.to_owned(),
            units: (1..=units).map(|n| format!("{name} {n}")).collect(),
        });
        self.club.equipment.iter().next_back().unwrap().id
    }

    /// An hour of spin without trainer, room or equipment.
    pub fn offering(&self, capacity: u32) -> Offering {
        Offering {
            location: self.place,
            title: "Spin".to_owned(),
            programme: "cycling".to_owned(),
            trainer: None,
            room: None,
            equipment: None,
            capacity,
            minutes: 60,
            buffers: Buffers::default(),
        }
    }

    /// Adds a class of one hour at a civil start.
    pub fn class(&mut self, start: &str, capacity: u32) -> ClassId {
        let offering = self.offering(capacity);
        self.class_of(start, offering)
    }

    pub fn class_of(&mut self, start: &str, offering: Offering) -> ClassId {
        let start = civil(start);
        self.ok(&Command::AddClass { offering, start });
        self.club.classes.iter().next_back().unwrap().id
    }

    /// Adds a series and returns its dated classes.
    pub fn series(&mut self, start: &str, rule: &str, until: &str, offering: Offering) -> Vec<ClassId> {
        let zone = self.club.locations.get(offering.location).unwrap().zone;
        let recurrence =
            gym_core::series::Series::new(civil(start), zone, Some(rule.parse().unwrap())).unwrap();
        let until = instant(until);
        let events = self.ok(&Command::AddSeries {
            offering,
            recurrence,
            until,
        });
        let added = events.iter().filter_map(|event| match event {
            Event::ClassAdded(class) => Some(class.id),
            _ => None,
        });
        added.collect()
    }

    pub fn book(&mut self, member: MemberId, class: ClassId) -> String {
        self.tell(&Command::Book(Book::one(member, class)))
    }

    /// Books or waits.
    pub fn join(&mut self, member: MemberId, class: ClassId) -> String {
        self.party(member, class, 1, IfFull::Wait)
    }

    pub fn party(&mut self, member: MemberId, class: ClassId, seats: u32, if_full: IfFull) -> String {
        let book = Book {
            seats,
            if_full,
            ..Book::one(member, class)
        };
        self.tell(&Command::Book(book))
    }

    pub fn through(&mut self, member: MemberId, class: ClassId, channel: Channel) -> String {
        let book = Book {
            channel,
            ..Book::one(member, class)
        };
        self.tell(&Command::Book(book))
    }

    pub fn despite(&mut self, member: MemberId, class: ClassId, rules: &[Code]) -> String {
        let book = Book {
            overriding: Some(overriding(rules)),
            ..Book::one(member, class)
        };
        self.tell(&Command::Book(book))
    }

    pub fn cancel(&mut self, member: MemberId, class: ClassId) -> String {
        self.tell(&Command::Cancel { class, member })
    }

    pub fn hold(&mut self, member: MemberId, class: ClassId, seats: u32) -> String {
        self.tell(&Command::Hold {
            class,
            member,
            seats,
            channel: Channel::Club,
        })
    }

    pub fn promote(&mut self, class: ClassId) -> String {
        self.tell(&Command::Promote { class })
    }

    pub fn check_in(&mut self, member: MemberId, class: ClassId) -> String {
        self.tell(&Command::CheckIn {
            class,
            member,
            overriding: None,
        })
    }

    pub fn no_show(&mut self, member: impl Into<Option<MemberId>>, class: ClassId) -> String {
        self.tell(&Command::MarkNoShow {
            class,
            member: member.into(),
            overriding: None,
        })
    }

    pub fn move_class(&mut self, class: ClassId, scope: Scope, start: &str) -> String {
        self.tell(&Command::MoveClass {
            class,
            scope,
            start: civil(start),
            minutes: None,
            room: None,
        })
    }

    pub fn call_off(&mut self, class: ClassId, scope: Scope) -> String {
        self.tell(&Command::CancelClass { class, scope })
    }

    pub fn close(&mut self, from: &str, until: &str) -> ClosureId {
        self.ok(&Command::CloseLocation {
            location: self.place,
            from: from.parse().unwrap(),
            until: until.parse().unwrap(),
            reason: "works".to_owned(),
        });
        self.club.closures.iter().next_back().unwrap().id
    }

    /// The names of who is booked, in the order of booking.
    pub fn booked(&self, class: ClassId) -> String {
        let facts = self.club.class_facts(class).unwrap();
        let names: Vec<&str> = facts.seated().map(|it| self.name(it.member)).collect();
        names.join(" ")
    }

    /// The names of who waits, in order.
    pub fn waiting(&self, class: ClassId) -> String {
        let facts = self.club.class_facts(class).unwrap();
        let live = facts.waitlist.iter().filter(|it| it.state.is_live());
        let names: Vec<String> = live
            .map(|it| match it.state {
                WaitlistState::Offered => format!("({})", self.name(it.member)),
                _ => self.name(it.member).to_owned(),
            })
            .collect();
        names.join(" ")
    }

    /// The civil start of a class.
    pub fn start(&self, class: ClassId) -> String {
        let class = self.club.classes.get(class).unwrap();
        let zone = self.club.locations.get(class.offering.location).unwrap().zone;
        gym_core::time::civil(zone, class.period.start())
            .format("%Y-%m-%dT%H:%M")
            .to_string()
    }
}

pub fn overriding(rules: &[Code]) -> Override {
    Override {
        rules: rules.iter().copied().collect(),
        why: "the desk said so".to_owned(),
    }
}

fn instead(alternative: &Alternative) -> String {
    match alternative {
        Alternative::Wait { position } => format!("wait {position}"),
        Alternative::Seats { seats } => format!("{seats} seats"),
        Alternative::From { at } => format!("from {}", at.format("%m-%d %H:%M")),
        Alternative::Class { class, .. } => format!("class {class}"),
        Alternative::Slot { trainer, period } => {
            format!("{trainer} at {}", period.start().format("%m-%d %H:%M"))
        }
    }
}

/// Applies events with fresh ids.
pub fn applied(club: &Club, events: &[Event]) -> (Club, Ids) {
    let ids = club.allot(events);
    let mut after = club.clone();
    after.apply(events, &ids);
    (after, ids)
}

/// Whether an event skipped somebody for a rule.
pub fn skipped_for(events: &[Event], code: Code) -> bool {
    let has = |reasons: &[Reason]| reasons.iter().any(|reason| reason.code() == code);
    events
        .iter()
        .any(|event| matches!(event, Event::WaitlistSkipped { reasons, .. } if has(reasons)))
}
