//! `/settings/chairs`

use actix_web::{HttpResponse, web};

use super::super::model::{Chair, ChairId, Whose};
use super::super::views::chairs::Sheet;
use super::super::{actions, store, views};
use super::{Again, Shown, answer, back, by, settle, times, typed};
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(
        web::resource("/settings/chairs")
            .route(staff::get(only, list_page))
            .route(staff::post(only, add)),
    )
    .service(
        web::resource("/settings/chairs/{id}")
            .route(staff::get(only, edit_page))
            .route(staff::post(only, save)),
    )
    .service(web::resource("/settings/chairs/{id}/move").route(staff::post(only, order)));
}

async fn list_page(ctx: Ctx, frame: Frame) -> Result<HttpResponse> {
    list(&ctx, &frame, None).await
}

async fn list(ctx: &Ctx, frame: &Frame, again: Option<Again>) -> Result<HttpResponse> {
    let now = ctx.now();
    let (clinic, last) = ctx
        .db
        .read(|c| Ok((store::snapshot(c)?, staff::last_change(c, "chairs", None)?)))
        .await?;
    let shown = Shown::of(again.as_ref(), "add", Input::default);
    let page = views::chairs::list(frame, (&clinic, now), last.as_ref(), &shown);
    Ok(answer(again.as_ref(), page))
}

async fn edit_page(ctx: Ctx, frame: Frame, id: web::Path<ChairId>) -> Result<HttpResponse> {
    edit(&ctx, &frame, *id, None).await
}

pub(super) async fn edit(ctx: &Ctx, frame: &Frame, id: ChairId, again: Option<Again>) -> Result<HttpResponse> {
    let now = ctx.now();
    let sheet = ctx
        .db
        .read(move |c| {
            Ok(Sheet {
                chair: store::get_chair(c, id)?,
                clinic: store::snapshot(c)?,
                last: staff::last_change(c, "chairs", Some(id.0))?,
                times: times::load(c, Whose::Chair(id), now)?,
            })
        })
        .await?;
    let shown = Shown::of(again.as_ref(), "chair", || input_of(&sheet.chair));
    let forms = times::forms(&sheet.times, again.as_ref());
    let page = views::chairs::edit(frame, &sheet, &shown, &forms);
    Ok(answer(again.as_ref(), page))
}

fn input_of(chair: &Chair) -> Input {
    let mut input = Input::from_pairs([
        ("name", chair.name.as_str()),
        ("name_en", &chair.name_en),
        ("kind", &chair.kind),
    ]);
    if chair.active {
        input.set("active", "1");
    }
    input
}

/// A chair as it was typed; 0: a new one.
pub(in crate::clinic) fn read(input: &Input, id: ChairId) -> Result<Chair> {
    let mut faults = Faults::default();
    let (name, name_en) = typed::names(input, &mut faults);
    let kind = typed::chair_kind(input, "kind", &mut faults);
    faults.finish()?;
    Ok(Chair {
        id,
        site_id: super::super::model::SiteId(0),
        name,
        name_en,
        position: 0,
        active: id == ChairId(0) || input.ticked("active"),
        kind,
    })
}

async fn write(ctx: &Ctx, actor: Actor, input: &Input, id: ChairId) -> Result<super::super::model::Outcome> {
    let (by, draft) = (by(ctx, actor, input), read(input, id)?);
    ctx.db
        .write(move |c| {
            let site_id = store::the_site(c)?.id;
            actions::save_chair(c, &by, &Chair { site_id, ..draft }).map(|(outcome, _)| outcome)
        })
        .await
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let done = write(&ctx, actor, &input, ChairId(0)).await;
    match settle(done, "add", input)? {
        Ok(word) => Ok(back("/settings/chairs", word, "chairs")),
        Err(again) => list(&ctx, &frame, Some(again)).await,
    }
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<ChairId>, input: Input) -> Result<HttpResponse> {
    let done = write(&ctx, actor, &input, *id).await;
    match settle(done, "chair", input)? {
        Ok(word) => Ok(back(&format!("/settings/chairs/{id}"), word, "chair")),
        Err(again) => edit(&ctx, &frame, *id, Some(again)).await,
    }
}

async fn order(ctx: Ctx, actor: Actor, id: web::Path<ChairId>, input: Input) -> Result<HttpResponse> {
    let step = match input.get("to") {
        "up" => -1,
        "down" => 1,
        _ => return Err(Error::field("to", "invalid", "只能上移或下移", "Either up or down")),
    };
    let by = by(&ctx, actor, &input);
    ctx.db.write(move |c| actions::move_chair(c, &by, *id, step)).await?;
    Ok(back("/settings/chairs", "saved", "chairs"))
}
