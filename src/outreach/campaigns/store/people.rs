//! To whom a campaign goes, and whose turn has been.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::super::store::due::Addressee;
use super::super::model::{CampaignId, Turn};
use crate::appointments::Status;
use crate::documents::SendingId;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{appointments, campaign_people as people, patients};
use crate::platform::db::{Both, Conn, one_of};
use crate::platform::error::Result;

/// Somebody of a campaign.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct Person {
    /// Row id: the cause of the message.
    pub id: i64,
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Who.
    pub patient: PatientId,
    /// What they were sent beside words.
    pub sending: Option<SendingId>,
}

/// Somebody of a campaign, who may be gone.
pub fn find_person(c: &mut Conn, id: i64) -> Result<Option<Person>> {
    Ok(people::table
        .find(id)
        .select((people::id, people::campaign_id, people::patient_id, people::sending_id))
        .first(c)
        .optional()?)
}

/// What they are sent beside words.
pub fn set_sending(c: &mut Conn, id: i64, sending: SendingId) -> Result<()> {
    diesel::update(people::table.find(id))
        .set(people::sending_id.eq(sending))
        .execute(c)?;
    Ok(())
}

/// Writes people down, in this order; who is there already stays.
pub fn insert_people(c: &mut Conn, of: CampaignId, who: &[PatientId]) -> Result<()> {
    for patient in who {
        let row = (
            people::campaign_id.eq(of),
            people::patient_id.eq(*patient),
            people::turn.eq(Turn::Waiting),
        );
        Both(diesel::insert_into(people::table).values(row).on_conflict_do_nothing()).execute(c)?;
    }
    Ok(())
}

/// Forgets a draft's list.
pub fn forget_people(c: &mut Conn, of: CampaignId) -> Result<()> {
    diesel::delete(people::table.filter(people::campaign_id.eq(of))).execute(c)?;
    Ok(())
}

/// The next whose turn is still to come, by their place, after a row.
pub fn waiting(c: &mut Conn, of: CampaignId, limit: i64) -> Result<Vec<Person>> {
    Ok(people::table
        .filter(people::campaign_id.eq(of).and(people::turn.eq(Turn::Waiting)))
        .order(people::id)
        .limit(limit)
        .select((people::id, people::campaign_id, people::patient_id, people::sending_id))
        .load(c)?)
}

/// Everybody whose turn is still to come.
pub fn all_waiting(c: &mut Conn, of: CampaignId) -> Result<Vec<PatientId>> {
    Ok(people::table
        .filter(people::campaign_id.eq(of).and(people::turn.eq(Turn::Waiting)))
        .order(people::id)
        .select(people::patient_id)
        .load(c)?)
}

/// Their turn has been.
pub fn mark_turn(c: &mut Conn, id: i64, turn: Turn, day: NaiveDate, reason: Option<&str>) -> Result<()> {
    diesel::update(people::table.find(id))
        .set((
            people::turn.eq(turn),
            people::turned_on.eq(day),
            people::reason.eq(reason),
        ))
        .execute(c)?;
    Ok(())
}

/// Messages handed over on a day.
pub fn count_queued_on(c: &mut Conn, of: CampaignId, day: NaiveDate) -> Result<i64> {
    Ok(people::table
        .filter(people::campaign_id.eq(of).and(people::turn.eq(Turn::Queued)))
        .filter(people::turned_on.eq(day))
        .count()
        .get_result(c)?)
}

/// How many by turn, and those left out by reason.
pub type Turns = (BTreeMap<Turn, i64>, Vec<(String, i64)>);

/// Where the people of a campaign stand.
pub fn count_turns(c: &mut Conn, of: CampaignId) -> Result<Turns> {
    use diesel::dsl::count_star;
    let turns: Vec<(Turn, i64)> = people::table
        .filter(people::campaign_id.eq(of))
        .group_by(people::turn)
        .select((people::turn, count_star()))
        .load(c)?;
    let reasons: Vec<(Option<String>, i64)> = people::table
        .filter(people::campaign_id.eq(of).and(people::turn.eq(Turn::Excluded)))
        .group_by(people::reason)
        .select((people::reason, count_star()))
        .load(c)?;
    let reasons = reasons.into_iter().filter_map(|(r, n)| Some((r?, n))).collect();
    Ok((turns.into_iter().collect(), reasons))
}

/// What planning needs to know of these patients.
pub fn addressees(c: &mut Conn, who: &[PatientId]) -> Result<Vec<Addressee>> {
    Ok(patients::table
        .filter(patients::id.eq_any(who.to_vec()))
        .select((
            patients::id,
            patients::name,
            patients::phone,
            patients::email,
            patients::channel,
            patients::birth_date,
            patients::marketing,
            patients::deceased,
            patients::language,
        ))
        .load(c)?)
}

/// Which of these patients have a visit ahead.
pub fn booked_of(c: &mut Conn, who: &[PatientId], now: Instant) -> Result<HashSet<PatientId>> {
    let rows: Vec<PatientId> = appointments::table
        .filter(appointments::patient_id.eq_any(who.to_vec()))
        .filter(appointments::starts_at.gt(now))
        .filter(one_of!(
            appointments::status,
            Status::Booked,
            Status::Confirmed,
            Status::Arrived
        ))
        .select(appointments::patient_id)
        .distinct()
        .load(c)?;
    Ok(rows.into_iter().collect())
}

/// Which of these patients got a message of another campaign since a day.
pub fn lately(c: &mut Conn, who: &[PatientId], since: NaiveDate, except: CampaignId) -> Result<HashSet<PatientId>> {
    let rows: Vec<PatientId> = people::table
        .filter(people::patient_id.eq_any(who.to_vec()))
        .filter(people::turned_on.ge(since).and(people::turn.eq(Turn::Queued)))
        .filter(people::campaign_id.ne(except))
        .select(people::patient_id)
        .distinct()
        .load(c)?;
    Ok(rows.into_iter().collect())
}
