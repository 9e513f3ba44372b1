//! Services: the list and one service.

use maud::{Markup, html};

use super::super::model::{BookingRules, Provider, ProviderId, Service, ServiceId, Site, show_minute};
use super::super::pages::Shown;
use super::{NEEDED_NUMBER, NUMBER, in_use, names, rules, save, ticks};
use crate::platform::i18n::{Lang, money};
use crate::platform::web::form::{Form, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page, up_to_settings};

/// What the page of one service needs.
pub(in crate::clinic) struct Sheet {
    /// None: a new one.
    pub service: Option<Service>,
    pub site: Site,
    pub providers: Vec<Provider>,
    pub rules: BookingRules,
    /// Kinds that chairs have.
    pub chair_kinds: Vec<String>,
    /// Code, Chinese and English name of the call scripts.
    pub scripts: Vec<(String, String, String)>,
    pub last: Option<AuditEntry>,
}

pub(in crate::clinic) fn list(
    frame: &Frame,
    site: &Site,
    services: &[Service],
    does: &[(ServiceId, ProviderId)],
) -> Markup {
    let lang = frame.lang;
    let heads = lang.pick(
        ["名称", "时长", "价格", "复诊提醒", "回访", "状态"],
        ["Name", "Length", "Price", "Recall", "Follow-up call", "State"],
    );
    let body = html! {
        p { a class="btn pri" href="/settings/services/new" { (icon("plus")) (lang.pick("添加服务项目", "Add a service")) } }
        @if services.is_empty() { p class="card sec" { (lang.pick("还没有服务项目。", "No services yet.")) } } @else {
            table class="card tab" {
                thead { tr { @for h in heads { th scope="col" { (h) } } } }
                tbody { @for s in services { (row(lang, site, s, does, heads)) } }
            }
        }
    };
    settings_page(frame, lang.pick("服务项目", "Services"), up_to_settings(lang), &body)
}

fn row(
    lang: Lang,
    site: &Site,
    s: &Service,
    does: &[(ServiceId, ProviderId)],
    [_, minutes, price, recall, follow_up, state]: [&str; 6],
) -> Markup {
    html! {
        tr {
            th scope="row" { span class="dot" style={ "--c:" (s.colour) } {} a href={ "/settings/services/" (s.id) } { (s.name_in(lang)) } }
            td data-l=(minutes) {
                (s.minutes) (lang.pick(" 分钟", " min"))
                @if s.buffer_before + s.buffer_after > 0 { small { " +" (s.buffer_before + s.buffer_after) } }
            }
            td data-l=(price) { (money(s.price_minor, &site.currency)) }
            td data-l=(recall) { @match s.recall_months { Some(n) => { (later(lang, n, ("个月后", "month"))) }, None => { "–" } } }
            td data-l=(follow_up) { @match s.follow_up_days { Some(n) => { (later(lang, n, ("天后", "day"))) (lang.pick(" ", ", ")) (show_minute(s.follow_up_minute)) }, None => { "–" } } }
            td data-l=(state) {
                (in_use(lang, s.active))
                @if s.active && !does.iter().any(|(id, _)| *id == s.id) { " " span class="chip warn" { (lang.pick("没有人提供", "Nobody does it")) } }
            }
        }
    }
}

/// `6 个月后`, `1 day later`.
fn later(lang: Lang, n: i32, (zh, en): (&str, &str)) -> String {
    let plural = if n == 1 { "" } else { "s" };
    lang.pick(format!("{n} {zh}"), format!("{n} {en}{plural} later"))
}

pub(in crate::clinic) fn edit(frame: &Frame, sheet: &Sheet, shown: &Shown) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    let (title, action, label) = match &sheet.service {
        Some(s) => (
            s.name_in(lang).to_owned(),
            format!("/settings/services/{}", s.id),
            lang.pick("保存", "Save"),
        ),
        None => (
            lang.pick("添加服务项目", "Add a service").to_owned(),
            "/settings/services/new".to_owned(),
            lang.pick("添加", "Add"),
        ),
    };
    let section = Section {
        frame,
        key: "service",
        title: lang.pick("服务项目", "Service"),
        zone: sheet.site.tz(),
        last: sheet.last.as_ref(),
    };
    let providers: Vec<_> = sheet
        .providers
        .iter()
        .map(|p| (p.id.to_string(), p.name_in(lang).to_owned(), p.active))
        .collect();
    let body = section.draw(&html! {
        form method="post" action=(action) class="stack" {
            (section.seen(&form))
            (form.summary())
            (fields(&form, sheet))
            (ticks(&form, "providers", lang.pick("由谁提供", "Who does it"), &providers))
            (rules::part(&form, sheet, shown.ask.is_some()))
            (form.tick("active", lang.pick("可预约", "Can be booked")))
            (save(lang, sheet.site.tz(), shown, label))
        }
    });
    let up = ("/settings/services", lang.pick("服务项目", "Services"));
    settings_page(frame, &title, up, &body)
}

fn fields(form: &Form<'_>, sheet: &Sheet) -> Markup {
    let lang = form.lang;
    let colour = Kind {
        kind: "color",
        ..Kind::default()
    };
    let time = Kind {
        kind: "time",
        ..Kind::default()
    };
    let amount = Kind {
        required: true,
        inputmode: "decimal",
        ..Kind::default()
    };
    let price = format!("{} ({})", lang.pick("价格", "Price"), sheet.site.currency);
    html! {
        div class="pair" {
            // Only a program sends one; then it is not lost when it is wrong.
            @if sheet.service.is_none() && !form.input.get("code").is_empty() { (form.text("code", lang.pick("代码", "Code"), Kind::default())) }
            (names(form))
            (form.text("minutes", lang.pick("时长（分钟）", "Minutes in the chair"), NEEDED_NUMBER))
            (form.text("buffer_before", lang.pick("之前准备（分钟）", "Minutes before, to prepare"), NEEDED_NUMBER))
            (form.text("buffer_after", lang.pick("之后清洁（分钟）", "Minutes after, to clean"), NEEDED_NUMBER))
            (form.text("price", &price, amount))
            (form.text("colour", lang.pick("日程上的颜色", "Colour on the board"), colour))
            (form.text("recall_months", lang.pick("几个月后提醒复诊（空：不提醒）", "Recall after months (empty: none)"), NUMBER))
            (form.text("follow_up_days", lang.pick("几天后回访（空：不回访）", "Follow-up call after days (empty: none)"), NUMBER))
            (form.text("follow_up_at", lang.pick("回访时间", "Time of the call"), time))
            (form.select("follow_up_script", lang.pick("回访话术", "Script of the call"), &scripts(form, sheet)))
        }
    }
}

/// The scripts there are, and the one chosen even if it is gone.
fn scripts(form: &Form<'_>, sheet: &Sheet) -> Vec<(String, String)> {
    let lang = form.lang;
    let mut options = vec![(String::new(), lang.pick("（无）", "(none)").to_owned())];
    options.extend(
        sheet
            .scripts
            .iter()
            .map(|(code, zh, en)| (code.clone(), lang.pick(zh, en).clone())),
    );
    let chosen = form.input.get("follow_up_script");
    if !options.iter().any(|(code, _)| code == chosen) {
        options.push((chosen.to_owned(), chosen.to_owned()));
    }
    options
}
