//! The recall list: who is to be contacted, who rests after a contact, and the figures above them.

use chrono::{Datelike, NaiveDate};
use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::super::super::model::{AFTER_TEXT_DAYS, Recall, RecallFilter, RecallId, RecallState, Risk, TEXTED};
use crate::appointments::Status;
use crate::clinic::ProviderId;
use crate::messaging::{MessageState, Purpose};
use crate::patients::Channel;
use crate::platform::clock::{DAY_MS, Instant, plus_days};
use crate::platform::db::schema::{appointments, messages, patients, recall_risks, recalls, services, visits};
use crate::platform::db::{Conn, one_of};
use crate::platform::error::Result;

/// States of a message that has reached the patient, or will, or perhaps has.
macro_rules! texted {
    () => {
        one_of!(
            messages::state,
            MessageState::Queued,
            MessageState::Claimed,
            MessageState::Sending,
            MessageState::Accepted,
            MessageState::Delivered,
            MessageState::Uncertain,
        )
    };
}

/// Recall messages of the outbox that count as a contact: those of a recall, due since an instant. What the desk or a call
/// has written down since is newer, and decides by itself.
macro_rules! texted_since {
    ($since:expr) => {
        messages::table
            .filter(messages::subject.eq("recall"))
            .filter(messages::subject_id.eq(recalls::id.nullable()))
            .filter(messages::purpose.eq(Purpose::Recall))
            .filter(texted!())
            .filter(messages::due_at.ge($since))
            .filter(messages::created_at.ge(recalls::updated_at))
    };
}

/// A patient who was texted at or after this rests: `morning` is when today begins.
pub fn resting_since(morning: Instant) -> Instant {
    morning + -(AFTER_TEXT_DAYS - 1) * DAY_MS
}

/// A row of the recall list.
#[derive(Debug, Clone, Queryable)]
pub struct RecallRow {
    /// The recall.
    pub recall: Recall,
    /// Full name.
    pub name: String,
    /// 特需
    pub vip: bool,
    /// Mobile number.
    pub phone: Option<String>,
    /// Preferred channel.
    pub channel: Channel,
    /// Chinese name of the service.
    pub service: String,
    /// English name of the service.
    pub service_en: String,
    /// Day and provider of the visit it counts from.
    pub last_visit: Option<(NaiveDate, String)>,
    /// Who treated then.
    pub provider: Option<ProviderId>,
    /// How much at risk the patient is, if somebody has said so.
    pub risk: Option<Risk>,
}

/// Recalls to work on today: due, not hidden, not texted lately, without a visit that starts after `after` (when today
/// begins), of living patients; most overdue first.
pub fn list_due(c: &mut Conn, today: NaiveDate, after: Instant, f: RecallFilter, limit: i64) -> Result<Vec<RecallRow>> {
    // How often somebody was contacted is in two tables: it is asked for after reading.
    let rows = limit.max(if f.attempts.is_some() { ATTEMPTS_ROWS } else { 0 });
    let mut query = recalls::table
        .inner_join(patients::table)
        .inner_join(services::table)
        .left_join(visits::table.on(recalls::visit_id.eq(visits::id.nullable())))
        .left_join(recall_risks::table.on(recall_risks::patient_id.eq(recalls::patient_id)))
        .filter(recalls::state.eq(RecallState::Due).and(recalls::due_on.le(today)))
        .filter(recalls::hidden_until.is_null().or(recalls::hidden_until.le(today)))
        .filter(patients::deceased.eq(false))
        .filter(not(exists(
            appointments::table
                .filter(appointments::patient_id.eq(recalls::patient_id))
                .filter(appointments::service_id.eq(recalls::service_id))
                .filter(appointments::starts_at.gt(after))
                .filter(coming!()),
        )))
        .filter(not(exists(texted_since!(resting_since(after)))))
        .order((recalls::due_on, recalls::id))
        .limit(rows)
        .into_boxed();
    if let Some(service) = f.service {
        query = query.filter(recalls::service_id.eq(service));
    }
    if let Some(provider) = f.provider {
        query = query.filter(visits::provider_id.eq::<Option<ProviderId>>(Some(provider)));
    }
    if let Some(weeks) = f.weeks_from {
        query = query.filter(recalls::due_on.le(plus_days(today, -7 * weeks)));
    }
    if let Some(weeks) = f.weeks_below {
        query = query.filter(recalls::due_on.gt(plus_days(today, -7 * weeks)));
    }
    if f.by_risk {
        query = query.order((sql::<Integer>(BY_RISK), recalls::due_on, recalls::id));
    }
    if let Some((day, id)) = f.after {
        let later = recalls::due_on.gt(day);
        query = query.filter(later.or(recalls::due_on.eq(day).and(recalls::id.gt(id))));
    }
    let mut list: Vec<RecallRow> = query
        .select((
            recalls::all_columns,
            patients::name,
            patients::vip,
            patients::phone,
            patients::channel,
            services::name,
            services::name_en,
            (visits::day, visits::provider_name).nullable(),
            visits::provider_id.nullable(),
            recall_risks::risk.nullable(),
        ))
        .load(c)?;
    add_automatic(c, list.iter_mut().map(|row| &mut row.recall).collect())?;
    list.retain(|row| f.suits(row.recall.attempts));
    list.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(list)
}

/// The place of a risk in the order of the list.
const BY_RISK: &str = "CASE recall_risks.risk WHEN 'high' THEN 0 WHEN 'low' THEN 2 ELSE 1 END";

/// Most rows that are looked through for those contacted so often.
const ATTEMPTS_ROWS: i64 = 2000;

