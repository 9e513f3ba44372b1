//! What people do with documents: put in, change, withdraw; send and open.

mod sending;

pub use sending::{file_of, note_opened, send, take_back, take_try};

use super::model::{Document, DocumentId, Kind, MediaType, file_name};
use super::store::{self, NewFile, Titles};
use crate::clinic;
use crate::patients::{self, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::form::Faults;
use crate::staff::{self, Actor, Changes, Subject};

/// Longest title, in characters.
const TITLE_MAX: usize = 60;

/// A file as somebody gave it.
#[derive(Debug, Clone)]
pub struct File {
    /// In which language it is.
    pub language: Lang,
    /// What they call it.
    pub name: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// A document to be put in.
#[derive(Debug, Clone)]
pub struct NewDocument {
    /// Whose; none: the clinic's.
    pub patient: Option<PatientId>,
    /// What it is, and what it is called.
    pub titles: Titles,
    /// Its files.
    pub files: Vec<File>,
}

fn check(of: Option<PatientId>, titles: &Titles, faults: &mut Faults) {
    let kinds = if of.is_some() {
        Kind::OF_PATIENT
    } else {
        Kind::OF_CLINIC
    };
    if !kinds.contains(&titles.kind) {
        faults.add(
            "kind",
            "unfit",
            "院刊和宣教单属于诊所，检查结果和报告单属于患者",
            "Journals and leaflets are the clinic's, results and reports a patient's",
        );
    }
    if titles.title.is_empty() {
        faults.require("title");
    }
    for (field, text) in [("title", &titles.title), ("title_en", &titles.title_en)] {
        if text.chars().count() > TITLE_MAX {
            faults.add(field, "too_long", "最多 60 个字符", "At most 60 characters");
        }
    }
}

fn tidied(titles: &Titles) -> Titles {
    let tidy = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    Titles {
        kind: titles.kind,
        title: tidy(&titles.title),
        title_en: tidy(&titles.title_en),
    }
}

/// A file as it is kept, or a fault at `field`.
fn checked(file: File, title: &str, (field, max): (&str, usize), faults: &mut Faults) -> Option<NewFile> {
    if file.content.len() > max {
        faults.0.push(too_large(field, max));
        return None;
    }
    let Some(media_type) = MediaType::of(&file.content) else {
        faults.add(
            field,
            "unfit",
            "只收 PDF、JPEG 和 PNG 文件",
            "Only PDF, JPEG and PNG files are taken",
        );
        return None;
    };
    Some(NewFile {
        language: file.language,
        name: file_name(&file.name, media_type, title),
        media_type,
        content: file.content,
    })
}

/// That a file is larger than `max` bytes.
pub(super) fn too_large(field: &str, max: usize) -> crate::platform::error::FieldError {
    let mb = max / (1024 * 1024);
    crate::platform::error::FieldError::new(
        field,
        "too_large",
        format!("文件不能超过 {mb} MB"),
        format!("A file has at most {mb} MB"),
    )
}

/// The field of a file in a form.
pub(super) fn field_of(language: Lang) -> &'static str {
    language.pick("file_zh", "file_en")
}

fn subject(id: DocumentId, of: Option<PatientId>) -> Subject {
    match of {
        Some(patient) => Subject::of_patient("documents", id.0, patient.0),
        None => Subject::of("documents", id.0),
    }
}

/// Puts a document in. `max`: bytes of a file.
///
/// # Errors
/// What is wrong with it, at `kind`, `title`, `title_en`, `file_zh` or `file_en`; `NotFound` for the patient.
pub fn add(c: &mut Conn, now: Instant, actor: &Actor, new: NewDocument, max: usize) -> Result<DocumentId> {
    let titles = tidied(&new.titles);
    let mut faults = Faults::default();
    check(new.patient, &titles, &mut faults);
    let mut files = Vec::new();
    for file in new.files {
        let field = field_of(file.language);
        files.extend(checked(file, &titles.title, (field, max), &mut faults));
    }
    faults.finish()?;
    if let Some(patient) = new.patient {
        patients::get_patient(c, patient)?;
    }
    let id = store::insert_document(c, now, new.patient, &titles)?;
    for file in files {
        store::put_file(c, id, file)?;
    }
    staff::audit(c, now, actor, "create", subject(id, new.patient), &titles.title)?;
    Ok(id)
}

fn on_version(c: &mut Conn, (id, version): (DocumentId, i64)) -> Result<Document> {
    let document = store::get_document(c, id)?;
    if document.version == version {
        return Ok(document);
    }
    let zone = clinic::the_site(c)?.tz();
    Err(staff::stale(c, zone, subject(id, document.patient_id))?)
}

/// Puts a file to a document, or another in its place as long as the document has not been sent.
///
/// # Errors
/// What is wrong with it, at `field`; `stale`; `sent_already`.
pub fn put_file(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    at: (DocumentId, i64),
    file: File,
    (field, max): (&str, usize),
) -> Result<()> {
    store::lock_document(c, at.0)?;
    let document = on_version(c, at)?;
    let mut faults = Faults::default();
    let Some(file) = checked(file, &document.title, (field, max), &mut faults) else {
        return faults.finish();
    };
    not_sent(c, document.id)?;
    let detail = format!("file {}: {}", file.language.as_str(), file.name);
    store::put_file(c, document.id, file)?;
    let same = Titles {
        kind: document.kind,
        title: document.title,
        title_en: document.title_en,
    };
    if !store::update_document(c, now, at, &same)? {
        return Err(Error::stale());
    }
    staff::audit(
        c,
        now,
        actor,
        "update",
        subject(document.id, document.patient_id),
        &detail,
    )
}

/// What has been sent stays what it was.
fn not_sent(c: &mut Conn, id: DocumentId) -> Result<()> {
    if !store::was_sent(c, id)? {
        return Ok(());
    }
    Err(Error::conflict(
        "sent_already",
        "这份资料已经发给过患者，不能再改：请新建一份，并停用这一份",
        "It has been sent to patients and stays as it is. Put the new one in as another document and withdraw this one",
    ))
}

/// Changes what a document is called, as long as it has not been sent.
///
/// # Errors
/// What is wrong with it, at its fields; `stale`; `sent_already`.
pub fn rename(c: &mut Conn, now: Instant, actor: &Actor, at: (DocumentId, i64), to: &Titles) -> Result<()> {
    store::lock_document(c, at.0)?;
    let document = on_version(c, at)?;
    let to = tidied(to);
    let mut faults = Faults::default();
    check(document.patient_id, &to, &mut faults);
    faults.finish()?;
    let mut changes = Changes::default();
    changes.note("kind", document.kind, to.kind);
    changes.note("title", &document.title, &to.title);
    changes.note("title_en", &document.title_en, &to.title_en);
    if changes.is_empty() {
        return Ok(());
    }
    not_sent(c, document.id)?;
    if !store::update_document(c, now, at, &to)? {
        return Err(Error::stale());
    }
    let what = subject(document.id, document.patient_id);
    staff::audit(c, now, actor, "update", what, &changes.to_string())
}

/// Withdraws a document, or offers it again. What is queued with nothing else is not sent then, and links do not open.
///
/// # Errors
/// `stale`.
pub fn withdraw(c: &mut Conn, now: Instant, actor: &Actor, at: (DocumentId, i64), withdrawn: bool) -> Result<()> {
    let document = on_version(c, at)?;
    if document.withdrawn_at.is_some() == withdrawn {
        return Ok(());
    }
    if !store::set_withdrawn(c, now, at, withdrawn.then_some(now))? {
        return Err(Error::stale());
    }
    let what = subject(document.id, document.patient_id);
    let done = if withdrawn { "archive" } else { "restore" };
    staff::audit(c, now, actor, done, what, &document.title)
}
