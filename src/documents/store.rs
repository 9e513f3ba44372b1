//! All SQL of documents.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::model::{Document, DocumentId, Edition, Kind, MediaType, Sending, SendingId};
use crate::messaging::{self, MessageId, MessageState};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{document_files, documents, messages, patients, sending_documents, sendings};
use crate::platform::db::{Both, Conn};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::staff::UserId;

/// What of a document can be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Titles {
    /// What it is.
    pub kind: Kind,
    /// Chinese title.
    pub title: String,
    /// English title; may be empty.
    pub title_en: String,
}

/// Adds a document without files.
pub fn insert_document(c: &mut Conn, now: Instant, of: Option<PatientId>, titles: &Titles) -> Result<DocumentId> {
    Ok(diesel::insert_into(documents::table)
        .values((
            documents::patient_id.eq(of),
            documents::kind.eq(titles.kind),
            documents::title.eq(&titles.title),
            documents::title_en.eq(&titles.title_en),
            documents::version.eq(1_i64),
            documents::created_at.eq(now),
            documents::updated_at.eq(now),
        ))
        .returning(documents::id)
        .get_result(c)?)
}

/// Changes titles and kind of a document that still has `version`; false when somebody was faster.
pub fn update_document(c: &mut Conn, now: Instant, (id, version): (DocumentId, i64), to: &Titles) -> Result<bool> {
    let row = documents::table.filter(documents::id.eq(id).and(documents::version.eq(version)));
    let changed = diesel::update(row)
        .set((
            documents::kind.eq(to.kind),
            documents::title.eq(&to.title),
            documents::title_en.eq(&to.title_en),
            documents::version.eq(version.saturating_add(1)),
            documents::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(changed == 1)
}

/// Withdraws a document that still has `version`, or offers it again; false when somebody was faster.
pub fn set_withdrawn(
    c: &mut Conn,
    now: Instant,
    (id, version): (DocumentId, i64),
    since: Option<Instant>,
) -> Result<bool> {
    let row = documents::table.filter(documents::id.eq(id).and(documents::version.eq(version)));
    let changed = diesel::update(row)
        .set((
            documents::withdrawn_at.eq(since),
            documents::version.eq(version.saturating_add(1)),
            documents::updated_at.eq(now),
        ))
        .execute(c)?;
    Ok(changed == 1)
}

/// A document that may be gone.
pub fn find_document(c: &mut Conn, id: DocumentId) -> Result<Option<Document>> {
    Ok(documents::table.find(id).first(c).optional()?)
}

/// A document that must be there.
pub fn get_document(c: &mut Conn, id: DocumentId) -> Result<Document> {
    find_document(c, id)?.ok_or(Error::NotFound("document"))
}

/// A document whose row is held until the end of the transaction: what is being sent is not changed meanwhile.
pub fn lock_document(c: &mut Conn, id: DocumentId) -> Result<Option<Document>> {
    // A write that changes nothing holds the row, on both databases.
    diesel::update(documents::table.find(id))
        .set(documents::version.eq(documents::version))
        .execute(c)?;
    find_document(c, id)
}

/// The clinic's own, the latest first.
pub fn of_clinic(c: &mut Conn) -> Result<Vec<Document>> {
    Ok(documents::table
        .filter(documents::patient_id.is_null())
        .order(documents::id.desc())
        .load(c)?)
}

/// A patient's own, the latest first.
pub fn of_patient(c: &mut Conn, patient: PatientId) -> Result<Vec<Document>> {
    Ok(documents::table
        .filter(documents::patient_id.eq(patient))
        .order(documents::id.desc())
        .load(c)?)
}

/// The clinic's own that may be sent and have a file, the latest first.
pub fn offered(c: &mut Conn) -> Result<Vec<Document>> {
    Ok(documents::table
        .filter(documents::patient_id.is_null().and(documents::withdrawn_at.is_null()))
        .filter(documents::id.eq_any(document_files::table.select(document_files::document_id)))
        .order(documents::id.desc())
        .load(c)?)
}

/// A file that is to be kept.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// In which language.
    pub language: Lang,
    /// File name.
    pub name: String,
    /// What it is.
    pub media_type: MediaType,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// Keeps a document's file in a language, in the place of one that was there.
pub fn put_file(c: &mut Conn, of: DocumentId, file: NewFile) -> Result<()> {
    diesel::delete(document_files::table.find((of, file.language))).execute(c)?;
    diesel::insert_into(document_files::table)
        .values((
            document_files::document_id.eq(of),
            document_files::language.eq(file.language),
            document_files::name.eq(file.name),
            document_files::media_type.eq(file.media_type),
            document_files::size.eq(i32::try_from(file.content.len()).unwrap_or(i32::MAX)),
            document_files::content.eq(file.content),
        ))
        .execute(c)?;
    Ok(())
}

/// The files of documents, without their content.
pub fn editions_of(c: &mut Conn, of: &[DocumentId]) -> Result<Vec<Edition>> {
    Ok(document_files::table
        .filter(document_files::document_id.eq_any(of.to_vec()))
        .order((document_files::document_id, document_files::language.desc()))
        .select((
            document_files::document_id,
            document_files::language,
            document_files::name,
            document_files::media_type,
            document_files::size,
        ))
        .load(c)?)
}

/// A file with its content.
pub fn content_of(c: &mut Conn, of: DocumentId, language: Lang) -> Result<Option<Vec<u8>>> {
    Ok(document_files::table
        .find((of, language))
        .select(document_files::content)
        .first(c)
        .optional()?)
}

/// Writes down that documents are sent to a patient; the message that tells of them is named by [`set_message`].
pub fn insert_sending(
    c: &mut Conn,
    now: Instant,
    (patient, by): (PatientId, Option<UserId>),
    what: &[DocumentId],
) -> Result<SendingId> {
    let id: SendingId = diesel::insert_into(sendings::table)
        .values((
            sendings::patient_id.eq(patient),
            sendings::user_id.eq(by),
            sendings::created_at.eq(now),
            sendings::opens.eq(0),
            sendings::wrong.eq(0),
        ))
        .returning(sendings::id)
        .get_result(c)?;
    for document in what {
        let row = (
            sending_documents::sending_id.eq(id),
            sending_documents::document_id.eq(*document),
        );
        Both(
            diesel::insert_into(sending_documents::table)
                .values(row)
                .on_conflict_do_nothing(),
        )
        .execute(c)?;
    }
    Ok(id)
}

/// Names the message that tells of a sending.
pub fn set_message(c: &mut Conn, id: SendingId, message: Option<MessageId>) -> Result<()> {
    diesel::update(sendings::table.find(id))
        .set(sendings::message_id.eq(message))
        .execute(c)?;
    Ok(())
}

/// A sending that may be gone.
pub fn find_sending(c: &mut Conn, id: SendingId) -> Result<Option<Sending>> {
    Ok(sendings::table.find(id).first(c).optional()?)
}

/// The sendings of something that belongs to the patient alone: their links ask for the date of birth.
pub fn private_sendings(c: &mut Conn, patient: PatientId) -> Result<Vec<Sending>> {
    let own = sending_documents::table
        .inner_join(documents::table)
        .filter(documents::patient_id.eq(patient))
        .select(sending_documents::sending_id);
    Ok(sendings::table
        .filter(sendings::patient_id.eq(patient))
        .filter(sendings::id.eq_any(own))
        .order(sendings::id)
        .load(c)?)
}

/// What was sent, the clinic's and the patient's, in the order in which it was put in.
pub fn documents_of(c: &mut Conn, id: SendingId) -> Result<Vec<Document>> {
    Ok(documents::table
        .inner_join(sending_documents::table)
        .filter(sending_documents::sending_id.eq(id))
        .order(documents::id)
        .select(documents::all_columns)
        .load(c)?)
}

/// Whether a document has ever been sent, or is about to be. What was taken back does not count.
pub fn was_sent(c: &mut Conn, id: DocumentId) -> Result<bool> {
    let sent = sending_documents::table
        .inner_join(sendings::table)
        .inner_join(messages::table.on(sendings::message_id.eq(messages::id.nullable())))
        .filter(sending_documents::document_id.eq(id))
        .filter(messages::state.ne(MessageState::Skipped));
    Ok(sent.count().get_result::<i64>(c)? > 0)
}

/// Which of these patients have been sent a document, or are about to be. What never went out does not count, unless it was
/// sent again by hand.
pub fn those_with(c: &mut Conn, who: &[PatientId], what: DocumentId) -> Result<HashSet<PatientId>> {
    let rows: Vec<(PatientId, MessageId, MessageState)> = sendings::table
        .inner_join(sending_documents::table)
        .inner_join(messages::table.on(sendings::message_id.eq(messages::id.nullable())))
        .filter(sending_documents::document_id.eq(what))
        .filter(sendings::patient_id.eq_any(who.to_vec()))
        .select((sendings::patient_id, messages::id, messages::state))
        .load(c)?;
    let never =
        |state: MessageState| matches!(state, MessageState::Skipped | MessageState::Failed | MessageState::Dead);
    let mut having = HashSet::new();
    for (patient, message, state) in rows {
        if !never(state) || messaging::last_of(c, message)?.is_some_and(|m| !never(m.state)) {
            having.insert(patient);
        }
    }
    Ok(having)
}

/// Whose sendings, or of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// To this patient.
    To(PatientId),
    /// Of this document.
    Of(DocumentId),
}

/// Sendings before one, the latest first.
pub fn sendings_before(c: &mut Conn, which: Sent, before: Option<SendingId>, limit: i64) -> Result<Vec<Sending>> {
    let mut rows = sendings::table.into_boxed();
    rows = match which {
        Sent::To(patient) => rows.filter(sendings::patient_id.eq(patient)),
        Sent::Of(document) => {
            let of = sending_documents::table.filter(sending_documents::document_id.eq(document));
            rows.filter(sendings::id.eq_any(of.select(sending_documents::sending_id)))
        }
    };
    if let Some(before) = before {
        rows = rows.filter(sendings::id.lt(before));
    }
    Ok(rows.order(sendings::id.desc()).limit(limit).load(c)?)
}

/// Whether a patient has just been sent the very same by the same person, and it has not gone out yet: a click too many.
pub fn same_just_now(
    c: &mut Conn,
    (patient, by): (PatientId, Option<UserId>),
    what: &[DocumentId],
    since: Instant,
) -> Result<Option<SendingId>> {
    let lately: Vec<(SendingId, Option<UserId>)> = sendings::table
        .inner_join(messages::table.on(sendings::message_id.eq(messages::id.nullable())))
        .filter(sendings::patient_id.eq(patient).and(sendings::created_at.gt(since)))
        .filter(messages::state.eq(MessageState::Queued))
        .order(sendings::id.desc())
        .select((sendings::id, sendings::user_id))
        .load(c)?;
    let wanted: HashSet<DocumentId> = what.iter().copied().collect();
    for (id, _) in lately.into_iter().filter(|(_, user)| *user == by) {
        if documents_of(c, id)?.iter().map(|d| d.id).collect::<HashSet<_>>() == wanted {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Somebody to whom a document was sent: the sending, their name, and how the message stands.
pub type Receiver = (Sending, String, Option<MessageState>);

/// To whom a document was sent, the latest first.
pub fn receivers_of(c: &mut Conn, id: DocumentId, limit: i64) -> Result<Vec<Receiver>> {
    Ok(sendings::table
        .inner_join(sending_documents::table)
        .inner_join(patients::table)
        .left_join(messages::table.on(sendings::message_id.eq(messages::id.nullable())))
        .filter(sending_documents::document_id.eq(id))
        .order(sendings::id.desc())
        .limit(limit)
        .select((sendings::all_columns, patients::name, messages::state.nullable()))
        .load(c)?)
}

/// How often documents were sent, or are about to be, and how many of those were opened.
pub fn count_sent(c: &mut Conn) -> Result<HashMap<DocumentId, (i64, i64)>> {
    use diesel::dsl::{count, count_star};
    let rows: Vec<(DocumentId, i64, i64)> = sending_documents::table
        .inner_join(sendings::table)
        .inner_join(messages::table.on(sendings::message_id.eq(messages::id.nullable())))
        .filter(messages::state.ne(MessageState::Skipped))
        .group_by(sending_documents::document_id)
        .select((sending_documents::document_id, count_star(), count(sendings::opened_at)))
        .load(c)?;
    Ok(rows
        .into_iter()
        .map(|(id, sent, opened)| (id, (sent, opened)))
        .collect())
}

/// One of the documents was opened.
pub fn note_opened(c: &mut Conn, now: Instant, sending: &Sending) -> Result<()> {
    diesel::update(sendings::table.find(sending.id))
        .set((
            sendings::opened_at.eq(sending.opened_at.unwrap_or(now)),
            sendings::opens.eq(sendings::opens + 1),
        ))
        .execute(c)?;
    Ok(())
}

/// Counts one more wrong date of birth for these links.
pub fn count_wrong(c: &mut Conn, ids: &[SendingId], at: Instant) -> Result<()> {
    diesel::update(sendings::table.filter(sendings::id.eq_any(ids.to_vec())))
        .set((sendings::wrong.eq(sendings::wrong + 1), sendings::wrong_at.eq(at)))
        .execute(c)?;
    Ok(())
}

/// After the right date of birth these links have all their tries again.
pub fn forget_wrong(c: &mut Conn, ids: &[SendingId]) -> Result<()> {
    diesel::update(sendings::table.filter(sendings::id.eq_any(ids.to_vec())))
        .set((sendings::wrong.eq(0), sendings::wrong_at.eq(None::<Instant>)))
        .execute(c)?;
    Ok(())
}
