//! What stands in the way of the weekly hours.

use actix_web::web::Json;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::model::{
    Blockout, ChairId, Holiday, HolidayId, LeaveId, MakeupDay, ProviderId, ServiceId, show_minute,
};
use super::super::store::{self, Snapshot};
use crate::platform::error::Result;
use crate::platform::web::Ctx;

/// A day on which the clinic is closed.
#[derive(Debug, Serialize, ToSchema)]
pub struct HolidayBody {
    id: HolidayId,
    day: NaiveDate,
    name: String,
    name_en: String,
}

/// A day worked as another weekday.
#[derive(Debug, Serialize, ToSchema)]
pub struct MakeupBody {
    id: i64,
    day: NaiveDate,
    /// 1 = Monday … 7 = Sunday.
    weekday: i32,
    name: String,
    name_en: String,
}

/// When a provider is away, or a chair out of service.
#[derive(Debug, Serialize, ToSchema)]
pub struct AwayBody {
    id: LeaveId,
    /// Of this provider …
    provider_id: Option<ProviderId>,
    /// … or of this chair.
    chair_id: Option<ChairId>,
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
    /// In which chair; none: in any.
    chair_id: Option<ChairId>,
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

impl From<&Holiday> for HolidayBody {
    fn from(h: &Holiday) -> HolidayBody {
        HolidayBody {
            id: h.id,
            day: h.day,
            name: h.name.clone(),
            name_en: h.name_en.clone(),
        }
    }
}

impl From<&MakeupDay> for MakeupBody {
    fn from(m: &MakeupDay) -> MakeupBody {
        MakeupBody {
            id: m.id,
            day: m.day,
            weekday: m.weekday,
            name: m.name.clone(),
            name_en: m.name_en.clone(),
        }
    }
}

impl KeptBody {
    /// With the services that may be booked there.
    pub(super) fn of(clinic: &Snapshot, b: &Blockout) -> KeptBody {
        let services = clinic.services.iter().map(|s| s.id);
        KeptBody {
            id: b.id,
            name: b.name.clone(),
            name_en: b.name_en.clone(),
            provider_id: b.provider_id,
            chair_id: b.chair_id,
            weekday: b.weekday,
            day: b.day,
            from: show_minute(b.start_minute),
            until: show_minute(b.end_minute),
            valid_from: b.valid_from,
            valid_until: b.valid_until,
            release_days: b.release_days,
            travel_minutes: b.travel_minutes,
            service_ids: services.filter(|s| clinic.may_use(b.id, *s)).collect(),
        }
    }
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
    let leaves = clinic.leaves.iter().map(|l| AwayBody {
        id: l.id,
        provider_id: l.provider_id,
        chair_id: l.chair_id,
        from: l.starts_at.rfc3339_in(zone),
        until: l.ends_at.rfc3339_in(zone),
    });
    Ok(Json(ClosuresBody {
        holidays: clinic.holidays.iter().map(Into::into).collect(),
        makeup_days: clinic.makeup_days.iter().map(Into::into).collect(),
        leaves: leaves.collect(),
        kept: clinic.blockouts.iter().map(|b| KeptBody::of(&clinic, b)).collect(),
    }))
}
