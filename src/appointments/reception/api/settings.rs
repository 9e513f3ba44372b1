//! When waiting is too long, and what is laid out before a visit.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions::{self, ALERTS, SUPPLIES};
use super::super::store::{self, Supplies};
use crate::appointments::model::stage::{Limits, Stage, WaitAlerts};
use crate::clinic::{self, ServiceId};
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::form::Faults;
use crate::platform::web::{Body, Change, Ctx, Reply, show};
use crate::staff::{self, Actor, MANAGERS, ONLY_ADMINISTRATOR};

/// This part's share of the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(alerts, change_alerts, supplies, change_supplies))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/wait-alerts")
            .route(staff::get(ONLY_ADMINISTRATOR, alerts))
            .route(staff::patch(ONLY_ADMINISTRATOR, change_alerts)),
    )
    .service(
        web::resource("/api/v1/services/{id}/supplies")
            .route(staff::get(MANAGERS, supplies))
            .route(staff::patch(MANAGERS, change_supplies)),
    );
}

/// From how many minutes on a stage is amber, and red.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsJson {
    /// Worth a look: 1 to 600.
    amber: i32,
    /// Too long: later than amber, to 600.
    red: i32,
}

impl From<Limits> for LimitsJson {
    fn from(l: Limits) -> Self {
        LimitsJson {
            amber: l.amber,
            red: l.red,
        }
    }
}

impl From<LimitsJson> for Limits {
    fn from(l: LimitsJson) -> Self {
        Limits {
            amber: l.amber,
            red: l.red,
        }
    }
}

/// When waiting is too long.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitAlertsJson {
    /// Waiting.
    arrived: LimitsJson,
    /// In the chair.
    in_chair: LimitsJson,
    /// Waiting to leave.
    ready: LimitsJson,
    /// Name this version when changing it; 0: as it comes.
    version: i64,
}

fn load_alerts(c: &mut Conn) -> Result<WaitAlertsJson> {
    let site = clinic::the_site(c)?.id;
    let found = store::wait_alerts(c, site)?;
    Ok(WaitAlertsJson {
        arrived: found.arrived.into(),
        in_chair: found.in_chair.into(),
        ready: found.ready.into(),
        version: staff::version_of(c, ALERTS, Some(site.0))?,
    })
}

/// From how many minutes on waiting is amber and red, stage by stage.
#[utoipa::path(get, path = "/api/v1/wait-alerts", tag = "reception",
    responses((status = 200, body = WaitAlertsJson, headers(("ETag" = String, description = "The version")))))]
async fn alerts((req, ctx): (HttpRequest, Ctx)) -> Result<HttpResponse> {
    let found = ctx.db.read(load_alerts).await?;
    show(&req, found.version, &found)
}

/// A change of it; a stage that is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitAlertsPatch {
    /// The version it was made on, here or in `If-Match`.
    version: Option<i64>,
    /// Waiting.
    arrived: Option<LimitsJson>,
    /// In the chair.
    in_chair: Option<LimitsJson>,
    /// Waiting to leave.
    ready: Option<LimitsJson>,
}

impl WaitAlertsPatch {
    fn onto(&self, was: WaitAlerts) -> WaitAlerts {
        WaitAlerts {
            arrived: self.arrived.map_or(was.arrived, Into::into),
            in_chair: self.in_chair.map_or(was.in_chair, Into::into),
            ready: self.ready.map_or(was.ready, Into::into),
        }
    }
}

fn checked(wanted: &WaitAlerts) -> Result<()> {
    let mut faults = Faults::default();
    for stage in Stage::ALL {
        let name = stage.as_str().replace('-', "_");
        let fields = [format!("{name}.amber"), format!("{name}.red")];
        actions::check_limits(wanted.of(*stage), [&fields[0], &fields[1]], &mut faults);
    }
    faults.finish()
}

/// Changes from how many minutes on waiting is amber and red.
#[utoipa::path(patch, path = "/api/v1/wait-alerts", request_body = WaitAlertsPatch, tag = "reception",
    responses((status = 200, body = WaitAlertsJson, headers(("ETag" = String))), (status = 409, description = "stale"),
        (status = 422, description = "a field is wrong")))]
