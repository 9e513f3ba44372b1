//! Fields that say more about themselves.

use maud::{Markup, html};

use crate::platform::web::form::{Form, Kind};

/// What a field is described by: its help, and its fault if it has one.
fn described(form: &Form<'_>, name: &str) -> String {
    let fault = form
        .faults
        .of(name)
        .map_or_else(String::new, |_| format!(" f-{name}-e"));
    format!("f-{name}-h{fault}")
}

/// A single-line field with help under it.
pub(super) fn hinted(form: &Form<'_>, name: &str, (label, hint): (&str, &str), kind: Kind) -> Markup {
    let mode = (!kind.inputmode.is_empty()).then_some(kind.inputmode);
    let invalid = form.faults.of(name).map(|_| "true");
    html! {
        div class="field" {
            label for={ "f-" (name) } { (label) @if kind.required { span class="req" aria-hidden="true" { "*" } } }
            input class="inp" id={ "f-" (name) } name=(name) type="text" value=(form.input.get(name)) autocomplete="off"
                inputmode=[mode] required[kind.required] aria-invalid=[invalid] aria-describedby=(described(form, name));
            p class="hint" id={ "f-" (name) "-h" } { (hint) }
            (form.fault(name))
        }
    }
}

/// The same, with values to choose from; others may be typed.
pub(super) fn suggested<T: AsRef<str>>(
    form: &Form<'_>,
    name: &str,
    (label, hint): (&str, &str),
    values: &[T],
) -> Markup {
    let invalid = form.faults.of(name).map(|_| "true");
    html! {
        div class="field" {
            label for={ "f-" (name) } { (label) }
            input class="inp" id={ "f-" (name) } name=(name) type="text" value=(form.input.get(name)) autocomplete="off"
                list={ "f-" (name) "-l" } aria-invalid=[invalid] aria-describedby=(described(form, name));
            datalist id={ "f-" (name) "-l" } { @for v in values { option value=(v.as_ref()) {} } }
            p class="hint" id={ "f-" (name) "-h" } { (hint) }
            (form.fault(name))
        }
    }
}
