//! How freed times are offered by themselves.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions::{self, RULES};
use super::super::model::{Ask, Source, WaitingRules};
use super::super::store;
use crate::clinic;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::{Body, Change, Ctx, Reply, show};
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

/// This part's share of the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(read, change))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/waiting-settings")
            .route(staff::get(ONLY_ADMINISTRATOR, read))
            .route(staff::patch(ONLY_ADMINISTRATOR, change)),
    );
}

/// Whether and how freed times are offered without the desk.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingSettings {
    /// Whether, and how.
    ask: Ask,
    /// So many are asked at a time, in batches.
    batch: i32,
    /// So many minutes they have to answer.
    minutes: i32,
    /// Whom.
    sources: Vec<Source>,
    /// Name this version when changing it; 0: as it comes.
    version: i64,
}

fn load(c: &mut Conn) -> Result<WaitingSettings> {
    let site = clinic::the_site(c)?.id;
    let rules = store::waiting_rules(c, site)?;
    Ok(WaitingSettings {
        ask: rules.ask,
        batch: rules.batch,
        minutes: rules.deadline_minutes,
        sources: rules.sources,
        version: staff::version_of(c, RULES, Some(site.0))?,
    })
}

/// How freed times are offered by themselves.
#[utoipa::path(get, path = "/api/v1/waiting-settings", tag = "waiting list",
    responses((status = 200, body = WaitingSettings, headers(("ETag" = String, description = "The version")))))]
async fn read((req, ctx): (HttpRequest, Ctx)) -> Result<HttpResponse> {
    let found = ctx.db.read(load).await?;
    show(&req, found.version, &found)
}

/// A change of it; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitingSettingsPatch {
    /// The version it was made on, here or in `If-Match`.
    version: Option<i64>,
    /// Whether, and how.
    ask: Option<Ask>,
    /// So many at a time, in batches: 2 to 100.
    batch: Option<i32>,
    /// So many minutes to answer: 5 to 1440.
    minutes: Option<i32>,
    /// Whom; at least one, unless nobody is asked.
    sources: Option<Vec<Source>>,
}

impl WaitingSettingsPatch {
    fn onto(self, was: WaitingRules) -> WaitingRules {
        WaitingRules {
            ask: self.ask.unwrap_or(was.ask),
            batch: self.batch.unwrap_or(was.batch),
            deadline_minutes: self.minutes.unwrap_or(was.deadline_minutes),
            sources: match self.sources {
                Some(wanted) => Source::ALL.iter().copied().filter(|s| wanted.contains(s)).collect(),
                None => was.sources,
            },
            since: was.since,
        }
    }
}

/// Changes how freed times are offered by themselves.
#[utoipa::path(patch, path = "/api/v1/waiting-settings", request_body = WaitingSettingsPatch, tag = "waiting list",
    responses((status = 200, body = WaitingSettings, headers(("ETag" = String))), (status = 409, description = "stale"),
        (status = 422, description = "a field is wrong")))]
async fn change((ctx, change): (Ctx, Change), actor: Actor, body: Body<WaitingSettingsPatch>) -> Result<HttpResponse> {
    let (now, version) = (ctx.now(), change.version(body.0.version)?);
    let reply = |c: &mut Conn, _: &bool| {
        let set = load(c)?;
        Ok(Reply::ok(&set)?.version(set.version))
    };
    let work = |db: Db| async move {
        db.write(move |c| {
            let site = clinic::the_site(c)?.id;
            let wanted = body.0.onto(store::waiting_rules(c, site)?);
            wanted.check().finish()?;
            actions::save_rules(c, now, &actor, Some(version), wanted)
        })
        .await
    };
    let done = change.answer(&ctx.db, reply, work).await;
    change.or_stale(&ctx.db, done, load).await
}
