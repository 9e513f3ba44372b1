//! Documents over JSON, their files as they are, and what was sent.

mod sendings;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::actions::{self, File, NewDocument};
use super::model::{Document, DocumentId, Edition, Kind, MediaType};
use super::pages;
use super::store::{self, Titles};
use crate::patients::{self, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::{Body, Change, Ctx, Params, Raw, Reply, show};
use crate::staff::{self, Actor, DESK, EVERYONE};

/// This feature's part of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(
    list,
    create,
    read,
    update,
    step,
    read_file,
    put_file,
    sendings::sent,
    sendings::send,
    sendings::take_back
))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/documents")
            .route(staff::get(EVERYONE, list))
            .route(staff::post(EVERYONE, create)),
    )
    .service(
        web::resource("/api/v1/documents/{id}")
            .route(staff::get(EVERYONE, read))
            .route(staff::patch(EVERYONE, update)),
    )
    .service(web::resource("/api/v1/documents/{id}/steps").route(staff::post(EVERYONE, step)))
    .service(Raw::on(
        web::resource("/api/v1/documents/{id}/files/{language}")
            .route(staff::get(EVERYONE, read_file))
            .route(staff::put(EVERYONE, put_file)),
    ));
    sendings::routes(cfg);
}

/// The clinic's documents are the desk's; a patient's everybody's who may see the patient.
fn may_change(actor: &Actor, of: Option<PatientId>) -> Result<()> {
    match of {
        None if !actor.is(DESK) => Err(Error::Forbidden),
        _ => Ok(()),
    }
}

/// A file of a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileJson {
    /// In which language.
    language: Lang,
    /// File name.
    name: String,
    /// What it is.
    media_type: MediaType,
    /// Bytes.
    size: i32,
}

/// A document.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentJson {
    /// Row id.
    id: DocumentId,
    /// Whose; null: the clinic's.
    patient_id: Option<PatientId>,
    /// What it is.
    kind: Kind,
    /// Chinese title.
    title: String,
    /// English title; may be empty.
    title_en: String,
    /// Since when it is not sent any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    withdrawn_at: Option<Instant>,
    /// Its files.
    files: Vec<FileJson>,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Instant,
    /// Rises with every change.
    version: i64,
}

impl DocumentJson {
    fn of(d: Document, editions: &[Edition]) -> DocumentJson {
        let own = editions.iter().filter(|e| e.document_id == d.id);
        let file = |e: &Edition| FileJson {
            language: e.language,
            name: e.name.clone(),
            media_type: e.media_type,
            size: e.size,
        };
        DocumentJson {
            files: own.map(file).collect(),
            id: d.id,
            patient_id: d.patient_id,
            kind: d.kind,
            title: d.title,
            title_en: d.title_en,
            withdrawn_at: d.withdrawn_at,
            updated_at: d.updated_at,
            version: d.version,
        }
    }
    fn load(c: &mut Conn, id: DocumentId) -> Result<DocumentJson> {
        let editions = store::editions_of(c, &[id])?;
        Ok(DocumentJson::of(store::get_document(c, id)?, &editions))
    }
}

/// Documents, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentList {
    /// The documents.
    items: Vec<DocumentJson>,
}

/// Which documents.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DocumentQuery {
    /// This patient's; left out: the clinic's.
    patient_id: Option<i64>,
}

/// The clinic's documents, or a patient's.
#[utoipa::path(get, path = "/api/v1/documents", params(DocumentQuery), tag = "documents", responses((status = 200, body = DocumentList)))]
async fn list(ctx: Ctx, actor: Actor, query: Params<DocumentQuery>) -> Result<HttpResponse> {
    let of = query.0.patient_id.map(PatientId);
    let items = ctx
        .db
        .read(move |c| {
            let all = match of {
                Some(patient) => {
                    patients::get_patient(c, patient)?;
                    store::of_patient(c, patient)?
                }
                None => store::of_clinic(c)?,
            };
            let ids: Vec<DocumentId> = all.iter().map(|d| d.id).collect();
            let editions = store::editions_of(c, &ids)?;
            Ok(all.into_iter().map(|d| DocumentJson::of(d, &editions)).collect())
        })
        .await?;
    if let Some(patient) = of {
        staff::read_of_record(&ctx.db, ctx.now(), &actor, "documents", patient.0).await?;
    }
    Ok(HttpResponse::Ok().json(DocumentList { items }))
}

