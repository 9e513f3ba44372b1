//! Filling one freed time: who was asked, whom it would suit.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::actions::{BEST, Candidate, Filling};
use super::super::model::{DEADLINE_MINUTES, Offer, OfferState, Slot, SlotState, Source, Urgency};
use super::span;
use crate::patients::Patient;
use crate::platform::clock::Instant;
use crate::platform::i18n::{Lang, phone_for_people};
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// What the page shows.
pub struct Page {
    /// The present instant.
    pub now: Instant,
    /// The time and whom it suits.
    pub filling: Filling,
    /// Who was asked, in order.
    pub offers: Vec<(Offer, Patient)>,
    /// What was typed.
    pub input: Input,
    /// What is wrong with it.
    pub faults: Faults,
}

/// `/waiting-list/fill/{id}`
pub fn page(frame: &Frame, p: &Page) -> Markup {
    let lang = frame.lang;
    let slot = &p.filling.slot;
    let (clinic, zone) = (&p.filling.clinic, p.filling.clinic.site.tz());
    let provider = clinic.find_provider(slot.provider_id).map_or("", |x| x.name_in(lang));
    let body = html! {
        main id="main" class="plain outreach" {
            (told(lang, &p.input))
            section class="card pad" {
                h2 { (span(lang, zone, slot)) " · " (provider) }
                p { (standing(lang, p)) }
                @if let Some(at) = slot.tried_at.filter(|_| !p.offers.is_empty()) { p class="hint" { (icon("send")) " " (lang.pick("由系统自动询问：", "Offered by itself: ")) (lang.day_time(at, zone)) } }
                (ending(lang, slot))
            }
            @if !p.offers.is_empty() { (asked(lang, zone, p)) }
            @if slot.state == SlotState::Open && p.filling.gap.is_some() { (choose(lang, zone, p)) }
            p { a class="btn" href="/waiting-list" { (lang.pick("返回候补名单", "Back to the waiting list")) } }
        }
    };
    frame.page(lang.pick("填补空档", "Fill this gap"), "waiting", body)
}

fn told(lang: Lang, input: &Input) -> Markup {
    let text = match input.get("done") {
        "asked" => lang.pick(
            "已开始询问，空档已保留。消息 2 分钟后发出。",
            "Being offered; the time is held. Messages go out in 2 minutes.",
        ),
        "stopped" => lang.pick("已停止询问，空档不再保留。", "Ended; the time is not held any more."),
        "declined" => lang.pick("已记录谢绝。", "Noted as declined."),
        "accepted" => lang.pick("已约上。", "Booked."),
        "taken" => lang.pick(
            "这个空档刚被占用或询问已结束。",
            "The time was just taken, or the offer is over.",
        ),
        _ => return html! {},
    };
    html! { div class="banner info" role="status" { (icon("check")) (text) } }
}

fn standing(lang: Lang, p: &Page) -> &'static str {
    match p.filling.slot.state {
        SlotState::Offering => lang.pick(
            "正在询问，空档为被询问的人保留。",
            "It is being offered and held for those asked.",
        ),
        SlotState::Filled => lang.pick("已有人接受。", "Somebody took it."),
        SlotState::Closed => lang.pick("已结束。", "Nothing more is to be done about it."),
        SlotState::Open if p.filling.gap.is_none() => {
            lang.pick("这个时间已不再空闲。", "This time is not free any more.")
        }
        SlotState::Open if p.filling.slot.nobody => lang.pick("询问过的人都没有接受。", "None of those asked took it."),
        SlotState::Open => lang.pick("空闲，还没有询问任何人。", "It is free; nobody is being asked."),
    }
}

fn ending(lang: Lang, slot: &Slot) -> Markup {
    html! {
        div class="acts" {
            @if slot.state == SlotState::Offering {
                form method="post" action={ "/waiting-list/fill/" (slot.id) "/stop" } { button class="btn danger" type="submit" { (icon("ban")) (lang.pick("停止询问", "Stop offering it")) } }
            }
            @if matches!(slot.state, SlotState::Open | SlotState::Offering) {
                form method="post" action={ "/waiting-list/fill/" (slot.id) "/dismiss" } { button class="btn" type="submit" { (icon("x")) (lang.pick("不填补", "Do not fill it")) } }
            }
        }
    }
}

/// Who was asked and what they said; what somebody says on the telephone is noted here.
fn asked(lang: Lang, zone: Tz, p: &Page) -> Markup {
    html! {
        section class="card pad" aria-labelledby="asked" {
            h2 id="asked" { (lang.pick("已询问", "Asked")) }
            ul class="plainlist" { @for (offer, patient) in &p.offers { (asked_row(lang, zone, offer, patient)) } }
        }
    }
}

