//! One appointment: the card beside it on the board, and its panel.

use chrono_tz::Tz;
use maud::Markup;

use super::super::model::stage::stage_of;
use super::super::model::{Action, Appointment, AppointmentId, Status};
use super::super::{actions, store, views};
use super::booking;
use super::day::{Query, audit_opened};
use super::desk::{Desk, Request};
use crate::clinic::{Chair, Provider, Snapshot};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{Actor, CLINICAL, DESK};
use crate::{clinic, messaging, patients, records};

/// Among so many of a patient's latest messages the card looks for one about its appointment.
const RECENT_MESSAGES: i64 = 20;

/// Only the card of one appointment, named by `open`.
pub(super) async fn peek(ctx: Ctx, frame: Frame, actor: Actor, query: Query) -> Result<Markup> {
    let r = Request::new(ctx.now(), frame, actor, Input::from_pairs(query.into_inner()));
    audit_opened(&ctx, &r).await?;
    ctx.db
        .read(move |c| {
            let id = r.open().ok_or(Error::NotFound("appointment"))?;
            let a = store::get_appointment(c, id)?;
            let patient = patients::get_patient(c, a.patient_id)?;
            let clinic = clinic::snapshot(c)?;
            let zone = clinic.site.tz();
            let lang = r.frame.lang;
            let second = a.second_id.and_then(|id| clinic.find_provider(id));
            let place = [
                clinic.find_provider(a.provider_id).map(|p| p.name_in(lang)),
                clinic.find_chair(a.chair_id).map(|ch| ch.name_in(lang)),
                second.map(|p| p.name_in(lang)),
            ];
            let place: Vec<&str> = place.into_iter().flatten().collect();
            let messages = messaging::messages_of_patient(c, patient.id, RECENT_MESSAGES)?;
            Ok(views::peek(&views::Peek {
                lang: r.frame.lang,
                zone,
                now: r.now,
                service: clinic.find_service(a.service_id),
                place: &place,
                last: records::history_for(c, patient.id, r.actor.role, 1)?.first(),
                message: messages
                    .iter()
                    .find(|m| m.cause_kind == "appointment" && m.cause_id == Some(a.id.0)),
                allowed: &allowed(&r, zone, &a),
                may_book: r.actor.is(DESK),
                a: &a,
                patient: &patient,
            }))
        })
        .await
}

/// The steps that this person may take now.
fn allowed(r: &Request, zone: Tz, a: &Appointment) -> Vec<Action> {
    Action::ALL
        .iter()
        .copied()
        .filter(|action| a.allows(*action) && actions::may(&r.actor, *action).is_ok())
        .filter(|action| match action {
            Action::NoShow => a.starts_at <= r.now,
            Action::Arrive if a.status == Status::NoShow => a.starts_at.day(zone) == r.now.day(zone),
            Action::Arrive | Action::Seat | Action::Finish => a.starts_at.day(zone) <= r.now.day(zone),
            Action::Leave => stage_of(a, r.now, zone).is_some(),
            _ => true,
        })
        .collect()
}

/// What the forms of the panel begin with: where and what the visit is now, unless something was typed.
fn prefilled(r: &Request, zone: Tz, a: &Appointment) -> Input {
    let mut input = r.input.clone();
    let at = a.starts_at.local(zone);
    if input.get("to_day").is_empty() && input.get("to_at").is_empty() {
        input.set("to_day", at.date().to_string());
        input.set("to_at", at.format("%H:%M").to_string());
    }
    if input.get("to_provider").is_empty() {
        input.set("to_provider", a.provider_id.to_string());
    }
    if !input.ticked("editing") {
        input.set("service", a.service_id.to_string());
        input.set("length", String::new());
        input.set("note", a.note.clone());
    }
    input
}

/// The state that a correction would lead back to, for who may correct it.
fn corrects_to(c: &mut Conn, r: &Request, a: &Appointment) -> Result<Option<Status>> {
    let found = actions::correctable(c, r.now, a)?;
    let found = found.filter(|(event, _)| actions::may(&r.actor, event.action).is_ok());
    Ok(found.map(|(_, was)| was.status))
}

/// The chairs beside its own in which a visit could take place.
fn other_chairs(clinic: &Snapshot, a: &Appointment) -> Vec<Chair> {
    let fits = clinic
        .find_provider(a.provider_id)
        .map(|p| clinic.chairs_for(p, a.service_id));
    let others = fits.unwrap_or_default().into_iter().filter(|id| *id != a.chair_id);
    let chairs = others.filter_map(|id| clinic.find_chair(id));
    chairs.filter(|chair| chair.active).cloned().collect()
}

pub(super) fn detail(c: &mut Conn, r: &Request, day: &Desk, id: AppointmentId, faults: &Faults) -> Result<Markup> {
    let a = store::get_appointment(c, id)?;
    let patient = patients::get_patient(c, a.patient_id)?;
    let events = store::list_events(c, id)?;
    let series = store::find_series(c, id)?;
    let zone = day.site.tz();
    let moving = !r.input.get("move").is_empty();
    let next = if moving && a.allows(Action::Move) {
        actions::next_free(c, r.now, &a, false, 12)?
    } else {
        Vec::new()
    };
    let service = day.services.iter().find(|s| s.id == a.service_id);
    let who = match service {
        Some(service) => booking::able(c, service)?,
        None => Vec::new(),
    };
    let able: Vec<&Provider> = day
        .providers
        .iter()
        .filter(|p| p.active && who.contains(&p.id))
        .collect();
    let clinic = clinic::snapshot(c)?;
    let chairs = other_chairs(&clinic, &a);
    Ok(views::detail_panel(&views::Detail {
        lang: r.frame.lang,
        zone,
        day: day.day,
        base: &day.shown.href(),
        board: day.board().as_deref(),
        a: &a,
        patient: &patient,
        provider: day.providers.iter().find(|p| p.id == a.provider_id),
        service,
        chair: clinic.find_chair(a.chair_id),
        second: a.second_id.and_then(|id| clinic.find_provider(id)),
        chairs: &chairs,
        history: booking::history(c, r, day, &patient)?,
        events: &events,
        allowed: &allowed(r, zone, &a),
        clinical: r.actor.is(CLINICAL),
        may_book: r.actor.is(DESK),
        input: &prefilled(r, zone, &a),
        faults,
        series: series.as_ref(),
        next: &next,
        services: &day.services,
        able: &able,
        corrects_to: corrects_to(c, r, &a)?,
        may_overbook: r.actor.may_overbook,
        moving,
        editing: r.input.ticked("editing"),
    }))
}
