//! `/leave-plan`

use actix_web::{HttpResponse, web};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use maud::Markup;

use super::actions::{self, Chosen};
use super::drafts::preview;
use super::model::{Draft, DraftId, DraftState, Fate, PlanId, UNDO_MS, Wanted};
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
use crate::staff::{self, Actor, DESK, MANAGERS};

/// Plans and drafts listed.
const ROWS: i64 = 20;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/leave-plan")
            .route(staff::get(DESK, page))
            .route(staff::post(MANAGERS, approve)),
    )
    .service(web::resource("/leave-plan/drafts").route(staff::post(DESK, prepare)))
    .service(web::resource("/leave-plan/drafts/{id}").route(staff::get(DESK, draft)))
    .service(web::resource("/leave-plan/drafts/{id}/drop").route(staff::post(DESK, drop_it)))
    .service(web::resource("/leave-plan/{id}").route(staff::get(DESK, done)))
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
    let (now, may_approve) = (ctx.now(), actor.is(MANAGERS));
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
                may_approve,
                drafts: Vec::new(),
                plans: Vec::new(),
            };
            if let Some(w) = wanted {
                page.visits = preview(c, now, &page.clinic, &w)?;
                page.name_other_times();
            } else {
                page.drafts = store::list_drafts(c, None, ROWS)?;
                page.plans = store::list_plans(c, None, ROWS)?;
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
            match seen(&typed) {
                Some(draft) => actions::approve_draft(c, now, &by, draft, Some((w, list))),
                None => actions::approve(c, now, &by, &w, &list),
            }
        })
        .await;
    settle(&ctx, (frame, &actor), input, done.map(|id| format!("/leave-plan/{id}"))).await
}

/// The draft that the form was filled in with, and its version.
fn seen(input: &Input) -> Option<(DraftId, i64)> {
    let (id, version) = input.get("draft").split_once(':')?;
    Some((id.parse().ok()?, version.parse().ok()?))
}

/// Leads on, or shows the form again with what is wrong.
async fn settle(
    ctx: &Ctx,
    (frame, actor): (Frame, &Actor),
    input: Input,
    done: Result<String>,
) -> Result<HttpResponse> {
    match done {
        Ok(to) => Ok(see_other(&to)),
        Err(e @ (Error::Invalid(_) | Error::Conflict { .. })) => {
            let status = e.status();
            let frame = Frame {
                path: "/leave-plan".into(),
                ..frame
            };
            let markup = show(ctx, &frame, actor, (input, Some(e))).await?;
            Ok(answer_page(status, markup))
        }
        Err(e) => Err(e),
    }
}

/// Keeps the choices for a manager.
async fn prepare(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let (now, by, typed) = (ctx.now(), actor.clone(), input.clone());
    let done = ctx
        .db
        .write(move |c| {
            let clinic = clinic::snapshot(c)?;
            let w = wanted(&typed, &clinic)?;
            let list = chosen(c, &typed, clinic.site.tz())?;
            if let Some(before) = seen(&typed) {
                actions::drop_draft(c, now, &by, before)?;
            }
            actions::prepare(c, now, &by, &w, &list)
        })
        .await;
    let to = done.map(|id| format!("/leave-plan/drafts/{id}?kept=1"));
    settle(&ctx, (frame, &actor), input, to).await
}

/// The form as a draft has it.
fn input_of(draft: &Draft, zone: Tz) -> Input {
    let moment = |at: Instant| at.local(zone).format("%Y-%m-%dT%H:%M").to_string();
    let mut input = Input::from_pairs([
        ("provider", draft.provider_id.to_string()),
        ("from", moment(draft.starts_at)),
        ("until", moment(draft.ends_at)),
        ("reason", draft.reason.clone()),
        ("draft", format!("{}:{}", draft.id, draft.version)),
        ("by", draft.actor.clone()),
    ]);
    for (id, _, fate) in draft.choices() {
        input.set(&format!("v{id}"), fate.show());
    }
    input
}

async fn draft(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<DraftId>) -> Result<HttpResponse> {
    let id = *id;
    let (draft, zone) = ctx
        .db
        .read(move |c| Ok((store::get_draft(c, id)?, clinic::the_site(c)?.tz())))
        .await?;
    match (draft.state, draft.plan_id) {
        (DraftState::Waiting, _) => {
            let markup = show(&ctx, &frame, &actor, (input_of(&draft, zone), None)).await?;
            Ok(answer_page(actix_web::http::StatusCode::OK, markup))
        }
        (_, Some(plan)) => Ok(see_other(&format!("/leave-plan/{plan}"))),
        (_, None) => Ok(see_other("/leave-plan")),
    }
}

async fn drop_it(ctx: Ctx, actor: Actor, id: web::Path<DraftId>, input: Input) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), *id);
    let version = seen(&input)
        .filter(|(of, _)| *of == id)
        .map_or(0, |(_, version)| version);
    ctx.db
        .write(move |c| actions::drop_draft(c, now, &actor, (id, version)))
        .await?;
    Ok(see_other("/leave-plan"))
}

async fn done(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<PlanId>) -> Result<Markup> {
    let (now, id, may_undo) = (ctx.now(), *id, actor.is(MANAGERS));
    let mut page = ctx.db.read(move |c| load(c, now, id)).await?;
    page.can_undo &= may_undo;
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
