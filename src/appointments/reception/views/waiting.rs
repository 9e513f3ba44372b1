//! The waiting room on a screen of its own: lanes by stage, the longest first; colour and order say what is too long.

use maud::{DOCTYPE, Markup, html};

use super::super::pages::waiting::{Person, Room};
use crate::appointments::model::board::Timing;
use crate::appointments::model::stage::Stage;
use crate::appointments::views::label;
use crate::appointments::{Action, Appointment};
use crate::clinic::Site;
use crate::platform::i18n::{Lang, name_masked};
use crate::platform::web::assets::{asset, icon_class};
use crate::platform::web::{icon, qr};

/// How often a screen is brought up to date, in seconds.
const REFRESH_SECONDS: u32 = 10;

/// A page without menus. A script asks for its lanes again; where there is none, the whole page is asked for at `again`.
fn screen(lang: Lang, title: &str, again: &str, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="robots" content="noindex,nofollow";
                title { (title) }
                link rel="icon" href=(asset("icon.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(asset("app.css"));
                script src=(asset("fresh.js")) defer {}
                noscript { meta http-equiv="refresh" content={ (REFRESH_SECONDS) ";url=" (again) }; }
            }
            body class="room-page" { (body) }
        }
    }
}

fn heading(lang: Lang, site: &Site) -> Markup {
    html! {
        h1 { (lang.pick("候诊室", "Waiting room")) }
        p class="room-when" { (site.name_in(lang)) }
    }
}

/// As of when.
fn clock(lang: Lang, room: &Room) -> Markup {
    let local = room.now.local(room.clinic.site.tz());
    html! { p class="room-when" { (lang.day(local.date())) " " b { (local.format("%H:%M").to_string()) } } }
}

/// The page for the staff. `screen_url`: the address of the screen for patients, for those who may set it up.
pub fn page(lang: Lang, room: &Room, screen_url: Option<&str>) -> Markup {
    let title = lang.pick("候诊室", "Waiting room");
    let body = html! {
        header class="room-head" {
            (heading(lang, &room.clinic.site))
            nav aria-label=(lang.pick("候诊室", "Waiting room")) {
                a class="btn" href="/day" { (icon("calendar-days")) (lang.pick("日程", "Schedule")) }
                @if room.desk { a class="btn" href="/walk-in" { (icon("user-plus")) (lang.pick("未预约到诊", "Walk-ins")) } }
                a class="btn" href="/waiting?privacy=1" { (icon("eye")) (lang.pick("隐私模式", "Privacy mode")) }
                a class="btn quiet" href={ "/waiting?lang=" (lang.other()) } lang=(lang.other().tag()) hreflang=(lang.other().tag()) { (lang.pick("English", "中文")) }
            }
        }
        main id="main" {
            (did(lang, room))
            div id="lanes" data-fresh="/waiting/lanes" data-seconds=(REFRESH_SECONDS) { (lanes(lang, room)) }
            @if let Some(url) = screen_url {
                details class="room-link" {
                    summary { (lang.pick("给患者看的屏幕", "A screen for patients")) }
                    p { (lang.pick("在该屏幕的浏览器打开此地址，无需登录；只显示“孙*”、椅位和排队号。", "Open this address on that screen. It needs no sign-in and shows only “S*”, the chair and the queue number.")) }
                    p class="room-url" { a href=(url) { (url) } }
                    (qr(url, lang.pick("屏幕地址的二维码", "QR code of the screen's address")))
                }
            }
        }
    };
    screen(lang, title, "/waiting", body)
}

/// The step just taken, with its undo.
fn did(lang: Lang, room: &Room) -> Markup {
    html! { @if let Some((a, action, name)) = &room.did { (undo_form(lang, a, *action, name, "/waiting")) } }
}

/// Takes the step back and leads back to where it was taken.
pub fn undo_form(lang: Lang, a: &Appointment, action: Action, name: &str, back: &str) -> Markup {
    html! {
        form class="room-did" method="post" action={ "/appointments/" (a.id) "/undo" } {
            input type="hidden" name="version" value=(a.version);
            input type="hidden" name="back" value=(back);
            span role="status" { (icon("check")) (name) " · " (action.done().get(lang)) }
            button class="btn sm" type="submit" { (icon("undo-2")) (lang.pick("撤销（8 秒内）", "Undo (within 8 s)")) }
        }
    }
}

/// The three lanes, for the page and for what asks for them again.
pub fn lanes(lang: Lang, room: &Room) -> Markup {
    html! {
        (clock(lang, room))
        div class="lanes" {
            @for stage in Stage::ALL {
                @let people: Vec<&Person> = room.people.iter().filter(|p| p.stage == *stage).collect();
                section class="lane" aria-labelledby={ "lane-" (stage) } {
                    h2 id={ "lane-" (stage) } { (stage.name().get(lang)) " " span class="chip" { (people.len()) } }
                    ul { @for p in &people { (row(lang, room, p)) } }
                    @if people.is_empty() { p class="none" { (lang.pick("没有人", "Nobody")) } }
                }
            }
        }
    }
}

