//! What the settings pages look like.

pub(super) mod blockouts;
pub(super) mod chairs;
mod fields;
pub(super) mod holidays;
pub(super) mod online;
pub(super) mod overview;
pub(super) mod providers;
mod rules;
pub(super) mod services;
pub(super) mod site;
pub(super) mod times;

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::model::Effect;
use super::pages::Shown;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Form, Kind};
use crate::platform::web::icon;
use crate::staff::SEEN;

/// Bookings named in a question before saving.
const NAMED: usize = 10;

/// A field that must be filled in.
const NEEDED: Kind = Kind {
    kind: "",
    required: true,
    autocomplete: "",
    inputmode: "",
};
/// A whole number that must be filled in.
const NEEDED_NUMBER: Kind = Kind {
    kind: "",
    required: true,
    autocomplete: "",
    inputmode: "numeric",
};
/// A whole number that may be left out.
const NUMBER: Kind = Kind {
    kind: "",
    required: false,
    autocomplete: "",
    inputmode: "numeric",
};
/// A day that must be filled in.
const NEEDED_DAY: Kind = Kind {
    kind: "date",
    required: true,
    autocomplete: "",
    inputmode: "",
};
/// A day that may be left out.
const DAY: Kind = Kind {
    kind: "date",
    required: false,
    autocomplete: "",
    inputmode: "",
};
/// A line that may be left out.
const LINE: Kind = Kind {
    kind: "",
    required: false,
    autocomplete: "",
    inputmode: "",
};

/// Both names of a thing.
fn names(form: &Form<'_>) -> Markup {
    html! {
        (form.text("name", form.lang.pick("中文名称", "Chinese name"), NEEDED))
        (form.text("name_en", form.lang.pick("英文名称", "English name"), NEEDED))
    }
}

/// The save button; or, when bookings are touched, what would happen and the button that does it anyway.
fn save(lang: Lang, zone: Tz, shown: &Shown, label: &str) -> Markup {
    match &shown.ask {
        None => html! { p { button class="btn pri" type="submit" { (label) } } },
        Some(effect) => {
            let (state, label) = lang.pick(("。尚未保存。", "仍然保存"), (". Not saved yet.", "Save anyway"));
            question(lang, zone, effect, (state, label))
        }
    }
}

/// What a removal would do to bookings, and the button that removes all the same; or that somebody else was faster; nothing
/// when nothing is asked. `fields` are sent again.
fn removal(lang: Lang, zone: Tz, shown: &Shown, fields: &[&str]) -> Markup {
    let words = lang.pick(("。尚未删除。", "仍然删除"), (". Not removed yet.", "Remove anyway"));
    html! {
        @if let Some(effect) = &shown.ask {
            form method="post" action=(shown.input.get("path")) class="stack" {
                @for name in fields { input type="hidden" name=(name) value=(shown.input.get(name)); }
                (question(lang, zone, effect, words))
            }
        } @else if let Some(fault) = shown.faults.of(SEEN) {
            p class="banner bad" role="alert" tabindex="-1" autofocus { (icon("triangle-alert")) (fault.text.get(lang)) }
        }
    }
}

fn question(lang: Lang, zone: Tz, effect: &Effect, (state, label): (&str, &str)) -> Markup {
    let count = effect.bookings.len();
    html! {
        input type="hidden" name="confirmed" value=(count);
        div class="banner warn" role="alert" tabindex="-1" autofocus {
            (icon("calendar-x"))
            div {
                b { (effect.text().get(lang)) (state) }
                ul {
                    @for b in effect.bookings.iter().take(NAMED) {
                        li { a href={ "/day?day=" (b.starts_at.day(zone)) } { (lang.day_time(b.starts_at, zone)) } " " (b.service_in(lang)) }
                    }
                    @if count > NAMED { li { (lang.pick("还有 ", "and ")) (count - NAMED) (lang.pick(" 个", " more")) } }
                }
                p { (lang.pick("预约不会自动更改，之后请逐一联系改约。", "No booking is changed by itself: move them one by one afterwards.")) }
            }
        }
        p { button class="btn danger" type="submit" { (label) } }
    }
}

/// The button that removes a thing of a list, by a form of its own.
fn remove(lang: Lang, path: &str, what: &str, fields: &[(&str, String)]) -> Markup {
    html! {
        form method="post" action=(path) class="inline" {
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            button class="btn sm danger" { (icon("trash-2")) (lang.pick("删除", "Remove")) span class="vh" { ": " (what) } }
        }
    }
}

/// Name of a weekday, 1 = Monday.
fn weekday(lang: Lang, day: i32) -> &'static str {
    const ZH: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
    const EN: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    let index = usize::try_from(day - 1).unwrap_or(0);
    lang.pick(ZH, EN).get(index).copied().unwrap_or("")
}

/// The weekdays to choose from.
fn weekdays(lang: Lang) -> Vec<(String, &'static str)> {
    (1..=7).map(|day| (day.to_string(), weekday(lang, day))).collect()
}

/// `12月24日 周四`, `24 Dec 2026 – 31 Dec 2026`: days that follow each other.
fn day_range(lang: Lang, first: NaiveDate, last: NaiveDate) -> String {
    let one = |day: NaiveDate| format!("{} {}", lang.date(day), lang.weekday(day.weekday()));
    match first == last {
        true => one(first),
        false => format!("{} – {}", one(first), one(last)),
    }
}

/// Whether a thing is in use.
fn in_use(lang: Lang, active: bool) -> Markup {
    html! {
        @if active { span class="chip ok" { (lang.pick("使用中", "In use")) } }
        @else { span class="chip" { (lang.pick("已停用", "Deactivated")) } }
    }
}

/// Tick boxes of one repeated field: (value, label, in use).
fn ticks(form: &Form<'_>, name: &str, legend: &str, options: &[(String, String, bool)]) -> Markup {
    let chosen = form.input.all(name);
    html! {
        fieldset class="ticks" id={ "f-" (name) } {
            legend class="lab" { (legend) }
            @for (value, label, active) in options {
                @if *active || chosen.contains(&value.as_str()) {
                    label class="check" {
                        input type="checkbox" name=(name) value=(value) checked[chosen.contains(&value.as_str())]; " " (label)
                        @if !active { " " (in_use(form.lang, false)) }
                    }
                }
            }
            (form.fault(name))
        }
    }
}
