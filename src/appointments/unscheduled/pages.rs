//! `/unscheduled`

use actix_web::{HttpResponse, web};
use maud::Markup;

use super::{actions, store, views};
use crate::appointments::AppointmentId;
use crate::clinic;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer_page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, DESK};

/// Rows shown, the latest first.
const ROWS: usize = 200;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/unscheduled").route(staff::get(DESK, page)))
        .service(web::resource("/unscheduled/{id}/aside").route(staff::post(DESK, aside)));
}

async fn show(ctx: &Ctx, frame: &Frame, actor: &Actor, (input, faults): (Input, Faults)) -> Result<Markup> {
    let (now, only) = (ctx.now(), input.get("kind").parse().ok());
    let (rows, clinic) = ctx
        .db
        .read(move |c| Ok((store::list_lost(c, now, only, (None, ROWS))?, clinic::snapshot(c)?)))
        .await?;
    staff::read_of_list(&ctx.db, now, actor, "appointments", rows.len()).await?;
    Ok(views::page(
        frame,
        &views::Page {
            now,
            rows,
            clinic,
            input,
            faults,
        },
    ))
}

async fn page(ctx: Ctx, frame: Frame, actor: Actor, query: web::Query<Vec<(String, String)>>) -> Result<Markup> {
    let input = Input::from_pairs(query.into_inner());
    show(&ctx, &frame, &actor, (input, Faults::default())).await
}

async fn aside(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<AppointmentId>,
    input: Input,
) -> Result<HttpResponse> {
    let (now, by, id, reason) = (ctx.now(), actor.clone(), *id, input.get("reason").to_owned());
    let done = ctx
        .db
        .write(move |c| actions::put_aside(c, now, &by, id, &reason))
        .await;
    match done {
        Ok(()) => Ok(see_other("/unscheduled?done=aside")),
        Err(e @ Error::Invalid(_)) => {
            let (status, faults) = (e.status(), Faults::from_error(e)?);
            let markup = show(&ctx, &frame, &actor, (Input::default(), faults)).await?;
            Ok(answer_page(status, markup))
        }
        Err(e) => Err(e),
    }
}
