//! Markup of dates, their kinds and referrals.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::model::{DateKind, PatientDate};
use crate::patients::Patient;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page};

/// What a patient's page of dates shows.
pub(super) struct Dates {
    /// Whose.
    pub(super) patient: Patient,
    /// The dates.
    pub(super) dates: Vec<(PatientDate, DateKind)>,
    /// What there can be.
    pub(super) kinds: Vec<DateKind>,
    /// Who sent them.
    pub(super) referrer: Option<Patient>,
}

const REQUIRED: Kind = Kind {
    kind: "",
    required: true,
    autocomplete: "",
    inputmode: "",
};

/// `/patients/{id}/dates`
pub(super) fn dates(frame: &Frame, page: &Dates, (input, faults): (&Input, &Faults)) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let home = format!("/patients/{}", page.patient.id);
    let body = html! {
        section class="card sec" aria-labelledby="dates-h" {
            h2 id="dates-h" { (lang.pick("日期", "Dates")) }
            @if page.dates.is_empty() { p class="hint" { (lang.pick("还没有登记日期。", "No dates yet.")) } }
            ul class="lines" { @for (date, kind) in &page.dates { li { (line(lang, &home, date, kind)) } } }
            @if page.kinds.is_empty() {
                p class="hint" { (lang.pick("还没有日期种类，请管理人员先添加。", "There are no kinds of dates yet: a manager adds them.")) " " a href="/settings/dates" { (lang.pick("日期种类", "Kinds of dates")) } }
            } @else {
                form method="post" action={ (home) "/dates" } class="stack" {
                    (form.summary())
                    div class="pair" {
                        (form.select("kind", lang.pick("种类", "Kind"), &options(lang, &page.kinds)))
                        (form.text("day", lang.pick("日期（年-月-日）", "Date (year-month-day)"), REQUIRED))
                    }
                    button class="btn pri" type="submit" { (icon("plus")) (lang.pick("添加日期", "Add the date")) }
                }
            }
        }
        section class="card sec" aria-labelledby="ref-h" {
            h2 id="ref-h" { (lang.pick("介绍人", "Referred by")) }
            @if let Some(by) = &page.referrer { p { a href={ "/patients/" (by.id) } { (by.name) } " · " (by.chart_no) } }
            form method="post" action={ (home) "/referrer" } class="stack" {
                (form.text("referred_by", lang.pick("介绍人的病历号（没有请留空）", "Chart number of who sent them (empty: nobody)"), Kind::default()))
                button class="btn" type="submit" { (lang.pick("保存介绍人", "Save")) }
            }
        }
    };
    frame.page(
        &page.patient.name,
        "patients",
        html! { main id="main" class="set" { p class="crumb" { a href=(home) { (icon("chevron-left")) (page.patient.name) } } (body) } },
    )
}

fn options(lang: Lang, kinds: &[DateKind]) -> Vec<(String, String)> {
    kinds
        .iter()
        .map(|k| (k.id.to_string(), k.name_in(lang).to_owned()))
        .collect()
}

fn line(lang: Lang, home: &str, date: &PatientDate, kind: &DateKind) -> Markup {
    html! {
        span { (kind.name_in(lang)) " " (lang.date(date.on_date)) @if kind.yearly { " " span class="chip" { (lang.pick("每年", "every year")) } } }
        form method="post" action={ (home) "/dates/" (date.id) "/remove" } {
            button class="btn sm" type="submit" { (icon("trash-2")) (lang.pick("删除", "Remove")) span class="vh" { " " (kind.name_in(lang)) " " (lang.date(date.on_date)) } }
        }
    }
}

/// `/settings/dates`
pub(super) fn kinds(
    frame: &Frame,
    list: &[DateKind],
    (zone, last): (Tz, Option<&AuditEntry>),
    (input, faults): (&Input, &Faults),
) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let title = lang.pick("日期种类", "Kinds of dates");
    let section = Section {
        frame,
        key: "kinds",
        title,
        zone,
        last,
    };
    let body = section.draw(&html! {
        p class="hint" { (lang.pick("登记在患者档案里的日期，例如“戴牙套纪念日”。规则可以从这些日期起算。", "Dates on patients’ records, such as the day the braces came off. Rules can count from them.")) }
        ul class="lines" { @for k in list { li {
            span { a href={ "/settings/dates/" (k.id) } { (k.name_in(lang)) } @if k.yearly { " " span class="chip" { (lang.pick("每年", "every year")) } } }
            form method="post" action={ "/settings/dates/" (k.id) "/remove" } {
                button class="btn sm" type="submit" { (icon("trash-2")) (lang.pick("删除", "Remove")) span class="vh" { " " (k.name_in(lang)) } }
            }
        } } }
        form method="post" action="/settings/dates" class="stack" {
            (form.summary())
            (fields(&form))
            button class="btn pri" type="submit" { (icon("plus")) (lang.pick("添加种类", "Add the kind")) }
        }
    });
    settings_page(frame, title, ("/rules", lang.pick("提醒规则", "Reminder rules")), &body)
}

fn fields(form: &Form<'_>) -> Markup {
    let lang = form.lang;
    html! {
        div class="pair" {
            (form.text("name", lang.pick("中文名称", "Chinese name"), REQUIRED))
            (form.text("name_en", lang.pick("英文名称", "English name"), REQUIRED))
        }
        (form.tick("yearly", lang.pick("每年都有", "Comes every year")))
    }
}

/// `/settings/dates/{id}`
pub(super) fn kind(frame: &Frame, kind: &DateKind, (input, faults): (&Input, &Faults)) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let body = html! {
        section class="card sec" aria-labelledby="kind-h" {
            h2 id="kind-h" { (kind.name_in(lang)) }
            form method="post" action={ "/settings/dates/" (kind.id) } class="stack" {
                (form.summary())
                input type="hidden" name="version" value=(input.get("version"));
                (fields(&form))
                button class="btn pri" type="submit" { (lang.pick("保存", "Save")) }
            }
        }
    };
    let back = ("/settings/dates", lang.pick("日期种类", "Kinds of dates"));
    settings_page(frame, kind.name_in(lang), back, &body)
}
