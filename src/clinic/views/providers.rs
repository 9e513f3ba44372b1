//! Providers: the list; one provider's data, weekly hours and leave.

use maud::{Markup, html};

use super::super::model::{
    Chair, Leave, Provider, ProviderKind, Service, ServiceId, Setup, Site, Week, not_bookable, show_day,
};
use super::super::pages::{DAY_FIELDS, Shown};
use super::{LINE, in_use, names, save, ticks};
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, User, settings_page, up_to_settings};

/// A provider that is there already.
pub(in crate::clinic) struct Card {
    pub provider: Provider,
    pub leaves: Vec<Leave>,
    pub last: Option<AuditEntry>,
    pub last_hours: Option<AuditEntry>,
    pub last_leave: Option<AuditEntry>,
}

/// What the page of one provider needs.
pub(in crate::clinic) struct Sheet {
    /// None: a new one.
    pub card: Option<Card>,
    pub week: Week,
    pub does: Vec<ServiceId>,
    pub site: Site,
    pub chairs: Vec<Chair>,
    pub services: Vec<Service>,
    pub users: Vec<User>,
}

impl Sheet {
    /// How many of the services they do can be booked.
    fn bookable(&self) -> usize {
        let booked = |s: &&Service| s.active && self.does.contains(&s.id);
        self.services.iter().filter(booked).count()
    }
}

/// The three forms of the page.
pub(in crate::clinic) struct Forms {
    pub data: Shown,
    pub hours: Shown,
    pub leave: Shown,
}

fn weekday(lang: Lang, index: usize) -> &'static str {
    const ZH: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
    const EN: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    lang.pick(ZH, EN).get(index).copied().unwrap_or("")
}

/// What the list shows.
pub(in crate::clinic) struct List {
    pub providers: Vec<Provider>,
    pub chairs: Vec<Chair>,
    pub setup: Setup,
}

pub(in crate::clinic) fn list(frame: &Frame, list: &List) -> Markup {
    let lang = frame.lang;
    let heads = lang.pick(
        ["姓名", "类别", "椅位", "工作时间", "状态"],
        ["Name", "Kind", "Chair", "Hours", "State"],
    );
    let body = html! {
        @if list.setup.chairs.is_empty() { (chair_first(lang)) } @else {
            p { a class="btn pri" href="/settings/providers/new" { (icon("user-plus")) (lang.pick("添加人员", "Add a provider")) } }
        }
        @if list.providers.is_empty() { p class="card sec" { (lang.pick("还没有医护人员。", "No providers yet.")) } } @else {
            table class="card tab" {
                thead { tr { @for h in heads { th scope="col" { (h) } } } }
                tbody { @for p in &list.providers { (row(lang, list, p, heads)) } }
            }
        }
    };
    settings_page(frame, lang.pick("医护人员", "Providers"), up_to_settings(lang), &body)
}

/// Who treats, treats at a chair: without one nobody can be added.
fn chair_first(lang: Lang) -> Markup {
    html! {
        div class="banner warn" role="status" {
            (icon("armchair"))
            p { (lang.pick("请先添加椅位：每位医护人员都在一个椅位工作。", "Add a chair first: every provider works at one.")) " " a href="/settings/chairs" { (lang.pick("添加椅位", "Add a chair")) } }
        }
    }
}

fn row(lang: Lang, list: &List, p: &Provider, [_, kind, chair, week, state]: [&str; 5]) -> Markup {
    let chair_name = list
        .chairs
        .iter()
        .find(|c| c.id == p.chair_id)
        .map_or("–", |c| c.name_in(lang));
    let hours = Week::of(p.id, &list.setup.hours);
    let lacks = not_bookable(list.setup.services_of(p.id), &hours).filter(|_| p.active);
    html! {
        tr {
            th scope="row" { a href={ "/settings/providers/" (p.id) } { (p.name_in(lang)) } }
            td data-l=(kind) { (p.kind.name().get(lang)) @if !p.speciality_in(lang).is_empty() { " · " (p.speciality_in(lang)) } }
            td data-l=(chair) { (chair_name) }
            td data-l=(week) { (week_line(lang, &hours)) }
            td data-l=(state) class="wrap" {
                (in_use(lang, p.active))
                @if let Some(why) = lacks { " " span class="chip warn" { (icon("triangle-alert")) (why.get(lang)) } }
            }
        }
    }
}

