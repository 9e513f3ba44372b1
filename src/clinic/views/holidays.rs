//! Holidays: the list and adding.

use maud::{Markup, html};

use super::super::model::{Holiday, Site};
use super::super::pages::Shown;
use super::{names, save};
use crate::platform::web::form::Kind;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page, up_to_settings};

pub(in crate::clinic) fn list(
    frame: &Frame,
    site: &Site,
    (days, last): (&[Holiday], Option<&AuditEntry>),
    shown: &Shown,
) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    let section = Section {
        frame,
        key: "holidays",
        title: lang.pick("诊所关闭的日子", "Days on which the clinic is closed"),
        zone: site.tz(),
        last,
    };
    let date = Kind {
        kind: "date",
        required: true,
        ..Kind::default()
    };
    let body = html! {
        (section.draw(&table(frame, days)))
        section class="card sec" id="add" aria-labelledby="add-h" {
            h2 id="add-h" { (lang.pick("添加假日", "Add a holiday")) }
            form method="post" action="/settings/holidays" class="stack" {
                (form.summary())
                div class="pair" { (form.text("day", lang.pick("日期", "Day"), date)) (names(&form)) }
                (save(lang, site.tz(), shown, lang.pick("添加", "Add")))
            }
        }
    };
    settings_page(frame, lang.pick("假日", "Holidays"), up_to_settings(lang), &body)
}

fn table(frame: &Frame, days: &[Holiday]) -> Markup {
    let lang = frame.lang;
    let (day, name, remove) = lang.pick(("日期", "名称", "操作"), ("Day", "Name", "Action"));
    html! {
        @if days.is_empty() { p { (lang.pick("还没有假日。", "No holidays yet.")) } } @else {
            table class="tab" {
                thead { tr { th scope="col" { (day) } th scope="col" { (name) } th scope="col" { (remove) } } }
                tbody {
                    @for h in days {
                        tr {
                            th scope="row" { (lang.date(h.day)) " " (lang.weekday(chrono::Datelike::weekday(&h.day))) }
                            td data-l=(name) { (h.name_in(lang)) }
                            td data-l=(remove) {
                                form method="post" action={ "/settings/holidays/" (h.id) "/remove" } class="inline" {
                                    button class="btn sm danger" { (icon("trash-2")) (lang.pick("删除", "Remove")) span class="vh" { ": " (h.name_in(lang)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
