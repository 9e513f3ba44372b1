//! The audit log: filters, rows, paging. Everything in words: who, when, what, whose record.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::settings::{settings_page, up_to_settings};
use super::words;
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Form, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, PatientName, User};

/// What the page shows.
pub(in crate::staff) struct Log {
    pub rows: Vec<AuditEntry>,
    /// Whose records the rows tell about.
    pub patients: Vec<PatientName>,
    /// Whom the filter's search means.
    pub meant: Vec<PatientName>,
    pub users: Vec<User>,
    pub zone: Tz,
    /// Link to older rows.
    pub older: Option<String>,
}

fn filters(form: &Form<'_>, users: &[User]) -> Markup {
    let lang = form.lang;
    let all = lang.pick("全部", "All").to_owned();
    let mut people = vec![(String::new(), all.clone())];
    people.extend(
        users
            .iter()
            .map(|u| (u.id.to_string(), format!("{} ({})", u.name, u.login))),
    );
    let mut actions = vec![(String::new(), all)];
    let chosen = form.input.get("action");
    if !chosen.is_empty() && !words::ACTIONS.iter().any(|(code, ..)| *code == chosen) {
        actions.push((chosen.to_owned(), chosen.to_owned()));
    }
    actions.extend(
        words::ACTIONS
            .iter()
            .map(|(code, zh, en)| ((*code).to_owned(), lang.pick(*zh, *en).to_owned())),
    );
    let day = Kind {
        kind: "date",
        ..Kind::default()
    };
    html! {
        form method="get" action="/settings/audit" class="card sec filters" {
            (form.select("person", lang.pick("人员", "Person"), &people))
            (form.select("action", lang.pick("操作", "Action"), &actions))
            (form.text("patient", lang.pick("患者（姓名、病历号或手机尾号）", "Patient (name, chart no. or end of phone)"), Kind::default()))
            (form.text("from", lang.pick("从哪天", "From day"), day))
            (form.text("until", lang.pick("到哪天", "To day"), day))
            div class="acts" {
                button class="btn pri" type="submit" { (icon("list-filter")) (lang.pick("筛选", "Filter")) }
                a class="btn" href="/settings/audit" { (lang.pick("清除", "Clear")) }
            }
        }
    }
}

pub(in crate::staff) fn log(frame: &Frame, form: &Form<'_>, log: &Log) -> Markup {
    let lang = frame.lang;
    let heads = lang.pick(
        ["时间", "人员", "操作", "谁的记录", "内容"],
        ["When", "Who", "What", "Whose record", "Detail"],
    );
    settings_page(
        frame,
        lang.pick("操作日志", "Audit log"),
        up_to_settings(lang),
        &html! {
            (filters(form, &log.users))
            @if log.meant.len() > 1 {
                p class="hint" { (lang.pick("符合的患者：", "Patients meant: ")) @for (i, p) in log.meant.iter().enumerate() { @if i > 0 { (lang.pick("、", ", ")) } (p.name) " " (p.chart_no) } }
            }
            @if log.rows.is_empty() {
                p class="card sec" { (lang.pick("没有符合条件的记录。", "No entries fit.")) }
            } @else {
                table class="card tab audit" {
                    thead { tr { @for h in heads { th scope="col" { (h) } } } }
                    tbody { @for e in &log.rows { (row(lang, log, e, heads)) } }
                }
            }
            @if let Some(older) = &log.older { p { a class="btn" href=(older) { (lang.pick("更早的记录", "Older entries")) } } }
        },
    )
}

fn row(lang: Lang, log: &Log, e: &AuditEntry, [_, who, what, whose, detail]: [&str; 5]) -> Markup {
    let local = e.at.local(log.zone);
    let said = words::detail(lang, log.zone, &e.detail);
    html! {
        tr {
            th scope="row" { (lang.date(local.date())) " " (local.format("%H:%M:%S")) }
            td data-l=(who) { span { (words::actor(lang, &e.actor)) @if e.ip != "-" { small class="sub" { (e.ip) } } } }
            td data-l=(what) { span { (words::action(lang, &e.action)) @if e.subject != "sign-in" { " · " (thing(lang, log, e)) } } }
            td data-l=(whose) { (patient(lang, log, e)) }
            td data-l=(detail) class="wrap" { @if said.is_empty() { "–" } @else { (said) } }
        }
    }
}

/// To what: in words, as a link where there is a page of it.
fn thing(lang: Lang, log: &Log, e: &AuditEntry) -> Markup {
    let name = words::subject(lang, &e.subject);
    let account = e
        .subject_id
        .filter(|_| e.subject == "staff_users")
        .and_then(|id| log.users.iter().find(|u| u.id.0 == id));
    let path = match e.subject.as_str() {
        "chairs" => "/settings/chairs",
        "providers" | "provider_hours" | "provider_days" | "provider_leave" => "/settings/providers",
        "blockouts" => "/settings/blockouts",
        "services" => "/settings/services",
        "staff_users" => "/settings/staff",
        "visits" => "/visits",
        "messages" => "/messages",
        "rules" => "/rules",
        _ => "",
    };
    html! {
        @match (path, e.subject_id) {
            ("", _) | (_, None) => { (name) },
            (path, Some(id)) => { a href={ (path) "/" (id) } { (name) @if let Some(u) = account { " " (u.name) } } }
        }
    }
}

fn patient(lang: Lang, log: &Log, e: &AuditEntry) -> Markup {
    let Some(id) = e.patient else {
        return html! { "–" };
    };
    html! {
        a href={ "/patients/" (id) } {
            @match log.patients.iter().find(|p| p.id == id) {
                Some(p) => { (p.name) " " small { (p.chart_no) } },
                None => (lang.pick("已不存在的患者", "a patient who is gone")),
            }
        }
    }
}
