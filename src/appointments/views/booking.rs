//! The booking panel: patient, what happened before, visit type, three times, note.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::suggest::Offer;
use crate::clinic::{Chair, Provider, ProviderId, Service};
use crate::patients::Patient;
use crate::platform::clock::Instant;
use crate::platform::i18n::{Lang, phone_masked};
use crate::platform::web::assets::icon_class;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;

/// The patient's part of the form.
pub enum PatientPart<'a> {
    /// Still to be found.
    Search {
        /// What was typed.
        query: &'a str,
        /// What it finds.
        hits: Vec<Patient>,
    },
    /// Found, with the history drawn.
    Known(&'a Patient, Markup),
    /// To be registered while booking.
    New,
}

/// A time in the way of the wish, and why.
pub struct Booked {
    /// The time asked for.
    pub at: Instant,
    /// Why it is not free.
    pub why: String,
}

/// What the panel is made of.
pub struct BookingForm<'a> {
    /// Reader's language.
    pub lang: Lang,
    /// The site's zone.
    pub zone: Tz,
    /// The day on the board.
    pub day: chrono::NaiveDate,
    /// The board's address, when it is more than a day.
    pub board: Option<String>,
    /// Today.
    pub today: chrono::NaiveDate,
    /// What was typed or preset.
    pub input: &'a Input,
    /// What is wrong with it.
    pub faults: &'a Faults,
    /// The patient.
    pub patient: PatientPart<'a>,
    /// All services that can be booked.
    pub services: &'a [Service],
    /// All providers.
    pub providers: &'a [Provider],
    /// Those who do the service.
    pub able: &'a [ProviderId],
    /// The chairs in which it can take place, when there is a choice.
    pub chairs: &'a [Chair],
    /// Times to offer.
    pub offers: &'a [Offer],
    /// The time asked for is not free.
    pub blocked: Option<Booked>,
    /// Minutes of the visit.
    pub minutes: i32,
    /// Whether this person may book over what is in the way.
    pub may_overbook: bool,
}

/// The panel.
pub fn panel(f: &BookingForm<'_>) -> Markup {
    let lang = f.lang;
    html! {
        aside class="side sheet" id="side" aria-labelledby="bt" data-panel="book" {
            header {
                h2 id="bt" { (lang.pick("快速预约", "Quick booking")) }
                span class="sp" {}
                a class="btn quiet sq sm" data-close="1" href=(close(f)) aria-label=(lang.pick("关闭", "Close")) { (icon("x")) }
            }
            @match &f.patient {
                PatientPart::Search { query, hits } => (search(f, query, hits)),
                _ => (form(f)),
            }
        }
    }
}

/// The values that stay while the patient is looked for.
fn kept(f: &BookingForm<'_>) -> Markup {
    html! {
        (day_and_board(f))
        @for name in ["service", "provider", "chair", "at"] {
            @if !f.input.get(name).is_empty() { input type="hidden" name=(name) value=(f.input.get(name)); }
        }
    }
}

fn day_and_board(f: &BookingForm<'_>) -> Markup {
    html! {
        input type="hidden" name="day" value=(f.day);
        @if let Some(board) = &f.board { input type="hidden" name="board" value=(board); }
    }
}

/// The same, in an address.
fn day_and_board_query(f: &BookingForm<'_>) -> String {
    let board = f.board.as_ref().map(|b| format!("&board={}", url(b)));
    format!("day={}{}", f.day, board.unwrap_or_default())
}

fn search(f: &BookingForm<'_>, query: &str, found: &[Patient]) -> Markup {
    let lang = f.lang;
    html! {
        form class="book" action="/day" id="find" data-hits="/day/hits" {
            (kept(f))
            input type="hidden" name="book" value="find";
            div class="field" {
                label for="bp" { (lang.pick("患者", "Patient")) }
                input class="inp" id="bp" name="q" type="text" value=(query) autocomplete="off" role="combobox" aria-expanded="true" aria-controls="hits"
                    autofocus placeholder=(lang.pick("姓名 / 手机后4位 / 拼音首字母", "Name, last 4 of phone, chart no."));
                (Form { lang, input: f.input, faults: f.faults }.fault("patient"))
            }
            div id="hits" { (hits(f, query, found)) }
            noscript { button class="btn" type="submit" { (lang.pick("查找", "Search")) } }
        }
    }
}

