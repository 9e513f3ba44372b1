//! Leaves that the desk prepares and a manager approves, over JSON.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::actions;
use super::super::model::{Choice, Draft, DraftId, DraftState, Fate, PlanId};
use super::super::store;
use super::{LeavePlan, NewLeavePlan, chosen, shown, wanted};
use crate::appointments::AppointmentId;
use crate::clinic::ProviderId;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::{Body, Change, Ctx, Params, Reply, page, show};
use crate::staff::{self, Actor, DESK, MANAGERS};

/// Drafts in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (50, 200);

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/leave-drafts")
            .route(staff::get(DESK, list))
            .route(staff::post(DESK, prepare)),
    )
    .service(
        web::resource("/api/v1/leave-drafts/{id}")
            .route(staff::get(DESK, read))
            .route(staff::delete(DESK, put_away)),
    )
    .service(web::resource("/api/v1/leave-drafts/{id}/approve").route(staff::post(MANAGERS, approve)));
}

/// What is to become of a visit.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftChoice {
    /// Which.
    id: AppointmentId,
    /// The version that was seen.
    version: i64,
    /// What.
    choice: Choice,
    /// Where to (move), UTC.
    starts_at: Option<String>,
    /// With whom (move).
    provider_id: Option<ProviderId>,
}

/// A leave that waits to be approved.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeaveDraft {
    /// Row id.
    id: DraftId,
    /// Whose leave.
    provider_id: ProviderId,
    /// Start, UTC.
    from: String,
    /// End, UTC.
    until: String,
    /// For colleagues.
    reason: String,
    /// Who prepared it.
    prepared_by: String,
    /// When, UTC.
    prepared_at: String,
    /// Where it stands.
    state: DraftState,
    /// The plan it became.
    plan_id: Option<PlanId>,
    /// Name this version when approving it.
    version: i64,
    /// What is to become of every visit.
    visits: Vec<DraftChoice>,
}

impl From<Draft> for LeaveDraft {
    fn from(d: Draft) -> Self {
        let visits = d.choices().into_iter().map(|(id, version, fate)| {
            let to = match fate {
                Fate::To(at, provider) => Some((at.rfc3339(), provider)),
                Fate::Cancelled | Fate::Called => None,
            };
            let (starts_at, provider_id) = to.unzip();
            DraftChoice {
                id,
                version,
                choice: fate.choice(),
                starts_at,
                provider_id,
            }
        });
        LeaveDraft {
            visits: visits.collect(),
            id: d.id,
            provider_id: d.provider_id,
            from: d.starts_at.rfc3339(),
            until: d.ends_at.rfc3339(),
            reason: d.reason,
            prepared_by: d.actor,
            prepared_at: d.created_at.rfc3339(),
            state: d.state,
            plan_id: d.plan_id,
            version: d.version,
        }
    }
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DraftQuery {
    /// At most so many, 1 to 200 (default 50).
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Leaves that wait to be approved, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeaveDrafts {
    /// The drafts.
    drafts: Vec<LeaveDraft>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

/// Leaves that wait for a manager.
#[utoipa::path(get, path = "/api/v1/leave-drafts", params(DraftQuery), tag = "leave plans",
    responses((status = 200, body = LeaveDrafts, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one")))))]
pub(super) async fn list((req, ctx): (HttpRequest, Ctx), query: Params<DraftQuery>) -> Result<HttpResponse> {
    let limit = page::limit(query.0.limit, LIMIT)?;
    let pages = page::List::new(&ctx.keys, "leave-drafts", &());
    let after: Option<DraftId> = pages.after(query.0.cursor.as_deref())?;
    let mut found = ctx.db.read(move |c| store::list_drafts(c, after, limit + 1)).await?;
    let next = pages.cut(&mut found, limit, |d| d.id)?;
    let drafts = found.into_iter().map(Into::into).collect();
    let body = LeaveDrafts { drafts, next };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}

fn load(c: &mut Conn, id: DraftId) -> Result<LeaveDraft> {
    store::get_draft(c, id).map(Into::into)
}

/// Prepares a leave with a choice for every visit that it takes, for a manager to approve. Changes none of them.
#[utoipa::path(post, path = "/api/v1/leave-drafts", request_body = NewLeavePlan, tag = "leave plans",
    responses((status = 201, body = LeaveDraft, headers(("Location" = String), ("ETag" = String))),
        (status = 409, description = "stale: the visits are not those of the preview any more"), (status = 422, description = "a field is wrong")))]
pub(super) async fn prepare(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    body: Body<NewLeavePlan>,
) -> Result<HttpResponse> {
    let (now, b) = (ctx.now(), body.0);
    let reply = |c: &mut Conn, id: &DraftId| {
        let draft = load(c, *id)?;
        Ok(Reply::created(format!("/api/v1/leave-drafts/{id}"), &draft)?.version(draft.version))
    };
    let prepare = |db: Db| async move {
        db.write(move |c| {
            let list = chosen(c, &b.visits)?;
            let w = wanted(c, b.provider_id, (b.from, b.until), b.reason)?;
            actions::prepare(c, now, &actor, &w, &list)
        })
        .await
    };
    change.answer(&ctx.db, reply, prepare).await
}

/// One of them, also when it is approved or put away.
#[utoipa::path(get, path = "/api/v1/leave-drafts/{id}", params(("id" = i64, Path)), tag = "leave plans",
    responses((status = 200, body = LeaveDraft, headers(("ETag" = String, description = "The version"))), (status = 404, description = "not there")))]
pub(super) async fn read((req, ctx): (HttpRequest, Ctx), id: web::Path<DraftId>) -> Result<HttpResponse> {
    let draft = ctx.db.read(move |c| load(c, *id)).await?;
    show(&req, draft.version, &draft)
}

/// Puts a draft away.
#[utoipa::path(delete, path = "/api/v1/leave-drafts/{id}", params(("id" = i64, Path)), tag = "leave plans",
    responses((status = 204, description = "gone"), (status = 404, description = "not there"),
        (status = 409, description = "stale: it is approved or put away already")))]
pub(super) async fn put_away(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<DraftId>,
) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), *id);
    let work = |db: Db| async move {
        db.write(move |c| {
            let version = store::get_draft(c, id)?.version;
            actions::drop_draft(c, now, &actor, (id, version))
        })
        .await
    };
    change
        .answer(&ctx.db, |_: &mut Conn, (): &()| Ok(Reply::gone()), work)
        .await
}

/// Which draft to approve.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApproveBody {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
}

/// Does what a draft says: adds the leave, and to each visit what was chosen, all of it or nothing.
#[utoipa::path(post, path = "/api/v1/leave-drafts/{id}/approve", request_body = ApproveBody, params(("id" = i64, Path)),
    tag = "leave plans",
    responses((status = 201, body = LeavePlan, headers(("Location" = String), ("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale: the draft or the visits are not as they were; slot_taken, wrong_state: `detail` names the visit; nothing is done")))]
pub(super) async fn approve(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<DraftId>,
    body: Body<ApproveBody>,
) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), *id);
    let seen = (id, change.version(body.0.version)?);
    let reply = |c: &mut Conn, id: &PlanId| {
        let plan = shown(c, *id)?;
        Ok(Reply::created(format!("/api/v1/leave-plans/{id}"), &plan)?.version(plan.version))
    };
    let work = |db: Db| async move {
        db.write(move |c| actions::approve_draft(c, now, &actor, seen, None))
            .await
    };
    let done = change.answer(&ctx.db, reply, work).await;
    change.or_stale(&ctx.db, done, move |c| load(c, id)).await
}
