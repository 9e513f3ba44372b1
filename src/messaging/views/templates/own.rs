//! A template of the clinic's own: made, copied, archived.

use maud::{Markup, html};

use super::{Sheet, up};
use crate::messaging::model::{Head, Purpose};
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::settings_page;

/// What the form of a new template is drawn from.
pub(in crate::messaging) struct NewSheet {
    /// The one that is copied.
    pub from: Option<Head>,
}

pub(in crate::messaging) fn new_form(frame: &Frame, sheet: &NewSheet, (input, faults): (&Input, &Faults)) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let needed = Kind {
        required: true,
        ..Kind::default()
    };
    let purposes: Vec<(&str, String)> = Purpose::ALL
        .iter()
        .filter(|p| p.is_planned())
        .map(|p| (p.as_str(), p.name().get(lang).to_owned()))
        .collect();
    let title = match &sheet.from {
        Some(head) => lang.pick(
            format!("复制“{}”", head.name_in(lang)),
            format!("Copy of {}", head.name_in(lang)),
        ),
        None => lang.pick("新建模板", "New template").to_owned(),
    };
    let body = html! {
        div class="msgs" {
            form method="post" action="/templates/new" class="card pad stack" {
                (form.summary())
                div class="pair" {
                    (form.text("name", lang.pick("中文名称", "Chinese name"), needed))
                    (form.text("name_en", lang.pick("英文名称", "English name"), needed))
                    @if let Some(head) = &sheet.from {
                        div class="field" {
                            span class="lab" { (lang.pick("用途", "Purpose")) }
                            span { (head.purpose.name().get(lang)) }
                        }
                        input type="hidden" name="from" value=(head.code);
                    } @else {
                        (form.select("purpose", lang.pick("用途", "Purpose"), &purposes))
                    }
                    (form.text("code", lang.pick("代码（空：按英文名称生成）", "Code (empty: made of the English name)"), Kind::default()))
                }
                p class="sub" {
                    @if sheet.from.is_some() { (lang.pick("文字从原模板复制，之后可以修改。", "It begins with the texts of the other, and can be changed then.")) }
                    @else { (lang.pick("文字从同类的自带模板开始，之后可以修改。", "It begins with the texts that are shipped for this purpose, and can be changed then.")) }
                }
                div class="acts" {
                    button class="btn pri" type="submit" { (icon("check")) (lang.pick("建立", "Make it")) }
                    a class="btn" href="/templates" { (lang.pick("返回", "Back")) }
                }
            }
        }
    };
    settings_page(frame, &title, up(lang), &body)
}

/// Copying a template, and taking one's own out of use.
pub(super) fn keep(lang: Lang, sheet: &Sheet<'_>) -> Markup {
    let head = sheet.head;
    let url = |what: &str| format!("/templates/{}/{what}", head.code);
    html! {
        section class="card pad" aria-labelledby="keep-h" {
            h2 id="keep-h" { (lang.pick("用在哪里", "Where it is used")) }
            @if sheet.uses.is_empty() {
                p class="sub" { @if head.purpose.is_planned() { (lang.pick("没有规则使用它。", "No rule uses it.")) } @else { (lang.pick("由程序自动发送。", "The program sends it by itself.")) } }
            } @else {
                ul class="vars" { @for u in sheet.uses { li { a href=(u.href) { (u.name.get(lang)) } } } }
            }
            div class="acts" {
                @if head.purpose.is_planned() { a class="btn" href={ "/templates/new?from=" (head.code) } { (icon("plus")) (lang.pick("复制", "Copy")) } }
                @if head.own && head.archived_at.is_some() {
                    form method="post" action=(url("restore")) { input type="hidden" name="version" value=(head.version); button class="btn" type="submit" { (icon("undo-2")) (lang.pick("重新启用", "Use it again")) } }
                } @else if head.own && sheet.uses.is_empty() {
                    form method="post" action=(url("archive")) { input type="hidden" name="version" value=(head.version); button class="btn danger" type="submit" { (icon("ban")) (lang.pick("归档", "Archive")) } }
                }
            }
        }
    }
}
