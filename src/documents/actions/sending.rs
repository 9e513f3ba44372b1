//! Documents are sent to a patient, taken back, opened by the link.

use super::super::cause::sending_cause;
use super::super::model::{Document, DocumentId, Edition, Kind, Sending, SendingId, edition_for};
use super::super::store;
use crate::messaging::{self, Carrier, NewMessage, Purpose};
use crate::patients::{self, PatientId};
use crate::platform::clock::{DAY_MS, Instant, MINUTE_MS};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::form::Faults;
use crate::staff::{self, Actor, Subject};

/// How long what a click sends is held, so that a mistake can be taken back.
const HOLD_MS: i64 = 2 * MINUTE_MS;
/// For how long it may wait for the gateway.
const PATIENCE_MS: i64 = 3 * DAY_MS;
/// Its urgency: somebody waits for it, though not as for an answer.
const PRIORITY: i32 = 4;
/// Code of the template.
const TEMPLATE: &str = "documents";
/// Most documents of one sending.
const SENT_MAX: usize = 10;

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
