//! The page on which calls are made.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::NaiveDateTime;
use chrono_tz::Tz;

mod call;
mod desk;
mod log;
mod rebook;

pub(super) use call::{Call, day_words};
pub(super) use desk::{Desk, Row, Tab, later_choices, latest_later, may_escalate};
pub(super) use log::Log;

use super::actions::{self, Report};
use super::model::{Alarm, CallResult, TaskId};
use super::script::{Sheet, alarm_of};
use super::{store, views};
use crate::clinic;
use crate::platform::clock::{Instant, resolve};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::platform::web::answer::see_other;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::platform::web::{Ctx, Params};
use crate::staff::{self, Actor, Allow, DESK, Role};
use desk::{Asked, load};

/// The fields of answers are named by this and the question.
pub(super) const ANSWER: &str = "a-";

/// Who calls.
pub(super) const CALLERS: Allow = &[Role::Nurse, Role::Doctor, Role::Manager];
/// Who may look on.
pub const READERS: Allow = &[Role::Nurse, Role::Doctor, Role::Manager, Role::Administrator];

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/callbacks").route(staff::get(READERS, show)))
        .service(web::resource("/callbacks/appointments/{id}").route(staff::post(DESK, rebook::call)))
        .service(web::resource("/callbacks/{id}/attempts").route(staff::post(CALLERS, save)))
        .service(web::resource("/callbacks/{id}/undo").route(staff::post(CALLERS, undo)))
        .service(web::resource("/callbacks/{id}/text").route(staff::post(CALLERS, text)))
        .service(web::resource("/callbacks/{id}/notes").route(staff::post(CALLERS, note)));
    log::routes(cfg);
}

async fn show(ctx: Ctx, frame: Frame, actor: Actor, Params(asked): Params<Asked>) -> Result<HttpResponse> {
    let desk = read(&ctx, &frame, &actor, asked).await?;
    let (input, faults) = (prefilled(&desk), Faults::default());
    let typed = views::Typed {
        input: &input,
        faults: &faults,
        told: None,
        kept: false,
        alarm: Alarm::None,
    };
    Ok(answer(StatusCode::OK, &frame, &desk, &typed))
}

async fn read(ctx: &Ctx, frame: &Frame, actor: &Actor, asked: Asked) -> Result<Desk> {
    let (now, lang, who) = (ctx.now(), frame.lang, actor.clone());
    let desk = ctx.db.read(move |c| load(c, now, lang, &who, &asked)).await?;
    if let Some(call) = &desk.call {
        staff::read_of_record(&ctx.db, now, actor, "patients", call.patient.id.0).await?;
    }
    Ok(desk)
}

fn answer(status: StatusCode, frame: &Frame, desk: &Desk, typed: &views::Typed<'_>) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(views::page(frame, desk, typed).into_string())
}

fn prefilled(desk: &Desk) -> Input {
    let version = desk.call.as_ref().map_or(0, |c| c.task.version);
    Input::from_pairs([("version", version.to_string())])
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<TaskId>, input: Input) -> Result<HttpResponse> {
    let (id, now, who) = (*id, ctx.now(), actor.clone());
    let zone = ctx.db.read(clinic::the_site).await?.tz();
    let report = match parse(&input, zone) {
        Ok(report) => report,
        Err(faults) => return again(&ctx, &frame, &actor, id, (input, Why::Wrong(faults))).await,
    };
    let (result, seen) = (report.result, input.get("seen_alarm") == Alarm::Red.as_str());
    if result == CallResult::Reached && !seen && alarm(&ctx, id, &report).await? == Alarm::Red {
        return again(&ctx, &frame, &actor, id, (input, Why::Alarming)).await;
    }
    let saved = ctx
        .db
        .write(move |c| actions::record_attempt(c, now, &who, id, &report))
        .await;
    match saved {
        Ok(_) => Ok(see_other(&match Tab::of_key(input.get("tab")) {
            Tab::Call => format!("/callbacks?saved={id}"),
            tab => format!("/callbacks?tab={}&saved={id}", tab.key()),
        })),
        Err(e) => refused(&ctx, &frame, &actor, id, (input, e)).await,
    }
}

