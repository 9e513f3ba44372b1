//! A document and its rules. Pure.

use crate::messaging::MessageId;
use crate::patients::PatientId;
use crate::platform::clock::{HOUR_MS, Instant};
use crate::platform::db::text_enum;
use crate::platform::i18n::{Lang, Text};
use crate::platform::ids::id_type;
use crate::staff::UserId;

id_type! {
    /// Row id of a document.
    DocumentId
}

id_type! {
    /// Row id of a sending.
    SendingId
}

text_enum! {
    /// What a document is.
    Kind {
        /// An issue of the clinic's journal.
        Journal = "journal",
        /// How to look after something: for anybody it concerns.
        Leaflet = "leaflet",
        /// Result of an examination of one patient.
        Result = "result",
        /// Report sheet of one patient.
        Report = "report",
        /// Anything else.
        Other = "other",
    }
}

text_enum! {
    /// What a file is: what every telephone opens.
    MediaType {
        /// PDF.
        Pdf = "application/pdf",
        /// Photograph.
        Jpeg = "image/jpeg",
        /// Picture.
        Png = "image/png",
    }
}

/// Each so many wrong dates of birth the links of a patient rest …
const TRIES: i32 = 5;
/// … for so long …
const REST_MS: i64 = HOUR_MS;
/// … and after so many those there are by then are shut: a date of birth is soon guessed by who has time.
const TRIES_MAX: i32 = 15;

impl Kind {
    /// Those of the clinic, for anybody.
    pub const OF_CLINIC: &'static [Kind] = &[Kind::Journal, Kind::Leaflet, Kind::Other];
    /// Those of one patient.
    pub const OF_PATIENT: &'static [Kind] = &[Kind::Result, Kind::Report, Kind::Other];

    /// For people.
    pub fn name(self) -> Text {
        match self {
            Kind::Journal => Text::new("院刊", "Journal"),
            Kind::Leaflet => Text::new("宣教单", "Leaflet"),
            Kind::Result => Text::new("检查结果", "Examination result"),
            Kind::Report => Text::new("报告单", "Report sheet"),
            Kind::Other => Text::new("其他", "Other"),
        }
    }
}

impl MediaType {
    /// What a file is by its first bytes, whatever its name says; none: nothing that is taken.
    pub fn of(content: &[u8]) -> Option<MediaType> {
        // A PDF may have other bytes before its mark (ISO 32000-1, annex H.3.4.1); browsers look at the first kilobyte.
        let head = content.get(..1024).unwrap_or(content);
        if head.windows(5).any(|w| w == b"%PDF-") {
            return Some(MediaType::Pdf);
        }
        if content.starts_with(b"\xFF\xD8\xFF") {
            return Some(MediaType::Jpeg);
        }
        content.starts_with(b"\x89PNG\r\n\x1A\n").then_some(MediaType::Png)
    }
    /// How names of such files end.
    pub fn ending(self) -> &'static str {
        match self {
            MediaType::Pdf => "pdf",
            MediaType::Jpeg => "jpg",
            MediaType::Png => "png",
        }
    }
}

/// Something that is sent to patients beside words.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct Document {
    /// Row id.
    pub id: DocumentId,
    /// Whose; none: the clinic's, for anybody.
    pub patient_id: Option<PatientId>,
    /// What it is.
    pub kind: Kind,
    /// Chinese title.
    pub title: String,
    /// English title; empty: the Chinese one.
    pub title_en: String,
    /// Since when it is not sent any more.
    pub withdrawn_at: Option<Instant>,
    /// Rises with every change.
    pub version: i64,
    /// When it was put in.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

impl Document {
    /// Its title in a language.
    pub fn title_in(&self, lang: Lang) -> &str {
        match lang {
            Lang::En if !self.title_en.is_empty() => &self.title_en,
            _ => &self.title,
        }
    }
    /// Whether it may be sent.
    pub fn is_offered(&self) -> bool {
        self.withdrawn_at.is_none()
    }
}

/// The file of a document in a language, without its content.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct Edition {
    /// Of which document.
    pub document_id: DocumentId,
    /// In which language.
    pub language: Lang,
    /// File name.
    pub name: String,
    /// What it is.
    pub media_type: MediaType,
    /// Bytes.
    pub size: i32,
}

/// The edition for a reader: in their language, else the other.
pub fn edition_for(editions: &[Edition], document: DocumentId, lang: Lang) -> Option<&Edition> {
    let of = || editions.iter().filter(|e| e.document_id == document);
    of().find(|e| e.language == lang).or_else(|| of().next())
}

