//! A patient's record: header, data, timeline.

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::dates::{DateKind, PatientDate};
use super::super::model::{Consents, Filled, Patient, Sex, is_denied};
use super::super::timeline::{Ahead, TimelineEntry, Undelivered};
use super::sex_and_age;
use crate::platform::clock::Instant;
use crate::platform::i18n::{Lang, phone_for_people};
use crate::platform::web::assets::icon_class;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// All that the page shows.
pub(in super::super) struct Record {
    /// Whose it is.
    pub(in super::super) patient: Patient,
    /// The national ID with its middle hidden.
    pub(in super::super) national_id: Option<String>,
    /// Consents in force.
    pub(in super::super) consents: Consents,
    /// What happened and is planned, newest first.
    pub(in super::super) entries: Vec<TimelineEntry>,
    /// What is planned.
    pub(in super::super) ahead: Vec<Ahead>,
    /// Whether mail to their address comes back.
    pub(in super::super) undelivered: Option<Undelivered>,
    /// What they have opted out of.
    pub(in super::super) opt_outs: Vec<String>,
    /// Other dates, each with its kind.
    pub(in super::super) dates: Vec<(PatientDate, DateKind)>,
    /// Who sent them.
    pub(in super::super) referrer: Option<Patient>,
    /// Whether this reader may book.
    pub(in super::super) desk: bool,
    /// The clinic's zone.
    pub(in super::super) zone: Tz,
    /// When it is shown.
    pub(in super::super) now: Instant,
}

/// `/patients/{id}`
pub(in super::super) fn record(frame: &Frame, r: &Record) -> Markup {
    let lang = frame.lang;
    let body = html! {
        main id="main" class="pts" {
            (head(lang, r))
            div class="pts-cols" {
                section class="card pts-sec" aria-labelledby="pts-data" { h2 id="pts-data" { (lang.pick("资料", "Data")) } (data(lang, r)) }
                section class="card pts-sec" aria-labelledby="pts-tl" { h2 id="pts-tl" { (lang.pick("记录", "Timeline")) } (timeline(lang, r)) }
            }
        }
    };
    frame.page(&r.patient.name, "patients", body)
}

fn head(lang: Lang, r: &Record) -> Markup {
    let p = &r.patient;
    let today = r.now.day(r.zone);
    let first: String = p.name.chars().take(1).collect();
    let who = sex_and_age(lang, p, today);
    html! {
        div class="card pts-head" {
            div class="av" aria-hidden="true" { (first) }
            div class="pts-name" {
                h2 { (p.name) @if !who.is_empty() { " " span class="chip" { (who) } }
                    @if p.vip { " " span class="chip vip" { (icon_class("star", "i-s")) "VIP" } }
                    @if p.deceased { " " span class="chip" { (lang.pick("已故", "Deceased")) } }
                    @if p.has_alert() { " " span class="chip bad wrap" { (icon_class("triangle-alert", "i-s")) span class="vh" { (lang.pick("过敏：", "Allergy: ")) } (p.allergies) } }
                }
                p { (p.chart_no)
                    @if let Some(phone) = p.phone.as_ref().or(p.other_phone.as_ref()) { " · " a href={ "tel:" (phone) } { (phone_for_people(phone)) } } }
                p { (consents(lang, r)) }
                @for ahead in &r.ahead { p class="pts-next" { (next(lang, r, ahead)) } }
                @if !p.needs.is_empty() { p class="pts-needs" { (icon("star")) " " (p.needs) } }
            }
            div class="pts-acts" {
                @if r.desk { a class="btn pri" href={ "/day?book=" (p.id) } { (icon("calendar-plus")) (lang.pick("预约", "Book")) } }
                a class="btn" href={ "/patients/" (p.id) "/recalls" } { (icon("bell-ring")) (lang.pick("复诊与风险", "Recalls and risk")) }
                a class="btn" href={ "/patients/" (p.id) "/documents" } { (icon("file-text")) (lang.pick("资料", "Documents")) }
                a class="btn" href={ "/patients/" (p.id) "/edit" } { (icon("pencil")) (lang.pick("修改", "Edit")) }
            }
        }
    }
}

