//! What patients may do by themselves, and what they choose from.

use actix_web::web::{self, Json};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions;
use super::super::model::{Complaint, OnlineRules, Outcome, ServiceId};
use super::super::pages::{complaint_of, input_of_complaint, input_of_rules, rules_of};
use super::super::store;
use super::change::{by, named};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::{Body, Change, Ctx, Reply, given, show};
use crate::staff::{self, Actor, EVERYONE, ONLY_ADMINISTRATOR};

/// What the rules and the complaints are in the audit.
const RULES: &str = "online_rules";
const COMPLAINTS: &str = "complaints";

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(
        web::resource("/api/v1/online-rules")
            .route(staff::get(only, read))
            .route(staff::patch(only, change)),
    )
    .service(
        web::resource("/api/v1/complaints")
            .route(staff::get(EVERYONE, complaints))
            .route(staff::post(only, add)),
    )
    .service(
        web::resource("/api/v1/complaints/{id}")
            .route(staff::get(EVERYONE, complaint))
            .route(staff::patch(only, edit))
            .route(staff::delete(only, remove)),
    );
}

/// What patients do online. Notice and horizon of a booking are each service's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct OnlineRulesBody {
    /// Whether patients book by themselves at all.
    open: bool,
    /// Whether people who have no record here may.
    new_patients: bool,
    /// A visit is moved and cancelled by its patient until so many hours before it begins …
    change_hours: i32,
    /// … and moved so often.
    moves_max: i32,
    /// Who has so many visits ahead books no more.
    planned_max: i32,
    /// Who broke so many visits books and moves by telephone; none: nobody has to.
    broken_max: Option<i32>,
    /// Visits that were broken in so many days count.
    broken_days: i32,
    /// Name this version when changing them; 0: as they come.
    version: i64,
}

fn load(c: &mut Conn) -> Result<OnlineRulesBody> {
    let clinic = store::snapshot(c)?;
    let r = &clinic.online;
    Ok(OnlineRulesBody {
        open: r.open,
        new_patients: r.new_patients,
        change_hours: r.change_minutes / 60,
        moves_max: r.moves_max,
        planned_max: r.planned_max,
        broken_max: r.broken_max,
        broken_days: r.broken_days,
        version: staff::version_of(c, RULES, Some(clinic.site.id.0))?,
    })
}

/// What patients may do by themselves.
#[utoipa::path(get, path = "/api/v1/online-rules", tag = "clinic",
    responses((status = 200, body = OnlineRulesBody, headers(("ETag" = String, description = "The version")))))]
pub(super) async fn read((req, ctx): (HttpRequest, Ctx)) -> Result<HttpResponse> {
    let found = ctx.db.read(load).await?;
    show(&req, found.version, &found)
}

/// A change of it; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OnlineRulesPatch {
    /// The version it was made on, here or in `If-Match`.
    version: Option<i64>,
    /// Whether patients book by themselves at all.
    open: Option<bool>,
    /// Whether people who have no record here may.
    new_patients: Option<bool>,
    /// 0 to 720.
    change_hours: Option<i32>,
    /// 0 to 20.
    moves_max: Option<i32>,
    /// 1 to 20.
    planned_max: Option<i32>,
    /// 1 to 20; null: nobody has to telephone.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    broken_max: Option<Option<i32>>,
    /// 1 to 732.
    broken_days: Option<i32>,
}

impl OnlineRulesPatch {
    /// As the form would say it: it knows what is possible.
    fn onto(&self, was: &OnlineRules) -> Result<OnlineRules> {
        let mut input = input_of_rules(was);
        let numbers = [
            ("change_hours", self.change_hours),
            ("moves_max", self.moves_max),
            ("planned_max", self.planned_max),
            ("broken_days", self.broken_days),
        ];
        for (name, n) in numbers {
            if let Some(n) = n {
                input.set(name, n.to_string());
            }
        }
        if let Some(n) = self.broken_max {
            input.set("broken_max", n.map(|n| n.to_string()).unwrap_or_default());
        }
        for (name, ticked) in [("open", self.open), ("new_patients", self.new_patients)] {
            match ticked {
                Some(true) => input.set(name, "1"),
                Some(false) => input.untick(name),
                None => {}
            }
        }
        rules_of(&input)
    }
}

