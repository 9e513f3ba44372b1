//! A segment as a list to be worked: its members with what the desk needs to know, and the marks.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::dsl::{max, min};
use diesel::prelude::*;

use super::super::model::{Mark, Segment, SegmentId};
use super::{Moment, page_of};
use crate::appointments::Status;
use crate::messaging::{MessageId, MessageState};
use crate::patients::{Patient, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::schema::{
    appointments, call_attempts, call_tasks, messages, patients, segment_marks as marks, staff_users, visits,
};
use crate::platform::db::{Both, Conn, one_of};
use crate::platform::error::Result;
use crate::records::VisitStatus;
use crate::staff::UserId;

/// Members that are looked through at a time for those that nobody has seen to.
const STRIDE: i64 = 200;

/// A mark, as it is shown.
#[derive(Debug, Clone)]
pub struct Marked {
    /// What was done.
    pub mark: Mark,
    /// When.
    pub at: Instant,
    /// By whom.
    pub by: Option<String>,
}

/// A member of a segment.
#[derive(Debug, Clone)]
pub struct Member {
    /// Who.
    pub patient: Patient,
    /// Day of the last finished visit.
    pub last_visit: Option<NaiveDate>,
    /// Begin of the next visit.
    pub next_visit: Option<Instant>,
    /// The last message: where it stands, and since when.
    pub message: Option<(MessageId, MessageState, Instant)>,
    /// When they were called last.
    pub called_at: Option<Instant>,
    /// What the desk has done in this round.
    pub marked: Option<Marked>,
}

/// The marks of these patients in a segment.
pub fn marked_of(c: &mut Conn, segment: SegmentId, who: &[PatientId]) -> Result<BTreeMap<PatientId, Marked>> {
    let rows: Vec<(PatientId, Mark, Instant, Option<String>)> = marks::table
        .left_join(staff_users::table.on(marks::user_id.eq(staff_users::id.nullable())))
        .filter(
            marks::segment_id
                .eq(segment)
                .and(marks::patient_id.eq_any(who.to_vec())),
        )
        .select((marks::patient_id, marks::mark, marks::at, staff_users::name.nullable()))
        .load(c)?;
    Ok(rows
        .into_iter()
        .map(|(id, mark, at, by)| (id, Marked { mark, at, by }))
        .collect())
}

/// How many of a segment's patients have a mark of each kind.
pub fn count_marked(c: &mut Conn, segment: SegmentId) -> Result<BTreeMap<Mark, i64>> {
    let rows: Vec<(Mark, i64)> = marks::table
        .filter(marks::segment_id.eq(segment))
        .group_by(marks::mark)
        .select((marks::mark, diesel::dsl::count_star()))
        .load(c)?;
    Ok(rows.into_iter().collect())
}

/// Marks a patient, instead of what was marked before.
pub fn put_mark(
    c: &mut Conn,
    now: Instant,
    (segment, patient): (SegmentId, PatientId),
    mark: Mark,
    by: Option<UserId>,
) -> Result<()> {
    let set = (marks::mark.eq(mark), marks::at.eq(now), marks::user_id.eq(by));
    let insert = diesel::insert_into(marks::table)
        .values((marks::segment_id.eq(segment), marks::patient_id.eq(patient), set))
        .on_conflict((marks::segment_id, marks::patient_id))
        .do_update()
        .set(set);
    Both(insert).execute(c)?;
    Ok(())
}

/// Takes a mark away; false: there was none.
pub fn take_mark(c: &mut Conn, segment: SegmentId, patient: PatientId) -> Result<bool> {
    Ok(diesel::delete(marks::table.find((segment, patient))).execute(c)? == 1)
}

/// The next members that nobody has seen to, by id, after one.
pub fn to_work(
    c: &mut Conn,
    segment: &Segment,
    moment: Moment,
    (after, limit): (Option<PatientId>, usize),
) -> Result<Vec<PatientId>> {
    let (mut found, mut after) = (Vec::new(), after);
    loop {
        let page = page_of(c, &segment.definition, moment, (after, STRIDE))?;
        let seen: Vec<PatientId> = marks::table
            .filter(
                marks::segment_id
                    .eq(segment.id)
                    .and(marks::patient_id.eq_any(page.clone())),
            )
            .select(marks::patient_id)
            .load(c)?;
        found.extend(page.iter().filter(|id| !seen.contains(id)));
        after = page.last().copied();
        if found.len() >= limit || i64::try_from(page.len()).unwrap_or(0) < STRIDE {
            found.truncate(limit);
            return Ok(found);
        }
    }
}

/// A message: whose, which, where it stands, since when.
type Told = (Option<PatientId>, MessageId, MessageState, Instant);

/// The last message of each of these patients.
fn last_messages(c: &mut Conn, ids: &[PatientId]) -> Result<Vec<Told>> {
    let newest: Vec<Option<MessageId>> = messages::table
        .filter(messages::patient_id.eq_any(ids.iter().copied().map(Some).collect::<Vec<_>>()))
        .group_by(messages::patient_id)
        .select(max(messages::id))
        .load(c)?;
    let newest: Vec<MessageId> = newest.into_iter().flatten().collect();
    Ok(messages::table
        .filter(messages::id.eq_any(newest))
        .select((
            messages::patient_id,
            messages::id,
            messages::state,
            messages::updated_at,
        ))
        .load(c)?)
}

/// What the desk needs to know of these patients, in their order.
pub fn work_page(c: &mut Conn, segment: SegmentId, now: Instant, ids: &[PatientId]) -> Result<Vec<Member>> {
    let who = || ids.to_vec();
    let people: Vec<Patient> = patients::table.filter(patients::id.eq_any(who())).load(c)?;
    let mut people: BTreeMap<PatientId, Patient> = people.into_iter().map(|p| (p.id, p)).collect();
    let last: Vec<(PatientId, Option<NaiveDate>)> = visits::table
        .filter(
            visits::patient_id
                .eq_any(who())
                .and(visits::status.eq(VisitStatus::Finished)),
        )
        .group_by(visits::patient_id)
        .select((visits::patient_id, max(visits::day)))
        .load(c)?;
    let next: Vec<(PatientId, Option<Instant>)> = appointments::table
        .filter(
            appointments::patient_id
                .eq_any(who())
                .and(appointments::starts_at.gt(now)),
        )
        .filter(one_of!(appointments::status, Status::Booked, Status::Confirmed))
        .group_by(appointments::patient_id)
        .select((appointments::patient_id, min(appointments::starts_at)))
        .load(c)?;
    let calls: Vec<(PatientId, Option<Instant>)> = call_attempts::table
        .inner_join(call_tasks::table)
        .filter(call_tasks::patient_id.eq_any(who()))
        .group_by(call_tasks::patient_id)
        .select((call_tasks::patient_id, max(call_attempts::at)))
        .load(c)?;
    let texts = last_messages(c, ids)?;
    let last: BTreeMap<PatientId, Option<NaiveDate>> = last.into_iter().collect();
    let next: BTreeMap<PatientId, Option<Instant>> = next.into_iter().collect();
    let calls: BTreeMap<PatientId, Option<Instant>> = calls.into_iter().collect();
    let mut marked = marked_of(c, segment, ids)?;
    let member = |id: &PatientId| {
        Some(Member {
            patient: people.remove(id)?,
            last_visit: last.get(id).copied().flatten(),
            next_visit: next.get(id).copied().flatten(),
            message: texts
                .iter()
                .find(|(whose, ..)| *whose == Some(*id))
                .map(|(_, id, state, at)| (*id, *state, *at)),
            called_at: calls.get(id).copied().flatten(),
            marked: marked.remove(id),
        })
    };
    Ok(ids.iter().filter_map(member).collect())
}
