//! The audit log: filters, rows, paging.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::settings::{settings_page, up_to_settings};
use crate::platform::i18n::Lang;
use crate::platform::web::form::{Form, Kind};
use crate::platform::web::layout::Frame;
use crate::staff::{AuditEntry, User};

/// Actions that can be chosen, with their names.
const ACTIONS: [(&str, &str, &str); 16] = [
    ("read", "查看", "Read"),
    ("create", "新建", "Create"),
    ("update", "修改", "Change"),
    ("delete", "删除", "Remove"),
    ("book", "预约", "Book"),
    ("move", "改期", "Move"),
    ("cancel", "取消", "Cancel"),
    ("confirm", "确认", "Confirm"),
    ("merge", "合并", "Merge"),
    ("import", "导入", "Import"),
    ("sign-in", "登录", "Sign in"),
    ("sign-in-failed", "登录失败", "Failed sign-in"),
    ("sign-out", "退出", "Sign out"),
    ("invite", "邀请", "Invite"),
    ("set-password", "设置密码", "Set password"),
    ("issue-token", "签发令牌", "Issue token"),
];

fn action_name(lang: Lang, action: &str) -> String {
    ACTIONS
        .iter()
        .find(|(code, ..)| *code == action)
        .map_or_else(|| action.to_owned(), |(_, zh, en)| lang.pick(*zh, *en).to_owned())
}

/// What the page shows.
pub(in crate::staff) struct Log {
    pub rows: Vec<AuditEntry>,
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
    if !chosen.is_empty() && !ACTIONS.iter().any(|(code, ..)| *code == chosen) {
        actions.push((chosen.to_owned(), chosen.to_owned()));
    }
    actions.extend(
        ACTIONS
            .iter()
            .map(|(code, zh, en)| ((*code).to_owned(), lang.pick(*zh, *en).to_owned())),
    );
    let number = Kind {
        inputmode: "numeric",
        ..Kind::default()
    };
    html! {
        form method="get" action="/settings/audit" class="card sec filters" {
            (form.select("person", lang.pick("人员", "Person"), &people))
            (form.select("action", lang.pick("操作", "Action"), &actions))
            (form.text("patient", lang.pick("患者编号", "Patient id"), number))
            button class="btn pri" type="submit" { (lang.pick("筛选", "Filter")) }
        }
    }
}

pub(in crate::staff) fn log(frame: &Frame, form: &Form<'_>, log: &Log) -> Markup {
    let lang = frame.lang;
    let [when, who, what, about, detail] = lang.pick(
        ["时间", "人员", "操作", "对象", "内容"],
        ["When", "Who", "Action", "About", "Detail"],
    );
    settings_page(
        frame,
        lang.pick("操作日志", "Audit log"),
        up_to_settings(lang),
        &html! {
            (filters(form, &log.users))
            @if log.rows.is_empty() {
                p class="card sec" { (lang.pick("没有符合条件的记录。", "No entries fit.")) }
            } @else {
                table class="card tab" {
                    thead { tr { @for h in [when, who, what, about, detail] { th scope="col" { (h) } } } }
                    tbody { @for e in &log.rows { (row(lang, log.zone, e, [who, what, about, detail])) } }
                }
            }
            @if let Some(older) = &log.older { p { a class="btn" href=(older) { (lang.pick("更早的记录", "Older entries")) } } }
        },
    )
}

fn row(lang: Lang, zone: Tz, e: &AuditEntry, [who, what, about, detail]: [&str; 4]) -> Markup {
    html! {
        tr {
            th scope="row" { (lang.date(e.at.day(zone))) " " (e.at.local(zone).format("%H:%M:%S")) }
            td data-l=(who) { (e.actor) @if e.ip != "-" { small { " " (e.ip) } } }
            td data-l=(what) { (action_name(lang, &e.action)) }
            td data-l=(about) {
                (e.subject) @if let Some(id) = e.subject_id { " #" (id) }
                @if let Some(patient) = e.patient { " " a href={ "/patients/" (patient) } { (lang.pick("患者", "patient")) " #" (patient) } }
            }
            td data-l=(detail) class="wrap" { (e.detail) }
        }
    }
}
