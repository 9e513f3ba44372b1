//! `/walk-in`: who came without an appointment is put into the queue, given to a provider, or noted as gone.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::NaiveDate;

use super::super::actions::{self, NewWalkIn, Placing, Retriage};
use super::super::model::walk_in::{Suggestion, Urgency, WalkIn, WalkInId, WalkInState, triage};
use super::super::views::walk_in::{Part, Waiting, WalkInPage};
use super::super::{store, views};
use super::waiting::just_did;
use crate::appointments;
use crate::appointments::{preferences, unscheduled};
use crate::clinic::{self, ProviderId, ServiceId};
use crate::patients::{self, Patient, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::records;
use crate::staff::{self, Actor, DESK};

/// Patients a search shows.
const HITS: i64 = 8;
/// Earlier visits shown.
const HISTORY: i64 = 2;

type Query = web::Query<Vec<(String, String)>>;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/walk-in")
            .route(staff::get(DESK, page))
            .route(staff::post(DESK, add)),
    )
    .service(web::resource("/walk-in/{id}/place").route(staff::post(DESK, place)))
    .service(web::resource("/walk-in/{id}/urgency").route(staff::post(DESK, retriage)))
    .service(web::resource("/walk-in/{id}/leave").route(staff::post(DESK, leave)));
}

/// Who still waits on a day that is today, in triage order.
pub(in crate::appointments) fn still_waiting(
    c: &mut Conn,
    now: Instant,
    day: NaiveDate,
) -> Result<Vec<(WalkIn, Patient)>> {
    let clinic = clinic::snapshot(c)?;
    if day != now.day(clinic.site.tz()) {
        return Ok(Vec::new());
    }
    let mut found = store::walk_ins_of_day(c, clinic.site.id, day)?;
    found.retain(|(w, _)| w.state == WalkInState::Waiting);
    found.sort_by_key(|(w, _)| triage(w));
    Ok(found)
}

/// The same with who could see each of them.
pub(in crate::appointments) fn queue(c: &mut Conn, now: Instant) -> Result<Vec<(WalkIn, Patient, Vec<Suggestion>)>> {
    let today = now.day(clinic::the_site(c)?.tz());
    let mut rows = Vec::new();
    for (w, patient) in still_waiting(c, now, today)? {
        let suggestions = actions::suggest(c, now, &w)?;
        rows.push((w, patient, suggestions));
    }
    Ok(rows)
}

async fn page(ctx: Ctx, frame: Frame, actor: Actor, query: Query) -> Result<HttpResponse> {
    let input = Input::from_pairs(query.into_inner());
    draw(&ctx, frame, actor, (input, Faults::default()), (StatusCode::OK, None)).await
}

/// The patient named, if one is.
fn named(input: &Input) -> Option<PatientId> {
    input.get("patient").parse().ok()
}

/// `error`: what went wrong with a step of the queue.
async fn draw(
    ctx: &Ctx,
    frame: Frame,
    actor: Actor,
    (mut input, faults): (Input, Faults),
    (status, error): (StatusCode, Option<Error>),
) -> Result<HttpResponse> {
    let now = ctx.now();
    let known = named(&input);
    if let Some(patient) = known {
        staff::read_of_record(&ctx.db, now, &actor, "patients", patient.0).await?;
    }
    let markup = ctx
        .db
        .read(move |c| {
            let clinic = clinic::snapshot(c)?;
            if input.get("urgency").is_empty() {
                input.set("urgency", Urgency::Soon.as_str());
            }
            let part = match known {
                Some(id) => known_part(c, now, (&actor, frame.lang), id, &mut input)?,
                None if input.get("patient") == "new" => Part::New,
                None => Part::Search(match input.get("q") {
                    "" => Vec::new(),
                    q => patients::search_patients(c, q, HITS)?,
                }),
            };
            let waiting = queue(c, now)?
                .into_iter()
                .map(|(walk_in, patient, suggestions)| Waiting {
                    walk_in,
                    patient,
                    suggestions,
                })
                .collect();
            Ok(views::walk_in::page(&WalkInPage {
                frame: &frame,
                now,
                clinic: &clinic,
                input: &input,
                faults: &faults,
                part,
                waiting,
                alerts: store::wait_alerts(c, clinic.site.id)?,
                did: just_did(c, now, &input)?,
                error: error.as_ref(),
                may_overbook: actor.may_overbook,
            }))
        })
        .await?;
    Ok(answer(status, markup))
}

