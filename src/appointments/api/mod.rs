//! The JSON API of appointments and free times.

mod create;
mod edit;
mod holds;
mod steps;
mod together;
mod views;
mod why;

pub(super) use steps::{changed, current};

use actix_web::{HttpRequest, HttpResponse, Responder, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::actions::{self, Search};
use super::model::{Appointment, AppointmentId, Status};
use super::online;
use super::store::{self, Except};
use crate::clinic::{self, ChairId, ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::{Instant, day_bounds, is_in_calendar, plus_days};
use crate::platform::error::{Error, Result};
use crate::platform::web::{Ctx, Params, page, show};
use crate::staff::{self, Actor, DESK, EVERYONE, Subject};

/// Appointments in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (500, 1000);
/// Slots an answer holds at most.
const SLOTS_MAX: usize = 500;
/// Days an answer of appointments covers at most.
const DAYS_MAX: u32 = 62;

/// This feature's part of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(
    slots,
    why::why,
    list,
    create::create,
    read,
    edit::edit,
    holds::create,
    holds::release,
    together::find,
    together::book,
    steps::step,
    steps::undo,
    views::list,
    views::create,
    views::read,
    views::change,
    views::remove
))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/slots").route(staff::get(EVERYONE, slots)))
        .service(web::resource("/api/v1/slots/why").route(staff::get(EVERYONE, why::why)))
        .service(
            web::resource("/api/v1/appointments")
                .route(staff::get(EVERYONE, list))
                .route(staff::post(DESK, create::create)),
        )
        .service(web::resource("/api/v1/slots/search").route(staff::post(EVERYONE, together::find)))
        .service(web::resource("/api/v1/appointments/batch").route(staff::post(DESK, together::book)))
        .service(web::resource("/api/v1/holds").route(staff::post(DESK, holds::create)))
        .service(web::resource("/api/v1/holds/{token}").route(staff::delete(DESK, holds::release)))
        .service(
            web::resource("/api/v1/appointments/{id}")
                .route(staff::get(EVERYONE, read))
                .route(staff::patch(DESK, edit::edit)),
        )
        .service(web::resource("/api/v1/appointments/{id}/undo").route(staff::post(EVERYONE, steps::undo)))
        .service(web::resource("/api/v1/appointments/{id}/{action}").route(staff::post(EVERYONE, steps::step)));
    views::routes(cfg);
}

/// What free times are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SlotQuery {
    /// For this service.
    service_id: ServiceId,
    /// With this provider; without it, with anyone who does the service.
    provider_id: Option<ProviderId>,
    /// From this day on (default: today in the clinic's zone).
    from: Option<NaiveDate>,
    /// For so many days, 1 to 90 (default 7).
    days: Option<u32>,
    /// Another length in minutes than the service's.
    minutes: Option<i32>,
    /// Leave out times when this patient is elsewhere in the clinic.
    patient_id: Option<PatientId>,
    /// At most so many, up to 500 (default 100).
    limit: Option<usize>,
    /// Only what patients may book by themselves: within the notice and horizon of a service that is open to them.
    #[serde(default)]
    online: bool,
}

/// A free time.
#[derive(Debug, Serialize, ToSchema)]
pub struct Slot {
    /// Start, with the clinic's offset.
    starts_at: String,
    /// End of the patient's time.
    ends_at: String,
    /// With whom.
    provider_id: ProviderId,
    /// In which chair.
    chair_id: ChairId,
}

/// Free times, soonest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Slots {
    /// IANA zone of the clinic.
    zone: String,
    /// The times.
    slots: Vec<Slot>,
}

/// The day asked for in a field, or today.
pub(super) fn first_day(field: &str, asked: Option<NaiveDate>, today: NaiveDate) -> Result<NaiveDate> {
    match asked.unwrap_or(today) {
        day if is_in_calendar(day) => Ok(day),
        _ => Err(Error::field(
            field,
            "invalid",
            "日期超出范围",
            "This day is out of range",
        )),
    }
}

/// So many days as asked for, 1 to `most`.
fn days_within(asked: Option<u32>, usual: u32, most: u32) -> Result<u32> {
    match asked.unwrap_or(usual) {
        days if (1..=most).contains(&days) => Ok(days),
        _ => Err(Error::field(
            "days",
            "out_of_range",
            format!("天数应为 1 到 {most}"),
            format!("1 to {most} days"),
        )),
    }
}

/// Free times for a service.
#[utoipa::path(get, path = "/api/v1/slots", params(SlotQuery), tag = "appointments",
    responses((status = 200, body = Slots), (status = 422, description = "a parameter is wrong")))]
async fn slots(ctx: Ctx, query: Params<SlotQuery>) -> Result<impl Responder> {
    let (now, q) = (ctx.now(), query.0);
    let found = ctx
        .db
        .read(move |c| {
            let zone = clinic::the_site(c)?.tz();
            let search = Search {
                service: q.service_id,
                provider: q.provider_id,
                minutes: q.minutes,
                first: first_day("from", q.from, now.day(zone))?,
                days: days_within(q.days, 7, 90)?,
                except: Except {
                    patient: q.patient_id,
                    ..Except::default()
                },
                online: q.online,
            };
            let found = if q.online {
                online::times(c, now, &search)?
            } else {
                actions::find_free(c, now, &search)?
            };
            let limit = q.limit.unwrap_or(100).min(SLOTS_MAX);
            let slots = found
                .free
                .iter()
                .take(limit)
                .map(|free| {
                    let visit = found.wish.visit(free.start);
                    Slot {
                        starts_at: visit.from.rfc3339_in(zone),
                        ends_at: visit.until.rfc3339_in(zone),
                        provider_id: free.provider,
                        chair_id: free.chair,
                    }
                })
                .collect();
            Ok(Slots {
                zone: zone.name().to_owned(),
                slots,
            })
        })
        .await?;
    Ok(web::Json(found))
}