fn row(lang: Lang, room: &Room, p: &Person) -> Markup {
    let zone = room.clinic.site.tz();
    let name_of = |p: &Person| {
        let a = p.appointment.as_ref();
        let provider = a
            .and_then(|a| room.clinic.find_provider(a.provider_id))
            .map(|x| x.name_in(lang));
        let chair = a
            .and_then(|a| room.clinic.find_chair(a.chair_id))
            .map(|x| x.name_in(lang));
        let service = a.map(|a| a.service_id).or(p.walk_in.as_ref().map(|w| w.service_id));
        let service = service
            .and_then(|id| room.clinic.find_service(id))
            .map(|x| x.name_in(lang));
        [service, provider, chair]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ")
    };
    html! {
        li class={ "person " (room.alerts.of(p.stage).class(p.minutes)) } {
            span class={ "mins " (room.alerts.of(p.stage).class(p.minutes)) } { (p.minutes) small { (lang.pick("分钟", "min")) } }
            div class="grow" {
                p class="who" {
                    @match &p.appointment {
                        Some(a) => a href={ "/day?open=" (a.id) } { (p.patient.name) },
                        None => span { (p.patient.name) },
                    }
                    @if p.patient.vip { " " (icon_class("star", "vip")) span class="vh" { (lang.pick("特需", "VIP")) } }
                    @if p.patient.has_alert() { " " (icon_class("triangle-alert", "alert-i")) span class="vh" { (lang.pick("过敏：", "allergy: ")) (p.patient.alert()) } }
                    @if let Some(n) = p.number { " " span class="chip info" { (number(lang, n)) } }
                    @if let Timing::Over(m) = p.timing { " " span class="chip warn" { (lang.pick(format!("超 {m} 分钟"), format!("{m} min over"))) } }
                }
                p class="sub" {
                    @if let Some(a) = p.appointment.as_ref().filter(|_| p.number.is_none()) { (a.starts_at.local(zone).format("%H:%M").to_string()) " · " }
                    (name_of(p))
                    @if let Some(w) = &p.walk_in { " · " (w.urgency.name().get(lang)) @if !w.complaint.is_empty() { " · " (w.complaint) } }
                }
                @if p.patient.vip && !p.patient.needs.is_empty() { p class="sub needs" { (p.patient.needs) } }
            }
            (steps(lang, room, p))
        }
    }
}

/// `3 号` / `No. 3`
pub fn number(lang: Lang, n: i32) -> String {
    lang.pick(format!("{n} 号"), format!("No. {n}"))
}

/// The step that comes next, in one click.
fn steps(lang: Lang, room: &Room, p: &Person) -> Markup {
    html! {
        @if let (Some(a), Some(action)) = (&p.appointment, p.allowed.first()) {
            @let (_, icon_name, text) = label(*action, lang);
            form method="post" action={ "/appointments/" (a.id) "/" (action) } {
                input type="hidden" name="version" value=(a.version);
                input type="hidden" name="back" value={ "/waiting?did=" (a.id) };
                button class="btn" type="submit" id={ "go" (a.id) } { (icon(icon_name)) (text) span class="vh" { " " (p.patient.name) } }
            }
        } @else if let Some(w) = p.walk_in.as_ref().filter(|_| room.desk) {
            a class="btn" href={ "/walk-in#w" (w.id) } { (lang.pick("安排", "Place")) span class="vh" { " " (p.patient.name) } }
        }
    }
}

/// What patients may see: `孙*`, the chair, the queue number. `own`: its address, and that of its lanes.
pub fn private(lang: Lang, room: &Room, own: (&str, &str)) -> Markup {
    let body = html! {
        header class="room-head" { (heading(lang, &room.clinic.site)) }
        main id="main" { div data-fresh=(own.1) data-seconds=(REFRESH_SECONDS) { (private_lanes(lang, room)) } }
    };
    screen(lang, lang.pick("候诊室", "Waiting room"), own.0, body)
}

/// The lanes of [`private`].
pub fn private_lanes(lang: Lang, room: &Room) -> Markup {
    html! {
        (clock(lang, room))
        div class="lanes private" {
            @for stage in [Stage::Arrived, Stage::InChair] {
                @let people: Vec<&Person> = room.people.iter().filter(|p| p.stage == stage).collect();
                section class="lane" aria-labelledby={ "lane-" (stage) } {
                    h2 id={ "lane-" (stage) } { (stage.name().get(lang)) " " span class="chip" { (people.len()) } }
                    ul { @for p in &people { (masked(lang, room, p)) } }
                    @if people.is_empty() { p class="none" { (lang.pick("没有人", "Nobody")) } }
                }
            }
        }
    }
}

fn masked(lang: Lang, room: &Room, p: &Person) -> Markup {
    let chair = p.appointment.as_ref().and_then(|a| room.clinic.find_chair(a.chair_id));
    html! {
        li class="person" {
            @if let Some(n) = p.number { span class="num" { (number(lang, n)) } }
            span class="who" { (name_masked(&p.patient.name)) }
            @if let Some(chair) = chair { span class="chair" { (chair.name_in(lang)) } }
        }
    }
}
