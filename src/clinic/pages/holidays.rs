//! `/settings/holidays`: days on which the clinic is closed, and days worked as another weekday.

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;

use super::super::actions::{self, Days};
use super::super::model::HolidayId;
use super::super::views::holidays::Page;
use super::super::{store, views};
use super::{Again, Shown, answer, back, by, settle, settle_removal, typed};
use crate::platform::clock::plus_days;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

/// How far back the lists reach, in days.
const BACK_DAYS: i64 = 60;
/// Most days that are added at once.
const DAYS_MAX: i64 = 31;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(
        web::resource("/settings/holidays")
            .route(staff::get(only, list_page))
            .route(staff::post(only, add)),
    )
    .service(web::resource("/settings/holidays/{id}/remove").route(staff::post(only, remove)))
    .service(web::resource("/settings/holidays/makeup").route(staff::post(only, add_makeup)))
    .service(web::resource("/settings/holidays/makeup/{id}/remove").route(staff::post(only, remove_makeup)));
}

async fn list_page(ctx: Ctx, frame: Frame) -> Result<HttpResponse> {
    list(&ctx, &frame, None).await
}

async fn list(ctx: &Ctx, frame: &Frame, again: Option<Again>) -> Result<HttpResponse> {
    let now = ctx.now();
    let page = ctx
        .db
        .read(move |c| {
            let clinic = store::snapshot(c)?;
            Ok(Page {
                since: plus_days(now.day(clinic.site.tz()), -BACK_DAYS),
                last: staff::last_change(c, "holidays", None)?,
                last_makeup: staff::last_change(c, "makeup_days", None)?,
                clinic,
            })
        })
        .await?;
    let again = again.as_ref();
    let forms = views::holidays::Forms {
        add: Shown::of(again, "add", Input::default),
        makeup: Shown::of(again, "makeup", Input::default),
        removal: Shown::of(again, "makeup-remove", Input::default),
    };
    Ok(answer(again, views::holidays::list(frame, &page, &forms)))
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let (by, typed) = (by(&ctx, actor, &input), input.clone());
    let write = move |c: &mut _| {
        let today = by.now.day(store::the_site(c)?.tz());
        let mut faults = Faults::default();
        let days = read(&typed, ["day", "until", "name", "name_en"], today, &mut faults);
        faults.finish()?;
        actions::add_holidays(c, &by, &days)
    };
    match settle(ctx.db.write(write).await, "add", input)? {
        Ok(word) => Ok(back("/settings/holidays", word, "holidays")),
        Err(again) => list(&ctx, &frame, Some(again)).await,
    }
}

async fn add_makeup(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let (by, typed) = (by(&ctx, actor, &input), input.clone());
    let write = move |c: &mut _| {
        let today = by.now.day(store::the_site(c)?.tz());
        let mut faults = Faults::default();
        let fields = ["makeup_day", "makeup_until", "makeup_name", "makeup_name_en"];
        let days = read(&typed, fields, today, &mut faults);
        let weekday = typed::needed_number(&typed, "makeup_as", 1..=7, &mut faults);
        faults.finish()?;
        actions::add_makeup_days(c, &by, &days, weekday)
    };
    match settle(ctx.db.write(write).await, "makeup", input)? {
        Ok(word) => Ok(back("/settings/holidays", word, "makeup")),
        Err(again) => list(&ctx, &frame, Some(again)).await,
    }
}

/// Days and their names, from the fields of the first day, the last, and the names.
pub(in crate::clinic) fn read(
    input: &Input,
    [first, last, name, name_en]: [&str; 4],
    today: NaiveDate,
    faults: &mut Faults,
) -> Days {
    let since = plus_days(today, -BACK_DAYS);
    let days = typed::days(input, (first, last), (since, DAYS_MAX), faults);
    let (first, last) = days.unwrap_or((today, today));
    Days {
        first,
        last,
        name: typed::name(input, name, faults),
        name_en: typed::name(input, name_en, faults),
    }
}

async fn remove(ctx: Ctx, actor: Actor, id: web::Path<HolidayId>, input: Input) -> Result<HttpResponse> {
    let by = by(&ctx, actor, &input);
    ctx.db.write(move |c| actions::remove_holiday(c, &by, *id)).await?;
    Ok(back("/settings/holidays", "saved", "holidays"))
}

async fn remove_makeup(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<i64>, input: Input) -> Result<HttpResponse> {
    let (id, by) = (*id, by(&ctx, actor, &input));
    let done = ctx.db.write(move |c| actions::remove_makeup_day(c, &by, id)).await;
    let path = format!("/settings/holidays/makeup/{id}/remove");
    match settle_removal(done, "makeup-remove", &path, &input)? {
        Ok(word) => Ok(back("/settings/holidays", word, "makeup")),
        Err(again) => list(&ctx, &frame, Some(again)).await,
    }
}