/// Adds the messages that rules have sent to what the desk has written down: they are contacts, too.
fn add_automatic(c: &mut Conn, list: Vec<&mut Recall>) -> Result<()> {
    const CHUNK: usize = 500;
    let ids: Vec<RecallId> = list.iter().map(|r| r.id).collect();
    let mut sent: Vec<(RecallId, Option<i64>)> = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        sent.extend(
            messages::table
                .inner_join(recalls::table.on(messages::subject_id.eq(recalls::id.nullable())))
                .filter(messages::subject.eq("recall").and(recalls::id.eq_any(chunk.to_vec())))
                .filter(messages::purpose.eq(Purpose::Recall))
                .filter(texted!())
                .filter(messages::dedupe_key.not_like("%:desk-%"))
                .select((recalls::id, messages::subject_version))
                .load::<(RecallId, Option<i64>)>(c)?,
        );
    }
    for recall in list {
        let due = Some(i64::from(recall.due_on.num_days_from_ce()));
        let n = sent
            .iter()
            .filter(|(id, version)| *id == recall.id && *version == due)
            .count();
        if n > 0 {
            recall.attempts += i32::try_from(n).unwrap_or(0);
            recall.last_result.get_or_insert_with(|| TEXTED.to_owned());
        }
    }
    Ok(())
}

/// Somebody who has been contacted and is not on the list for now.
#[derive(Debug, Clone)]
pub struct Resting {
    /// The recall.
    pub recall: Recall,
    /// Full name.
    pub name: String,
    /// Names of the service.
    pub service: (String, String),
    /// When the last message went out, if it is what they rest after.
    pub texted_at: Option<Instant>,
}

/// Those contacted since `since` who come back later, latest contact first.
pub fn list_resting(c: &mut Conn, today: NaiveDate, since: Instant, limit: i64) -> Result<Vec<Resting>> {
    let rows: Vec<(Recall, String, String, String)> = recalls::table
        .inner_join(patients::table)
        .inner_join(services::table)
        .filter(recalls::state.eq(RecallState::Due))
        .filter(
            recalls::hidden_until
                .gt(today)
                .assume_not_null()
                .or(exists(texted_since!(since))),
        )
        .order((recalls::due_on, recalls::id))
        .limit(limit)
        .select((recalls::all_columns, patients::name, services::name, services::name_en))
        .load(c)?;
    let ids: Vec<Option<i64>> = rows.iter().map(|(r, ..)| Some(r.id.0)).collect();
    let texts: Vec<(Option<i64>, Instant, Instant)> = messages::table
        .filter(messages::subject.eq("recall").and(messages::subject_id.eq_any(ids)))
        .filter(messages::purpose.eq(Purpose::Recall))
        .filter(texted!())
        .filter(messages::due_at.ge(since))
        .select((messages::subject_id, messages::due_at, messages::created_at))
        .load(c)?;
    let newest = |r: &Recall| {
        let own = texts
            .iter()
            .filter(|(id, _, made)| *id == Some(r.id.0) && *made >= r.updated_at);
        own.map(|(_, at, _)| *at).max()
    };
    Ok(rows
        .into_iter()
        .map(|(recall, name, zh, en)| Resting {
            texted_at: newest(&recall),
            recall,
            name,
            service: (zh, en),
        })
        .collect())
}

/// Whether a recall was texted so lately that its patient rests; `morning` is when today begins.
pub fn rests_after_text(c: &mut Conn, id: RecallId, morning: Instant) -> Result<bool> {
    Ok(diesel::select(exists(
        recalls::table
            .filter(recalls::id.eq(id))
            .filter(exists(texted_since!(resting_since(morning)))),
    ))
    .get_result(c)?)
}

/// How many recalls [`list_due`] would list without a filter.
pub fn count_due(c: &mut Conn, today: NaiveDate, after: Instant) -> Result<i64> {
    Ok(recalls::table
        .inner_join(patients::table)
        .filter(recalls::state.eq(RecallState::Due).and(recalls::due_on.le(today)))
        .filter(recalls::hidden_until.is_null().or(recalls::hidden_until.le(today)))
        .filter(patients::deceased.eq(false))
        .filter(not(exists(
            appointments::table
                .filter(appointments::patient_id.eq(recalls::patient_id))
                .filter(appointments::service_id.eq(recalls::service_id))
                .filter(appointments::starts_at.gt(after))
                .filter(coming!()),
        )))
        .filter(not(exists(texted_since!(resting_since(after)))))
        .count()
        .get_result(c)?)
}

/// Contacted since `since` by the desk or by a message of a rule, and recalls whose service was booked since then.
pub fn count_worked(c: &mut Conn, since: Instant, after: Instant, today: NaiveDate) -> Result<(i64, i64)> {
    // What was only marked, as by an import, has no attempts.
    let by_desk = recalls::attempts.gt(0).and(recalls::updated_at.gt(since));
    let reached = recalls::table
        .filter(recalls::state.eq_any([RecallState::Due, RecallState::Declined]))
        .filter(by_desk.or(exists(texted_since!(since))))
        .count()
        .get_result(c)?;
    let booked = recalls::table
        .filter(recalls::state.eq(RecallState::Due).and(recalls::due_on.le(today)))
        .filter(exists(
            appointments::table
                .filter(appointments::patient_id.eq(recalls::patient_id))
                .filter(appointments::service_id.eq(recalls::service_id))
                .filter(appointments::starts_at.gt(after))
                .filter(appointments::created_at.gt(since))
                .filter(coming!()),
        ))
        .count()
        .get_result(c)?;
    Ok((reached, booked))
}