fn asked_row(lang: Lang, zone: Tz, offer: &Offer, patient: &Patient) -> Markup {
    let class = match offer.state {
        OfferState::Accepted => "ok",
        OfferState::Asked => "info",
        _ => "",
    };
    let time = |at: Instant| at.local(zone).format("%H:%M").to_string();
    html! {
        li class="acts" {
            a href={ "/patients/" (patient.id) } { (patient.name) }
            span { (time(offer.starts_at)) " · " (offer.minutes) (lang.pick(" 分钟", " min")) }
            span class={ "chip " (class) } { (offer.state.name().get(lang)) }
            @if let (OfferState::Asked, Some(until)) = (offer.state, offer.expires_at) {
                span { (lang.pick("等到 ", "until ")) (time(until)) }
                @if let Some(phone) = &patient.phone { a class="btn sm" href={ "tel:" (phone) } { (icon("phone")) (phone_for_people(phone)) } }
                form method="post" action={ "/waiting-list/offers/" (offer.id) "/accept" } { button class="btn sm pri" type="submit" { (lang.pick("代为接受", "Takes it")) span class="vh" { " " (patient.name) } } }
                form method="post" action={ "/waiting-list/offers/" (offer.id) "/decline" } { button class="btn sm" type="submit" { (lang.pick("谢绝", "Does not")) span class="vh" { " " (patient.name) } } }
            }
            @if let Some(booked) = offer.booked_id { a class="btn sm quiet" href={ "/day?open=" (booked) } { (lang.pick("查看预约", "See the visit")) } }
        }
    }
}

/// Whom to ask.
fn choose(lang: Lang, zone: Tz, p: &Page) -> Markup {
    let mut input = p.input.clone();
    if input.get("minutes").is_empty() {
        input.set("minutes", DEADLINE_MINUTES.to_string());
    }
    let form = Form {
        lang,
        input: &input,
        faults: &p.faults,
    };
    let batches = [
        ("1", lang.pick("一个一个问", "one by one")),
        ("3", lang.pick("每批 3 人", "3 at a time")),
        ("10", lang.pick("每批 10 人", "10 at a time")),
        ("all", lang.pick("同时问所有人", "all at once")),
    ];
    html! {
        form class="card pad stack" method="post" action={ "/waiting-list/fill/" (p.filling.slot.id) } {
            (form.not_sent())
            fieldset class="ticks" id="f-who" tabindex="-1" {
                legend class="lab" { (lang.pick("问谁（按排名）", "Whom to ask, best first")) }
                @for source in Source::ALL { (of_source(lang, zone, p, *source)) }
                @if p.filling.candidates.is_empty() { p class="none" { (lang.pick("没有合适的人。", "It suits nobody.")) } }
                (form.fault("who"))
            }
            @if !p.filling.candidates.is_empty() {
                div class="cols" {
                    (form.select("batch", lang.pick("怎样问", "How"), &batches))
                    (form.text("minutes", lang.pick("答复时限（分钟）", "Time to answer, in minutes"), Kind { inputmode: "numeric", required: true, ..Kind::default() }))
                }
                p class="hint" { (lang.pick("空档会保留到有人接受、都已答复或您停止为止；不在发送时段内的，等到时段开始再问。", "The time is held until somebody takes it, all have answered, or you end it. Outside sending hours people are asked when those begin.")) }
                div class="acts" { button class="btn pri" type="submit" { (icon("send")) (lang.pick("开始询问", "Offer it")) } }
            }
        }
    }
}

fn of_source(lang: Lang, zone: Tz, p: &Page, source: Source) -> Markup {
    let list: Vec<&Candidate> = p.filling.candidates.iter().filter(|x| x.source == source).collect();
    html! {
        @if !list.is_empty() {
            h3 { (source.name().get(lang)) }
            ul class="plainlist" { @for x in list { (candidate(lang, zone, p, x)) } }
        }
    }
}

/// As it was sent; before that, the best whom a message reaches.
fn is_ticked(p: &Page, key: &str) -> bool {
    if !p.input.get("batch").is_empty() {
        return p.input.all("who").contains(&key);
    }
    let reached = p.filling.candidates.iter().filter(|x| x.unreachable().is_none());
    reached.take(BEST).any(|x| x.key() == key)
}

fn candidate(lang: Lang, zone: Tz, p: &Page, x: &Candidate) -> Markup {
    let key = x.key();
    let service = p.filling.clinic.find_service(x.service).map_or("", |s| s.name_in(lang));
    let days = (p.now - x.since).max(0) / crate::platform::clock::DAY_MS;
    html! {
        li {
            label class="check" {
                input type="checkbox" name="who" value=(key) checked[is_ticked(p, &key)];
                " " b { (x.patient.name) } " " (x.starts_at.local(zone).format("%H:%M")) " · " (service) " " (x.minutes) (lang.pick(" 分钟", " min"))
                @if x.urgency != Urgency::Normal { " " span class={ "chip " (if x.urgency == Urgency::Urgent { "bad" } else { "warn" }) } { (x.urgency.name().get(lang)) } }
                @if x.appointment.is_some() { " " span class="chip" { (lang.pick("提前原预约", "moves a later visit")) } }
                @if let Some(why) = x.unreachable() { " " span class="chip warn" { (icon("phone")) (why.get(lang)) } }
                @if x.rest > 0 { " " span class="chip" { (lang.pick(format!("剩 {} 分钟空隙", x.rest), format!("leaves {} min", x.rest))) } }
                " " span class="d" { (lang.pick(format!("{days} 天"), format!("{days} days"))) @if !x.note.is_empty() { " · " (x.note) } }
            }
        }
    }
}
