//! Holidays and days worked as another weekday: adding and removing them. They are read with all closures.

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions::{self, Days};
use super::super::model::{HolidayId, Outcome};
use super::super::{pages, store};
use super::change::{Removal, by, done};
use super::closures::{HolidayBody, MakeupBody};
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::{Body, Change, Ctx, Params, Reply};
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(web::resource("/api/v1/holidays").route(staff::post(only, add_holidays)))
        .service(web::resource("/api/v1/holidays/{id}").route(staff::delete(only, remove_holiday)))
        .service(web::resource("/api/v1/makeup-days").route(staff::post(only, add_makeup_days)))
        .service(web::resource("/api/v1/makeup-days/{id}").route(staff::delete(only, remove_makeup_day)));
}

/// Days that follow each other, as the form has them; the last may be left out.
fn days(c: &mut Conn, by: &actions::By, texts: [String; 4]) -> Result<Days> {
    let mut faults = Faults::default();
    let fields = ["day", "until", "name", "name_en"];
    let input = Input::from_pairs(fields.into_iter().zip(texts));
    let today = by.now.day(store::the_site(c)?.tz());
    let days = pages::read_closed_days(&input, fields, today, &mut faults);
    faults.finish().map(|()| days)
}

fn text(day: Option<NaiveDate>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// Days on which the clinic is to be closed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHolidays {
    /// The first day …
    day: NaiveDate,
    /// … and the last, at most 31 days in all; none: one day.
    until: Option<NaiveDate>,
    /// Chinese name.
    name: String,
    /// English name.
    name_en: String,
    /// So many visits on these days were seen and agreed to.
    #[serde(default)]
    agreed: usize,
}

/// The days that were added.
#[derive(Debug, Serialize, ToSchema)]
pub struct HolidaysAdded {
    items: Vec<HolidayBody>,
}

/// Closes the clinic on days. For a part of a day, keep time of everybody's (`/api/v1/blockouts`).
#[utoipa::path(post, path = "/api/v1/holidays", tag = "clinic", request_body = NewHolidays,
    responses((status = 201, body = HolidaysAdded, headers(("Location" = String))),
        (status = 409, description = "visits_affected"), (status = 422, description = "a field is wrong")))]
pub(super) async fn add_holidays(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    Body(new): Body<NewHolidays>,
) -> Result<HttpResponse> {
    let by = by(ctx.now(), actor, new.agreed, None);
    let write = move |c: &mut Conn| {
        let days = days(c, &by, [text(Some(new.day)), text(new.until), new.name, new.name_en])?;
        done(actions::add_holidays(c, &by, &days)?)?;
        Ok((days.first, days.last))
    };
    let reply = |c: &mut Conn, (first, last): &(NaiveDate, NaiveDate)| {
        let found = store::list_holidays(c, *first, *last)?;
        let items = found.iter().map(Into::into).collect();
        Reply::created("/api/v1/closures", &HolidaysAdded { items })
    };
    made.answer(&ctx.db, reply, |db: Db| async move { db.write(write).await })
        .await
}

/// Opens the clinic on a day again.
#[utoipa::path(delete, path = "/api/v1/holidays/{id}", tag = "clinic", params(("id" = i64, Path)),
    responses((status = 204, description = "gone"), (status = 404, description = "not there")))]
pub(super) async fn remove_holiday(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    id: web::Path<HolidayId>,
) -> Result<HttpResponse> {
    let by = by(ctx.now(), actor, 0, None);
    gone((ctx, made), move |c| actions::remove_holiday(c, &by, *id)).await
}

/// Days that are to be worked as another weekday (调休).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMakeupDays {
    /// The first day …
    day: NaiveDate,
    /// … and the last, at most 31 days in all; none: one day.
    until: Option<NaiveDate>,
    /// 1 = Monday … 7 = Sunday.
    weekday: i32,
    /// Chinese name.
    name: String,
    /// English name.
    name_en: String,
    /// So many visits that no longer fit were seen and agreed to.
    #[serde(default)]
    agreed: usize,
}

/// The days that were added.
#[derive(Debug, Serialize, ToSchema)]
pub struct MakeupDaysAdded {
    items: Vec<MakeupBody>,
}

/// Makes days be worked as another weekday.
#[utoipa::path(post, path = "/api/v1/makeup-days", tag = "clinic", request_body = NewMakeupDays,
    responses((status = 201, body = MakeupDaysAdded, headers(("Location" = String))),
        (status = 409, description = "visits_affected"), (status = 422, description = "a field is wrong")))]
pub(super) async fn add_makeup_days(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    Body(new): Body<NewMakeupDays>,
) -> Result<HttpResponse> {
    let by = by(ctx.now(), actor, new.agreed, None);
    let write = move |c: &mut Conn| {
        let mut faults = Faults::default();
        if !(1..=7).contains(&new.weekday) {
            let (zh, en) = ("应为 1（周一）到 7（周日）", "1 (Monday) to 7 (Sunday)");
            faults.add("weekday", "out_of_range", zh, en);
        }
        faults.finish()?;
        let days = days(c, &by, [text(Some(new.day)), text(new.until), new.name, new.name_en])?;
        let added = actions::add_makeup_days(c, &by, &days, new.weekday);
        done(added.map_err(|e| super::change::named(e, &[("makeup_day", "day")]))?)?;
        Ok((days.first, days.last))
    };
    let reply = |c: &mut Conn, (first, last): &(NaiveDate, NaiveDate)| {
        let clinic = store::snapshot(c)?;
        let added = clinic.makeup_days.iter().filter(|m| (*first..=*last).contains(&m.day));
        let items = added.map(Into::into).collect();
        Reply::created("/api/v1/closures", &MakeupDaysAdded { items })
    };
    made.answer(&ctx.db, reply, |db: Db| async move { db.write(write).await })
        .await
}

/// Makes a day what the calendar says again.
#[utoipa::path(delete, path = "/api/v1/makeup-days/{id}", tag = "clinic", params(("id" = i64, Path), Removal),
    responses((status = 204, description = "gone"), (status = 404, description = "not there"),
        (status = 409, description = "visits_affected")))]
pub(super) async fn remove_makeup_day(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    id: web::Path<i64>,
    Params(removal): Params<Removal>,
) -> Result<HttpResponse> {
    let by = by(ctx.now(), actor, removal.agreed, None);
    gone((ctx, made), move |c| actions::remove_makeup_day(c, &by, *id)).await
}

/// Removes something that has no version.
pub(super) async fn gone(
    (ctx, made): (Ctx, Change),
    remove: impl FnOnce(&mut Conn) -> Result<Outcome> + Send + 'static,
) -> Result<HttpResponse> {
    let write = move |c: &mut Conn| done(remove(c)?);
    made.answer(
        &ctx.db,
        |_, (): &()| Ok(Reply::gone()),
        |db: Db| async move { db.write(write).await },
    )
    .await
}
