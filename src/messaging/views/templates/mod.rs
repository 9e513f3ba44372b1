//! The templates: list and editor, in the frame of the settings.

mod own;
mod text;
mod versions;
mod whose;

pub(in crate::messaging) use own::{NewSheet, new_form};
pub(in crate::messaging) use text::{Preview, preview};
pub(in crate::messaging) use versions::{History, history};
pub(in crate::messaging) use whose::With;

use maud::{Markup, html};
use serde_json::{Map, Value};

use self::text::text;
use self::whose::{try_out, whose};
use super::super::actions::TemplateUse;
use super::super::model::{
    Carrier, Draft, Head, House, Purpose, Templates, Written, fault, lint, sample_of, shipped, uneven, variables_of,
};
use super::super::store::Template;
use crate::clinic::Site;
use crate::platform::i18n::{Lang, Text};
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

/// What the list shows.
pub(in crate::messaging) struct List {
    pub site: Site,
    pub house: House,
    pub templates: Templates,
    pub rows: Vec<Template>,
    /// Approved templates that are entered: row, kind of gateway.
    pub entered: Vec<(i64, String)>,
}

impl List {
    fn rows_of<'l>(&'l self, head: &'l Head) -> impl Iterator<Item = &'l Template> {
        self.rows.iter().filter(|r| r.code == head.code)
    }
    /// How many faults and how many warnings a template has.
    fn found(&self, head: &Head) -> (usize, usize) {
        let (mut faults, mut warned) = (0, 0);
        for row in self.rows_of(head) {
            let draft = draft_of(row);
            if draft.is_empty() {
                continue;
            }
            let broken = [&draft.subject, &draft.body].map(|s| fault(Some(head.purpose), s).is_some());
            if broken.contains(&true) {
                faults += 1;
                continue;
            }
            let entered: Vec<String> = self
                .entered
                .iter()
                .filter(|(id, _)| *id == row.id)
                .map(|(_, k)| k.clone())
                .collect();
            let of = Written {
                carrier: row.channel,
                language: row.language,
                purpose: Some(head.purpose),
                draft: &draft,
                entered: &entered,
            };
            let sample = sample_of(&self.site, Some(head.purpose), row.language);
            for one in lint(&self.house, &of, &sample) {
                *(if one.fault { &mut faults } else { &mut warned }) += 1;
            }
        }
        for carrier in Carrier::ALL {
            let of = |lang| self.rows_of(head).find(|r| r.channel == *carrier && r.language == lang);
            if let (Some(zh), Some(en)) = (of(Lang::Zh), of(Lang::En)) {
                warned += uneven(&draft_of(zh), &draft_of(en)).len();
            }
        }
        (
            faults + usize::from(!self.templates.gaps(&head.code).is_empty()),
            warned,
        )
    }
}

pub(in crate::messaging) fn template_list(frame: &Frame, list: &List) -> Markup {
    let lang = frame.lang;
    let mut heads: Vec<&Head> = list.templates.heads.iter().collect();
    heads.sort_by_key(|h| (!h.own, shipped().position(|d| d.code == h.code), h.id));
    let (archived, offered): (Vec<&Head>, Vec<&Head>) = heads.into_iter().partition(|h| h.archived_at.is_some());
    let body = html! {
        div class="msgs" {
            div class="acts" { a class="btn pri" href="/templates/new" { (icon("plus")) (lang.pick("新建模板", "New template")) } }
            (rows(lang, list, &offered))
            @if !archived.is_empty() {
                details { summary { (lang.pick("已归档", "Archived")) " (" (archived.len()) ")" } (rows(lang, list, &archived)) }
            }
        }
    };
    settings_page(frame, title(lang), up_to_settings(lang), &body)
}

fn rows(lang: Lang, list: &List, heads: &[&Head]) -> Markup {
    html! {
        ul class="card mlist" {
            @for head in heads {
                @let changed = list.rows_of(head).map(|r| r.updated_at).chain([head.updated_at]).max();
                @let (faults, warned) = list.found(head);
                li {
                    a href={ "/templates/" (head.code) } {
                        span class="who" { (head.name_in(lang)) }
                        span class="ch" { (head.purpose.name().get(lang)) @if head.own { " · " (lang.pick("自建", "own")) } }
                        span class="st" {
                            @if faults > 0 { span class="chip bad" { (icon("circle-x")) (lang.pick(format!("{faults} 处错误"), plural(faults, "fault"))) } }
                            @if warned > 0 { " " span class="chip warn" { (icon("triangle-alert")) (lang.pick(format!("{warned} 处提醒"), plural(warned, "warning"))) } }
                        }
                        span class="tm" { @if let Some(at) = changed { (lang.pick("修改于 ", "changed ")) (lang.day_time(at, list.site.tz())) } }
                    }
                }
            }
        }
    }
}

