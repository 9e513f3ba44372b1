//! The answers to what was posted: the board that was on the screen, or the page with what is wrong.

use actix_web::HttpResponse;

use super::super::model::shown::Shown;
use super::super::model::{Appointment, AppointmentId};
use super::desk::Request;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
pub(super) use crate::platform::web::answer::page as html;

/// To the board that was on the screen, on the appointment's day, with the undo. `what`: `did`, or `undone`.
pub(super) async fn to_board(ctx: &Ctx, r: &Request, a: Appointment, what: &str) -> Result<HttpResponse> {
    let zone = ctx.db.read(crate::clinic::the_site).await?.tz();
    let day = a.starts_at.day(zone);
    let named = Shown::parse(r.input.get("board"), r.now.day(zone));
    let mut shown = named.unwrap_or_else(|| Shown::day(day));
    if !shown.days().contains(&day) {
        shown = shown.on(day);
    }
    if !shown.has(a.provider_id) {
        // Where it went, it can be seen.
        shown.only.push(a.provider_id);
        shown.week_of = shown.week_of.map(|_| a.provider_id);
    }
    let AppointmentId(id) = a.id;
    let to = format!("{}&{what}={id}#a{id}", shown.href());
    Ok(HttpResponse::SeeOther().insert_header(("Location", to)).finish())
}
