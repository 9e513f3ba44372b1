//! `/day-sheet`: before each session the nurse sees who comes, what was, what is planned, what to heed and what to lay out.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::web;
use chrono::{NaiveDate, Timelike};
use chrono_tz::Tz;
use maud::Markup;

use super::super::model::walk_in::{WalkIn, WalkInState, triage};
use super::super::store::{self, Supplies};
use super::super::views;
use crate::appointments;
use crate::appointments::store::Watched;
use crate::appointments::{Appointment, Status};
use crate::clinic::{self, ProviderId, ServiceId, SiteId, Snapshot};
use crate::patients::{Patient, PatientId};
use crate::platform::clock::{Instant, day_bounds, is_in_calendar};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::Input;
use crate::platform::web::layout::Frame;
use crate::records::plan::{PlanState, Planned, find_plan};
use crate::records::{self, VisitSummary};
use crate::staff::{self, Actor, Allow, Role};

/// Whoever prepares, treats, receives or reviews.
pub(in crate::appointments) const SHEET: Allow = &[Role::FrontDesk, Role::Nurse, Role::Doctor, Role::Manager];
/// Earlier visits shown of each patient.
const VISITS: i64 = 2;
/// What divides mornings from afternoons, in hours of the wall clock.
const NOON: u32 = 12;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/day-sheet").route(staff::get(SHEET, page)));
}

/// Which part of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::appointments) enum Half {
    /// All of it.
    All,
    /// What begins before noon.
    Morning,
    /// What begins from noon on.
    Afternoon,
}

impl Half {
    /// In the address.
    pub fn as_str(self) -> &'static str {
        match self {
            Half::All => "all",
            Half::Morning => "morning",
            Half::Afternoon => "afternoon",
        }
    }
    /// Whether an instant lies in it, by the wall clock.
    fn has(self, at: Instant, zone: Tz) -> bool {
        let morning = at.local(zone).hour() < NOON;
        match self {
            Half::All => true,
            Half::Morning => morning,
            Half::Afternoon => !morning,
        }
    }
    fn parse(text: &str) -> Result<Half> {
        match text {
            "" | "all" => Ok(Half::All),
            "morning" => Ok(Half::Morning),
            "afternoon" => Ok(Half::Afternoon),
            _ => Err(Error::field(
                "session",
                "invalid",
                "只能选上午、下午或全天",
                "Morning, afternoon or all",
            )),
        }
    }
}

/// Somebody who comes.
pub(in crate::appointments) struct Row {
    pub a: Appointment,
    pub patient: Patient,
    /// Earlier visits, as far as the reader may know of them.
    pub visits: Vec<VisitSummary>,
    pub is_new: bool,
    /// The item of the patient's treatment plan that it is.
    pub plan: Option<Planned>,
    /// The number in the day's queue of somebody who came without an appointment.
    pub number: Option<i32>,
}

/// Somebody who came without an appointment, and waits.
pub(in crate::appointments) struct Came {
    pub walk_in: WalkIn,
    pub patient: Patient,
    /// Earlier visits, as far as the reader may know of them.
    pub visits: Vec<VisitSummary>,
}

/// The sheet.
pub(in crate::appointments) struct Sheet {
    pub clinic: std::sync::Arc<Snapshot>,
    pub day: NaiveDate,
    pub half: Half,
    /// Only of this provider.
    pub only: Option<ProviderId>,
    /// By provider, in board order.
    pub columns: Vec<(ProviderId, Vec<Row>)>,
    /// Who waits without an appointment, in the order of the queue; nobody's of one provider.
    pub came: Vec<Came>,
    pub supplies: BTreeMap<ServiceId, Supplies>,
    /// Whether the reader may see what was found and done.
    pub clinical: bool,
}

impl Sheet {
    /// How many come, or came.
    pub fn count(&self) -> usize {
        let booked: usize = self.columns.iter().map(|(_, rows)| rows.len()).sum();
        booked + self.came.len()
    }
    /// What is to be laid out in all: each service with how many of it there are.
    pub fn totals(&self) -> Vec<(ServiceId, usize)> {
        let mut totals: BTreeMap<ServiceId, usize> = BTreeMap::new();
        for row in self.columns.iter().flat_map(|(_, rows)| rows) {
            *totals.entry(row.a.service_id).or_default() += 1;
        }
        for came in &self.came {
            *totals.entry(came.walk_in.service_id).or_default() += 1;
        }
        totals.into_iter().collect()
    }
}

async fn page(ctx: Ctx, frame: Frame, actor: Actor, query: web::Query<Vec<(String, String)>>) -> Result<Markup> {
    let sheet = read(&ctx, &actor, Input::from_pairs(query.into_inner())).await?;
    Ok(views::sheet::page(&frame, &sheet))
}

