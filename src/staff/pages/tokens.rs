//! `/settings/staff/tokens`: which API tokens there are, and taking one back.

use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::gate::{get, post};
use super::super::model::{Actor, ONLY_ADMINISTRATOR};
use super::super::views::tokens as views;
use super::super::{actions, store};
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::answer::see_other;
use crate::platform::web::layout::Frame;

/// Before the account's own page, whose path would take these.
pub(in crate::staff) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/settings/staff/tokens").route(get(ONLY_ADMINISTRATOR, list)))
        .service(web::resource("/settings/staff/tokens/{id:\\d+}/revoke").route(post(ONLY_ADMINISTRATOR, revoke)));
}

async fn list(ctx: Ctx, frame: Frame) -> Result<Markup> {
    let now = ctx.now();
    let (tokens, zone) = ctx
        .db
        .read(move |c| Ok((store::list_tokens(c, now)?, store::zone(c)?)))
        .await?;
    Ok(views::list(&frame, &tokens, zone))
}

async fn revoke(ctx: Ctx, actor: Actor, id: web::Path<i64>) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), *id);
    ctx.db.write(move |c| actions::revoke_token(c, now, &actor, id)).await?;
    Ok(see_other("/settings/staff/tokens?saved=tokens"))
}
