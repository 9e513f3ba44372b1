//! One entry: adding, changing, taking off.

use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::actions::{self, EntryData};
use super::super::model::{Entry, EntryId, EntryState};
use super::super::store;
use super::super::views::entry as view;
use crate::appointments::next_of_patient;
use crate::clinic::{self, ServiceId, parse_minute};
use crate::patients::{self, PatientId};
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor};

/// People that a search shows.
const HITS: i64 = 8;

/// What the form says; `patient`: whose entry it is already.
fn read(input: &Input, patient: Option<PatientId>) -> Result<EntryData> {
    let mut faults = Faults::default();
    let chosen = patient.or_else(|| input.need("patient_id", &mut faults));
    let service: Option<ServiceId> = input.need("service_id", &mut faults);
    let weekdays: String = input
        .all("weekdays")
        .concat()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let mut minute = |name: &str| match input.get(name) {
        "" => None,
        text => {
            let read = parse_minute(text);
            if read.is_none() {
                faults.add(name, "invalid", "时间的格式是 09:30", "A time is written 09:30");
            }
            read
        }
    };
    let (from_minute, until_minute) = (minute("from_time"), minute("until_time"));
    let data = EntryData {
        patient: chosen.unwrap_or(PatientId(0)),
        service: service.unwrap_or(ServiceId(0)),
        provider: input.parse("provider_id", &mut faults),
        minutes: input.parse("minutes", &mut faults),
        weekdays,
        from_minute,
        until_minute,
        first_day: input.parse("first_day", &mut faults),
        last_day: input.parse("last_day", &mut faults),
        notice_minutes: input.parse("notice_minutes", &mut faults).unwrap_or(0),
        urgency: input.parse("urgency", &mut faults).unwrap_or_default(),
        note: input.get("note").to_owned(),
        appointment: input.parse("appointment_id", &mut faults),
    };
    faults.finish()?;
    Ok(data)
}

/// The form as an entry has it.
fn input_of(e: &Entry) -> Input {
    let time = |m: Option<i32>| m.map(|m| format!("{:02}:{:02}", m / 60, m % 60)).unwrap_or_default();
    let mut pairs: Vec<(&str, String)> = e.weekdays.chars().map(|d| ("weekdays", d.to_string())).collect();
    pairs.extend([
        ("patient_id", e.patient_id.to_string()),
        ("service_id", e.service_id.to_string()),
        ("provider_id", e.provider_id.map(|p| p.to_string()).unwrap_or_default()),
        ("minutes", e.minutes.to_string()),
        ("from_time", time(e.from_minute)),
        ("until_time", time(e.until_minute)),
        ("first_day", e.first_day.to_string()),
        ("last_day", e.last_day.map(|d| d.to_string()).unwrap_or_default()),
        ("notice_minutes", e.notice_minutes.to_string()),
        ("urgency", e.urgency.to_string()),
        ("note", e.note.clone()),
        (
            "appointment_id",
            e.appointment_id.map(|a| a.to_string()).unwrap_or_default(),
        ),
        ("version", e.version.to_string()),
    ]);
    Input::from_pairs(pairs)
}

async fn show(
    ctx: &Ctx,
    frame: &Frame,
    actor: &Actor,
    id: Option<EntryId>,
    again: Option<(Input, Faults)>,
) -> Result<Markup> {
    let (now, frame) = (ctx.now(), frame.clone());
    let page = ctx
        .db
        .read(move |c| {
            let entry = id.map(|id| store::get_entry(c, id)).transpose()?;
            let (input, faults) = match (again, &entry) {
                (Some(typed), _) => typed,
                (None, Some(e)) => (input_of(e), Faults::default()),
                (None, None) => (Input::default(), Faults::default()),
            };
            let who = entry
                .as_ref()
                .map(|e| e.patient_id)
                .or(input.get("patient_id").parse().ok());
            let patient = match who {
                Some(id) => patients::find_patient(c, id)?,
                None => None,
            };
            let hits = match (&patient, input.get("q")) {
                (None, q) if !q.is_empty() => patients::search_patients(c, q, HITS)?,
                _ => Vec::new(),
            };
            let next = match &patient {
                Some(p) => next_of_patient(c, p.id, now)?,
                None => None,
            };
            Ok(view::Page {
                clinic: clinic::snapshot(c)?,
                entry,
                patient,
                hits,
                next,
                input,
                faults,
            })
        })
        .await?;
    if let Some(p) = &page.patient {
        staff::read_of_record(&ctx.db, now, actor, "waiting_entries", p.id.0).await?;
    }
    Ok(view::page(&frame, &page))
}

pub(super) async fn new_page(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    query: web::Query<Vec<(String, String)>>,
) -> Result<Markup> {
    let input = Input::from_pairs(query.into_inner());
    show(&ctx, &frame, &actor, None, Some((input, Faults::default()))).await
}

pub(super) async fn edit_page(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<EntryId>) -> Result<Markup> {
    show(&ctx, &frame, &actor, Some(*id), None).await
}

pub(super) async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let (now, by) = (ctx.now(), actor.clone());
    let done = match read(&input, None) {
        Ok(data) => ctx.db.write(move |c| actions::new_entry(c, now, &by, &data)).await,
        Err(e) => Err(e),
    };
    settle(&ctx, (&frame, &actor), None, input, (done, "added")).await
}

pub(super) async fn change(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<EntryId>,
    input: Input,
) -> Result<HttpResponse> {
    let (now, by, id) = (ctx.now(), actor.clone(), *id);
    let before = ctx.db.read(move |c| store::get_entry(c, id)).await?;
    let done = match (read(&input, Some(before.patient_id)), version(&input)) {
        (Ok(data), Ok(version)) => {
            let write = move |c: &mut _| actions::change_entry(c, now, &by, (id, version), &data);
            ctx.db.write(write).await
        }
        (Err(e), _) | (_, Err(e)) => Err(e),
    };
    settle(&ctx, (&frame, &actor), Some(id), input, (done, "saved")).await
}

fn version(input: &Input) -> Result<i64> {
    let mut faults = Faults::default();
    let version = input.need("version", &mut faults);
    faults.finish()?;
    Ok(version.unwrap_or_default())
}

/// Back to the list, or the form once more with what is wrong.
async fn settle(
    ctx: &Ctx,
    (frame, actor): (&Frame, &Actor),
    id: Option<EntryId>,
    input: Input,
    (done, word): (Result<Entry>, &str),
) -> Result<HttpResponse> {
    let e = match done {
        Ok(_) => return Ok(see_other(&format!("/waiting-list?done={word}"))),
        Err(e) => e,
    };
    let status = e.status();
    let faults = match e {
        Error::Invalid(list) => Faults(list),
        Error::Conflict { code, text, .. } => {
            let mut faults = Faults::default();
            faults.add("note", code, text.zh, text.en);
            faults
        }
        other => return Err(other),
    };
    let markup = show(ctx, frame, actor, id, Some((input, faults))).await?;
    Ok(page(status, markup))
}

pub(super) async fn withdraw(ctx: Ctx, actor: Actor, id: web::Path<EntryId>, input: Input) -> Result<HttpResponse> {
    let (now, id, version) = (ctx.now(), *id, version(&input)?);
    let write = move |c: &mut _| actions::withdraw_entry(c, now, &actor, (id, version));
    ctx.db.write(write).await?;
    Ok(see_other(&format!("/waiting-list?done={}", EntryState::Withdrawn)))
}
