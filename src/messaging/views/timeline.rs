//! Messages in a patient's timeline.

use super::super::model::MessageState;
use super::super::store;
use super::{reason, template_name};
use crate::patients::{PatientId, TimelineEntry, TimelineSource};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::staff::{DESK, Role};

/// The messages of a patient, as entries of the timeline.
pub struct OfPatient;

impl TimelineSource for OfPatient {
    fn entries(
        &self,
        c: &mut Conn,
        patient: PatientId,
        lang: Lang,
        role: Role,
        limit: i64,
    ) -> Result<Vec<TimelineEntry>> {
        let messages = store::messages_of_patient(c, patient, limit)?;
        let entry = |m: &super::Message| TimelineEntry {
            whole_day: false,
            at: if m.state == MessageState::Queued {
                m.due_at
            } else {
                m.updated_at
            },
            icon: m.channel.icon(),
            title: format!("{} · {}", template_name(lang, &m.template), m.state.name().get(lang)),
            detail: reason(lang, m),
            href: DESK.contains(&role).then(|| format!("/messages/{}", m.id)),
        };
        let mut entries: Vec<TimelineEntry> = messages.iter().map(entry).collect();
        entries.sort_by_key(|e| std::cmp::Reverse(e.at));
        Ok(entries)
    }
}
