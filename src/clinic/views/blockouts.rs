//! Time kept for some services: the list, adding, one of them.

use std::sync::Arc;

use chrono::NaiveDate;
use maud::{Markup, html};

use super::super::model::{Blockout, Session, show_day};
use super::super::pages::Shown;
use super::super::store::Snapshot;
use super::fields::hinted;
use super::{DAY, NEEDED, NUMBER, day_range, names, remove, save, ticks, weekday, weekdays};
use crate::platform::i18n::Lang;
use crate::platform::web::form::Form;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page, up_to_settings};

/// What the list needs.
pub(in crate::clinic) struct List {
    pub clinic: Arc<Snapshot>,
    /// What was over before is not listed.
    pub since: NaiveDate,
    pub last: Option<AuditEntry>,
}

/// What the page of one needs.
pub(in crate::clinic) struct Sheet {
    pub clinic: Arc<Snapshot>,
    /// None: a new one.
    pub blockout: Option<Blockout>,
    pub last: Option<AuditEntry>,
}

fn title(lang: Lang) -> &'static str {
    lang.pick("预留时段", "Kept time")
}

pub(in crate::clinic) fn list(frame: &Frame, list: &List) -> Markup {
    let lang = frame.lang;
    let section = Section {
        frame,
        key: "blockouts",
        title: lang.pick("留给某些项目的时间", "Time that only some services may use"),
        zone: list.clinic.site.tz(),
        last: list.last.as_ref(),
    };
    let body = html! {
        p { a class="btn pri" href="/settings/blockouts/new" { (icon("plus")) (lang.pick("添加预留时段", "Keep some time")) } }
        (section.draw(&table(lang, list)))
    };
    settings_page(frame, title(lang), up_to_settings(lang), &body)
}

fn table(lang: Lang, list: &List) -> Markup {
    let heads = lang.pick(
        ["名称", "何时", "谁", "留给", "操作"],
        ["Name", "When", "Whose", "For", "Action"],
    );
    let past = |b: &&Blockout| b.day.or(b.valid_until).is_some_and(|last| last < list.since);
    let rows: Vec<&Blockout> = list.clinic.blockouts.iter().filter(|b| !past(b)).collect();
    html! {
        @if rows.is_empty() { p { (lang.pick("没有预留时段。", "No time is kept.")) } } @else {
            table class="tab" {
                thead { tr { @for h in heads { th scope="col" { (h) } } } }
                tbody { @for b in rows { (row(lang, &list.clinic, b, heads)) } }
            }
        }
    }
}

fn row(lang: Lang, clinic: &Snapshot, b: &Blockout, [_, when, whose, services, action]: [&str; 5]) -> Markup {
    let provider = b.provider_id.and_then(|id| clinic.find_provider(id));
    let named = clinic.services.iter().filter(|s| clinic.may_use(b.id, s.id));
    let named: Vec<&str> = named.map(|s| s.name_in(lang)).collect();
    html! {
        tr {
            th scope="row" { a href={ "/settings/blockouts/" (b.id) } { (b.name_in(lang)) } }
            td data-l=(when) class="wrap" { span { (when_of(lang, b)) @if b.travel_minutes > 0 { " " small { (way(lang, b.travel_minutes)) } } } }
            td data-l=(whose) {
                (provider.map_or(lang.pick("所有人", "Everyone"), |p| p.name_in(lang)))
                @if let Some(chair) = b.chair_id.and_then(|id| clinic.find_chair(id)) { " · " (chair.name_in(lang)) }
            }
            td data-l=(services) class="wrap" {
                span {
                    @if named.is_empty() { (lang.pick("不可预约", "Nothing may be booked")) } @else { (named.join(lang.pick("、", ", "))) }
                    @if let Some(days) = b.release_days { " " small { (released(lang, days)) } }
                }
            }
            td data-l=(action) { (remove(lang, &format!("/settings/blockouts/{}/remove", b.id), b.name_in(lang), &[])) }
        }
    }
}

fn way(lang: Lang, minutes: i32) -> String {
    lang.pick(format!("路程 {minutes} 分钟"), format!("{minutes} min on the way"))
}

fn released(lang: Lang, days: i32) -> String {
    lang.pick(format!("提前 {days} 天开放"), format!("free {days} days before"))
}

/// `周一 09:00-11:00`, `7 Dec 2026 Mon 09:00-11:00`
fn when_of(lang: Lang, b: &Blockout) -> String {
    let time = show_day(&[Session {
        start: b.start_minute,
        end: b.end_minute,
    }]);
    if let Some(day) = b.day {
        return format!("{} {time}", day_range(lang, day, day));
    }
    let mut said = format!("{} {time}", weekday(lang, b.weekday.unwrap_or(1)));
    if let Some(from) = b.valid_from {
        said += &lang.pick(
            format!("，从{}起", lang.date(from)),
            format!(", from {}", lang.date(from)),
        );
    }
    if let Some(until) = b.valid_until {
        said += &lang.pick(
            format!("，到{}", lang.date(until)),
            format!(", until {}", lang.date(until)),
        );
    }
    said
}

