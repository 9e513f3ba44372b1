//! Markup of the log.

use maud::{Markup, html};

use super::super::model::{Alarm, CallResult, reason_in};
use super::super::pages::Log;
use super::super::store::Logged;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// Rows of the page; the export has all.
const SHOWN: usize = 300;
/// Fewer scores than this say little: the mean is greyed.
const FEW: usize = 5;

pub(in crate::callbacks) fn page(frame: &Frame, l: &Log) -> Markup {
    let lang = l.lang;
    let title = lang.pick("回访与满意度记录", "Callbacks and satisfaction");
    frame.page(
        title,
        "callbacks",
        html! {
            main id="main" class="cb-log" {
                (filter(l))
                (tiles(l))
                (callers(l))
                div class="card cb-table" tabindex="0" role="region" aria-label=(title) {
                    table {
                        caption class="vh" { (title) }
                        thead { tr {
                            @for head in lang.pick(["时间", "患者", "原因", "护士", "结果", "评分", "备注"], ["Time", "Patient", "Reason", "Caller", "Result", "Score", "Note"]) {
                                th scope="col" { (head) }
                            }
                        } }
                        tbody { @for row in l.rows.iter().take(SHOWN) { (one(l, row)) } }
                    }
                    @if l.rows.is_empty() { p class="cb-none" { (lang.pick("没有符合条件的回访。", "No calls match.")) } }
                    @if l.rows.len() > SHOWN { p class="cb-none" { (lang.pick(format!("只显示最近 {SHOWN} 条，全部请导出。"), format!("The latest {SHOWN} are shown; export for all."))) } }
                }
            }
        },
    )
}

fn filter(l: &Log) -> Markup {
    let lang = l.lang;
    html! {
        form class="cb-filter" method="get" action="/callbacks/log" {
            div class="field" {
                label for="month" { (lang.pick("月份", "Month")) }
                select class="inp" id="month" name="month" {
                    @for m in &l.months {
                        @let value = m.format("%Y-%m").to_string();
                        option value=(value) selected[*m == l.month] { (value) }
                    }
                    @if !l.months.contains(&l.month) { option value=(l.month.format("%Y-%m")) selected { (l.month.format("%Y-%m")) } }
                }
            }
            div class="field" {
                label for="result" { (lang.pick("结果", "Result")) }
                select class="inp" id="result" name="result" {
                    option value="" { (lang.pick("全部", "All")) }
                    @for r in CallResult::ALL { option value=(r) selected[l.result == Some(*r)] { (r.name().get(lang)) } }
                }
            }
            label class="check" { input type="checkbox" name="low" value="1" checked[l.low]; " " (lang.pick("只看差评（≤ 2 分）", "Low ratings only (≤ 2)")) }
            button class="btn" type="submit" { (lang.pick("筛选", "Filter")) }
            a class="btn" href={ "/callbacks/log.csv?" (l.query()) } { (icon("download")) (lang.pick("导出 CSV", "Export CSV")) }
            a class="btn quiet" href="/callbacks" { (icon("arrow-left")) (lang.pick("回访", "Calls")) }
        }
    }
}

fn tiles(l: &Log) -> Markup {
    let (lang, s) = (l.lang, l.sums());
    let none = || "–".to_owned();
    html! {
        dl class="cb-tiles" {
            div class="card" { dt { (lang.pick("呼叫", "Calls")) } dd { (s.calls) } }
            div class="card" { dt { (lang.pick("接通率", "Reached")) } dd { (s.reach_rate().map_or_else(none, |r| format!("{r}%"))) } }
            div class={ "card" @if s.scores < FEW { " few" } } { dt { (lang.pick("平均分", "Mean score")) } dd { (s.mean().unwrap_or_else(none)) " " small { "n = " (s.scores) } } }
            div class="card" { dt { (lang.pick("差评", "Low ratings")) } dd { (s.low) } }
        }
    }
}

/// Who called how often; nothing to compare when it was one person.
fn callers(l: &Log) -> Markup {
    let (lang, callers) = (l.lang, l.by_caller());
    let title = lang.pick("按护士", "By caller");
    let none = || "–".to_owned();
    html! {
        @if callers.len() > 1 {
            div class="card cb-table" tabindex="0" role="region" aria-label=(title) {
                table {
                    caption class="vh" { (title) }
                    thead { tr {
                        @for head in lang.pick(["护士", "呼叫", "接通率", "平均分", "差评"], ["Caller", "Calls", "Reached", "Mean score", "Low ratings"]) { th scope="col" { (head) } }
                    } }
                    tbody {
                        @for (name, s) in callers {
                            tr {
                                td { (name) }
                                td { (s.calls) }
                                td { (s.reach_rate().map_or_else(none, |r| format!("{r}%"))) }
                                td { (s.mean().unwrap_or_else(none)) }
                                td { (s.low) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn one(l: &Log, (a, task, name): &Logged) -> Markup {
    let lang = l.lang;
    html! {
        tr {
            td class="nw" { (lang.day_time(a.at, l.zone)) }
            td { a href={ "/patients/" (task.patient_id) } { (name) } }
            td {
                (task.kind.name().get(lang)) " · " (reason_in(&task.reason, lang))
                @for other in l.along_of(a.id) { br; small { (lang.pick("同一通电话：", "Same call: ")) (other) } }
            }
            td class="nw" { (a.actor) }
            td class="nw" {
                (a.result.name().get(lang))
                @if a.alarm != Alarm::None { " " span class={ "chip " (if a.alarm == Alarm::Red { "bad" } else { "warn" }) } { (a.alarm.name().get(lang)) } }
            }
            td { @if let Some(score) = a.score { span class={ "chip" @if score <= 2 { " bad" } } { (score) } } }
            td { (a.note) }
        }
    }
}
