//! Markup of a visit.

use maud::{Markup, html};

use super::model::{VisitStatus, VisitSummary};
use super::pages::{Sheet, Unwritten};
use super::plan::{self, PlanForm};
use super::store::Missing;
use crate::platform::i18n::{Lang, Text, money};
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::AuditEntry;

/// Lines a new visit's form offers for treatments.
const LEAST_LINES: usize = 4;

/// What the form is drawn from.
pub(super) struct Editor<'a> {
    pub sheet: &'a Sheet,
    pub input: &'a Input,
    pub faults: &'a Faults,
    pub lines: &'a [(String, String)],
    pub plan: &'a PlanForm,
    /// When somebody else saved meanwhile.
    pub stale: Option<&'a Text>,
}

/// Name, alert, service, doctor and day.
fn head(lang: Lang, s: &Sheet) -> Markup {
    let v = &s.visit;
    html! {
        header class="visit-hd" {
            h2 {
                a href={ "/patients/" (s.patient.id) } { (s.patient.name) }
                " " span class="chip" { (v.status.name().get(lang)) }
                @if v.lacks_record(&s.done) { " " span class="chip warn" { (lang.pick("待补病历", "Record missing")) } }
                @if s.patient.has_alert() { " " span class="chip bad" { (icon("triangle-alert")) (allergy_text(lang, &s.patient.allergies)) } }
            }
            p { (lang.day(v.day)) " · " (s.service.get(lang)) " · " (s.provider.get(lang)) }
            @if let Some(last) = s.changes.first() { p { (changed(lang, s, last)) } }
        }
    }
}

/// What the allergy chip says: `头孢过敏`, `Allergy: 头孢`; a text that says so itself stays as it is.
pub fn allergy_text(lang: Lang, allergies: &str) -> String {
    let says_so = allergies.contains("过敏") || allergies.to_lowercase().contains("allerg");
    if says_so {
        return allergies.to_owned();
    }
    lang.pick(format!("{allergies}过敏"), format!("Allergy: {allergies}"))
}

/// `李明 于 11月23日 周一 10:42 完成`
fn changed(lang: Lang, s: &Sheet, entry: &AuditEntry) -> String {
    let (at, who) = (lang.day_time(entry.at, s.site.tz()), &entry.actor);
    let what = match entry.action.as_str() {
        "create" => lang.pick("新建", "begun"),
        "finish" => lang.pick("完成", "finished"),
        "reopen" => lang.pick("重新打开", "reopened"),
        "correct" => lang.pick("更正", "corrected"),
        _ => lang.pick("修改", "changed"),
    };
    lang.pick(
        format!("最后由 {who} 于 {at} {what}"),
        format!("Last {what} by {who}, {at}"),
    )
}

/// Who changed what and when: a corrected record shows its trace.
fn changes(lang: Lang, s: &Sheet) -> Markup {
    let told = |e: &&AuditEntry| matches!(e.action.as_str(), "update" | "correct");
    html! {
        @if s.changes.iter().any(|e| told(&e)) {
            details class="visit-trace" open[s.changes.iter().any(|e| e.action == "correct")] {
                summary { (lang.pick("修改记录", "Changes")) }
                ol class="tl" {
                    @for e in s.changes.iter().filter(told) {
                        li { span { (in_words(lang, &e.detail)) } span class="d" { (lang.day_time(e.at, s.site.tz())) " · " (e.actor) } }
                    }
                }
            }
        }
    }
}

