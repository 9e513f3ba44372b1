//! `/settings`: what can be set up, and where.

use actix_web::web;
use maud::Markup;

use super::super::{store, views};
use crate::clinic::views::overview::Gateway;
use crate::platform::config::{Config, MailTransport};
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, MANAGERS, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/settings").route(staff::get(MANAGERS, overview)));
}

/// Managers come here for the rules and the audit log only.
async fn overview(ctx: Ctx, frame: Frame, actor: Actor) -> Result<Markup> {
    let gateways = gateways(&ctx.config);
    let real = gateways.contains(&Gateway::Real);
    let setup = ctx
        .db
        .read(move |c| {
            let accounts = staff::list_users(c)?.iter().filter(|u| u.active).count();
            store::load_setup(c, accounts, real)
        })
        .await?;
    let page = views::overview::Page { setup, gateways };
    Ok(views::overview::overview(&frame, &page, actor.is(ONLY_ADMINISTRATOR)))
}

/// Where text messages and mails go.
fn gateways(config: &Config) -> [Gateway; 2] {
    let sms = match config.sms.order.as_slice() {
        [] => Gateway::Off,
        _ if config.sms.captured() => Gateway::Kept,
        _ => Gateway::Real,
    };
    let mail = match config.mail.transport {
        MailTransport::Smtp => Gateway::Real,
        MailTransport::Capture => Gateway::Kept,
        MailTransport::Off => Gateway::Off,
    };
    [sms, mail]
}
