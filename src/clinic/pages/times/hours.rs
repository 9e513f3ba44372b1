//! Weekly hours: those that hold now, on the page of the provider or chair; others from a day on, each on a page of its own.

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;

use super::super::super::model::{Week, Whose, parse_day, show_day};
use super::super::super::views::times::PatternPage;
use super::super::super::{actions, store, views};
use super::super::{Again, Shown, answer, back, by, settle, settle_removal, typed};
use super::{DAY_FIELDS, path_of, show};
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(web::resource("/settings/providers/{id}/hours").route(staff::post(only, save_present)))
        .service(web::resource("/settings/chairs/{id}/hours").route(staff::post(only, save_present)))
        .service(
            web::resource("/settings/providers/{id}/hours/new")
                .route(staff::get(only, new_page))
                .route(staff::post(only, add)),
        )
        .service(
            web::resource("/settings/providers/{id}/hours/{from}")
                .route(staff::get(only, edit_page))
                .route(staff::post(only, save)),
        )
        .service(web::resource("/settings/providers/{id}/hours/{from}/remove").route(staff::post(only, remove)))
        .service(
            web::resource("/settings/chairs/{id}/hours/new")
                .route(staff::get(only, new_page))
                .route(staff::post(only, add)),
        )
        .service(
            web::resource("/settings/chairs/{id}/hours/{from}")
                .route(staff::get(only, edit_page))
                .route(staff::post(only, save)),
        )
        .service(web::resource("/settings/chairs/{id}/hours/{from}/remove").route(staff::post(only, remove)));
}

/// Row id, and the day from which a pattern holds.
type Of = web::Path<(i64, NaiveDate)>;

pub(super) fn input_of(week: &Week) -> Input {
    Input::from_pairs(
        DAY_FIELDS
            .iter()
            .zip(&week.0)
            .map(|(field, day)| (*field, show_day(day))),
    )
}

/// Saves the hours that the page shows: those that begin on `pattern`; without it, those that hold now.
async fn save_present(ctx: Ctx, frame: Frame, actor: Actor, whose: Whose, input: Input) -> Result<HttpResponse> {
    if input.ticked("copy") {
        return show(&ctx, &frame, whose, with_monday_copied(input)).await;
    }
    let by = by(&ctx, actor, &input);
    let from = input.get("pattern").parse().ok();
    let done = match read_week(&input) {
        Ok(week) => {
            let write = move |c: &mut _| actions::save_pattern(c, &by, whose, from, &week);
            ctx.db.write(write).await
        }
        Err(e) => Err(e),
    };
    match settle(done, "hours", input)? {
        Ok(word) => Ok(back(&path_of(whose), word, "hours")),
        Err(again) => show(&ctx, &frame, whose, again).await,
    }
}

async fn new_page(ctx: Ctx, frame: Frame, whose: Whose) -> Result<HttpResponse> {
    pattern(&ctx, &frame, (whose, None), None).await
}

async fn edit_page(ctx: Ctx, frame: Frame, whose: Whose, path: Of) -> Result<HttpResponse> {
    let (_, from) = path.into_inner();
    pattern(&ctx, &frame, (whose, Some(from)), None).await
}

/// The page of one pattern; without a day, of one to add, filled in with the hours that hold now.
async fn pattern(
    ctx: &Ctx,
    frame: &Frame,
    (whose, from): (Whose, Option<NaiveDate>),
    again: Option<Again>,
) -> Result<HttpResponse> {
    let now = ctx.now();
    let (page, stored) = ctx
        .db
        .read(move |c| {
            let clinic = store::snapshot(c)?;
            let rota = clinic.rota(whose);
            let stored = match from {
                Some(from) => rota.patterns().find(|(day, _)| *day == from),
                None => rota.pattern_on(now.day(clinic.site.tz())),
            };
            let page = PatternPage {
                whose,
                name: clinic.name_of(whose)?,
                zone: clinic.site.tz(),
                from,
                last: staff::last_change(c, whose.hours_kind(), Some(whose.id()))?,
            };
            let (_, week) = stored.ok_or(Error::NotFound("hours"))?;
            Ok((page, input_of(week)))
        })
        .await?;
    let shown = Shown::of(again.as_ref(), "hours", || stored);
    Ok(answer(again.as_ref(), views::times::pattern(frame, &page, &shown)))
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, whose: Whose, input: Input) -> Result<HttpResponse> {
    let by = by(&ctx, actor, &input);
    if input.ticked("copy") {
        return pattern(&ctx, &frame, (whose, None), Some(with_monday_copied(input))).await;
    }
    let typed = input.clone();
    let write = move |c: &mut _| {
        let today = by.now.day(store::the_site(c)?.tz());
        let mut faults = Faults::default();
        let from = typed::day(&typed, "valid_from", today, &mut faults);
        let week = read_days(&typed, &mut faults);
        faults.finish()?;
        actions::add_pattern(c, &by, whose, from.unwrap_or(today), &week)
    };
    match settle(ctx.db.write(write).await, "hours", input)? {
        Ok(word) => Ok(back(&path_of(whose), word, "hours")),
        Err(again) => pattern(&ctx, &frame, (whose, None), Some(again)).await,
    }
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, (whose, path): (Whose, Of), input: Input) -> Result<HttpResponse> {
    let ((_, from), by) = (path.into_inner(), by(&ctx, actor, &input));
    if input.ticked("copy") {
        return pattern(&ctx, &frame, (whose, Some(from)), Some(with_monday_copied(input))).await;
    }
    let done = match read_week(&input) {
        Ok(week) => {
            let write = move |c: &mut _| actions::save_pattern(c, &by, whose, Some(from), &week);
            ctx.db.write(write).await
        }
        Err(e) => Err(e),
    };
    match settle(done, "hours", input)? {
        Ok(word) => Ok(back(&path_of(whose), word, "hours")),
        Err(again) => pattern(&ctx, &frame, (whose, Some(from)), Some(again)).await,
    }
}

async fn remove(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    (whose, path): (Whose, Of),
    input: Input,
) -> Result<HttpResponse> {
    let ((_, from), by) = (path.into_inner(), by(&ctx, actor, &input));
    let done = ctx
        .db
        .write(move |c| actions::remove_pattern(c, &by, whose, from))
        .await;
    let path = format!("{}/hours/{from}/remove", path_of(whose));
    match settle_removal(done, "hours-remove", &path, &input)? {
        Ok(word) => Ok(back(&path_of(whose), word, "hours")),
        Err(again) => show(&ctx, &frame, whose, again).await,
    }
}

/// The form once more, Tuesday to Friday as Monday is typed. Nothing is saved by it.
fn with_monday_copied(mut input: Input) -> Again {
    let monday = input.get(DAY_FIELDS[0]).to_owned();
    for field in &DAY_FIELDS[1..5] {
        input.set(field, monday.clone());
    }
    input.untick("confirmed");
    Again {
        section: "hours",
        input,
        faults: Faults::default(),
        ask: None,
        note: true,
    }
}

fn read_week(input: &Input) -> Result<Week> {
    let mut faults = Faults::default();
    let week = read_days(input, &mut faults);
    faults.finish()?;
    Ok(week)
}

fn read_days(input: &Input, faults: &mut Faults) -> Week {
    let mut week = Week::default();
    for (day, field) in week.0.iter_mut().zip(DAY_FIELDS) {
        match parse_day(input.get(field)) {
            Ok(sessions) => *day = sessions,
            Err(text) => faults.add(field, "invalid", text.zh, text.en),
        }
    }
    week
}
