//! The templates: list and editor, in the frame of the settings.

use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::super::model::{
    Carrier, DEFAULTS, Draft, Purpose, fault, purpose_of, render, sample, template_name, variables_of, warnings,
};
use super::super::store::Template;
use crate::clinic::Site;
use crate::platform::i18n::Lang;
use crate::platform::sms::segments::{Coding, first_beyond_gsm};
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page, up_to_settings};

/// Prefix of a row's fields in the form: `sms_zh_`.
pub(in crate::messaging) fn fields_of(t: &Template) -> String {
    format!("{}_{}_", t.channel, t.language)
}

fn draft_of(row: &Template) -> Draft {
    Draft {
        subject: row.subject.clone(),
        body: row.body.clone(),
    }
}

pub(in crate::messaging) fn template_list(frame: &Frame, site: &Site, rows: &[Template]) -> Markup {
    let lang = frame.lang;
    let mut codes: Vec<&str> = rows.iter().map(|r| r.code.as_str()).collect();
    codes.dedup();
    codes.sort_by_key(|code| DEFAULTS.iter().position(|d| d.code == *code).unwrap_or(usize::MAX));
    let body = html! {
        div class="msgs" {
            ul class="card mlist" {
                @for code in codes {
                    @let of: Vec<&Template> = rows.iter().filter(|r| r.code == code).collect();
                    @let changed = of.iter().map(|r| r.updated_at).max();
                    @let warned = of.iter().any(|r| !warnings(r.channel, purpose_of(code), &draft_of(r)).is_empty());
                    li {
                        a href={ "/templates/" (code) } {
                            span class="who" { (template_name(lang, code)) }
                            span class="ch" { @if let Some(purpose) = purpose_of(code) { (purpose.name().get(lang)) } }
                            span class="st" { @if warned { span class="chip warn" { (icon("triangle-alert")) (lang.pick("请检查", "Look again")) } } }
                            span class="tm" { @if let Some(at) = changed { (lang.pick("修改于 ", "changed ")) (lang.day_time(at, site.tz())) } }
                        }
                    }
                }
            }
        }
    };
    settings_page(frame, title(lang), up_to_settings(lang), &body)
}

fn title(lang: Lang) -> &'static str {
    lang.pick("消息模板", "Message templates")
}

/// What the editor of one template shows.
pub(in crate::messaging) struct Sheet<'a> {
    pub code: &'a str,
    pub rows: &'a [Template],
    pub site: &'a Site,
    pub last: Option<&'a AuditEntry>,
}

/// The editor of one template: both channels in both languages, each with its preview beside it.
pub(in crate::messaging) fn editor(
    frame: &Frame,
    sheet: &Sheet<'_>,
    (input, faults): (&Input, &Faults),
    test: (&Input, &Faults),
) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let section = Section {
        frame,
        key: "template",
        title: lang.pick("可用的变量", "Variables"),
        zone: sheet.site.tz(),
        last: sheet.last,
    };
    let body = html! {
        div class="msgs" {
            (section.draw(&about(lang, purpose_of(sheet.code))))
            form method="post" action={ "/templates/" (sheet.code) } class="stack" {
                (form.summary())
                @for row in sheet.rows { (text(&form, sheet, row)) }
                div class="acts" {
                    button class="btn pri" type="submit" { (icon("check")) (lang.pick("保存", "Save")) }
                    a class="btn" href="/templates" { (lang.pick("返回", "Back")) }
                }
            }
            (try_out(lang, sheet.code, test))
        }
    };
    settings_page(
        frame,
        &template_name(lang, sheet.code),
        ("/templates", title(lang)),
        &body,
    )
}

/// Sends the saved text to one's own telephone or mailbox.
fn try_out(lang: Lang, code: &str, (input, faults): (&Input, &Faults)) -> Markup {
    let form = Form { lang, input, faults };
    html! {
        section class="card pad" aria-labelledby="test-h" {
            h2 id="test-h" { (lang.pick("试发给自己", "Send a test to yourself")) }
            p class="sub" { (lang.pick("发送已保存的文字和示例内容，标明“测试”，两分钟后发出，可在“消息”页停止。收件人须是已登记的患者。", "Sends the saved text with sample values, marked as a test, after two minutes; it can be stopped on the Messages page. The receiver is somebody registered as a patient.")) }
            form method="post" action={ "/templates/" (code) "/test" } class="stack" {
                (form.summary())
                (form.text("to", lang.pick("自己的手机号或邮箱", "Your mobile number or email"), Kind { required: true, ..Kind::default() }))
                p { button class="btn" type="submit" { (icon("send")) (lang.pick("试发", "Send a test")) } }
            }
        }
    }
}

