//! `/password`: everybody changes their own password.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use maud::Markup;

use super::super::actions::{self, Attempt, NewPassword};
use super::super::gate::{SESSION_COOKIE, get, post};
use super::super::model::{Actor, EVERYONE};
use super::super::store;
use super::super::views::own as views;
use super::door::user_agent;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;

pub(in crate::staff) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/password")
            .route(get(EVERYONE, show))
            .route(post(EVERYONE, change)),
    );
}

async fn show(frame: Frame) -> Markup {
    let changed = frame.query.split('&').any(|p| p == "saved=password");
    views::password(&frame, &Faults::default(), changed)
}

async fn change(req: HttpRequest, ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let id = actor.user.ok_or(Error::Forbidden)?;
    let user = ctx.db.read(move |c| store::find_user(c, id)).await?;
    let user = user.ok_or(Error::NotFound("account"))?;
    let session = req.cookie(SESSION_COOKIE).map(|c| c.value().to_owned());
    let new = NewPassword {
        attempt: Attempt {
            login: user.login.clone(),
            password: input.get("current").to_owned(),
            ip: actor.ip.clone(),
            user_agent: user_agent(&req),
            request: actor.request.clone(),
        },
        password: input.get("password").to_owned(),
        session: session.unwrap_or_default(),
    };
    match actions::change_password(&ctx.db, ctx.now(), &ctx.config.security, actor, user, new).await {
        Ok(()) => Ok(see_other("/password?saved=password")),
        Err(Error::TooMany { retry_after_seconds }) => {
            let text = Error::TooMany { retry_after_seconds }.text();
            let mut faults = Faults::default();
            faults.add("current", "locked", text.zh, text.en);
            Ok(page(
                StatusCode::TOO_MANY_REQUESTS,
                views::password(&frame, &faults, false),
            ))
        }
        Err(e) => {
            let faults = Faults::from_error(e)?;
            Ok(page(
                StatusCode::UNPROCESSABLE_ENTITY,
                views::password(&frame, &faults, false),
            ))
        }
    }
}
