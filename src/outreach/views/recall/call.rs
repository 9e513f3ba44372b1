//! `/recall/{id}/call`: the result of a call.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::super::super::model::{CallResult, Recall};
use super::super::super::store::recalls::Member;
use super::book_link;
use super::family::together_link;
use crate::clinic::Service;
use crate::patients::Patient;
use crate::platform::i18n::{Lang, phone_for_people};
use crate::platform::web::form::{Form, Kind};
use crate::platform::web::icon;
use crate::platform::web::keys::Key;
use crate::platform::web::layout::{Frame, Own};

/// What the keyboard does at a call.
const CALL_KEYS: &[Key] = &[("1 – 5", "选择结果", "Choose the result")];

/// A recall that is being called about.
pub struct CallPage {
    /// The recall.
    pub recall: Recall,
    /// Who.
    pub patient: Patient,
    /// For what.
    pub service: Service,
    /// The others at the same number who are due.
    pub family: Vec<Member>,
    /// In the site's calendar.
    pub today: NaiveDate,
}

/// `/recall/{id}/call`
pub fn call_form(frame: &Frame, call: &CallPage, form: Form<'_>) -> Markup {
    let lang = frame.lang;
    let recall = &call.recall;
    let body = html! {
        main id="main" class="plain outreach" {
            form class="card pad stack" method="post" action={ "/recall/" (recall.id) "/call" } {
                (form.summary())
                h2 { (call.patient.name) " · " (call.service.name_in(lang)) }
                p { (lang.pick("到期：", "Due: ")) (lang.date(recall.due_on)) @if let Some(last) = recall.last_result_text() { " · " (last.get(lang)) } }
                @match &call.patient.phone {
                    Some(phone) => p { a class="btn pri" href={ "tel:" (phone) } { (icon("phone")) (phone_for_people(phone)) } },
                    None => p { (lang.pick("没有手机号", "No mobile number")) },
                }
                input type="hidden" name="version" value=(form.input.get("version"));
                fieldset id="f-result" tabindex="-1" {
                    legend class="lab" { (lang.pick("结果", "Result")) }
                    div class="opts" { @for (n, result) in (1..).zip(CallResult::ALL) {
                        label class="opt" {
                            input type="radio" name="result" value=(result.as_str()) checked[form.input.get("result") == result.as_str()] required data-key=(n);
                            span { (result.name().get(lang)) }
                        }
                    } }
                    (form.fault("result"))
                }
                (form.text("later", lang.pick("改日再打：哪天", "Call later: on which day"), Kind { kind: "date", ..Kind::default() }))
                @for member in &call.family { (also(form, member)) }
                div class="acts" {
                    button class="btn pri" type="submit" { (lang.pick("保存", "Save")) }
                    a class="btn" href=(book_link(recall, None, call.today)) { (icon("calendar-plus")) (lang.pick("预约", "Book")) }
                    @if !call.family.is_empty() { a class="btn" href=(together(call)) { (icon("users")) (lang.pick("一起约", "Book the family")) } }
                    a class="btn" href="/recall" { (lang.pick("返回", "Back")) }
                }
            }
        }
    };
    let own = Own {
        scripts: &["recall.js"],
        keys: CALL_KEYS,
    };
    frame.page_with(lang.pick("复诊电话", "Recall call"), "recall", own, html! {}, body)
}

fn together(call: &CallPage) -> String {
    let all = std::iter::once(&call.recall).chain(call.family.iter().map(|m| &m.recall));
    together_link(all, call.today)
}

/// Another of the family who can be spoken about in the same call.
fn also(form: Form<'_>, member: &Member) -> Markup {
    let (lang, r) = (form.lang, &member.recall);
    let field = |name: &str| format!("{name}-{}", r.id);
    let (result, later) = (field("result"), field("later"));
    let service = lang.pick(&member.service.0, &member.service.1);
    html! {
        fieldset id={ "f-" (result) } tabindex="-1" {
            legend class="lab" { (icon("users")) " " (member.name) " · " (service) " · " (lang.pick("到期：", "Due: ")) (lang.date(r.due_on)) }
            input type="hidden" name="member" value=(r.id);
            input type="hidden" name=(field("version")) value=(form.input.get(&field("version")));
            div class="opts" {
                (option(&result, "", lang.pick("没有谈到", "Not spoken about"), form.input.get(&result).is_empty()))
                @for r in CallResult::ALL { (option(&result, r.as_str(), r.name().get(lang), form.input.get(&result) == r.as_str())) }
            }
            (form.fault(&result))
            (form.text(&later, &named(lang, &member.name), Kind { kind: "date", ..Kind::default() }))
        }
    }
}

fn named(lang: Lang, name: &str) -> String {
    lang.pick(
        format!("{name}：改日再打，哪天"),
        format!("{name}: call later, on which day"),
    )
}

fn option(name: &str, value: &str, text: &str, checked: bool) -> Markup {
    html! { label class="opt" { input type="radio" name=(name) value=(value) checked[checked]; span { (text) } } }
}
