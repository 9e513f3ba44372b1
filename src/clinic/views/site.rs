//! The site's form.

use maud::{Markup, html};

use super::super::model::{COMMON_CURRENCIES, COMMON_ZONES, Site, currencies, offset_of, zones};
use super::super::pages::Shown;
use super::{LINE, NEEDED, names, save};
use crate::platform::clock::Instant;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Form, Kind};
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page, up_to_settings};

pub(in crate::clinic) fn site(
    frame: &Frame,
    (site, now): (&Site, Instant),
    last: Option<&AuditEntry>,
    shown: &Shown,
) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    let section = Section {
        frame,
        key: "site",
        title: lang.pick("名称、地址与地区", "Names, address and region"),
        zone: site.tz(),
        last,
    };
    let body = section.draw(&html! {
        form method="post" action="/settings/site" class="stack" {
            (section.seen(&form))
            (form.summary())
            (fields(&form, now))
            (save(lang, site.tz(), shown, lang.pick("保存", "Save")))
        }
    });
    settings_page(frame, lang.pick("诊所", "Clinic"), up_to_settings(lang), &body)
}

fn fields(form: &Form<'_>, now: Instant) -> Markup {
    let lang = form.lang;
    let phone = Kind {
        kind: "tel",
        ..Kind::default()
    };
    html! {
        div class="pair" {
            (names(form))
            (form.text("address", lang.pick("中文地址", "Chinese address"), LINE))
            (form.text("address_en", lang.pick("英文地址", "English address"), LINE))
            (form.text("phone", lang.pick("电话（患者看到的写法）", "Telephone, as patients see it"), phone))
            (form.select("language", lang.pick("默认语言", "Language"), &[("zh", "中文"), ("en", "English")]))
            (form.grouped("zone", lang.pick("时区（列表里输入字母可跳转）", "Time zone (typing letters leads through the list)"), &zone_groups(lang, now)))
            (form.grouped("currency", lang.pick("货币", "Currency"), &currency_groups(lang)))
            (form.text("country", lang.pick("国家代码（电话号码默认）", "Country code (for telephone numbers)"), NEEDED))
        }
    }
}

/// The likely ones first, then all by continent, each with its offset of today.
fn zone_groups(lang: Lang, now: Instant) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let option = |name: &'static str| {
        let offset = offset_of(name, now).unwrap_or_default();
        (name, format!("{} ({offset})", name.replace('_', " ")))
    };
    let mut groups = vec![(
        lang.pick("常用", "Common"),
        COMMON_ZONES.into_iter().map(option).collect::<Vec<_>>(),
    )];
    for name in zones() {
        let part = name
            .split_once('/')
            .map_or(lang.pick("其他", "Others"), |(part, _)| part);
        match groups.iter_mut().skip(1).find(|(title, _)| *title == part) {
            Some((_, list)) => list.push(option(name)),
            None => groups.push((part, vec![option(name)])),
        }
    }
    groups
}

/// The likely ones first, with their names; then all.
fn currency_groups(lang: Lang) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let named = |code: &'static str| {
        let found = COMMON_CURRENCIES.iter().find(|(c, ..)| *c == code);
        let text = found.map_or_else(
            || code.to_owned(),
            |(_, zh, en)| format!("{code} {}", lang.pick(zh, en)),
        );
        (code, text)
    };
    let common = COMMON_CURRENCIES.iter().map(|(code, ..)| named(code)).collect();
    let rest = currencies()
        .filter(|code| !COMMON_CURRENCIES.iter().any(|(c, ..)| c == code))
        .map(named)
        .collect();
    vec![
        (lang.pick("常用", "Common"), common),
        (lang.pick("其他", "Others"), rest),
    ]
}
