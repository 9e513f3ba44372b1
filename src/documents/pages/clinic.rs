//! `/documents`: the clinic's journal and leaflets.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::model::{Document, DocumentId};
use super::super::{actions, store, views};
use super::{FILE_FIELDS, files, new_document, titles, version};
use crate::clinic;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer_page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::platform::web::upload::Upload;
use crate::staff::{self, Actor, DESK, EVERYONE};

/// Receivers on the page of a document.
const RECEIVERS: i64 = 200;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(Upload::on(
        web::resource("/documents")
            .route(staff::get(EVERYONE, list))
            .route(staff::post(DESK, add)),
        FILE_FIELDS,
    ))
    .service(web::resource("/documents/new").route(staff::get(DESK, new)))
    .service(Upload::on(
        web::resource("/documents/{id:\\d+}")
            .route(staff::get(EVERYONE, one))
            .route(staff::post(DESK, save)),
        FILE_FIELDS,
    ))
    .service(web::resource("/documents/{id:\\d+}/withdraw").route(staff::post(DESK, withdraw)))
    .service(web::resource("/documents/{id:\\d+}/restore").route(staff::post(DESK, restore)));
}

async fn list(ctx: Ctx, frame: Frame, actor: Actor) -> Result<Markup> {
    let (rows, zone) = ctx
        .db
        .read(|c| {
            let documents = store::of_clinic(c)?;
            let ids: Vec<DocumentId> = documents.iter().map(|d| d.id).collect();
            let (editions, counts) = (store::editions_of(c, &ids)?, store::count_sent(c)?);
            let row = |document: Document| views::Row {
                editions: editions
                    .iter()
                    .filter(|e| e.document_id == document.id)
                    .cloned()
                    .collect(),
                sent: counts.get(&document.id).copied().unwrap_or_default(),
                document,
            };
            Ok((
                documents.into_iter().map(row).collect::<Vec<_>>(),
                clinic::the_site(c)?.tz(),
            ))
        })
        .await?;
    Ok(views::list(&frame, &rows, (zone, actor.is(DESK))))
}

async fn new(ctx: Ctx, frame: Frame) -> Markup {
    let max = ctx.config.documents.max_bytes();
    let input = Input::from_pairs([("kind", "leaflet")]);
    views::new(&frame, max, (&input, &Faults::default()))
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, mut upload: Upload) -> Result<HttpResponse> {
    let (now, max) = (ctx.now(), ctx.config.documents.max_bytes());
    let made = match new_document(&mut upload, None, max) {
        Ok(new) => ctx.db.write(move |c| actions::add(c, now, &actor, new, max)).await,
        Err(e) => Err(e),
    };
    match made {
        Ok(id) => Ok(see_other(&format!("/documents/{id}"))),
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let page = views::new(&frame, max, (&upload.input, &faults));
            Ok(answer_page(StatusCode::UNPROCESSABLE_ENTITY, page))
        }
    }
}

async fn load(ctx: &Ctx, id: DocumentId, actor: &Actor) -> Result<views::Sheet> {
    let (desk, max) = (actor.is(DESK), ctx.config.documents.max_bytes());
    let sheet = ctx
        .db
        .read(move |c| {
            let document = store::get_document(c, id)?;
            if document.patient_id.is_some() {
                return Err(Error::NotFound("document"));
            }
            Ok(views::Sheet {
                editions: store::editions_of(c, &[id])?,
                sent: store::was_sent(c, id)?,
                receivers: store::receivers_of(c, id, RECEIVERS)?,
                last: staff::last_change(c, "documents", Some(id.0))?,
                zone: clinic::the_site(c)?.tz(),
                document,
                desk,
                max,
            })
        })
        .await?;
    staff::read_of_list(&ctx.db, ctx.now(), actor, "sendings", sheet.receivers.len()).await?;
    Ok(sheet)
}

fn stored(d: &Document) -> Input {
    Input::from_pairs([
        ("version", d.version.to_string()),
        ("kind", d.kind.to_string()),
        ("title", d.title.clone()),
        ("title_en", d.title_en.clone()),
    ])
}

async fn one(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<DocumentId>) -> Result<Markup> {
    let sheet = load(&ctx, *id, &actor).await?;
    Ok(views::one(
        &frame,
        &sheet,
        (&stored(&sheet.document), &Faults::default()),
    ))
}

/// Titles, and the files that were chosen, all of it or nothing.
async fn save(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<DocumentId>,
    mut upload: Upload,
) -> Result<HttpResponse> {
    let (now, id, max, who) = (ctx.now(), *id, ctx.config.documents.max_bytes(), actor.clone());
    let at = version(&upload.input)?;
    let mut faults = Faults::default();
    let to = titles(&upload.input, &mut faults);
    let files = files(&mut upload, max, &mut faults);
    let done = match faults.finish() {
        Ok(()) => {
            ctx.db
                .write(move |c| {
                    if store::get_document(c, id)?.patient_id.is_some() {
                        return Err(Error::NotFound("document"));
                    }
                    actions::rename(c, now, &actor, (id, at), &to)?;
                    for file in files {
                        let at = store::get_document(c, id)?.version;
                        let field = (actions::field_of(file.language), max);
                        actions::put_file(c, now, &actor, (id, at), file, field)?;
                    }
                    Ok(())
                })
                .await
        }
        Err(e) => Err(e),
    };
    let faults = match done {
        Ok(()) => return Ok(see_other(&format!("/documents/{id}?saved=documents"))),
        Err(e) => Faults::from_error(e)?,
    };
    let sheet = load(&ctx, id, &who).await?;
    let page = views::one(&frame, &sheet, (&upload.input, &faults));
    Ok(answer_page(StatusCode::UNPROCESSABLE_ENTITY, page))
}

async fn withdraw(ctx: Ctx, actor: Actor, id: web::Path<DocumentId>, input: Input) -> Result<HttpResponse> {
    step(ctx, actor, *id, (&input, true)).await
}

async fn restore(ctx: Ctx, actor: Actor, id: web::Path<DocumentId>, input: Input) -> Result<HttpResponse> {
    step(ctx, actor, *id, (&input, false)).await
}

async fn step(ctx: Ctx, actor: Actor, id: DocumentId, (input, withdrawn): (&Input, bool)) -> Result<HttpResponse> {
    let (now, at) = (ctx.now(), version(input)?);
    ctx.db
        .write(move |c| {
            if store::get_document(c, id)?.patient_id.is_some() {
                return Err(Error::NotFound("document"));
            }
            actions::withdraw(c, now, &actor, (id, at), withdrawn)
        })
        .await?;
    Ok(see_other(&format!("/documents/{id}")))
}
