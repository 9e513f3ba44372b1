//! The JSON API of leave plans.

mod drafts;
mod list;

use actix_web::{HttpRequest, HttpResponse, Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::actions::{self, Chosen};
use super::drafts::{Visit, preview};
use super::model::{Choice, Fate, PlanId, UNDO_MS, Wanted};
use super::store;
use crate::appointments::api::AppointmentJson;
use crate::appointments::model::free::Span;
use crate::appointments::model::suggest::Free;
use crate::appointments::{AppointmentId, get_appointment};
use crate::clinic::{self, ChairId, ProviderId};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::web::{Body, Change, Ctx, Params, Reply, show};
use crate::staff::{self, Actor, DESK, MANAGERS, Subject};

/// This feature's part of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(
    look,
    list::list,
    approve,
    read,
    undo,
    drafts::list,
    drafts::prepare,
    drafts::read,
    drafts::put_away,
    drafts::approve
))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/leave-plans/preview").route(staff::get(DESK, look)))
        .service(
            web::resource("/api/v1/leave-plans")
                .route(staff::get(DESK, list::list))
                .route(staff::post(MANAGERS, approve)),
        )
        .service(web::resource("/api/v1/leave-plans/{id}").route(staff::get(DESK, read)))
        .service(web::resource("/api/v1/leave-plans/{id}/undo").route(staff::post(MANAGERS, undo)));
    drafts::routes(cfg);
}

/// Which leave.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LeaveQuery {
    /// Whose.
    provider_id: ProviderId,
    /// Start, RFC 3339 with an offset.
    #[param(value_type = String, format = DateTime)]
    from: Instant,
    /// End.
    #[param(value_type = String, format = DateTime)]
    until: Instant,
}

/// Where a visit could go.
#[derive(Debug, Serialize, ToSchema)]
pub struct WayOut {
    /// Start, UTC.
    starts_at: String,
    /// With whom.
    provider_id: ProviderId,
    /// In which chair, most likely.
    chair_id: ChairId,
    /// What the patient would be told; none when nothing would be sent.
    message: Option<String>,
}

/// A visit that the leave takes, and its ways out. None of the suggestions is in the way of another.
#[derive(Debug, Serialize, ToSchema)]
pub struct AffectedVisit {
    /// The visit.
    #[serde(flatten)]
    appointment: AppointmentJson,
    /// The same provider at another time.
    same_provider: Option<WayOut>,
    /// Another provider on the same day.
    other_provider: Option<WayOut>,
    /// What the patient would be told of a cancellation.
    cancel_message: Option<String>,
}

/// What a leave would take.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeavePreview {
    /// The visits, by time: all of them have to be named to approve the leave.
    visits: Vec<AffectedVisit>,
}

fn way_out(free: Option<Free>, message: Option<String>) -> Option<WayOut> {
    free.map(|f| WayOut {
        starts_at: f.start.rfc3339(),
        provider_id: f.provider,
        chair_id: f.chair,
        message,
    })
}

impl From<Visit> for AffectedVisit {
    fn from(v: Visit) -> Self {
        let [same, other] = v.drafts;
        AffectedVisit {
            appointment: v.of.visit.into(),
            same_provider: way_out(v.of.later, same),
            other_provider: way_out(v.of.other, other),
            cancel_message: v.cancelled,
        }
    }
}

/// The leave, when nothing is wrong with it.
fn wanted(c: &mut Conn, provider: ProviderId, (from, until): (Instant, Instant), reason: String) -> Result<Wanted> {
    let wanted = Wanted {
        provider,
        span: Span { from, until },
        reason,
    };
    let mut faults = wanted.check();
    if clinic::find_provider(c, provider)?.is_none() {
        faults.add("provider_id", "unknown", "没有这位医生", "There is no such provider");
    }
    faults.finish()?;
    Ok(wanted)
}

