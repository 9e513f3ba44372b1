//! The campaigns there are.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::super::model::{Campaign, State, Turn};
use super::{pace_text, state_chip};
use crate::platform::web::assets::icon_class;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{MANAGERS, Role};

/// `/campaigns`
pub fn list(frame: &Frame, rows: &[(Campaign, BTreeMap<Turn, i64>)], role: Option<Role>) -> Markup {
    let lang = frame.lang;
    let body = html! {
        main id="main" class="plain outreach" {
            div class="acts" {
                @if role.is_some_and(|r| MANAGERS.contains(&r)) { a class="btn pri" href="/campaigns/new" { (icon("plus")) (lang.pick("新建群发", "New campaign")) } }
                a class="btn" href="/segments" { (icon("list-filter")) (lang.pick("患者分组", "Segments")) }
                a class="btn" href="/documents" { (icon("file-text")) (lang.pick("院刊和宣教单", "Journal and leaflets")) }
            }
            @if rows.is_empty() {
                div class="card empty" { (icon_class("send", "i-l")) h2 { (lang.pick("还没有群发", "No campaigns yet")) }
                    p { (lang.pick("群发把一条消息发给一个分组的每位患者，分几天发完。", "A campaign sends one message to everybody of a segment, spread over days.")) } }
            } @else {
                ul class="card mlist segs" { @for (x, turns) in rows { li {
                    a href={ "/campaigns/" (x.id) } {
                        span class="who" { b { (x.name_in(lang)) } }
                        span class="st" { (state_chip(lang, x.state)) }
                        @let n = |t: Turn| turns.get(&t).copied().unwrap_or(0);
                        span class="why" { (pace_text(lang, x))
                            @if x.state != State::Draft { " · " (lang.pick(format!("已交付 {}，未发送 {}，待轮到 {}", n(Turn::Queued), n(Turn::Excluded), n(Turn::Waiting)),
                                format!("{} handed over, {} left out, {} to come", n(Turn::Queued), n(Turn::Excluded), n(Turn::Waiting)))) } }
                    }
                } } }
            }
        }
    };
    frame.page(lang.pick("群发", "Campaigns"), "segments", body)
}
