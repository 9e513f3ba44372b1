//! One appointment: the card beside it on the board, and its panel.

use chrono_tz::Tz;
use maud::Markup;

use super::super::model::stage::stage_of;
use super::super::model::{Action, Appointment, AppointmentId};
use super::super::{actions, store, views};
use super::booking;
use super::day::{Query, audit_opened};
use super::desk::{Desk, Request};
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
            Action::Arrive | Action::Seat | Action::Finish => a.starts_at.day(zone) <= r.now.day(zone),
            Action::Leave => stage_of(a, r.now, zone).is_some(),
            _ => true,
        })
        .collect()
}

pub(super) fn detail(c: &mut Conn, r: &Request, day: &Desk, id: AppointmentId, faults: &Faults) -> Result<Markup> {
    let a = store::get_appointment(c, id)?;
    let patient = patients::get_patient(c, a.patient_id)?;
    let events = store::list_events(c, id)?;
    let series = store::find_series(c, id)?;
    let next = if r.input.get("move").is_empty() {
        Vec::new()
    } else {
        actions::next_free(c, r.now, &a, false, 12)?
    };
    let clinic = clinic::snapshot(c)?;
    let fits = match clinic.find_provider(a.provider_id) {
        Some(p) => clinic.chairs_for(p, a.service_id),
        None => Vec::new(),
    };
    let others = fits.into_iter().filter(|id| *id != a.chair_id);
    let chairs: Vec<_> = others
        .filter_map(|id| clinic.find_chair(id))
        .filter(|ch| ch.active)
        .cloned()
        .collect();
    Ok(views::detail_panel(&views::Detail {
        lang: r.frame.lang,
        zone: day.site.tz(),
        day: day.day,
        base: &day.shown.href(),
        board: day.board().as_deref(),
        a: &a,
        patient: &patient,
        provider: day.providers.iter().find(|p| p.id == a.provider_id),
        chair: clinic.find_chair(a.chair_id),
        second: a.second_id.and_then(|id| clinic.find_provider(id)),
        chairs: &chairs,
        service: day.services.iter().find(|s| s.id == a.service_id),
        history: booking::history(c, r, day, &patient)?,
        events: &events,
        allowed: &allowed(r, day.site.tz(), &a),
        clinical: r.actor.is(CLINICAL),
        may_book: r.actor.is(DESK),
        input: &r.input,
        faults,
        series: series.as_ref(),
        next: &next,
    }))
}
