//! The clinic's set-up for programs: read only, for every role.

use actix_web::web::{self, Json};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{
    Chair, ChairId, Provider, ProviderId, ProviderKind, Service, ServiceId, Site, SiteId, Week, show_minute,
};
use super::store;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::staff::{self, EVERYONE};

/// This feature's part of the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(site, chairs, providers, services))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/site").route(staff::get(EVERYONE, site)))
        .service(web::resource("/api/v1/chairs").route(staff::get(EVERYONE, chairs)))
        .service(web::resource("/api/v1/providers").route(staff::get(EVERYONE, providers)))
        .service(web::resource("/api/v1/services").route(staff::get(EVERYONE, services)));
}

/// The clinic's site.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteBody {
    id: SiteId,
    name: String,
    name_en: String,
    /// As people write it.
    phone: String,
    address: String,
    address_en: String,
    /// IANA name of the time zone.
    zone: String,
    language: Lang,
    /// ISO 4217.
    currency: String,
    /// ISO 3166, two letters.
    country: String,
}

/// A chair in use.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChairBody {
    id: ChairId,
    name: String,
    name_en: String,
    /// Order on the board.
    position: i32,
}

/// One session of a provider's week, in the site's wall-clock time.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionBody {
    /// 1 = Monday … 7 = Sunday.
    weekday: i32,
    /// `08:45`
    from: String,
    /// `12:00`; midnight at the end of the day is `24:00`.
    until: String,
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
    /// Order on the board.
    position: i32,
    /// What they do.
    service_ids: Vec<ServiceId>,
    hours: Vec<SessionBody>,
}

/// A service that can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceBody {
    id: ServiceId,
    code: String,
    name: String,
    name_en: String,
    /// Minutes the patient is in the chair.
    minutes: i32,
    /// Minutes that chair and provider are taken before.
    buffer_before: i32,
    /// Minutes that chair and provider are taken after.
    buffer_after: i32,
    /// `#rrggbb`
    colour: String,
    /// Minor units of the site's currency.
    price_minor: i64,
    recall_months: Option<i32>,
    follow_up_days: Option<i32>,
    /// Who does it.
    provider_ids: Vec<ProviderId>,
}

/// The clinic's site.
#[utoipa::path(get, path = "/api/v1/site", tag = "clinic", responses((status = 200, body = SiteBody), (status = 401)))]
async fn site(ctx: Ctx) -> Result<Json<SiteBody>> {
    let s: Site = ctx.db.read(store::the_site).await?;
    Ok(Json(SiteBody {
        id: s.id,
        name: s.name,
        name_en: s.name_en,
        phone: s.phone,
        address: s.address,
        address_en: s.address_en,
        zone: s.zone,
        language: s.language,
        currency: s.currency,
        country: s.country,
    }))
}

/// Chairs in use, in board order.
#[utoipa::path(get, path = "/api/v1/chairs", tag = "clinic", responses((status = 200, body = [ChairBody]), (status = 401)))]
async fn chairs(ctx: Ctx) -> Result<Json<Vec<ChairBody>>> {
    let list = ctx.db.read(|c| store::list_chairs(c, false)).await?;
    let body = |ch: Chair| ChairBody {
        id: ch.id,
        name: ch.name,
        name_en: ch.name_en,
        position: ch.position,
    };
    Ok(Json(list.into_iter().map(body).collect()))
}

/// Providers who take bookings, in board order, with their weekly hours.
#[utoipa::path(get, path = "/api/v1/providers", tag = "clinic", responses((status = 200, body = [ProviderBody]), (status = 401)))]
async fn providers(ctx: Ctx) -> Result<Json<Vec<ProviderBody>>> {
    let now = ctx.now();
    let bodies = ctx
        .db
        .read(move |c| {
            let today = now.day(store::the_site(c)?.tz());
            let (does, hours) = (store::list_service_providers(c)?, store::list_hours_on(c, today)?);
            let list = store::list_providers(c, false)?;
            let body = |p: Provider| ProviderBody {
                service_ids: does.iter().filter(|(_, by)| *by == p.id).map(|(s, _)| *s).collect(),
                hours: sessions(&Week::of(p.id, &hours)),
                id: p.id,
                name: p.name,
                name_en: p.name_en,
                kind: p.kind,
                speciality: p.speciality,
                speciality_en: p.speciality_en,
                chair_id: p.chair_id,
                position: p.position,
            };
            Ok(list.into_iter().map(body).collect())
        })
        .await?;
    Ok(Json(bodies))
}

fn sessions(week: &Week) -> Vec<SessionBody> {
    (1..)
        .zip(&week.0)
        .flat_map(|(weekday, day)| day.iter().map(move |s| (weekday, s)))
        .map(|(weekday, s)| SessionBody {
            weekday,
            from: show_minute(s.start),
            until: show_minute(s.end),
        })
        .collect()
}

/// Services that can be booked, in list order.
#[utoipa::path(get, path = "/api/v1/services", tag = "clinic", responses((status = 200, body = [ServiceBody]), (status = 401)))]
async fn services(ctx: Ctx) -> Result<Json<Vec<ServiceBody>>> {
    let (list, does) = ctx
        .db
        .read(|c| Ok((store::list_services(c, false)?, store::list_service_providers(c)?)))
        .await?;
    let body = |s: Service| ServiceBody {
        provider_ids: does.iter().filter(|(id, _)| *id == s.id).map(|(_, p)| *p).collect(),
        id: s.id,
        code: s.code,
        name: s.name,
        name_en: s.name_en,
        minutes: s.minutes,
        buffer_before: s.buffer_before,
        buffer_after: s.buffer_after,
        colour: s.colour,
        price_minor: s.price_minor,
        recall_months: s.recall_months,
        follow_up_days: s.follow_up_days,
    };
    Ok(Json(list.into_iter().map(body).collect()))
}
