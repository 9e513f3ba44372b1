//! The clinic's manners, and what has been sent to whom lately.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::super::model::{Caps, Carrier, Manners, MessageId, MessageState, Purpose, Sent, TEST, Window, is_for_all};
use crate::patients::PatientId;
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::schema::{manners, message_attempts, messages, patients};
use crate::platform::db::{Both, Conn, Prepared};
use crate::platform::error::Result;

/// The one row.
const ROW: i64 = 1;
/// How long before it is sent a message may have been made.
const SENT_LATER_MS: i64 = 31 * DAY_MS;

/// Hours as they are stored: from, until, from, until.
type Hours = (i32, i32, i32, i32);
/// Limits as they are stored.
type Limits = (Option<i32>, Option<i32>, Option<i32>);

fn window(from: i32, until: i32) -> Window {
    let hour = |h: i32| u32::try_from(h).unwrap_or(0);
    Window {
        from: hour(from),
        until: hour(until),
    }
}

fn caps((a_day, a_week, a_month): Limits) -> Caps {
    Caps { a_day, a_week, a_month }
}

/// What the clinic has decided; as shipped, where it has not.
pub fn the_manners(c: &mut Conn) -> Result<Manners> {
    type Row = (Hours, bool, Limits, Limits, (i32, i32, i64));
    let row: Option<Row> = manners::table
        .find(ROW)
        .select((
            (
                manners::care_from,
                manners::care_until,
                manners::other_from,
                manners::other_until,
            ),
            manners::on_holidays,
            (manners::person_day, manners::person_week, manners::person_month),
            (manners::family_day, manners::family_week, manners::family_month),
            (manners::survey_days, manners::greeting_hours, manners::version),
        ))
        .first(c)
        .optional()?;
    let Some((hours, on_holidays, person, family, (survey_days, greeting_hours, version))) = row else {
        return Ok(Manners::default());
    };
    Ok(Manners {
        care: window(hours.0, hours.1),
        other: window(hours.2, hours.3),
        on_holidays,
        person: caps(person),
        family: caps(family),
        survey_days,
        greeting_hours,
        version,
    })
}

/// Puts them in the place of those that still have their `version`; false when somebody was faster.
pub fn put_manners(c: &mut Conn, now: Instant, m: &Manners) -> Result<bool> {
    let hour = |h: u32| i32::try_from(h).unwrap_or(0);
    let values = (
        (
            manners::care_from.eq(hour(m.care.from)),
            manners::care_until.eq(hour(m.care.until)),
            manners::other_from.eq(hour(m.other.from)),
            manners::other_until.eq(hour(m.other.until)),
            manners::on_holidays.eq(m.on_holidays),
        ),
        (
            manners::person_day.eq(m.person.a_day),
            manners::person_week.eq(m.person.a_week),
            manners::person_month.eq(m.person.a_month),
            manners::family_day.eq(m.family.a_day),
            manners::family_week.eq(m.family.a_week),
            manners::family_month.eq(m.family.a_month),
        ),
        (
            manners::survey_days.eq(m.survey_days),
            manners::greeting_hours.eq(m.greeting_hours),
            manners::version.eq(m.version.saturating_add(1)),
            manners::updated_at.eq(now),
        ),
    );
    let changed = if m.version == 0 {
        let row = (manners::id.eq(ROW), values);
        Both(diesel::insert_into(manners::table).values(row).on_conflict_do_nothing()).execute(c)?
    } else {
        let row = manners::table.filter(manners::id.eq(ROW).and(manners::version.eq(m.version)));
        diesel::update(row).set(values).execute(c)?
    };
    Ok(changed == 1)
}

/// Values in one `IN (…)`.
const CHUNK: usize = 500;

/// What counts as sent.
const SENT: [MessageState; 4] = [
    MessageState::Sending,
    MessageState::Accepted,
    MessageState::Delivered,
    MessageState::Uncertain,
];

/// A message, the one that it went with, what for, the kind of its cause.
type Row = (MessageId, Option<MessageId>, Purpose, String);

type RowColumns = (messages::id, messages::with_id, messages::purpose, messages::subject);

const ROW_COLUMNS: RowColumns = (messages::id, messages::with_id, messages::purpose, messages::subject);

/// What was sent to a patient, or perhaps sent, since an instant; answers to what they wrote are none of it.
pub fn sent_to_patient(c: &mut Conn, patient: PatientId, since: Instant) -> Result<Vec<Sent>> {
    let rows: Vec<Row> = messages::table
        .filter(messages::patient_id.eq(patient))
        .filter(messages::created_at.ge(since + -SENT_LATER_MS))
        .filter(messages::state.eq_any(SENT))
        .filter(messages::subject.ne(TEST))
        .select(ROW_COLUMNS)
        .load(c)?;
    tries(c, rows, since)
}

/// The same for all who share an address. What went to several at once counts once.
pub fn sent_to_family(c: &mut Conn, (channel, address): (Carrier, &str), since: Instant) -> Result<Vec<Sent>> {
    let rows: Vec<Row> = messages::table
        .filter(messages::recipient.eq(address))
        .filter(messages::created_at.ge(since + -SENT_LATER_MS))
        .filter(messages::channel.eq(channel))
        .filter(messages::with_id.is_null())
        .filter(messages::state.eq_any(SENT))
        .filter(messages::subject.ne(TEST))
        .select(ROW_COLUMNS)
        .load(c)?;
    tries(c, rows, since)
}

