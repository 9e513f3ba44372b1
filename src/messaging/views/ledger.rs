//! The list of messages.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::actions::Search;
use super::super::model::{Carrier, MessageState, Purpose, Reason, Stand};
use super::super::pages::query_of;
use super::super::store::Line;
use super::{reason, state_chip};
use crate::messaging::Templates;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;

/// What the page shows.
pub(in crate::messaging) struct Ledger {
    /// The clinic's zone.
    pub zone: Tz,
    /// What templates are called.
    pub names: Templates,
    /// What was looked for.
    pub search: Search,
    /// The same as it was typed …
    pub input: Input,
    /// … and what is wrong with it.
    pub faults: Faults,
    /// The day before.
    pub yesterday: NaiveDate,
    /// How many there are by state, kind and reason.
    pub counts: Counts,
    /// What needs attention; shown first when nothing was asked for.
    pub attention: Vec<Line>,
    /// The ledger, newest first.
    pub lines: Vec<Line>,
    /// Query of the next page.
    pub next: Option<String>,
    /// Whether more patients match than are looked at.
    pub many: bool,
    /// The gateways that there are.
    pub gateways: Vec<String>,
    /// Paused gateways: channel, name, until when (for people) and why.
    pub pauses: Vec<(Carrier, String, String, String)>,
    /// Whether this person may edit templates.
    pub templates: bool,
    /// Whether messages are only kept here.
    pub captured: bool,
}

/// How many messages there are on the days that are looked at; without days, of those made in the last 30.
#[derive(Default)]
pub(in crate::messaging) struct Counts {
    /// By state.
    pub states: BTreeMap<MessageState, i64>,
    /// By kind.
    pub kinds: BTreeMap<Purpose, i64>,
    /// By reason, the most frequent first.
    pub reasons: Vec<(Reason, i64)>,
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
            @if page.many { p class="banner info" { (icon("info")) (lang.pick("符合的患者太多，只查了前 200 位。", "Too many patients match: the first 200 are looked at.")) } }
            @if !page.attention.is_empty() {
                section aria-labelledby="att" {
                    h2 id="att" { (icon("triangle-alert")) " " (lang.pick("需要处理", "Needs a look")) }
                    (table(lang, (page.zone, &page.names), &page.attention))
                }
            }
            @if page.faults.0.is_empty() { section aria-labelledby="all" {
                h2 id="all" { (lang.pick("消息记录", "Ledger")) }
                @if page.lines.is_empty() {
                    p class="card empty" { (lang.pick("没有消息。", "No messages.")) }
                } @else { (table(lang, (page.zone, &page.names), &page.lines)) }
            } }
            nav class="pages" aria-label=(lang.pick("翻页", "Pages")) {
                @if let Some(next) = &page.next { a class="btn" href={ "/messages?" (next) } { (lang.pick("更早的", "Older")) (icon("arrow-right")) } }
                a class="btn" href="/messages/forecast" { (icon("chart-line")) (lang.pick("预测", "Forecast")) }
                @if page.templates { a class="btn" href="/templates" { (icon("file-text")) (lang.pick("消息模板", "Templates")) } }
            }
        }
    }
}

/// The page that looks for the same, but for one thing.
fn path(page: &Ledger, name: &str, value: &str) -> String {
    to(&query_of(&page.input, &[(name, value)]))
}
fn to(query: &str) -> String {
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/messages{mark}{query}")
}

fn counts(lang: Lang, page: &Ledger) -> Markup {
    let (s, counts) = (&page.search, &page.counts);
    let all: i64 = counts.states.values().sum();
    let current = |is: bool| is.then_some("true");
    let yesterday = format!("from={0}&until={0}&state={1}", page.yesterday, Stand::Unsent);
    let shown = query_of(&page.input, &[]);
    html! {
        nav class="mcounts" aria-label=(lang.pick("按状态筛选", "By state")) {
            a class="kpi" href=(path(page, "state", "")) aria-current=[current(s.state.is_none())] { @if s.from.is_some() { (lang.pick("全部", "All")) } @else { (lang.pick("近30天", "30 days")) } " " b { (all) } }
            @for (state, count) in &counts.states {
                a class={ "kpi" @if state.needs_attention() { " hot" } } href=(path(page, "state", state.as_str())) aria-current=[current(s.state == Some(Stand::One(*state)))] {
                    (icon(state.icon())) (state.name().get(lang)) " " b { (count) }
                }
            }
            a class="kpi" href=(to(&yesterday)) aria-current=[current(same(&shown, &yesterday))] { (icon("ban")) (lang.pick("昨天没有发出的", "Not sent yesterday")) }
        }
        @if s.from.is_some() {
            nav class="mcounts" aria-label=(lang.pick("按类型筛选", "By kind")) {
                a class="kpi" href=(path(page, "purpose", "")) aria-current=[current(s.purpose.is_none())] { (lang.pick("所有类型", "All kinds")) }
                @for (kind, count) in &counts.kinds {
                    a class="kpi" href=(path(page, "purpose", kind.as_str())) aria-current=[current(s.purpose == Some(*kind))] { (kind.name().get(lang)) " " b { (count) } }
                }
            }
        }
    }
}

