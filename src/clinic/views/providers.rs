//! Providers: the list; one provider's data, with the sections of when they work.

use chrono::NaiveDate;
use maud::{Markup, html};

use super::super::model::{Chair, ChairId, Provider, ProviderKind, Service, ServiceId, Setup, Site, not_bookable};
use super::super::pages::Shown;
use super::fields::hinted;
use super::times::{self, Forms, Times, week_line};
use super::{LINE, NUMBER, in_use, names, save, ticks};
use crate::platform::i18n::Lang;
use crate::platform::web::form::Form;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, User, settings_page, up_to_settings};

/// A provider that is there already.
pub(in crate::clinic) struct Card {
    pub provider: Provider,
    pub last: Option<AuditEntry>,
    pub times: Times,
}

/// What the page of one provider needs.
pub(in crate::clinic) struct Sheet {
    /// None: a new one.
    pub card: Option<Card>,
    /// Chairs beside their own.
    pub further: Vec<ChairId>,
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

/// What the list shows.
pub(in crate::clinic) struct List {
    pub today: NaiveDate,
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
    let rota = list.setup.rota(p.id);
    let hours = rota
        .pattern_on(list.today)
        .map(|(_, week)| week.clone())
        .unwrap_or_default();
    let lacks = not_bookable(list.setup.services_of(p.id), &rota).filter(|_| p.active);
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

/// The page of one; `forms` are those of the sections of when they work, which a new one has not.
pub(in crate::clinic) fn edit(frame: &Frame, sheet: &Sheet, shown: &Shown, forms: Option<&Forms>) -> Markup {
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
        .and_then(|card| not_bookable(sheet.bookable(), &card.times.rota));
    let body = html! {
        @if let Some(why) = lacks { p class="banner warn" role="status" { (icon("triangle-alert")) (why.get(lang)) } }
        @if no_chair { (chair_first(lang)) }
        (data(frame, sheet, shown))
        @match (&sheet.card, forms) {
            (Some(card), Some(forms)) => {
                (times::sections(frame, &card.times, forms))
                (calendar(lang, card))
            },
            _ => { p class="hint" { (lang.pick("添加后可设置工作时间和休假。", "Hours and leave can be set after adding.")) } },
        }
    };
    settings_page(
        frame,
        title,
        ("/settings/providers", lang.pick("医护人员", "Providers")),
        &body,
    )
}

/// Their visits outside of here.
fn calendar(lang: Lang, card: &Card) -> Markup {
    html! {
        section class="card sec" aria-labelledby="calendar-h" {
            h2 id="calendar-h" { (lang.pick("日历订阅", "Calendar feed")) }
            p { (lang.pick("用手机或电脑的日历程序看本人的就诊和休假。", "Their visits and leave, in the calendar on their own telephone or computer.")) }
            p { a class="btn" href={ "/settings/providers/" (card.provider.id) "/calendar" } { (icon("calendar-days")) (lang.pick("订阅地址", "The address")) } }
        }
    }
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
    let chairs: Vec<_> = sheet
        .chairs
        .iter()
        .map(|c| (c.id.to_string(), c.name_in(lang).to_owned(), c.active))
        .collect();
    section.draw(&html! {
        form method="post" action=(action) class="stack" {
            (section.seen(&form))
            (form.summary())
            div class="pair" { (data_fields(&form, sheet)) }
            (ticks(&form, "further", lang.pick("还在哪些椅位工作", "Further chairs they work at"), &chairs))
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
        (hinted(form, "day_max", lang.pick(("每天最多几位", "所有项目合计；空：不限"), ("Most visits a day", "Of all services together; empty: as many as fit")), NUMBER))
    }
}
