//! Whoever opens the link of a request has shown that the number or address is theirs: it becomes an appointment.

use super::super::model::{Limit, Request, RequestId};
use super::super::store;
use super::{Asking, Confirmed, Who, book_limited, taken_is_no_error};
use crate::appointments::actions::release_in;
use crate::appointments::get_appointment;
use crate::clinic;
use crate::patients::{self, Met};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::form::Input;
use crate::staff::Actor;

/// Books what was asked for: whoever opens the link has shown that the number or address is theirs. Pressed twice, it is
/// booked once.
pub async fn confirm_request(ctx: &Ctx, actor: Actor, id: RequestId) -> Result<Confirmed> {
    let (now, with) = (ctx.now(), ctx.clone());
    let done = ctx.db.write(move |c| confirm_in(c, now, &with, &actor, id)).await;
    taken_is_no_error(done)
}

fn confirm_in(c: &mut Conn, now: Instant, ctx: &Ctx, actor: &Actor, id: RequestId) -> Result<Confirmed> {
    if !store::touch_waiting(c, now, id)? {
        let r = store::get_request(c, id)?;
        return match (r.booked_id, r.refusal) {
            (Some(booked), _) => Ok(Confirmed::Booked(Box::new(get_appointment(c, booked)?))),
            (None, Some(why)) if why != Limit::Replaced => Ok(Confirmed::Refused(why)),
            (None, _) => Ok(Confirmed::Taken),
        };
    }
    let r = store::get_request(c, id)?;
    let clinic = clinic::snapshot(c)?;
    let (patient, others) = match patients::meet_in(c, ctx, actor, &input_of(&r), clinic.online.new_patients)? {
        Met::Known(patient) => (patient, None),
        Met::New(patient, others) => (patient, Some(others)),
        Met::Stranger => {
            release_in(c, now, Some(&r.hold_token))?;
            store::settle_request(c, now, id, (None, false), Err(Limit::Stranger))?;
            return Ok(Confirmed::Refused(Limit::Stranger));
        }
    };
    let is_new = others.is_some();
    let asking = Asking {
        service: r.service_id,
        provider: Some(r.provider_id),
        starts_at: r.starts_at,
    };
    let mut note = r.note.clone();
    let alike: Vec<String> = others.iter().flatten().map(|o| o.patient.chart_no.clone()).collect();
    if !alike.is_empty() {
        let lang = clinic.site.language;
        let list = alike.join(lang.pick("、", ", "));
        let hint = lang.pick(
            format!("请核对：可能与病历 {list} 是同一人"),
            format!("Please compare: may be the person of chart {list}"),
        );
        note = [note, hint]
            .into_iter()
            .filter(|n| !n.is_empty())
            .collect::<Vec<_>>()
            .join(lang.pick("；", "; "));
    }
    let hold = (now < r.expires_at).then(|| r.hold_token.clone());
    match book_limited(c, now, actor, (patient, note), asking, hold)? {
        Confirmed::Booked(a) => {
            store::settle_request(c, now, id, (Some(patient), is_new), Ok(a.id))?;
            Ok(Confirmed::Booked(a))
        }
        Confirmed::Refused(why) => {
            release_in(c, now, Some(&r.hold_token))?;
            store::settle_request(c, now, id, (Some(patient), is_new), Err(why))?;
            Ok(Confirmed::Refused(why))
        }
        Confirmed::Taken => Ok(Confirmed::Taken),
    }
}

/// The request as the form of a patient.
fn input_of(r: &Request) -> Input {
    let who = Who {
        name: r.name.clone(),
        channel: r.channel,
        address: r.address.clone(),
        birth_date: r.birth_date,
        guardian: r.guardian.clone(),
        note: String::new(),
    };
    who.as_patient(r.language)
}
