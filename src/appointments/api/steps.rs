//! Steps of an appointment over JSON.

use actix_web::{Responder, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::actions::{self, Step, Target};
use super::super::model::{Action, AppointmentId};
use super::super::store;
use super::AppointmentJson;
use crate::clinic::ProviderId;
use crate::platform::clock::Instant;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::web::{Body, Ctx};
use crate::records::Observers;
use crate::staff::Actor;

/// What a step needs to know.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepBody {
    /// The version that was seen; another one in the meantime gives 409 `stale`.
    version: i64,
    /// Why (cancel).
    #[serde(default)]
    reason: String,
    /// New start (move), RFC 3339 with an offset; without it only provider or length change.
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Instant>,
    /// New provider (move).
    provider_id: Option<ProviderId>,
    /// New length (move).
    minutes: Option<i32>,
}

/// Takes a step: confirm, arrive, seat, finish, leave, no-show, cancel or move. Each can be undone for 8 seconds.
#[utoipa::path(post, path = "/api/v1/appointments/{id}/{action}", request_body = StepBody, tag = "appointments",
    params(("id" = i64, Path), ("action" = String, Path, description = "confirm, arrive, seat, finish, leave, no-show, cancel, move")),
    responses((status = 200, body = AppointmentJson), (status = 404, description = "not there"),
        (status = 409, description = "stale, wrong_state, slot_taken"), (status = 422, description = "a field is wrong")))]
pub(super) async fn step(
    (ctx, observers): (Ctx, web::Data<Observers>),
    actor: Actor,
    path: web::Path<(AppointmentId, String)>,
    body: Body<StepBody>,
) -> Result<impl Responder> {
    let ((id, action), b) = (path.into_inner(), body.0);
    let action: Action = action.parse().map_err(|_unknown| Error::NotFound("action"))?;
    actions::may(&actor, action)?;
    let (db, now) = (&ctx.db, ctx.now());
    let a = match action {
        Action::Book | Action::Resize => return Err(Error::NotFound("action")),
        Action::Cancel => actions::cancel(db, now, actor, (id, b.version), &b.reason).await?,
        Action::Move => {
            let starts_at = match b.starts_at {
                Some(at) => at,
                // Only another provider or length: the time stays.
                None if b.provider_id.is_some() || b.minutes.is_some() => {
                    db.read(move |c| store::get_appointment(c, id)).await?.starts_at
                }
                None => return Err(Error::Invalid(vec![FieldError::required("starts_at")])),
            };
            let to = Target {
                starts_at,
                provider: b.provider_id,
                minutes: b.minutes,
            };
            actions::reschedule(db, now, actor, (id, b.version), to).await?
        }
        _ => {
            actions::advance(
                db,
                now,
                actor,
                observers.to_vec(),
                Step {
                    id,
                    version: b.version,
                    action,
                },
            )
            .await?
        }
    };
    Ok(web::Json(AppointmentJson::from(a)))
}

/// Which step to take back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoBody {
    /// The version that the step led to.
    version: i64,
}

/// Takes back the latest step, within 8 seconds; whoever may take a step may take it back.
#[utoipa::path(post, path = "/api/v1/appointments/{id}/undo", request_body = UndoBody, params(("id" = i64, Path)),
    tag = "appointments",
    responses((status = 200, body = AppointmentJson), (status = 403, description = "not this role's step"),
        (status = 409, description = "stale, too_late, nothing_to_undo, slot_taken")))]
pub(super) async fn undo(
    ctx: Ctx,
    observers: web::Data<Observers>,
    actor: Actor,
    id: web::Path<AppointmentId>,
    body: Body<UndoBody>,
) -> Result<impl Responder> {
    let a = actions::undo(&ctx.db, ctx.now(), actor, observers.to_vec(), (*id, body.0.version)).await?;
    Ok(web::Json(AppointmentJson::from(a)))
}
