//! Pages of documents.

mod clinic;
mod patient;

use actix_web::http::header::{self, ContentDisposition, DispositionParam, DispositionType, ExtendedValue};
use actix_web::{HttpResponse, web};

use super::actions::{self, File, field_of, too_large};
use super::model::{DocumentId, Edition, Kind};
use super::store::{self, Titles};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::upload::Upload;
use crate::staff::{self, Actor, EVERYONE, Subject};

/// The fields in which a file is chosen, one a language.
const FILE_FIELDS: &[&str] = &["file_zh", "file_en"];

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    clinic::routes(cfg);
    patient::routes(cfg);
    cfg.service(web::resource("/documents/{id:\\d+}/{language:zh|en}").route(staff::get(EVERYONE, file)));
}

/// A file as an answer: shown, not run, whatever is in it.
pub fn answer(edition: &Edition, content: Vec<u8>) -> HttpResponse {
    let plain: String = edition
        .name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_. ".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    let name = ContentDisposition {
        disposition: DispositionType::Inline,
        parameters: vec![
            DispositionParam::Filename(plain),
            DispositionParam::FilenameExt(ExtendedValue {
                charset: header::Charset::Ext("UTF-8".into()),
                language_tag: None,
                value: edition.name.clone().into_bytes(),
            }),
        ],
    };
    HttpResponse::Ok()
        .content_type(edition.media_type.as_str())
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; img-src 'self'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("X-Robots-Tag", "noindex, nofollow"))
        .body(content)
}

/// A file for a colleague; reading a patient's own is noted.
async fn file(ctx: Ctx, actor: Actor, path: web::Path<(DocumentId, Lang)>) -> Result<HttpResponse> {
    let (id, lang) = path.into_inner();
    let (edition, content) = read(&ctx, actor, (id, lang)).await?;
    Ok(answer(&edition, content))
}

/// The file of a document in a language, for a colleague.
pub(super) async fn read(ctx: &Ctx, actor: Actor, (id, lang): (DocumentId, Lang)) -> Result<(Edition, Vec<u8>)> {
    let now = ctx.now();
    let found = ctx
        .db
        .read(move |c| {
            let document = store::get_document(c, id)?;
            let edition = store::editions_of(c, &[id])?.into_iter().find(|e| e.language == lang);
            let content = store::content_of(c, id, lang)?;
            Ok((document, edition.zip(content)))
        })
        .await?;
    let (document, Some(found)) = found else {
        return Err(Error::NotFound("document"));
    };
    if let Some(patient) = document.patient_id {
        let what = Subject::of_patient("documents", id.0, patient.0);
        ctx.db
            .write(move |c| staff::audit(c, now, &actor, "read", what, ""))
            .await?;
    }
    Ok(found)
}

fn titles(input: &Input, faults: &mut Faults) -> Titles {
    Titles {
        kind: input.need("kind", faults).unwrap_or(Kind::Other),
        title: input.get("title").to_owned(),
        title_en: input.get("title_en").to_owned(),
    }
}

/// The files of a form, each under the field of its language, or a fault at it.
fn files(upload: &mut Upload, max: usize, faults: &mut Faults) -> Vec<File> {
    let mut files = Vec::new();
    for sent in std::mem::take(&mut upload.files) {
        let Some(language) = [Lang::Zh, Lang::En].into_iter().find(|l| field_of(*l) == sent.field) else {
            continue;
        };
        match sent.content {
            Some(content) => files.push(File {
                language,
                name: sent.name,
                content,
            }),
            None => faults.0.push(too_large(&sent.field, max)),
        }
    }
    files
}

/// What a form says of a new document, with all that is wrong with it; it has a file at least.
fn new_document(
    upload: &mut Upload,
    of: Option<crate::patients::PatientId>,
    max: usize,
) -> Result<actions::NewDocument> {
    let mut faults = Faults::default();
    let titles = titles(&upload.input, &mut faults);
    if titles.title.is_empty() {
        faults.require("title");
    }
    let files = files(upload, max, &mut faults);
    if files.is_empty() && faults.of("file_zh").is_none() && faults.of("file_en").is_none() {
        faults.add("file_zh", "required", "请选择文件", "Choose a file");
    }
    faults.finish()?;
    Ok(actions::NewDocument {
        patient: of,
        titles,
        files,
    })
}

/// The version on which a change is made.
fn version(input: &Input) -> Result<i64> {
    let mut faults = Faults::default();
    let version = input.need("version", &mut faults);
    faults.finish()?;
    Ok(version.unwrap_or_default())
}
