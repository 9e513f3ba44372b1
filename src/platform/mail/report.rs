//! Mail that comes in: whether it tells that one of ours did not arrive (RFC 3464), and which.

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

use super::super::crypto::Keys;
use super::super::db::storable;
use super::letter::{self, Letter};
use super::tag;

/// Headers that may hold the address to which a bounce was sent: what our envelope said.
const ADDRESSES: [&str; 7] = [
    "to",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "return-path",
    "x-postfix-sender",
    "x-failed-recipients",
];
/// How much of what a server said is kept, in characters.
const SAID_MAX: usize = 200;

/// What a mail that came in is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A report about one of our mails.
    Report(DeliveryReport),
    /// A report about nothing of ours: no name of a mail of ours in it that we have signed.
    Foreign,
    /// Written by a program, or to be taken for it: an answer from somebody's holidays, a newsletter, what the mail server calls
    /// spam. Nobody answers these (RFC 3834).
    Automatic,
    /// Written by somebody.
    Letter(Letter),
}

/// What became of a mail of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    /// The row of the message.
    pub message: i64,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded`, in lower case.
    pub action: String,
    /// The status code (RFC 3463), such as `5.1.1`; empty: none was given.
    pub status: String,
    /// The words of the server that said so.
    pub said: String,
}

/// Reads a raw mail.
pub fn read(keys: &Keys, raw: &[u8]) -> Incoming {
    let Some(mail) = MessageParser::default().parse(raw) else {
        return Incoming::Automatic;
    };
    if !is_delivery_report(&mail) {
        let written = Some(&mail).filter(|mail| !is_automatic(mail));
        return written
            .and_then(|mail| letter::read(keys, mail))
            .map_or(Incoming::Automatic, Incoming::Letter);
    }
    report(keys, &mail).map_or(Incoming::Foreign, Incoming::Report)
}

fn is_delivery_report(mail: &Message<'_>) -> bool {
    mail.is_content_type("multipart", "report")
        && mail
            .content_type()
            .and_then(|kind| kind.attribute("report-type"))
            .is_some_and(|kind| kind.eq_ignore_ascii_case("delivery-status"))
}

/// RFC 3834, 5, and what was usual before it.
fn is_automatic(mail: &Message<'_>) -> bool {
    let header = |name: &str| fields(mail).find(|(n, _)| n == name).map(|(_, value)| value);
    let says = |name: &str| header(name).unwrap_or_default().to_ascii_lowercase();
    let submitted = says("auto-submitted");
    let precedence = says("precedence");
    (!submitted.is_empty() && submitted != "no")
        || ["bulk", "junk", "list", "auto_reply"].contains(&precedence.as_str())
        || says("x-spam-flag") == "yes"
        || says("return-path") == "<>"
        || !says("x-autoreply").is_empty()
}

/// Names in lower case, and values, of a mail's own headers.
pub(super) fn fields<'m>(mail: &'m Message<'_>) -> impl Iterator<Item = (String, String)> + 'm {
    mail.headers_raw()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
}

fn report(keys: &Keys, mail: &Message<'_>) -> Option<DeliveryReport> {
    let status = mail.parts.iter().find(|p| {
        p.is_content_type("message", "delivery-status") || p.is_content_type("message", "global-delivery-status")
    })?;
    let text = storable(&String::from_utf8_lossy(status.contents()));
    let blocks = blocks(&text);
    let about = blocks
        .iter()
        .find(|block| value(block, "action").eq_ignore_ascii_case("failed"))
        .or_else(|| blocks.iter().find(|block| !value(block, "action").is_empty()))?;
    let message = named_by_address(keys, mail, &blocks).or_else(|| named_by_original(keys, mail))?;
    let status = value(about, "status");
    let said: String = value(about, "diagnostic-code").chars().take(SAID_MAX).collect();
    Some(DeliveryReport {
        message,
        action: value(about, "action").to_ascii_lowercase(),
        status: status.split_whitespace().next().unwrap_or_default().to_owned(),
        said: without_kind(&said).to_owned(),
    })
}

type Block = Vec<(String, String)>;

/// The groups of fields in a report, the first about the mail and one for each receiver, with folded lines put together.
fn blocks(text: &str) -> Vec<Block> {
    let mut all = vec![Block::new()];
    for line in text.lines() {
        let Some(block) = all.last_mut() else { continue };
        if line.trim().is_empty() {
            if !block.is_empty() {
                all.push(Block::new());
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = block.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            block.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    all
}

fn value<'b>(block: &'b Block, name: &str) -> &'b str {
    block.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
}

/// `smtp; 550 5.1.1 …` without the kind of server.
fn without_kind(said: &str) -> &str {
    said.split_once(';').map_or(said, |(_, rest)| rest.trim())
}

/// By the address to which the report was sent, which is the sender of our envelope.
fn named_by_address(keys: &Keys, mail: &Message<'_>, blocks: &[Block]) -> Option<i64> {
    let told = blocks.iter().flatten().cloned();
    fields(mail)
        .chain(told)
        .filter(|(name, _)| ADDRESSES.contains(&name.as_str()))
        .find_map(|(_, value)| {
            value
                .split([' ', '\t', '\r', '\n', ',', ';', '<', '>', '"'])
                .find_map(|word| tag::in_address(keys, word))
        })
}

/// By the name of the mail that the report encloses, or of which it encloses the headers.
fn named_by_original(keys: &Keys, mail: &Message<'_>) -> Option<i64> {
    let named = |inner: &Message<'_>| tag::in_message_id(keys, inner.message_id()?);
    mail.parts.iter().find_map(|part| match &part.body {
        PartType::Message(inner) => named(inner),
        _ if part.is_content_type("text", "rfc822-headers") => {
            named(&MessageParser::default().parse_headers(part.contents())?)
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_fields_of_a_report_are_put_together() {
        let text = "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\n\
                    Diagnostic-Code: smtp; 550 5.1.1\n    no such user\n\n";
        let blocks = blocks(text);
        assert_eq!(value(&blocks[1], "action"), "failed");
        assert_eq!(
            without_kind(value(&blocks[1], "diagnostic-code")),
            "550 5.1.1 no such user"
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(raw in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let keys = Keys::from_master(&[7; 32]);
            proptest::prop_assert!(!matches!(read(&keys, &raw), Incoming::Report(_)));
        }
        #[test]
        fn any_report_is_read_without_a_panic(text in "[ -~\n]{0,200}") {
            let keys = Keys::from_master(&[7; 32]);
            let raw = format!(
                "To: bounce+1.x@y\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\
                 Content-Type: message/delivery-status\n\n{text}\n--b--\n"
            );
            proptest::prop_assert_eq!(read(&keys, raw.as_bytes()), Incoming::Foreign);
        }
    }
}
