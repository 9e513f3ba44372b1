//! The panel of one appointment: who, what, alerts, earlier visits, the next steps.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::{Action, Appointment, Status};
use super::super::store::{Event, SeriesKind};
use super::super::unscheduled::CancelKind;
use super::{change, look};
use crate::clinic::{Chair, Provider, Service};
use crate::patients::Patient;
use crate::platform::i18n::{Lang, phone_for_people};
use crate::platform::web::assets::icon_class;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;

/// What the panel is made of.
pub struct Detail<'a> {
    /// Reader's language.
    pub lang: Lang,
    /// The site's zone.
    pub zone: Tz,
    /// The day shown on the board.
    pub day: chrono::NaiveDate,
    /// The address of the board it stands beside.
    pub base: &'a str,
    /// The same, when it is more than a day: where its forms lead back to.
    pub board: Option<&'a str>,
    /// The appointment.
    pub a: &'a Appointment,
    /// Whose.
    pub patient: &'a Patient,
    /// With whom.
    pub provider: Option<&'a Provider>,
    /// In which chair.
    pub chair: Option<&'a Chair>,
    /// Who helps.
    pub second: Option<&'a Provider>,
    /// The other chairs in which it could take place.
    pub chairs: &'a [Chair],
    /// For what.
    pub service: Option<&'a Service>,
    /// Earlier visits, drawn.
    pub history: Markup,
    /// Steps so far.
    pub events: &'a [Event],
    /// Steps this person may take.
    pub allowed: &'a [Action],
    /// Whether this person reads the clinical record.
    pub clinical: bool,
    /// Whether this person books.
    pub may_book: bool,
    /// What was typed into the panel's forms.
    pub input: &'a Input,
    /// What is wrong with it.
    pub faults: &'a Faults,
    /// What it was booked together with, itself included.
    pub series: Option<&'a (SeriesKind, Vec<Appointment>)>,
    /// Other free times, when it is to be moved.
    pub next: &'a [crate::platform::clock::Instant],
    /// All services.
    pub services: &'a [Service],
    /// Those who do what it is for.
    pub able: &'a [&'a Provider],
    /// The state that a correction leads back to, where there is something to be corrected.
    pub corrects_to: Option<Status>,
    /// Whether this person may book over what is in the way.
    pub may_overbook: bool,
    /// Whether it is being moved …
    pub moving: bool,
    /// … or edited.
    pub editing: bool,
}

/// The panel.
pub fn panel(d: &Detail<'_>) -> Markup {
    let (lang, a) = (d.lang, d.a);
    let time = |i: crate::platform::clock::Instant| i.local(d.zone).format("%H:%M").to_string();
    html! {
        aside class="side sheet" id="side" aria-labelledby="dt" data-of=(a.id) {
            header {
                h2 id="dt" { a href={ "/patients/" (d.patient.id) } { (d.patient.name) } @if d.patient.vip { " " (icon_class("star", "vip")) span class="vh" { "VIP" } } }
                span class="sp" {}
                a class="btn quiet sq sm" data-close="1" href={ (d.base) "#a" (a.id) } aria-label=(lang.pick("关闭", "Close")) { (icon("x")) }
            }
            div class="book" {
                p class={ "chip state " (look(a.status).0) } { (icon(look(a.status).1)) (a.status.name().get(lang)) }
                @if d.patient.has_alert() { div class="banner bad" { (icon("triangle-alert")) div { b { (lang.pick("过敏：", "Allergy: ")) } (d.patient.allergies) } } }
                @if d.patient.vip && !d.patient.needs.is_empty() { div class="banner vip-here" { (icon_class("star", "vip")) div { (lang.pick("特殊需求：", "Needs: ")) (d.patient.needs) } } }
                dl class="kv" {
                    dt { (lang.pick("时间", "Time")) } dd { (lang.day(a.starts_at.day(d.zone))) " " (time(a.starts_at)) "–" (time(a.ends_at)) }
                    dt { (lang.pick("项目", "Visit")) } dd { (d.service.map_or("", |s| s.name_in(lang))) }
                    dt { (lang.pick("医生", "Provider")) } dd { (d.provider.map_or("", |p| p.name_in(lang))) }
                    dt { (lang.pick("椅位", "Chair")) } dd { (d.chair.map_or("–", |ch| ch.name_in(lang))) }
                    @if let Some(second) = d.second { dt { (lang.pick("配合", "Assisted by")) } dd { (second.name_in(lang)) } }
                    dt { (lang.pick("电话", "Phone")) } dd { @if let Some(phone) = &d.patient.phone { a href={ "tel:" (phone) } { (phone_for_people(phone)) } } @else { "–" } }
                    @if let Some(at) = a.arrived_at { dt { (lang.pick("到诊", "Arrived")) } dd { (time(at)) } }
                    @if let Some(at) = a.seated_at { dt { (lang.pick("就座", "Seated")) } dd { (time(at)) } }
                    @if let Some(at) = a.finished_at { dt { (lang.pick("完成", "Done")) } dd { (time(at)) } }
                    @if let Some(why) = &a.overbooked { dt { (lang.pick("加号", "Overbooked")) } dd { (why) } }
                    @if let Some(at) = a.left_at { dt { (lang.pick("离开", "Left")) } dd { (time(at)) } }
                    @if let Some(why) = &a.cancel_reason { dt { (lang.pick("取消原因", "Why cancelled")) } dd { (why) } }
                }
                @if !a.note.is_empty() { p class="note" { (a.note) } }
                (steps(d))
                (change::correcting(d))
                (together(d))
                (other_chair(d))
                (change::moving(d))
                (change::editing(d))
                (d.history)
                (cancelling(d))
                (log(d))
            }
        }
    }
}