/// What a search in the panel found, and "new patient" as the last row.
pub fn hits(f: &BookingForm<'_>, query: &str, found: &[Patient]) -> Markup {
    let lang = f.lang;
    let mut keep = day_and_board_query(f);
    for name in ["service", "provider", "chair", "at"] {
        if !f.input.get(name).is_empty() {
            keep.push_str(&format!("&{name}={}", f.input.get(name)));
        }
    }
    html! {
        ul class="hits" aria-label=(lang.pick("查到的患者", "Patients found")) {
            @for p in found {
                li {
                    a href={ "/day?" (keep) "&book=" (p.id) } data-panel-link="1" {
                        span { b { (p.name) } @if p.vip { " " (icon_class("star", "vip")) } " " span class="d" { (p.chart_no) } }
                        span class="d" { (p.phone.as_deref().map(phone_masked).unwrap_or_default()) @if let Some(b) = p.birth_date { " · " (b) } }
                    }
                }
            }
            @if !query.is_empty() {
                li { a href={ "/day?" (keep) "&book=new&name=" (url(query)) } data-panel-link="1" data-new="1" { span { (icon("user-plus")) " " (lang.pick("新患者", "New patient")) " “" (query) "”" } span {} } }
            }
        }
        @if !query.is_empty() && found.is_empty() { p class="none" role="status" { (lang.pick("没有查到", "Nobody found")) } }
    }
}

/// The board without the panel.
fn close(f: &BookingForm<'_>) -> String {
    f.board.clone().unwrap_or_else(|| format!("/day?day={}", f.day))
}

