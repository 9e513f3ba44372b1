//! What the list looks like.

use std::sync::Arc;

use chrono::NaiveDate;
use maud::{Markup, html};

use super::model::{End, proposed};
use super::pages::{proposal, value};
use crate::appointments::{Appointment, AppointmentId};
use crate::clinic::Snapshot;
use crate::patients::Patient;
use crate::platform::i18n::Lang;
use crate::platform::web::assets::icon_class;
use crate::platform::web::form::Input;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// What the page shows.
pub struct Page {
    /// The day.
    pub day: NaiveDate,
    /// Visits that were left over.
    pub rows: Vec<(Appointment, Patient)>,
    /// The clinic.
    pub clinic: Arc<Snapshot>,
    /// What was done.
    pub input: Input,
    /// By which visit it is taken back, as of which version, while there is time.
    pub undo: Option<(AppointmentId, i64)>,
}

/// `/day-end`
pub fn page(frame: &Frame, p: &Page) -> Markup {
    let lang = frame.lang;
    let body = html! {
        main id="main" class="plain outreach" {
            (told(lang, p))
            h2 { (lang.day(p.day)) }
            p class="hint" { (lang.pick("时间已过、还没有记录结果的就诊。什么都不会自动更改。", "Visits whose time is past and of which nobody has said how they ended. Nothing is changed by itself.")) }
            @if p.rows.is_empty() {
                div class="card empty" { (icon_class("circle-check", "i-l")) h2 { (lang.pick("当天都已处理", "Nothing is left over")) } }
            } @else {
                form class="card pad stack" method="post" action="/day-end" {
                    input type="hidden" name="day" value=(p.day);
                    @for (a, _) in &p.rows { input type="hidden" name="proposed" value=(proposal(a)); }
                    div class="scroll" tabindex="0" role="region" aria-label=(lang.pick("未处理的就诊", "Visits left over")) { (table(lang, p)) }
                    div class="acts" { button class="btn pri" type="submit" name="all" value="1" { (icon("check-check")) (lang.pick("全部按建议处理", "All as proposed")) } }
                }
            }
            p { a class="btn" href={ "/day?day=" (p.day) } { (icon("calendar-days")) (lang.pick("到日程", "To the schedule")) } }
        }
    };
    frame.page(lang.pick("日终核对", "End of day"), "day", body)
}

fn told(lang: Lang, p: &Page) -> Markup {
    let number = |name: &str| p.input.get(name).parse::<u32>().unwrap_or(0);
    let (done, failed) = (number("done"), number("failed"));
    html! {
        @if done > 0 { div class="banner info" role="status" { (icon("check")) (lang.pick(format!("已处理 {done} 个。"), format!("{done} done."))) } }
        @if let Some((id, version)) = p.undo {
            form method="post" action={ "/appointments/" (id) "/undo" } {
                input type="hidden" name="version" value=(version);
                input type="hidden" name="back" value={ "/day-end?day=" (p.day) };
                button class="btn" type="submit" { (icon("undo-2")) (lang.pick("撤销（8 秒内）", "Undo (within 8 s)")) }
            }
        }
        @if failed > 0 { div class="banner warn" role="alert" { (icon("triangle-alert")) (lang.pick(format!("{failed} 个刚被其他人修改，请再看一下。"), format!("{failed} were changed by somebody else meanwhile. Look again."))) } }
    }
}

fn table(lang: Lang, p: &Page) -> Markup {
    html! {
        table class="rtab" {
            thead { tr {
                th scope="col" { (lang.pick("时间", "Time")) }
                th scope="col" { (lang.pick("患者", "Patient")) }
                th scope="col" { (lang.pick("状态", "State")) }
                th scope="col" { (lang.pick("结果", "How it ended")) }
            } }
            tbody { @for (a, patient) in &p.rows { (row(lang, p, a, patient)) } }
        }
    }
}

fn row(lang: Lang, p: &Page, a: &Appointment, patient: &Patient) -> Markup {
    let time = a.starts_at.local(p.clinic.site.tz()).format("%H:%M");
    let service = p.clinic.find_service(a.service_id).map_or("", |s| s.name_in(lang));
    let provider = p.clinic.find_provider(a.provider_id).map_or("", |x| x.name_in(lang));
    html! {
        tr id={ "e" (a.id) } {
            td { (time) span class="sub" { (service) " · " (provider) } }
            th scope="row" { a href={ "/patients/" (patient.id) } { (patient.name) } }
            td { span class="chip" { (a.status.name().get(lang)) } }
            td { div class="acts" {
                @for end in End::ALL.iter().copied() {
                    @if end.fits(a.status) {
                        button class={ "btn sm " @if end == proposed(a.status) { "pri" } } type="submit" name="end" value=(value(a, end)) { (end.name().get(lang)) span class="vh" { (lang.pick("：", ": ")) (patient.name) } }
                    }
                }
                @if a.status.is_planned() {
                    a class="btn sm" href={ "/day?day=" (p.day) "&move=" (a.id) } { (icon("move")) (lang.pick("改期", "Moved")) span class="vh" { (lang.pick("：", ": ")) (patient.name) } }
                }
            } }
        }
    }
}
