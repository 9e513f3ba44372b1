//! The JSON API of appointments and free times.

use actix_web::{HttpResponse, Responder, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::actions::{self, Booking, Search, Step, Target};
use super::model::{Action, Appointment, AppointmentId, Status};
use super::store::{self, Except};
use crate::clinic::{self, ChairId, ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::{Instant, day_bounds, plus_days};
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::records::Observers;
use crate::staff::{self, Actor, DESK, EVERYONE};

/// Slots an answer holds at most.
const SLOTS_MAX: usize = 500;
/// Days an answer of appointments covers at most.
const DAYS_MAX: i64 = 62;

/// This feature's part of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(slots, list, create, read, step, undo))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/slots").route(staff::get(EVERYONE, slots)))
        .service(
            web::resource("/api/v1/appointments")
                .route(staff::get(EVERYONE, list))
                .route(staff::post(DESK, create)),
        )
        .service(web::resource("/api/v1/appointments/{id}").route(staff::get(EVERYONE, read)))
        .service(web::resource("/api/v1/appointments/{id}/undo").route(staff::post(DESK, undo)))
        .service(web::resource("/api/v1/appointments/{id}/{action}").route(staff::post(EVERYONE, step)));
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

/// Free times for a service.
#[utoipa::path(get, path = "/api/v1/slots", params(SlotQuery), tag = "appointments",
    responses((status = 200, body = Slots), (status = 422, description = "a parameter is wrong")))]
async fn slots(ctx: Ctx, query: web::Query<SlotQuery>) -> Result<impl Responder> {
    let (now, q) = (ctx.now(), query.into_inner());
    let found = ctx
        .db
        .read(move |c| {
            let zone = clinic::the_site(c)?.tz();
            let search = Search {
                service: q.service_id,
                provider: q.provider_id,
                minutes: q.minutes,
                first: q.from.unwrap_or_else(|| now.day(zone)),
                days: q.days.unwrap_or(7),
                except: Except {
                    patient: q.patient_id,
                    appointment: None,
                },
            };
            let found = actions::find_free(c, now, &search)?;
            let limit = q.limit.unwrap_or(100).min(SLOTS_MAX);
            let slots = found
                .free
                .iter()
                .take(limit)
                .filter_map(|(start, provider)| {
                    let chair = found.providers.iter().find(|p| p.id == *provider)?.chair_id;
                    let visit = found.wish.visit(*start);
                    Some(Slot {
                        starts_at: visit.from.rfc3339_in(zone),
                        ends_at: visit.until.rfc3339_in(zone),
                        provider_id: *provider,
                        chair_id: chair,
                    })
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
    /// When the visit was over, UTC.
    finished_at: Option<String>,
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
    days: Option<i64>,
    /// Only this patient's; then all of them, latest first.
    patient_id: Option<PatientId>,
}

/// Appointments, by start.
#[derive(Debug, Serialize, ToSchema)]
pub struct Appointments {
    /// The appointments.
    appointments: Vec<AppointmentJson>,
}

/// The appointments of some days, or of a patient.
#[utoipa::path(get, path = "/api/v1/appointments", params(ListQuery), tag = "appointments",
    responses((status = 200, body = Appointments)))]
async fn list(ctx: Ctx, query: web::Query<ListQuery>) -> Result<impl Responder> {
    let (now, q) = (ctx.now(), query.into_inner());
    let found = ctx
        .db
        .read(move |c| {
            if let Some(patient) = q.patient_id {
                return store::list_of_patient(c, patient, 200);
            }
            let site = clinic::the_site(c)?;
            let first = q.from.unwrap_or_else(|| now.day(site.tz()));
            let last = plus_days(first, q.days.unwrap_or(1).clamp(1, DAYS_MAX) - 1);
            let (from, until) = (day_bounds(site.tz(), first).0, day_bounds(site.tz(), last).1);
            Ok(store::list_between(c, site.id, from, until)?
                .into_iter()
                .map(|(a, _)| a)
                .collect())
        })
        .await?;
    Ok(web::Json(Appointments {
        appointments: found.into_iter().map(Into::into).collect(),
    }))
}

/// An appointment to be booked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAppointment {
    /// Who comes.
    patient_id: PatientId,
    /// For what.
    service_id: ServiceId,
    /// With whom; without it, whoever does the service and is free.
    provider_id: Option<ProviderId>,
    /// Start, RFC 3339 with an offset.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Instant,
    /// Another length than the service's.
    minutes: Option<i32>,
    /// For colleagues.
    #[serde(default)]
    note: String,
    /// Whether the patient is sent a confirmation (held for two minutes).
    #[serde(default)]
    notify: bool,
}

/// Books a time. Of simultaneous requests for one time exactly one gets 201; the others get 409 with the next free times.
#[utoipa::path(post, path = "/api/v1/appointments", request_body = NewAppointment, tag = "appointments",
    responses((status = 201, body = AppointmentJson), (status = 409, description = "taken; `next` has other times"),
        (status = 422, description = "a field is wrong")))]
