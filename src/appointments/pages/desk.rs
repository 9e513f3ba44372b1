//! What the board and its panels are drawn from: who asks for which board, and its rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use maud::Markup;

use super::super::model::free::sessions;
use super::super::model::marks::{Held, Kept};
use super::super::model::shown::Shown;
use super::super::model::stage::WaitAlerts;
use super::super::model::suggest::{Candidate, openings};
use super::super::model::{Appointment, AppointmentId};
use super::super::news::{Reader, vips};
use super::super::reception::{still_waiting, wait_alerts};
use super::super::store::{self, Except, Reach, Watched};
use super::super::{day_end, views};
use super::strips::{held, kept};
use crate::clinic::{self, Holiday, Provider, ProviderId, Service, Site, Snapshot};
use crate::patients::{Patient, PatientId};
use crate::platform::clock::{Instant, day_bounds, next_day, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Input;
use crate::platform::web::layout::Frame;
use crate::staff::{Actor, DESK};

/// What patients changed in so many minutes is shown, so many rows at most.
const CHANGES_MINUTES: i64 = 24 * 60;
const CHANGES: usize = 6;
/// Visits left over are told of for so many days.
const LEFT_OVER_DAYS: i64 = 7;
/// So many minutes before the last session ends, what is left over of today is told of.
const CLOSING_MINUTES: i64 = 60;
/// How many of the day's next gaps are shown.
const OPENINGS: usize = 3;

/// Who asks for what.
#[derive(Clone)]
pub(super) struct Request {
    pub now: Instant,
    pub frame: Frame,
    pub actor: Actor,
    pub input: Input,
}

impl Request {
    pub(super) fn new(now: Instant, frame: Frame, actor: Actor, input: Input) -> Request {
        Request {
            now,
            frame,
            actor,
            input,
        }
    }
    /// The appointment whose panel is open.
    pub(super) fn open(&self) -> Option<AppointmentId> {
        let id = if self.input.get("open").is_empty() {
            self.input.get("move")
        } else {
            self.input.get("open")
        };
        id.parse().ok()
    }
    /// The patient for whom a booking is being made.
    pub(super) fn patient(&self) -> Option<PatientId> {
        let named = if self.input.get("patient").is_empty() {
            self.input.get("book")
        } else {
            self.input.get("patient")
        };
        named.parse().ok()
    }
    /// The board on the screen: the one that a form or panel names as `board`, else the one of this address.
    pub(super) fn shown(&self, today: NaiveDate) -> Result<Shown> {
        let named = Shown::parse(self.input.get("board"), today);
        named
            .or_else(|| Shown::read(&self.frame.path, &self.input, today))
            .ok_or_else(|| {
                Error::field(
                    "day",
                    "invalid",
                    "日期格式应为 2026-11-23",
                    "A day is written 2026-11-23",
                )
            })
    }
    /// The same, drawn as the answer to a form: reloading it, or its language link, opens the board.
    pub(super) fn into_board(mut self, today: NaiveDate) -> Result<Request> {
        let mut address = self.shown(today)?.href();
        if !self.input.get("open").is_empty() {
            address.push_str(&format!("&open={}", self.input.get("open")));
        }
        if let Some((path, query)) = address.split_once('?') {
            (self.frame.path, self.frame.query) = (path.to_owned(), query.to_owned());
        }
        Ok(self)
    }
}

/// The clinic as every panel needs it, and the board that it stands beside.
pub(super) struct Desk {
    pub site: Site,
    pub shown: Shown,
    /// The day that is booked on: of a week's board, the one clicked.
    pub day: NaiveDate,
    pub today: NaiveDate,
    pub providers: Vec<Provider>,
    pub services: Vec<Service>,
}

impl Desk {
    pub(super) fn load(c: &mut Conn, r: &Request) -> Result<Desk> {
        let clinic = clinic::snapshot(c)?;
        let site = clinic.site.clone();
        let today = r.now.day(site.tz());
        let mut shown = r.shown(today)?;
        let mut providers = clinic.providers.clone();
        // Whoever treats finds their own column first.
        providers.sort_by_key(|p| (p.user_id.is_none() || p.user_id != r.actor.user, p.position));
        if let Some(of) = shown.week_of {
            let whose = providers.iter().find(|p| p.id == of);
            let whose = whose.or_else(|| providers.iter().find(|p| p.active));
            shown.week_of = Some(whose.ok_or(Error::NotFound("provider"))?.id);
        }
        Ok(Desk {
            day: r.input.get("day").parse().unwrap_or(shown.day),
            today,
            providers,
            services: clinic.services.clone(),
            shown,
            site,
        })
    }

    /// A provider by id.
    pub(super) fn provider(&self, id: ProviderId) -> Option<&Provider> {
        self.providers.iter().find(|p| p.id == id)
    }

    /// The board's address, for forms of a panel beside a board that is more than a day.
    pub(super) fn board(&self) -> Option<String> {
        (!self.shown.is_plain()).then(|| self.shown.href())
    }
}

/// A board with its rows.
pub(super) struct Day {
    pub desk: Desk,
    pub booked: Vec<(Appointment, Patient)>,
    revision: String,
    pub(super) clinic: Arc<Snapshot>,
    pub(super) holidays: Vec<Holiday>,
    pub(super) timetables: Vec<Candidate>,
    pub(super) seen: BTreeSet<PatientId>,
    pub alerts: WaitAlerts,
    pub(super) days: Vec<NaiveDate>,
    pub(super) kept: Vec<Kept>,
    pub(super) held: Vec<Held>,
}

/// What of the database a board is drawn from, for the stream that tells of changes.
pub(super) fn watched(site: &Site, shown: &Shown) -> Watched {
    let days = shown.days();
    let first = days.first().copied().unwrap_or(shown.day);
    let last = days.last().copied().unwrap_or(shown.day);
    Watched {
        site: site.id,
        from: day_bounds(site.tz(), first).0,
        until: day_bounds(site.tz(), last).1,
        provider: shown.week_of,
    }
}

impl Day {
    pub(super) fn load(c: &mut Conn, r: &Request) -> Result<Day> {
        let desk = Desk::load(c, r)?;
        let watched = watched(&desk.site, &desk.shown);
        // Read first: what changes meanwhile is told by the stream.
        let revision = store::revision(c, &watched)?;
        let booked = store::list_watched(c, &watched)?;
        let is_used = |p: &&Provider| {
            desk.shown.has(p.id)
                && (p.active || desk.shown.week_of.is_some() || booked.iter().any(|(a, _)| a.provider_id == p.id))
        };
        let providers: Vec<Provider> = desk.providers.iter().filter(is_used).cloned().collect();
        let days = desk.shown.days();
        let ends = (
            days.first().copied().unwrap_or(desk.day),
            days.last().copied().unwrap_or(desk.day),
        );
        let clinic = clinic::snapshot(c)?;
        let whom: Vec<_> = providers.iter().map(|p| (p.id, p.chair_id)).collect();
        let reach = Reach {
            now: r.now,
            first: ends.0,
            last: ends.1,
            except: Except::default(),
            service: None,
        };
        let timetables = store::timetables(c, &clinic, &whom, &reach)?;
        let holds = store::list_holds(c, r.now, (watched.from, watched.until))?;
        Ok(Day {
            revision,
            seen: store::who_came_before(c, &watched)?,
            alerts: wait_alerts(c, desk.site.id)?,
            holidays: clinic
                .holidays
                .iter()
                .filter(|h| (ends.0..=ends.1).contains(&h.day))
                .cloned()
                .collect(),
            // What this person is booking themselves is on the screen already.
            held: holds
                .iter()
                .filter(|h| h.user_id.is_none() || h.user_id != r.actor.user)
                .map(held)
                .collect(),
            kept: kept(&clinic, &days, desk.today),
            timetables,
            clinic,
            booked,
            days,
            desk,
        })
    }

    /// What the board was drawn from, as the stream of changes would say it.
    pub(super) fn revision(&self) -> String {
        self.revision.clone()
    }

    /// The waiting room and what is to be done.
    pub(super) fn side(&self, c: &mut Conn, r: &Request) -> Result<Markup> {
        let desk = &self.desk;
        let zone = desk.site.tz();
        let tomorrow = if desk.shown.week_of.is_none() && desk.day == desk.today {
            let day = next_day(desk.day);
            let (from, until) = day_bounds(zone, day);
            let (booked, unconfirmed) = store::count_planned(c, desk.site.id, from, until)?;
            Some(views::Tomorrow {
                day,
                booked,
                unconfirmed,
            })
        } else {
            None
        };
        let changes = if r.actor.is(DESK) {
            store::patients_changes(c, r.now.plus_minutes(-CHANGES_MINUTES), CHANGES)?
        } else {
            Vec::new()
        };
        let openings = openings(&self.for_anybody(), zone, desk.day, r.now, OPENINGS);
        Ok(views::side_panel(&views::Side {
            lang: r.frame.lang,
            zone,
            now: r.now,
            day: desk.day,
            base: &desk.shown.href(),
            board: desk.board().as_deref(),
            booked: &self.booked,
            providers: &desk.providers,
            services: &desk.services,
            vips: &vips(c, r.now)?,
            reader: Reader {
                user: r.actor.user,
                role: r.actor.role,
            },
            alerts: self.alerts,
            walk_ins: &still_waiting(c, r.now, desk.day)?,
            changes: &changes,
            openings: &openings,
            left_over: self.left_over(c, r)?,
            left_today: self.left_today(c, r)?,
            tomorrow,
            may_book: r.actor.is(DESK),
        }))
    }

    /// What the desk has not said the end of, in the week before today.
    fn left_over(&self, c: &mut Conn, r: &Request) -> Result<Option<(usize, Instant)>> {
        let desk = &self.desk;
        if desk.day != desk.today || !r.actor.is(DESK) {
            return Ok(None);
        }
        let zone = desk.site.tz();
        let (from, _) = day_bounds(zone, plus_days(desk.today, -LEFT_OVER_DAYS));
        let (until, _) = day_bounds(zone, desk.today);
        day_end::count_left_over(c, desk.site.id, (from, until), r.now)
    }

    /// The same of today, from an hour before the last session ends.
    fn left_today(&self, c: &mut Conn, r: &Request) -> Result<Option<usize>> {
        let desk = &self.desk;
        if desk.day != desk.today || !r.actor.is(DESK) {
            return Ok(None);
        }
        let zone = desk.site.tz();
        let ends = |x: &Candidate| sessions(&x.timetable, zone, desk.today).last().map(|s| s.until);
        let closing = self.timetables.iter().filter_map(ends).max();
        if closing.is_some_and(|at| r.now.plus_minutes(CLOSING_MINUTES) < at) {
            return Ok(None);
        }
        let found = day_end::count_left_over(c, desk.site.id, day_bounds(zone, desk.today), r.now)?;
        Ok(found.map(|(n, _)| n))
    }
}
