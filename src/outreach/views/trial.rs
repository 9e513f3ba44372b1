//! How a rule that is tried out is shown: who gets it, who does not and why, and what that changes.

use maud::{Markup, html};

use super::super::jobs::Trial;
use super::super::model::RuleAction;
use crate::platform::i18n::Lang;

/// Rows that are shown.
const ROWS: usize = 100;

/// What it would do, as a section under the form.
pub fn tried(lang: Lang, t: &Trial) -> Markup {
    let (goes, d) = (t.goes().count(), t.differences());
    let stays = t.would.len() - goes;
    html! {
        section class="card sec" aria-labelledby="trial-h" id="trial" {
            h2 id="trial-h" { (lang.pick(format!("从 {} 起 {} 天", lang.day(t.from), t.days), format!("{} days from {}", t.days, lang.day(t.from)))) }
            @if !t.active { p class="banner info" { (lang.pick("没有勾选“启用”：保存后不会发送。以下是启用后的效果。", "It is not switched on: saved like this, it sends nothing. This is what it would do.")) } }
            p { (lang.pick(format!("将发送 {goes} 条，不发送 {stays} 条。"), format!("{goes} will be sent, {stays} will not."))) }
            @let waits = t.waiting();
            @if waits > 0 { p { (lang.pick(format!("其中 {waits} 条要等可发送的时段、节后或上限，实际发送时间见下表。"), format!("{waits} of them wait for sending hours, a holiday or a limit: the list says when they go."))) } }
            p { (lang.pick(
                format!("与现在的规则相比：新增 {} 条，不再发送 {} 条，时间改变 {} 条。", d.new, d.gone, d.moved),
                format!("Against the rule as it is now: {} more, {} no longer, {} at another time.", d.new, d.gone, d.moved),
            )) }
            @let twice = t.overlap();
            @if twice > 0 { p class="banner info" { (lang.pick(format!("其中 {twice} 条的患者当天还会收到其他规则的消息。"), format!("{twice} of them go to patients who hear from another rule on the same day."))) } }
            (by_day(lang, t))
            (reasons(lang, t))
            (people(lang, t))
        }
    }
}

/// The load of each day.
fn by_day(lang: Lang, t: &Trial) -> Markup {
    let days = t.by_day();
    html! {
        @if !days.is_empty() {
            div class="scroll" tabindex="0" role="region" aria-label=(lang.pick("每天发送条数", "Sent by day")) {
                table class="rtab" {
                    thead { tr { th scope="col" { (lang.pick("每天", "By day")) } @for day in days.keys() { th scope="col" { (lang.day(*day)) } } } }
                    tbody {
                        tr { th scope="row" { (lang.pick("发送和电话", "Messages and calls")) } @for (day, (n, _)) in &days { td data-l=(lang.day(*day)) { (n) } } }
                        tr { th scope="row" { (lang.pick("前台预计要处理", "Work for the desk, about")) } @for (day, (_, n)) in &days { td data-l=(lang.day(*day)) { (n) } } }
                    }
                }
            }
            p class="hint" { (basis(lang, t)) }
        }
    }
}

/// On what the desk's work is reckoned.
fn basis(lang: Lang, t: &Trial) -> String {
    let (sent, worked, percent) = (t.load.sent, t.load.worked, format!("{:.0} %", t.load.share() * 100.0));
    match t.load.is_measured() {
        true => lang.pick(
            format!("前台工作量：电话任务，加上过去 90 天 {sent} 条此类消息中 {worked} 条（{percent}）在 3 天内带来的回复或前台预约。"),
            format!("The desk’s work: calls, and the answers and bookings that came within 3 days of {worked} of {sent} such messages in the last 90 days ({percent})."),
        ),
        false => lang.pick(
            format!("前台工作量：电话任务，加上消息的 {percent}。过去 90 天此类消息只有 {sent} 条，不足以测算，按此默认值估计。"),
            format!("The desk’s work: calls, and {percent} of the messages. There were only {sent} such messages in the last 90 days, too few to measure: that share is a default."),
        ),
    }
}

fn reasons(lang: Lang, t: &Trial) -> Markup {
    let counts = t.reasons();
    html! {
        @if !counts.is_empty() {
            h3 { (lang.pick("不发送的原因", "Why not")) }
            ul class="lines" { @for (why, n) in &counts { li { span { (why.text().get(lang)) } b { (n) } } } }
        }
    }
}

fn people(lang: Lang, t: &Trial) -> Markup {
    let rows = t.would.iter().zip(t.news()).take(ROWS);
    let [when, patient, result] = lang.pick(["时间", "患者", "结果"], ["When", "Patient", "Result"]);
    html! {
        @if t.would.is_empty() { p { (lang.pick("没有到期的消息。", "Nothing is due.")) } } @else {
            table class="tab" {
                thead { tr { @for h in [when, patient, result] { th scope="col" { (h) } } } }
                tbody { @for (x, is_new) in rows { tr {
                    td data-l=(when) { (lang.day_time(x.goes_at, t.zone)) @if let Some(why) = &x.waits { br; small { (why.get(lang)) } } }
                    th scope="row" { a href={ "/patients/" (x.who.id) } { (x.who.name) } }
                    td data-l=(result) class="wrap" { @match x.excluded {
                        None => { span class="chip ok" { @if x.action == RuleAction::Call { (lang.pick("电话任务", "Call")) } @else { (lang.pick("将发送", "Will be sent")) } } @if is_new { " " span class="chip info" { (lang.pick("新增", "New")) } } },
                        Some(why) => span class="chip warn" { (lang.pick("不发送：", "Not sent: ")) (why.text().get(lang)) },
                    } }
                } } }
            }
            @if t.would.len() > ROWS { p class="hint" { (lang.pick(format!("只显示前 {ROWS} 条。"), format!("The first {ROWS}."))) } }
        }
    }
}
