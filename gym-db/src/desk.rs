//! A [`Desk`] is where commands are given: by whom, at what time, with which key.

mod advice;
mod billing;
mod dunning;
mod pricing;
mod seat;
mod till;
mod together;

use std::collections::VecDeque;

use chrono::NaiveDate;
use gym_core::booking::{Registration, RegistrationState};
use gym_core::command::{Command, Context};
use gym_core::decision::Decision;
use gym_core::event::Event;
use gym_core::id::{ClassId, LocationId, MemberId};
use gym_core::time::Instant;
use gym_core::user::{Actor, Person};

use crate::Gym;
use crate::error::{Failure, StoreError};
use crate::load::lock::Locks;

pub use self::billing::Billed;
pub use self::pricing::Offer;
pub use self::seat::Place;
pub use self::together::Together;
use self::together::{fresh_key, named_key};

/// Where commands are given: by whom, at what time, with which key.
///
/// ```
/// use gym_db::Gym;
/// use gym_core::user::Person;
///
/// let gym = Gym::open("sqlite::memory:")?;
/// let now = "2026-02-01T09:00:00Z".parse()?;
/// let mitte = gym.at(now).add_location("Mitte", "Europe/Berlin".parse()?, "EUR".parse()?)?;
/// let joined = "2026-02-01".parse()?;
/// let desk = gym.at(now).key("sign-up 1");
/// let ada = desk.add_member(Person::new("Ada Lovelace", None)?, mitte, joined)?;
/// assert_eq!(desk.add_member(Person::new("Ada Lovelace", None)?, mitte, joined)?, ada); // the same key: the same member
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Desk<'g> {
    gym: &'g Gym,
    now: Option<Instant>,
    actor: Actor,
    key: Option<String>,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// What happened, with the ids of the database.
    pub events: Vec<Event>,
    /// Whether the key had been used before, so that this is the first outcome and nothing happened now.
    pub before: bool,
}

impl Done {
    /// Returns the first of what happened that is of some kind.
    pub fn find<T>(&self, pick: impl FnMut(&Event) -> Option<T>) -> Option<T> {
        self.events.iter().find_map(pick)
    }
}

impl Gym {
    /// Gives commands at a time of the caller's clock.
    pub fn at(&self, now: Instant) -> Desk<'_> {
        Desk {
            now: Some(now),
            ..self.desk()
        }
    }

    /// Gives commands in the name of somebody.
    pub fn by(&self, actor: Actor) -> Desk<'_> {
        Desk { actor, ..self.desk() }
    }

    /// Gives one command with an idempotency key.
    pub fn key(&self, key: impl Into<String>) -> Desk<'_> {
        Desk {
            key: Some(key.into()),
            ..self.desk()
        }
    }

    /// Gives commands by the system's clock, with a new key each, as the embedding program.
    pub const fn desk(&self) -> Desk<'_> {
        Desk {
            gym: self,
            now: None,
            actor: Actor::System,
            key: None,
        }
    }

    /// Gives one command. See [`Desk::run`].
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn run(&self, command: &Command) -> Result<Done, Failure> {
        self.desk().run(command)
    }

    /// Books a seat of a class. See [`Desk::book`].
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn book(&self, member: MemberId, class: ClassId) -> Result<Registration, Failure> {
        self.desk().book(member, class)
    }

    /// Cancels a booking, or leaves a waitlist. See [`Desk::cancel`].
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn cancel(&self, member: MemberId, class: ClassId) -> Result<RegistrationState, Failure> {
        self.desk().cancel(member, class)
    }

    /// Adds a location that is always open. See [`Desk::run`] for one with opening hours.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn add_location(
        &self,
        name: &str,
        zone: chrono_tz::Tz,
        currency: gym_core::money::Currency,
    ) -> Result<LocationId, Failure> {
        self.desk().add_location(name, zone, currency)
    }
}

