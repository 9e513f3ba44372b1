//! A mail as it goes over the wire: headers and parts.

use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::super::ical::Invitation;
use super::letter::ID_MAX;
use super::tag::message_id;
use super::{Mail, Thread};

/// The mail with its headers. The Message-ID depends on nothing but the message.
pub(super) fn compose(mail: &Mail, from: &Mailbox, to: &Address) -> Result<Message, String> {
    let seconds = u64::try_from(mail.at.0 / 1000).unwrap_or(0);
    let named = |tag: &str| message_id(tag, from.email.domain());
    let mut builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(mail.subject.clone())
        .date(std::time::UNIX_EPOCH + Duration::from_secs(seconds))
        .message_id(Some(named(&mail.tag)));
    let above = mail.thread.as_ref().and_then(|thread| match thread {
        Thread::Ours(tag) => Some(named(tag)),
        Thread::Theirs(id) => is_message_id(id).then(|| format!("<{id}>")),
    });
    if let Some(above) = above {
        builder = builder.in_reply_to(above.clone()).references(above);
    }
    let mut message = builder.multipart(parts(mail)?).map_err(|e| e.to_string())?;
    let mut add = |name: &'static str, value: String| {
        let name = HeaderName::new_from_ascii_str(name);
        // As it is: an address of the web must not be broken over lines.
        let header = HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value);
        message.headers_mut().insert_raw(header);
    };
    add("Auto-Submitted", "auto-generated".to_owned());
    if let Some(url) = &mail.unsubscribe {
        add("List-Unsubscribe", format!("<{url}>"));
        add("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned());
    }
    Ok(message)
}

/// Whether what somebody wrote as the `Message-ID` of a letter is one (RFC 5322, 3.6.4), whole, and may stand in a header.
fn is_message_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && c != '<' && c != '>';
    id.contains('@') && id.len() < ID_MAX && id.chars().all(plain)
}

/// Text and HTML, and the files beside it.
fn parts(mail: &Mail) -> Result<MultiPart, String> {
    let (texts, mut files) = (texts(mail)?, Vec::new());
    if let Some(Invitation { text, .. }) = &mail.invitation {
        files.push(Attachment::new("visit.ics".to_owned()).body(text.clone(), kind("application/ics")?));
    }
    for file in &mail.enclosures {
        files.push(Attachment::new(file.name.clone()).body(file.content.to_vec(), kind(file.media_type)?));
    }
    if files.is_empty() {
        return Ok(texts);
    }
    Ok(files
        .into_iter()
        .fold(MultiPart::mixed().multipart(texts), MultiPart::singlepart))
}

fn kind(text: &str) -> Result<ContentType, String> {
    ContentType::parse(text).map_err(|e| e.to_string())
}

/// An invitation is a third way to read the mail, which is what calendars look for, and a file beside it for programs that do
/// not know it (RFC 6047, 2.4).
fn texts(mail: &Mail) -> Result<MultiPart, String> {
    let part = |kind: ContentType, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
    let texts = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    let Some(Invitation { method, text }) = &mail.invitation else {
        return Ok(texts);
    };
    let calendar = kind(&format!("text/calendar; charset=utf-8; method={}", method.as_str()))?;
    Ok(texts.singlepart(part(calendar, text)))
}
