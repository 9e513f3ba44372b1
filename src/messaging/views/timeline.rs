//! Messages in a patient's timeline.

use super::super::model::{Carrier, MessageState};
use super::super::store;
use super::reason;
use crate::patients::{Patient, PatientId, TimelineEntry, TimelineSource, Undelivered};
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
        let names = store::all_templates(c)?;
        let entry = |m: &super::Message| TimelineEntry {
            whole_day: false,
            at: if m.state == MessageState::Queued {
                m.due_at
            } else {
                m.updated_at
            },
            icon: m.channel.icon(),
            title: format!("{} · {}", names.name(lang, &m.template), m.state.name().get(lang)),
            detail: reason(lang, m),
            href: DESK.contains(&role).then(|| format!("/messages/{}", m.id)),
        };
        let mut entries: Vec<TimelineEntry> = messages.iter().map(entry).collect();
        entries.sort_by_key(|e| std::cmp::Reverse(e.at));
        Ok(entries)
    }

    fn opt_outs(&self, c: &mut Conn, patient: &Patient, lang: Lang) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for channel in Carrier::ALL.iter().copied() {
            let Some(address) = channel.address_of(patient) else {
                continue;
            };
            let outs = store::opt_outs_at(c, channel, address)?;
            if let Some(widest) = outs.iter().map(|o| o.scope).max() {
                let (channel, scope) = (channel.name(), widest.name());
                let out = lang.pick("已退订", "opted out");
                found.push(format!(
                    "{} {out}{}{}",
                    channel.get(lang),
                    lang.pick("：", ": "),
                    scope.get(lang)
                ));
            }
        }
        Ok(found)
    }

    fn undelivered(&self, c: &mut Conn, patient: &Patient) -> Result<Option<Undelivered>> {
        let Some(address) = Carrier::Email.address_of(patient) else {
            return Ok(None);
        };
        let health = store::find_health(c, Carrier::Email, address)?;
        Ok(health.map(|h| Undelivered {
            at: h.last_at,
            stopped: h.suppressed_at.is_some(),
            said: h.status,
            again: format!("/patients/{}/email-again", patient.id),
        }))
    }
}
