//! The form of a rule: who, in which steps, with which manners, and what it brings.

use maud::{Markup, html};

use super::super::jobs::Trial;
use super::super::model::{
    Anchor, CatchUp, Channels, Effect, Occasion, RETURN_DAYS, Rule, RuleAction, STEPS_MAX, Share, Side,
};
use super::rules::title;
use super::tried;
use crate::clinic::{Service, Site};
use crate::messaging::Templates;
use crate::outreach::actions::{field_of, steps_of};
use crate::outreach::segments::Segment;
use crate::patients::DateKind;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page};

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
    /// Segments it may be for.
    pub segments: Vec<Segment>,
    /// Festivals and own days.
    pub occasions: Vec<Occasion>,
    /// Kinds of dates on records.
    pub date_kinds: Vec<DateKind>,
    /// The site, for its zone.
    pub site: Site,
    /// Its last change.
    pub last: Option<AuditEntry>,
    /// What it brought; none: not asked for.
    pub effect: Option<Effect>,
}

const NUMBER: Kind = Kind {
    kind: "",
    required: false,
    autocomplete: "",
    inputmode: "numeric",
};
const NEEDED: Kind = Kind {
    required: true,
    inputmode: "",
    ..NUMBER
};
const NEEDED_NUMBER: Kind = Kind {
    required: true,
    ..NUMBER
};

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
                // What Enter does: the first button of a form.
                button class="vh" type="submit" tabindex="-1" aria-hidden="true" { (label) }
                (form.summary())
                input type="hidden" name="kind" value=(sheet.anchor);
                @if sheet.rule.is_some() { input type="hidden" name="version" value=(input.get("version")); }
                (who(&form, sheet))
                (steps(&form, sheet, &action))
                (manners(&form, sheet))
                (form.tick("active", lang.pick("启用", "On")))
                p class="hint" { (lang.pick("修改后不会补发之前已到时间的消息。", "A change never sends what was due before it.")) }
                div class="pair" { (form.text("from", lang.pick("从哪天起试算（默认今天）", "Try it out from (today if empty)"), Kind { kind: "date", ..Kind::default() })) }
                div class="acts" {
                    button class="btn pri" type="submit" { (label) }
                    button class="btn" type="submit" formaction={ (action) "/preview" } formnovalidate { (icon("eye")) (lang.pick("先看效果", "See what it would do")) }
                }
            }
        }))
        @if let Some(trial) = trial { (tried(lang, trial)) }
        @if let Some(effect) = sheet.effect.filter(|e| e.held.of + e.sent.of > 0) { (brought(lang, effect)) }
        @if let Some(rule) = &sheet.rule { (removal(lang, rule)) }
    };
    let name = match &sheet.rule {
        Some(rule) => rule.name_in(lang),
        None => lang.pick("添加规则", "Add a rule"),
    };
    settings_page(frame, name, ("/rules", title(lang)), &body)
}

/// What the rule is called, and whom it is for.
fn who(form: &Form<'_>, sheet: &RuleSheet) -> Markup {
    let lang = form.lang;
    let purposes: Vec<(String, String)> = sheet
        .anchor
        .purposes()
        .iter()
        .map(|p| (p.to_string(), p.name().get(lang).to_owned()))
        .collect();
    html! {
        div class="pair" {
            (form.text("name", lang.pick("中文名称", "Chinese name"), NEEDED))
            (form.text("name_en", lang.pick("英文名称", "English name"), NEEDED))
            @if purposes.len() > 1 { (form.select("purpose", lang.pick("用途", "What for"), &purposes)) }
            @if sheet.anchor.has_service() { (form.select("service", lang.pick("只用于此项目", "Only for this service"), &services(lang, sheet))) }
            @if sheet.anchor.has_treatment() { (form.text("treatment", lang.pick("只在做了这些治疗之后（病历中的词，用逗号隔开）", "Only after these treatments (words of the record, with commas between)"), Kind::default())) }
            (form.select("segment", lang.pick("只用于此分组", "Only for this segment"), &segments(lang, sheet)))
            @if sheet.anchor == Anchor::Occasion { (form.select("occasion", lang.pick("哪一天", "Which day"), &occasions(lang, sheet))) }
            @if sheet.anchor == Anchor::RecordDate { (form.select("date_kind", lang.pick("哪种日期", "Which date"), &date_kinds(lang, sheet))) }
        }
    }
}

