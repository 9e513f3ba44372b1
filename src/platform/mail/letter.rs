//! What somebody wrote to us, without what mail programs put under it.

use mail_parser::Message;

use super::super::crypto::Keys;
use super::super::db::storable;
use super::report::fields;
use super::tag;

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Address that it says it is from. Anybody may write any there.
    pub from: String,
    /// Its `Message-ID`; empty: it has none.
    pub id: String,
    /// The row of the message of ours that it answers. That message's name is signed: only who got it can know it.
    pub answers: Option<i64>,
    /// Its words, without those that it answers and the writer's signature; after its subject, where it answers none of ours.
    pub text: String,
    /// Files that came with it.
    pub files: usize,
}

/// The longest address there is (RFC 5321, 4.5.3.1.3), in bytes.
const ADDRESS_MAX: usize = 254;
/// How much of a `Message-ID` is kept, in characters: enough to tell two apart.
pub(super) const ID_MAX: usize = 250;

/// Reads one; none: it is from nobody.
pub(super) fn read(keys: &Keys, mail: &Message<'_>) -> Option<Letter> {
    let from = storable(mail.from()?.first()?.address()?.trim());
    let answered = fields(mail).filter(|(name, _)| matches!(name.as_str(), "in-reply-to" | "references"));
    let answers = answered
        .flat_map(|(_, ids)| ids.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|id| tag::in_message_id(keys, &id))
        .last();
    let words = mail
        .body_text(0)
        .map(|text| own_words(&storable(&text)))
        .unwrap_or_default();
    let subject = storable(mail.subject().unwrap_or_default().trim());
    let text = match (answers, words.as_str()) {
        (_, "") => subject,
        (None, words) if !subject.is_empty() => format!("{subject}\n\n{words}"),
        (_, words) => words.to_owned(),
    };
    let is_address = from.contains('@') && from.len() <= ADDRESS_MAX;
    is_address.then(|| Letter {
        from,
        id: storable(mail.message_id().unwrap_or_default())
            .chars()
            .take(ID_MAX)
            .collect(),
        answers,
        text,
        files: mail.attachment_count(),
    })
}

/// Words under which programs put what is answered: Gmail, Apple Mail, Foxmail, NetEase.
const WROTE: [&str; 4] = ["wrote:", "写道：", "写道:", "寫道："];
/// Headers of an answered mail, the first and one of those after it: Outlook.
const FIRST_HEADERS: [&str; 3] = ["from:", "发件人:", "发件人："];
const NEXT_HEADERS: [&str; 11] = [
    "sent:",
    "to:",
    "date:",
    "subject:",
    "发送时间:",
    "发送时间：",
    "收件人:",
    "收件人：",
    "日期:",
    "日期：",
    "主题:",
];
/// What telephones sign with.
const DEVICES: [&str; 4] = ["sent from my ", "发自我的", "get outlook for", "从 windows 版邮件发送"];
/// In how many lines after the first another header of an answered mail stands.
const HEADERS_WITHIN: usize = 4;

/// A text without the one that it answers and without signatures.
fn own_words(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut own: Vec<&str> = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let rest = lines.get(n + 1..).unwrap_or_default();
        let lower = line.to_lowercase();
        let before = own.last().copied().unwrap_or_default();
        if WROTE.iter().any(|end| lower.ends_with(end)) && (tells_who(line) || tells_who(before)) {
            // It may take two lines.
            if !tells_who(line) {
                own.pop();
            }
            let marked = rest.iter().find(|l| !l.is_empty()).is_some_and(|l| l.starts_with('>'));
            if marked {
                continue;
            }
            break;
        }
        if is_rule(line) || *line == "--" || begins_headers(&lower, rest) {
            break;
        }
        if !line.starts_with('>') && !DEVICES.iter().any(|d| lower.starts_with(d)) {
            own.push(line);
        }
    }
    own.join("\n").trim().to_owned()
}

/// `On Mon, 23 Nov 2026 …`, `在 2026-11-23 …`, `… <desk@clinic.example>`
fn tells_who(line: &str) -> bool {
    line.contains(|c: char| c == '<' || c.is_ascii_digit())
}

/// `-----Original Message-----`, `------ 原始邮件 ------`, `________`
fn is_rule(line: &str) -> bool {
    let underlined = line.len() >= 8 && line.chars().all(|c| c == '_');
    underlined || (line.len() > 8 && line.starts_with("---") && line.ends_with("---"))
}