async fn change_alerts(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    body: Body<WaitAlertsPatch>,
) -> Result<HttpResponse> {
    let (now, version) = (ctx.now(), change.version(body.0.version)?);
    let reply = |c: &mut Conn, _: &bool| {
        let set = load_alerts(c)?;
        Ok(Reply::ok(&set)?.version(set.version))
    };
    let work = |db: Db| async move {
        db.write(move |c| {
            let site = clinic::the_site(c)?.id;
            let wanted = body.0.onto(store::wait_alerts(c, site)?);
            checked(&wanted)?;
            actions::save_alerts(c, now, &actor, Some(version), &wanted)
        })
        .await
    };
    let done = change.answer(&ctx.db, reply, work).await;
    change.or_stale(&ctx.db, done, load_alerts).await
}

/// What is laid out before a visit of a service.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuppliesJson {
    /// The service.
    service_id: ServiceId,
    /// Chinese.
    supplies: String,
    /// English.
    supplies_en: String,
    /// Name this version when changing it; 0: as it comes.
    version: i64,
}

fn load_supplies(c: &mut Conn, id: ServiceId) -> Result<SuppliesJson> {
    clinic::get_service(c, id)?;
    let found = store::list_supplies(c)?.remove(&id).unwrap_or_default();
    Ok(SuppliesJson {
        service_id: id,
        supplies: found.zh,
        supplies_en: found.en,
        version: staff::version_of(c, SUPPLIES, Some(id.0))?,
    })
}

/// What is laid out before a visit of a service; the day sheet shows it.
#[utoipa::path(get, path = "/api/v1/services/{id}/supplies", tag = "reception", params(("id" = i64, Path)),
    responses((status = 200, body = SuppliesJson, headers(("ETag" = String, description = "The version"))), (status = 404, description = "not there")))]
async fn supplies((req, ctx): (HttpRequest, Ctx), id: web::Path<ServiceId>) -> Result<HttpResponse> {
    let id = *id;
    let found = ctx.db.read(move |c| load_supplies(c, id)).await?;
    show(&req, found.version, &found)
}

/// A change of it; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppliesPatch {
    /// The version it was made on, here or in `If-Match`.
    version: Option<i64>,
    /// Chinese, up to 300 characters; empty: nothing.
    supplies: Option<String>,
    /// English, up to 300 characters.
    supplies_en: Option<String>,
}

/// Changes what is laid out before a visit of a service.
#[utoipa::path(patch, path = "/api/v1/services/{id}/supplies", request_body = SuppliesPatch, tag = "reception",
    params(("id" = i64, Path)),
    responses((status = 200, body = SuppliesJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale"), (status = 422, description = "a field is wrong")))]
async fn change_supplies(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<ServiceId>,
    body: Body<SuppliesPatch>,
) -> Result<HttpResponse> {
    let (now, id, b) = (ctx.now(), *id, body.0);
    let version = change.version(b.version)?;
    let reply = move |c: &mut Conn, _: &bool| {
        let set = load_supplies(c, id)?;
        Ok(Reply::ok(&set)?.version(set.version))
    };
    let work = |db: Db| async move {
        db.write(move |c| {
            let was = store::list_supplies(c)?.remove(&id).unwrap_or_default();
            let text = |wanted: Option<String>, was: String| wanted.map_or(was, |t| t.trim().to_owned());
            let wanted = Supplies {
                zh: text(b.supplies, was.zh),
                en: text(b.supplies_en, was.en),
            };
            let mut faults = Faults::default();
            actions::check_supplies(&wanted, ["supplies", "supplies_en"], &mut faults);
            faults.finish()?;
            actions::save_supplies(c, now, &actor, (id, Some(version)), &wanted)
        })
        .await
    };
    let done = change.answer(&ctx.db, reply, work).await;
    change.or_stale(&ctx.db, done, move |c| load_supplies(c, id)).await
}
