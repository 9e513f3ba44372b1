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
use crate::platform::db::schema::{appointments, clinic_revision, freed_slots, patients, visits, walk_ins};
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

/// Differs whenever something that a board shows may have changed: a step was taken on one of its visits, or one came or went;
/// a patient of theirs is another's record now (allergies, VIP); the clinic's hours, leaves and kept time; who came without
/// an appointment; what got free. It is taken from the rows themselves, so that no order in which transactions commit hides
/// one of them.
pub fn revision(c: &mut Conn, w: &Watched) -> Result<String> {
    let mut query = appointments::table
        .inner_join(patients::table)
        .filter(appointments::site_id.eq(w.site))
        .filter(
            appointments::starts_at
                .ge(w.from)
                .and(appointments::starts_at.lt(w.until)),
        )
        .select((
            diesel::dsl::count_star(),
            sql::<Nullable<BigInt>>("CAST(SUM(appointments.id) AS BIGINT)"),
            sql::<Nullable<BigInt>>("CAST(SUM(appointments.version) AS BIGINT)"),
            sql::<Nullable<BigInt>>("CAST(SUM(patients.version) AS BIGINT)"),
        ))
        .into_boxed();
    if let Some(provider) = w.provider {
        query = query.filter(theirs(provider));
    }
    let (n, ids, versions, people): (i64, Option<i64>, Option<i64>, Option<i64>) = query.first(c)?;
    let hours: i64 = clinic_revision::table.select(clinic_revision::revision).first(c)?;
    let (came, queue): (i64, Option<i64>) = walk_ins::table
        .filter(walk_ins::site_id.eq(w.site))
        .filter(walk_ins::arrived_at.ge(w.from).and(walk_ins::arrived_at.lt(w.until)))
        .select((
            diesel::dsl::count_star(),
            sql::<Nullable<BigInt>>("CAST(SUM(version) AS BIGINT)"),
        ))
        .first(c)?;
    let (freed, gaps): (i64, Option<i64>) = freed_slots::table
        .filter(freed_slots::site_id.eq(w.site))
        .filter(
            freed_slots::starts_at
                .ge(w.from)
                .and(freed_slots::starts_at.lt(w.until)),
        )
        .select((
            diesel::dsl::count_star(),
            sql::<Nullable<BigInt>>("CAST(SUM(version) AS BIGINT)"),
        ))
        .first(c)?;
    let sums = [ids, versions, people, queue, gaps].map(|sum| sum.unwrap_or(0));
    let [ids, versions, people, queue, gaps] = sums;
    Ok(format!(
        "{n}.{ids}.{versions}.{people}.{hours}.{came}.{queue}.{freed}.{gaps}"
    ))
}
