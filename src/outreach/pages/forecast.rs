//! `/messages/forecast`: what the next days bring by kind, and what became of the last.

use actix_web::web;
use maud::Markup;

use super::super::actions;
use super::super::views::forecast;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, DESK, MANAGERS};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/messages/forecast").route(staff::get(DESK, page)));
}

async fn page(ctx: Ctx, frame: Frame, actor: Actor) -> Result<Markup> {
    let (now, may_change) = (ctx.now(), actor.is(MANAGERS));
    let found = ctx.db.read(move |c| actions::forecast(c, now)).await?;
    let title = frame.lang.pick("消息预测", "Forecast of messages");
    Ok(frame.page(title, "messages", forecast::page(frame.lang, &found, may_change)))
}
