//! `/leave-plan`

use actix_web::{HttpResponse, web};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use maud::Markup;

use super::actions::{self, Chosen};
use super::drafts::preview;
use super::model::{Fate, PlanId, UNDO_MS, Wanted};
use super::{store, views};
use crate::appointments::model::free::Span;
use crate::appointments::{AppointmentId, get_appointment};
use crate::clinic::{self, ProviderId, Snapshot};
use crate::platform::clock::{Instant, resolve};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer_page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, MANAGERS};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/leave-plan")
            .route(staff::get(MANAGERS, page))
            .route(staff::post(MANAGERS, approve)),
    )
    .service(web::resource("/leave-plan/{id}").route(staff::get(MANAGERS, done)))
    .service(web::resource("/leave-plan/{id}/undo").route(staff::post(MANAGERS, undo)));
}

/// The leave that the form is about.
fn wanted(input: &Input, clinic: &Snapshot) -> Result<Wanted> {
    let mut faults = Faults::default();
    let zone = clinic.site.tz();
    let provider: Option<ProviderId> = input.need("provider", &mut faults);
    if provider.is_some_and(|id| clinic.find_provider(id).is_none()) {
        faults.add("provider", "unknown", "没有这个人", "There is no such provider");
    }
    let mut moment = |name: &str| {
        let text = input.get(name).replace('T', " ");
        let read = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M")
            .ok()
            .filter(|t| (2000..=2100).contains(&chrono::Datelike::year(t)));
        if read.is_none() {
            faults.add(
                name,
                "invalid",
                "时间的格式是 2026-12-01 13:30",
                "A time is written like 2026-12-01 13:30",
            );
        }
        read.map(|t| resolve(zone, t))
    };
    let (from, until) = (moment("from"), moment("until"));
    let (Some(provider), Some(from), Some(until)) = (provider, from, until) else {
        return Err(Error::Invalid(faults.0));
    };
    faults.finish()?;
    let wanted = Wanted {
        provider,
        span: Span { from, until },
        reason: input.get("reason").to_owned(),
    };
    wanted.check().finish()?;
    Ok(wanted)
}

async fn show(ctx: &Ctx, frame: &Frame, actor: &Actor, (input, told): (Input, Option<Error>)) -> Result<Markup> {
    let now = ctx.now();
    let page = ctx
        .db
        .read(move |c| {
            let clinic = clinic::snapshot(c)?;
            let asked = !input.get("provider").is_empty();
            let (wanted, mut faults) = match wanted(&input, &clinic) {
                Ok(w) => (Some(w), Faults::default()),
                Err(e) if asked => (None, Faults::from_error(e)?),
                Err(_) => (None, Faults::default()),
            };
            // What is wrong with a choice is told at its field; anything else above all.
            let told = match told {
                Some(Error::Invalid(of_choices)) if wanted.is_some() => {
                    faults.0.extend(of_choices);
                    None
                }
                told => told.filter(|e| !matches!(e, Error::Invalid(_))),
            };
            let mut page = views::Page {
                clinic,
                visits: Vec::new(),
                input,
                faults,
                told,
                ready: wanted.is_some(),
            };
            if let Some(w) = wanted {
                page.visits = preview(c, now, &page.clinic, &w)?;
            }
            Ok(page)
        })
        .await?;
    staff::read_of_list(&ctx.db, now, actor, "appointments", page.visits.len()).await?;
    Ok(views::page(frame, &page))
}

async fn page(ctx: Ctx, frame: Frame, actor: Actor, query: web::Query<Vec<(String, String)>>) -> Result<Markup> {
    let input = Input::from_pairs(query.into_inner());
    show(&ctx, &frame, &actor, (input, None)).await
}

/// What was chosen for every visit of the form.
fn chosen(c: &mut Conn, input: &Input, zone: Tz) -> Result<Vec<Chosen>> {
    let mut faults = Faults::default();
    let mut list = Vec::new();
    for text in input.all("visit") {
        let Some((id, version)) = text
            .split_once(':')
            .and_then(|(i, v)| Some((i.parse().ok()?, v.parse().ok()?)))
        else {
            continue;
        };
        let id: AppointmentId = id;
        let name = format!("v{id}");
        let fate = match input.get(&name) {
            "other" => other(c, input, zone, id, &mut faults)?,
            text => {
                let fate = Fate::read(text);
                if fate.is_none() {
                    faults.add(&name, "required", "请选择", "Choose what becomes of it");
                }
                fate
            }
        };
        list.extend(fate.map(|fate| Chosen { id, version, fate }));
    }
    faults.finish()?;
    Ok(list)
}

/// The day and time typed, with the provider typed or the visit's own; none, with faults at the fields.
fn other(c: &mut Conn, input: &Input, zone: Tz, id: AppointmentId, faults: &mut Faults) -> Result<Option<Fate>> {
    let day: Option<NaiveDate> = input.need(&format!("d{id}"), faults);
    let field = format!("t{id}");
    let time = NaiveTime::parse_from_str(input.get(&field), "%H:%M");
    if time.is_err() {
        faults.add(&field, "invalid", "时间的格式是 13:30", "A time is written like 13:30");
    }
    let field = format!("w{id}");
    let provider = match input.parse(&field, faults) {
        Some(provider) => Some(provider),
        None if faults.of(&field).is_some() => None,
        None => Some(get_appointment(c, id)?.provider_id),
    };
    Ok(match (day, time, provider) {
        (Some(day), Ok(time), Some(provider)) => Some(Fate::To(resolve(zone, day.and_time(time)), provider)),
        _ => None,
    })
}

async fn approve(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let (now, by, typed) = (ctx.now(), actor.clone(), input.clone());
    let done = ctx
        .db
        .write(move |c| {
            let clinic = clinic::snapshot(c)?;
            let w = wanted(&typed, &clinic)?;
            let list = chosen(c, &typed, clinic.site.tz())?;
            actions::approve(c, now, &by, &w, &list)
        })
        .await;
    match done {
        Ok(id) => Ok(see_other(&format!("/leave-plan/{id}"))),
        Err(e @ (Error::Invalid(_) | Error::Conflict { .. })) => {
            let status = e.status();
            let frame = Frame {
                path: "/leave-plan".into(),
                ..frame
            };
            let markup = show(&ctx, &frame, &actor, (input, Some(e))).await?;
            Ok(answer_page(status, markup))
        }
        Err(e) => Err(e),
    }
}

async fn done(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<PlanId>) -> Result<Markup> {
    let (now, id) = (ctx.now(), *id);
    let page = ctx.db.read(move |c| load(c, now, id)).await?;
    staff::read_of_list(&ctx.db, now, &actor, "leave_plans", page.steps.len()).await?;
    Ok(views::done(&frame, &page))
}

fn load(c: &mut Conn, now: Instant, id: PlanId) -> Result<views::Done> {
    let (plan, steps) = store::get_plan(c, id)?;
    Ok(views::Done {
        can_undo: actions::can_undo(&plan, now),
        until: plan.created_at + UNDO_MS,
        clinic: clinic::snapshot(c)?,
        plan,
        steps,
    })
}

async fn undo(ctx: Ctx, actor: Actor, id: web::Path<PlanId>) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), *id);
    ctx.db.write(move |c| actions::undo(c, now, &actor, id)).await?;
    Ok(see_other(&format!("/leave-plan/{id}")))
}