/// Whether two queries look for the same.
fn same(one: &str, other: &str) -> bool {
    let parts = |query: &str| {
        let mut parts: Vec<String> = query.split('&').map(str::to_owned).collect();
        parts.sort_unstable();
        parts
    };
    parts(one) == parts(other)
}

fn search(lang: Lang, page: &Ledger) -> Markup {
    let form = Form {
        lang,
        input: &page.input,
        faults: &page.faults,
    };
    let day = Kind {
        kind: "date",
        ..Kind::default()
    };
    let find = Kind {
        kind: "search",
        ..Kind::default()
    };
    let more = ["purpose", "reason", "channel", "gateway"]
        .iter()
        .any(|field| !page.input.get(field).is_empty() || page.faults.of(field).is_some());
    // Single states have a sign of their own above.
    let more = more || page.search.state.is_some_and(|s| !matches!(s, Stand::One(_)));
    html! {
        form class="msg-search" method="get" action="/messages" role="search" aria-label=(lang.pick("筛选消息", "Filter messages")) {
            (form.text("q", lang.pick("患者", "Patient"), find))
            (form.text("from", lang.pick("应发日期从", "Due from"), day))
            (form.text("until", lang.pick("到", "To"), day))
            button class="btn" type="submit" { (icon("list-filter")) (lang.pick("筛选", "Filter")) }
            a class="btn" href={ "/messages.csv?" (query_of(&page.input, &[])) } { (icon("download")) @if page.search.from.is_none() && page.search.text.is_empty() { (lang.pick("导出 CSV（近30天）", "Export CSV (30 days)")) } @else { (lang.pick("导出 CSV", "Export CSV")) } }
            details open[more] {
                summary class="btn" { (icon("chevron-down")) (lang.pick("更多条件", "More filters")) }
                div {
                    (form.select("state", lang.pick("状态", "State"), &states(lang)))
                    (form.select("purpose", lang.pick("类型", "Kind"), &kinds(lang)))
                    (form.select("reason", lang.pick("原因", "Reason"), &reasons(lang, page)))
                    (form.select("channel", lang.pick("方式", "Channel"), &channels(lang)))
                    @if page.gateways.len() > Carrier::ALL.len() || page.search.gateway.is_some() { (form.select("gateway", lang.pick("网关", "Gateway"), &gateways(lang, page))) }
                }
            }
        }
    }
}

/// A choice: what it is in the query, and what it is called.
type Choice = (String, String);

fn all(lang: Lang) -> Choice {
    (String::new(), lang.pick("全部", "All").to_owned())
}

fn states(lang: Lang) -> Vec<Choice> {
    let single = MessageState::ALL.iter().map(|state| Stand::One(*state));
    let named = Stand::GROUPS.into_iter().chain(single);
    let named = named.map(|s| (s.to_string(), s.name().get(lang).to_owned()));
    std::iter::once(all(lang)).chain(named).collect()
}

fn kinds(lang: Lang) -> Vec<Choice> {
    let named = Purpose::ALL.iter();
    let named = named.map(|p| (p.to_string(), p.name().get(lang).to_owned()));
    std::iter::once(all(lang)).chain(named).collect()
}

fn channels(lang: Lang) -> Vec<Choice> {
    let named = Carrier::ALL.iter();
    let named = named.map(|c| (c.to_string(), c.name().get(lang).to_owned()));
    std::iter::once(all(lang)).chain(named).collect()
}

/// The reasons that are there, and the one that was asked for.
fn reasons(lang: Lang, page: &Ledger) -> Vec<Choice> {
    let mut list = vec![all(lang)];
    let counted = page.counts.reasons.iter();
    list.extend(counted.map(|(r, n)| (r.code.clone(), format!("{} ({n})", r.name().get(lang)))));
    if let Some(code) = page
        .search
        .reason
        .as_ref()
        .filter(|code| list.iter().all(|(c, _)| c != *code))
    {
        list.push((code.clone(), Reason::code(code.clone()).name().get(lang).to_owned()));
    }
    list
}

fn gateways(lang: Lang, page: &Ledger) -> Vec<Choice> {
    let mut names = page.gateways.clone();
    names.extend(page.search.gateway.clone());
    names.sort_unstable();
    names.dedup();
    let named = names.into_iter().map(|name| (name.clone(), name));
    std::iter::once(all(lang)).chain(named).collect()
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