/// A patient who was found: their history, and what they are most likely here for.
fn known_part(
    c: &mut Conn,
    now: Instant,
    (actor, lang): (&Actor, Lang),
    id: PatientId,
    input: &mut Input,
) -> Result<Part> {
    let clinic = clinic::snapshot(c)?;
    let patient = patients::get_patient(c, id)?;
    let usual = appointments::store::usual_of_patient(c, id)?;
    if input.get("service").is_empty()
        && let Some((_, service)) = usual
    {
        input.set("service", service.to_string());
    }
    let due = appointments::store::next_recall(c, id)?;
    let history = appointments::views::history(&appointments::views::History {
        lang,
        zone: clinic.site.tz(),
        count: records::count_visits(c, id)?,
        visits: &records::history_for(c, id, actor.role, HISTORY)?,
        said: preferences::said_of(c, id, lang)?,
        usual: usual.and_then(|(p, _)| clinic.find_provider(p)),
        half: None,
        no_shows: appointments::store::count_no_shows(c, id)?,
        cancelled: unscheduled::count_broken(c, id)?,
        next: appointments::store::next_of_patient(c, id, now)?.map(|a| a.starts_at),
        due: due.and_then(|(service, on)| Some((clinic.find_service(service)?, on))),
        patient: &patient,
    });
    Ok(Part::Known(Box::new(patient), history))
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let done = try_to_add(&ctx, &actor, &input).await;
    let faults = match done {
        Ok(w) => return Ok(see_other(&format!("/walk-in#w{}", w.id))),
        Err(Error::Conflict { code, text, .. }) => {
            let mut faults = Faults::default();
            faults.add("patient", code, text.zh, text.en);
            (StatusCode::CONFLICT, faults)
        }
        Err(e) => (StatusCode::UNPROCESSABLE_ENTITY, Faults::from_error(e)?),
    };
    draw(&ctx, at_walk_in(frame), actor, (input, faults.1), (faults.0, None)).await
}

/// Reloading the answer to a form, or its language link, opens the page.
fn at_walk_in(mut frame: Frame) -> Frame {
    frame.path = "/walk-in".into();
    frame.query = String::new();
    frame
}

async fn try_to_add(ctx: &Ctx, actor: &Actor, input: &Input) -> Result<WalkIn> {
    let mut faults = Faults::default();
    let service: Option<ServiceId> = input.need("service", &mut faults);
    let urgency: Option<Urgency> = input.need("urgency", &mut faults);
    let known = named(input);
    if known.is_none() && input.get("patient") != "new" {
        faults.require("patient");
    }
    faults.clone().finish()?;
    let (Some(service), Some(urgency)) = (service, urgency) else {
        return Err(Error::Invalid(faults.0));
    };
    let new = NewWalkIn {
        service,
        complaint: input.get("complaint").to_owned(),
        urgency,
    };
    let (ctx_in, by, mut typed) = (ctx.clone(), actor.clone(), input.clone());
    actions::add_walk_in(&ctx.db, ctx.now(), actor.clone(), new, move |c| match known {
        Some(id) => Ok(id),
        None => {
            // What the short form leaves out: a text message is how people are reached.
            typed.set("channel", "sms");
            typed.set("note", "");
            patients::register_in(c, &ctx_in, &by, &typed)
        }
    })
    .await
}

/// After a step of the queue: the page, or the page with what is in the way.
async fn settle(ctx: &Ctx, frame: Frame, actor: Actor, done: Result<String>) -> Result<HttpResponse> {
    match done {
        Ok(to) => Ok(see_other(&to)),
        Err(e @ (Error::Conflict { .. } | Error::Invalid(_))) => {
            let input = Input::default();
            let told = (e.status(), Some(e));
            draw(ctx, at_walk_in(frame), actor, (input, Faults::default()), told).await
        }
        Err(e) => Err(e),
    }
}

fn version(input: &Input) -> Result<i64> {
    input.get("version").parse().map_err(|_| Error::stale())
}

async fn place(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<WalkInId>, input: Input) -> Result<HttpResponse> {
    let done = async {
        let mut faults = Faults::default();
        let provider: Option<ProviderId> = input.need("provider", &mut faults);
        let starts_at: Option<i64> = input.parse("starts_at", &mut faults);
        let version = version(&input)?;
        faults.clone().finish()?;
        let placing = Placing {
            id: *id,
            version,
            provider: provider.ok_or(Error::Invalid(faults.0))?,
            starts_at: starts_at.map(Instant),
            overbook: Some(input.get("overbook").to_owned()).filter(|t| !t.is_empty()),
        };
        let a = actions::place_walk_in(&ctx.db, ctx.now(), actor.clone(), placing).await?;
        Ok(format!("/walk-in?did={}", a.id))
    };
    let done = done.await;
    settle(&ctx, frame, actor, done).await
}

async fn retriage(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<WalkInId>, input: Input) -> Result<HttpResponse> {
    let done = async {
        let mut faults = Faults::default();
        let change = Retriage {
            urgency: input.parse("urgency", &mut faults),
            service: input.parse("service", &mut faults),
        };
        let step = (*id, version(&input)?);
        if change.urgency.is_none() && change.service.is_none() {
            faults.require("urgency");
        }
        faults.finish()?;
        let w = actions::retriage(&ctx.db, ctx.now(), actor.clone(), step, change).await?;
        Ok(format!("/walk-in#w{}", w.id))
    };
    let done = done.await;
    settle(&ctx, frame, actor, done).await
}

async fn leave(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<WalkInId>, input: Input) -> Result<HttpResponse> {
    let done = async {
        let step = (*id, version(&input)?);
        actions::leave_unseen(&ctx.db, ctx.now(), actor.clone(), step, input.get("reason")).await?;
        Ok("/walk-in".to_owned())
    };
    let done = done.await;
    settle(&ctx, frame, actor, done).await
}