/// Takes back what was just logged.
async fn undo(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<TaskId>, input: Input) -> Result<HttpResponse> {
    let (id, now, who) = (*id, ctx.now(), actor.clone());
    let mut faults = Faults::default();
    let version = input.need("version", &mut faults).unwrap_or(0);
    faults.finish()?;
    let undone = ctx.db.write(move |c| actions::undo(c, now, &who, (id, version))).await;
    match undone {
        Ok(_) => Ok(see_other(&format!("/callbacks?task={id}"))),
        Err(Error::Conflict { text, .. }) => again(&ctx, &frame, &actor, id, (Input::default(), Why::Told(text))).await,
        Err(e) => Err(e),
    }
}

/// Queues a text that asks to be called back.
async fn text(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<TaskId>, input: Input) -> Result<HttpResponse> {
    let (id, now, who) = (*id, ctx.now(), actor.clone());
    let mut faults = Faults::default();
    let version = input.need("version", &mut faults).unwrap_or(0);
    faults.finish()?;
    let queued = ctx
        .db
        .write(move |c| actions::text_instead(c, now, &who, (id, version)))
        .await;
    match queued {
        Ok(()) => Ok(see_other(&format!(
            "/callbacks?tab={}&task={id}",
            Tab::of_key(input.get("tab")).key()
        ))),
        Err(Error::Conflict { text, .. }) => again(&ctx, &frame, &actor, id, (Input::default(), Why::Told(text))).await,
        Err(e) => Err(e),
    }
}

/// Adds a note to a call that somebody else has logged; answers and score that came with it become words of the note.
async fn note(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<TaskId>, input: Input) -> Result<HttpResponse> {
    let (id, now, who, lang) = (*id, ctx.now(), actor.clone(), frame.lang);
    let (answers, score, typed) = (
        given(&input),
        input.get("score").to_owned(),
        input.get("note").to_owned(),
    );
    let added = ctx.db.write(move |c| {
        let sheet = sheet_of(c, id)?;
        let answers = sheet.answers(|key| answers.get(key).cloned());
        let mut parts: Vec<String> = sheet.said(&answers, lang);
        if !score.is_empty() {
            parts.push(lang.pick(format!("评分 {score}/5"), format!("rated {score}/5")));
        }
        parts.push(typed);
        parts.retain(|p| !p.is_empty());
        actions::add_note(c, now, &who, id, &parts.join(lang.pick("；", "; ")))
    });
    match added.await {
        Ok(_) => Ok(see_other(&format!("/callbacks?task={id}"))),
        Err(e) => refused(&ctx, &frame, &actor, id, (input, e)).await,
    }
}

/// The page once more: with faults at the fields, or with what stands in the way on top.
async fn refused(
    ctx: &Ctx,
    frame: &Frame,
    actor: &Actor,
    id: TaskId,
    (input, e): (Input, Error),
) -> Result<HttpResponse> {
    let why = match e {
        Error::Conflict { text, .. } => Why::Stale(text),
        e => Why::Wrong(Faults::from_error(e)?),
    };
    again(ctx, frame, actor, id, (input, why)).await
}

/// Why the call is shown again.
enum Why {
    /// Something is wrong.
    Wrong(Faults),
    /// The answers are alarming and the caller has not seen the banner (no JavaScript): show it before anything is saved.
    Alarming,
    /// Somebody else logged this call, or the same person just now; what was typed is kept.
    Stale(Text),
    /// Nothing was typed; only this is to be told.
    Told(Text),
}

