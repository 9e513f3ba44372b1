//! The list of messages.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::{Carrier, MessageState};
use super::super::store::{Filter, Line};
use super::{reason, state_chip};
use crate::messaging::Templates;
use crate::platform::i18n::Lang;
use crate::platform::web::icon;

/// What the page shows.
pub(in crate::messaging) struct Ledger {
    /// The clinic's zone.
    pub zone: Tz,
    /// What templates are called.
    pub names: Templates,
    /// What was asked for.
    pub filter: Filter,
    /// The search as it was typed.
    pub typed: String,
    /// Messages of the last 30 days by state.
    pub counts: BTreeMap<MessageState, i64>,
    /// What needs attention; shown first when nothing was asked for.
    pub attention: Vec<Line>,
    /// The ledger, newest first.
    pub lines: Vec<Line>,
    /// Query of the next page.
    pub next: Option<String>,
    /// Paused gateways: channel, name, until when (for people) and why.
    pub pauses: Vec<(Carrier, String, String, String)>,
    /// Whether this person may edit templates.
    pub templates: bool,
    /// Whether messages are only kept here.
    pub captured: bool,
}

pub(in crate::messaging) fn ledger(lang: Lang, page: &Ledger) -> Markup {
    html! {
        main id="main" class="msgs" {
            @for (channel, gateway, until, said) in &page.pauses {
                div class="banner bad" role="status" {
                    (icon("triangle-alert"))
                    div {
                        b { (lang.pick("已暂停发送：", "Sending is paused: ")) (channel.name().get(lang)) " · " (gateway) }
                        p { (lang.pick("下次尝试：", "Next try: ")) (until) }
                        p { (said) }
                    }
                }
            }
            @if page.captured {
                div class="banner info" { (icon("info")) p { (lang.pick("消息只保存在这里，不会真正发出。", "Messages are kept here and not really sent.")) } }
            }
            (counts(lang, page))
            (search(lang, page))
            @if !page.attention.is_empty() {
                section aria-labelledby="att" {
                    h2 id="att" { (icon("triangle-alert")) " " (lang.pick("需要处理", "Needs a look")) }
                    (table(lang, (page.zone, &page.names), &page.attention))
                }
            }
            section aria-labelledby="all" {
                h2 id="all" { (lang.pick("消息记录", "Ledger")) }
                @if page.lines.is_empty() {
                    p class="card empty" { (lang.pick("没有消息。", "No messages.")) }
                } @else { (table(lang, (page.zone, &page.names), &page.lines)) }
            }
            nav class="pages" aria-label=(lang.pick("翻页", "Pages")) {
                @if let Some(next) = &page.next { a class="btn" href={ "/messages?" (next) } { (lang.pick("更早的", "Older")) (icon("arrow-right")) } }
                a class="btn" href="/messages/forecast" { (icon("chart-line")) (lang.pick("预测", "Forecast")) }
                @if page.templates { a class="btn" href="/templates" { (icon("file-text")) (lang.pick("消息模板", "Templates")) } }
            }
        }
    }
}

fn counts(lang: Lang, page: &Ledger) -> Markup {
    let all: i64 = page.counts.values().sum();
    html! {
        nav class="mcounts" aria-label=(lang.pick("按状态筛选", "By state")) {
            a class="kpi" href="/messages" aria-current=[page.filter.state.is_none().then_some("true")] { (lang.pick("近30天", "30 days")) " " b { (all) } }
            @for (state, count) in &page.counts {
                a class={ "kpi" @if state.needs_attention() { " hot" } } href={ "/messages?state=" (state) }
                    aria-current=[(page.filter.state == Some(*state)).then_some("true")] {
                    (icon(state.icon())) (state.name().get(lang)) " " b { (count) }
                }
            }
        }
    }
}

fn search(lang: Lang, page: &Ledger) -> Markup {
    html! {
        form class="msg-search" method="get" action="/messages" role="search" aria-label=(lang.pick("筛选消息", "Filter messages")) {
            div class="field" {
                label for="m-q" { (lang.pick("患者", "Patient")) }
                input class="inp" id="m-q" name="q" type="search" autocomplete="off" value=(page.typed);
            }
            div class="field" {
                label for="m-state" { (lang.pick("状态", "State")) }
                select class="inp" id="m-state" name="state" {
                    option value="" { (lang.pick("全部", "All")) }
                    @for state in MessageState::ALL { option value=(state) selected[page.filter.state == Some(*state)] { (state.name().get(lang)) } }
                }
            }
            div class="field" {
                label for="m-channel" { (lang.pick("方式", "Channel")) }
                select class="inp" id="m-channel" name="channel" {
                    option value="" { (lang.pick("全部", "All")) }
                    @for channel in Carrier::ALL { option value=(channel) selected[page.filter.channel == Some(*channel)] { (channel.name().get(lang)) } }
                }
            }
            button class="btn" type="submit" { (icon("list-filter")) (lang.pick("筛选", "Filter")) }
        }
    }
}

fn table(lang: Lang, (zone, names): (Tz, &Templates), lines: &[Line]) -> Markup {
    html! {
        ul class="card mlist" {
            @for line in lines {
                @let m = &line.message;
                li class=[m.state.needs_attention().then_some("bad")] {
                    a href={ "/messages/" (m.id) } {
                        span class="tm" { (lang.day_time(if m.attempts > 0 { m.updated_at } else { m.due_at }, zone)) }
                        span class="who" { @match &line.patient {
                            Some(name) => { (name) " " small { (line.chart_no.as_deref().unwrap_or_default()) } }
                            None => { (if m.is_test() { lang.pick("试发", "Test") } else { lang.pick("网上预约", "Online booking") }) " " small { (m.recipient.as_deref().unwrap_or_default()) } }
                        } }
                        span class="ch" { (icon(m.channel.icon())) span class="vh" { (m.channel.name().get(lang)) } " " (names.name(lang, &m.template)) }
                        span class="st" { @if m.is_test() { span class="chip" { (lang.pick("测试", "Test")) } " " } (state_chip(lang, m.state)) }
                        @let why = reason(lang, m);
                        @if !why.is_empty() { span class="why" { (why) } }
                    }
                }
            }
        }
    }
}
