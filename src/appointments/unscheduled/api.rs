//! The JSON API of visits that did not take place and were not booked anew.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::actions;
use super::model::Lost;
use super::store;
use crate::appointments::AppointmentId;
use crate::appointments::actions::as_of;
use crate::appointments::api::{self, AppointmentJson};
use crate::platform::clock::DAY_MS;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::{Body, Change, Ctx, Params, page};
use crate::staff::{self, Actor, DESK};

/// Visits in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (100, 500);

/// This feature's part of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, aside))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/unscheduled").route(staff::get(DESK, list)))
        .service(web::resource("/api/v1/unscheduled/{id}/aside").route(staff::post(DESK, aside)));
}

/// Which visits.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LostQuery {
    /// Only these (default: all).
    kind: Option<Lost>,
    /// At most so many, 1 to 500 (default 100).
    limit: Option<i64>,
    /// `next` of the page before, with the same other parameters.
    cursor: Option<String>,
}

/// A visit that did not take place.
#[derive(Debug, Serialize, ToSchema)]
pub struct LostVisit {
    /// The visit.
    #[serde(flatten)]
    appointment: AppointmentJson,
    /// Why.
    kind: Lost,
    /// Days since it was cancelled or missed.
    days: i64,
}

/// Visits that were not booked anew, one a patient, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct LostVisits {
    /// The visits.
    items: Vec<LostVisit>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

/// Visits of the last year that were cancelled or missed, not booked anew, and not put aside.
#[utoipa::path(get, path = "/api/v1/unscheduled", params(LostQuery), tag = "unscheduled",
    responses((status = 200, body = LostVisits, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one")))))]
async fn list((req, ctx): (HttpRequest, Ctx), actor: Actor, query: Params<LostQuery>) -> Result<HttpResponse> {
    let (now, q) = (ctx.now(), query.0);
    let limit = page::limit(q.limit, LIMIT)?;
    let pages = page::List::new(&ctx.keys, "unscheduled", &q.kind);
    let after = pages.after(q.cursor.as_deref())?;
    let one_more = usize::try_from(limit + 1).unwrap_or(0);
    let mut found = ctx
        .db
        .read(move |c| store::list_lost(c, now, q.kind, (after, one_more)))
        .await?;
    let next = pages.cut(&mut found, limit, |(_, a, _)| (a.starts_at, a.id))?;
    staff::read_of_list(&ctx.db, now, &actor, "appointments", found.len()).await?;
    let items = found.into_iter().map(|(kind, a, _)| LostVisit {
        kind,
        days: (now - a.updated_at).max(0) / DAY_MS,
        appointment: a.into(),
    });
    let body = LostVisits {
        items: items.collect(),
        next,
    };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}

/// Why nobody needs to book a visit anew.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AsideBody {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    /// Why: 1 to 200 characters.
    reason: String,
}

/// Takes a visit off the list: nobody needs to book it anew.
#[utoipa::path(post, path = "/api/v1/unscheduled/{id}/aside", request_body = AsideBody, params(("id" = i64, Path)),
    tag = "unscheduled",
    responses((status = 200, body = AppointmentJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, wrong_state: it was not cancelled or missed"), (status = 422, description = "a field is wrong")))]
async fn aside(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<AppointmentId>,
    body: Body<AsideBody>,
) -> Result<HttpResponse> {
    let (id, now, who, b) = (*id, ctx.now(), actor.clone(), body.0);
    let version = change.version(b.version)?;
    let put = |db: Db| async move {
        db.write(move |c: &mut Conn| {
            let a = as_of(c, id, version)?;
            actions::put_aside(c, now, &actor, id, &b.reason)?;
            Ok(a)
        })
        .await
    };
    let done = change.answer(&ctx.db, api::changed, put).await;
    change
        .or_stale(&ctx.db, done, move |c| api::current(c, now, &who, id))
        .await
}
