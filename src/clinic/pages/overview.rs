//! `/settings`: what can be set up, and where.

use actix_web::web;
use maud::Markup;

use super::super::{store, views};
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, MANAGERS, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/settings").route(staff::get(MANAGERS, overview)));
}

/// Managers come here for the rules and the audit log only.
async fn overview(ctx: Ctx, frame: Frame, actor: Actor) -> Result<Markup> {
    let counts = ctx
        .db
        .read(|c| {
            Ok(views::overview::Counts {
                site: store::the_site(c)?,
                chairs: store::list_chairs(c, false)?.len(),
                providers: store::list_providers(c, false)?.len(),
                services: store::list_services(c, false)?.len(),
                users: staff::list_users(c)?.iter().filter(|u| u.active).count(),
            })
        })
        .await?;
    Ok(views::overview::overview(&frame, &counts, actor.is(ONLY_ADMINISTRATOR)))
}