/// What was sent to each of these patients since an instant, as [`sent_to_patient`] tells it.
pub fn sent_to_patients(c: &mut Conn, who: &[PatientId], since: Instant) -> Result<HashMap<PatientId, Vec<Sent>>> {
    let mut rows = Vec::new();
    for chunk in who.chunks(CHUNK) {
        let theirs: Vec<(Option<PatientId>, Row)> = messages::table
            .filter(messages::patient_id.eq_any(chunk.to_vec()))
            .filter(messages::created_at.ge(since + -SENT_LATER_MS))
            .filter(messages::state.eq_any(SENT))
            .filter(messages::subject.ne(TEST))
            .select((messages::patient_id, ROW_COLUMNS))
            .load(c)?;
        rows.extend(theirs.into_iter().filter_map(|(who, row)| Some((who?, row))));
    }
    Ok(of_each(tries_of(c, rows, since)?))
}

/// What was sent to each of these numbers or addresses since an instant, as [`sent_to_family`] tells it.
pub fn sent_to_addresses(
    c: &mut Conn,
    channel: Carrier,
    addresses: &[String],
    since: Instant,
) -> Result<HashMap<String, Vec<Sent>>> {
    let mut rows = Vec::new();
    for chunk in addresses.chunks(CHUNK) {
        let theirs: Vec<(Option<String>, Row)> = messages::table
            .filter(messages::recipient.eq_any(chunk.to_vec()))
            .filter(messages::created_at.ge(since + -SENT_LATER_MS))
            .filter(messages::channel.eq(channel))
            .filter(messages::with_id.is_null())
            .filter(messages::state.eq_any(SENT))
            .filter(messages::subject.ne(TEST))
            .select((messages::recipient, ROW_COLUMNS))
            .load(c)?;
        rows.extend(theirs.into_iter().filter_map(|(to, row)| Some((to?, row))));
    }
    Ok(of_each(tries_of(c, rows, since)?))
}

/// Where these patients' clocks are, if not where the clinic's are.
pub fn zones_of(c: &mut Conn, who: &[PatientId]) -> Result<HashMap<PatientId, Tz>> {
    let mut zones = HashMap::new();
    for chunk in who.chunks(CHUNK) {
        let theirs: Vec<(PatientId, Option<String>)> = patients::table
            .filter(patients::id.eq_any(chunk.to_vec()).and(patients::zone.is_not_null()))
            .select((patients::id, patients::zone))
            .load(c)?;
        zones.extend(
            theirs
                .into_iter()
                .filter_map(|(who, zone)| Some((who, zone?.parse().ok()?))),
        );
    }
    Ok(zones)
}

fn of_each<K: Eq + Hash>(sent: Vec<(K, Sent)>) -> HashMap<K, Vec<Sent>> {
    let mut each: HashMap<K, Vec<Sent>> = HashMap::new();
    for (whose, sent) in sent {
        each.entry(whose).or_default().push(sent);
    }
    each
}

fn tries(c: &mut Conn, rows: Vec<Row>, since: Instant) -> Result<Vec<Sent>> {
    let rows = rows.into_iter().map(|row| ((), row)).collect();
    Ok(tries_of(c, rows, since)?.into_iter().map(|(_, sent)| sent).collect())
}

/// When each of them went out last, with whose it is.
fn tries_of<K>(c: &mut Conn, rows: Vec<(K, Row)>, since: Instant) -> Result<Vec<(K, Sent)>> {
    let ids: Vec<MessageId> = rows.iter().map(|(_, (id, with, ..))| with.unwrap_or(*id)).collect();
    let mut last: BTreeMap<i64, Instant> = BTreeMap::new();
    for chunk in ids.chunks(CHUNK) {
        let tries: Vec<(MessageId, Instant)> = message_attempts::table
            .filter(message_attempts::message_id.eq_any(chunk.to_vec()))
            .filter(message_attempts::started_at.ge(since))
            .select((message_attempts::message_id, message_attempts::started_at))
            .load(c)?;
        for (id, at) in tries {
            let known = last.entry(id.0).or_insert(at);
            *known = (*known).max(at);
        }
    }
    let sent = rows
        .into_iter()
        .filter(|(_, (_, _, purpose, _))| !purpose.is_conversation());
    Ok(sent
        .filter_map(|(whose, (id, with, purpose, cause))| {
            let at = *last.get(&with.unwrap_or(id).0)?;
            let for_all = is_for_all(purpose, &cause);
            Some((whose, Sent { at, purpose, for_all }))
        })
        .collect())
}

/// Keeps two dispatchers from writing to one address at once, until the transaction ends. SQLite has one writer anyway.
pub fn lock_address(c: &mut Conn, address: &str) -> Result<()> {
    if matches!(c, Conn::Pg(_)) {
        let lock = diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))");
        Prepared(lock.bind::<Text, _>(format!("messages/{address}"))).execute(c)?;
    }
    Ok(())
}
