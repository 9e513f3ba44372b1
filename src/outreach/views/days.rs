//! Festivals and the clinic's own days, with the days on which they are next.

use chrono::NaiveDate;
use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::{Calendar, Occasion};
use super::rules::title as rules_title;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page};

fn title(lang: Lang) -> &'static str {
    lang.pick("节日和自定日子", "Festivals and own days")
}

fn when(lang: Lang, o: &Occasion) -> String {
    let (month, day) = (o.month.unwrap_or(0), o.day.unwrap_or(0));
    match o.calendar {
        Calendar::Solar => lang.pick(format!("公历 {month} 月 {day} 日"), format!("{day}/{month} every year")),
        Calendar::Lunar => lang.pick(
            format!("农历 {month} 月 {day} 日"),
            format!("day {day} of lunar month {month}"),
        ),
        Calendar::Once => o.on_date.map(|d| lang.date(d)).unwrap_or_default(),
    }
}

/// `/rules/days`
pub(in super::super) fn list(
    frame: &Frame,
    days: &[Occasion],
    today: NaiveDate,
    (zone, last): (Tz, Option<&AuditEntry>),
) -> Markup {
    let lang = frame.lang;
    let section = Section {
        frame,
        key: "days",
        title: title(lang),
        zone,
        last,
    };
    let [name, comes, next, action] = lang.pick(["名称", "何时", "接下来", "操作"], ["Name", "When", "Next", "Action"]);
    let body = section.draw(&html! {
        p class="hint" { (lang.pick("祝福规则可以选用这些日子。农历按国家标准 GB/T 33661 推算。", "Rules of greetings choose from these. The lunar calendar is computed by GB/T 33661.")) }
        table class="tab" {
            thead { tr { @for h in [name, comes, next, action] { th scope="col" { (h) } } } }
            tbody { @for o in days { tr {
                th scope="row" { a href={ "/rules/days/" (o.id) } { (o.name_in(lang)) } }
                td data-l=(comes) { (when(lang, o)) }
                td data-l=(next) { (o.next_days(today).iter().map(|d| lang.date(*d)).collect::<Vec<_>>().join(lang.pick("、", ", "))) }
                td data-l=(action) { form method="post" action={ "/rules/days/" (o.id) "/remove" } {
                    button class="btn sm" type="submit" { (icon("trash-2")) (lang.pick("删除", "Remove")) span class="vh" { " " (o.name_in(lang)) } }
                } }
            } } }
        }
        div class="acts" { a class="btn pri" href="/rules/days/new" { (icon("plus")) (lang.pick("添加日子", "Add a day")) } }
    });
    settings_page(frame, title(lang), ("/rules", rules_title(lang)), &body)
}

/// `/rules/days/new`, `/rules/days/{id}`
pub(in super::super) fn form(frame: &Frame, day: Option<&Occasion>, (input, faults): (&Input, &Faults)) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let needed = Kind {
        required: true,
        ..Kind::default()
    };
    let number = Kind {
        inputmode: "numeric",
        ..Kind::default()
    };
    let calendars: Vec<(&str, String)> = Calendar::ALL
        .iter()
        .map(|c| (c.as_str(), c.name().get(lang).to_owned()))
        .collect();
    let (name, action, label) = match day {
        Some(o) => (
            o.name_in(lang),
            format!("/rules/days/{}", o.id),
            lang.pick("保存", "Save"),
        ),
        None => (
            lang.pick("添加日子", "Add a day"),
            "/rules/days/new".to_owned(),
            lang.pick("添加", "Add"),
        ),
    };
    let body = html! {
        section class="card sec" aria-labelledby="day-h" {
            h2 id="day-h" { (name) }
            form method="post" action=(action) class="stack" {
                (form.summary())
                @if day.is_some() { input type="hidden" name="version" value=(input.get("version")); }
                div class="pair" {
                    (form.text("name", lang.pick("中文名称（写进祝福）", "Chinese name, as greetings say it"), needed))
                    (form.text("name_en", lang.pick("英文名称（写进祝福）", "English name, as greetings say it"), needed))
                    (form.select("calendar", lang.pick("怎么重复", "How it comes"), &calendars))
                    (form.text("month", lang.pick("月（每年重复时）", "Month (when it comes every year)"), number))
                    (form.text("day", lang.pick("日（每年重复时）", "Day of the month (when it comes every year)"), number))
                    (form.text("on_date", lang.pick("日期（只有一次时）", "Date (when it comes once)"), Kind { kind: "date", ..Kind::default() }))
                }
                div class="acts" { button class="btn pri" type="submit" { (label) } }
            }
        }
    };
    settings_page(frame, name, ("/rules/days", title(lang)), &body)
}
