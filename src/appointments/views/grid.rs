//! What of a board changes by itself: the counters, who waits, the grid with its cards. Drawn by the same functions for the
//! page and for the script that brings it up to date.

use chrono::NaiveDate;
use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::board::{Board, Card, Column, Timing, UNIT};
use super::super::model::marks::{HeldFor, Marked};
use super::super::model::shown::{Pick, Shown};
use super::super::model::stage::WaitAlerts;
use super::super::model::{Appointment, AppointmentId, Status};
use super::look;
use crate::clinic::{ChairId, Provider, Service};
use crate::patients::Patient;
use crate::platform::clock::Instant;
use crate::platform::i18n::Lang;
use crate::platform::web::assets::icon_class;
use crate::platform::web::icon;
use crate::records::allergy_text;

/// A block shorter than this, in units, has no room for words.
const ROOM_FOR_WORDS: i64 = 6;

/// What the parts are drawn from.
pub struct BoardParts<'a> {
    /// Reader's language.
    pub lang: Lang,
    /// Zone of the clinic.
    pub zone: Tz,
    /// Which board.
    pub shown: &'a Shown,
    /// Today.
    pub today: NaiveDate,
    /// The board.
    pub board: &'a Board,
    /// All providers.
    pub providers: &'a [Provider],
    /// All services, for names.
    pub services: &'a [Service],
    /// How many of each state, and how many late.
    pub counts: (Vec<(Status, usize)>, usize),
    /// Why nobody is in; empty when somebody is.
    pub closed: String,
    /// Who waits, the longest first.
    pub waiting: Vec<&'a (Appointment, Patient)>,
    /// When waiting is too long.
    pub alerts: WaitAlerts,
    /// What it is drawn from.
    pub revision: String,
    /// The present instant.
    pub now: Instant,
    /// The appointment whose panel is open.
    pub open: Option<AppointmentId>,
    /// Whether this person books.
    pub may_book: bool,
    /// Whether they may book over what is in the way.
    pub may_overbook: bool,
}

impl BoardParts<'_> {
    /// Whose week it is.
    pub fn whose(&self) -> Option<&Provider> {
        self.providers.iter().find(|p| Some(p.id) == self.shown.week_of)
    }
    /// A time of the day.
    pub fn clock(&self, i: Instant) -> String {
        i.local(self.zone).format("%H:%M").to_string()
    }
}

/// All of it, for the script; `freed`: how many times can be filled, for whoever fills them.
pub fn fresh(p: &BoardParts<'_>, side: &Markup, freed: Option<i64>) -> Markup {
    html! {
        div id="fresh" data-freed=[freed] data-rev=(p.revision) data-at=(p.clock(p.now)) {
            (counters(p)) (waiting_strip(p)) (grid(p)) (side)
        }
    }
}

/// How many of each state: the legend, and links that pick out.
pub(super) fn counters(p: &BoardParts<'_>) -> Markup {
    let lang = p.lang;
    let of = |status: Status| p.counts.0.iter().find(|(s, _)| *s == status).map_or(0, |(_, n)| *n);
    let total: usize = p
        .counts
        .0
        .iter()
        .filter(|(s, _)| *s != Status::Cancelled)
        .map(|(_, n)| n)
        .sum();
    let all = Shown {
        show: Vec::new(),
        ..p.shown.clone()
    };
    html! {
        div class="kpis" role="group" aria-label=(lang.pick("按状态筛选", "Filter by state")) {
            a class="kpi" href=(all.href()) aria-current=[p.shown.show.is_empty().then_some("true")] { (lang.pick("全部", "All")) " " b { (total) } }
            @for pick in Pick::ALL {
                @let href = p.shown.toggled(*pick).href();
                @let current = p.shown.show.contains(pick).then_some("true");
                @if let Some(status) = pick.status() {
                    a class="kpi" href=(href) aria-current=[current] {
                        span class={ "dot " (look(status).0) } {} (status.name().get(lang)) " " b { (of(status)) }
                    }
                } @else if p.counts.1 > 0 || current.is_some() {
                    a class="kpi hot" href=(href) aria-current=[current] { (icon("clock")) (lang.pick("迟到", "Late")) " " b { (p.counts.1) } }
                }
            }
        }
    }
}

