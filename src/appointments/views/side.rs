//! The panel beside the board when nothing is open: VIPs, who waits, what to do now.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::board::Timing;
use super::super::model::{Appointment, Status};
use super::wait_class;
use crate::clinic::{Provider, Service};
use crate::patients::Patient;
use crate::platform::clock::Instant;
use crate::platform::i18n::Lang;
use crate::platform::web::assets::icon_class;

/// VIPs who came in the last so many minutes are announced.
const VIP_ANNOUNCED_MINUTES: i64 = 30;
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
    /// What is booked that day.
    pub booked: &'a [(Appointment, Patient)],
    /// For names.
    pub providers: &'a [Provider],
    /// For names.
    pub services: &'a [Service],
}

impl Side<'_> {
    fn provider(&self, a: &Appointment) -> &str {
        self.providers
            .iter()
            .find(|p| p.id == a.provider_id)
            .map_or("", |p| p.name_in(self.lang))
    }
    fn service(&self, a: &Appointment) -> &str {
        self.services
            .iter()
            .find(|s| s.id == a.service_id)
            .map_or("", |s| s.name_in(self.lang))
    }
    fn clock(&self, i: Instant) -> String {
        i.local(self.zone).format("%H:%M").to_string()
    }
    fn open(&self, a: &Appointment) -> String {
        format!("/day?day={}&open={}", self.day, a.id)
    }
}

/// The panel; asks for itself again every fifteen seconds.
pub fn panel(s: &Side<'_>) -> Markup {
    let lang = s.lang;
    let mut waiting: Vec<_> = s.booked.iter().filter(|(a, _)| a.status == Status::Arrived).collect();
    waiting.sort_by_key(|(a, _)| a.arrived_at);
    html! {
        aside class="side" id="side" aria-label=(lang.pick("候诊与待办", "Waiting room and to-do"))
            hx-get={ "/day/side?day=" (s.day) } hx-trigger="every 15s" hx-swap="outerHTML" hx-target="this" {
            (vips(s))
            section {
                header { h2 { (lang.pick("候诊", "Waiting room")) } span class="chip" { (waiting.len()) } }
                ul class="q" { @for (a, p) in &waiting { (waiting_row(s, a, p)) } }
                @if waiting.is_empty() { p class="none" { (lang.pick("没有人在等候", "Nobody is waiting")) } }
            }
            (todo(s))
        }
    }
}

/// R6: when a VIP patient arrives or books, the staff see it at once, with the special needs.
fn vips(s: &Side<'_>) -> Markup {
    let lately = |at: Instant| (0..=VIP_ANNOUNCED_MINUTES).contains(&s.now.minutes_since(at));
    let news = s
        .booked
        .iter()
        .filter(|(_, p)| p.vip)
        .filter_map(|(a, p)| match a.arrived_at {
            Some(at) if lately(at) => Some((a, p, at, s.lang.pick("（特需）已到诊", "(VIP) has arrived"))),
            None if a.status.is_planned() && lately(a.created_at) => Some((
                a,
                p,
                a.starts_at,
                s.lang.pick("（特需）刚预约", "(VIP) has just booked"),
            )),
            _ => None,
        });
    html! {
        @for (a, p, at, what) in news {
            div class="banner vip-here" role="status" {
                (icon_class("star", "vip"))
                div {
                    b { (p.name) " " (what) } " " (s.clock(at)) " · " (s.provider(a)) " · " (s.service(a))
                    @if !p.needs.is_empty() { br; (s.lang.pick("特殊需求：", "Needs: ")) (p.needs) }
                }
            }
        }
    }
}

fn waiting_row(s: &Side<'_>, a: &Appointment, p: &Patient) -> Markup {
    let minutes = a.arrived_at.map_or(0, |at| s.now.minutes_since(at));
    html! {
        li {
            span class={ "mins " (wait_class(minutes)) } { (minutes) small { (s.lang.pick("分钟", "min")) } }
            a class="who" href=(s.open(a)) { (p.name) @if p.vip { (icon_class("star", "vip")) } }
            span class="sub" { (s.clock(a.starts_at)) " " (s.provider(a)) " · " (s.service(a)) }
            form method="post" action={ "/appointments/" (a.id) "/seat" } {
                input type="hidden" name="version" value=(a.version);
                button class="btn sm" type="submit" { (s.lang.pick("就座", "Seat")) span class="vh" { " " (p.name) } }
            }
        }
    }
}

fn todo(s: &Side<'_>) -> Markup {
    let lang = s.lang;
    let late = s
        .booked
        .iter()
        .filter(|(a, _)| matches!(Timing::of(a, s.now), Timing::Late(_)));
    let soon = s.booked.iter().filter(|(a, _)| {
        a.status == Status::Booked && (0..=UNCONFIRMED_WITHIN_MINUTES).contains(&a.starts_at.minutes_since(s.now))
    });
    let missed = s.booked.iter().filter(|(a, _)| a.status == Status::NoShow);
    let rows: Vec<(&Appointment, &Patient, &str, &str)> = late
        .map(|(a, p)| (a, p, lang.pick("迟到，请致电", "late, call"), "bad"))
        .chain(soon.map(|(a, p)| {
            (
                a,
                p,
                lang.pick("一小时内，未确认", "within the hour, unconfirmed"),
                "warn",
            )
        }))
        .chain(missed.map(|(a, p)| (a, p, lang.pick("爽约，请改约", "no-show, rebook"), "bad")))
        .collect();
    html! {
        section {
            header { h2 { (lang.pick("现在要做", "Do now")) } span class="chip" { (rows.len()) } }
            ul class="todo" {
                @for (a, p, why, class) in &rows {
                    li { span class="tm" { (s.clock(a.starts_at)) } a class="t" href=(s.open(a)) { (p.name) } span class={ "chip " (class) } { (why) } }
                }
            }
            @if rows.is_empty() { p class="none" { (lang.pick("都处理好了", "All done")) } }
        }
    }
}
