//! Walk-ins: the form that puts somebody into the queue, and the queue with who could see them.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::walk_in::{Suggestion, Urgency, WalkIn};
use super::retriage::retriage;
use super::waiting::{number, undo_form};
use crate::appointments::model::stage::WaitAlerts;
use crate::appointments::views::Side;
use crate::appointments::{Action, Appointment};
use crate::clinic::Snapshot;
use crate::patients::{Patient, Sex};
use crate::platform::clock::Instant;
use crate::platform::error::Error;
use crate::platform::i18n::{Lang, phone_masked};
use crate::platform::web::assets::icon_class;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// The patient's part of the form.
pub enum Part {
    /// Still to be found among these.
    Search(Vec<Patient>),
    /// Found, with the history drawn.
    Known(Box<Patient>, Markup),
    /// To be registered.
    New,
}

/// Somebody in the queue.
pub struct Waiting {
    /// Their place in it.
    pub walk_in: WalkIn,
    /// Who.
    pub patient: Patient,
    /// Who could see them, the soonest first.
    pub suggestions: Vec<Suggestion>,
}

/// What the page is made of.
pub struct WalkInPage<'a> {
    /// Frame.
    pub frame: &'a Frame,
    /// The present instant.
    pub now: Instant,
    /// The clinic, for names.
    pub clinic: &'a Snapshot,
    /// What was typed.
    pub input: &'a Input,
    /// What is wrong with it.
    pub faults: &'a Faults,
    /// The patient.
    pub part: Part,
    /// The queue.
    pub waiting: Vec<Waiting>,
    /// When waiting is too long.
    pub alerts: WaitAlerts,
    /// The step just taken.
    pub did: Option<(Appointment, Action, String)>,
    /// What went wrong with a step of the queue.
    pub error: Option<&'a Error>,
    /// Whether this person may book over others.
    pub may_overbook: bool,
}

/// The page.
pub fn page(p: &WalkInPage<'_>) -> Markup {
    let lang = p.frame.lang;
    let body = html! {
        main id="main" class="pts wi" {
            @if let Some(e) = p.error {
                div class="banner bad" role="alert" {
                    (icon("triangle-alert"))
                    div { @if let Error::Invalid(faults) = e { @for f in faults { p { (f.text.get(lang)) } } } @else { (e.text().get(lang)) } }
                }
            }
            @if let Some((a, action, name)) = &p.did { (undo_form(lang, a, *action, name, "/walk-in")) }
            div class="wi-cols" {
                section class="card wi-new" aria-labelledby="wi-new-h" {
                    h2 id="wi-new-h" { (lang.pick("登记到诊", "Take somebody in")) }
                    @match &p.part {
                        Part::Search(found) => (search(p, found)),
                        Part::Known(patient, history) => (form(p, known(lang, patient, history), &patient.id.to_string())),
                        Part::New => (form(p, new(p), "new")),
                    }
                }
                section class="card wi-queue" aria-labelledby="wi-queue-h" {
                    h2 id="wi-queue-h" { (lang.pick("等候中", "Waiting")) " " span class="chip" { (p.waiting.len()) } }
                    ol { @for w in &p.waiting { (waiting(p, w)) } }
                    @if p.waiting.is_empty() { p class="none" { (lang.pick("没有未预约的患者在等候。", "Nobody waits without an appointment.")) } }
                }
            }
        }
    };
    p.frame.page(lang.pick("未预约到诊", "Walk-ins"), "day", body)
}