/// A document to be put in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentBody {
    /// Whose; left out: the clinic's.
    patient_id: Option<PatientId>,
    /// What it is: `journal` and `leaflet` are the clinic's, `result` and `report` a patient's.
    kind: Kind,
    /// Chinese title, 1 to 60 characters.
    title: String,
    /// English title, up to 60 characters.
    #[serde(default)]
    title_en: String,
}

/// Puts a document in, without files.
#[utoipa::path(post, path = "/api/v1/documents", request_body = DocumentBody, tag = "documents",
    responses((status = 201, body = DocumentJson, headers(("ETag" = String), ("Location" = String))), (status = 404, description = "patient not there"), (status = 422, description = "a field is wrong")))]
async fn create((ctx, change): (Ctx, Change), actor: Actor, body: Body<DocumentBody>) -> Result<HttpResponse> {
    let (now, max, b) = (ctx.now(), ctx.config.documents.max_bytes(), body.0);
    may_change(&actor, b.patient_id)?;
    let new = NewDocument {
        patient: b.patient_id,
        titles: Titles {
            kind: b.kind,
            title: b.title,
            title_en: b.title_en,
        },
        files: Vec::new(),
    };
    let work = |db: Db| async move {
        db.write(move |c: &mut Conn| actions::add(c, now, &actor, new, max))
            .await
    };
    let made = |c: &mut Conn, id: &DocumentId| {
        let made = DocumentJson::load(c, *id)?;
        Ok(Reply::created(format!("/api/v1/documents/{id}"), &made)?.version(made.version))
    };
    change.answer(&ctx.db, made, work).await
}

/// One document.
#[utoipa::path(get, path = "/api/v1/documents/{id}", params(("id" = i64, Path)), tag = "documents",
    responses((status = 200, body = DocumentJson), (status = 404, description = "not there")))]
async fn read((req, ctx): (HttpRequest, Ctx), actor: Actor, id: web::Path<DocumentId>) -> Result<HttpResponse> {
    let found = ctx.db.read(move |c| DocumentJson::load(c, *id)).await?;
    if let Some(patient) = found.patient_id {
        staff::read_of_record(&ctx.db, ctx.now(), &actor, "documents", patient.0).await?;
    }
    show(&req, found.version, &found)
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentPatch {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    /// What it is.
    kind: Option<Kind>,
    /// Chinese title, 1 to 60 characters.
    title: Option<String>,
    /// English title, up to 60 characters.
    title_en: Option<String>,
}

/// Changes what a document is called, as long as it has not been sent.
#[utoipa::path(patch, path = "/api/v1/documents/{id}", params(("id" = i64, Path)), request_body = DocumentPatch, tag = "documents",
    responses((status = 200, body = DocumentJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, sent_already"), (status = 422, description = "a field is wrong")))]
async fn update(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<DocumentId>,
    body: Body<DocumentPatch>,
) -> Result<HttpResponse> {
    let (id, now, b) = (*id, ctx.now(), body.0);
    let at = (id, change.version(b.version)?);
    let work = |db: Db| async move {
        let change = move |c: &mut Conn| {
            let was = store::get_document(c, id)?;
            may_change(&actor, was.patient_id)?;
            let to = Titles {
                kind: b.kind.unwrap_or(was.kind),
                title: b.title.unwrap_or(was.title),
                title_en: b.title_en.unwrap_or(was.title_en),
            };
            actions::rename(c, now, &actor, at, &to)
        };
        db.write(change).await
    };
    answer(&ctx, &change, id, work).await
}

/// What is done with a document.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DocumentStep {
    /// It is sent no more, and its links do not open.
    Withdraw,
    /// It may be sent again.
    Restore,
}

/// A step.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepBody {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    /// What.
    step: DocumentStep,
}

/// Withdraws a document, or offers it again.
#[utoipa::path(post, path = "/api/v1/documents/{id}/steps", params(("id" = i64, Path)), request_body = StepBody, tag = "documents",
    responses((status = 200, body = DocumentJson, headers(("ETag" = String))), (status = 404, description = "not there"), (status = 409, description = "stale")))]
