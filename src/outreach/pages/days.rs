//! `/rules/days`: festivals and the clinic's own days.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::actions::{self, DayChange};
use super::super::model::{Calendar, Occasion, OccasionId};
use super::super::store::occasions;
use super::super::views::days as views;
use crate::clinic;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer_page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, MANAGERS};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/rules/days").route(staff::get(MANAGERS, list)))
        .service(
            web::resource("/rules/days/new")
                .route(staff::get(MANAGERS, new_page))
                .route(staff::post(MANAGERS, add)),
        )
        .service(
            web::resource("/rules/days/{id:\\d+}")
                .route(staff::get(MANAGERS, edit))
                .route(staff::post(MANAGERS, save)),
        )
        .service(web::resource("/rules/days/{id:\\d+}/remove").route(staff::post(MANAGERS, remove)));
}

async fn list(ctx: Ctx, frame: Frame) -> Result<Markup> {
    let now = ctx.now();
    let (days, zone, last) = ctx
        .db
        .read(|c| {
            let last = staff::last_change(c, "occasions", None)?;
            Ok((occasions::list(c)?, clinic::the_site(c)?.tz(), last))
        })
        .await?;
    Ok(views::list(&frame, &days, now.day(zone), (zone, last.as_ref())))
}

async fn new_page(frame: Frame) -> Markup {
    let input = Input::from_pairs([("calendar", Calendar::Solar.as_str())]);
    views::form(&frame, None, (&input, &Faults::default()))
}

async fn edit(ctx: Ctx, frame: Frame, id: web::Path<i64>) -> Result<Markup> {
    let day = stored(&ctx, OccasionId(*id)).await?;
    Ok(views::form(&frame, Some(&day), (&input_of(&day), &Faults::default())))
}

async fn stored(ctx: &Ctx, id: OccasionId) -> Result<Occasion> {
    ctx.db.read(move |c| occasions::get(c, id)).await
}

fn input_of(day: &Occasion) -> Input {
    let number = |n: Option<i32>| n.map(|n| n.to_string()).unwrap_or_default();
    Input::from_pairs([
        ("version", day.version.to_string()),
        ("name", day.name.clone()),
        ("name_en", day.name_en.clone()),
        ("calendar", day.calendar.to_string()),
        ("month", number(day.month)),
        ("day", number(day.day)),
        ("on_date", day.on_date.map(|d| d.to_string()).unwrap_or_default()),
    ])
}

fn read(input: &Input) -> Result<DayChange> {
    let mut f = Faults::default();
    let change = DayChange {
        name: input.get("name").to_owned(),
        name_en: input.get("name_en").to_owned(),
        calendar: input.need("calendar", &mut f).unwrap_or(Calendar::Solar),
        month: input.parse("month", &mut f),
        day: input.parse("day", &mut f),
        on_date: input.parse("on_date", &mut f),
    };
    f.finish()?;
    Ok(change)
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let done = match read(&input) {
        Ok(change) => actions::add_day(&ctx.db, ctx.now(), actor, change).await.map(|_| ()),
        Err(e) => Err(e),
    };
    settle(&frame, None, &input, done)
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<i64>, input: Input) -> Result<HttpResponse> {
    let id = OccasionId(*id);
    let day = stored(&ctx, id).await?;
    let version = input.get("version").parse().unwrap_or(0);
    let done = match read(&input) {
        Ok(change) => actions::change_day(&ctx.db, ctx.now(), actor, (id, version), change).await,
        Err(e) => Err(e),
    };
    settle(&frame, Some(&day), &input, done)
}

fn settle(frame: &Frame, day: Option<&Occasion>, input: &Input, done: Result<()>) -> Result<HttpResponse> {
    match done {
        Ok(()) => Ok(see_other("/rules/days?saved=days")),
        Err(e @ Error::Invalid(_)) => {
            let faults = Faults::from_error(e)?;
            let page = views::form(frame, day, (input, &faults));
            Ok(answer_page(StatusCode::UNPROCESSABLE_ENTITY, page))
        }
        Err(e) => Err(e),
    }
}

async fn remove(ctx: Ctx, actor: Actor, id: web::Path<i64>) -> Result<HttpResponse> {
    actions::remove_day(&ctx.db, ctx.now(), actor, OccasionId(*id)).await?;
    Ok(see_other("/rules/days?saved=days"))
}
