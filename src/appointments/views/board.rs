//! The page of a board: a day of everybody, or a week of one.

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};

use super::super::model::shown::{SavedView, Shown};
use super::super::model::{Action, Appointment};
use super::grid::{self, BoardParts};
use super::saved;
use crate::platform::error::Error;
use crate::platform::i18n::Lang;
use crate::platform::web::icon;
use crate::platform::web::keys::Key;
use crate::platform::web::layout::{Frame, Own};

/// Everything the page shows.
pub struct BoardPage<'a> {
    /// Frame.
    pub frame: &'a Frame,
    /// What changes by itself.
    pub board: BoardParts<'a>,
    /// The step just taken, of whom, and of how many visits, for the undo toast.
    pub did: Option<(&'a Appointment, Action, (String, usize))>,
    /// Whose step was just taken back.
    pub undone: Option<String>,
    /// What went wrong with the step just tried.
    pub error: Option<&'a Error>,
    /// The panel on the right.
    pub side: Markup,
    /// Boards kept by name, of whom looks and of everybody.
    pub views: &'a [SavedView],
}

/// The page.
pub fn board_page(p: &BoardPage<'_>) -> Markup {
    let (lang, b) = (p.frame.lang, &p.board);
    let what = heading(b.shown, b.today, lang);
    let empty = b.board.columns.iter().all(|c| c.cards.is_empty());
    let body = html! {
        main class="day" id="main" data-day=(b.shown.day) data-board=(b.shown.href()) data-rev=(b.revision) data-at=(b.clock(b.now)) data-url={ (p.frame.path) "?" (p.frame.query) } {
            p class="print-only" aria-hidden="true" { (p.frame.clinic) " · " (what) @if let Some(who) = b.whose() { " · " (who.name_in(lang)) } }
            div class="day-head" {
                @if let Some(error) = p.error {
                    div class="banner bad board-error" role="alert" { (icon("triangle-alert")) div { (error.text().get(lang)) } }
                }
                div class="tools" { (saved::menu(b, p.views)) (grid::counters(b)) }
                (grid::waiting_strip(b))
            }
            div class="board" tabindex=(if empty { 0 } else { -1 }) role="region" aria-label=(region(b.shown, lang)) {
                (grid::grid(b))
            }
            @if b.may_book {
                a class="btn pri fab" href={ (b.shown.href()) "&book=find" } { (icon("plus")) (lang.pick("预约", "Book")) }
            }
            (p.side)
            (did(p))
            @if let Some(name) = &p.undone { p class="did" id="undone" role="status" { (icon("undo-2")) (name) " · " (lang.pick("已撤销", "taken back")) } }
            (mover(b))
        }
    };
    let own = Own {
        scripts: &["board.css", "board.js", "board-live.js", "board-search.js", "hold.js"],
        keys: KEYS,
    };
    p.frame.page_with(&what, "day", own, top(p, &what), body)
}

fn region(shown: &Shown, lang: Lang) -> &'static str {
    match shown.week_of {
        None => lang.pick("当天日程", "The day's schedule"),
        Some(_) => lang.pick("本周日程", "The week's schedule"),
    }
}

/// `11月23日 周一`, or `11月23日–29日`; with the year when it is another.
fn heading(shown: &Shown, today: NaiveDate, lang: Lang) -> String {
    let days = shown.days();
    let (Some(first), Some(last)) = (days.first().copied(), days.last().copied()) else {
        return String::new();
    };
    let year = (first.year() != today.year()).then(|| first.year());
    if first == last {
        let day = lang.day(first);
        return match year {
            None => day,
            Some(year) => lang.pick(format!("{year}年{day}"), format!("{day} {year}")),
        };
    }
    let same_month = first.month() == last.month();
    let zh = match (year, same_month) {
        (year, true) => format!(
            "{}{}–{}日",
            year.map(|y| format!("{y}年")).unwrap_or_default(),
            first.format("%-m月%-d日"),
            last.day()
        ),
        (year, false) => format!(
            "{}{}–{}",
            year.map(|y| format!("{y}年")).unwrap_or_default(),
            first.format("%-m月%-d日"),
            last.format("%-m月%-d日")
        ),
    };
    let from = if same_month {
        first.format("%-d")
    } else {
        first.format("%-d %b")
    };
    let en = format!(
        "{from}–{}{}",
        last.format("%-d %b"),
        year.map(|_| last.format(" %Y").to_string()).unwrap_or_default()
    );
    lang.pick(zh, en)
}