async fn step(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<DocumentId>,
    body: Body<StepBody>,
) -> Result<HttpResponse> {
    let (id, now, b) = (*id, ctx.now(), body.0);
    let at = (id, change.version(b.version)?);
    let withdrawn = matches!(b.step, DocumentStep::Withdraw);
    let work = |db: Db| async move {
        let change = move |c: &mut Conn| {
            may_change(&actor, store::get_document(c, id)?.patient_id)?;
            actions::withdraw(c, now, &actor, at, withdrawn)
        };
        db.write(change).await
    };
    answer(&ctx, &change, id, work).await
}

/// The document after a change.
async fn answer<A, F>(ctx: &Ctx, change: &Change, id: DocumentId, work: A) -> Result<HttpResponse>
where
    A: FnOnce(Db) -> F,
    F: Future<Output = Result<()>>,
{
    let reply = move |c: &mut Conn, (): &()| {
        let x = DocumentJson::load(c, id)?;
        Ok(Reply::ok(&x)?.version(x.version))
    };
    let done = change.answer(&ctx.db, reply, work).await;
    change.or_stale(&ctx.db, done, move |c| DocumentJson::load(c, id)).await
}

/// The file of a document in a language, as it is.
#[utoipa::path(get, path = "/api/v1/documents/{id}/files/{language}", params(("id" = i64, Path), ("language" = Lang, Path)), tag = "documents",
    responses((status = 200, description = "the file", content((Vec<u8> = "application/pdf"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"))), (status = 404, description = "not there")))]
async fn read_file(ctx: Ctx, actor: Actor, path: web::Path<(DocumentId, Lang)>) -> Result<HttpResponse> {
    let (edition, content) = pages::read(&ctx, actor, path.into_inner()).await?;
    Ok(pages::answer(&edition, content))
}

/// What a file is called.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FileQuery {
    /// File name; left out: the title.
    #[serde(default)]
    name: String,
}

/// Puts a file to a document, in the place of the one in that language as long as it has not been sent.
#[utoipa::path(put, path = "/api/v1/documents/{id}/files/{language}", params(("id" = i64, Path), ("language" = Lang, Path), FileQuery),
    request_body(content((Vec<u8> = "application/pdf"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"))), tag = "documents",
    responses((status = 200, body = DocumentJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, sent_already"), (status = 413, description = "far too large"), (status = 422, description = "no such file is taken, or it is too large")))]
async fn put_file(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    path: web::Path<(DocumentId, Lang)>,
    query: Params<FileQuery>,
    body: Raw,
) -> Result<HttpResponse> {
    let ((id, language), now, max) = (path.into_inner(), ctx.now(), ctx.config.documents.max_bytes());
    let at = (id, change.version(None)?);
    let file = File {
        language,
        name: query.0.name,
        content: body.0.to_vec(),
    };
    let work = |db: Db| async move {
        let change = move |c: &mut Conn| {
            may_change(&actor, store::get_document(c, id)?.patient_id)?;
            actions::put_file(c, now, &actor, at, file, ("body", max))
        };
        db.write(change).await
    };
    answer(&ctx, &change, id, work).await
}
