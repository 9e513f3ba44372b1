//! The rules in plain words, the form of one, and what the next days bring: a part of the settings.

use maud::{Markup, html};

use super::super::jobs::Candidate;
use super::super::model::{Anchor, Rule};
use super::{Trial, tried};
use crate::clinic::{Service, Site};
use crate::messaging::Templates;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Form, Input, Kind};
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

fn title(lang: Lang) -> &'static str {
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
                td data-l=(service) { (service_name(r)) }
                td data-l=(template) { (template_of(lang, &page.templates, r)) }
                td data-l=(state) { @if r.active { span class="chip ok" { (lang.pick("启用", "On")) } } @else { span class="chip" { (lang.pick("停用", "Off")) } } }
                td data-l=(actions) { a class="btn sm" href={ "/rules/" (r.id) } { (icon("pencil")) (lang.pick("修改", "Edit")) span class="vh" { (lang.pick("：", ": ")) (r.name_in(lang)) } } }
            } } }
        }
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
                        td data-l=(when) { (lang.day_time(x.message.due_at, zone)) }
                        th scope="row" { a href={ "/patients/" (x.who.id) } { (x.who.name) } }
                        td data-l=(rule) { (rule_name(x)) }
                        td data-l=(result) class="wrap" { @match x.excluded {
                            None => span class="chip ok" { (lang.pick("发送", "Sent")) },
                            Some(why) => span class="chip warn" { (lang.pick("不发送：", "Not sent: ")) (why.text().get(lang)) },
                        } }
                    } } }
                }
            }
            @if all > AHEAD_ROWS { p class="hint" { (lang.pick(format!("只显示前 {AHEAD_ROWS} 条，共 {all} 条。"), format!("The first {AHEAD_ROWS} of {all}."))) } }
        }
    }
}

/// What the form of a rule needs.
pub struct RuleSheet {
    /// None: a new one.
    pub rule: Option<Rule>,
    /// What it counts from.
    pub anchor: Anchor,
    /// The templates there are.
    pub templates: Templates,
    /// Services it may be for.
    pub services: Vec<Service>,
    /// The site, for its zone.
    pub site: Site,
    /// Its last change.
    pub last: Option<AuditEntry>,
}

/// `/rules/new`, `/rules/{id}`
pub fn rule_form(
    frame: &Frame,
    sheet: &RuleSheet,
    (input, faults): (&Input, &Faults),
    trial: Option<&Trial>,
) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let kind = sheet.anchor.name().get(lang).to_owned();
    let heading = match &sheet.rule {
        Some(rule) => format!("{kind}{}{}", lang.pick("：", ": "), rule.when().get(lang)),
        None => kind,
    };
    let section = Section {
        frame,
        key: "rule",
        title: &heading,
        zone: sheet.site.tz(),
        last: sheet.last.as_ref(),
    };
    let (action, label) = match &sheet.rule {
        Some(rule) => (format!("/rules/{}", rule.id), lang.pick("保存", "Save")),
        None => ("/rules/new".to_owned(), lang.pick("添加", "Add")),
    };
    let body = html! {
        (section.draw(&html! {
            form method="post" action=(action) class="stack" {
                (form.summary())
                input type="hidden" name="kind" value=(sheet.anchor);
                @if sheet.rule.is_some() { input type="hidden" name="version" value=(input.get("version")); }
                (fields(&form, sheet))
                (form.tick("active", lang.pick("启用", "On")))
                p class="hint" { (lang.pick("修改后不会补发之前已到时间的消息。", "A change never sends what was due before it.")) }
                div class="pair" { (form.text("from", lang.pick("从哪天起试算（默认今天）", "Try it out from (today if empty)"), Kind { kind: "date", ..Kind::default() })) }
                div class="acts" {
                    button class="btn pri" type="submit" { (label) }
                    button class="btn" type="submit" formaction={ (action) "/preview" } formnovalidate { (icon("eye")) (lang.pick("先看效果", "See what it would do")) }
                }
            }
        }))
        @if let Some(trial) = trial { (tried(lang, sheet.site.tz(), trial)) }
        @if let Some(rule) = &sheet.rule { (removal(lang, rule)) }
    };
    let name = match &sheet.rule {
        Some(rule) => rule.name_in(lang),
        None => lang.pick("添加规则", "Add a rule"),
    };
    settings_page(frame, name, ("/rules", title(lang)), &body)
}

