//! Sign-in, sign-out, one-time links.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder, web};

use super::super::actions::{self, Attempt, Device, LinkFor};
use super::super::gate::{SESSION_COOKIE, post};
use super::super::model::{Actor, EVERYONE, NewUser, Role};
use super::super::views::door as views;
use crate::platform::error::Result;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::platform::web::{Ctx, client_ip, cookie, request_id};

pub(in crate::staff) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/sign-in")
            .route(web::get().to(sign_in_page))
            .route(web::post().to(sign_in)),
    )
    .service(web::resource("/sign-out").route(post(EVERYONE, sign_out)))
    .service(
        web::resource("/welcome/{token}")
            .route(web::get().to(welcome_page))
            .route(web::post().to(welcome)),
    );
}

async fn sign_in_page(frame: Frame, query: web::Query<Vec<(String, String)>>) -> impl Responder {
    let input = Input::from_pairs(query.into_inner());
    views::sign_in(&frame, &input, &Faults::default())
}

async fn sign_in(req: HttpRequest, frame: Frame, ctx: Ctx, input: Input) -> Result<HttpResponse> {
    let attempt = Attempt {
        login: input.get("login").to_owned(),
        password: input.get("password").to_owned(),
        ip: client_ip(&req),
        user_agent: user_agent(&req),
        request: request_id(&req),
    };
    match actions::sign_in(&ctx.db, ctx.now(), &ctx.config.security, attempt).await {
        Ok((_, token)) => {
            let mut session = cookie(&ctx.config, SESSION_COOKIE, token);
            session.set_max_age(actix_web::cookie::time::Duration::hours(
                ctx.config.security.session_hours,
            ));
            Ok(see_other(local_path(input.get("next")), Some(session)))
        }
        Err(e) => {
            let faults = Faults::from_error(e)?;
            Ok(HttpResponse::UnprocessableEntity().body(views::sign_in(&frame, &input, &faults).into_string()))
        }
    }
    .map(html)
}

fn user_agent(req: &HttpRequest) -> String {
    let header = req.headers().get(header::USER_AGENT);
    header.and_then(|h| h.to_str().ok()).unwrap_or("").to_owned()
}

async fn sign_out(req: HttpRequest, actor: Actor, ctx: Ctx) -> Result<HttpResponse> {
    if let Some(session) = req.cookie(SESSION_COOKIE) {
        actions::sign_out(&ctx.db, ctx.now(), actor, session.value()).await?;
    }
    let mut gone = cookie(&ctx.config, SESSION_COOKIE, String::new());
    gone.make_removal();
    let mut answer = see_other("/sign-in", Some(gone));
    answer.headers_mut().insert(
        header::HeaderName::from_static("clear-site-data"),
        header::HeaderValue::from_static("\"cache\", \"storage\""),
    );
    Ok(answer)
}

async fn welcome_page(frame: Frame, ctx: Ctx, token: web::Path<String>) -> Result<impl Responder> {
    let now = ctx.now();
    let link = ctx.db.read(move |c| actions::look_at_link(c, now, &token)).await?;
    let input = prefilled(&link);
    Ok(views::welcome(
        &frame,
        matches!(link, LinkFor::FirstAdministrator),
        &input,
        &Faults::default(),
    ))
}

fn prefilled(link: &LinkFor) -> Input {
    match link {
        LinkFor::FirstAdministrator => Input::default(),
        LinkFor::Password(user) => Input::from_pairs([("login", user.login.clone()), ("name", user.name.clone())]),
    }
}

async fn welcome(
    req: HttpRequest,
    frame: Frame,
    ctx: Ctx,
    token: web::Path<String>,
    input: Input,
) -> Result<HttpResponse> {
    let now = ctx.now();
    let key = token.to_string();
    let link = ctx.db.read(move |c| actions::look_at_link(c, now, &key)).await?;
    let first = matches!(link, LinkFor::FirstAdministrator);
    let actor = Actor {
        ip: client_ip(&req),
        request: request_id(&req),
        ..Actor::system("one-time link")
    };
    let typed = NewUser {
        login: input.get("login").to_lowercase(),
        name: input.get("name").to_owned(),
        role: Role::Administrator,
        password: Some(input.get("password").to_owned()),
    };
    match actions::use_link(&ctx.db, now, actor, &token, typed).await {
        Ok(user) => {
            let from = Device {
                ip: client_ip(&req),
                user_agent: user_agent(&req),
            };
            let token = actions::open_session(&ctx.db, now, &ctx.config.security, user, from).await?;
            Ok(see_other("/", Some(cookie(&ctx.config, SESSION_COOKIE, token))))
        }
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let mut shown = prefilled(&link);
            if first {
                shown = input;
            }
            Ok(html(
                HttpResponse::UnprocessableEntity().body(views::welcome(&frame, first, &shown, &faults).into_string()),
            ))
        }
    }
}

fn html(mut answer: HttpResponse) -> HttpResponse {
    if !answer.headers().contains_key(header::CONTENT_TYPE) {
        answer.headers_mut().insert(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static("text/html; charset=utf-8"),
        );
    }
    answer
}

fn see_other(to: &str, cookie: Option<actix_web::cookie::Cookie<'_>>) -> HttpResponse {
    let mut builder = HttpResponse::SeeOther();
    builder.insert_header((header::LOCATION, to));
    if let Some(cookie) = cookie {
        builder.cookie(cookie);
    }
    builder.finish()
}

/// `next` only when it leads to a page of ours.
fn local_path(next: &str) -> &str {
    if next.starts_with('/') && !next.starts_with("//") && !next.contains('\\') {
        next
    } else {
        "/"
    }
}
