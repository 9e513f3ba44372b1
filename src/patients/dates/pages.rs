//! `/patients/{id}/dates`: dates and who sent the patient. `/settings/dates`: the kinds.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use maud::Markup;

use super::actions::KindWanted;
use super::model::{DateKind, DateKindId, PatientDateId};
use super::{actions, store, views};
use crate::patients::{PatientId, find_home, get_patient, parse_exported_day};
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer_page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, DESK, MANAGERS};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/patients/{id:\\d+}/dates")
            .route(staff::get(DESK, show))
            .route(staff::post(DESK, add)),
    )
    .service(web::resource("/patients/{id:\\d+}/dates/{date:\\d+}/remove").route(staff::post(DESK, remove)))
    .service(web::resource("/patients/{id:\\d+}/referrer").route(staff::post(DESK, refer)))
    .service(
        web::resource("/settings/dates")
            .route(staff::get(MANAGERS, kinds))
            .route(staff::post(MANAGERS, add_kind)),
    )
    .service(
        web::resource("/settings/dates/{id:\\d+}")
            .route(staff::get(MANAGERS, kind))
            .route(staff::post(MANAGERS, save_kind)),
    )
    .service(web::resource("/settings/dates/{id:\\d+}/remove").route(staff::post(MANAGERS, remove_kind)));
}

async fn load(ctx: &Ctx, id: PatientId) -> Result<views::Dates> {
    ctx.db
        .read(move |c| {
            Ok(views::Dates {
                patient: get_patient(c, id)?,
                dates: store::dates_of(c, id)?,
                kinds: store::list_kinds(c)?,
                referrer: store::referrer_of(c, id)?,
            })
        })
        .await
}

async fn show(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<PatientId>) -> Result<Markup> {
    let id = id.into_inner();
    let page = load(&ctx, id).await?;
    staff::read_of_record(&ctx.db, ctx.now(), &actor, "patients", id.0).await?;
    let referrer = page.referrer.as_ref().map(|p| p.chart_no.clone()).unwrap_or_default();
    let input = Input::from_pairs([("referred_by", referrer)]);
    Ok(views::dates(&frame, &page, (&input, &Faults::default())))
}

/// Back to the page, or the page once more with what was typed and what is wrong with it.
async fn settle(ctx: &Ctx, frame: &Frame, id: PatientId, input: &Input, done: Result<()>) -> Result<HttpResponse> {
    match done {
        Ok(()) => Ok(see_other(&format!("/patients/{id}/dates"))),
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let page = load(ctx, id).await?;
            let markup = views::dates(frame, &page, (input, &faults));
            Ok(answer_page(StatusCode::UNPROCESSABLE_ENTITY, markup))
        }
    }
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<PatientId>, input: Input) -> Result<HttpResponse> {
    let id = id.into_inner();
    let done = match read_date(&input) {
        Ok(date) => actions::add_date(&ctx.db, ctx.now(), actor, id, date).await.map(drop),
        Err(e) => Err(e),
    };
    settle(&ctx, &frame, id, &input, done).await
}

fn read_date(input: &Input) -> Result<(DateKindId, NaiveDate)> {
    let mut faults = Faults::default();
    let day = parse_exported_day(input.get("day"));
    match (input.get("day"), day) {
        ("", _) => faults.require("day"),
        (_, None) => faults.add(
            "day",
            "invalid",
            "日期格式为 2026-11-24",
            "A date looks like 2026-11-24",
        ),
        _ => {}
    }
    let kind: Option<i64> = input.need("kind", &mut faults);
    faults.finish()?;
    let read = kind.map(DateKindId).zip(day);
    read.ok_or_else(|| Error::Invalid(vec![FieldError::required("day")]))
}

async fn refer(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<PatientId>, input: Input) -> Result<HttpResponse> {
    let id = id.into_inner();
    let by = actions::Sender::ChartNo(input.get("referred_by").to_owned());
    let done = actions::refer(&ctx.db, ctx.now(), actor, id, by).await;
    settle(&ctx, &frame, id, &input, done).await
}

async fn remove(ctx: Ctx, actor: Actor, path: web::Path<(PatientId, i64)>) -> Result<HttpResponse> {
    let (id, date) = path.into_inner();
    actions::remove_date(&ctx.db, ctx.now(), actor, (id, PatientDateId(date))).await?;
    Ok(see_other(&format!("/patients/{id}/dates")))
}

async fn kinds(ctx: Ctx, frame: Frame) -> Result<Markup> {
    let input = Input::from_pairs([("yearly", "1")]);
    kinds_page(&ctx, &frame, (&input, &Faults::default())).await
}

async fn kinds_page(ctx: &Ctx, frame: &Frame, form: (&Input, &Faults)) -> Result<Markup> {
    let (kinds, zone, last) = ctx
        .db
        .read(|c| {
            let last = staff::last_change(c, "date_kinds", None)?;
            Ok((store::list_kinds(c)?, find_home(c)?.zone, last))
        })
        .await?;
    Ok(views::kinds(frame, &kinds, (zone, last.as_ref()), form))
}

fn read_kind(input: &Input) -> KindWanted {
    KindWanted {
        name: input.get("name").to_owned(),
        name_en: input.get("name_en").to_owned(),
        yearly: input.ticked("yearly"),
    }
}

async fn add_kind(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    match actions::add_kind(&ctx.db, ctx.now(), actor, read_kind(&input)).await {
        Ok(_) => Ok(see_other("/settings/dates?saved=kinds")),
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let markup = kinds_page(&ctx, &frame, (&input, &faults)).await?;
            Ok(answer_page(StatusCode::UNPROCESSABLE_ENTITY, markup))
        }
    }
}

async fn stored_kind(ctx: &Ctx, id: DateKindId) -> Result<DateKind> {
    let found = ctx.db.read(move |c| store::find_kind(c, id)).await?;
    found.ok_or(Error::NotFound("date kind"))
}

async fn kind(ctx: Ctx, frame: Frame, id: web::Path<DateKindId>) -> Result<Markup> {
    let kind = stored_kind(&ctx, *id).await?;
    let mut input = Input::from_pairs([
        ("version", kind.version.to_string()),
        ("name", kind.name.clone()),
        ("name_en", kind.name_en.clone()),
    ]);
    if kind.yearly {
        input.set("yearly", "1");
    }
    Ok(views::kind(&frame, &kind, (&input, &Faults::default())))
}

async fn save_kind(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<DateKindId>,
    input: Input,
) -> Result<HttpResponse> {
    let kind = stored_kind(&ctx, *id).await?;
    let step = (kind.id, input.get("version").parse().unwrap_or(0));
    match actions::change_kind(&ctx.db, ctx.now(), actor, step, read_kind(&input)).await {
        Ok(()) => Ok(see_other("/settings/dates?saved=kinds")),
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let markup = views::kind(&frame, &kind, (&input, &faults));
            Ok(answer_page(StatusCode::UNPROCESSABLE_ENTITY, markup))
        }
    }
}

async fn remove_kind(ctx: Ctx, actor: Actor, id: web::Path<i64>) -> Result<HttpResponse> {
    actions::remove_kind(&ctx.db, ctx.now(), actor, DateKindId(*id)).await?;
    Ok(see_other("/settings/dates?saved=kinds"))
}
