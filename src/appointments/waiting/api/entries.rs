//! Who waits.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::super::actions::{self, EntryData};
use super::super::model::{Entry, EntryId, EntryState, Urgency};
use super::super::store::{self, EntryFilter, EntryPlace};
use crate::appointments::AppointmentId;
use crate::clinic::{ProviderId, ServiceId, parse_minute};
use crate::patients::PatientId;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::form::Faults;
use crate::platform::web::{Body, Change, Ctx, Params, Reply, page, show};
use crate::staff::{self, Actor, DESK, Subject};

/// Entries in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (100, 500);

/// This part's share of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, create, read, change))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/waiting-list")
            .route(staff::get(DESK, list))
            .route(staff::post(DESK, create)),
    )
    .service(
        web::resource("/api/v1/waiting-list/{id}")
            .route(staff::get(DESK, read))
            .route(staff::patch(DESK, change)),
    );
}

/// An entry of the waiting list.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryJson {
    /// Row id.
    id: EntryId,
    /// Who waits.
    patient_id: PatientId,
    /// For what.
    service_id: ServiceId,
    /// With whom; none: anyone who does it.
    provider_id: Option<ProviderId>,
    /// How long.
    minutes: i32,
    /// 1 = Monday … 7; empty: any day.
    weekdays: Vec<u32>,
    /// Not before this time of the day, `09:00`.
    from_time: Option<String>,
    /// Over by this time of the day.
    until_time: Option<String>,
    /// First day that suits.
    first_day: NaiveDate,
    /// Last one; none: open.
    last_day: Option<NaiveDate>,
    /// So many minutes to get here.
    notice_minutes: i32,
    /// How urgent.
    urgency: Urgency,
    /// For colleagues.
    note: String,
    /// The visit that is to be earlier.
    appointment_id: Option<AppointmentId>,
    /// Where it stands.
    state: EntryState,
    /// What was booked in the end.
    booked_id: Option<AppointmentId>,
    /// Name this version when changing it.
    version: i64,
    /// Since when, UTC.
    created_at: String,
    /// Whether the patient put themselves on the list.
    from_patient: bool,
}

impl From<Entry> for EntryJson {
    fn from(e: Entry) -> Self {
        let time = |m: i32| format!("{:02}:{:02}", m / 60, m % 60);
        EntryJson {
            id: e.id,
            patient_id: e.patient_id,
            service_id: e.service_id,
            provider_id: e.provider_id,
            minutes: e.minutes,
            weekdays: e.weekdays.chars().filter_map(|d| d.to_digit(10)).collect(),
            from_time: e.from_minute.map(time),
            until_time: e.until_minute.map(time),
            first_day: e.first_day,
            last_day: e.last_day,
            notice_minutes: e.notice_minutes,
            urgency: e.urgency,
            note: e.note,
            appointment_id: e.appointment_id,
            state: e.state,
            booked_id: e.booked_id,
            version: e.version,
            created_at: e.created_at.rfc3339(),
            from_patient: e.from_patient,
        }
    }
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// That stand there (default: all).
    state: Option<EntryState>,
    /// For this service.
    service_id: Option<ServiceId>,
    /// With this provider, or with anyone.
    provider_id: Option<ProviderId>,
    /// Of this patient.
    patient_id: Option<PatientId>,
    /// At most so many, 1 to 500 (default 100).
    limit: Option<i64>,
    /// `next` of the page before, with the same other parameters.
    cursor: Option<String>,
}

/// Entries, those who have waited longest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Entries {
    /// The entries.
    entries: Vec<EntryJson>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

