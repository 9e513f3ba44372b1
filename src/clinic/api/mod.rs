//! The clinic's set-up for programs: every role reads it; administrators change when the clinic is open, its chairs and its
//! rules.

mod blockouts;
mod chairs;
mod change;
mod closed_days;
mod closures;
mod online;
mod providers;
mod rules;
mod schedules;

use actix_web::web::{self, Json};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{
    BookingRules, Parts, ProviderId, ProviderKind, SINCE_EVER, Service, ServiceId, Session, Site, SiteId, Week,
    show_minute,
};
use super::store::{self, Snapshot};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::staff::{self, EVERYONE};

/// This feature's part of the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    site,
    services,
    providers::list,
    providers::read,
    providers::create,
    providers::change,
    closures::closures,
    chairs::list,
    chairs::read,
    chairs::create,
    chairs::change,
    closed_days::add_holidays,
    closed_days::remove_holiday,
    closed_days::add_makeup_days,
    closed_days::remove_makeup_day,
    blockouts::read,
    blockouts::create,
    blockouts::change,
    blockouts::remove,
    schedules::hours::read,
    schedules::hours::put,
    schedules::hours::remove,
    schedules::days::read,
    schedules::days::put,
    schedules::days::remove,
    schedules::away::list,
    schedules::away::add,
    schedules::away::remove,
    online::read,
    online::change,
    online::complaints,
    online::complaint,
    online::add,
    online::edit,
    online::remove,
    rules::read,
    rules::change,
))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/site").route(staff::get(EVERYONE, site)))
        .service(web::resource("/api/v1/services").route(staff::get(EVERYONE, services)))
        .service(web::resource("/api/v1/closures").route(staff::get(EVERYONE, closures::closures)));
    chairs::routes(cfg);
    providers::routes(cfg);
    closed_days::routes(cfg);
    blockouts::routes(cfg);
    schedules::routes(cfg);
    online::routes(cfg);
    rules::routes(cfg);
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

/// One session of a week, in the site's wall-clock time.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionBody {
    /// 1 = Monday … 7 = Sunday.
    weekday: i32,
    /// `08:45`
    from: String,
    /// `12:00`; midnight at the end of the day is `24:00`.
    until: String,
}

/// Weekly hours that hold from a day on, until the next ones begin.
#[derive(Debug, Serialize, ToSchema)]
pub struct PatternBody {
    /// First day; none: since ever.
    from: Option<NaiveDate>,
    hours: Vec<SessionBody>,
}

/// A session of one day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DaySessionBody {
    day: NaiveDate,
    /// `08:45`
    from: String,
    /// `12:00`
    until: String,
}

/// Minutes from the start of a visit.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartBody {
    from: i32,
    until: i32,
}

/// How a service is booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesBody {
    /// Starts are offered every so many minutes.
    grid_minutes: i32,
    /// It needs a chair of this kind; empty: one of the provider's.
    chair_kind: String,
    /// When the provider is needed; none: as long as the chair is taken.
    provider_parts: Vec<PartBody>,
    /// A second person of this kind is needed.
    second_kind: Option<ProviderKind>,
    /// When; none: as long as the patient is there.
    second_parts: Vec<PartBody>,
    /// At most so many a day for each provider.
    per_day_max: Option<i32>,
    /// Whether patients book it themselves.
    online: bool,
    /// Patients book at least so many minutes ahead.
    notice_minutes: i32,
    /// Patients book at most so many days ahead.
    horizon_days: i32,
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
    rules: RulesBody,
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

/// Weekly hours with the day from which they hold.
fn pattern((from, week): (NaiveDate, &Week)) -> PatternBody {
    PatternBody {
        from: Some(from).filter(|from| *from != SINCE_EVER),
        hours: sessions(week),
    }
}

fn on(day: NaiveDate, s: &Session) -> DaySessionBody {
    DaySessionBody {
        day,
        from: show_minute(s.start),
        until: show_minute(s.end),
    }
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

/// Services that can be booked, in list order, with how they are booked.
#[utoipa::path(get, path = "/api/v1/services", tag = "clinic", responses((status = 200, body = [ServiceBody]), (status = 401)))]
async fn services(ctx: Ctx) -> Result<Json<Vec<ServiceBody>>> {
    let clinic = ctx.db.read(store::snapshot).await?;
    let active = clinic.services.iter().filter(|s| s.active);
    Ok(Json(active.map(|s| service(&clinic, s)).collect()))
}

fn service(clinic: &Snapshot, s: &Service) -> ServiceBody {
    ServiceBody {
        provider_ids: clinic
            .does
            .iter()
            .filter(|(id, _)| *id == s.id)
            .map(|(_, p)| *p)
            .collect(),
        id: s.id,
        code: s.code.clone(),
        name: s.name.clone(),
        name_en: s.name_en.clone(),
        minutes: s.minutes,
        buffer_before: s.buffer_before,
        buffer_after: s.buffer_after,
        colour: s.colour.clone(),
        price_minor: s.price_minor,
        recall_months: s.recall_months,
        follow_up_days: s.follow_up_days,
        rules: rules(clinic.rules(s.id)),
    }
}

fn rules(r: &BookingRules) -> RulesBody {
    RulesBody {
        grid_minutes: r.grid_minutes,
        chair_kind: r.chair_kind.clone(),
        provider_parts: parts(&r.provider_parts),
        second_kind: r.second_kind,
        second_parts: parts(&r.second_parts),
        per_day_max: r.per_day_max,
        online: r.online,
        notice_minutes: r.notice_minutes,
        horizon_days: r.horizon_days,
    }
}

fn parts(parts: &Parts) -> Vec<PartBody> {
    let body = |p: &super::model::Part| PartBody {
        from: p.from,
        until: p.until,
    };
    parts.0.iter().map(body).collect()
}
