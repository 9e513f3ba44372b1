//! The templates: list and editor, in the frame of the settings.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::super::model::{
    Carrier, Draft, Purpose, fault, purpose_of, render, shipped, template_name, variables_of, warnings,
};
use super::super::store::Template;
use crate::clinic::Site;
use crate::patients::PatientId;
use crate::platform::i18n::Lang;
use crate::platform::sms::PROVIDERS;
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
    codes.sort_by_key(|code| shipped().position(|d| d.code == *code).unwrap_or(usize::MAX));
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
    /// Kinds of gateways that send approved templates.
    pub kinds: &'a [&'static str],
    pub with: With,
}

/// A patient to pick: row, name, chart number.
type Picked = (PatientId, String, String);

/// With whose data the previews are made.
#[derive(Default)]
pub(in crate::messaging) struct With {
    /// The search as it was typed.
    pub query: String,
    /// Whom it found.
    pub found: Vec<Picked>,
    /// Whose previews these are; none: a made-up patient's.
    pub patient: Option<Picked>,
    /// Signs that patient for the previews made while somebody types.
    pub token: String,
    /// Whether a visit or recall of theirs stands behind the values.
    pub real: bool,
    /// The variables in Chinese and in English.
    pub values: [Map<String, Value>; 2],
}

impl With {
    fn values(&self, language: Lang) -> &Map<String, Value> {
        let [zh, en] = &self.values;
        language.pick(zh, en)
    }
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
        div class="msgs" id="tpl-all" {
            (section.draw(&about(lang, purpose_of(sheet.code))))
            (whose(lang, sheet))
            form id="tpl" method="post" action={ "/templates/" (sheet.code) } class="stack" {
                (form.summary())
                input type="hidden" name="as_token" value=(sheet.with.token);
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

/// Whose data the previews show: somebody made up, or a patient found by name or chart number. What is typed below goes along
/// where scripts run.
fn whose(lang: Lang, sheet: &Sheet<'_>) -> Markup {
    let (with, url) = (&sheet.with, format!("/templates/{}/preview", sheet.code));
    let is = |id: PatientId| with.patient.as_ref().is_some_and(|(p, ..)| *p == id);
    html! {
        section class="card pad" aria-labelledby="whose-h" {
            h2 id="whose-h" { (lang.pick("用真实患者预览", "Preview with a real patient")) }
            form method="post" action=(url) class="stack" role="search" aria-labelledby="whose-h"
                hx-post=(url) hx-include="#tpl" hx-target="#tpl-all" hx-select="#tpl-all" hx-swap="outerHTML" {
                div class="field" {
                    label for="tpl-q" { (lang.pick("姓名或病历号", "Name or chart number")) }
                    input class="inp" id="tpl-q" name="q" type="search" autocomplete="off" value=(with.query);
                }
                @if !with.found.is_empty() || with.patient.is_some() {
                    input type="hidden" name="found_by" value=(with.query);
                    fieldset class="stack" {
                        legend { (lang.pick("预览用谁", "Whose preview")) }
                        label class="check" { input type="radio" name="as" value="" checked[with.patient.is_none()]; " " (lang.pick("示例患者", "A sample patient")) }
                        @for (id, name, chart_no) in with.found.iter().chain(with.patient.iter().filter(|(id, ..)| !with.found.iter().any(|(f, ..)| f == id))) {
                            label class="check" { input type="radio" name="as" value=(id) checked[is(*id)]; " " (name) " " small { (chart_no) } }
                        }
                    }
                } @else if !with.query.is_empty() {
                    p class="sub" { (lang.pick("没有找到", "Nobody found")) }
                }
                @if with.patient.is_some() {
                    p class="sub" {
                        @if with.real { (lang.pick("就诊信息取自该患者的预约或记录；链接是示例。", "What is told of a visit is the patient's own; the link is a sample.")) }
                        @else { (lang.pick("该患者没有这类消息要说的就诊：姓名和称呼是真实的，其余是示例。", "The patient has no visit that such a message would be about: name and title are real, the rest is a sample.")) }
                    }
                }
                p { button class="btn" type="submit" { (icon("search")) (lang.pick("查找并预览", "Find and preview")) } }
            }
        }
    }
}

/// Sends the saved text to one's own telephone or mailbox.
fn try_out(lang: Lang, code: &str, (input, faults): (&Input, &Faults)) -> Markup {
    let form = Form { lang, input, faults };
    html! {
        section class="card pad" aria-labelledby="test-h" {
            h2 id="test-h" { (lang.pick("试发给自己", "Send a test to yourself")) }
            p class="sub" { (lang.pick("把已保存的文字连同示例内容马上发给您自己，标明“测试”，不含任何患者的信息。结果见“消息”页。", "Sends the saved text with sample values to yourself, at once and marked as a test; nothing of a patient is in it. What became of it is on the Messages page.")) }
            form method="post" action={ "/templates/" (code) "/test" } class="stack" {
                (form.summary())
                (form.text("to", lang.pick("自己的手机号或邮箱", "Your mobile number or email"), Kind { required: true, ..Kind::default() }))
                (form.select("language", lang.pick("语言", "Language"), &[("zh", "中文"), ("en", "English")]))
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
                @if row.channel == Carrier::Sms && !sheet.kinds.is_empty() { (providers(form, sheet.kinds, (&p, &of))) }
            }
            div {
                h3 {
                    @match &sheet.with.patient {
                        Some((_, name, chart_no)) => { (lang.pick("预览：", "Preview: ")) (name) " " small { (chart_no) } }
                        None => { (lang.pick("预览（示例患者）", "Preview (a sample patient)")) }
                    }
                }
                div id={ "p-" (p) } aria-live="polite" { (preview(lang, sheet.with.values(row.language), (row.channel, row.language, purpose_of(sheet.code)), &draft)) }
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

/// A draft as a patient would see it, with its size and what it lacks.
pub(in crate::messaging) fn preview(
    lang: Lang,
    values: &Map<String, Value>,
    (channel, language, purpose): (Carrier, Lang, Option<Purpose>),
    draft: &Draft,
) -> Markup {
    let wrong = [&draft.subject, &draft.body]
        .into_iter()
        .find_map(|source| fault(purpose, source));
    if let Some(why) = wrong {
        return html! { p class="fault" { (why.get(lang)) } };
    }
    let Ok(text) = render(draft, values) else {
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
