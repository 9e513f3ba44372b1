//! The list on the left.

use maud::{Markup, html};

use super::super::model::{PRIORITY_HIGH, PRIORITY_MEDIUM, Task, TaskState, reason_in};
use super::super::pages::{Desk, Row, Tab};
use crate::platform::web::assets::icon_class;
use crate::platform::web::icon;

pub(super) fn list(d: &Desk) -> Markup {
    let lang = d.lang;
    let (open, done) = (d.open.len(), d.ended.len());
    let all = open + done;
    html! {
        section class="list" aria-label=(lang.pick("回访名单", "Calls")) {
            div class="hdr" {
                h2 class="cb-sum" {
                    (lang.pick(format!("今天 {all} 个"), format!("{all} today"))) " "
                    span {
                        (lang.pick(format!("已完成 {done}"), format!("{done} done")))
                        @if let Some(rate) = d.reach_rate() { (lang.pick(format!(" · 接通率 {rate}%"), format!(" · reached {rate}%"))) }
                    }
                }
                progress class="prog" max=(all.max(1)) value=(done) aria-label=(lang.pick("进度", "Progress")) {}
                nav class="tabs" aria-label=(lang.pick("筛选", "Filter")) {
                    (tab(d, Tab::Call, lang.pick("待打", "To call"), open))
                    (tab(d, Tab::Overdue, lang.pick("逾期", "Overdue"), d.overdue()))
                    (tab(d, Tab::Retry, lang.pick("未接", "Retry"), d.retry()))
                    (tab(d, Tab::Done, lang.pick("已完成", "Done"), done))
                }
                @if let Some(s) = &d.saved {
                    p class="cb-saved" role="status" { (icon("check")) (lang.pick("已保存：", "Saved: ")) (s.name) " · " (s.what.get(lang)) }
                }
            }
            @let rows = d.rows();
            section class="rows" tabindex="0" aria-label=(lang.pick("名单", "List")) {
                @for (i, row) in rows.iter().enumerate() {
                    @if d.is_later(&row.of.task) && !rows[..i].iter().any(|r| d.is_later(&r.of.task)) {
                        h3 class="cb-later" { (icon("clock")) (lang.pick("今天稍后", "Later today")) }
                    }
                    @if starts_ended(&rows, i) { h3 class="cb-later" { (icon("circle-check")) (lang.pick("已完成", "Done")) } }
                    (one(d, row))
                }
                @if rows.is_empty() { p class="cb-none" { (lang.pick("这里没有。", "Nothing here.")) } }
            }
        }
    }
}

/// Whether the ended calls begin here, below others.
fn starts_ended(rows: &[&Row], at: usize) -> bool {
    let ended = |i: usize| rows.get(i).is_some_and(|r| r.of.task.state != TaskState::Open);
    at > 0 && ended(at) && !ended(at - 1)
}

fn tab(d: &Desk, tab: Tab, label: &str, n: usize) -> Markup {
    let on = d.tab == tab;
    let phone = if d.show_list { "&list=1" } else { "" };
    html! { a class={ "kpi" @if on { " on" } } href={ "/callbacks?tab=" (tab.key()) (phone) } aria-current=[on.then_some("true")] { (label) " " b { (n) } } }
}

fn one(d: &Desk, row: &Row) -> Markup {
    let (lang, t) = (d.lang, &row.of.task);
    let current = d.call.as_ref().is_some_and(|c| c.task.id == t.id);
    let dot = match t.priority {
        _ if t.state != TaskState::Open => "",
        p if p >= PRIORITY_HIGH => "hi",
        p if p >= PRIORITY_MEDIUM => "md",
        _ => "",
    };
    let ended = t.state != TaskState::Open;
    html! {
        a class={ "row" @if ended { " done" } @if d.is_later(t) { " later" } } href={ "/callbacks?tab=" (d.tab.key()) "&task=" (t.id) } aria-current=[current.then_some("true")] {
            span class={ "p " (dot) } {}
            span class="who" {
                (row.of.name)
                @if row.of.vip && !ended { (icon_class("star", "vip i-s")) span class="vh" { "VIP" } }
                @if !row.of.allergies.is_empty() && !crate::patients::is_denied(&row.of.allergies) && !ended { (icon_class("triangle-alert", "i-s alert-i")) span class="vh" { (lang.pick("过敏", "Allergy")) } }
                @if ended { (icon_class("check", "i-s")) }
                @if !dot.is_empty() { span class="vh" { (if dot == "hi" { lang.pick("紧急", "Urgent") } else { lang.pick("优先", "Priority") }) } }
            }
            (due(d, t))
            span class="why" { @if let Some(who) = &row.doctor { b { (who.chip(lang)) } " · " } (why(d, t)) @if row.also > 0 { " · " (lang.pick(format!("另有 {} 件", row.also), format!("{} more", row.also))) } }
            span class="att" { @if t.attempts > 0 && !ended { (lang.pick(format!("第 {} 次", t.attempts + 1), format!("try {}", t.attempts + 1))) } }
        }
    }
}

fn due(d: &Desk, t: &Task) -> Markup {
    let (lang, zone) = (d.lang, d.tz());
    if d.is_overdue(t) {
        let until = t.deadline().unwrap_or(t.due_at);
        let days = (d.today() - until.day(zone)).num_days();
        if days == 0 {
            return html! { span class="due od" { (lang.pick("已超时", "Overdue")) } };
        }
        return html! { span class="due od" { (lang.pick(format!("逾期 {days} 天"), format!("{days} d late"))) } };
    }
    if let Some(until) = t.deadline().filter(|_| t.state == TaskState::Open) {
        let time = if until.day(zone) == d.today() {
            until.local(zone).format("%H:%M").to_string()
        } else {
            lang.day_time(until, zone)
        };
        return html! { span class="due" { (lang.pick(format!("{time} 前"), format!("by {time}"))) } };
    }
    let at = if t.state == TaskState::Open {
        t.due_at
    } else {
        t.updated_at
    };
    html! { span class="due" { (at.local(zone).format("%H:%M")) } }
}

fn why(d: &Desk, t: &Task) -> String {
    let lang = d.lang;
    match t.result {
        Some(result) if result.is_reached() => result.name().get(lang).to_owned(),
        Some(result) if t.attempts > 1 => {
            let n = t.attempts;
            lang.pick(
                format!("{} {n} 次 · 可发短信", result.name().zh),
                format!("{} ×{n} · text instead", result.name().en),
            )
        }
        Some(result) => result.name().get(lang).to_owned(),
        None => reason_in(&t.reason, lang),
    }
}