/// What happens, in order: a group of fields for each step.
fn steps(form: &Form<'_>, sheet: &RuleSheet, action: &str) -> Markup {
    let lang = form.lang;
    let count = steps_of(form.input);
    html! {
        input type="hidden" name="steps" value=(count);
        (form.fault("steps"))
        @for n in 0..count {
            fieldset class="step" {
                legend { @if count > 1 { (lang.pick(format!("第 {} 步", n + 1), format!("Step {}", n + 1))) } @else { (lang.pick("何时做什么", "When, and what")) } }
                (step(form, sheet, n))
                @if count > 1 {
                    button class="btn sm" type="submit" name="step" value={ "remove-" (n + 1) } formaction={ (action) "/steps" } formnovalidate {
                        (icon("trash-2")) (lang.pick("去掉这一步", "Take this step away")) span class="vh" { " " (n + 1) }
                    }
                }
            }
        }
        @if count < STEPS_MAX {
            div class="acts" { button class="btn sm" type="submit" name="step" value="add" formaction={ (action) "/steps" } formnovalidate { (icon("plus")) (lang.pick("再加一步", "One more step")) } }
        }
    }
}

fn step(form: &Form<'_>, sheet: &RuleSheet, n: usize) -> Markup {
    let lang = form.lang;
    let name = |field: &str| field_of(field, n);
    let days = match sheet.anchor {
        Anchor::VisitStart => lang.pick("就诊前几天", "Days before the visit"),
        Anchor::VisitFinished => lang.pick("就诊后几天", "Days after the visit"),
        Anchor::VisitMissed => lang.pick("爽约后几天", "Days after the missed visit"),
        Anchor::PlanWaits => lang.pick("中断后几天", "Days after it came to rest"),
        Anchor::Referral => lang.pick("介绍后几天", "Days after the referral"),
        _ => lang.pick("相差几天", "Days"),
    };
    let sides = [
        ("before", lang.pick("之前", "before")),
        ("after", lang.pick("之后", "after")),
    ];
    let actions: Vec<(&str, String)> = RuleAction::ALL
        .iter()
        .map(|a| (a.as_str(), a.name().get(lang).to_owned()))
        .collect();
    let minutes = match sheet.anchor {
        Anchor::VisitStart => lang.pick(
            "不填时间时：就诊前多少分钟",
            "Without a time of day: minutes before the visit",
        ),
        Anchor::VisitFinished => lang.pick(
            "不填时间时：从就诊结束后多少分钟",
            "Without a time of day: minutes from the visit’s end",
        ),
        _ => lang.pick(
            "不填时间时：从就诊开始后多少分钟",
            "Without a time of day: minutes from the visit’s start",
        ),
    };
    html! {
        input type="hidden" name=(name("id")) value=(form.input.get(&name("id")));
        div class="pair" {
            (form.select(&name("action"), lang.pick("做什么", "What"), &actions))
            (form.select(&name("template"), lang.pick("模板（电话任务不用填）", "Template (none for a call)"), &templates(lang, sheet, form.input.get(&name("template")))))
            (form.select(&name("way"), lang.pick("发送方式", "Which way"), &ways(lang, Some(lang.pick("（同规则）", "(as the rule)")))))
            (form.text(&name("days"), days, NUMBER))
            @if sheet.anchor.side() == Side::Either { (form.select(&name("side"), lang.pick("方向", "Before or after"), &sides)) }
            (form.text(&name("at"), lang.pick("时间", "Time of day"), Kind { kind: "time", ..Kind::default() }))
            @if sheet.anchor.has_clock() { (form.text(&name("minutes"), minutes, NUMBER)) }
            (form.text(&name("window"), lang.pick("最多晚发（分钟）", "At most so many minutes late"), NEEDED_NUMBER))
        }
    }
}

/// The ways, after what stands for none of them.
fn ways(lang: Lang, none: Option<&str>) -> Vec<(&'static str, String)> {
    let all = Channels::ALL
        .iter()
        .map(|c| (c.as_str(), c.name().get(lang).to_owned()));
    none.map(|none| ("", none.to_owned())).into_iter().chain(all).collect()
}

