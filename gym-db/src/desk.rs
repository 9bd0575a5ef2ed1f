//! A [`Desk`] is where commands are given: by whom, at what time, with which key.

use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use gym_core::booking::refusal::{Alternative, Code, Reason, Refusal};
use gym_core::booking::{Registration, RegistrationState, WaitlistEntry};
use gym_core::club::Club;
use gym_core::command::{Book, Command, Context, IfFull};
use gym_core::decision::Decision;
use gym_core::event::{Event, Ids};
use gym_core::id::{ClassId, LocationId, MemberId};
use gym_core::time::Instant;
use gym_core::user::{Actor, Person};

use crate::Gym;
use crate::connection::AnyConnection;
use crate::error::{Failure, StoreError};
use crate::journal::{Decided, Once, Order, last_at, once};
use crate::load::{self, Load};
use crate::row::{id, stamp};
use crate::save::save;
use crate::schema::classes;

/// Where commands are given: by whom, at what time, with which key.
///
/// ```
/// use gym_db::Gym;
/// use gym_core::user::Person;
///
/// let gym = Gym::open("sqlite::memory:")?;
/// let mitte = gym.add_location("Mitte", "Europe/Berlin".parse()?, "EUR".parse()?)?;
/// let joined = "2026-02-01".parse()?;
/// let desk = gym.at("2026-02-01T09:00:00Z".parse()?).key("sign-up 1");
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

    /// Sets the idempotency key: the same key again returns the first outcome.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Gives one command: loads the facts, decides, saves what happened, and journals it, in one transaction.
    ///
    /// # Errors
    ///
    /// [`Failure::Refused`] with every reason; [`Failure::KeyReused`] if the key was another command's;
    /// [`Failure::ClockWentBack`]; and [`Failure::Store`], after which nothing has happened.
    pub fn run(&self, command: &Command) -> Result<Done, Failure> {
        let key = self.key.clone().unwrap_or_else(fresh_key);
        let mut body = |together: &mut Together<'_>| refusal_apart(together.keyed(key.clone(), command));
        match self.transact(Saving::Outright, &mut body) {
            Err(Failure::Store(error)) if error.guard().is_some() => {
                self.transact(Saving::Apart, &mut body)?
            }
            done => done?,
        }
    }

    /// Gives several commands in one transaction: all that they led to is stored, or nothing is.
    ///
    /// `body` may run more than once, as PostgreSQL asks for that; it must do nothing but give commands. With a key,
    /// the commands get that key and their number.
    ///
    /// # Errors
    ///
    /// What `body` returns as an error, after which nothing is stored; else as [`Desk::run`].
    pub fn together<T>(
        &self,
        mut body: impl FnMut(&mut Together<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.transact(Saving::Apart, |together| body(together))
    }

    fn transact<T>(
        &self,
        saving: Saving,
        mut body: impl FnMut(&mut Together<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let now = self.now.unwrap_or_else(|| std::time::SystemTime::now().into());
        let context = Context {
            now: gym_core::time::to_micros(now),
            actor: self.actor,
        };
        let mut failed = None;
        let done = self.gym.store.write(|connection| {
            let key = self.key.as_deref();
            let mut together = Together {
                connection,
                gym: self.gym,
                context,
                key,
                count: 0,
                saving,
            };
            body(&mut together).map_err(|failure| match failure {
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

    /// Books a seat of a class for a member.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn book(&self, member: MemberId, class: ClassId) -> Result<Registration, Failure> {
        self.expect(&Command::Book(Book::one(member, class)), |event| match event {
            Event::Booked(booked) if booked.member == member => Some(booked.clone()),
            _ => None,
        })
    }

    /// Books a seat of a class for a member, or puts them on its waitlist.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn book_or_wait(&self, member: MemberId, class: ClassId) -> Result<Place, Failure> {
        let order = Book {
            if_full: IfFull::Wait,
            ..Book::one(member, class)
        };
        self.expect(&Command::Book(order), |event| match event {
            Event::Booked(booked) if booked.member == member => Some(Place::Seat(booked.clone())),
            Event::Waitlisted(entry) if entry.member == member => Some(Place::Waiting(entry.clone())),
            _ => None,
        })
    }

    /// Cancels a booking, and says whether it was late, or leaves a waitlist.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn cancel(&self, member: MemberId, class: ClassId) -> Result<RegistrationState, Failure> {
        let done = self.run(&Command::Cancel { class, member })?;
        let state = done.find(|event| match event {
            Event::BookingSettled { state, .. } => Some(*state),
            _ => None,
        });
        Ok(state.unwrap_or(RegistrationState::Cancelled))
    }

    /// Checks a member in.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn check_in(&self, member: MemberId, class: ClassId) -> Result<Done, Failure> {
        self.run(&Command::CheckIn {
            class,
            member,
            overriding: None,
        })
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

/// Commands that are given together, in one transaction. See [`Desk::together`].
pub struct Together<'t> {
    connection: &'t mut AnyConnection,
    gym: &'t Gym,
    context: Context,
    key: Option<&'t str>,
    count: u32,
    saving: Saving,
}

/// How the events of a command are saved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Saving {
    /// Without a savepoint, which costs both databases time: where a guard refuses, the whole transaction is undone.
    Outright,
    /// With a savepoint, so that what a guard refuses is undone alone, and journaled as a refusal.
    Apart,
}

impl std::fmt::Debug for Together<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Together")
            .field("context", &self.context)
            .field("count", &self.count)
            .finish()
    }
}