/// The next visit with its time; a recall with the day it is due; a plan with what is to come.
fn next(lang: Lang, r: &Record, ahead: &Ahead) -> Markup {
    match ahead {
        Ahead::Visit { at, title } => html! {
            (icon("calendar-clock")) " " (lang.pick("下次：", "Next: ")) b { (next_time(lang, *at, r)) } " " (title)
        },
        Ahead::Recall { due_on, title, href } => html! {
            (icon("bell-ring")) " " a href=(href) { (lang.pick("复诊到期", "Recall due")) } " " b { (due_on) } " " (title)
        },
        Ahead::Plan { title, href } => html! {
            (icon("clipboard-list")) " " a href=(href) { (lang.pick("治疗计划", "Treatment plan")) } (lang.pick("：", ": ")) (title)
        },
    }
}

/// With the year when it is not this one.
fn next_time(lang: Lang, at: Instant, r: &Record) -> String {
    let (local, today): (_, NaiveDate) = (at.local(r.zone), r.now.day(r.zone));
    if local.year() == today.year() {
        return lang.day_time(at, r.zone);
    }
    let weekday = lang.weekday(local.weekday());
    format!("{} {weekday} {}", lang.date(local.date()), local.format("%H:%M"))
}

/// Agreed, refused and never asked are three things.
fn consents(lang: Lang, r: &Record) -> Markup {
    let chip = |agreed: Option<bool>, [yes, no, never]: [&'static str; 3]| {
        let (class, text) = match agreed {
            Some(true) => ("chip ok", yes),
            Some(false) => ("chip", no),
            None => ("chip warn", never),
        };
        html! { span class=(class) { (text) } " " }
    };
    let sms = lang.pick(
        ["同意短信", "短信未同意", "短信：未询问"],
        ["SMS: yes", "SMS: no consent", "SMS: not asked"],
    );
    let email = lang.pick(
        ["同意邮件", "邮件未同意", "邮件：未询问"],
        ["Email: yes", "Email: no consent", "Email: not asked"],
    );
    let greetings = lang.pick(["愿收问候", "不收问候", ""], ["Greetings: yes", "Greetings: no", ""]);
    html! { (chip(r.consents.sms, sms)) (chip(r.consents.email, email)) (chip(Some(r.patient.marketing), greetings))
        @for out in &r.opt_outs { span class="chip warn" { (icon_class("ban", "i-s")) (out) } " " }
        @if r.desk { a href={ "/patients/" (r.patient.id) "/opt-outs" } { (lang.pick("退订", "Opt-outs")) } }
    }
}

fn data(lang: Lang, r: &Record) -> Markup {
    let p = &r.patient;
    let text = |t: &str| if t.is_empty() { "—".to_owned() } else { t.to_owned() };
    let phone = |t: &Option<String>| t.as_deref().map_or_else(|| "—".to_owned(), phone_for_people);
    let rows = [
        (
            lang.pick("性别", "Sex"),
            match p.sex {
                Sex::Unknown => "—".to_owned(),
                s => s.name().get(lang).to_owned(),
            },
        ),
        (
            lang.pick("出生日期", "Date of birth"),
            p.birth_date.map_or_else(|| "—".to_owned(), |d| birthday(lang, p, d)),
        ),
        (
            lang.pick("身份证号", "National ID"),
            r.national_id.clone().unwrap_or_else(|| "—".to_owned()),
        ),
        (lang.pick("手机", "Mobile"), phone(&p.phone)),
        (lang.pick("其他电话", "Other phone"), phone(&p.other_phone)),
        (lang.pick("邮箱", "Email"), text(p.email.as_deref().unwrap_or(""))),
        (
            lang.pick("首选联系方式", "Preferred channel"),
            p.channel.name().get(lang).to_owned(),
        ),
        (
            lang.pick("消息语言", "Language"),
            p.language.pick("中文", "English").to_owned(),
        ),
        (
            lang.pick("时区", "Time zone"),
            p.zone
                .clone()
                .unwrap_or_else(|| lang.pick("诊所的", "the clinic's").to_owned()),
        ),
        (lang.pick("过敏", "Allergies"), answered(lang, &p.allergies)),
        (lang.pick("既往史", "History"), answered(lang, &p.history)),
        (lang.pick("特殊需求", "Special needs"), text(&p.needs)),
        (lang.pick("职业", "Occupation"), text(&p.occupation)),
        (lang.pick("地址", "Address"), text(&p.address)),
        (lang.pick("来源", "How they came"), text(&p.source)),
        (lang.pick("备注", "Note"), text(&p.note)),
        (lang.pick("登记时间", "Registered"), lang.date(p.created_at.day(r.zone))),
    ];
    let missing = Filled::from(p).missing();
    let missing: Vec<&str> = missing.iter().map(|t| t.get(lang)).collect();
    html! {
        p class="pts-full" {
            progress class="prog" max="100" value=(p.completeness) aria-label=(lang.pick("资料完整度", "Completeness")) {}
            span { (lang.pick("完整度", "Complete")) " " b { (p.completeness) "%" }
                @if !missing.is_empty() { " · " (lang.pick("缺：", "Missing: ")) (missing.join(lang.pick("、", ", "))) } }
        }
        dl class="kv pts-kv" { @for (name, value) in &rows { dt { (name) } dd { (value) } } (dates(lang, r)) }
        @if r.desk { p { a class="btn sm" href={ "/patients/" (p.id) "/dates" } { (icon("calendar-days")) (lang.pick("其他日期和介绍人", "Other dates, referred by")) } " " a class="btn sm" href={ "/patients/" (p.id) "/preferences" } { (icon("clock")) (lang.pick("约诊偏好", "Booking preferences")) } } }
        @if let Some(back) = &r.undelivered { (undelivered(lang, r, back)) }
    }
}

