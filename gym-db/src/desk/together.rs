//! Commands in one transaction: [`Together`], and what each of them is: load, decide, save.

use std::fmt::Display;

use gym_core::billing::BillingEvent;
use gym_core::booking::refusal::{Reason, Refusal};
use gym_core::club::within_calendar;
use gym_core::command::{Command, Context};
use gym_core::decision::{Decision, due};
use gym_core::event::{Event, Ids};
use gym_core::id::LocationId;
use gym_core::private::put_back;
use sha2::{Digest, Sha256};

use super::Done;
use super::advice::advice;
use crate::Gym;
use crate::billing::invoice;
use crate::connection::AnyConnection;
use crate::error::{Failure, MAX_KEY, StoreError};
use crate::guard::Guard;
use crate::journal::{Decided, Once, Order, last_at, once};
use crate::load::{self, lock::Locks};
use crate::row::hex;
use crate::save::save;

/// Commands that are given together, in one transaction. See [`Desk::together`](super::Desk::together).
pub struct Together<'t> {
    connection: &'t mut AnyConnection,
    gym: &'t Gym,
    context: Context,
    key: Option<&'t str>,
    locks: &'t mut Locks,
    count: u32,
    /// What the commands so far ask for, to be given after they are committed.
    pub(super) asked: Vec<Command>,
    /// Whether a command that pricings have not answered is left undecided, so that they can be asked.
    pub(super) asks: bool,
    /// Whether the last command was left undecided for that.
    pub(super) lacks: bool,
    /// Why one of them could not be stored whole, so that nothing of the transaction may be.
    pub(super) broken: Option<Failure>,
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
            asked: Vec::new(),
            asks: false,
            lacks: false,
            broken: None,
        }
    }

    /// Gives one command. A refusal is journaled if the others are stored. Pricings are not asked here, where locks are
    /// held: give what [`Desk::priced`](super::Desk::priced) returns. Of a pricing without an answer its own rule decides.
    /// After a [`Failure::Store`] or [`Failure::ClockWentBack`] nothing of the transaction is stored, whatever becomes of
    /// the others.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`](super::Desk::run).
    pub fn run(&mut self, command: &Command) -> Result<Done, Failure> {
        self.count += 1;
        let number = self.count;
        let key = match self.key {
            Some(key) => part_key(key, number)?,
            None => fresh_key(),
        };
        let command = self.gym.vouched(command, self.context.now)?;
        self.keyed(key, &command)
    }

    /// Gives one command that is known by a name of its own, beside the key of them all. The name may be of any length
    /// and may be personal: only a hash of it is stored.
    ///
    /// # Errors
    ///
    /// As [`Desk::run`](super::Desk::run).
    pub fn run_as(&mut self, name: &str, command: &Command) -> Result<Done, Failure> {
        let key = match self.key {
            Some(key) => named_key(key, name)?,
            None => fresh_key(),
        };
        let command = self.gym.vouched(command, self.context.now)?;
        self.keyed(key, &command)
    }

    pub(crate) fn location(
        &mut self,
        location: LocationId,
    ) -> Result<Option<gym_core::location::Location>, StoreError> {
        Ok(crate::location::load(self.connection, Some(location.get()))?.pop())
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
        let (mut behind, mut lacks) = (None, false);
        let asks = self.asks.then_some(&mut lacks);
        let done = self.once(key, command, |connection, locks| {
            behind = last_at(connection)?.filter(|last| *last - context.now > tolerated);
            match behind {
                Some(_) => Err(StoreError::other("now is before the last command")),
                None => decide(connection, command, &context, locks, asks),
            }
        });
        self.lacks = lacks;
        let done = match behind {
            Some(last) => Err(Failure::ClockWentBack {
                now: context.now,
                last,
            }),
            None => done,
        };
        self.broken = done.as_ref().err().and_then(Failure::breaks);
        done
    }

    fn once(
        &mut self,
        key: String,
        command: &Command,
        decide: impl FnOnce(&mut AnyConnection, &mut Locks) -> Result<Decided, StoreError>,
    ) -> Result<Done, Failure> {
        if let Some(bad) = Failure::of_key(&key).or(self.broken.as_ref().and_then(Failure::breaks)) {
            return Err(bad);
        }
        let order = Order::new(key.clone(), command, &self.context, &self.gym.store.secret)?;
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
            } => {
                self.asked.extend(due(&events));
                let known = events.iter().map(|event| known_by(event.resolved(&ids), command));
                let mut events: Vec<Event> = known.collect();
                if before {
                    put_back_invoices(self.connection, &mut events)?;
                }
                Ok(Done { events, before })
            }
        }
    }
}

/// Makes a key that nobody has used: a version 4 UUID.
pub(super) fn fresh_key() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Makes the key of one of several commands out of the key of them all.
pub(super) fn part_key(key: &str, part: impl Display) -> Result<String, Failure> {
    let whole = format!("{key}/{part}");
    match (Failure::of_key(key), Failure::of_key(&whole)) {
        (Some(bad), _) => Err(bad),
        (None, None) => Ok(whole),
        (None, Some(_)) => named_key(key, &part.to_string()),
    }
}

/// Makes the key of a command out of the key of them all and a hash of its name and that.
pub(super) fn named_key(key: &str, name: &str) -> Result<String, Failure> {
    if let Some(bad) = Failure::of_key(key) {
        return Err(bad);
    }
    let digest = Sha256::new()
        .chain_update(key)
        .chain_update([0])
        .chain_update(name);
    let hash = hex(&digest.finalize());
    let shown: String = key.chars().take(MAX_KEY - hash.len() - 1).collect();
    Ok(format!("{shown}/{hash}"))
}

/// Puts back what is personal or private, which the journal leaves out: with the same key they are those of the first time.
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
    put_back(&mut event, command);
    event
}

/// Puts back what is kept with the invoices alone: what their lines say, and how their prices came about.
fn put_back_invoices(connection: &mut AnyConnection, events: &mut [Event]) -> Result<(), StoreError> {
    for event in events {
        if let Event::Billing(BillingEvent::InvoiceMade(invoice) | BillingEvent::InvoiceOpened(invoice)) =
            event
        {
            invoice.priced = invoice::priced(connection, invoice.id)?;
            let texts = invoice::texts(connection, invoice.id)?;
            for (line, text) in invoice.lines.iter_mut().zip(texts) {
                line.obligation.text = text;
            }
        }
    }
    Ok(())
}

/// Loads, decides and saves.
fn decide(
    connection: &mut AnyConnection,
    command: &Command,
    context: &Context,
    locks: &mut Locks,
    lacks: Option<&mut bool>,
) -> Result<Decided, StoreError> {
    if let Err(refusal) = within_calendar(command, context) {
        return Ok(Decided {
            decision: Err(refusal),
            ids: Ids::default(),
            policy_version: None,
        });
    }
    let mut club = load::facts(connection, command, context, locks)?;
    if let Some(lacks) = lacks
        && super::pricing::lacks(&club, command, context)
    {
        *lacks = true;
        return Err(StoreError::other(
            "what is to be priced has changed since it was asked for",
        ));
    }
    let policy_version = club.policy_for(command, context).map(|version| version.get());
    let decision: Decision = load::decided(connection, &mut club, command, context)?;
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
