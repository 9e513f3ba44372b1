//! When an important patient books or comes, the staff concerned are told at once, with the special needs (clinic.md R6).
//!
//! Concerned is whoever treats; and who helps, or, where nobody is named for that, every nurse. Who came without an
//! appointment concerns nurses and the desk. The others see the same line, small.

use std::collections::BTreeSet;

use super::model::{Action, AppointmentId, Status};
use super::reception::{WalkInId, WalkInState, walk_ins_of_day};
use super::store;
use crate::clinic::{self, Provider, ProviderId, ServiceId};
use crate::patients::Patient;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::web::layout;
use crate::staff::{Role, UserId};

/// What VIP patients did in the last so many minutes is told.
const TOLD_MINUTES: i64 = 30;

/// What it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// A visit is booked.
    Booked(AppointmentId),
    /// The patient of an appointment is here.
    Arrived(AppointmentId),
    /// The patient is here without an appointment.
    WalkedIn(WalkInId),
}

/// What an important patient did.
pub struct VipNews {
    /// Names it, for whoever puts it away.
    pub id: i64,
    /// What it is about.
    pub about: About,
    /// Who.
    pub patient: Patient,
    /// When they came, or are to come.
    pub at: Instant,
    /// Who treats, and who helps.
    pub staff: [Option<ProviderId>; 2],
    /// For what.
    pub service: ServiceId,
}

/// Who looks.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    /// Their account.
    pub user: Option<UserId>,
    /// What they are here.
    pub role: Option<Role>,
}

impl VipNews {
    /// What happened, after the name.
    pub fn what(&self, lang: Lang) -> &'static str {
        match self.about {
            About::Booked(_) => lang.pick("（特需）刚预约", " (VIP) has just booked"),
            About::Arrived(_) => lang.pick("（特需）已到诊", " (VIP) has arrived"),
            About::WalkedIn(_) => lang.pick("（特需）未预约到诊", " (VIP) has come without an appointment"),
        }
    }
    /// Where it leads.
    pub fn href(&self, zone: chrono_tz::Tz) -> String {
        match self.about {
            About::Booked(id) | About::Arrived(id) => format!("/day?day={}&open={id}", self.at.day(zone)),
            About::WalkedIn(_) => "/waiting".to_owned(),
        }
    }
    /// Whether it is this reader's work.
    pub fn concerns(&self, reader: Reader, providers: &[Provider]) -> bool {
        let [treats, helps] = self.staff;
        let account = |id: Option<ProviderId>| providers.iter().find(|p| Some(p.id) == id).and_then(|p| p.user_id);
        let own = |id| reader.user.is_some() && account(id) == reader.user;
        let walked_in = matches!(self.about, About::WalkedIn(_));
        own(treats)
            || own(helps)
            || (helps.is_none() && reader.role == Some(Role::Nurse))
            || (walked_in && reader.role == Some(Role::FrontDesk))
    }
}

/// What VIP patients did lately, the latest first.
pub fn vips(c: &mut Conn, now: Instant) -> Result<Vec<VipNews>> {
    let since = now.plus_minutes(-TOLD_MINUTES);
    let mut found: Vec<(Instant, VipNews)> = Vec::new();
    let mut told = BTreeSet::new();
    for (event, a, patient) in store::vip_events(c, since)? {
        let here = event.action == Action::Arrive || a.arrived_at.is_some();
        // Who came and is in the chair, or gone, is no news any more.
        if here && a.status != Status::Arrived {
            continue;
        }
        let (about, at) = if here {
            (About::Arrived(a.id), a.arrived_at.unwrap_or(event.at))
        } else {
            (About::Booked(a.id), a.starts_at)
        };
        // Booked, then come: the arrival tells it all.
        if !told.insert(about) {
            continue;
        }
        let news = VipNews {
            id: event.id,
            about,
            patient,
            at,
            staff: [Some(a.provider_id), a.second_id],
            service: a.service_id,
        };
        found.push((event.at, news));
    }
    let site = clinic::the_site(c)?;
    for (w, patient) in walk_ins_of_day(c, site.id, now.day(site.tz()))? {
        if patient.vip && w.state == WalkInState::Waiting && w.arrived_at >= since {
            let news = VipNews {
                // Beside the numbers of events.
                id: -w.id.0,
                about: About::WalkedIn(w.id),
                patient,
                at: w.arrived_at,
                staff: [None, None],
                service: w.service_id,
            };
            found.push((w.arrived_at, news));
        }
    }
    found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    Ok(found.into_iter().map(|(_, news)| news).collect())
}

/// The same for every page of the staff: what concerns the reader first.
pub fn vip_news(c: &mut Conn, now: Instant, lang: Lang, reader: Reader) -> Result<Vec<layout::News>> {
    let vips = vips(c, now)?;
    if vips.is_empty() {
        return Ok(Vec::new());
    }
    let clinic = clinic::snapshot(c)?;
    let zone = clinic.site.tz();
    let provider = |v: &VipNews| clinic.providers.iter().find(|p| Some(p.id) == v.staff[0]);
    let mut news: Vec<layout::News> = vips
        .iter()
        .map(|v| layout::News {
            id: v.id,
            href: v.href(zone),
            title: format!("{}{}", v.patient.name, v.what(lang)),
            detail: [
                lang.day_time(v.at, zone),
                provider(v).map_or_else(String::new, |p| p.name_in(lang).to_owned()),
                v.patient.needs.clone(),
            ]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
            yours: v.concerns(reader, &clinic.providers),
        })
        .collect();
    news.sort_by_key(|n| !n.yours);
    Ok(news)
}
