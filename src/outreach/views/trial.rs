//! What a rule would do, before it is saved: who gets it, who does not and why, and what that changes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::jobs::Candidate;
use super::super::model::RuleAction;
use crate::platform::clock::Instant;
use crate::platform::i18n::Lang;

/// Rows that are shown.
const ROWS: usize = 100;

/// A rule tried out.
pub struct Trial {
    /// The first day.
    pub from: NaiveDate,
    /// How many days.
    pub days: i64,
    /// Whom it would be due for.
    pub would: Vec<Candidate>,
    /// Whether it would be on.
    pub active: bool,
    /// Whom the rule as it is now is due for.
    pub today: Vec<Candidate>,
    /// Whom the other rules are due for.
    pub others: Vec<Candidate>,
}

/// What one message is about, under whichever rule.
type About = (String, Option<i64>, i64);

fn sent(list: &[Candidate]) -> BTreeMap<About, Instant> {
    let goes = list.iter().filter(|x| x.excluded.is_none());
    goes.map(|x| {
        let m = &x.message;
        ((m.cause.kind.clone(), m.cause.id, m.patient.0), m.due_at)
    })
    .collect()
}

/// Of the messages of now and then: how many are new, gone, at another time.
fn differences(today: &[Candidate], would: &[Candidate]) -> (usize, usize, usize) {
    let (before, after) = (sent(today), sent(would));
    let new = after.keys().filter(|k| !before.contains_key(*k)).count();
    let gone = before.keys().filter(|k| !after.contains_key(*k)).count();
    let moved = after
        .iter()
        .filter(|(k, at)| before.get(*k).is_some_and(|was| was != *at))
        .count();
    (new, gone, moved)
}

/// What it would do, as a section under the form.
pub fn tried(lang: Lang, zone: Tz, t: &Trial) -> Markup {
    let goes = t.would.iter().filter(|x| x.excluded.is_none()).count();
    let (new, gone, moved) = differences(&t.today, if t.active { &t.would } else { &[] });
    let stays = t.would.len() - goes;
    html! {
        section class="card sec" aria-labelledby="trial-h" id="trial" {
            h2 id="trial-h" { (lang.pick(format!("从 {} 起 {} 天", lang.day(t.from), t.days), format!("{} days from {}", t.days, lang.day(t.from)))) }
            @if !t.active { p class="banner info" { (lang.pick("没有勾选“启用”：保存后不会发送。以下是启用后的效果。", "It is not switched on: saved like this, it sends nothing. This is what it would do.")) } }
            p { (lang.pick(format!("将发送 {goes} 条，不发送 {stays} 条。"), format!("{goes} will be sent, {stays} will not."))) }
            p { (lang.pick(
                format!("与现在的规则相比：新增 {new} 条，不再发送 {gone} 条，时间改变 {moved} 条。"),
                format!("Against the rule as it is now: {new} more, {gone} no longer, {moved} at another time."),
            )) }
            @let twice = overlap(zone, t);
            @if twice > 0 { p class="banner info" { (lang.pick(format!("其中 {twice} 条的患者当天还会收到其他规则的消息。"), format!("{twice} of them go to patients who hear from another rule on the same day."))) } }
            (by_day(lang, zone, t))
            (reasons(lang, t))
            (people(lang, zone, t))
        }
    }
}

/// How many go to patients who get something by another rule on the same day.
fn overlap(zone: Tz, t: &Trial) -> usize {
    let of = |x: &Candidate| (x.message.patient, x.message.due_at.day(zone));
    let others: BTreeSet<_> = t.others.iter().map(of).collect();
    let goes = t.would.iter().filter(|x| x.excluded.is_none());
    goes.filter(|x| others.contains(&of(x))).count()
}

/// The load of each day: patients answer, and somebody has to read it.
fn by_day(lang: Lang, zone: Tz, t: &Trial) -> Markup {
    let mut days: BTreeMap<NaiveDate, usize> = BTreeMap::new();
    for x in t.would.iter().filter(|x| x.excluded.is_none()) {
        *days.entry(x.message.due_at.day(zone)).or_default() += 1;
    }
    html! {
        @if !days.is_empty() {
            div class="scroll" tabindex="0" role="region" aria-label=(lang.pick("每天发送条数", "Sent by day")) {
                table class="rtab" {
                    thead { tr { @for day in days.keys() { th scope="col" { (lang.day(*day)) } } } }
                    tbody { tr { @for n in days.values() { td { (n) } } } }
                }
            }
        }
    }
}

fn reasons(lang: Lang, t: &Trial) -> Markup {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for why in t.would.iter().filter_map(|x| x.excluded) {
        *counts.entry(why.text().get(lang).to_owned()).or_default() += 1;
    }
    html! {
        @if !counts.is_empty() {
            h3 { (lang.pick("不发送的原因", "Why not")) }
            ul class="lines" { @for (why, n) in &counts { li { span { (why) } b { (n) } } } }
        }
    }
}

fn people(lang: Lang, zone: Tz, t: &Trial) -> Markup {
    let before: BTreeSet<About> = sent(&t.today).into_keys().collect();
    let is_new = |x: &Candidate| {
        let about = (x.message.cause.kind.clone(), x.message.cause.id, x.message.patient.0);
        x.excluded.is_none() && !before.contains(&about)
    };
    let [when, patient, result] = lang.pick(["时间", "患者", "结果"], ["When", "Patient", "Result"]);
    html! {
        @if t.would.is_empty() { p { (lang.pick("没有到期的消息。", "Nothing is due.")) } } @else {
            table class="tab" {
                thead { tr { @for h in [when, patient, result] { th scope="col" { (h) } } } }
                tbody { @for x in t.would.iter().take(ROWS) { tr {
                    td data-l=(when) { (lang.day_time(x.message.due_at, zone)) }
                    th scope="row" { a href={ "/patients/" (x.who.id) } { (x.who.name) } }
                    td data-l=(result) class="wrap" { @match x.excluded {
                        None => { span class="chip ok" { @if x.action == RuleAction::Call { (lang.pick("电话任务", "Call")) } @else { (lang.pick("发送", "Sent")) } } @if is_new(x) { " " span class="chip info" { (lang.pick("新增", "New")) } } },
                        Some(why) => span class="chip warn" { (lang.pick("不发送：", "Not sent: ")) (why.text().get(lang)) },
                    } }
                } } }
            }
            @if t.would.len() > ROWS { p class="hint" { (lang.pick(format!("只显示前 {ROWS} 条。"), format!("The first {ROWS}."))) } }
        }
    }
}
