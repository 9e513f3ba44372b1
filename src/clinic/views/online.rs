//! What patients may do online: the rules, what they choose from, one complaint.

use std::sync::Arc;

use maud::{Markup, html};

use super::super::model::Complaint;
use super::super::pages::Shown;
use super::super::store::Snapshot;
use super::fields::hinted;
use super::{NEEDED_NUMBER, NUMBER, names, remove, save};
use crate::platform::i18n::Lang;
use crate::platform::web::form::Form;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, Section, settings_page, up_to_settings};

/// What the page needs.
pub(in crate::clinic) struct Page {
    pub clinic: Arc<Snapshot>,
    pub last: Option<AuditEntry>,
    pub last_complaint: Option<AuditEntry>,
    /// Where patients book.
    pub address: String,
}

/// What the page of one complaint needs.
pub(in crate::clinic) struct Sheet {
    pub clinic: Arc<Snapshot>,
    pub complaint: Complaint,
    pub last: Option<AuditEntry>,
}

fn title(lang: Lang) -> &'static str {
    lang.pick("患者网上预约", "Online booking")
}

pub(in crate::clinic) fn page(frame: &Frame, page: &Page, (rules, add): (&Shown, &Shown)) -> Markup {
    let lang = frame.lang;
    let zone = page.clinic.site.tz();
    let section = |key, title, last| Section {
        frame,
        key,
        title,
        zone,
        last,
    };
    let rules_section = section("rules", lang.pick("规则", "Rules"), page.last.as_ref());
    let choice = lang.pick("患者先选哪里不舒服", "What patients say brings them");
    let body = html! {
        section class="card sec" aria-labelledby="where-h" {
            h2 id="where-h" { (lang.pick("网上预约地址", "Where patients book")) }
            p { a href=(page.address) { (page.address) } }
            (services(lang, &page.clinic))
        }
        (rules_section.draw(&rules_form(frame, page, rules, &rules_section.seen(&rules.form(lang)))))
        (section("complaints", choice, page.last_complaint.as_ref()).draw(&html! {
            p class="hint" { (lang.pick(
                "患者不知道该约哪个项目：他们选主诉，系统按对应的项目约时间。",
                "Patients do not know what to book: they say what troubles them, and the service it stands for is booked.",
            )) }
            (complaints(lang, &page.clinic))
            (add_form(frame, page, add))
        }))
    };
    settings_page(frame, title(lang), up_to_settings(lang), &body)
}

/// Which services are bookable, or how to make one so.
fn services(lang: Lang, clinic: &Snapshot) -> Markup {
    let open = clinic.bookable_online();
    html! {
        @if open.is_empty() {
            p class="hint" { (lang.pick(
                "还没有项目可在网上预约。到“服务项目”里打开某个项目的“预约规则”，勾选“患者可在网上自己预约”。",
                "No service can be booked online yet: open one under \"Services\", and under its booking rules tick that patients may book it.",
            )) }
        } @else {
            p { (lang.pick("网上可约：", "Bookable online: ")) @for (i, s) in open.iter().enumerate() { @if i > 0 { (lang.pick("、", ", ")) } a href={ "/settings/services/" (s.id) } { (s.name_in(lang)) } } }
        }
    }
}

fn rules_form(frame: &Frame, page: &Page, shown: &Shown, seen: &Markup) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    let change = lang.pick(
        (
            "就诊前几小时内不能在网上改期或取消",
            "更近的变动请患者打电话；0：一直可以",
        ),
        (
            "No change online within so many hours of the visit",
            "Nearer than that patients call; 0: always possible",
        ),
    );
    let broken = lang.pick(
        (
            "爽约或自行取消几次后只能电话预约",
            "空：不限。取消仍可在网上进行：空出来的时间比不来好。",
        ),
        (
            "After so many missed or cancelled visits, by telephone only",
            "Empty: any number. Cancelling stays possible: a freed time is better than an empty chair.",
        ),
    );
    html! {
        form method="post" action="/settings/online#rules" class="stack" {
            (seen)
            (form.summary())
            (form.tick("open", lang.pick("患者可在网上预约", "Patients may book online")))
            (form.tick("new_patients", lang.pick("没有病历的新患者也可以", "People who have no record here may, too")))
            div class="pair" {
                (hinted(&form, "change_hours", change, NEEDED_NUMBER))
                (form.text("moves_max", lang.pick("一次就诊最多自行改期几次", "A visit is moved online at most so often"), NEEDED_NUMBER))
                (form.text("planned_max", lang.pick("已有几个未来预约时不再网上预约", "With so many visits ahead, no more online"), NEEDED_NUMBER))
            }
            div class="pair" {
                (hinted(&form, "broken_max", broken, NUMBER))
                (form.text("broken_days", lang.pick("统计最近多少天", "Counted over so many days"), NEEDED_NUMBER))
            }
            (save(lang, page.clinic.site.tz(), shown, lang.pick("保存", "Save")))
        }
    }
}

