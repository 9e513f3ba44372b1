//! The JSON API of the end of a day.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::actions::{self, Settling};
use super::model::{End, proposed};
use super::store;
use crate::appointments::api::{self, AppointmentJson};
use crate::appointments::{Appointment, AppointmentId};
use crate::clinic;
use crate::platform::clock::day_bounds;
use crate::platform::db::Db;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::web::{Body, Change, Ctx, Params, page};
use crate::records::Observers;
use crate::staff::{self, Actor, DESK};

/// Visits in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (100, 500);

/// This feature's part of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, settle))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/day-end").route(staff::get(DESK, list)))
        .service(web::resource("/api/v1/day-end/{id}").route(staff::post(DESK, settle)));
}

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DayQuery {
    /// The day (default: today in the clinic's zone).
    day: Option<NaiveDate>,
    /// At most so many, 1 to 500 (default 100).
    limit: Option<i64>,
    /// `next` of the page before, with the same other parameters.
    cursor: Option<String>,
}

/// A visit of which nobody has said how it ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftOver {
    /// The visit.
    #[serde(flatten)]
    appointment: AppointmentJson,
    /// How it ended, most likely.
    proposed: End,
}

/// Visits left over, by start.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftOvers {
    /// The visits.
    items: Vec<LeftOver>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

impl From<Appointment> for LeftOver {
    fn from(a: Appointment) -> Self {
        LeftOver {
            proposed: proposed(a.status),
            appointment: a.into(),
        }
    }
}

/// The visits of a day whose time is past and of which nobody has said how they ended.
#[utoipa::path(get, path = "/api/v1/day-end", params(DayQuery), tag = "end of day",
    responses((status = 200, body = LeftOvers, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one")))))]
async fn list((req, ctx): (HttpRequest, Ctx), actor: Actor, query: Params<DayQuery>) -> Result<HttpResponse> {
    let (now, q) = (ctx.now(), query.0);
    let limit = page::limit(q.limit, LIMIT)?;
    let pages = page::List::new(&ctx.keys, "day-end", &q.day);
    let after = pages.after(q.cursor.as_deref())?;
    let mut found = ctx
        .db
        .read(move |c| {
            let site = clinic::the_site(c)?;
            let day = api::first_day("day", q.day, now.day(site.tz()))?;
            let day_of_site = (site.id, day_bounds(site.tz(), day));
            store::left_over(c, day_of_site, now, (after, limit + 1))
        })
        .await?;
    let next = pages.cut(&mut found, limit, |(a, _)| (a.starts_at, a.id))?;
    staff::read_of_list(&ctx.db, now, &actor, "appointments", found.len()).await?;
    let items = found.into_iter().map(|(a, _)| a.into()).collect();
    let body = LeftOvers { items, next };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}

/// How a visit ended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndBody {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    /// How: who is only booked or confirmed may have been treated all the same, or have left unseen; who came cannot be a
    /// no-show, nor cancelled.
    end: End,
}

/// Says how a visit ended whose time is past. Finishing makes the record and what follows from a visit; times that nobody
/// noted stay empty, and the visit does not count in the report of waiting times. Nobody is told of a cancellation.
#[utoipa::path(post, path = "/api/v1/day-end/{id}", request_body = EndBody, params(("id" = i64, Path)), tag = "end of day",
    responses((status = 200, body = AppointmentJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, wrong_state, too_early: its time is not over yet"), (status = 422, description = "a field is wrong")))]
async fn settle(
    (ctx, observers, lang): (Ctx, web::Data<Observers>, Lang),
    change: Change,
    actor: Actor,
    id: web::Path<AppointmentId>,
    body: Body<EndBody>,
) -> Result<HttpResponse> {
    let (id, now, who, observers) = (*id, ctx.now(), actor.clone(), observers.to_vec());
    let settling = Settling {
        id,
        version: change.version(body.0.version)?,
        end: body.0.end,
        lang,
        click: None,
    };
    let settle = |db: Db| async move { actions::settle(&db, now, actor, observers, settling).await };
    let done = change.answer(&ctx.db, api::changed, settle).await;
    change
        .or_stale(&ctx.db, done, move |c| api::current(c, now, &who, id))
        .await
}
