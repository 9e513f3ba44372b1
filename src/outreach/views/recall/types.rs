//! `/settings/recall`: how recalls are worked out; a part of the settings.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::super::actions::Foreseen;
use super::super::super::model::{Interval, RecallType};
use super::super::super::store::recalls::Progress;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page, up_to_settings};

const NUMBER: Kind = Kind {
    kind: "",
    required: false,
    autocomplete: "",
    inputmode: "numeric",
};

/// All types.
pub struct TypesPage {
    /// One for each service.
    pub types: Vec<RecallType>,
    /// How far a recalculation has come.
    pub progress: Progress,
    /// The site's zone.
    pub zone: Tz,
    /// The last change of the family's days.
    pub last: Option<AuditEntry>,
}

/// One type.
pub struct TypePage {
    /// The type.
    pub kind: RecallType,
    /// All of them.
    pub types: Vec<RecallType>,
    /// The site's zone.
    pub zone: Tz,
    /// The last change.
    pub last: Option<AuditEntry>,
}

fn title(lang: Lang) -> &'static str {
    lang.pick("复诊类型", "Recall types")
}

/// `/settings/recall`
pub fn types(frame: &Frame, page: &TypesPage, (input, faults): (&Input, &Faults)) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let section = Section {
        frame,
        key: "family",
        title: lang.pick("家庭一起提醒", "Families together"),
        zone: page.zone,
        last: page.last.as_ref(),
    };
    let (used, rest): (Vec<_>, Vec<_>) = page.types.iter().partition(|t| t.recalls() || t.version > 0);
    let body = html! {
        @if page.progress.reached.is_some() { p class="banner info" role="status" { (icon("refresh-cw")) (lang.pick("正在按新的设置重新计算复诊日期。", "Recalls are being worked out anew by the new settings.")) } }
        section class="card sec" aria-labelledby="t-h" {
            h2 id="t-h" { (title(lang)) }
            p class="hint" { (lang.pick("完成相应就诊后，经过间隔即到期；没有人修改的到期日随设置变化。间隔在服务项目里修改。", "Due an interval after a visit that starts it; days that nobody has edited follow these settings. The usual interval is changed in the service.")) }
            (table(lang, &used, &page.types))
            @if !rest.is_empty() {
                details { summary { (lang.pick("不提醒复诊的项目", "Services without recall")) " · " (rest.len()) }
                    ul class="lines" { @for t in rest { li { a href={ "/settings/recall/" (t.service) } { (t.name_in(lang)) } } } } }
            }
        }
        (section.draw(&html! {
            p class="hint" { (lang.pick("同一手机号的家人，若在这些天内也到期，就一起提醒。", "Patients with the same mobile number who are due within so many days are told along.")) }
            form method="post" action="/settings/recall" class="stack" {
                (form.summary())
                input type="hidden" name="version" value=(input.get("version"));
                (form.text("family_days", lang.pick("几天内到期的家人", "Due within days"), NUMBER))
                p { button class="btn pri" type="submit" { (lang.pick("保存", "Save")) } }
            }
        }))
    };
    settings_page(frame, title(lang), up_to_settings(lang), &body)
}

fn table(lang: Lang, used: &[&RecallType], all: &[RecallType]) -> Markup {
    let heads = lang.pick(
        ["项目", "间隔", "年龄", "互斥组", "由哪些就诊开始"],
        ["Type", "Interval", "Age", "Exclusive group", "Started by"],
    );
    let [_, interval, age, group, by] = heads;
    html! {
        @if used.is_empty() { p { (lang.pick("还没有项目提醒复诊。", "No service is recalled yet.")) } } @else {
            table class="tab" {
                thead { tr { @for h in heads { th scope="col" { (h) } } } }
                tbody { @for t in used { tr {
                    th scope="row" { a href={ "/settings/recall/" (t.service) } { (t.name_in(lang)) } }
                    td data-l=(interval) { (intervals(lang, t)) }
                    td data-l=(age) { (ages(lang, t)) }
                    td data-l=(group) { @if t.exclusive.is_empty() { "–" } @else { (t.exclusive) " · " (t.rank) } }
                    td data-l=(by) { (started_by(lang, t, all)) }
                } } }
            }
        }
    }
}

fn intervals(lang: Lang, t: &RecallType) -> String {
    let named =
        |name: &str, i: Option<Interval>| i.map(|i| format!("{name}{}{}", lang.pick("：", ": "), i.text().get(lang)));
    let parts = [
        t.normal.map(|i| i.text().get(lang).to_owned()),
        named(lang.pick("高风险", "high risk"), t.high),
        named(lang.pick("低风险", "low risk"), t.low),
    ];
    match parts.into_iter().flatten().collect::<Vec<_>>() {
        none if none.is_empty() => "–".to_owned(),
        parts => parts.join(lang.pick("；", "; ")),
    }
}

