//! `/check-in`: a tablet at the clinic's door on which patients say that they are here. Staff start it with a signed address
//! that ends with the day; nobody signs in on it, and it tells no patient anything about another.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use maud::Markup;

use super::super::model::{CheckIn, check_in};
use super::super::views::kiosk::{self as view, Told};
use super::page;
use crate::appointments::{self, Appointment, AppointmentId, Status, VISIT_LINK, check_in_number};
use crate::clinic::{self, Site};
use crate::patients::Patient;
use crate::platform::clock::{DAY_MS, Instant, day_bounds};
use crate::platform::crypto::Keys;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::links;
use crate::platform::web::form::Input;
use crate::platform::web::layout::Frame;
use crate::platform::web::{Ctx, chosen_lang, client_ip, limit, reading, request_id, visitor_lang};
use crate::staff::{self, Actor, DESK};

/// What signs the address of a tablet.
const KIOSK_LINK: &str = "check-in-kiosk";
/// Who comes on the wrong day is told the right one when it is this near.
const AHEAD_MS: i64 = 31 * DAY_MS;
/// Digits of a check-in number.
const NUMBER_DIGITS: usize = 6;
/// Digits of the end of a telephone number, and of month and day.
const FOUR: usize = 4;

pub(in crate::replies) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/check-in").route(staff::get(DESK, start)))
        // Without a sign-in, on purpose: the signed address is the key.
        .service(
            web::resource("/check-in/{token}")
                .route(reading().to(ask))
                .route(web::post().to(try_it)),
        );
}

/// The address for the tablet, good until the end of the day.
async fn start(ctx: Ctx, frame: Frame) -> Result<Markup> {
    let now = ctx.now();
    let site = ctx.db.read(clinic::the_site).await?;
    let ends = day_bounds(site.tz(), now.day(site.tz())).1;
    let token = links::make(&ctx.keys, KIOSK_LINK, site.id.0, ends);
    let url = ctx.config.server.url(&format!("/check-in/{token}"));
    Ok(view::start(&frame, &url))
}

/// The site whose tablet it is; or the page that says that the address does not work.
async fn enter(req: &HttpRequest, ctx: &Ctx, token: &str) -> Result<Site, HttpResponse> {
    let site = ctx.db.read(clinic::the_site).await.ok();
    let opened = links::open(&ctx.keys, KIOSK_LINK, token, ctx.now());
    if let Some(site) = site.filter(|s| opened == Ok(s.id.0)) {
        return Ok(site);
    }
    Err(page(StatusCode::GONE, view::ended(visitor_lang(req))))
}

async fn ask(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let site = match enter(&req, &ctx, &token).await {
        Ok(site) => site,
        Err(answer) => return Ok(answer),
    };
    let lang = chosen_lang(&req).unwrap_or(site.language);
    Ok(page(StatusCode::OK, view::ask(lang, &site, &token, None)))
}

async fn try_it(req: HttpRequest, ctx: Ctx, token: web::Path<String>, input: Input) -> Result<HttpResponse> {
    let site = match enter(&req, &ctx, &token).await {
        Ok(site) => site,
        Err(answer) => return Ok(answer),
    };
    let lang = chosen_lang(&req).unwrap_or(site.language);
    let (now, ip) = (ctx.now(), client_ip(&req));
    let key = format!("check-in {ip}");
    if let Some(seconds) = limit::blocked(&key, now) {
        let mut answer = page(
            StatusCode::TOO_MANY_REQUESTS,
            view::ask(lang, &site, &token, Some(&Told::TooMany)),
        );
        if let Ok(value) = header::HeaderValue::from_str(&seconds.to_string()) {
            answer.headers_mut().insert(header::RETRY_AFTER, value);
        }
        return Ok(answer);
    }
    let (keys, at) = (ctx.keys.clone(), site.clone());
    let found = ctx.db.read(move |c| find(c, &keys, now, &at, &input)).await?;
    let told = match found {
        Found::One(a) => arrive(&ctx, &site, now, Actor::patient(ip, request_id(&req)), *a).await?,
        Found::Nobody => {
            limit::count(&key, now);
            Told::NotFound
        }
        Found::Several => Told::AskTheDesk,
        Found::Nothing => Told::Nothing,
    };
    let status = match told {
        Told::Welcome { .. } => StatusCode::OK,
        Told::NotFound | Told::Nothing => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::CONFLICT,
    };
    Ok(page(status, view::ask(lang, &site, &token, Some(&told))))
}