/// An appointment as the API shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppointmentJson {
    /// Row id.
    id: AppointmentId,
    /// Who comes.
    patient_id: PatientId,
    /// Who treats.
    provider_id: ProviderId,
    /// In which chair.
    chair_id: ChairId,
    /// For what.
    service_id: ServiceId,
    /// Start, UTC.
    starts_at: String,
    /// End of the patient's time, UTC.
    ends_at: String,
    /// Where it stands.
    status: Status,
    /// For colleagues.
    note: String,
    /// Why it was cancelled.
    cancel_reason: Option<String>,
    /// Name this version when changing it.
    version: i64,
    /// When the patient came, UTC.
    arrived_at: Option<String>,
    /// When the patient was seated, UTC.
    seated_at: Option<String>,
    /// When the treatment was over, UTC: the provider is free, the patient may still be at the desk.
    finished_at: Option<String>,
    /// When the patient left, UTC; not always noted.
    left_at: Option<String>,
    /// Where it was booked: `desk`, `api`, `walk-in`, …
    source: String,
    /// The second person.
    second_id: Option<ProviderId>,
    /// Why it was put over other visits on purpose.
    overbooked: Option<String>,
}

impl From<Appointment> for AppointmentJson {
    fn from(a: Appointment) -> Self {
        AppointmentJson {
            id: a.id,
            patient_id: a.patient_id,
            provider_id: a.provider_id,
            chair_id: a.chair_id,
            service_id: a.service_id,
            starts_at: a.starts_at.rfc3339(),
            ends_at: a.ends_at.rfc3339(),
            status: a.status,
            note: a.note,
            cancel_reason: a.cancel_reason,
            version: a.version,
            arrived_at: a.arrived_at.map(Instant::rfc3339),
            seated_at: a.seated_at.map(Instant::rfc3339),
            finished_at: a.finished_at.map(Instant::rfc3339),
            left_at: a.left_at.map(Instant::rfc3339),
            source: a.source,
            second_id: a.second_id,
            overbooked: a.overbooked,
        }
    }
}

/// Which appointments.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// From this day on (default: today in the clinic's zone).
    from: Option<NaiveDate>,
    /// For so many days, 1 to 62 (default 1).
    days: Option<u32>,
    /// Only this patient's; then all of them, latest first.
    patient_id: Option<PatientId>,
    /// At most so many, 1 to 1000 (default 500).
    limit: Option<i64>,
    /// `next` of the page before, with the same other parameters.
    cursor: Option<String>,
}

/// Appointments, by start.
#[derive(Debug, Serialize, ToSchema)]
pub struct Appointments {
    /// The appointments.
    appointments: Vec<AppointmentJson>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

/// The appointments of some days, or of a patient.
#[utoipa::path(get, path = "/api/v1/appointments", params(ListQuery), tag = "appointments",
    responses((status = 200, body = Appointments, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one")))))]
async fn list((req, ctx): (HttpRequest, Ctx), actor: Actor, query: Params<ListQuery>) -> Result<HttpResponse> {
    let (now, q) = (ctx.now(), query.0);
    let (patient, limit) = (q.patient_id, page::limit(q.limit, LIMIT)?);
    let pages = page::List::new(&ctx.keys, "appointments", &(patient, q.from, q.days));
    let after: Option<store::Place> = pages.after(q.cursor.as_deref())?;
    let mut found: Vec<Appointment> = ctx
        .db
        .read(move |c| {
            if let Some(patient) = patient {
                return store::page_of_patient(c, patient, after, limit + 1);
            }
            let site = clinic::the_site(c)?;
            let first = first_day("from", q.from, now.day(site.tz()))?;
            let last = plus_days(first, i64::from(days_within(q.days, 1, DAYS_MAX)?) - 1);
            let (from, until) = (day_bounds(site.tz(), first).0, day_bounds(site.tz(), last).1);
            store::page_between(c, site.id, (from, until), after, limit + 1)
        })
        .await?;
    let next = pages.cut(&mut found, limit, |a| (a.starts_at, a.id))?;
    let subject = match patient {
        Some(p) => Subject::of_patient("patients", p.0, p.0),
        None => Subject {
            kind: "appointments",
            id: None,
            patient: None,
        },
    };
    note_read(&ctx, actor, subject, format!("{} appointments", found.len())).await?;
    let appointments = found.into_iter().map(Into::into).collect();
    let body = Appointments { appointments, next };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}

/// Notes who read what of whom.
async fn note_read(ctx: &Ctx, actor: Actor, subject: Subject, detail: String) -> Result<()> {
    let now = ctx.now();
    ctx.db
        .write(move |c| staff::audit(c, now, &actor, "read", subject, &detail))
        .await
}

/// One appointment.
#[utoipa::path(get, path = "/api/v1/appointments/{id}", params(("id" = i64, Path)), tag = "appointments",
    responses((status = 200, body = AppointmentJson, headers(("ETag" = String, description = "The version"))), (status = 404, description = "not there")))]
async fn read((req, ctx): (HttpRequest, Ctx), actor: Actor, id: web::Path<AppointmentId>) -> Result<HttpResponse> {
    let a = ctx.db.read(move |c| store::get_appointment(c, *id)).await?;
    let subject = Subject::of_patient("appointments", a.id.0, a.patient_id.0);
    note_read(&ctx, actor, subject, String::new()).await?;
    show(&req, a.version, &AppointmentJson::from(a))
}
