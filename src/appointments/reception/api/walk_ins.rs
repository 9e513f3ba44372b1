//! The queue of walk-ins over JSON.

use actix_web::{HttpResponse, Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions::{self, NewWalkIn, Placing, Retriage};
use super::super::model::walk_in::{Suggestion, Urgency, WalkIn, WalkInId, WalkInState};
use super::super::pages::walk_in::queue;
use super::super::store;
use crate::appointments::api::AppointmentJson;
use crate::appointments::{Appointment, AppointmentId};
use crate::clinic::{ChairId, ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::{Body, Change, Ctx, Reply};
use crate::staff::{self, Actor, DESK, EVERYONE};

/// This part's share of the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, create, edit, place, leave))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/walk-ins")
            .route(staff::get(EVERYONE, list))
            .route(staff::post(DESK, create)),
    )
    .service(web::resource("/api/v1/walk-ins/{id}").route(staff::patch(DESK, edit)))
    .service(web::resource("/api/v1/walk-ins/{id}/place").route(staff::post(DESK, place)))
    .service(web::resource("/api/v1/walk-ins/{id}/leave").route(staff::post(DESK, leave)));
}

/// Who could see a walk-in, from when on and for how long.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestionJson {
    /// Who.
    provider_id: ProviderId,
    /// In which chair.
    chair_id: ChairId,
    /// Free from, UTC.
    starts_at: String,
    /// Free until, UTC.
    free_until: String,
    /// Whether that is now.
    now: bool,
}

impl From<Suggestion> for SuggestionJson {
    fn from(s: Suggestion) -> Self {
        SuggestionJson {
            provider_id: s.provider,
            chair_id: s.chair,
            starts_at: s.start.rfc3339(),
            free_until: s.until.rfc3339(),
            now: s.why_later.is_none(),
        }
    }
}

/// Somebody who came without an appointment.
#[derive(Debug, Serialize, ToSchema)]
pub struct WalkInJson {
    /// Row id.
    id: WalkInId,
    /// The number called; from 1 each day.
    number: i32,
    /// Who.
    patient_id: PatientId,
    /// For what.
    service_id: ServiceId,
    /// In the patient's words.
    complaint: String,
    /// How soon.
    urgency: Urgency,
    /// Since when here, UTC.
    arrived_at: String,
    /// What became of it.
    state: WalkInState,
    /// The appointment it became.
    appointment_id: Option<AppointmentId>,
    /// Why the patient left unseen.
    left_reason: String,
    /// Name this version when changing it.
    version: i64,
    /// Who could see them, the soonest first; only of those who wait.
    suggestions: Vec<SuggestionJson>,
}

fn shown(w: WalkIn, suggestions: Vec<Suggestion>) -> WalkInJson {
    WalkInJson {
        id: w.id,
        number: w.number,
        patient_id: w.patient_id,
        service_id: w.service_id,
        complaint: w.complaint,
        urgency: w.urgency,
        arrived_at: w.arrived_at.rfc3339(),
        state: w.state,
        appointment_id: w.appointment_id,
        left_reason: w.left_reason,
        version: w.version,
        suggestions: suggestions.into_iter().map(Into::into).collect(),
    }
}

/// Today's queue, in triage order.
#[derive(Debug, Serialize, ToSchema)]
pub struct WalkIns {
    /// Who waits.
    walk_ins: Vec<WalkInJson>,
}

/// Who waits today without an appointment, in triage order, and who could see them.
#[utoipa::path(get, path = "/api/v1/walk-ins", tag = "appointments", responses((status = 200, body = WalkIns)))]
async fn list(ctx: Ctx, actor: Actor) -> Result<impl Responder> {
    let now = ctx.now();
    let rows = ctx.db.read(move |c| queue(c, now)).await?;
    staff::read_of_list(&ctx.db, now, &actor, "walk_ins", rows.len()).await?;
    Ok(web::Json(WalkIns {
        walk_ins: rows.into_iter().map(|(w, _, s)| shown(w, s)).collect(),
    }))
}

/// Somebody to be put into the queue.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWalkInBody {
    /// Who.
    patient_id: PatientId,
    /// For what, most likely.
    service_id: ServiceId,
    /// In the patient's words.
    #[serde(default)]
    complaint: String,
    /// How soon.
    urgency: Urgency,
}

/// Puts a patient into today's queue.
#[utoipa::path(post, path = "/api/v1/walk-ins", request_body = NewWalkInBody, tag = "appointments",
    responses((status = 201, body = WalkInJson), (status = 409, description = "already_waiting"),
        (status = 422, description = "a field is wrong")))]
