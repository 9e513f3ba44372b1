//! The list, and the times that can be filled.

use std::sync::Arc;

use maud::{Markup, html};

use super::super::model::{Ask, Entry, EntryState, SlotState, Urgency, WaitingRules};
use super::super::store::{Listed, Placed};
use super::{span, when};
use crate::clinic::Snapshot;
use crate::platform::i18n::{Lang, phone_masked};
use crate::platform::web::assets::icon_class;
use crate::platform::web::form::{Faults, Form, Input};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// What the page shows.
pub struct Page {
    /// The clinic.
    pub clinic: Arc<Snapshot>,
    /// Times that can be filled.
    pub slots: Vec<Placed>,
    /// Who waits.
    pub entries: Vec<Listed>,
    /// How times are offered by themselves.
    pub rules: WaitingRules,
    /// Whether the reader may change that.
    pub may_set: bool,
}

/// `/waiting-list`
pub fn page(frame: &Frame, p: &Page, input: &Input) -> Markup {
    let lang = frame.lang;
    let body = html! {
        main id="main" class="plain outreach" {
            (told(lang, input))
            (by_itself(lang, p))
            @if !p.slots.is_empty() { (gaps(lang, p)) }
            (filters(lang, p, input))
            @if p.entries.is_empty() {
                div class="card empty" { (icon_class("timer", "i-l")) h2 { (lang.pick("候补名单是空的", "Nobody is on the list")) } }
            } @else {
                div class="card scroll" tabindex="0" role="region" aria-label=(lang.pick("候补名单", "Waiting list")) { (table(lang, p)) }
            }
            p { a class="btn quiet" href="/leave-plan" { (icon("calendar-days")) (lang.pick("医生请假：已约就诊怎么办", "Leave over booked visits")) } }
        }
    };
    frame.page(lang.pick("候补名单", "Waiting list"), "waiting", body)
}

fn told(lang: Lang, input: &Input) -> Markup {
    let text = match input.get("done") {
        "added" => lang.pick("已放入候补名单。", "Put on the waiting list."),
        "saved" => lang.pick("已保存。", "Saved."),
        "withdrawn" => lang.pick("已从候补名单撤下。", "Taken off the waiting list."),
        "dismissed" => lang.pick("空档已忽略。", "The free time was put away."),
        _ => return html! {},
    };
    html! { div class="banner info" role="status" { (icon("check")) (text) } }
}

/// Whether and how people are asked without the desk.
fn by_itself(lang: Lang, p: &Page) -> Markup {
    let r = &p.rules;
    let whom: Vec<String> = r.sources.iter().map(|s| s.name().get(lang).to_owned()).collect();
    let how = match r.ask {
        Ask::Off => String::new(),
        Ask::One => r.ask.name().get(lang).to_owned(),
        Ask::Batch => lang.pick(format!("每批 {} 人", r.batch), format!("{} at a time", r.batch)),
    };
    html! {
        p class="hint" {
            (icon("send")) " "
            @if r.ask == Ask::Off { (lang.pick("空出的时间不自动询问。", "Freed times are not offered by themselves.")) }
            @else {
                (lang.pick("空出的时间自动询问：", "Freed times are offered by themselves: ")) (how) " · " (whom.join(lang.pick("、", ", "))) " · "
                (lang.pick(format!("{} 分钟内答复", r.deadline_minutes), format!("{} minutes to answer", r.deadline_minutes)))
            }
            @if p.may_set { " " a href="/settings/waiting-list" { (lang.pick("设置", "Settings")) } }
        }
    }
}

/// Times that got free and can be filled.
fn gaps(lang: Lang, p: &Page) -> Markup {
    let zone = p.clinic.site.tz();
    html! {
        section class="card pad" aria-labelledby="gaps" {
            h2 id="gaps" { (lang.pick("可填补的空档", "Gaps to fill")) " " span class="chip" { (p.slots.len()) } }
            ul class="plainlist" {
                @for (slot, (zh, en)) in &p.slots {
                    li class="acts" {
                        b { (span(lang, zone, slot)) }
                        span { (p.clinic.find_provider(slot.provider_id).map_or("", |x| x.name_in(lang))) " · " (lang.pick("原为", "was ")) (lang.pick(zh, en)) }
                        @if slot.state == SlotState::Offering { span class="chip info" { (icon("send")) (lang.pick("询问中", "being offered")) } }
                        @if slot.nobody { span class="chip warn" { (icon("triangle-alert")) (lang.pick("无人接受", "nobody took it")) } }
                        a class="btn sm pri" href={ "/waiting-list/fill/" (slot.id) } { (lang.pick("填补", "Fill this gap")) span class="vh" { " " (span(lang, zone, slot)) } }
                    }
                }
            }
        }
    }
}

