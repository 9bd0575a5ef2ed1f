//! The journal: one row per command, accepted or refused, and each command once per key.
//!
//! [`Store::once`] is the door of every command: its key, its effects, its outcome and its journal row commit
//! together, or nothing does.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use gym_core::time::{Instant, TZDB_VERSION, to_micros};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::connection::{AnyConnection, Store, on_backend};
use crate::error::StoreError;
use crate::schema::{idempotency_keys, journal};

/// A command as it arrives, without what it will decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    /// The idempotency key.
    pub(crate) key: String,
    /// The name of the command, e.g. `book`.
    pub(crate) command: &'static str,
    /// Its arguments as canonical JSON: ids only, no personal fields.
    pub(crate) body: String,
    /// Who asks, e.g. `staff:3`.
    pub(crate) actor: String,
    /// When.
    pub(crate) now: Instant,
    /// The version of the code that decides.
    pub(crate) decision_version: i32,
}

/// What a command came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decided<O> {
    /// What is returned, also when the same key comes again.
    pub(crate) outcome: O,
    /// The ids that the database gave to the local ones, as JSON.
    pub(crate) ids: String,
    /// The version of the policy that was used, if one was.
    pub(crate) policy_version: Option<i64>,
}

/// The outcome of a command that came with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Once<O> {
    /// It was decided now.
    Now(O),
    /// It was decided before, with this outcome.
    Before(O),
    /// The key is another command's.
    Reused,
}

#[derive(Insertable)]
#[diesel(table_name = idempotency_keys)]
struct NewKey<'a> {
    key: &'a str,
    body_hash: &'a str,
    created_at: NaiveDateTime,
}

#[derive(Insertable)]
#[diesel(table_name = journal)]
struct NewEntry<'a> {
    at: NaiveDateTime,
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

impl Store {
    /// Runs a command in one transaction, or returns the outcome that its key had before.
    ///
    /// `decide` loads, decides and saves; an outcome that is a refusal commits as well, an error stores nothing.
    pub(crate) fn once<O: Serialize + DeserializeOwned>(
        &self,
        order: &Order,
        mut decide: impl FnMut(&mut AnyConnection) -> Result<Decided<O>, StoreError>,
    ) -> Result<Once<O>, StoreError> {
        let hash = order.hash();
        self.write(|connection| {
            if !claim(connection, order, &hash)? {
                return known(connection, order, &hash);
            }
            let decided = decide(connection)?;
            record(connection, order, &decided)?;
            Ok(Once::Now(decided.outcome))
        })
    }
}

