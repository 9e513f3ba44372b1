//! Sessions of single days; leave, or being out of service.

use maud::{Markup, html};

use super::super::super::model::{Leave, ProviderId, Whose, runs, show_day};
use super::super::super::pages::Shown;
use super::super::fields::hinted;
use super::super::{DAY, LINE, NEEDED_DAY, day_range, removal, remove, save, ticks, weekdays};
use super::{Forms, Times};
use crate::platform::clock::plus_days;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{SEEN, Section};

/// How long a day that is over stays in the list.
const BACK_DAYS: i64 = 30;

pub(super) fn days(frame: &Frame, times: &Times, forms: &Forms) -> Markup {
    let (lang, zone) = (frame.lang, times.zone);
    let section = Section {
        frame,
        key: "days",
        title: lang.pick("个别日子的时间", "Hours of single days"),
        zone,
        last: times.last_days.as_ref(),
    };
    let path = times.path("days");
    let shown = &forms.days;
    let form = shown.form(lang);
    section.draw(&html! {
        p class="hint" { (days_hint(lang, times.whose)) }
        (removal(lang, zone, &forms.days_removal, &["from", "until", SEEN]))
        (day_list(lang, times, &path))
        form method="post" action={ (path) "#days" } class="stack" {
            (section.seen(&form))
            (form.summary())
            (day_fields(&form, times.whose))
            @if shown.ask.is_some() && shown.input.ticked("copy") { input type="hidden" name="copy" value="1"; }
            (save(lang, zone, shown, lang.pick("保存这些日子", "Save these days")))
            @if shown.ask.is_none() {
                p { button class="btn" type="submit" name="copy" value="1" { (icon("history")) (lang.pick("照抄上一周", "As a week before")) } }
            }
        }
    })
}

fn days_hint(lang: Lang, whose: Whose) -> &'static str {
    match whose {
        Whose::Provider(_) => lang.pick(
            "代替当天平常的时间，例如假日值班、周五早退。整天不上班请用“休假”。",
            "Instead of the usual ones: on duty on a holiday, a shorter Friday. For a day off, add a leave.",
        ),
        Whose::Chair(_) => lang.pick(
            "代替当天平常的时间，例如某个下午不开放。整天不用请用“停用”。",
            "Instead of the usual ones: an afternoon without this chair. For a whole day, take it out of service.",
        ),
    }
}

fn day_list(lang: Lang, times: &Times, path: &str) -> Markup {
    let runs = runs(&times.rota, plus_days(times.today, -BACK_DAYS));
    let seen = times.last_days.as_ref().map_or(0, |last| last.id).to_string();
    html! {
        @if runs.is_empty() { p { (lang.pick("没有。", "None.")) } }
        ul class="lines" {
            @for (first, last, sessions) in runs {
                li {
                    span { (day_range(lang, first, last)) " · " (show_day(sessions)) }
                    (remove(lang, &format!("{path}/remove"), &day_range(lang, first, last), &[("from", first.to_string()), ("until", last.to_string()), (SEEN, seen.clone())]))
                }
            }
        }
    }
}

fn day_fields(form: &Form<'_>, whose: Whose) -> Markup {
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
        // No holiday closes a chair.
        @if whose.provider().is_some() { (form.tick("days_closed", lang.pick("诊所休诊的日子也上班", "Also on days on which the clinic is closed"))) }
    }
}

/// What the section of times away says: heading, none, the button, the reason's label.
fn leave_words(lang: Lang, whose: Whose) -> [&'static str; 4] {
    match whose {
        Whose::Provider(_) => lang.pick(
            ["休假", "没有休假。", "添加休假", "原因（同事可见）"],
            ["Leave", "No leave.", "Add leave", "Reason (colleagues see it)"],
        ),
        Whose::Chair(_) => lang.pick(
            ["停用", "没有停用的时间。", "停用", "原因（同事可见），例如维修"],
            [
                "Out of service",
                "In service all the time.",
                "Take out of service",
                "Reason (colleagues see it), such as repair",
            ],
        ),
    }
}

pub(super) fn leave(frame: &Frame, times: &Times, shown: &Shown) -> Markup {
    let (lang, zone) = (frame.lang, times.zone);
    let form = shown.form(lang);
    let [title, none, add, reason] = leave_words(lang, times.whose);
    let section = Section {
        frame,
        key: "leave",
        title,
        zone,
        last: times.last_leave.as_ref(),
    };
    let moment = Kind {
        kind: "datetime-local",
        required: true,
        ..Kind::default()
    };
    let path = times.path("leave");
    section.draw(&html! {
        @if times.leaves.is_empty() { p { (none) } }
        ul class="lines" {
            @for l in &times.leaves {
                li {
                    span { (span_of(lang, l, zone)) @if !l.reason.is_empty() { " · " (l.reason) } }
                    (remove(lang, &format!("{path}/{}/remove", l.id), &span_of(lang, l, zone), &[]))
                }
            }
        }
        form method="post" action={ (path) "#leave" } class="stack" {
            (section.seen(&form))
            (form.summary())
            div class="pair" {
                (form.text("leave_from", lang.pick("从", "From"), moment))
                (form.text("leave_to", lang.pick("到", "Until"), moment))
                (form.text("leave_reason", reason, LINE))
            }
            (save(lang, zone, shown, add))
            @if let (Some(_), Some(provider)) = (&shown.ask, times.whose.provider()) {
                p { a class="btn pri" href=(plan_of(provider, &shown.input)) { (icon("calendar-clock")) (lang.pick("逐个安排这些就诊…", "Arrange these visits …")) } }
            }
        }
    })
}

/// Where the visits that a leave takes are arranged before it is added.
fn plan_of(provider: ProviderId, input: &Input) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("provider", &provider.to_string())
        .append_pair("from", input.get("leave_from"))
        .append_pair("until", input.get("leave_to"))
        .append_pair("reason", input.get("leave_reason"));
    format!("/leave-plan?{}", query.finish())
}

pub(in crate::clinic::views) fn span_of(lang: Lang, leave: &Leave, zone: chrono_tz::Tz) -> String {
    format!(
        "{} – {}",
        lang.day_time(leave.starts_at, zone),
        lang.day_time(leave.ends_at, zone)
    )
}
