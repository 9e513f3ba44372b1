//! Rules over JSON.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::actions::{self, RuleChange};
use super::super::model::{Anchor, CatchUp, Channels, Effect, OccasionId, RETURN_DAYS, Rule, RuleId, Share, Step};
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
    )
    .service(web::resource("/api/v1/rules/{id}/effect").route(staff::get(MANAGERS, effect)));
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
    /// Only after treatments whose description has one of these words; empty: after any.
    treatment: String,
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
    /// Of recalls that are overdue for so long that no step of the rule comes to them, so many are taken up each day; 0: they stay on the recall list.
    late_a_day: i32,
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
            treatment: r.treatment,
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
            late_a_day: r.late_a_day,
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

/// Those who came back.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ShareJson {
    /// So many for whom the rule was due …
    of: u32,
    /// … of whom so many booked or came within the days that count.
    back: u32,
    /// As a part of 1; 0 of nobody.
    rate: f64,
    /// The 95 % interval of the rate, from …
    low: f64,
    /// … to.
    high: f64,
}

impl From<Share> for ShareJson {
    fn from(s: Share) -> ShareJson {
        let (low, high) = s.interval();
        ShareJson {
            of: s.of,
            back: s.back,
            rate: s.rate(),
            low,
            high,
        }
    }
}

/// The rate of those written to less that of those left out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DifferenceJson {
    /// From -1 to 1.
    rate: f64,
    /// Its 95 % interval, from …
    low: f64,
    /// … to.
    high: f64,
}

/// What a rule has brought in a year.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EffectJson {
    /// Who books or comes within so many days has come back; for whom they are not over, nobody is counted.
    days: i64,
    /// Those who were written to.
    sent: ShareJson,
    /// Those who were left out for comparison.
    held: ShareJson,
    /// Null where one side has nobody: it cannot be told whether the rule brought them.
    difference: Option<DifferenceJson>,
}

impl From<Effect> for EffectJson {
    fn from(e: Effect) -> EffectJson {
        let (rate, low, high) = e.difference();
        EffectJson {
            days: RETURN_DAYS,
            sent: e.sent.into(),
            held: e.held.into(),
            difference: e.is_comparable().then_some(DifferenceJson { rate, low, high }),
        }
    }
}

/// What a rule has brought in the last year: how many came back of those it wrote to, and of those it left out for comparison.
#[utoipa::path(get, path = "/api/v1/rules/{id}/effect", tag = "outreach", params(("id" = i64, Path)),
    responses((status = 200, body = EffectJson), (status = 404)))]
pub(super) async fn effect(ctx: Ctx, id: web::Path<RuleId>) -> Result<web::Json<EffectJson>> {
    let (now, id) = (ctx.now(), *id);
    let found = ctx.db.read(move |c| actions::effect(c, now, id)).await?;
    Ok(web::Json(found.into()))
}