fn filters(lang: Lang, p: &Page, input: &Input) -> Markup {
    let faults = Faults::default();
    let form = Form {
        lang,
        input,
        faults: &faults,
    };
    let all = || (String::new(), lang.pick("全部", "All").to_owned());
    let mut states: Vec<(String, String)> = EntryState::ALL
        .iter()
        .map(|s| {
            (
                if *s == EntryState::Waiting {
                    String::new()
                } else {
                    s.to_string()
                },
                s.name().get(lang).to_owned(),
            )
        })
        .collect();
    states.push(("all".into(), all().1));
    let mut services = vec![all()];
    let active = p.clinic.services.iter().filter(|s| s.active);
    services.extend(active.map(|s| (s.id.to_string(), s.name_in(lang).to_owned())));
    let mut providers = vec![all()];
    let active = p.clinic.providers.iter().filter(|x| x.active);
    providers.extend(active.map(|x| (x.id.to_string(), x.name_in(lang).to_owned())));
    html! {
        form class="rfilters" method="get" action="/waiting-list" {
            (form.select("state", lang.pick("状态", "State"), &states))
            (form.select("service", lang.pick("项目", "Type"), &services))
            (form.select("provider", lang.pick("医生", "Provider"), &providers))
            button class="btn" type="submit" { (icon("list-filter")) (lang.pick("筛选", "Filter")) }
        }
        div class="acts" {
            a class="btn pri" href="/waiting-list/new" { (icon("plus")) (lang.pick("添加", "Add")) }
            a class="btn" href="/planned" { (icon("clipboard-list")) (lang.pick("未约的治疗计划", "Planned, not booked")) }
            a class="btn" href="/unscheduled" { (icon("calendar-x")) (lang.pick("取消或爽约后未再约", "Cancelled or missed")) }
            a class="btn" href="/online-bookings" { (icon("globe")) (lang.pick("网上预约", "Booked online")) }
        }
    }
}

fn table(lang: Lang, p: &Page) -> Markup {
    html! {
        table class="rtab" {
            thead { tr {
                th scope="col" { (lang.pick("患者", "Patient")) }
                th scope="col" { (lang.pick("项目", "Type")) }
                th scope="col" { (lang.pick("何时合适", "When it suits")) }
                th scope="col" { (lang.pick("等候自", "Since")) }
                th scope="col" { (lang.pick("状态", "State")) }
                th scope="col" { (lang.pick("操作", "Actions")) }
            } }
            tbody { @for row in &p.entries { (table_row(lang, p, row)) } }
        }
    }
}

fn table_row(lang: Lang, p: &Page, (e, patient): &Listed) -> Markup {
    let service = p.clinic.find_service(e.service_id).map_or("", |s| s.name_in(lang));
    let provider = e.provider_id.and_then(|id| p.clinic.find_provider(id));
    html! {
        tr id={ "w" (e.id) } {
            th scope="row" {
                a href={ "/patients/" (patient.id) } { (patient.name) }
                @if patient.vip { (icon_class("star", "i-s vip")) span class="vh" { (lang.pick("特需", "VIP")) } }
                @if let Some(phone) = &patient.phone { span class="sub" { (phone_masked(phone)) } }
            }
            td {
                (service) " · " (e.minutes) (lang.pick(" 分钟", " min"))
                span class="sub" { (provider.map_or(lang.pick("任何一位", "anyone"), |x| x.name_in(lang))) }
            }
            td { (when(lang, e)) @if !e.note.is_empty() { span class="sub" { (e.note) } } }
            td data-l=(lang.pick("等候自", "Since")) { (lang.day(e.created_at.day(p.clinic.site.tz()))) }
            td { (state(lang, e)) }
            td { (row_actions(lang, e, &patient.name)) }
        }
    }
}

fn state(lang: Lang, e: &Entry) -> Markup {
    html! {
        span class="chip" { (e.state.name().get(lang)) }
        @if e.state == EntryState::Waiting && e.urgency != Urgency::Normal {
            " " span class={ "chip " (if e.urgency == Urgency::Urgent { "bad" } else { "warn" }) } { (icon("clock")) (e.urgency.name().get(lang)) }
        }
        @if e.from_patient { " " span class="chip info" { (icon("globe")) (lang.pick("患者自己登记", "by the patient")) } }
        @if e.appointment_id.is_some() { span class="sub" { (lang.pick("想提前", "wants it earlier")) } }
    }
}

fn row_actions(lang: Lang, e: &Entry, name: &str) -> Markup {
    let whose = html! { span class="vh" { (lang.pick("：", ": ")) (name) } };
    html! {
        @if e.state == EntryState::Waiting {
            div class="acts" {
                a class="btn sm" href={ "/day?book=" (e.patient_id) "&service=" (e.service_id) } { (icon("calendar-plus")) (lang.pick("预约", "Book")) (whose) }
                a class="btn sm" href={ "/waiting-list/" (e.id) } { (icon("pencil")) (lang.pick("修改", "Change")) (whose) }
                form method="post" action={ "/waiting-list/" (e.id) "/withdraw" } {
                    input type="hidden" name="version" value=(e.version);
                    button class="btn sm danger" type="submit" { (icon("x")) (lang.pick("撤下", "Withdraw")) (whose) }
                }
            }
        }
    }
}
