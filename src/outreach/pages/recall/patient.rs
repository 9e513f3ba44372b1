//! `/patients/{id}/recalls`: all recalls of a patient, and how much at risk the patient is.

use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::super::actions;
use super::super::super::model::Risk;
use super::super::super::store::recalls;
use super::super::super::views::recall as view;
use super::{incomplete, version};
use crate::clinic;
use crate::patients::{self, PatientId};
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::answer::see_other;
use crate::platform::web::form::Input;
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, CLINICAL, EVERYONE};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/patients/{id:\\d+}/recalls").route(staff::get(EVERYONE, show)))
        .service(web::resource("/patients/{id:\\d+}/risk").route(staff::post(CLINICAL, set_risk)));
}

async fn show(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<i64>) -> Result<Markup> {
    let (now, id) = (ctx.now(), PatientId(*id));
    let found = ctx
        .db
        .read(move |c| {
            let site = clinic::the_site(c)?;
            Ok(view::PatientPage {
                patient: patients::get_patient(c, id)?,
                risk: recalls::find_risk(c, id)?,
                steps: actions::explain(c, now, id)?,
                types: recalls::list_types(c)?,
                today: now.day(site.tz()),
                zone: site.tz(),
            })
        })
        .await?;
    staff::read_of_record(&ctx.db, now, &actor, "recalls", id.0).await?;
    Ok(view::of_patient(&frame, &found, actor.is(CLINICAL)))
}

async fn set_risk(ctx: Ctx, actor: Actor, id: web::Path<i64>, input: Input) -> Result<HttpResponse> {
    let id = PatientId(*id);
    let risk: Risk = input.get("risk").parse().map_err(|_| incomplete())?;
    ctx.db.read(move |c| patients::get_patient(c, id).map(drop)).await?;
    actions::set_risk(&ctx.db, ctx.now(), actor, (id, version(&input)?), risk).await?;
    Ok(see_other(&format!("/patients/{id}/recalls?saved=1")))
}
