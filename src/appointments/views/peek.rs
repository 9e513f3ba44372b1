//! The card that a pointer at rest, or the space bar, shows beside an appointment: enough to answer the phone.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::board::Timing;
use super::super::model::{Action, Appointment};
use super::detail::label;
use super::look;
use crate::clinic::Service;
use crate::messaging::Message;
use crate::patients::Patient;
use crate::platform::clock::Instant;
use crate::platform::i18n::{Lang, phone_masked};
use crate::platform::web::assets::icon_class;
use crate::records::VisitSummary;

/// What the card is made of.
pub struct Peek<'a> {
    /// Reader's language.
    pub lang: Lang,
    /// The site's zone.
    pub zone: Tz,
    /// The present instant.
    pub now: Instant,
    /// The appointment.
    pub a: &'a Appointment,
    /// Whose.
    pub patient: &'a Patient,
    /// For what.
    pub service: Option<&'a Service>,
    /// With whom, where and who helps: what there is to say of it.
    pub place: &'a [&'a str],
    /// The latest visit, as far as the reader may know of it.
    pub last: Option<&'a VisitSummary>,
    /// The latest message about this appointment.
    pub message: Option<&'a Message>,
    /// Steps this person may take.
    pub allowed: &'a [Action],
    /// Whether this person books.
    pub may_book: bool,
}

/// The card.
pub fn peek(p: &Peek<'_>) -> Markup {
    let (lang, a) = (p.lang, p.a);
    let clock = |i: Instant| i.local(p.zone).format("%H:%M").to_string();
    html! {
        h3 {
            (p.patient.name)
            @if p.patient.vip { " " (icon_class("star", "vip")) span class="chip vip" { (lang.pick("特需", "VIP")) } }
            " " span class={ "chip state " (look(a.status).0) } { (a.status.name().get(lang)) (since(p)) }
        }
        dl {
            dt { (lang.pick("项目", "Visit")) } dd { (p.service.map_or("", |s| s.name_in(lang))) " · " (clock(a.starts_at)) "–" (clock(a.ends_at)) }
            @if !p.place.is_empty() { dt { (lang.pick("椅位", "Where")) } dd { (p.place.join(" · ")) } }
            @if let Some(phone) = &p.patient.phone { dt { (lang.pick("电话", "Phone")) } dd { (phone_masked(phone)) } }
            @if p.patient.has_alert() { dt { (lang.pick("过敏", "Allergy")) } dd class="alert" { (p.patient.allergies) } }
            @if p.patient.vip && !p.patient.needs.is_empty() { dt { (lang.pick("需求", "Needs")) } dd { (p.patient.needs) } }
            @if !a.note.is_empty() { dt { (lang.pick("备注", "Note")) } dd { (a.note) } }
            @if let Some(v) = p.last { dt { (lang.pick("上次", "Last")) } dd { (lang.day(v.day)) " " (v.service_in(lang)) @if !v.treatments.is_empty() { " · " (v.treatments) } } }
            @if let Some(m) = p.message { dt { (lang.pick("消息", "Message")) } dd { (m.channel.name().get(lang)) " · " (m.state.name().get(lang)) " · " (lang.day_time(m.updated_at, p.zone)) } }
        }
        div class="acts" { (steps(p)) }
    }
}

/// Minutes in the present state, where they matter.
fn since(p: &Peek<'_>) -> String {
    let minutes = match (Timing::of(p.a, p.now), p.a.seated_at) {
        (Timing::Waiting(m), _) => m,
        (_, Some(at)) if p.a.finished_at.is_none() => p.now.minutes_since(at),
        _ => return String::new(),
    };
    p.lang.pick(format!(" {minutes} 分钟"), format!(" {minutes} min"))
}

/// The next steps, as the keys that the board has for them.
fn steps(p: &Peek<'_>) -> Markup {
    let plain = p.allowed.iter().filter(|x| {
        matches!(
            x,
            Action::Confirm | Action::Arrive | Action::Seat | Action::Finish | Action::Leave
        )
    });
    html! {
        @for action in plain {
            @let (key, _, text) = label(*action, p.lang);
            button class="btn sm" type="button" tabindex="-1" data-key=(key.to_lowercase()) { (text) " " kbd { (key) } }
        }
        @if p.may_book { button class="btn sm" type="button" tabindex="-1" data-key="n" { (p.lang.pick("约下次", "Next visit")) " " kbd { "N" } } }
        @if p.allowed.contains(&Action::Move) { button class="btn sm" type="button" tabindex="-1" data-key="p" { (p.lang.pick("改期", "Move")) " " kbd { "P" } } }
    }
}