fn begins_headers(lower: &str, rest: &[&str]) -> bool {
    FIRST_HEADERS.iter().any(|h| lower.starts_with(h))
        && rest.iter().take(HEADERS_WITHIN).any(|line| {
            let line = line.to_lowercase();
            NEXT_HEADERS.iter().any(|h| line.starts_with(h))
        })
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    fn keys() -> Keys {
        Keys::from_master(&[7; 32])
    }

    fn letter(raw: &str) -> Letter {
        read(&keys(), &MessageParser::default().parse(raw.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn what_is_answered_and_signatures_are_left_out() {
        for (text, own) in [
            ("ok", "ok"),
            (
                "OK, see you.\n\nOn Mon, 23 Nov 2026 at 10:42, Zhichi Dental <desk@clinic.example> wrote:\n\n> Dear Wei,\n> ...",
                "OK, see you.",
            ),
            (
                "确认\n\n知齿口腔 <desk@clinic.example> 于2026年11月23日周一 10:42写道：\n\n> 张伟，您好！",
                "确认",
            ),
            (
                "On Mon, 23 Nov 2026 at 10:42, Zhichi Dental <desk@clinic.example>\nwrote:\n> Dear Wei",
                "",
            ),
            (
                "取消吧\n\n在 2026-11-23 10:42:00，\"知齿口腔\" <desk@clinic.example> 写道：\n张伟，您好！\n确认、改期或取消：",
                "取消吧",
            ),
            (
                "我想改期\n\n\n\n------------------ 原始邮件 ------------------\n发件人: \"知齿口腔\"\n张伟，您好！",
                "我想改期",
            ),
            (
                "confirm\n\nFrom: Zhichi Dental <desk@clinic.example>\nSent: Monday, 23 November 2026 10:42\nTo: Wei\nSubject: Your visit\n\nDear Wei",
                "confirm",
            ),
            ("1\n\n发自我的iPhone", "1"),
            ("Yes\n-- \nZhang Wei\nTel 138", "Yes"),
            (
                "> Dear Wei,\n> your visit is on Tuesday\n\nI cannot come",
                "I cannot come",
            ),
            ("From: my heart\nthank you", "From: my heart\nthank you"),
            ("As I wrote:\nnot at all", "As I wrote:\nnot at all"),
        ] {
            assert_eq!(own_words(text), own, "{text}");
        }
    }

    #[test]
    fn an_answer_names_our_mail_by_a_name_that_nobody_can_make_up() {
        let named = tag::make(&keys(), 42);
        let raw = |id: &str| {
            format!(
                "From: Wei <Wei@x.example>\nMessage-ID: <a@x.example>\nIn-Reply-To: <m{id}@clinic.example>\nSubject: Re: visit\n\nok\n"
            )
        };
        let answer = letter(&raw(&named));
        assert_eq!(
            (answer.answers, answer.text.as_str(), answer.from.as_str()),
            (Some(42), "ok", "Wei@x.example")
        );
        assert_eq!(answer.id, "a@x.example");
        let forged = letter(&raw(&named.replace("42.", "43.")));
        assert_eq!((forged.answers, forged.text.as_str()), (None, "Re: visit\n\nok"));
    }

    #[test]
    fn a_chinese_letter_in_an_old_encoding_is_read() {
        let (bytes, ..) = encoding_rs::GB18030.encode("我想改到下周三");
        let mut raw = b"From: a@x.example\nSubject: =?gb18030?B?xPq6ww==?=\nContent-Type: text/plain; charset=gb18030\nContent-Transfer-Encoding: 8bit\n\n".to_vec();
        raw.extend_from_slice(&bytes);
        let mail = MessageParser::default().parse(raw.as_slice()).unwrap();
        assert_eq!(read(&keys(), &mail).unwrap().text, "您好\n\n我想改到下周三");
    }

    #[test]
    fn what_no_database_keeps_is_left_out() {
        let odd = letter("From: a@x.example\nMessage-ID: <1\0@x.example>\nSubject: t\0ooth\n\nIt h\0urts\n");
        assert_eq!(odd.text, "tooth\n\nIt hurts");
        assert!(!odd.id.contains('\0'));
        let long = format!("From: {}@x.example\n\nx\n", "a".repeat(300));
        let mail = MessageParser::default().parse(long.as_bytes()).unwrap();
        assert_eq!(read(&keys(), &mail), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic_and_grows_no_longer(text in "[ -~\n写道：>-]{0,200}") {
            proptest::prop_assert!(own_words(&text).len() <= text.len());
        }
    }
}