/// Days with the same hours together: `周一–周六 08:45-12:00, 13:30-18:00`.
fn week_line(lang: Lang, week: &Week) -> Markup {
    let mut groups: Vec<(usize, usize, String)> = Vec::new();
    for (i, day) in week.0.iter().enumerate().filter(|(_, d)| !d.is_empty()) {
        let text = show_day(day);
        match groups.last_mut() {
            Some((_, to, same)) if *same == text && *to + 1 == i => *to = i,
            _ => groups.push((i, i, text)),
        }
    }
    html! {
        @if groups.is_empty() { span class="chip warn" { (lang.pick("尚未设置", "None yet")) } }
        @for (from, to, text) in &groups {
            div { (weekday(lang, *from)) @if from != to { "–" (weekday(lang, *to)) } " " (text) }
        }
    }
}

pub(in crate::clinic) fn edit(frame: &Frame, sheet: &Sheet, forms: &Forms) -> Markup {
    let lang = frame.lang;
    let title = match &sheet.card {
        Some(card) => card.provider.name_in(lang),
        None => lang.pick("添加人员", "Add a provider"),
    };
    let no_chair = sheet.card.is_none() && !sheet.chairs.iter().any(|c| c.active);
    let lacks = sheet
        .card
        .as_ref()
        .filter(|card| card.provider.active)
        .and_then(|_| not_bookable(sheet.bookable(), &sheet.week));
    let body = html! {
        @if let Some(why) = lacks { p class="banner warn" role="status" { (icon("triangle-alert")) (why.get(lang)) } }
        @if no_chair { (chair_first(lang)) }
        (data(frame, sheet, &forms.data))
        @match &sheet.card {
            Some(card) => { (hours(frame, sheet, card, &forms.hours)) (leave(frame, sheet, card, &forms.leave)) },
            None => { p class="hint" { (lang.pick("添加后可设置工作时间和休假。", "Hours and leave can be set after adding.")) } },
        }
    };
    settings_page(
        frame,
        title,
        ("/settings/providers", lang.pick("医护人员", "Providers")),
        &body,
    )
}

fn data(frame: &Frame, sheet: &Sheet, shown: &Shown) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    let (action, label) = match &sheet.card {
        Some(card) => (
            format!("/settings/providers/{}", card.provider.id),
            lang.pick("保存", "Save"),
        ),
        None => ("/settings/providers/new".to_owned(), lang.pick("添加", "Add")),
    };
    let section = Section {
        frame,
        key: "provider",
        title: lang.pick("基本信息", "Who they are"),
        zone: sheet.site.tz(),
        last: sheet.card.as_ref().and_then(|c| c.last.as_ref()),
    };
    let services: Vec<_> = sheet
        .services
        .iter()
        .map(|s| (s.id.to_string(), s.name_in(lang).to_owned(), s.active))
        .collect();
    section.draw(&html! {
        form method="post" action=(action) class="stack" {
            (form.summary())
            div class="pair" { (data_fields(&form, sheet)) }
            (ticks(&form, "services", lang.pick("提供的服务", "Services they do"), &services))
            (form.tick("active", lang.pick("可预约", "Takes bookings")))
            (save(lang, sheet.site.tz(), shown, label))
        }
    })
}

fn data_fields(form: &Form<'_>, sheet: &Sheet) -> Markup {
    let lang = form.lang;
    let kinds: Vec<_> = ProviderKind::ALL
        .iter()
        .map(|k| (k.as_str(), k.name().get(lang).to_owned()))
        .collect();
    let chosen = form.input.get("chair");
    let chairs: Vec<_> = sheet
        .chairs
        .iter()
        .filter(|c| c.active || c.id.to_string() == chosen)
        .map(|c| (c.id.to_string(), c.name_in(lang).to_owned()))
        .collect();
    let mut accounts = vec![(String::new(), lang.pick("（无账户）", "(no account)").to_owned())];
    accounts.extend(
        sheet
            .users
            .iter()
            .map(|u| (u.id.to_string(), format!("{} ({})", u.name, u.login))),
    );
    html! {
        (names(form))
        (form.select("kind", lang.pick("类别", "Kind"), &kinds))
        (form.select("chair", lang.pick("椅位", "Chair"), &chairs))
        (form.text("speciality", lang.pick("专业（中文）", "Speciality (Chinese)"), LINE))
        (form.text("speciality_en", lang.pick("专业（英文）", "Speciality (English)"), LINE))
        (form.select("account", lang.pick("登录账户", "Account"), &accounts))
    }
}

