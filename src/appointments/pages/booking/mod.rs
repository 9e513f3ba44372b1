//! The booking panel.

mod offer;

use actix_web::HttpResponse;
use chrono::{NaiveDate, NaiveTime};
use maud::Markup;

use super::super::actions::{self, Booking};
use super::super::model::Appointment;
use super::super::model::suggest::Habit;
use super::super::preferences::said_of;
use super::super::store;
use super::super::unscheduled;
use super::super::views::{self, BookingForm, PatientPart};
use super::answer::{html, to_board};
use super::day::{Query, render, today};
use super::desk::{Desk, Request};
use crate::clinic::{Chair, ChairId, ProviderId, Service, ServiceId};
use crate::patients::{self, Patient};
use crate::platform::clock::{Instant, resolve};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::records;
use crate::records::plan::{Plan, find_plan, item_name, suggested};
use crate::staff::{self, Actor};
use offer::{Asked, choose_service, prefill_note, propose};

/// Patients a search in the panel shows.
const HITS: i64 = 8;
/// Earlier visits shown.
const HISTORY: i64 = 2;
/// What a search in the panel finds, for htmx.
pub(super) async fn hits(ctx: Ctx, frame: Frame, actor: Actor, query: Query) -> Result<Markup> {
    let input = Input::from_pairs(query.into_inner());
    let (who, typed) = (actor.clone(), input.get("q").to_owned());
    let r = Request::new(ctx.now(), frame, actor, input);
    let (page, ids) = ctx
        .db
        .read(move |c| {
            let day = Desk::load(c, &r)?;
            let found = find(c, &r)?;
            let ids: Vec<i64> = found.iter().map(|p| p.id.0).collect();
            let page = views::hits(&blank(&r, &day, &Faults::default()), r.input.get("q"), &found);
            Ok((page, ids))
        })
        .await?;
    staff::names_were_shown(&ctx, &who, &typed, &ids).await?;
    Ok(page)
}

fn find(c: &mut Conn, r: &Request) -> Result<Vec<Patient>> {
    match r.input.get("q") {
        "" => Ok(Vec::new()),
        q => patients::search_patients(c, q, HITS),
    }
}

fn blank<'a>(r: &'a Request, day: &'a Desk, faults: &'a Faults) -> BookingForm<'a> {
    BookingForm {
        lang: r.frame.lang,
        zone: day.site.tz(),
        day: day.day,
        board: day.board(),
        today: day.today,
        input: &r.input,
        faults,
        patient: PatientPart::New,
        services: &day.services,
        providers: &day.providers,
        able: &[],
        chairs: &[],
        offers: &[],
        blocked: None,
        minutes: 0,
        may_overbook: r.actor.may_overbook,
    }
}

/// The panel for what has been typed so far.
pub(super) fn panel(c: &mut Conn, r: &Request, day: &Desk, faults: &Faults) -> Result<Markup> {
    let mut r = r.clone();
    let known = match r.patient() {
        Some(id) => Some(patients::get_patient(c, id)?),
        None => None,
    };
    let is_new = r.input.get("book") == "new" || r.input.get("patient") == "new";
    if known.is_none() && !is_new {
        let found = find(c, &r)?;
        let query = r.input.get("q").to_owned();
        let form = BookingForm {
            patient: PatientPart::Search {
                query: &query,
                hits: found,
            },
            ..blank(&r, day, faults)
        };
        return Ok(views::booking_panel(&form));
    }
    let plan = match &known {
        Some(p) => Some(find_plan(c, p.id)?),
        None => None,
    };
    let next = plan.as_ref().and_then(Plan::next);
    let service = choose_service(c, &r, day, (known.as_ref(), next))?;
    r.input.set("service", service.id.to_string());
    let planned = next.filter(|p| p.item.service_id == service.id);
    prefill_note(&mut r.input, next, planned.is_some());
    let mut faults = faults.clone();
    let usual = planned.and_then(|p| p.item.minutes).unwrap_or(service.minutes);
    let minutes = minutes_typed(&r.input, &mut faults).unwrap_or(usual);
    let able = able(c, &service)?;
    let chairs = fitting(c, &r, (&service, &able))?;
    if !chairs.iter().any(|ch| ch.id.to_string() == r.input.get("chair")) {
        r.input.set("chair", String::new());
    }
    let wanted = Asked {
        service: &service,
        able: &able,
        minutes,
        from: planned.map(|p| p.from),
    };
    let (offered, blocked) = propose(c, &r, day, &wanted)?;
    let bookable: Vec<Service> = day.services.iter().filter(|s| s.active).cloned().collect();
    let patient = match &known {
        Some(p) => PatientPart::Known(p, history(c, &r, day, p)?),
        None => PatientPart::New,
    };
    let form = BookingForm {
        patient,
        services: &bookable,
        able: &able,
        chairs: &chairs,
        offers: &offered,
        blocked,
        minutes,
        ..blank(&r, day, &faults)
    };
    Ok(views::booking_panel(&form))
}