impl<'g> Desk<'g> {
    pub(crate) const fn gym(&self) -> &'g Gym {
        self.gym
    }

    /// Sets the time of the caller's clock.
    #[must_use]
    pub const fn at(mut self, now: Instant) -> Self {
        self.now = Some(now);
        self
    }

    /// Sets who gives the command.
    #[must_use]
    pub const fn by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    /// Sets the idempotency key, 1 to 255 characters on one line: the same key again returns the first outcome.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Gives one command: loads the facts, decides, saves what happened, and journals it, in one transaction. Where
    /// that makes a promotion due in another class, it is given right after, as a command of its own.
    ///
    /// What is priced is [`priced`](Self::priced) before. If what is asked has changed when the command holds its locks,
    /// it lets go of them and asks again, twice; then each pricing's own rule for failures decides.
    ///
    /// # Errors
    ///
    /// [`Failure::Refused`] with every reason; [`Failure::KeyReused`] if the key was another command's;
    /// [`Failure::BadKey`] if it is not 1 to 255 characters on one line; [`Failure::ClockWentBack`]; and
    /// [`Failure::Store`], after which nothing has happened.
    pub fn run(&self, command: &Command) -> Result<Done, Failure> {
        let key = self.key.clone().unwrap_or_else(fresh_key);
        if self.asks(command) {
            return self.run_priced(&key, command);
        }
        self.give(&key, command, &mut None)
    }

    /// Gives one command as it is. Where `stale` says something, a command that lacks answers is not decided, and that
    /// is what it says then.
    fn give(&self, key: &str, command: &Command, stale: &mut Option<bool>) -> Result<Done, Failure> {
        let keyed = |together: &mut Together<'_>| {
            together.asks = stale.is_some();
            let done = together.keyed(key.to_owned(), command);
            if let Some(stale) = stale {
                *stale = together.lacks;
            }
            refusal_apart(done)
        };
        match self.transact(key, keyed) {
            Err(Failure::Store(error)) => match error.guard() {
                Some(guard) => {
                    let guarded = |together: &mut Together<'_>| {
                        refusal_apart(together.guarded(key.to_owned(), command, guard))
                    };
                    self.transact(key, guarded)?
                }
                None => Err(error.into()),
            },
            done => done?,
        }
    }

    /// Says what a command would lead to now, and stores nothing: the very decision that giving it would record, with
    /// local ids for new things. What is priced is [`priced`](Self::priced) before.
    ///
    /// ```
    /// use gym_core::command::Command;
    /// use gym_core::user::Person;
    /// use gym_db::{Gym, canonical};
    ///
    /// let gym = Gym::open("sqlite::memory:")?;
    /// let desk = gym.at("2026-02-01T09:00:00Z".parse()?);
    /// let command = Command::AddUser { person: Person::new("Ada Lovelace", None)? };
    /// let preview = desk.preview(&command)?;
    /// desk.run(&command)?;
    /// assert_eq!(canonical(&gym.last_journaled(1)?[0].outcome)?, canonical(&preview)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Failure::Store`].
    pub fn preview(&self, command: &Command) -> Result<Decision, Failure> {
        let context = self.context();
        let asked = self.ask(command, &context)?;
        let decided = self.gym.store.read(|connection| {
            let mut club = crate::load::facts_unlocked(connection, &asked, &context)?;
            crate::load::decided(connection, &mut club, &asked, &context)
        });
        Ok(decided?)
    }

    pub(crate) fn context(&self) -> Context {
        let now = self.now.unwrap_or_else(|| std::time::SystemTime::now().into());
        Context {
            now: gym_core::time::to_micros(now),
            actor: self.actor,
        }
    }

    /// Gives several commands in one transaction: all that they led to is stored, or nothing is.
    ///
    /// `body` may run more than once, as PostgreSQL asks for that; it must do nothing but give commands. With a key,
    /// the commands get that key and their number. It may go on after a refusal, but not after another failure.
    ///
    /// # Errors
    ///
    /// What `body` returns as an error, after which nothing is stored; else as [`Desk::run`].
    pub fn together<T>(
        &self,
        mut body: impl FnMut(&mut Together<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let key = self.key.clone().unwrap_or_else(fresh_key);
        self.transact(&key, |together| body(together))
    }

    /// Runs `body` in a transaction, and then what its commands ask for, each in a transaction of its own.
    ///
    /// That is not part of the outcome: where it fails, the next command about that class does the same.
    fn transact<T>(
        &self,
        key: &str,
        mut body: impl FnMut(&mut Together<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let context = self.context();
        let (done, asked) = self.attempt(context, |together| body(together))?;
        let mut next = VecDeque::from(asked);
        for number in 1_u64.. {
            let Some(command) = next.pop_front() else { break };
            let promote = |together: &mut Together<'_>| {
                let key = named_key(key, &format!("asked for: {number}"))?;
                refusal_apart(together.keyed(key, &command))
            };
            if let Ok((_, asked)) = self.attempt(context, promote) {
                next.extend(asked);
            }
        }
        Ok(done)
    }

    fn attempt<T>(
        &self,
        context: Context,
        mut body: impl FnMut(&mut Together<'_>) -> Result<T, Failure>,
    ) -> Result<(T, Vec<Command>), Failure> {
        let (mut failed, mut locks) = (None, Locks::new());
        let done = self.gym.store.write(|connection| {
            let (key, known) = (self.key.as_deref(), locks.len());
            let mut together = Together::new(connection, self.gym, context, key, &mut locks);
            let done = body(&mut together).and_then(|done| match together.broken.take() {
                Some(failure) => Err(failure),
                None => Ok((done, std::mem::take(&mut together.asked))),
            });
            if locks.len() > known {
                // Whatever `body` made of it: the transaction begins again with these.
                return Err(StoreError::overtaken());
            }
            done.map_err(|failure| match failure {
                Failure::Store(error) => error,
                other => {
                    failed = Some(other);
                    StoreError::other("the commands were given up")
                }
            })
        });
        match (done, failed) {
            (Err(_), Some(failure)) => Err(failure),
            (done, _) => Ok(done?),
        }
    }

    /// Adds a location that is always open.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn add_location(
        &self,
        name: &str,
        zone: chrono_tz::Tz,
        currency: gym_core::money::Currency,
    ) -> Result<LocationId, Failure> {
        let (name, hours) = (
            name.to_owned(),
            gym_core::schedule::availability::WeeklyHours::default(),
        );
        self.expect(
            &Command::AddLocation {
                name,
                zone,
                currency,
                hours,
            },
            |event| match event {
                Event::LocationAdded(new) => Some(new.id),
                _ => None,
            },
        )
    }

    /// Adds a member.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn add_member(
        &self,
        person: Person,
        home: LocationId,
        joined_on: NaiveDate,
    ) -> Result<MemberId, Failure> {
        self.expect(
            &Command::AddMember {
                person,
                user: None,
                home,
                joined_on,
            },
            |event| match event {
                Event::MemberAdded(new) => Some(new.id),
                _ => None,
            },
        )
    }

    /// Gives one command and picks out of what happened.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`]; and [`Failure::Store`] if what was to be picked did not happen.
    pub fn expect<T>(&self, command: &Command, pick: impl FnMut(&Event) -> Option<T>) -> Result<T, Failure> {
        let missing = || StoreError::other("the command did not lead to what was expected of it");
        Ok(self.run(command)?.find(pick).ok_or_else(missing)?)
    }
}

/// Takes a refusal, which is an outcome that commits, apart from failures, which roll back.
fn refusal_apart(done: Result<Done, Failure>) -> Result<Result<Done, Failure>, Failure> {
    match done {
        Err(failure @ Failure::Refused(_)) => Ok(Err(failure)),
        Err(failure) => Err(failure),
        Ok(done) => Ok(Ok(done)),
    }
}
