//! `/settings/holidays`

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;

use super::super::model::{Holiday, HolidayId};
use super::super::{actions, store, views};
use super::{Again, Shown, answer, back, by, settle, typed};
use crate::platform::clock::plus_days;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

/// How far back and ahead the list reaches, in days.
const BACK_DAYS: i64 = 60;
const AHEAD_DAYS: i64 = 3 * 366;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(
        web::resource("/settings/holidays")
            .route(staff::get(only, list_page))
            .route(staff::post(only, add)),
    )
    .service(web::resource("/settings/holidays/{id}/remove").route(staff::post(only, remove)));
}

async fn list_page(ctx: Ctx, frame: Frame) -> Result<HttpResponse> {
    list(&ctx, &frame, None).await
}

async fn list(ctx: &Ctx, frame: &Frame, again: Option<Again>) -> Result<HttpResponse> {
    let now = ctx.now();
    let (days, site, last) = ctx
        .db
        .read(move |c| {
            let site = store::the_site(c)?;
            let today = now.day(site.tz());
            let days = store::list_holidays(c, plus_days(today, -BACK_DAYS), plus_days(today, AHEAD_DAYS))?;
            let last = staff::last_change(c, "holidays", None)?;
            Ok((days, site, last))
        })
        .await?;
    let shown = Shown::of(again.as_ref(), "add", Input::default);
    let page = views::holidays::list(frame, &site, (&days, last.as_ref()), &shown);
    Ok(answer(again.as_ref(), page))
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let by = by(&ctx, actor, &input);
    let done = match read(&input, by.now) {
        Ok((day, (name, name_en))) => {
            ctx.db
                .write(move |c| {
                    let site_id = store::the_site(c)?.id;
                    let id = HolidayId(0);
                    let holiday = Holiday {
                        id,
                        site_id,
                        day,
                        name,
                        name_en,
                    };
                    actions::add_holiday(c, &by, &holiday)
                })
                .await
        }
        Err(e) => Err(e),
    };
    match settle(done, "add", input)? {
        Ok(word) => Ok(back("/settings/holidays", word, "holidays")),
        Err(again) => list(&ctx, &frame, Some(again)).await,
    }
}

fn read(input: &Input, now: crate::platform::clock::Instant) -> Result<(NaiveDate, (String, String))> {
    let mut faults = Faults::default();
    let day: Option<NaiveDate> = input.need("day", &mut faults);
    let names = typed::names(input, &mut faults);
    let today = now.utc().date_naive();
    let near = |d: &NaiveDate| *d >= plus_days(today, -BACK_DAYS) && *d <= plus_days(today, AHEAD_DAYS - 2);
    if day.is_some_and(|d| !near(&d)) {
        faults.add(
            "day",
            "out_of_range",
            "日期太早或太晚",
            "This day is too long ago or too far ahead",
        );
    }
    faults.finish()?;
    Ok((day.unwrap_or(today), names))
}

async fn remove(ctx: Ctx, actor: Actor, id: web::Path<HolidayId>, input: Input) -> Result<HttpResponse> {
    let by = by(&ctx, actor, &input);
    ctx.db.write(move |c| actions::remove_holiday(c, &by, *id)).await?;
    Ok(back("/settings/holidays", "saved", "holidays"))
}
