//! How a visit was, by the patient's own word: a number from 1 to 5 by text or on the page behind a survey's link, and a
//! comment. One answer a visit; the last one stands. A bad mark becomes a call for the head nurse, as after a callback.

use diesel::prelude::*;

use super::actions::create_task;
use super::model::{LOW_SCORE, NewTask, PRIORITY_HIGH, TaskKind};
use crate::appointments::{Appointment, AppointmentId};
use crate::patients::PatientId;
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::crypto::Keys;
use crate::platform::db::schema::survey_answers as s;
use crate::platform::db::{Both, Conn, text_enum};
use crate::platform::error::Result;
use crate::platform::i18n::Text;
use crate::platform::links::{self, LinkError};
use crate::staff::{Actor, Role, Subject, audit};

/// Purpose of the link's signature.
const LINK: &str = "survey";
/// How long after a visit it can be answered, by link or by text.
pub const OPEN_DAYS: i64 = 45;
/// What can be answered.
pub const SCORES: std::ops::RangeInclusive<i32> = 1..=5;
/// Longest comment, in characters.
pub const COMMENT_MAX: usize = 500;

text_enum! {
    /// Which way an answer came.
    Way {
        /// A text message.
        Text = "text",
        /// The page behind the link.
        Link = "link",
    }
}

/// What a patient answered.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Answer {
    /// About which visit.
    pub appointment_id: AppointmentId,
    /// 1 … 5.
    pub score: i32,
    /// In their words; may be empty.
    pub comment: String,
    /// Which way.
    pub way: Way,
    /// When.
    pub at: Instant,
}

/// The path of the page where a visit is rated.
pub fn path(keys: &Keys, visit: &Appointment) -> String {
    let ends_at = visit.starts_at + OPEN_DAYS * DAY_MS;
    format!("/q/{}", links::make(keys, LINK, visit.id.0, ends_at))
}

/// Which visit a link is about.
///
/// # Errors
/// It is not ours, or its time is over.
pub fn read_link(keys: &Keys, token: &str, now: Instant) -> Result<AppointmentId, LinkError> {
    links::open(keys, LINK, token, now).map(AppointmentId)
}

/// What was answered about a visit.
pub fn find(c: &mut Conn, visit: AppointmentId) -> Result<Option<Answer>> {
    Ok(columns(s::appointment_id.eq(visit.0)).first(c).optional()?)
}

/// The answers of a patient, newest first.
pub(super) fn of_patient(c: &mut Conn, patient: PatientId, limit: i64) -> Result<Vec<Answer>> {
    let theirs = s::table
        .filter(s::patient_id.eq(patient))
        .order(s::at.desc())
        .limit(limit)
        .select((s::appointment_id, s::score, s::comment, s::way, s::at));
    Ok(theirs.load(c)?)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn columns(is: diesel::dsl::Eq<s::appointment_id, i64>) -> _ {
    s::table
        .filter(is)
        .select((s::appointment_id, s::score, s::comment, s::way, s::at))
}

/// Keeps an answer in the place of an earlier one; an empty comment leaves an earlier one as it is.
pub fn answer(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    visit: &Appointment,
    (score, comment, way): (i32, &str, Way),
) -> Result<()> {
    let was = find(c, visit.id)?;
    let comment = match (comment, &was) {
        ("", Some(was)) => was.comment.clone(),
        (text, _) => text.to_owned(),
    };
    let said = (
        s::score.eq(score),
        s::comment.eq(&comment),
        s::way.eq(way),
        s::at.eq(now),
    );
    match was {
        Some(_) => {
            let row = s::table.filter(s::appointment_id.eq(visit.id.0));
            diesel::update(row).set(said).execute(c)?;
        }
        None => {
            let row = (
                s::appointment_id.eq(visit.id.0),
                s::patient_id.eq(visit.patient_id),
                said,
            );
            Both(diesel::insert_into(s::table).values(row)).execute(c)?;
        }
    }
    let subject = Subject::of_patient("appointments", visit.id.0, visit.patient_id.0);
    audit(c, now, actor, "rate", subject, &format!("{score}/5"))?;
    if score <= LOW_SCORE {
        low_score(c, now, visit, score, &comment)?;
    }
    Ok(())
}

fn low_score(c: &mut Conn, now: Instant, visit: &Appointment, score: i32, comment: &str) -> Result<()> {
    let said = if comment.is_empty() {
        String::new()
    } else {
        format!(" · {comment}")
    };
    let task = NewTask {
        occurrence: format!("survey:{}:low-score", visit.id),
        kind: TaskKind::LowScore,
        patient: visit.patient_id,
        visit: None,
        appointment: Some(visit.id.0),
        parent: None,
        script: "low-score".into(),
        role: Role::Manager,
        reason: Text::new(
            format!("满意度调查 {score} 分{said}"),
            format!("Survey: rated {score} of 5{said}"),
        ),
        priority: PRIORITY_HIGH,
        due_at: now,
    };
    create_task(c, now, &task).map(|_| ())
}
