//! Documents are sent to a patient, taken back, opened by the link.

use super::super::cause::{TEMPLATE, sending_cause};
use super::super::model::{Document, DocumentId, Edition, Kind, Sending, SendingId, edition_for};
use super::super::store;
use crate::messaging::{self, Carrier, HOLD_MS, NewMessage, Purpose};
use crate::patients::{self, Patient, PatientId};
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::form::Faults;
use crate::staff::{self, Actor, Subject};

/// For how long it may wait for the gateway.
const PATIENCE_MS: i64 = 3 * DAY_MS;
/// Its urgency: somebody waits for it, though not as for an answer.
const PRIORITY: i32 = 4;
/// Most documents of one sending.
const SENT_MAX: usize = 10;

/// Sends documents to a patient: one message with a link to all of them, held for two minutes.
///
/// # Errors
/// At `document`: none chosen, one that is not theirs, is withdrawn or has no file; a patient's own without a date of birth
/// on the record, which the link asks for; the journal to somebody who has not agreed to such mail, or has opted out of it
/// where the message would go. At `channel`: they want no message there at all. `not_reachable` when there is no way to write
/// to them.
pub fn send(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (patient, what): (PatientId, &[DocumentId]),
    carrier: Option<Carrier>,
) -> Result<SendingId> {
    let of = patients::get_patient(c, patient)?;
    let mut faults = Faults::default();
    let sent = check(c, &of, what, &mut faults)?;
    check_wishes(c, &of, (&sent, carrier), &mut faults)?;
    faults.finish()?;
    if let Some(reason) = messaging::unreachable(c, &of, carrier)? {
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

/// What is to be sent, each held until the end of the transaction; with a fault for each that cannot be.
fn check(c: &mut Conn, of: &Patient, what: &[DocumentId], faults: &mut Faults) -> Result<Vec<Document>> {
    if what.is_empty() {
        faults.add("document", "required", "请选择要发的资料", "Choose what is to be sent");
    } else if what.len() > SENT_MAX {
        faults.add("document", "too_many", "一次最多 10 份", "At most 10 at a time");
    }
    let editions = store::editions_of(c, what)?;
    let mut sent = Vec::new();
    for id in what {
        let fits = store::lock_document(c, *id)?.filter(|d| d.patient_id.is_none_or(|p| p == of.id));
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
        if document.patient_id.is_some() && of.birth_date.is_none() {
            faults.add(
                "document",
                "no_birth_date",
                "患者没有登记出生日期，而打开本人资料要用它核实：请先补登",
                "The patient's own documents open by their date of birth, and the record has none: add it first",
            );
        }
        sent.push(document);
    }
    Ok(sent)
}

/// The journal is for who has agreed to such mail, and who has opted out gets it as little as by a campaign.
fn check_wishes(
    c: &mut Conn,
    of: &Patient,
    (sent, carrier): (&[Document], Option<Carrier>),
    faults: &mut Faults,
) -> Result<()> {
    let refused = |c: &mut Conn, purpose| messaging::has_opted_out(c, of, (carrier, TEMPLATE), purpose);
    if refused(c, Purpose::Documents)? {
        faults.add(
            "channel",
            "opted_out",
            "患者已退订发往这里的所有消息：请换一种方式，或请患者重新订阅",
            "The patient has opted out of all messages there: choose another channel, or ask them to opt in again",
        );
    } else if !sent.iter().any(|d| d.kind == Kind::Journal) {
        return Ok(());
    } else if !of.marketing {
        faults.add(
            "document",
            "no_consent",
            "患者没有同意接收院刊这类信息：先在档案中登记同意",
            "The patient has not agreed to get such as the journal: note it on the record first",
        );
    } else if refused(c, Purpose::Campaign)? {
        faults.add(
            "document",
            "opted_out",
            "患者已退订发往这里的院刊这类信息：请换一种方式，或请患者重新订阅",
            "The patient has opted out of such as the journal there: choose another channel, or ask them to opt in again",
        );
    }
    Ok(())
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

/// Takes a date of birth for a sending's link, right or wrong; false: it rests or is shut, and nothing was taken. Tries at all
/// links of a patient are taken one after the other and counted together, so that having several gives nobody more of them; a
/// link that is sent later begins anew. When they are made to rest, that is audited.
pub fn take_try(c: &mut Conn, now: Instant, actor: &Actor, id: SendingId, right: bool) -> Result<bool> {
    let patient = store::find_sending(c, id)?
        .ok_or(Error::NotFound("sending"))?
        .patient_id;
    patients::lock_patient(c, patient)?;
    let all = store::private_sendings(c, patient)?;
    let open: Vec<&Sending> = all.iter().filter(|s| !s.is_shut()).collect();
    let Some(this) = open.iter().find(|s| s.id == id) else {
        return Ok(false);
    };
    if all.iter().any(|s| s.rests(now)) {
        return Ok(false);
    }
    let ids: Vec<SendingId> = open.iter().map(|s| s.id).collect();
    if right {
        store::forget_wrong(c, &ids)?;
        return Ok(true);
    }
    store::count_wrong(c, &ids, now)?;
    if open.iter().any(|s| s.is_last_try()) {
        let what = Subject::of_patient("sendings", id.0, patient.0);
        let detail = format!("{} wrong", this.wrong + 1);
        staff::audit(c, now, actor, "unlock-failed", what, &detail)?;
    }
    Ok(true)
}
