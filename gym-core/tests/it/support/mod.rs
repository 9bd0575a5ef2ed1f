//! A small club in memory, and what commands lead to in words short enough for a table.
#![allow(dead_code, reason = "each test file uses a part of it")]
pub mod door;
pub mod lots;
mod make;
pub mod soak;
pub mod standing;
mod tell;
mod tried;
pub mod world;

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use gym_core::booking::WaitlistState;
use gym_core::booking::policy::{Admits, Channel, Policy};
use gym_core::booking::refusal::{Code, Reason, Refusal};
use gym_core::club::Club;
use gym_core::command::{Book, Command, Context, IfFull, Override, Scope};
use gym_core::decision::{Decision, due};
use gym_core::event::Event;
use gym_core::id::*;
use gym_core::time::Instant;
use gym_core::user::Actor;
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
    /// What the last command asked for.
    asked: Vec<Command>,
    /// What was given, by whom and when, and accepted.
    pub given: Vec<(Context, Command)>,
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
            asked: Vec::new(),
            given: Vec::new(),
        };
        gym.place = gym.location("Mitte", "Europe/Berlin");
        gym.set_policy(Policy::default());
        gym
    }

    /// A club in which a booking needs a lot that covers it.
    pub fn entitled(policy: Policy) -> Self {
        let mut gym = Self::new();
        gym.ok(&Command::SetPolicy {
            location: None,
            policy,
        });
        gym
    }

    pub fn with(policy: Policy) -> Self {
        let mut gym = Self::new();
        gym.set_policy(policy);
        gym
    }

    /// Sets the rules of a club that charges nothing: whoever keeps them may book.
    pub fn set_policy(&mut self, policy: Policy) {
        let admits = Admits::Anyone;
        self.ok(&Command::SetPolicy {
            location: None,
            policy: Policy { admits, ..policy },
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
                self.asked = due(&events).collect();
                self.given.push((context, command.clone()));
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

    /// Gives what the last command asked for, and says what the first of that led to.
    pub fn follow(&mut self) -> String {
        let asked = std::mem::take(&mut self.asked);
        let mut told = asked.iter().map(|command| {
            let told = self.tell(command);
            self.follow();
            told
        });
        let first = told.next().unwrap_or_default();
        told.for_each(drop);
        first
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
                let instead: Vec<String> = refusal.alternatives.iter().map(tell::instead).collect();
                let instead = if instead.is_empty() {
                    String::new()
                } else {
                    format!(" | {}", instead.join(", "))
                };
                format!("no: {}{instead}", codes.join(" "))
            }
        }
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

/// Whether an event skipped somebody for a rule.
pub fn skipped_for(events: &[Event], code: Code) -> bool {
    let has = |reasons: &[Reason]| reasons.iter().any(|reason| reason.code() == code);
    events
        .iter()
        .any(|event| matches!(event, Event::WaitlistSkipped { reasons, .. } if has(reasons)))
}
