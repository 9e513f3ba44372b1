//! Steps of an appointment over JSON.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::actions::{self, Step, Target};
use super::super::model::{Action, Appointment, AppointmentId};
use super::super::store;
use super::super::unscheduled::{self, CancelKind};
use super::AppointmentJson;
use crate::clinic::{ChairId, ProviderId};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::web::{Body, Change, Ctx, Reply};
use crate::records::Observers;
use crate::staff::{self, Actor, Subject};

/// What a step needs to know.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepBody {
    /// The version that was seen, here or in `If-Match`; another one in the meantime gives `stale`: 409, or 412 for
    /// `If-Match`.
    version: Option<i64>,
    /// Why (cancel).
    #[serde(default)]
    reason: String,
    /// How it counts for the patient (cancel): `broken` (default) counts as cancelled by them, `will-call` and `clinic` do
    /// not.
    kind: Option<CancelKind>,
    /// New start (move), RFC 3339 with an offset; without it only provider, chair or length change.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Instant>,
    /// New provider (move).
    provider_id: Option<ProviderId>,
    /// New chair (move); without it, any that fits.
    chair_id: Option<ChairId>,
    /// New length (move).
    minutes: Option<i32>,
    /// Whether the planned visits after it in its course go along (cancel, move).
    #[serde(default)]
    with_later: bool,
    /// Why it is put over whatever is in the way (move): needs the permission to overbook.
    overbook: Option<String>,
}

/// Takes a step: confirm, arrive, seat, finish, leave, no-show, cancel or move; each can be undone for 8 seconds. Later, on
/// the day of the step or until the day of the visit is over, `correct` leads back to the state before the present one:
/// arrived to booked, in the chair to arrived, done to in the chair (the record is open again; callbacks on which nobody has
/// worked go), left to ready to leave, no-show and cancelled to booked where the time is still free. Whoever did not come can
/// also `arrive` later on the day. A patient who is here is moved within today only.
#[utoipa::path(post, path = "/api/v1/appointments/{id}/{action}", request_body = StepBody, tag = "appointments",
    params(("id" = i64, Path), ("action" = String, Path, description = "confirm, arrive, seat, finish, leave, no-show, cancel, move, correct")),
    responses((status = 200, body = AppointmentJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, wrong_state, slot_taken, nothing_to_correct, record_begun"), (status = 422, description = "a field is wrong")))]
pub(super) async fn step(
    (ctx, observers): (Ctx, web::Data<Observers>),
    change: Change,
    actor: Actor,
    path: web::Path<(AppointmentId, String)>,
    body: Body<StepBody>,
) -> Result<HttpResponse> {
    let ((id, action), b) = (path.into_inner(), body.0);
    let action: Action = action.parse().map_err(|_unknown| Error::NotFound("action"))?;
    if matches!(action, Action::Book | Action::Resize | Action::Edit) {
        return Err(Error::NotFound("action"));
    }
    actions::may(&actor, action)?;
    let version = change.version(b.version)?;
    let step = Step { id, version, action };
    let (now, who, observers) = (ctx.now(), actor.clone(), observers.to_vec());
    let take = |db: Db| async move {
        match action {
            Action::Cancel if b.with_later => {
                actions::cancel_with_later(&db, now, actor, (id, version), (b.reason, b.kind)).await
            }
            Action::Cancel => unscheduled::cancel_as(&db, now, actor, (id, version), (b.reason, b.kind)).await,
            Action::Move => {
                let to = target(&db, id, &b).await?;
                if b.with_later {
                    return actions::move_with_later(&db, now, actor, (id, version), to).await;
                }
                actions::reschedule(&db, now, actor, (id, version), to).await
            }
            Action::Correct => actions::correct(&db, now, actor, observers, (id, version)).await,
            _ => actions::advance(&db, now, actor, observers, step).await,
        }
    };
    let done = change.answer(&ctx.db, changed, take).await;
    change.or_stale(&ctx.db, done, move |c| current(c, now, &who, id)).await
}

/// Where to: without a time only provider or length change, and the time stays.
async fn target(db: &Db, id: AppointmentId, b: &StepBody) -> Result<Target> {
    let starts_at = match b.starts_at {
        Some(at) => at,
        None if b.provider_id.is_some() || b.chair_id.is_some() || b.minutes.is_some() => {
            db.read(move |c| store::get_appointment(c, id)).await?.starts_at
        }
        None => return Err(Error::Invalid(vec![FieldError::required("starts_at")])),
    };
    Ok(Target {
        starts_at,
        provider: b.provider_id,
        chair: b.chair_id,
        minutes: b.minutes,
        overbook: b.overbook.clone(),
    })
}

/// The appointment as a step left it.
pub(in crate::appointments) fn changed(_: &mut Conn, a: &Appointment) -> Result<Reply> {
    Ok(Reply::ok(&AppointmentJson::from(a.clone()))?.version(a.version))
}

/// What a caller who knew an older version is shown.
pub(in crate::appointments) fn current(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    id: AppointmentId,
) -> Result<AppointmentJson> {
    let a = store::get_appointment(c, id)?;
    let subject = Subject::of_patient("appointments", id.0, a.patient_id.0);
    staff::audit(c, now, actor, "read", subject, "")?;
    Ok(a.into())
}

/// Which step to take back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoBody {
    /// The version that the step led to, here or in `If-Match`.
    version: Option<i64>,
}

/// Takes back the latest step, within 8 seconds; whoever may take a step may take it back. A step that was one of several of
/// one request (a batch, `with_later`) is taken back with all of them, or none is.
#[utoipa::path(post, path = "/api/v1/appointments/{id}/undo", request_body = UndoBody, params(("id" = i64, Path)),
    tag = "appointments",
    responses((status = 200, body = AppointmentJson, headers(("ETag" = String))), (status = 403, description = "not this role's step"),
        (status = 409, description = "stale, too_late, nothing_to_undo, group_changed, slot_taken")))]
pub(super) async fn undo(
    (ctx, observers): (Ctx, web::Data<Observers>),
    change: Change,
    actor: Actor,
    id: web::Path<AppointmentId>,
    body: Body<UndoBody>,
) -> Result<HttpResponse> {
    let (id, now, who) = (*id, ctx.now(), actor.clone());
    let version = change.version(body.0.version)?;
    let observers = observers.to_vec();
    let take_back = |db: Db| async move { actions::undo(&db, now, actor, observers, (id, version)).await };
    let done = change.answer(&ctx.db, changed, take_back).await;
    change.or_stale(&ctx.db, done, move |c| current(c, now, &who, id)).await
}
