//! `/patients/{id}/opt-outs`: what a patient wants no more of, noted and lifted at the desk.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::actions;
use super::super::model::{Carrier, OptOutId, Scope};
use super::super::views::{self, Wishes};
use super::see;
use crate::clinic;
use crate::patients::{self, PatientId};
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::page as answer_page;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, DESK};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/patients/{id:\\d+}/opt-outs")
            .route(staff::get(DESK, show))
            .route(staff::post(DESK, note)),
    )
    .service(web::resource("/patients/{id:\\d+}/opt-outs/{opt_out:\\d+}/lift").route(staff::post(DESK, lift)));
}

async fn load(ctx: &Ctx, id: PatientId) -> Result<Wishes> {
    ctx.db
        .read(move |c| {
            let patient = patients::get_patient(c, id)?;
            Ok(Wishes {
                reach: actions::reach_of(c, &patient)?,
                zone: clinic::the_site(c)?.tz(),
                patient,
            })
        })
        .await
}

async fn show(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<PatientId>) -> Result<Markup> {
    let id = id.into_inner();
    let page = load(&ctx, id).await?;
    staff::read_of_record(&ctx.db, ctx.now(), &actor, "messages", id.0).await?;
    Ok(views::wishes(&frame, &page, (&Input::default(), &Faults::default())))
}

fn read(input: &Input) -> Result<(Carrier, Scope)> {
    let mut faults = Faults::default();
    let channel: Option<Carrier> = input.need("channel", &mut faults);
    let scope: Option<Scope> = input.need("scope", &mut faults);
    match channel.zip(scope) {
        Some(read) => Ok(read),
        None => Err(Error::Invalid(faults.0)),
    }
}

async fn note(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<PatientId>, input: Input) -> Result<HttpResponse> {
    let (id, now, note) = (id.into_inner(), ctx.now(), input.get("note").to_owned());
    let done = match read(&input) {
        Ok((channel, scope)) => {
            let write = ctx
                .db
                .write(move |c| actions::note_opt_out(c, now, &actor, (id, channel), (scope, &note)));
            write.await.map(drop)
        }
        Err(e) => Err(e),
    };
    let faults = match done {
        Ok(()) => return Ok(see(&format!("/patients/{id}/opt-outs"))),
        Err(e) => Faults::from_error(e)?,
    };
    let page = load(&ctx, id).await?;
    let markup = views::wishes(&frame, &page, (&input, &faults));
    Ok(answer_page(StatusCode::UNPROCESSABLE_ENTITY, markup))
}

async fn lift(ctx: Ctx, actor: Actor, path: web::Path<(PatientId, OptOutId)>) -> Result<HttpResponse> {
    let (now, of) = (ctx.now(), path.into_inner());
    ctx.db.write(move |c| actions::lift_opt_out(c, now, &actor, of)).await?;
    Ok(see(&format!("/patients/{}/opt-outs", of.0)))
}
