//! `/settings/staff`: accounts, roles, invitations.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::audit::last_change;
use super::super::gate::{get, post};
use super::super::model::{Actor, NewUser, ONLY_ADMINISTRATOR, Role, User, UserId};
use super::super::views::accounts as views;
use super::super::views::settings::{SEEN, told_stale};
use super::super::{actions, store};
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page, see_other};
use crate::platform::web::form::{Faults, Form, Input};
use crate::platform::web::layout::Frame;

pub(in crate::staff) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(web::resource("/settings/staff").route(get(only, list)))
        .service(
            web::resource("/settings/staff/new")
                .route(get(only, add_page))
                .route(post(only, add)),
        )
        .service(
            web::resource("/settings/staff/{id}")
                .route(get(only, edit_page))
                .route(post(only, edit)),
        )
        .service(web::resource("/settings/staff/{id}/invite").route(post(only, invite)));
}

async fn list(ctx: Ctx, frame: Frame) -> Result<Markup> {
    let users = ctx.db.read(store::list_users).await?;
    Ok(views::list(&frame, &users))
}

async fn add_page(frame: Frame) -> Markup {
    let (input, faults) = (
        Input::from_pairs([("role", Role::FrontDesk.as_str())]),
        Faults::default(),
    );
    let form = Form {
        lang: frame.lang,
        input: &input,
        faults: &faults,
    };
    views::add(&frame, &form)
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let (now, url, typed) = (ctx.now(), ctx.config.server.public_url.clone(), input.clone());
    let made = ctx
        .db
        .write(move |c| {
            let id = actions::create_user(c, now, &actor, &new_user(&typed)?)?;
            let link = actions::invite(c, now, &actor, id, &url)?;
            Ok((get_user(c, id)?, link))
        })
        .await;
    match made {
        Ok((user, link)) => Ok(page(StatusCode::OK, views::invitation(&frame, &user, &link))),
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let form = Form {
                lang: frame.lang,
                input: &input,
                faults: &faults,
            };
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, views::add(&frame, &form)))
        }
    }
}

fn new_user(typed: &Input) -> Result<NewUser> {
    let mut faults = Faults::default();
    let role = typed.need("role", &mut faults);
    let user = NewUser {
        login: typed.get("login").to_lowercase(),
        name: typed.get("name").to_owned(),
        role: role.unwrap_or(Role::FrontDesk),
        password: None,
    };
    faults.0.extend(user.check().0);
    faults.finish()?;
    Ok(user)
}

fn get_user(c: &mut crate::platform::db::Conn, id: UserId) -> Result<User> {
    store::find_user(c, id)?.ok_or(Error::NotFound("account"))
}

async fn load(ctx: &Ctx, id: UserId) -> Result<views::Account> {
    ctx.db
        .read(move |c| {
            Ok(views::Account {
                user: get_user(c, id)?,
                last: last_change(c, "staff_users", Some(id.0))?,
                zone: store::zone(c)?,
            })
        })
        .await
}

async fn edit_page(ctx: Ctx, frame: Frame, id: web::Path<UserId>) -> Result<Markup> {
    let account = load(&ctx, *id).await?;
    let mut input = Input::from_pairs([
        ("name", account.user.name.as_str()),
        ("role", account.user.role.as_str()),
    ]);
    for (name, is) in [
        ("active", account.user.active),
        ("may_overbook", account.user.may_overbook),
    ] {
        if is {
            input.set(name, "1");
        }
    }
    let form = Form {
        lang: frame.lang,
        input: &input,
        faults: &Faults::default(),
    };
    Ok(views::edit(&frame, &account, &form))
}

async fn edit(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<UserId>, input: Input) -> Result<HttpResponse> {
    let (now, id, typed) = (ctx.now(), *id, input.clone());
    let done = ctx
        .db
        .write(move |c| {
            let mut faults = Faults::default();
            let role: Option<Role> = typed.need("role", &mut faults);
            faults.finish()?;
            let Some(role) = role else {
                return Err(Error::NotFound("role"));
            };
            let change = store::UserChange {
                name: typed.get("name").trim(),
                role,
                active: typed.ticked("active"),
                may_overbook: typed.ticked("may_overbook"),
            };
            actions::change_user(c, now, &actor, (id, typed.get(SEEN).parse().ok()), &change)
        })
        .await;
    match done {
        Ok(changed) => {
            let word = if changed { "saved" } else { "same" };
            Ok(see_other(&format!("/settings/staff/{id}?{word}=account")))
        }
        Err(e) => {
            let (status, faults) = match e {
                Error::Conflict {
                    code: "stale", text, ..
                } => (StatusCode::CONFLICT, told_stale(&text)),
                e => (StatusCode::UNPROCESSABLE_ENTITY, Faults::from_error(e)?),
            };
            let account = load(&ctx, id).await?;
            let form = Form {
                lang: frame.lang,
                input: &input,
                faults: &faults,
            };
            Ok(page(status, views::edit(&frame, &account, &form)))
        }
    }
}

/// The answer shows the link: it is a secret, so it goes into no URL and no redirect.
async fn invite(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<UserId>) -> Result<HttpResponse> {
    let (now, id, url) = (ctx.now(), *id, ctx.config.server.public_url.clone());
    let (user, link) = ctx
        .db
        .write(move |c| {
            let user = get_user(c, id)?;
            if !user.active {
                return Err(Error::conflict(
                    "inactive",
                    "账户已停用，请先启用",
                    "The account is deactivated; activate it first",
                ));
            }
            Ok((user, actions::invite(c, now, &actor, id, &url)?))
        })
        .await?;
    Ok(page(StatusCode::OK, views::invitation(&frame, &user, &link)))
}