/// The waiting list, patients who put themselves on it included.
#[utoipa::path(get, path = "/api/v1/waiting-list", params(ListQuery), tag = "waiting list",
    responses((status = 200, body = Entries, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one")))))]
async fn list((req, ctx): (HttpRequest, Ctx), actor: Actor, query: Params<ListQuery>) -> Result<HttpResponse> {
    let (now, q) = (ctx.now(), query.0);
    let limit = page::limit(q.limit, LIMIT)?;
    let narrowed = (q.state, q.service_id, q.provider_id, q.patient_id);
    let pages = page::List::new(&ctx.keys, "waiting-list", &narrowed);
    let after: Option<EntryPlace> = pages.after(q.cursor.as_deref())?;
    let filter = EntryFilter {
        state: q.state,
        service: q.service_id,
        provider: q.provider_id,
        patient: q.patient_id,
        after,
    };
    let mut found = ctx.db.read(move |c| store::list_entries(c, filter, limit + 1)).await?;
    let next = pages.cut(&mut found, limit, |(e, _)| (e.created_at, e.id))?;
    staff::read_of_list(&ctx.db, now, &actor, "waiting_entries", found.len()).await?;
    let entries = found.into_iter().map(|(e, _)| e.into()).collect();
    let body = Entries { entries, next };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}

/// Somebody who is to be put on the list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEntry {
    /// Who waits.
    patient_id: PatientId,
    /// For what.
    service_id: ServiceId,
    /// With whom; without it, with anyone who does the service.
    provider_id: Option<ProviderId>,
    /// Another length than the service's.
    minutes: Option<i32>,
    /// 1 = Monday … 7; empty: any day.
    #[serde(default)]
    weekdays: Vec<u32>,
    /// Not before this time of the day, `09:00`.
    from_time: Option<String>,
    /// Over by this time of the day.
    until_time: Option<String>,
    /// First day that suits (default: today).
    first_day: Option<NaiveDate>,
    /// Last one.
    last_day: Option<NaiveDate>,
    /// So many minutes to get here.
    #[serde(default)]
    notice_minutes: i32,
    /// How urgent (default: normal).
    #[serde(default)]
    urgency: Urgency,
    /// For colleagues.
    #[serde(default)]
    note: String,
    /// A visit of the patient that is to be earlier.
    appointment_id: Option<AppointmentId>,
}

impl NewEntry {
    fn into_data(self) -> Result<EntryData> {
        let mut faults = Faults::default();
        let mut minute = |name: &str, text: &Option<String>| {
            let read = text.as_deref().map(parse_minute);
            if read == Some(None) {
                faults.add(name, "invalid", "时间的格式是 09:30", "A time is written 09:30");
            }
            read.flatten()
        };
        let from_minute = minute("from_time", &self.from_time);
        let until_minute = minute("until_time", &self.until_time);
        if self.weekdays.iter().any(|d| !(1..=7).contains(d)) {
            faults.add("weekdays", "invalid", "应为 1（周一）到 7", "From 1 (Monday) to 7");
        }
        faults.finish()?;
        let mut days = self.weekdays;
        days.sort_unstable();
        days.dedup();
        Ok(EntryData {
            patient: self.patient_id,
            service: self.service_id,
            provider: self.provider_id,
            minutes: self.minutes,
            weekdays: days.iter().map(ToString::to_string).collect(),
            from_minute,
            until_minute,
            first_day: self.first_day,
            last_day: self.last_day,
            notice_minutes: self.notice_minutes,
            urgency: self.urgency,
            note: self.note,
            appointment: self.appointment_id,
        })
    }
}

/// Puts somebody on the waiting list.
#[utoipa::path(post, path = "/api/v1/waiting-list", request_body = NewEntry, tag = "waiting list",
    responses((status = 201, body = EntryJson), (status = 422, description = "a field is wrong")))]
async fn create((ctx, change): (Ctx, Change), actor: Actor, body: Body<NewEntry>) -> Result<HttpResponse> {
    let (now, data) = (ctx.now(), body.0.into_data()?);
    let reply = |_: &mut Conn, e: &Entry| {
        let made = Reply::created(format!("/api/v1/waiting-list/{}", e.id), &EntryJson::from(e.clone()))?;
        Ok(made.version(e.version))
    };
    let make = |db: Db| async move { db.write(move |c| actions::new_entry(c, now, &actor, &data)).await };
    change.answer(&ctx.db, reply, make).await
}

/// One entry.
#[utoipa::path(get, path = "/api/v1/waiting-list/{id}", params(("id" = i64, Path)), tag = "waiting list",
    responses((status = 200, body = EntryJson, headers(("ETag" = String, description = "The version"))), (status = 404, description = "not there")))]
async fn read((req, ctx): (HttpRequest, Ctx), actor: Actor, id: web::Path<EntryId>) -> Result<HttpResponse> {
    let now = ctx.now();
    let e = ctx.db.read(move |c| store::get_entry(c, *id)).await?;
    let subject = Subject::of_patient("waiting_entries", e.id.0, e.patient_id.0);
    ctx.db
        .write(move |c| staff::audit(c, now, &actor, "read", subject, ""))
        .await?;
    show(&req, e.version, &EntryJson::from(e))
}

/// What becomes of an entry: either what it says anew, all of it, or that it is withdrawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryChange {
    /// The version it was read in, here or in `If-Match`.
    version: Option<i64>,
    /// What it says from now on; the patient stays.
    entry: Option<NewEntry>,
    /// Takes the patient off the list.
    #[serde(default)]
    withdraw: bool,
}

/// Changes an entry or withdraws it.
#[utoipa::path(patch, path = "/api/v1/waiting-list/{id}", params(("id" = i64, Path)), request_body = EntryChange,
    tag = "waiting list",
    responses((status = 200, body = EntryJson), (status = 404, description = "not there"),
        (status = 409, description = "changed since, or not waiting any more"), (status = 422, description = "a field is wrong")))]
async fn change(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<EntryId>,
    body: Body<EntryChange>,
) -> Result<HttpResponse> {
    let (id, now, b) = (*id, ctx.now(), body.0);
    let step = (id, change.version(b.version)?);
    if !b.withdraw && b.entry.is_none() {
        let mut faults = Faults::default();
        faults.require("entry");
        faults.finish()?;
    }
    let data = b.entry.map(NewEntry::into_data).transpose()?;
    let work = |db: Db| async move {
        db.write(move |c| match data {
            Some(data) if !b.withdraw => actions::change_entry(c, now, &actor, step, &data),
            _ => actions::withdraw_entry(c, now, &actor, step),
        })
        .await
    };
    let reply = |_: &mut Conn, e: &Entry| Ok(Reply::ok(&EntryJson::from(e.clone()))?.version(e.version));
    let done = change.answer(&ctx.db, reply, work).await;
    change
        .or_stale(&ctx.db, done, move |c| Ok(EntryJson::from(store::get_entry(c, id)?)))
        .await
}
