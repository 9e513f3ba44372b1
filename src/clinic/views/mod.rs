//! What the settings pages look like.

pub(super) mod chairs;
pub(super) mod holidays;
pub(super) mod overview;
pub(super) mod providers;
pub(super) mod services;
pub(super) mod site;

use chrono_tz::Tz;
use maud::{Markup, html};

use super::pages::Shown;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Form, Kind};
use crate::platform::web::icon;

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
    let Some(effect) = &shown.ask else {
        return html! { p { button class="btn pri" type="submit" { (label) } } };
    };
    let count = effect.bookings.len();
    html! {
        input type="hidden" name="confirmed" value=(count);
        div class="banner warn" role="alert" tabindex="-1" autofocus {
            (icon("calendar-x"))
            div {
                b { (effect.text().get(lang)) (lang.pick("。尚未保存。", ". Not saved yet.")) }
                ul {
                    @for b in effect.bookings.iter().take(NAMED) {
                        li { a href={ "/day?day=" (b.starts_at.day(zone)) } { (lang.day_time(b.starts_at, zone)) } " " (b.service_in(lang)) }
                    }
                    @if count > NAMED { li { (lang.pick("还有 ", "and ")) (count - NAMED) (lang.pick(" 个", " more")) } }
                }
                p { (lang.pick("预约不会自动更改，保存后请逐一联系改约。", "No booking is changed by itself: after saving, move them one by one.")) }
            }
        }
        p { button class="btn danger" type="submit" { (lang.pick("仍然保存", "Save anyway")) } }
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
