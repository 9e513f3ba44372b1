//! Holding a time over JSON.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions::{self, HOLD_MS, HoldWish};
use super::super::store::{Hold, HoldPurpose};
use crate::clinic::{ChairId, ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::{Body, Change, Ctx, Reply};
use crate::staff::Actor;

/// A time that is to be held.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    /// For what.
    service_id: ServiceId,
    /// With whom; without it, whoever does the service and is free.
    provider_id: Option<ProviderId>,
    /// In which chair; without it, in any that fits.
    chair_id: Option<ChairId>,
    /// Start, RFC 3339 with an offset.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Instant,
    /// Another length than the service's.
    minutes: Option<i32>,
    /// Whose other visits block it.
    patient_id: Option<PatientId>,
    /// The token of a hold that this one takes the place of.
    instead: Option<String>,
}

/// A time that is held: nobody else is offered it, or can book it, until it ends by itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoldJson {
    /// Names the hold when booking.
    token: String,
    /// With whom.
    provider_id: ProviderId,
    /// In which chair.
    chair_id: ChairId,
    /// For what.
    service_id: ServiceId,
    /// Start, UTC.
    starts_at: String,
    /// When the hold ends by itself, UTC.
    expires_at: String,
}

impl From<Hold> for HoldJson {
    fn from(h: Hold) -> Self {
        HoldJson {
            token: h.token,
            provider_id: h.provider_id,
            chair_id: h.chair_id,
            service_id: h.service_id,
            starts_at: h.starts_at.rfc3339(),
            expires_at: h.expires_at.rfc3339(),
        }
    }
}

/// Holds a free time for five minutes.
#[utoipa::path(post, path = "/api/v1/holds", request_body = NewHold, tag = "appointments",
    responses((status = 201, body = HoldJson), (status = 409, description = "taken; `next` has other times"),
        (status = 422, description = "a field is wrong")))]
pub(super) async fn create((ctx, change): (Ctx, Change), actor: Actor, body: Body<NewHold>) -> Result<HttpResponse> {
    let (now, b) = (ctx.now(), body.0);
    let wish = HoldWish {
        service: b.service_id,
        provider: b.provider_id,
        chair: b.chair_id,
        starts_at: b.starts_at,
        minutes: b.minutes,
        patient: b.patient_id,
        purpose: HoldPurpose::Desk,
        expires_at: now + HOLD_MS,
    };
    let reply = |_: &mut Conn, held: &Hold| {
        let at = format!("/api/v1/holds/{}", held.token);
        Reply::created(at, &HoldJson::from(held.clone()))
    };
    let hold = |db: Db| async move { actions::hold(&db, now, actor, wish, b.instead).await };
    change.answer(&ctx.db, reply, hold).await
}

/// Gives a held time free; one that has ended already is as good.
#[utoipa::path(delete, path = "/api/v1/holds/{token}", params(("token" = String, Path)), tag = "appointments",
    responses((status = 204, description = "not held any more")))]
pub(super) async fn release(ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let now = ctx.now();
    ctx.db.write(move |c| actions::release_in(c, now, Some(&token))).await?;
    Ok(HttpResponse::NoContent().finish())
}
