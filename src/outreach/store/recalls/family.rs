//! Families: patients who can be reached at the same mobile number, or at the same email address.

use chrono::{Datelike, NaiveDate};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::super::super::model::{Recall, RecallId, RecallState, TEXTED};
use crate::appointments::{AppointmentId, Status};
use crate::clinic::ServiceId;
use crate::messaging::{Carrier, MessageState};
use crate::patients::{Channel, PatientId};
use crate::platform::clock::{DAY_MS, Instant, plus_days};
use crate::platform::db::schema::{appointments, messages, patients, recall_companions, recalls, services};
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;

/// How far back messages are looked at that did not go out.
const LOOKED_BACK_MS: i64 = 3 * DAY_MS;
/// Numbers in one `IN (…)`.
const CHUNK: usize = 500;

/// The columns of a [`Member`].
macro_rules! member {
    () => {
        (
            recalls::all_columns,
            patients::name,
            patients::phone,
            patients::email,
            patients::channel,
            (services::name, services::name_en),
        )
    };
}

/// A member of a family with a recall.
#[derive(Debug, Clone, Queryable)]
pub struct Member {
    /// The recall.
    pub recall: Recall,
    /// Full name.
    pub name: String,
    /// Their number.
    pub phone: Option<String>,
    /// Their email address.
    pub email: Option<String>,
    /// How they prefer to be told.
    pub channel: Channel,
    /// Names of the service.
    pub service: (String, String),
}

/// The other members of a family whose recalls are open, not booked (after `after`) and due until `until`: of each number
/// in `phones`, earliest first.
pub fn due_at_numbers(c: &mut Conn, phones: &[String], until: NaiveDate, after: Instant) -> Result<Vec<Member>> {
    due_at(c, (Carrier::Sms, phones), until, after)
}

/// The same of numbers, or of email addresses.
fn due_at(
    c: &mut Conn,
    (carrier, addresses): (Carrier, &[String]),
    until: NaiveDate,
    after: Instant,
) -> Result<Vec<Member>> {
    let mut found = Vec::new();
    for chunk in addresses.chunks(CHUNK) {
        let due = recalls::table
            .inner_join(patients::table)
            .inner_join(services::table)
            .filter(patients::deceased.eq(false))
            .filter(recalls::state.eq(RecallState::Due).and(recalls::due_on.le(until)))
            .filter(not(exists(
                appointments::table
                    .filter(appointments::patient_id.eq(recalls::patient_id))
                    .filter(appointments::service_id.eq(recalls::service_id))
                    .filter(appointments::starts_at.gt(after))
                    .filter(coming!()),
            )))
            .order((recalls::due_on, recalls::id))
            .select(member!());
        found.extend(match carrier {
            Carrier::Sms => due.filter(patients::phone.eq_any(chunk.to_vec())).load::<Member>(c)?,
            Carrier::Email => due.filter(patients::email.eq_any(chunk.to_vec())).load::<Member>(c)?,
        });
    }
    Ok(found)
}

/// Who can be told along with `recall` by a text, or by an email: the family's open recalls, its own among them, that are due at
/// most `days` after the later of its day and `today`, not booked and not hidden after a contact; earliest first. An email is for
/// those who share the address and want email. Who rests only because an earlier message about `recall` spoke for them is told
/// along again. Alone when there is no number, or no address.
pub fn family_of(
    c: &mut Conn,
    (recall, carrier): (&Recall, Carrier),
    days: i32,
    today: NaiveDate,
    now: Instant,
) -> Result<Vec<Member>> {
    let who = patients::table.find(recall.patient_id);
    let address: Option<String> = match carrier {
        Carrier::Sms => who.select(patients::phone).first(c)?,
        Carrier::Email => who.select(patients::email).first(c)?,
    };
    let Some(address) = address.filter(|a| !a.is_empty()) else {
        return Ok(Vec::new());
    };
    let until = plus_days(recall.due_on.max(today), i64::from(days));
    let mut members = due_at(c, (carrier, &[address]), until, now)?;
    let along = told_along(c, recall)?;
    members.retain(|m| {
        let same_way = carrier == Carrier::Sms || m.channel == Channel::Email;
        let rests = m.recall.hidden_until.is_some_and(|day| day > today);
        let told = rests && along.contains(&m.recall.id) && m.recall.last_result.as_deref() == Some(TEXTED);
        m.recall.id == recall.id || (same_way && (!rests || told))
    });
    Ok(members)
}

/// For whom messages about a recall, due on its day, have spoken so far.
pub fn told_along(c: &mut Conn, recall: &Recall) -> Result<Vec<RecallId>> {
    use recall_companions as k;
    let of_it = k::table.filter(k::recall_id.eq(recall.id).and(k::due_on.eq(recall.due_on)));
    Ok(of_it.select(k::member_id).load(c)?)
}

/// Notes whom texts about a recall, due on its day, speak for, too; replaces whoever was noted.
pub fn note_companions(c: &mut Conn, recall: &Recall, members: &[RecallId]) -> Result<()> {
    use recall_companions as k;
    diesel::delete(k::table.filter(k::recall_id.eq(recall.id).and(k::due_on.eq(recall.due_on)))).execute(c)?;
    for member in members.iter().filter(|m| **m != recall.id) {
        let insert = diesel::insert_into(recall_companions::table)
            .values((
                recall_companions::recall_id.eq(recall.id),
                recall_companions::due_on.eq(recall.due_on),
                recall_companions::member_id.eq(*member),
            ))
            .on_conflict_do_nothing();
        Both(insert).execute(c)?;
    }
    Ok(())
}

