//! The recalls of a patient, and the risk that decides on their intervals.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::super::actions;
use super::super::super::model::Risk;
use super::super::super::store::recalls;
use super::one::RecallDetail;
use crate::patients::{self, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::{Body, Change, Ctx, Reply, show};
use crate::staff::{self, Actor, Subject};

/// The recalls of a patient.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct PatientRecalls {
    /// All there are, also those that are not open.
    items: Vec<RecallDetail>,
}

/// All recalls of a patient. The read is audited.
#[utoipa::path(get, path = "/api/v1/patients/{id}/recalls", tag = "outreach", params(("id" = i64, Path)),
    responses((status = 200, body = PatientRecalls), (status = 404)))]
pub(in super::super) async fn of_patient(
    ctx: Ctx,
    actor: Actor,
    id: web::Path<PatientId>,
) -> Result<web::Json<PatientRecalls>> {
    let (now, id) = (ctx.now(), *id);
    let items = ctx.db.read(move |c| load(c, now, id)).await?;
    staff::read_of_record(&ctx.db, now, &actor, "recalls", id.0).await?;
    Ok(web::Json(PatientRecalls { items }))
}

fn load(c: &mut Conn, now: Instant, id: PatientId) -> Result<Vec<RecallDetail>> {
    patients::get_patient(c, id)?;
    let (types, steps) = (recalls::list_types(c)?, actions::explain(c, now, id)?);
    let rows = steps.into_iter().filter_map(|s| Some((s.row?, s.ended)));
    rows.map(|(row, ended)| RecallDetail::of(c, row, ended, &types))
        .collect()
}

/// How much at risk a patient is.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct RiskJson {
    patient_id: PatientId,
    /// `normal` until somebody has said otherwise.
    risk: Risk,
    /// Who has said so.
    set_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    set_at: Option<Instant>,
    /// 0 until somebody has said so.
    version: i64,
}

impl RiskJson {
    fn load(c: &mut Conn, id: PatientId) -> Result<RiskJson> {
        patients::get_patient(c, id)?;
        let set = recalls::find_risk(c, id)?;
        Ok(RiskJson {
            patient_id: id,
            risk: set.as_ref().map_or(Risk::Normal, |r| r.risk),
            set_at: set.as_ref().map(|r| r.set_at),
            version: set.as_ref().map_or(0, |r| r.version),
            set_by: set.map(|r| r.set_by),
        })
    }
}

/// How much at risk a patient is. The read is audited.
#[utoipa::path(get, path = "/api/v1/patients/{id}/recall-risk", tag = "outreach", params(("id" = i64, Path)),
    responses((status = 200, body = RiskJson, headers(("ETag" = String, description = "The version"))), (status = 404)))]
pub(in super::super) async fn risk(
    (req, ctx): (HttpRequest, Ctx),
    actor: Actor,
    id: web::Path<PatientId>,
) -> Result<HttpResponse> {
    let id = *id;
    let found = ctx.db.read(move |c| RiskJson::load(c, id)).await?;
    staff::read_of_record(&ctx.db, ctx.now(), &actor, "recall_risks", id.0).await?;
    show(&req, found.version, &found)
}

/// How much at risk a patient is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RiskPatch {
    /// The version it was made on, here or in `If-Match`; 0: none was set.
    version: Option<i64>,
    risk: Risk,
}

/// Sets how much at risk a patient is; the recalls follow.
#[utoipa::path(patch, path = "/api/v1/patients/{id}/recall-risk", tag = "outreach", params(("id" = i64, Path)), request_body = RiskPatch,
    responses((status = 200, body = RiskJson, headers(("ETag" = String))), (status = 404), (status = 409, description = "stale"), (status = 422)))]
pub(in super::super) async fn set_risk(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<PatientId>,
    Body(body): Body<RiskPatch>,
) -> Result<HttpResponse> {
    let (id, now, who) = (*id, ctx.now(), actor.clone());
    let step = (id, change.version(body.version)?);
    ctx.db.read(move |c| patients::get_patient(c, id).map(drop)).await?;
    let reply = move |c: &mut Conn, (): &()| {
        let set = RiskJson::load(c, id)?;
        Ok(Reply::ok(&set)?.version(set.version))
    };
    let act = |db: Db| async move { actions::set_risk(&db, now, actor, step, body.risk).await };
    let done = change.answer(&ctx.db, reply, act).await;
    let current = move |c: &mut Conn| {
        let subject = Subject::of_patient("recall_risks", id.0, id.0);
        staff::audit(c, now, &who, "read", subject, "")?;
        RiskJson::load(c, id)
    };
    change.or_stale(&ctx.db, done, current).await
}