impl Together<'_> {
    /// Gives one command. A refusal is journaled if the others are stored.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn run(&mut self, command: &Command) -> Result<Done, Failure> {
        self.count += 1;
        let key = self
            .key
            .map_or_else(fresh_key, |key| format!("{key}/{}", self.count));
        self.keyed(key, command)
    }

    /// Gives one command that is known by a name of its own, beside the key of them all.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`].
    pub fn run_as(&mut self, name: &str, command: &Command) -> Result<Done, Failure> {
        let key = self.key.map_or_else(fresh_key, |key| format!("{key}/{name}"));
        self.keyed(key, command)
    }

    pub(crate) fn trainers(&mut self) -> Result<Vec<gym_core::trainer::Trainer>, StoreError> {
        crate::trainer::load(self.connection, None)
    }

    pub(crate) fn rooms(
        &mut self,
        location: LocationId,
    ) -> Result<Vec<gym_core::location::Room>, StoreError> {
        crate::location::rooms_of(self.connection, location.get())
    }

    fn keyed(&mut self, key: String, command: &Command) -> Result<Done, Failure> {
        let (context, saving) = (self.context, self.saving);
        let order = Order::new(key.clone(), command, &context)?;
        let tolerated = chrono::Duration::from_std(self.gym.clock_tolerance).unwrap_or(chrono::Duration::MAX);
        if let Some(last) = last_at(self.connection)?.filter(|last| *last - context.now > tolerated) {
            return Err(Failure::ClockWentBack {
                now: context.now,
                last,
            });
        }
        match once(self.connection, &order, |connection| {
            decide(connection, command, &context, saving)
        })? {
            Once::Reused => Err(Failure::KeyReused { key }),
            Once::Done {
                decision: Err(refusal),
                ..
            } => Err(Failure::Refused(Box::new(refusal))),
            Once::Done {
                decision: Ok(events),
                ids,
                before,
            } => Ok(Done {
                events: events.iter().map(|event| event.resolved(&ids)).collect(),
                before,
            }),
        }
    }
}

/// What [`Desk::book_or_wait`] led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A seat.
    Seat(Registration),
    /// A place on the waitlist.
    Waiting(WaitlistEntry),
}

/// Takes a refusal, which is an outcome that commits, apart from failures, which roll back.
fn refusal_apart(done: Result<Done, Failure>) -> Result<Result<Done, Failure>, Failure> {
    match done {
        Err(failure @ Failure::Refused(_)) => Ok(Err(failure)),
        Err(failure) => Err(failure),
        Ok(done) => Ok(Ok(done)),
    }
}

