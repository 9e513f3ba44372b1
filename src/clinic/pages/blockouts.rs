//! `/settings/blockouts`: time kept for some services.

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use maud::Markup;

use super::super::model::{Blockout, ChairId, ProviderId, ServiceId, Session, days_of, parse_day, show_day};
use super::super::store::Snapshot;
use super::super::views::blockouts::{List, Sheet};
use super::super::{actions, store, views};
use super::services::chosen;
use super::{Again, Shown, answer, back, by, settle, typed};
use crate::platform::clock::plus_days;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

/// How long what is over stays in the list, in days.
const BACK_DAYS: i64 = 30;
/// Most days that are kept at once.
const DAYS_MAX: i64 = 31;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(web::resource("/settings/blockouts").route(staff::get(only, list)))
        .service(
            web::resource("/settings/blockouts/new")
                .route(staff::get(only, new_page))
                .route(staff::post(only, add)),
        )
        .service(
            web::resource("/settings/blockouts/{id}")
                .route(staff::get(only, edit_page))
                .route(staff::post(only, save)),
        )
        .service(web::resource("/settings/blockouts/{id}/remove").route(staff::post(only, remove)));
}

async fn list(ctx: Ctx, frame: Frame) -> Result<Markup> {
    let now = ctx.now();
    let list = ctx
        .db
        .read(move |c| {
            let clinic = store::snapshot(c)?;
            Ok(List {
                since: plus_days(now.day(clinic.site.tz()), -BACK_DAYS),
                last: staff::last_change(c, "blockouts", None)?,
                clinic,
            })
        })
        .await?;
    Ok(views::blockouts::list(&frame, &list))
}

/// `when=days`: for certain days.
async fn new_page(ctx: Ctx, frame: Frame) -> Result<HttpResponse> {
    show(&ctx, &frame, None, None).await
}

async fn edit_page(ctx: Ctx, frame: Frame, id: web::Path<i64>) -> Result<HttpResponse> {
    show(&ctx, &frame, Some(*id), None).await
}

async fn show(ctx: &Ctx, frame: &Frame, id: Option<i64>, again: Option<Again>) -> Result<HttpResponse> {
    let days = frame.query.split('&').any(|pair| pair == "when=days");
    let when = if days { "days" } else { "weekly" };
    let (sheet, stored) = ctx
        .db
        .read(move |c| {
            let clinic = store::snapshot(c)?;
            let (blockout, stored) = match id {
                None => (None, Input::from_pairs([("when", when)])),
                Some(id) => {
                    let (b, services) = clinic.get_blockout(id)?;
                    (Some(b.clone()), input_of(b, &services))
                }
            };
            let last = id.map_or(Ok(None), |id| staff::last_change(c, "blockouts", Some(id)))?;
            Ok((Sheet { clinic, blockout, last }, stored))
        })
        .await?;
    let shown = Shown::of(again.as_ref(), "blockout", || stored);
    Ok(answer(again.as_ref(), views::blockouts::edit(frame, &sheet, &shown)))
}

/// A blockout as the form has it.
pub(in crate::clinic) fn input_of(b: &Blockout, services: &[ServiceId]) -> Input {
    fn optional<T: ToString>(value: Option<T>) -> String {
        value.map(|v| v.to_string()).unwrap_or_default()
    }
    let time = Session {
        start: b.start_minute,
        end: b.end_minute,
    };
    let when = if b.day.is_some() { "days" } else { "weekly" };
    let mut pairs = vec![
        ("name", b.name.clone()),
        ("name_en", b.name_en.clone()),
        ("provider", optional(b.provider_id)),
        ("chair", optional(b.chair_id)),
        ("when", when.to_owned()),
        ("weekday", optional(b.weekday)),
        ("valid_from", optional(b.valid_from)),
        ("valid_until", optional(b.valid_until)),
        ("day", optional(b.day)),
        ("time", show_day(&[time])),
        ("release_days", optional(b.release_days)),
        ("travel", optional(Some(b.travel_minutes).filter(|m| *m > 0))),
    ];
    pairs.extend(services.iter().map(|s| ("services", s.to_string())));
    Input::from_pairs(pairs)
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let (by, typed) = (by(&ctx, actor, &input), input.clone());
    let write = move |c: &mut _| {
        let clinic = store::snapshot(c)?;
        let (wanted, services) = read(&typed, &clinic, None, by.now.day(clinic.site.tz()))?;
        actions::add_blockouts(c, &by, &wanted, &services).map(|(outcome, _)| outcome)
    };
    match settle(ctx.db.write(write).await, "blockout", input)? {
        Ok(word) => Ok(back("/settings/blockouts", word, "blockouts")),
        Err(again) => show(&ctx, &frame, None, Some(again)).await,
    }
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<i64>, input: Input) -> Result<HttpResponse> {
    let (id, by, typed) = (*id, by(&ctx, actor, &input), input.clone());
    let write = move |c: &mut _| {
        let clinic = store::snapshot(c)?;
        let (before, _) = clinic.get_blockout(id)?;
        let (wanted, services) = read(&typed, &clinic, Some(before), by.now.day(clinic.site.tz()))?;
        let wanted = wanted.first().ok_or(Error::NotFound("blockout"))?;
        actions::save_blockout(c, &by, wanted, &services)
    };
    match settle(ctx.db.write(write).await, "blockout", input)? {
        Ok(word) => Ok(back(&format!("/settings/blockouts/{id}"), word, "blockout")),
        Err(again) => show(&ctx, &frame, Some(id), Some(again)).await,
    }
}

