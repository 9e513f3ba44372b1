//! A patient's visits in the one timeline.

use super::model::{VisitStatus, treatments_line};
use super::store;
use crate::patients::{PatientId, TimelineEntry, TimelineSource};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::staff::{CLINICAL, Role};

/// Visits as timeline entries; what is clinical only for clinical roles.
pub struct VisitTimeline;

impl TimelineSource for VisitTimeline {
    fn entries(
        &self,
        c: &mut Conn,
        patient: PatientId,
        lang: Lang,
        role: Role,
        limit: i64,
    ) -> Result<Vec<TimelineEntry>> {
        let clinical = CLINICAL.contains(&role);
        let visits = store::list_visits(c, patient, limit)?;
        let (mut done, names) = (store::treatments_of(c, &visits)?, store::names_of(c, &visits)?);
        Ok(visits
            .into_iter()
            .map(|v| {
                let (service, provider) = (names.service(&v), names.provider(&v));
                let mut title = format!("{} · {}", service.get(lang), provider.get(lang));
                if v.status != VisitStatus::Finished {
                    title = format!("{title} · {}", v.status.name().get(lang));
                }
                let done = done.remove(&v.id).unwrap_or_default();
                if v.lacks_record(&done) {
                    title = format!("{title} · {}", lang.pick("待补病历", "record missing"));
                }
                let treated = treatments_line(&done);
                let seen: &[&str] = if clinical {
                    &[&v.diagnosis, &treated, &v.advice]
                } else {
                    &[&v.advice, &v.next_visit]
                };
                let parts: Vec<&str> = seen.iter().copied().filter(|p| !p.is_empty()).collect();
                TimelineEntry {
                    whole_day: false,
                    at: v.started_at,
                    icon: "stethoscope",
                    title,
                    detail: parts.join(" · "),
                    href: clinical.then(|| format!("/visits/{}", v.id)),
                }
            })
            .collect())
    }
}
