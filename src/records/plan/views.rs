//! Markup of treatment plans.

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};

use super::model::{Plan, PlanState, Planned};
use super::pages::{List, PlanForm, PlanPage, PlanRow};
use super::store::Waiting;
use crate::clinic::Snapshot;
use crate::patients::Patient;
use crate::platform::i18n::{Lang, phone_for_people};
use crate::platform::web::assets::icon_class;
use crate::platform::web::form::Form;
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// `根管治疗 2/3 · 36`
pub fn item_name(lang: Lang, clinic: &Snapshot, p: &Planned) -> String {
    let service = clinic.find_service(p.item.service_id).map_or("", |s| s.name_in(lang));
    let nth = match p.nth {
        (_, 1) => String::new(),
        (n, of) => format!(" {n}/{of}"),
    };
    let teeth = p.item.teeth.as_ref().map(|t| format!(" · {t}")).unwrap_or_default();
    format!("{service}{nth}{teeth}")
}

/// `建议 12月3日之后`, with the year when it is not this one.
pub fn suggested(lang: Lang, from: NaiveDate, today: NaiveDate) -> String {
    let date = lang.date(from);
    let year = from.year() != today.year();
    let short = |cut: Option<&str>| cut.filter(|_| !year).map_or_else(|| date.clone(), str::to_owned);
    lang.pick(
        format!("建议 {}之后", short(date.split_once('年').map(|(_, rest)| rest))),
        format!("from {} on", short(date.rsplit_once(' ').map(|(rest, _)| rest))),
    )
}

/// When it is to be or is, or how it ended.
fn when(lang: Lang, clinic: &Snapshot, p: &Planned, today: NaiveDate) -> String {
    match (p.item.state, p.booked_for, p.item.done_on) {
        (PlanState::Dropped, ..) => p.item.drop_reason.clone(),
        (PlanState::Done, _, Some(day)) => lang.date(day),
        (PlanState::Booked, Some(at), _) => lang.day_time(at, clinic.site.tz()),
        _ => suggested(lang, p.from, today),
    }
}

fn state(lang: Lang, p: &Planned) -> Markup {
    let class = match p.item.state {
        PlanState::Planned => "chip warn",
        PlanState::Booked => "chip info",
        PlanState::Done => "chip ok",
        PlanState::Dropped => "chip",
    };
    html! { span class=(class) { (p.item.state.name().get(lang)) } }
}

/// The whole plan, to read.
pub(in super::super) fn whole(lang: Lang, plan: &Plan, clinic: &Snapshot, today: NaiveDate) -> Markup {
    html! {
        ol class="tl plan-items" {
            @for p in &plan.items {
                li {
                    span { (state(lang, p)) " " b { (item_name(lang, clinic, p)) }
                        @if let Some(minutes) = p.item.minutes { " · " (minutes) (lang.pick(" 分钟", " min")) }
                        @if !p.item.note.is_empty() { " · " (p.item.note) } }
                    span class="d" { (when(lang, clinic, p, today)) }
                }
            }
        }
    }
}

/// `/patients/{id}/plan`
pub(super) fn page(frame: &Frame, p: &PlanPage) -> Markup {
    let (lang, id) = (frame.lang, p.patient.id);
    let title = lang.pick("治疗计划", "Treatment plan");
    let body = html! {
        main id="main" class="visit" {
            article class="card visit-card" {
                header class="visit-hd" { h2 { a href={ "/patients/" (id) } { (p.patient.name) } " " span class="chip" { (title) } } }
                @if p.plan.items.is_empty() { p class="visit-none" { (lang.pick("还没有治疗计划，由医生在就诊记录中填写。", "No plan yet: the doctor writes it beside the visit's record.")) } }
                @else { (whole(lang, &p.plan, &p.clinic, p.today)) }
                p class="visit-acts" {
                    @if p.desk { @if p.plan.next().is_some() { (book(lang, &p.patient)) } }
                    @if p.desk && p.plan.unbooked().count() > 1 { (course(lang, &p.patient, p.plan.unbooked().count())) }
                    @if let Some(edit) = &p.writes_at { a class="btn" href=(edit) { (icon("pencil")) (lang.pick("在就诊记录中修改", "Change beside the visit")) } }
                    a class="btn" href={ "/patients/" (id) } { (lang.pick("患者档案", "Patient")) }
                }
            }
        }
    };
    frame.page(title, "patients", body)
}
fn book(lang: Lang, p: &Patient) -> Markup {
    html! { a class="btn sm pri" href={ "/day?book=" (p.id) } { (icon("calendar-plus")) (lang.pick("预约", "Book")) (whose(lang, p)) } }
}
fn whose(lang: Lang, p: &Patient) -> Markup {
    html! { span class="vh" { (lang.pick("：", ": ")) (p.name) } }
}
fn course(lang: Lang, p: &Patient, left: usize) -> Markup {
    html! { a class="btn sm" href={ "/find?patient=" (p.id) "&plan=1" } { (icon("search")) (lang.pick(format!("约整个疗程（{left} 次）"), format!("Book the whole course ({left})"))) (whose(lang, p)) } }
}