/// Key, icon and label of a step.
pub(in crate::appointments) fn label(action: Action, lang: Lang) -> (&'static str, &'static str, &'static str) {
    match action {
        Action::Confirm => ("C", "circle-check", lang.pick("确认", "Confirm")),
        Action::Arrive => ("A", "armchair", lang.pick("到诊", "Arrived")),
        Action::Seat => ("S", "stethoscope", lang.pick("就座", "Seat")),
        Action::Finish => ("D", "check-check", lang.pick("完成", "Done")),
        Action::Leave => ("L", "door-open", lang.pick("离开", "Left")),
        Action::NoShow => ("X", "user-x", lang.pick("爽约", "No-show")),
        Action::Cancel => ("", "calendar-x", lang.pick("取消预约", "Cancel")),
        Action::Move => ("M", "move", lang.pick("改期", "Move")),
        Action::Resize => ("", "clock", lang.pick("改时长", "Change length")),
        Action::Edit => ("", "pencil", lang.pick("改内容", "Change details")),
        Action::Correct => ("", "undo-2", lang.pick("更正状态", "Correct the state")),
        Action::Book => ("", "calendar-plus", lang.pick("预约", "Book")),
    }
}

/// What every step's form says: which state was seen, and which board.
pub(super) fn version(d: &Detail<'_>) -> Markup {
    html! {
        input type="hidden" name="version" value=(d.a.version);
        @if let Some(board) = d.board { input type="hidden" name="board" value=(board); }
    }
}

fn steps(d: &Detail<'_>) -> Markup {
    let (lang, a) = (d.lang, d.a);
    let plain = d.allowed.iter().filter(|x| x.is_plain());
    html! {
        div class="acts" {
            @for (i, action) in plain.enumerate() {
                @let (key, icon_name, text) = label(*action, lang);
                form method="post" action={ "/appointments/" (a.id) "/" (action) } {
                    (version(d))
                    button class={ "btn " @if i == 0 { "pri" } } type="submit" { (icon(icon_name)) (text) " " kbd { (key) } }
                }
            }
            @if d.allowed.contains(&Action::Move) {
                a class="btn" data-place=(a.id) href={ (d.base) "&move=" (a.id) } { (icon("move")) (lang.pick("改期", "Move")) " " kbd { "P" } }
            }
            @if d.clinical && matches!(a.status, Status::InChair | Status::Done | Status::Arrived) {
                form method="post" action={ "/appointments/" (a.id) "/visit" } { button class="btn" type="submit" { (icon("file-text")) (lang.pick("写病历", "Visit record")) } }
            }
            @if d.may_book && a.status.occupies() { a class="btn" href={ "/appointments/" (a.id) "/slip" } { (icon("printer")) (lang.pick("预约单", "Slip")) } }
            @if d.may_book { a class="btn" href={ "/day?book=" (d.patient.id) } { (icon("calendar-plus")) (lang.pick("约下次", "Next visit")) } }
        }
    }
}

