//! Saved views: the menu in the head of the board, and the page on which they are kept in order.

use maud::{Markup, html};

use super::super::model::shown::{SavedView, ViewId};
use super::board::day_or_week;
use super::grid::BoardParts;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Form, Input};
use crate::platform::web::icon;
use crate::platform::web::layout::{Frame, Own};
use crate::staff::UserId;

/// Keys of the menu: Alt+1 to Alt+9.
const KEYS: usize = 9;

/// The menu: views to choose, columns to choose, and what is on the screen to be kept.
pub(super) fn menu(b: &BoardParts<'_>, views: &[SavedView]) -> Markup {
    let lang = b.lang;
    let current = views.iter().find(|v| Some(v.id) == b.shown.view);
    html! {
        details class="menu views" id="views" {
            summary class="btn sm" { (icon("list-filter")) span class="view-name" { (current.map_or(lang.pick("视图", "Views"), |v| v.name.as_str())) } (icon("chevron-down")) }
            div class="card" {
                div class="seg only-m" role="group" aria-label=(lang.pick("日或周", "Day or week")) { (day_or_week(b)) }
                ul {
                    li { a class="btn quiet" href={ "/views/0?day=" (b.shown.day) } aria-current=[b.shown.is_plain().then_some("true")] { (lang.pick("全部医生，当天", "Everybody, one day")) } }
                    @for (i, v) in views.iter().enumerate() {
                        li { a class="btn quiet" href={ "/views/" (v.id) "?day=" (b.shown.day) } data-view="1" aria-current=[(current.is_some_and(|c| c.id == v.id)).then_some("true")] {
                            span { (v.name) } @if v.shared { (icon("users")) span class="vh" { (lang.pick("（共享）", " (shared)")) } }
                            @if i < KEYS { kbd { "Alt " (i + 1) } }
                        } }
                    }
                }
                (columns(b))
                (keep(b, views, lang))
            }
        }
    }
}

/// Whose columns a day has; whose week it is.
fn columns(b: &BoardParts<'_>) -> Markup {
    let lang = b.lang;
    let show: Vec<&str> = b.shown.show.iter().map(|p| p.as_str()).collect();
    let kept = html! {
        input type="hidden" name="day" value=(b.shown.day);
        @if !show.is_empty() { input type="hidden" name="show" value=(show.join(".")); }
    };
    let active = || b.providers.iter().filter(|p| p.active);
    html! {
        @if b.shown.week_of.is_some() {
            form action="/week" {
                (kept)
                div class="field" {
                    label for="whose" { (lang.pick("谁的一周", "Whose week")) }
                    select class="inp" id="whose" name="provider" data-go="1" { @for p in active() { option value=(p.id) selected[b.shown.week_of == Some(p.id)] { (p.name_in(lang)) } } }
                }
                button class="btn sm" type="submit" { (lang.pick("查看", "Show")) }
            }
        } @else if !b.shown.by_chair {
            form action="/day" {
                (kept)
                fieldset {
                    legend class="lab" { (lang.pick("显示的列", "Columns")) }
                    @for p in active() { label class="check" { input type="checkbox" name="only" value=(p.id) checked[b.shown.has(p.id)]; " " (p.name_in(lang)) } }
                }
                button class="btn sm" type="submit" { (lang.pick("显示这些列", "Show these")) }
            }
        }
    }
}

fn keep(b: &BoardParts<'_>, views: &[SavedView], lang: Lang) -> Markup {
    html! {
        form method="post" action="/views" {
            input type="hidden" name="board" value=(b.shown.href());
            div class="field" {
                label for="view-name" { (lang.pick("把当前显示保存为", "Keep what is shown as")) }
                input class="inp" id="view-name" name="name" type="text" required maxlength="40" autocomplete="off";
            }
            label class="check" { input type="checkbox" name="shared" value="1"; " " (lang.pick("所有人可见", "Everybody sees it")) }
            button class="btn sm" type="submit" { (lang.pick("保存视图", "Save view")) }
        }
        @if !views.is_empty() { a class="btn quiet" href="/views" { (icon("pencil")) (lang.pick("整理视图", "Manage views")) } }
    }
}

