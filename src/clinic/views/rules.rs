//! How a service is booked: a folded part of its form.

use maud::{Markup, html};

use super::super::model::{BookingRules, GRIDS, Parts, ProviderKind};
use super::super::pages::RULE_FIELDS;
use super::fields::{hinted, suggested};
use super::services::Sheet;
use super::{LINE, NEEDED_NUMBER, NUMBER};
use crate::platform::i18n::Lang;
use crate::platform::web::form::Form;
use crate::platform::web::icon;

/// Height of the picture of the parts, in its own units.
const HEIGHT: i32 = 10;

/// The part; open when it holds a fault or something is asked.
pub(super) fn part(form: &Form<'_>, sheet: &Sheet, asked: bool) -> Markup {
    let lang = form.lang;
    let wrong = RULE_FIELDS.iter().any(|name| form.faults.of(name).is_some());
    html! {
        details class="more" open[wrong || asked] {
            summary { b { (lang.pick("预约规则", "Booking rules")) } " · " (words(lang, &sheet.rules)) }
            div class="stack" {
                div class="pair" { (place(form, sheet)) }
                p class="hint" { (icon("info")) " " (lang.pick(
                    "医生一人管两台椅：椅位占用全程，医生只在自己的时段里被占用。例如 40 分钟的项目写 0-10, 30-40：打麻药和收尾需要医生，中间 20 分钟他可以看另一台椅的患者。",
                    "A dentist runs two chairs: the chair is taken all the time, the dentist in their parts only. With 0-10, 30-40 for a visit of 40 minutes they are needed for the injection and for the end, and see somebody in another chair for the 20 minutes between.",
                )) }
                (picture(form))
                div class="pair" { (people(form)) }
                div class="pair" { (limits(form)) }
                (form.tick("online", lang.pick("患者可在网上自己预约", "Patients may book it themselves online")))
                div class="pair" { (ahead(form)) }
            }
        }
    }
}

/// What is unusual about the stored rules.
fn words(lang: Lang, rules: &BookingRules) -> String {
    let mut said = vec![lang.pick(
        format!("每 {} 分钟一格", rules.grid_minutes),
        format!("every {} minutes", rules.grid_minutes),
    )];
    if !rules.chair_kind.is_empty() {
        said.push(lang.pick(
            format!("椅位：{}", rules.chair_kind),
            format!("chair: {}", rules.chair_kind),
        ));
    }
    if !rules.provider_parts.0.is_empty() {
        said.push(lang.pick("医护分段".into(), "provider in parts".into()));
    }
    if let Some(kind) = rules.second_kind {
        let name = kind.name();
        said.push(lang.pick(format!("另需{}", name.zh), format!("with a {}", name.en.to_lowercase())));
    }
    if let Some(most) = rules.per_day_max {
        said.push(lang.pick(format!("每天最多 {most} 个"), format!("at most {most} a day")));
    }
    if rules.online {
        said.push(lang.pick("网上可约".into(), "online".into()));
    }
    said.join(" · ")
}

fn place(form: &Form<'_>, sheet: &Sheet) -> Markup {
    let lang = form.lang;
    let grids = GRIDS.map(|g| (g.to_string(), lang.pick(format!("{g} 分钟"), format!("{g} minutes"))));
    let kind = lang.pick(
        ("需要的椅位类型", "空：医护人员自己的椅位。可选已有类型，也可输入新的。"),
        (
            "Kind of chair it needs",
            "Empty: the provider's own. Choose one that chairs have, or type a new one.",
        ),
    );
    let parts = lang.pick(
        ("何时需要医护人员", "从开始起的分钟，例如 0-10, 30-40；空：全程"),
        (
            "When the provider is needed",
            "Minutes from the start, such as 0-10, 30-40; empty: all the time",
        ),
    );
    html! {
        (form.select("grid", lang.pick("开始时间的间隔", "Starts every"), &grids))
        (suggested(form, "chair_kind", kind, &sheet.chair_kinds))
        (hinted(form, "provider_parts", parts, LINE))
    }
}

fn people(form: &Form<'_>) -> Markup {
    let lang = form.lang;
    let mut kinds = vec![("", lang.pick("（不需要）", "(nobody)").to_owned())];
    kinds.extend(
        ProviderKind::ALL
            .iter()
            .map(|k| (k.as_str(), k.name().get(lang).to_owned())),
    );
    let parts = lang.pick(
        ("何时需要这位", "写法同上；空：患者在椅的全程"),
        (
            "When they are needed",
            "Written as above; empty: as long as the patient is there",
        ),
    );
    html! {
        (form.select("second_kind", lang.pick("还需要谁配合", "Who else is needed"), &kinds))
        (hinted(form, "second_parts", parts, LINE))
    }
}

fn limits(form: &Form<'_>) -> Markup {
    let label = form.lang.pick(
        "每人每天最多几个（空：不限）",
        "At most so many a day for each provider (empty: any)",
    );
    form.text("per_day_max", label, NUMBER)
}

fn ahead(form: &Form<'_>) -> Markup {
    let lang = form.lang;
    let units = [
        ("hours", lang.pick("小时", "hours")),
        ("minutes", lang.pick("分钟", "minutes")),
    ];
    html! {
        (form.text("notice", lang.pick("网上至少提前", "Online: at least so long ahead"), NEEDED_NUMBER))
        (form.select("notice_unit", lang.pick("单位", "Unit"), &units))
        (form.text("horizon_days", lang.pick("网上最多提前几天", "Online: at most so many days ahead"), NEEDED_NUMBER))
    }
}

/// The parts as bars over the length of the visit, as far as they can be read.
fn picture(form: &Form<'_>) -> Markup {
    let lang = form.lang;
    let minutes: i32 = form.input.get("minutes").parse().unwrap_or(0);
    let read = |field| Parts::parse(form.input.get(field)).ok().filter(|p| p.end() <= minutes);
    let second = Some(form.input.get("second_kind")).filter(|kind| !kind.is_empty());
    html! {
        @if (1..=480).contains(&minutes) {
            div class="parts" {
                @if let Some(parts) = read("provider_parts") { (bar(lang, lang.pick("医护人员", "Provider"), &parts, minutes)) }
                @if let Some(parts) = second.and_then(|_| read("second_parts")) { (bar(lang, lang.pick("配合", "Second person"), &parts, minutes)) }
            }
        }
    }
}

fn bar(lang: Lang, whose: &str, parts: &Parts, minutes: i32) -> Markup {
    let said = match parts.0.is_empty() {
        true => lang.pick("全程".to_owned(), "all the time".to_owned()),
        false => parts.show().replace(',', ", "),
    };
    html! {
        span { (whose) " " small { (said) " / " (minutes) } }
        svg viewBox={ "0 0 " (minutes) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-label={ (whose) ": " (said) } {
            @if parts.0.is_empty() { rect x="0" y="0" width=(minutes) height=(HEIGHT) {} }
            @for p in &parts.0 { rect x=(p.from) y="0" width=(p.until - p.from) height=(HEIGHT) {} }
        }
    }
}
