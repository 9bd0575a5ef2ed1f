//! A [`Fixed`] statement's text follows from its type, so that diesel finds what it has prepared by that alone; of a
//! [`Bound`] one the values are told beside it.

use std::fmt;

use diesel::backend::Backend;
use diesel::internal::derives::multiconnection::AstPassHelper;
use diesel::pg::Pg;
use diesel::query_builder::bind_collector::BindCollector;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamp};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl, debug_query};

use crate::stamp::Stamp;

/// A statement that is always the same but for its values.
///
/// Diesel knows such a statement by the id of its type, but walks over it all the same each time, to see that nothing in it
/// keeps it from being prepared once: what does has no id.
pub(crate) struct Fixed<Q>(Q);

/// Passes on a statement whose text follows from its type. One of another kind does not compile.
pub(crate) fn fixed<Q: QueryId>(statement: Q) -> Fixed<Q> {
    const {
        assert!(
            Q::HAS_STATIC_QUERY_ID,
            "the text of this statement does not follow from its type"
        );
    }
    Fixed(statement)
}

impl<Q> Fixed<Q> {
    /// Tells its values in the order of its text, so that diesel need not walk over all of it to find them, by code of each
    /// statement by itself that the processor seldom has at hand.
    ///
    /// A debug build walks all the same, and panics unless what it finds prints as these do; of numbers the size is not seen.
    /// That it is values that are asked for is learned as diesel's own connections of more than one database learn it.
    pub(crate) fn bound<const N: usize>(self, values: [Value<'_>; N]) -> Bound<'_, Q, N> {
        Bound {
            statement: self,
            values,
        }
    }
}

impl<Q: QueryId> QueryId for Fixed<Q> {
    type QueryId = Q::QueryId;

    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: Query> Query for Fixed<Q> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Fixed<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q, C> RunQueryDsl<C> for Fixed<Q> {}

/// A value of a statement.
#[derive(Clone, Copy)]
pub(crate) enum Value<'v> {
    Flag(bool),
    Small(i32),
    Number(i64),
    Maybe(Option<i64>),
    Text(&'v str),
    At(Stamp),
}

impl fmt::Debug for Value<'_> {
    /// As diesel prints what is bound.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(it) => it.fmt(f),
            Self::Small(it) => it.fmt(f),
            Self::Number(it) => it.fmt(f),
            Self::Maybe(it) => it.fmt(f),
            Self::Text(it) => it.fmt(f),
            Self::At(it) => it.fmt(f),
        }
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Flag(value)
    }
}

impl From<i32> for Value<'_> {
    fn from(value: i32) -> Self {
        Self::Small(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Maybe(value)
    }
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(value: &'v str) -> Self {
        Self::Text(value)
    }
}

impl From<Stamp> for Value<'_> {
    fn from(value: Stamp) -> Self {
        Self::At(value)
    }
}

/// A [`Fixed`] statement with its values; see [`Fixed::bound`].
pub(crate) struct Bound<'v, Q, const N: usize> {
    statement: Fixed<Q>,
    values: [Value<'v>; N],
}

impl<Q: QueryId, const N: usize> QueryId for Bound<'_, Q, N> {
    type QueryId = Q::QueryId;

    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: Query, const N: usize> Query for Bound<'_, Q, N> {
    type SqlType = Q::SqlType;
}

impl<Q, DB, const N: usize> QueryFragment<DB> for Bound<'_, Q, N>
where
    Q: QueryFragment<DB>,
    DB: Takes + Default,
    DB::QueryBuilder: Default,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if let Some((out, lookup)) = pass.bind_collector() {
            if cfg!(debug_assertions) {
                let (said, found) = (&self.values, debug_query::<DB, _>(&self.statement).to_string());
                assert!(
                    found.ends_with(&format!(" -- binds: {said:?}")),
                    "{said:?}: {found}"
                );
            }
            return DB::take(&self.values, out, lookup);
        }
        self.statement.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q, C, const N: usize> RunQueryDsl<C> for Bound<'_, Q, N> {}

/// A database that takes values.
pub(crate) trait Takes: Backend {
    fn take<'v>(
        values: &'v [Value<'v>],
        out: &mut Self::BindCollector<'v>,
        lookup: &mut Self::MetadataLookup,
    ) -> QueryResult<()>;
}

macro_rules! takes {
    ($($database:ty),*) => {
        $(impl Takes for $database {
            fn take<'v>(
                values: &'v [Value<'v>],
                out: &mut Self::BindCollector<'v>,
                lookup: &mut Self::MetadataLookup,
            ) -> QueryResult<()> {
                for value in values {
                    match value {
                        Value::Flag(it) => out.push_bound_value::<Bool, _>(it, lookup),
                        Value::Small(it) => out.push_bound_value::<Integer, _>(it, lookup),
                        Value::Number(it) => out.push_bound_value::<BigInt, _>(it, lookup),
                        Value::Maybe(it) => out.push_bound_value::<Nullable<BigInt>, _>(it, lookup),
                        Value::Text(it) => out.push_bound_value::<Text, _>(*it, lookup),
                        Value::At(it) => out.push_bound_value::<Timestamp, _>(it, lookup),
                    }?;
                }
                Ok(())
            }
        })*
    };
}

takes!(Pg, Sqlite);

/// Names statements of SQLite that have no values.
macro_rules! plain {
    ($($name:ident: $text:literal),+) => {
        $(
            #[doc = concat!("`", $text, "`.")]
            #[derive(QueryId)]
            pub(crate) struct $name;

            impl QueryFragment<Sqlite> for $name {
                fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
                    pass.push_sql($text);
                    Ok(())
                }
            }

            impl<C> RunQueryDsl<C> for $name {}
        )+
    };
}

plain!(BeginDeferred: "BEGIN DEFERRED", BeginImmediate: "BEGIN IMMEDIATE", Commit: "COMMIT");