fn top(p: &BoardPage<'_>, what: &str) -> Markup {
    let (lang, b) = (p.frame.lang, &p.board);
    let week = b.shown.week_of.is_some();
    let today = b.shown.on(b.today);
    let (before, after) = match b.shown.week_of {
        None => (lang.pick("前一天", "Previous day"), lang.pick("后一天", "Next day")),
        Some(_) => (lang.pick("前一周", "Previous week"), lang.pick("后一周", "Next week")),
    };
    html! {
        h1 class="dt" { (what) }
        div class="seg" role="group" aria-label=(lang.pick("选择日期", "Change day")) {
            a class="btn quiet sq" id="prev" href=(b.shown.step(-1).href()) aria-label=(before) { (icon("chevron-left")) }
            a class="btn quiet hide-m" id="today" href=(today.href()) aria-current=[b.shown.days().contains(&b.today).then_some("date")] { (lang.pick("今天", "Today")) " " kbd { "T" } }
            a class="btn quiet sq" id="next" href=(b.shown.step(1).href()) aria-label=(after) { (icon("chevron-right")) }
        }
        div class="seg hide-m" role="group" aria-label=(lang.pick("日或周", "Day or week")) { (day_or_week(b)) }
        form class="godate hide-m" action=(if week { "/week" } else { "/day" }) {
            @for (name, value) in rest(b.shown) { input type="hidden" name=(name) value=(value); }
            label class="vh" for="godate" { (lang.pick("日期", "Date")) }
            input class="inp" id="godate" type="date" name="day" value=(b.shown.day) data-go="1";
            button class="vh" type="submit" tabindex="-1" { (lang.pick("前往", "Go")) }
        }
        @if b.may_book {
            a class="btn pri hide-m" id="new" href={ (b.shown.href()) "&book=find" } { (icon("plus")) (lang.pick("新预约", "Book")) " " kbd { "N" } }
        }
        span class="live" id="live" role="status" hidden data-on=(lang.pick("实时同步", "Live")) data-off=(lang.pick("正在重新连接，数据截至 ", "Reconnecting, data as of ")) {}
    }
}

/// The switch: the week is that of the first column.
pub(super) fn day_or_week(b: &BoardParts<'_>) -> Markup {
    let lang = b.lang;
    let week = b.shown.week_of.is_some();
    let whose = b
        .shown
        .week_of
        .or_else(|| b.board.columns.first().and_then(|c| c.provider.as_ref()).map(|p| p.id))
        .or_else(|| b.providers.iter().find(|p| p.active).map(|p| p.id));
    let chairs = b.shown.by_chair;
    let to_day = Shown {
        week_of: None,
        by_chair: false,
        ..b.shown.clone()
    };
    let to_chairs = Shown {
        week_of: None,
        by_chair: true,
        only: Vec::new(),
        view: None,
        ..b.shown.clone()
    };
    let to_week = Shown {
        week_of: whose,
        by_chair: false,
        only: Vec::new(),
        view: None,
        ..b.shown.clone()
    };
    html! {
        a class="btn quiet" href=(to_day.href()) aria-current=[(!week && !chairs).then_some("true")] { (lang.pick("日", "Day")) }
        a class="btn quiet" id="by-chair" href=(to_chairs.href()) aria-current=[chairs.then_some("true")] { (lang.pick("椅位", "Chairs")) }
        @if whose.is_some() { a class="btn quiet" id="week" href=(to_week.href()) aria-current=[week.then_some("true")] { (lang.pick("周", "Week")) } }
    }
}

/// What an address says besides its day.
fn rest(shown: &Shown) -> Vec<(String, String)> {
    let address = shown.href();
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
    pairs.filter(|(name, _)| name != "day").collect()
}

/// The step just taken, with its undo; JavaScript shows it as a toast for eight seconds.
fn did(p: &BoardPage<'_>) -> Markup {
    let lang = p.frame.lang;
    html! {
        @if let Some((a, action, (name, n))) = &p.did {
            form class="did" id="did" method="post" action={ "/appointments/" (a.id) "/undo" } data-id=(a.id) {
                input type="hidden" name="version" value=(a.version);
                @if !p.board.shown.is_plain() { input type="hidden" name="board" value=(p.board.shown.href()); }
                span role="status" { (icon("check")) (name) " " (a.starts_at.local(p.board.zone).format("%H:%M").to_string()) " · " (action.done().get(lang)) @if *n > 1 { (lang.pick(format!("（共 {n} 个）"), format!(" ({n} visits)"))) } }
                button class="btn sm" type="submit" { (icon("undo-2")) (lang.pick("撤销", "Undo")) " " kbd { "Z" } }
            }
        }
    }
}

/// For whom may book: where the script finds that moving is allowed, and what tells how to place by clicking.
fn mover(b: &BoardParts<'_>) -> Markup {
    let lang = b.lang;
    html! {
        @if b.may_book {
            div class="placing" id="placing" role="status" hidden data-overbook=[b.may_overbook.then_some("1")] { span { (lang.pick("点选新的时段", "Tap the new time")) } button class="btn sm" type="button" { (lang.pick("取消", "Cancel")) " " kbd { "Esc" } } }
        }
    }
}

/// What the keyboard does here.
const KEYS: &[Key] = &[
    (
        "N",
        "新预约；选中某个预约时：为该患者约下次",
        "New booking; on an appointment: that patient's next visit",
    ),
    ("F", "查找时段", "Find a time"),
    ("T [ ]", "今天、前一天、后一天", "Today, previous day, next day"),
    ("← ↑ → ↓ Home End", "在预约之间移动", "Move between appointments"),
    ("Enter", "打开", "Open"),
    ("Space", "速览", "Peek"),
    (
        "C A S D L X",
        "确认、到诊、就座、完成、离开、爽约",
        "Confirm, arrived, seated, done, left, no-show",
    ),
    (
        "M",
        "改期：方向键移动，Shift+↑↓ 改时长，Enter 保存，Esc 取消",
        "Move: arrows move, Shift+↑↓ resize, Enter saves, Esc cancels",
    ),
    ("P", "点选新时段", "Place by clicking"),
    ("Z", "8 秒内撤销", "Undo within 8 seconds"),
    ("1 2 3", "预约时选择推荐时段", "Choose a suggested time when booking"),
    ("Alt+1–9", "保存的视图", "Saved views"),
];