fn complaints(lang: Lang, clinic: &Snapshot) -> Markup {
    let heads = lang.pick(
        ["主诉", "约为", "紧急", "操作"],
        ["Complaint", "Booked as", "Urgent", "Action"],
    );
    let [name, service, urgent, action] = heads;
    html! {
        @if clinic.complaints.is_empty() { p { (lang.pick("还没有主诉：患者直接选项目。", "None yet: patients choose a service.")) } } @else {
            table class="tab" {
                thead { tr { @for h in heads { th scope="col" { (h) } } } }
                tbody {
                    @for x in &clinic.complaints {
                        tr {
                            th scope="row" data-l=(name) { a href={ "/settings/online/complaints/" (x.id) } { (x.name_in(lang)) } }
                            td data-l=(service) { (clinic.find_service(x.service_id).map_or("", |s| s.name_in(lang))) @if !bookable(clinic, x) { " " small { (lang.pick("（网上不可约，患者看不到）", "(not bookable online, not shown)")) } } }
                            td data-l=(urgent) { @if x.urgent { (lang.pick("请先来电", "Call first")) } @else { "–" } }
                            td data-l=(action) { (remove(lang, &format!("/settings/online/complaints/{}/remove", x.id), x.name_in(lang), &[])) }
                        }
                    }
                }
            }
        }
    }
}

fn bookable(clinic: &Snapshot, x: &Complaint) -> bool {
    clinic.bookable_online().iter().any(|s| s.id == x.service_id)
}

fn fields(form: &Form<'_>, clinic: &Snapshot) -> Markup {
    let lang = form.lang;
    let chosen = form.input.get("service");
    let offered = clinic
        .services
        .iter()
        .filter(|s| s.active || s.id.to_string() == chosen);
    let options: Vec<(String, &str)> = offered.map(|s| (s.id.to_string(), s.name_in(lang))).collect();
    html! {
        div class="pair" {
            (names(form))
            (form.select("service", lang.pick("约为哪个项目", "Booked as"), &options))
            (form.text("position", lang.pick("排在第几", "Place in the list"), NEEDED_NUMBER))
        }
        (form.tick("urgent", lang.pick("紧急：提示患者先打电话", "Urgent: ask patients to call first")))
    }
}

fn add_form(frame: &Frame, page: &Page, shown: &Shown) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    html! {
        form method="post" action="/settings/online/complaints#complaints" class="stack" {
            (form.summary())
            (fields(&form, &page.clinic))
            (save(lang, page.clinic.site.tz(), shown, lang.pick("添加主诉", "Add a complaint")))
        }
    }
}

pub(in crate::clinic) fn edit(frame: &Frame, sheet: &Sheet, shown: &Shown) -> Markup {
    let lang = frame.lang;
    let form = shown.form(lang);
    let zone = sheet.clinic.site.tz();
    let section = Section {
        frame,
        key: "complaint",
        title: lang.pick("主诉", "Complaint"),
        zone,
        last: sheet.last.as_ref(),
    };
    let body = section.draw(&html! {
        form method="post" action={ "/settings/online/complaints/" (sheet.complaint.id) } class="stack" {
            (section.seen(&form))
            (form.summary())
            (fields(&form, &sheet.clinic))
            (save(lang, zone, shown, lang.pick("保存", "Save")))
        }
    });
    settings_page(
        frame,
        sheet.complaint.name_in(lang),
        ("/settings/online", title(lang)),
        &body,
    )
}
