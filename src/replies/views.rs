//! The patient's page: one column, large type, no script, no web font.

pub(super) mod kiosk;

use maud::{DOCTYPE, Markup, html};

use super::model::{CheckIn, Standing};
use crate::appointments::{Appointment, Status};
use crate::clinic::{Provider, Site};
use crate::platform::clock::Instant;
use crate::platform::i18n::{Lang, name_masked};
use crate::platform::web::asset;

/// What the patient asked to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// Only the visit.
    Nothing,
    /// Other times.
    Times,
    /// More of them.
    MoreTimes,
    /// The form to cancel.
    Reason,
}

/// What has just happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    /// Booked, by themselves.
    Booked,
    /// Confirmed.
    Confirmed,
    /// Moved.
    Moved,
    /// Checked in.
    Here,
    /// The time chosen is gone.
    SlotTaken,
    /// The visit is not where the form saw it.
    MovedSince,
    /// Too close to the visit.
    TooLate,
}

/// Whether somebody wants to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    /// They can say so.
    MayAsk,
    /// They have, and wait for it.
    Asked,
}

/// A visit as its patient sees it.
pub(super) struct VisitPage {
    pub(super) appointment: Appointment,
    pub(super) standing: Standing,
    /// Whether its patient may move it by themselves.
    pub(super) movable: bool,
    /// Whether they can ask to be called, or have; none: there is no way.
    pub(super) call: Option<Call>,
    /// Where they book another visit like it.
    pub(super) another: Option<String>,
    /// It is changed online until so many minutes before.
    pub(super) change_minutes: i32,
    pub(super) check_in: CheckIn,
    pub(super) site: Site,
    pub(super) provider: Provider,
    pub(super) name: String,
    pub(super) lang: Lang,
    pub(super) times: Vec<Instant>,
    pub(super) ask: Ask,
    pub(super) token: String,
}

/// The frame of all patient pages.
pub(super) fn frame(lang: Lang, title: &str, switch: Markup, body: Markup) -> Markup {
    frame_with(lang, title, html! {}, switch, body)
}

/// The same with more in its head.
fn frame_with(lang: Lang, title: &str, head: Markup, switch: Markup, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="robots" content="noindex,nofollow";
                title { (title) }
                (head)
                link rel="icon" href=(asset("icon.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(asset("patient.css"));
            }
            body { (switch) main id="main" { (body) } }
        }
    }
}

/// The same page in the other language.
pub(super) fn switch(lang: Lang, path: &str) -> Markup {
    let other = lang.other();
    let joint = if path.contains('?') { "&" } else { "?" };
    html! {
        nav class="lang" aria-label=(lang.pick("语言", "Language")) {
            a href={ (path) (joint) "lang=" (other) } lang=(other.tag()) hreflang=(other.tag()) { (lang.pick("English", "中文")) }
        }
    }
}

pub(super) fn telephone(lang: Lang, site: &Site) -> Markup {
    let dial: String = site.phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    html! {
        @if !dial.is_empty() {
            a class="b" href={ "tel:" (dial) } { (lang.pick("致电诊所 ", "Call us: ")) (site.phone) }
        }
    }
}

/// The link was ours, but its time is over.
pub(super) fn expired(lang: Lang, path: &str, site: Option<&Site>) -> Markup {
    let title = lang.pick("链接已过期", "This link has expired");
    let body = html! {
        @if let Some(site) = site { p class="clinic" { (site.name_in(lang)) } }
        h1 { (title) }
        p { (lang.pick("如需帮助，请致电我们。", "If you need anything, please call us.")) }
        @if let Some(site) = site { (telephone(lang, site)) }
    };
    frame(lang, title, switch(lang, path), body)
}

/// Not a link of ours: said in both languages, since nobody knows whose it is.
pub(super) fn wrong(site: Option<&Site>) -> Markup {
    let body = html! {
        h1 { "链接无效" }
        p { "请检查链接是否完整，或致电诊所。" }
        @if let Some(site) = site { (telephone(Lang::Zh, site)) }
        section lang="en" {
            h2 { "This link does not work" }
            p { "Please check that the whole link was copied, or call the clinic." }
            @if let Some(site) = site { (telephone(Lang::En, site)) }
        }
    };
    frame(Lang::Zh, "链接无效 · This link does not work", html! {}, body)
}

/// Too many wrong links from this address.
pub(super) fn too_many() -> Markup {
    let body = html! {
        h1 { "请稍后再试" }
        p { "打开次数过多，请 10 分钟后再试。" }
        section lang="en" { h2 { "Please try again later" } p { "Too many tries. Try again in 10 minutes." } }
    };
    frame(Lang::Zh, "请稍后再试 · Please try again later", html! {}, body)
}