/// What the messages are for, when they go out, and what they may name.
fn about(lang: Lang, purpose: Option<Purpose>) -> Markup {
    html! {
        @if let Some(purpose) = purpose {
            @let window = purpose.window();
            p class="sub" {
                (purpose.name().get(lang)) (lang.pick("；发送时段 ", "; sent between ")) (window.from) (lang.pick(":00 至 ", ":00 and ")) (window.until) ":00"
                @if purpose.is_marketing() { (lang.pick("；只发给同意接收的患者，每天最多一条", "; only to patients who agreed, at most one a day")) }
            }
        }
        ul class="vars" { @for v in variables_of(purpose) { li { code { "{{ " (v.name) " }}" } " " (lang.pick(v.about.0, v.about.1)) } } }
        p class="sub" { (lang.pick("治疗项目、诊断、牙位、价格和结果没有变量，也请不要写：消息可能被别人看到。", "Treatment, diagnosis, tooth, price and result have no variable and do not belong here: others may see the message.")) }
    }
}

/// One text with its preview.
fn text(form: &Form<'_>, sheet: &Sheet<'_>, row: &Template) -> Markup {
    let (lang, p) = (form.lang, fields_of(row));
    let name = |field: &str| format!("{p}{field}");
    let of = format!(
        "{} · {}",
        row.channel.name().get(lang),
        row.language.pick("中文", "English")
    );
    let draft = Draft {
        subject: form.input.get(&name("subject")).to_owned(),
        body: form.input.get(&name("body")).to_owned(),
    };
    let url = format!(
        "/templates/preview?channel={}&language={}&code={}",
        row.channel, row.language, row.code
    );
    let rows = if row.channel == Carrier::Sms { 5 } else { 10 };
    html! {
        section class="card pad tpl" aria-label=(of) {
            input type="hidden" name=(name("version")) value=(form.input.get(&name("version")));
            div class="stack" {
                h2 { (icon(row.channel.icon())) " " (of) " · " (lang.pick("版本 ", "version ")) (row.version) }
                @if row.channel == Carrier::Email { (form.text(&name("subject"), &labelled(lang, &of, ("主题", "Subject")), Kind { required: true, ..Kind::default() })) }
                div hx-post=(url) hx-trigger="input changed delay:300ms" hx-target={ "#p-" (p) } hx-swap="innerHTML" hx-include="closest section" {
                    (form.area(&name("body"), &labelled(lang, &of, ("正文", "Text")), rows))
                }
            }
            div {
                h3 { (lang.pick("预览（示例患者）", "Preview (a sample patient)")) }
                div id={ "p-" (p) } aria-live="polite" { (preview(lang, sheet.site, (row.channel, row.language, purpose_of(sheet.code)), &draft)) }
            }
        }
    }
}

/// Four texts stand on one page: each label says whose it is.
fn labelled(lang: Lang, of: &str, (zh, en): (&str, &str)) -> String {
    lang.pick(format!("{zh}（{of}）"), format!("{en} ({of})"))
}

/// A sample patient of this clinic.
fn values(site: &Site, purpose: Option<Purpose>, language: Lang) -> Map<String, Value> {
    let mut values = sample(purpose, language);
    let own = [
        ("clinic", site.name_in(language)),
        ("phone", &site.phone),
        ("address", site.address_in(language)),
    ];
    for (name, value) in own.into_iter().filter(|(_, v)| !v.is_empty()) {
        if let Some(slot) = values.get_mut(name) {
            *slot = json!(value);
        }
    }
    values
}

/// A draft as a patient would see it, with its size and what it lacks.
pub(in crate::messaging) fn preview(
    lang: Lang,
    site: &Site,
    (channel, language, purpose): (Carrier, Lang, Option<Purpose>),
    draft: &Draft,
) -> Markup {
    let wrong = [&draft.subject, &draft.body]
        .into_iter()
        .find_map(|source| fault(purpose, source));
    if let Some(why) = wrong {
        return html! { p class="fault" { (why.get(lang)) } };
    }
    let Ok(text) = render(draft, &values(site, purpose, language)) else {
        return html! { p class="fault" { (lang.pick("模板有误", "The template has a fault")) } };
    };
    html! {
        @if channel == Carrier::Sms {
            div class="phone" lang=(language.tag()) { p class="bubble" { (text.body) } }
            p class="sub" {
                (text.size.characters) (lang.pick(" 字，", " characters, ")) (text.size.parts) (lang.pick(" 条短信", " SMS parts"))
                @if language == Lang::En && text.size.coding == Coding::Ucs2 {
                    @if let Some(c) = first_beyond_gsm(&text.body) { (lang.pick("；因为“", "; because of “")) (c) (lang.pick("”每条只能容纳 70 字", "” a part holds only 70 characters")) }
                }
            }
        } @else {
            article class="card letter" lang=(language.tag()) { p class="subject" { (text.subject) } p class="body" { (text.body) } }
        }
        @for w in warnings(channel, purpose, draft) { p class="banner warn" { (icon("triangle-alert")) (w.get(lang)) } }
    }
}
