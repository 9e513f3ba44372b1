//! What messages of a kind bring the desk to do.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::super::model::Load;
use crate::messaging::Purpose;
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::{Conn, Prepared};
use crate::platform::error::Result;

/// How far back is looked.
const BACK_MS: i64 = 90 * DAY_MS;
/// Within so long of a message an answer or a booking counts as its work.
const ANSWERED_MS: i64 = 3 * DAY_MS;

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    sent: i64,
    #[diesel(sql_type = BigInt)]
    worked: i64,
}

/// Of the messages of a kind that went out in the last 90 days: how many, and after how many of them somebody wrote from that
/// number or address, or the desk booked a visit for that patient, within three days.
pub fn load_of(c: &mut Conn, now: Instant, purpose: Purpose) -> Result<Load> {
    let sql = "SELECT count(*) AS sent, CAST(coalesce(sum(CASE WHEN \
        EXISTS (SELECT 1 FROM conversations v JOIN inbound_texts i ON i.conversation_id = v.id WHERE v.channel = m.channel \
        AND v.address = m.recipient AND i.at >= m.due_at AND i.at < m.due_at + $1) \
        OR EXISTS (SELECT 1 FROM appointments a WHERE a.patient_id = m.patient_id AND a.source = 'desk' \
        AND a.created_at >= m.due_at AND a.created_at < m.due_at + $2) THEN 1 ELSE 0 END), 0) AS BIGINT) AS worked \
        FROM messages m WHERE m.purpose = $3 AND m.due_at >= $4 AND m.due_at < $5 AND m.state IN ('accepted', 'delivered')";
    let asked = diesel::sql_query(sql)
        .bind::<BigInt, _>(ANSWERED_MS)
        .bind::<BigInt, _>(ANSWERED_MS)
        .bind::<Text, _>(purpose.as_str())
        .bind::<BigInt, _>(now + -BACK_MS)
        .bind::<BigInt, _>(now + -ANSWERED_MS);
    let found: Counted = Prepared(asked).get_result(c)?;
    Ok(Load {
        sent: found.sent,
        worked: found.worked,
    })
}
