//! Around the message that shows whose number it is: it has gone out; and what its link leads to.

use maud::{Markup, html};

use super::super::choice::Choice;
use super::{Note, switch, told};
use crate::appointments::online::{Request, RequestState};
use crate::clinic::Snapshot;
use crate::platform::clock::Instant;
use crate::platform::i18n::{Lang, name_masked, phone_masked};
use crate::replies::views::{frame, telephone};

/// A message has gone out. Tells nothing that the reader has not typed: it may be a stranger's number.
pub(in crate::replies::booking) fn sent(
    (lang, now): (Lang, Instant),
    clinic: &Snapshot,
    r: &Request,
    (token, note): (&str, Option<Note>),
) -> Markup {
    let zone = clinic.site.tz();
    let until = r.expires_at.local(zone).format("%H:%M").to_string();
    let to = match r.address.split_once('@') {
        Some((name, domain)) => format!("{}***@{domain}", name.chars().take(1).collect::<String>()),
        None => phone_masked(&r.address),
    };
    let again = Choice {
        service: Some(r.service_id),
        ..Choice::default()
    };
    let (title, body) = match r.state {
        RequestState::Waiting => (
            lang.pick("还差一步：请点开链接", "One more step: open the link"),
            html! {
                @if let Some(note) = note { (told(lang, note)) }
                p { (lang.pick("链接已发送到 ", "We have sent a link to ")) b { (to) } (lang.pick("。点开并确定，预约才生效。", ". Open it and confirm: then the visit is booked.")) }
                @if now < r.expires_at { p { (lang.pick(format!("{} 为您保留到 {until}。", lang.day_time(r.starts_at, zone)), format!("{} is kept for you until {until}.", lang.day_time(r.starts_at, zone)))) } }
                @else { p { (lang.pick("保留时间已过，如果还空着，点开链接仍可约上。", "It is not kept any more; if it is still free, the link books it.")) } }
                form method="post" action={ "/book/sent/" (token) } { button class="b" type="submit" { (lang.pick("没有收到？再发一次", "Nothing came? Send it again")) } }
                a class="b quiet" href={ "/book" (again.query()) } { (lang.pick("号码写错了？重新填写", "Wrong number? Start again")) }
            },
        ),
        RequestState::Booked => (
            lang.pick("已约好", "Booked"),
            html! { p { (lang.pick("预约详情见发给您的消息。", "The details are in the message we sent.")) } },
        ),
        RequestState::Refused => (
            lang.pick("没有约上", "Not booked"),
            html! { p { (lang.pick("请重新选择时间，或致电我们。", "Please choose another time, or call us.")) } a class="b" href={ "/book" (again.query()) } { (lang.pick("重新选择", "Choose again")) } },
        ),
    };
    let body = html! {
        p class="clinic" { (clinic.site.name_in(lang)) }
        h1 { (title) }
        (body)
        (telephone(lang, &clinic.site))
    };
    frame(lang, title, switch(lang, "?"), body)
}

/// Behind the message: what would be booked, and the button.
pub(in crate::replies::booking) fn proof(
    (lang, now): (Lang, Instant),
    clinic: &Snapshot,
    r: &Request,
    token: &str,
) -> Markup {
    let site = &clinic.site;
    let local = r.starts_at.local(site.tz());
    let provider = clinic.find_provider(r.provider_id).map_or("", |p| p.name_in(lang));
    let title = lang.pick("确定这个预约？", "Book this visit?");
    let body = html! {
        p class="clinic" { (site.name_in(lang)) }
        h1 { (title) }
        dl {
            dt { (lang.pick("姓名", "Name")) } dd { (name_masked(&r.name)) }
            dt { (lang.pick("日期", "Date")) } dd { (lang.day(local.date())) }
            dt { (lang.pick("时间", "Time")) } dd { b { (local.format("%H:%M").to_string()) } }
            dt { (lang.pick("医生", "With")) } dd { (provider) }
            @if !site.address_in(lang).is_empty() { dt { (lang.pick("地址", "Address")) } dd { (site.address_in(lang)) } }
        }
        @if now >= r.expires_at { p { (lang.pick("保留时间已过：如果还空着，仍可约上。", "It is not kept for you any more: it is booked if it is still free.")) } }
        form method="post" action={ "/b/" (token) } { button class="b pri" type="submit" { (lang.pick("确定预约", "Yes, book it")) } }
        p { (lang.pick("不是您约的？关掉本页即可，时间会自动释放。", "Not you? Just close this page: the time is given free by itself.")) }
        (telephone(lang, site))
    };
    frame(lang, title, switch(lang, "?"), body)
}