/// Makes a key that nobody has used: a version 4 UUID.
fn fresh_key() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Loads, decides and saves.
fn decide(
    connection: &mut AnyConnection,
    command: &Command,
    context: &Context,
    saving: Saving,
) -> Result<Decided, StoreError> {
    let club = load::facts(connection, command, context)?;
    let location = club.location_of(command);
    let policy_version = location
        .and_then(|location| club.policy_version(Some(location)))
        .map(|version| version.get());
    let decision: Decision = club.decide(command, context);
    let (decision, ids) = match decision {
        Ok(events) => match guarded(connection, &events, saving)? {
            Ok(ids) => (Ok(events), ids),
            Err(reason) => {
                let zone = location
                    .and_then(|id| club.locations.get(id))
                    .map_or(chrono_tz::UTC, |place| place.zone);
                (Err(Refusal::of("do that", zone, reason)), Ids::default())
            }
        },
        Err(mut refusal) => {
            refusal
                .alternatives
                .extend(advice(connection, club, command, context, &refusal)?);
            (Err(refusal), Ids::default())
        }
    };
    Ok(Decided {
        decision,
        ids,
        policy_version,
    })
}

/// Saves events; what a guard of the database refuses, because somebody wrote around the library, is a refusal.
fn guarded(
    connection: &mut AnyConnection,
    events: &[Event],
    saving: Saving,
) -> Result<Result<Ids, Reason>, StoreError> {
    if saving == Saving::Outright {
        return save(connection, events).map(Ok);
    }
    match connection.transaction(|connection| save(connection, events)) {
        Ok(ids) => Ok(Ok(ids)),
        Err(error) => match error.guard() {
            Some(guard) => Ok(Err(Reason::Guarded {
                guard: guard.name().to_owned(),
            })),
            None => Err(error),
        },
    }
}

/// How many other classes are looked at, and how many are proposed.
const LOOKED_AT: i64 = 8;
const PROPOSED: usize = 3;

/// Proposes other classes of the kind that would be booked, nearest first. Computed without locks.
fn advice(
    connection: &mut AnyConnection,
    club: Club,
    command: &Command,
    context: &Context,
    refusal: &Refusal,
) -> Result<Vec<Alternative>, StoreError> {
    let Command::Book(order) = command else {
        return Ok(Vec::new());
    };
    let hopeless = [
        Code::Unknown,
        Code::NotPermitted,
        Code::Banned,
        Code::AlreadyBooked,
        Code::PartySize,
    ];
    let Some(class) = club
        .classes
        .get(order.class)
        .cloned()
        .filter(|_| !hopeless.iter().any(|code| refusal.has(*code)))
    else {
        return Ok(Vec::new());
    };
    let around = Days::new(7);
    let start = class.period.start();
    let (first, last) = (start.checked_sub_days(around), start.checked_add_days(around));
    let others = classes::table
        .filter(classes::location_id.eq(class.offering.location.get()))
        .filter(classes::starts_at.gt(stamp(first.unwrap_or(start).max(context.now))))
        .filter(classes::starts_at.lt(stamp(last.unwrap_or(start))))
        .filter(classes::programme.eq(&class.offering.programme))
        .filter(classes::state.eq("scheduled"))
        .filter(classes::id.ne(class.id.get()))
        .order(classes::starts_at)
        .limit(LOOKED_AT)
        .select(classes::id);
    let others: Vec<i64> = others.load(connection)?;
    let mut load = Load::unlocked(connection, club, context.now);
    let mut found = Vec::new();
    for other in others.into_iter().map(id::<ClassId>) {
        load.class(other)?;
        load.member_for(order.member, other)?;
        let asked = Book {
            class: other,
            if_full: IfFull::Refuse,
            overriding: None,
            ..order.clone()
        };
        let accepted = load.club.decide(&Command::Book(asked), context).is_ok();
        if let Some(facts) = load.club.class_facts(other).filter(|_| accepted) {
            let (title, starts_at) = (facts.class.offering.title.clone(), facts.class.period.start());
            found.push(Alternative::Class {
                class: other,
                title,
                starts_at,
                free: facts.free(context.now),
            });
        }
    }
    found.sort_by_key(|alternative| match alternative {
        Alternative::Class { starts_at, .. } => (*starts_at - start).abs(),
        _ => chrono::Duration::MAX,
    });
    found.truncate(PROPOSED);
    Ok(found)
}
