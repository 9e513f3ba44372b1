//! What a visit is in a calendar. Pure.

use super::super::link::visit_path;
use super::super::model::{Appointment, Status};
use crate::clinic::{Leave, ProviderId, Site};
use crate::platform::clock::{DAY_MS, HOUR_MS, Instant};
use crate::platform::crypto::Keys;
use crate::platform::i18n::{Lang, name_masked};
use crate::platform::ical::Event;
use crate::platform::ids::hex;
use crate::platform::links::PublicLinks;
use crate::staff::UserId;

/// A feed tells of what begins so long before now at most …
pub(super) const BACK_MS: i64 = 30 * DAY_MS;
/// … and so long after it.
pub(super) const AHEAD_MS: i64 = 180 * DAY_MS;
/// That a feed was read is noted at most this often.
const NOTED_EVERY_MS: i64 = HOUR_MS;
/// What signs the names of visits and of leaves.
const VISIT_UID: &str = "calendar-visit";
const LEAVE_UID: &str = "calendar-leave";
/// A name has 128 bits.
const UID_BYTES: usize = 16;

/// A provider's feed.
#[derive(Debug, Clone, diesel::Queryable)]
pub(super) struct Feed {
    /// Whose visits it tells.
    pub provider: ProviderId,
    /// What is kept of the secret in its address.
    pub token_hash: String,
    /// Who made the address.
    pub user: Option<UserId>,
    /// Their name then.
    pub actor: String,
    /// When they did.
    pub created_at: Instant,
    /// When it was last read, to the hour.
    pub last_read_at: Option<Instant>,
}

impl Feed {
    /// Whether reading it at `now` is worth a note.
    pub fn is_to_be_noted(&self, now: Instant) -> bool {
        self.last_read_at.is_none_or(|last| now - last >= NOTED_EVERY_MS)
    }
}

/// The name of a thing in calendars: the same for ever, and no other clinic's, since it is made with the clinic's key.
fn uid(keys: &Keys, kind: &str, id: i64) -> String {
    let mac = keys.sign(kind, &[&id.to_be_bytes()]);
    hex(mac.split_at(UID_BYTES).0)
}

/// A visit as it stands in its patient's calendar: where and when, and nothing of what is done.
pub fn visit_event(links: &PublicLinks, visit: &Appointment, site: &Site, lang: Lang) -> Event {
    let clinic = site.name_in(lang);
    let url = links.url(&visit_path(&links.keys, visit));
    Event {
        summary: lang.pick(format!("{clinic}：就诊预约"), format!("{clinic}: appointment")),
        description: lang.pick(
            format!("确认、改期或取消：{url}"),
            format!("Confirm, move or cancel: {url}"),
        ),
        location: site.address_in(lang).to_owned(),
        url: Some(url),
        ..base(&links.keys, visit)
    }
}

/// A visit as it stands in a provider's calendar: what, whom (masked) and in which chair.
pub(super) fn work_event(
    keys: &Keys,
    visit: &Appointment,
    (service, patient, chair): (&str, &str, &str),
    helps: bool,
    lang: Lang,
) -> Event {
    let role = if helps {
        lang.pick("（配合）", " (assisting)")
    } else {
        ""
    };
    Event {
        summary: format!("{service} · {}{role}", name_masked(patient)),
        location: chair.to_owned(),
        ..base(keys, visit)
    }
}

fn base(keys: &Keys, visit: &Appointment) -> Event {
    Event {
        uid: uid(keys, VISIT_UID, visit.id.0),
        sequence: visit.version,
        changed_at: visit.updated_at,
        starts_at: visit.starts_at,
        ends_at: visit.ends_at,
        summary: String::new(),
        description: String::new(),
        location: String::new(),
        url: None,
        cancelled: visit.status == Status::Cancelled,
    }
}

/// A leave, without its reason. Leaves are made and removed, never changed: `known_since` stands for when.
pub(super) fn leave_event(keys: &Keys, leave: &Leave, known_since: Instant, lang: Lang) -> Event {
    Event {
        uid: uid(keys, LEAVE_UID, leave.id.0),
        sequence: 0,
        changed_at: known_since,
        starts_at: leave.starts_at,
        ends_at: leave.ends_at,
        summary: lang.pick("休假", "Leave").to_owned(),
        description: String::new(),
        location: String::new(),
        url: None,
        cancelled: false,
    }
}
