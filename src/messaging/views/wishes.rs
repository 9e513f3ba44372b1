//! `/patients/{id}/opt-outs`

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::actions::Reach;
use super::super::model::{Carrier, OptOut, Scope};
use crate::patients::Patient;
use crate::platform::i18n::{Lang, phone_for_people};
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// What a patient's page of opt-outs shows.
pub(in crate::messaging) struct Wishes {
    /// Whose.
    pub patient: Patient,
    /// Their number and address.
    pub reach: Vec<Reach>,
    /// The clinic's zone.
    pub zone: Tz,
}

pub(in crate::messaging) fn wishes(frame: &Frame, page: &Wishes, typed: (&Input, &Faults)) -> Markup {
    let lang = frame.lang;
    let home = format!("/patients/{}", page.patient.id);
    let body = html! {
        main id="main" class="set" {
            p class="crumb" { a href=(home) { (icon("chevron-left")) (page.patient.name) } }
            @if page.reach.is_empty() {
                section class="card sec" aria-labelledby="none-h" {
                    h2 id="none-h" { (lang.pick("退订", "Opt-outs")) }
                    p class="hint" { (lang.pick("没有登记手机号和邮箱，发不了消息。", "There is no mobile number and no email address to write to.")) }
                }
            }
            @for reach in &page.reach { (address(lang, page, reach)) }
            @if !page.reach.is_empty() { (note(frame, page, typed)) }
        }
    };
    frame.page(&page.patient.name, "patients", body)
}

fn shown(channel: Carrier, address: &str) -> String {
    match channel {
        Carrier::Sms => phone_for_people(address),
        Carrier::Email => address.to_owned(),
    }
}

fn address(lang: Lang, page: &Wishes, reach: &Reach) -> Markup {
    let head = format!("{}-h", reach.channel);
    html! {
        section class="card sec" aria-labelledby=(head) {
            h2 id=(head) { (reach.channel.name().get(lang)) " · " (shown(reach.channel, &reach.address)) }
            @if reach.opt_outs.is_empty() { p class="hint" { (lang.pick("没有退订。", "Nothing is opted out of.")) } }
            @else { ul class="lines" { @for o in &reach.opt_outs { li { (line(lang, page, o)) } } } }
            @if let Some(widest) = reach.opt_outs.iter().map(|o| o.scope).max() { (held(lang, reach.channel, widest)) }
            @if reach.opt_outs.iter().any(OptOut::is_carriers) {
                p class="hint" { (lang.pick("运营商那边的退订这里解除不了：要患者自己用这个手机回复 START 或联系运营商。", "The carrier's own opt-out cannot be lifted here: the patient has to answer START from this telephone, or ask the carrier.")) }
            }
            @if reach.refused {
                p class="hint" { (lang.pick("档案里登记为不同意，所以不这样发消息：", "The record says no to this way, so nothing goes by it: ")) a href={ "/patients/" (page.patient.id) "/edit" } { (lang.pick("修改档案", "edit the record")) } }
            }
            @if reach.is_suppressed() {
                p class="hint" { (lang.pick("寄往这里的邮件被退回，已停发：", "Mail to it came back, so nothing more is sent: ")) a href={ "/patients/" (page.patient.id) } { (lang.pick("核对后在档案里重新启用", "once it is checked, try again on the record")) } }
            }
            @if !reach.others.is_empty() { (others(lang, reach)) }
        }
    }
}

fn others(lang: Lang, reach: &Reach) -> Markup {
    html! {
        p class="hint" {
            (icon("users")) " " (lang.pick("与别人共用，退订对他们同样有效：", "Shared, so an opt-out holds for these, too: "))
            @for (i, (id, name)) in reach.others.iter().enumerate() { @if i > 0 { (lang.pick("、", ", ")) } a href={ "/patients/" (id) } { (name) } }
        }
    }
}

fn line(lang: Lang, page: &Wishes, o: &OptOut) -> Markup {
    let lift = format!("/patients/{}/opt-outs/{}/lift", page.patient.id, o.id);
    html! {
        span { span class="chip warn" { (icon("ban")) (o.scope.name().get(lang)) } " "
            (lang.pick("自 ", "since ")) (lang.day_time(o.at, page.zone)) " · " (o.how().get(lang)) }
        form method="post" action=(lift) {
            button class="btn sm" type="submit" { (icon("refresh-cw")) (lang.pick("恢复接收", "Send again")) span class="vh" { " " (o.scope.name().get(lang)) } }
        }
    }
}

/// What is not sent now, and what is.
fn held(lang: Lang, channel: Carrier, scope: Scope) -> Markup {
    let (held, goes) = scope.told_apart(channel, lang);
    html! {
        @if goes.is_empty() {
            p class="hint" { (lang.pick("什么都不发，就诊提醒和前台的答复也不发。", "Nothing is sent, no reminders of visits and no answers of the desk either.")) }
        } @else {
            p class="hint" { (lang.pick("不发：", "Not sent: ")) (held) }
            p class="hint" { (lang.pick("照常发：", "Sent as before: ")) (goes) }
        }
    }
}

fn note(frame: &Frame, page: &Wishes, (input, faults): (&Input, &Faults)) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let ways: Vec<(&str, String)> = page
        .reach
        .iter()
        .map(|r| {
            let (name, address) = (r.channel.name(), shown(r.channel, &r.address));
            (r.channel.as_str(), format!("{} · {address}", name.get(lang)))
        })
        .collect();
    let scopes: Vec<(&str, String)> = Scope::ALL
        .iter()
        .map(|s| (s.as_str(), s.name().get(lang).to_owned()))
        .collect();
    html! {
        section class="card sec" aria-labelledby="note-h" {
            h2 id="note-h" { (lang.pick("登记退订", "Note an opt-out")) }
            p class="hint" { (lang.pick("患者当面或在电话里说不想再收到时登记。“推广和问候”之外的消息照常发；退订“所有消息”后连就诊提醒也不发。", "For what a patient says at the desk or on the telephone. With \"Offers and greetings\" all else goes as before; with \"All messages\" not even reminders of visits are sent.")) }
            form method="post" action={ "/patients/" (page.patient.id) "/opt-outs" } class="stack" {
                (form.summary())
                div class="pair" {
                    (form.select("channel", lang.pick("号码或邮箱", "Number or address"), &ways))
                    (form.select("scope", lang.pick("不再接收", "No more of"), &scopes))
                }
                (form.text("note", lang.pick("患者怎么说的（可不填）", "What they said (optional)"), Kind::default()))
                button class="btn pri" type="submit" { (icon("ban")) (lang.pick("登记退订", "Note the opt-out")) }
            }
        }
    }
}
