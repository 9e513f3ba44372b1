//! Booking several visits at once, and moving or cancelling one and those after it: all of it or nothing.

use chrono::TimeDelta;

use super::super::model::{Action, Appointment, AppointmentId};
use super::super::store::{self, SeriesKind};
use super::super::unscheduled::{self, CancelKind};
use super::book::{Booking, book_planned};
use super::cancel::cancel_untold;
use super::moving::{Target, move_untold};
use super::notices;
use super::place::Place;
use super::steps::Step;
use crate::clinic::{self, ChairId, ProviderId};
use crate::patients::PatientId;
use crate::platform::clock::{Instant, resolve};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, Text};
use crate::platform::ids::random_token;
use crate::records::plan::PlanItemId;
use crate::staff::Actor;

/// The most visits that are booked at once.
pub const TOGETHER_MAX: usize = 30;

/// Books all of them or none, each for the item of the patient's plan that stands beside it; a refusal says which of them
/// cannot be.
pub async fn book_together(
    db: &Db,
    now: Instant,
    actor: Actor,
    kind: SeriesKind,
    bookings: Vec<(Booking, Option<PlanItemId>)>,
) -> Result<Vec<Appointment>> {
    if bookings.is_empty() || bookings.len() > TOGETHER_MAX {
        return Err(Error::field(
            "appointments",
            "out_of_range",
            format!("一次可约 1 到 {TOGETHER_MAX} 个"),
            format!("From 1 to {TOGETHER_MAX} at once"),
        ));
    }
    db.write(move |c| {
        let zone = clinic::snapshot(c)?.site.tz();
        let mut whom: Vec<(ProviderId, ChairId)> = Vec::new();
        for (b, _) in &bookings {
            whom.extend(Place::load(c, now, b.service, b.provider, b.minutes)?.whom());
        }
        // In one order over all of them, so that two who book several cannot wait for each other.
        let patients: Vec<PatientId> = bookings.iter().map(|(b, _)| b.patient).collect();
        let everybody: Vec<ProviderId> = clinic::snapshot(c)?.providers.iter().map(|p| p.id).collect();
        store::take_turns(c, &whom, &everybody, &patients)?;
        let (mut booked, mut told) = (Vec::with_capacity(bookings.len()), Vec::new());
        for (b, item) in &bookings {
            let at = |lang: Lang| lang.day_time(b.starts_at, zone);
            let untold = Booking {
                tell: false,
                ..b.clone()
            };
            let a = book_planned(c, now, &actor, &untold, *item).map_err(|e| which(e, at))?;
            told.extend(b.tell.then(|| a.clone()));
            booked.push(a);
        }
        one_click(c, now, Action::Book, (&booked, &told))?;
        if booked.len() > 1 {
            let ids: Vec<AppointmentId> = booked.iter().map(|a| a.id).collect();
            store::insert_series(c, now, kind, &ids)?;
        }
        Ok(booked)
    })
    .await
}

/// Puts the time of the one that cannot be before the reason.
pub(in crate::appointments) fn which(e: Error, at: impl Fn(Lang) -> String) -> Error {
    let named = |t: Text| {
        Text::new(
            format!("{}：{}", at(Lang::Zh), t.zh),
            format!("{}: {}", at(Lang::En), t.en),
        )
    };
    match e {
        Error::Conflict { code, text, extra } => Error::Conflict {
            code,
            text: named(text),
            extra,
        },
        Error::Invalid(mut faults) => {
            for fault in &mut faults {
                fault.text = named(fault.text.clone());
            }
            Error::Invalid(faults)
        }
        other => other,
    }
}