async fn create((ctx, change): (Ctx, Change), actor: Actor, body: Body<NewWalkInBody>) -> Result<HttpResponse> {
    let (now, b) = (ctx.now(), body.0);
    let new = NewWalkIn {
        service: b.service_id,
        complaint: b.complaint,
        urgency: b.urgency,
    };
    let patient = b.patient_id;
    let reply = |_: &mut Conn, w: &WalkIn| {
        let made = Reply::created("/api/v1/walk-ins", &shown(w.clone(), Vec::new()))?;
        Ok(made.version(w.version))
    };
    let add = |db: Db| async move { actions::add_walk_in(&db, now, actor, new, move |_| Ok(patient)).await };
    change.answer(&ctx.db, reply, add).await
}

/// What is changed of a walk-in who waits; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetriageBody {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    /// How soon.
    urgency: Option<Urgency>,
    /// For what.
    service_id: Option<ServiceId>,
}

/// Changes how urgent a walk-in who waits is, or what for.
#[utoipa::path(patch, path = "/api/v1/walk-ins/{id}", request_body = RetriageBody, tag = "appointments",
    params(("id" = i64, Path)),
    responses((status = 200, body = WalkInJson), (status = 404, description = "not there"),
        (status = 409, description = "stale: changed, or no longer waiting"), (status = 422, description = "a field is wrong")))]
async fn edit(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<WalkInId>,
    body: Body<RetriageBody>,
) -> Result<HttpResponse> {
    let (id, now, b) = (*id, ctx.now(), body.0);
    let step = (id, change.version(b.version)?);
    let wanted = Retriage {
        urgency: b.urgency,
        service: b.service_id,
    };
    let reply = |_: &mut Conn, w: &WalkIn| Ok(Reply::ok(&shown(w.clone(), Vec::new()))?.version(w.version));
    let edit = |db: Db| async move { actions::retriage(&db, now, actor, step, wanted).await };
    let done = change.answer(&ctx.db, reply, edit).await;
    change.or_stale(&ctx.db, done, move |c| current(c, id)).await
}

/// Who is to see a walk-in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceBody {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    /// By whom.
    provider_id: ProviderId,
    /// From when on, RFC 3339 with an offset; without it, or when it has passed: now.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Instant>,
    /// Why it is put over whatever is in the way: needs the permission to overbook.
    overbook: Option<String>,
}

/// Gives a walk-in an appointment of today (`source` is `walk-in`), as arrived since they came.
#[utoipa::path(post, path = "/api/v1/walk-ins/{id}/place", request_body = PlaceBody, tag = "appointments",
    params(("id" = i64, Path)),
    responses((status = 201, body = AppointmentJson), (status = 404, description = "not there"),
        (status = 409, description = "stale, slot_taken; `next` has other times"), (status = 422, description = "a field is wrong")))]
async fn place(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<WalkInId>,
    body: Body<PlaceBody>,
) -> Result<HttpResponse> {
    let (id, now, b) = (*id, ctx.now(), body.0);
    let placing = Placing {
        id,
        version: change.version(b.version)?,
        provider: b.provider_id,
        starts_at: b.starts_at,
        overbook: b.overbook,
    };
    let reply = |_: &mut Conn, a: &Appointment| {
        let at = format!("/api/v1/appointments/{}", a.id);
        Ok(Reply::created(at, &AppointmentJson::from(a.clone()))?.version(a.version))
    };
    let place = |db: Db| async move { actions::place_walk_in(&db, now, actor, placing).await };
    let done = change.answer(&ctx.db, reply, place).await;
    change.or_stale(&ctx.db, done, move |c| current(c, id)).await
}

/// Why somebody did not stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveBody {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    /// Why.
    reason: String,
}

/// Notes that a walk-in left without being seen.
#[utoipa::path(post, path = "/api/v1/walk-ins/{id}/leave", request_body = LeaveBody, tag = "appointments",
    params(("id" = i64, Path)),
    responses((status = 200, body = WalkInJson), (status = 404, description = "not there"),
        (status = 409, description = "stale"), (status = 422, description = "a field is wrong")))]
async fn leave(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<WalkInId>,
    body: Body<LeaveBody>,
) -> Result<HttpResponse> {
    let (id, now, b) = (*id, ctx.now(), body.0);
    let step = (id, change.version(b.version)?);
    let reply = |_: &mut Conn, w: &WalkIn| Ok(Reply::ok(&shown(w.clone(), Vec::new()))?.version(w.version));
    let leave = |db: Db| async move { actions::leave_unseen(&db, now, actor, step, &b.reason).await };
    let done = change.answer(&ctx.db, reply, leave).await;
    change.or_stale(&ctx.db, done, move |c| current(c, id)).await
}

/// What a caller who knew an older version is shown.
fn current(c: &mut Conn, id: WalkInId) -> Result<WalkInJson> {
    Ok(shown(store::get_walk_in(c, id)?, Vec::new()))
}
