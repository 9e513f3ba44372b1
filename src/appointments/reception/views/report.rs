//! The report of waiting times: numbers in tables, and bars beside them.

use maud::{Markup, html};

use super::super::model::waits::{FEW, Measure, Summaries, Summary};
use super::super::pages::report::{Grouping, Report};
use crate::platform::i18n::Lang;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// The page.
pub fn page(frame: &Frame, r: &Report) -> Markup {
    let lang = r.lang;
    let title = lang.pick("候诊时间报告", "Waiting times");
    let body = html! {
        main id="main" class="pts rep" {
            (filter(r))
            (whole(r))
            @for Grouping { title: name, groups, .. } in &r.groups {
                section class="card rep-sec" aria-labelledby={ "rg-" (name.en.replace(' ', "-")) } {
                    h2 id={ "rg-" (name.en.replace(' ', "-")) } { (name.get(lang)) }
                    (table(lang, name.get(lang), groups))
                }
            }
            (definitions(lang))
        }
    };
    frame.page(title, "settings", body)
}

fn filter(r: &Report) -> Markup {
    let lang = r.lang;
    html! {
        form class="pts-bar" action="/reports/waiting" {
            div class="field" { label for="f-from" { (lang.pick("从", "From")) } input class="inp" id="f-from" type="date" name="from" value=(r.from); }
            div class="field" { label for="f-until" { (lang.pick("到", "To")) } input class="inp" id="f-until" type="date" name="until" value=(r.until); }
            div class="field" {
                label for="f-provider" { (lang.pick("医生", "Provider")) }
                select class="inp" id="f-provider" name="provider" {
                    option value="" { (lang.pick("全部", "All")) }
                    @for p in &r.providers { option value=(p.id) selected[Some(p.id) == r.provider] { (p.name_in(lang)) } }
                }
            }
            button class="btn pri" type="submit" { (lang.pick("显示", "Show")) }
            a class="btn" href={ "/reports/waiting.csv?" (r.query()) } { (icon("download")) (lang.pick("导出 CSV", "Export CSV")) }
        }
    }
}

fn minutes(lang: Lang, n: i64) -> String {
    lang.pick(format!("{n} 分"), format!("{n} min"))
}

fn few(s: &Summary) -> Option<&'static str> {
    s.is_few().then_some("few")
}

/// A number of minutes as a bar against the longest of the table.
fn bar(n: i64, most: i64) -> Markup {
    let percent = (n * 100).checked_div(most).unwrap_or(0);
    html! { span class="rep-bar" aria-hidden="true" { i style={ "--w:" (percent) "%" } {} } }
}

fn whole(r: &Report) -> Markup {
    let lang = r.lang;
    let most = r.whole.iter().map(|s| s.p90).max().unwrap_or(0);
    let title = lang.pick("全部就诊", "All visits");
    html! {
        section class="card rep-sec" aria-labelledby="rep-all" {
            h2 id="rep-all" { (title) }
            div class="rep-wrap" tabindex="0" role="group" aria-label=(title) {
                table class="rep-t" {
                    thead { tr {
                        @for head in lang.pick(["指标", "人次", "中位数", "", "P90", "10 分钟内", "20 分钟内"], ["Measure", "n", "Median", "", "P90", "within 10 min", "within 20 min"]) {
                            @if head.is_empty() { td {} } @else { th scope="col" { (head) } }
                        }
                    } }
                    tbody {
                        @for (measure, s) in Measure::ALL.iter().zip(&r.whole) {
                            tr class=[few(s)] {
                                th scope="row" { (measure.name().get(lang)) }
                                td { (s.n) }
                                td { (minutes(lang, s.median)) }
                                td class="wide" { (bar(s.median, most)) }
                                td { (minutes(lang, s.p90)) }
                                (shares(s, matches!(measure, Measure::Wait | Measure::Delay)))
                            }
                        }
                    }
                }
            }
            @if r.whole.iter().all(|s| s.n == 0) { p class="none" { (lang.pick("这段时间没有就诊。", "No visits in this period.")) } }
        }
    }
}