/// Recalls, each with its day, of which the last messages ended unsent and were to tell others along.
pub fn leads_unsent(c: &mut Conn, now: Instant) -> Result<Vec<(RecallId, NaiveDate)>> {
    use recall_companions as k;
    let ended: Vec<(RecallId, NaiveDate, Option<i64>)> = messages::table
        .inner_join(k::table.on(messages::subject_id.eq(k::recall_id.into_sql::<BigInt>().nullable())))
        .filter(messages::subject.eq("recall"))
        .filter(messages::state.eq_any([MessageState::Skipped, MessageState::Failed, MessageState::Dead]))
        .filter(messages::next_try_at.ge(now + -LOOKED_BACK_MS))
        .select((k::recall_id, k::due_on, messages::subject_version))
        .distinct()
        .load(c)?;
    let mut unsent = Vec::new();
    for (recall, due_on, version) in ended {
        let of_that_day = Some(i64::from(due_on.num_days_from_ce()));
        let live = messages::table
            .filter(messages::subject.eq("recall"))
            .filter(
                messages::subject_id
                    .eq(recall.0)
                    .and(messages::subject_version.eq(of_that_day)),
            )
            .filter(messages::state.ne_all([MessageState::Skipped, MessageState::Failed, MessageState::Dead]));
        let any: bool = diesel::select(exists(live)).get_result(c)?;
        if version == of_that_day && !any {
            unsent.push((recall, due_on));
        }
    }
    Ok(unsent)
}

/// Forgets for whom texts about a recall, due on a day, were to speak. Gives who they were.
pub fn forget_companions(c: &mut Conn, recall: RecallId, due_on: NaiveDate) -> Result<Vec<RecallId>> {
    use recall_companions as k;
    let theirs = k::table.filter(k::recall_id.eq(recall).and(k::due_on.eq(due_on)));
    let members = theirs.select(k::member_id).load(c)?;
    diesel::delete(theirs).execute(c)?;
    Ok(members)
}

/// Names of those for whom a text about a recall, due on `due_on`, speaks besides its own patient, and who still wait to come.
pub fn companions(c: &mut Conn, recall: &Recall, due_on: NaiveDate, now: Instant) -> Result<Vec<String>> {
    let found: Vec<(PatientId, String)> = recalls::table
        .inner_join(patients::table)
        .inner_join(recall_companions::table.on(recall_companions::member_id.eq(recalls::id)))
        .filter(recall_companions::recall_id.eq(recall.id))
        .filter(recall_companions::due_on.eq(due_on))
        .filter(patients::deceased.eq(false).and(patients::id.ne(recall.patient_id)))
        .filter(recalls::state.eq(RecallState::Due))
        .filter(not(exists(
            appointments::table
                .filter(appointments::patient_id.eq(recalls::patient_id))
                .filter(appointments::service_id.eq(recalls::service_id))
                .filter(appointments::starts_at.gt(now))
                .filter(coming!()),
        )))
        .order((patients::id, recalls::id))
        .select((patients::id, patients::name))
        .load(c)?;
    let mut names = found;
    names.dedup_by_key(|(id, _)| *id);
    Ok(names.into_iter().map(|(_, name)| name).collect())
}

/// One of those whom a text told of together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What is due.
    pub recall: RecallId,
    /// Whose it is.
    pub patient: PatientId,
    /// Full name.
    pub name: String,
    /// What is to be booked.
    pub service: ServiceId,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// The visit ahead that is booked for it.
    pub visit: Option<AppointmentId>,
}

/// Those whom texts about a patient's recalls told of together and who still share the number or address: the patient first. None: the
/// patient was told alone.
pub fn told_together(c: &mut Conn, now: Instant, patient: PatientId) -> Result<Vec<Told>> {
    let own: Vec<Member> = recalls::table
        .inner_join(patients::table)
        .inner_join(services::table)
        .filter(recalls::patient_id.eq(patient))
        .order(recalls::id)
        .select(member!())
        .load(c)?;
    let mut members: Vec<Member> = Vec::new();
    for lead in own {
        let others = told_with(c, &lead)?;
        if !others.is_empty() {
            members.push(lead);
            members.extend(others);
        }
    }
    let mut told: Vec<Told> = Vec::new();
    for Member { recall, name, .. } in members {
        if recall.state == RecallState::Due && told.iter().all(|t| t.recall != recall.id) {
            told.push(Told {
                visit: super::visit_for(c, recall.patient_id, recall.service_id, now)?,
                recall: recall.id,
                patient: recall.patient_id,
                name,
                service: recall.service_id,
                due_on: recall.due_on,
            });
        }
    }
    Ok(told)
}

/// Those for whom the text about a recall, due on its day, speaks besides its own patient.
fn told_with(c: &mut Conn, lead: &Member) -> Result<Vec<Member>> {
    Ok(recalls::table
        .inner_join(patients::table)
        .inner_join(services::table)
        .inner_join(recall_companions::table.on(recall_companions::member_id.eq(recalls::id)))
        .filter(recall_companions::recall_id.eq(lead.recall.id))
        .filter(recall_companions::due_on.eq(lead.recall.due_on))
        .filter(patients::deceased.eq(false))
        .filter(
            patients::phone
                .eq(lead.phone.clone())
                .or(patients::email.eq(lead.email.clone())),
        )
        .order((patients::id, recalls::id))
        .select(member!())
        .load(c)?)
}