/// The visit, what has just happened, and what can be done.
pub(super) fn visit(page: &VisitPage, notice: Option<Notice>) -> Markup {
    let (lang, a) = (page.lang, &page.appointment);
    let local = a.starts_at.local(page.site.tz());
    let title = heading(page);
    let body = html! {
        p class="clinic" { (page.site.name_in(lang)) }
        h1 { (title) }
        @if let Some(notice) = notice { (told(page, notice)) }
        dl {
            dt { (lang.pick("姓名", "Name")) } dd { (name_masked(&page.name)) }
            dt { (lang.pick("日期", "Date")) } dd class=[gone(page)] { (lang.day(local.date())) }
            dt { (lang.pick("时间", "Time")) } dd class=[gone(page)] { b { (local.format("%H:%M")) } }
            dt { (lang.pick("医生", "With")) } dd { (page.provider.name_in(lang)) }
            @if !page.site.address_in(lang).is_empty() { dt { (lang.pick("地址", "Address")) } dd { (page.site.address_in(lang)) } }
        }
        (here(page))
        (choices(page, notice))
        (keep(page))
        (ask_for_call(page))
        (telephone(lang, &page.site))
    };
    frame(lang, title, switch(lang, &format!("/v/{}", page.token)), body)
}

fn gone(page: &VisitPage) -> Option<&'static str> {
    (page.standing == Standing::Cancelled).then_some("gone")
}

fn heading(page: &VisitPage) -> &'static str {
    let lang = page.lang;
    match page.standing {
        Standing::Cancelled => lang.pick("预约已取消", "Your visit is cancelled"),
        Standing::Arrived => lang.pick("您已到诊", "You have been checked in"),
        Standing::Past if page.check_in == CheckIn::Open => lang.pick("您的预约", "Your visit"),
        Standing::Past => lang.pick("就诊时间已过", "This visit is past"),
        Standing::Open | Standing::TooLate if page.appointment.status == Status::Confirmed => {
            lang.pick("您的预约已确认", "Your visit is confirmed")
        }
        Standing::Open | Standing::TooLate => lang.pick("您的预约", "Your visit"),
    }
}

fn told(page: &VisitPage, notice: Notice) -> Markup {
    let lang = page.lang;
    let (class, text) = match notice {
        Notice::TooLate => return html! { p class="note bad" role="alert" { (too_late(page)) } },
        Notice::Booked => ("ok", lang.pick("已为您约好，到时见。", "It is booked. See you then.")),
        Notice::Confirmed => ("ok", lang.pick("谢谢，已为您确认。", "Thank you. It is confirmed.")),
        Notice::Moved => ("ok", lang.pick("已改到下面的时间。", "It was moved to the time below.")),
        Notice::Here => (
            "ok",
            lang.pick(
                "已签到，请在候诊区稍坐，我们会叫您。",
                "You are checked in. Please take a seat: we will call you.",
            ),
        ),
        Notice::SlotTaken => (
            "bad",
            lang.pick(
                "该时间刚被占用，请选择其他时间。",
                "This time has just been taken. Please choose another.",
            ),
        ),
        Notice::MovedSince => (
            "bad",
            lang.pick(
                "预约刚有变动，下面是最新情况。",
                "The visit has changed in the meantime. This is how it stands now.",
            ),
        ),
    };
    html! { p class={ "note " (class) } role=[(class == "bad").then_some("alert")] { (text) } }
}

/// On the day: the button, or from when on there is one.
fn here(page: &VisitPage) -> Markup {
    let lang = page.lang;
    html! {
        @match page.check_in {
            CheckIn::Open => form method="post" action={ "/v/" (page.token) "/here" } {
                (seen(page))
                button class="b pri" type="submit" { (lang.pick("我到了", "I am here")) }
            },
            CheckIn::TooEarly(from) => p { (lang.pick("到院自助签到：", "You can check in here from ")) (from.local(page.site.tz()).format("%H:%M").to_string()) (lang.pick(" 起", ".")) },
            CheckIn::TooLate => p { (lang.pick("已过预约时间 30 分钟，到院后请直接到前台。", "It is more than 30 minutes past your time: when you are here, please go to the desk.")) },
            CheckIn::OtherDay | CheckIn::Here | CheckIn::Over => {}
        }
    }
}

fn choices(page: &VisitPage, notice: Option<Notice>) -> Markup {
    let lang = page.lang;
    match page.standing {
        Standing::Open => match page.ask {
            Ask::Nothing => buttons(page, notice),
            Ask::Times | Ask::MoreTimes => times(page),
            Ask::Reason => cancel_form(page),
        },
        Standing::TooLate => html! {
            (confirm_form(page))
            p { (lang.pick("如需改期或取消，请致电我们。", "To change or cancel, please call us.")) }
        },
        Standing::Cancelled => match &page.another {
            Some(link) => html! { a class="b pri" href=(link) { (lang.pick("重新预约", "Book again")) } },
            None => html! { p { (lang.pick("如需再约，请致电我们。", "To book again, please call us.")) } },
        },
        Standing::Arrived => html! {},
        Standing::Past => html! {
            p { (lang.pick("如需帮助，请致电我们。", "If you need anything, please call us.")) }
            @if let Some(link) = &page.another { a class="b" href=(link) { (lang.pick("再约一次", "Book another visit")) } }
        },
    }
}

