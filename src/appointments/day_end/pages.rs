//! `/day-end`

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use maud::Markup;

use super::model::{proposed, steps_to};
use super::{store, views};
use crate::appointments::actions::{Step, advance, may};
use crate::appointments::{Action, AppointmentId, get_appointment};
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

/// Visits ended in one go at most.
const AT_ONCE: usize = 500;

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
            let rows = store::left_over(c, clinic.site.id, day_bounds(clinic.site.tz(), day), now)?;
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
fn read(text: &str) -> Option<(AppointmentId, i64, Action)> {
    let mut parts = text.splitn(3, ':');
    let id = parts.next()?.parse().ok()?;
    let version = parts.next()?.parse().ok()?;
    Some((id, version, parts.next()?.parse().ok()?))
}

/// Ends the visits that were named, each by itself; which could not be is told by their number.
async fn settle((ctx, observers): (Ctx, web::Data<Observers>), actor: Actor, input: Input) -> Result<HttpResponse> {
    let name = if input.ticked("all") { "proposed" } else { "end" };
    let (mut done, mut failed) = (0, 0);
    for (id, version, end) in input.all(name).iter().take(AT_ONCE).filter_map(|text| read(text)) {
        may(&actor, end)?;
        match end_one(&ctx, &actor, observers.to_vec(), (id, version, end)).await {
            Ok(()) => done += 1,
            Err(Error::Conflict { .. } | Error::NotFound(_)) => failed += 1,
            Err(e) => return Err(e),
        }
    }
    let now = ctx.now();
    let day = ctx.db.read(move |c| day_of(c, now, &input)).await?;
    Ok(see_other(&format!("/day-end?day={day}&done={done}&failed={failed}")))
}

async fn end_one(
    ctx: &Ctx,
    actor: &Actor,
    observers: Observers,
    (id, mut version, end): (AppointmentId, i64, Action),
) -> Result<()> {
    let a = ctx.db.read(move |c| get_appointment(c, id)).await?;
    let steps = steps_to(a.status, end)
        .filter(|_| a.ends_at <= ctx.now())
        .ok_or_else(Error::stale)?;
    for action in steps {
        let step = Step {
            id,
            version,
            action: *action,
        };
        version = advance(&ctx.db, ctx.now(), actor.clone(), observers.clone(), step)
            .await?
            .version;
    }
    Ok(())
}

/// What a row says in the form.
pub(super) fn value(a: &crate::appointments::Appointment, end: Action) -> String {
    format!("{}:{}:{end}", a.id, a.version)
}

/// What is proposed for it.
pub(super) fn proposal(a: &crate::appointments::Appointment) -> String {
    value(a, proposed(a.status))
}
