//! `/patients/{id}/documents`: what belongs to a patient, and what they are sent.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::model::{Document, DocumentId, SendingId};
use super::super::views::{PatientSheet, SentLine};
use super::super::{actions, store, views};
use super::{FILE_FIELDS, new_document, version};
use crate::clinic;
use crate::messaging;
use crate::patients::{self, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer_page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::platform::web::upload::Upload;
use crate::staff::{self, Actor, DESK, EVERYONE};

/// Sendings shown.
const SENDINGS: i64 = 50;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(Upload::on(
        web::resource("/patients/{id:\\d+}/documents")
            .route(staff::get(EVERYONE, show))
            .route(staff::post(EVERYONE, add)),
        FILE_FIELDS,
    ))
    .service(web::resource("/patients/{id:\\d+}/documents/send").route(staff::post(EVERYONE, send)))
    .service(
        web::resource("/patients/{id:\\d+}/documents/sent/{sending:\\d+}/undo").route(staff::post(EVERYONE, take_back)),
    )
    .service(
        web::resource("/patients/{id:\\d+}/documents/{document:\\d+}/{step:withdraw|restore}")
            .route(staff::post(EVERYONE, step)),
    );
}

fn load(c: &mut Conn, now: Instant, id: PatientId) -> Result<PatientSheet> {
    let patient = patients::get_patient(c, id)?;
    let (own, offered) = (store::of_patient(c, id)?, store::offered(c)?);
    let ids: Vec<DocumentId> = own.iter().chain(&offered).map(|d| d.id).collect();
    let mut sent = Vec::new();
    for sending in store::sendings_before(c, store::Sent::To(id), None, SENDINGS)? {
        let message = match sending.message_id {
            Some(id) => messaging::last_of(c, id)?,
            None => None,
        };
        let by = match sending.user_id {
            Some(user) => staff::find_user(c, user)?.map(|u| u.name),
            None => None,
        };
        sent.push(SentLine {
            what: store::documents_of(c, sending.id)?,
            message,
            by,
            sending,
        });
    }
    Ok(PatientSheet {
        editions: store::editions_of(c, &ids)?,
        zone: clinic::the_site(c)?.tz(),
        patient,
        own,
        offered,
        sent,
        now,
        desk: false,
        max: 0,
    })
}

async fn sheet(ctx: &Ctx, actor: &Actor, id: PatientId) -> Result<PatientSheet> {
    let now = ctx.now();
    let mut sheet = ctx.db.read(move |c| load(c, now, id)).await?;
    staff::read_of_record(&ctx.db, now, actor, "documents", id.0).await?;
    (sheet.desk, sheet.max) = (actor.is(DESK), ctx.config.documents.max_bytes());
    Ok(sheet)
}

async fn show(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<PatientId>) -> Result<Markup> {
    let sheet = sheet(&ctx, &actor, *id).await?;
    let input = Input::from_pairs([("kind", "report")]);
    Ok(views::of_patient(&frame, &sheet, (&input, &Faults::default())))
}

/// The page once more, with what was typed and what is wrong with it.
async fn again(ctx: &Ctx, frame: &Frame, actor: &Actor, id: PatientId, bad: (&Input, Error)) -> Result<HttpResponse> {
    let (faults, sheet) = (Faults::from_error(bad.1)?, sheet(ctx, actor, id).await?);
    let page = views::of_patient(frame, &sheet, (bad.0, &faults));
    Ok(answer_page(StatusCode::UNPROCESSABLE_ENTITY, page))
}

async fn add(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<PatientId>,
    mut upload: Upload,
) -> Result<HttpResponse> {
    let (now, id, max, who) = (ctx.now(), *id, ctx.config.documents.max_bytes(), actor.clone());
    let made = match new_document(&mut upload, Some(id), max) {
        Ok(new) => ctx.db.write(move |c| actions::add(c, now, &actor, new, max)).await,
        Err(e) => Err(e),
    };
    match made {
        Ok(_) => Ok(see_other(&format!("/patients/{id}/documents"))),
        Err(e) => again(&ctx, &frame, &who, id, (&upload.input, e)).await,
    }
}

async fn send(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<PatientId>, input: Input) -> Result<HttpResponse> {
    let (now, id, who) = (ctx.now(), *id, actor.clone());
    let mut faults = Faults::default();
    let carrier = input.parse("channel", &mut faults);
    let mut what = Vec::new();
    for text in input.all("document") {
        match text.parse() {
            Ok(document) => what.push(document),
            Err(_) => faults.add("document", "invalid", "格式不对", "This cannot be read"),
        }
    }
    let done = match faults.finish() {
        Ok(()) => {
            ctx.db
                .write(move |c| actions::send(c, now, &actor, (id, &what), carrier))
                .await
        }
        Err(e) => Err(e),
    };
    match done {
        Ok(sending) => Ok(see_other(&format!("/patients/{id}/documents?sent={sending}#sent"))),
        Err(Error::Conflict { code, text, .. }) if code == "not_reachable" => {
            let fault = Error::field("channel", code, text.zh, text.en);
            again(&ctx, &frame, &who, id, (&input, fault)).await
        }
        Err(e) => again(&ctx, &frame, &who, id, (&input, e)).await,
    }
}

async fn take_back(ctx: Ctx, actor: Actor, path: web::Path<(PatientId, SendingId)>) -> Result<HttpResponse> {
    let (now, (id, sending)) = (ctx.now(), path.into_inner());
    ctx.db
        .write(move |c| actions::take_back(c, now, &actor, (id, sending)))
        .await?;
    Ok(see_other(&format!("/patients/{id}/documents#sent")))
}

async fn step(
    ctx: Ctx,
    actor: Actor,
    path: web::Path<(PatientId, DocumentId, String)>,
    input: Input,
) -> Result<HttpResponse> {
    let (now, (id, document, step)) = (ctx.now(), path.into_inner());
    let at = version(&input)?;
    ctx.db
        .write(move |c| {
            let theirs = |d: &Document| d.patient_id == Some(id);
            if !store::find_document(c, document)?.as_ref().is_some_and(theirs) {
                return Err(Error::NotFound("document"));
            }
            actions::withdraw(c, now, &actor, (document, at), step == "withdraw")
        })
        .await?;
    Ok(see_other(&format!("/patients/{id}/documents")))
}