fn removal(lang: Lang, rule: &Rule) -> Markup {
    html! {
        section class="card sec" aria-labelledby="remove-h" {
            h2 id="remove-h" { (lang.pick("删除规则", "Remove the rule")) }
            p class="hint" { (lang.pick("已经排入发送的消息不受影响。只是暂时不用，请取消“启用”。", "What it has queued already stays. To rest it for a while, switch it off instead.")) }
            form method="post" action={ "/rules/" (rule.id) "/remove" } {
                input type="hidden" name="version" value=(rule.version);
                button class="btn danger" type="submit" { (icon("trash-2")) (lang.pick("删除", "Remove")) }
            }
        }
    }
}

fn fields(form: &Form<'_>, sheet: &RuleSheet) -> Markup {
    let lang = form.lang;
    let number = Kind {
        inputmode: "numeric",
        ..Kind::default()
    };
    let needed = Kind {
        required: true,
        ..Kind::default()
    };
    let days = match sheet.anchor {
        Anchor::VisitStart => lang.pick("就诊前几天", "Days before the visit"),
        Anchor::VisitFinished => lang.pick("就诊后几天", "Days after the visit"),
        Anchor::RecallDue | Anchor::Birthday => lang.pick("相差几天", "Days"),
    };
    let sides = [
        ("before", lang.pick("之前", "before")),
        ("after", lang.pick("之后", "after")),
    ];
    html! {
        div class="pair" {
            (form.text("name", lang.pick("中文名称", "Chinese name"), needed))
            (form.text("name_en", lang.pick("英文名称", "English name"), needed))
            (form.text("days", days, number))
            @match sheet.anchor {
                Anchor::VisitStart => { input type="hidden" name="side" value="before"; },
                Anchor::VisitFinished => { input type="hidden" name="side" value="after"; },
                Anchor::RecallDue | Anchor::Birthday => { (form.select("side", lang.pick("方向", "Before or after"), &sides)) },
            }
            (form.text("at", lang.pick("时间", "Time of day"), Kind { kind: "time", ..Kind::default() }))
            @if sheet.anchor == Anchor::VisitStart {
                (form.text("minutes", lang.pick("不填时间时：就诊前多少分钟", "Without a time of day: minutes before the visit"), number))
            }
            @if sheet.anchor.has_service() { (form.select("service", lang.pick("只用于此项目", "Only for this service"), &services(lang, sheet))) }
            (form.select("template", lang.pick("模板", "Template"), &templates(lang, sheet)))
            (form.text("window", lang.pick("最多晚发（分钟）", "At most so many minutes late"), Kind { required: true, ..number }))
            (form.text("priority", lang.pick("优先级（1 最急，9 最缓）", "Priority (1 most urgent, 9 least)"), Kind { required: true, ..number }))
        }
    }
}

fn services(lang: Lang, sheet: &RuleSheet) -> Vec<(String, String)> {
    let chosen = sheet.rule.as_ref().and_then(|r| r.service_id);
    let mut options = vec![(String::new(), lang.pick("（全部项目）", "(all services)").to_owned())];
    options.extend(
        sheet
            .services
            .iter()
            .filter(|s| s.active || Some(s.id) == chosen)
            .map(|s| (s.id.to_string(), s.name_in(lang).to_owned())),
    );
    options
}

/// The template of a rule, and what stands against it.
fn template_of(lang: Lang, templates: &Templates, r: &Rule) -> Markup {
    html! {
        (templates.name(lang, &r.template))
        @if let Some(lacks) = templates.lacks(&r.template).filter(|_| r.active) {
            " " span class="chip bad" { (icon("triangle-alert")) (lacks.get(lang)) }
        }
    }
}

/// The templates that fit, and the one it has.
fn templates(lang: Lang, sheet: &RuleSheet) -> Vec<(String, String)> {
    let own = sheet.rule.as_ref().map(|r| r.template.as_str());
    let heads = sheet.templates.heads.iter().map(|h| h.code.as_str());
    let named = |code: &str| (code.to_owned(), sheet.templates.name(lang, code));
    heads
        .filter(|t| sheet.templates.fits(sheet.anchor.purpose(), t) || Some(*t) == own)
        .map(named)
        .collect()
}
