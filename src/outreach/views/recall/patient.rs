//! `/patients/{id}/recalls`: all recalls of a patient, and the risk that decides on their intervals.

use chrono::NaiveDate;
use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::super::model::{Recall, RecallState, RecallType, Risk};
use super::super::super::store::recalls::{RiskSet, Step};
use super::edit::{state_chip, why_ended};
use crate::patients::Patient;
use crate::platform::i18n::Lang;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// A patient's recalls.
pub struct PatientPage {
    /// Whose.
    pub patient: Patient,
    /// How much at risk.
    pub risk: Option<RiskSet>,
    /// The recalls there are, and why some are not open.
    pub steps: Vec<Step>,
    /// For names and intervals.
    pub types: Vec<RecallType>,
    /// In the site's calendar.
    pub today: NaiveDate,
    /// The site's zone.
    pub zone: Tz,
}

/// `/patients/{id}/recalls`; `may_set`: the reader decides on the risk.
pub fn of_patient(frame: &Frame, page: &PatientPage, may_set: bool) -> Markup {
    let lang = frame.lang;
    let id = page.patient.id;
    let body = html! {
        main id="main" class="plain outreach" {
            p class="crumb" { a href={ "/patients/" (id) } { (icon("chevron-left")) (page.patient.name) } }
            @if frame.query.split('&').any(|p| p == "saved=1") { div class="banner info" role="status" { (icon("circle-check")) (lang.pick("已保存，复诊日期已重新计算。", "Saved. The recalls were worked out anew.")) } }
            section class="card pad stack" aria-labelledby="risk-h" {
                h2 id="risk-h" { (lang.pick("风险", "Risk")) }
                (risk(lang, page, may_set))
            }
            section class="card pad" aria-labelledby="rec-h" {
                h2 id="rec-h" { (lang.pick("复诊", "Recalls")) }
                (recalls(lang, page))
            }
        }
    };
    frame.page(lang.pick("患者的复诊提醒", "Recalls of a patient"), "patients", body)
}

fn risk(lang: Lang, page: &PatientPage, may_set: bool) -> Markup {
    let set = page.risk.as_ref();
    let now = set.map_or(Risk::Normal, |k| k.risk);
    html! {
        p class="hint" { (lang.pick("决定多久提醒一次复诊。", "Decides how often the patient is recalled."))
            @if let Some(k) = set { " " (lang.pick(format!("{}设为", k.set_by), format!("{} set: ", k.set_by))) b { (k.risk.name().get(lang)) } " · " (lang.day_time(k.set_at, page.zone)) } }
        @if may_set {
            form method="post" action={ "/patients/" (page.patient.id) "/risk" } class="stack" {
                input type="hidden" name="version" value=(set.map_or(0, |k| k.version));
                fieldset {
                    legend class="lab" { (lang.pick("复诊风险", "Risk")) }
                    div class="opts" { @for risk in Risk::ALL { label class="opt" {
                        input type="radio" name="risk" value=(risk) checked[*risk == now];
                        span { (risk.name().get(lang)) }
                    } } }
                }
                div class="acts" { button class="btn pri" type="submit" { (lang.pick("保存风险", "Save the risk")) } }
            }
        } @else { p { (now.name().get(lang)) } }
    }
}

fn recalls(lang: Lang, page: &PatientPage) -> Markup {
    let rows: Vec<_> = page
        .steps
        .iter()
        .filter_map(|s| s.row.as_ref().map(|r| (s, r)))
        .collect();
    let [service, due, state, note, actions] = lang.pick(
        ["项目", "到期", "状态", "备注", "操作"],
        ["Type", "Due", "State", "Note", "Action"],
    );
    let name = |r: &Recall| {
        let kind = page.types.iter().find(|t| t.service == r.service_id);
        kind.map_or("", |k| k.name_in(lang)).to_owned()
    };
    html! {
        @if rows.is_empty() { p { (lang.pick("没有复诊提醒。完成就诊后自动产生。", "No recalls. A finished visit makes them.")) } } @else {
            table class="rtab" {
                thead { tr { @for h in [service, due, state, note, actions] { th scope="col" { (h) } } } }
                tbody { @for (step, r) in rows { tr {
                    th scope="row" { (name(r)) }
                    td data-l=(due) { @if r.state == RecallState::Due { (lang.date(r.due_on)) } @else { "–" } }
                    td data-l=(state) { (state_chip(lang, r, page.today))
                        @if let Some(why) = step.ended.filter(|_| r.state == RecallState::Ended) { " " (why_ended(lang, why, &page.types)) } }
                    td data-l=(note) { (r.reason) @if !r.reason.is_empty() && !r.note.is_empty() { " · " } (r.note) @if r.reason.is_empty() && r.note.is_empty() { "–" } }
                    td data-l=(actions) { a class="btn sm" href={ "/recall/" (r.id) } { (icon("pencil")) (lang.pick("修改", "Edit")) span class="vh" { (lang.pick("：", ": ")) (name(r)) } } }
                } } }
            }
        }
    }
}
