//! Calendar feeds over JSON.

use std::sync::{Arc, Mutex, PoisonError};

use actix_web::{HttpResponse, Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::model::Feed;
use super::{actions, store};
use crate::clinic::{self, ProviderId};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::{Body, Change, Ctx, Reply};
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

/// This feature's part of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, make, revoke))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(
        web::resource("/api/v1/calendar-feeds")
            .route(staff::get(only, list))
            .route(staff::post(only, make)),
    )
    .service(web::resource("/api/v1/calendar-feeds/{provider_id}").route(staff::delete(only, revoke)));
}

/// A provider's calendar feed. Its address is a secret and not told here.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedJson {
    /// Whose visits it tells.
    provider_id: ProviderId,
    /// Who made the address.
    made_by: String,
    /// When, UTC.
    made_at: String,
    /// When it was last read, to the hour, UTC.
    last_read_at: Option<String>,
    /// Whether it opens: not while the provider or their account is out of use.
    opens: bool,
}

fn shown(c: &mut Conn, feed: Feed) -> Result<FeedJson> {
    let provider = clinic::get_provider(c, feed.provider)?;
    Ok(FeedJson {
        opens: actions::may_read(c, &provider)?,
        provider_id: feed.provider,
        made_by: feed.actor,
        made_at: feed.created_at.rfc3339(),
        last_read_at: feed.last_read_at.map(Instant::rfc3339),
    })
}

fn feed_of(c: &mut Conn, id: ProviderId) -> Result<FeedJson> {
    let feed = store::find_feed(c, id)?.ok_or(Error::NotFound("calendar feed"))?;
    shown(c, feed)
}

/// The feeds there are.
#[derive(Debug, Serialize, ToSchema)]
pub struct Feeds {
    /// At most one of each provider.
    feeds: Vec<FeedJson>,
}

/// The calendar feeds that providers have.
#[utoipa::path(get, path = "/api/v1/calendar-feeds", tag = "appointments", responses((status = 200, body = Feeds)))]
async fn list(ctx: Ctx) -> Result<impl Responder> {
    let found = ctx.db.read(|c| {
        let feeds = store::list_feeds(c)?;
        feeds.into_iter().map(|feed| shown(c, feed)).collect::<Result<Vec<_>>>()
    });
    Ok(web::Json(Feeds { feeds: found.await? }))
}

/// Whose feed is to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFeed {
    /// Whose.
    provider_id: ProviderId,
}

/// A feed that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeFeed {
    /// The feed.
    #[serde(flatten)]
    feed: FeedJson,
    /// Its address, told this once; null when the answer is a repeated one: the secret is kept nowhere.
    address: Option<String>,
}

/// Makes the address of a provider's feed. The one there was opens nothing any more.
#[utoipa::path(post, path = "/api/v1/calendar-feeds", request_body = NewFeed, tag = "appointments",
    responses((status = 201, body = MadeFeed, headers(("Location" = String))), (status = 422, description = "no such provider")))]
async fn make((ctx, change): (Ctx, Change), actor: Actor, body: Body<NewFeed>) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), body.0.provider_id);
    let location = format!("/api/v1/calendar-feeds/{id}");
    let to = location.clone();
    // What is kept under an Idempotency-Key has no secret in it.
    let kept = move |c: &mut Conn, _: &String| {
        let feed = feed_of(c, id)?;
        Reply::created(to.clone(), &MadeFeed { feed, address: None })
    };
    let secret = Arc::new(Mutex::new(String::new()));
    let told = Arc::clone(&secret);
    let work = |db: Db| async move {
        let made = db
            .write(move |c| {
                if clinic::find_provider(c, id)?.is_none() {
                    let (zh, en) = ("没有这位医生", "There is no such provider");
                    return Err(Error::field("provider_id", "unknown", zh, en));
                }
                actions::make(c, now, &actor, id)
            })
            .await?;
        *told.lock().unwrap_or_else(PoisonError::into_inner) = made;
        Ok(())
    };
    change.answer(&ctx.db, kept, work).await?;
    let secret = secret.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let address = Some(ctx.config.server.url(&format!("/calendar/{secret}.ics")));
    let feed = ctx.db.read(move |c| feed_of(c, id)).await?;
    Ok(Reply::created(location, &MadeFeed { feed, address })?.into())
}

/// Ends a provider's feed: its address opens nothing any more.
#[utoipa::path(delete, path = "/api/v1/calendar-feeds/{provider_id}", params(("provider_id" = i64, Path)), tag = "appointments",
    responses((status = 204, description = "gone"), (status = 404, description = "no such provider")))]
async fn revoke((ctx, change): (Ctx, Change), actor: Actor, id: web::Path<ProviderId>) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), *id);
    let work = |db: Db| async move { db.write(move |c| actions::revoke(c, now, &actor, id)).await };
    change
        .answer(&ctx.db, |_: &mut Conn, (): &()| Ok(Reply::gone()), work)
        .await
}