impl Order {
    /// Hashes what must be the same when the key comes again; neither the actor nor the clock.
    fn hash(&self) -> String {
        let digest = Sha256::new()
            .chain_update(self.command)
            .chain_update([0])
            .chain_update(&self.body)
            .finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn at(&self) -> NaiveDateTime {
        to_micros(self.now).naive_utc()
    }
}

/// Takes the key; on PostgreSQL this waits for another transaction that is taking it.
fn claim(connection: &mut AnyConnection, order: &Order, hash: &str) -> Result<bool, StoreError> {
    let row = NewKey {
        key: &order.key,
        body_hash: hash,
        created_at: order.at(),
    };
    let insert = diesel::insert_into(idempotency_keys::table).values(row);
    let taken = on_backend!(connection, |c| insert.on_conflict_do_nothing().execute(c))?;
    Ok(taken == 1)
}

fn known<O: DeserializeOwned>(
    connection: &mut AnyConnection,
    order: &Order,
    hash: &str,
) -> Result<Once<O>, StoreError> {
    let row = idempotency_keys::table.find(&order.key);
    let (body_hash, outcome): (String, Option<String>) = row
        .select((idempotency_keys::body_hash, idempotency_keys::outcome))
        .first(connection)?;
    if body_hash != hash {
        return Ok(Once::Reused);
    }
    let outcome = outcome.ok_or_else(|| StoreError::other(format!("key: {:?} has no outcome", order.key)))?;
    Ok(Once::Before(
        serde_json::from_str(&outcome).map_err(StoreError::other)?,
    ))
}

fn record<O: Serialize>(
    connection: &mut AnyConnection,
    order: &Order,
    decided: &Decided<O>,
) -> Result<(), StoreError> {
    let outcome = serde_json::to_string(&decided.outcome).map_err(StoreError::other)?;
    let key = idempotency_keys::table.find(&order.key);
    diesel::update(key)
        .set(idempotency_keys::outcome.eq(&outcome))
        .execute(connection)?;
    let entry = NewEntry {
        at: order.at(),
        command: order.command,
        body: &order.body,
        actor: &order.actor,
        key: &order.key,
        policy_version: decided.policy_version,
        tzdb: TZDB_VERSION,
        decision_version: order.decision_version,
        outcome: &outcome,
        ids: &decided.ids,
    };
    diesel::insert_into(journal::table)
        .values(entry)
        .execute(connection)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use chrono::{TimeZone, Utc};

    use super::*;
    use crate::Gym;
    use crate::support::both;

    type Outcome = Result<String, Vec<String>>;

    fn order(key: &str, body: &str) -> Order {
        let now = Utc.with_ymd_and_hms(2026, 3, 1, 18, 0, 0).unwrap() + chrono::TimeDelta::nanoseconds(1_500);
        let (key, body, actor) = (key.to_owned(), body.to_owned(), "staff:3".to_owned());
        Order {
            key,
            command: "book",
            body,
            actor,
            now,
            decision_version: 1,
        }
    }

    fn decided(outcome: Outcome) -> Result<Decided<Outcome>, StoreError> {
        Ok(Decided {
            outcome,
            ids: "{\"-1\":4}".to_owned(),
            policy_version: Some(2),
        })
    }

    #[test]
    fn the_same_key_gives_the_first_outcome_and_another_body_is_told() {
        both(|db| {
            let gym = Gym::open(&db.url).unwrap();
            for (key, outcome) in [
                ("k1", Ok("seat".to_owned())),
                ("k2", Err(vec!["full".to_owned()])),
            ] {
                let first = gym
                    .store
                    .once(&order(key, "{\"class\":1}"), |_| decided(outcome.clone()))
                    .unwrap();
                assert_eq!(first, Once::Now(outcome.clone()));
                let never = |_: &mut AnyConnection| -> Result<Decided<Outcome>, StoreError> {
                    panic!("decided twice")
                };
                let again = gym.store.once(&order(key, "{\"class\":1}"), never).unwrap();
                assert_eq!(again, Once::Before(outcome));
                let other = gym.store.once(&order(key, "{\"class\":2}"), never).unwrap();
                assert_eq!(other, Once::Reused);
            }
            let rows = "SELECT command || ' ' || body || ' ' || actor || ' ' || key || ' ' || policy_version || ' ' || \
                        decision_version || ' ' || outcome || ' ' || ids || ' ' || CAST(at AS TEXT) FROM journal ORDER BY id";
            assert_eq!(
                db.raw().texts(rows),
                [
                    r#"book {"class":1} staff:3 k1 2 1 {"Ok":"seat"} {"-1":4} 2026-03-01 18:00:00.000001"#,
                    r#"book {"class":1} staff:3 k2 2 1 {"Err":["full"]} {"-1":4} 2026-03-01 18:00:00.000001"#,
                ]
            );
        });
    }

    #[test]
    fn a_failure_leaves_the_key_free() {
        both(|db| {
            let gym = Gym::open(&db.url).unwrap();
            let failed = gym.store.once(&order("k", "{}"), |c| {
                diesel::delete(journal::table).execute(c)?;
                Err::<Decided<Outcome>, _>(StoreError::other("later"))
            });
            assert!(failed.is_err());
            assert_eq!(
                (db.raw().count("journal"), db.raw().count("idempotency_keys")),
                (0, 0)
            );
            let now = gym
                .store
                .once(&order("k", "{\"other\":1}"), |_| decided(Ok("x".to_owned())))
                .unwrap();
            assert_eq!(now, Once::Now(Ok("x".to_owned())));
        });
    }

    #[test]
    fn of_many_with_one_key_exactly_one_decides() {
        both(|db| {
            let gym = Gym::open(&db.url).unwrap();
            let together = Barrier::new(8);
            let outcomes: Vec<Once<Outcome>> = std::thread::scope(|scope| {
                let ask = |n: usize| {
                    let (gym, together) = (&gym, &together);
                    scope.spawn(move || {
                        together.wait();
                        gym.store
                            .once(&order("k", "{}"), |_| decided(Ok(n.to_string())))
                            .unwrap()
                    })
                };
                let asked: Vec<_> = (0..8).map(ask).collect();
                asked.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let now: Vec<&Outcome> = outcomes
                .iter()
                .filter_map(|once| if let Once::Now(o) = once { Some(o) } else { None })
                .collect();
            assert_eq!(now.len(), 1, "{outcomes:?}");
            let before = outcomes
                .iter()
                .filter(|once| **once == Once::Before(now[0].clone()))
                .count();
            assert_eq!((before, db.raw().count("journal")), (7, 1));
        });
    }
}
