//! Festivals and the clinic's own days over JSON.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions::{self, DayChange};
use super::super::model::{Calendar, Occasion, OccasionId};
use super::super::store::occasions;
use crate::clinic;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::{Body, Change, Ctx, Reply, show};
use crate::staff::{self, Actor, MANAGERS};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/occasions")
            .route(staff::get(MANAGERS, list))
            .route(staff::post(MANAGERS, create)),
    )
    .service(
        web::resource("/api/v1/occasions/{id}")
            .route(staff::get(MANAGERS, read))
            .route(staff::patch(MANAGERS, update))
            .route(staff::delete(MANAGERS, remove)),
    );
}

/// A festival or a day of the clinic's own.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OccasionJson {
    id: OccasionId,
    code: String,
    /// Chinese name, as greetings say it.
    name: String,
    /// English name, as greetings say it.
    name_en: String,
    calendar: Calendar,
    /// Month of a yearly one, in its calendar.
    month: Option<i32>,
    /// Day of the month of a yearly one.
    day: Option<i32>,
    /// The day of one that comes once.
    on_date: Option<NaiveDate>,
    /// The next three of a yearly one.
    next_days: Vec<NaiveDate>,
    version: i64,
}

impl OccasionJson {
    fn of(o: Occasion, today: NaiveDate) -> OccasionJson {
        OccasionJson {
            next_days: o.next_days(today),
            id: o.id,
            code: o.code,
            name: o.name,
            name_en: o.name_en,
            calendar: o.calendar,
            month: o.month,
            day: o.day,
            on_date: o.on_date,
            version: o.version,
        }
    }
}

fn today(c: &mut Conn, now: Instant) -> Result<NaiveDate> {
    Ok(now.day(clinic::the_site(c)?.tz()))
}

fn load(c: &mut Conn, now: Instant, id: OccasionId) -> Result<OccasionJson> {
    Ok(OccasionJson::of(occasions::get(c, id)?, today(c, now)?))
}

/// The days that rules can count from.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OccasionList {
    /// In the order in which they were made.
    items: Vec<OccasionJson>,
}

/// All festivals and days of the clinic's own.
#[utoipa::path(get, path = "/api/v1/occasions", tag = "outreach", responses((status = 200, body = OccasionList)))]
pub(super) async fn list(ctx: Ctx) -> Result<web::Json<OccasionList>> {
    let now = ctx.now();
    let list = ctx.db.read(move |c| {
        let (today, all) = (today(c, now)?, occasions::list(c)?);
        let items = all.into_iter().map(|o| OccasionJson::of(o, today)).collect();
        Ok(OccasionList { items })
    });
    Ok(web::Json(list.await?))
}

/// A day to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewOccasion {
    /// Chinese name, 1 to 30 characters.
    name: String,
    /// English name, 1 to 30 characters.
    name_en: String,
    calendar: Calendar,
    /// Month of a yearly one, in its calendar.
    month: Option<i32>,
    /// Day of the month of a yearly one.
    day: Option<i32>,
    /// The day of one that comes once.
    on_date: Option<NaiveDate>,
}

/// Adds a day.
#[utoipa::path(post, path = "/api/v1/occasions", tag = "outreach", request_body = NewOccasion,
    responses((status = 201, body = OccasionJson, headers(("Location" = String), ("ETag" = String))), (status = 422, description = "a field is wrong")))]
pub(super) async fn create(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    Body(new): Body<NewOccasion>,
) -> Result<HttpResponse> {
    let now = ctx.now();
    let wanted = DayChange {
        name: new.name,
        name_en: new.name_en,
        calendar: new.calendar,
        month: new.month,
        day: new.day,
        on_date: new.on_date,
    };
    let reply = move |c: &mut Conn, id: &OccasionId| {
        let made = load(c, now, *id)?;
        Ok(Reply::created(format!("/api/v1/occasions/{id}"), &made)?.version(made.version))
    };
    let add = |db: Db| async move { actions::add_day(&db, now, actor, wanted).await };
    change.answer(&ctx.db, reply, add).await
}

/// One day.
#[utoipa::path(get, path = "/api/v1/occasions/{id}", tag = "outreach", params(("id" = i64, Path)),
    responses((status = 200, body = OccasionJson, headers(("ETag" = String, description = "The version"))), (status = 404)))]
pub(super) async fn read((req, ctx): (HttpRequest, Ctx), id: web::Path<OccasionId>) -> Result<HttpResponse> {
    let now = ctx.now();
    let found = ctx.db.read(move |c| load(c, now, *id)).await?;
    show(&req, found.version, &found)
}

/// A change of a day; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OccasionPatch {
    /// The version it was made on; needed here or in `If-Match`.
    version: Option<i64>,
    /// Chinese name.
    name: Option<String>,
    /// English name.
    name_en: Option<String>,
    calendar: Option<Calendar>,
    /// Month of a yearly one, in its calendar.
    month: Option<i32>,
    /// Day of the month of a yearly one.
    day: Option<i32>,
    /// The day of one that comes once.
    on_date: Option<NaiveDate>,
}

/// Changes a day.
#[utoipa::path(patch, path = "/api/v1/occasions/{id}", tag = "outreach", params(("id" = i64, Path)), request_body = OccasionPatch,
    responses((status = 200, body = OccasionJson, headers(("ETag" = String))), (status = 404), (status = 409, description = "stale"), (status = 422)))]
pub(super) async fn update(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<OccasionId>,
    Body(p): Body<OccasionPatch>,
) -> Result<HttpResponse> {
    let (id, now) = (*id, ctx.now());
    let step = (id, change.version(p.version)?);
    let was = ctx.db.read(move |c| occasions::get(c, id)).await?;
    let wanted = DayChange {
        name: p.name.unwrap_or(was.name),
        name_en: p.name_en.unwrap_or(was.name_en),
        calendar: p.calendar.unwrap_or(was.calendar),
        month: p.month.or(was.month),
        day: p.day.or(was.day),
        on_date: p.on_date.or(was.on_date),
    };
    let reply = move |c: &mut Conn, (): &()| {
        let day = load(c, now, id)?;
        Ok(Reply::ok(&day)?.version(day.version))
    };
    let act = |db: Db| async move { actions::change_day(&db, now, actor, step, wanted).await };
    let done = change.answer(&ctx.db, reply, act).await;
    change.or_stale(&ctx.db, done, move |c| load(c, now, id)).await
}

/// Removes a day on which no rule counts.
#[utoipa::path(delete, path = "/api/v1/occasions/{id}", tag = "outreach", params(("id" = i64, Path)),
    responses((status = 204, description = "gone"), (status = 404), (status = 409, description = "in_use: a rule counts on it")))]
pub(super) async fn remove(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<OccasionId>,
) -> Result<HttpResponse> {
    let (id, now) = (*id, ctx.now());
    let act = |db: Db| async move { actions::remove_day(&db, now, actor, id).await };
    change.answer(&ctx.db, |_, (): &()| Ok(Reply::gone()), act).await
}
