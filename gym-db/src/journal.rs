//! The journal: one row per command, accepted or refused, and each command once per key.
//!
//! [`once`] is the door of every command: its key, its effects, its outcome and its journal row commit
//! together, or nothing does.

use diesel::backend::Backend;
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use gym_core::booking::refusal::Refusal;
use gym_core::command::{Command, Context};
use gym_core::decision::{DECISION_VERSION, Decision};
use gym_core::event::{Event, Ids};
use gym_core::private::{without_command, without_decision};
use gym_core::replay::Recorded;
use gym_core::time::{Instant, TZDB_VERSION};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::connection::{AnyConnection, on_backend};
use crate::error::StoreError;
use crate::row::{from_json, hex, stamp, to_json};
use crate::schema::{idempotency_keys, journal, journal_reasons};
use crate::stamp::Stamp;
use crate::statement::fixed;

/// One command as it was journaled: who asked what and when, and what came of it. It holds no personal fields, and
/// nothing that is [private](gym_core::private).
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The number of the row.
    pub id: i64,
    /// The name of the command, e.g. `book`.
    pub name: String,
    /// The command.
    pub command: Command,
    /// Who and when.
    pub context: Context,
    /// The idempotency key.
    pub key: String,
    /// The version of the policy that was used; none for the built-in default.
    pub policy_version: Option<i64>,
    /// The version of the time zone database.
    pub tzdb: String,
    /// The version of the rules.
    pub decision_version: u32,
    /// What happened, with local ids, or why nothing did.
    pub outcome: Decision,
    /// The ids that the database gave to the local ones.
    pub ids: Ids,
}

impl Entry {
    /// Returns what replay and what-ifs need of the row.
    pub fn into_recorded(self) -> Recorded {
        Recorded {
            number: self.id.unsigned_abs(),
            context: self.context,
            command: self.command,
            decision: self.outcome,
            ids: self.ids,
            policy: self.policy_version.map(crate::row::id),
            version: self.decision_version,
        }
    }
}

/// A decision as JSON, in the form that replay compares.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome<E, R> {
    Accepted(E),
    Refused(R),
}

/// Writes a decision in its canonical form: ids of new things are local, instants are in microseconds, and what is
/// [private](gym_core::private) is left out.
///
/// # Errors
///
/// A [`StoreError`] if the decision cannot be written as JSON.
pub fn canonical(decision: &Decision) -> Result<String, StoreError> {
    written(&without_decision(decision, &|_| String::new()))
}

fn written(decision: &Decision) -> Result<String, StoreError> {
    to_json(&match decision {
        Ok(events) => Outcome::Accepted(events),
        Err(refusal) => Outcome::Refused(refusal),
    })
}

fn decision(text: &str) -> Result<Decision, StoreError> {
    let outcome: Outcome<Vec<Event>, Refusal> = from_json("journal.outcome", text)?;
    Ok(match outcome {
        Outcome::Accepted(events) => Ok(events),
        Outcome::Refused(refusal) => Err(refusal),
    })
}

/// A command as it arrives, without what it will decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    key: String,
    name: String,
    body: String,
    hash: String,
    actor: String,
    now: Instant,
    /// Why, in words that no other row keeps.
    why: Option<String>,
    secret: String,
}

/// Returns the hash of some texts, which nobody can find by trying who does not know the secret.
pub(crate) fn hash<'t>(secret: &str, texts: impl IntoIterator<Item = &'t str>) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    for text in texts {
        mac.update(text.as_bytes());
        mac.update(&[0]);
    }
    hex(&mac.finalize().into_bytes())
}

