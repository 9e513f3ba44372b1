//! What happened before, shown unasked when a patient is found, booked or checked in (clinic.md R5).

use chrono::NaiveDate;
use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::suggest::Half;
use crate::clinic::{Provider, Service};
use crate::patients::{Patient, PatientId};
use crate::platform::clock::Instant;
use crate::platform::i18n::Lang;
use crate::platform::web::icon;
use crate::records::VisitSummary;

/// What is shown.
pub struct History<'a> {
    /// Reader's language.
    pub lang: Lang,
    /// The site's zone.
    pub zone: Tz,
    /// Visits so far.
    pub count: i64,
    /// The latest of them.
    pub visits: &'a [VisitSummary],
    /// What the patient has said of when and with whom they like to come; empty: nothing.
    pub said: String,
    /// Who treated last.
    pub usual: Option<&'a Provider>,
    /// When they mostly come.
    pub half: Option<Half>,
    /// How often the patient did not come.
    pub no_shows: i64,
    /// How often the patient cancelled, those who will call again not counted.
    pub cancelled: i64,
    /// The next visit, if one is planned.
    pub next: Option<Instant>,
    /// What the patient is due for, and when.
    pub due: Option<(&'a Service, NaiveDate)>,
    /// Whose.
    pub patient: &'a Patient,
}

/// The box.
pub fn history(h: &History<'_>) -> Markup {
    let lang = h.lang;
    html! {
        section class="hist" aria-label=(lang.pick("就诊历史", "History")) {
            div class="h" {
                b { (icon("history")) " "
                    @if h.count == 0 { (lang.pick("初诊", "First visit")) }
                    @else { (lang.pick(format!("老患者 · 第 {} 次", h.count + 1), format!("Returning · visit {}", h.count + 1))) }
                }
                @if h.no_shows > 0 { span class="chip bad" { (lang.pick(format!("爽约 {} 次", h.no_shows), format!("{} no-shows", h.no_shows))) } }
                @if h.cancelled > 0 { span class="chip warn" { (lang.pick(format!("取消 {} 次", h.cancelled), format!("{} cancelled", h.cancelled))) } }
            }
            @if let Some(next) = h.next { p class="chip info" { (icon("calendar-days")) (lang.pick("已有预约：", "Next visit: ")) (lang.day_time(next, h.zone)) } }
            @if let Some((service, on)) = h.due { p class="chip warn" { (icon("bell-ring")) (lang.pick("复诊到期：", "Recall due: ")) (service.name_in(lang)) " · " (lang.date(on)) } }
            ol { @for v in h.visits { (row(v, lang)) } }
            (preferences(h))
        }
    }
}

/// What is next in the patient's treatment plan, above what happened before.
pub fn with_plan(lang: Lang, planned: Option<(String, PatientId)>, history: &Markup) -> Markup {
    html! {
        @if let Some((next, patient)) = planned {
            div class="hist" { p { (icon("clipboard-list")) " " a href={ "/patients/" (patient) "/plan" } { (lang.pick("计划", "Plan")) } (lang.pick("：", ": ")) b { (next) } } }
        }
        (history)
    }
}

/// Two lines a visit: what it was, and what was advised next.
fn row(v: &VisitSummary, lang: Lang) -> Markup {
    let what = [v.service_in(lang), v.diagnosis.as_str(), v.treatments.as_str()];
    let what: Vec<&str> = what.into_iter().filter(|t| !t.is_empty()).collect();
    let day = v.next_visit_day.map(|d| lang.date(d)).unwrap_or_default();
    let next = [v.next_visit.as_str(), day.as_str()];
    let next: Vec<&str> = next.into_iter().filter(|t| !t.is_empty()).collect();
    html! {
        li {
            span class="d" { (lang.date(v.day)) " · " (v.provider_in(lang)) }
            b class="one" title=(what.join(" · ")) { (what.join(" · ")) }
            @if !v.advice.is_empty() { span class="d one" title=(v.advice) { (lang.pick("医嘱：", "Advice: ")) (v.advice) } }
            @if !next.is_empty() { span class="d one" { (lang.pick("下次：", "Next: ")) (next.join(" · ")) } }
        }
    }
}

/// `上午`, `mornings`
pub fn half_name(lang: Lang, half: Half) -> &'static str {
    match half {
        Half::Morning => lang.pick("上午", "mornings"),
        Half::Afternoon => lang.pick("下午", "afternoons"),
    }
}

fn preferences(h: &History<'_>) -> Markup {
    use crate::patients::Channel;
    let lang = h.lang;
    let channel = match h.patient.channel {
        Channel::Sms => lang.pick("短信", "SMS"),
        Channel::Email => lang.pick("邮件", "email"),
        Channel::Phone => lang.pick("电话", "phone"),
        Channel::None => lang.pick("不联系", "no contact"),
    };
    html! {
        p {
            (lang.pick("偏好：", "Prefers: "))
            @if !h.said.is_empty() { b { (h.said) } " · " }
            @if let Some(p) = h.usual { (p.name_in(lang)) " · " }
            @if let Some(half) = h.half { (half_name(lang, half)) " · " }
            (channel)
        }
    }
}
