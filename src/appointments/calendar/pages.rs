//! `/calendar/{secret}.ics`, and the pages on which a provider or the administrator makes and ends such an address.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::actions::{self, FEEDS};
use super::store;
use super::views::{self, FeedPage};
use crate::clinic::{self, ProviderId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::ical;
use crate::platform::ids::token_hash;
use crate::platform::web::answer::{page as answer, see_other};
use crate::platform::web::layout::Frame;
use crate::platform::web::{Ctx, client_ip, is_known, limit, reading};
use crate::staff::{self, Actor, EVERYONE, ONLY_ADMINISTRATOR, UserId};

/// A provider's own page.
const OWN: &str = "/calendar";

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    // Without a sign-in, on purpose: the secret is the key.
    cfg.service(web::resource("/calendar/{secret}.ics").route(reading().to(feed)))
        .service(
            web::resource("/calendar")
                .route(staff::get(EVERYONE, own))
                .route(staff::post(EVERYONE, make_own)),
        )
        .service(web::resource("/calendar/revoke").route(staff::post(EVERYONE, revoke_own)))
        .service(
            web::resource("/settings/providers/{id}/calendar")
                .route(staff::get(only, of_provider))
                .route(staff::post(only, make)),
        )
        .service(web::resource("/settings/providers/{id}/calendar/revoke").route(staff::post(only, revoke)));
}

/// The feed. Whoever brings many wrong secrets waits; a right one never does.
async fn feed(req: HttpRequest, ctx: Ctx, secret: web::Path<String>) -> Result<HttpResponse> {
    let (now, keys, secret) = (ctx.now(), ctx.keys.clone(), secret.into_inner());
    let found = ctx.db.read(move |c| actions::read(c, now, &keys, &secret)).await?;
    let Some((feed, text)) = found else {
        return Err(wrong(&client_ip(&req), now));
    };
    if feed.is_to_be_noted(now) {
        ctx.db.write(move |c| store::note_read(c, now, &feed)).await?;
    }
    let tag = format!("\"{}\"", token_hash(&text));
    let known = is_known(&req, &tag);
    let mut answer = HttpResponse::build(if known {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::OK
    });
    answer
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header(("X-Robots-Tag", "noindex, nofollow"));
    if known {
        return Ok(answer.finish());
    }
    Ok(answer.content_type(ical::CONTENT_TYPE).body(text))
}

fn wrong(ip: &str, now: Instant) -> Error {
    if let Some(retry_after_seconds) = limit::blocked(ip, now) {
        return Error::TooMany { retry_after_seconds };
    }
    limit::count(ip, now);
    Error::NotFound("calendar")
}

/// The provider whose account this is: one who works here, if there are several.
fn provider_of(c: &mut Conn, user: Option<UserId>) -> Result<Option<ProviderId>> {
    let mut own = clinic::list_providers(c, true)?;
    own.retain(|p| user.is_some() && p.user_id == user);
    own.sort_by_key(|p| !p.active);
    Ok(own.first().map(|p| p.id))
}

async fn own_id(ctx: &Ctx, actor: &Actor) -> Result<Option<ProviderId>> {
    let user = actor.user;
    ctx.db.read(move |c| provider_of(c, user)).await
}

async fn own(ctx: Ctx, frame: Frame, actor: Actor) -> Result<HttpResponse> {
    match own_id(&ctx, &actor).await? {
        Some(id) => show(&ctx, &frame, (id, false), None).await,
        None => Ok(answer(StatusCode::OK, views::nobody(&frame))),
    }
}

async fn make_own(ctx: Ctx, frame: Frame, actor: Actor) -> Result<HttpResponse> {
    let id = own_id(&ctx, &actor).await?.ok_or(Error::NotFound("provider"))?;
    made(&ctx, &frame, actor, (id, false)).await
}

async fn revoke_own(ctx: Ctx, actor: Actor) -> Result<HttpResponse> {
    let id = own_id(&ctx, &actor).await?.ok_or(Error::NotFound("provider"))?;
    ended(&ctx, actor, id, OWN).await
}

async fn of_provider(ctx: Ctx, frame: Frame, id: web::Path<ProviderId>) -> Result<HttpResponse> {
    show(&ctx, &frame, (*id, true), None).await
}

async fn make(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<ProviderId>) -> Result<HttpResponse> {
    made(&ctx, &frame, actor, (*id, true)).await
}

async fn revoke(ctx: Ctx, actor: Actor, id: web::Path<ProviderId>) -> Result<HttpResponse> {
    ended(&ctx, actor, *id, &views::settings_path(*id)).await
}

/// The answer shows the address: it is a secret, so it goes into no redirect.
async fn made(ctx: &Ctx, frame: &Frame, actor: Actor, place: (ProviderId, bool)) -> Result<HttpResponse> {
    let now = ctx.now();
    let secret = ctx.db.write(move |c| actions::make(c, now, &actor, place.0)).await?;
    let address = ctx.config.server.url(&format!("{OWN}/{secret}.ics"));
    show(ctx, frame, place, Some(address)).await
}

async fn ended(ctx: &Ctx, actor: Actor, id: ProviderId, path: &str) -> Result<HttpResponse> {
    let now = ctx.now();
    ctx.db.write(move |c| actions::revoke(c, now, &actor, id)).await?;
    Ok(see_other(&format!("{path}?saved={}", views::SECTION)))
}

/// The page of a provider's feed: in the settings, or their own.
async fn show(
    ctx: &Ctx,
    frame: &Frame,
    (id, in_settings): (ProviderId, bool),
    address: Option<String>,
) -> Result<HttpResponse> {
    let page = ctx
        .db
        .read(move |c| {
            let provider = clinic::get_provider(c, id)?;
            Ok(FeedPage {
                in_settings,
                address,
                opens: actions::may_read(c, &provider)?,
                feed: store::find_feed(c, id)?,
                last: staff::last_change(c, FEEDS, Some(id.0))?,
                zone: clinic::the_site(c)?.tz(),
                provider,
            })
        })
        .await?;
    Ok(answer(StatusCode::OK, views::page(frame, &page)))
}
