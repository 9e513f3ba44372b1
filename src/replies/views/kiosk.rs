//! The tablet at the door: one question, one answer, and back to the question.

use maud::{Markup, html};

use super::{frame, frame_with};
use crate::clinic::Site;
use crate::platform::clock::Instant;
use crate::platform::i18n::{Lang, name_masked};
use crate::platform::web::layout::Frame;
use crate::platform::web::{asset, icon, qr};

/// After so many seconds in which nobody touches it, an answer makes place for the next patient.
const ANSWER_SECONDS: u32 = 20;

/// What came of a try.
pub(in crate::replies) enum Told {
    /// Checked in.
    Welcome {
        /// Who.
        name: String,
        /// The appointed time.
        at: Instant,
    },
    /// Too early; from this time on.
    TooEarly(Instant),
    /// The visit is on another day.
    OtherDay(Instant),
    /// The visit is at another clinic.
    OtherClinic,
    /// Done already.
    HereAlready,
    /// A person has to see to it.
    AskTheDesk,
    /// No visit of today is known by what was typed.
    NotFound,
    /// What was typed can name nobody.
    Nothing,
    /// Too many wrong tries.
    TooMany,
}

/// For the staff: where the tablet is led.
pub(in crate::replies) fn start(f: &Frame, url: &str) -> Markup {
    let lang = f.lang;
    let title = lang.pick("自助签到", "Self check-in");
    let body = html! {
        main id="main" class="pts slip-page" {
            section class="card slip" aria-labelledby="ki-h" {
                h2 id="ki-h" { (lang.pick("在前台平板上打开", "Open this on the tablet at the door")) }
                p { (lang.pick("用平板扫描二维码，或直接在平板上打开此地址。无需登录，今天结束时失效。", "Scan the code with the tablet, or open this address on it. It needs no sign-in and ends with the day.")) }
                (qr(url, lang.pick("签到地址的二维码", "QR code of the check-in address")))
                p class="room-url" { a href=(url) { (url) } }
                p class="pts-hint" { (icon("info")) " " (lang.pick("患者用手机尾号加生日，或短信里的签到号签到。", "Patients check in with the end of their phone number and their birthday, or with the number in their message.")) }
            }
        }
    };
    f.page(title, "day", body)
}

/// The address is not one of ours, or its day is over.
pub(in crate::replies) fn ended(lang: Lang) -> Markup {
    let title = lang.pick("自助签到未开启", "Check-in is not open");
    let body = html! { h1 { (title) } p { (lang.pick("请到前台。工作人员：请重新打开自助签到。", "Please go to the desk. Staff: start check-in again.")) } };
    frame(lang, title, html! {}, body)
}

fn switch(lang: Lang, token: &str) -> Markup {
    let other = lang.other();
    html! {
        nav class="lang" aria-label=(lang.pick("语言", "Language")) {
            a href={ "/check-in/" (token) "?lang=" (other) } lang=(other.tag()) hreflang=(other.tag()) { (lang.pick("English", "中文")) }
        }
    }
}

/// The question; above it what came of the last try. Nothing that was typed is shown again.
pub(in crate::replies) fn ask(lang: Lang, site: &Site, token: &str, told: Option<&Told>) -> Markup {
    let title = lang.pick("到院签到", "Check in");
    let over = matches!(told, Some(Told::Welcome { .. } | Told::HereAlready));
    let head = html! {
        @if told.is_some() {
            script src=(asset("kiosk.js")) data-seconds=(ANSWER_SECONDS) defer {}
            noscript { meta http-equiv="refresh" content={ (ANSWER_SECONDS) ";url=/check-in/" (token) }; }
        }
    };
    let body = html! {
        p class="clinic" { (site.name_in(lang)) }
        h1 { (title) }
        @if let Some(told) = told { (answer(lang, site, told)) }
        @if over { a class="b pri" href={ "/check-in/" (token) } { (lang.pick("完成", "Done")) } }
        @else { (form(lang, token)) }
    };
    frame_with(lang, title, head, switch(lang, token), body)
}

fn form(lang: Lang, token: &str) -> Markup {
    let field = |name: &str, label: &str, hint: &str, mode: &str| {
        html! {
            label class="f" for={ "k-" (name) } { (label) " " small id={ "k-" (name) "-h" } { (hint) } }
            input class="f" id={ "k-" (name) } name=(name) type="text" inputmode=(mode) autocomplete="off" aria-describedby={ "k-" (name) "-h" };
        }
    };
    html! {
        form method="post" action={ "/check-in/" (token) } {
            (field("tail", lang.pick("手机号后四位", "Last four digits of your phone"), lang.pick("例如 1234", "such as 1234"), "numeric"))
            (field("born", lang.pick("生日（月日）", "Birthday (month and day)"), lang.pick("例如 3 月 8 日填 0308", "8 March is 0308"), "numeric"))
            p class="or" { (lang.pick("或", "or")) }
            (field("number", lang.pick("短信里的签到号，或扫码", "Check-in number from your message, or scan"), lang.pick("6 位数字", "6 digits"), "text"))
            button class="b pri" type="submit" { (lang.pick("我到了", "I am here")) }
        }
    }
}

fn answer(lang: Lang, site: &Site, told: &Told) -> Markup {
    let clock = |i: &Instant| i.local(site.tz()).format("%H:%M").to_string();
    let desk = lang.pick("请到前台。", "Please go to the desk.");
    let text = match told {
        Told::Welcome { name, at } => lang.pick(
            format!(
                "{}，{} 的预约已签到。请在候诊区稍坐，我们会叫您。",
                name_masked(name),
                clock(at)
            ),
            format!(
                "{}: you are checked in for {}. Please take a seat: we will call you.",
                name_masked(name),
                clock(at)
            ),
        ),
        Told::HereAlready => lang
            .pick(
                "您已签到，请在候诊区稍坐。",
                "You are checked in already. Please take a seat.",
            )
            .to_owned(),
        Told::TooEarly(from) => lang.pick(
            format!("还早：{} 起可以签到。", clock(from)),
            format!("It is early: check-in opens at {}.", clock(from)),
        ),
        Told::OtherDay(at) => lang.pick(
            format!("您的预约不在今天，而在{}。{desk}", lang.day_time(*at, site.tz())),
            format!(
                "Your visit is not today but on {}. {desk}",
                lang.day_time(*at, site.tz())
            ),
        ),
        Told::OtherClinic => lang.pick(
            format!("您的预约不在本院区。{desk}"),
            format!("Your visit is at another clinic. {desk}"),
        ),
        Told::AskTheDesk => desk.to_owned(),
        Told::NotFound => lang.pick(
            format!("没有找到今天在{}的预约。请检查后再试，或到前台。", site.name_in(lang)),
            format!(
                "No visit at {} is known by this. Please check it, or go to the desk.",
                site.name_in(lang)
            ),
        ),
        Told::Nothing => lang
            .pick(
                "请填写手机号后四位和四位生日，或 6 位签到号。",
                "Give four digits of your phone and four of your birthday, or the 6-digit number.",
            )
            .to_owned(),
        Told::TooMany => lang.pick(format!("尝试次数过多。{desk}"), format!("Too many tries. {desk}")),
    };
    let fine = matches!(told, Told::Welcome { .. } | Told::HereAlready);
    html! { p class={ "note " (if fine { "ok" } else { "bad" }) } role=(if fine { "status" } else { "alert" }) { (text) } }
}
