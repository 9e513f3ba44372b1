//! The panel beside the board when nothing is open: VIPs, who waits, what to do now, what is free next, what tomorrow brings.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::board::{Timing, waiting};
use super::super::model::free::Span;
use super::super::model::stage::WaitAlerts;
use super::super::model::{Action, Appointment, Status};
use super::super::news::{Reader, VipNews};
use super::super::reception::{SHEET, WalkIn, queue_section};
use super::super::store::News;
use crate::clinic::{Provider, ProviderId, Service, ServiceId};
use crate::patients::Patient;
use crate::platform::clock::Instant;
use crate::platform::i18n::Lang;
use crate::platform::web::assets::icon_class;
use crate::platform::web::icon;

/// Rows of "do now"; the others are one click away.
const TODO_MAX: usize = 8;
/// Visits that begin within so many minutes and are not confirmed are work.
const UNCONFIRMED_WITHIN_MINUTES: i64 = 60;

/// What the panel is made of.
pub struct Side<'a> {
    /// Reader's language.
    pub lang: Lang,
    /// The site's zone.
    pub zone: Tz,
    /// The present instant.
    pub now: Instant,
    /// The day shown.
    pub day: chrono::NaiveDate,
    /// The address of the board it stands beside.
    pub base: &'a str,
    /// The same, when it is more than a day: where its forms lead back to.
    pub board: Option<&'a str>,
    /// What is booked that day.
    pub booked: &'a [(Appointment, Patient)],
    /// For names.
    pub providers: &'a [Provider],
    /// For names.
    pub services: &'a [Service],
    /// What VIP patients did lately.
    pub vips: &'a [VipNews],
    /// Who looks.
    pub reader: Reader,
    /// When waiting is too long.
    pub alerts: WaitAlerts,
    /// Who came without an appointment and waits, in triage order.
    pub walk_ins: &'a [(WalkIn, Patient)],
    /// What patients changed themselves lately.
    pub changes: &'a [News],
    /// The next gaps of the day.
    pub openings: &'a [(ProviderId, Span)],
    /// Visits of earlier days that were left over, and when the latest of them began.
    pub left_over: Option<(usize, Instant)>,
    /// Visits of today that were left over, when the day is nearly over.
    pub left_today: Option<usize>,
    /// The day after, when today is shown.
    pub tomorrow: Option<Tomorrow>,
    /// Whether this person books.
    pub may_book: bool,
}

/// What is booked on the next day.
#[derive(Debug, Clone, Copy)]
pub struct Tomorrow {
    /// Its date.
    pub day: chrono::NaiveDate,
    /// Planned visits.
    pub booked: usize,
    /// Those not confirmed.
    pub unconfirmed: usize,
}

impl Side<'_> {
    fn provider(&self, id: Option<ProviderId>) -> &str {
        let found = self.providers.iter().find(|p| Some(p.id) == id);
        found.map_or("", |p| p.name_in(self.lang))
    }
    fn service(&self, id: ServiceId) -> &str {
        let found = self.services.iter().find(|s| s.id == id);
        found.map_or("", |s| s.name_in(self.lang))
    }
    fn clock(&self, i: Instant) -> String {
        i.local(self.zone).format("%H:%M").to_string()
    }
    /// The time, with its day when that is not the one shown.
    fn when(&self, i: Instant) -> String {
        if i.day(self.zone) == self.day {
            self.clock(i)
        } else {
            self.lang.day_time(i, self.zone)
        }
    }
    /// On the appointment's own day.
    fn open_on(&self, a: &Appointment) -> String {
        format!("/day?day={}&open={}", a.starts_at.day(self.zone), a.id)
    }
    fn open(&self, a: &Appointment) -> String {
        format!("{}&open={}", self.base, a.id)
    }
}

/// The panel. The board's script brings it up to date together with the board.
pub fn panel(s: &Side<'_>) -> Markup {
    let lang = s.lang;
    let waiting = waiting(s.booked);
    html! {
        aside class="side" id="side" aria-label=(lang.pick("候诊与待办", "Waiting room and to-do")) {
            (vips(s))
            (left_over(s))
            section {
                header {
                    h2 { (lang.pick("候诊", "Waiting room")) } span class="chip" { (waiting.len()) }
                    a class="btn quiet sm" href="/waiting" { (lang.pick("大屏", "Full screen")) }
                    @if let Some(average) = average_wait(s, &waiting) { span class="sp" {} span class="chip" { (lang.pick("平均 ", "avg ")) (minutes(average, lang)) } }
                }
                ul class="q" { @for (i, who) in waiting.iter().enumerate() { (waiting_row(s, who, i == 0)) } }
                @if waiting.is_empty() { p class="none" { (lang.pick("没有人在等候", "Nobody is waiting")) } }
            }
            (queue_section(s))
            (todo(s))
            (by_patients(s))
            (openings(s))
            (tomorrow(s))
            (links(s))
        }
    }
}