fn shares(s: &Summary, told: bool) -> Markup {
    html! {
        @for share in s.within { td { @if told && s.n > 0 { (share) "%" } @else { "–" } } }
    }
}

fn table(lang: Lang, title: &str, groups: &[(i64, crate::platform::i18n::Text, Summaries)]) -> Markup {
    let most = groups
        .iter()
        .map(|(_, _, s)| s[0].median.max(s[1].median))
        .max()
        .unwrap_or(0);
    html! {
        div class="rep-wrap" tabindex="0" role="group" aria-label=(title) {
            table class="rep-t" {
                thead {
                    tr {
                        td rowspan="2" {}
                        @for m in Measure::ALL {
                            th scope="colgroup" colspan=(if matches!(m, Measure::Wait | Measure::Delay) { 5 } else { 2 }) { (m.name().get(lang)) }
                        }
                    }
                    tr {
                        @for m in Measure::ALL {
                            th scope="col" { (lang.pick("人次", "n")) } th scope="col" { (lang.pick("中位数", "Median")) }
                            @if matches!(m, Measure::Wait | Measure::Delay) { th scope="col" { "P90" } th scope="col" { "≤10" } th scope="col" { "≤20" } }
                        }
                    }
                }
                tbody {
                    @for (_, name, sums) in groups {
                        tr {
                            th scope="row" { (name.get(lang)) }
                            @for (m, s) in Measure::ALL.iter().zip(sums) { (cells(lang, *m, s, most)) }
                        }
                    }
                }
            }
        }
    }
}

fn cells(lang: Lang, m: Measure, s: &Summary, most: i64) -> Markup {
    let waits = matches!(m, Measure::Wait | Measure::Delay);
    html! {
        td class=[few(s)] { (s.n) }
        td class=[few(s)] { @if s.n == 0 { "–" } @else { (minutes(lang, s.median)) @if waits { (bar(s.median, most)) } } }
        @if waits {
            td class=[few(s)] { @if s.n == 0 { "–" } @else { (minutes(lang, s.p90)) } }
            @for share in s.within { td class=[few(s)] { @if s.n == 0 { "–" } @else { (share) "%" } } }
        }
    }
}

fn definitions(lang: Lang) -> Markup {
    let rows = [
        (
            Measure::Wait,
            "从到诊登记到就座。早到的患者也从到诊时算起：这是患者实际等的时间。",
            "From the arrival to being seated, also of who came early: the wait as it was felt.",
        ),
        (
            Measure::Delay,
            "早到的从预约时间算起，晚到的从到诊算起；提前就座算 0 分钟；未预约到诊不计。",
            "Who came early counts from the appointed time, who came late from the arrival; seated before the time is 0 minutes; walk-ins do not count.",
        ),
        (
            Measure::Chair,
            "从就座到治疗完成。",
            "From being seated to the end of the treatment.",
        ),
        (
            Measure::Stay,
            "从到诊到离开；没有记录离开的，到治疗完成。",
            "From the arrival to leaving; to the end of the treatment where leaving was not noted.",
        ),
    ];
    html! {
        section class="card rep-sec" aria-labelledby="rep-def" {
            h2 id="rep-def" { (lang.pick("定义", "Definitions")) }
            dl class="rep-def" { @for (m, zh, en) in rows { dt { (m.name().get(lang)) } dd { (lang.pick(zh, en)) } } }
            p class="sub" {
                (lang.pick(
                    format!("只计已就座的就诊，按预约日期归入时段。中位数：偶数个时取中间两个的平均（进位）。P90：90% 不超过此值（最近秩）。≤10、≤20：10、20 分钟内的比例。少于 {FEW} 人次的显示为灰色。"),
                    format!("Only visits whose patient was seated, by the day they were booked for. Median: of an even number, the mean of the two in the middle, rounded up. P90: nine of ten are at most this (nearest rank). ≤10, ≤20: the share within 10 and 20 minutes. Fewer than {FEW} are greyed."),
                ))
            }
        }
    }
}