/// Changes what patients may do by themselves.
#[utoipa::path(patch, path = "/api/v1/online-rules", request_body = OnlineRulesPatch, tag = "clinic",
    responses((status = 200, body = OnlineRulesBody, headers(("ETag" = String))), (status = 409, description = "stale"),
        (status = 422, description = "a field is wrong")))]
pub(super) async fn change(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    body: Body<OnlineRulesPatch>,
) -> Result<HttpResponse> {
    let by = by(ctx.now(), actor, 0, Some(change.version(body.0.version)?));
    let reply = |c: &mut Conn, _: &Outcome| {
        let set = load(c)?;
        Ok(Reply::ok(&set)?.version(set.version))
    };
    let work = |db: Db| async move {
        db.write(move |c| {
            let wanted = body.0.onto(&store::snapshot(c)?.online)?;
            actions::save_online_rules(c, &by, &wanted)
        })
        .await
    };
    let done = change.answer(&ctx.db, reply, work).await;
    change.or_stale(&ctx.db, done, load).await
}

/// What patients say brings them, and what it is booked as.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComplaintBody {
    id: i64,
    name: String,
    name_en: String,
    service_id: ServiceId,
    /// Not to be put off: patients are asked to call first.
    urgent: bool,
    /// Order in the list.
    position: i32,
    /// Name this version when changing it; 0: as it comes.
    version: i64,
}

fn shown(c: &mut Conn, x: &Complaint) -> Result<ComplaintBody> {
    Ok(ComplaintBody {
        id: x.id,
        name: x.name.clone(),
        name_en: x.name_en.clone(),
        service_id: x.service_id,
        urgent: x.urgent,
        position: x.position,
        version: staff::version_of(c, COMPLAINTS, Some(x.id))?,
    })
}

fn get(c: &mut Conn, id: i64) -> Result<Complaint> {
    let found = store::list_complaints(c)?.into_iter().find(|x| x.id == id);
    found.ok_or(Error::NotFound("complaint"))
}

/// What patients choose from when they book by themselves, in order: at most 40.
#[utoipa::path(get, path = "/api/v1/complaints", tag = "clinic", responses((status = 200, body = Vec<ComplaintBody>)))]
pub(super) async fn complaints(ctx: Ctx) -> Result<Json<Vec<ComplaintBody>>> {
    let found = ctx.db.read(|c| {
        let list = store::list_complaints(c)?;
        list.iter().map(|x| shown(c, x)).collect::<Result<Vec<_>>>()
    });
    Ok(Json(found.await?))
}

fn one(c: &mut Conn, id: i64) -> Result<ComplaintBody> {
    let x = get(c, id)?;
    shown(c, &x)
}

/// One of them.
#[utoipa::path(get, path = "/api/v1/complaints/{id}", params(("id" = i64, Path)), tag = "clinic",
    responses((status = 200, body = ComplaintBody, headers(("ETag" = String))), (status = 404, description = "not there")))]
pub(super) async fn complaint((req, ctx): (HttpRequest, Ctx), id: web::Path<i64>) -> Result<HttpResponse> {
    let found = ctx.db.read(move |c| one(c, *id)).await?;
    show(&req, found.version, &found)
}

/// Something to choose from.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComplaint {
    /// Chinese, up to 60 characters.
    name: String,
    /// English, up to 60 characters.
    name_en: String,
    /// What is booked.
    service_id: ServiceId,
    /// Not to be put off: patients are asked to call first.
    #[serde(default)]
    urgent: bool,
    /// Where in the list, 1 to 40; without it, at the end.
    position: Option<i32>,
}

/// What the form calls `service` is `service_id` here.
const NAMES: [(&str, &str); 1] = [("service", "service_id")];

/// Adds something to choose from.
#[utoipa::path(post, path = "/api/v1/complaints", request_body = NewComplaint, tag = "clinic",
    responses((status = 201, body = ComplaintBody, headers(("Location" = String), ("ETag" = String))), (status = 422, description = "a field is wrong")))]
