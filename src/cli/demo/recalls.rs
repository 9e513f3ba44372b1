//! A clinic that looks after its recalls has a list that can be worked in a week, not everybody who ever came.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::platform::clock::plus_days;
use crate::platform::db::Conn;
use crate::platform::db::schema::recalls;
use crate::platform::error::Result;

/// Recalls overdue for longer have been settled by telephone in the sample.
const OLDEST_DAYS: i64 = 35;

/// Leaves the recalls of the last weeks; the older ones were declined.
///
/// # Errors
/// Those of the database.
pub fn thin_out(c: &mut Conn, today: NaiveDate) -> Result<()> {
    let old = recalls::table.filter(
        recalls::state
            .eq("due")
            .and(recalls::due_on.lt(plus_days(today, -OLDEST_DAYS))),
    );
    diesel::update(old)
        .set((recalls::state.eq("declined"), recalls::last_result.eq("declined")))
        .execute(c)?;
    Ok(())
}
