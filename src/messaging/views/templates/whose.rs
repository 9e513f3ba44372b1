//! With whose data the previews are made, and a test to oneself.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::Sheet;
use crate::patients::PatientId;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;

/// A patient to pick: row, name, chart number.
type Picked = (PatientId, String, String);

/// With whose data the previews are made.
#[derive(Default)]
pub(in crate::messaging) struct With {
    /// The search as it was typed.
    pub query: String,
    /// Whom it found.
    pub found: Vec<Picked>,
    /// Whose previews these are; none: a made-up patient's.
    pub patient: Option<Picked>,
    /// Signs that patient for the previews made while somebody types.
    pub token: String,
    /// Whether a visit or recall of theirs stands behind the values.
    pub real: bool,
    /// The variables in Chinese and in English.
    pub values: [Map<String, Value>; 2],
}

impl With {
    pub(super) fn values(&self, language: Lang) -> &Map<String, Value> {
        let [zh, en] = &self.values;
        language.pick(zh, en)
    }
}

/// Whose data the previews show: somebody made up, or a patient found by name or chart number. What is typed below goes along
/// where scripts run.
pub(super) fn whose(lang: Lang, sheet: &Sheet<'_>) -> Markup {
    let (with, url) = (&sheet.with, format!("/templates/{}/preview", sheet.head.code));
    let is = |id: PatientId| with.patient.as_ref().is_some_and(|(p, ..)| *p == id);
    html! {
        section class="card pad" aria-labelledby="whose-h" {
            h2 id="whose-h" { (lang.pick("用真实患者预览", "Preview with a real patient")) }
            form method="post" action=(url) class="stack" role="search" aria-labelledby="whose-h"
                hx-post=(url) hx-include="#tpl" hx-target="#tpl-all" hx-select="#tpl-all" hx-swap="outerHTML" {
                div class="field" {
                    label for="tpl-q" { (lang.pick("姓名或病历号", "Name or chart number")) }
                    input class="inp" id="tpl-q" name="q" type="search" autocomplete="off" value=(with.query);
                }
                @if !with.found.is_empty() || with.patient.is_some() {
                    input type="hidden" name="found_by" value=(with.query);
                    fieldset class="stack" {
                        legend { (lang.pick("预览用谁", "Whose preview")) }
                        label class="check" { input type="radio" name="as" value="" checked[with.patient.is_none()]; " " (lang.pick("示例患者", "A sample patient")) }
                        @for (id, name, chart_no) in with.found.iter().chain(with.patient.iter().filter(|(id, ..)| !with.found.iter().any(|(f, ..)| f == id))) {
                            label class="check" { input type="radio" name="as" value=(id) checked[is(*id)]; " " (name) " " small { (chart_no) } }
                        }
                    }
                } @else if !with.query.is_empty() {
                    p class="sub" { (lang.pick("没有找到", "Nobody found")) }
                }
                @if with.patient.is_some() {
                    p class="sub" {
                        @if with.real { (lang.pick("就诊信息取自该患者的预约或记录；链接是示例。", "What is told of a visit is the patient's own; the link is a sample.")) }
                        @else { (lang.pick("该患者没有这类消息要说的就诊：姓名和称呼是真实的，其余是示例。", "The patient has no visit that such a message would be about: name and title are real, the rest is a sample.")) }
                    }
                }
                p { button class="btn" type="submit" { (icon("search")) (lang.pick("查找并预览", "Find and preview")) } }
            }
        }
    }
}

/// Sends the saved text to one's own telephone or mailbox.
pub(super) fn try_out(lang: Lang, code: &str, (input, faults): (&Input, &Faults)) -> Markup {
    let form = Form { lang, input, faults };
    html! {
        section class="card pad" aria-labelledby="test-h" {
            h2 id="test-h" { (lang.pick("试发给自己", "Send a test to yourself")) }
            p class="sub" { (lang.pick("把已保存的文字连同示例内容马上发给您自己，标明“测试”，不含任何患者的信息。结果见“消息”页。", "Sends the saved text with sample values to yourself, at once and marked as a test; nothing of a patient is in it. What became of it is on the Messages page.")) }
            form method="post" action={ "/templates/" (code) "/test" } class="stack" {
                (form.not_sent())
                (form.text("to", lang.pick("自己的手机号或邮箱", "Your mobile number or email"), Kind { required: true, ..Kind::default() }))
                (form.select("language", lang.pick("语言", "Language"), &[("zh", "中文"), ("en", "English")]))
                p { button class="btn" type="submit" { (icon("send")) (lang.pick("试发", "Send a test")) } }
            }
        }
    }
}
