//! Offers of freed times, and what their patients said at the desk or on the telephone.

use actix_web::{HttpResponse, Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions::{self, Answered};
use super::super::model::{Offer, OfferId, OfferState, SlotId, Source};
use super::super::store;
use crate::appointments::AppointmentId;
use crate::clinic::ServiceId;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::{Body, Change, Ctx, Reply};
use crate::staff::{self, Actor, DESK, Subject};

/// This part's share of the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(read, answer))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/slot-offers/{id}").route(staff::get(DESK, read)))
        .service(web::resource("/api/v1/slot-offers/{id}/answers").route(staff::post(DESK, answer)));
}

/// An offer of a freed time to one patient.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferJson {
    /// Row id.
    id: OfferId,
    /// Of which time.
    freed_time_id: SlotId,
    /// In this order.
    position: i32,
    /// Why them.
    source: Source,
    /// The entry of the waiting list, the visit that did not take place, or the recall.
    source_id: i64,
    /// Who.
    patient_id: PatientId,
    /// For what.
    service_id: ServiceId,
    /// How long.
    minutes: i32,
    /// When their visit would start, UTC.
    starts_at: String,
    /// Their later visit that would be moved here.
    appointment_id: Option<AppointmentId>,
    /// Where it stands.
    state: OfferState,
    /// When they were asked, or will be, UTC.
    asked_at: Option<String>,
    /// Until when they can answer, UTC.
    expires_at: Option<String>,
    /// When they did, UTC.
    answered_at: Option<String>,
    /// Who answered: the patient, or a colleague for them.
    answered_by: String,
    /// What was booked.
    booked_id: Option<AppointmentId>,
}

impl From<Offer> for OfferJson {
    fn from(o: Offer) -> Self {
        OfferJson {
            id: o.id,
            freed_time_id: o.slot_id,
            position: o.position,
            source: o.source,
            source_id: o.source_id,
            patient_id: o.patient_id,
            service_id: o.service_id,
            minutes: o.minutes,
            starts_at: o.starts_at.rfc3339(),
            appointment_id: o.appointment_id,
            state: o.state,
            asked_at: o.asked_at.map(Instant::rfc3339),
            expires_at: o.expires_at.map(Instant::rfc3339),
            answered_at: o.answered_at.map(Instant::rfc3339),
            answered_by: o.answered_by,
            booked_id: o.booked_id,
        }
    }
}

/// Offers of one freed time.
#[derive(Debug, Serialize, ToSchema)]
pub struct Offers {
    /// In the order in which they are asked.
    pub offers: Vec<OfferJson>,
}

/// One offer.
#[utoipa::path(get, path = "/api/v1/slot-offers/{id}", params(("id" = i64, Path)), tag = "waiting list",
    responses((status = 200, body = OfferJson), (status = 404, description = "not there")))]
async fn read(ctx: Ctx, actor: Actor, id: web::Path<OfferId>) -> Result<impl Responder> {
    let now = ctx.now();
    let offer = ctx.db.read(move |c| store::get_offer(c, *id)).await?;
    let subject = Subject::of_patient("slot_offers", offer.id.0, offer.patient_id.0);
    ctx.db
        .write(move |c| staff::audit(c, now, &actor, "read", subject, ""))
        .await?;
    Ok(web::Json(OfferJson::from(offer)))
}

/// What the patient says to an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SaidJson {
    /// They take the time: it is booked, or their later visit is moved there.
    Accept,
    /// They do not: the next one is asked.
    Decline,
}

/// An answer that the desk notes for a patient.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferAnswer {
    /// What they said.
    answer: SaidJson,
}

/// Notes what a patient said to an offer. Of several who accept, the first has the time; an answer names no version, since an
/// offer is answered once.
#[utoipa::path(post, path = "/api/v1/slot-offers/{id}/answers", request_body = OfferAnswer, params(("id" = i64, Path)),
    tag = "waiting list",
    responses((status = 200, body = OfferJson), (status = 404, description = "not there"),
        (status = 409, description = "taken, slot_taken: somebody was faster; over: the offer does not stand any more")))]
async fn answer(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<OfferId>,
    body: Body<OfferAnswer>,
) -> Result<HttpResponse> {
    let (now, id, said) = (ctx.now(), *id, body.0.answer);
    let reply = move |c: &mut Conn, (): &()| Reply::ok(&OfferJson::from(store::get_offer(c, id)?));
    let work = |db: Db| async move {
        db.write(move |c| match said {
            SaidJson::Accept => accept(c, now, &actor, id),
            SaidJson::Decline => decline(c, now, &actor, id),
        })
        .await
    };
    change.answer(&ctx.db, reply, work).await
}

fn accept(c: &mut Conn, now: Instant, actor: &Actor, id: OfferId) -> Result<()> {
    match actions::accept_in(c, now, actor, id)? {
        Answered::Booked(_) => Ok(()),
        Answered::Taken => Err(Error::conflict(
            "taken",
            "这个空档刚被占用或询问已结束",
            "The time was just taken, or the offer is over",
        )),
    }
}

fn decline(c: &mut Conn, now: Instant, actor: &Actor, id: OfferId) -> Result<()> {
    actions::decline_in(c, now, actor, id, false)?;
    if store::get_offer(c, id)?.state == OfferState::Declined {
        return Ok(());
    }
    Err(Error::conflict(
        "over",
        "这个询问已结束，无需再答复",
        "This offer does not stand any more; no answer is needed",
    ))
}
