//! Booking over JSON.

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::actions::{self, Booking};
use super::super::model::Appointment;
use super::AppointmentJson;
use crate::clinic::{ChairId, ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::{Body, Change, Ctx, Reply};
use crate::records::plan::PlanItemId;
use crate::staff::Actor;

/// An appointment to be booked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAppointment {
    /// Who comes.
    patient_id: PatientId,
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
    /// For colleagues.
    #[serde(default)]
    note: String,
    /// Whether the patient is sent a confirmation (held for two minutes).
    #[serde(default)]
    notify: bool,
    /// The token of one's own hold of this time.
    hold: Option<String>,
    /// Why it is put over whatever is in the way: needs the permission to overbook.
    overbook: Option<String>,
    /// The item of the patient's treatment plan that it is for; without it, the next one of this service.
    pub(super) plan_item_id: Option<PlanItemId>,
}

impl NewAppointment {
    pub(super) fn into_booking(self) -> Booking {
        Booking {
            patient: self.patient_id,
            service: self.service_id,
            provider: self.provider_id,
            chair: self.chair_id,
            starts_at: self.starts_at,
            minutes: self.minutes,
            note: self.note,
            source: "api",
            tell: self.notify,
            hold: self.hold,
            overbook: self.overbook,
        }
    }
}

/// Books a time. Of simultaneous requests for one time exactly one gets 201; the others get 409 with the next free times.
#[utoipa::path(post, path = "/api/v1/appointments", request_body = NewAppointment, tag = "appointments",
    responses((status = 201, body = AppointmentJson, headers(("Location" = String), ("ETag" = String))), (status = 409, description = "taken; `next` has other times"),
        (status = 422, description = "a field is wrong")))]
pub(super) async fn create(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    body: Body<NewAppointment>,
) -> Result<HttpResponse> {
    let (now, item, patient) = (ctx.now(), body.0.plan_item_id, body.0.patient_id);
    let booking = (body.0.into_booking(), item);
    let reply = |_: &mut Conn, a: &Appointment| {
        let made = Reply::created(
            format!("/api/v1/appointments/{}", a.id),
            &AppointmentJson::from(a.clone()),
        )?;
        Ok(made.version(a.version))
    };
    let book = |db: Db| async move { actions::book_for(&db, now, actor, booking, move |_| Ok(patient)).await };
    change.answer(&ctx.db, reply, book).await
}