fn plural(n: usize, word: &str) -> String {
    if n == 1 {
        format!("1 {word}")
    } else {
        format!("{n} {word}s")
    }
}

fn title(lang: Lang) -> &'static str {
    lang.pick("消息模板", "Message templates")
}

/// The way back to the list.
fn up(lang: Lang) -> (&'static str, &'static str) {
    ("/templates", title(lang))
}

/// What the editor of one template shows.
pub(in crate::messaging) struct Sheet<'a> {
    pub head: &'a Head,
    pub rows: &'a [Template],
    pub site: &'a Site,
    pub last: Option<&'a AuditEntry>,
    /// Kinds of gateways that send approved templates.
    pub kinds: &'a [&'static str],
    pub with: With,
    /// What texts have to go by, and what a part of one costs.
    pub house: &'a House,
    pub price: Option<f64>,
    /// The longest values in Chinese and in English.
    pub longest: &'a [Map<String, Value>; 2],
    /// What uses it.
    pub uses: &'a [TemplateUse],
    /// What stands against using it.
    pub lacks: Option<Text>,
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
            @if let Some(lacks) = &sheet.lacks { p class="banner bad" { (icon("triangle-alert")) span { (lacks.get(lang)) (lang.pick("。这些消息会发送失败。", ". Such messages fail.")) } } }
            (section.draw(&about(lang, sheet.head.purpose)))
            (whose(lang, sheet))
            form id="tpl" method="post" action={ "/templates/" (sheet.head.code) } class="stack" {
                (form.summary())
                input type="hidden" name="as_token" value=(sheet.with.token);
                (head_part(&form, sheet))
                @for row in sheet.rows { (text(&form, sheet, row)) }
                div class="acts" {
                    button class="btn pri" type="submit" { (icon("check")) (lang.pick("保存", "Save")) }
                    a class="btn" href={ "/templates/" (sheet.head.code) "/versions" } { (icon("history")) (lang.pick("历史版本", "Versions")) }
                    a class="btn" href="/templates" { (lang.pick("返回", "Back")) }
                }
            }
            (try_out(lang, &sheet.head.code, test))
            (own::keep(lang, sheet))
        }
    };
    settings_page(frame, sheet.head.name_in(lang), up(lang), &body)
}

/// What it is called, and which language stands in for one that is missing.
fn head_part(form: &Form<'_>, sheet: &Sheet<'_>) -> Markup {
    let lang = form.lang;
    let needed = Kind {
        required: true,
        ..Kind::default()
    };
    let usual = sheet.site.language.pick(("中文", "Chinese"), ("英文", "English"));
    let options = [
        (
            "",
            lang.pick(
                format!("诊所的语言（{}）", usual.0),
                format!("the clinic's language ({})", usual.1),
            ),
        ),
        ("zh", lang.pick("中文", "Chinese").to_owned()),
        ("en", lang.pick("英文", "English").to_owned()),
    ];
    html! {
        section class="card pad" aria-labelledby="head-h" {
            h2 id="head-h" { (lang.pick("模板", "Template")) " " small { code { (sheet.head.code) } } }
            input type="hidden" name="head_version" value=(form.input.get("head_version"));
            div class="pair" {
                @if sheet.head.own {
                    (form.text("name", lang.pick("中文名称", "Chinese name"), needed))
                    (form.text("name_en", lang.pick("英文名称", "English name"), needed))
                }
                (form.select("fallback", lang.pick("某种语言没有文字时改用", "Where a language has no text, use"), &options))
            }
            p class="sub" { (lang.pick("不需要的文字可以留空。", "A text that is not needed may stay empty.")) }
        }
    }
}

/// What the messages are for, when they go out, and what they may name.
fn about(lang: Lang, purpose: Purpose) -> Markup {
    html! {
        p class="sub" {
            (purpose.name().get(lang))
            @if purpose.is_marketing() { (lang.pick("；只发给同意接收的患者", "; only to patients who agreed")) }
            " · " a href="/manners" { (lang.pick("发送时段和上限", "sending hours and limits")) }
        }
        ul class="vars" { @for v in variables_of(Some(purpose)) { li { code { "{{ " (v.name) " }}" } " " (lang.pick(v.about.0, v.about.1)) } } }
        p class="sub" { (lang.pick("治疗项目、诊断、牙位、价格和结果没有变量，也请不要写：消息可能被别人看到。", "Treatment, diagnosis, tooth, price and result have no variable and do not belong here: others may see the message.")) }
    }
}