/// The visits that a leave would take, with two suggestions each and what patients would be told. Changes nothing.
#[utoipa::path(get, path = "/api/v1/leave-plans/preview", params(LeaveQuery), tag = "leave plans",
    responses((status = 200, body = LeavePreview), (status = 422, description = "a parameter is wrong")))]
async fn look(ctx: Ctx, actor: Actor, query: Params<LeaveQuery>) -> Result<impl Responder> {
    let (now, q) = (ctx.now(), query.0);
    let visits = ctx
        .db
        .read(move |c| {
            let w = wanted(c, q.provider_id, (q.from, q.until), String::new())?;
            let clinic = clinic::snapshot(c)?;
            preview(c, now, &clinic, &w)
        })
        .await?;
    staff::read_of_list(&ctx.db, now, &actor, "appointments", visits.len()).await?;
    let visits = visits.into_iter().map(Into::into).collect();
    Ok(web::Json(LeavePreview { visits }))
}

/// What is to become of a visit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitChoice {
    /// Which.
    id: AppointmentId,
    /// The version that was seen.
    version: i64,
    /// What: moved, cancelled and told, or left until the patient has been called.
    choice: Choice,
    /// Where to (move), RFC 3339 with an offset.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Instant>,
    /// With whom (move); without it, with the same provider.
    provider_id: Option<ProviderId>,
}

/// A leave that is to be, with a choice for each visit that it takes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLeavePlan {
    /// Whose.
    provider_id: ProviderId,
    /// Start, RFC 3339 with an offset.
    #[schema(value_type = String, format = DateTime)]
    from: Instant,
    /// End.
    #[schema(value_type = String, format = DateTime)]
    until: Instant,
    /// For colleagues.
    #[serde(default)]
    reason: String,
    /// The visits of the preview, every one of them.
    visits: Vec<VisitChoice>,
}

/// The choices, a fault at the field of each that is not whole.
fn chosen(c: &mut Conn, list: &[VisitChoice]) -> Result<Vec<Chosen>> {
    let mut faults = Vec::new();
    let mut read = Vec::with_capacity(list.len());
    for (i, v) in list.iter().enumerate() {
        let fate = match (v.choice, v.starts_at) {
            (Choice::Cancel, _) => Fate::Cancelled,
            (Choice::Call, _) => Fate::Called,
            (Choice::Move, Some(at)) => match v.provider_id {
                Some(provider) => Fate::To(at, provider),
                None => Fate::To(at, get_appointment(c, v.id)?.provider_id),
            },
            (Choice::Move, None) => {
                faults.push(FieldError::required(format!("visits[{i}].starts_at")));
                continue;
            }
        };
        let (id, version) = (v.id, v.version);
        read.push(Chosen { id, version, fate });
    }
    if faults.is_empty() {
        Ok(read)
    } else {
        Err(Error::Invalid(faults))
    }
}

/// What a plan did to a visit.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlannedVisit {
    /// Which.
    id: AppointmentId,
    /// What.
    choice: Choice,
    /// The version that it led to.
    version: i64,
    /// Whether the patient is still to be called.
    to_call: bool,
}

/// A leave that was planned over visits, and what became of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeavePlan {
    /// Row id.
    id: PlanId,
    /// Whose leave.
    provider_id: ProviderId,
    /// Start, UTC.
    from: String,
    /// End, UTC.
    until: String,
    /// For colleagues.
    reason: String,
    /// Who approved it.
    approved_by: String,
    /// When, UTC.
    approved_at: String,
    /// Until when all of it can be taken back, UTC.
    undo_until: String,
    /// When it was taken back, UTC.
    undone_at: Option<String>,
    /// 1, or 2 once it was taken back.
    version: i64,
    /// What it did.
    visits: Vec<PlannedVisit>,
}

