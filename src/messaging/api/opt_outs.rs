//! A patient's opt-outs over JSON.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions::{self, Reach};
use super::super::model::{Carrier, OptOut, OptOutId, Scope};
use crate::patients::{PatientId, get_patient};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::{Body, Change, Ctx, Reply};
use crate::staff::{self, Actor, DESK};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/patients/{id}/opt-outs")
            .route(staff::get(DESK, list))
            .route(staff::post(DESK, create)),
    )
    .service(web::resource("/api/v1/patients/{id}/opt-outs/{opt_out}").route(staff::delete(DESK, remove)));
}

/// An opt-out at a patient's number or address.
#[derive(Debug, Serialize, ToSchema)]
struct OptOutJson {
    id: OptOutId,
    /// By which channel.
    channel: Carrier,
    /// Which number (E.164) or email address.
    address: String,
    /// Of what.
    scope: Scope,
    /// By what that is known.
    evidence: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
}

impl From<OptOut> for OptOutJson {
    fn from(o: OptOut) -> OptOutJson {
        OptOutJson {
            id: o.id,
            channel: o.channel,
            address: o.address,
            scope: o.scope,
            evidence: o.evidence,
            at: o.at,
        }
    }
}

/// A number or address by which a patient is written to.
#[derive(Debug, Serialize, ToSchema)]
struct ReachJson {
    /// How.
    channel: Carrier,
    /// Where.
    address: String,
    /// Whether the record says no to this channel.
    refused: bool,
    /// Whether nothing goes there because mail came back.
    suppressed: bool,
    /// Others who have it, for whom the opt-outs hold, too.
    shared_with: Vec<PatientId>,
}

impl From<&Reach> for ReachJson {
    fn from(r: &Reach) -> ReachJson {
        ReachJson {
            channel: r.channel,
            address: r.address.clone(),
            refused: r.refused,
            suppressed: r.is_suppressed(),
            shared_with: r.others.iter().map(|(id, _)| *id).collect(),
        }
    }
}

/// A patient's opt-outs.
#[derive(Debug, Serialize, ToSchema)]
struct OptOutList {
    /// By channel, the oldest first.
    items: Vec<OptOutJson>,
    /// Where the patient can be written to.
    addresses: Vec<ReachJson>,
}

/// What a patient's number and address have opted out of. The read is audited.
#[utoipa::path(get, path = "/api/v1/patients/{id}/opt-outs", tag = "messages", params(("id" = i64, Path)),
    responses((status = 200, body = OptOutList), (status = 404)))]
async fn list(ctx: Ctx, actor: Actor, id: web::Path<PatientId>) -> Result<web::Json<OptOutList>> {
    let id = *id;
    let reach = ctx.db.read(move |c| {
        let patient = get_patient(c, id)?;
        actions::reach_of(c, &patient)
    });
    let reach = reach.await?;
    staff::read_of_record(&ctx.db, ctx.now(), &actor, "messages", id.0).await?;
    Ok(web::Json(OptOutList {
        addresses: reach.iter().map(Into::into).collect(),
        items: reach.into_iter().flat_map(|r| r.opt_outs).map(Into::into).collect(),
    }))
}

/// An opt-out that somebody was told of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOptOut {
    /// At the patient's mobile number or email address.
    channel: Carrier,
    /// Of what.
    scope: Scope,
    /// What they said, up to 200 characters.
    note: Option<String>,
}

/// Notes that a patient wants no more of something at their number or address.
#[utoipa::path(post, path = "/api/v1/patients/{id}/opt-outs", tag = "messages", params(("id" = i64, Path)), request_body = NewOptOut,
    responses((status = 201, body = OptOutJson, headers(("Location" = String))), (status = 404), (status = 409, description = "opted_out_already"), (status = 422, description = "a field is wrong")))]
async fn create(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<PatientId>,
    Body(new): Body<NewOptOut>,
) -> Result<HttpResponse> {
    let (id, now) = (*id, ctx.now());
    let reply = move |c: &mut Conn, made: &OptOutId| {
        let found = actions::find_opt_out(c, *made)?.ok_or(Error::NotFound("opt-out"))?;
        let body: OptOutJson = found.into();
        Reply::created(format!("/api/v1/patients/{id}/opt-outs/{made}"), &body)
    };
    let act = |db: Db| async move {
        let note = new.note.unwrap_or_default();
        let to = (id, new.channel);
        db.write(move |c| actions::note_opt_out(c, now, &actor, to, (new.scope, &note)))
            .await
    };
    change.answer(&ctx.db, reply, act).await
}

/// Lifts an opt-out: the patient wants such messages again.
#[utoipa::path(delete, path = "/api/v1/patients/{id}/opt-outs/{opt_out}", tag = "messages",
    params(("id" = i64, Path), ("opt_out" = i64, Path)),
    responses((status = 204, description = "gone"), (status = 404)))]
async fn remove(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    path: web::Path<(PatientId, OptOutId)>,
) -> Result<HttpResponse> {
    let (of, now) = (path.into_inner(), ctx.now());
    let act = |db: Db| async move { db.write(move |c| actions::lift_opt_out(c, now, &actor, of)).await };
    change.answer(&ctx.db, |_, (): &()| Ok(Reply::gone()), act).await
}
