//! A session that is locked: what it answers instead of pages, how it is locked and opened again.
//!
//! The lock is a column of the session's row: it holds over all tabs, instances and restarts. What a form sent meanwhile is not
//! lost: the page that asks for the password carries it, and it can be sent once the session is open.

use actix_web::dev::ServiceRequest;
use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};

use super::actions::{self, Attempt};
use super::gate::{Locked, SESSION_COOKIE, UNLOCK, get, post, url_encode};
use super::model::{Actor, EVERYONE};
use super::pages::door::{of_clinic, refused, user_agent};
use super::store;
use super::views::door as views;
use crate::platform::error::{Error, Result};
use crate::platform::web::answer::{page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::platform::web::{Ctx, client_ip, is_api, own_path, request_id, wants_fragment};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/lock").route(post(EVERYONE, lock)))
        .service(
            web::resource("/unlock")
                .route(get(EVERYONE, unlock_page))
                .route(post(EVERYONE, unlock)),
        )
        .service(web::resource("/here").route(post(EVERYONE, here)));
}

/// What stands in the place of every answer.
pub(super) async fn closed(req: &mut ServiceRequest) -> HttpResponse {
    let shown = req.request();
    if is_api(shown) {
        return HttpResponse::from_error(Error::Unauthorized);
    }
    let to = unlock_at(&came_from(shown));
    if wants_fragment(shown) {
        return HttpResponse::Unauthorized().insert_header(("HX-Redirect", to)).finish();
    }
    let sent = match *req.method() {
        Method::POST if req.path() != "/lock" && req.path() != "/sign-out" => req.extract::<Input>().await.ok(),
        _ => None,
    };
    match sent {
        None => see_other(&to),
        Some(sent) => ask_first(req, &sent).await.unwrap_or_else(HttpResponse::from_error),
    }
}

/// The page that was wanted; of what is no page, the one it was asked from.
fn came_from(req: &HttpRequest) -> String {
    if matches!(*req.method(), Method::GET | Method::HEAD) && !wants_fragment(req) {
        return req.uri().to_string();
    }
    let referer = req.headers().get(header::REFERER).and_then(|r| r.to_str().ok());
    let path = referer.and_then(|r| {
        r.split_once("://")?
            .1
            .split_once('/')
            .map(|(_, path)| format!("/{path}"))
    });
    path.filter(|p| own_path(p).is_some()).unwrap_or_else(|| "/".to_owned())
}

fn unlock_at(next: &str) -> String {
    format!("{UNLOCK}?next={}", url_encode(next))
}

/// The page that asks for the password and carries what was sent.
async fn ask_first(req: &mut ServiceRequest, sent: &Input) -> Result<HttpResponse> {
    let ctx = req.extract::<Ctx>().await?;
    let frame = req.extract::<Frame>().await.map_err(|_| Error::Unauthorized)?;
    let actor = req.extract::<Actor>().await?;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(sent.pairs());
    let held = Input::from_pairs([("to", req.path().to_owned()), ("sent", form.finish())]);
    let frame = Frame {
        path: UNLOCK.to_owned(),
        query: format!("next={}", url_encode(&came_from(req.request()))),
        ..of_clinic(&ctx, frame).await?
    };
    let shown = views::unlock(&frame, &actor.name, &held, &Faults::default());
    Ok(page(StatusCode::UNPROCESSABLE_ENTITY, shown))
}

async fn lock(req: HttpRequest, actor: Actor, ctx: Ctx, input: Input) -> Result<HttpResponse> {
    if let Some(session) = req.cookie(SESSION_COOKIE) {
        actions::lock(&ctx.db, ctx.now(), actor, session.value()).await?;
    }
    Ok(see_other(&unlock_at(own_path(input.get("next")).unwrap_or("/"))))
}

/// That somebody is at the screen, typing what no request has told yet. The gate has noted it.
async fn here(_: Actor) -> HttpResponse {
    HttpResponse::NoContent().finish()
}

fn next(query: &[(String, String)]) -> &str {
    let next = query.iter().find(|(name, _)| name == "next");
    next.and_then(|(_, path)| own_path(path)).unwrap_or("/")
}

async fn unlock_page(
    req: HttpRequest,
    (ctx, frame, actor): (Ctx, Frame, Actor),
    query: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    if req.extensions().get::<Locked>().is_none() {
        return Ok(see_other(next(&query)));
    }
    let frame = of_clinic(&ctx, frame).await?;
    let shown = views::unlock(&frame, &actor.name, &Input::default(), &Faults::default());
    Ok(page(StatusCode::OK, shown))
}

async fn unlock(
    req: HttpRequest,
    (ctx, frame, actor): (Ctx, Frame, Actor),
    query: web::Query<Vec<(String, String)>>,
    input: Input,
) -> Result<HttpResponse> {
    let session = req.cookie(SESSION_COOKIE);
    let locked = req.extensions().get::<Locked>().is_some();
    if let (true, Some(session), Some(id)) = (locked, session, actor.user) {
        let user = ctx.db.read(move |c| store::find_user(c, id)).await?;
        let attempt = Attempt {
            login: user.ok_or(Error::Unauthorized)?.login,
            password: input.get("password").to_owned(),
            ip: client_ip(&req),
            user_agent: user_agent(&req),
            request: request_id(&req),
        };
        let done = actions::unlock(&ctx.db, ctx.now(), &ctx.config.security, &attempt, session.value()).await;
        if let Err(e) = done {
            let frame = of_clinic(&ctx, frame).await?;
            return refused(e, |faults| views::unlock(&frame, &actor.name, &input, faults));
        }
    }
    match own_path(input.get("to")) {
        Some(to) if !input.get("sent").is_empty() => {
            let sent: Vec<_> = form_urlencoded::parse(input.get("sent").as_bytes())
                .into_owned()
                .collect();
            let frame = of_clinic(&ctx, Frame { user: None, ..frame }).await?;
            Ok(page(StatusCode::OK, views::send_held(&frame, to, next(&query), &sent)))
        }
        _ => Ok(see_other(next(&query))),
    }
}
