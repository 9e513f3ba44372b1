//! The rules in plain words, the form of one, and what the next days bring.

use maud::{Markup, html};

use super::super::jobs::Candidate;
use super::super::model::{Anchor, Rule};
use crate::clinic::{Service, Site};
use crate::messaging;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Form, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// Rows of the preview that are shown.
const AHEAD_ROWS: usize = 200;

/// What the page of rules shows.
pub struct RulesPage {
    /// The site, for its zone.
    pub site: Site,
    /// All rules.
    pub rules: Vec<Rule>,
    /// Services, for the follow-up calls they ask for.
    pub services: Vec<Service>,
    /// Who gets what in the next days, by time.
    pub ahead: Vec<Candidate>,
}

/// `/rules`
pub fn rules(frame: &Frame, page: &RulesPage) -> Markup {
    let lang = frame.lang;
    let body = html! {
        main id="main" class="plain outreach" {
            @if frame.query.contains("saved=1") {
                div class="banner info" role="status" { (icon("check")) (lang.pick("已保存", "Saved")) }
            }
            section class="card pad" aria-labelledby="r-h" {
                h2 id="r-h" { (lang.pick("自动消息", "Automatic messages")) }
                div class="scroll" tabindex="0" role="region" aria-label=(lang.pick("规则表", "Table of rules")) { (rule_table(lang, &page.rules)) }
            }
            section class="card pad" aria-labelledby="f-h" {
                h2 id="f-h" { (lang.pick("治疗后回访电话", "Follow-up calls after treatment")) }
                p class="note" { (lang.pick("在各项目的设置里修改。", "Changed in each service's settings.")) }
                ul class="plainlist" { @for s in page.services.iter().filter(|s| s.follow_up_days.is_some()) { li { (follow_up(lang, s)) } } }
            }
            (ahead(lang, page))
        }
    };
    frame.page(lang.pick("提醒规则", "Reminder rules"), "settings", body)
}

fn rule_table(lang: Lang, rules: &[Rule]) -> Markup {
    html! {
        table class="rtab" {
            thead { tr {
                th scope="col" { (lang.pick("规则", "Rule")) }
                th scope="col" { (lang.pick("何时", "When")) }
                th scope="col" { (lang.pick("时限", "How late")) }
                th scope="col" { (lang.pick("模板", "Template")) }
                th scope="col" { (lang.pick("状态", "State")) }
                th scope="col" { span class="vh" { (lang.pick("操作", "Actions")) } }
            } }
            tbody { @for r in rules { tr {
                th scope="row" { (r.name_in(lang)) }
                td { (r.when().get(lang)) }
                td { (r.patience().get(lang)) }
                td { (messaging::template_name(lang, &r.template)) }
                td { @if r.active { span class="chip ok" { (lang.pick("启用", "On")) } } @else { span class="chip" { (lang.pick("停用", "Off")) } } }
                td { a class="btn sm" href={ "/rules/" (r.id) } { (icon("pencil")) (lang.pick("修改", "Edit")) span class="vh" { (lang.pick("：", ": ")) (r.name_in(lang)) } } }
            } } }
        }
    }
}

fn follow_up(lang: Lang, s: &Service) -> Markup {
    let days = s.follow_up_days.unwrap_or(0);
    let time = super::super::model::minute_text(s.follow_up_minute);
    html! {
        a href={ "/settings/services/" (s.id) } { (s.name_in(lang)) }
        (lang.pick(format!("：结束后 {days} 天 {time}"), format!(": {days} d after the visit at {time}")))
    }
}