/// The pages of this day beside the board.
fn links(s: &Side<'_>) -> Markup {
    let lang = s.lang;
    html! {
        section class="links" {
            @if s.reader.role.is_some_and(|r| SHEET.contains(&r)) {
                a class="btn" href={ "/day-sheet?day=" (s.day) } { (icon("clipboard-list")) (lang.pick("备诊单", "Day sheet")) }
            }
            @if s.may_book { a class="btn" href="/check-in" { (icon("shield-check")) (lang.pick("自助签到", "Self check-in")) } }
        }
    }
}

/// R6: when a VIP patient arrives or books, the staff see it at once, with the special needs; what is one's own work, large.
fn vips(s: &Side<'_>) -> Markup {
    let mut vips: Vec<&VipNews> = s.vips.iter().collect();
    vips.sort_by_key(|v| !v.concerns(s.reader, s.providers));
    html! {
        @for v in vips {
            div class={ "banner vip-here" @if !v.concerns(s.reader, s.providers) { " small" } } role="status" {
                (icon_class("star", "vip"))
                div {
                    b { a href=(v.href(s.zone)) { (v.patient.name) } (v.what(s.lang)) }
                    @for part in [s.when(v.at).as_str(), s.provider(v.staff[0]), s.service(v.service)] { @if !part.is_empty() { " · " (part) } }
                    @if !v.patient.needs.is_empty() { br; (s.lang.pick("特殊需求：", "Needs: ")) (v.patient.needs) }
                }
            }
        }
    }
}

/// Earlier days on which visits were left over: somebody has to say how they ended.
fn left_over(s: &Side<'_>) -> Markup {
    let lang = s.lang;
    html! {
        @if let Some((n, latest)) = s.left_over {
            a class="banner warn" href={ "/day-end?day=" (latest.day(s.zone)) } { (icon("clipboard-list")) (lang.pick(format!("之前有 {n} 个就诊没有记录结果"), format!("{n} earlier visits are left over"))) }
        }
        @if let Some(n) = s.left_today {
            a class="banner warn" href={ "/day-end?day=" (s.day) } { (icon("clipboard-list")) (lang.pick(format!("今天有 {n} 个就诊没有记录结果"), format!("{n} visits of today are left over"))) }
        }
    }
}

/// What patients changed by their links: a gap to fill, or a new time to know of.
fn by_patients(s: &Side<'_>) -> Markup {
    let lang = s.lang;
    html! {
        @if !s.changes.is_empty() {
            section {
                header { h2 { (lang.pick("患者自己改的", "Changed by patients")) } span class="chip" { (s.changes.len()) } }
                ul class="todo" {
                    @for (event, a, p) in s.changes {
                        @let cancelled = event.action == Action::Cancel;
                        li {
                            a class="t" href=(s.open_on(a)) { (p.name) " " (s.when(a.starts_at)) @if let (true, Some(why)) = (cancelled, a.cancel_reason.as_ref().filter(|r| !r.is_empty())) { " · " (why) } }
                            span class={ "chip " (if cancelled { "bad" } else { "info" }) } { (if cancelled { lang.pick("已取消", "cancelled") } else { lang.pick("改到此时", "moved here") }) }
                        }
                    }
                }
            }
        }
    }
}

fn waiting_row(s: &Side<'_>, (a, p): &(Appointment, Patient), first: bool) -> Markup {
    let minutes = a.arrived_at.map_or(0, |at| s.now.minutes_since(at));
    html! {
        li {
            span class={ "mins " (s.alerts.arrived.class(minutes)) } { (minutes) small { (s.lang.pick("分钟", "min")) } }
            a class="who" href=(s.open(a)) { (p.name) @if p.vip { (icon_class("star", "vip")) } }
            span class="sub" { (s.clock(a.starts_at)) " · " (s.provider(Some(a.provider_id))) " · " (s.service(a.service_id)) }
            form method="post" action={ "/appointments/" (a.id) "/seat" } {
                input type="hidden" name="version" value=(a.version);
                @if let Some(board) = s.board { input type="hidden" name="board" value=(board); }
                button class={ "btn sm" @if first { " pri" } } type="submit" { (s.lang.pick("就座", "Seat")) span class="vh" { " " (p.name) } }
            }
        }
    }
}

/// How long those who wait have waited on average.
fn average_wait(s: &Side<'_>, waiting: &[&(Appointment, Patient)]) -> Option<i64> {
    let total: i64 = waiting
        .iter()
        .filter_map(|(a, _)| a.arrived_at.map(|at| s.now.minutes_since(at)))
        .sum();
    total.checked_div(i64::try_from(waiting.len()).ok()?)
}

