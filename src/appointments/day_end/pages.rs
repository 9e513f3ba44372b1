//! `/day-end`

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use maud::Markup;

use super::actions::{self, Settling};
use super::model::{End, proposed};
use super::{store, views};
use crate::appointments::model::UNDO_MS;
use crate::appointments::store::latest_event;
use crate::appointments::{Appointment, AppointmentId};
use crate::clinic;
use crate::platform::clock::{Instant, day_bounds, is_in_calendar};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::ids::random_token;
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
                undo: can_be_undone(c, now, &input)?,
                input,
            })
        })
        .await?;
    staff::read_of_list(&ctx.db, now, &actor, "appointments", page.rows.len()).await?;
    Ok(views::page(&frame, &page))
}

/// One of the visits that were just ended, by which all of them are taken back while there is time; and its version.
fn can_be_undone(c: &mut Conn, now: Instant, input: &Input) -> Result<Option<(AppointmentId, i64)>> {
    let Ok(id) = input.get("did").parse::<AppointmentId>() else {
        return Ok(None);
    };
    let last = latest_event(c, id)?.filter(|e| e.can_be_undone() && now - e.at <= UNDO_MS);
    Ok(last.map(|e| (id, e.version)))
}

/// `12:3:no-show`: which visit, as of which version, how it ended.
fn read(text: &str) -> Option<(AppointmentId, i64, End)> {
    let mut parts = text.splitn(3, ':');
    let id = parts.next()?.parse().ok()?;
    let version = parts.next()?.parse().ok()?;
    Some((id, version, parts.next()?.parse().ok()?))
}

/// Ends the visits that were named, each by itself; which could not be is told by their number. Those of one click are taken
/// back together.
async fn settle(
    (ctx, observers, lang): (Ctx, web::Data<Observers>, Lang),
    actor: Actor,
    input: Input,
) -> Result<HttpResponse> {
    let name = if input.ticked("all") { "proposed" } else { "end" };
    let named: Vec<_> = input.all(name).into_iter().filter_map(read).collect();
    let click = (named.len() > 1).then(random_token);
    let (mut done, mut failed, mut last) = (0, 0, None);
    for (id, version, end) in named.into_iter().take(usize::from(AT_ONCE)) {
        let settling = Settling {
            id,
            version,
            end,
            lang,
            click: click.clone(),
        };
        match actions::settle(&ctx.db, ctx.now(), actor.clone(), observers.to_vec(), settling).await {
            Ok(a) => {
                done += 1;
                last = Some(a.id);
            }
            Err(Error::Conflict { .. } | Error::NotFound(_)) => failed += 1,
            Err(e) => return Err(e),
        }
    }
    let now = ctx.now();
    let day = ctx.db.read(move |c| day_of(c, now, &input)).await?;
    let did = last.map(|id| format!("&did={id}")).unwrap_or_default();
    Ok(see_other(&format!(
        "/day-end?day={day}&done={done}&failed={failed}{did}"
    )))
}

/// What a row says in the form.
pub(super) fn value(a: &Appointment, end: End) -> String {
    format!("{}:{}:{end}", a.id, a.version)
}

/// What is proposed for it.
pub(super) fn proposal(a: &Appointment) -> String {
    value(a, proposed(a.status))
}
