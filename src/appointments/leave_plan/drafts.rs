//! A leave as it would be: the visits it takes, two ways out for each, and the texts that patients would get.

use serde_json::{Map, Value, json};

use super::model::Wanted;
use super::store;
use super::suggest::{Affected, suggest};
use crate::appointments::Appointment;
use crate::appointments::model::suggest::Free;
use crate::clinic::Snapshot;
use crate::messaging::{self, Cause, MessageCause, NewMessage, Purpose, Verdict};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;

/// A visit with its ways out, and what the patient would be told of each.
pub struct Visit {
    /// The visit and its ways out.
    pub of: Affected,
    /// What the patient would be told of the same provider's time, and of the other's.
    pub drafts: [Option<String>; 2],
    /// What of a cancellation.
    pub cancelled: Option<String>,
}

/// The visits that a leave takes, by time. Nothing is changed by looking.
pub fn preview(c: &mut Conn, now: Instant, clinic: &Snapshot, w: &Wanted) -> Result<Vec<Visit>> {
    let affected = store::affected(c, now, w)?;
    let visits = suggest(c, now, w, affected)?;
    visits.into_iter().map(|x| with_drafts(c, now, clinic, x)).collect()
}

/// Says what a message would, of a visit that is not yet as it tells.
struct Draft(Map<String, Value>);

impl MessageCause for Draft {
    fn kind(&self) -> &'static str {
        "appointment"
    }
    fn verdict(&self, _: &mut Conn, _: Instant, _: &Cause, _: Purpose, _: Lang) -> Result<Verdict> {
        Ok(Verdict::Send(self.0.clone()))
    }
}

/// The text of a message about a visit at `to`.
fn draft(
    c: &mut Conn,
    now: Instant,
    clinic: &Snapshot,
    (a, lang): (&Appointment, Lang),
    (template, to): (&str, Free),
) -> Result<Option<String>> {
    let local = to.start.local(clinic.site.tz());
    let provider = clinic.find_provider(to.provider).map_or("", |p| p.name_in(lang));
    let mut map = Map::new();
    for (name, value) in [
        ("date", lang.day(local.date())),
        ("time", local.format("%H:%M").to_string()),
        ("provider", provider.to_owned()),
        ("address", clinic.site.address_in(lang).to_owned()),
        ("link", lang.pick("（患者链接）", "(the patient's link)").to_owned()),
    ] {
        map.insert(name.into(), json!(value));
    }
    let message = NewMessage {
        dedupe_key: String::new(),
        patient: a.patient_id,
        cause: Cause {
            kind: "appointment".into(),
            id: Some(a.id.0),
            version: None,
        },
        purpose: Purpose::Change,
        template: template.into(),
        carrier: None,
        due_at: now,
        expires_at: a.starts_at,
        priority: 1,
    };
    let composed = messaging::compose(c, now, &message, &Draft(map))?;
    Ok(composed.text.ok().map(|t| t.body))
}

/// Puts what the patient would be told to each way out.
fn with_drafts(c: &mut Conn, now: Instant, clinic: &Snapshot, x: Affected) -> Result<Visit> {
    let of = (&x.visit, x.patient.language);
    let mut drafts = [None, None];
    for (text, free) in drafts.iter_mut().zip([x.later, x.other]) {
        // Who only gets somebody else to help notices nothing of it.
        let noticed = free.filter(|f| (f.start, f.provider) != (x.visit.starts_at, x.visit.provider_id));
        if let Some(free) = noticed {
            *text = draft(c, now, clinic, of, ("visit-moved", free))?;
        }
    }
    let now_at = Free {
        start: x.visit.starts_at,
        provider: x.visit.provider_id,
        chair: x.visit.chair_id,
    };
    let cancelled = draft(c, now, clinic, of, ("visit-cancelled", now_at))?;
    Ok(Visit {
        of: x,
        drafts,
        cancelled,
    })
}
