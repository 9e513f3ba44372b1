//! Chairs over JSON.

use actix_web::web::Json;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions;
use super::super::model::{Chair, ChairId, Outcome};
use super::super::{pages, store};
use super::change::{by, done};
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::form::Input;
use crate::platform::web::{Body, Change, Ctx, Reply, show};
use crate::staff::{self, Actor, EVERYONE, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/chairs")
            .route(staff::get(EVERYONE, list))
            .route(staff::post(ONLY_ADMINISTRATOR, create)),
    )
    .service(
        web::resource("/api/v1/chairs/{id}")
            .route(staff::get(EVERYONE, read))
            .route(staff::patch(ONLY_ADMINISTRATOR, change)),
    );
}

/// A chair in use.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChairBody {
    id: ChairId,
    name: String,
    name_en: String,
    /// Order on the board.
    position: i32,
    /// What it is good for beyond the usual, such as surgery; empty: the usual.
    kind: String,
}

impl From<Chair> for ChairBody {
    fn from(ch: Chair) -> ChairBody {
        ChairBody {
            id: ch.id,
            name: ch.name,
            name_en: ch.name_en,
            position: ch.position,
            kind: ch.kind,
        }
    }
}

/// Chairs in use, in board order.
#[utoipa::path(get, path = "/api/v1/chairs", tag = "clinic", responses((status = 200, body = [ChairBody]), (status = 401)))]
pub(super) async fn list(ctx: Ctx) -> Result<Json<Vec<ChairBody>>> {
    let list = ctx.db.read(|c| store::list_chairs(c, false)).await?;
    Ok(Json(list.into_iter().map(Into::into).collect()))
}

/// One chair.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneChair {
    #[serde(flatten)]
    chair: ChairBody,
    /// Whether it is in use.
    active: bool,
    /// Send it back with a change.
    version: i64,
}

fn load(c: &mut Conn, id: ChairId) -> Result<OneChair> {
    let chair = store::get_chair(c, id)?;
    Ok(OneChair {
        active: chair.active,
        chair: chair.into(),
        version: staff::version_of(c, "chairs", Some(id.0))?,
    })
}

/// One chair, in use or not. When it is open is told by its schedule.
#[utoipa::path(get, path = "/api/v1/chairs/{id}", tag = "clinic", params(("id" = i64, Path)),
    responses((status = 200, body = OneChair, headers(("ETag" = String))), (status = 404, description = "not there")))]
pub(super) async fn read((req, ctx): (HttpRequest, Ctx), id: web::Path<ChairId>) -> Result<HttpResponse> {
    let found = ctx.db.read(move |c| load(c, *id)).await?;
    show(&req, found.version, &found)
}

/// A chair to be added, at the end of the board.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChair {
    /// Chinese name.
    name: String,
    /// English name.
    name_en: String,
    /// What it is good for beyond the usual.
    #[serde(default)]
    kind: String,
}

/// Adds a chair.
#[utoipa::path(post, path = "/api/v1/chairs", tag = "clinic", request_body = NewChair,
    responses((status = 201, body = OneChair, headers(("Location" = String))), (status = 422, description = "a field is wrong")))]
pub(super) async fn create(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    Body(new): Body<NewChair>,
) -> Result<HttpResponse> {
    let by = by(ctx.now(), actor, 0, None);
    let fields = [("name", new.name), ("name_en", new.name_en), ("kind", new.kind)];
    let draft = pages::read_chair(&Input::from_pairs(fields), ChairId(0))?;
    let reply = |c: &mut Conn, id: &ChairId| Reply::created(format!("/api/v1/chairs/{id}"), &load(c, *id)?);
    let write = move |c: &mut Conn| {
        let site_id = store::the_site(c)?.id;
        let (outcome, id) = actions::save_chair(c, &by, &Chair { site_id, ..draft })?;
        done(outcome).map(|()| id)
    };
    made.answer(&ctx.db, reply, |db: Db| async move { db.write(write).await })
        .await
}

/// A change of a chair; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChairPatch {
    /// The version it was made on; needed here or in `If-Match`.
    version: Option<i64>,
    /// Chinese name.
    name: Option<String>,
    /// English name.
    name_en: Option<String>,
    /// What it is good for beyond the usual.
    kind: Option<String>,
    /// Its place on the board, from 1; those from there on move down.
    position: Option<i32>,
    /// Whether it is in use. One with visits ahead, or at which somebody works, stays in use.
    active: Option<bool>,
    /// So many visits that no longer fit were seen and agreed to.
    #[serde(default)]
    agreed: usize,
}

/// Changes a chair.
#[utoipa::path(patch, path = "/api/v1/chairs/{id}", tag = "clinic", params(("id" = i64, Path)), request_body = ChairPatch,
    responses((status = 200, body = OneChair, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, visits_affected"), (status = 422, description = "a field is wrong")))]
pub(super) async fn change(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    id: web::Path<ChairId>,
    Body(patch): Body<ChairPatch>,
) -> Result<HttpResponse> {
    let id = *id;
    let mut by = by(ctx.now(), actor, patch.agreed, Some(made.version(patch.version)?));
    let write = move |c: &mut Conn| {
        if let Some(place) = patch.position
            && actions::place_chair(c, &by, id, place)? == Outcome::Saved
        {
            // It is the newest from here on.
            by.seen = None;
        }
        let was = store::get_chair(c, id)?;
        let mut input = Input::from_pairs([
            ("name", patch.name.unwrap_or(was.name)),
            ("name_en", patch.name_en.unwrap_or(was.name_en)),
            ("kind", patch.kind.unwrap_or(was.kind)),
        ]);
        if patch.active.unwrap_or(was.active) {
            input.set("active", "1");
        }
        let wanted = Chair {
            site_id: was.site_id,
            ..pages::read_chair(&input, id)?
        };
        let (outcome, _) = actions::save_chair(c, &by, &wanted)?;
        done(outcome)
    };
    let reply = move |c: &mut Conn, (): &()| {
        let chair = load(c, id)?;
        Ok(Reply::ok(&chair)?.version(chair.version))
    };
    let answer = made
        .answer(&ctx.db, reply, |db: Db| async move { db.write(write).await })
        .await;
    made.or_stale(&ctx.db, answer, move |c| load(c, id)).await
}
