//! What people do with documents.

use super::cause::sending_cause;
use super::model::{Document, DocumentId, Edition, Kind, MediaType, Sending, SendingId, edition_for, file_name};
use super::store::{self, NewFile, Titles};
use crate::clinic;
use crate::messaging::{self, Carrier, NewMessage, Purpose};
use crate::patients::{self, PatientId};
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::form::Faults;
use crate::staff::{self, Actor, Changes, Subject};

/// How long what a click sends is held, so that a mistake can be taken back.
const HOLD_MS: i64 = 2 * MINUTE_MS;
/// For how long it may wait for the gateway.
const PATIENCE_MS: i64 = 3 * DAY_MS;
/// Its urgency: somebody waits for it, though not as for an answer.
const PRIORITY: i32 = 4;
/// Code of the template.
pub(super) const TEMPLATE: &str = "documents";
/// Longest title, in characters.
const TITLE_MAX: usize = 60;
/// Most documents of one sending.
const SENT_MAX: usize = 10;

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

/// Sends documents to a patient: one message with a link to all of them, held for two minutes.
///
/// # Errors
/// At `document`: none chosen, one that is not theirs, is withdrawn or has no file; a patient's own without a date of birth
/// on the record, which the link asks for; the journal to somebody who has not agreed to such mail. `not_reachable` when there is no way to write to them.
pub fn send(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (patient, what): (PatientId, &[DocumentId]),
    carrier: Option<Carrier>,
) -> Result<SendingId> {
    let of = patients::get_patient(c, patient)?;
    let mut faults = Faults::default();
    if what.is_empty() {
        faults.add("document", "required", "请选择要发的资料", "Choose what is to be sent");
    } else if what.len() > SENT_MAX {
        faults.add("document", "too_many", "一次最多 10 份", "At most 10 at a time");
    }
    let editions = store::editions_of(c, what)?;
    for id in what {
        let fits = store::lock_document(c, *id)?.filter(|d| d.patient_id.is_none_or(|p| p == patient));
        let Some(document) = fits.filter(Document::is_offered) else {
            faults.add(
                "document",
                "unknown",
                "没有这份资料，或已停用",
                "There is no such document, or it is withdrawn",
            );
            continue;
        };
        if !editions.iter().any(|e| e.document_id == *id) {
            let title = &document.title;
            faults.add(
                "document",
                "no_file",
                format!("“{title}”还没有文件"),
                format!("\"{title}\" has no file yet"),
            );
        }
        if document.kind == Kind::Journal && !of.marketing {
            faults.add(
                "document",
                "no_consent",
                "患者没有同意接收院刊这类信息：先在档案中登记同意",
                "The patient has not agreed to get such as the journal: note it on the record first",
            );
        }
        if document.patient_id.is_some() && of.birth_date.is_none() {
            faults.add(
                "document",
                "no_birth_date",
                "患者没有登记出生日期，而打开本人资料要用它核实：请先补登",
                "The patient's own documents open by their date of birth, and the record has none: add it first",
            );
        }
    }
    faults.finish()?;
    if let Some(reason) = messaging::unreachable(&of, carrier) {
        let text = reason.text();
        return Err(Error::conflict("not_reachable", text.zh, text.en));
    }
    if let Some(same) = store::same_just_now(c, (patient, actor.user), what, now + -HOLD_MS)? {
        return Ok(same);
    }
    let id = store::insert_sending(c, now, (patient, actor.user), what)?;
    let message = messaging::queue(c, now, &message(now, id, patient, carrier))?;
    store::set_message(c, id, message)?;
    let detail = what.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let sent = Subject::of_patient("sendings", id.0, patient.0);
    staff::audit(c, now, actor, "send", sent, &format!("documents {detail}"))?;
    Ok(id)
}

fn message(now: Instant, id: SendingId, patient: PatientId, carrier: Option<Carrier>) -> NewMessage {
    NewMessage {
        dedupe_key: format!("sending:{id}"),
        patient,
        cause: sending_cause(id),
        purpose: Purpose::Documents,
        template: TEMPLATE.into(),
        carrier,
        due_at: now + HOLD_MS,
        expires_at: now + HOLD_MS + PATIENCE_MS,
        priority: PRIORITY,
    }
}

/// Takes a sending back while its message has not gone out.
///
/// # Errors
/// `NotFound`; `wrong_state` when it is too late.
pub fn take_back(c: &mut Conn, now: Instant, actor: &Actor, (patient, id): (PatientId, SendingId)) -> Result<()> {
    let sending = store::find_sending(c, id)?.filter(|s| s.patient_id == patient);
    let message = sending.and_then(|s| s.message_id).ok_or(Error::NotFound("sending"))?;
    let last = messaging::last_of(c, message)?.map_or(message, |m| m.id);
    messaging::stop(c, now, actor, last)
}

/// A file of a sending for whoever has opened its link. None: it is not one of the sending, or withdrawn.
pub fn file_of(
    c: &mut Conn,
    sending: &Sending,
    (document, lang): (DocumentId, Lang),
) -> Result<Option<(Edition, Vec<u8>)>> {
    let sent = store::documents_of(c, sending.id)?;
    if !sent.iter().any(|d| d.id == document && d.is_offered()) {
        return Ok(None);
    }
    let editions = store::editions_of(c, &[document])?;
    let Some(edition) = edition_for(&editions, document, lang).cloned() else {
        return Ok(None);
    };
    let content = store::content_of(c, document, edition.language)?;
    Ok(content.map(|content| (edition, content)))
}

/// Notes that a file of a sending was opened by its link; of a patient's own each time is audited, too.
pub fn note_opened(
    c: &mut Conn,
    now: Instant,
    (sending, actor): (&Sending, &Actor),
    (document, language): (DocumentId, Lang),
) -> Result<()> {
    store::note_opened(c, now, sending)?;
    if store::get_document(c, document)?.patient_id.is_none() {
        return Ok(());
    }
    let what = Subject::of_patient("documents", document.0, sending.patient_id.0);
    staff::audit(c, now, actor, "read", what, &format!("by link, {}", language.as_str()))
}

/// Takes a date of birth for a sending's link, right or wrong; false: it rests, and nothing was taken. Tries made at the same
/// time are taken one after the other. A link that is made to rest is audited.
pub fn take_try(c: &mut Conn, now: Instant, actor: &Actor, id: SendingId, right: bool) -> Result<bool> {
    let sending = store::lock_sending(c, id)?;
    if sending.rests(now) {
        return Ok(false);
    }
    if right {
        store::set_wrong(c, id, 0, None)?;
        return Ok(true);
    }
    store::set_wrong(c, id, sending.wrong + 1, Some(now))?;
    if sending.is_last_try() {
        let what = Subject::of_patient("sendings", id.0, sending.patient_id.0);
        staff::audit(
            c,
            now,
            actor,
            "unlock-failed",
            what,
            &format!("{} wrong", sending.wrong + 1),
        )?;
    }
    Ok(true)
}
