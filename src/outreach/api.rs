//! JSON of rules and recalls.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::actions::{self, RuleChange, Stops};
use super::model::{Anchor, CatchUp, Channels, RecallFilter, Rule, RuleId, Step};
use super::segments::SegmentId;
use super::store::{recalls, rules};
use crate::clinic::{self, ProviderId, ServiceId};
use crate::messaging::Purpose;
use crate::platform::clock::day_bounds;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::{Body, Change, Ctx, Params, Reply, page, show};
use crate::staff::{self, Actor, DESK, MANAGERS};

/// Recalls in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (200, 200);
/// A hundred years: nobody is overdue for longer.
const WEEKS_MAX: i64 = 5200;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/recalls").route(staff::get(DESK, list_recalls)))
        .service(web::resource("/api/v1/rules").route(staff::get(MANAGERS, list_rules)))
        .service(
            web::resource("/api/v1/rules/{id}")
                .route(staff::get(MANAGERS, get_rule))
                .route(staff::patch(MANAGERS, patch_rule)),
        );
}

/// The part of the `OpenAPI` document that outreach answers for.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(list_recalls, list_rules, get_rule, patch_rule),
    components(schemas(RecallJson, RecallList, RuleJson, RulePatch, Step))
)]
pub struct ApiDoc;

/// Which recalls.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct RecallQuery {
    /// Only this service.
    service_id: Option<ServiceId>,
    /// Only those last treated by this provider.
    provider_id: Option<ProviderId>,
    /// Overdue by at least so many weeks (0 to 5200).
    weeks_over: Option<i64>,
    /// At most so many rows (1 to 200; 200 if not given).
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A recall to be worked on.
#[derive(Debug, Serialize, ToSchema)]
struct RecallJson {
    id: i64,
    patient_id: i64,
    patient_name: String,
    service_id: i64,
    service: String,
    due_on: NaiveDate,
    last_visit: Option<NaiveDate>,
    attempts: i32,
    last_result: Option<String>,
    channel: String,
    version: i64,
}

/// A page of recalls.
#[derive(Debug, Serialize, ToSchema)]
struct RecallList {
    items: Vec<RecallJson>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

/// Recalls that are due, not booked and not resting after a contact; most overdue first. The read is audited.
#[utoipa::path(get, path = "/api/v1/recalls", params(RecallQuery), tag = "outreach",
    responses((status = 200, body = RecallList, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one"))), (status = 401), (status = 403)))]
async fn list_recalls(
    (req, ctx): (HttpRequest, Ctx),
    actor: Actor,
    Params(q): Params<RecallQuery>,
) -> Result<HttpResponse> {
    let now = ctx.now();
    let limit = page::limit(q.limit, LIMIT)?;
    if q.weeks_over.is_some_and(|weeks| !(0..=WEEKS_MAX).contains(&weeks)) {
        return Err(Error::field(
            "weeks_over",
            "out_of_range",
            format!("应为 0 到 {WEEKS_MAX}"),
            format!("From 0 to {WEEKS_MAX}"),
        ));
    }
    let pages = page::List::new(&ctx.keys, "recalls", &(q.service_id, q.provider_id, q.weeks_over));
    let filter = RecallFilter {
        after: pages.after(q.cursor.as_deref())?,
        service: q.service_id,
        provider: q.provider_id,
        weeks_from: q.weeks_over,
        ..RecallFilter::default()
    };
    let mut rows = ctx
        .db
        .read(move |c| {
            let zone = clinic::the_site(c)?.tz();
            let today = now.day(zone);
            recalls::list_due(c, today, day_bounds(zone, today).0, filter, limit + 1)
        })
        .await?;
    let next = pages.cut(&mut rows, limit, |row| (row.recall.due_on, row.recall.id))?;
    staff::read_of_list(&ctx.db, now, &actor, "recalls", rows.len()).await?;
    let items = rows.into_iter().map(recall_json).collect();
    let body = RecallList { items, next };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}

fn recall_json(row: recalls::RecallRow) -> RecallJson {
    RecallJson {
        id: row.recall.id.0,
        patient_id: row.recall.patient_id.0,
        patient_name: row.name,
        service_id: row.recall.service_id.0,
        service: row.service,
        due_on: row.recall.due_on,
        last_visit: row.last_visit.map(|(day, _)| day),
        attempts: row.recall.attempts,
        last_result: row.recall.last_result,
        channel: row.channel.to_string(),
        version: row.recall.version,
    }
}

/// A rule: who is due, counted from what, and what happens in which steps.
#[derive(Debug, Serialize, ToSchema)]
struct RuleJson {
    id: i64,
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

fn rule_json(r: Rule) -> RuleJson {
    RuleJson {
        when: r.when().en,
        id: r.id.0,
        code: r.code,
        name: r.name,
        name_en: r.name_en,
        anchor: r.anchor,
        purpose: r.purpose,
        service_id: r.service_id,
        segment_id: r.segment_id,
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

/// All rules.
#[utoipa::path(get, path = "/api/v1/rules", tag = "outreach",
    responses((status = 200, body = [RuleJson]), (status = 401), (status = 403)))]
async fn list_rules(ctx: Ctx) -> Result<web::Json<Vec<RuleJson>>> {
    let list = ctx.db.read(rules::list_rules).await?;
    Ok(web::Json(list.into_iter().map(rule_json).collect()))
}

/// One rule.
#[utoipa::path(get, path = "/api/v1/rules/{id}", tag = "outreach", params(("id" = i64, Path)),
    responses((status = 200, body = RuleJson, headers(("ETag" = String, description = "The version"))), (status = 404)))]
async fn get_rule(req: HttpRequest, ctx: Ctx, id: web::Path<i64>) -> Result<HttpResponse> {
    let rule = ctx.db.read(move |c| rules::get_rule(c, RuleId(*id))).await?;
    show(&req, rule.version, &rule_json(rule))
}

/// A change of a rule: `version` is the one it was made on; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RulePatch {
    /// Needed here or in `If-Match`.
    version: Option<i64>,
    channels: Option<Channels>,
    stop_booked: Option<bool>,
    stop_answered: Option<bool>,
    stop_confirmed: Option<bool>,
    catch_up: Option<CatchUp>,
    rest_days: Option<i32>,
    holdout_percent: Option<i32>,
    /// All of them, in order.
    steps: Option<Vec<Step>>,
    priority: Option<i32>,
    active: Option<bool>,
}

/// Changes a rule. It never fires for what was due before the change.
#[utoipa::path(patch, path = "/api/v1/rules/{id}", tag = "outreach", params(("id" = i64, Path)), request_body = RulePatch,
    responses((status = 200, body = RuleJson, headers(("ETag" = String))), (status = 404), (status = 409, description = "stale"), (status = 422)))]
