//! Markup of patients: what pages and fragments share.

mod form;
mod list;
mod record;

pub(super) use form::{FormPage, similar};
pub(super) use list::{list, pick};
pub(super) use record::{Record, record};

use chrono::NaiveDate;
use maud::{Markup, html};

use super::model::{Patient, Sex};
use crate::platform::i18n::Lang;
use crate::platform::web::assets::icon_class;

/// `女 34`, `女 34 岁`: sex and age in few characters.
fn sex_and_age(lang: Lang, p: &Patient, today: NaiveDate) -> String {
    let sex = match p.sex {
        Sex::Female => lang.pick("女", "F"),
        Sex::Male => lang.pick("男", "M"),
        Sex::Unknown => "",
    };
    match p.age_on(today) {
        Some(age) => format!("{sex} {age}").trim().to_owned(),
        None => sex.to_owned(),
    }
}

/// Star and warning sign beside a name, with words for screen readers.
fn marks(lang: Lang, p: &Patient) -> Markup {
    html! {
        @if p.vip { (icon_class("star", "vip")) span class="vh" { "VIP" } }
        @if p.has_alert() { (icon_class("triangle-alert", "alert-i")) span class="vh" { (lang.pick("过敏：", "Allergy: ")) (p.allergies) } }
        @if p.deceased { span class="chip" { (lang.pick("已故", "Deceased")) } }
    }
}