/// Documents sent to a patient.
#[derive(Debug, Clone, diesel::Queryable)]
pub struct Sending {
    /// Row id.
    pub id: SendingId,
    /// To whom.
    pub patient_id: PatientId,
    /// The message that tells of them.
    pub message_id: Option<MessageId>,
    /// Who sent them; none: a campaign.
    pub user_id: Option<UserId>,
    /// When.
    pub created_at: Instant,
    /// When one of them was first opened.
    pub opened_at: Option<Instant>,
    /// How often.
    pub opens: i32,
    /// Wrong dates of birth since the last right one, at this link or another of the patient's.
    pub wrong: i32,
    /// The last of them.
    pub wrong_at: Option<Instant>,
}

impl Sending {
    /// Whether its link opens no more: somebody has to send the documents anew.
    pub fn is_shut(&self) -> bool {
        self.wrong >= TRIES_MAX
    }
    /// Whether the patient's links rest after too many wrong dates of birth.
    pub fn rests(&self, now: Instant) -> bool {
        let lately = self.wrong_at.is_some_and(|at| now < at + REST_MS);
        self.wrong > 0 && self.wrong % TRIES == 0 && lately
    }
    /// Whether one more wrong date makes them rest.
    pub fn is_last_try(&self) -> bool {
        (self.wrong + 1) % TRIES == 0
    }
}

/// A name under which a file may be kept and sent anywhere: what a path or a header could take for its own is left out, and it
/// ends as its content is.
pub fn file_name(given: &str, media_type: MediaType, title: &str) -> String {
    const MAX: usize = 80;
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let tidy = |text: &str| -> String {
        let kept = text
            .chars()
            .filter(|c| !c.is_control() && !"<>:\"|?*/\\%;'`".contains(*c));
        kept.take(MAX).collect::<String>().trim_matches(['.', ' ']).to_owned()
    };
    let stem = match tidy(stem) {
        empty if empty.is_empty() => tidy(title),
        stem => stem,
    };
    let stem = if stem.is_empty() { "document" } else { &stem };
    format!("{stem}.{}", media_type.ending())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_say() {
        for (content, what) in [
            (&b"%PDF-1.7 and so on"[..], Some(MediaType::Pdf)),
            (b"\xEF\xBB\xBF\r\n%PDF-1.4", Some(MediaType::Pdf)),
            (b"\xFF\xD8\xFF\xE0\0\x10JFIF", Some(MediaType::Jpeg)),
            (b"\x89PNG\r\n\x1A\n....", Some(MediaType::Png)),
            (b"<html>", None),
            (b"MZ\x90", None),
            (b"GIF89a", None),
            (b"", None),
        ] {
            assert_eq!(MediaType::of(content), what);
        }
    }

    #[test]
    fn a_file_name_is_safe_and_ends_as_the_file_is() {
        for (given, name) in [
            ("拔牙须知.pdf", "拔牙须知.pdf"),
            ("C:\\scans\\x-ray.PNG", "x-ray.pdf"),
            ("../../etc/passwd", "passwd.pdf"),
            ("a\r\nb\".html", "ab.pdf"),
            (".pdf", "标题.pdf"),
            ("", "标题.pdf"),
        ] {
            assert_eq!(file_name(given, MediaType::Pdf, "标题"), name, "{given}");
        }
        assert_eq!(file_name("", MediaType::Png, "/"), "document.png");
        assert_eq!(file_name(&"长".repeat(300), MediaType::Png, "").chars().count(), 84);
    }

    proptest::proptest! {
        #[test]
        fn no_file_name_leads_anywhere(given in "\\PC{0,60}", title in "\\PC{0,20}") {
            let name = file_name(&given, MediaType::Jpeg, &title);
            proptest::prop_assert!(!name.contains(['/', '\\', '"', '\r', '\n', '\0']) && !name.starts_with('.'), "{name}");
            proptest::prop_assert!(name.len() > 4 && std::path::Path::new(&name).extension().is_some_and(|e| e == "jpg"));
        }
    }

    #[test]
    fn after_five_wrong_dates_a_link_rests_and_after_fifteen_it_is_shut() {
        let now = Instant(1_795_000_000_000);
        let sending = |wrong, wrong_at| Sending {
            id: SendingId(1),
            patient_id: PatientId(1),
            message_id: None,
            user_id: None,
            created_at: now,
            opened_at: None,
            opens: 0,
            wrong,
            wrong_at,
        };
        assert!(!sending(4, Some(now)).rests(now) && sending(4, Some(now)).is_last_try());
        assert!(sending(5, Some(now)).rests(now) && !sending(5, Some(now)).rests(now + HOUR_MS));
        assert!(!sending(6, Some(now)).rests(now) && sending(10, Some(now)).rests(now));
        assert!(sending(15, Some(now)).is_shut() && !sending(14, Some(now)).is_shut());
        assert!(!sending(0, None).rests(now));
    }
}