fn shown(c: &mut Conn, id: PlanId) -> Result<LeavePlan> {
    let (plan, steps) = store::get_plan(c, id)?;
    let stands = plan.undone_at.is_none();
    let visits = steps.into_iter().map(|(step, visit, _)| PlannedVisit {
        to_call: stands && step.awaits_call(&visit),
        id: step.appointment,
        choice: step.choice,
        version: step.version,
    });
    Ok(LeavePlan {
        id,
        provider_id: plan.provider_id,
        from: plan.starts_at.rfc3339(),
        until: plan.ends_at.rfc3339(),
        version: plan.version(),
        undo_until: (plan.created_at + UNDO_MS).rfc3339(),
        undone_at: plan.undone_at.map(Instant::rfc3339),
        approved_at: plan.created_at.rfc3339(),
        approved_by: plan.actor,
        reason: plan.reason,
        visits: visits.collect(),
    })
}

/// Adds the leave and does to each visit what was chosen: all of it or nothing. Messages are held for two minutes.
#[utoipa::path(post, path = "/api/v1/leave-plans", request_body = NewLeavePlan, tag = "leave plans",
    responses((status = 201, body = LeavePlan, headers(("Location" = String), ("ETag" = String))),
        (status = 409, description = "stale: the visits are not those of the preview any more; slot_taken, wrong_state: `detail` names the visit; nothing is done"),
        (status = 422, description = "a field is wrong")))]
async fn approve((ctx, change): (Ctx, Change), actor: Actor, body: Body<NewLeavePlan>) -> Result<HttpResponse> {
    let (now, b) = (ctx.now(), body.0);
    let reply = |c: &mut Conn, id: &PlanId| {
        let plan = shown(c, *id)?;
        Ok(Reply::created(format!("/api/v1/leave-plans/{id}"), &plan)?.version(plan.version))
    };
    let approve = |db: Db| async move {
        db.write(move |c| {
            let list = chosen(c, &b.visits)?;
            let w = wanted(c, b.provider_id, (b.from, b.until), b.reason)?;
            actions::approve(c, now, &actor, &w, &list)
        })
        .await
    };
    change.answer(&ctx.db, reply, approve).await
}

/// A plan, and what it did.
#[utoipa::path(get, path = "/api/v1/leave-plans/{id}", params(("id" = i64, Path)), tag = "leave plans",
    responses((status = 200, body = LeavePlan, headers(("ETag" = String, description = "The version"))), (status = 404, description = "not there")))]
async fn read((req, ctx): (HttpRequest, Ctx), actor: Actor, id: web::Path<PlanId>) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), *id);
    let plan = ctx.db.read(move |c| shown(c, id)).await?;
    staff::read_of_list(&ctx.db, now, &actor, "leave_plans", plan.visits.len()).await?;
    show(&req, plan.version, &plan)
}

/// Which plan to take back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoPlanBody {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
}

/// Takes all of a plan back within two minutes: the leave and every step, unless one of the visits has changed since.
#[utoipa::path(post, path = "/api/v1/leave-plans/{id}/undo", request_body = UndoPlanBody, params(("id" = i64, Path)),
    tag = "leave plans",
    responses((status = 200, body = LeavePlan, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, too_late, slot_taken: nothing is taken back")))]
async fn undo(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<PlanId>,
    body: Body<UndoPlanBody>,
) -> Result<HttpResponse> {
    let (id, now) = (*id, ctx.now());
    let version = change.version(body.0.version)?;
    let reply = move |c: &mut Conn, (): &()| {
        let plan = shown(c, id)?;
        Ok(Reply::ok(&plan)?.version(plan.version))
    };
    let undo = |db: Db| async move {
        db.write(move |c| {
            if store::get_plan(c, id)?.0.version() != version {
                let zone = clinic::the_site(c)?.tz();
                return Err(staff::stale(c, zone, Subject::of("leave_plans", id.0))?);
            }
            actions::undo(c, now, &actor, id)
        })
        .await
    };
    let done = change.answer(&ctx.db, reply, undo).await;
    change.or_stale(&ctx.db, done, move |c| shown(c, id)).await
}
