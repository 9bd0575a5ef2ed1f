//! Commands in one transaction: [`Together`], and what each of them is: load, decide, save.

use gym_core::booking::refusal::{Reason, Refusal};
use gym_core::command::{Command, Context};
use gym_core::decision::Decision;
use gym_core::event::{Event, Ids};
use gym_core::id::LocationId;

use super::Done;
use super::advice::advice;
use crate::Gym;
use crate::connection::AnyConnection;
use crate::error::{Failure, StoreError};
use crate::guard::Guard;
use crate::journal::{Decided, Once, Order, last_at, once};
use crate::load::{self, lock::Locks};
use crate::save::save;

/// Commands that are given together, in one transaction. See [`Desk::together`](super::Desk::together).
pub struct Together<'t> {
    connection: &'t mut AnyConnection,
    gym: &'t Gym,
    context: Context,
    key: Option<&'t str>,
    locks: &'t mut Locks,
    count: u32,
}

impl std::fmt::Debug for Together<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Together")
            .field("context", &self.context)
            .field("count", &self.count)
            .finish()
    }
}

impl<'t> Together<'t> {
    pub(super) const fn new(
        connection: &'t mut AnyConnection,
        gym: &'t Gym,
        context: Context,
        key: Option<&'t str>,
        locks: &'t mut Locks,
    ) -> Self {
        Self {
            connection,
            gym,
            context,
            key,
            locks,
            count: 0,
        }
    }

    /// Gives one command. A refusal is journaled if the others are stored.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`](super::Desk::run).
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
    /// As [`Desk::run`](super::Desk::run).
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

    /// Journals that a guard of the database refused a command, because somebody wrote around the library.
    pub(super) fn guarded(&mut self, key: String, command: &Command, guard: Guard) -> Result<Done, Failure> {
        self.once(key, command, |_, _| {
            let reason = Reason::Guarded {
                guard: guard.name().to_owned(),
            };
            let decision = Err(Refusal::of("do that", chrono_tz::UTC, reason));
            Ok(Decided {
                decision,
                ids: Ids::default(),
                policy_version: None,
            })
        })
    }

    pub(super) fn keyed(&mut self, key: String, command: &Command) -> Result<Done, Failure> {
        let context = self.context;
        let tolerated = chrono::Duration::from_std(self.gym.clock_tolerance).unwrap_or(chrono::Duration::MAX);
        let mut behind = None;
        let done = self.once(key, command, |connection, locks| {
            behind = last_at(connection)?.filter(|last| *last - context.now > tolerated);
            match behind {
                Some(_) => Err(StoreError::other("now is before the last command")),
                None => decide(connection, command, &context, locks),
            }
        });
        match behind {
            Some(last) => Err(Failure::ClockWentBack {
                now: context.now,
                last,
            }),
            None => done,
        }
    }

    fn once(
        &mut self,
        key: String,
        command: &Command,
        decide: impl FnOnce(&mut AnyConnection, &mut Locks) -> Result<Decided, StoreError>,
    ) -> Result<Done, Failure> {
        if let Some(bad) = Failure::of_key(&key) {
            return Err(bad);
        }
        let order = Order::new(key.clone(), command, &self.context)?;
        match once(self.connection, &order, |connection| {
            decide(connection, self.locks)
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
                events: events
                    .iter()
                    .map(|event| known_by(event.resolved(&ids), command))
                    .collect(),
                before,
            }),
        }
    }
}

/// Makes a key that nobody has used: a version 4 UUID.
pub(super) fn fresh_key() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Puts the personal fields back, which the journal leaves out: with the same key they are those of the first time.
fn known_by(mut event: Event, command: &Command) -> Event {
    let person = match &mut event {
        Event::UserAdded(new) => Some(&mut new.person),
        Event::MemberAdded(new) => Some(&mut new.person),
        Event::TrainerAdded(new) => Some(&mut new.person),
        _ => None,
    };
    if let (Some(person), Some(known)) = (person, command.person()) {
        person.clone_from(known);
    }
    event
}

/// Loads, decides and saves.
fn decide(
    connection: &mut AnyConnection,
    command: &Command,
    context: &Context,
    locks: &mut Locks,
) -> Result<Decided, StoreError> {
    let club = load::facts(connection, command, context, locks)?;
    let location = club.location_of(command);
    let policy_version = location
        .and_then(|location| club.policy_version(Some(location)))
        .map(|version| version.get());
    let decision: Decision = club.decide(command, context);
    let (decision, ids) = match decision {
        Ok(events) => {
            let ids = save(connection, &events)?;
            (Ok(events), ids)
        }
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
