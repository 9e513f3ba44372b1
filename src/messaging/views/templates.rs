//! The templates: list and editor.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::{Carrier, DEFAULTS, Draft, KNOWN, render, sample};
use super::super::store::Template;
use super::template_name;
use crate::platform::i18n::Lang;
use crate::platform::sms::segments::{Coding, first_beyond_gsm};
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;

/// Prefix of a row's fields in the form: `sms_zh_`.
pub(in crate::messaging) fn fields_of(t: &Template) -> String {
    format!("{}_{}_", t.channel, t.language)
}

pub(in crate::messaging) fn template_list(lang: Lang, zone: Tz, rows: &[Template]) -> Markup {
    let mut codes: Vec<&str> = rows.iter().map(|r| r.code.as_str()).collect();
    codes.dedup();
    codes.sort_by_key(|code| DEFAULTS.iter().position(|d| d.code == *code).unwrap_or(usize::MAX));
    html! {
        main id="main" class="msgs" {
            ul class="card mlist" {
                @for code in codes {
                    @let of: Vec<&Template> = rows.iter().filter(|r| r.code == code).collect();
                    @let changed = of.iter().map(|r| r.updated_at).max();
                    @let version = of.iter().map(|r| r.version).max().unwrap_or(1);
                    li {
                        a href={ "/templates/" (code) } {
                            span class="who" { (template_name(lang, code)) }
                            span class="ch" { code { (code) } }
                            span class="tm" { (lang.pick("版本 ", "version ")) (version) @if let Some(at) = changed { " · " (lang.day_time(at, zone)) } }
                        }
                    }
                }
            }
        }
    }
}

/// The editor of one template: both channels in both languages, each with its preview beside it.
pub(in crate::messaging) fn editor(
    lang: Lang,
    code: &str,
    rows: &[Template],
    input: &Input,
    faults: &Faults,
) -> Markup {
    let form = Form { lang, input, faults };
    let purpose = DEFAULTS.iter().find(|d| d.code == code).map(|d| d.purpose);
    html! {
        main id="main" class="msgs" {
            h2 { (template_name(lang, code)) " " code { (code) } }
            @if let Some(purpose) = purpose {
                @let window = purpose.window();
                p class="sub" {
                    (purpose.name().get(lang)) (lang.pick("；发送时段 ", "; sent between ")) (window.from) (lang.pick(":00 至 ", ":00 and ")) (window.until) ":00"
                    @if purpose.is_marketing() { (lang.pick("；只发给同意接收的患者，每天最多一条", "; only to patients who agreed, at most one a day")) }
                }
            }
            section class="card pad" aria-labelledby="vars" {
                h3 id="vars" { (lang.pick("可用的变量", "Variables")) }
                ul class="vars" { @for (name, zh, en) in KNOWN { li { code { "{{ " (name) " }}" } " " (lang.pick(zh, en)) } } }
                p class="sub" { (lang.pick("不要写诊断、项目、牙位、价格和结果：消息可能被别人看到。", "No diagnosis, treatment, tooth, price or result: others may see the message.")) }
            }
            form method="post" action={ "/templates/" (code) } class="stack" {
                (form.summary())
                @for row in rows {
                    @let p = fields_of(row);
                    section class="card pad tpl" aria-label={ (row.channel.name().get(lang)) " " (row.language.pick("中文", "English")) } {
                        input type="hidden" name={ (p) "version" } value=(input.get(&format!("{p}version")));
                        div class="stack" {
                            h3 { (icon(row.channel.icon())) " " (row.channel.name().get(lang)) " · " (row.language.pick("中文", "English")) " · " (lang.pick("版本 ", "version ")) (row.version) }
                            @if row.channel == Carrier::Email { (form.text(&format!("{p}subject"), lang.pick("主题", "Subject"), Kind { required: true, ..Kind::default() })) }
                            div hx-post={ "/templates/preview?channel=" (row.channel) "&language=" (row.language) } hx-trigger="input changed delay:300ms" hx-target={ "#p-" (p) } hx-swap="innerHTML" hx-include="closest section" {
                                (form.area(&format!("{p}body"), lang.pick("正文", "Text"), if row.channel == Carrier::Sms { 5 } else { 10 }))
                            }
                        }
                        div {
                            h4 { (lang.pick("预览", "Preview")) }
                            div id={ "p-" (p) } aria-live="polite" { (preview(lang, row.channel, row.language, &Draft { subject: input.get(&format!("{p}subject")).to_owned(), body: input.get(&format!("{p}body")).to_owned() })) }
                        }
                    }
                }
                div class="acts" {
                    button class="btn pri" type="submit" { (icon("check")) (lang.pick("保存", "Save")) }
                    a class="btn" href="/templates" { (lang.pick("返回", "Back")) }
                }
            }
        }
    }
}

/// A draft as a patient would see it, with its size.
pub(in crate::messaging) fn preview(lang: Lang, channel: Carrier, language: Lang, draft: &Draft) -> Markup {
    match render(draft, &sample(language)) {
        Err(e) => html! { p class="fault" { (lang.pick("模板有误：", "The template has a fault: ")) (e) } },
        Ok(text) if channel == Carrier::Sms => html! {
            div class="phone" lang=(language.tag()) { p class="bubble" { (text.body) } }
            p class="sub" {
                (text.size.characters) (lang.pick(" 字，", " characters, ")) (text.size.parts) (lang.pick(" 条短信", " SMS parts"))
                @if language == Lang::En && text.size.coding == Coding::Ucs2 {
                    @if let Some(c) = first_beyond_gsm(&text.body) { (lang.pick("；因为“", "; because of “")) (c) (lang.pick("”每条只能容纳 70 字", "” a part holds only 70 characters")) }
                }
            }
        },
        Ok(text) => html! {
            article class="card letter" lang=(language.tag()) { p class="subject" { (text.subject) } p class="body" { (text.body) } }
        },
    }
}
