//! The sample clinic's journal and a leaflet, a sending, and a campaign that is being prepared.

use chrono::NaiveDate;

use crate::documents::{self, File, Kind, NewDocument, Titles};
use crate::messaging;
use crate::outreach::campaigns::{self, NewCampaign, Pace, Wanted};
use crate::outreach::segments::SegmentId;
use crate::patients::{self, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::staff::Actor;

/// As large as a file may be where nobody says otherwise.
const FILE_MAX: usize = 10 * 1024 * 1024;

fn add(c: &mut Conn, now: Instant, titles: Titles, files: &[(Lang, &[u8])]) -> Result<documents::DocumentId> {
    let file = |(language, content): &(Lang, &[u8])| File {
        language: *language,
        name: String::new(),
        content: content.to_vec(),
    };
    let new = NewDocument {
        patient: None,
        titles,
        files: files.iter().map(file).collect(),
    };
    documents::add(c, now, &Actor::system("demo"), new, FILE_MAX)
}

/// Makes them.
///
/// # Errors
/// Those of the database.
pub fn build(
    c: &mut Conn,
    now: Instant,
    (who, segment): (&[PatientId], SegmentId),
    first_day: NaiveDate,
) -> Result<()> {
    let leaflet = Titles {
        kind: Kind::Leaflet,
        title: "拔牙后注意事项".into(),
        title_en: "After an extraction".into(),
    };
    let editions: [(Lang, &[u8]); 2] = [
        (Lang::Zh, include_bytes!("files/extraction.zh.pdf")),
        (Lang::En, include_bytes!("files/extraction.en.pdf")),
    ];
    let leaflet = add(c, now, leaflet, &editions)?;
    let journal = Titles {
        kind: Kind::Journal,
        title: "口腔健康 11月刊".into(),
        title_en: "Healthy Teeth, November".into(),
    };
    let journal = add(c, now, journal, &[(Lang::Zh, include_bytes!("files/journal.zh.pdf"))])?;
    let all = patients::list_by_id(c, who)?;
    for patient in &all {
        if messaging::unreachable(c, patient, None)?.is_none() {
            documents::send(c, now, &Actor::system("demo"), (patient.id, &[leaflet]), None)?;
            break;
        }
    }
    let wanted = Wanted {
        name: "口腔健康 11月刊".into(),
        name_en: "Healthy Teeth, November".into(),
        segment: Some(segment),
        template: "campaign-journal".into(),
        document: Some(journal),
        pace: Pace {
            per_day: 50,
            weekdays: (1..=5).collect(),
            from: 9 * 60,
            until: 17 * 60,
            first_day,
        },
        skip_booked: false,
        rest_days: 0,
    };
    let picked = Vec::new();
    campaigns::add(c, now, &Actor::system("demo"), NewCampaign { wanted, picked }).map(|_| ())
}
