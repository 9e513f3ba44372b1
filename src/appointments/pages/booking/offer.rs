//! What somebody most likely comes for, and the times that are offered for it.

use chrono::{NaiveDate, NaiveTime};

use super::super::super::actions::{self, Found, Search};
use super::super::super::model::free::{Blocked, why_not};
use super::super::super::model::suggest::{Candidate, OFFERED, Offer, Why, all_free, by_load, offers};
use super::super::super::store::{self, Except};
use super::super::super::views::Booked;
use super::super::desk::{Desk, Request};
use crate::clinic::{ChairId, ProviderId, Service, ServiceId};
use crate::patients::Patient;
use crate::platform::clock::{Instant, plus_days, resolve};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Input;
use crate::records::plan::Planned;

/// Days searched first, and when that finds too little.
const SEARCH_DAYS: [u32; 2] = [21, actions::HORIZON_DAYS];

/// A recall is what somebody comes for when it is due, or will be within so many days.
const DUE_WITHIN_DAYS: i64 = 30;

/// The service typed, else what is next in the plan if that is due, else what the patient is due for, else what is next in
/// the plan, else what they had last, else the first.
pub(super) fn choose_service(
    c: &mut Conn,
    r: &Request,
    day: &Desk,
    (patient, next): (Option<&Patient>, Option<&Planned>),
) -> Result<Service> {
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
        let planned = next.and_then(|p| by_id(p.item.service_id));
        let is_due = next.is_some_and(|p| p.from <= day.day.max(day.today));
        let [first, second] = if is_due { [planned, due] } else { [due, planned] };
        wanted = first.filter(fits).or(second.filter(fits)).or(usual.filter(fits));
    }
    let active = || day.services.iter().filter(|s| s.active);
    wanted
        .or_else(|| active().find(|s| fits(s)).or_else(|| active().next()).cloned())
        .ok_or(Error::NotFound("service"))
}

/// The note says what the plan says, until somebody has written another; not for another service.
pub(super) fn prefill_note(input: &mut Input, next: Option<&Planned>, is_planned: bool) {
    let Some(item) = next.map(|p| &p.item) else {
        return;
    };
    let said = [item.teeth.as_deref().unwrap_or(""), item.note.as_str()];
    let said: Vec<&str> = said.into_iter().filter(|t| !t.is_empty()).collect();
    let said = said.join(" ");
    if is_planned && !input.ticked("form") && input.get("note").is_empty() {
        input.set("note", said);
    } else if !is_planned && input.get("note") == said {
        input.set("note", "");
    }
}

/// What times are wanted for.
pub(super) struct Asked<'a> {
    pub service: &'a Service,
    pub able: &'a [ProviderId],
    pub minutes: i32,
    /// Not before this day, unless a time is asked for.
    pub from: Option<NaiveDate>,
}

/// Three times to offer; first the one asked for (a click on the board), or why it is not free.
pub(super) fn propose(
    c: &mut Conn,
    r: &Request,
    day: &Desk,
    wanted: &Asked<'_>,
) -> Result<(Vec<Offer>, Option<Booked>)> {
    let (service, able) = (wanted.service, wanted.able);
    let zone = day.site.tz();
    let habit = actions::habit_of(c, r.patient(), zone, wanted.minutes)?;
    let wished = r.input.get("provider").parse::<ProviderId>().ok();
    let found = look_for(c, r, day, (wanted, wished.filter(|p| able.contains(p))))?;
    let mut offered = offers(&found.free, habit, |f| found.is_tidy(f), zone);
    let Some(at) = asked(&r.input, day) else {
        return Ok((offered, None));
    };
    let reason = |c: &Candidate| why_not(&c.timetable, &found.wish, zone, at);
    let mut able_then = by_load(&found.candidates, zone, at.day(zone)).into_iter();
    if let Some(Candidate { provider, .. }) = able_then.find(|c| reason(c).is_none()) {
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
    (wanted, provider): (&Asked<'_>, Option<ProviderId>),
) -> Result<Found> {
    let first = day.day.max(day.today);
    let mut search = Search {
        service: wanted.service.id,
        provider,
        minutes: Some(wanted.minutes),
        // Who asks for a time of the board's day is told about that day.
        first: wanted
            .from
            .filter(|_| r.input.get("at").is_empty())
            .map_or(first, |from| from.max(first)),
        days: SEARCH_DAYS[0],
        except: Except {
            patient: r.patient(),
            appointment: None,
            hold: store::find_hold(c, r.now, r.input.get("hold"))?.map(|h| h.id),
        },
        online: false,
    };
    let chair = r.input.get("chair").parse().ok();
    let found = in_chair(actions::find_free(c, r.now, &search)?, chair, &search);
    if found.free.len() >= OFFERED {
        return Ok(found);
    }
    search.days = SEARCH_DAYS[1];
    Ok(in_chair(actions::find_free(c, r.now, &search)?, chair, &search))
}

/// What of it is in the chair asked for.
fn in_chair(mut found: Found, chair: Option<ChairId>, search: &Search) -> Found {
    if let Some(only) = chair {
        found.candidates.retain(|c| c.chair == only);
        let zone = found.clinic.site.tz();
        found.free = all_free(&found.candidates, &found.wish, zone, search.first, search.days);
    }
    found
}

/// `at=10:30` on the board's day.
fn asked(input: &Input, day: &Desk) -> Option<Instant> {
    let time = NaiveTime::parse_from_str(input.get("at"), "%H:%M").ok()?;
    Some(resolve(day.site.tz(), day.day.and_time(time)))
}
