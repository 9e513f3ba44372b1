//! What a patient is used to, and what they have said.

use chrono_tz::Tz;

use super::super::model::suggest::Habit;
use super::super::preferences::find_preferences;
use super::super::store;
use crate::patients::PatientId;
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// What a patient prefers of a visit of so many minutes: what they have said, before what they are used to. Nobody: nothing.
pub fn habit_of(c: &mut Conn, patient: Option<PatientId>, zone: Tz, minutes: i32) -> Result<Habit> {
    let Some(patient) = patient else {
        return Ok(Habit::default());
    };
    let used = Habit::of(&store::visits_lately(c, patient)?, zone);
    let said = find_preferences(c, patient)?;
    Ok(said.map_or(used, |said| said.over(used, minutes)))
}
