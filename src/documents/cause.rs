//! The message that tells of documents: whether it is still wanted, what it says, and what goes with an email.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::link;
use super::model::{Document, DocumentId, Kind, SendingId, edition_for};
use super::store;
use crate::clinic;
use crate::messaging::{self, Cause, MessageCause, Purpose, Verdict};
use crate::patients;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::platform::links::PublicLinks;
use crate::platform::mail::Enclosure;

/// The kind of the cause; its row is the sending.
const KIND: &str = "sending";
/// Code of its template.
pub(super) const TEMPLATE: &str = "documents";
/// No sending has this row: the link of an example opens nothing.
const NONE: SendingId = SendingId(0);

/// The cause of a sending's message.
pub(super) fn sending_cause(id: SendingId) -> Cause {
    Cause {
        kind: KIND.into(),
        id: Some(id.0),
        version: None,
    }
}

/// What a template may say of documents: `documents`, their titles, and `documents_link`, where they open. None: nothing of
/// them may be sent any more.
pub fn variables(
    c: &mut Conn,
    now: Instant,
    links: &PublicLinks,
    (sending, what): (Option<SendingId>, &[Document]),
    lang: Lang,
) -> Result<Option<Map<String, Value>>> {
    // The name of what belongs to one patient may itself be a finding: others may see the message.
    let title = |d: &Document| match d.patient_id {
        Some(_) if d.kind == Kind::Other => lang.pick("您的资料", "your document").to_owned(),
        Some(_) => lang.pick(
            format!("您的{}", d.kind.name().zh),
            format!("your {}", d.kind.name().en.to_lowercase()),
        ),
        None => lang.pick(format!("《{}》", d.title), d.title_in(lang).to_owned()),
    };
    let mut titles: Vec<String> = what.iter().filter(|d| d.is_offered()).map(title).collect();
    let mut seen = HashSet::new();
    titles.retain(|title| seen.insert(title.clone()));
    if titles.is_empty() {
        return Ok(None);
    }
    let zone = clinic::the_site(c)?.tz();
    let path = link::path(&links.keys, sending.unwrap_or(NONE), now, zone);
    Ok(Some(Map::from_iter([
        ("documents".to_owned(), Value::from(titles.join(lang.pick("、", ", ")))),
        ("documents_link".to_owned(), Value::from(links.url(&path))),
    ])))
}

/// What of these documents goes with an email: what is the clinic's, in the reader's language, as long as all of it has no
/// more than `max` bytes. A patient's own never leaves this way: a mail is read by whoever has the mailbox.
pub fn enclosed(c: &mut Conn, what: &[Document], lang: Lang, max: usize) -> Result<Vec<Enclosure>> {
    let open: Vec<DocumentId> = what
        .iter()
        .filter(|d| d.patient_id.is_none() && d.is_offered())
        .map(|d| d.id)
        .collect();
    let editions = store::editions_of(c, &open)?;
    let (mut files, mut size) = (Vec::new(), 0);
    for id in open {
        let Some(edition) = edition_for(&editions, id, lang) else {
            continue;
        };
        let bytes = usize::try_from(edition.size).unwrap_or(usize::MAX);
        if size + bytes > max {
            continue;
        }
        if let Some(content) = store::content_of(c, id, edition.language)? {
            size += bytes;
            files.push(Enclosure {
                name: edition.name.clone(),
                media_type: edition.media_type.as_str(),
                content: content.into(),
            });
        }
    }
    Ok(files)
}

/// Messages of sendings.
pub struct SendingCause {
    /// Makes the link.
    pub links: PublicLinks,
    /// Bytes that go with an email at most.
    pub enclose_max: usize,
}

impl MessageCause for SendingCause {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn verdict(&self, c: &mut Conn, now: Instant, cause: &Cause, _: Purpose, lang: Lang) -> Result<Verdict> {
        let sending = SendingId(cause.id.unwrap_or(NONE.0));
        let (what, refused) = wanted(c, sending)?;
        let found = variables(c, now, &self.links, (Some(sending), &what), lang)?;
        Ok(match found {
            Some(found) => Verdict::Send(found),
            None if refused => Verdict::Skip(
                "journal-refused",
                Text::new(
                    "患者已不要院刊这类信息",
                    "The patient wants no more such as the journal",
                ),
            ),
            None => withdrawn(),
        })
    }

    fn files(&self, c: &mut Conn, cause: &Cause, lang: Lang) -> Result<Vec<Enclosure>> {
        let (what, _) = wanted(c, SendingId(cause.id.unwrap_or(NONE.0)))?;
        enclosed(c, &what, lang, self.enclose_max)
    }
}

/// What of a sending its patient still wants, and whether that is not all of it: the journal is left out for who has taken
/// back their consent, or opted out of such where the message goes, since it was sent.
fn wanted(c: &mut Conn, id: SendingId) -> Result<(Vec<Document>, bool)> {
    let mut what = store::documents_of(c, id)?;
    if !what.iter().any(|d| d.kind == Kind::Journal) {
        return Ok((what, false));
    }
    let Some(sending) = store::find_sending(c, id)? else {
        return Ok((what, false));
    };
    let patient = patients::get_patient(c, sending.patient_id)?;
    let message = match sending.message_id {
        Some(id) => messaging::last_of(c, id)?,
        None => None,
    };
    let way = (message.map(|m| m.channel), TEMPLATE);
    let refused = !patient.marketing || messaging::has_opted_out(c, &patient, way, Purpose::Campaign)?;
    if refused {
        what.retain(|d| d.kind != Kind::Journal);
    }
    Ok((what, refused))
}

/// Nothing is left to be sent.
pub fn withdrawn() -> Verdict {
    Verdict::Skip(
        "document-withdrawn",
        Text::new("资料已停用", "The document was withdrawn"),
    )
}