/// Moves a visit and the planned ones after it in its series: each by as many days, to the same time of day, with the
/// provider asked for. All of them or none.
pub async fn move_with_later(
    db: &Db,
    now: Instant,
    actor: Actor,
    (id, version): (AppointmentId, i64),
    to: Target,
) -> Result<Appointment> {
    db.write(move |c| {
        let zone = clinic::snapshot(c)?.site.tz();
        let a = store::get_appointment(c, id)?;
        let (from_day, wall) = (a.starts_at.day(zone), to.starts_at.local(zone));
        let days = wall.date() - from_day;
        let mut list = later(c, &a)?;
        lock(c, &list)?;
        // The last one first when all go to later days: none stands in the way of another.
        if days > TimeDelta::zero() {
            list.reverse();
        }
        let (mut moved, mut told) = (Vec::with_capacity(list.len()), Vec::new());
        for one in &list {
            let wanted = one.starts_at.day(zone).checked_add_signed(days).unwrap_or(from_day);
            let starts_at = if one.id == id {
                to.starts_at
            } else {
                resolve(zone, wanted.and_time(wall.time()))
            };
            let step = Step {
                id: one.id,
                version: if one.id == id { version } else { one.version },
                action: Action::Move,
            };
            let at = |lang: Lang| lang.day_time(starts_at, zone);
            let to = Target {
                starts_at,
                ..to.clone()
            };
            let (done, is_news) = move_untold(c, now, &actor, step, &to).map_err(|e| which(e, at))?;
            told.extend(is_news.then(|| done.clone()));
            moved.push(done);
        }
        one_click(c, now, Action::Move, (&moved, &told))?;
        named(moved, id)
    })
    .await
}

/// Cancels a visit and the planned ones after it in its series; `kind` says how each of them counts.
pub async fn cancel_with_later(
    db: &Db,
    now: Instant,
    actor: Actor,
    (id, version): (AppointmentId, i64),
    (reason, kind): (String, Option<CancelKind>),
) -> Result<Appointment> {
    db.write(move |c| {
        let a = store::get_appointment(c, id)?;
        let list = later(c, &a)?;
        let mut cancelled = Vec::with_capacity(list.len());
        for one in &list {
            let version = if one.id == id { version } else { one.version };
            let done = cancel_untold(c, now, &actor, (one.id, version), &reason)?;
            if let Some(kind) = kind {
                unscheduled::set_kind(c, one.id, kind)?;
            }
            cancelled.push(done);
        }
        one_click(c, now, Action::Cancel, (&cancelled, &cancelled))?;
        named(cancelled, id)
    })
    .await
}

/// What one click did to these is taken back together; and the patients of `told` hear of it once each.
pub(in crate::appointments) fn one_click(
    c: &mut Conn,
    now: Instant,
    action: Action,
    (done, told): (&[Appointment], &[Appointment]),
) -> Result<()> {
    let click = random_token();
    if done.len() > 1 {
        let steps: Vec<(AppointmentId, i64)> = done.iter().map(|a| (a.id, a.version)).collect();
        store::join_events(c, &click, &steps)?;
    }
    notices::tell_together(c, now, (&click, action), told)
}

fn named(all: Vec<Appointment>, id: AppointmentId) -> Result<Appointment> {
    let found = all.into_iter().find(|a| a.id == id);
    found.ok_or(Error::NotFound("appointment"))
}

/// A visit, and the planned ones of its series that start after it, by start.
fn later(c: &mut Conn, a: &Appointment) -> Result<Vec<Appointment>> {
    let mut list = vec![a.clone()];
    if let Some((SeriesKind::Course, all)) = store::find_series(c, a.id)? {
        list.extend(
            all.into_iter()
                .filter(|o| o.starts_at > a.starts_at && o.status.is_planned()),
        );
    }
    Ok(list)
}

fn lock(c: &mut Conn, list: &[Appointment]) -> Result<()> {
    let whom: Vec<_> = list.iter().map(|a| (a.provider_id, a.chair_id)).collect();
    let everybody: Vec<ProviderId> = clinic::snapshot(c)?.providers.iter().map(|p| p.id).collect();
    let patients: Vec<PatientId> = list.iter().map(|a| a.patient_id).collect();
    store::take_turns(c, &whom, &everybody, &patients)
}