pub(super) async fn add((ctx, change): (Ctx, Change), actor: Actor, body: Body<NewComplaint>) -> Result<HttpResponse> {
    let (by, b) = (by(ctx.now(), actor, 0, None), body.0);
    let reply = |c: &mut Conn, made: &Complaint| {
        let body = shown(c, made)?;
        Ok(Reply::created(format!("/api/v1/complaints/{}", made.id), &body)?.version(body.version))
    };
    let work = |db: Db| async move {
        db.write(move |c| {
            let clinic = store::snapshot(c)?;
            let end = i32::try_from(clinic.complaints.len() + 1).unwrap_or(i32::MAX);
            let typed = Complaint {
                id: 0,
                site_id: clinic.site.id,
                name: b.name.trim().to_owned(),
                name_en: b.name_en.trim().to_owned(),
                service_id: b.service_id,
                urgent: b.urgent,
                position: b.position.unwrap_or(end),
            };
            let wanted = complaint_of(&input_of_complaint(&typed), &clinic, 0)?;
            actions::save_complaint(c, &by, &wanted)?;
            let made = store::list_complaints(c)?.into_iter().find(|x| x.name == wanted.name);
            made.ok_or(Error::NotFound("complaint"))
        })
        .await
    };
    change.answer(&ctx.db, reply, work).await.map_err(|e| named(e, &NAMES))
}

/// A change of it; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintPatch {
    /// The version it was made on, here or in `If-Match`.
    version: Option<i64>,
    /// Chinese, up to 60 characters.
    name: Option<String>,
    /// English, up to 60 characters.
    name_en: Option<String>,
    /// What is booked.
    service_id: Option<ServiceId>,
    /// Not to be put off.
    urgent: Option<bool>,
    /// Where in the list, 1 to 40.
    position: Option<i32>,
}

impl ComplaintPatch {
    fn onto(self, was: Complaint) -> Complaint {
        let text = |wanted: Option<String>, was: String| wanted.map_or(was, |t| t.trim().to_owned());
        Complaint {
            name: text(self.name, was.name),
            name_en: text(self.name_en, was.name_en),
            service_id: self.service_id.unwrap_or(was.service_id),
            urgent: self.urgent.unwrap_or(was.urgent),
            position: self.position.unwrap_or(was.position),
            ..was
        }
    }
}

/// Changes something to choose from. Those from its new place on move down.
#[utoipa::path(patch, path = "/api/v1/complaints/{id}", request_body = ComplaintPatch, params(("id" = i64, Path)), tag = "clinic",
    responses((status = 200, body = ComplaintBody, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale"), (status = 422, description = "a field is wrong")))]
pub(super) async fn edit(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<i64>,
    body: Body<ComplaintPatch>,
) -> Result<HttpResponse> {
    let (id, by) = (*id, by(ctx.now(), actor, 0, Some(change.version(body.0.version)?)));
    let reply = move |c: &mut Conn, _: &Outcome| {
        let body = one(c, id)?;
        Ok(Reply::ok(&body)?.version(body.version))
    };
    let work = |db: Db| async move {
        db.write(move |c| {
            let wanted = body.0.onto(get(c, id)?);
            let wanted = complaint_of(&input_of_complaint(&wanted), &*store::snapshot(c)?, id)?;
            actions::save_complaint(c, &by, &wanted)
        })
        .await
    };
    let done = change.answer(&ctx.db, reply, work).await.map_err(|e| named(e, &NAMES));
    change.or_stale(&ctx.db, done, move |c| one(c, id)).await
}

/// Takes something out of the list. Visits keep what was noted with them.
#[utoipa::path(delete, path = "/api/v1/complaints/{id}", params(("id" = i64, Path)), tag = "clinic",
    responses((status = 204, description = "gone"), (status = 404, description = "not there")))]
pub(super) async fn remove((ctx, change): (Ctx, Change), actor: Actor, id: web::Path<i64>) -> Result<HttpResponse> {
    let (id, by) = (*id, by(ctx.now(), actor, 0, None));
    let work = |db: Db| async move { db.write(move |c| actions::remove_complaint(c, &by, id)).await };
    change
        .answer(&ctx.db, |_: &mut Conn, _: &Outcome| Ok(Reply::gone()), work)
        .await
}