/// Which way, when no further, and how often.
fn manners(form: &Form<'_>, sheet: &RuleSheet) -> Markup {
    let lang = form.lang;
    let channels = ways(lang, None);
    let late: Vec<(&str, String)> = CatchUp::ALL
        .iter()
        .map(|c| (c.as_str(), c.name().get(lang).to_owned()))
        .collect();
    html! {
        fieldset class="step" {
            legend { (lang.pick("何时不再继续", "When it goes no further")) }
            @if sheet.anchor.ends_when_booked() { (form.tick("stop_booked", lang.pick("患者已有预约", "The patient has a visit ahead"))) }
            @if sheet.anchor == Anchor::VisitStart { (form.tick("stop_confirmed", lang.pick("患者已确认就诊", "The patient has confirmed the visit"))) }
            (form.tick("stop_answered", lang.pick("第一步之后患者已答复或已电话联系上", "The patient has answered or was reached since the first step")))
        }
        div class="pair" {
            (form.select("channels", lang.pick("发送方式", "Which way"), &channels))
            (form.select("catch_up", lang.pick("系统停过之后", "After downtime"), &late))
            (form.text("rest_days", lang.pick("同类消息间隔至少几天（0 为不限）", "At least so many days after another of the kind (0: any)"), NUMBER))
            (form.text("priority", lang.pick("优先级（1 最急，9 最缓）", "Priority (1 most urgent, 9 least)"), NEEDED_NUMBER))
            @if sheet.anchor == Anchor::RecallDue { (form.text("late_a_day", lang.pick("逾期已久、各步都已过的复诊：每天补发几位（0 为不发，只在复诊名单上）", "Recalls overdue for so long that no step comes to them: how many a day (0: none, they stay on the recall list)"), NUMBER)) }
            @if sheet.anchor.may_hold_out() { (form.text("holdout", lang.pick("留作对照、不发送的百分比", "Percent left out for comparison"), NUMBER)) }
        }
    }
}

/// What the rule brings: who came back of those written to, and of those left out.
fn brought(lang: Lang, effect: Effect) -> Markup {
    let percent = |rate: f64| format!("{:.1} %", rate * 100.0);
    let points = |d: f64| format!("{:+.1}", d * 100.0);
    let (d, low, high) = effect.difference();
    let row = |label: &str, share: Share| {
        html! { tr { th scope="row" { (label) } td { (share.of) } td { (share.back) } td { (percent(share.rate())) } } }
    };
    html! {
        section class="card sec" aria-labelledby="effect-h" id="effect" {
            h2 id="effect-h" { (lang.pick("效果", "What it brings")) }
            p class="hint" { (lang.pick(
                format!("过去一年里，到期后 {RETURN_DAYS} 天内预约或到诊的患者。未满 {RETURN_DAYS} 天的不算。"),
                format!("Patients who booked or came within {RETURN_DAYS} days, of the last year; those whose days are not over are left out."),
            )) }
            table class="rtab" {
                thead { tr { @for h in lang.pick(["", "患者", "回来", "比例"], ["", "Patients", "Came back", "Share"]) { th scope="col" { (h) } } } }
                tbody { (row(lang.pick("发送", "Written to"), effect.sent)) (row(lang.pick("对照（未发送）", "Left out"), effect.held)) }
            }
            @if effect.is_comparable() {
                p { (lang.pick("相差（百分点，95% 区间）：", "Difference (points, 95 % interval): ")) b { (points(d)) } " (" (points(low)) (lang.pick(" 到 ", " to ")) (points(high)) ")" }
            } @else { p { (lang.pick("没有设置对照比例时看不出差别是不是规则带来的。", "Without some left out it cannot be told whether the rule brought them.")) } }
        }
    }
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

fn segments(lang: Lang, sheet: &RuleSheet) -> Vec<(String, String)> {
    let all = sheet
        .segments
        .iter()
        .filter(|s| s.is_offered())
        .map(|s| (s.id.to_string(), s.name_in(lang).to_owned()));
    let everybody = (String::new(), lang.pick("（所有患者）", "(everybody)").to_owned());
    std::iter::once(everybody).chain(all).collect()
}

fn none_yet(lang: Lang) -> (String, String) {
    (String::new(), lang.pick("请选择", "Choose").to_owned())
}

fn occasions(lang: Lang, sheet: &RuleSheet) -> Vec<(String, String)> {
    let all = sheet
        .occasions
        .iter()
        .map(|o| (o.id.to_string(), o.name_in(lang).to_owned()));
    std::iter::once(none_yet(lang)).chain(all).collect()
}

fn date_kinds(lang: Lang, sheet: &RuleSheet) -> Vec<(String, String)> {
    let all = sheet
        .date_kinds
        .iter()
        .map(|k| (k.id.to_string(), k.name_in(lang).to_owned()));
    std::iter::once(none_yet(lang)).chain(all).collect()
}

/// The templates that fit, and the one that is chosen.
fn templates(lang: Lang, sheet: &RuleSheet, chosen: &str) -> Vec<(String, String)> {
    let all = &sheet.templates;
    let fits = |t: &str| sheet.anchor.purposes().iter().any(|p| all.fits(*p, t));
    let mut options = vec![(String::new(), lang.pick("（无）", "(none)").to_owned())];
    let codes = all.heads.iter().map(|h| h.code.as_str());
    options.extend(
        codes
            .filter(|t| fits(t) || *t == chosen)
            .map(|t| (t.to_owned(), all.name(lang, t))),
    );
    options
}