pub(in crate::clinic) fn edit(frame: &Frame, sheet: &Sheet, shown: &Shown) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    let zone = sheet.clinic.site.tz();
    let (name, action, label) = match &sheet.blockout {
        Some(b) => (
            b.name_in(lang),
            format!("/settings/blockouts/{}", b.id),
            lang.pick("保存", "Save"),
        ),
        None => (
            lang.pick("添加预留时段", "Keep some time"),
            "/settings/blockouts/new".to_owned(),
            lang.pick("添加", "Add"),
        ),
    };
    let section = Section {
        frame,
        key: "blockout",
        title: title(lang),
        zone,
        last: sheet.last.as_ref(),
    };
    let services: Vec<_> = sheet
        .clinic
        .services
        .iter()
        .map(|s| (s.id.to_string(), s.name_in(lang).to_owned(), s.active))
        .collect();
    let body = section.draw(&html! {
        form method="post" action=(action) class="stack" {
            (section.seen(&form))
            (form.summary())
            div class="pair" { (names(&form)) (whose(&form, &sheet.clinic)) (chair(&form, &sheet.clinic)) (time(&form)) }
            (days(&form, sheet.blockout.is_none()))
            (ticks(&form, "services", lang.pick("留给哪些项目（都不选：不可预约）", "For which services (none: nothing may be booked)"), &services))
            div class="pair" { (release(&form)) (travel(&form)) }
            (save(lang, zone, shown, label))
        }
    });
    settings_page(frame, name, ("/settings/blockouts", title(lang)), &body)
}

fn whose(form: &Form<'_>, clinic: &Snapshot) -> Markup {
    let lang = form.lang;
    let chosen = form.input.get("provider");
    let mut people = vec![(String::new(), lang.pick("所有人", "Everyone").to_owned())];
    let providers = clinic
        .providers
        .iter()
        .filter(|p| p.active || p.id.to_string() == chosen);
    people.extend(providers.map(|p| (p.id.to_string(), p.name_in(lang).to_owned())));
    form.select("provider", lang.pick("谁的时间", "Whose time"), &people)
}

/// Only in one chair, if one is chosen.
fn chair(form: &Form<'_>, clinic: &Snapshot) -> Markup {
    let lang = form.lang;
    let chosen = form.input.get("chair");
    let mut chairs = vec![(String::new(), lang.pick("任何椅位", "Any chair").to_owned())];
    let used = clinic
        .chairs
        .iter()
        .filter(|ch| ch.active || ch.id.to_string() == chosen);
    chairs.extend(used.map(|ch| (ch.id.to_string(), ch.name_in(lang).to_owned())));
    form.select("chair", lang.pick("在哪个椅位", "In which chair"), &chairs)
}

fn time(form: &Form<'_>) -> Markup {
    let words = form.lang.pick(
        ("时间", "一个时段，例如 09:00-11:00"),
        ("Time", "One stretch, such as 09:00-11:00"),
    );
    hinted(form, "time", words, NEEDED)
}

fn release(form: &Form<'_>) -> Markup {
    let words = form.lang.pick(
        (
            "提前几天对所有项目开放",
            "例如 3：三天前还没约出去，就谁都可以约；空：一直保留",
        ),
        (
            "Free to all so many days before",
            "With 3, what nobody has taken three days before is anybody's; empty: kept to the end",
        ),
    );
    hinted(form, "release_days", words, NUMBER)
}

fn travel(form: &Form<'_>) -> Markup {
    let words = form.lang.pick(
        ("路程（分钟）", "在其他院区出诊时填：前后各留出路上的时间"),
        (
            "Travel, in minutes",
            "For work at another site: the way there and back is kept, too",
        ),
    );
    hinted(form, "travel", words, NUMBER)
}

/// Every week, or on certain days; a new one may be for several.
fn days(form: &Form<'_>, new: bool) -> Markup {
    let lang = form.lang;
    let until = lang.pick("到（空：只有一天）", "Until (empty: one day)");
    html! {
        fieldset class="ticks when" id="f-when" {
            legend class="lab" { (lang.pick("何时", "When")) }
            (choice(form, "weekly", lang.pick("每周", "Every week")))
            (choice(form, "days", lang.pick("某一天或几天", "On certain days")))
            (form.fault("when"))
        }
        div class="pair" {
            (form.select("weekday", lang.pick("每周：星期几", "Every week: on"), &weekdays(lang)))
            (form.text("valid_from", lang.pick("每周：从哪天起（可空）", "Every week: from (may be empty)"), DAY))
            (form.text("valid_until", lang.pick("每周：到哪天（可空）", "Every week: until (may be empty)"), DAY))
        }
        div class="pair" {
            (form.text("day", lang.pick("某天：日期", "Certain days: day"), DAY))
            @if new { (form.text("day_until", until, DAY)) }
        }
    }
}

fn choice(form: &Form<'_>, value: &str, label: &str) -> Markup {
    html! { label class="check" { input type="radio" name="when" value=(value) checked[form.input.get("when") == value]; " " (label) } }
}