fn ahead(lang: Lang, page: &RulesPage) -> Markup {
    let (zone, all) = (page.site.tz(), page.ahead.len());
    let out = page.ahead.iter().filter(|x| x.excluded.is_some()).count();
    let rule_name = |x: &Candidate| {
        page.rules
            .iter()
            .find(|r| r.id == x.rule)
            .map_or("", |r| r.name_in(lang))
            .to_owned()
    };
    html! {
        section class="card pad" aria-labelledby="a-h" {
            h2 id="a-h" { (lang.pick("未来 7 天", "Next 7 days")) }
            p class="note" { (lang.pick(format!("将发送 {} 条，不发送 {out} 条。", all - out), format!("{} will be sent, {out} will not.", all - out))) }
            @if page.ahead.is_empty() { p { (lang.pick("没有到期的消息。", "Nothing is due.")) } }
            @else { div class="scroll" tabindex="0" role="region" aria-label=(lang.pick("未来 7 天明细", "Next 7 days in detail")) { table class="rtab" {
                thead { tr {
                    th scope="col" { (lang.pick("时间", "When")) }
                    th scope="col" { (lang.pick("患者", "Patient")) }
                    th scope="col" { (lang.pick("规则", "Rule")) }
                    th scope="col" { (lang.pick("结果", "Result")) }
                } }
                tbody { @for x in page.ahead.iter().take(AHEAD_ROWS) { tr {
                    td { (lang.day_time(x.message.due_at, zone)) }
                    th scope="row" { a href={ "/patients/" (x.who.id) } { (x.who.name) } }
                    td { (rule_name(x)) }
                    td { @match x.excluded {
                        None => span class="chip ok" { (lang.pick("发送", "Sent")) },
                        Some(why) => span class="chip warn" { (lang.pick("不发送：", "Not sent: ")) (why.text().get(lang)) },
                    } }
                } } }
            } } }
            @if all > AHEAD_ROWS { p class="note" { (lang.pick(format!("只显示前 {AHEAD_ROWS} 条，共 {all} 条。"), format!("The first {AHEAD_ROWS} of {all}."))) } }
        }
    }
}

/// `/rules/{id}`
pub fn rule_form(frame: &Frame, rule: &Rule, templates: &[String], form: Form<'_>) -> Markup {
    let lang = frame.lang;
    let of_visit = rule.anchor == Anchor::VisitStart;
    let number = Kind {
        kind: "number",
        inputmode: "numeric",
        ..Kind::default()
    };
    let mut options: Vec<(&str, String)> = templates
        .iter()
        .filter(|t| messaging::fits(rule.purpose(), t))
        .map(|t| (t.as_str(), messaging::template_name(lang, t)))
        .collect();
    if !options.iter().any(|(code, _)| *code == rule.template) {
        options.push((&rule.template, messaging::template_name(lang, &rule.template)));
    }
    let sides = [
        ("before", lang.pick("之前", "before")),
        ("after", lang.pick("之后", "after")),
    ];
    let body = html! {
        main id="main" class="plain outreach" {
            form class="card pad stack" method="post" action={ "/rules/" (rule.id) } {
                (form.summary())
                p { b { (rule.name_in(lang)) } (lang.pick("：", ": ")) (rule.when().get(lang)) }
                input type="hidden" name="version" value=(form.input.get("version"));
                div class="cols" {
                    (form.text("days", lang.pick("天数", "Days"), number))
                    (form.select("side", lang.pick("方向", "Before or after"), &sides))
                    (form.text("at", lang.pick("时间", "Time of day"), Kind { kind: "time", ..Kind::default() }))
                }
                @if of_visit {
                    (form.text("minutes", lang.pick("不填时间时：就诊前多少分钟", "Without a time of day: minutes before the visit"), number))
                }
                div class="cols" {
                    (form.text("window", lang.pick("最多晚发（分钟）", "At most so many minutes late"), Kind { required: true, ..number }))
                    (form.text("priority", lang.pick("优先级（1 最急，9 最缓）", "Priority (1 most urgent, 9 least)"), Kind { required: true, ..number }))
                    (form.select("template", lang.pick("模板", "Template"), &options))
                }
                (form.tick("active", lang.pick("启用", "On")))
                p class="note" { (lang.pick("修改后不会补发之前已到时间的消息。", "A change never sends what was due before it.")) }
                div class="acts" {
                    button class="btn pri" type="submit" { (lang.pick("保存", "Save")) }
                    a class="btn" href="/rules" { (lang.pick("返回", "Back")) }
                }
            }
        }
    };
    frame.page(lang.pick("修改规则", "Edit rule"), "settings", body)
}
