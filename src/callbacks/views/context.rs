//! What stands beside the call: next visit, history, rating, common questions.

use maud::{Markup, html};

use super::super::model::TaskKind;
use super::super::pages::{Call, Desk, day_words};
use super::Typed;
use crate::appointments::Status;
use crate::platform::i18n::Lang;
use crate::platform::web::assets::icon_class;
use crate::platform::web::icon;
use crate::records::VisitSummary;

pub(super) fn context(d: &Desk, c: &Call, typed: &Typed<'_>) -> Markup {
    let lang = d.lang;
    html! {
        aside class="ctx" aria-label=(lang.pick("患者背景", "About the patient")) {
            (next(d, c))
            section {
                h3 { (lang.pick("就诊记录", "Earlier visits")) }
                @if c.history.is_empty() { p class="cb-none" { (lang.pick("还没有就诊。", "No visits yet.")) } }
                ol class="tl" {
                    @for v in &c.history {
                        li class=[(Some(v.visit_id) == c.task.visit_id).then_some("hot")] {
                            span { (headline(lang, v)) }
                            span class="d" { (cap(lang, day_words(lang, v.day, d.today()))) " · " (v.provider_in(lang)) }
                            @if !v.advice.is_empty() { span class="d" { (lang.pick("医嘱：", "Advice: ")) (v.advice) } }
                        }
                    }
                }
            }
            (lately(d, c))
            @if d.may_call && c.is_open() && c.task.kind != TaskKind::Escalation { (rating(lang, typed)) }
            @if let Some(script) = c.script.as_ref().filter(|s| !s.sheet.faq.is_empty()) {
                section class="faq" {
                    h3 { (lang.pick("患者常问", "Patients ask")) }
                    @for (i, f) in script.sheet.faq.iter().enumerate() {
                        details open[i == 0] { summary { (f.q.get(lang)) } p { (f.a.get(lang)) } }
                    }
                }
            }
        }
    }
}

/// Messages, calls and marks of late: what the patient has had from us besides visits.
fn lately(d: &Desk, c: &Call) -> Markup {
    let lang = d.lang;
    html! {
        @if !c.lately.is_empty() {
            section {
                h3 { (lang.pick("近期消息与回访", "Messages and calls")) }
                ol class="tl" {
                    @for e in &c.lately {
                        li {
                            span { (icon_class(e.icon, "i-s")) " " @match &e.href { Some(href) => a href=(href) { (e.title) }, None => (e.title) } }
                            span class="d" { @if e.whole_day { (lang.day(e.at.day(d.tz()))) } @else { (lang.day_time(e.at, d.tz())) } @if !e.detail.is_empty() { " · " (e.detail) } }
                        }
                    }
                }
            }
        }
    }
}

fn cap(lang: Lang, text: String) -> String {
    match (lang, text.as_str()) {
        (Lang::En, t) => t.strip_prefix("on ").map_or_else(
            || {
                t.replacen('t', "T", usize::from(t == "today"))
                    .replacen("yesterday", "Yesterday", 1)
            },
            str::to_owned,
        ),
        _ => text,
    }
}

fn headline(lang: Lang, v: &VisitSummary) -> String {
    let parts = [v.service_in(lang), v.diagnosis.as_str(), v.treatments.as_str()];
    parts
        .into_iter()
        .filter(|p| !p.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

fn next(d: &Desk, c: &Call) -> Markup {
    let lang = d.lang;
    html! {
        section {
            h3 { (lang.pick("下一次", "Next visit")) }
            @match &c.next {
                Some(n) => {
                    @let a = &n.appointment;
                    dl class="kv" {
                        dt { (lang.pick(&n.service.0, &n.service.1)) } dd { (lang.day_time(a.starts_at, d.tz())) }
                        dt { (lang.pick("医生", "With")) } dd { (lang.pick(&n.provider.0, &n.provider.1)) }
                        dt { (lang.pick("状态", "Status")) } dd { span class="chip" { (a.status.name().get(lang)) } }
                    }
                    div class="cb-acts" {
                        @if a.status == Status::Booked && d.may_confirm {
                            form method="post" action={ "/appointments/" (a.id) "/confirm" } {
                                input type="hidden" name="version" value=(a.version);
                                input type="hidden" name="back" value={ "/callbacks?tab=" (d.tab.key()) "&task=" (c.task.id) };
                                button class="btn sm" type="submit" id="confirm-next" { (icon("circle-check")) (lang.pick("确认", "Confirm")) " " kbd { "Y" } }
                            }
                        }
                        a class="btn sm" href={ "/day?day=" (a.starts_at.day(d.tz())) "&open=" (a.id) } { (lang.pick("改期", "Move")) }
                    }
                }
                None => {
                    @if let Some(v) = c.history.first().filter(|v| !v.next_visit.is_empty()) {
                        p { (lang.pick("医嘱：", "Advised: ")) (v.next_visit) @if let Some(day) = v.next_visit_day { " · " (lang.date(day)) } }
                    } @else {
                        p class="cb-none" { (lang.pick("没有预约。", "Nothing booked.")) }
                    }
                    p class="cb-acts" { a class="btn sm" href={ "/day?book=" (c.patient.id) } { (lang.pick("预约", "Book")) } }
                }
            }
        }
    }
}

fn rating(lang: Lang, typed: &Typed<'_>) -> Markup {
    let chosen = typed.input.get("score");
    let label = lang.pick("满意度 1–5", "Satisfaction 1–5");
    html! {
        section {
            h3 { (lang.pick("顺带满意度（可跳过）", "Satisfaction (optional)")) }
            div class="opts" role="radiogroup" aria-label=(label) {
                @for n in 1..=5 {
                    @let value = n.to_string();
                    label class="opt" { input type="radio" name="score" form="call" value=(value) checked[chosen == value]; span { (n) } }
                }
            }
            @if let Some(f) = typed.fault("score") { p class="fault" { (f.text.get(lang)) } }
        }
    }
}
