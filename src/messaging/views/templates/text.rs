//! One text of a template with its preview, and what is found in it.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::{Sheet, fields_of};
use crate::messaging::model::{
    Carrier, Draft, FAMILY, House, Lint, Written, beyond_gsm, extent, family_sample, fault, lint, names_family, render,
    uneven,
};
use crate::messaging::store::Template;
use crate::platform::i18n::{Lang, Text};
use crate::platform::sms::PROVIDERS;
use crate::platform::sms::segments::Coding;
use crate::platform::web::form::{Form, Input, Kind};
use crate::platform::web::icon;

/// A draft as it is typed in the form of a template.
pub(super) fn typed(input: &Input, channel: Carrier, language: Lang) -> Draft {
    let get = |field: &str| input.get(&format!("{channel}_{language}_{field}")).to_owned();
    Draft {
        subject: get("subject"),
        body: get("body"),
    }
}

/// Kinds of gateways for which an approved template is entered.
pub(super) fn entered(input: &Input, channel: Carrier, language: Lang) -> Vec<String> {
    let has = |kind: &str| !input.get(&format!("{channel}_{language}_{kind}")).is_empty();
    let kinds = PROVIDERS.iter().filter(|(kind, _)| has(kind));
    kinds.map(|(kind, _)| (*kind).to_owned()).collect()
}

/// One text with its preview.
pub(super) fn text(form: &Form<'_>, sheet: &Sheet<'_>, row: &Template) -> Markup {
    let (lang, p) = (form.lang, fields_of(row));
    let name = |field: &str| format!("{p}{field}");
    let of = format!(
        "{} · {}",
        row.channel.name().get(lang),
        row.language.pick("中文", "English")
    );
    let url = format!(
        "/templates/preview?channel={}&language={}&code={}",
        row.channel, row.language, row.code
    );
    let rows = if row.channel == Carrier::Sms { 5 } else { 10 };
    let shown = Preview {
        house: sheet.house,
        price: sheet.price,
        currency: &sheet.site.currency,
        values: sheet.with.values(row.language),
        longest: row.language.pick(&sheet.longest[0], &sheet.longest[1]),
        code: &sheet.head.code,
        fallback: sheet.head.fallback.unwrap_or(sheet.site.language),
        purpose: sheet.head.purpose,
    };
    html! {
        section class="card pad tpl" aria-label=(of) {
            input type="hidden" name=(name("version")) value=(form.input.get(&name("version")));
            div class="stack" hx-post=(url) hx-trigger="input changed delay:300ms" hx-target={ "#p-" (p) } hx-swap="innerHTML" hx-include="#tpl" {
                h2 { (icon(row.channel.icon())) " " (of) " · " (lang.pick("版本 ", "version ")) (row.version) }
                @if row.channel == Carrier::Email { (form.text(&name("subject"), &labelled(lang, &of, ("主题", "Subject")), Kind::default())) }
                (form.area(&name("body"), &labelled(lang, &of, ("正文", "Text")), rows))
                @if row.channel == Carrier::Sms && !sheet.kinds.is_empty() { (providers(form, sheet.kinds, (&p, &of))) }
            }
            div {
                h3 {
                    @match &sheet.with.patient {
                        Some((_, name, chart_no)) => { (lang.pick("预览：", "Preview: ")) (name) " " small { (chart_no) } }
                        None => { (lang.pick("预览（示例患者）", "Preview (a sample patient)")) }
                    }
                }
                div id={ "p-" (p) } aria-live="polite" { (preview(lang, &shown, (row.channel, row.language), form.input)) }
            }
        }
    }
}

/// Which approved templates of gateways stand for a text.
fn providers(form: &Form<'_>, kinds: &[&str], (prefix, of): (&str, &str)) -> Markup {
    let lang = form.lang;
    html! {
        @for (kind, (zh, en)) in PROVIDERS.iter().filter(|(kind, _)| kinds.contains(kind)) {
            @let words = (format!("{zh}模板编号和变量"), format!("{en}: template code and variables"));
            (form.text(&format!("{prefix}{kind}"), &labelled(lang, of, (&words.0, &words.1)), Kind::default()))
        }
        p class="sub" {
            (lang.pick("这类网关只发送审核过的模板，患者看到的是模板的文字，请与上面的正文一致。写法：", "These gateways send their approved template instead of the text above: keep both alike. Write: "))
            code { "SMS_123456: date, time" }
            (lang.pick("；参数名与变量名不同时写作 ", "; where the parameter has another name: ")) code { "where=address" }
        }
    }
}

/// Four texts stand on one page: each label says whose it is.
fn labelled(lang: Lang, of: &str, (zh, en): (&str, &str)) -> String {
    lang.pick(format!("{zh}（{of}）"), format!("{en} ({of})"))
}

/// With what a text is shown and looked at.
pub(in crate::messaging) struct Preview<'a> {
    pub house: &'a House,
    /// What a part costs.
    pub price: Option<f64>,
    pub currency: &'a str,
    /// Variables to show it with, and the longest there are.
    pub values: &'a Map<String, Value>,
    pub longest: &'a Map<String, Value>,
    /// The template's code.
    pub code: &'a str,
    /// Which language stands in.
    pub fallback: Lang,
    pub purpose: crate::messaging::Purpose,
}

