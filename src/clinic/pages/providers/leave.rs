//! When somebody is away.

use actix_web::{HttpResponse, web};
use chrono::NaiveDateTime;
use chrono_tz::Tz;

use super::super::super::model::{Leave, LeaveId, ProviderId};
use super::super::super::{actions, store};
use super::super::{back, by, settle, typed};
use super::show;
use crate::platform::clock::resolve;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(web::resource("/settings/providers/{id}/leave").route(staff::post(only, add_leave)))
        .service(web::resource("/settings/providers/{id}/leave/{leave}/remove").route(staff::post(only, remove_leave)));
}

async fn add_leave(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<ProviderId>,
    input: Input,
) -> Result<HttpResponse> {
    let (id, by, typed) = (*id, by(&ctx, actor, &input), input.clone());
    let done = ctx
        .db
        .write(move |c| {
            let zone = store::the_site(c)?.tz();
            actions::add_leave(c, &by, &read_leave(&typed, id, zone)?)
        })
        .await;
    match settle(done, "leave", input)? {
        Ok(word) => Ok(back(&format!("/settings/providers/{id}"), word, "leave")),
        Err(again) => show(&ctx, &frame, Some(id), Some(again)).await,
    }
}

fn read_leave(input: &Input, provider_id: ProviderId, zone: Tz) -> Result<Leave> {
    const LONGEST_DAYS: i64 = 2 * 366;
    let mut faults = Faults::default();
    let from = date_time(input, "leave_from", &mut faults);
    let until = date_time(input, "leave_to", &mut faults);
    let reason = typed::line(input, "leave_reason", &mut faults);
    if let (Some(from), Some(until)) = (from, until) {
        if until <= from {
            faults.add(
                "leave_to",
                "invalid",
                "结束必须晚于开始",
                "It must end later than it begins",
            );
        } else if (until - from).num_days() > LONGEST_DAYS {
            faults.add(
                "leave_to",
                "too_long",
                "休假最长两年",
                "A leave is at most two years long",
            );
        }
    }
    faults.finish()?;
    let at = |t: Option<NaiveDateTime>| resolve(zone, t.unwrap_or_default());
    Ok(Leave {
        id: LeaveId(0),
        provider_id,
        starts_at: at(from),
        ends_at: at(until),
        reason,
    })
}

/// What `input type="datetime-local"` sends; a blank instead of the T is understood, too.
fn date_time(input: &Input, field: &str, faults: &mut Faults) -> Option<NaiveDateTime> {
    let text = input.get(field).replace('T', " ");
    if text.is_empty() {
        faults.require(field);
        return None;
    }
    let read = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M")
        .or_else(|_| NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S"))
        .ok()
        .filter(|t| (2000..=2100).contains(&chrono::Datelike::year(t)));
    if read.is_none() {
        faults.add(
            field,
            "invalid",
            "时间的格式是 2026-12-01 13:30",
            "A time is written like 2026-12-01 13:30",
        );
    }
    read
}

async fn remove_leave(
    ctx: Ctx,
    actor: Actor,
    path: web::Path<(ProviderId, LeaveId)>,
    input: Input,
) -> Result<HttpResponse> {
    let ((id, leave), by) = (path.into_inner(), by(&ctx, actor, &input));
    ctx.db.write(move |c| actions::remove_leave(c, &by, id, leave)).await?;
    Ok(back(&format!("/settings/providers/{id}"), "saved", "leave"))
}
