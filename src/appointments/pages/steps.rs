//! Steps of an appointment: confirm, arrive, seat, finish, no-show, cancel, move, correct, undo.

use actix_web::{HttpResponse, web};
use chrono::NaiveTime;

use super::super::actions::{self, Step, Target};
use super::super::model::{Action, Appointment, AppointmentId};
use super::super::unscheduled::{self, CancelKind};
use super::answer::{html, to_board};
use super::day::render;
use super::desk::Request;
use crate::platform::clock::{Instant, resolve};
use crate::platform::error::{Error, Result};
use crate::platform::web::answer::see_other;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::platform::web::{Ctx, own_path};
use crate::records::Observers;
use crate::staff::Actor;

/// Takes a step; what cannot be done is told on the board.
pub(super) async fn step(
    (ctx, observers): (Ctx, web::Data<Observers>),
    frame: Frame,
    actor: Actor,
    path: web::Path<(AppointmentId, Action)>,
    input: Input,
) -> Result<HttpResponse> {
    let (id, action) = path.into_inner();
    actions::may(&actor, action)?;
    let r = Request::new(ctx.now(), frame, actor, input);
    let done = take(&ctx, &r, observers.to_vec(), (id, action)).await;
    // A page that shows an appointment (the call page) goes on where it was.
    if let (Ok(_), Some(back)) = (&done, own_path(r.input.get("back"))) {
        return Ok(HttpResponse::SeeOther()
            .insert_header((actix_web::http::header::LOCATION, back))
            .finish());
    }
    answer(&ctx, r, (id, action), (done, "did")).await
}

/// Takes back the latest step.
pub(super) async fn undo(
    (ctx, observers): (Ctx, web::Data<Observers>),
    frame: Frame,
    actor: Actor,
    id: web::Path<AppointmentId>,
    input: Input,
) -> Result<HttpResponse> {
    let r = Request::new(ctx.now(), frame, actor, input);
    let mut faults = Faults::default();
    let version: i64 = r.input.need("version", &mut faults).unwrap_or_default();
    faults.finish()?;
    let done = actions::undo(&ctx.db, r.now, r.actor.clone(), observers.to_vec(), (*id, version)).await;
    if let (Ok(_), Some(back)) = (&done, own_path(r.input.get("back"))) {
        return Ok(see_other(back));
    }
    answer(&ctx, r, (*id, Action::Book), (done, "undone")).await
}

async fn take(
    ctx: &Ctx,
    r: &Request,
    observers: Observers,
    (id, action): (AppointmentId, Action),
) -> Result<Appointment> {
    let (db, now, actor) = (&ctx.db, r.now, r.actor.clone());
    let mut faults = Faults::default();
    let version: i64 = r.input.need("version", &mut faults).unwrap_or_default();
    let kind: Option<CancelKind> = r.input.parse("kind", &mut faults);
    faults.finish()?;
    match action {
        Action::Cancel if r.input.ticked("later") => {
            actions::cancel_with_later(db, now, actor, (id, version), (reason(&r.input), kind)).await
        }
        Action::Move if r.input.ticked("later") => {
            let to = target(ctx, r).await?;
            actions::move_with_later(db, now, actor, (id, version), to).await
        }
        Action::Cancel => unscheduled::cancel_as(db, now, actor, (id, version), (reason(&r.input), kind)).await,
        Action::Move => {
            let to = target(ctx, r).await?;
            actions::reschedule(db, now, actor, (id, version), to).await
        }
        Action::Correct => actions::correct(db, now, actor, observers, (id, version)).await,
        _ => actions::advance(db, now, actor, observers, Step { id, version, action }).await,
    }
}

/// `其他：出差`: the reason chosen, and what was said besides.
fn reason(input: &Input) -> String {
    let parts = [input.get("reason").trim(), input.get("reason_more").trim()];
    let parts: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
    parts.join("：")
}

