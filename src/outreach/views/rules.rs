//! The rules in plain words, and what the next days bring: a part of the settings.

use maud::{Markup, html};

use super::super::jobs::Candidate;
use super::super::model::{Anchor, Rule, RuleAction};
use crate::clinic::{Service, Site};
use crate::messaging::Templates;
use crate::platform::i18n::Lang;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page, up_to_settings};

/// Rows of the preview that are shown.
const AHEAD_ROWS: usize = 200;

/// What the page of rules shows.
pub struct RulesPage {
    /// The site, for its zone.
    pub site: Site,
    /// All rules.
    pub rules: Vec<Rule>,
    /// Their templates.
    pub templates: Templates,
    /// Services: those that rules are for, and the follow-up calls they ask for.
    pub services: Vec<Service>,
    /// Who gets what in the next days, by time.
    pub ahead: Vec<Candidate>,
    /// The last change of any rule.
    pub last: Option<AuditEntry>,
}

pub(super) fn title(lang: Lang) -> &'static str {
    lang.pick("提醒规则", "Reminder rules")
}

/// `/rules`
pub fn rules(frame: &Frame, page: &RulesPage) -> Markup {
    let lang = frame.lang;
    let section = Section {
        frame,
        key: "rules",
        title: lang.pick("自动消息", "Automatic messages"),
        zone: page.site.tz(),
        last: page.last.as_ref(),
    };
    let body = html! {
        (section.draw(&html! { (rule_table(lang, page)) (add_links(lang)) }))
        section class="card sec" aria-labelledby="f-h" {
            h2 id="f-h" { (lang.pick("治疗后回访电话", "Follow-up calls after treatment")) }
            p class="hint" { (lang.pick("在各项目的设置里修改。", "Changed in each service's settings.")) }
            ul class="lines" { @for s in page.services.iter().filter(|s| s.active && s.follow_up_days.is_some()) { li { (follow_up(lang, s)) } } }
        }
        (ahead(lang, page))
    };
    settings_page(frame, title(lang), up_to_settings(lang), &body)
}

fn add_links(lang: Lang) -> Markup {
    html! {
        p {
            a href="/rules/days" { (lang.pick("节日和自定日子", "Festivals and own days")) } " · "
            a href="/settings/dates" { (lang.pick("档案日期的种类", "Kinds of dates on records")) }
        }
        div class="acts" {
            @for kind in Anchor::ALL {
                a class="btn" href={ "/rules/new?kind=" (kind) } { (icon("plus")) (lang.pick("添加：", "Add: ")) (kind.name().get(lang)) }
            }
        }
    }
}

fn rule_table(lang: Lang, page: &RulesPage) -> Markup {
    let [rule, when, service, template, state, actions] = lang.pick(
        ["规则", "何时", "项目", "模板", "状态", "操作"],
        ["Rule", "When", "Service", "Template", "State", "Action"],
    );
    let service_name = |r: &Rule| {
        let found = page.services.iter().find(|s| Some(s.id) == r.service_id);
        found.map_or(lang.pick("全部", "all"), |s| s.name_in(lang)).to_owned()
    };
    html! {
        table class="tab rules" {
            thead { tr { @for h in [rule, when, service, template, state, actions] { th scope="col" { (h) } } } }
            tbody { @for r in &page.rules { tr {
                th scope="row" { a href={ "/rules/" (r.id) } { (r.name_in(lang)) } }
                td data-l=(when) { span { (r.when().get(lang)) small class="sub" { (r.patience().get(lang)) } } }
                td data-l=(service) { span { (service_name(r)) @if !r.treatment.is_empty() { small class="sub" { (r.treatment) } } } }
                td data-l=(template) { (templates(lang, &page.templates, r)) }
                td data-l=(state) { @if r.active { span class="chip ok" { (lang.pick("启用", "On")) } } @else { span class="chip" { (lang.pick("停用", "Off")) } } }
                td data-l=(actions) { a class="btn sm" href={ "/rules/" (r.id) } { (icon("pencil")) (lang.pick("修改", "Edit")) span class="vh" { (lang.pick("：", ": ")) (r.name_in(lang)) } } }
            } } }
        }
    }
}

/// What its steps do, each once, and what stands against it.
fn templates(lang: Lang, all: &Templates, rule: &Rule) -> Markup {
    let mut codes: Vec<&str> = rule.templates().collect();
    codes.dedup();
    let mut names: Vec<String> = codes.iter().map(|t| all.name(lang, t)).collect();
    if rule.steps.0.iter().any(|s| s.action == RuleAction::Call) {
        names.push(RuleAction::Call.name().get(lang).to_owned());
    }
    let lacking = codes.into_iter().filter(|_| rule.active).filter_map(|t| all.lacks(t));
    html! {
        (names.join(lang.pick("、", ", ")))
        @for lacks in lacking { " " span class="chip bad" { (icon("triangle-alert")) (lacks.get(lang)) } }
    }
}

fn follow_up(lang: Lang, s: &Service) -> Markup {
    let days = s.follow_up_days.unwrap_or(0);
    let time = super::super::model::minute_text(s.follow_up_minute);
    html! {
        a href={ "/settings/services/" (s.id) } { (s.name_in(lang)) }
        span { (lang.pick(format!("结束后 {days} 天 {time}"), format!("{days} d after the visit at {time}"))) }
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
        section class="card sec" aria-labelledby="a-h" {
            h2 id="a-h" { (lang.pick("未来 7 天", "Next 7 days")) }
            p class="hint" { (lang.pick(format!("将发送 {} 条，不发送 {out} 条。", all - out), format!("{} will be sent, {out} will not.", all - out))) }
            @if page.ahead.is_empty() { p { (lang.pick("没有到期的消息。", "Nothing is due.")) } }
            @else {
                @let [when, patient, rule, result] = lang.pick(["时间", "患者", "规则", "结果"], ["When", "Patient", "Rule", "Result"]);
                table class="tab" {
                    thead { tr { @for h in [when, patient, rule, result] { th scope="col" { (h) } } } }
                    tbody { @for x in page.ahead.iter().take(AHEAD_ROWS) { tr {
                        td data-l=(when) { (lang.day_time(x.goes_at, zone)) @if let Some(why) = &x.waits { br; small { (why.get(lang)) } } }
                        th scope="row" { a href={ "/patients/" (x.who.id) } { (x.who.name) } }
                        td data-l=(rule) { (rule_name(x)) }
                        td data-l=(result) class="wrap" { @match x.excluded {
                            None if x.action == RuleAction::Call => span class="chip ok" { (lang.pick("电话任务", "Call")) },
                            None => span class="chip ok" { (lang.pick("将发送", "Will be sent")) },
                            Some(why) => span class="chip warn" { (lang.pick("不发送：", "Not sent: ")) (why.text().get(lang)) },
                        } }
                    } } }
                }
            }
            @if all > AHEAD_ROWS { p class="hint" { (lang.pick(format!("只显示前 {AHEAD_ROWS} 条，共 {all} 条。"), format!("The first {AHEAD_ROWS} of {all}."))) } }
        }
    }
}
