//! How the texts of a template were before.

use maud::{Markup, html};

use super::fields_of;
use crate::clinic::Site;
use crate::messaging::model::{Head, Piece, diff};
use crate::messaging::store::{Template, Version};
use crate::platform::i18n::Lang;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::settings_page;

/// What the page shows.
pub(in crate::messaging) struct History {
    pub site: Site,
    pub head: Head,
    /// Each text with its versions, the latest first.
    pub texts: Vec<(Template, Vec<Version>)>,
}

pub(in crate::messaging) fn history(frame: &Frame, page: &History) -> Markup {
    let lang = frame.lang;
    let code = &page.head.code;
    let restored = frame.query.split('&').any(|p| p == "saved=version");
    let body = html! {
        div class="msgs" {
            @if restored { p class="banner ok" role="status" { (icon("circle-check")) (lang.pick("已恢复", "Put back")) } }
            @for (row, versions) in &page.texts { (one(lang, page, row, versions)) }
        }
    };
    let (up, title) = (
        format!("/templates/{code}"),
        lang.pick(
            format!("“{}”的历史版本", page.head.name_in(lang)),
            format!("Versions of {}", page.head.name_in(lang)),
        ),
    );
    settings_page(frame, &title, (&up, page.head.name_in(lang)), &body)
}

fn one(lang: Lang, page: &History, row: &Template, versions: &[Version]) -> Markup {
    let of = format!(
        "{} · {}",
        row.channel.name().get(lang),
        row.language.pick("中文", "English")
    );
    let id = format!("h-{}", fields_of(row));
    html! {
        section class="card pad" aria-labelledby=(id) {
            h2 id=(id) { (icon(row.channel.icon())) " " (of) }
            ol class="vers" {
                @for (i, v) in versions.iter().enumerate() {
                    li {
                        p class="sub" {
                            b { (lang.pick("版本 ", "version ")) (v.version) } " · " (lang.day_time(v.at, page.site.tz())) " · "
                            @if v.actor.is_empty() { (lang.pick("随程序提供", "shipped")) } @else { (v.actor) }
                            @if v.version == row.version { " " span class="chip ok" { (lang.pick("当前", "in use")) } }
                        }
                        (changes(lang, row, v, versions.get(i + 1)))
                        @if v.version != row.version {
                            form method="post" action={ "/templates/" (row.code) "/versions/restore" } {
                                input type="hidden" name="text" value=(row.id);
                                input type="hidden" name="version" value=(row.version);
                                input type="hidden" name="back_to" value=(v.version);
                                button class="btn sm" type="submit" { (icon("undo-2")) (lang.pick("恢复", "Put back")) span class="vh" { " " (of) (lang.pick(" 版本 ", " version ")) (v.version) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What a version changed against the one before it; the first is shown as it is.
fn changes(lang: Lang, row: &Template, v: &Version, before: Option<&Version>) -> Markup {
    let was = |pick: fn(&Version) -> &str| before.map_or_else(|| pick(v).to_owned(), |b| pick(b).to_owned());
    let same = before.is_some_and(|b| b.subject == v.subject && b.body == v.body);
    html! {
        @if same { p class="sub" { (lang.pick("文字没有变（改了网关模板编号）", "The text is the same (a provider's code was changed)")) } }
        @else {
            div class="was" lang=(row.language.tag()) {
                @if !v.subject.is_empty() || before.is_some_and(|b| !b.subject.is_empty()) { p { b { (pieces(&was(|v| &v.subject), &v.subject)) } } }
                p { @if v.body.is_empty() && before.is_none() { "—" } @else { (pieces(&was(|v| &v.body), &v.body)) } }
            }
        }
    }
}

fn pieces(old: &str, new: &str) -> Markup {
    html! {
        @for piece in diff(old, new) {
            @match piece {
                Piece::Same(text) => { (text) },
                Piece::Gone(text) => { del { (text) } },
                Piece::New(text) => { ins { (text) } },
            }
        }
    }
}