/// Whose visit was meant.
enum Found {
    /// Nothing was typed that could name anybody.
    Nothing,
    /// Nobody's.
    Nobody,
    /// More than one patient's: nobody is told whose.
    Several,
    /// This one.
    One(Box<Appointment>),
}

fn digits(text: &str) -> String {
    text.chars()
        .filter_map(|ch| ch.to_digit(10))
        .map(|d| d.to_string())
        .collect()
}

/// By a scanned link, by the number of the message, or by the end of the telephone number with month and day of birth.
fn find(c: &mut Conn, keys: &Keys, now: Instant, site: &Site, input: &Input) -> Result<Found> {
    let typed = input.get("number");
    if let Some((_, token)) = typed.rsplit_once("/v/") {
        let token = token.split(['?', '/', '#']).next().unwrap_or("");
        let Ok((id, _)) = links::read(keys, VISIT_LINK, token) else {
            return Ok(Found::Nobody);
        };
        let found = appointments::find_appointment(c, AppointmentId(id))?;
        return Ok(found.map_or(Found::Nobody, |a| Found::One(Box::new(a))));
    }
    let number = digits(typed);
    let (tail, born) = (digits(input.get("tail")), digits(input.get("born")));
    let by_number = number.len() == NUMBER_DIGITS;
    if !by_number && (tail.len() != FOUR || born.len() != FOUR) {
        return Ok(Found::Nothing);
    }
    let born: Option<i32> = born.parse().ok();
    let meant = |a: &Appointment, p: &Patient| {
        if by_number {
            check_in_number(keys, a.id) == number
        } else {
            p.phone_tail.as_deref() == Some(tail.as_str()) && p.birth_month_day == born && born.is_some()
        }
    };
    let (today, until) = (day_bounds(site.tz(), now.day(site.tz())), now + AHEAD_MS);
    let mut found: Vec<Appointment> = Vec::new();
    for (from, to) in [today, (today.1, until)] {
        let day = appointments::list_between(c, site.id, from, to)?;
        found = day.into_iter().filter(|(a, p)| meant(a, p)).map(|(a, _)| a).collect();
        // A number names one visit; the other way a patient, of whom the next visit that can still be come to counts.
        if !found.is_empty() {
            break;
        }
    }
    let several = found
        .windows(2)
        .any(|w| matches!(w, [a, b] if a.patient_id != b.patient_id));
    if several {
        return Ok(Found::Several);
    }
    let best = found.iter().position(|a| check_in(a, now, site.tz()) == CheckIn::Open);
    let best = best.or_else(|| found.iter().position(|a| a.status.is_planned()));
    let one = found.into_iter().nth(best.unwrap_or(0));
    Ok(one.map_or(Found::Nobody, |a| Found::One(Box::new(a))))
}

async fn arrive(ctx: &Ctx, site: &Site, now: Instant, actor: Actor, a: Appointment) -> Result<Told> {
    if a.site_id != site.id {
        return Ok(Told::OtherClinic);
    }
    match check_in(&a, now, site.tz()) {
        CheckIn::Open => {}
        CheckIn::TooEarly(from) => return Ok(Told::TooEarly(from)),
        CheckIn::OtherDay => return Ok(Told::OtherDay(a.starts_at)),
        CheckIn::Here if a.status == Status::Arrived => return Ok(Told::HereAlready),
        CheckIn::TooLate | CheckIn::Here | CheckIn::Over => return Ok(Told::AskTheDesk),
    }
    let id = a.patient_id;
    match appointments::arrive(&ctx.db, now, actor, a.id, a.version).await {
        Ok(a) => {
            let name = ctx.db.read(move |c| crate::patients::get_patient(c, id)).await?.name;
            Ok(Told::Welcome { name, at: a.starts_at })
        }
        Err(Error::Conflict { .. }) => Ok(Told::AskTheDesk),
        Err(e) => Err(e),
    }
}