/// The audit's `diagnosis: “48” → “38”; advice` with the fields named for people.
fn in_words(lang: Lang, detail: &str) -> String {
    let named = |part: &str| {
        let known = FIELDS.iter().find(|(key, ..)| {
            let rest = part.strip_prefix(key);
            rest.is_some_and(|r| r.is_empty() || r.starts_with(": “"))
        });
        known.map_or_else(
            || part.to_owned(),
            |(key, zh, en)| {
                part.replacen(
                    &format!("{key}: "),
                    &format!("{}{}", lang.pick(zh, en), lang.pick("：", ": ")),
                    1,
                )
                .replacen(key, lang.pick(zh, en), usize::from(part == *key))
            },
        )
    };
    detail
        .split("; ")
        .map(named)
        .collect::<Vec<_>>()
        .join(lang.pick("；", "; "))
}
const FIELDS: [(&str, &str, &str); 7] = [
    ("complaint", "主诉", "Complaint"),
    ("diagnosis", "诊断", "Diagnosis"),
    ("treatments", "治疗", "Treatments"),
    ("advice", "医嘱", "Advice"),
    ("next_visit", "下次就诊", "Next visit"),
    ("next_visit_day", "下次日期", "Day of the next visit"),
    ("fee_minor", "费用（分）", "Fee (minor units)"),
];

/// What has to be known while writing: who it is, what they must not be given, what happened before (clinic.md R5).
fn beside(lang: Lang, s: &Sheet) -> Markup {
    let p = &s.patient;
    let none = || lang.pick("未填", "Not given").to_owned();
    let or_none = |text: &str| if text.is_empty() { none() } else { text.to_owned() };
    html! {
        aside class="card visit-side" aria-label=(lang.pick("患者背景", "About the patient")) {
            dl class="visit-dl" {
                dt { (lang.pick("年龄", "Age")) } dd { (p.age_on(s.today).map_or_else(none, |a| a.to_string())) " · " (p.sex.name().get(lang)) }
                dt { (lang.pick("过敏", "Allergies")) } dd { @if p.has_alert() { b { (p.allergies) } } @else { (none()) } }
                dt { (lang.pick("既往史", "History")) } dd { (or_none(&p.history)) }
                @if !p.needs.is_empty() { dt { (lang.pick("特殊需求", "Needs")) } dd { (p.needs) } }
            }
            h3 { (lang.pick("以往就诊", "Earlier visits")) }
            @if s.history.is_empty() { p class="visit-none" { (lang.pick("还没有。", "None yet.")) } }
            ol class="tl" { @for v in &s.history { (earlier(lang, v)) } }
            (changes(lang, s))
        }
    }
}
fn earlier(lang: Lang, v: &VisitSummary) -> Markup {
    let found: Vec<&str> = [v.diagnosis.as_str(), v.treatments.as_str()]
        .into_iter()
        .filter(|t| !t.is_empty())
        .collect();
    html! {
        li {
            span { b { (lang.date(v.day)) } " · " (v.service_in(lang)) " · " (v.provider_in(lang)) }
            @if !found.is_empty() { span class="d" { (found.join(lang.pick("；", "; "))) } }
            @if !v.advice.is_empty() { span class="d" { (lang.pick("医嘱：", "Advice: ")) (v.advice) } }
            @if !v.next_visit.is_empty() { span class="d" { (lang.pick("下次：", "Next: ")) (v.next_visit) @if let Some(day) = v.next_visit_day { " · " (lang.date(day)) } } }
        }
    }
}

