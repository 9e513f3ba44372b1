//! Holidays and days worked as another weekday: the lists and adding.

use std::sync::Arc;

use chrono::NaiveDate;
use maud::{Markup, html};

use super::super::pages::Shown;
use super::super::store::Snapshot;
use super::{DAY, NEEDED, NEEDED_DAY, day_range, names, removal, remove, save, weekday, weekdays};
use crate::platform::i18n::Lang;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, SEEN, Section, settings_page, up_to_settings};

/// What the page needs.
pub(in crate::clinic) struct Page {
    pub clinic: Arc<Snapshot>,
    /// Days before are not listed.
    pub since: NaiveDate,
    pub last: Option<AuditEntry>,
    pub last_makeup: Option<AuditEntry>,
}

/// The forms of the page.
pub(in crate::clinic) struct Forms {
    pub add: Shown,
    pub makeup: Shown,
    pub removal: Shown,
}

pub(in crate::clinic) fn list(frame: &Frame, page: &Page, forms: &Forms) -> Markup {
    let lang = frame.lang;
    let zone = page.clinic.site.tz();
    let section = |key, title, last| Section {
        frame,
        key,
        title,
        zone,
        last,
    };
    let closed = lang.pick("诊所关闭的日子", "Days on which the clinic is closed");
    let worked = lang.pick("调休上班日", "Make-up workdays");
    let body = html! {
        (section("holidays", closed, page.last.as_ref()).draw(&holidays(lang, page)))
        section class="card sec" id="add" aria-labelledby="add-h" {
            h2 id="add-h" { (lang.pick("添加假日", "Add holidays")) }
            p class="hint" { (lang.pick("只关闭一天中的一段时间（例如全体会议）：", "To close only a part of a day, such as for a meeting of everybody: ")) a href="/settings/blockouts/new?when=days" { (lang.pick("添加预留时段", "keep some time")) } (lang.pick("，谁的时间选“所有人”，不选项目。", " of everyone, for no service.")) }
            (add(frame, page, &forms.add, &section("holidays", closed, page.last.as_ref()).seen(&forms.add.form(lang))))
        }
        (section("makeup", worked, page.last_makeup.as_ref()).draw(&html! {
            p class="hint" { (lang.pick("周末补班：当天按所选星期几的工作时间上班。", "A weekend that is worked: on this day the hours of the chosen weekday hold.")) }
            (removal(lang, zone, &forms.removal, &[SEEN]))
            (makeup_days(lang, page))
            (add_makeup(frame, page, &forms.makeup, &section("makeup", worked, page.last_makeup.as_ref()).seen(&forms.makeup.form(lang))))
        }))
    };
    let title = lang.pick("假日与调休", "Holidays and make-up days");
    settings_page(frame, title, up_to_settings(lang), &body)
}

fn holidays(lang: Lang, page: &Page) -> Markup {
    let (day, name, action) = lang.pick(("日期", "名称", "操作"), ("Day", "Name", "Action"));
    let days: Vec<_> = page.clinic.holidays.iter().filter(|h| h.day >= page.since).collect();
    html! {
        @if days.is_empty() { p { (lang.pick("还没有假日。", "No holidays yet.")) } } @else {
            table class="tab" {
                thead { tr { th scope="col" { (day) } th scope="col" { (name) } th scope="col" { (action) } } }
                tbody {
                    @for h in days {
                        tr {
                            th scope="row" { (day_range(lang, h.day, h.day)) }
                            td data-l=(name) { (h.name_in(lang)) }
                            td data-l=(action) { (remove(lang, &format!("/settings/holidays/{}/remove", h.id), h.name_in(lang), &[])) }
                        }
                    }
                }
            }
        }
    }
}

fn add(frame: &Frame, page: &Page, shown: &Shown, seen: &Markup) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    html! {
        form method="post" action="/settings/holidays" class="stack" {
            (seen)
            (form.summary())
            div class="pair" {
                (form.text("day", lang.pick("日期", "Day"), NEEDED_DAY))
                (form.text("until", lang.pick("到（空：只有一天）", "Until (empty: one day)"), DAY))
                (names(&form))
            }
            (save(lang, page.clinic.site.tz(), shown, lang.pick("添加", "Add")))
        }
    }
}

fn makeup_days(lang: Lang, page: &Page) -> Markup {
    let heads = lang.pick(["日期", "按", "名称", "操作"], ["Day", "Worked as", "Name", "Action"]);
    let [day, worked, name, action] = heads;
    let seen = [(SEEN, page.last_makeup.as_ref().map_or(0, |last| last.id).to_string())];
    let days: Vec<_> = page.clinic.makeup_days.iter().filter(|m| m.day >= page.since).collect();
    html! {
        @if days.is_empty() { p { (lang.pick("没有调休上班日。", "No make-up workdays.")) } } @else {
            table class="tab" {
                thead { tr { @for h in [day, worked, name, action] { th scope="col" { (h) } } } }
                tbody {
                    @for m in days {
                        tr {
                            th scope="row" { (day_range(lang, m.day, m.day)) }
                            td data-l=(worked) { (weekday(lang, m.weekday)) }
                            td data-l=(name) { (lang.pick(&m.name, &m.name_en)) }
                            td data-l=(action) { (remove(lang, &format!("/settings/holidays/makeup/{}/remove", m.id), lang.pick(&m.name, &m.name_en), &seen)) }
                        }
                    }
                }
            }
        }
    }
}

fn add_makeup(frame: &Frame, page: &Page, shown: &Shown, seen: &Markup) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    html! {
        form method="post" action="/settings/holidays/makeup#makeup" class="stack" {
            (seen)
            (form.summary())
            div class="pair" {
                (form.text("makeup_day", lang.pick("日期", "Day"), NEEDED_DAY))
                (form.text("makeup_until", lang.pick("到（空：只有一天）", "Until (empty: one day)"), DAY))
                (form.select("makeup_as", lang.pick("按星期几上班", "Worked as a"), &weekdays(lang)))
                (form.text("makeup_name", lang.pick("中文名称", "Chinese name"), NEEDED))
                (form.text("makeup_name_en", lang.pick("英文名称", "English name"), NEEDED))
            }
            (save(lang, page.clinic.site.tz(), shown, lang.pick("添加调休上班日", "Add make-up workdays")))
        }
    }
}
