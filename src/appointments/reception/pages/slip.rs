//! `/appointments/{id}/slip`: what the desk prints for the patient: when, with whom, and the code that leads to the visit.

use actix_web::web;
use maud::Markup;

use super::super::views::slip::{self, Slip};
use crate::appointments;
use crate::appointments::AppointmentId;
use crate::appointments::link::{check_in_number, visit_path};
use crate::clinic;
use crate::patients;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, DESK};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/appointments/{id}/slip").route(staff::get(DESK, page)));
}

async fn page(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<AppointmentId>) -> Result<Markup> {
    let id = id.into_inner();
    let slip = ctx
        .db
        .read(move |c| {
            let a = appointments::store::get_appointment(c, id)?;
            Ok((
                patients::get_patient(c, a.patient_id)?,
                clinic::get_site(c, a.site_id)?,
                clinic::get_provider(c, a.provider_id)?,
                a,
            ))
        })
        .await?;
    let (patient, site, provider, a) = slip;
    staff::read_of_record(&ctx.db, ctx.now(), &actor, "patients", patient.id.0).await?;
    let url = ctx.config.server.url(&visit_path(&ctx.keys, &a));
    Ok(slip::page(&Slip {
        frame: &frame,
        number: check_in_number(&ctx.keys, a.id),
        a: &a,
        patient: &patient,
        site: &site,
        provider: &provider,
        url: &url,
    }))
}