/// Why it cannot be changed here any more.
fn too_late(page: &VisitPage) -> String {
    let (lang, minutes) = (page.lang, page.change_minutes);
    let (zh, en) = match minutes % 60 {
        0 => (format!("{} 小时", minutes / 60), format!("{} hours", minutes / 60)),
        _ => (format!("{minutes} 分钟"), format!("{minutes} minutes")),
    };
    lang.pick(
        format!("离就诊不到 {zh}，请致电我们更改。"),
        format!("It is less than {en} to your visit. Please call us to change it."),
    )
}

/// For the patient's own calendar, while the visit is ahead.
fn keep(page: &VisitPage) -> Markup {
    let ahead = matches!(page.standing, Standing::Open | Standing::TooLate) && page.ask == Ask::Nothing;
    html! {
        @if ahead { a class="b quiet" href={ "/v/" (page.token) "/visit.ics" } { (page.lang.pick("加入日历", "Add to calendar")) } }
    }
}

/// What somebody says who asks to be called.
pub(super) fn call_me(lang: Lang) -> &'static str {
    lang.pick("请给我回电", "Please call me")
}

fn ask_for_call(page: &VisitPage) -> Markup {
    let lang = page.lang;
    html! {
        @match page.call.filter(|_| page.ask == Ask::Nothing && page.standing != Standing::Arrived) {
            Some(Call::MayAsk) => form method="post" action={ "/v/" (page.token) "/call" } {
                button class="b quiet" type="submit" { (call_me(lang)) }
            },
            Some(Call::Asked) => p class="note ok" { (lang.pick("您请我们回电，我们会尽快给您打电话。", "You asked us to call. We will, as soon as we can.")) },
            None => {}
        }
    }
}

fn seen(page: &VisitPage) -> Markup {
    html! { input type="hidden" name="at" value=(page.appointment.starts_at.0); }
}

fn confirm_form(page: &VisitPage) -> Markup {
    html! {
        @if page.appointment.status == Status::Booked {
            form method="post" action={ "/v/" (page.token) "/confirm" } {
                (seen(page))
                button class="b pri" type="submit" { (page.lang.pick("确认就诊", "Confirm")) }
            }
        }
    }
}

fn buttons(page: &VisitPage, notice: Option<Notice>) -> Markup {
    let (lang, token) = (page.lang, &page.token);
    html! {
        // Whoever has just booked need not say that they will come.
        @if notice != Some(Notice::Booked) { (confirm_form(page)) }
        a class="b" href={ "/v/" (token) "?show=times" } { (lang.pick("改时间", "Change time")) }
        a class="b bad" href={ "/v/" (token) "?show=cancel" } { (lang.pick("取消预约", "Cancel")) }
    }
}

fn times(page: &VisitPage) -> Markup {
    let (lang, zone) = (page.lang, page.site.tz());
    html! {
        h2 { (lang.pick("选择新的时间", "Choose another time")) }
        @if !page.movable {
            p { (lang.pick("这个预约请通过电话改期。", "Please call us to move this visit.")) }
        } @else if page.times.is_empty() {
            p { (lang.pick("暂时没有空闲时间，请致电我们。", "There is no free time online. Please call us.")) }
        } @else {
            form method="post" action={ "/v/" (page.token) "/move" } {
                (seen(page))
                @for at in &page.times {
                    button class="b" type="submit" name="to" value=(at.0) { (lang.day_time(*at, zone)) }
                }
            }
            @if page.ask == Ask::Times { a class="b quiet" href={ "/v/" (page.token) "?show=more" } { (lang.pick("更多时间", "More times")) } }
        }
        a class="b quiet" href={ "/v/" (page.token) } { (lang.pick("返回", "Back")) }
    }
}

/// One tap on the reason cancels.
fn cancel_form(page: &VisitPage) -> Markup {
    let lang = page.lang;
    let reasons = [
        lang.pick("有事来不了", "I cannot come"),
        lang.pick("身体不适", "I am not well"),
        lang.pick("已经好了 / 不需要了", "No longer needed"),
        lang.pick("已在别处就诊", "I was treated elsewhere"),
    ];
    html! {
        h2 { (lang.pick("取消预约？", "Cancel this visit?")) }
        p { (lang.pick("请点选原因，预约随即取消：", "Tap the reason, and the visit is cancelled:")) }
        form method="post" action={ "/v/" (page.token) "/cancel" } {
            (seen(page))
            @for reason in reasons { button class="b bad" type="submit" name="reason" value=(reason) { (reason) } }
            button class="b bad" type="submit" { (lang.pick("不说明原因，取消", "Cancel without a reason")) }
        }
        a class="b quiet" href={ "/v/" (page.token) } { (lang.pick("保留预约", "Keep it")) }
    }
}
