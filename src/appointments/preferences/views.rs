//! The form of what a patient prefers.

use std::sync::Arc;

use maud::{Markup, html};

use super::model::Preferences;
use crate::clinic::Snapshot;
use crate::patients::Patient;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

const TIME: Kind = Kind {
    kind: "time",
    required: false,
    autocomplete: "",
    inputmode: "",
};

/// What the page shows.
pub struct Page {
    /// The clinic.
    pub clinic: Arc<Snapshot>,
    /// Whose.
    pub patient: Patient,
    /// What they said so far.
    pub said: Option<Preferences>,
    /// What was typed.
    pub input: Input,
    /// What is wrong with it.
    pub faults: Faults,
}

/// `/patients/{id}/preferences`
pub fn page(frame: &Frame, p: &Page) -> Markup {
    let lang = frame.lang;
    let id = p.patient.id;
    let form = Form {
        lang,
        input: &p.input,
        faults: &p.faults,
    };
    let mut providers = vec![(String::new(), lang.pick("任何一位", "Anyone"))];
    let active = p.clinic.providers.iter().filter(|x| x.active);
    providers.extend(active.map(|x| (x.id.to_string(), x.name_in(lang))));
    let body = html! {
        main id="main" class="plain outreach" {
            p class="crumb" { a href={ "/patients/" (id) } { (icon("chevron-left")) (p.patient.name) } }
            @if frame.query.split('&').any(|q| q == "saved=1") { div class="banner info" role="status" { (icon("circle-check")) (lang.pick("已保存。预约时会优先推荐。", "Saved. It is offered first when booking.")) } }
            form class="card pad stack" method="post" action={ "/patients/" (id) "/preferences" } {
                (form.summary())
                h2 { (lang.pick("约诊偏好", "When and with whom")) }
                p class="hint" { (lang.pick("患者说过的偏好，优先于平时的习惯。", "What the patient has said; it comes before what they are used to."))
                    @if let Some(said) = &p.said { " " (said.set_by) " · " (lang.day_time(said.set_at, p.clinic.site.tz())) } }
                input type="hidden" name="version" value=(p.input.get("version"));
                (form.select("provider_id", lang.pick("医生", "Provider"), &providers))
                (weekdays(lang, &p.input))
                div class="cols" {
                    (form.text("from_time", lang.pick("最早", "Not before"), TIME))
                    (form.text("until_time", lang.pick("最晚（结束）", "Over by"), TIME))
                }
                div class="acts" {
                    button class="btn pri" type="submit" { (lang.pick("保存", "Save")) }
                    a class="btn" href={ "/find?patient=" (id) } { (icon("search")) (lang.pick("查找时段", "Find a time")) }
                }
            }
        }
    };
    frame.page(lang.pick("约诊偏好", "When and with whom"), "patients", body)
}

fn weekdays(lang: Lang, input: &Input) -> Markup {
    use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    let ticked = input.all("weekdays");
    html! {
        fieldset class="ticks" {
            legend class="lab" { (lang.pick("星期（不选：都可以）", "Weekdays (none: any)")) }
            @for (n, day) in (1..).zip([Mon, Tue, Wed, Thu, Fri, Sat, Sun]) {
                @let value = i32::to_string(&n);
                label class="check" { input type="checkbox" name="weekdays" value=(value) checked[ticked.contains(&value.as_str())]; (lang.weekday(day)) }
            }
        }
    }
}
