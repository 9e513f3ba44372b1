//! Putting people on the list, changing an entry, taking it off.

use chrono::NaiveDate;

use super::super::model::{Entry, EntryId, EntryState, Urgency};
use super::super::store;
use crate::appointments::actions::MINUTES;
use crate::appointments::{AppointmentId, find_appointment};
use crate::clinic::{self, ProviderId, ServiceId};
use crate::patients::{self, PatientId};
use crate::platform::clock::{Instant, is_in_calendar};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Faults;
use crate::staff::{Actor, Subject, audit};

/// Longest note, in characters.
pub const NOTE_MAX: usize = 500;
/// The longest notice anybody may need, in minutes.
const NOTICE_MAX: i32 = 43_200;

/// What an entry says.
#[derive(Debug, Clone)]
pub struct EntryData {
    /// Who waits.
    pub patient: PatientId,
    /// For what.
    pub service: ServiceId,
    /// With whom; none: anyone who does it.
    pub provider: Option<ProviderId>,
    /// How long; none: as the service says.
    pub minutes: Option<i32>,
    /// `135`; empty: any day.
    pub weekdays: String,
    /// Not before this minute of the day.
    pub from_minute: Option<i32>,
    /// Over by this minute of the day.
    pub until_minute: Option<i32>,
    /// First day that suits; none: today.
    pub first_day: Option<NaiveDate>,
    /// Last one; none: open.
    pub last_day: Option<NaiveDate>,
    /// So many minutes to get here.
    pub notice_minutes: i32,
    /// How urgent.
    pub urgency: Urgency,
    /// For colleagues.
    pub note: String,
    /// The visit that is to be earlier.
    pub appointment: Option<AppointmentId>,
}

/// The entry that the data makes of `base`, or everything that is wrong with it.
fn entry_of(c: &mut Conn, now: Instant, d: &EntryData, base: Entry) -> Result<Entry> {
    let clinic = clinic::snapshot(c)?;
    let mut faults = Faults::default();
    let service = clinic.find_service(d.service).filter(|s| s.active);
    if service.is_none() {
        faults.add("service_id", "unknown", "没有这个项目", "There is no such service");
    }
    if let Some(id) = d.provider
        && !clinic.who_does(d.service).iter().any(|p| p.id == id)
    {
        let (zh, en) = ("该医生不做此项目", "This provider does not do it");
        faults.add("provider_id", "does_not_do_this", zh, en);
    }
    if patients::find_patient(c, d.patient)?.is_none() {
        faults.add("patient_id", "unknown", "没有这位患者", "There is no such patient");
    }
    let minutes = d.minutes.or(service.map(|s| s.minutes)).unwrap_or(0);
    check_numbers(d, minutes, &mut faults);
    let first_day = d
        .first_day
        .unwrap_or_else(|| now.day(clinic.site.tz()).max(base.first_day));
    check_days(first_day, d.last_day, &mut faults);
    if let Some(id) = d.appointment {
        check_visit(c, id, d.patient, &mut faults)?;
    }
    faults.finish()?;
    Ok(Entry {
        site_id: clinic.site.id,
        patient_id: d.patient,
        service_id: d.service,
        provider_id: d.provider,
        minutes,
        weekdays: d.weekdays.clone(),
        from_minute: d.from_minute,
        until_minute: d.until_minute,
        first_day,
        last_day: d.last_day,
        notice_minutes: d.notice_minutes,
        urgency: d.urgency,
        note: d.note.trim().to_owned(),
        appointment_id: d.appointment,
        updated_at: now,
        ..base
    })
}

fn check_numbers(d: &EntryData, minutes: i32, faults: &mut Faults) {
    if !MINUTES.contains(&minutes) {
        let (zh, en) = ("时长应为 5 到 480 分钟", "A visit has 5 to 480 minutes");
        faults.add("minutes", "out_of_range", zh, en);
    }
    if !(0..=NOTICE_MAX).contains(&d.notice_minutes) {
        let (zh, en) = ("应为 0 到 43200 分钟", "From 0 to 43200 minutes");
        faults.add("notice_minutes", "out_of_range", zh, en);
    }
    if let (Some(from), Some(until)) = (d.from_minute, d.until_minute)
        && until - from < minutes
    {
        let (zh, en) = ("这段时间放不下这次就诊", "The visit does not fit between these times");
        faults.add("until_time", "too_short", zh, en);
    }
    if d.note.chars().count() > NOTE_MAX {
        faults.add(
            "note",
            "too_long",
            format!("备注最多 {NOTE_MAX} 个字"),
            format!("A note has at most {NOTE_MAX} characters"),
        );
    }
}

