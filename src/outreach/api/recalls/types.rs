//! How recalls are worked out, over JSON. Every service has a type; most have no interval and are not recalled.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::super::super::actions::{self, Foreseen, STEPS_AT_ONCE, Saved, Wanted};
use super::super::super::model::RecallType;
use super::super::super::store::recalls;
use super::{IntervalJson, as_named_here};
use crate::clinic::ServiceId;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::platform::web::form::Faults;
use crate::platform::web::{Body, Change, Ctx, Reply, given, show};
use crate::staff::Actor;

/// How the recall of a service is worked out.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct RecallTypeJson {
    service_id: ServiceId,
    /// Chinese name of the service.
    name: String,
    /// English name of the service.
    name_en: String,
    /// After how long, as the service says; null: nobody is recalled unless at another risk.
    interval: Option<IntervalJson>,
    /// After how long at high risk; null: as `interval`.
    high_interval: Option<IntervalJson>,
    /// After how long at low risk; null: as `interval`.
    low_interval: Option<IntervalJson>,
    /// For patients from this age on …
    age_from: Option<i32>,
    /// … and until they are this old.
    age_until: Option<i32>,
    /// Of the types with the same group (not empty) a patient has one open recall …
    exclusive: String,
    /// … which is that of the highest rank.
    rank: i32,
    /// Finished visits for which services make it due.
    triggers: Vec<ServiceId>,
    /// 0 until somebody has set something.
    version: i64,
}

impl From<RecallType> for RecallTypeJson {
    fn from(t: RecallType) -> RecallTypeJson {
        RecallTypeJson {
            triggers: t.started_by(),
            service_id: t.service,
            name: t.name,
            name_en: t.name_en,
            interval: t.normal.map(Into::into),
            high_interval: t.high.map(Into::into),
            low_interval: t.low.map(Into::into),
            age_from: t.age_from,
            age_until: t.age_until,
            exclusive: t.exclusive,
            rank: t.rank,
            version: t.version,
        }
    }
}

fn load(c: &mut Conn, id: ServiceId) -> Result<RecallTypeJson> {
    recalls::get_type(c, id).map(Into::into)
}

/// The types of all services.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct RecallTypeList {
    /// In the order of the services.
    items: Vec<RecallTypeJson>,
}

/// How recalls are worked out, service by service.
#[utoipa::path(get, path = "/api/v1/recall-types", tag = "outreach", responses((status = 200, body = RecallTypeList)))]
pub(in super::super) async fn list(ctx: Ctx) -> Result<web::Json<RecallTypeList>> {
    let all = ctx.db.read(recalls::list_types).await?;
    let items = all.into_iter().map(Into::into).collect();
    Ok(web::Json(RecallTypeList { items }))
}

/// The type of a service, by the service's id.
#[utoipa::path(get, path = "/api/v1/recall-types/{id}", tag = "outreach", params(("id" = i64, Path)),
    responses((status = 200, body = RecallTypeJson, headers(("ETag" = String, description = "The version"))), (status = 404)))]
pub(in super::super) async fn read((req, ctx): (HttpRequest, Ctx), id: web::Path<ServiceId>) -> Result<HttpResponse> {
    let found = ctx.db.read(move |c| load(c, *id)).await?;
    show(&req, found.version, &found)
}

/// A change of a type; what is left out stays, null takes it away. The usual interval is the service's own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RecallTypePatch {
    /// The version it was made on, here or in `If-Match`; 0: nothing was set.
    version: Option<i64>,
    /// After how long at high risk.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<IntervalJson>)]
    high_interval: Option<Option<IntervalJson>>,
    /// After how long at low risk.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<IntervalJson>)]
    low_interval: Option<Option<IntervalJson>>,
    /// For patients from this age on, 0 to 150 …
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    age_from: Option<Option<i32>>,
    /// … and until they are this old, 1 to 150.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    age_until: Option<Option<i32>>,
    /// The group of which a patient has one open recall, up to 40 characters; empty: none.
    exclusive: Option<String>,
    /// The highest of the group goes first, 0 to 99.
    rank: Option<i32>,
    /// Finished visits for which services make it due, at least one.
    triggers: Option<Vec<ServiceId>>,
    /// So many recalls may change: `total` of the refusal `recalls_would_change`.
    agreed: Option<usize>,
}

impl RecallTypePatch {
    fn onto(self, was: Wanted) -> Wanted {
        Wanted {
            high: self.high_interval.map_or(was.high, IntervalJson::parts),
            low: self.low_interval.map_or(was.low, IntervalJson::parts),
            age_from: self.age_from.unwrap_or(was.age_from),
            age_until: self.age_until.unwrap_or(was.age_until),
            exclusive: self.exclusive.unwrap_or(was.exclusive),
            rank: self.rank.or(was.rank),
            triggers: self.triggers.unwrap_or(was.triggers),
        }
    }
}

