//! Sessions of single days, instead of the weekly ones.

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;

use super::super::super::model::{DayPlan, Whose, parse_day};
use super::super::super::{actions, store};
use super::super::services::chosen;
use super::super::{back, by, settle, settle_removal, typed};
use super::{path_of, show};
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

/// Most days that are set at once: a quarter.
const DAYS_MAX: i64 = 92;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(web::resource("/settings/providers/{id}/days").route(staff::post(only, add)))
        .service(web::resource("/settings/providers/{id}/days/remove").route(staff::post(only, remove)))
        .service(web::resource("/settings/chairs/{id}/days").route(staff::post(only, add)))
        .service(web::resource("/settings/chairs/{id}/days/remove").route(staff::post(only, remove)));
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, whose: Whose, input: Input) -> Result<HttpResponse> {
    let (by, typed) = (by(&ctx, actor, &input), input.clone());
    let write = move |c: &mut _| {
        let today = by.now.day(store::the_site(c)?.tz());
        actions::save_days(c, &by, whose, &read(&typed, (whose, today))?)
    };
    match settle(ctx.db.write(write).await, "days", input)? {
        Ok(word) => Ok(back(&path_of(whose), word, "days")),
        Err(again) => show(&ctx, &frame, whose, again).await,
    }
}

fn read(input: &Input, (whose, today): (Whose, NaiveDate)) -> Result<DayPlan> {
    let mut faults = Faults::default();
    let days = typed::days(input, ("days_from", "days_until"), (today, DAYS_MAX), &mut faults);
    let weekdays = chosen(input, "days_weekdays", &[1, 2, 3, 4, 5, 6, 7], &mut faults);
    let sessions = match input.ticked("copy") {
        true => None,
        false => Some(sessions(input, whose, &mut faults)),
    };
    faults.finish()?;
    let (first, last) = days.unwrap_or((today, today));
    Ok(DayPlan {
        first,
        last,
        weekdays,
        sessions,
        closed_too: input.ticked("days_closed"),
    })
}

fn sessions(input: &Input, whose: Whose, faults: &mut Faults) -> Vec<super::super::super::model::Session> {
    match parse_day(input.get("days_hours")) {
        Ok(sessions) if sessions.is_empty() => {
            let (zh, en) = match whose {
                Whose::Provider(_) => (
                    "请填写当天的时段；整天不上班请用“休假”",
                    "Write the sessions of the day; for a day off, add a leave",
                ),
                Whose::Chair(_) => (
                    "请填写当天的时段；整天不用请用“停用”",
                    "Write the sessions of the day; for a day without it, take it out of service",
                ),
            };
            faults.add("days_hours", "required", zh, en);
        }
        Ok(sessions) => return sessions,
        Err(text) => faults.add("days_hours", "invalid", text.zh, text.en),
    }
    Vec::new()
}

async fn remove(ctx: Ctx, frame: Frame, actor: Actor, whose: Whose, input: Input) -> Result<HttpResponse> {
    let by = by(&ctx, actor, &input);
    let day = |field| input.get(field).parse::<NaiveDate>();
    let (Ok(first), Ok(last)) = (day("from"), day("until")) else {
        return Err(Error::NotFound("sessions of these days"));
    };
    let done = ctx
        .db
        .write(move |c| actions::remove_days(c, &by, whose, (first, last)))
        .await;
    let path = format!("{}/days/remove", path_of(whose));
    match settle_removal(done, "days-remove", &path, &input)? {
        Ok(word) => Ok(back(&path_of(whose), word, "days")),
        Err(again) => show(&ctx, &frame, whose, again).await,
    }
}