/// Percent-encodes for a query value.
fn url(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

fn form(f: &BookingForm<'_>) -> Markup {
    let lang = f.lang;
    let form = Form {
        lang,
        input: f.input,
        faults: f.faults,
    };
    html! {
        form class="book" method="post" action="/appointments" id="bookform" data-slots={ "/day/panel" } {
            (form.summary())
            (day_and_board(f))
            (who(f, &form))
            div class="two" {
                div class="field" {
                    label for="f-service" { (lang.pick("项目", "Visit type")) }
                    select class="inp" id="f-service" name="service" data-reload="1" {
                        @for s in f.services { option value=(s.id) selected[f.input.get("service") == s.id.to_string()] { (s.name_in(lang)) } }
                    }
                    (form.fault("service_id"))
                }
                div class="field" {
                    label for="f-minutes" { (lang.pick("时长（分）", "Minutes")) }
                    @let typed = f.input.get("minutes");
                    input class="inp" id="f-minutes" name="minutes" type="text" inputmode="numeric" value=(if f.faults.of("minutes").is_some() { typed.to_owned() } else { f.minutes.to_string() }) data-reload="1"
                        aria-invalid=[f.faults.of("minutes").map(|_| "true")] aria-describedby=[f.faults.of("minutes").map(|_| "f-minutes-e")];
                    (form.fault("minutes"))
                }
            }
            (provider_choice(f))
            (chair_choice(f))
            (slots(f, &form))
            (form.area("note", lang.pick("备注（可选）", "Note (optional)"), 2))
            label class="check" { input type="checkbox" name="tell" value="1" checked[!f.input.ticked("form") || f.input.ticked("tell")]; " " (lang.pick("发送确认短信（2 分钟内可撤销）", "Send a confirmation (2-minute undo)")) }
            input type="hidden" name="form" value="1";
            input type="hidden" name="hold" value=(f.input.get("hold"));
        }
        div class="foot" {
            a class="btn" data-close="1" href=(close(f)) { (lang.pick("取消", "Cancel")) " " kbd { "Esc" } }
            button class="btn pri" type="submit" form="bookform" { (lang.pick("预约", "Book")) " " span id="book-when" {} " " kbd { "↵" } }
        }
    }
}

fn who(f: &BookingForm<'_>, form: &Form<'_>) -> Markup {
    let lang = f.lang;
    html! {
        @match &f.patient {
            PatientPart::Known(p, history) => {
                input type="hidden" name="patient" value=(p.id);
                div class="field" {
                    span class="lab" { (lang.pick("患者", "Patient")) }
                    p class="chosen" {
                        b { (p.name) } @if p.vip { " " (icon_class("star", "vip")) span class="chip vip" { (lang.pick("特需", "VIP")) } }
                        " " span class="d" { (p.phone.as_deref().map(phone_masked).unwrap_or_default()) }
                        a class="btn quiet sm" href={ "/day?" (day_and_board_query(f)) "&book=find" } data-panel-link="1" { (lang.pick("换人", "Change")) }
                    }
                    (form.fault("patient_id"))
                }
                @if p.has_alert() { div class="banner bad" { (icon("triangle-alert")) div { b { (lang.pick("过敏：", "Allergy: ")) } (p.allergies) } } }
                @if p.vip && !p.needs.is_empty() { div class="banner vip-here" { (icon_class("star", "vip")) div { (lang.pick("特殊需求：", "Needs: ")) (p.needs) } } }
                (history)
            }
            PatientPart::New => {
                input type="hidden" name="patient" value="new";
                (form.text("name", lang.pick("姓名", "Name"), Kind { required: true, ..Kind::default() }))
                div hx-post="/patients/check" hx-trigger="input delay:400ms, load" hx-include="#bookform" hx-target="#similar" hx-swap="innerHTML" {
                    (form.text("phone", lang.pick("手机", "Mobile"), Kind { kind: "tel", required: true, inputmode: "tel", ..Kind::default() }))
                }
                div id="similar" {}
                div class="two" {
                    (form.select("sex", lang.pick("性别", "Sex"), &[("unknown", lang.pick("未填", "Not given")), ("female", lang.pick("女", "Female")), ("male", lang.pick("男", "Male"))]))
                    (form.text("source", lang.pick("来源", "Source"), Kind::default()))
                }
                @if f.faults.of("duplicate").is_some() {
                    div class="banner warn" role="alert" { (icon("triangle-alert")) div { (form.fault("duplicate")) (form.tick("confirm_duplicate", lang.pick("确认是另一位患者", "It is another person"))) } }
                }
            }
            PatientPart::Search { .. } => {}
        }
    }
}

fn provider_choice(f: &BookingForm<'_>) -> Markup {
    let lang = f.lang;
    html! {
        div class="field" {
            label for="f-provider" { (lang.pick("医生", "Provider")) }
            select class="inp" id="f-provider" name="provider" data-reload="1" {
                option value="" { (lang.pick("任何一位", "Anyone")) }
                @for p in f.providers.iter().filter(|p| p.active) {
                    @let does = f.able.contains(&p.id);
                    option value=(p.id) disabled[!does] selected[does && f.input.get("provider") == p.id.to_string()] { (p.name_in(lang)) @if !does { (lang.pick("（不做此项目）", " (does not do this)")) } }
                }
            }
            (Form { lang, input: f.input, faults: f.faults }.fault("provider_id"))
        }
    }
}

/// In which chair, where there is a choice.
fn chair_choice(f: &BookingForm<'_>) -> Markup {
    let lang = f.lang;
    let form = Form {
        lang,
        input: f.input,
        faults: f.faults,
    };
    html! {
        @if !f.chairs.is_empty() {
            div class="field" {
                label for="f-chair" { (lang.pick("椅位", "Chair")) }
                select class="inp" id="f-chair" name="chair" data-reload="1" {
                    option value="" { (lang.pick("任何合适的", "Any fitting")) }
                    @for ch in f.chairs { option value=(ch.id) selected[f.input.get("chair") == ch.id.to_string()] { (ch.name_in(lang)) } }
                }
                (form.fault("chair_id"))
            }
        }
    }
}

fn slots(f: &BookingForm<'_>, form: &Form<'_>) -> Markup {
    let lang = f.lang;
    let chosen = f.input.get("slot");
    let value = |o: &Offer| format!("{}@{}", o.start.0, o.provider);
    let known = f.offers.iter().any(|o| value(o) == chosen);
    html! {
        fieldset class="slots" id="slots" {
            legend class="lab" { (lang.pick("推荐时段", "Suggested times")) }
            @if let Some(b) = &f.blocked {
                p class="fault" role="status" { (b.at.local(f.zone).format("%H:%M").to_string()) (lang.pick("：", ": ")) (b.why) }
            }
            (form.fault("starts_at"))
            @for (i, o) in f.offers.iter().enumerate() {
                label class="slot" {
                    input type="radio" name="slot" value=(value(o)) required checked[if known { value(o) == chosen } else { i == 0 && f.blocked.is_none() && f.faults.of("starts_at").is_none() }]
                        data-day=(o.start.day(f.zone)) data-at=(o.start.local(f.zone).format("%H:%M")) data-res=(o.provider) data-when=(begin(f, o));
                    kbd { (i + 1) }
                    span {
                        b { (when(f, o)) }
                        span class="sub" { (f.providers.iter().find(|p| p.id == o.provider).map_or("", |p| p.name_in(lang))) " · " (o.why.name().get(lang)) }
                    }
                }
            }
            @if f.offers.is_empty() { p class="none" { (lang.pick("三个月内没有空闲时段", "Nothing is free in the next three months")) } }
            details class="othertime" open[!f.input.get("date").is_empty()] {
                summary { (lang.pick("其他时间…", "Another time…")) }
                div class="two" {
                    (form.text("date", lang.pick("日期", "Date"), Kind { kind: "date", ..Kind::default() }))
                    (form.text("time", lang.pick("时间", "Time"), Kind { kind: "time", ..Kind::default() }))
                }
                a class="btn quiet sm" id="findlink" href={ "/find?from=" (f.day) "&service=" (f.input.get("service")) @if let PatientPart::Known(p, _) = &f.patient { "&patient=" (p.id) } } { (icon("search")) (lang.pick("按条件查找时段", "Search by days, hours, family …")) " " kbd { "F" } }
                (waiting_link(f))
            }
            (overbook(f, form))
        }
    }
}

/// When nothing suits: a place on the waiting list, with what has been said so far.
fn waiting_link(f: &BookingForm<'_>) -> Markup {
    let PatientPart::Known(p, _) = &f.patient else {
        return html! {};
    };
    let (service, provider) = (f.input.get("service"), f.input.get("provider"));
    html! {
        a class="btn quiet sm" href={ "/waiting-list/new?patient_id=" (p.id) "&service_id=" (service) "&provider_id=" (provider) "&minutes=" (f.minutes) } {
            (icon("timer")) (f.lang.pick("放入候补名单", "Put on the waiting list"))
        }
    }
}

/// Over whatever is in the way, with a reason: the time that was asked for, or the one typed above.
fn overbook(f: &BookingForm<'_>, form: &Form<'_>) -> Markup {
    let lang = f.lang;
    let wrong =
        f.faults.of("overbook").is_some() || f.faults.of("time").is_some() || f.faults.of("starts_at").is_some();
    html! {
        @if f.may_overbook && (f.blocked.is_some() || wrong || !f.input.get("overbook").is_empty()) {
            details class="othertime" open[!f.input.get("overbook").is_empty()] {
                summary { (lang.pick("仍要约在这个时间（加号）…", "Book it all the same (overbook) …")) }
                @if let Some(b) = &f.blocked {
                    label class="slot" {
                        input type="radio" name="slot" value={ (b.at.0) "@" (f.input.get("provider")) };
                        span { b { (lang.day_time(b.at, f.zone)) } span class="sub" { (b.why) } }
                    }
                }
                (form.text("overbook", lang.pick("原因", "Reason"), Kind::default()))
            }
        }
    }
}

fn when(f: &BookingForm<'_>, o: &Offer) -> String {
    let end = o.start.plus_minutes(i64::from(f.minutes)).local(f.zone);
    format!("{}–{}", begin(f, o), end.format("%H:%M"))
}

/// `今天 11:00`
fn begin(f: &BookingForm<'_>, o: &Offer) -> String {
    let local = o.start.local(f.zone);
    let day = if local.date() == f.today {
        f.lang.pick("今天".to_owned(), "Today".to_owned())
    } else {
        f.lang.day(local.date())
    };
    format!("{day} {}", local.format("%H:%M"))
}
