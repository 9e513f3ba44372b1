//! Weekly hours: those that hold now, those that begin later, and the page of one of these.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::super::super::model::{Provider, SINCE_EVER, Site, Week, show_day};
use super::super::super::pages::{DAY_FIELDS, Shown};
use super::super::{LINE, NEEDED_DAY, removal, remove, save, weekday};
use super::{Card, Forms, Sheet};
use crate::platform::i18n::Lang;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page};

/// What the page of one pattern needs.
pub(in crate::clinic) struct PatternPage {
    pub provider: Provider,
    pub site: Site,
    /// The day from which it holds; none: a new one.
    pub from: Option<NaiveDate>,
    pub last: Option<AuditEntry>,
}

/// Days with the same hours together: `周一–周六 08:45-12:00, 13:30-18:00`.
pub(super) fn week_line(lang: Lang, week: &Week) -> Markup {
    let mut groups: Vec<(i32, i32, String)> = Vec::new();
    for (day, sessions) in (1..).zip(&week.0).filter(|(_, sessions)| !sessions.is_empty()) {
        let text = show_day(sessions);
        match groups.last_mut() {
            Some((_, to, same)) if *same == text && *to + 1 == day => *to = day,
            _ => groups.push((day, day, text)),
        }
    }
    html! {
        @if groups.is_empty() { span class="chip warn" { (lang.pick("尚未设置", "None yet")) } }
        @for (from, to, text) in &groups {
            div { (weekday(lang, *from)) @if from != to { "–" (weekday(lang, *to)) } " " (text) }
        }
    }
}

/// When a pattern begins.
fn since(lang: Lang, from: NaiveDate) -> String {
    match from {
        SINCE_EVER => lang.pick("最初".to_owned(), "At first".to_owned()),
        day => lang.pick(format!("从{}起", lang.date(day)), format!("From {}", lang.date(day))),
    }
}

pub(super) fn hours(frame: &Frame, sheet: &Sheet, card: &Card, forms: &Forms) -> Markup {
    let lang = frame.lang;
    let path = format!("/settings/providers/{}/hours", card.provider.id);
    let present = sheet.rota.pattern_on(sheet.today).map_or(SINCE_EVER, |(from, _)| from);
    let section = Section {
        frame,
        key: "hours",
        title: lang.pick("每周工作时间", "Weekly hours"),
        zone: sheet.site.tz(),
        last: card.last_hours.as_ref(),
    };
    section.draw(&html! {
        (removal(lang, sheet.site.tz(), &forms.removal, &[]))
        @if sheet.rota.patterns().nth(1).is_some() { (patterns(lang, sheet, &path, present)) }
        (week_form(frame, &sheet.site, &path, &forms.hours, &html! { (section.seen(&forms.hours.form(lang))) input type="hidden" name="pattern" value=(present); }))
        p { a class="btn" href={ (path) "/new" } { (icon("calendar-plus")) (lang.pick("从某一天起换一套时间", "Other hours from a day on")) } }
    })
}

/// Every pattern with the days it holds from; shown when there are several.
fn patterns(lang: Lang, sheet: &Sheet, path: &str, present: NaiveDate) -> Markup {
    html! {
        ul class="lines" {
            @for (from, week) in sheet.rota.patterns() {
                li {
                    div {
                        b { (since(lang, from)) }
                        @if from == present { " " span class="chip ok" { (lang.pick("现行", "Holds today")) } }
                        (week_line(lang, week))
                    }
                    @if from != SINCE_EVER || from != present {
                        span class="acts" {
                            @if from != present { a class="btn sm" href={ (path) "/" (from) } { (icon("pencil")) (lang.pick("修改", "Change")) span class="vh" { ": " (since(lang, from)) } } }
                            @if from != SINCE_EVER { (remove(lang, &format!("{path}/{from}/remove"), &since(lang, from), &[])) }
                        }
                    }
                }
            }
        }
        h3 { (lang.pick("现行的时间", "The hours that hold today")) }
    }
}

/// The fields of a week and what they are saved with; `more` comes first.
fn week_form(frame: &Frame, site: &Site, action: &str, shown: &Shown, more: &Markup) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    html! {
        form method="post" action={ (action) "#hours" } class="stack" {
            (form.summary())
            @if shown.note { p class="banner info" role="status" { (icon("info")) (lang.pick("周一的时间已填到周二至周五，尚未保存。", "Monday's hours are filled in for Tuesday to Friday. Not saved yet.")) } }
            p class="hint" { (lang.pick(
                "每天可有多个时段，例如 8-12, 13:30-18；时段之间是休息，不可预约；留空为休息日。",
                "Several sessions a day, such as 8-12, 13:30-18; between them is a break, in which nothing is booked; empty is a day off.",
            )) }
            (more)
            div class="pair" {
                @for (day, field) in (1..).zip(DAY_FIELDS) { (form.text(field, weekday(lang, day), LINE)) }
            }
            // After the save button, which is the one that Enter presses.
            (save(lang, site.tz(), shown, lang.pick("保存", "Save")))
            p { button class="btn" type="submit" name="copy" value="1" { (icon("calendar-days")) (lang.pick("把周一复制到周二至周五", "Copy Monday to all weekdays")) } }
        }
    }
}

/// The page of one pattern, or of a new one.
pub(in crate::clinic) fn pattern(frame: &Frame, page: &PatternPage, shown: &Shown) -> Markup {
    let lang = frame.lang;
    let provider = format!("/settings/providers/{}", page.provider.id);
    let form = shown.form(lang);
    let (path, title, more) = match page.from {
        Some(from) => (format!("{provider}/hours/{from}"), since(lang, from), html! {}),
        None => (
            format!("{provider}/hours/new"),
            lang.pick("从某一天起换一套时间", "Other hours from a day on")
                .to_owned(),
            html! {
                p class="hint" { (lang.pick(
                    "下面是现行的时间，请改成新的。之前的日子不受影响；有下一套时间时，到它开始为止。",
                    "Below are the hours that hold today: change them. Days before are not touched; if others begin later, these hold until then.",
                )) }
                (form.text("valid_from", lang.pick("从哪一天起", "From which day on"), NEEDED_DAY))
            },
        ),
    };
    let section = Section {
        frame,
        key: "hours",
        title: &title,
        zone: page.site.tz(),
        last: page.last.as_ref(),
    };
    let body = section.draw(&week_form(
        frame,
        &page.site,
        &path,
        shown,
        &html! { (section.seen(&form)) (more) },
    ));
    let name = page.provider.name_in(lang);
    settings_page(frame, name, (&provider, name), &body)
}
