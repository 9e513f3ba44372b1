//! What the forecast looks like: a table of days and kinds, ahead and back.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::actions::Forecast;
use super::super::model::Deviation;
use crate::messaging::Purpose;
use crate::platform::i18n::Lang;
use crate::platform::web::icon;

/// `/messages/forecast`; who may change rules is led to them.
pub fn page(lang: Lang, p: &Forecast, may_change: bool) -> Markup {
    html! {
        main id="main" class="plain outreach" {
            @for d in &p.deviations { div class="banner bad" role="alert" { (icon("triangle-alert")) p { (deviation(lang, p.zone, d)) } } }
            section class="card pad stack" {
                h2 id="ahead" { (lang.pick("未来 7 天", "Next 7 days")) }
                p class="hint" { (lang.pick("按现在的预约、规则和群发；括号里是到期但不会发送的。", "By the bookings, rules and campaigns of now; in brackets what is due and will not be sent.")) @if may_change { " " a href="/rules" { (lang.pick("规则", "Rules")) } } }
                (ahead(lang, p))
            }
            section class="card pad stack" {
                h2 id="back" { (lang.pick("过去 7 天", "Last 7 days")) }
                p class="hint" { (lang.pick("已发送；⏳待发送；✕未成功；括号里是按规定没有发送的。", "Sent; ⏳ waiting; ✕ not got through; in brackets what was not sent, on purpose.")) }
                (back(lang, p))
            }
            p { a class="btn" href="/messages" { (icon("message-square-text")) (lang.pick("消息记录", "Ledger")) } }
        }
    }
}

/// In words.
pub fn deviation(lang: Lang, zone: Tz, d: &Deviation) -> String {
    let (what, when) = (d.purpose.name(), lang.day_time(d.from, zone));
    let (hours, expected, went, excused) = (d.hours, d.expected, d.became.went, d.became.excused);
    let much = match d.is_too_many() {
        true => lang.pick(
            "远多于预测，请检查规则和群发",
            "far more than foretold: look at rules and campaigns",
        ),
        false => lang.pick(
            "远少于预测，请检查定时任务和网关",
            "far fewer than foretold: look at the scheduler and the gateways",
        ),
    };
    lang.pick(
        format!(
            "{when} 起 {hours} 小时内预测 {expected} 条{}，实际发出 {went} 条，另有 {excused} 条按规定没有发：{much}。",
            what.zh
        ),
        format!(
            "In the {hours} h from {when} {expected} of “{}” were expected, {went} went out and {excused} had a reason not to: {much}.",
            what.en
        ),
    )
}

fn table(
    lang: Lang,
    (label, days): (&str, &[NaiveDate]),
    kinds: &BTreeSet<Purpose>,
    cell: impl Fn(Purpose, NaiveDate) -> Markup,
) -> Markup {
    html! {
        @if kinds.is_empty() { p { (lang.pick("没有到期的消息。", "Nothing is due.")) } } @else {
            div class="scroll" tabindex="0" role="region" aria-labelledby=(label) {
                table class="rtab" {
                    thead { tr { th scope="col" { (lang.pick("种类", "Kind")) } @for day in days { th scope="col" { (lang.day(*day)) } } } }
                    tbody { @for kind in kinds { tr { th scope="row" { (kind.name().get(lang)) } @for day in days { td data-l=(lang.day(*day)) { (cell(*kind, *day)) } } } } }
                }
            }
        }
    }
}

fn ahead(lang: Lang, p: &Forecast) -> Markup {
    let kinds = p.ahead.keys().chain(p.excluded.keys()).map(|(kind, _)| *kind).collect();
    table(lang, ("ahead", &p.days), &kinds, |kind, day| {
        let goes = p.ahead.get(&(kind, day)).copied().unwrap_or(0);
        let stays = p.excluded.get(&(kind, day)).copied().unwrap_or(0);
        html! { @if goes + stays > 0 { (goes) @if stays > 0 { " (" (stays) ")" } } }
    })
}

fn back(lang: Lang, p: &Forecast) -> Markup {
    let kinds = p.past.keys().map(|(kind, _)| *kind).collect();
    table(lang, ("back", &p.back), &kinds, |kind, day| {
        let Some(past) = p.past.get(&(kind, day)) else {
            return html! {};
        };
        html! {
            (past.sent)
            @if past.waiting > 0 { " ⏳" (past.waiting) }
            @if past.failed > 0 { " ✕" (past.failed) }
            @if past.skipped > 0 { " (" (past.skipped) ")" }
        }
    })
}
