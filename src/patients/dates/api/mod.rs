//! Dates on records, their kinds, and referrals, over JSON.

mod referrals;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::actions::{self, KindWanted};
use super::model::{DateKind, DateKindId, PatientDate, PatientDateId};
use super::store;
use crate::patients::{PatientId, get_patient};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::{Body, Change, Ctx, Reply, show};
use crate::staff::{self, Actor, DESK, MANAGERS};

/// This feature's part of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(
    list_kinds,
    create_kind,
    read_kind,
    update_kind,
    remove_kind,
    list,
    create,
    remove,
    referrals::list,
    referrals::refer
))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/date-kinds")
            .route(staff::get(DESK, list_kinds))
            .route(staff::post(MANAGERS, create_kind)),
    )
    .service(
        web::resource("/api/v1/date-kinds/{id}")
            .route(staff::get(DESK, read_kind))
            .route(staff::patch(MANAGERS, update_kind))
            .route(staff::delete(MANAGERS, remove_kind)),
    )
    .service(
        web::resource("/api/v1/patients/{id}/dates")
            .route(staff::get(DESK, list))
            .route(staff::post(DESK, create)),
    )
    .service(web::resource("/api/v1/patients/{id}/dates/{date}").route(staff::delete(DESK, remove)));
    referrals::routes(cfg);
}

/// A kind of dates.
#[derive(Debug, Serialize, ToSchema)]
struct DateKindJson {
    id: DateKindId,
    /// Chinese name.
    name: String,
    /// English name.
    name_en: String,
    /// Whether it comes every year.
    yearly: bool,
    version: i64,
}

impl From<DateKind> for DateKindJson {
    fn from(k: DateKind) -> DateKindJson {
        DateKindJson {
            id: k.id,
            name: k.name,
            name_en: k.name_en,
            yearly: k.yearly,
            version: k.version,
        }
    }
}

fn load_kind(c: &mut Conn, id: DateKindId) -> Result<DateKindJson> {
    let found = store::find_kind(c, id)?;
    found.map(Into::into).ok_or(Error::NotFound("date kind"))
}

/// The kinds of dates.
#[derive(Debug, Serialize, ToSchema)]
struct DateKindList {
    /// In the order in which they were made.
    items: Vec<DateKindJson>,
}

/// All kinds of dates.
#[utoipa::path(get, path = "/api/v1/date-kinds", tag = "patients", responses((status = 200, body = DateKindList)))]
async fn list_kinds(ctx: Ctx) -> Result<web::Json<DateKindList>> {
    let all = ctx.db.read(store::list_kinds).await?;
    let items = all.into_iter().map(Into::into).collect();
    Ok(web::Json(DateKindList { items }))
}

/// A kind of dates to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDateKind {
    /// Chinese name, 1 to 30 characters.
    name: String,
    /// English name, 1 to 30 characters.
    name_en: String,
    /// Whether it comes every year.
    #[serde(default)]
    yearly: bool,
}

/// Adds a kind of dates.
#[utoipa::path(post, path = "/api/v1/date-kinds", tag = "patients", request_body = NewDateKind,
    responses((status = 201, body = DateKindJson, headers(("Location" = String), ("ETag" = String))), (status = 422, description = "a field is wrong")))]
async fn create_kind((ctx, change): (Ctx, Change), actor: Actor, Body(new): Body<NewDateKind>) -> Result<HttpResponse> {
    let now = ctx.now();
    let wanted = KindWanted {
        name: new.name,
        name_en: new.name_en,
        yearly: new.yearly,
    };
    let reply = |c: &mut Conn, id: &DateKindId| {
        let made = load_kind(c, *id)?;
        Ok(Reply::created(format!("/api/v1/date-kinds/{id}"), &made)?.version(made.version))
    };
    let add = |db: Db| async move { actions::add_kind(&db, now, actor, wanted).await };
    change.answer(&ctx.db, reply, add).await
}

/// One kind of dates.
#[utoipa::path(get, path = "/api/v1/date-kinds/{id}", tag = "patients", params(("id" = i64, Path)),
    responses((status = 200, body = DateKindJson, headers(("ETag" = String, description = "The version"))), (status = 404)))]
async fn read_kind((req, ctx): (HttpRequest, Ctx), id: web::Path<DateKindId>) -> Result<HttpResponse> {
    let found = ctx.db.read(move |c| load_kind(c, *id)).await?;
    show(&req, found.version, &found)
}

/// A change of a kind of dates; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DateKindPatch {
    /// The version it was made on; needed here or in `If-Match`.
    version: Option<i64>,
    /// Chinese name.
    name: Option<String>,
    /// English name.
    name_en: Option<String>,
    /// Whether it comes every year.
    yearly: Option<bool>,
}

/// Changes a kind of dates.
#[utoipa::path(patch, path = "/api/v1/date-kinds/{id}", tag = "patients", params(("id" = i64, Path)), request_body = DateKindPatch,
    responses((status = 200, body = DateKindJson, headers(("ETag" = String))), (status = 404), (status = 409, description = "stale"), (status = 422)))]
