//! The booking panel.

use actix_web::HttpResponse;
use chrono::{NaiveDate, NaiveTime};
use maud::Markup;

use super::super::actions::{self, Booking, Found, Search};
use super::super::model::Appointment;
use super::super::model::free::{Blocked, why_not};
use super::super::model::suggest::{Candidate, Free, Habit, OFFERED, Offer, Why, offers, sits_at_an_edge};
use super::super::store::{self, Except};
use super::super::unscheduled;
use super::super::views::{self, Booked, BookingForm, PatientPart};
use super::answer::{html, to_board};
use super::day::{Query, render, today};
use super::desk::{Desk, Request};
use crate::clinic::{ProviderId, Service, ServiceId};
use crate::patients::{self, Patient};
use crate::platform::clock::{Instant, plus_days, resolve};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::records;
use crate::staff::Actor;

/// Patients a search in the panel shows.
const HITS: i64 = 8;
/// Earlier visits shown.
const HISTORY: i64 = 2;
/// Days searched first, and when that finds too little.
const SEARCH_DAYS: [u32; 2] = [21, actions::HORIZON_DAYS];

/// What a search in the panel finds, for htmx.
pub(super) async fn hits(ctx: Ctx, frame: Frame, actor: Actor, query: Query) -> Result<Markup> {
    let r = Request::new(ctx.now(), frame, actor, Input::from_pairs(query.into_inner()));
    ctx.db
        .read(move |c| {
            let day = Desk::load(c, &r)?;
            let found = find(c, &r)?;
            Ok(views::hits(
                &blank(&r, &day, &Faults::default()),
                r.input.get("q"),
                &found,
            ))
        })
        .await
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
    let service = choose_service(c, &r, day, known.as_ref())?;
    r.input.set("service", service.id.to_string());
    let mut faults = faults.clone();
    let minutes = minutes_typed(&r.input, &mut faults).unwrap_or(service.minutes);
    let able = able(c, &service)?;
    let (offered, blocked) = propose(c, &r, day, (&service, &able), minutes)?;
    let bookable: Vec<Service> = day.services.iter().filter(|s| s.active).cloned().collect();
    let patient = match &known {
        Some(p) => PatientPart::Known(p, history(c, &r, day, p)?),
        None => PatientPart::New,
    };
    let form = BookingForm {
        patient,
        services: &bookable,
        able: &able,
        offers: &offered,
        blocked,
        minutes,
        ..blank(&r, day, &faults)
    };
    Ok(views::booking_panel(&form))
}

