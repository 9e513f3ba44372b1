//! Saved views: choosing, saving, and the page on which they are renamed, ordered and removed.

use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::actions;
use super::super::model::shown::{Shown, ViewId};
use super::super::store;
use super::super::views;
use super::day::Query;
use crate::clinic;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::Actor;

/// `/`: the view used last, else everybody's day.
pub(super) async fn home(ctx: Ctx, actor: Actor) -> Result<HttpResponse> {
    let now = ctx.now();
    let to = ctx
        .db
        .read(move |c| {
            let last = match actor.user {
                Some(user) => store::last_view(c, user)?,
                None => None,
            };
            let today = now.day(clinic::the_site(c)?.tz());
            Ok(last.map_or_else(|| "/day".to_owned(), |v| v.on(today).href()))
        })
        .await?;
    Ok(see_other(&to))
}

/// Leads to a view's board on the day asked for, and remembers the choice; 0 is everybody's day.
pub(super) async fn choose(ctx: Ctx, actor: Actor, id: web::Path<ViewId>, query: Query) -> Result<HttpResponse> {
    let (now, id, input) = (ctx.now(), *id, Input::from_pairs(query.into_inner()));
    let to = ctx
        .db
        .write(move |c| {
            let user = actions::viewer(&actor)?;
            let today = now.day(clinic::the_site(c)?.tz());
            let day = Shown::read("/day", &input, today).map_or(today, |s| s.day);
            if id == ViewId(0) {
                store::use_view(c, user, None, now)?;
                return Ok(Shown::day(day).href());
            }
            let view = store::get_view(c, user, id)?;
            store::use_view(c, user, Some(id), now)?;
            Ok(view.on(day).href())
        })
        .await?;
    Ok(see_other(&to))
}

/// The list.
pub(super) async fn list(ctx: Ctx, frame: Frame, actor: Actor) -> Result<Markup> {
    draw(&ctx, frame, actor, (None, Input::default(), Faults::default())).await
}

async fn draw(ctx: &Ctx, frame: Frame, actor: Actor, typed: (Option<ViewId>, Input, Faults)) -> Result<Markup> {
    let user = actions::viewer(&actor)?;
    let found = ctx.db.read(move |c| store::list_views(c, user)).await?;
    Ok(views::saved_page(&views::SavedPage {
        frame: &frame,
        user,
        views: &found,
        typed: &typed,
    }))
}

/// Keeps the board named in the form.
pub(super) async fn save(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let (now, who, form) = (ctx.now(), actor.clone(), input.clone());
    let done = ctx
        .db
        .write(move |c| {
            let today = now.day(clinic::the_site(c)?.tz());
            let board = Shown::parse(form.get("board"), today).ok_or(Error::NotFound("board"))?;
            let id = actions::save_view(c, now, &who, &board, (form.get("name"), form.ticked("shared")))?;
            store::use_view(c, actions::viewer(&who)?, Some(id), now)?;
            Ok(Shown {
                view: Some(id),
                ..board
            }
            .href())
        })
        .await;
    match done {
        Ok(to) => Ok(see_other(&to)),
        Err(e) => refused(&ctx, frame, actor, (None, input), e).await,
    }
}

/// Shows the list again with what was typed and what is wrong with it.
async fn refused(
    ctx: &Ctx,
    frame: Frame,
    actor: Actor,
    (id, input): (Option<ViewId>, Input),
    e: Error,
) -> Result<HttpResponse> {
    let status = e.status();
    match e {
        Error::Invalid(faults) => {
            let shown = draw(ctx, frame, actor, (id, input, Faults(faults))).await?;
            Ok(page(status, shown))
        }
        e => Err(e),
    }
}

/// Renames, shares.
pub(super) async fn change(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<ViewId>,
    input: Input,
) -> Result<HttpResponse> {
    let (now, who, id, form) = (ctx.now(), actor.clone(), *id, input.clone());
    let done = ctx
        .db
        .write(move |c| actions::rename_view(c, now, &who, (id, None), (form.get("name"), form.ticked("shared"))))
        .await;
    match done {
        Ok(()) => Ok(see_other("/views")),
        Err(e) => refused(&ctx, frame, actor, (Some(id), input), e).await,
    }
}

/// One place up or down.
pub(super) async fn order(ctx: Ctx, actor: Actor, id: web::Path<ViewId>, input: Input) -> Result<HttpResponse> {
    let (now, id, up) = (ctx.now(), *id, input.get("to") == "up");
    ctx.db
        .write(move |c| actions::order_view(c, now, &actor, (id, None), up))
        .await?;
    Ok(see_other("/views"))
}

/// Removes.
pub(super) async fn remove(ctx: Ctx, actor: Actor, id: web::Path<ViewId>) -> Result<HttpResponse> {
    let id = *id;
    ctx.db.write(move |c| actions::remove_view(c, &actor, id)).await?;
    Ok(see_other("/views"))
}
