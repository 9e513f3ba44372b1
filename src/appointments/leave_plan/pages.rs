//! `/leave-plan`

use actix_web::{HttpResponse, web};
use chrono::{NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use maud::Markup;

use super::actions::{self, Chosen};
use super::drafts::preview;
use super::model::{Fate, PlanId, UNDO_MS, Wanted};
use super::{store, views};
use crate::appointments::model::free::Span;
use crate::appointments::{AppointmentId, get_appointment};
use crate::clinic::{self, ProviderId};
use crate::patients;
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
fn wanted(input: &Input, zone: Tz) -> Result<Wanted> {
    let mut faults = Faults::default();
    let provider: Option<ProviderId> = input.need("provider", &mut faults);
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
            let (wanted, faults) = match wanted(&input, clinic.site.tz()) {
                Ok(w) => (Some(w), Faults::default()),
                Err(e) if asked => (None, Faults::from_error(e)?),
                Err(_) => (None, Faults::default()),
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
                page.clinic.get_provider(w.provider)?;
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
            "other" => other(c, input, zone, id)?,
            text => Fate::read(text),
        };
        match fate {
            Some(fate) => list.push(Chosen { id, version, fate }),
            None => faults.add(
                &name,
                "required",
                "请选择，或填写完整的日期和时间",
                "Choose, and give day and time",
            ),
        }
    }
    faults.finish()?;
    Ok(list)
}

/// The day and time typed, with the provider typed or the visit's own.
fn other(c: &mut Conn, input: &Input, zone: Tz, id: AppointmentId) -> Result<Option<Fate>> {
    let day: Option<chrono::NaiveDate> = input.get(&format!("d{id}")).parse().ok();
    let time = NaiveTime::parse_from_str(input.get(&format!("t{id}")), "%H:%M").ok();
    let with: Option<ProviderId> = input.get(&format!("w{id}")).parse().ok();
    let provider = match with {
        Some(provider) => provider,
        None => get_appointment(c, id)?.provider_id,
    };
    Ok(day
        .zip(time)
        .map(|(d, t)| Fate::To(resolve(zone, d.and_time(t)), provider)))
}

async fn approve(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let (now, by, typed) = (ctx.now(), actor.clone(), input.clone());
    let done = ctx
        .db
        .write(move |c| {
            let zone = clinic::the_site(c)?.tz();
            let w = wanted(&typed, zone)?;
            let list = chosen(c, &typed, zone)?;
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
    let (plan, list) = store::get_plan(c, id)?;
    let mut steps = Vec::with_capacity(list.len());
    for step in list {
        let a = get_appointment(c, step.appointment)?;
        let patient = patients::get_patient(c, a.patient_id)?;
        steps.push((step, a, patient));
    }
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
