//! How freed times are offered by themselves.

use diesel::prelude::*;

use super::super::model::{Ask, Source, WaitingRules};
use crate::clinic::SiteId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::waiting_rules as r;
use crate::platform::error::Result;

type Row = (Ask, i32, i32, (bool, bool, bool), Instant);

/// The site's; the usual ones when nobody has said otherwise.
pub fn waiting_rules(c: &mut Conn, site: SiteId) -> Result<WaitingRules> {
    let row: Option<Row> = r::table
        .filter(r::site_id.eq(site))
        .select((
            r::ask,
            r::batch,
            r::deadline_minutes,
            (r::waiting, r::unscheduled, r::recall),
            r::since,
        ))
        .first(c)
        .optional()?;
    let Some((ask, batch, deadline_minutes, (waiting, unscheduled, recall), since)) = row else {
        return Ok(WaitingRules::default());
    };
    let ticked = [
        (Source::Waiting, waiting),
        (Source::Unscheduled, unscheduled),
        (Source::Recall, recall),
    ];
    Ok(WaitingRules {
        ask,
        batch,
        deadline_minutes,
        sources: ticked.into_iter().filter(|(_, on)| *on).map(|(s, _)| s).collect(),
        since,
    })
}
/// Stores them.
pub fn save_waiting_rules(c: &mut Conn, site: SiteId, rules: &WaitingRules) -> Result<()> {
    diesel::delete(r::table.filter(r::site_id.eq(site))).execute(c)?;
    let asks = |source| rules.sources.contains(&source);
    diesel::insert_into(r::table)
        .values((
            r::site_id.eq(site),
            r::ask.eq(rules.ask),
            r::batch.eq(rules.batch),
            r::deadline_minutes.eq(rules.deadline_minutes),
            r::waiting.eq(asks(Source::Waiting)),
            r::unscheduled.eq(asks(Source::Unscheduled)),
            r::recall.eq(asks(Source::Recall)),
            r::since.eq(rules.since),
        ))
        .execute(c)?;
    Ok(())
}
