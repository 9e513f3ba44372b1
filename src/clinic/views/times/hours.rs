//! Weekly hours: those that hold now, those that begin later, and the page of one of these.

use chrono::NaiveDate;
use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::super::model::{SINCE_EVER, Week, Whose, show_day};
use super::super::super::pages::{DAY_FIELDS, Shown, path_of};
use super::super::{LINE, NEEDED_DAY, removal, remove, save, weekday};
use super::{Forms, Times};
use crate::platform::i18n::{Lang, Text};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, SEEN, Section, settings_page};

/// What the page of one pattern needs.
pub(in crate::clinic) struct PatternPage {
    pub whose: Whose,
    pub name: Text,
    pub zone: Tz,
    /// The day from which it holds; none: a new one.
    pub from: Option<NaiveDate>,
    pub last: Option<AuditEntry>,
}

/// Days with the same hours together: `周一–周六 08:45-12:00, 13:30-18:00`.
pub(in crate::clinic::views) fn week_line(lang: Lang, week: &Week) -> Markup {
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

/// The same of a chair, too, where no hours at all are no lack.
fn week_line_of(lang: Lang, whose: Whose, week: &Week) -> Markup {
    match whose {
        Whose::Chair(_) if *week == Week::default() => {
            html! { div { (lang.pick("有人上班就开放", "Open whenever somebody works")) } }
        }
        _ => week_line(lang, week),
    }
}

fn title(lang: Lang, whose: Whose) -> &'static str {
    match whose {
        Whose::Provider(_) => lang.pick("每周工作时间", "Weekly hours"),
        Whose::Chair(_) => lang.pick("每周开放时间", "Weekly hours"),
    }
}

fn week_hint(lang: Lang, whose: Whose) -> &'static str {
    match whose {
        Whose::Provider(_) => lang.pick(
            "每天可有多个时段，例如 8-12, 13:30-18；时段之间是休息，不可预约；留空为休息日。",
            "Several sessions a day, such as 8-12, 13:30-18; between them is a break, in which nothing is booked; empty is a day off.",
        ),
        Whose::Chair(_) => lang.pick(
            "只在椅位有自己的时间时填写，例如 8-12, 13:30-18；留空的日子不开放。全部留空：有医护人员上班就开放。",
            "Only for a chair with hours of its own, such as 8-12, 13:30-18; it is closed on days left empty. All empty: open whenever somebody works.",
        ),
    }
}

/// When a pattern begins.
fn since(lang: Lang, from: NaiveDate) -> String {
    match from {
        SINCE_EVER => lang.pick("最初".to_owned(), "At first".to_owned()),
        day => lang.pick(format!("从{}起", lang.date(day)), format!("From {}", lang.date(day))),
    }
}

pub(super) fn hours(frame: &Frame, times: &Times, forms: &Forms) -> Markup {
    let lang = frame.lang;
    let path = times.path("hours");
    let present = times.rota.pattern_on(times.today).map_or(SINCE_EVER, |(from, _)| from);
    let section = Section {
        frame,
        key: "hours",
        title: title(lang, times.whose),
        zone: times.zone,
        last: times.last_hours.as_ref(),
    };
    section.draw(&html! {
        (removal(lang, times.zone, &forms.removal, &[SEEN]))
        @if times.rota.patterns().nth(1).is_some() { (patterns(lang, times, &path, present)) }
        (week_form(frame, (times.whose, times.zone), &path, &forms.hours, &html! { (section.seen(&forms.hours.form(lang))) input type="hidden" name="pattern" value=(present); }))
        p { a class="btn" href={ (path) "/new" } { (icon("calendar-plus")) (lang.pick("从某一天起换一套时间", "Other hours from a day on")) } }
    })
}

/// Every pattern with the days it holds from; shown when there are several.
fn patterns(lang: Lang, times: &Times, path: &str, present: NaiveDate) -> Markup {
    let seen = [(SEEN, times.last_hours.as_ref().map_or(0, |last| last.id).to_string())];
    html! {
        ul class="lines" {
            @for (from, week) in times.rota.patterns() {
                li {
                    div {
                        b { (since(lang, from)) }
                        @if from == present { " " span class="chip ok" { (lang.pick("现行", "Holds today")) } }
                        (week_line_of(lang, times.whose, week))
                    }
                    @if from != SINCE_EVER || from != present {
                        span class="acts" {
                            @if from != present { a class="btn sm" href={ (path) "/" (from) } { (icon("pencil")) (lang.pick("修改", "Change")) span class="vh" { ": " (since(lang, from)) } } }
                            @if from != SINCE_EVER { (remove(lang, &format!("{path}/{from}/remove"), &since(lang, from), &seen)) }
                        }
                    }
                }
            }
        }
        h3 { (lang.pick("现行的时间", "The hours that hold today")) }
    }
}

/// The fields of a week and what they are saved with; `more` comes first.
fn week_form(frame: &Frame, (whose, zone): (Whose, Tz), action: &str, shown: &Shown, more: &Markup) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    html! {
        form method="post" action={ (action) "#hours" } class="stack" {
            (form.summary())
            @if shown.note { p class="banner info" role="status" { (icon("info")) (lang.pick("周一的时间已填到周二至周五，尚未保存。", "Monday's hours are filled in for Tuesday to Friday. Not saved yet.")) } }
            p class="hint" { (week_hint(lang, whose)) }
            (more)
            div class="pair" {
                @for (day, field) in (1..).zip(DAY_FIELDS) { (form.text(field, weekday(lang, day), LINE)) }
            }
            // After the save button, which is the one that Enter presses.
            (save(lang, zone, shown, lang.pick("保存", "Save")))
            p { button class="btn" type="submit" name="copy" value="1" { (icon("calendar-days")) (lang.pick("把周一复制到周二至周五", "Copy Monday to all weekdays")) } }
        }
    }
}

/// The page of one pattern, or of a new one.
pub(in crate::clinic) fn pattern(frame: &Frame, page: &PatternPage, shown: &Shown) -> Markup {
    let lang = frame.lang;
    let up = path_of(page.whose);
    let form = shown.form(lang);
    let (path, title, more) = match page.from {
        Some(from) => (format!("{up}/hours/{from}"), since(lang, from), html! {}),
        None => (
            format!("{up}/hours/new"),
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
        zone: page.zone,
        last: page.last.as_ref(),
    };
    let body = section.draw(&week_form(
        frame,
        (page.whose, page.zone),
        &path,
        shown,
        &html! { (section.seen(&form)) (more) },
    ));
    let name = page.name.get(lang);
    settings_page(frame, name, (&up, name), &body)
}