fn hours(frame: &Frame, sheet: &Sheet, card: &Card, shown: &Shown) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    let section = Section {
        frame,
        key: "hours",
        title: lang.pick("每周工作时间", "Weekly hours"),
        zone: sheet.site.tz(),
        last: card.last_hours.as_ref(),
    };
    section.draw(&html! {
        form method="post" action={ "/settings/providers/" (card.provider.id) "/hours#hours" } class="stack" {
            (form.summary())
            @if shown.note { p class="banner info" role="status" { (icon("info")) (lang.pick("周一的时间已填到周二至周五，尚未保存。", "Monday's hours are filled in for Tuesday to Friday. Not saved yet.")) } }
            p class="hint" { (lang.pick("每天可有多个时段，例如 8-12, 13:30-18；留空为休息。", "Several sessions a day, such as 8-12, 13:30-18; empty is a day off.")) }
            div class="pair" {
                @for (i, field) in DAY_FIELDS.iter().enumerate() { (form.text(field, weekday(lang, i), LINE)) }
            }
            // After the save button, which is the one that Enter presses.
            (save(lang, sheet.site.tz(), shown, lang.pick("保存", "Save")))
            p { button class="btn" type="submit" name="copy" value="1" { (icon("calendar-days")) (lang.pick("把周一复制到周二至周五", "Copy Monday to all weekdays")) } }
        }
    })
}

fn leave(frame: &Frame, sheet: &Sheet, card: &Card, shown: &Shown) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    let zone = sheet.site.tz();
    let section = Section {
        frame,
        key: "leave",
        title: lang.pick("休假", "Leave"),
        zone,
        last: card.last_leave.as_ref(),
    };
    let moment = Kind {
        kind: "datetime-local",
        required: true,
        ..Kind::default()
    };
    let path = format!("/settings/providers/{}/leave", card.provider.id);
    section.draw(&html! {
        @if card.leaves.is_empty() { p { (lang.pick("没有休假。", "No leave.")) } }
        ul class="lines" {
            @for l in &card.leaves {
                li {
                    span { (span_of(lang, l, zone)) @if !l.reason.is_empty() { " · " (l.reason) } }
                    form method="post" action={ (path) "/" (l.id) "/remove" } class="inline" {
                        button class="btn sm danger" { (icon("trash-2")) (lang.pick("删除", "Remove")) span class="vh" { ": " (span_of(lang, l, zone)) } }
                    }
                }
            }
        }
        form method="post" action=(path) class="stack" {
            (form.summary())
            div class="pair" {
                (form.text("leave_from", lang.pick("从", "From"), moment))
                (form.text("leave_to", lang.pick("到", "Until"), moment))
                (form.text("leave_reason", lang.pick("原因（同事可见）", "Reason (colleagues see it)"), LINE))
            }
            (save(lang, zone, shown, lang.pick("添加休假", "Add leave")))
            @if shown.ask.is_some() {
                p { a class="btn pri" href=(plan_of(card, &shown.input)) { (icon("calendar-clock")) (lang.pick("逐个安排这些就诊…", "Arrange these visits …")) } }
            }
        }
    })
}

/// Where the visits that a leave takes are arranged before it is added.
fn plan_of(card: &Card, input: &Input) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("provider", &card.provider.id.to_string())
        .append_pair("from", input.get("leave_from"))
        .append_pair("until", input.get("leave_to"))
        .append_pair("reason", input.get("leave_reason"));
    format!("/leave-plan?{}", query.finish())
}

fn span_of(lang: Lang, leave: &Leave, zone: chrono_tz::Tz) -> String {
    format!(
        "{} – {}",
        lang.day_time(leave.starts_at, zone),
        lang.day_time(leave.ends_at, zone)
    )
}