async fn update_kind(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<DateKindId>,
    Body(patch): Body<DateKindPatch>,
) -> Result<HttpResponse> {
    let (id, now) = (*id, ctx.now());
    let step = (id, change.version(patch.version)?);
    let was = ctx.db.read(move |c| load_kind(c, id)).await?;
    let wanted = KindWanted {
        name: patch.name.unwrap_or(was.name),
        name_en: patch.name_en.unwrap_or(was.name_en),
        yearly: patch.yearly.unwrap_or(was.yearly),
    };
    let reply = move |c: &mut Conn, (): &()| {
        let kind = load_kind(c, id)?;
        Ok(Reply::ok(&kind)?.version(kind.version))
    };
    let act = |db: Db| async move { actions::change_kind(&db, now, actor, step, wanted).await };
    let done = change.answer(&ctx.db, reply, act).await;
    change.or_stale(&ctx.db, done, move |c| load_kind(c, id)).await
}

/// Removes a kind of dates that nobody has a date of and no rule counts from.
#[utoipa::path(delete, path = "/api/v1/date-kinds/{id}", tag = "patients", params(("id" = i64, Path)),
    responses((status = 204, description = "gone"), (status = 404), (status = 409, description = "in_use")))]
async fn remove_kind((ctx, change): (Ctx, Change), actor: Actor, id: web::Path<DateKindId>) -> Result<HttpResponse> {
    let (id, now) = (*id, ctx.now());
    let act = |db: Db| async move { actions::remove_kind(&db, now, actor, id).await };
    change.answer(&ctx.db, |_, (): &()| Ok(Reply::gone()), act).await
}

/// A date on a patient's record.
#[derive(Debug, Serialize, ToSchema)]
struct PatientDateJson {
    id: PatientDateId,
    kind_id: DateKindId,
    /// Chinese name of the kind.
    kind: String,
    /// English name of the kind.
    kind_en: String,
    /// Whether it comes every year.
    yearly: bool,
    /// The day; of a yearly kind the first of them.
    day: NaiveDate,
}

impl From<(PatientDate, DateKind)> for PatientDateJson {
    fn from((date, kind): (PatientDate, DateKind)) -> PatientDateJson {
        PatientDateJson {
            id: date.id,
            kind_id: kind.id,
            kind: kind.name,
            kind_en: kind.name_en,
            yearly: kind.yearly,
            day: date.on_date,
        }
    }
}

/// The dates on a patient's record.
#[derive(Debug, Serialize, ToSchema)]
struct PatientDateList {
    /// Earliest first.
    items: Vec<PatientDateJson>,
}

/// The dates on a patient's record. The read is audited.
#[utoipa::path(get, path = "/api/v1/patients/{id}/dates", tag = "patients", params(("id" = i64, Path)),
    responses((status = 200, body = PatientDateList), (status = 404)))]
async fn list(ctx: Ctx, actor: Actor, id: web::Path<PatientId>) -> Result<web::Json<PatientDateList>> {
    let id = *id;
    let dates = ctx.db.read(move |c| {
        get_patient(c, id)?;
        store::dates_of(c, id)
    });
    let items = dates.await?.into_iter().map(Into::into).collect();
    staff::read_of_record(&ctx.db, ctx.now(), &actor, "patients", id.0).await?;
    Ok(web::Json(PatientDateList { items }))
}

/// A date to be added to a patient's record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPatientDate {
    kind_id: DateKindId,
    /// The day; of a yearly kind the first of them.
    day: NaiveDate,
}

/// Adds a date to a patient's record.
#[utoipa::path(post, path = "/api/v1/patients/{id}/dates", tag = "patients", params(("id" = i64, Path)), request_body = NewPatientDate,
    responses((status = 201, body = PatientDateJson, headers(("Location" = String))), (status = 404), (status = 422, description = "a field is wrong")))]
async fn create(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<PatientId>,
    Body(new): Body<NewPatientDate>,
) -> Result<HttpResponse> {
    let (id, now) = (*id, ctx.now());
    let reply = move |c: &mut Conn, made: &PatientDateId| {
        let all = store::dates_of(c, id)?;
        let found = all.into_iter().find(|(date, _)| date.id == *made);
        let found: PatientDateJson = found.map(Into::into).ok_or(Error::NotFound("date"))?;
        Reply::created(format!("/api/v1/patients/{id}/dates/{made}"), &found)
    };
    let date = (new.kind_id, new.day);
    let add = |db: Db| async move { actions::add_date(&db, now, actor, id, date).await };
    change.answer(&ctx.db, reply, add).await.map_err(as_named_here)
}

/// Faults at the fields as this API names them.
fn as_named_here(e: Error) -> Error {
    let Error::Invalid(mut faults) = e else { return e };
    for fault in faults.iter_mut().filter(|f| f.field == "kind") {
        "kind_id".clone_into(&mut fault.field);
    }
    Error::Invalid(faults)
}

/// Takes a date off a patient's record.
#[utoipa::path(delete, path = "/api/v1/patients/{id}/dates/{date}", tag = "patients",
    params(("id" = i64, Path), ("date" = i64, Path)),
    responses((status = 204, description = "gone"), (status = 404)))]
async fn remove(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    path: web::Path<(PatientId, PatientDateId)>,
) -> Result<HttpResponse> {
    let (date, now) = (path.into_inner(), ctx.now());
    let act = |db: Db| async move { actions::remove_date(&db, now, actor, date).await };
    let done = change.answer(&ctx.db, |_, (): &()| Ok(Reply::gone()), act).await;
    done.map_err(|e| match e {
        // It has no versions: it is there or not.
        Error::Conflict { code: "stale", .. } => Error::NotFound("date"),
        e => e,
    })
}
