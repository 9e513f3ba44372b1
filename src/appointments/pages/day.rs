//! The page of a day and its panels.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use maud::Markup;

use super::super::model::board::{Facts, board, counts, waiting};
use super::super::model::free::sessions;
use super::super::model::suggest::{Candidate, openings};
use super::super::model::{Appointment, AppointmentId, UNDO_MS};
use super::super::store::{self, Event, Except, Reach};
use super::super::{day_end, views};
use super::{booking, card};
use crate::clinic::{self, Chair, Holiday, Provider, ProviderId, Service, Site};
use crate::patients::{self, Patient, PatientId};
use crate::platform::clock::{Instant, day_bounds, is_in_calendar, next_day, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{Actor, DESK};

/// What patients changed in so many minutes is shown, so many rows at most.
const CHANGES_MINUTES: i64 = 24 * 60;
const CHANGES: i64 = 6;
/// Visits left over are told of for so many days.
const LEFT_OVER_DAYS: i64 = 7;
/// How many of the day's next gaps are shown.
const OPENINGS: usize = 3;

pub(super) type Query = web::Query<Vec<(String, String)>>;

/// `/` is the desk's day.
pub(super) async fn home() -> HttpResponse {
    HttpResponse::SeeOther().insert_header(("Location", "/day")).finish()
}

/// The day asked for, with the panel asked for.
pub(super) async fn page(ctx: Ctx, frame: Frame, actor: Actor, query: Query) -> Result<Markup> {
    let request = Request::new(ctx.now(), frame, actor, Input::from_pairs(query.into_inner()));
    render(&ctx, request, Faults::default(), None).await
}

/// Only the panel, for htmx.
pub(super) async fn panel(ctx: Ctx, frame: Frame, actor: Actor, query: Query) -> Result<Markup> {
    let r = Request::new(ctx.now(), frame, actor, Input::from_pairs(query.into_inner()));
    audit_opened(&ctx, &r).await?;
    ctx.db
        .read(move |c| {
            let day = Day::load(c, &r)?;
            the_panel(c, &r, &day, &Faults::default())
        })
        .await
}

/// Only the waiting room and to-do.
pub(super) async fn side(ctx: Ctx, frame: Frame, actor: Actor, query: Query) -> Result<Markup> {
    let r = Request::new(ctx.now(), frame, actor, Input::from_pairs(query.into_inner()));
    ctx.db
        .read(move |c| {
            let day = Day::load(c, &r)?;
            day.side(c, &r)
        })
        .await
}

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
    /// The same, drawn as the answer to a form: reloading it, or its language link, opens the board.
    pub(super) fn into_board(mut self) -> Request {
        self.frame.path = "/day".into();
        let mut query = form_urlencoded::Serializer::new(String::new());
        for name in ["day", "open"] {
            if !self.input.get(name).is_empty() {
                query.append_pair(name, self.input.get(name));
            }
        }
        self.frame.query = query.finish();
        self
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
}

/// Draws the whole page, after noting who looked at whose record.
pub(super) async fn render(ctx: &Ctx, r: Request, faults: Faults, error: Option<Error>) -> Result<Markup> {
    audit_opened(ctx, &r).await?;
    ctx.db
        .read(move |c| {
            let day = Day::load(c, &r)?;
            let side = the_panel(c, &r, &day, &faults)?;
            let did = day.did(c, &r)?;
            let undone = day.undone(c, &r)?;
            let board = board(&day.facts(&r));
            Ok(views::day_page(&views::DayPage {
                frame: &r.frame,
                zone: day.site.tz(),
                day: day.day,
                today: day.today,
                board: &board,
                services: &day.services,
                counts: counts(&day.booked, r.now),
                did: did.as_ref().map(|(a, e, name)| (a, e.action, name.clone())),
                undone,
                closed: day.closed_because(r.frame.lang),
                waiting: &waiting(&day.booked),
                now: r.now,
                error: error.as_ref(),
                side,
                may_book: r.actor.is(DESK),
            }))
        })
        .await
}

/// Opening a patient's panel reads their record.
pub(super) async fn audit_opened(ctx: &Ctx, r: &Request) -> Result<()> {
    let (open, patient) = (r.open(), r.patient());
    if open.is_none() && patient.is_none() {
        return Ok(());
    }
    let (actor, now) = (r.actor.clone(), r.now);
    ctx.db
        .write(move |c| {
            let of_open = match open {
                Some(id) => store::find_appointment(c, id)?.map(|a| a.patient_id),
                None => None,
            };
            match of_open.or(patient) {
                Some(p) => {
                    let subject = crate::staff::Subject::of_patient("patients", p.0, p.0);
                    crate::staff::audit(c, now, &actor, "read", subject, "panel")
                }
                None => Ok(()),
            }
        })
        .await
}

/// What the board of a day needs.
pub(super) struct Day {
    pub site: Site,
    pub day: NaiveDate,
    pub today: NaiveDate,
    pub providers: Vec<Provider>,
    pub chairs: Vec<Chair>,
    pub services: Vec<Service>,
    pub booked: Vec<(Appointment, Patient)>,
    holiday: Option<Holiday>,
    timetables: Vec<Candidate>,
    seen: BTreeSet<PatientId>,
}

impl Day {
    pub(super) fn load(c: &mut Conn, r: &Request) -> Result<Day> {
        let clinic = clinic::snapshot(c)?;
        let zone = clinic.site.tz();
        let today = r.now.day(zone);
        let day = match r.input.get("day") {
            "" => today,
            text => text.parse().ok().filter(|day| is_in_calendar(*day)).ok_or_else(|| {
                Error::field(
                    "day",
                    "invalid",
                    "日期格式应为 2026-11-23",
                    "A day is written 2026-11-23",
                )
            })?,
        };
        let (from, until) = day_bounds(zone, day);
        let booked = store::list_between(c, clinic.site.id, from, until)?;
        let is_used = |p: &Provider| p.active || booked.iter().any(|(a, _)| a.provider_id == p.id);
        let mut providers: Vec<Provider> = clinic.providers.iter().filter(|p| is_used(p)).cloned().collect();
        // Whoever treats finds their own column first.
        providers.sort_by_key(|p| (p.user_id.is_none() || p.user_id != r.actor.user, p.position));
        let whom: Vec<_> = providers.iter().map(|p| (p.id, p.chair_id)).collect();
        let reach = Reach {
            now: r.now,
            first: day,
            last: day,
            except: Except::default(),
            service: None,
        };
        let timetables = store::timetables(c, &clinic, &whom, &reach)?;
        let ids: Vec<PatientId> = booked.iter().map(|(_, p)| p.id).collect();
        let seen = store::who_came_before(c, &ids)?;
        Ok(Day {
            day,
            today,
            providers,
            chairs: clinic.chairs.clone(),
            services: clinic.services.clone(),
            booked,
            holiday: clinic.holiday_on(day).cloned(),
            timetables,
            seen,
            site: clinic.site.clone(),
        })
    }

    fn facts<'a>(&'a self, r: &Request) -> Facts<'a> {
        Facts {
            zone: self.site.tz(),
            day: self.day,
            now: r.now,
            providers: &self.providers,
            chairs: &self.chairs,
            reader: r.actor.user,
            timetables: &self.timetables,
            booked: &self.booked,
            services: &self.services,
            seen: &self.seen,
        }
    }

    fn side(&self, c: &mut Conn, r: &Request) -> Result<Markup> {
        let zone = self.site.tz();
        let openings = openings(&self.timetables, zone, self.day, r.now, OPENINGS);
        let tomorrow = if self.day == self.today {
            let day = next_day(self.day);
            let (from, until) = day_bounds(zone, day);
            let (booked, unconfirmed) = store::count_planned(c, self.site.id, from, until)?;
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
        Ok(views::side_panel(&views::Side {
            lang: r.frame.lang,
            zone,
            now: r.now,
            day: self.day,
            booked: &self.booked,
            providers: &self.providers,
            services: &self.services,
            vips: &store::vip_news(c, r.now.plus_minutes(-super::super::VIP_NEWS_MINUTES))?,
            changes: &changes,
            openings: &openings,
            left_over: self.left_over(c, r)?,
            tomorrow,
            may_book: r.actor.is(DESK),
        }))
    }

    /// What the desk has not said the end of, in the week before today.
    fn left_over(&self, c: &mut Conn, r: &Request) -> Result<Option<(usize, Instant)>> {
        if self.day != self.today || !r.actor.is(DESK) {
            return Ok(None);
        }
        let zone = self.site.tz();
        let (from, _) = day_bounds(zone, plus_days(self.today, -LEFT_OVER_DAYS));
        let (until, _) = day_bounds(zone, self.today);
        day_end::count_left_over(c, self.site.id, (from, until))
    }

    /// A provider by id.
    pub(super) fn provider(&self, id: ProviderId) -> Option<&Provider> {
        self.providers.iter().find(|p| p.id == id)
    }

    /// Why nobody is in on this day; empty when somebody is.
    fn closed_because(&self, lang: Lang) -> String {
        let zone = self.site.tz();
        if let Some(h) = &self.holiday {
            return lang.pick(format!("休诊：{}", h.name), format!("Closed: {}", h.name_en));
        }
        if self
            .timetables
            .iter()
            .all(|c| sessions(&c.timetable, zone, self.day).is_empty())
        {
            return lang.pick("当天没有人出诊", "Nobody works on this day").to_owned();
        }
        String::new()
    }

    /// The appointment whose latest step was just taken back.
    fn undone(&self, c: &mut Conn, r: &Request) -> Result<Option<String>> {
        let Ok(id) = r.input.get("undone").parse() else {
            return Ok(None);
        };
        match store::find_appointment(c, id)? {
            Some(a) => Ok(patients::find_patient(c, a.patient_id)?.map(|p| p.name)),
            None => Ok(None),
        }
    }

    /// The step just taken, while it can be taken back.
    fn did(&self, c: &mut Conn, r: &Request) -> Result<Option<(Appointment, Event, String)>> {
        let Ok(id) = r.input.get("did").parse() else {
            return Ok(None);
        };
        let Some(a) = store::find_appointment(c, id)? else {
            return Ok(None);
        };
        let event = store::latest_event(c, id)?
            .filter(|e| e.version == a.version && e.undone_at.is_none() && r.now - e.at <= UNDO_MS);
        let name = patients::find_patient(c, a.patient_id)?
            .map(|p| p.name)
            .unwrap_or_default();
        Ok(event.map(|e| (a, e, name)))
    }
}

fn the_panel(c: &mut Conn, r: &Request, day: &Day, faults: &Faults) -> Result<Markup> {
    if let Some(id) = r.open() {
        return card::detail(c, r, day, id, faults);
    }
    let booking = !r.input.get("book").is_empty() || r.input.ticked("form");
    if booking && r.actor.is(DESK) {
        return booking::panel(c, r, day, faults);
    }
    day.side(c, r)
}
