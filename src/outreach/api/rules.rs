//! Rules over JSON.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::actions::{self, RuleChange};
use super::super::model::{Anchor, CatchUp, Channels, OccasionId, Rule, RuleId, Step};
use super::super::segments::SegmentId;
use super::super::store::rules;
use super::body::{NewRule, RulePatch, as_named_here};
use crate::clinic::ServiceId;
use crate::messaging::Purpose;
use crate::patients::DateKindId;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::{Body, Change, Ctx, Reply, show};
use crate::staff::{self, Actor, MANAGERS};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/rules")
            .route(staff::get(MANAGERS, list))
            .route(staff::post(MANAGERS, create)),
    )
    .service(
        web::resource("/api/v1/rules/{id}")
            .route(staff::get(MANAGERS, read))
            .route(staff::patch(MANAGERS, update))
            .route(staff::delete(MANAGERS, remove)),
    );
}

/// A rule: who is due, counted from what, and what happens in which steps.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleJson {
    id: RuleId,
    code: String,
    name: String,
    name_en: String,
    anchor: Anchor,
    /// What its messages are for.
    purpose: Purpose,
    /// Only for this service; null: all.
    service_id: Option<ServiceId>,
    /// Only for who is in this segment; null: everybody.
    segment_id: Option<SegmentId>,
    /// Which day, for `occasion`.
    occasion_id: Option<OccasionId>,
    /// Which date, for `record-date`.
    date_kind_id: Option<DateKindId>,
    channels: Channels,
    /// Nobody hears of it who has a visit ahead.
    stop_booked: bool,
    /// No further step for who has answered since the first.
    stop_answered: bool,
    /// No further step for who has confirmed the visit.
    stop_confirmed: bool,
    /// What becomes of what fell due while nothing ran.
    catch_up: CatchUp,
    /// Not within so many days after something else for the same purpose; 0: whenever.
    rest_days: i32,
    /// So many percent are left out, to see what the rule brings.
    holdout_percent: i32,
    steps: Vec<Step>,
    /// 1 = most urgent … 9.
    priority: i32,
    active: bool,
    /// In plain words.
    when: String,
    version: i64,
}

impl From<Rule> for RuleJson {
    fn from(r: Rule) -> RuleJson {
        RuleJson {
            when: r.when().en,
            id: r.id,
            code: r.code,
            name: r.name,
            name_en: r.name_en,
            anchor: r.anchor,
            purpose: r.purpose,
            service_id: r.service_id,
            segment_id: r.segment_id,
            occasion_id: r.occasion_id,
            date_kind_id: r.date_kind_id,
            channels: r.channels,
            stop_booked: r.stop_booked,
            stop_answered: r.stop_answered,
            stop_confirmed: r.stop_confirmed,
            catch_up: r.catch_up,
            rest_days: r.rest_days,
            holdout_percent: r.holdout_percent,
            steps: r.steps.0,
            priority: r.priority,
            active: r.active,
            version: r.version,
        }
    }
}

fn load(c: &mut Conn, id: RuleId) -> Result<RuleJson> {
    rules::get_rule(c, id).map(Into::into)
}

/// All rules.
#[utoipa::path(get, path = "/api/v1/rules", tag = "outreach",
    responses((status = 200, body = [RuleJson]), (status = 401), (status = 403)))]
pub(super) async fn list(ctx: Ctx) -> Result<web::Json<Vec<RuleJson>>> {
    let list = ctx.db.read(rules::list_rules).await?;
    Ok(web::Json(list.into_iter().map(Into::into).collect()))
}

/// Adds a rule. It never fires for what was due before it was there.
#[utoipa::path(post, path = "/api/v1/rules", tag = "outreach", request_body = NewRule,
    responses((status = 201, body = RuleJson, headers(("Location" = String), ("ETag" = String))), (status = 422, description = "a field is wrong")))]
pub(super) async fn create(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    Body(new): Body<NewRule>,
) -> Result<HttpResponse> {
    let (now, anchor) = (ctx.now(), new.anchor);
    let wanted = new.onto(RuleChange::usual(anchor));
    let reply = |c: &mut Conn, id: &RuleId| {
        let made = load(c, *id)?;
        Ok(Reply::created(format!("/api/v1/rules/{id}"), &made)?.version(made.version))
    };
    let add = |db: Db| async move { actions::add_rule(&db, now, actor, anchor, wanted).await };
    change.answer(&ctx.db, reply, add).await.map_err(as_named_here)
}

/// One rule.
#[utoipa::path(get, path = "/api/v1/rules/{id}", tag = "outreach", params(("id" = i64, Path)),
    responses((status = 200, body = RuleJson, headers(("ETag" = String, description = "The version"))), (status = 404)))]
pub(super) async fn read((req, ctx): (HttpRequest, Ctx), id: web::Path<RuleId>) -> Result<HttpResponse> {
    let rule = ctx.db.read(move |c| load(c, *id)).await?;
    show(&req, rule.version, &rule)
}

/// Changes a rule. It never fires for what was due before the change.
#[utoipa::path(patch, path = "/api/v1/rules/{id}", tag = "outreach", params(("id" = i64, Path)), request_body = RulePatch,
    responses((status = 200, body = RuleJson, headers(("ETag" = String))), (status = 404), (status = 409, description = "stale"), (status = 422)))]
pub(super) async fn update(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    id: web::Path<RuleId>,
    Body(patch): Body<RulePatch>,
) -> Result<HttpResponse> {
    let (id, now) = (*id, ctx.now());
    let step = (id, made.version(patch.version)?);
    let old = ctx.db.read(move |c| rules::get_rule(c, id)).await?;
    let wanted = patch.onto(RuleChange::of(&old));
    let reply = |_: &mut Conn, rule: &Rule| Ok(Reply::ok(&RuleJson::from(rule.clone()))?.version(rule.version));
    let act = |db: Db| async move { actions::change_rule(&db, now, actor, step, wanted).await };
    let done = made.answer(&ctx.db, reply, act).await.map_err(as_named_here);
    made.or_stale(&ctx.db, done, move |c| load(c, id)).await
}

/// Removes a rule. What it has queued stays; so does the last rule there is: switch it off instead.
#[utoipa::path(delete, path = "/api/v1/rules/{id}", tag = "outreach",
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "The `ETag` of the rule")),
    responses((status = 204, description = "gone"), (status = 404), (status = 409, description = "last_rule"),
        (status = 412, description = "stale: not the version in `If-Match` any more"),
        (status = 428, description = "precondition_required: no `If-Match`")))]
pub(super) async fn remove((ctx, made): (Ctx, Change), actor: Actor, id: web::Path<RuleId>) -> Result<HttpResponse> {
    let (id, now) = (*id, ctx.now());
    let step = (id, made.version(None)?);
    let act = |db: Db| async move { actions::remove_rule(&db, now, actor, step).await };
    let done = made.answer(&ctx.db, |_, (): &()| Ok(Reply::gone()), act).await;
    made.or_stale(&ctx.db, done, move |c| load(c, id)).await
}