/// A text as it is typed, as a patient would see it, with its size and what is found in it.
pub(in crate::messaging) fn preview(
    lang: Lang,
    p: &Preview<'_>,
    (channel, language): (Carrier, Lang),
    input: &Input,
) -> Markup {
    let draft = typed(input, channel, language);
    if draft.is_empty() {
        return nothing(lang, p, (channel, language), input);
    }
    let sources = [&draft.subject, &draft.body];
    if let Some(why) = sources.into_iter().find_map(|s| fault(Some(p.purpose), s)) {
        return html! { p class="fault" { (why.get(lang)) } };
    }
    let Ok(text) = render(&draft, p.values) else {
        return html! { p class="fault" { (lang.pick("模板有误", "The template has a fault")) } };
    };
    let entered = entered(input, channel, language);
    let of = Written {
        carrier: channel,
        language,
        purpose: Some(p.purpose),
        draft: &draft,
        entered: &entered,
    };
    let mut found: Vec<(bool, Text)> = lint(p.house, &of, p.values)
        .into_iter()
        .map(|Lint { fault, text, .. }| (fault, text))
        .collect();
    let (zh, en) = (typed(input, channel, Lang::Zh), typed(input, channel, Lang::En));
    found.extend(uneven(&zh, &en).into_iter().map(|text| (false, text)));
    html! {
        @if channel == Carrier::Sms {
            div class="phone" lang=(language.tag()) { p class="bubble" { (text.body) } }
            (for_family(lang, p, language, &draft))
            (size(lang, p, &draft))
            (costly(lang, p, language, &draft))
        } @else {
            article class="card letter" lang=(language.tag()) { p class="subject" { (text.subject) } p class="body" { (text.body) } }
        }
        (list(lang, &found))
    }
}

fn list(lang: Lang, found: &[(bool, Text)]) -> Markup {
    html! {
        @for (fault, text) in found {
            @if *fault { p class="banner bad" { (icon("circle-x")) span { (text.get(lang)) } } }
            @else { p class="banner warn" { (icon("triangle-alert")) span { (text.get(lang)) } } }
        }
    }
}

/// There is no such text: another stands in, or nobody gets it.
fn nothing(lang: Lang, p: &Preview<'_>, (channel, language): (Carrier, Lang), input: &Input) -> Markup {
    let there = p.fallback != language && !typed(input, channel, p.fallback).is_empty();
    let stands_in = p.fallback.pick(("中文", "Chinese"), ("英文", "English"));
    html! {
        @if there {
            p class="banner info" { (icon("info")) span { (lang.pick(format!("没有文字：改发{}的", stands_in.0), format!("No text: the {} one is sent instead", stands_in.1))) } }
        } @else {
            p class="banner bad" { (icon("circle-x")) span { (lang.pick("没有文字，也没有别的语言可以代替：这样的消息会发送失败", "No text, and no other language stands in: such messages fail")) } }
        }
    }
}

/// The same where a family's reminders go out as one.
fn for_family(lang: Lang, p: &Preview<'_>, language: Lang, draft: &Draft) -> Markup {
    if !names_family(&draft.body) {
        return html! {};
    }
    let mut values = p.values.clone();
    values.insert(FAMILY.into(), family_sample(language).into());
    html! {
        @if let Ok(text) = render(draft, &values) {
            p class="sub" { (lang.pick("一家人的提醒合并时：", "Where a family's reminders go out as one:")) }
            div class="phone" lang=(language.tag()) { p class="bubble" { (text.body) } }
        }
    }
}

/// How long it is, how long it gets, and what that costs.
fn size(lang: Lang, p: &Preview<'_>, draft: &Draft) -> Markup {
    let Some(e) = extent(draft, p.values, p.longest) else {
        return html! {};
    };
    let cost = p
        .price
        .map(|each| format!("{:.3} {}", each * f64::from(e.longest.parts), p.currency));
    html! {
        p class="sub" {
            (e.usual.characters) (lang.pick(" 字，", " characters, ")) (e.usual.parts) (lang.pick(" 条短信", " SMS parts"))
            (lang.pick("；最长 ", "; at most ")) (e.longest.characters) (lang.pick(" 字，", " characters, ")) (e.longest.parts) (lang.pick(" 条", " parts"))
            @if e.longest.coding == Coding::Gsm { " (GSM)" } @else { " (UCS-2)" }
            @if let Some(cost) = cost { (lang.pick("，约 ", ", about ")) (cost) }
        }
        @if e.longest.parts > p.house.parts_max {
            p class="banner bad" { (icon("circle-x")) span { (lang.pick(format!("最长时超过 {} 条，会发送失败", p.house.parts_max), format!("At its longest it has more than {} parts, and fails", p.house.parts_max))) } }
        }
    }
}

/// Characters that make an English text cost twice as much, and plain ones for them.
fn costly(lang: Lang, p: &Preview<'_>, language: Lang, draft: &Draft) -> Markup {
    let beyond = beyond_gsm(&draft.body);
    if language == Lang::Zh || beyond.is_empty() {
        return html! {};
    }
    let replaced = beyond.iter().filter(|(_, plain)| plain.is_some());
    html! {
        div class="banner warn" {
            (icon("triangle-alert"))
            div {
                p {
                    (lang.pick("因为这些字符，每条只能容纳 70 字：", "Because of these characters a part holds only 70: "))
                    @for (c, plain) in &beyond { " “" (c) "”" @if let Some(plain) = plain.filter(|s| !s.trim().is_empty()) { " → " code { (plain) } } }
                }
                @if replaced.count() > 0 {
                    p { button class="btn sm" type="submit" name="plain" value={ "sms_" (language) "_" } formaction={ "/templates/" (p.code) "/preview" } formnovalidate { (lang.pick("换成普通字符", "Use plain characters")) } }
                }
            }
        }
    }
}