/// Another chair at the same time; what is not free then is told when it is tried.
fn other_chair(d: &Detail<'_>) -> Markup {
    let lang = d.lang;
    html! {
        @if d.allowed.contains(&Action::Move) && !d.chairs.is_empty() {
            details class="log" {
                summary { (lang.pick("换椅位", "Change the chair")) }
                form class="stack" method="post" action={ "/appointments/" (d.a.id) "/move" } {
                    (version(d))
                    input type="hidden" name="day" value=(d.day);
                    input type="hidden" name="starts_at" value=(d.a.starts_at.0);
                    div class="field" {
                        label for="f-chair" { (lang.pick("椅位", "Chair")) }
                        select class="inp" id="f-chair" name="chair" { @for ch in d.chairs { option value=(ch.id) selected[d.input.get("chair") == ch.id.to_string()] { (ch.name_in(lang)) } } }
                    }
                    button class="btn" type="submit" { (lang.pick("换到这里", "Use this chair")) }
                }
            }
        }
    }
}

/// The other visits that were booked with this one.
fn together(d: &Detail<'_>) -> Markup {
    let lang = d.lang;
    html! {
        @if let Some((kind, all)) = d.series {
            section class="series" {
                h3 { @if *kind == SeriesKind::Family { (lang.pick("一家人一起预约", "Booked together, a family")) } @else { (lang.pick("同一疗程", "The same course")) } }
                ol {
                    @for other in all {
                        li aria-current=[(other.id == d.a.id).then_some("true")] {
                            a href={ "/day?day=" (other.starts_at.day(d.zone)) "&open=" (other.id) } { (lang.day_time(other.starts_at, d.zone)) }
                            " " span class="d" { (other.status.name().get(lang)) }
                        }
                    }
                }
            }
        }
    }
}

/// So many planned visits of the same course come after this one.
fn later(d: &Detail<'_>) -> usize {
    match d.series {
        Some((SeriesKind::Course, all)) => {
            let after = |o: &&Appointment| o.starts_at > d.a.starts_at && o.status.is_planned();
            all.iter().filter(after).count()
        }
        _ => 0,
    }
}

/// This one only, or those after it as well.
pub(super) fn with_later(d: &Detail<'_>) -> Markup {
    let n = later(d);
    html! {
        @if n > 0 {
            label class="check" { input type="checkbox" name="later" value="1" checked[d.input.ticked("later")]; (d.lang.pick(format!("之后的 {n} 次也一起"), format!("And the {n} after it"))) }
        }
    }
}

fn cancelling(d: &Detail<'_>) -> Markup {
    let lang = d.lang;
    let reasons = [
        lang.pick("患者有事", "Patient is busy"),
        lang.pick("患者生病", "Patient is ill"),
        lang.pick("医生原因", "Provider's reason"),
        lang.pick("费用", "Cost"),
        lang.pick("重复预约", "Booked twice"),
        lang.pick("其他", "Other"),
    ];
    let form = Form {
        lang,
        input: d.input,
        faults: d.faults,
    };
    let wrong = d.faults.of("reason").is_some();
    html! {
        @if d.allowed.contains(&Action::Cancel) {
            details class="cancelling" open[wrong] {
                summary class="btn danger" { (icon("calendar-x")) (lang.pick("取消预约…", "Cancel…")) }
                form method="post" action={ "/appointments/" (d.a.id) "/cancel" } class="stack" {
                    (version(d))
                    input type="hidden" name="day" value=(d.day);
                    div class="field" {
                        label for="f-reason" { (lang.pick("原因", "Reason")) }
                        select class="inp" id="f-reason" name="reason" required aria-invalid=[wrong.then_some("true")] aria-describedby=[wrong.then_some("f-reason-e")] {
                            option value="" { (lang.pick("请选择", "Choose")) }
                            @for r in reasons { option selected[d.input.get("reason") == r] { (r) } }
                        }
                        (form.fault("reason"))
                    }
                    (form.select("kind", lang.pick("类别", "Kind"), &CancelKind::ALL.iter().map(|k| (k.as_str(), k.name().get(lang).to_owned())).collect::<Vec<_>>()))
                    (with_later(d))
                    (form.text("reason_more", lang.pick("补充说明（可选）", "Details (optional)"), Kind::default()))
                    button class="btn danger" type="submit" { (lang.pick("确定取消", "Cancel this appointment")) }
                }
            }
        }
    }
}

fn log(d: &Detail<'_>) -> Markup {
    html! {
        details class="log" {
            summary { (d.lang.pick("操作记录", "History of changes")) }
            ol class="tl" {
                @for e in d.events {
                    li { span { (e.action.done().get(d.lang)) @if e.undone_at.is_some() { " " (d.lang.pick("（已撤销）", "(undone)")) } } span class="d" { (d.lang.day_time(e.at, d.zone)) " · " (e.actor) } }
                }
            }
        }
    }
}