fn search(p: &WalkInPage<'_>, found: &[Patient]) -> Markup {
    let (lang, q) = (p.frame.lang, p.input.get("q"));
    let form = Form {
        lang,
        input: p.input,
        faults: p.faults,
    };
    html! {
        form action="/walk-in" class="wi-find" {
            div class="field" {
                label for="f-q" { (lang.pick("患者", "Patient")) }
                input class="inp" id="f-q" name="q" type="text" value=(q) autocomplete="off" autofocus placeholder=(lang.pick("姓名 / 手机后4位 / 拼音首字母", "Name, last 4 of phone, chart no."));
                (form.fault("patient"))
            }
            button class="btn" type="submit" { (icon("search")) (lang.pick("查找", "Search")) }
        }
        @if !q.is_empty() {
            ul class="hits" aria-label=(lang.pick("查到的患者", "Patients found")) {
                @for x in found {
                    li { a href={ "/walk-in?patient=" (x.id) } {
                        span { b { (x.name) } @if x.vip { " " (icon_class("star", "vip")) } " " span class="d" { (x.chart_no) } }
                        span class="d" { (x.phone.as_deref().map(phone_masked).unwrap_or_default()) @if let Some(b) = x.birth_date { " · " (b) } }
                    } }
                }
            }
            @if found.is_empty() { p class="none" role="status" { (lang.pick("没有查到", "Nobody found")) } }
        }
        form action="/walk-in" {
            input type="hidden" name="patient" value="new";
            // What has a digit was no name.
            @if !q.contains(|c: char| c.is_ascii_digit()) { input type="hidden" name="name" value=(q); }
            button class="btn" type="submit" { (icon("user-plus")) (lang.pick("登记新患者", "New patient")) }
        }
    }
}

fn known(lang: Lang, patient: &Patient, history: &Markup) -> Markup {
    html! {
        p class="wi-who" {
            a href={ "/patients/" (patient.id) } { b { (patient.name) } } @if patient.vip { " " (icon_class("star", "vip")) span class="vh" { "VIP" } }
            " " span class="d" { (patient.chart_no) } " "
            a class="btn sm" href="/walk-in" { (lang.pick("换人", "Another")) }
        }
        @if patient.has_alert() { div class="banner bad" { (icon("triangle-alert")) div { b { (lang.pick("过敏：", "Allergy: ")) } (patient.alert()) } } }
        @if patient.vip && !patient.needs.is_empty() { div class="banner vip-here" { (icon_class("star", "vip")) div { (lang.pick("特殊需求：", "Needs: ")) (patient.needs) } } }
        (history)
    }
}

fn new(p: &WalkInPage<'_>) -> Markup {
    let lang = p.frame.lang;
    let form = Form {
        lang,
        input: p.input,
        faults: p.faults,
    };
    let needed = Kind {
        required: true,
        ..Kind::default()
    };
    let phone = Kind {
        kind: "tel",
        inputmode: "tel",
        ..needed
    };
    let sexes: Vec<(&str, String)> = [Sex::Unknown, Sex::Female, Sex::Male]
        .iter()
        .map(|s| (s.as_str(), s.name().get(lang).to_owned()))
        .collect();
    html! {
        div class="two" { (form.text("name", lang.pick("姓名", "Name"), needed)) (form.text("phone", lang.pick("手机", "Mobile"), phone)) }
        (form.select("sex", lang.pick("性别", "Sex"), &sexes))
        @if p.faults.of("duplicate").is_some() {
            (form.tick("confirm_duplicate", lang.pick("不是同一人，仍然登记", "Somebody else: register anyway")))
            (form.fault("duplicate"))
        }
    }
}

fn form(p: &WalkInPage<'_>, who: Markup, patient: &str) -> Markup {
    let lang = p.frame.lang;
    let form = Form {
        lang,
        input: p.input,
        faults: p.faults,
    };
    let active = p.clinic.services.iter().filter(|s| s.active);
    let services: Vec<(String, String)> = active.map(|s| (s.id.to_string(), s.name_in(lang).to_owned())).collect();
    html! {
        form method="post" action="/walk-in" class="wi-form" {
            (form.summary())
            (form.fault("patient"))
            input type="hidden" name="patient" value=(patient);
            (who)
            (form.text("complaint", lang.pick("主诉（哪里不舒服）", "Complaint"), Kind::default()))
            (form.select("service", lang.pick("项目", "Visit type"), &services))
            fieldset class="wi-urgency" id="f-urgency" {
                legend class="lab" { (lang.pick("紧急程度", "How soon")) }
                @for u in Urgency::ALL {
                    label class={ "check u-" (u) } {
                        input type="radio" name="urgency" value=(u) checked[p.input.get("urgency") == u.as_str()];
                        span { b { (u.name().get(lang)) } " " small { (u.about().get(lang)) } }
                    }
                }
                (form.fault("urgency"))
            }
            button class="btn pri" type="submit" { (icon("user-plus")) (lang.pick("进入等候队列", "Into the queue")) }
        }
    }
}

