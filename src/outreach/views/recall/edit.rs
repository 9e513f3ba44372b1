//! `/recall/{id}`: what people set of a recall.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::super::super::model::{Ended, Recall, RecallState, RecallType, Risk, Undo};
use super::super::super::store::recalls::RiskSet;
use super::book_link;
use super::types::interval_fields;
use crate::clinic::ProviderId;
use crate::patients::Patient;
use crate::platform::i18n::{Lang, Text};
use crate::platform::web::form::{Form, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// A recall with what it is worked out from.
pub struct EditPage {
    /// The recall.
    pub recall: Recall,
    /// Whose.
    pub patient: Patient,
    /// Its type.
    pub kind: RecallType,
    /// The patient's risk.
    pub risk: Option<RiskSet>,
    /// Day of the visit it counts from.
    pub last_visit: Option<NaiveDate>,
    /// Who treated then.
    pub provider: Option<ProviderId>,
    /// Why it is not open.
    pub ended: Option<Ended>,
    /// For names.
    pub types: Vec<RecallType>,
    /// In the site's calendar.
    pub today: NaiveDate,
}

const DATE: Kind = Kind {
    kind: "date",
    required: false,
    autocomplete: "",
    inputmode: "",
};

/// `/recall/{id}`
pub fn edit(frame: &Frame, page: &EditPage, form: Form<'_>, stale: Option<&Text>) -> Markup {
    let (lang, r) = (frame.lang, &page.recall);
    let body = html! {
        main id="main" class="plain outreach" {
            p class="crumb" { a href={ "/patients/" (r.patient_id) "/recalls" } { (icon("chevron-left")) (page.patient.name) (lang.pick("的复诊", ": recalls")) } }
            (told(frame, page))
            form class="card pad stack" method="post" action={ "/recall/" (r.id) } {
                (form.summary())
                @if let Some(text) = stale { div class="banner bad" role="alert" tabindex="-1" autofocus { (icon("triangle-alert")) (text.get(lang)) } }
                h2 { (page.patient.name) " · " (page.kind.name_in(lang)) }
                (facts(lang, page))
                input type="hidden" name="version" value=(form.input.get("version"));
                (form.text("due_on", lang.pick("到期日（空：按计算）", "Due on (empty: as worked out)"), DATE))
                (interval_fields(&form, "own", lang.pick("该患者自己的间隔（空：按类型）", "An interval of this patient’s own (empty: as the type says)")))
                (form.text("paused_until", lang.pick("暂停到（空：不暂停）", "Paused until (empty: not paused)"), DATE))
                (form.tick("off", lang.pick("停用：不再提醒，就诊后也不恢复", "Off: no more reminders, not after a visit either")))
                @if r.state == RecallState::Declined || form.input.ticked("declined") { (form.tick("declined", lang.pick("患者不需要", "The patient does not want it"))) }
                (form.text("reason", lang.pick("暂停或停用的原因", "Why it is paused or off"), Kind::default()))
                (form.area("note", lang.pick("备注", "Note"), 2))
                div class="acts" {
                    button class="btn pri" type="submit" { (lang.pick("保存", "Save")) }
                    a class="btn" href=(book_link(r, page.provider, page.today)) { (icon("calendar-plus")) (lang.pick("预约", "Book")) }
                    a class="btn" href={ "/patients/" (r.patient_id) "/recalls" } { (lang.pick("返回", "Back")) }
                }
            }
        }
    };
    frame.page(lang.pick("修改复诊提醒", "Recall"), "recall", body)
}

fn told(frame: &Frame, page: &EditPage) -> Markup {
    let (lang, r) = (frame.lang, &page.recall);
    let asked = |word: &str| frame.query.split('&').any(|p| p == word);
    html! {
        @if asked("saved=1") {
            div class="banner info" role="status" { (icon("circle-check")) (lang.pick("已保存。", "Saved. "))
                @if Undo::of(r).is_some() { form class="inline" method="post" action={ "/recall/" (r.id) "/undo" } {
                    input type="hidden" name="version" value=(r.version);
                    button class="btn sm" type="submit" { (icon("undo-2")) (lang.pick("撤销", "Undo")) }
                } }
            }
        } @else if asked("undone=1") { div class="banner info" role="status" { (icon("undo-2")) (lang.pick("已撤销。", "Undone.")) } }
        @else if asked("same=1") { div class="banner info" role="status" { (icon("info")) (lang.pick("没有改动", "Nothing had changed")) } }
    }
}

/// How it stands, and what it was worked out from.
fn facts(lang: Lang, page: &EditPage) -> Markup {
    let r = &page.recall;
    let risk = page.risk.as_ref().map_or(Risk::Normal, |k| k.risk);
    let own = r.own();
    let interval = own.or(page.kind.interval(risk));
    html! {
        dl class="kv" {
            dt { (lang.pick("到期", "Due")) } dd { b { (lang.date(r.due_on)) } " " (state_chip(lang, r, page.today)) }
            dt { (lang.pick("计算", "Worked out")) } dd {
                (lang.date(r.calculated_on))
                @if let (Some(day), Some(interval)) = (page.last_visit, interval) {
                    (lang.pick("：", ": ")) (lang.pick("上次 ", "last visit ")) (lang.date(day)) " + " (interval.text().get(lang))
                    @if own.is_some() { (lang.pick("（自定）", " (own)")) } @else if risk != Risk::Normal { (lang.pick("（", " (")) (risk.name().get(lang)) (lang.pick("）", ")")) }
                }
            }
            @if let Some(why) = page.ended.filter(|_| r.state == RecallState::Ended) { dt { (lang.pick("原因", "Why")) } dd { (why_ended(lang, why, &page.types)) } }
        }
    }
}

/// Open, paused, declined, off or ended.
pub(super) fn state_chip(lang: Lang, r: &Recall, today: NaiveDate) -> Markup {
    let (class, text) = match r.state {
        RecallState::Due if r.is_paused(today) => ("chip warn", lang.pick("已暂停", "Paused")),
        RecallState::Due if r.edited_on.is_some() => ("chip", lang.pick("手工设定", "Set by hand")),
        RecallState::Due => ("chip ok", lang.pick("按计算", "As worked out")),
        RecallState::Declined => ("chip", lang.pick("患者不需要", "Declined")),
        RecallState::Off => ("chip bad", lang.pick("已停用", "Off")),
        RecallState::Ended => ("chip", lang.pick("不适用", "Not called for")),
    };
    html! { span class=(class) { (text) } }
}

/// Why a recall is not called for.
pub(super) fn why_ended(lang: Lang, why: Ended, types: &[RecallType]) -> String {
    match why {
        Ended::Replaced(by) => {
            let name = types.iter().find(|t| t.service == by).map_or("", |t| t.name_in(lang));
            lang.pick(format!("由“{name}”代替"), format!("“{name}” goes before it"))
        }
        Ended::Age => lang
            .pick("不在该类型的年龄范围内", "Not for the patient’s age")
            .to_owned(),
        Ended::NoInterval => lang
            .pick("该项目不再提醒复诊", "Nobody is recalled for this service")
            .to_owned(),
        Ended::NoVisit => lang.pick("没有相应的就诊", "There is no visit for it").to_owned(),
    }
}
