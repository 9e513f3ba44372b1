//! What a board is drawn from: its rows, and a revision of them that costs little.

use std::collections::BTreeSet;

use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use super::super::model::Appointment;
use crate::clinic::{ProviderId, SiteId};
use crate::patients::{Patient, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::db::schema::{appointments, patients, visits};
use crate::platform::error::Result;

/// The appointments that start in `[from, until)`: everybody's, or those in which one provider treats or helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Watched {
    /// Where.
    pub site: SiteId,
    /// From when.
    pub from: Instant,
    /// Until when, exclusive.
    pub until: Instant,
    /// Whose; none: everybody's.
    pub provider: Option<ProviderId>,
}

/// The appointments with their patients, by time.
pub fn list_watched(c: &mut Conn, w: &Watched) -> Result<Vec<(Appointment, Patient)>> {
    let mut query = appointments::table
        .inner_join(patients::table)
        .filter(appointments::site_id.eq(w.site))
        .filter(
            appointments::starts_at
                .ge(w.from)
                .and(appointments::starts_at.lt(w.until)),
        )
        .order((appointments::starts_at, appointments::id))
        .select((appointments::all_columns, patients::all_columns))
        .into_boxed();
    if let Some(provider) = w.provider {
        query = query.filter(theirs(provider));
    }
    Ok(query.load(c)?)
}

/// A provider's visits: those in which they treat, or help.
#[diesel::dsl::auto_type]
fn theirs(provider: ProviderId) -> _ {
    let treats = appointments::provider_id.eq(provider);
    treats.or(appointments::second_id.assume_not_null().eq(provider))
}

/// Which of their patients have been here before.
pub fn who_came_before(c: &mut Conn, w: &Watched) -> Result<BTreeSet<PatientId>> {
    // A subquery and no list of ids: a statement with a list of its own length is prepared anew each time.
    let theirs = appointments::table
        .filter(appointments::site_id.eq(w.site))
        .filter(
            appointments::starts_at
                .ge(w.from)
                .and(appointments::starts_at.lt(w.until)),
        )
        .select(appointments::patient_id);
    // One visit of each is enough: of years of them no more is read.
    let was_here = visits::table.filter(visits::patient_id.eq(patients::id));
    let seen: Vec<PatientId> = patients::table
        .filter(patients::id.eq_any(theirs))
        .filter(exists(was_here))
        .select(patients::id)
        .load(c)?;
    Ok(seen.into_iter().collect())
}

/// Differs whenever a step was taken on one of them, or one came or went: every step raises a version. It is taken from the
/// rows themselves, so that no order in which transactions commit hides one of them.
pub fn revision(c: &mut Conn, w: &Watched) -> Result<String> {
    let mut query = appointments::table
        .filter(appointments::site_id.eq(w.site))
        .filter(
            appointments::starts_at
                .ge(w.from)
                .and(appointments::starts_at.lt(w.until)),
        )
        .select((
            diesel::dsl::count_star(),
            sql::<Nullable<BigInt>>("CAST(SUM(id) AS BIGINT)"),
            sql::<Nullable<BigInt>>("CAST(SUM(version) AS BIGINT)"),
        ))
        .into_boxed();
    if let Some(provider) = w.provider {
        query = query.filter(theirs(provider));
    }
    let (n, ids, versions): (i64, Option<i64>, Option<i64>) = query.first(c)?;
    Ok(text(n, ids.unwrap_or(0), versions.unwrap_or(0)))
}

/// The same of rows that are loaded already.
pub fn revision_of(rows: &[(Appointment, Patient)]) -> String {
    let n = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    text(
        n,
        rows.iter().map(|(a, _)| a.id.0).sum(),
        rows.iter().map(|(a, _)| a.version).sum(),
    )
}

fn text(n: i64, ids: i64, versions: i64) -> String {
    format!("{n}.{ids}.{versions}")
}
