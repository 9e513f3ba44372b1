//! What the list looks like.

use std::sync::Arc;

use maud::{Markup, html};

use super::store::Row;
use crate::appointments::Appointment;
use crate::clinic::Snapshot;
use crate::patients::Patient;
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::i18n::{Lang, phone_for_people};
use crate::platform::web::assets::icon_class;
use crate::platform::web::form::{Faults, Form, Input};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// What the page shows.
pub struct Page {
    /// The present instant.
    pub now: Instant,
    /// The lost visits, the latest first.
    pub rows: Vec<Row>,
    /// The clinic.
    pub clinic: Arc<Snapshot>,
    /// The filter.
    pub input: Input,
    /// What is wrong with what was typed.
    pub faults: Faults,
}

/// `/unscheduled`
pub fn page(frame: &Frame, p: &Page) -> Markup {
    let lang = frame.lang;
    let form = Form {
        lang,
        input: &p.input,
        faults: &p.faults,
    };
    let mut kinds = vec![
        ("", lang.pick("全部", "All")),
        ("no-show", lang.pick("爽约", "No-shows")),
    ];
    kinds.extend([
        ("broken", lang.pick("患者取消", "Cancelled")),
        ("will-call", lang.pick("会再来电", "Will call")),
        ("clinic", lang.pick("诊所取消", "By the clinic")),
    ]);
    let body = html! {
        main id="main" class="plain outreach" {
            (form.summary())
            (told(lang, &p.input))
            form class="rfilters" method="get" action="/unscheduled" {
                (form.select("kind", lang.pick("类别", "Kind"), &kinds))
                button class="btn" type="submit" { (icon("list-filter")) (lang.pick("筛选", "Filter")) }
            }
            div class="acts" {
                a class="btn" href="/waiting-list" { (icon("timer")) (lang.pick("候补名单", "Waiting list")) }
                a class="btn" href="/online-bookings" { (icon("globe")) (lang.pick("网上预约", "Booked online")) }
            }
            @if p.rows.is_empty() {
                div class="card empty" { (icon_class("circle-check", "i-l")) h2 { (lang.pick("没有未再约的患者", "Everybody has been booked anew")) } }
            } @else {
                div class="card scroll" tabindex="0" role="region" aria-label=(lang.pick("未再约的患者", "Not booked anew")) { (table(lang, p)) }
            }
        }
    };
    frame.page(
        lang.pick("取消或爽约后未再约", "Cancelled or missed, not booked again"),
        "waiting",
        body,
    )
}

fn told(lang: Lang, input: &Input) -> Markup {
    let text = match input.get("done") {
        "aside" => lang.pick("已移出名单。", "Put aside."),
        "call" => lang.pick("已放入回访名单。", "It is on the list of calls."),
        _ => return html! {},
    };
    html! { div class="banner info" role="status" { (icon("check")) (text) } }
}

fn table(lang: Lang, p: &Page) -> Markup {
    html! {
        table class="rtab" {
            thead { tr {
                th scope="col" { (lang.pick("患者", "Patient")) }
                th scope="col" { (lang.pick("原预约", "The visit")) }
                th scope="col" { (lang.pick("情况", "What happened")) }
                th scope="col" { (lang.pick("天数", "Days since")) }
                th scope="col" { (lang.pick("操作", "Actions")) }
            } }
            tbody { @for row in &p.rows { (table_row(lang, p, row)) } }
        }
    }
}

fn table_row(lang: Lang, p: &Page, (lost, a, patient): &Row) -> Markup {
    let service = p.clinic.find_service(a.service_id).map_or("", |s| s.name_in(lang));
    let provider = p.clinic.find_provider(a.provider_id).map_or("", |x| x.name_in(lang));
    let since = (p.now - a.updated_at).max(0) / DAY_MS;
    html! {
        tr id={ "u" (a.id) } {
            th scope="row" {
                a href={ "/patients/" (patient.id) } { (patient.name) }
                @if let Some(phone) = &patient.phone { a class="sub" href={ "tel:" (phone) } { (phone_for_people(phone)) } }
            }
            td { (lang.day_time(a.starts_at, p.clinic.site.tz())) span class="sub" { (service) " · " (provider) } }
            td { span class="chip" { (lost.name().get(lang)) } @if let Some(why) = a.cancel_reason.as_ref().filter(|r| !r.is_empty()) { span class="sub" { (why) } } }
            td data-l=(lang.pick("天数", "Days since")) { (since) }
            td { (row_actions(lang, a, patient)) }
        }
    }
}

fn row_actions(lang: Lang, a: &Appointment, patient: &Patient) -> Markup {
    let whose = html! { span class="vh" { (lang.pick("：", ": ")) (patient.name) } };
    let minutes = a.minutes();
    html! {
        div class="acts" {
            a class="btn sm pri" href={ "/day?book=" (patient.id) "&service=" (a.service_id) } { (icon("calendar-plus")) (lang.pick("预约", "Book")) (whose) }
            a class="btn sm" href={ "/waiting-list/new?patient_id=" (patient.id) "&service_id=" (a.service_id) "&minutes=" (minutes) } { (icon("timer")) (lang.pick("候补", "Waiting list")) (whose) }
            form method="post" action={ "/callbacks/appointments/" (a.id) } { button class="btn sm" type="submit" { (icon("phone")) (lang.pick("安排电话", "Have them called")) (whose) } }
            details {
                summary class="btn sm quiet" { (lang.pick("移出…", "Put aside…")) (whose) }
                form class="acts" method="post" action={ "/unscheduled/" (a.id) "/aside" } {
                    label { (lang.pick("原因 ", "Why ")) input class="inp" name="reason" required maxlength="200" autocomplete="off"; }
                    button class="btn sm" type="submit" { (lang.pick("移出名单", "Put aside")) }
                }
            }
        }
    }
}