/// The page once more with everything that was typed.
async fn again(
    ctx: &Ctx,
    frame: &Frame,
    actor: &Actor,
    id: TaskId,
    (mut input, why): (Input, Why),
) -> Result<HttpResponse> {
    let asked = Asked {
        task: Some(id),
        tab: Tab::of_key(input.get("tab")),
        must: true,
        ..Asked::default()
    };
    let desk = read(ctx, frame, actor, asked).await?;
    let answers = given(&input);
    let sheet = desk
        .call
        .as_ref()
        .and_then(|c| c.script.as_ref())
        .map(|s| s.sheet.clone())
        .unwrap_or_default();
    let alarm = alarm_of(&sheet.findings(&sheet.answers(|key| answers.get(key).cloned())));
    let kept = !matches!(why, Why::Told(_));
    let (status, faults, told) = match why {
        Why::Wrong(faults) => (StatusCode::UNPROCESSABLE_ENTITY, faults, None),
        Why::Alarming => (StatusCode::UNPROCESSABLE_ENTITY, Faults::default(), None),
        Why::Stale(text) | Why::Told(text) => (StatusCode::CONFLICT, Faults::default(), Some(text)),
    };
    if let Some(call) = desk.call.as_ref().filter(|_| told.is_some()) {
        input.set("version", call.task.version.to_string());
    }
    let typed = views::Typed {
        input: &input,
        faults: &faults,
        told: told.as_ref(),
        kept,
        alarm,
    };
    Ok(answer(status, frame, &desk, &typed))
}

async fn alarm(ctx: &Ctx, id: TaskId, report: &Report) -> Result<Alarm> {
    let answers = report.answers.clone();
    let sheet = ctx.db.read(move |c| sheet_of(c, id)).await?;
    Ok(alarm_of(
        &sheet.findings(&sheet.answers(|key| answers.get(key).cloned())),
    ))
}

/// The questions of a task; none when it has no script.
fn sheet_of(c: &mut Conn, id: TaskId) -> Result<Sheet> {
    let task = store::get_task(c, id)?;
    let script = store::find_script(c, &task.script)?;
    Ok(script.map(|s| s.sheet).unwrap_or_default())
}

fn given(input: &Input) -> BTreeMap<String, String> {
    let pairs = input
        .pairs()
        .filter_map(|(name, value)| Some((name.strip_prefix(ANSWER)?, value)));
    pairs
        .filter(|(_, v)| !v.is_empty())
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect()
}

/// Reads the form. The button says the result; those of "call later" say the time with it: `call-later@2026-11-23T15:00`.
fn parse(input: &Input, zone: Tz) -> Result<Report, Faults> {
    let mut faults = Faults::default();
    let (result, at) = match input.get("result").split_once('@') {
        Some((result, at)) => (result, at),
        None => (input.get("result"), input.get("later_at")),
    };
    let result = result.parse::<CallResult>().map_err(|_| unknown_result())?;
    let later_at = match (result, at) {
        (CallResult::CallLater, at) if !at.is_empty() => {
            let read = local_time(at, zone);
            if read.is_none() {
                faults.add("later_at", "invalid", "时间格式不对", "This time cannot be read");
            }
            read
        }
        _ => None,
    };
    let also = input.all("also").into_iter().filter_map(|pair| {
        let (id, version) = pair.split_once(':')?;
        Some((id.parse().ok()?, version.parse().ok()?))
    });
    let report = Report {
        version: input.need("version", &mut faults).unwrap_or(0),
        result,
        answers: given(input),
        score: input.parse("score", &mut faults),
        note: input.get("note").to_owned(),
        later_at,
        also: also.collect(),
    };
    if faults.0.is_empty() { Ok(report) } else { Err(faults) }
}
fn unknown_result() -> Faults {
    let mut faults = Faults::default();
    faults.add("result", "required", "请选择这次回访的结果", "Say how the call ended");
    faults
}
/// `2026-11-23T15:00` on the clinic's wall clock.
fn local_time(text: &str, zone: Tz) -> Option<Instant> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S"))
        .ok()?;
    Some(resolve(zone, local))
}