impl Order {
    /// Writes a command as it is journaled. The hash that the key is compared by covers what the journal leaves out
    /// and the actor too: nobody else gets the outcome. What pricings have answered is no part of what was asked.
    pub(crate) fn new(
        key: String,
        command: &Command,
        context: &Context,
        secret: &str,
    ) -> Result<Self, StoreError> {
        let body = to_json(&*without_command(command, &|code| hash(secret, ["code", code])))?;
        // A command is written as its name with what it says: `{"book":{..}}`.
        let name = body.split('"').nth(1).unwrap_or_default().to_owned();
        let person = to_json(&command.person())?;
        let asked = to_json(&command.question())?;
        let actor = to_json(&context.actor)?;
        Ok(Self {
            key,
            name,
            body,
            hash: hash(secret, [asked.as_str(), &person, &actor]),
            actor,
            now: context.now,
            // PostgreSQL cannot store a NUL.
            why: command.why().map(|why| why.replace('\0', "\u{fffd}")),
            secret: secret.to_owned(),
        })
    }

    /// Writes a decision as it is journaled.
    fn outcome(&self, decision: &Decision) -> Result<String, StoreError> {
        written(&without_decision(decision, &|code| {
            hash(&self.secret, ["code", code])
        }))
    }
}

/// What a decision leaves to be journaled.
pub(crate) struct Decided {
    pub(crate) decision: Decision,
    pub(crate) ids: Ids,
    pub(crate) policy_version: Option<i64>,
}

/// The outcome of a command that came with a key.
pub(crate) enum Once {
    /// It was decided, now or before.
    Done {
        decision: Decision,
        ids: Ids,
        before: bool,
    },
    /// The key is another command's.
    Reused,
}

#[derive(Insertable)]
#[diesel(table_name = journal, treat_none_as_default_value = false)]
struct NewEntry<'a> {
    at: Stamp,
    command: &'a str,
    body: &'a str,
    actor: &'a str,
    key: &'a str,
    policy_version: Option<i64>,
    tzdb: &'a str,
    decision_version: i32,
    outcome: &'a str,
    ids: &'a str,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = journal)]
struct EntryRow {
    id: i64,
    at: Stamp,
    command: String,
    body: String,
    actor: String,
    key: String,
    policy_version: Option<i64>,
    tzdb: String,
    decision_version: i32,
    outcome: String,
    ids: String,
}

impl TryFrom<EntryRow> for Entry {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            name: row.command,
            command: from_json("journal.body", &row.body)?,
            context: Context {
                now: row.at.at(),
                actor: from_json("journal.actor", &row.actor)?,
            },
            key: row.key,
            policy_version: row.policy_version,
            tzdb: row.tzdb,
            decision_version: row.decision_version.unsigned_abs(),
            outcome: decision(&row.outcome)?,
            ids: from_json("journal.ids", &row.ids)?,
        })
    }
}

/// Runs a command once in the transaction at hand, or returns the outcome that its key had before.
///
/// `decide` loads, decides and saves; a refusal is recorded as well.
pub(crate) fn once(
    connection: &mut AnyConnection,
    order: &Order,
    decide: impl FnOnce(&mut AnyConnection) -> Result<Decided, StoreError>,
) -> Result<Once, StoreError> {
    if !claim(connection, order)? {
        return known(connection, order);
    }
    let Decided {
        decision,
        ids,
        policy_version,
    } = decide(connection)?;
    record(connection, order, &decision, &ids, policy_version)?;
    Ok(Once::Done {
        decision,
        ids,
        before: false,
    })
}

/// Takes the key; on PostgreSQL this waits for another transaction that is taking it.
fn claim(connection: &mut AnyConnection, order: &Order) -> Result<bool, StoreError> {
    let row = (
        idempotency_keys::key.eq(&order.key),
        idempotency_keys::body_hash.eq(&order.hash),
        idempotency_keys::created_at.eq(stamp(order.now)),
    );
    let insert = diesel::insert_into(idempotency_keys::table).values(row);
    let taken = on_backend!(connection, |c| fixed(Taking(insert.on_conflict_do_nothing()))
        .bound([
            order.key.as_str().into(),
            order.hash.as_str().into(),
            stamp(order.now).into()
        ])
        .execute(c))?;
    Ok(taken == 1)
}