/// One thing to do about an appointment.
struct Todo<'a> {
    about: &'a (Appointment, Patient),
    why: &'static str,
    /// Colour of the reason.
    class: &'static str,
    /// What helps: call, or book anew.
    rebook: bool,
}

fn todo(s: &Side<'_>) -> Markup {
    let lang = s.lang;
    let what = |about: &'_ (Appointment, Patient)| {
        let a = &about.0;
        let unconfirmed_soon =
            a.status == Status::Booked && (0..=UNCONFIRMED_WITHIN_MINUTES).contains(&a.starts_at.minutes_since(s.now));
        if matches!(Timing::of(a, s.now), Timing::Late(_)) {
            Some((lang.pick("迟到，请致电", "late, call"), "bad", false))
        } else if unconfirmed_soon {
            Some((
                lang.pick("一小时内，未确认", "within the hour, unconfirmed"),
                "warn",
                false,
            ))
        } else if a.status == Status::NoShow {
            Some((lang.pick("爽约，请改约", "no-show, rebook"), "bad", true))
        } else {
            None
        }
    };
    let mut rows: Vec<Todo<'_>> = s
        .booked
        .iter()
        .filter_map(|about| {
            what(about).map(|(why, class, rebook)| Todo {
                about,
                why,
                class,
                rebook,
            })
        })
        .collect();
    // Who may still come first.
    rows.sort_by_key(|t| (t.rebook, t.about.0.starts_at));
    html! {
        section {
            header { h2 { (lang.pick("现在要做", "Do now")) } span class="chip" { (rows.len()) } }
            ul class="todo" { @for t in rows.iter().take(TODO_MAX) { (todo_row(s, t)) } }
            @if rows.len() > TODO_MAX {
                p class="none" { a href={ "/day?day=" (s.day) "&show=hot" } { (lang.pick(format!("还有 {} 个…", rows.len() - TODO_MAX), format!("{} more…", rows.len() - TODO_MAX))) } }
            }
            @if rows.is_empty() { p class="none" { (lang.pick("都处理好了", "All done")) } }
        }
    }
}

fn todo_row(s: &Side<'_>, t: &Todo<'_>) -> Markup {
    let (a, p) = t.about;
    html! {
        li {
            span class="tm" { (s.clock(a.starts_at)) }
            a class="t" href=(s.open(a)) { (p.name) }
            span class={ "chip " (t.class) } { (t.why) }
            @if t.rebook && s.may_book {
                a class="btn sm" href={ "/day?book=" (p.id) } { (s.lang.pick("改约", "Rebook")) span class="vh" { " " (p.name) } }
            } @else if let (false, Some(phone)) = (t.rebook, &p.phone) {
                a class="btn sm" href={ "tel:" (phone) } { (s.lang.pick("致电", "Call")) span class="vh" { " " (p.name) } }
            }
        }
    }
}

/// The next gaps of the day, to be booked with one click.
fn openings(s: &Side<'_>) -> Markup {
    let lang = s.lang;
    html! {
        @if s.may_book {
            section {
                header {
                    h2 { (lang.pick("最近空档", "Next openings")) }
                    span class="sp" {}
                    a class="btn quiet sm" href={ "/day?day=" (s.day) "&book=find" } { (lang.pick("找时段", "Find")) " " kbd { "F" } }
                }
                ul class="openings" {
                    @for (provider, gap) in s.openings {
                        @if let Some(p) = s.providers.iter().find(|p| p.id == *provider) {
                            li {
                                a class="slot" href={ "/day?day=" (s.day) "&book=find&provider=" (p.id) "&at=" (s.clock(gap.from)) } {
                                    b { (s.clock(gap.from)) } span { (p.name_in(lang)) } span class="chip" { (minutes(gap.until.minutes_since(gap.from), lang)) }
                                }
                            }
                        }
                    }
                }
                @if s.openings.is_empty() { p class="none" { (lang.pick("当天没有空档", "Nothing is free that day")) } }
            }
        }
    }
}

fn minutes(n: i64, lang: Lang) -> String {
    lang.pick(format!("{n} 分钟"), format!("{n} min"))
}

/// What the next day brings: how much is booked, how much of it is not confirmed.
fn tomorrow(s: &Side<'_>) -> Markup {
    let lang = s.lang;
    html! {
        @if let Some(t) = &s.tomorrow {
            section class="tomorrow" {
                p {
                    b { (lang.pick("明天 ", "Tomorrow ")) (lang.day(t.day)) } " · "
                    (lang.pick(format!("{} 个预约，{} 个未确认", t.booked, t.unconfirmed), format!("{} booked, {} unconfirmed", t.booked, t.unconfirmed)))
                }
                @if t.unconfirmed > 0 {
                    a class="btn" href={ "/day?day=" (t.day) "&show=un" } { (icon("circle-dashed")) (lang.pick("查看未确认", "See the unconfirmed")) }
                }
            }
        }
    }
}
