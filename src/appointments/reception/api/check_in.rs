//! Checking in by the number of the reminder or the slip, and the slip.

use actix_web::{HttpResponse, Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::appointments::api::{AppointmentJson, changed};
use crate::appointments::link::{check_in_number, link_ends_at, visit_path};
use crate::appointments::{self, Action, Appointment, AppointmentId, Step};
use crate::clinic;
use crate::platform::clock::{Instant, day_bounds};
use crate::platform::crypto::Keys;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::{Body, Change, Ctx};
use crate::staff::{self, Actor, DESK};

/// Digits of a check-in number.
const DIGITS: usize = 6;

/// This part's share of the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(check_in, slip))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/check-ins").route(staff::post(DESK, check_in)))
        .service(web::resource("/api/v1/slips/{id}").route(staff::get(DESK, slip)));
}

/// Who checks in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckInBody {
    /// The six digits of the reminder or the slip.
    number: String,
}

/// Notes that the patient of one of today's visits is here, by their check-in number: the same step as `arrive`, and undone
/// like it. It names no version: the number says only which visit.
#[utoipa::path(post, path = "/api/v1/check-ins", request_body = CheckInBody, tag = "reception",
    responses((status = 200, body = AppointmentJson, headers(("ETag" = String))),
        (status = 409, description = "ambiguous: two patients of today share the number; wrong_state: already here, or the visit is over"),
        (status = 422, description = "the number is not one of today's visits")))]
async fn check_in((ctx, change): (Ctx, Change), actor: Actor, body: Body<CheckInBody>) -> Result<HttpResponse> {
    let (now, keys) = (ctx.now(), ctx.keys.clone());
    let number: String = body.0.number.chars().filter(|ch| !ch.is_whitespace()).collect();
    let work = |db: Db| async move {
        db.write(move |c| {
            let a = find(c, now, &keys, &number)?;
            let step = Step {
                id: a.id,
                version: a.version,
                action: Action::Arrive,
            };
            appointments::advance_in(c, now, &actor, step)
        })
        .await
    };
    change.answer(&ctx.db, changed, work).await
}

/// Today's visit of a number; one that can still be come to, if the patient has several.
fn find(c: &mut Conn, now: Instant, keys: &Keys, number: &str) -> Result<Appointment> {
    let site = clinic::the_site(c)?;
    let (from, until) = day_bounds(site.tz(), now.day(site.tz()));
    let day = appointments::list_between(c, site.id, from, until)?;
    let is_number = number.len() == DIGITS;
    let meant = day
        .into_iter()
        .filter(|(a, _)| is_number && check_in_number(keys, a.id) == number);
    let mut found: Vec<Appointment> = meant.map(|(a, _)| a).collect();
    found.sort_by_key(|a| !a.status.is_planned());
    let Some(first) = found.first().cloned() else {
        return Err(Error::field(
            "number",
            "unknown",
            "今天没有这个签到号的预约",
            "No visit of today has this number",
        ));
    };
    if found.iter().any(|a| a.patient_id != first.patient_id) {
        return Err(Error::conflict(
            "ambiguous",
            "今天有两位患者的签到号相同，请按姓名签到",
            "Two patients of today share this number: check in by name",
        ));
    }
    Ok(first)
}

/// What the desk prints for a patient.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlipJson {
    /// The appointment.
    appointment_id: AppointmentId,
    /// Six digits that check the patient in on the day.
    check_in_number: String,
    /// The patient's own page of the visit: the QR code of the slip.
    link: String,
    /// Until when the page opens, UTC.
    link_until: String,
}

/// The number and the link with which the patient of a visit checks in.
#[utoipa::path(get, path = "/api/v1/slips/{id}", tag = "reception", params(("id" = i64, Path)),
    responses((status = 200, body = SlipJson), (status = 404, description = "not there")))]
async fn slip(ctx: Ctx, actor: Actor, id: web::Path<AppointmentId>) -> Result<impl Responder> {
    let id = *id;
    let a = ctx.db.read(move |c| appointments::get_appointment(c, id)).await?;
    staff::read_of_record(&ctx.db, ctx.now(), &actor, "patients", a.patient_id.0).await?;
    Ok(web::Json(SlipJson {
        appointment_id: a.id,
        check_in_number: check_in_number(&ctx.keys, a.id),
        link: ctx.config.server.url(&visit_path(&ctx.keys, &a)),
        link_until: link_ends_at(&a).rfc3339(),
    }))
}
