//! `/settings/providers`: who treats, when they work, when they are away.

use actix_web::{HttpResponse, web};
use chrono::NaiveDateTime;
use chrono_tz::Tz;
use maud::Markup;

use super::super::model::{
    Leave, LeaveId, Provider, ProviderId, ProviderKind, ServiceId, SiteId, Week, parse_day, show_day,
};
use super::super::views::providers::{Card, Forms, Sheet};
use super::super::{actions, store, views};
use super::services::chosen;
use super::{Again, Shown, answer, back, by, settle, typed};
use crate::platform::clock::{DAY_MS, Instant, resolve};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

/// How long leave that is over stays in the list.
const PAST_LEAVE_MS: i64 = 90 * DAY_MS;
/// Fields of the weekdays, Monday first.
pub(in crate::clinic) const DAY_FIELDS: [&str; 7] = ["d1", "d2", "d3", "d4", "d5", "d6", "d7"];

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(web::resource("/settings/providers").route(staff::get(only, list)))
        .service(
            web::resource("/settings/providers/new")
                .route(staff::get(only, new_page))
                .route(staff::post(only, add)),
        )
        .service(
            web::resource("/settings/providers/{id}")
                .route(staff::get(only, edit_page))
                .route(staff::post(only, save)),
        )
        .service(web::resource("/settings/providers/{id}/hours").route(staff::post(only, save_hours)))
        .service(web::resource("/settings/providers/{id}/leave").route(staff::post(only, add_leave)))
        .service(web::resource("/settings/providers/{id}/leave/{leave}/remove").route(staff::post(only, remove_leave)));
}

async fn list(ctx: Ctx, frame: Frame) -> Result<Markup> {
    let now = ctx.now();
    let list = ctx
        .db
        .read(move |c| {
            let today = now.day(store::the_site(c)?.tz());
            Ok(views::providers::List {
                providers: store::list_providers(c, true)?,
                chairs: store::list_chairs(c, true)?,
                setup: store::load_setup(c, today, 0, false)?,
            })
        })
        .await?;
    Ok(views::providers::list(&frame, &list))
}

async fn new_page(ctx: Ctx, frame: Frame) -> Result<HttpResponse> {
    show(&ctx, &frame, None, None).await
}

async fn edit_page(ctx: Ctx, frame: Frame, id: web::Path<ProviderId>) -> Result<HttpResponse> {
    show(&ctx, &frame, Some(*id), None).await
}

async fn show(ctx: &Ctx, frame: &Frame, id: Option<ProviderId>, again: Option<Again>) -> Result<HttpResponse> {
    let now = ctx.now();
    let sheet = ctx.db.read(move |c| load(c, id, now)).await?;
    let again = again.as_ref();
    let forms = Forms {
        data: Shown::of(again, "provider", || data_input(&sheet)),
        hours: Shown::of(again, "hours", || hours_input(&sheet.week)),
        leave: Shown::of(again, "leave", Input::default),
    };
    Ok(answer(again, views::providers::edit(frame, &sheet, &forms)))
}

fn load(c: &mut Conn, id: Option<ProviderId>, now: Instant) -> Result<Sheet> {
    let card = match id {
        None => None,
        Some(id) => Some(Card {
            provider: store::get_provider(c, id)?,
            leaves: store::list_leaves_of(c, id, now + -PAST_LEAVE_MS)?,
            last: staff::last_change(c, "providers", Some(id.0))?,
            last_hours: staff::last_change(c, "provider_hours", Some(id.0))?,
            last_leave: staff::last_change(c, "provider_leave", Some(id.0))?,
        }),
    };
    let today = now.day(store::the_site(c)?.tz());
    let week = id.map_or(Ok(Week::default()), |id| {
        Ok::<_, crate::platform::error::Error>(Week::of(id, &store::list_hours_on(c, today)?))
    })?;
    let does = store::list_service_providers(c)?;
    Ok(Sheet {
        card,
        week,
        does: does
            .into_iter()
            .filter(|(_, p)| Some(*p) == id)
            .map(|(s, _)| s)
            .collect(),
        site: store::the_site(c)?,
        chairs: store::list_chairs(c, true)?,
        services: store::list_services(c, true)?,
        users: staff::list_users(c)?,
    })
}

fn data_input(sheet: &Sheet) -> Input {
    let mut pairs: Vec<(&str, String)> = sheet.does.iter().map(|s| ("services", s.to_string())).collect();
    let Some(p) = sheet.card.as_ref().map(|c| &c.provider) else {
        pairs.push(("kind", ProviderKind::Doctor.to_string()));
        pairs.push(("active", "1".into()));
        return Input::from_pairs(pairs);
    };
    pairs.extend([
        ("name", p.name.clone()),
        ("name_en", p.name_en.clone()),
        ("kind", p.kind.to_string()),
        ("speciality", p.speciality.clone()),
        ("speciality_en", p.speciality_en.clone()),
        ("chair", p.chair_id.to_string()),
        ("account", p.user_id.map(|u| u.to_string()).unwrap_or_default()),
    ]);
    if p.active {
        pairs.push(("active", "1".into()));
    }
    Input::from_pairs(pairs)
}