/// Further dates, and who sent them.
fn dates(lang: Lang, r: &Record) -> Markup {
    html! {
        @for (date, kind) in &r.dates { dt { (kind.name_in(lang)) } dd { (lang.date(date.on_date)) } }
        @if let Some(by) = &r.referrer { dt { (lang.pick("介绍人", "Referred by")) } dd { a href={ "/patients/" (by.id) } { (by.name) } } }
    }
}

/// That mail to the address above comes back, and the button for who has made sure that it is right.
fn undelivered(lang: Lang, r: &Record, back: &Undelivered) -> Markup {
    let at = lang.day_time(back.at, r.zone);
    html! {
        div class="banner warn" role="note" {
            (icon("mail"))
            div {
                p { (lang.pick("寄往这个邮箱的邮件被退回：", "Mail to this address came back: ")) (back.said) (lang.pick("（", " (")) (at) (lang.pick("）", ")")) }
                @if back.stopped {
                    p { (lang.pick("已停发。请与患者核对地址。", "Nothing more is sent to it. Please check the address with the patient.")) }
                    @if r.desk { form method="post" action=(back.again) { button class="btn" type="submit" { (icon("refresh-cw")) (lang.pick("重新启用", "Try again")) } } }
                }
            }
        }
    }
}

/// The day of birth, and which birthday is kept.
fn birthday(lang: Lang, p: &Patient, born: NaiveDate) -> String {
    let kept = if p.lunar_birthday {
        lang.pick("（过农历生日）", " (keeps the lunar birthday)")
    } else {
        ""
    };
    format!("{}{kept}", lang.date(born))
}

/// What was answered when somebody asked: never asked, denied, or what there is.
fn answered(lang: Lang, text: &str) -> String {
    match text {
        "" => lang.pick("未询问", "Not asked").to_owned(),
        no if is_denied(no) => lang.pick("否认（已询问）", "Denied (asked)").to_owned(),
        found => found.to_owned(),
    }
}

fn timeline(lang: Lang, r: &Record) -> Markup {
    html! {
        @if r.entries.is_empty() { p class="pts-hint" { (lang.pick("还没有就诊记录", "No visits yet")) } }
        @else {
            ol class="tl" { @for e in &r.entries { li class=[(e.at > r.now).then_some("hot")] {
                span { (icon(e.icon)) " "
                    @if let Some(href) = &e.href { a href=(href) { (e.title) } } @else { (e.title) }
                    @if !e.detail.is_empty() { span class="pts-det" { (e.detail) } } }
                span class="d" { (when(lang, r, e)) }
            } } }
        }
    }
}

fn when(lang: Lang, r: &Record, e: &TimelineEntry) -> String {
    let local = e.at.local(r.zone);
    if e.whole_day {
        return lang.date(local.date());
    }
    format!("{} {}", lang.date(local.date()), local.format("%H:%M"))
}