async fn create(ctx: Ctx, actor: Actor, body: web::Json<NewAppointment>) -> Result<HttpResponse> {
    let b = body.into_inner();
    let booking = Booking {
        patient: b.patient_id,
        service: b.service_id,
        provider: b.provider_id,
        starts_at: b.starts_at,
        minutes: b.minutes,
        note: b.note,
        source: "api",
        tell: b.notify,
    };
    let booked = actions::book(&ctx.db, ctx.now(), actor, booking).await?;
    Ok(HttpResponse::Created()
        .insert_header(("Location", format!("/api/v1/appointments/{}", booked.id)))
        .json(AppointmentJson::from(booked)))
}

/// One appointment.
#[utoipa::path(get, path = "/api/v1/appointments/{id}", params(("id" = i64, Path)), tag = "appointments",
    responses((status = 200, body = AppointmentJson), (status = 404, description = "not there")))]
async fn read(ctx: Ctx, id: web::Path<AppointmentId>) -> Result<HttpResponse> {
    let a = ctx.db.read(move |c| store::get_appointment(c, *id)).await?;
    Ok(HttpResponse::Ok()
        .insert_header(("ETag", format!("\"{}\"", a.version)))
        .json(AppointmentJson::from(a)))
}

/// What a step needs to know.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepBody {
    /// The version that was seen; another one in the meantime gives 409 `stale`.
    version: i64,
    /// Why (cancel).
    #[serde(default)]
    reason: String,
    /// New start (move), RFC 3339 with an offset.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Instant>,
    /// New provider (move).
    provider_id: Option<ProviderId>,
    /// New length (move).
    minutes: Option<i32>,
}

/// Takes a step: confirm, arrive, seat, finish, no-show, cancel or move. Each can be undone for 8 seconds.
#[utoipa::path(post, path = "/api/v1/appointments/{id}/{action}", request_body = StepBody, tag = "appointments",
    params(("id" = i64, Path), ("action" = String, Path, description = "confirm, arrive, seat, finish, no-show, cancel, move")),
    responses((status = 200, body = AppointmentJson), (status = 404, description = "not there"),
        (status = 409, description = "stale, wrong_state, slot_taken"), (status = 422, description = "a field is wrong")))]
async fn step(
    (ctx, observers): (Ctx, web::Data<Observers>),
    actor: Actor,
    path: web::Path<(AppointmentId, String)>,
    body: web::Json<StepBody>,
) -> Result<impl Responder> {
    let ((id, action), b) = (path.into_inner(), body.into_inner());
    let action: Action = action.parse().map_err(|_unknown| Error::NotFound("action"))?;
    super::pages::may(&actor, action)?;
    let (db, now) = (&ctx.db, ctx.now());
    let a = match action {
        Action::Book => return Err(Error::NotFound("action")),
        Action::Cancel => actions::cancel(db, now, actor, (id, b.version), &b.reason).await?,
        Action::Move => {
            let starts_at = b
                .starts_at
                .ok_or_else(|| Error::Invalid(vec![crate::platform::error::FieldError::required("starts_at")]))?;
            let to = Target {
                starts_at,
                provider: b.provider_id,
                minutes: b.minutes,
            };
            actions::reschedule(db, now, actor, (id, b.version), to).await?
        }
        _ => {
            actions::advance(
                db,
                now,
                actor,
                observers.to_vec(),
                Step {
                    id,
                    version: b.version,
                    action,
                },
            )
            .await?
        }
    };
    Ok(web::Json(AppointmentJson::from(a)))
}

/// Takes back the latest step, within 8 seconds.
#[utoipa::path(post, path = "/api/v1/appointments/{id}/undo", params(("id" = i64, Path)), tag = "appointments",
    responses((status = 200, body = AppointmentJson), (status = 409, description = "too late, or changed since")))]
async fn undo(
    ctx: Ctx,
    observers: web::Data<Observers>,
    actor: Actor,
    id: web::Path<AppointmentId>,
) -> Result<impl Responder> {
    let a = actions::undo(&ctx.db, ctx.now(), actor, observers.to_vec(), *id).await?;
    Ok(web::Json(AppointmentJson::from(a)))
}
