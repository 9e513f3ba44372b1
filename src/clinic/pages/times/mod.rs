//! `/settings/providers/{id}/…` and `/settings/chairs/{id}/…`: when somebody works or a chair is open. The same forms, rules and
//! questions for both.

mod days;
mod hours;
mod leave;

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};

use super::super::model::{ChairId, ProviderId, Whose};
use super::super::store;
use super::super::views::times::{Forms, Times};
use super::{Again, Shown, chairs, providers};
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::Input;
use crate::platform::web::layout::Frame;
use crate::staff;

pub(in crate::clinic) use leave::{check_leave, leave_reason};

/// How long a time away that is over stays in the list.
const PAST_LEAVE_MS: i64 = 90 * DAY_MS;
/// Fields of the weekdays, Monday first.
pub(in crate::clinic) const DAY_FIELDS: [&str; 7] = ["d1", "d2", "d3", "d4", "d5", "d6", "d7"];

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    hours::routes(cfg);
    days::routes(cfg);
    leave::routes(cfg);
}

/// Where the page of a provider or a chair is.
pub(in crate::clinic) fn path_of(whose: Whose) -> String {
    match whose {
        Whose::Provider(id) => format!("/settings/providers/{id}"),
        Whose::Chair(id) => format!("/settings/chairs/{id}"),
    }
}

/// Whose page an address is of.
impl FromRequest for Whose {
    type Error = Error;
    type Future = Ready<Result<Whose>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = req.match_info().get("id").and_then(|id| id.parse().ok());
        ready(match id {
            None => Err(Error::NotFound("provider or chair")),
            Some(id) if req.path().starts_with("/settings/chairs/") => Ok(Whose::Chair(ChairId(id))),
            Some(id) => Ok(Whose::Provider(ProviderId(id))),
        })
    }
}

/// The page that a form of theirs is on, with the form as it was sent.
async fn show(ctx: &Ctx, frame: &Frame, whose: Whose, again: Again) -> Result<HttpResponse> {
    match whose {
        Whose::Provider(id) => providers::show(ctx, frame, Some(id), Some(again)).await,
        Whose::Chair(id) => chairs::edit(ctx, frame, id, Some(again)).await,
    }
}

/// What the sections of their page show.
pub(super) fn load(c: &mut Conn, whose: Whose, now: Instant) -> Result<Times> {
    let clinic = store::snapshot(c)?;
    Ok(Times {
        rota: clinic.rota(whose),
        today: now.day(clinic.site.tz()),
        zone: clinic.site.tz(),
        leaves: store::list_leaves_of(c, whose, now + -PAST_LEAVE_MS)?,
        last_hours: staff::last_change(c, whose.hours_kind(), Some(whose.id()))?,
        last_days: staff::last_change(c, whose.days_kind(), Some(whose.id()))?,
        last_leave: staff::last_change(c, whose.leave_kind(), Some(whose.id()))?,
        whose,
    })
}

/// What its forms are drawn with.
pub(super) fn forms(times: &Times, again: Option<&Again>) -> Forms {
    Forms {
        hours: Shown::of(again, "hours", || hours::input_of(&times.week())),
        removal: Shown::of(again, "hours-remove", Input::default),
        days: Shown::of(again, "days", Input::default),
        days_removal: Shown::of(again, "days-remove", Input::default),
        leave: Shown::of(again, "leave", Input::default),
    }
}
