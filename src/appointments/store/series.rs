//! Appointments that were booked together.

use diesel::prelude::*;

use super::super::model::{Appointment, AppointmentId};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{appointment_series as series, appointment_series_members as members, appointments};
use crate::platform::db::{Conn, text_enum};
use crate::platform::error::Result;

text_enum! {
    /// What holds appointments together.
    SeriesKind {
        /// A patient's visits one after another.
        Course = "course",
        /// Several people on one day.
        Family = "family",
    }
}

/// Notes that these were booked together, in this order.
pub fn insert_series(c: &mut Conn, now: Instant, kind: SeriesKind, ids: &[AppointmentId]) -> Result<()> {
    let id: i64 = diesel::insert_into(series::table)
        .values((series::kind.eq(kind), series::created_at.eq(now)))
        .returning(series::id)
        .get_result(c)?;
    for (appointment, position) in ids.iter().zip(1_i32..) {
        diesel::insert_into(members::table)
            .values((
                members::appointment_id.eq(appointment),
                members::series_id.eq(id),
                members::position.eq(position),
            ))
            .execute(c)?;
    }
    Ok(())
}

/// What holds an appointment together with others, and all of them by start, itself included; none: it stands alone.
pub fn find_series(c: &mut Conn, id: AppointmentId) -> Result<Option<(SeriesKind, Vec<Appointment>)>> {
    let found: Option<(i64, SeriesKind)> = members::table
        .inner_join(series::table)
        .filter(members::appointment_id.eq(id))
        .select((series::id, series::kind))
        .first(c)
        .optional()?;
    let Some((series_id, kind)) = found else {
        return Ok(None);
    };
    let all = members::table
        .inner_join(appointments::table)
        .filter(members::series_id.eq(series_id))
        .order((appointments::starts_at, appointments::id))
        .select(appointments::all_columns)
        .load(c)?;
    Ok(Some((kind, all)))
}
