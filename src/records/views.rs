//! Markup of a visit.

use maud::{Markup, html};

use super::model::VisitStatus;
use super::pages::Sheet;
use crate::platform::clock::Instant;
use crate::platform::i18n::{Lang, money};
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// Lines a new visit's form offers for treatments.
const LEAST_LINES: usize = 4;

/// What the form is drawn from.
pub(super) struct Editor<'a> {
    pub sheet: &'a Sheet,
    pub input: &'a Input,
    pub faults: &'a Faults,
    pub lines: &'a [(String, String)],
    /// When somebody else saved meanwhile.
    pub stale: Option<Instant>,
}

/// Name, alert, service, doctor and day.
fn head(lang: Lang, s: &Sheet) -> Markup {
    let v = &s.visit;
    html! {
        header class="visit-hd" {
            h2 {
                a href={ "/patients/" (s.patient.id) } { (s.patient.name) }
                " " span class="chip" { (v.status.name().get(lang)) }
                @if s.patient.has_alert() { " " span class="chip bad" { (icon("triangle-alert")) (s.patient.allergies) } }
            }
            p { (lang.day(v.day)) " · " (v.service_name) " · " (v.provider_name) }
        }
    }
}

fn line(label: &str, text: &str) -> Markup {
    html! { @if !text.is_empty() { dt { (label) } dd { (text) } } }
}

/// The visit to read.
pub(super) fn show(frame: &Frame, s: &Sheet) -> Markup {
    let (lang, v) = (frame.lang, &s.visit);
    let title = lang.pick("就诊记录", "Visit");
    frame.page(
        title,
        "patients",
        html! {
            main id="main" class="visit" {
                article class="card visit-card" {
                    (head(lang, s))
                    dl class="visit-dl" {
                        (line(lang.pick("主诉", "Complaint"), &v.complaint))
                        (line(lang.pick("诊断", "Diagnosis"), &v.diagnosis))
                        @if !s.done.is_empty() {
                            dt { (lang.pick("治疗", "Treatment")) }
                            dd { ul class="visit-done" { @for t in &s.done { li { @if let Some(tooth) = &t.tooth { b { (tooth) } " " } (t.description) } } } }
                        }
                        (line(lang.pick("医嘱", "Advice"), &v.advice))
                        (line(lang.pick("下次就诊", "Next visit"), &v.next_visit))
                        @if let Some(day) = v.next_visit_day { dt { (lang.pick("日期", "Day")) } dd { (lang.date(day)) } }
                        @if let Some(fee) = v.fee_minor { dt { (lang.pick("费用", "Fee")) } dd { (money(fee, &s.site.currency)) } }
                    }
                    @if v.complaint.is_empty() && v.diagnosis.is_empty() && s.done.is_empty() {
                        p class="visit-none" { (lang.pick("还没有写。", "Nothing written yet.")) }
                    }
                    p class="visit-acts" {
                        a class="btn pri" href={ "/visits/" (v.id) "/edit" } { (icon("pencil")) (edit_label(lang, v.status)) }
                        a class="btn" href={ "/patients/" (s.patient.id) } { (lang.pick("患者档案", "Patient")) }
                    }
                }
            }
        },
    )
}
fn edit_label(lang: Lang, status: VisitStatus) -> &'static str {
    if status == VisitStatus::Finished {
        lang.pick("更正", "Correct")
    } else {
        lang.pick("填写", "Write")
    }
}