/// The records that are still to be written.
pub(super) fn missing(frame: &Frame, list: &Unwritten) -> Markup {
    let lang = frame.lang;
    let title = lang.pick("待补病历", "Records to write");
    frame.page(
        title,
        "callbacks",
        html! {
            main id="main" class="cb-log" {
                div class="card cb-table" tabindex="0" role="region" aria-label=(title) {
                    table {
                        caption class="vh" { (title) }
                        thead { tr { @for head in lang.pick(["日期", "患者", "项目", "医生", "状态", ""], ["Day", "Patient", "Service", "With", "State", ""]) {
                            @if head.is_empty() { td {} } @else { th scope="col" { (head) } }
                        } } }
                        tbody { @for (m, own) in &list.rows { (unwritten(lang, list, m, *own)) } }
                    }
                    @if list.rows.is_empty() { p class="cb-none" { (lang.pick("病历都写好了。", "All records are written.")) } }
                }
            }
        },
    )
}
fn unwritten(lang: Lang, list: &Unwritten, m: &Missing, own: bool) -> Markup {
    let v = &m.visit;
    html! {
        tr {
            td class="nw" { (lang.date(v.day)) }
            td { a href={ "/patients/" (v.patient_id) } { (m.patient) } }
            td { (list.names.service(v).get(lang)) }
            td class="nw" { (list.names.provider(v).get(lang)) @if own { " " span class="chip" { (lang.pick("我的", "Mine")) } } }
            td class="nw" { span class="chip warn" { (if v.status == VisitStatus::Draft { lang.pick("未完成", "Not finished") } else { lang.pick("待补病历", "Record missing") }) } }
            td { a class="btn sm" href={ "/visits/" (v.id) "/edit" } { (icon("pencil")) (lang.pick("填写", "Write")) span class="vh" { " " (m.patient) } } }
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
                    @if !s.plan.items.is_empty() {
                        section aria-labelledby="plan" {
                            h3 id="plan" { (lang.pick("治疗计划", "Treatment plan")) }
                            (plan::whole(lang, &s.plan, &s.clinic, s.today))
                        }
                    }
                    (changes(lang, s))
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
            main id="main" class="visit" { div class="visit-cols" {
                form method="post" class="card visit-card stack" action={ "/visits/" (v.id) "/edit" } {
                    (head(lang, e.sheet))
                    (form.summary())
                    @if let Some(text) = e.stale { (stale(lang, e.sheet, text)) }
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
                    (plan::edit_rows(&form, e.plan, &e.sheet.plan, &e.sheet.clinic))
                    (form.text("fee", lang.pick("费用", "Fee"), Kind { inputmode: "decimal", ..Kind::default() }))
                    p class="visit-acts" {
                        button class="btn pri" type="submit" name="do" value="save" { (lang.pick("保存", "Save")) }
                        @if v.status == VisitStatus::Draft {
                            button class="btn" type="submit" name="do" value="finish" { (icon("check-check")) (lang.pick("保存并完成", "Save and finish")) }
                        }
                        a class="btn quiet" href={ "/visits/" (v.id) } { (lang.pick("取消", "Cancel")) }
                    }
                }
                (beside(lang, e.sheet))
            } }
        },
    )
}

fn stale(lang: Lang, s: &Sheet, text: &Text) -> Markup {
    html! {
        div class="banner bad" role="alert" {
            (icon("triangle-alert"))
            div {
                b { (text.get(lang)) (lang.pick("。您的内容还没有保存。", ". What you wrote is not saved yet.")) }
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
                    }
                    div {
                        label class="vh" for={ "f-" (done_id) } { (lang.pick("治疗内容", "What was done")) " " (i + 1) }
                        input class="inp" id={ "f-" (done_id) } name="treatment" value=(done) autocomplete="off"
                            aria-invalid=[invalid(form, &done_id)] aria-describedby=[described(form, &done_id)];
                    }
                    // Below both fields, as wide as both: the tooth's own is too narrow for a sentence.
                    @if form.faults.of(&tooth_id).is_some() || form.faults.of(&done_id).is_some() {
                        div class="visit-fault" { (form.fault(&tooth_id)) (form.fault(&done_id)) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allergy_says_that_it_is_one() {
        assert_eq!(allergy_text(Lang::Zh, "头孢"), "头孢过敏");
        assert_eq!(allergy_text(Lang::En, "头孢"), "Allergy: 头孢");
        assert_eq!(allergy_text(Lang::En, "青霉素过敏"), "青霉素过敏");
        assert_eq!(allergy_text(Lang::Zh, "Allergic to latex"), "Allergic to latex");
    }
    #[test]
    fn changes_are_told_in_words() {
        let detail = "diagnosis: “48” → “38; fee_minor”; next_visit_day: “” → “2026-12-01”; advice";
        assert_eq!(
            in_words(Lang::Zh, detail),
            "诊断：“48” → “38；fee_minor”；下次日期：“” → “2026-12-01”；医嘱"
        );
        assert_eq!(in_words(Lang::En, "complaint; treatments"), "Complaint; Treatments");
    }
}
