//! Statements as diesel runs them on both databases: what it cannot render for [`Conn`] itself, what it would prepare anew each
//! time.

use diesel::backend::Backend;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl};

use super::{Conn, MultiBackend};

/// A statement that diesel can render for both databases but not for [`Conn`] itself, such as `ON CONFLICT`:
/// `Both(insert_into(t).values(v).on_conflict_do_nothing()).execute(conn)?`
pub struct Both<Q>(pub Q);

/// A statement that has the same text each time, or one of a few: each is prepared once a connection, and PostgreSQL need not
/// plan it anew. Out of its cache diesel leaves all `UPDATE`s, lists (`IN`) and SQL written by hand, as it cannot know how many
/// texts there will be: `Prepared(update(t.find(id)).set(c.eq(v))).execute(conn)?`
pub struct Prepared<Q>(pub Q);

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
    fn is_safe_to_cache_prepared(&self, _: &MultiBackend) -> QueryResult<bool> {
        Ok(true)
    }
}
/// Told apart by its text.
impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl<Q: Query> Query for Prepared<Q> {
    type SqlType = Q::SqlType;
}
impl<Q> RunQueryDsl<Conn> for Prepared<Q> {}

impl<Q: QueryFragment<Pg> + QueryFragment<Sqlite>> QueryFragment<MultiBackend> for Both<Q>
where
    MultiBackend: Backend,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(&self.0, pass)
    }
}
impl<Q: QueryId> QueryId for Both<Q> {
    type QueryId = Q::QueryId;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}
impl<Q: Query> Query for Both<Q> {
    type SqlType = Q::SqlType;
}
impl<Q> RunQueryDsl<Conn> for Both<Q> {}

/// `column IN (…)` of a few constants, as `=` and `OR`: a statement with a list is prepared anew each time, and preparing is
/// most of what a small query costs on SQLite.
macro_rules! one_of {
    ($column:expr, $first:path $(, $other:path)+ $(,)?) => {
        $column.eq($first)$(.or($column.eq($other)))+
    };
}
pub(crate) use one_of;
