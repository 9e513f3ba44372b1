//! The segments there are.

use maud::{Markup, html};

use super::super::model::{Known, Preset, Segment};
use super::sentence;
use crate::platform::i18n::Lang;
use crate::platform::web::assets::icon_class;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{MANAGERS, Role};

/// `128 人` / `128 patients`
pub fn people(lang: Lang, n: i64) -> Markup {
    html! { (lang.pick(format!("{n} 人"), if n == 1 { "1 patient".to_owned() } else { format!("{n} patients") })) }
}

/// `/segments`
pub fn list(frame: &Frame, segments: &[Segment], known: &Known, role: Option<Role>) -> Markup {
    let lang = frame.lang;
    let may_write = role.is_some_and(|r| MANAGERS.contains(&r));
    let (offered, archived): (Vec<&Segment>, Vec<&Segment>) = segments.iter().partition(|s| s.is_offered());
    let body = html! {
        main id="main" class="plain outreach" {
            div class="acts" {
                @if may_write { a class="btn pri" href="/segments/new" { (icon("plus")) (lang.pick("新建分组", "New segment")) } }
                a class="btn" href="/campaigns" { (icon("send")) (lang.pick("群发", "Campaigns")) }
                a class="btn" href="/documents" { (icon("file-text")) (lang.pick("院刊和宣教单", "Journal and leaflets")) }
            }
            @if offered.is_empty() {
                div class="card empty" { (icon_class("list-filter", "i-l")) h2 { (lang.pick("还没有患者分组", "No segments yet")) }
                    p { (lang.pick("分组按条件找出一群患者，用于群发、规则和逐个联系。", "A segment finds patients by conditions, for campaigns, rules and work one by one.")) } }
            } @else {
                ul class="card mlist segs" { @for s in &offered { li {
                    a href={ "/segments/" (s.id) } {
                        span class="who" { b { (s.name_in(lang)) } }
                        span class="st" hx-get={ "/segments/" (s.id) "/count" } hx-trigger="load" hx-swap="innerHTML" {}
                        span class="why" { (sentence(&s.definition, known, lang, role)) }
                    }
                } } }
            }
            @if !archived.is_empty() {
                details { summary { (lang.pick("已归档", "Archived")) " (" (archived.len()) ")" }
                    ul class="lines card pad" { @for s in &archived { li { a href={ "/segments/" (s.id) } { (s.name_in(lang)) } @if may_write { (step(lang, s)) } } } }
                }
            }
            @if may_write { (presets(lang)) }
        }
    };
    frame.page(lang.pick("患者分组", "Segments"), "segments", body)
}

/// Into the archive, or out of it.
pub fn step(lang: Lang, s: &Segment) -> Markup {
    let (name, sign, text) = match s.archived_at {
        None => ("archive", "ban", lang.pick("归档", "Archive")),
        Some(_) => ("restore", "undo-2", lang.pick("重新启用", "Take out of the archive")),
    };
    html! {
        form method="post" action={ "/segments/" (s.id) "/" (name) } {
            input type="hidden" name="version" value=(s.version);
            button class="btn quiet" type="submit" { (icon(sign)) (text) }
        }
    }
}

fn presets(lang: Lang) -> Markup {
    html! {
        section class="card sec" aria-labelledby="like-h" {
            h2 id="like-h" { (lang.pick("从常用的开始", "Begin with a usual one")) }
            div class="acts" { @for p in Preset::ALL {
                a class="btn" href={ "/segments/new?like=" (p) } { (icon("list-filter")) (p.name().get(lang)) }
            } }
        }
    }
}
