//! The page of an offer: one column, large type, no script.

use maud::{Markup, html};

use super::views::{frame, switch, telephone};
use crate::clinic::{Provider, Site};
use crate::platform::clock::Instant;
use crate::platform::i18n::{Lang, name_masked};

/// Where an offer stands for its patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It can be taken.
    Open,
    /// This or another time is theirs.
    Booked,
    /// They did not want it.
    Declined,
    /// And do not want to be asked again.
    OptedOut,
    /// Somebody was faster, or it was too late.
    Late,
}

/// An offer as its patient sees it.
pub(super) struct OfferPage {
    pub(super) standing: Standing,
    pub(super) site: Site,
    pub(super) provider: Provider,
    pub(super) name: String,
    pub(super) lang: Lang,
    /// The time offered, or the one booked.
    pub(super) at: Instant,
    pub(super) minutes: i32,
    pub(super) until: Instant,
    /// A later visit would be moved here.
    pub(super) earlier: bool,
    pub(super) visit_link: Option<String>,
    /// Other times.
    pub(super) times: Vec<Instant>,
    pub(super) token: String,
}

/// The offer and what can be done; `missed`: what was pressed came too late.
pub(super) fn offer(p: &OfferPage, missed: bool) -> Markup {
    let lang = p.lang;
    let title = heading(p);
    let local = p.at.local(p.site.tz());
    let body = html! {
        p class="clinic" { (p.site.name_in(lang)) }
        h1 { (title) }
        @if missed { p class="note bad" role="alert" { (lang.pick("该时间刚被占用。您可以选择其他时间。", "It has just been taken. You can choose another time.")) } }
        dl {
            dt { (lang.pick("姓名", "Name")) } dd { (name_masked(&p.name)) }
            dt { (lang.pick("日期", "Date")) } dd class=[gone(p)] { (lang.day(local.date())) }
            dt { (lang.pick("时间", "Time")) } dd class=[gone(p)] { b { (local.format("%H:%M")) } " · " (p.minutes) (lang.pick(" 分钟", " min")) }
            dt { (lang.pick("医生", "With")) } dd { (p.provider.name_in(lang)) }
            @if !p.site.address_in(lang).is_empty() { dt { (lang.pick("地址", "Address")) } dd { (p.site.address_in(lang)) } }
        }
        (choices(p))
        (telephone(lang, &p.site))
    };
    frame(lang, title, switch(lang, &format!("/o/{}", p.token)), body)
}

fn gone(p: &OfferPage) -> Option<&'static str> {
    (p.standing == Standing::Late).then_some("gone")
}

fn heading(p: &OfferPage) -> &'static str {
    let lang = p.lang;
    match p.standing {
        Standing::Open => lang.pick("有一个空位给您", "A time is free for you"),
        Standing::Booked => lang.pick("已为您约好", "It is yours: booked"),
        Standing::Declined | Standing::OptedOut => lang.pick("谢谢您的答复", "Thank you for your answer"),
        Standing::Late => lang.pick("这个时间已不再空闲", "This time is not free any more"),
    }
}

fn choices(p: &OfferPage) -> Markup {
    let (lang, token) = (p.lang, &p.token);
    match p.standing {
        Standing::Open => open(p),
        Standing::Booked => html! {
            @if let Some(link) = &p.visit_link { a class="b pri" href=(link) { (lang.pick("查看或更改预约", "See or change the visit")) } }
        },
        Standing::Declined => html! {
            p { (lang.pick("我们不会为您保留这个时间。有合适的空位时会再通知您。", "We do not keep this time for you. We will tell you when another one is free.")) }
        },
        Standing::OptedOut => html! {
            p { (lang.pick("我们不会再为此通知您。", "We will not ask you about this again.")) }
        },
        Standing::Late => html! {
            (others(p))
            form method="post" action={ "/o/" (token) "/decline" } {
                button class="b quiet" type="submit" name="never" value="1" { (lang.pick("不用再为此通知我", "Do not ask me about this again")) }
            }
        },
    }
}

fn open(p: &OfferPage) -> Markup {
    let (lang, token) = (p.lang, &p.token);
    let zone = p.site.tz();
    html! {
        p { (lang.pick(format!("先到先得，请在 {} 前答复。", lang.day_time(p.until, zone)), format!("First come, first served. Please answer by {}.", lang.day_time(p.until, zone)))) }
        @if p.earlier { p { (lang.pick("接受后，您原来的预约会改到这个时间。", "If you take it, your later visit is moved to this time.")) } }
        form method="post" action={ "/o/" (token) "/accept" } { button class="b pri" type="submit" { (lang.pick("接受", "Yes, I take it")) } }
        form method="post" action={ "/o/" (token) "/decline" } {
            button class="b" type="submit" { (lang.pick("这次不要", "No, not this time")) }
            button class="b quiet" type="submit" name="never" value="1" { (lang.pick("不用再为此通知我", "Do not ask me about this again")) }
        }
    }
}

fn others(p: &OfferPage) -> Markup {
    let (lang, zone) = (p.lang, p.site.tz());
    html! {
        @if p.times.is_empty() {
            p { (lang.pick("暂时没有其他空闲时间，您仍在名单上。", "Nothing else is free at the moment. You stay on the list.")) }
        } @else {
            h2 { (lang.pick("其他时间", "Other times")) }
            form method="post" action={ "/o/" (p.token) "/other" } {
                @for at in &p.times { button class="b" type="submit" name="to" value=(at.0) { (lang.day_time(*at, zone)) } }
            }
        }
    }
}
