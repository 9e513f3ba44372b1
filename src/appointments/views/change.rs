//! The forms on a visit's panel that change it: to another time, what it is for, back to the state before.

use maud::{Markup, html};

use super::super::model::{Action, Status};
use super::detail::{Detail, version, with_later};
use crate::platform::web::form::{Form, Kind};
use crate::platform::web::icon;

fn form<'a>(d: &Detail<'a>) -> Form<'a> {
    Form {
        lang: d.lang,
        input: d.input,
        faults: d.faults,
    }
}

const NUMBER: Kind = Kind {
    kind: "number",
    required: false,
    autocomplete: "",
    inputmode: "numeric",
};

fn of_kind(kind: &'static str) -> Kind {
    Kind {
        kind,
        ..Kind::default()
    }
}

/// Moving without drag or keyboard: to a day, a time, a provider and a length; or to one of the next free times.
pub(super) fn moving(d: &Detail<'_>) -> Markup {
    let (lang, form) = (d.lang, form(d));
    let able: Vec<(String, String)> = d
        .able
        .iter()
        .map(|p| (p.id.to_string(), p.name_in(lang).to_owned()))
        .collect();
    html! {
        @if d.allowed.contains(&Action::Move) {
            details class="changing" open[d.moving] {
                summary class="btn" { (icon("move")) (lang.pick("改到指定时间…", "Move to a time…")) }
                @if !d.next.is_empty() {
                    section {
                        h3 { (lang.pick("最近的空闲时间", "Next free times")) }
                        form class="moving" method="post" action={ "/appointments/" (d.a.id) "/move" } {
                            (version(d))
                            (with_later(d))
                            @for start in d.next { button class="btn sm" type="submit" name="starts_at" value=(start.0) { (lang.day_time(*start, d.zone)) } }
                        }
                    }
                }
                form class="stack" method="post" action={ "/appointments/" (d.a.id) "/move" } {
                    (version(d))
                    input type="hidden" name="day" value=(d.day);
                    (form.text("to_day", lang.pick("日期", "Date"), of_kind("date")))
                    (form.text("to_at", lang.pick("时间", "Time"), of_kind("time")))
                    (form.select("to_provider", lang.pick("医生", "Provider"), &able))
                    (form.text("to_minutes", lang.pick("时长（分钟）", "Length (minutes)"), NUMBER))
                    (with_later(d))
                    @if d.may_overbook {
                        (form.text("overbook", lang.pick("加号原因（时段不空时才填）", "Why over others (only where the time is not free)"), Kind::default()))
                    }
                    button class="btn pri" type="submit" { (lang.pick("改期", "Move")) }
                }
            }
        }
    }
}

/// What it is for, how long, the note.
pub(super) fn editing(d: &Detail<'_>) -> Markup {
    let (lang, form) = (d.lang, form(d));
    let replaceable = d.a.status.is_planned() || d.a.status == Status::Arrived;
    let services: Vec<(String, String)> = d
        .services
        .iter()
        .filter(|s| s.active || s.id == d.a.service_id)
        .map(|s| (s.id.to_string(), s.name_in(lang).to_owned()))
        .collect();
    html! {
        @if d.allowed.contains(&Action::Edit) {
            details class="changing" open[d.editing] {
                summary class="btn" { (icon("pencil")) (lang.pick("改项目、时长、备注…", "Visit, length, note…")) }
                form class="stack" method="post" action={ "/appointments/" (d.a.id) "/edit" } {
                    (version(d))
                    input type="hidden" name="day" value=(d.day);
                    input type="hidden" name="editing" value="1";
                    @if replaceable {
                        (form.select("service", lang.pick("项目", "Visit"), &services))
                        (form.text("length", lang.pick("时长（分钟；不填：项目不变则不变，改项目则按新项目）", "Length (minutes; empty: as it is, or as another visit says)"), NUMBER))
                    }
                    (form.area("note", lang.pick("备注", "Note"), 3))
                    @if d.may_overbook && d.editing && replaceable {
                        (form.text("over", lang.pick("加号原因（时段不空时才填）", "Why over others (only where the time is not free)"), Kind::default()))
                    }
                    button class="btn pri" type="submit" { (lang.pick("保存", "Save")) }
                }
            }
        }
    }
}

/// Back to the state before, when it was noted by mistake.
pub(super) fn correcting(d: &Detail<'_>) -> Markup {
    let lang = d.lang;
    html! {
        @if let Some(was) = d.corrects_to {
            form method="post" action={ "/appointments/" (d.a.id) "/correct" } {
                (version(d))
                @let name = was.name();
                @let back = if d.a.left_at.is_some() { lang.pick("待离诊", "Ready to leave") } else { name.get(lang) };
                button class="btn quiet" type="submit" { (icon("undo-2")) (lang.pick(format!("更正：退回“{back}”"), format!("Correct: back to “{back}”"))) }
            }
        }
    }
}
