//! Boards kept by name.

use actix_web::{HttpRequest, HttpResponse, Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions;
use super::super::model::shown::{SavedView, Shown, ViewId};
use super::super::store;
use crate::clinic;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::{Body, Change, Ctx, Reply, show};
use crate::staff::{self, Actor, EVERYONE, UserId};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/board-views")
            .route(staff::get(EVERYONE, list))
            .route(staff::post(EVERYONE, create)),
    )
    .service(
        web::resource("/api/v1/board-views/{id}")
            .route(staff::get(EVERYONE, read))
            .route(staff::patch(EVERYONE, change))
            .route(staff::delete(EVERYONE, remove)),
    );
}

/// A board kept by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewJson {
    /// Row id.
    id: ViewId,
    /// What it is called.
    name: String,
    /// The board's address without a day: `/day?only=1.3&show=un`, `/week?provider=2`.
    board: String,
    /// Whether everybody sees it.
    shared: bool,
    /// Whether it is the reader's own: only they change it.
    own: bool,
    /// Order among its owner's, from 1.
    position: i32,
    /// Name this version when changing it.
    version: i64,
}

fn shown(v: SavedView, user: UserId) -> ViewJson {
    ViewJson {
        id: v.id,
        own: v.owner == user,
        name: v.name,
        board: v.board,
        shared: v.shared,
        position: v.position,
        version: v.version,
    }
}

/// Boards kept by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Views {
    /// The account's own, at most 30, in their order; then those that others share.
    views: Vec<ViewJson>,
}

/// The boards that the account has kept, and those that others share. A token's are those of its role's service account.
#[utoipa::path(get, path = "/api/v1/board-views", tag = "appointments", responses((status = 200, body = Views)))]
pub(super) async fn list(ctx: Ctx, actor: Actor) -> Result<impl Responder> {
    let user = actions::viewer(&actor)?;
    let found = ctx.db.read(move |c| store::list_views(c, user)).await?;
    Ok(web::Json(Views {
        views: found.into_iter().map(|v| shown(v, user)).collect(),
    }))
}

/// A board to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewView {
    /// What it is to be called, up to 40 characters.
    name: String,
    /// The board's address: `/day` with `by`, `only`, `show`, or `/week` with `provider`, `show`. A day in it is left out.
    board: String,
    /// Whether everybody sees it.
    #[serde(default)]
    shared: bool,
}

fn reply_of(c: &mut Conn, user: UserId, id: ViewId, created: bool) -> Result<Reply> {
    let view = shown(store::get_view(c, user, id)?, user);
    let reply = match created {
        true => Reply::created(format!("/api/v1/board-views/{id}"), &view)?,
        false => Reply::ok(&view)?,
    };
    Ok(reply.version(view.version))
}

/// Keeps a board by name.
#[utoipa::path(post, path = "/api/v1/board-views", request_body = NewView, tag = "appointments",
    responses((status = 201, body = ViewJson, headers(("Location" = String), ("ETag" = String))), (status = 422, description = "a field is wrong")))]
pub(super) async fn create((ctx, change): (Ctx, Change), actor: Actor, body: Body<NewView>) -> Result<HttpResponse> {
    let (now, b) = (ctx.now(), body.0);
    let user = actions::viewer(&actor)?;
    let reply = move |c: &mut Conn, id: &ViewId| reply_of(c, user, *id, true);
    let save = |db: Db| async move {
        db.write(move |c| {
            let today = now.day(clinic::the_site(c)?.tz());
            let board = Shown::parse(&b.board, today).ok_or_else(|| {
                Error::field(
                    "board",
                    "invalid",
                    "应为日程或周视图的地址，如 /day?only=1",
                    "The address of a day's or a week's board, such as /day?only=1",
                )
            })?;
            actions::save_view(c, now, &actor, &board, (&b.name, b.shared))
        })
        .await
    };
    change.answer(&ctx.db, reply, save).await
}

/// One of them.
#[utoipa::path(get, path = "/api/v1/board-views/{id}", params(("id" = i64, Path)), tag = "appointments",
    responses((status = 200, body = ViewJson, headers(("ETag" = String, description = "The version"))), (status = 404, description = "not there")))]
pub(super) async fn read((req, ctx): (HttpRequest, Ctx), actor: Actor, id: web::Path<ViewId>) -> Result<HttpResponse> {
    let user = actions::viewer(&actor)?;
    let view = ctx.db.read(move |c| store::get_view(c, user, *id)).await?;
    show(&req, view.version, &shown(view, user))
}

/// A place in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceJson {
    /// Before the one that is before it.
    Up,
    /// After the one that is after it.
    Down,
}

/// A change of a view; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewPatch {
    /// The version it was made on, here or in `If-Match`.
    version: Option<i64>,
    /// What it is called, up to 40 characters.
    name: Option<String>,
    /// Whether everybody sees it.
    shared: Option<bool>,
    /// One place up or down among the account's own.
    place: Option<PlaceJson>,
}

/// Renames a view, shares it or no longer, moves it in the order. Only its owner does.
#[utoipa::path(patch, path = "/api/v1/board-views/{id}", request_body = ViewPatch, params(("id" = i64, Path)), tag = "appointments",
    responses((status = 200, body = ViewJson, headers(("ETag" = String))), (status = 403, description = "somebody else's"),
        (status = 404, description = "not there"), (status = 409, description = "stale"), (status = 422, description = "a field is wrong")))]
pub(super) async fn change(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<ViewId>,
    body: Body<ViewPatch>,
) -> Result<HttpResponse> {
    let (now, id, b) = (ctx.now(), *id, body.0);
    let user = actions::viewer(&actor)?;
    let mut seen = change.version(b.version)?;
    let reply = move |c: &mut Conn, (): &()| reply_of(c, user, id, false);
    let work = |db: Db| async move {
        db.write(move |c| {
            let was = store::get_view(c, user, id)?;
            if b.name.is_some() || b.shared.is_some() {
                let wanted = (b.name.as_deref().unwrap_or(&was.name), b.shared.unwrap_or(was.shared));
                actions::rename_view(c, now, &actor, (id, Some(seen)), wanted)?;
                seen += 1;
            }
            match b.place {
                Some(place) => actions::order_view(c, now, &actor, (id, Some(seen)), place == PlaceJson::Up),
                None => Ok(()),
            }
        })
        .await
    };
    let done = change.answer(&ctx.db, reply, work).await;
    let current = move |c: &mut Conn| Ok(shown(store::get_view(c, user, id)?, user));
    change.or_stale(&ctx.db, done, current).await
}

/// Removes a view. Only its owner does.
#[utoipa::path(delete, path = "/api/v1/board-views/{id}", params(("id" = i64, Path)), tag = "appointments",
    responses((status = 204), (status = 403, description = "somebody else's"), (status = 404, description = "not there")))]
pub(super) async fn remove((ctx, change): (Ctx, Change), actor: Actor, id: web::Path<ViewId>) -> Result<HttpResponse> {
    let id = *id;
    let work = |db: Db| async move { db.write(move |c| actions::remove_view(c, &actor, id)).await };
    change
        .answer(&ctx.db, |_: &mut Conn, (): &()| Ok(Reply::gone()), work)
        .await
}