/// The urgency as a mark.
pub fn urgency_chip(lang: Lang, u: Urgency) -> Markup {
    let class = match u {
        Urgency::Urgent => "bad",
        Urgency::Soon => "warn",
        Urgency::CanWait => "",
    };
    html! { span class={ "chip " (class) } { (u.name().get(lang)) } }
}

fn waiting(p: &WalkInPage<'_>, w: &Waiting) -> Markup {
    let lang = p.frame.lang;
    let minutes = p.now.minutes_since(w.walk_in.arrived_at);
    let service = p
        .clinic
        .find_service(w.walk_in.service_id)
        .map_or("", |s| s.name_in(lang));
    html! {
        li class="wi-row" id={ "w" (w.walk_in.id) } {
            div class="wi-top" {
                span class="num" { (number(lang, w.walk_in.number)) }
                span class={ "mins " (p.alerts.arrived.class(minutes)) } { (minutes) small { (lang.pick("分钟", "min")) } }
                div class="grow" {
                    p class="who" {
                        a href={ "/patients/" (w.patient.id) } { (w.patient.name) } @if w.patient.vip { " " (icon_class("star", "vip")) span class="vh" { "VIP" } }
                        " " (urgency_chip(lang, w.walk_in.urgency))
                    }
                    p class="sub" { (service) @if !w.walk_in.complaint.is_empty() { " · " (w.walk_in.complaint) } }
                    @if w.patient.has_alert() { p class="sub alert" { (icon("triangle-alert")) " " (lang.pick("过敏：", "Allergy: ")) (w.patient.alert()) } }
                    @if w.patient.vip && !w.patient.needs.is_empty() { p class="sub needs" { (w.patient.needs) } }
                }
            }
            (suggestion(p, w))
            div class="wi-more" { (others(p, w)) (retriage(p, w)) (gone(lang, w)) }
        }
    }
}

fn clock(i: Instant, zone: Tz) -> String {
    i.local(zone).format("%H:%M").to_string()
}

/// `现在有空，到 11:30（48 分钟）` / `11:15 起有空，…`
pub fn when(lang: Lang, s: &Suggestion, zone: Tz) -> String {
    let minutes = s.until.minutes_since(s.start);
    let (from, until) = (clock(s.start, zone), clock(s.until, zone));
    match &s.why_later {
        None => lang.pick(
            format!("现在有空，到 {until}（{minutes} 分钟）"),
            format!("free now until {until} ({minutes} min)"),
        ),
        Some(why) => lang.pick(
            format!("{from} 起有空，到 {until}（{minutes} 分钟）；现在：{}", why.zh),
            format!("free from {from} until {until} ({minutes} min); now: {}", why.en),
        ),
    }
}

pub(super) fn hidden(w: &Waiting) -> Markup {
    html! { input type="hidden" name="version" value=(w.walk_in.version); }
}

/// Whoever is free first, in one click.
fn suggestion(p: &WalkInPage<'_>, w: &Waiting) -> Markup {
    let (lang, zone) = (p.frame.lang, p.clinic.site.tz());
    let named = |s: &Suggestion| {
        let provider = p.clinic.find_provider(s.provider).map_or("", |x| x.name_in(lang));
        let chair = p.clinic.find_chair(s.chair).map_or("", |x| x.name_in(lang));
        (provider.to_owned(), chair.to_owned())
    };
    html! {
        @match w.suggestions.first() {
            Some(s) => {
                @let (provider, chair) = named(s);
                form class="wi-offer" method="post" action={ "/walk-in/" (w.walk_in.id) "/place" } {
                    (hidden(w))
                    input type="hidden" name="provider" value=(s.provider);
                    @if s.why_later.is_some() { input type="hidden" name="starts_at" value=(s.start.0); }
                    div { b { (provider) } " · " (chair) br; span class="sub" { (when(lang, s, zone)) } }
                    button class="btn pri" type="submit" { (lang.pick(format!("交给{provider}"), format!("To {provider}"))) span class="vh" { " " (w.patient.name) } }
                }
            }
            None => p class="sub wi-none" { (lang.pick("今天没有人有空，请约其他日期或加号。", "Nobody is free today: book another day, or over others.")) " " a href={ "/day?book=" (w.patient.id) } { (lang.pick("预约", "Book")) span class="vh" { " " (w.patient.name) } } }
        }
    }
}

