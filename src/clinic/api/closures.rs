//! What stands in the way of the weekly hours.

use actix_web::web::Json;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::model::{ProviderId, ServiceId, show_minute};
use super::super::store;
use crate::platform::error::Result;
use crate::platform::web::Ctx;

/// A day on which the clinic is closed.
#[derive(Debug, Serialize, ToSchema)]
pub struct HolidayBody {
    day: NaiveDate,
    name: String,
    name_en: String,
}

/// A day worked as another weekday.
#[derive(Debug, Serialize, ToSchema)]
pub struct MakeupBody {
    day: NaiveDate,
    /// 1 = Monday … 7 = Sunday.
    weekday: i32,
    name: String,
    name_en: String,
}

/// When a provider is away.
#[derive(Debug, Serialize, ToSchema)]
pub struct AwayBody {
    provider_id: ProviderId,
    /// With the clinic's offset.
    from: String,
    until: String,
}

/// Time kept for some services, or for work elsewhere.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptBody {
    id: i64,
    name: String,
    name_en: String,
    /// Whose time; none: everybody's.
    provider_id: Option<ProviderId>,
    /// On this weekday (1 = Monday) …
    weekday: Option<i32>,
    /// … or on this one day.
    day: Option<NaiveDate>,
    /// `09:00`
    from: String,
    until: String,
    /// First and last day of a weekly one.
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
    /// Free to all so many days before.
    release_days: Option<i32>,
    /// Taken before and after, too: the way to another site.
    travel_minutes: i32,
    /// What may be booked there.
    service_ids: Vec<ServiceId>,
}

/// All of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosuresBody {
    holidays: Vec<HolidayBody>,
    makeup_days: Vec<MakeupBody>,
    leaves: Vec<AwayBody>,
    kept: Vec<KeptBody>,
}

/// Holidays, make-up days, leave and kept time. Why somebody is on leave is not told.
#[utoipa::path(get, path = "/api/v1/closures", tag = "clinic", responses((status = 200, body = ClosuresBody)))]
pub(super) async fn closures(ctx: Ctx) -> Result<Json<ClosuresBody>> {
    let clinic = ctx.db.read(store::snapshot).await?;
    let zone = clinic.site.tz();
    let holidays = clinic.holidays.iter().map(|h| HolidayBody {
        day: h.day,
        name: h.name.clone(),
        name_en: h.name_en.clone(),
    });
    let makeup_days = clinic.makeup_days.iter().map(|m| MakeupBody {
        day: m.day,
        weekday: m.weekday,
        name: m.name.clone(),
        name_en: m.name_en.clone(),
    });
    let leaves = clinic.leaves.iter().map(|l| AwayBody {
        provider_id: l.provider_id,
        from: l.starts_at.rfc3339_in(zone),
        until: l.ends_at.rfc3339_in(zone),
    });
    let kept = clinic.blockouts.iter().map(|b| KeptBody {
        id: b.id,
        name: b.name.clone(),
        name_en: b.name_en.clone(),
        provider_id: b.provider_id,
        weekday: b.weekday,
        day: b.day,
        from: show_minute(b.start_minute),
        until: show_minute(b.end_minute),
        valid_from: b.valid_from,
        valid_until: b.valid_until,
        release_days: b.release_days,
        travel_minutes: b.travel_minutes,
        service_ids: clinic
            .services
            .iter()
            .map(|s| s.id)
            .filter(|s| clinic.may_use(b.id, *s))
            .collect(),
    });
    Ok(Json(ClosuresBody {
        holidays: holidays.collect(),
        makeup_days: makeup_days.collect(),
        leaves: leaves.collect(),
        kept: kept.collect(),
    }))
}
