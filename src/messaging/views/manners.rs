//! When messages may go out, and how many: a part of the settings.

use chrono_tz::Tz;
use maud::{Markup, html};

use crate::platform::i18n::Lang;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page, up_to_settings};

/// What the page shows beside the form.
pub(in crate::messaging) struct MannersPage {
    /// Zone in which times are shown.
    pub zone: Tz,
    /// The last change.
    pub last: Option<AuditEntry>,
}

pub(in crate::messaging) fn manners(frame: &Frame, page: &MannersPage, (input, faults): (&Input, &Faults)) -> Markup {
    let lang = frame.lang;
    let form = Form { lang, input, faults };
    let title = lang.pick("发送时段和上限", "Sending hours and limits");
    let section = Section {
        frame,
        key: "manners",
        title,
        zone: page.zone,
        last: page.last.as_ref(),
    };
    let body = html! {
        form method="post" action="/manners" class="stack" {
            (form.summary())
            input type="hidden" name="version" value=(input.get("version"));
            (hours(&form))
            (limits(&form))
            div class="acts" { button class="btn pri" type="submit" { (icon("check")) (lang.pick("保存", "Save")) } }
        }
    };
    settings_page(frame, title, up_to_settings(lang), &section.draw(&body))
}

fn options(from: u32, until: u32) -> Vec<(String, String)> {
    (from..=until).map(|h| (h.to_string(), format!("{h}:00"))).collect()
}

fn hours(form: &Form<'_>) -> Markup {
    let lang = form.lang;
    html! {
        fieldset class="stack" {
            legend class="lab" { (lang.pick("发送时段（按患者所在时区）", "Hours, where the patient is")) }
            div class="pair" {
                (form.select("care_from", lang.pick("就诊消息：从", "About care: from"), &options(0, 23)))
                (form.select("care_until", lang.pick("就诊消息：到", "About care: until"), &options(1, 24)))
                (form.select("other_from", lang.pick("复诊、祝福和推广：从", "Recalls, greetings, offers: from"), &options(0, 23)))
                (form.select("other_until", lang.pick("复诊、祝福和推广：到", "Recalls, greetings, offers: until"), &options(1, 24)))
            }
            (form.tick("on_holidays", lang.pick("节假日也发复诊和推广消息", "Recalls and offers go out on public holidays, too")))
            p class="hint" { (lang.pick("节假日见诊所的日历。祝福总在当天发出。", "Public holidays are those of the clinic's calendar. Greetings always go out on their day.")) " " a href="/settings/holidays" { (lang.pick("节假日", "Holidays")) } }
        }
    }
}

fn limits(form: &Form<'_>) -> Markup {
    let lang = form.lang;
    let number = Kind {
        inputmode: "numeric",
        ..Kind::default()
    };
    let needed = Kind {
        required: true,
        ..number
    };
    let person = lang.pick("每位患者", "each patient");
    let family = lang.pick("每个家庭", "each family");
    let caps = [
        ("person_day", "family_day", ("一天", "a day")),
        ("person_week", "family_week", ("七天", "in 7 days")),
        ("person_month", "family_month", ("三十天", "in 30 days")),
    ];
    html! {
        fieldset class="stack" {
            legend class="lab" { (lang.pick("复诊、祝福和推广最多几条（空：不限）", "Recalls, greetings and offers at most (empty: any number)")) }
            div class="pair" {
                @for (one, all, within) in caps {
                    (form.text(one, &labelled(lang, person, within), number))
                    (form.text(all, &labelled(lang, family, within), number))
                }
            }
            p class="hint" { (lang.pick("家庭：共用一个手机号或邮箱的患者。一天的上限连就诊消息一起计算；就诊消息本身从不受限。到上限的消息改到下一个可发送的时间，来不及的不发，并写明原因。", "A family: patients who share a mobile number or an email address. The day's limit counts messages about care, too; those are never held back themselves. What is over a limit moves to the next time that is allowed, or is not sent when that is too late, and says why.")) }
        }
        fieldset class="stack" {
            legend class="lab" { (lang.pick("间隔", "Distances")) }
            div class="pair" {
                (form.text("survey_days", lang.pick("两次评价邀请至少相隔（天）", "Days between two surveys"), needed))
                (form.text("greeting_hours", lang.pick("两次祝福至少相隔（小时）", "Hours between two greetings"), needed))
            }
        }
    }
}

fn labelled(lang: Lang, who: &str, (zh, en): (&str, &str)) -> String {
    lang.pick(format!("{who}{zh}"), format!("{who}, {en}"))
}
