//! How a service is booked.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions;
use super::super::model::{BookingRules, Part, Parts, ProviderKind, ServiceId};
use super::super::pages::{pairs_of_rules, read_rules};
use super::super::store;
use super::change::{by, done};
use super::{PartBody, RulesBody, rules};
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::{Body, Change, Ctx, Reply, given, show};
use crate::staff::{self, Actor, EVERYONE, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/services/{id}/rules")
            .route(staff::get(EVERYONE, read))
            .route(staff::patch(ONLY_ADMINISTRATOR, change)),
    );
}

/// How a service is booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceRules {
    /// The service.
    service_id: ServiceId,
    /// Its rules.
    #[serde(flatten)]
    rules: RulesBody,
    /// Name this version when changing them; it rises with every change of the service. 0: as it comes.
    version: i64,
}

fn load(c: &mut Conn, id: ServiceId) -> Result<ServiceRules> {
    store::get_service(c, id)?;
    Ok(ServiceRules {
        service_id: id,
        rules: rules(store::snapshot(c)?.rules(id)),
        version: staff::version_of(c, "services", Some(id.0))?,
    })
}

/// How a service is booked.
#[utoipa::path(get, path = "/api/v1/services/{id}/rules", params(("id" = i64, Path)), tag = "clinic",
    responses((status = 200, body = ServiceRules, headers(("ETag" = String, description = "The version"))), (status = 404, description = "not there")))]
pub(super) async fn read((req, ctx): (HttpRequest, Ctx), id: web::Path<ServiceId>) -> Result<HttpResponse> {
    let id = *id;
    let found = ctx.db.read(move |c| load(c, id)).await?;
    show(&req, found.version, &found)
}

/// A change of it; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesPatch {
    /// The version it was made on, here or in `If-Match`.
    version: Option<i64>,
    /// Starts every so many minutes: 5, 10, 15, 20, 30 or 60.
    grid_minutes: Option<i32>,
    /// It needs a chair of this kind; empty: one of the provider's.
    chair_kind: Option<String>,
    /// When the provider is needed, in order and within the visit; empty: as long as the chair is taken.
    provider_parts: Option<Vec<PartBody>>,
    /// A second person of this kind is needed; null: nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<ProviderKind>)]
    second_kind: Option<Option<ProviderKind>>,
    /// When, in order and within the visit; empty: as long as the patient is there.
    second_parts: Option<Vec<PartBody>>,
    /// At most so many a day for each provider, 1 to 100; null: any number.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    per_day_max: Option<Option<i32>>,
    /// Whether patients book it themselves.
    online: Option<bool>,
    /// Patients book at least so many minutes ahead, to 43200.
    notice_minutes: Option<i32>,
    /// Patients book at most so many days ahead, 1 to 732.
    horizon_days: Option<i32>,
    /// So many visits that no longer fit were seen and agreed to.
    #[serde(default)]
    agreed: usize,
}

fn parts(wanted: Option<&Vec<PartBody>>, was: &Parts) -> Parts {
    let part = |p: &PartBody| Part {
        from: p.from,
        until: p.until,
    };
    wanted.map_or_else(|| was.clone(), |list| Parts(list.iter().map(part).collect()))
}

impl RulesPatch {
    fn onto(&self, was: &BookingRules) -> BookingRules {
        BookingRules {
            grid_minutes: self.grid_minutes.unwrap_or(was.grid_minutes),
            chair_kind: self.chair_kind.clone().unwrap_or_else(|| was.chair_kind.clone()),
            provider_parts: parts(self.provider_parts.as_ref(), &was.provider_parts),
            second_kind: self.second_kind.unwrap_or(was.second_kind),
            second_parts: parts(self.second_parts.as_ref(), &was.second_parts),
            per_day_max: self.per_day_max.unwrap_or(was.per_day_max),
            online: self.online.unwrap_or(was.online),
            notice_minutes: self.notice_minutes.unwrap_or(was.notice_minutes),
            horizon_days: self.horizon_days.unwrap_or(was.horizon_days),
        }
    }
}

/// The rules as the form reads them: it knows what is possible.
fn checked(wanted: &BookingRules, was: &BookingRules, minutes: i32) -> Result<BookingRules> {
    let mut faults = Faults::default();
    let read = read_rules(&Input::from_pairs(pairs_of_rules(wanted)), was, minutes, &mut faults);
    for fault in &mut faults.0 {
        fault.field = match fault.field.as_str() {
            "grid" => "grid_minutes".into(),
            "notice" | "notice_unit" => "notice_minutes".into(),
            _ => continue,
        };
    }
    faults.finish().map(|()| read)
}

/// Changes how a service is booked. Visits that are booked keep their time; if some of them do not meet the new rules, that is
/// refused until so many are agreed to.
#[utoipa::path(patch, path = "/api/v1/services/{id}/rules", request_body = RulesPatch, params(("id" = i64, Path)), tag = "clinic",
    responses((status = 200, body = ServiceRules, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale; visits_affected: nothing is saved"),
        (status = 422, description = "a field is wrong")))]
pub(super) async fn change(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<ServiceId>,
    body: Body<RulesPatch>,
) -> Result<HttpResponse> {
    let (id, b) = (*id, body.0);
    let by = by(ctx.now(), actor, b.agreed, Some(change.version(b.version)?));
    let reply = move |c: &mut Conn, (): &()| {
        let set = load(c, id)?;
        Ok(Reply::ok(&set)?.version(set.version))
    };
    let work = |db: Db| async move {
        db.write(move |c| {
            let service = store::get_service(c, id)?;
            let clinic = store::snapshot(c)?;
            let was = clinic.rules(id);
            let wanted = checked(&b.onto(was), was, service.minutes)?;
            let does = clinic.does.iter().filter(|(s, _)| *s == id);
            let providers: Vec<_> = does.map(|(_, p)| *p).collect();
            done(actions::save_service(c, &by, &service, &providers, &wanted)?.0)
        })
        .await
    };
    let answer = change.answer(&ctx.db, reply, work).await;
    change.or_stale(&ctx.db, answer, move |c| load(c, id)).await
}
