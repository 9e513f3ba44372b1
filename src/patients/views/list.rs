//! The search page and the top bar's list.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::super::model::Patient;
use super::{marks, sex_and_age};
use crate::platform::i18n::{Lang, phone_masked};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// `/patients`. `totals`: how many there are and how complete on average; the last: today, and whether this reader may
/// register and book.
pub(in super::super) fn list(
    frame: &Frame,
    q: &str,
    rows: &[Patient],
    totals: (i64, i64),
    (today, desk): (NaiveDate, bool),
) -> Markup {
    let lang = frame.lang;
    let body = html! {
        main id="main" class="pts" {
            div class="pts-bar" {
                form class="search" action="/patients" role="search" aria-label=(lang.pick("查找患者（本页）", "Find patients (this page)")) {
                    label class="vh" for="pts-q" { (lang.pick("姓名、拼音首字母、手机尾号或病历号", "Name, initials, end of phone or chart number")) }
                    (icon("search"))
                    input id="pts-q" name="q" type="search" value=(q) autocomplete="off" placeholder=(lang.pick("姓名 / 拼音首字母 / 手机尾号 / 病历号", "Name / initials / end of phone / chart no."));
                }
                @if desk { a class="btn pri" href="/patients/new" { (icon("user-plus")) (lang.pick("新建患者", "New patient")) } }
                p class="pts-sum" { (lang.pick("患者", "Patients")) " " b { (totals.0) } " · " (lang.pick("资料完整度", "Completeness")) " " b { (totals.1) "%" } }
            }
            h2 class="pts-h" {
                @if q.is_empty() { (lang.pick("最近更新", "Recently changed")) }
                @else if rows.is_empty() { (lang.pick("没有找到", "Nobody found")) }
                @else { (lang.pick("查找结果", "Found")) " " span class="chip" { (rows.len()) } }
            }
            @if rows.is_empty() { (nobody(lang, q, desk)) } @else { (table(lang, rows, today, desk)) }
        }
    };
    frame.page(lang.pick("患者", "Patients"), "patients", body)
}

fn nobody(lang: Lang, q: &str, desk: bool) -> Markup {
    html! {
        div class="card pts-none" {
            p { (lang.pick("可以输入姓名、拼音首字母（sl）、手机后 4 位、病历号，或首字母加尾号（sl77）。",
                "Type a name, pinyin initials (sl), the last 4 digits of the phone, a chart number, or initials and digits (sl77).")) }
            @if desk { p { a class="btn" href=(new_href(q)) { (icon("user-plus")) (lang.pick("新建患者", "New patient")) } } }
        }
    }
}

fn table(lang: Lang, rows: &[Patient], today: NaiveDate, desk: bool) -> Markup {
    html! {
        div class="card pts-wrap" {
            table class="pts-t" {
                thead { tr {
                    th scope="col" { (lang.pick("姓名", "Name")) }
                    th scope="col" class="hide-m" { (lang.pick("病历号", "Chart no.")) }
                    th scope="col" { (lang.pick("性别 年龄", "Sex, age")) }
                    th scope="col" { (lang.pick("手机", "Mobile")) }
                    th scope="col" class="hide-m" { (lang.pick("完整度", "Complete")) }
                    @if desk { th scope="col" { span class="vh" { (lang.pick("操作", "Actions")) } } }
                } }
                tbody {
                    @for p in rows { tr {
                        th scope="row" { a href={ "/patients/" (p.id) } { (p.name) } " " (marks(lang, p)) }
                        td class="hide-m" { (p.chart_no) }
                        td { (sex_and_age(lang, p, today)) }
                        td class="nowrap" { (phone(p)) }
                        td class="hide-m" { (p.completeness) "%" }
                        @if desk { td class="end" { a class="btn sm" href={ "/day?book=" (p.id) } { (lang.pick("预约", "Book")) span class="vh" { " " (p.name) } } } }
                    } }
                }
            }
        }
    }
}

fn phone(p: &Patient) -> String {
    let number = p.phone.as_deref().or(p.other_phone.as_deref());
    number.map_or_else(|| "—".to_owned(), phone_masked)
}

/// The list under the top bar's search box.
pub(in super::super) fn pick(lang: Lang, q: &str, rows: &[Patient], (today, desk): (NaiveDate, bool)) -> Markup {
    if q.is_empty() {
        return html! {};
    }
    html! {
        ul class="pick card" {
            @for p in rows { li {
                a class="who" href={ "/patients/" (p.id) } {
                    b { (p.name) } " " (marks(lang, p))
                    span class="sub" { (p.chart_no) " · " (sex_and_age(lang, p, today)) " · " (phone(p)) }
                }
                @if desk { a class="btn sm" href={ "/day?book=" (p.id) } { (lang.pick("预约", "Book")) span class="vh" { " " (p.name) } } }
            } }
            @if rows.is_empty() { li class="none" { (lang.pick("没有找到", "Nobody found")) } }
            @if desk { li { a class="who" href=(new_href(q)) { (icon("user-plus")) " " (lang.pick("新建患者", "New patient")) " “" (q) "”" } } }
        }
    }
}

/// The registration form with what was searched for in its field.
fn new_href(q: &str) -> String {
    use std::fmt::Write;
    let digits = q.chars().filter(char::is_ascii_digit).count();
    let field = if digits >= 7 { "phone" } else { "name" };
    let mut href = format!("/patients/new?{field}=");
    for b in q.bytes() {
        if b.is_ascii_alphanumeric() {
            href.push(char::from(b));
        } else {
            let _infallible = write!(href, "%{b:02X}");
        }
    }
    href
}
