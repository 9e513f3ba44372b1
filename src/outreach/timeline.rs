//! Recalls in a patient's timeline.

use super::model::{Recall, RecallState};
use super::store::recalls;
use crate::clinic;
use crate::patients::{Ahead, PatientId, TimelineEntry, TimelineSource};
use crate::platform::clock::{Instant, at_minute};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::staff::Role;

/// Shown at this minute of the day a recall is due.
const NOON: i32 = 12 * 60;

/// Recalls that are looked through for the next one.
const LOOKED_AT: i64 = 40;

/// The recalls of a patient, at the day they are due.
pub struct RecallTimeline;

impl TimelineSource for RecallTimeline {
    fn entries(
        &self,
        c: &mut Conn,
        patient: PatientId,
        lang: Lang,
        _role: Role,
        limit: i64,
    ) -> Result<Vec<TimelineEntry>> {
        let zone = clinic::the_site(c)?.tz();
        let list = recalls::of_patient(c, patient, limit)?;
        // What was ended or switched off is on the page of the recalls.
        let shown = |r: &Recall| matches!(r.state, RecallState::Due | RecallState::Declined);
        Ok(list
            .into_iter()
            .filter(|(recall, ..)| shown(recall))
            .map(|(recall, zh, en)| {
                let service = lang.pick(zh, en);
                let tried = recall.last_result_text().map(|t| {
                    let n = recall.attempts;
                    lang.pick(format!("联系 {n} 次，{}", t.zh), format!("{n} × contacted, {}", t.en))
                });
                TimelineEntry {
                    whole_day: true,
                    at: at_minute(zone, recall.due_on, NOON),
                    icon: "bell-ring",
                    title: lang.pick(format!("{service} 复诊到期"), format!("{service}: recall due")),
                    detail: tried.unwrap_or_default(),
                    href: Some(format!("/recall/{}", recall.id)),
                }
            })
            .collect())
    }

    fn ahead(&self, c: &mut Conn, patient: PatientId, lang: Lang, _now: Instant) -> Result<Option<Ahead>> {
        let list = recalls::of_patient(c, patient, LOOKED_AT)?;
        let open = list.into_iter().filter(|(recall, ..)| recall.state == RecallState::Due);
        let first = open.min_by_key(|(recall, ..)| recall.due_on);
        Ok(first.map(|(recall, zh, en)| Ahead::Recall {
            due_on: recall.due_on,
            title: lang.pick(zh, en),
            href: format!("/patients/{patient}/recalls"),
        }))
    }
}
