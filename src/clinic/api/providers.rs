//! Who treats, over JSON. When they work is changed by their schedule.

use actix_web::web::{self, Json};
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions;
use super::super::model::{ChairId, Provider, ProviderId, ProviderKind, ServiceId};
use super::super::pages::{ProviderDraft, provider_input, read_provider};
use super::super::store::{self, Snapshot};
use super::change::{by, done, named};
use super::{DaySessionBody, PatternBody, SessionBody, on, pattern, sessions};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::{Body, Change, Ctx, Reply, given, show};
use crate::staff::{self, Actor, EVERYONE, ONLY_ADMINISTRATOR, UserId};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/providers")
            .route(staff::get(EVERYONE, list))
            .route(staff::post(ONLY_ADMINISTRATOR, create)),
    )
    .service(
        web::resource("/api/v1/providers/{id}")
            .route(staff::get(EVERYONE, read))
            .route(staff::patch(ONLY_ADMINISTRATOR, change)),
    );
}

/// A provider who takes bookings.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderBody {
    id: ProviderId,
    name: String,
    name_en: String,
    kind: ProviderKind,
    speciality: String,
    speciality_en: String,
    chair_id: ChairId,
    /// Chairs they work at beside their own.
    further_chair_ids: Vec<ChairId>,
    /// Order on the board.
    position: i32,
    /// At most so many visits a day, whatever for; none: as many as fit.
    day_max: Option<i32>,
    /// What they do.
    service_ids: Vec<ServiceId>,
    /// The weekly hours that hold today.
    hours: Vec<SessionBody>,
    /// All weekly hours, by the day from which they hold.
    patterns: Vec<PatternBody>,
    /// Sessions of single days from today on, which stand instead of the weekly ones.
    days: Vec<DaySessionBody>,
}

/// Providers who take bookings, in board order, with their hours.
#[utoipa::path(get, path = "/api/v1/providers", tag = "clinic", responses((status = 200, body = [ProviderBody]), (status = 401)))]
pub(super) async fn list(ctx: Ctx) -> Result<Json<Vec<ProviderBody>>> {
    let now = ctx.now();
    let clinic = ctx.db.read(store::snapshot).await?;
    let today = now.day(clinic.site.tz());
    let active = clinic.providers.iter().filter(|p| p.active);
    Ok(Json(active.map(|p| shown(&clinic, p, today)).collect()))
}

fn shown(clinic: &Snapshot, p: &Provider, today: NaiveDate) -> ProviderBody {
    let rota = clinic.rota(p.id);
    let dated = rota.dated().filter(|(day, _)| *day >= today);
    ProviderBody {
        id: p.id,
        name: p.name.clone(),
        name_en: p.name_en.clone(),
        kind: p.kind,
        speciality: p.speciality.clone(),
        speciality_en: p.speciality_en.clone(),
        chair_id: p.chair_id,
        further_chair_ids: clinic.further_chairs(p.id).collect(),
        position: p.position,
        day_max: p.day_max,
        service_ids: clinic.services_of(p.id).collect(),
        hours: rota.pattern_on(today).map_or_else(Vec::new, |(_, week)| sessions(week)),
        patterns: rota.patterns().map(pattern).collect(),
        days: dated
            .flat_map(|(day, list)| list.iter().map(move |s| on(day, s)))
            .collect(),
    }
}

/// One provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneProvider {
    #[serde(flatten)]
    provider: ProviderBody,
    /// Whether they take bookings.
    active: bool,
    /// The account they sign in with; none: they have none.
    user_id: Option<UserId>,
    /// Send it back with a change; 0: as they come.
    version: i64,
}

fn load(c: &mut Conn, id: ProviderId, now: Instant) -> Result<OneProvider> {
    let provider = store::get_provider(c, id)?;
    let clinic = store::snapshot(c)?;
    Ok(OneProvider {
        provider: shown(&clinic, &provider, now.day(clinic.site.tz())),
        active: provider.active,
        user_id: provider.user_id,
        version: staff::version_of(c, "providers", Some(id.0))?,
    })
}

/// One provider, whether they take bookings or not.
#[utoipa::path(get, path = "/api/v1/providers/{id}", tag = "clinic", params(("id" = i64, Path)),
    responses((status = 200, body = OneProvider, headers(("ETag" = String))), (status = 404, description = "not there")))]
pub(super) async fn read((req, ctx): (HttpRequest, Ctx), id: web::Path<ProviderId>) -> Result<HttpResponse> {
    let now = ctx.now();
    let found = ctx.db.read(move |c| load(c, *id, now)).await?;
    show(&req, found.version, &found)
}

/// A provider to be added, at the end of the board. They have no hours until their schedule has some.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProvider {
    /// Chinese name.
    name: String,
    /// English name.
    name_en: String,
    kind: ProviderKind,
    /// What they are known for, in Chinese.
    #[serde(default)]
    speciality: String,
    /// In English.
    #[serde(default)]
    speciality_en: String,
    /// The chair they work at.
    chair_id: ChairId,
    /// Chairs they work at beside it.
    #[serde(default)]
    further_chair_ids: Vec<ChairId>,
    /// What they do.
    #[serde(default)]
    service_ids: Vec<ServiceId>,
    /// At most so many visits a day, 1 to 200; none: as many as fit.
    day_max: Option<i32>,
    /// The account they sign in with.
    user_id: Option<UserId>,
}

