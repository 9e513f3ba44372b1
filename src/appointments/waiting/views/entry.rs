//! The form of one entry.

use std::sync::Arc;

use maud::{Markup, html};

use super::super::model::{Entry, EntryState, Urgency};
use super::weekdays;
use crate::appointments::Appointment;
use crate::clinic::Snapshot;
use crate::patients::Patient;
use crate::platform::i18n::{Lang, phone_masked};
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

const NUMBER: Kind = Kind {
    kind: "",
    required: false,
    autocomplete: "",
    inputmode: "numeric",
};
const DATE: Kind = Kind {
    kind: "date",
    required: false,
    autocomplete: "",
    inputmode: "",
};
const TIME: Kind = Kind {
    kind: "time",
    required: false,
    autocomplete: "",
    inputmode: "",
};

/// What the page shows.
pub struct Page {
    /// The clinic.
    pub clinic: Arc<Snapshot>,
    /// The entry; none: a new one.
    pub entry: Option<Entry>,
    /// Whose.
    pub patient: Option<Patient>,
    /// Whom the search found.
    pub hits: Vec<Patient>,
    /// The patient's next visit: it may be the one to be earlier.
    pub next: Option<Appointment>,
    /// What was typed.
    pub input: Input,
    /// What is wrong with it.
    pub faults: Faults,
}

/// `/waiting-list/new` and `/waiting-list/{id}`
pub fn page(frame: &Frame, p: &Page) -> Markup {
    let lang = frame.lang;
    let title = match p.entry {
        None => lang.pick("放入候补名单", "Put on the waiting list"),
        Some(_) => lang.pick("候补登记", "Waiting list entry"),
    };
    let body = html! {
        main id="main" class="plain outreach" {
            @match &p.patient {
                None => (search(lang, p)),
                Some(patient) => (form(lang, p, patient)),
            }
        }
    };
    frame.page(title, "waiting", body)
}

fn search(lang: Lang, p: &Page) -> Markup {
    let form = Form {
        lang,
        input: &p.input,
        faults: &p.faults,
    };
    let kept: Vec<(&str, &str)> = p
        .input
        .pairs()
        .filter(|(n, _)| !matches!(*n, "q" | "patient_id"))
        .collect();
    html! {
        form class="card pad stack" method="get" action="/waiting-list/new" {
            (form.summary())
            @for (name, value) in &kept { input type="hidden" name=(name) value=(value); }
            (form.text("q", lang.pick("患者：姓名、手机后 4 位或病历号", "Patient: name, last 4 of phone or chart no."), Kind::default()))
            div class="acts" {
                button class="btn pri" type="submit" { (icon("search")) (lang.pick("查找", "Search")) }
                a class="btn" href="/waiting-list" { (lang.pick("返回", "Back")) }
            }
            @if !p.input.get("q").is_empty() && p.hits.is_empty() { p class="none" role="status" { (lang.pick("没有查到", "Nobody found")) } }
            ul class="plainlist" {
                @for x in &p.hits {
                    li { button class="btn quiet" type="submit" name="patient_id" value=(x.id) { b { (x.name) } " " (x.chart_no) " " (x.phone.as_deref().map(phone_masked).unwrap_or_default()) } }
                }
            }
        }
    }
}

fn form(lang: Lang, p: &Page, patient: &Patient) -> Markup {
    let form = Form {
        lang,
        input: &p.input,
        faults: &p.faults,
    };
    let open = p.entry.as_ref().is_none_or(|e| e.state == EntryState::Waiting);
    let path = match &p.entry {
        None => "/waiting-list/new".to_owned(),
        Some(e) => format!("/waiting-list/{}", e.id),
    };
    html! {
        form class="card pad stack" method="post" action=(path) {
            (form.summary())
            h2 { (patient.name) " " span class="chip" { (patient.phone.as_deref().map(phone_masked).unwrap_or_default()) } }
            @if let Some(e) = p.entry.as_ref().filter(|_| !open) { p class="banner info" { (e.state.name().get(lang)) } }
            input type="hidden" name="patient_id" value=(patient.id);
            input type="hidden" name="version" value=(p.input.get("version"));
            (what(lang, p, form))
            (times(lang, p, form))
            (form.select("urgency", lang.pick("紧急程度", "Urgency"), &Urgency::ALL.iter().map(|u| (u.as_str(), u.name().get(lang).to_owned())).collect::<Vec<_>>()))
            (form.text("notice_minutes", lang.pick("至少提前多少分钟通知", "Notice needed, in minutes"), NUMBER))
            (earlier(lang, p, form))
            (form.area("note", lang.pick("备注（同事可见）", "Note (for colleagues)"), 2))
            div class="acts" {
                @if open { button class="btn pri" type="submit" { (lang.pick("保存", "Save")) } }
                a class="btn" href="/waiting-list" { (lang.pick("返回", "Back")) }
            }
        }
    }
}

fn what(lang: Lang, p: &Page, form: Form<'_>) -> Markup {
    let services: Vec<(String, &str)> = p
        .clinic
        .services
        .iter()
        .filter(|s| s.active)
        .map(|s| (s.id.to_string(), s.name_in(lang)))
        .collect();
    let mut providers = vec![(String::new(), lang.pick("任何一位", "Anyone"))];
    let active = p.clinic.providers.iter().filter(|x| x.active);
    providers.extend(active.map(|x| (x.id.to_string(), x.name_in(lang))));
    html! {
        div class="cols" {
            (form.select("service_id", lang.pick("项目", "Visit type"), &services))
            (form.select("provider_id", lang.pick("医生", "Provider"), &providers))
            (form.text("minutes", lang.pick("时长（分钟，空：按项目）", "Minutes (empty: as usual)"), NUMBER))
        }
    }
}

fn times(lang: Lang, p: &Page, form: Form<'_>) -> Markup {
    let chosen = p.input.all("weekdays");
    html! {
        fieldset class="ticks" id="f-weekdays" {
            legend class="lab" { (lang.pick("星期（不选：都可以）", "Weekdays (none: any)")) }
            @for (n, name) in (1..).zip(weekdays(lang)) {
                @let value = format!("{n}");
                label class="check" { input type="checkbox" name="weekdays" value=(value) checked[chosen.contains(&value.as_str())]; " " (name) }
            }
        }
        div class="cols" {
            (form.text("from_time", lang.pick("不早于", "Not before"), TIME))
            (form.text("until_time", lang.pick("结束不晚于", "Over by"), TIME))
            (form.text("first_day", lang.pick("从哪天起", "From this day on"), DATE))
            (form.text("last_day", lang.pick("到哪天为止", "Until this day"), DATE))
        }
    }
}

/// The visit that is to be earlier.
fn earlier(lang: Lang, p: &Page, form: Form<'_>) -> Markup {
    let zone = p.clinic.site.tz();
    let mut options = vec![(String::new(), lang.pick("（新预约）", "(a new visit)").to_owned())];
    if let Some(a) = &p.next {
        options.push((a.id.to_string(), lang.day_time(a.starts_at, zone)));
    }
    let stored = p.input.get("appointment_id");
    if !stored.is_empty() && !options.iter().any(|(v, _)| v == stored) {
        options.push((
            stored.to_owned(),
            lang.pick("已登记的预约", "the visit noted before").to_owned(),
        ));
    }
    form.select(
        "appointment_id",
        lang.pick("希望提前的预约", "Visit that is to be earlier"),
        &options,
    )
}
