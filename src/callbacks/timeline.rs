//! A patient's calls in the one timeline.

use super::model::{Alarm, reason_in, roles_seen_by};
use super::{store, survey};
use crate::patients::{PatientId, TimelineEntry, TimelineSource};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::staff::{CLINICAL, Role};

/// Calls as timeline entries; why and what was noted only for clinical roles.
pub struct CallTimeline;

impl TimelineSource for CallTimeline {
    fn entries(
        &self,
        c: &mut Conn,
        patient: PatientId,
        lang: Lang,
        role: Role,
        limit: i64,
    ) -> Result<Vec<TimelineEntry>> {
        let (clinical, theirs) = (CLINICAL.contains(&role), roles_seen_by(role));
        let calls = store::list_calls_of(c, patient, limit)?;
        let rated = survey::of_patient(c, patient, limit)?;
        let mut entries: Vec<TimelineEntry> = rated.into_iter().map(|a| rating(lang, clinical, a)).collect();
        entries.extend(calls.into_iter().map(|(a, task)| {
            let mut title = format!(
                "{}{}{}",
                task.kind.name().get(lang),
                lang.pick("：", ": "),
                a.result.name().get(lang)
            );
            if let Some(score) = a.score {
                title.push_str(&lang.pick(format!(" · 评分 {score}/5"), format!(" · rated {score}/5")));
            }
            let alarm = if a.alarm == Alarm::None {
                String::new()
            } else {
                a.alarm.name().get(lang).to_owned()
            };
            let parts = [reason_in(&task.reason, lang), alarm, a.note, a.actor.clone()];
            let seen: Vec<String> = parts.into_iter().filter(|p| !p.is_empty()).collect();
            TimelineEntry {
                whole_day: false,
                at: a.at,
                icon: "phone-call",
                title,
                detail: if clinical { seen.join(" · ") } else { a.actor },
                href: theirs
                    .contains(&task.role)
                    .then(|| format!("/callbacks?task={}", task.id)),
            }
        }));
        Ok(entries)
    }
}

/// What a patient answered when asked how a visit was.
fn rating(lang: Lang, clinical: bool, a: survey::Answer) -> TimelineEntry {
    let score = a.score;
    TimelineEntry {
        whole_day: false,
        at: a.at,
        icon: "star",
        title: lang.pick(
            format!("患者评分 {score}/5"),
            format!("Rated by the patient: {score}/5"),
        ),
        detail: if clinical { a.comment } else { String::new() },
        href: None,
    }
}