/// The page.
pub struct SavedPage<'a> {
    /// Frame.
    pub frame: &'a Frame,
    /// Who looks.
    pub user: UserId,
    /// Their own in order, then what others share.
    pub views: &'a [SavedView],
    /// Which view was to be changed (none: a new one), what was typed, and what is wrong with it.
    pub typed: &'a (Option<ViewId>, Input, Faults),
}

/// The page.
pub fn page(p: &SavedPage<'_>) -> Markup {
    let lang = p.frame.lang;
    let (of, input, faults) = p.typed;
    let (own, others): (Vec<_>, Vec<_>) = p.views.iter().partition(|v| v.owner == p.user);
    let form = Form { lang, input, faults };
    let body = html! {
        main id="main" class="set" {
            p class="crumb" { a href="/" { (icon("chevron-left")) (lang.pick("日程", "Schedule")) } }
            section class="card sec" aria-labelledby="own-h" {
                h2 id="own-h" { (lang.pick("我的视图", "My views")) }
                p class="hint" { (lang.pick("按 Alt+1 到 Alt+9 选择，顺序如下。在日程的“视图”菜单中保存新的视图。", "Alt+1 to Alt+9 choose them, in this order. A new one is saved in the menu “Views” of the schedule.")) }
                @if of.is_none() && !faults.0.is_empty() { div class="banner bad" role="alert" { (icon("triangle-alert")) div { (form.fault("name")) } } }
                @if own.is_empty() { p class="none" { (lang.pick("还没有保存的视图", "Nothing is saved yet")) } }
                ul class="saved" { @for v in &own { li { (row(p, v)) } } }
            }
            @if !others.is_empty() {
                section class="card sec" aria-labelledby="others-h" {
                    h2 id="others-h" { (lang.pick("同事共享的视图", "Shared by others")) }
                    ul class="lines" { @for v in &others { li { a href={ "/views/" (v.id) } { (v.name) } } } }
                }
            }
        }
    };
    p.frame.page_with(
        lang.pick("保存的视图", "Saved views"),
        "day",
        Own {
            scripts: &["board.css"],
            keys: &[],
        },
        html! {},
        body,
    )
}

fn row(p: &SavedPage<'_>, v: &SavedView) -> Markup {
    let lang = p.frame.lang;
    let (of, input, faults) = p.typed;
    let wrong = *of == Some(v.id);
    let name = if wrong { input.get("name") } else { v.name.as_str() };
    let id = format!("v{}", v.id);
    html! {
        form method="post" action={ "/views/" (v.id) } class="saved-name" {
            div class="field" {
                label for=(id) { (lang.pick("名称", "Name")) }
                input class="inp" id=(id) name="name" type="text" required maxlength="40" value=(name) aria-invalid=[wrong.then_some("true")] aria-describedby=[wrong.then_some("f-name-e")];
                @if wrong { (Form { lang, input, faults }.fault("name")) }
            }
            label class="check" { input type="checkbox" name="shared" value="1" checked[v.shared]; " " (lang.pick("所有人可见", "Everybody sees it")) }
            button class="btn sm" type="submit" { (lang.pick("保存", "Save")) span class="vh" { " " (v.name) } }
        }
        div class="inline" {
            a class="btn sm" href={ "/views/" (v.id) } { (lang.pick("打开", "Open")) span class="vh" { " " (v.name) } }
            form method="post" action={ "/views/" (v.id) "/order" } class="inline" {
                button class="btn sm" name="to" value="up" { (lang.pick("上移", "Up")) span class="vh" { " " (v.name) } }
                button class="btn sm" name="to" value="down" { (lang.pick("下移", "Down")) span class="vh" { " " (v.name) } }
            }
            form method="post" action={ "/views/" (v.id) "/remove" } { button class="btn sm danger" type="submit" { (icon("trash-2")) (lang.pick("删除", "Delete")) span class="vh" { " " (v.name) } } }
        }
    }
}