/// Those who do a service.
pub(super) fn able(c: &mut Conn, service: &Service) -> Result<Vec<ProviderId>> {
    let links = crate::clinic::list_service_providers(c)?;
    Ok(links
        .into_iter()
        .filter(|(s, _)| *s == service.id)
        .map(|(_, p)| p)
        .collect())
}

/// The chairs in which a service can be given: by the provider chosen, or by anyone who does it.
fn fitting(c: &mut Conn, r: &Request, (service, able): (&Service, &[ProviderId])) -> Result<Vec<Chair>> {
    let clinic = crate::clinic::snapshot(c)?;
    let wished: Option<ProviderId> = r.input.get("provider").parse().ok().filter(|p| able.contains(p));
    let whom = clinic.providers.iter().filter(|p| p.active && able.contains(&p.id));
    let whom = whom.filter(|p| wished.is_none_or(|only| only == p.id));
    let each: Vec<Vec<ChairId>> = whom.map(|p| clinic.chairs_for(p, service.id)).collect();
    // Where everybody has one, the provider says it.
    if r.input.get("chair").is_empty() && each.iter().all(|theirs| theirs.len() < 2) {
        return Ok(Vec::new());
    }
    let fit: Vec<ChairId> = each.concat();
    let used = clinic.chairs.iter().filter(|ch| ch.active && fit.contains(&ch.id));
    Ok(used.cloned().collect())
}

/// The length typed, if it is one; what cannot be one is told at its field and stays there.
fn minutes_typed(input: &Input, faults: &mut Faults) -> Option<i32> {
    let text = input.get("minutes");
    let typed: Option<i32> = text.parse().ok().filter(|m| actions::MINUTES.contains(m));
    if typed.is_none() && !text.is_empty() && faults.of("minutes").is_none() {
        faults.add(
            "minutes",
            "out_of_range",
            "时长应为 5 到 480 分钟",
            "A visit has 5 to 480 minutes",
        );
    }
    typed
}

/// R5: what happened before, shown unasked.
pub(super) fn history(c: &mut Conn, r: &Request, day: &Desk, patient: &Patient) -> Result<Markup> {
    let visits = records::history_for(c, patient.id, r.actor.role, HISTORY)?;
    let habit = Habit::of(&store::visits_lately(c, patient.id)?, day.site.tz());
    let due = store::next_recall(c, patient.id)?;
    let plan = find_plan(c, patient.id)?;
    let clinic = crate::clinic::snapshot(c)?;
    let planned = plan.next().map(|next| {
        let lang = r.frame.lang;
        let from = suggested(lang, next.from, day.today);
        (format!("{} · {from}", item_name(lang, &clinic, next)), patient.id)
    });
    let history = views::history(&views::History {
        lang: r.frame.lang,
        zone: day.site.tz(),
        count: records::count_visits(c, patient.id)?,
        visits: &visits,
        said: said_of(c, patient.id, r.frame.lang)?,
        usual: habit.provider.and_then(|id| day.providers.iter().find(|p| p.id == id)),
        half: habit.half,
        no_shows: store::count_no_shows(c, patient.id)?,
        cancelled: unscheduled::count_broken(c, patient.id)?,
        next: store::next_of_patient(c, patient.id, r.now)?
            .filter(|a| Some(a.id) != r.open())
            .map(|a| a.starts_at),
        due: due.and_then(|(service, on)| Some((day.services.iter().find(|s| s.id == service)?, on))),
        patient,
    });
    Ok(views::with_plan(r.frame.lang, planned, &history))
}