/// The statement that takes a key. Diesel gives none with ON CONFLICT an id, and so writes its text each time only to find
/// what it had prepared; this one always is the same.
struct Taking<Q>(Q);

impl<Q> QueryId for Taking<Q> {
    type QueryId = Taking<()>;
}

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Taking<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
}

impl<Q, C> RunQueryDsl<C> for Taking<Q> {}

fn known(connection: &mut AnyConnection, order: &Order) -> Result<Once, StoreError> {
    let hash = idempotency_keys::table
        .find(&order.key)
        .select(idempotency_keys::body_hash);
    if hash.first::<String>(connection)? != order.hash {
        return Ok(Once::Reused);
    }
    let row = journal::table
        .filter(journal::key.eq(&order.key))
        .select((journal::outcome, journal::ids));
    let (outcome, ids): (String, String) = row.first(connection)?;
    let (decision, ids) = (decision(&outcome)?, from_json("journal.ids", &ids)?);
    Ok(Once::Done {
        decision,
        ids,
        before: true,
    })
}

fn record(
    connection: &mut AnyConnection,
    order: &Order,
    decision: &Decision,
    ids: &Ids,
    policy_version: Option<i64>,
) -> Result<(), StoreError> {
    let entry = NewEntry {
        at: stamp(order.now),
        command: &order.name,
        body: &order.body,
        actor: &order.actor,
        key: &order.key,
        policy_version,
        tzdb: TZDB_VERSION,
        decision_version: DECISION_VERSION.try_into().unwrap_or(i32::MAX),
        outcome: &order.outcome(decision)?,
        ids: &to_json(ids)?,
    };
    let values = [
        entry.at.into(),
        entry.command.into(),
        entry.body.into(),
        entry.actor.into(),
        entry.key.into(),
        entry.policy_version.into(),
        entry.tzdb.into(),
        entry.decision_version.into(),
        entry.outcome.into(),
        entry.ids.into(),
    ];
    let insert = diesel::insert_into(journal::table).values(entry);
    on_backend!(connection, |c| fixed(insert).bound(values).execute(c)?);
    if let Some(why) = &order.why {
        let row = (journal_reasons::key.eq(&order.key), journal_reasons::why.eq(why));
        diesel::insert_into(journal_reasons::table)
            .values(row)
            .execute(connection)?;
    }
    Ok(())
}

/// Loads why a command was given, by its key.
pub(crate) fn reason(connection: &mut AnyConnection, key: &str) -> Result<Option<String>, StoreError> {
    let why = journal_reasons::table.find(key).select(journal_reasons::why);
    Ok(on_backend!(connection, |c| why.get_result(c).optional()?))
}

diesel::alias!(journal as newest: Newest);

/// Returns when the last command was journaled.
pub(crate) fn last_at(connection: &mut AnyConnection) -> Result<Option<Instant>, StoreError> {
    let id = newest.select(max(newest.field(journal::id)));
    let last = journal::table
        .filter(journal::id.nullable().eq(id.single_value()))
        .select(journal::at);
    let last: Option<Stamp> = on_backend!(connection, |c| fixed(last)
        .bound([1_i64.into()])
        .get_result(c)
        .optional()?);
    Ok(last.map(|at| at.at()))
}

/// Loads the rows after one, by number.
pub(crate) fn after(connection: &mut AnyConnection, id: i64, most: i64) -> Result<Vec<Entry>, StoreError> {
    let rows = journal::table
        .filter(journal::id.gt(id))
        .order(journal::id)
        .limit(most);
    let rows: Vec<EntryRow> = rows.select(EntryRow::as_select()).load(connection)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Loads the last rows, the newest last.
pub(crate) fn last(connection: &mut AnyConnection, most: i64) -> Result<Vec<Entry>, StoreError> {
    let rows = journal::table.order(journal::id.desc()).limit(most);
    let rows: Vec<EntryRow> = rows.select(EntryRow::as_select()).load(connection)?;
    rows.into_iter().rev().map(TryInto::try_into).collect()
}
