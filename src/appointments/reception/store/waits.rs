//! The times of visits, for the report.

use diesel::prelude::*;

use super::super::model::waits::Times;
use super::super::model::walk_in::WALK_IN;
use crate::appointments::Status;
use crate::clinic::{ProviderId, SiteId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::appointments as a;
use crate::platform::error::Result;

type Row = (
    ProviderId,
    String,
    Instant,
    Option<Instant>,
    Option<Instant>,
    Option<Instant>,
    Option<Instant>,
);

/// The times of everybody who was seated, but for visits that were ended at the end of the day, when nobody saw them end; of
/// appointments that start in `[from, until)`; by the index of starts.
pub fn list_waits(
    c: &mut Conn,
    site: SiteId,
    (from, until): (Instant, Instant),
    provider: Option<ProviderId>,
) -> Result<Vec<Times>> {
    let mut query = a::table
        .filter(
            a::site_id
                .eq(site)
                .and(a::starts_at.ge(from))
                .and(a::starts_at.lt(until)),
        )
        .filter(
            a::status
                .eq(Status::InChair)
                .or(a::status.eq(Status::Done).and(a::finished_at.is_not_null())),
        )
        .select((
            a::provider_id,
            a::source,
            a::starts_at,
            a::arrived_at,
            a::seated_at,
            a::finished_at,
            a::left_at,
        ))
        .into_boxed();
    if let Some(provider) = provider {
        query = query.filter(a::provider_id.eq(provider));
    }
    let rows: Vec<Row> = query.load(c)?;
    let times = |(provider, source, starts_at, arrived_at, seated_at, finished_at, left_at): Row| {
        Some(Times {
            provider,
            appointed: (source != WALK_IN).then_some(starts_at),
            arrived_at: arrived_at?,
            seated_at: seated_at?,
            finished_at,
            left_at,
        })
    };
    Ok(rows.into_iter().filter_map(times).collect())
}
