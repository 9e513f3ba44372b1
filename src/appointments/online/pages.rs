//! `/online-bookings`: what patients booked by themselves, for the desk.

use actix_web::web;
use maud::Markup;

use super::{store, views};
use crate::clinic;
use crate::platform::clock::DAY_MS;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, DESK};

/// Rows shown, the latest first.
const ROWS: usize = 200;
/// How far back the list reaches.
const BACK_MS: i64 = 30 * DAY_MS;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/online-bookings").route(staff::get(DESK, page)));
}

async fn page(ctx: Ctx, frame: Frame, actor: Actor) -> Result<Markup> {
    let now = ctx.now();
    let page = ctx
        .db
        .read(move |c| {
            Ok(views::Page {
                now,
                rows: store::list_online(c, now + -BACK_MS, ROWS)?,
                clinic: clinic::snapshot(c)?,
            })
        })
        .await?;
    staff::read_of_list(&ctx.db, now, &actor, "booking_requests", page.rows.len()).await?;
    Ok(views::page(&frame, &page))
}
