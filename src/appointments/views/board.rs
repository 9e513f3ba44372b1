//! The page of a day.

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::board::{Board, Card, Column, Timing, UNIT};
use super::super::model::stage::WaitAlerts;
use super::super::model::{Action, Appointment, Status};
use super::look;
use crate::clinic::Service;
use crate::patients::Patient;
use crate::platform::clock::{Instant, plus_days};
use crate::platform::error::Error;
use crate::platform::i18n::Lang;
use crate::platform::web::assets::icon_class;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::records::allergy_text;

/// Everything the page of a day shows.
pub struct DayPage<'a> {
    /// Frame.
    pub frame: &'a Frame,
    /// Zone of the clinic.
    pub zone: Tz,
    /// The day shown.
    pub day: NaiveDate,
    /// Today.
    pub today: NaiveDate,
    /// The board.
    pub board: &'a Board,
    /// All services, for names.
    pub services: &'a [Service],
    /// How many of each state, and how many late.
    pub counts: (Vec<(Status, usize)>, usize),
    /// The step just taken, for the undo toast.
    pub did: Option<(&'a Appointment, Action, String)>,
    /// Whose step was just taken back.
    pub undone: Option<String>,
    /// Why nobody is in; empty when somebody is.
    pub closed: String,
    /// When waiting is too long.
    pub alerts: WaitAlerts,
    /// Who waits, the longest first.
    pub waiting: &'a [&'a (Appointment, Patient)],
    /// The present instant.
    pub now: Instant,
    /// What went wrong with the step just tried.
    pub error: Option<&'a Error>,
    /// The panel on the right.
    pub side: Markup,
    /// Whether this person books.
    pub may_book: bool,
}

/// The page.
pub fn day_page(p: &DayPage<'_>) -> Markup {
    let lang = p.frame.lang;
    let body = html! {
        main class="day" id="main" data-day=(p.day) data-url={ (p.frame.path) "?" (p.frame.query) } {
            p class="print-only" aria-hidden="true" { (p.frame.clinic) " · " (lang.date(p.day)) }
            div class="day-head" {
                @if let Some(error) = p.error {
                    div class="banner bad board-error" role="alert" { (icon("triangle-alert")) div { (error.text().get(lang)) } }
                }
                (counters(p))
                (waiting_strip(p))
            }
            div class="board" tabindex=(if p.board.columns.iter().all(|c| c.cards.is_empty()) { 0 } else { -1 }) role="region" aria-label=(lang.pick("当天日程", "The day's schedule")) {
                (grid(p))
            }
            @if p.may_book {
                a class="btn pri fab" href={ "/day?day=" (p.day) "&book=find" } { (icon("plus")) (lang.pick("预约", "Book")) }
            }
            (p.side)
            (did(p))
            @if let Some(name) = &p.undone { p class="did" id="undone" role="status" { (icon("undo-2")) (name) " · " (lang.pick("已撤销", "taken back")) } }
            (keys(lang))
            (mover(p))
        }
    };
    p.frame.page_with(&lang.day(p.day), "day", &["board.js"], top(p), body)
}

fn top(p: &DayPage<'_>) -> Markup {
    let lang = p.frame.lang;
    let to = |n: i64| format!("/day?day={}", plus_days(p.day, n));
    html! {
        h1 class="dt" { (if p.day.year() == p.today.year() { lang.day(p.day) } else { lang.pick(format!("{}年{}", p.day.year(), lang.day(p.day)), format!("{} {}", lang.day(p.day), p.day.year())) }) }
        div class="seg" role="group" aria-label=(lang.pick("选择日期", "Change day")) {
            a class="btn quiet sq" id="prev" href=(to(-1)) aria-label=(lang.pick("前一天", "Previous day")) { (icon("chevron-left")) }
            a class="btn quiet hide-m" id="today" href="/day" aria-current=[(p.day == p.today).then_some("date")] { (lang.pick("今天", "Today")) " " kbd { "T" } }
            a class="btn quiet sq" id="next" href=(to(1)) aria-label=(lang.pick("后一天", "Next day")) { (icon("chevron-right")) }
        }
        form class="godate hide-m" action="/day" {
            label class="vh" for="godate" { (lang.pick("日期", "Date")) }
            input class="inp" id="godate" type="date" name="day" value=(p.day);
            button class="vh" type="submit" tabindex="-1" { (lang.pick("前往", "Go")) }
        }
        @if p.may_book {
            a class="btn pri hide-m" id="new" href={ "/day?day=" (p.day) "&book=find" } { (icon("plus")) (lang.pick("新预约", "Book")) " " kbd { "N" } }
        }
    }
}

