//! `/day-end`

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use maud::Markup;

use super::model::{End, proposed};
use super::{actions, store, views};
use crate::appointments::{Appointment, AppointmentId};
use crate::clinic;
use crate::platform::clock::{Instant, day_bounds, is_in_calendar};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::see_other;
use crate::platform::web::form::Input;
use crate::platform::web::layout::Frame;
use crate::records::Observers;
use crate::staff::{self, Actor, DESK};

/// Visits shown, and ended in one go, at most.
const AT_ONCE: u16 = 500;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/day-end")
            .route(staff::get(DESK, page))
            .route(staff::post(DESK, settle)),
    );
}

fn day_of(c: &mut Conn, now: Instant, input: &Input) -> Result<NaiveDate> {
    let today = now.day(clinic::the_site(c)?.tz());
    let asked = input.get("day").parse().ok().filter(|d| is_in_calendar(*d));
    Ok(asked.unwrap_or(today))
}

async fn page(ctx: Ctx, frame: Frame, actor: Actor, query: web::Query<Vec<(String, String)>>) -> Result<Markup> {
    let (now, input) = (ctx.now(), Input::from_pairs(query.into_inner()));
    let page = ctx
        .db
        .read(move |c| {
            let clinic = clinic::snapshot(c)?;
            let day = day_of(c, now, &input)?;
            let day_of_site = (clinic.site.id, day_bounds(clinic.site.tz(), day));
            let rows = store::left_over(c, day_of_site, now, (None, AT_ONCE.into()))?;
            Ok(views::Page {
                day,
                rows,
                clinic,
                input,
            })
        })
        .await?;
    staff::read_of_list(&ctx.db, now, &actor, "appointments", page.rows.len()).await?;
    Ok(views::page(&frame, &page))
}

/// `12:3:no-show`: which visit, as of which version, how it ended.
fn read(text: &str) -> Option<(AppointmentId, i64, End)> {
    let mut parts = text.splitn(3, ':');
    let id = parts.next()?.parse().ok()?;
    let version = parts.next()?.parse().ok()?;
    Some((id, version, parts.next()?.parse().ok()?))
}

/// Ends the visits that were named, each by itself; which could not be is told by their number.
async fn settle((ctx, observers): (Ctx, web::Data<Observers>), actor: Actor, input: Input) -> Result<HttpResponse> {
    let name = if input.ticked("all") { "proposed" } else { "end" };
    let (mut done, mut failed) = (0, 0);
    for one in input
        .all(name)
        .iter()
        .take(usize::from(AT_ONCE))
        .filter_map(|text| read(text))
    {
        match actions::settle(&ctx.db, ctx.now(), actor.clone(), observers.to_vec(), one).await {
            Ok(_) => done += 1,
            Err(Error::Conflict { .. } | Error::NotFound(_)) => failed += 1,
            Err(e) => return Err(e),
        }
    }
    let now = ctx.now();
    let day = ctx.db.read(move |c| day_of(c, now, &input)).await?;
    Ok(see_other(&format!("/day-end?day={day}&done={done}&failed={failed}")))
}

/// What a row says in the form.
pub(super) fn value(a: &Appointment, end: End) -> String {
    format!("{}:{}:{end}", a.id, a.version)
}

/// What is proposed for it.
pub(super) fn proposal(a: &Appointment) -> String {
    value(a, proposed(a.status))
}