async fn patch_rule(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    id: web::Path<i64>,
    Body(p): Body<RulePatch>,
) -> Result<HttpResponse> {
    let (id, version) = (RuleId(*id), made.version(p.version)?);
    let old = ctx.db.read(move |c| rules::get_rule(c, id)).await?;
    let was = RuleChange::of(&old);
    let change = RuleChange {
        channels: p.channels.unwrap_or(was.channels),
        stops: Stops {
            booked: p.stop_booked.unwrap_or(was.stops.booked),
            answered: p.stop_answered.unwrap_or(was.stops.answered),
            confirmed: p.stop_confirmed.unwrap_or(was.stops.confirmed),
        },
        catch_up: p.catch_up.unwrap_or(was.catch_up),
        rest_days: p.rest_days.unwrap_or(was.rest_days),
        holdout_percent: p.holdout_percent.unwrap_or(was.holdout_percent),
        steps: p.steps.unwrap_or(was.steps),
        priority: p.priority.unwrap_or(was.priority),
        active: p.active.unwrap_or(was.active),
        name: was.name,
        name_en: was.name_en,
        purpose: was.purpose,
        service_id: was.service_id,
        segment_id: was.segment_id,
        occasion_id: was.occasion_id,
        date_kind_id: was.date_kind_id,
    };
    let now = ctx.now();
    let reply = |_: &mut Conn, rule: &Rule| Ok(Reply::ok(&rule_json(rule.clone()))?.version(rule.version));
    let act = |db| async move { actions::change_rule(&db, now, actor, (id, version), change).await };
    let done = made.answer(&ctx.db, reply, act).await.map_err(as_named_here);
    made.or_stale(&ctx.db, done, move |c| rules::get_rule(c, id).map(rule_json))
        .await
}

/// Faults of a rule at the fields as this API names them; the form has shorter names, and numbers its steps from 1.
fn as_named_here(e: Error) -> Error {
    let Error::Invalid(faults) = e else { return e };
    let renamed = faults.into_iter().map(|mut fault| {
        let (field, step) = match fault.field.rsplit_once('-') {
            Some((field, n)) => (field, n.parse::<usize>().unwrap_or(1).saturating_sub(1)),
            None => (fault.field.as_str(), 0),
        };
        let of_step = |name: &str| format!("steps[{step}].{name}");
        fault.field = match field {
            "days" => of_step("offset_days"),
            "minutes" => of_step("offset_minutes"),
            "at" => of_step("at_minute"),
            "window" => of_step("window_minutes"),
            "template" => of_step("template"),
            "service" => "service_id".to_owned(),
            "holdout" => "holdout_percent".to_owned(),
            _ => fault.field,
        };
        fault
    });
    Error::Invalid(renamed.collect())
}
