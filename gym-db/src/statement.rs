//! A [`Fixed`] statement's text follows from its type, so that diesel finds what it has prepared by that alone.

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::{QueryResult, RunQueryDsl};

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
