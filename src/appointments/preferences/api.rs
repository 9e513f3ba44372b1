//! What patients prefer, over JSON.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::actions;
use super::model::Wanted;
use super::store;
use crate::appointments::model::together::Filter;
use crate::clinic::{ProviderId, parse_minute, show_minute};
use crate::patients::{self, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::form::Faults;
use crate::platform::web::{Body, Change, Ctx, Reply, show};
use crate::staff::{self, Actor, DESK, EVERYONE};

/// This feature's part of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(read, put))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/patients/{id}/preferences")
            .route(staff::get(EVERYONE, read))
            .route(staff::put(DESK, put)),
    );
}

/// What a patient has said of when and with whom they like to come.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreferencesJson {
    /// Who.
    patient_id: PatientId,
    /// With whom; none: anyone.
    provider_id: Option<ProviderId>,
    /// 1 = Monday … 7; empty: any day.
    weekdays: Vec<usize>,
    /// Not before this time of the day, `09:00`.
    from_time: Option<String>,
    /// Over by this time of the day.
    until_time: Option<String>,
    /// Who wrote it down; empty: nobody has.
    set_by: String,
    /// When, UTC.
    set_at: Option<String>,
    /// Name this version when changing it; 0: nothing was said.
    version: i64,
}

fn load(c: &mut Conn, id: PatientId) -> Result<PreferencesJson> {
    patients::get_patient(c, id)?;
    let found = store::find_preferences(c, id)?;
    let wanted = found.as_ref().map(|p| p.wanted).unwrap_or_default();
    let days = (1..).zip(wanted.when.weekdays).filter(|(_, on)| *on);
    Ok(PreferencesJson {
        patient_id: id,
        provider_id: wanted.provider,
        weekdays: days.map(|(n, _)| n).collect(),
        from_time: wanted.when.from.map(show_minute),
        until_time: wanted.when.until.map(show_minute),
        set_by: found.as_ref().map(|p| p.set_by.clone()).unwrap_or_default(),
        set_at: found.as_ref().map(|p| Instant::rfc3339(p.set_at)),
        version: found.map_or(0, |p| p.version),
    })
}

/// What a patient prefers.
#[utoipa::path(get, path = "/api/v1/patients/{id}/preferences", params(("id" = i64, Path)), tag = "appointments",
    responses((status = 200, body = PreferencesJson, headers(("ETag" = String, description = "The version"))), (status = 404, description = "not there")))]
async fn read((req, ctx): (HttpRequest, Ctx), actor: Actor, id: web::Path<PatientId>) -> Result<HttpResponse> {
    let id = *id;
    let found = ctx.db.read(move |c| load(c, id)).await?;
    staff::read_of_record(&ctx.db, ctx.now(), &actor, actions::PREFERENCES, id.0).await?;
    show(&req, found.version, &found)
}

/// What a patient says from now on, all of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPreferences {
    /// The version it was made on, here or in `If-Match`; 0 when nothing was said before.
    version: Option<i64>,
    /// With whom; without it, anyone.
    provider_id: Option<ProviderId>,
    /// 1 = Monday … 7; empty: any day.
    #[serde(default)]
    weekdays: Vec<usize>,
    /// Not before this time of the day, `09:00`.
    from_time: Option<String>,
    /// Over by this time of the day.
    until_time: Option<String>,
}

impl NewPreferences {
    fn wanted(&self) -> Result<Wanted> {
        let mut faults = Faults::default();
        let mut minute = |name: &str, text: Option<&String>| {
            let read = text.map(|t| parse_minute(t));
            if read == Some(None) {
                faults.add(name, "invalid", "时间的格式是 09:30", "A time is written 09:30");
            }
            read.flatten()
        };
        let (from, until) = (
            minute("from_time", self.from_time.as_ref()),
            minute("until_time", self.until_time.as_ref()),
        );
        let mut weekdays = [false; 7];
        for day in &self.weekdays {
            match day.checked_sub(1).and_then(|i| weekdays.get_mut(i)) {
                Some(on) => *on = true,
                None => faults.add("weekdays", "invalid", "应为 1（周一）到 7", "From 1 (Monday) to 7"),
            }
        }
        faults.finish()?;
        Ok(Wanted {
            provider: self.provider_id,
            when: Filter { weekdays, from, until },
        })
    }
}

/// Writes down what a patient prefers, in the place of what they said before: it is offered them first.
#[utoipa::path(put, path = "/api/v1/patients/{id}/preferences", request_body = NewPreferences, params(("id" = i64, Path)),
    tag = "appointments",
    responses((status = 200, body = PreferencesJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale"), (status = 422, description = "a field is wrong")))]
async fn put(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<PatientId>,
    body: Body<NewPreferences>,
) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), *id);
    let version = change.version(body.0.version)?;
    let wanted = body.0.wanted()?;
    let reply = move |c: &mut Conn, (): &()| {
        let set = load(c, id)?;
        Ok(Reply::ok(&set)?.version(set.version))
    };
    let work = |db: Db| async move {
        db.write(move |c| actions::save(c, now, &actor, (id, version), wanted))
            .await
    };
    let done = change.answer(&ctx.db, reply, work).await;
    change.or_stale(&ctx.db, done, move |c| load(c, id)).await
}
