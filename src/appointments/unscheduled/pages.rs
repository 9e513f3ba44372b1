//! `/unscheduled`

use actix_web::{HttpResponse, web};
use maud::Markup;

use super::model::CancelKind;
use super::{actions, store, views};
use crate::appointments::{AppointmentId, Status, waiting};
use crate::clinic;
use crate::platform::clock::DAY_MS;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer_page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, DESK};

/// Rows shown, the latest first.
const ROWS: usize = 200;
/// What lies further back is not worked on any more.
const BACK_MS: i64 = 366 * DAY_MS;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/unscheduled").route(staff::get(DESK, page)))
        .service(web::resource("/unscheduled/{id}/aside").route(staff::post(DESK, aside)));
}

async fn show(ctx: &Ctx, frame: &Frame, actor: &Actor, (input, faults): (Input, Faults)) -> Result<Markup> {
    let now = ctx.now();
    let only = input.get("kind").to_owned();
    let (rows, clinic) = ctx
        .db
        .read(move |c| {
            let found = waiting::not_booked_anew(c, (now + -BACK_MS, now), None, ROWS)?;
            let ids: Vec<AppointmentId> = found.iter().map(|(a, _)| a.id).collect();
            let kinds = store::kinds_of(c, &ids)?;
            let rows = found.into_iter().map(|(a, p)| (kinds.get(&a.id).copied(), a, p));
            let wanted = |kind: Option<CancelKind>, status: Status| match only.as_str() {
                "" => true,
                "no-show" => status == Status::NoShow,
                text => status == Status::Cancelled && kind.unwrap_or(CancelKind::Broken).as_str() == text,
            };
            let rows: Vec<views::Row> = rows.filter(|(kind, a, _)| wanted(*kind, a.status)).collect();
            Ok((rows, clinic::snapshot(c)?))
        })
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
