//! The patient's slip, to be printed.

use maud::{Markup, html};

use crate::appointments::Appointment;
use crate::clinic::{Provider, Site};
use crate::patients::Patient;
use crate::platform::web::layout::Frame;
use crate::platform::web::{icon, qr};

/// What is on it.
pub struct Slip<'a> {
    /// Frame.
    pub frame: &'a Frame,
    /// The visit.
    pub a: &'a Appointment,
    /// Whose.
    pub patient: &'a Patient,
    /// Where.
    pub site: &'a Site,
    /// With whom.
    pub provider: &'a Provider,
    /// The patient's own link.
    pub url: &'a str,
    /// The number to check in with.
    pub number: String,
}

/// The page. What was booked is not on it: slips are left lying about.
pub fn page(s: &Slip<'_>) -> Markup {
    let lang = s.frame.lang;
    let local = s.a.starts_at.local(s.site.tz());
    let body = html! {
        main id="main" class="pts slip-page" {
            p class="slip-bar" {
                a class="btn" href={ "/day?day=" (local.date()) "&open=" (s.a.id) } { (icon("arrow-left")) (lang.pick("返回", "Back")) }
                span class="pts-hint" { (icon("printer")) " " (lang.pick("用浏览器打印", "Print with the browser")) }
            }
            section class="card slip" aria-label=(lang.pick("预约单", "Appointment slip")) {
                h2 { (s.site.name_in(lang)) }
                dl class="kv" {
                    dt { (lang.pick("姓名", "Name")) } dd { (s.patient.name) }
                    dt { (lang.pick("时间", "Time")) } dd { b { (lang.day(local.date())) " " (local.format("%H:%M").to_string()) } }
                    dt { (lang.pick("医生", "With")) } dd { (s.provider.name_in(lang)) }
                    @if !s.site.address_in(lang).is_empty() { dt { (lang.pick("地址", "Address")) } dd { (s.site.address_in(lang)) } }
                    @if !s.site.phone.is_empty() { dt { (lang.pick("电话", "Phone")) } dd { (s.site.phone) } }
                    dt { (lang.pick("自助签到号", "Check-in number")) } dd { b class="slip-no" { (s.number) } }
                }
                (qr(s.url, lang.pick("患者自助链接的二维码", "QR code of the patient's own link")))
                p class="sub" { (lang.pick("扫码可确认、改期、取消，到院时可自助签到。", "Scan to confirm, change or cancel, and to say that you are here.")) }
            }
        }
    };
    s.frame.page(lang.pick("预约单", "Appointment slip"), "day", body)
}