/// Books what the form says, or shows it again with what is wrong.
pub(super) async fn book(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let r = Request::new(ctx.now(), frame, actor, input);
    let done = try_to_book(&ctx, &r).await;
    match done {
        Ok(a) => to_board(&ctx, &r, a, "did").await,
        Err(e @ (Error::Invalid(_) | Error::Conflict { .. })) => {
            let status = e.status();
            let faults = match e {
                Error::Invalid(list) => Faults(list),
                other => {
                    let text = other.text();
                    let mut faults = Faults::default();
                    faults.add("starts_at", "slot_taken", text.zh, text.en);
                    faults
                }
            };
            let faults = at_what_was_typed(&r.input, faults);
            let today = today(&ctx, &r).await?;
            let r = r.into_board(today)?;
            let page = render(&ctx, r, faults, None).await?;
            Ok(html(status, page))
        }
        Err(e) => Err(e),
    }
}

/// A time that was typed is wrong where it was typed.
fn at_what_was_typed(input: &Input, mut faults: Faults) -> Faults {
    if !input.get("time").is_empty() {
        for fault in faults.0.iter_mut().filter(|f| f.field == "starts_at") {
            fault.field = "time".into();
        }
    }
    faults
}

async fn try_to_book(ctx: &Ctx, r: &Request) -> Result<Appointment> {
    let input = r.input.clone();
    let zone = ctx.db.read(crate::clinic::the_site).await?.tz();
    let mut faults = Faults::default();
    let service: Option<ServiceId> = input.need("service", &mut faults);
    let minutes: Option<i32> = input.parse("minutes", &mut faults);
    let (starts_at, provider) = chosen_time(&input, zone, &mut faults);
    faults.clone().finish()?;
    let (Some(service), Some(starts_at)) = (service, starts_at) else {
        return Err(Error::Invalid(faults.0));
    };
    let is_new = input.get("patient") == "new";
    let known = r.patient();
    if known.is_none() && !is_new {
        return Err(Error::field("patient", "required", "请选择患者", "Choose a patient"));
    }
    let booking = Booking {
        patient: known.unwrap_or(patients::PatientId(0)),
        service,
        provider,
        chair: input.get("chair").parse().ok(),
        starts_at,
        minutes,
        note: input.get("note").to_owned(),
        source: "desk",
        tell: input.ticked("tell"),
        hold: Some(input.get("hold").to_owned()).filter(|t| !t.is_empty()),
        overbook: Some(input.get("overbook").to_owned()).filter(|t| !t.is_empty()),
    };
    let (ctx_in, actor) = (ctx.clone(), r.actor.clone());
    actions::book_for(&ctx.db, r.now, r.actor.clone(), (booking, None), move |c| match known {
        Some(id) => Ok(id),
        None => patients::register_in(c, &ctx_in, &actor, &new_patient(input)),
    })
    .await
}

/// What the short form leaves out: a text message is how people are reached.
fn new_patient(mut input: Input) -> Input {
    input.set("channel", "sms");
    input.set("note", "");
    input
}

/// The radio button chosen, or the date and time typed, which win.
fn chosen_time(input: &Input, zone: chrono_tz::Tz, faults: &mut Faults) -> (Option<Instant>, Option<ProviderId>) {
    let provider = input.get("provider").parse().ok();
    if !input.get("date").is_empty() || !input.get("time").is_empty() {
        let date: Option<NaiveDate> = input.need("date", faults);
        let time = NaiveTime::parse_from_str(input.get("time"), "%H:%M").ok();
        if time.is_none() {
            faults.add("time", "invalid", "请填写时间，例如 09:30", "Give a time such as 09:30");
        }
        return (date.zip(time).map(|(d, t)| resolve(zone, d.and_time(t))), provider);
    }
    match chosen_slot(input) {
        Some((at, p)) => (Some(at), p.or(provider)),
        None => {
            faults.add("starts_at", "required", "请选择时段", "Choose a time");
            (None, None)
        }
    }
}

/// The radio button chosen: when, and with whom if that is said.
pub(super) fn chosen_slot(input: &Input) -> Option<(Instant, Option<ProviderId>)> {
    let (at, provider) = input.get("slot").split_once('@')?;
    Some((Instant(at.parse().ok()?), provider.parse().ok()))
}