fn hours_input(week: &Week) -> Input {
    Input::from_pairs(
        DAY_FIELDS
            .iter()
            .zip(&week.0)
            .map(|(field, day)| (*field, show_day(day))),
    )
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    write(ctx, frame, actor, (None, input)).await
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<ProviderId>, input: Input) -> Result<HttpResponse> {
    write(ctx, frame, actor, (Some(*id), input)).await
}

async fn write(ctx: Ctx, frame: Frame, actor: Actor, (id, input): (Option<ProviderId>, Input)) -> Result<HttpResponse> {
    let (by, typed) = (by(&ctx, actor, &input), input.clone());
    let done = ctx
        .db
        .write(move |c| {
            let (provider, services) = read(c, &typed, id)?;
            actions::save_provider(c, &by, &provider, &services)
        })
        .await;
    let (outcome, made) = match done {
        Ok((outcome, made)) => (Ok(outcome), Some(made)),
        Err(e) => (Err(e), None),
    };
    match (settle(outcome, "provider", input)?, made) {
        (Ok(word), Some(made)) => Ok(back(&format!("/settings/providers/{made}"), word, "provider")),
        (Ok(_), None) => Ok(back("/settings/providers", "saved", "provider")),
        (Err(again), _) => show(&ctx, &frame, id, Some(again)).await,
    }
}

fn read(c: &mut Conn, input: &Input, id: Option<ProviderId>) -> Result<(Provider, Vec<ServiceId>)> {
    let mut faults = Faults::default();
    let (name, name_en) = typed::names(input, &mut faults);
    let kind = input.need("kind", &mut faults);
    let before = id.map(|id| store::get_provider(c, id)).transpose()?;
    let kept = before.map(|p| p.chair_id);
    let usable = |ch: &super::super::model::Chair| ch.active || Some(ch.id) == kept;
    let chairs: Vec<_> = store::list_chairs(c, true)?
        .into_iter()
        .filter(usable)
        .map(|ch| ch.id)
        .collect();
    let chair = if chairs.is_empty() {
        faults.add("chair", "required", "请先添加椅位", "Add a chair first");
        None
    } else {
        input.need("chair", &mut faults)
    };
    if chair.is_some_and(|id| !chairs.contains(&id)) {
        faults.add("chair", "invalid", "这个椅位已停用", "This chair is not in use");
    }
    let user_id = input.parse("account", &mut faults);
    if let Some(user) = user_id
        && staff::find_user(c, user)?.is_none()
    {
        faults.add("account", "invalid", "没有这个账户", "There is no such account");
    }
    let known: Vec<ServiceId> = store::list_services(c, true)?.iter().map(|s| s.id).collect();
    let services = chosen(input, "services", &known, &mut faults);
    let provider = Provider {
        id: id.unwrap_or(ProviderId(0)),
        site_id: store::the_site(c).map_or(SiteId(0), |s| s.id),
        user_id,
        name,
        name_en,
        kind: kind.unwrap_or(ProviderKind::Doctor),
        speciality: typed::line(input, "speciality", &mut faults),
        speciality_en: typed::line(input, "speciality_en", &mut faults),
        chair_id: chair.unwrap_or(super::super::model::ChairId(0)),
        position: 0,
        active: input.ticked("active"),
    };
    faults.finish()?;
    Ok((provider, services))
}

async fn save_hours(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<ProviderId>,
    input: Input,
) -> Result<HttpResponse> {
    if input.ticked("copy") {
        return show(&ctx, &frame, Some(*id), Some(with_monday_copied(input))).await;
    }
    let (id, by) = (*id, by(&ctx, actor, &input));
    let done = match read_week(&input) {
        Ok(week) => ctx.db.write(move |c| actions::save_hours(c, &by, id, &week)).await,
        Err(e) => Err(e),
    };
    match settle(done, "hours", input)? {
        Ok(word) => Ok(back(&format!("/settings/providers/{id}"), word, "hours")),
        Err(again) => show(&ctx, &frame, Some(id), Some(again)).await,
    }
}

/// The form once more, Tuesday to Friday as Monday is typed. Nothing is saved by it.
fn with_monday_copied(mut input: Input) -> Again {
    let monday = input.get(DAY_FIELDS[0]).to_owned();
    for field in &DAY_FIELDS[1..5] {
        input.set(field, monday.clone());
    }
    input.untick("confirmed");
    Again {
        section: "hours",
        input,
        faults: Faults::default(),
        ask: None,
        note: true,
    }
}

fn read_week(input: &Input) -> Result<Week> {
    let (mut week, mut faults) = (Week::default(), Faults::default());
    for (day, field) in week.0.iter_mut().zip(DAY_FIELDS) {
        match parse_day(input.get(field)) {
            Ok(sessions) => *day = sessions,
            Err(text) => faults.add(field, "invalid", text.zh, text.en),
        }
    }
    faults.finish()?;
    Ok(week)
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