/// Changes a type. If recalls would change by it, that is refused until so many are agreed to; they then follow in short steps.
#[utoipa::path(patch, path = "/api/v1/recall-types/{id}", tag = "outreach", params(("id" = i64, Path)), request_body = RecallTypePatch,
    responses((status = 200, body = RecallTypeJson, headers(("ETag" = String))), (status = 404),
        (status = 409, description = "stale; recalls_would_change, with `moved`, `begun`, `ended` and their `total`: nothing is saved"), (status = 422)))]
pub(in super::super) async fn update(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<ServiceId>,
    Body(patch): Body<RecallTypePatch>,
) -> Result<HttpResponse> {
    let (id, now, agreed) = (*id, ctx.now(), patch.agreed);
    let version = change.version(patch.version)?;
    let (known, all) = ctx
        .db
        .read(move |c| Ok((recalls::get_type(c, id)?, recalls::list_types(c)?)))
        .await?;
    let mut faults = Faults::default();
    let wanted = patch.onto(Wanted::of(&known)).read(&known, &all, version, &mut faults);
    faults.finish().map_err(as_named_here)?;
    let reply = move |c: &mut Conn, (): &()| {
        let kind = load(c, id)?;
        Ok(Reply::ok(&kind)?.version(kind.version))
    };
    let act = |db: Db| async move {
        match actions::change_type(&db, now, actor, wanted, agreed).await? {
            Saved::Done => Ok(()),
            // The answer is kept all the same.
            Saved::Same => db.write(|_| Ok(())).await,
            Saved::Ask(effect) => Err(would_change(effect)),
        }
    };
    let done = change.answer(&ctx.db, reply, act).await.map_err(as_named_here);
    let done = change.or_stale(&ctx.db, done, move |c| load(c, id)).await?;
    actions::recalculate(&ctx.db, now, STEPS_AT_ONCE).await?;
    Ok(done)
}

/// The 409 that asks whether so many recalls may change.
fn would_change(e: Foreseen) -> Error {
    let (n, more) = (e.total(), if e.more { ("以上", " or more") } else { ("", "") });
    Error::Conflict {
        code: "recalls_would_change",
        text: Text::new(
            format!("将改变 {n}{} 个复诊提醒，尚未保存；如果同意，请加 agreed: {n}", more.0),
            format!(
                "{n}{} recalls would change; nothing is saved. To agree, send agreed: {n}",
                more.1
            ),
        ),
        extra: json!({ "total": n, "moved": e.moved, "begun": e.begun, "ended": e.ended, "more": e.more }),
    }
}

/// What holds for all recalls.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct RecallSettings {
    /// So many days after the one that is due a family's other recalls are told along.
    family_days: i32,
    version: i64,
}

fn load_settings(c: &mut Conn) -> Result<RecallSettings> {
    let found = recalls::progress(c)?;
    Ok(RecallSettings {
        family_days: found.family_days,
        version: found.version,
    })
}

/// What holds for all recalls.
#[utoipa::path(get, path = "/api/v1/recall-settings", tag = "outreach",
    responses((status = 200, body = RecallSettings, headers(("ETag" = String, description = "The version")))))]
pub(in super::super) async fn settings((req, ctx): (HttpRequest, Ctx)) -> Result<HttpResponse> {
    let found = ctx.db.read(load_settings).await?;
    show(&req, found.version, &found)
}

/// A change of what holds for all recalls.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RecallSettingsPatch {
    /// The version it was made on; needed here or in `If-Match`.
    version: Option<i64>,
    /// 0 to 366.
    family_days: i32,
}

/// Sets how many days after the one that is due a family's other recalls are told along.
#[utoipa::path(patch, path = "/api/v1/recall-settings", tag = "outreach", request_body = RecallSettingsPatch,
    responses((status = 200, body = RecallSettings, headers(("ETag" = String))), (status = 409, description = "stale"), (status = 422)))]
pub(in super::super) async fn update_settings(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    Body(patch): Body<RecallSettingsPatch>,
) -> Result<HttpResponse> {
    let (now, version) = (ctx.now(), change.version(patch.version)?);
    let reply = |c: &mut Conn, _: &bool| {
        let set = load_settings(c)?;
        Ok(Reply::ok(&set)?.version(set.version))
    };
    let act = |db: Db| async move { actions::set_family_days(&db, now, actor, version, patch.family_days).await };
    let done = change.answer(&ctx.db, reply, act).await;
    change.or_stale(&ctx.db, done, load_settings).await
}
