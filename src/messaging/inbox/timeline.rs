//! What came in, in a patient's timeline.

use super::model::TextKind;
use super::store;
use crate::patients::{self, PatientId, TimelineEntry, TimelineSource};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::staff::{DESK, Role};

/// The texts of a patient's number and address, and calls in vain. A family's number shows them to each of the family.
pub struct InboxTimeline;

impl TimelineSource for InboxTimeline {
    fn entries(
        &self,
        c: &mut Conn,
        patient: PatientId,
        lang: Lang,
        role: Role,
        limit: i64,
    ) -> Result<Vec<TimelineEntry>> {
        let patient = patients::get_patient(c, patient)?;
        let addresses: Vec<String> = patient.phone.into_iter().chain(patient.email).collect();
        let texts = store::texts_of(c, &addresses, limit)?;
        let entry = |t: super::model::InboundText| TimelineEntry {
            whole_day: false,
            at: t.at,
            icon: if t.kind == TextKind::Text {
                "message-square-text"
            } else {
                "phone-missed"
            },
            title: match t.kind {
                TextKind::Text => lang.pick(format!("来信：{}", t.body), format!("They wrote: {}", t.body)),
                TextKind::MissedCall => lang.pick("未接来电", "Missed call").to_owned(),
            },
            detail: t.reading.name().get(lang).to_owned(),
            href: DESK.contains(&role).then(|| format!("/inbox/{}", t.conversation)),
        };
        Ok(texts.into_iter().map(entry).collect())
    }
}