/// The form.
pub(super) fn edit(frame: &Frame, e: &Editor<'_>) -> Markup {
    let (lang, v) = (frame.lang, &e.sheet.visit);
    let form = Form {
        lang,
        input: e.input,
        faults: e.faults,
    };
    let title = lang.pick("填写就诊记录", "Write the visit");
    frame.page(
        title,
        "patients",
        html! {
            main id="main" class="visit" {
                form method="post" class="card visit-card stack" action={ "/visits/" (v.id) "/edit" } {
                    (head(lang, e.sheet))
                    (form.summary())
                    @if let Some(at) = e.stale { (stale(lang, e.sheet, at)) }
                    // The form's first button answers to Enter: that is "save", not "more lines".
                    button class="vh" type="submit" name="do" value="save" tabindex="-1" aria-hidden="true" {}
                    input type="hidden" name="version" value=(e.input.get("version"));
                    (form.area("complaint", lang.pick("主诉", "Complaint"), 2))
                    (form.area("diagnosis", lang.pick("诊断", "Diagnosis"), 2))
                    (treatment_lines(&form, e.lines))
                    (form.area("advice", lang.pick("医嘱", "Advice"), 2))
                    div class="two visit-next" {
                        (form.text("next_visit", lang.pick("下次就诊（内容）", "Next visit (what for)"), Kind::default()))
                        (form.text("next_visit_day", lang.pick("下次就诊（日期）", "Next visit (day)"), Kind { kind: "date", ..Kind::default() }))
                    }
                    (form.text("fee", lang.pick("费用", "Fee"), Kind { inputmode: "decimal", ..Kind::default() }))
                    p class="visit-acts" {
                        button class="btn pri" type="submit" name="do" value="save" { (lang.pick("保存", "Save")) }
                        @if v.status == VisitStatus::Draft {
                            button class="btn" type="submit" name="do" value="finish" { (icon("check-check")) (lang.pick("保存并完成", "Save and finish")) }
                        }
                        a class="btn quiet" href={ "/visits/" (v.id) } { (lang.pick("取消", "Cancel")) }
                    }
                }
            }
        },
    )
}

fn stale(lang: Lang, s: &Sheet, at: Instant) -> Markup {
    let time = at.local(s.site.tz()).format("%H:%M").to_string();
    html! {
        div class="banner bad" role="alert" {
            (icon("triangle-alert"))
            div {
                b { (lang.pick(format!("{time} 有人修改了这份记录，您的内容还没有保存。"), format!("Someone changed this record at {time}; yours is not saved yet."))) }
                " " a href={ "/visits/" (s.visit.id) } target="_blank" { (lang.pick("查看最新内容", "See the latest version")) }
                " " (lang.pick("再次保存会用下面的内容覆盖它。", "Saving again replaces it with what is below."))
            }
        }
    }
}

fn treatment_lines(form: &Form<'_>, lines: &[(String, String)]) -> Markup {
    let lang = form.lang;
    let empty = LEAST_LINES
        .saturating_sub(lines.len())
        .max(usize::from(lines.last().is_some_and(|l| !l.1.is_empty())));
    let blank = (String::new(), String::new());
    html! {
        fieldset class="visit-lines" {
            legend class="lab" { (lang.pick("治疗（FDI 牙位，可填多颗：36,37）", "Treatments (FDI tooth, several as 36,37)")) }
            @for (i, (tooth, done)) in lines.iter().chain(std::iter::repeat_n(&blank, empty)).enumerate() {
                @let (tooth_id, done_id) = (format!("tooth-{i}"), format!("treatment-{i}"));
                div class="visit-line" {
                    div {
                        label class="vh" for={ "f-" (tooth_id) } { (lang.pick("牙位", "Tooth")) " " (i + 1) }
                        input class="inp" id={ "f-" (tooth_id) } name="tooth" value=(tooth) inputmode="numeric" autocomplete="off" placeholder="36"
                            aria-invalid=[invalid(form, &tooth_id)] aria-describedby=[described(form, &tooth_id)];
                        (form.fault(&tooth_id))
                    }
                    div {
                        label class="vh" for={ "f-" (done_id) } { (lang.pick("治疗内容", "What was done")) " " (i + 1) }
                        input class="inp" id={ "f-" (done_id) } name="treatment" value=(done) autocomplete="off"
                            aria-invalid=[invalid(form, &done_id)] aria-describedby=[described(form, &done_id)];
                        (form.fault(&done_id))
                    }
                }
            }
            button class="btn sm" type="submit" name="do" value="add" { (icon("plus")) (lang.pick("更多行", "More lines")) }
        }
    }
}
fn invalid(form: &Form<'_>, name: &str) -> Option<&'static str> {
    form.faults.of(name).map(|_| "true")
}
fn described(form: &Form<'_>, name: &str) -> Option<String> {
    form.faults.of(name).map(|_| format!("f-{name}-e"))
}
