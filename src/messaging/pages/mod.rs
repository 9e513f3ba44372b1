//! The Messages page.

mod gateway;
mod ledger;
mod mailbox;
mod manners;
mod templates;
mod wishes;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::actions;
use super::jobs::Dispatcher;
use super::model::{Message, MessageId, MessageState, MessageStep};
use super::store;
use super::views::{self, Detail};

pub(super) use ledger::query_of;

use crate::clinic;
use crate::patients;
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, DESK};

/// How far back messages are counted.
pub(super) const COUNT_BACK_MS: i64 = 30 * DAY_MS;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    ledger::routes(cfg);
    cfg.service(web::resource("/messages/{id}").route(staff::get(DESK, one)))
        .service(web::resource("/messages/{id}/again").route(staff::post(DESK, again)))
        .service(web::resource("/messages/{id}/now").route(staff::post(DESK, send_now)))
        .service(web::resource("/messages/{id}/stop").route(staff::post(DESK, stop)));
    templates::routes(cfg);
    manners::routes(cfg);
    gateway::routes(cfg);
    mailbox::routes(cfg);
    wishes::routes(cfg);
}

/// A 303 to `path`.
fn see(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, path))
        .finish()
}

async fn one(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<MessageId>,
    dispatcher: web::Data<Dispatcher>,
) -> Result<Markup> {
    let (id, lang, now) = (id.into_inner(), frame.lang, ctx.now());
    let wait = ctx.config.dispatch.uncertain_minutes * MINUTE_MS;
    let detail = ctx
        .db
        .read(move |c| load_one(c, now, (id, lang), (wait, &dispatcher)))
        .await?;
    audit_read(&ctx, &actor, &detail.message).await?;
    Ok(frame.page(lang.pick("消息", "Message"), "messages", views::detail(lang, &detail)))
}

/// Notes that somebody has read a message.
pub(super) async fn audit_read(ctx: &Ctx, actor: &Actor, message: &Message) -> Result<()> {
    match message.patient_id {
        Some(patient) => staff::read_of_record(&ctx.db, ctx.now(), actor, "messages", patient.0).await,
        None => staff::read_of_list(&ctx.db, ctx.now(), actor, "messages", 1).await,
    }
}

fn load_one(
    c: &mut Conn,
    now: Instant,
    (id, lang): (MessageId, Lang),
    (wait, dispatcher): (i64, &Dispatcher),
) -> Result<Detail> {
    let message = store::get_message(c, id)?;
    let site = clinic::the_site(c)?;
    let waits = matches!(message.state, MessageState::Queued | MessageState::Claimed);
    let foresight = waits.then(|| dispatcher.foresee(c, now, &message)).transpose()?;
    let mut members = Vec::new();
    for other in store::went_along(c, id)? {
        let whose = other.patient_id.map(|p| patients::get_patient(c, p)).transpose()?;
        members.push((other.id, whose.map(|p| p.name).unwrap_or_default()));
    }
    let patient = message.patient_id.map(|p| patients::get_patient(c, p)).transpose()?;
    Ok(Detail {
        template: store::one_template(c, &message.template)?.name(lang, &message.template),
        patient: patient.map(|p| (p.id, p.name)),
        zone: site.tz(),
        clinic: site.name_in(message.written_in()).to_owned(),
        attempts: store::attempts_of(c, id)?,
        reports: store::reports_of(c, id)?,
        files: store::files_of(c, id)?,
        foresight,
        members,
        held: message.is_held(now),
        overdue: message.state == MessageState::Uncertain && now - message.updated_at >= wait,
        message,
    })
}

async fn again(ctx: Ctx, actor: Actor, id: web::Path<MessageId>) -> Result<HttpResponse> {
    step(&ctx, actor, (*id, MessageStep::SendAgain)).await
}

async fn send_now(ctx: Ctx, actor: Actor, id: web::Path<MessageId>) -> Result<HttpResponse> {
    step(&ctx, actor, (*id, MessageStep::SendNow)).await
}

async fn stop(ctx: Ctx, actor: Actor, id: web::Path<MessageId>) -> Result<HttpResponse> {
    step(&ctx, actor, (*id, MessageStep::Stop)).await
}

async fn step(ctx: &Ctx, actor: Actor, of: (MessageId, MessageStep)) -> Result<HttpResponse> {
    let now = ctx.now();
    let seen = ctx.db.write(move |c| actions::step(c, now, &actor, of)).await?;
    Ok(see(&format!("/messages/{seen}")))
}
