//! Planned, missed and cancelled appointments in a patient's timeline, and when they left unseen; visits that took place stand there as records.

use super::model::Status;
use super::reception::{WalkIn, left_unseen_of};
use super::store;
use crate::clinic;
use crate::patients::{Ahead, PatientId, TimelineEntry, TimelineSource};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::staff::Role;

/// What appointments know of a patient.
pub struct AppointmentTimeline;

impl TimelineSource for AppointmentTimeline {
    fn entries(&self, c: &mut Conn, patient: PatientId, lang: Lang, _: Role, limit: i64) -> Result<Vec<TimelineEntry>> {
        let services = clinic::list_services(c, true)?;
        let providers = clinic::list_providers(c, true)?;
        let zone = clinic::the_site(c)?.tz();
        let shown = store::list_of_patient(c, patient, limit)?
            .into_iter()
            .filter(|a| a.status != Status::Done);
        let left = left_unseen_of(c, patient, limit)?;
        let left = left.into_iter().map(|w| left_unseen(w, lang));
        Ok(shown
            .map(|a| {
                let service = services
                    .iter()
                    .find(|s| s.id == a.service_id)
                    .map_or("", |s| s.name_in(lang));
                let provider = providers
                    .iter()
                    .find(|p| p.id == a.provider_id)
                    .map_or("", |p| p.name_in(lang));
                TimelineEntry {
                    whole_day: false,
                    at: a.starts_at,
                    icon: "calendar-days",
                    title: format!("{service} · {provider} · {}", a.status.name().get(lang)),
                    detail: a.cancel_reason.unwrap_or(a.note),
                    href: Some(format!("/day?day={}&open={}", a.starts_at.day(zone), a.id)),
                }
            })
            .chain(left)
            .collect())
    }

    fn ahead(&self, c: &mut Conn, patient: PatientId, lang: Lang, now: Instant) -> Result<Option<Ahead>> {
        let Some(next) = store::next_of_patient(c, patient, now)? else {
            return Ok(None);
        };
        let (services, providers) = (clinic::list_services(c, true)?, clinic::list_providers(c, true)?);
        let service = services.iter().find(|s| s.id == next.service_id);
        let provider = providers.iter().find(|p| p.id == next.provider_id);
        Ok(Some(Ahead::Visit {
            at: next.starts_at,
            title: format!(
                "{} · {}",
                service.map_or("", |s| s.name_in(lang)),
                provider.map_or("", |p| p.name_in(lang))
            ),
        }))
    }
}

fn left_unseen(w: WalkIn, lang: Lang) -> TimelineEntry {
    let detail = [w.complaint, w.left_reason];
    let detail: Vec<String> = detail.into_iter().filter(|t| !t.is_empty()).collect();
    TimelineEntry {
        whole_day: false,
        at: w.arrived_at,
        icon: "door-open",
        title: lang
            .pick("未预约到诊，未就诊离开", "Came without an appointment, left unseen")
            .to_owned(),
        detail: detail.join(" · "),
        href: None,
    }
}
