//! Editing a visit over JSON.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::actions::{self, Edit};
use super::super::model::AppointmentId;
use super::AppointmentJson;
use super::steps::{changed, current};
use crate::clinic::ServiceId;
use crate::platform::db::Db;
use crate::platform::error::Result;
use crate::platform::web::{Body, Change, Ctx};
use crate::staff::Actor;

/// What is to be changed of a visit; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditBody {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    /// For what; only of a visit that is booked or whose patient waits.
    service_id: Option<ServiceId>,
    /// How long; without it another service brings its own length.
    minutes: Option<i32>,
    /// For colleagues.
    note: Option<String>,
    /// Why it is put over whatever is in the way: needs the permission to overbook.
    overbook: Option<String>,
}

/// Changes what a visit is for, how long it is, or its note. Time and provider stay, so do its series, its plan and its
/// record; it has to fit where it is, by the rules of booking, and the patient is not told. It can be undone for 8 seconds.
#[utoipa::path(patch, path = "/api/v1/appointments/{id}", request_body = EditBody, params(("id" = i64, Path)), tag = "appointments",
    responses((status = 200, body = AppointmentJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, wrong_state, record_begun, slot_taken; `next` has other times"),
        (status = 422, description = "a field is wrong")))]
pub(super) async fn edit(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<AppointmentId>,
    body: Body<EditBody>,
) -> Result<HttpResponse> {
    let (id, now, who, b) = (*id, ctx.now(), actor.clone(), body.0);
    let version = change.version(b.version)?;
    let wanted = Edit {
        service: b.service_id,
        minutes: b.minutes,
        note: b.note,
        overbook: b.overbook,
    };
    let edit = |db: Db| async move { actions::edit(&db, now, actor, (id, version), wanted).await };
    let done = change.answer(&ctx.db, changed, edit).await;
    change.or_stale(&ctx.db, done, move |c| current(c, now, &who, id)).await
}