fn counters(p: &DayPage<'_>) -> Markup {
    let lang = p.frame.lang;
    let total: usize = p
        .counts
        .0
        .iter()
        .filter(|(s, _)| *s != Status::Cancelled)
        .map(|(_, n)| n)
        .sum();
    html! {
        div class="kpis" role="group" aria-label=(lang.pick("按状态筛选", "Filter by state")) {
            button class="kpi" type="button" data-f="all" aria-pressed="true" { (lang.pick("全部", "All")) " " b { (total) } }
            @for (status, n) in p.counts.0.iter().filter(|(s, _)| *s != Status::Cancelled) {
                button class="kpi" type="button" data-f=(look(*status).0) aria-pressed="false" {
                    span class={ "dot " (look(*status).0) } {} (status.name().get(lang)) " " b { (n) }
                }
            }
            @if p.counts.1 > 0 {
                button class="kpi hot" type="button" data-f="hot" aria-pressed="false" { (icon("clock")) (lang.pick("迟到", "Late")) " " b { (p.counts.1) } }
            }
        }
    }
}

/// Who waits, where there is no room for the panel.
fn waiting_strip(p: &DayPage<'_>) -> Markup {
    let lang = p.frame.lang;
    html! {
        @if !p.waiting.is_empty() {
            ul class="qstrip" aria-label=(lang.pick("候诊", "Waiting room")) {
                @for (a, who) in p.waiting {
                    @let minutes = a.arrived_at.map_or(0, |at| p.now.minutes_since(at));
                    li {
                        a href={ "/day?day=" (p.day) "&open=" (a.id) } data-panel-link="1" {
                            span class={ "mins " (p.alerts.arrived.class(minutes)) } { (minutes) span class="vh" { (lang.pick("分钟", "min")) } }
                            span { b { (who.name) @if who.vip { " " (icon_class("star", "vip")) } } br; (p.services.iter().find(|s| s.id == a.service_id).map_or("", |s| s.name_in(lang))) }
                        }
                    }
                }
            }
        }
    }
}

fn grid(p: &DayPage<'_>) -> Markup {
    let lang = p.frame.lang;
    let b = p.board;
    let units = b.units;
    let half = if b.first_minute % 60 == 0 { "" } else { " half" };
    html! {
        div class={ "grid" (half) } style={ "--cols:" (b.columns.len()) ";--u:" (units) } data-t0=(b.first_minute) data-units=(units) {
            div class="hd corner" {}
            @for c in &b.columns { (head(c, lang)) }
            ol class="hours" aria-hidden="true" {
                @for (i, hour) in hours(b) { li style={ "--i:" (i) } { (format!("{hour}:00")) } }
            }
            @for c in &b.columns {
                section class="col" data-res=(c.provider.id) aria-labelledby={ "c" (c.provider.id) } {
                    @for (start, length) in &c.closed { div class="blk" style={ "--s:" (start) ";--d:" (length) } { @if *length >= 6 && *start > 0 && start + length < units { span { (lang.pick("休息", "Closed")) } } } }
                    ol { @for card in &c.cards { li { (card_link(p, card)) } } }
                }
            }
            @if let Some(now) = b.now {
                @let clock = format!("{:02}:{:02}", now_minutes(b, now) / 60, now_minutes(b, now) % 60);
                div class="now" style={ "--s:" (now) } {}
                div class="nowt" style={ "--s:" (now) } { span { (clock) } }
            }
        }
        @if b.columns.iter().all(|c| c.cards.is_empty()) {
            p class="empty-day" { span { @if p.closed.is_empty() { (lang.pick("当天还没有预约", "Nothing is booked on this day yet")) } @else { (p.closed) } } }
        }
    }
}

fn now_minutes(b: &Board, units: f64) -> i64 {
    let tenths = format!("{:.0}", units * 5.0);
    b.first_minute + tenths.parse::<i64>().unwrap_or(0)
}

/// The whole hours of the gutter: units from the top, and the hour.
fn hours(b: &Board) -> Vec<(i64, i64)> {
    let first = (b.first_minute + 59).div_euclid(60);
    let last = (b.first_minute + b.units * UNIT - 1).div_euclid(60);
    (first..=last)
        .map(|hour| ((hour * 60 - b.first_minute) / UNIT, hour.rem_euclid(24)))
        .collect()
}

fn head(c: &Column, lang: Lang) -> Markup {
    html! {
        div class="hd" {
            span class="av" aria-hidden="true" { (c.provider.position) }
            div class="grow" {
                div class="hd-n" {
                    h2 id={ "c" (c.provider.id) } { (c.provider.name_in(lang)) @if c.own { " " span class="chip" { (lang.pick("我", "Me")) } } }
                    span class="pct" { (c.load) "%" }
                }
                p { (where_and_what(c, lang)) }
                div class="load" { i style={ "--w:" (c.load) "%" } {} }
            }
        }
    }
}

/// `1号椅 · 全科`
fn where_and_what(c: &Column, lang: Lang) -> String {
    let chair = c.chair.as_ref().map_or("", |chair| chair.name_in(lang));
    let parts = [chair, c.provider.speciality_in(lang)];
    let parts: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
    parts.join(" · ")
}

