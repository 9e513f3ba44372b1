//! Templates of gateways that stand for ours.

use diesel::prelude::*;

use crate::platform::db::schema::template_providers as providers;
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;

/// What is entered for one of our templates, by kind of gateway.
pub fn providers_of(c: &mut Conn, template: i64) -> Result<Vec<(String, String)>> {
    Ok(providers::table
        .filter(providers::template_id.eq(template))
        .order(providers::kind)
        .select((providers::kind, providers::entry))
        .load(c)?)
}

/// Enters one; an empty entry takes it away.
pub fn put_provider(c: &mut Conn, template: i64, kind: &str, entry: &str) -> Result<()> {
    if entry.is_empty() {
        let row = providers::table
            .filter(providers::template_id.eq(template))
            .filter(providers::kind.eq(kind));
        diesel::delete(row).execute(c)?;
        return Ok(());
    }
    let row = (
        providers::template_id.eq(template),
        providers::kind.eq(kind),
        providers::entry.eq(entry),
    );
    Both(
        diesel::insert_into(providers::table)
            .values(row)
            .on_conflict((providers::template_id, providers::kind))
            .do_update()
            .set(providers::entry.eq(entry)),
    )
    .execute(c)?;
    Ok(())
}

/// Every entry there is: row of the text, kind of gateway.
pub fn all_entered(c: &mut Conn) -> Result<Vec<(i64, String)>> {
    Ok(providers::table
        .select((providers::template_id, providers::kind))
        .load(c)?)
}