/// Where to: an instant; or a day and a wall-clock time, of the panel's form (`to_day`, `to_at`) or from the board (`day`,
/// `at`).
pub(super) async fn target(ctx: &Ctx, r: &Request) -> Result<Target> {
    let site = ctx.db.read(crate::clinic::the_site).await?;
    let mut faults = Faults::default();
    let typed = has_form(&r.input);
    let (provider, minutes) = if typed {
        ("to_provider", "to_minutes")
    } else {
        ("provider", "minutes")
    };
    let provider = r.input.parse(provider, &mut faults);
    let chair = r.input.parse("chair", &mut faults);
    let minutes = r.input.parse(minutes, &mut faults);
    let exact: Option<i64> = r.input.parse("starts_at", &mut faults);
    let wall = |day: &str, at: &str| {
        let time = NaiveTime::parse_from_str(r.input.get(at), "%H:%M").ok()?;
        let day: chrono::NaiveDate = r.input.get(day).parse().ok()?;
        Some(resolve(site.tz(), day.and_time(time)))
    };
    let (day, at) = if typed { ("to_day", "to_at") } else { ("day", "at") };
    let starts_at = exact.map(Instant).or_else(|| wall(day, at));
    if starts_at.is_none() {
        let field = if typed { "to_at" } else { "starts_at" };
        faults.add(field, "required", "请选择新的时间", "Choose the new time");
    }
    faults.clone().finish()?;
    starts_at
        .map(|starts_at| Target {
            starts_at,
            provider,
            chair,
            minutes,
            overbook: Some(r.input.get("overbook").to_owned()).filter(|t| !t.is_empty()),
        })
        .ok_or(Error::Invalid(faults.0))
}

/// Whether the panel's form for moving was sent.
fn has_form(input: &Input) -> bool {
    !input.get("to_day").is_empty() || !input.get("to_at").is_empty()
}

/// To the board, or the board with what is in the way and the panel in which it was tried.
pub(super) async fn answer(
    ctx: &Ctx,
    mut r: Request,
    (id, action): (AppointmentId, Action),
    (done, what): (Result<Appointment>, &str),
) -> Result<HttpResponse> {
    match done {
        Ok(a) => to_board(ctx, &r, a, what).await,
        Err(e @ (Error::Conflict { .. } | Error::Invalid(_))) => {
            let shown = ctx
                .db
                .read(move |c| super::super::store::get_appointment(c, id))
                .await?;
            let zone = ctx.db.read(crate::clinic::the_site).await?.tz();
            let today = r.now.day(zone);
            if r.input.get("day").is_empty() {
                r.input.set("day", shown.starts_at.day(zone).to_string());
            }
            r.input.set("open", id.to_string());
            let status = e.status();
            let (faults, told) = at_field_or_on_top(&r.input, e);
            if action == Action::Move {
                into_form(&mut r.input, id);
            }
            let page = render(ctx, r.into_board(today)?, faults, told).await?;
            Ok(html(status, page))
        }
        Err(e) => Err(e),
    }
}

/// What was tried on the board stands in the panel's form, to be tried otherwise.
fn into_form(input: &mut Input, id: AppointmentId) {
    input.set("move", id.to_string());
    if has_form(input) || input.get("at").is_empty() {
        return;
    }
    for (from, to) in [
        ("day", "to_day"),
        ("at", "to_at"),
        ("provider", "to_provider"),
        ("minutes", "to_minutes"),
    ] {
        let typed = input.get(from).to_owned();
        input.set(to, typed);
    }
}

/// The panel has fields for what was typed into it; every other fault of a step stands on top of the board.
fn at_field_or_on_top(input: &Input, e: Error) -> (Faults, Option<Error>) {
    let Error::Invalid(mut faults) = e else {
        return (Faults::default(), Some(e));
    };
    if has_form(input) {
        for fault in &mut faults {
            let here = match fault.field.as_str() {
                "starts_at" => "to_at",
                "provider_id" => "to_provider",
                "minutes" => "to_minutes",
                _ => continue,
            };
            fault.field = here.into();
        }
    }
    const FIELDS: [&str; 10] = [
        "reason",
        "to_day",
        "to_at",
        "to_provider",
        "to_minutes",
        "overbook",
        "service",
        "length",
        "note",
        "over",
    ];
    if faults.iter().any(|f| FIELDS.contains(&f.field.as_str())) {
        return (Faults(faults), None);
    }
    let first = faults.into_iter().next();
    (Faults::default(), first.map(|f| Error::BadRequest(f.text)))
}