/// What the form calls otherwise.
const NAMES: [(&str, &str); 4] = [
    ("chair", "chair_id"),
    ("further", "further_chair_ids"),
    ("services", "service_ids"),
    ("account", "user_id"),
];

/// As the form would say it: it knows what is possible.
fn checked(c: &mut Conn, draft: &ProviderDraft) -> Result<ProviderDraft> {
    let id = Some(draft.0.id).filter(|id| *id != ProviderId(0));
    read_provider(c, &provider_input(draft), id)
}

/// Adds a provider.
#[utoipa::path(post, path = "/api/v1/providers", tag = "clinic", request_body = NewProvider,
    responses((status = 201, body = OneProvider, headers(("Location" = String), ("ETag" = String))), (status = 422, description = "a field is wrong")))]
pub(super) async fn create(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    Body(new): Body<NewProvider>,
) -> Result<HttpResponse> {
    let now = ctx.now();
    let by = by(now, actor, 0, None);
    let reply = move |c: &mut Conn, id: &ProviderId| {
        let one = load(c, *id, now)?;
        Ok(Reply::created(format!("/api/v1/providers/{id}"), &one)?.version(one.version))
    };
    let write = move |c: &mut Conn| {
        let provider = Provider {
            id: ProviderId(0),
            site_id: store::the_site(c)?.id,
            user_id: new.user_id,
            name: new.name,
            name_en: new.name_en,
            kind: new.kind,
            speciality: new.speciality,
            speciality_en: new.speciality_en,
            chair_id: new.chair_id,
            position: 0,
            active: true,
            day_max: new.day_max,
        };
        let (provider, services, further) = checked(c, &(provider, new.service_ids, new.further_chair_ids))?;
        let (outcome, id) = actions::save_provider(c, &by, &provider, &services, &further)?;
        done(outcome).map(|()| id)
    };
    made.answer(&ctx.db, reply, |db: Db| async move { db.write(write).await })
        .await
        .map_err(|e| named(e, &NAMES))
}

/// A change of a provider; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderPatch {
    /// The version it was made on; needed here or in `If-Match`.
    version: Option<i64>,
    /// Chinese name.
    name: Option<String>,
    /// English name.
    name_en: Option<String>,
    kind: Option<ProviderKind>,
    /// What they are known for, in Chinese.
    speciality: Option<String>,
    /// In English.
    speciality_en: Option<String>,
    /// The chair they work at.
    chair_id: Option<ChairId>,
    /// All chairs they work at beside it.
    further_chair_ids: Option<Vec<ChairId>>,
    /// All that they do.
    service_ids: Option<Vec<ServiceId>>,
    /// At most so many visits a day, 1 to 200; null: as many as fit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    day_max: Option<Option<i32>>,
    /// The account they sign in with; null: none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    user_id: Option<Option<UserId>>,
    /// Whether they take bookings.
    active: Option<bool>,
    /// So many visits that no longer fit were seen and agreed to.
    #[serde(default)]
    agreed: usize,
}

impl ProviderPatch {
    fn onto(self, c: &mut Conn, id: ProviderId) -> Result<ProviderDraft> {
        let was = store::get_provider(c, id)?;
        let clinic = store::snapshot(c)?;
        let wanted = Provider {
            name: self.name.unwrap_or(was.name),
            name_en: self.name_en.unwrap_or(was.name_en),
            kind: self.kind.unwrap_or(was.kind),
            speciality: self.speciality.unwrap_or(was.speciality),
            speciality_en: self.speciality_en.unwrap_or(was.speciality_en),
            chair_id: self.chair_id.unwrap_or(was.chair_id),
            day_max: self.day_max.unwrap_or(was.day_max),
            user_id: self.user_id.unwrap_or(was.user_id),
            active: self.active.unwrap_or(was.active),
            ..was
        };
        let services = self.service_ids.unwrap_or_else(|| clinic.services_of(id).collect());
        let further = self
            .further_chair_ids
            .unwrap_or_else(|| clinic.further_chairs(id).collect());
        checked(c, &(wanted, services, further))
    }
}

/// Changes a provider.
#[utoipa::path(patch, path = "/api/v1/providers/{id}", tag = "clinic", params(("id" = i64, Path)), request_body = ProviderPatch,
    responses((status = 200, body = OneProvider, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, visits_affected"), (status = 422, description = "a field is wrong")))]
pub(super) async fn change(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    id: web::Path<ProviderId>,
    Body(patch): Body<ProviderPatch>,
) -> Result<HttpResponse> {
    let (id, now) = (*id, ctx.now());
    let by = by(now, actor, patch.agreed, Some(made.version(patch.version)?));
    let write = move |c: &mut Conn| {
        let (provider, services, further) = patch.onto(c, id)?;
        let (outcome, _) = actions::save_provider(c, &by, &provider, &services, &further)?;
        done(outcome)
    };
    let reply = move |c: &mut Conn, (): &()| {
        let one = load(c, id, now)?;
        Ok(Reply::ok(&one)?.version(one.version))
    };
    let answer = made
        .answer(&ctx.db, reply, |db: Db| async move { db.write(write).await })
        .await
        .map_err(|e| named(e, &NAMES));
    made.or_stale(&ctx.db, answer, move |c| load(c, id, now)).await
}