/// The sheet that `day`, `session` and `provider` name. The read is audited.
pub(in crate::appointments::reception) async fn read(ctx: &Ctx, actor: &Actor, input: Input) -> Result<Sheet> {
    let (now, reader) = (ctx.now(), actor.clone());
    let sheet = ctx
        .db
        .read(move |c| {
            let today = now.day(clinic::the_site(c)?.tz());
            load(c, (today, &input), &reader)
        })
        .await?;
    staff::read_of_list(&ctx.db, now, actor, "day_sheet", sheet.count()).await?;
    Ok(sheet)
}

fn load(c: &mut Conn, (today, input): (NaiveDate, &Input), reader: &Actor) -> Result<Sheet> {
    let clinic = clinic::snapshot(c)?;
    let zone = clinic.site.tz();
    let day = day_of(input, today)?;
    let half = Half::parse(input.get("session"))?;
    let only: Option<ProviderId> = match input.get("provider") {
        "" => None,
        text => Some(
            text.parse()
                .map_err(|_| Error::field("provider", "unknown", "没有这位医生", "There is no such provider"))?,
        ),
    };
    let (from, until) = day_bounds(zone, day);
    let mut booked = appointments::store::list_between(c, clinic.site.id, from, until)?;
    booked.retain(|(a, _)| {
        let comes = !matches!(a.status, Status::Cancelled | Status::NoShow);
        comes && half.has(a.starts_at, zone) && only.is_none_or(|p| a.provider_id == p || a.second_id == Some(p))
    });
    let seen = seen_before(c, clinic.site.id, (from, until))?;
    let queue = store::walk_ins_of_day(c, clinic.site.id, day)?;
    let numbers = store::queue_numbers(&queue);
    let mut columns: Vec<(ProviderId, Vec<Row>)> = clinic.providers.iter().map(|p| (p.id, Vec::new())).collect();
    for (a, patient) in booked {
        let visits = records::history_for(c, patient.id, reader.role, VISITS)?;
        let row = Row {
            is_new: !seen.contains(&patient.id),
            plan: item_of(c, &a)?,
            number: numbers.get(&a.id).copied(),
            visits,
            patient,
            a,
        };
        if let Some((_, rows)) = columns.iter_mut().find(|(p, _)| *p == row.a.provider_id) {
            rows.push(row);
        }
    }
    columns.retain(|(_, rows)| !rows.is_empty());
    let came = match only {
        Some(_) => Vec::new(),
        None => who_came(c, queue, (half, zone), reader)?,
    };
    Ok(Sheet {
        came,
        day,
        half,
        only,
        columns,
        supplies: store::list_supplies(c)?,
        clinical: reader.is(staff::CLINICAL),
        clinic,
    })
}

/// The day that is asked for.
fn day_of(input: &Input, today: NaiveDate) -> Result<NaiveDate> {
    match input.get("day") {
        "" => Ok(today),
        text => text.parse().ok().filter(|d| is_in_calendar(*d)).ok_or_else(|| {
            Error::field(
                "day",
                "invalid",
                "日期格式应为 2026-11-23",
                "A day is written 2026-11-23",
            )
        }),
    }
}

/// Who waits without an appointment, in the order of the queue.
fn who_came(
    c: &mut Conn,
    queue: Vec<(WalkIn, Patient)>,
    (half, zone): (Half, Tz),
    reader: &Actor,
) -> Result<Vec<Came>> {
    let waits = |w: &WalkIn| w.state == WalkInState::Waiting && half.has(w.arrived_at, zone);
    let mut waiting: Vec<(WalkIn, Patient)> = queue.into_iter().filter(|(w, _)| waits(w)).collect();
    waiting.sort_by_key(|(w, _)| triage(w));
    let mut came = Vec::new();
    for (walk_in, patient) in waiting {
        came.push(Came {
            visits: records::history_for(c, patient.id, reader.role, VISITS)?,
            walk_in,
            patient,
        });
    }
    Ok(came)
}

/// The item of the patient's treatment plan that an appointment is.
fn item_of(c: &mut Conn, a: &Appointment) -> Result<Option<Planned>> {
    let mut items = find_plan(c, a.patient_id)?.items.into_iter();
    Ok(items
        .find(|p| p.item.appointment_id == Some(a.id.0) && matches!(p.item.state, PlanState::Booked | PlanState::Done)))
}

/// Which of the day's patients have been here before.
fn seen_before(c: &mut Conn, site: SiteId, (from, until): (Instant, Instant)) -> Result<BTreeSet<PatientId>> {
    let watched = Watched {
        site,
        from,
        until,
        provider: None,
    };
    appointments::store::who_came_before(c, &watched)
}
