//! Sessions of single days, and leave.

use maud::{Markup, html};

use super::super::super::model::{Leave, runs, show_day};
use super::super::super::pages::Shown;
use super::super::fields::hinted;
use super::super::{DAY, LINE, NEEDED_DAY, day_range, removal, remove, save, ticks, weekdays};
use super::{Card, Forms, Sheet};
use crate::platform::clock::plus_days;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Form, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::Section;

/// How long a day that is over stays in the list.
const BACK_DAYS: i64 = 30;

pub(super) fn days(frame: &Frame, sheet: &Sheet, card: &Card, forms: &Forms) -> Markup {
    let lang = frame.lang;
    let zone = sheet.site.tz();
    let section = Section {
        frame,
        key: "days",
        title: lang.pick("个别日子的时间", "Hours of single days"),
        zone,
        last: card.last_days.as_ref(),
    };
    let path = format!("/settings/providers/{}/days", card.provider.id);
    let shown = &forms.days;
    let form = shown.form(lang);
    section.draw(&html! {
        p class="hint" { (lang.pick(
            "代替当天平常的时间，例如假日值班、周五早退。整天不上班请用“休假”。",
            "Instead of the usual ones: on duty on a holiday, a shorter Friday. For a day off, add a leave.",
        )) }
        (removal(lang, zone, &forms.days_removal, &["from", "until"]))
        (day_list(lang, sheet, &path))
        form method="post" action={ (path) "#days" } class="stack" {
            (form.summary())
            (day_fields(&form))
            @if shown.ask.is_some() && shown.input.ticked("copy") { input type="hidden" name="copy" value="1"; }
            (save(lang, zone, shown, lang.pick("保存这些日子", "Save these days")))
            @if shown.ask.is_none() {
                p { button class="btn" type="submit" name="copy" value="1" { (icon("history")) (lang.pick("照抄上一周", "As a week before")) } }
            }
        }
    })
}

fn day_list(lang: Lang, sheet: &Sheet, path: &str) -> Markup {
    let runs = runs(&sheet.rota, plus_days(sheet.today, -BACK_DAYS));
    html! {
        @if runs.is_empty() { p { (lang.pick("没有。", "None.")) } }
        ul class="lines" {
            @for (first, last, sessions) in runs {
                li {
                    span { (day_range(lang, first, last)) " · " (show_day(sessions)) }
                    (remove(lang, &format!("{path}/remove"), &day_range(lang, first, last), &[("from", first.to_string()), ("until", last.to_string())]))
                }
            }
        }
    }
}

fn day_fields(form: &Form<'_>) -> Markup {
    let lang = form.lang;
    let hours = lang.pick(
        ("当天的时段", "例如 8-12, 13:30-17；照抄上一周时不用填"),
        (
            "Sessions of the day",
            "Such as 8-12, 13:30-17; not needed to copy a week before",
        ),
    );
    let weekdays: Vec<_> = weekdays(lang)
        .into_iter()
        .map(|(n, name)| (n, name.to_owned(), true))
        .collect();
    html! {
        div class="pair" {
            (form.text("days_from", lang.pick("日期", "Day"), NEEDED_DAY))
            (form.text("days_until", lang.pick("到（空：只有一天）", "Until (empty: one day)"), DAY))
            (hinted(form, "days_hours", hours, LINE))
        }
        (ticks(form, "days_weekdays", lang.pick("只在这些星期几（都不选：每天）", "On these weekdays only (none: on all)"), &weekdays))
        (form.tick("days_closed", lang.pick("诊所休诊的日子也上班", "Also on days on which the clinic is closed")))
    }
}

pub(super) fn leave(frame: &Frame, sheet: &Sheet, card: &Card, shown: &Shown) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    let zone = sheet.site.tz();
    let section = Section {
        frame,
        key: "leave",
        title: lang.pick("休假", "Leave"),
        zone,
        last: card.last_leave.as_ref(),
    };
    let moment = Kind {
        kind: "datetime-local",
        required: true,
        ..Kind::default()
    };
    let path = format!("/settings/providers/{}/leave", card.provider.id);
    section.draw(&html! {
        @if card.leaves.is_empty() { p { (lang.pick("没有休假。", "No leave.")) } }
        ul class="lines" {
            @for l in &card.leaves {
                li {
                    span { (span_of(lang, l, zone)) @if !l.reason.is_empty() { " · " (l.reason) } }
                    (remove(lang, &format!("{path}/{}/remove", l.id), &span_of(lang, l, zone), &[]))
                }
            }
        }
        form method="post" action=(path) class="stack" {
            (form.summary())
            div class="pair" {
                (form.text("leave_from", lang.pick("从", "From"), moment))
                (form.text("leave_to", lang.pick("到", "Until"), moment))
                (form.text("leave_reason", lang.pick("原因（同事可见）", "Reason (colleagues see it)"), LINE))
            }
            (save(lang, zone, shown, lang.pick("添加休假", "Add leave")))
        }
    })
}

fn span_of(lang: Lang, leave: &Leave, zone: chrono_tz::Tz) -> String {
    format!(
        "{} – {}",
        lang.day_time(leave.starts_at, zone),
        lang.day_time(leave.ends_at, zone)
    )
}