async fn remove(ctx: Ctx, actor: Actor, id: web::Path<i64>, input: Input) -> Result<HttpResponse> {
    let (id, by) = (*id, by(&ctx, actor, &input));
    ctx.db.write(move |c| actions::remove_blockout(c, &by, id)).await?;
    Ok(back("/settings/blockouts", "saved", "blockouts"))
}

/// What was typed: one blockout, or one for each of several days; and the services that may use it.
pub(in crate::clinic) fn read(
    input: &Input,
    clinic: &Snapshot,
    before: Option<&Blockout>,
    today: NaiveDate,
) -> Result<(Vec<Blockout>, Vec<ServiceId>)> {
    let mut faults = Faults::default();
    let (name, name_en) = typed::names(input, &mut faults);
    let provider_id: Option<ProviderId> = input.parse("provider", &mut faults);
    if provider_id.is_some_and(|id| clinic.find_provider(id).is_none()) {
        faults.add("provider", "invalid", "没有这个人", "There is no such provider");
    }
    let chair_id: Option<ChairId> = input.parse("chair", &mut faults);
    if chair_id.is_some_and(|id| clinic.find_chair(id).is_none()) {
        faults.add("chair", "invalid", "没有这个椅位", "There is no such chair");
    }
    let time = time(input, &mut faults);
    let known: Vec<ServiceId> = clinic.services.iter().map(|s| s.id).collect();
    let services = chosen(input, "services", &known, &mut faults);
    let draft = Blockout {
        id: before.map_or(0, |b| b.id),
        site_id: clinic.site.id,
        provider_id,
        chair_id,
        weekday: None,
        day: None,
        start_minute: time.start,
        end_minute: time.end,
        valid_from: None,
        valid_until: None,
        release_days: typed::number(input, "release_days", 0..=60, &mut faults),
        travel_minutes: typed::number(input, "travel", 0..=240, &mut faults).unwrap_or(0),
        name,
        name_en,
    };
    // What lies in the past may stay there.
    let since = before.and_then(|b| b.day).map_or(today, |day| day.min(today));
    let wanted = match input.get("when") {
        "weekly" => vec![weekly(input, draft, &mut faults)],
        "days" => {
            let most = if before.is_some() { 1 } else { DAYS_MAX };
            let days = typed::days(input, ("day", "day_until"), (since, most), &mut faults);
            let (first, last) = days.filter(|_| faults.0.is_empty()).unwrap_or((today, today));
            let on = |day| Blockout {
                day: Some(day),
                ..draft.clone()
            };
            days_of(first, last).map(on).collect()
        }
        _ => {
            faults.add(
                "when",
                "required",
                "请选择每周还是某几天",
                "Choose weekly or certain days",
            );
            Vec::new()
        }
    };
    faults.finish()?;
    Ok((wanted, services))
}

fn weekly(input: &Input, draft: Blockout, faults: &mut Faults) -> Blockout {
    let weekday = typed::needed_number(input, "weekday", 1..=7, faults);
    let valid_from = typed::any_day(input, "valid_from", faults);
    let valid_until = typed::any_day(input, "valid_until", faults);
    if let (Some(from), Some(until)) = (valid_from, valid_until)
        && until < from
    {
        faults.add(
            "valid_until",
            "invalid",
            "不能早于第一天",
            "It cannot be before the first day",
        );
    }
    Blockout {
        weekday: Some(weekday),
        valid_from,
        valid_until,
        ..draft
    }
}

/// One stretch of a day, as in `09:00-11:00`.
fn time(input: &Input, faults: &mut Faults) -> Session {
    let none = Session { start: 0, end: 1 };
    if input.get("time").is_empty() {
        faults.require("time");
        return none;
    }
    match parse_day(input.get("time")) {
        Ok(sessions) => match sessions.as_slice() {
            [one] => return *one,
            _ => faults.add(
                "time",
                "invalid",
                "只填一个时段，例如 09:00-11:00；多个时段请分别添加",
                "One stretch only, such as 09:00-11:00; add others one by one",
            ),
        },
        Err(text) => faults.add("time", "invalid", text.zh, text.en),
    }
    none
}
