//! What the desk's list looks like.

use std::sync::Arc;

use maud::{Markup, html};

use super::cause::request_link_ends_at;
use super::model::{BookedOnline, Request, RequestState};
use crate::clinic::Snapshot;
use crate::platform::clock::Instant;
use crate::platform::i18n::{Lang, phone_for_people};
use crate::platform::web::assets::icon_class;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// What the page shows.
pub struct Page {
    /// The present instant.
    pub now: Instant,
    /// What patients booked, newest first.
    pub rows: Vec<BookedOnline>,
    /// The clinic.
    pub clinic: Arc<Snapshot>,
}

/// `/online-bookings`
pub fn page(frame: &Frame, p: &Page) -> Markup {
    let lang = frame.lang;
    let body = html! {
        main id="main" class="plain outreach" {
            div class="acts" {
                a class="btn" href="/waiting-list" { (icon("timer")) (lang.pick("候补名单", "Waiting list")) }
                a class="btn" href="/book" { (icon("globe")) (lang.pick("患者看到的页面", "What patients see")) }
            }
            @if p.rows.is_empty() {
                div class="card empty" { (icon_class("globe", "i-l")) h2 { (lang.pick("最近 30 天没有网上预约", "Nobody booked online in the last 30 days")) } }
            } @else {
                div class="card scroll" tabindex="0" role="region" aria-label=(title(lang)) { (table(lang, p)) }
            }
        }
    };
    frame.page(title(lang), "waiting", body)
}

fn title(lang: Lang) -> &'static str {
    lang.pick("网上预约", "Booked online")
}

fn table(lang: Lang, p: &Page) -> Markup {
    html! {
        table class="rtab" {
            thead { tr {
                th scope="col" { (lang.pick("患者", "Patient")) }
                th scope="col" { (lang.pick("就诊时间", "The visit")) }
                th scope="col" { (lang.pick("情况", "State")) }
                th scope="col" { (lang.pick("患者留言", "What they say")) }
                th scope="col" { (lang.pick("提交时间", "Asked for")) }
            } }
            tbody { @for row in &p.rows { (line(lang, p, row)) } }
        }
    }
}

fn line(lang: Lang, p: &Page, row: &BookedOnline) -> Markup {
    let zone = p.clinic.site.tz();
    let request = row.request.as_ref();
    let visit = row.appointment.as_ref();
    let at = visit.map(|a| a.starts_at).or(request.map(|r| r.starts_at));
    let service = visit.map(|a| a.service_id).or(request.map(|r| r.service_id));
    let provider = visit.map(|a| a.provider_id).or(request.map(|r| r.provider_id));
    let service = service
        .and_then(|s| p.clinic.find_service(s))
        .map_or("", |s| s.name_in(lang));
    let provider = provider
        .and_then(|x| p.clinic.find_provider(x))
        .map_or("", |x| x.name_in(lang));
    let note = visit
        .map(|a| a.note.as_str())
        .or(request.map(|r| r.note.as_str()))
        .unwrap_or("");
    html! {
        tr {
            th scope="row" {
                @match row.patient { Some(id) => { a href={ "/patients/" (id) } { (row.name) } } None => { (row.name) } }
                @if row.is_new { " " span class="chip info" { (lang.pick("新患者", "New patient")) } }
                @if row.address.starts_with('+') { a class="sub" href={ "tel:" (row.address) } { (phone_for_people(&row.address)) } }
                @else { span class="sub" { (row.address) } }
            }
            td {
                @if let Some(at) = at { a href={ "/day?day=" (at.day(zone)) } { (lang.day_time(at, zone)) } }
                span class="sub" { (service) " · " (provider) }
            }
            td { (state(lang, p.now, row)) }
            td class="wrap" { (note) }
            td data-l=(lang.pick("提交时间", "Asked for")) { (lang.day_time(row.at, zone)) }
        }
    }
}

/// Where it stands: the visit's own state once there is one.
fn state(lang: Lang, now: Instant, row: &BookedOnline) -> Markup {
    if let Some(a) = &row.appointment {
        return html! { span class="chip" { (a.status.name().get(lang)) } };
    }
    let Some(r) = &row.request else {
        return html! {};
    };
    html! {
        span class="chip" { (asked(lang, now, r)) }
        @if let Some(why) = r.refusal { span class="sub" { (why.name().get(lang)) } }
    }
}

fn asked(lang: Lang, now: Instant, r: &Request) -> &'static str {
    match r.state {
        RequestState::Booked => lang.pick("已预约", "Booked"),
        RequestState::Refused => lang.pick("未预约", "Not booked"),
        RequestState::Waiting if now < r.expires_at => {
            lang.pick("待患者确认（时间保留中）", "To be confirmed (time held)")
        }
        RequestState::Waiting if now < request_link_ends_at(r) => lang.pick("待患者确认", "To be confirmed"),
        RequestState::Waiting => lang.pick("患者没有确认", "Never confirmed"),
    }
}
