//! Documents in a patient's timeline: what was put in for them, and what they were sent and opened.

use super::store;
use crate::messaging::{self, MessageState};
use crate::patients::{PatientId, TimelineEntry, TimelineSource};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::staff::Role;

/// The documents of a patient, as entries of the timeline.
pub struct DocumentTimeline;

impl TimelineSource for DocumentTimeline {
    fn entries(&self, c: &mut Conn, patient: PatientId, lang: Lang, _: Role, limit: i64) -> Result<Vec<TimelineEntry>> {
        let href = format!("/patients/{patient}/documents");
        let entry = |at, icon, title: String, detail: &str| TimelineEntry {
            whole_day: false,
            at,
            icon,
            title,
            detail: detail.to_owned(),
            href: Some(href.clone()),
        };
        let mut entries = Vec::new();
        for d in store::of_patient(c, patient)? {
            let title = format!("{} · {}", d.kind.name().get(lang), d.title_in(lang));
            let detail = match d.withdrawn_at {
                Some(_) => lang.pick("已停用", "Withdrawn"),
                None => lang.pick("存入", "Put in"),
            };
            entries.push(entry(d.created_at, "file-text", title, detail));
        }
        for sending in store::sendings_before(c, store::Sent::To(patient), None, limit)? {
            let titles: Vec<String> = store::documents_of(c, sending.id)?
                .iter()
                .map(|d| d.title_in(lang).to_owned())
                .collect();
            let title = format!(
                "{} {}",
                lang.pick("资料：", "Documents:"),
                titles.join(lang.pick("、", ", "))
            );
            let message = match sending.message_id {
                Some(id) => messaging::last_of(c, id)?,
                None => None,
            };
            let stands = message.map(|m| m.state);
            let detail = match (sending.opened_at, stands) {
                (Some(_), _) => lang.pick("患者已打开", "Opened by the patient"),
                (None, Some(MessageState::Skipped | MessageState::Failed | MessageState::Dead)) => {
                    lang.pick("没有发出", "Did not go out")
                }
                (None, _) => lang.pick("患者未打开", "Not opened yet"),
            };
            entries.push(entry(sending.created_at, "send", title, detail));
        }
        entries.sort_by_key(|e| std::cmp::Reverse(e.at));
        entries.truncate(usize::try_from(limit).unwrap_or(0));
        Ok(entries)
    }
}