fn card_link(p: &DayPage<'_>, card: &Card) -> Markup {
    let lang = p.frame.lang;
    let (class, icon_name) = look(card.status);
    let short = match card.length {
        ..=3 => " s15",
        4..=6 => " s30",
        _ => "",
    };
    let service = p.services.iter().find(|s| s.id == card.service);
    let time = |i: crate::platform::clock::Instant| i.local(p.zone).format("%H:%M").to_string();
    let style = format!(
        "--s:{};--d:{};--lane:{};--lanes:{}",
        card.start, card.length, card.lane, card.lanes
    );
    html! {
        a class={ "appt " (class) (short) } id={ "a" (card.id) } href={ "/day?day=" (p.day) "&open=" (card.id) } style=(style)
            data-id=(card.id) data-p=(card.patient) data-s=(card.start) data-d=(card.length) data-v=(card.version) data-state=(card.status) draggable="false" {
            span class="l1" {
                (icon(icon_name)) span class="nm" { (card.name) }
                @if card.vip { (icon_class("star", "vip")) }
                @if !card.alert.is_empty() { (icon_class("triangle-alert", "alert-i")) }
                span class="vh" { (lang.pick("，", ", ")) (card.status.name().get(lang)) @if card.vip { (lang.pick("，特需", ", VIP")) } @if !card.alert.is_empty() { (lang.pick("，过敏：", ", allergy: ")) (card.alert) } }
                span class="r" { (chip(p, card)) }
            }
            span class="l2" { span class="tm" { (time(card.starts_at)) } span class="vh te" { "–" (time(card.ends_at)) } " " (service.map_or("", |s| s.name_in(lang))) }
            @if card.length >= 9 && !(card.alert.is_empty() && card.note.is_empty()) {
                span class="l3" { @if !card.alert.is_empty() { (allergy_text(lang, &card.alert)) } @if !card.alert.is_empty() && !card.note.is_empty() { " · " } (card.note) }
            }
            span class="rs" {}
        }
    }
}

fn chip(p: &DayPage<'_>, card: &Card) -> Markup {
    let lang = p.frame.lang;
    html! {
        @match card.timing {
            Timing::Late(m) => span class="late" { (lang.pick("迟 ", "Late ")) (m) "′" },
            Timing::Waiting(m) => span class={ "wait " (p.alerts.arrived.class(m)) } { (icon("clock")) (m) "′" },
            Timing::Ready(m) => span class={ "wait " (p.alerts.ready.class(m)) } title=(lang.pick("待离诊", "Ready to leave")) { (icon("door-open")) span class="vh" { (lang.pick("待离诊 ", "ready to leave ")) } (m) "′" },
            Timing::Over(m) => span class="over" { (lang.pick("超 ", "Over ")) (m) "′" },
            Timing::Fine => { @if card.is_new && card.status.is_planned() { span class="nw" { (lang.pick("新", "New")) } } },
        }
    }
}

/// The step just taken, with its undo; JavaScript shows it as a toast for eight seconds.
fn did(p: &DayPage<'_>) -> Markup {
    let lang = p.frame.lang;
    html! {
        @if let Some((a, action, name)) = &p.did {
            form class="did" id="did" method="post" action={ "/appointments/" (a.id) "/undo" } data-id=(a.id) {
                input type="hidden" name="version" value=(a.version);
                span role="status" { (icon("check")) (name) " " (a.starts_at.local(p.zone).format("%H:%M").to_string()) " · " (action.done().get(lang)) }
                button class="btn sm" type="submit" { (icon("undo-2")) (lang.pick("撤销", "Undo")) " " kbd { "Z" } }
            }
        }
    }
}

/// What drag, keyboard and click-placing fill in and send.
fn mover(p: &DayPage<'_>) -> Markup {
    let lang = p.frame.lang;
    html! {
        @if p.may_book {
            form id="mover" method="post" hidden { input type="hidden" name="version"; input type="hidden" name="at"; input type="hidden" name="provider"; input type="hidden" name="minutes"; input type="hidden" name="day" value=(p.day); }
            div class="placing" id="placing" role="status" hidden { span { (lang.pick("点选新的时段", "Tap the new time")) } button class="btn sm" type="button" { (lang.pick("取消", "Cancel")) " " kbd { "Esc" } } }
        }
    }
}

fn keys(lang: Lang) -> Markup {
    let rows: [(&str, &str, &str); 13] = [
        ("/", "查找患者", "Find a patient"),
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
        ("?", "显示本列表", "Show this list"),
    ];
    html! {
        dialog id="keys" aria-labelledby="keys-t" {
            h2 id="keys-t" { (lang.pick("快捷键", "Keyboard shortcuts")) }
            dl class="kv keys" { @for (key, zh, en) in rows { dt { @for k in key.split(' ') { kbd { (k) } " " } } dd { (lang.pick(zh, en)) } } }
            label class="check" { input type="checkbox" id="keys-off"; " " (lang.pick("关闭单键快捷键", "Switch single-letter keys off")) }
            form method="dialog" { button class="btn" { (lang.pick("关闭", "Close")) } }
        }
    }
}
