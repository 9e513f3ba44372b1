//! Sign-in, sign-out, one-time links.

use std::sync::Arc;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use maud::Markup;

use super::super::actions::{self, Attempt, Closed, Device, LinkFor};
use super::super::gate::{NavSource, SESSION_COOKIE, post};
use super::super::model::{Actor, EVERYONE, NewUser, Role};
use super::super::store;
use super::super::views::door as views;
use crate::platform::error::{Error, Result};
use crate::platform::web::answer::page;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::platform::web::{Ctx, client_ip, cookie, own_path, reading, request_id};

pub(in crate::staff) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/sign-in")
            .route(reading().to(sign_in_page))
            .route(web::post().to(sign_in)),
    )
    .service(web::resource("/sign-out").route(post(EVERYONE, sign_out)))
    .service(
        web::resource("/welcome/{token}")
            .route(reading().to(welcome_page))
            .route(web::post().to(welcome)),
    );
}

async fn sign_in_page(frame: Frame, ctx: Ctx, query: web::Query<Vec<(String, String)>>) -> Result<Markup> {
    let input = Input::from_pairs(query.into_inner());
    let frame = of_clinic(&ctx, frame).await?;
    Ok(views::sign_in(&frame, &input, &Faults::default()))
}

/// The frame with the clinic's name, for people who are not signed in yet.
pub(in crate::staff) async fn of_clinic(ctx: &Ctx, frame: Frame) -> Result<Frame> {
    let names = ctx.db.read(store::clinic_names).await?;
    let clinic = names.into_iter().nth(frame.lang.pick(0, 1)).unwrap_or_default();
    Ok(Frame { clinic, ..frame })
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
        Ok((user, token)) => {
            if let Some(before) = req.cookie(SESSION_COOKIE) {
                actions::replace(&ctx.db, before.value()).await?;
            }
            let mut session = cookie(&ctx.config, SESSION_COOKIE, token);
            session.set_max_age(actix_web::cookie::time::Duration::hours(
                ctx.config.security.session_hours,
            ));
            let to = match own_path(input.get("next")) {
                None | Some("/") => landing(&req, &ctx, user.role).await?,
                Some(path) => path.to_owned(),
            };
            Ok(see_other(&to, Some(session)))
        }
        Err(e) => {
            let frame = of_clinic(&ctx, frame).await?;
            refused(e, |faults| views::sign_in(&frame, &input, faults))
        }
    }
}

/// The form again, with what is wrong and, where somebody has to wait, for how long.
pub(in crate::staff) fn refused(e: Error, form: impl FnOnce(&Faults) -> Markup) -> Result<HttpResponse> {
    let (status, retry) = match &e {
        Error::TooMany { retry_after_seconds } => (StatusCode::TOO_MANY_REQUESTS, Some(*retry_after_seconds)),
        _ => (StatusCode::UNPROCESSABLE_ENTITY, None),
    };
    let mut answer = page(status, form(&told(e)?));
    if let Some(seconds) = retry {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
    }
    Ok(answer)
}

/// Also that somebody has to wait is told in the form, where what they typed is still there.
fn told(e: Error) -> Result<Faults> {
    let text = e.text();
    match e {
        Error::TooMany { .. } => {
            let mut faults = Faults::default();
            faults.add("password", "locked", text.zh, text.en);
            Ok(faults)
        }
        other => Faults::from_error(other),
    }
}

/// Where somebody of this role begins.
async fn landing(req: &HttpRequest, ctx: &Ctx, role: Role) -> Result<String> {
    let Some(source) = req.app_data::<web::Data<Arc<dyn NavSource>>>() else {
        return Ok("/".to_owned());
    };
    let source = Arc::clone(source.get_ref());
    ctx.db.read(move |c| source.landing(c, role)).await.map(str::to_owned)
}

pub(in crate::staff) fn user_agent(req: &HttpRequest) -> String {
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

async fn welcome_page(frame: Frame, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let now = ctx.now();
    let frame = of_clinic(&ctx, frame).await?;
    let link = ctx.db.read(move |c| actions::look_at_link(c, now, &token)).await;
    let link = match link {
        Ok(LinkFor::Nothing(why)) => return closed(&ctx, &frame, Some(why)).await,
        Err(Error::NotFound(_)) => return closed(&ctx, &frame, None).await,
        other => other?,
    };
    let input = prefilled(&link);
    let first = matches!(link, LinkFor::FirstAdministrator);
    Ok(page(
        StatusCode::OK,
        views::welcome(&frame, first, &input, &Faults::default()),
    ))
}

/// A link that does not open: why, and whom to ask. None: there never was such a link, or its account is gone.
async fn closed(ctx: &Ctx, frame: &Frame, why: Option<Closed>) -> Result<HttpResponse> {
    let known = why.is_some();
    let whom = ctx
        .db
        .read(move |c| {
            let users = if known { store::list_users(c)? } else { Vec::new() };
            let bosses = users.into_iter().filter(|u| u.active && u.role == Role::Administrator);
            Ok(bosses.map(|u| u.name).collect::<Vec<_>>())
        })
        .await?;
    let status = if known { StatusCode::GONE } else { StatusCode::NOT_FOUND };
    Ok(page(status, views::closed(frame, why, &whom)))
}

fn prefilled(link: &LinkFor) -> Input {
    match link {
        LinkFor::FirstAdministrator | LinkFor::Nothing(_) => Input::default(),
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
    let frame = of_clinic(&ctx, frame).await?;
    let link = match ctx.db.read(move |c| actions::look_at_link(c, now, &key)).await {
        Ok(LinkFor::Nothing(why)) => return closed(&ctx, &frame, Some(why)).await,
        Err(Error::NotFound(_)) => return closed(&ctx, &frame, None).await,
        other => other?,
    };
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
            let role = match &link {
                LinkFor::Password(user) => user.role,
                LinkFor::FirstAdministrator | LinkFor::Nothing(_) => Role::Administrator,
            };
            let to = landing(&req, &ctx, role).await?;
            Ok(see_other(&to, Some(cookie(&ctx.config, SESSION_COOKIE, token))))
        }
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let mut shown = prefilled(&link);
            if first {
                shown = input;
            }
            Ok(page(
                StatusCode::UNPROCESSABLE_ENTITY,
                views::welcome(&frame, first, &shown, &faults),
            ))
        }
    }
}

fn see_other(to: &str, cookie: Option<actix_web::cookie::Cookie<'_>>) -> HttpResponse {
    let mut builder = HttpResponse::SeeOther();
    builder.insert_header((header::LOCATION, to));
    if let Some(cookie) = cookie {
        builder.cookie(cookie);
    }
    builder.finish()
}