/// `/planned`
pub(super) fn list(frame: &Frame, l: &List) -> Markup {
    let lang = frame.lang;
    let title = lang.pick("未约的治疗计划", "Planned, not booked");
    let heads = lang.pick(
        ["患者", "下一项", "计划日期", "建议", "操作"],
        ["Patient", "Next", "Planned on", "Suggested", "Actions"],
    );
    let body = html! {
        main id="main" class="plain outreach" {
            div class="acts" {
                a class="btn" href="/waiting-list" { (icon("timer")) (lang.pick("候补名单", "Waiting list")) }
                a class="btn" href="/unscheduled" { (icon("calendar-x")) (lang.pick("取消或爽约后未再约", "Cancelled or missed, not booked again")) }
            }
            @if l.rows.is_empty() {
                div class="card empty" { (icon_class("circle-check", "i-l")) h2 { (lang.pick("治疗计划都约好了", "Every plan has its next visit booked")) } }
            } @else {
                div class="card scroll" tabindex="0" role="region" aria-label=(title) {
                    table class="rtab" {
                        thead { tr { @for head in heads { th scope="col" { (head) } } } }
                        tbody { @for w in &l.rows { (list_row(lang, l, w)) } }
                    }
                }
            }
        }
    };
    frame.page(title, "waiting", body)
}
fn list_row(lang: Lang, l: &List, w: &Waiting) -> Markup {
    let (patient, next) = (&w.patient, &w.next);
    let class = if next.from < l.today { "chip warn" } else { "chip" };
    html! {
        tr id={ "p" (patient.id) } {
            th scope="row" {
                a href={ "/patients/" (patient.id) "/plan" } { (patient.name) }
                @if let Some(phone) = &patient.phone { a class="sub" href={ "tel:" (phone) } { (phone_for_people(phone)) } }
            }
            td { (item_name(lang, &l.clinic, next)) @if !next.item.note.is_empty() { span class="sub" { (next.item.note) } } }
            td { (lang.date(next.item.written_on)) }
            td { span class=(class) { (suggested(lang, next.from, l.today)) } }
            td { div class="acts" { (book(lang, patient)) @if w.left > 1 { (course(lang, patient, w.left)) } } }
        }
    }
}

/// The plan's part of the visit form.
pub(in super::super) fn edit_rows(form: &Form<'_>, f: &PlanForm, plan: &Plan, clinic: &Snapshot) -> Markup {
    let lang = form.lang;
    html! {
        fieldset class="visit-lines" id="f-plan" {
            legend class="lab" { (lang.pick("治疗计划", "Treatment plan")) }
            (form.fault("plan"))
            input type="hidden" name="plan_version" value=(f.version);
            @for (i, row) in f.rows.iter().enumerate() {
                @let planned = plan.open().find(|p| Some(p.item.id) == row.item());
                (edit_row(form, (i, row), planned, clinic))
            }
            button class="btn sm" type="submit" name="do" value="plan" { (icon("plus")) (lang.pick("更多计划项目", "More planned visits")) }
        }
    }
}
fn edit_row(form: &Form<'_>, (i, row): (usize, &PlanRow), planned: Option<&Planned>, clinic: &Snapshot) -> Markup {
    let lang = form.lang;
    let labels = lang.pick(
        ["次序", "牙位", "与上一项相隔（天）", "分钟", "备注", "不做了，原因"],
        [
            "Order",
            "Teeth",
            "Days after the one before",
            "Minutes",
            "Note",
            "Will not be done, because",
        ],
    );
    let [order, teeth, days, minutes, note, drop] = labels;
    let field = |name: &str, label: &str, value: &str, mode: &'static str| {
        let id = format!("{name}-{i}");
        html! {
            div class={ "field " (name) } {
                label for={ "f-" (id) } { (label) }
                input class="inp" id={ "f-" (id) } name=(name) value=(value) inputmode=(mode) autocomplete="off"
                    aria-invalid=[form.faults.of(&id).map(|_| "true")] aria-describedby=[form.faults.of(&id).map(|_| format!("f-{id}-e"))];
                (form.fault(&id))
            }
        }
    };
    html! {
        div class="plan-line" role="group" aria-label=(lang.pick(format!("计划第 {} 行", i + 1), format!("Planned visit {}", i + 1))) {
            input type="hidden" name="plan_item" value=(row.id);
            (field("plan_order", order, &row.order, "numeric"))
            (service(form, (i, row), clinic))
            (field("plan_teeth", teeth, &row.teeth, "numeric"))
            (field("plan_days", days, &row.days, "numeric"))
            (field("plan_minutes", minutes, &row.minutes, "numeric"))
            (field("plan_note", note, &row.note, "text"))
            @if let Some(p) = planned.filter(|p| p.item.state == PlanState::Booked) {
                p class="wide" { (state(lang, p)) " " @if let Some(at) = p.booked_for { (lang.day_time(at, clinic.site.tz())) } }
            }
            @if row.item().is_some() {
                details class="wide" open[!row.drop.is_empty()] { summary { (lang.pick("不做了…", "Will not be done…")) } (field("plan_drop", drop, &row.drop, "text")) }
            } @else {
                // Keeps the columns of the form side by side.
                input type="hidden" name="plan_drop" value="";
            }
        }
    }
}
fn service(form: &Form<'_>, (i, row): (usize, &PlanRow), clinic: &Snapshot) -> Markup {
    let (lang, id) = (form.lang, format!("plan_service-{i}"));
    let shown = clinic
        .services
        .iter()
        .filter(|s| s.active || s.id.to_string() == row.service);
    html! {
        div class="field" {
            label for={ "f-" (id) } { (lang.pick("项目", "Visit type")) }
            select class="inp" id={ "f-" (id) } name="plan_service" aria-invalid=[form.faults.of(&id).map(|_| "true")]
                aria-describedby=[form.faults.of(&id).map(|_| format!("f-{id}-e"))] {
                option value="" { "–" }
                @for s in shown { option value=(s.id) selected[s.id.to_string() == row.service] { (s.name_in(lang)) } }
            }
            (form.fault(&id))
        }
    }
}