fn ages(lang: Lang, t: &RecallType) -> String {
    match (t.age_from, t.age_until) {
        (None, None) => lang.pick("不限", "any").to_owned(),
        (Some(from), None) => lang.pick(format!("满 {from} 岁"), format!("from {from}")),
        (None, Some(until)) => lang.pick(format!("未满 {until} 岁"), format!("under {until}")),
        (Some(from), Some(until)) => lang.pick(format!("{from} 到 {until} 岁前"), format!("{from} to under {until}")),
    }
}

fn started_by(lang: Lang, t: &RecallType, all: &[RecallType]) -> String {
    let names = all.iter().filter(|other| t.is_triggered_by(other.service));
    names
        .map(|other| other.name_in(lang))
        .collect::<Vec<_>>()
        .join(lang.pick("、", ", "))
}

/// `/settings/recall/{id}`
pub fn type_form(frame: &Frame, page: &TypePage, form: Form<'_>, ask: Option<Foreseen>) -> Markup {
    let (lang, t) = (frame.lang, &page.kind);
    let section = Section {
        frame,
        key: "type",
        title: lang.pick("怎样计算", "How it is worked out"),
        zone: page.zone,
        last: page.last.as_ref(),
    };
    let usual = t.normal.map(|i| i.text().get(lang).to_owned());
    let usual = usual.unwrap_or_else(|| lang.pick("不提醒", "none").to_owned());
    let body = section.draw(&html! {
        p { (lang.pick("通常的间隔：", "Usual interval: ")) b { (usual) } " · " a href={ "/settings/services/" (t.service) } { (lang.pick("在服务项目里修改", "changed in the service")) } }
        form method="post" action={ "/settings/recall/" (t.service) } class="stack" {
            (form.summary())
            input type="hidden" name="version" value=(form.input.get("version"));
            (interval_fields(&form, "high", lang.pick("高风险患者的间隔（空：与通常相同）", "Interval at high risk (empty: the usual one)")))
            (interval_fields(&form, "low", lang.pick("低风险患者的间隔（空：与通常相同）", "Interval at low risk (empty: the usual one)")))
            div class="pair" {
                (form.text("age_from", lang.pick("从几岁起（空：不限）", "From age (empty: any)"), NUMBER))
                (form.text("age_until", lang.pick("到几岁为止，不含（空：不限）", "Until below age (empty: any)"), NUMBER))
                (form.text("exclusive", lang.pick("互斥组（空：无）：同组只保留一个", "Exclusive group (empty: none): one of it is open"), Kind::default()))
                (form.text("rank", lang.pick("组内次序：大的优先", "Rank in the group: the highest goes first"), NUMBER))
            }
            (started(&form, page))
            @match ask { Some(foreseen) => (question(lang, foreseen)), None => p { button class="btn pri" type="submit" { (lang.pick("保存", "Save")) } } }
        }
    });
    settings_page(frame, t.name_in(lang), ("/settings/recall", title(lang)), &body)
}

/// Which finished visits start it.
fn started(form: &Form<'_>, page: &TypePage) -> Markup {
    let lang = form.lang;
    let chosen = form.input.all("triggers");
    html! {
        fieldset id="f-triggers" tabindex="-1" {
            legend class="lab" { (lang.pick("由哪些完成的就诊开始", "Visits that start it")) }
            div class="opts" { @for t in &page.types { label class="check" {
                input type="checkbox" name="triggers" value=(t.service) checked[chosen.contains(&t.service.to_string().as_str())];
                " " (t.name_in(lang))
            } } }
            (form.fault("triggers"))
        }
    }
}

/// Months, weeks and days of an interval.
pub(super) fn interval_fields(form: &Form<'_>, name: &str, label: &str) -> Markup {
    let lang = form.lang;
    let units = [
        ("months", lang.pick("月", "Months")),
        ("weeks", lang.pick("周", "Weeks")),
        ("days", lang.pick("天", "Days")),
    ];
    html! {
        fieldset {
            legend class="lab" { (label) }
            div class="cols" { @for (unit, text) in units { (form.text(&format!("{name}_{unit}"), text, NUMBER)) } }
        }
    }
}

/// What would become of the recalls, and the button that saves all the same.
fn question(lang: Lang, e: Foreseen) -> Markup {
    let more = if e.more { lang.pick("以上", " or more") } else { "" };
    html! {
        input type="hidden" name="agreed" value=(e.total());
        div class="banner warn" role="alert" tabindex="-1" autofocus {
            (icon("bell-ring"))
            div {
                b { (lang.pick(format!("将改变 {}{more} 个复诊提醒。尚未保存。", e.total()), format!("{}{more} recalls would change. Not saved yet.", e.total()))) }
                ul {
                    @if e.moved > 0 { li { (e.moved) (lang.pick(" 个改到另一天到期", " due on another day")) } }
                    @if e.begun > 0 { li { (e.begun) (lang.pick(" 个新产生或恢复", " new, or back")) } }
                    @if e.ended > 0 { li { (e.ended) (lang.pick(" 个结束", " ended")) } }
                }
                p { (lang.pick("手工设定的日期不变。", "Days that somebody has set stay.")) }
            }
        }
        p { button class="btn danger" type="submit" { (lang.pick("仍然保存", "Save anyway")) } }
    }
}