/// The other providers, and booking over others.
fn others(p: &WalkInPage<'_>, w: &Waiting) -> Markup {
    let (lang, zone) = (p.frame.lang, p.clinic.site.tz());
    html! {
        details {
            summary { (lang.pick("其他医生", "Others")) span class="vh" { " " (w.patient.name) } }
            @for s in w.suggestions.iter().skip(1) {
                @let provider = p.clinic.find_provider(s.provider).map_or("", |x| x.name_in(lang));
                form class="wi-offer" method="post" action={ "/walk-in/" (w.walk_in.id) "/place" } {
                    (hidden(w))
                    input type="hidden" name="provider" value=(s.provider);
                    @if s.why_later.is_some() { input type="hidden" name="starts_at" value=(s.start.0); }
                    div { b { (provider) } br; span class="sub" { (when(lang, s, zone)) } }
                    button class="btn" type="submit" { (lang.pick(format!("交给{provider}"), format!("To {provider}"))) span class="vh" { " " (w.patient.name) } }
                }
            }
            @if w.suggestions.len() < 2 { p class="none" { (lang.pick("没有其他人", "Nobody else")) } }
            @if p.may_overbook {
                form class="wi-over" method="post" action={ "/walk-in/" (w.walk_in.id) "/place" } {
                    (hidden(w))
                    div class="field" {
                        label for={ "over-p" (w.walk_in.id) } { (lang.pick("现在加号给", "Now, over others, to")) }
                        select class="inp" id={ "over-p" (w.walk_in.id) } name="provider" { @for x in p.clinic.who_does(w.walk_in.service_id) { option value=(x.id) { (x.name_in(lang)) } } }
                    }
                    div class="field" {
                        label for={ "over-r" (w.walk_in.id) } { (lang.pick("加号原因", "Why over others")) }
                        input class="inp" id={ "over-r" (w.walk_in.id) } name="overbook" required autocomplete="off";
                    }
                    button class="btn" type="submit" { (lang.pick("加号", "Squeeze in")) span class="vh" { " " (w.patient.name) } }
                }
            }
        }
    }
}

/// Why somebody did not stay, in one click.
fn gone(lang: Lang, w: &Waiting) -> Markup {
    let reasons = [
        lang.pick("等候太久", "Waited too long"),
        lang.pick("改约其他时间", "Booked another time"),
        lang.pick("转诊", "Sent elsewhere"),
        lang.pick("费用", "Cost"),
        lang.pick("登记有误", "Entered by mistake"),
        lang.pick("未说明", "Did not say"),
    ];
    html! {
        details {
            summary { (lang.pick("未就诊离开", "Left unseen")) span class="vh" { " " (w.patient.name) } }
            form class="wi-acts" method="post" action={ "/walk-in/" (w.walk_in.id) "/leave" } {
                (hidden(w))
                @for r in reasons { button class="btn sm danger" type="submit" name="reason" value=(r) { (r) } }
            }
        }
    }
}

/// The queue beside the board.
pub fn queue_section(s: &Side<'_>) -> Markup {
    let lang = s.lang;
    html! {
        @if s.may_book {
            section {
                header {
                    h2 { (lang.pick("未预约到诊", "Walk-ins")) } span class="chip" { (s.walk_ins.len()) }
                    span class="sp" {}
                    a class="btn quiet sm" href="/walk-in" { (icon("user-plus")) (lang.pick("登记", "Take in")) }
                }
                @if !s.walk_ins.is_empty() {
                    ul class="q" {
                        @for (w, p) in s.walk_ins {
                            @let minutes = s.now.minutes_since(w.arrived_at);
                            li {
                                span class={ "mins " (s.alerts.arrived.class(minutes)) } { (minutes) small { (lang.pick("分钟", "min")) } }
                                a class="who" href={ "/walk-in#w" (w.id) } { (p.name) @if p.vip { (icon_class("star", "vip")) } }
                                span class="sub" { (number(lang, w.number)) " · " (w.urgency.name().get(lang)) @if !w.complaint.is_empty() { " · " (w.complaint) } }
                                a class="btn sm" href={ "/walk-in#w" (w.id) } { (lang.pick("安排", "Place")) span class="vh" { " " (p.name) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
