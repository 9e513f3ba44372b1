//! The callbacks API.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::actions::{self, Recorded, Report};
use super::model::{Alarm, AttemptId, CallResult, Task, TaskId, TaskKind, TaskState, reason_in, roles_seen_by};
use super::pages::CALLERS;
use super::store::{self, Begin, Place, Which};
use crate::clinic;
use crate::patients::PatientId;
use crate::platform::clock::{Instant, day_bounds};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::{Body, Change, Ctx, Params, Reply, page};
use crate::records::VisitId;
use crate::staff::{self, Actor};

/// This feature's part of the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, attempt))]
pub struct ApiDoc;

/// Tasks in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (200, 500);

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/callbacks").route(staff::get(CALLERS, list)))
        .service(web::resource("/api/v1/callbacks/{id}/attempts").route(staff::post(CALLERS, attempt)));
}

/// Which tasks of today.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// `open` (the default), `overdue`, `retry` or `done`.
    state: Option<String>,
    /// At most so many (1 to 500; 200 if not given).
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A call task.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskBody {
    id: TaskId,
    kind: TaskKind,
    patient_id: PatientId,
    visit_id: Option<VisitId>,
    appointment_id: Option<i64>,
    /// Code of the script.
    script: String,
    /// In the caller's language.
    reason: String,
    /// 2 urgent, 1 soon, 0 normal.
    priority: i32,
    /// RFC 3339.
    due_at: String,
    state: TaskState,
    result: Option<CallResult>,
    attempts: i32,
    /// Send it back with an attempt.
    version: i64,
}

fn body(t: Task, lang: Lang) -> TaskBody {
    TaskBody {
        id: t.id,
        kind: t.kind,
        patient_id: t.patient_id,
        visit_id: t.visit_id,
        appointment_id: t.appointment_id,
        script: t.script,
        reason: reason_in(&t.reason, lang),
        priority: t.priority,
        due_at: t.due_at.rfc3339(),
        state: t.state,
        result: t.result,
        attempts: t.attempts,
        version: t.version,
    }
}

/// A page of call tasks.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskList {
    items: Vec<TaskBody>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

/// Today's call tasks of the caller's role: open ones by urgency, those done the latest first.
#[utoipa::path(get, path = "/api/v1/callbacks", params(ListQuery), tag = "callbacks",
    responses((status = 200, body = TaskList, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one"))), (status = 422)))]
async fn list(
    (req, ctx): (HttpRequest, Ctx),
    (actor, lang): (Actor, Lang),
    Params(query): Params<ListQuery>,
) -> Result<HttpResponse> {
    let which = match query.state.as_deref().unwrap_or("open") {
        "done" => Which::Ended,
        "open" => Which::Open,
        "overdue" => Which::Overdue,
        "retry" => Which::Retry,
        _ => {
            return Err(Error::field(
                "state",
                "invalid",
                "只能是 open、overdue、retry、done",
                "One of open, overdue, retry, done",
            ));
        }
    };
    let (now, limit) = (ctx.now(), page::limit(query.limit, LIMIT)?);
    let pages = page::List::new(&ctx.keys, "callbacks", &which);
    let after = pages.after(query.cursor.as_deref())?;
    let role = actor.role;
    let tasks = ctx.db.read(move |c| {
        let zone = clinic::the_site(c)?.tz();
        let begin = Begin {
            roles: role.map_or(&[][..], roles_seen_by),
            today: day_bounds(zone, now.day(zone)),
            after,
            limit: limit + 1,
        };
        store::list_page(c, now, which, &begin)
    });
    let mut tasks = tasks.await?;
    let next = pages.cut(&mut tasks, limit, |t| Place::of(t, which))?;
    let items = tasks.into_iter().map(|t| body(t, lang)).collect();
    let body = TaskList { items, next };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}

/// One call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttemptBody {
    /// The task's version; needed here or in `If-Match`.
    version: Option<i64>,
    result: CallResult,
    /// Answers by question of the script.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    /// Satisfaction 1–5.
    score: Option<i32>,
    #[serde(default)]
    note: String,
    /// RFC 3339; needed with `call-later`.
    #[schema(value_type = Option<String>)]
    later_at: Option<Instant>,
}

/// What came of a call.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordedBody {
    attempt_id: AttemptId,
    alarm: Alarm,
    /// RFC 3339; none when the task ended.
    next_try_at: Option<String>,
    /// Tasks that were made: for the doctor, for the head nurse.
    made: Vec<TaskId>,
    task: TaskBody,
}

/// Logs a call. No answer is tried again by rule; an alarming answer makes a task for the doctor, a score of 1 or 2 one
/// for the head nurse.
#[utoipa::path(post, path = "/api/v1/callbacks/{id}/attempts", params(("id" = i64, Path)), request_body = AttemptBody, tag = "callbacks",
    responses((status = 201, body = RecordedBody), (status = 404), (status = 409, description = "stale: somebody else logged this call; not_yet: the caller has just logged it"), (status = 422)))]
async fn attempt(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    lang: Lang,
    id: web::Path<TaskId>,
    Body(given): Body<AttemptBody>,
) -> Result<HttpResponse> {
    let (id, now) = (*id, ctx.now());
    let report = Report {
        version: change.version(given.version)?,
        result: given.result,
        answers: given.answers,
        score: given.score,
        note: given.note,
        later_at: given.later_at,
        also: Vec::new(),
    };
    let reply = move |_: &mut Conn, done: &Recorded| {
        let body = RecordedBody {
            attempt_id: done.attempt,
            alarm: done.alarm,
            next_try_at: done.next_try_at.map(Instant::rfc3339),
            made: done.made.clone(),
            task: body(done.task.clone(), lang),
        };
        Ok(Reply {
            status: StatusCode::CREATED,
            ..Reply::ok(&body)?
        })
    };
    let log = |db: Db| async move {
        db.write(move |c| actions::record_attempt(c, now, &actor, id, &report))
            .await
    };
    let done = change.answer(&ctx.db, reply, log).await;
    let current = move |c: &mut Conn| store::get_task(c, id).map(|task| body(task, lang));
    change.or_stale(&ctx.db, done, current).await
}
