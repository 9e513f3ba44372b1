//! When somebody is away, or a chair out of service.

use actix_web::{HttpResponse, web};
use chrono::NaiveDateTime;
use chrono_tz::Tz;

use super::super::super::model::{Leave, LeaveId, Whose};
use super::super::super::{actions, store};
use super::super::{back, by, settle, typed};
use super::{path_of, show};
use crate::platform::clock::{DAY_MS, Instant, resolve};
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(web::resource("/settings/providers/{id}/leave").route(staff::post(only, add_leave)))
        .service(web::resource("/settings/providers/{id}/leave/{leave}/remove").route(staff::post(only, remove_leave)))
        .service(web::resource("/settings/chairs/{id}/leave").route(staff::post(only, add_leave)))
        .service(web::resource("/settings/chairs/{id}/leave/{leave}/remove").route(staff::post(only, remove_leave)));
}

async fn add_leave(ctx: Ctx, frame: Frame, actor: Actor, whose: Whose, input: Input) -> Result<HttpResponse> {
    let (by, typed) = (by(&ctx, actor, &input), input.clone());
    let done = ctx
        .db
        .write(move |c| {
            let zone = store::the_site(c)?.tz();
            let wanted = read_leave(&typed, whose, zone)?;
            actions::add_leave(c, &by, whose, &wanted).map(|(outcome, _)| outcome)
        })
        .await;
    match settle(done, "leave", input)? {
        Ok(word) => Ok(back(&path_of(whose), word, "leave")),
        Err(again) => show(&ctx, &frame, whose, again).await,
    }
}

/// Why somebody is away, or a chair out of service; may be empty.
pub(in crate::clinic) fn leave_reason(input: &Input, faults: &mut Faults) -> String {
    typed::line(input, "leave_reason", faults)
}

/// A time away ends later than it begins, and not too late.
pub(in crate::clinic) fn check_leave((from, until): (Instant, Instant), faults: &mut Faults) {
    const LONGEST_DAYS: i64 = 2 * 366;
    if until <= from {
        let (zh, en) = ("结束必须晚于开始", "It must end later than it begins");
        faults.add("leave_to", "invalid", zh, en);
    } else if until - from > LONGEST_DAYS * DAY_MS {
        faults.add("leave_to", "too_long", "最长两年", "At most two years");
    }
}

fn read_leave(input: &Input, whose: Whose, zone: Tz) -> Result<Leave> {
    let mut faults = Faults::default();
    let from = date_time(input, "leave_from", &mut faults);
    let until = date_time(input, "leave_to", &mut faults);
    let reason = leave_reason(input, &mut faults);
    let at = |t: Option<NaiveDateTime>| resolve(zone, t.unwrap_or_default());
    if from.is_some() && until.is_some() {
        check_leave((at(from), at(until)), &mut faults);
    }
    faults.finish()?;
    Ok(Leave {
        id: LeaveId(0),
        provider_id: whose.provider(),
        chair_id: whose.chair(),
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
    (whose, path): (Whose, web::Path<(i64, LeaveId)>),
    input: Input,
) -> Result<HttpResponse> {
    let ((_, leave), by) = (path.into_inner(), by(&ctx, actor, &input));
    ctx.db
        .write(move |c| actions::remove_leave(c, &by, whose, leave))
        .await?;
    Ok(back(&path_of(whose), "saved", "leave"))
}