/// Who waits, where there is no room for the panel.
pub(super) fn waiting_strip(p: &BoardParts<'_>) -> Markup {
    let lang = p.lang;
    html! {
        div id="strip" {
            @if !p.waiting.is_empty() {
                ul class="qstrip" aria-label=(lang.pick("候诊", "Waiting room")) {
                    @for (a, who) in &p.waiting {
                        @let minutes = a.arrived_at.map_or(0, |at| p.now.minutes_since(at));
                        li {
                            a href={ (p.shown.href()) "&open=" (a.id) } data-panel-link="1" {
                                span class={ "mins " (p.alerts.arrived.class(minutes)) } { (minutes) span class="vh" { (lang.pick("分钟", "min")) } }
                                span { b { (who.name) @if who.vip { " " (icon_class("star", "vip")) } } br; (p.services.iter().find(|s| s.id == a.service_id).map_or("", |s| s.name_in(lang))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn grid(p: &BoardParts<'_>) -> Markup {
    let (lang, b) = (p.lang, p.board);
    let units = b.units;
    let half = if b.first_minute % 60 == 0 { "" } else { " half" };
    let week = if p.shown.week_of.is_some() { " week" } else { "" };
    let (base, columns) = (p.shown.href(), b.columns.iter());
    html! {
        div class={ "grid" (half) (week) } style={ "--cols:" (b.columns.len()) ";--u:" (units) } data-t0=(b.first_minute) data-units=(units) {
            div class="hd corner" {}
            @for c in columns.clone() { @if week.is_empty() { (head(c, lang)) } @else { (day_head(p, c)) } }
            ol class="hours" aria-hidden="true" {
                @for (i, hour) in hours(b) { li style={ "--i:" (i) } { (hour) ":00" } }
            }
            @for c in columns {
                section class="col" data-res=[c.provider.as_ref().map(|who| who.id)] data-chair=[chair_of(c)] data-day=(c.day) aria-labelledby=(key(p, c)) {
                    (blocks(c, units, lang))
                    (marks(p, c))
                    ol { @for card in &c.cards { li { (card_link(p, &base, card)) } } }
                }
            }
            (now_line(b))
        }
        @if b.columns.iter().all(|c| c.cards.is_empty()) {
            p class="empty-day" { span { @if p.closed.is_empty() { (nothing(p)) } @else { (p.closed) } } }
        }
    }
}

fn nothing(p: &BoardParts<'_>) -> &'static str {
    match p.shown.week_of {
        None => p.lang.pick("当天还没有预约", "Nothing is booked on this day yet"),
        Some(_) => p.lang.pick("本周还没有预约", "Nothing is booked in this week yet"),
    }
}

/// Across all columns of today, or today's column of a week.
fn now_line(b: &Board) -> Markup {
    let today: Vec<usize> = b
        .columns
        .iter()
        .zip(0..)
        .filter(|(c, _)| c.today)
        .map(|(_, i)| i)
        .collect();
    let one = (today.len() < b.columns.len()).then(|| today.first()).flatten();
    html! {
        @if let Some(now) = b.now {
            @let minute = b.first_minute + format!("{:.0}", now * 5.0).parse::<i64>().unwrap_or(0);
            div class={ "now" @if one.is_some() { " one" } } style={ "--s:" (now) @if let Some(i) = one { ";--i:" (i) } } {}
            div class="nowt" style={ "--s:" (now) } { span { (format!("{:02}:{:02}", minute / 60, minute % 60)) } }
        }
    }
}

/// Where nobody works, and why.
fn blocks(c: &Column, units: i64, lang: Lang) -> Markup {
    let why = |(start, length): (i64, i64)| {
        if let Some(h) = &c.holiday {
            lang.pick(h.name.as_str(), h.name_en.as_str())
        } else if length == units {
            match c.provider {
                Some(_) => lang.pick("不出诊", "Not in"),
                None => lang.pick("不开放", "Not open"),
            }
        } else if start > 0 && start + length < units {
            lang.pick("休息", "Closed")
        } else {
            ""
        }
    };
    let closed = c.closed.iter().map(|span| (*span, why(*span)));
    let leave = c.leave.iter().map(|(span, why)| (*span, why.get(lang)));
    html! {
        @for ((start, length), why) in closed.chain(leave) {
            div class="blk" style={ "--s:" (start) ";--d:" (length) } { @if length >= ROOM_FOR_WORDS && !why.is_empty() { span { (why) } } }
        }
    }
}

/// What takes the time beside visits: kept for some services, about to be booked, helping a colleague.
fn marks(p: &BoardParts<'_>, c: &Column) -> Markup {
    let lang = p.lang;
    html! {
        @for m in &c.marks {
            div class={ "mark " (kind(&m.what)) } style={ "--s:" (m.start) ";--d:" (m.length) } {
                @match &m.what {
                    Marked::Kept(name) => span { (lang.pick("留给：", "Kept: ")) (name.get(lang)) },
                    Marked::Held(why) => span { (icon("timer")) " " (held_for(lang, why)) },
                    Marked::Helps(id, of, who) => a href={ (p.shown.href()) "&open=" (id) } data-panel-link="1" { (icon("users")) " " (lang.pick("协助 ", "Assists ")) (p.providers.iter().find(|x| x.id == *of).map_or("", |x| x.name_in(lang))) " · " (who) },
                }
            }
        }
    }
}

fn kind(what: &Marked) -> &'static str {
    match what {
        Marked::Kept(_) => "kept",
        Marked::Held(_) => "held",
        Marked::Helps(..) => "helps",
    }
}

fn held_for(lang: Lang, why: &HeldFor) -> String {
    match why {
        HeldFor::Colleague(name) => lang.pick(format!("{name} 正在预约"), format!("{name} is booking")),
        HeldFor::Online => lang.pick("患者网上预约中", "A patient is booking").to_owned(),
        HeldFor::Offered => lang.pick("已通知候补患者", "Offered to the waiting list").to_owned(),
    }
}

/// The whole hours of the gutter: units from the top, and the hour.
fn hours(b: &Board) -> Vec<(i64, i64)> {
    let first = (b.first_minute + 59).div_euclid(60);
    let last = (b.first_minute + b.units * UNIT - 1).div_euclid(60);
    (first..=last)
        .map(|hour| ((hour * 60 - b.first_minute) / UNIT, hour.rem_euclid(24)))
        .collect()
}

/// The id of a column's heading.
fn key(p: &BoardParts<'_>, c: &Column) -> String {
    match p.shown.week_of {
        None => format!("c{}", column_id(c)),
        Some(_) => format!("d{}", c.day),
    }
}

/// The chair whose column it is.
fn chair_of(c: &Column) -> Option<ChairId> {
    let chair = c.chair.as_ref().filter(|_| c.provider.is_none());
    chair.map(|chair| chair.id)
}

/// Of a provider or of a chair: one board has columns of one sort only.
fn column_id(c: &Column) -> i64 {
    let of_chair = chair_of(c).map_or(0, |id| id.0);
    c.provider.as_ref().map_or(of_chair, |p| p.id.0)
}

fn head(c: &Column, lang: Lang) -> Markup {
    let chair = c.chair.as_ref();
    let position = c.provider.as_ref().map(|p| p.position);
    let name = match &c.provider {
        Some(p) => p.name_in(lang),
        None => chair.map_or("", |ch| ch.name_in(lang)),
    };
    html! {
        div class="hd" {
            span class="av" aria-hidden="true" { (position.or(chair.map(|ch| ch.position)).unwrap_or(0)) }
            div class="grow" {
                div class="hd-n" {
                    h2 id={ "c" (column_id(c)) } { (name) @if c.own { " " span class="chip" { (lang.pick("我", "Me")) } } }
                    span class="pct" { (c.load) "%" }
                }
                p { (where_and_what(c, lang)) }
                div class="load" { i style={ "--w:" (c.load) "%" } {} }
            }
        }
    }
}

/// The day, which leads to everybody's board of it.
fn day_head(p: &BoardParts<'_>, c: &Column) -> Markup {
    let lang = p.lang;
    let there = Shown {
        week_of: None,
        view: None,
        ..p.shown.on(c.day)
    };
    html! {
        div class="hd" aria-current=[c.today.then_some("date")] {
            div class="grow" {
                div class="hd-n" {
                    h2 id=(key(p, c)) { a href=(there.href()) { (lang.day(c.day)) } }
                    span class="pct" { (c.load) "%" }
                }
                div class="load" { i style={ "--w:" (c.load) "%" } {} }
            }
        }
    }
}

/// `1号椅 · 全科`
fn where_and_what(c: &Column, lang: Lang) -> String {
    let chair = c.chair.as_ref();
    let parts = match &c.provider {
        Some(p) => [chair.map_or("", |ch| ch.name_in(lang)), p.speciality_in(lang)],
        None => ["", chair.map_or("", |ch| ch.kind.as_str())],
    };
    let parts: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
    parts.join(" · ")
}

fn card_link(p: &BoardParts<'_>, base: &str, card: &Card) -> Markup {
    let lang = p.lang;
    let (class, icon_name) = look(card.status);
    let short = match card.length {
        ..=3 => " s15",
        4..=6 => " s30",
        _ => "",
    };
    let service = p.services.iter().find(|s| s.id == card.service);
    let time = |i: Instant| p.clock(i);
    let dim = if p.shown.picks(card) { "" } else { " dim" };
    let open = if p.open == Some(card.id) { " sel" } else { "" };
    let style = format!(
        "--s:{};--d:{};--lane:{};--lanes:{}",
        card.start, card.length, card.lane, card.lanes
    );
    html! {
        a class={ "appt " (class) (short) (dim) (open) } id={ "a" (card.id) } href={ (base) "&open=" (card.id) } style=(style)
            data-id=(card.id) data-p=(card.patient) data-s=(card.start) data-d=(card.length) data-v=(card.version) data-state=(card.status)
            data-at=(time(card.starts_at)) data-minutes=(card.ends_at.minutes_since(card.starts_at)) data-grid=(card.grid) data-with=(card.provider) draggable="false" {
            span class="l1" {
                span class="st" { (icon(icon_name)) } span class="nm" { (card.name) }
                @if card.vip { (icon_class("star", "vip")) }
                @if !card.alert.is_empty() { (icon_class("triangle-alert", "alert-i")) }
                span class="vh" { (lang.pick("，", ", ")) (card.status.name().get(lang)) @if card.vip { (lang.pick("，特需", ", VIP")) } @if !card.alert.is_empty() { (lang.pick("，过敏：", ", allergy: ")) (card.alert) } }
                span class="r" { (chip(p, card)) }
            }
            span class="l2" { span class="tm" { (time(card.starts_at)) } span class="vh te" { "–" (time(card.ends_at)) } " " (service.map_or("", |s| s.name_in(lang))) @for what in &card.also { " · " span class="also" { (what.get(lang)) } } }
            @if card.length >= 9 && !(card.alert.is_empty() && card.note.is_empty()) {
                span class="l3" { @if !card.alert.is_empty() { (allergy_text(lang, &card.alert)) } @if !card.alert.is_empty() && !card.note.is_empty() { " · " } (card.note) }
            }
            span class="rs" {}
        }
    }
}

fn chip(p: &BoardParts<'_>, card: &Card) -> Markup {
    let lang = p.lang;
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
