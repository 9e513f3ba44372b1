//! The callbacks API.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Json};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::actions::{self, Report};
use super::model::{Alarm, AttemptId, CallResult, Task, TaskId, TaskKind, TaskState, reason_in, roles_seen_by};
use super::pages::CALLERS;
use super::store;
use crate::clinic;
use crate::patients::PatientId;
use crate::platform::clock::{Instant, day_bounds};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::records::VisitId;
use crate::staff::{self, Actor};

/// This feature's part of the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, attempt))]
pub struct ApiDoc;

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

/// Today's call tasks of the caller's role, the most urgent first.
#[utoipa::path(get, path = "/api/v1/callbacks", params(ListQuery), tag = "callbacks",
    responses((status = 200, body = Vec<TaskBody>), (status = 422)))]
async fn list(ctx: Ctx, actor: Actor, lang: Lang, query: web::Query<ListQuery>) -> Result<Json<Vec<TaskBody>>> {
    let (now, state) = (ctx.now(), query.into_inner().state.unwrap_or_else(|| "open".into()));
    let tasks = ctx.db.read(move |c| {
        let roles = actor.role.map_or(&[][..], roles_seen_by);
        let zone = clinic::the_site(c)?.tz();
        let (since, until) = day_bounds(zone, now.day(zone));
        let keep: fn(&Task, Instant, Tz) -> bool = match state.as_str() {
            "done" => return store::list_ended(c, since, roles),
            "open" => |_, _, _| true,
            "overdue" => Task::is_overdue,
            "retry" => |t, _, _| t.attempts > 0,
            _ => {
                return Err(Error::field(
                    "state",
                    "invalid",
                    "只能是 open、overdue、retry、done",
                    "One of open, overdue, retry, done",
                ));
            }
        };
        let mut open = store::list_open(c, until, roles)?;
        open.retain(|l| keep(&l.task, now, zone));
        Ok(open)
    });
    Ok(Json(tasks.await?.into_iter().map(|l| body(l.task, lang)).collect()))
}

/// One call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttemptBody {
    /// The task's version.
    version: i64,
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
    ctx: Ctx,
    actor: Actor,
    lang: Lang,
    id: web::Path<TaskId>,
    given: Json<AttemptBody>,
) -> Result<HttpResponse> {
    let (id, now, given) = (*id, ctx.now(), given.into_inner());
    let report = Report {
        version: given.version,
        result: given.result,
        answers: given.answers,
        score: given.score,
        note: given.note,
        later_at: given.later_at,
        also: Vec::new(),
    };
    let done = ctx
        .db
        .write(move |c| actions::record_attempt(c, now, &actor, id, &report))
        .await?;
    Ok(HttpResponse::Created().json(RecordedBody {
        attempt_id: done.attempt,
        alarm: done.alarm,
        next_try_at: done.next_try_at.map(Instant::rfc3339),
        made: done.made,
        task: body(done.task, lang),
    }))
}