fn check_days(first: NaiveDate, last: Option<NaiveDate>, faults: &mut Faults) {
    if !is_in_calendar(first) {
        faults.add("first_day", "invalid", "日期超出范围", "This day is out of range");
    }
    if last.is_some_and(|last| last < first || !is_in_calendar(last)) {
        let (zh, en) = ("最后一天不能早于第一天", "The last day is not before the first");
        faults.add("last_day", "invalid", zh, en);
    }
}

fn check_visit(c: &mut Conn, id: AppointmentId, patient: PatientId, faults: &mut Faults) -> Result<()> {
    let own = find_appointment(c, id)?.is_some_and(|a| a.patient_id == patient && a.status.is_planned());
    if !own {
        let (zh, en) = (
            "不是该患者待就诊的预约",
            "This is not a visit of this patient that is still to come",
        );
        faults.add("appointment_id", "unknown", zh, en);
    }
    Ok(())
}

fn note(c: &mut Conn, now: Instant, actor: &Actor, action: &str, e: &Entry) -> Result<()> {
    let subject = Subject::of_patient("waiting_entries", e.id.0, e.patient_id.0);
    audit(
        c,
        now,
        actor,
        action,
        subject,
        &format!("{} version {}", e.state, e.version),
    )
}

/// Puts somebody on the list.
pub fn new_entry(c: &mut Conn, now: Instant, actor: &Actor, d: &EntryData) -> Result<Entry> {
    put(c, now, actor, d, false)
}

/// The same for a patient who does it themselves.
pub fn new_entry_of_patient(c: &mut Conn, now: Instant, actor: &Actor, d: &EntryData) -> Result<Entry> {
    put(c, now, actor, d, true)
}

fn put(c: &mut Conn, now: Instant, actor: &Actor, d: &EntryData, from_patient: bool) -> Result<Entry> {
    let blank = Entry {
        id: EntryId(0),
        site_id: clinic::the_site(c)?.id,
        patient_id: d.patient,
        service_id: d.service,
        provider_id: None,
        minutes: 0,
        weekdays: String::new(),
        from_minute: None,
        until_minute: None,
        first_day: now.day(clinic::the_site(c)?.tz()),
        last_day: None,
        notice_minutes: 0,
        urgency: Urgency::Normal,
        note: String::new(),
        appointment_id: None,
        state: EntryState::Waiting,
        booked_id: None,
        version: 1,
        created_by: actor.user,
        created_at: now,
        updated_at: now,
        from_patient,
    };
    let mut e = entry_of(c, now, d, blank)?;
    e.id = store::insert_entry(c, &e)?;
    note(c, now, actor, "create", &e)?;
    Ok(e)
}

/// The entry as the person saw it, while it waits.
fn as_of(c: &mut Conn, id: EntryId, version: i64) -> Result<Entry> {
    let e = store::get_entry(c, id)?;
    if e.version != version {
        return Err(Error::stale());
    }
    if e.state != EntryState::Waiting {
        let name = e.state.name();
        return Err(Error::conflict(
            "wrong_state",
            format!("此登记“{}”，不能再改", name.zh),
            format!("This entry is “{}” and cannot be changed", name.en),
        ));
    }
    Ok(e)
}

/// Changes what an entry says; the patient stays.
pub fn change_entry(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (id, version): (EntryId, i64),
    d: &EntryData,
) -> Result<Entry> {
    let before = as_of(c, id, version)?;
    let d = EntryData {
        patient: before.patient_id,
        first_day: d.first_day.or(Some(before.first_day)),
        ..d.clone()
    };
    let mut e = entry_of(c, now, &d, before)?;
    store::update_entry(c, &e, version)?;
    e.version = version + 1;
    note(c, now, actor, "update", &e)?;
    Ok(e)
}

/// Takes somebody off the list.
pub fn withdraw_entry(c: &mut Conn, now: Instant, actor: &Actor, (id, version): (EntryId, i64)) -> Result<Entry> {
    let mut e = as_of(c, id, version)?;
    e.state = EntryState::Withdrawn;
    e.updated_at = now;
    store::update_entry(c, &e, version)?;
    e.version = version + 1;
    note(c, now, actor, "withdraw", &e)?;
    Ok(e)
}