/// Those who do a service.
fn able(c: &mut Conn, service: &Service) -> Result<Vec<ProviderId>> {
    let links = crate::clinic::list_service_providers(c)?;
    Ok(links
        .into_iter()
        .filter(|(s, _)| *s == service.id)
        .map(|(_, p)| p)
        .collect())
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

/// A recall is what somebody comes for when it is due, or will be within so many days.
const DUE_WITHIN_DAYS: i64 = 30;

/// The service typed, else what the patient is due for, else what they had last, else the first.
fn choose_service(c: &mut Conn, r: &Request, day: &Desk, patient: Option<&Patient>) -> Result<Service> {
    let by_id = |id: ServiceId| day.services.iter().find(|s| s.id == id && s.active).cloned();
    if let Some(service) = r.input.get("service").parse().ok().and_then(by_id) {
        return Ok(service);
    }
    // The column that was clicked is of somebody: what they do comes first.
    let by: Option<ProviderId> = r.input.get("provider").parse().ok();
    let links = crate::clinic::list_service_providers(c)?;
    let fits = |s: &Service| by.is_none_or(|p| links.contains(&(s.id, p)));
    let mut wanted = None;
    if let Some(p) = patient {
        let due = store::next_recall(c, p.id)?
            .filter(|(_, on)| *on <= plus_days(day.today, DUE_WITHIN_DAYS))
            .and_then(|(service, _)| by_id(service));
        let usual = store::usual_of_patient(c, p.id)?.and_then(|(_, s)| by_id(s));
        wanted = due.filter(fits).or(usual.filter(fits));
    }
    let active = || day.services.iter().filter(|s| s.active);
    wanted
        .or_else(|| active().find(|s| fits(s)).or_else(|| active().next()).cloned())
        .ok_or(Error::NotFound("service"))
}

/// Three times to offer; first the one asked for (a click on the board), or why it is not free.
fn propose(
    c: &mut Conn,
    r: &Request,
    day: &Desk,
    (service, able): (&Service, &[ProviderId]),
    minutes: i32,
) -> Result<(Vec<Offer>, Option<Booked>)> {
    let zone = day.site.tz();
    let habit = match r.patient() {
        Some(p) => Habit::of(&store::visits_lately(c, p)?, zone),
        None => Habit::default(),
    };
    let wished = r.input.get("provider").parse::<ProviderId>().ok();
    let found = look_for(c, r, day, (service, wished.filter(|p| able.contains(p))), minutes)?;
    let tidy = |f: &Free| {
        let candidate = found
            .candidates
            .iter()
            .find(|c| (c.provider, c.chair) == (f.provider, f.chair));
        candidate.is_some_and(|c| sits_at_an_edge(&c.timetable, &found.wish, zone, f.start))
    };
    let mut offered = offers(&found.free, habit, tidy, zone);
    let Some(at) = asked(&r.input, day) else {
        return Ok((offered, None));
    };
    let reason = |c: &Candidate| why_not(&c.timetable, &found.wish, zone, at);
    if let Some(Candidate { provider, .. }) = found.candidates.iter().find(|c| reason(c).is_none()) {
        offered.retain(|o| o.start != at);
        offered.insert(
            0,
            Offer {
                start: at,
                provider: *provider,
                why: Why::Asked,
            },
        );
        offered.truncate(OFFERED);
        return Ok((offered, None));
    }
    // Whose column was clicked is told about themselves; of "anyone", whoever is taken then tells more than who is not in.
    let reasons: Vec<Blocked> = found.candidates.iter().filter_map(reason).collect();
    let why = reasons.iter().find(|b| b.is_taken()).or(reasons.first());
    let lang = r.frame.lang;
    let why = match wished.filter(|p| !able.contains(p)).and_then(|id| day.provider(id)) {
        Some(p) => lang.pick(
            format!("{}不做“{}”", p.name, service.name),
            format!("{} does not do “{}”", p.name_en, service.name_en),
        ),
        None => why.map(|b| b.text(zone).get(lang).to_owned()).unwrap_or_default(),
    };
    Ok((offered, Some(Booked { at, why })))
}

/// Free times from the board's day on; far ahead when the next weeks have too few.
fn look_for(
    c: &mut Conn,
    r: &Request,
    day: &Desk,
    (service, provider): (&Service, Option<ProviderId>),
    minutes: i32,
) -> Result<Found> {
    let mut search = Search {
        service: service.id,
        provider,
        minutes: Some(minutes),
        first: day.day.max(day.today),
        days: SEARCH_DAYS[0],
        except: Except {
            patient: r.patient(),
            appointment: None,
            hold: store::find_hold(c, r.now, r.input.get("hold"))?.map(|h| h.id),
        },
        online: false,
    };
    let found = actions::find_free(c, r.now, &search)?;
    if found.free.len() >= OFFERED {
        return Ok(found);
    }
    search.days = SEARCH_DAYS[1];
    actions::find_free(c, r.now, &search)
}

/// `at=10:30` on the board's day.
fn asked(input: &Input, day: &Desk) -> Option<Instant> {
    let time = NaiveTime::parse_from_str(input.get("at"), "%H:%M").ok()?;
    Some(resolve(day.site.tz(), day.day.and_time(time)))
}

/// R5: what happened before, shown unasked.
pub(super) fn history(c: &mut Conn, r: &Request, day: &Desk, patient: &Patient) -> Result<Markup> {
    let visits = records::history_for(c, patient.id, r.actor.role, HISTORY)?;
    let habit = Habit::of(&store::visits_lately(c, patient.id)?, day.site.tz());
    let due = store::next_recall(c, patient.id)?;
    Ok(views::history(&views::History {
        lang: r.frame.lang,
        zone: day.site.tz(),
        count: records::count_visits(c, patient.id)?,
        visits: &visits,
        usual: habit.provider.and_then(|id| day.providers.iter().find(|p| p.id == id)),
        half: habit.half,
        no_shows: store::count_no_shows(c, patient.id)?,
        cancelled: unscheduled::count_broken(c, patient.id)?,
        next: store::next_of_patient(c, patient.id, r.now)?
            .filter(|a| Some(a.id) != r.open())
            .map(|a| a.starts_at),
        due: due.and_then(|(service, on)| Some((day.services.iter().find(|s| s.id == service)?, on))),
        patient,
    }))
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
        starts_at,
        minutes,
        note: input.get("note").to_owned(),
        source: "desk",
        tell: input.ticked("tell"),
        hold: Some(input.get("hold").to_owned()).filter(|t| !t.is_empty()),
        overbook: Some(input.get("overbook").to_owned()).filter(|t| !t.is_empty()),
    };
    let (ctx_in, actor) = (ctx.clone(), r.actor.clone());
    actions::book_for(&ctx.db, r.now, r.actor.clone(), booking, move |c| match known {
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
