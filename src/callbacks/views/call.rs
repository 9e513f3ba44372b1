//! The call in the middle: patient line, script, questions, note, outcomes.

use maud::{Markup, html};

use super::super::model::{Alarm, Attempt, TaskState, reason_in, unanswered};
use super::super::pages::{ANSWER, Call, Desk, day_words, later_choices, latest_later, may_escalate};
use super::super::script::{Answers, Finding, Question, Script, Sheet};
use super::Typed;
use crate::messaging::MessageState;
use crate::patients::{Patient, Sex};
use crate::platform::i18n::{Lang, phone_for_people};
use crate::platform::web::icon;
use crate::records::allergy_text;

impl Call {
    pub(super) fn is_open(&self) -> bool {
        self.task.state == TaskState::Open
    }
}

pub(super) fn call(d: &Desk, c: &Call, typed: &Typed<'_>) -> Markup {
    let lang = d.lang;
    html! {
        form class="call" id="call" method="post" action={ "/callbacks/" (c.task.id) "/attempts" } data-task=(c.task.id) {
            // Enter in a field must not choose an outcome: a disabled first button switches implicit submission off.
            button type="submit" disabled hidden {}
            input type="hidden" name="version" value=(typed.input.get("version"));
            input type="hidden" name="tab" value=(d.tab.key());
            input type="hidden" name="seen_alarm" value=(typed.alarm);
            (head(d, c))
            div class="script" {
                (told(lang, typed))
                @if typed.told.is_some() && typed.kept && c.task.attempts > 0 {
                    p class="cb-acts" { button class="btn sm" type="submit" formaction={ "/callbacks/" (c.task.id) "/notes" } { (lang.pick("只把我填的内容加到记录", "Only add what I typed to the log")) } }
                }
                @for name in ["result", "answers"] {
                    @if let Some(f) = typed.fault(name) { div class="banner bad" role="alert" { (icon("triangle-alert")) (f.text.get(lang)) } }
                }
                (draft(lang))
                @if d.is_later(&c.task) { (early(d, c)) }
                (also(lang, c, typed))
                (attempts(d, c))
                (text_instead(d, c))
                @match &c.script {
                    Some(script) => (spoken(lang, c, script, typed, d.may_call)),
                    None => p class="say" { (reason_in(&c.task.reason, lang)) },
                }
                @if d.may_call { (note(lang, typed)) }
            }
        }
    }
}

/// What stands in the way of what was just tried.
pub(super) fn told(lang: Lang, typed: &Typed<'_>) -> Markup {
    html! {
        @if let Some(text) = typed.told {
            div class="banner bad" role="alert" {
                (icon("triangle-alert"))
                div { b { (text.get(lang)) } @if typed.kept { " " (lang.pick("您填写的内容还在下面，没有保存。", "What you typed is still below and was not saved.")) } }
            }
        }
    }
}

/// Not reached twice or given up: a text that asks to be called back, or what became of the one that was queued. The
/// button belongs to a form of its own ([`text_form`]): it is no outcome of a call.
pub(super) fn text_instead(d: &Desk, c: &Call) -> Markup {
    let lang = d.lang;
    let missed = unanswered(&c.attempts);
    html! {
        @if let Some(text) = &c.text {
            div class="banner info" { (icon("message-square-text")) div {
                (lang.pick("请回电的消息：", "Asked to call back: ")) b { (text.state.name().get(lang)) }
                @if text.state == MessageState::Queued { " · " (lang.day_time(text.due_at, d.tz())) }
            } }
        } @else if c.may_text {
            div class="banner info" {
                (icon("message-square-text"))
                div { (lang.pick(format!("已经 {missed} 次没有接通，可以发短信请患者回电。"), format!("Not reached {missed} times: a text can ask the patient to call back."))) }
                @if d.may_call { button class="btn sm" type="submit" form="text-form" data-key="t" { (lang.pick("发短信", "Text")) " " kbd { "T" } } }
            }
        }
    }
}
/// The form of [`text_instead`]'s button; it stands beside the call's own.
pub(super) fn text_form(d: &Desk, c: &Call) -> Markup {
    html! {
        @if d.may_call && c.may_text {
            form id="text-form" method="post" action={ "/callbacks/" (c.task.id) "/text" } hidden {
                input type="hidden" name="version" value=(c.task.version);
                input type="hidden" name="tab" value=(d.tab.key());
            }
        }
    }
}

/// Shown by the script when it has brought back what was typed and not saved.
fn draft(lang: Lang) -> Markup {
    html! {
        p class="cb-draft" id="draft" role="status" hidden {
            (icon("history")) (lang.pick("已恢复您之前填写、还没有保存的内容。", "What you had typed and not saved is back."))
            " " button class="btn quiet sm" type="button" { (lang.pick("清除", "Clear")) }
        }
    }
}

/// The next try lies ahead: calling now is a choice.
fn early(d: &Desk, c: &Call) -> Markup {
    let when = due(d, c);
    let again = c.task.attempts > 0;
    html! {
        div class="banner warn" {
            (icon("clock"))
            @if again { (d.lang.pick(format!("约好 {when} 再打。现在就再打一次吗？"), format!("To be called again {when}. Again already now?"))) }
            @else { (d.lang.pick(format!("{when} 才到时间。现在就打吗？"), format!("Not due before {when}. Call already now?"))) }
        }
    }
}

/// Everything said so far: the call that this one comes from, then the tries.
pub(super) fn attempts(d: &Desk, c: &Call) -> Markup {
    html! {
        @if let Some(cause) = &c.cause { (before(d, cause, c.cause_sheet.as_ref())) }
        @for a in &c.attempts { (before(d, a, c.script.as_ref().map(|s| &s.sheet))) }
    }
}

pub(super) fn head(d: &Desk, c: &Call) -> Markup {
    let (lang, p) = (d.lang, &c.patient);
    let initial: String = p.name.chars().take(1).collect();
    let n = c.task.attempts + 1;
    html! {
        header class="pt" {
            span class="av" aria-hidden="true" { (initial) }
            div {
                h2 {
                    (p.name) " " span class="chip" { (who(d, p)) }
                    @if p.vip { span class="chip vip" { (icon("star")) "VIP" } }
                    @if p.has_alert() { span class="chip bad" { (icon("triangle-alert")) (allergy_text(lang, &p.allergies)) } }
                    @if let Some(who) = &c.doctor { span class={ "chip" @if who.mine { " info" } } { (who.chip(lang)) } }
                }
                p { (line(d, c)) }
                @if p.vip && !p.needs.is_empty() { p { (p.needs) } }
            }
            div class="tel" {
                @match p.phone.as_ref().or(p.other_phone.as_ref()) {
                    Some(phone) => a class="btn pri" href={ "tel:" (phone) } { (icon("phone")) (phone_for_people(phone)) " " kbd { "C" } },
                    None => span class="chip warn" { (lang.pick("没有电话", "No phone number")) },
                }
                p {
                    @if c.is_open() { (lang.pick(format!("第 {n} 次呼叫"), format!("Call {n}"))) " · " (due(d, c)) }
                    @else if let Some(r) = c.task.result { (r.name().get(lang)) }
                }
            }
        }
    }
}
fn due(d: &Desk, c: &Call) -> String {
    d.lang.day_time(c.task.due_at, d.tz())
}
fn who(d: &Desk, p: &Patient) -> String {
    let sex = match p.sex {
        Sex::Male => d.lang.pick("男", "M"),
        Sex::Female => d.lang.pick("女", "F"),
        Sex::Unknown => "",
    };
    let age = p.age_on(d.today()).map(|a| a.to_string()).unwrap_or_default();
    format!("{sex} {age}").trim().to_owned()
}
/// `48 阻生智齿拔除 · 昨天 · 陈医生 · 布洛芬 3 天`
fn line(d: &Desk, c: &Call) -> String {
    let Some(v) = &c.visit else {
        return format!(
            "{} · {}",
            c.task.kind.name().get(d.lang),
            reason_in(&c.task.reason, d.lang)
        );
    };
    let done = if v.treatments.is_empty() {
        v.service_in(d.lang)
    } else {
        &v.treatments
    };
    let parts = [
        done.to_owned(),
        day_words(d.lang, v.day, d.today()),
        v.provider_in(d.lang).to_owned(),
        v.advice.clone(),
    ];
    parts
        .into_iter()
        .filter(|p| !p.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

/// Other tasks of the patient: one call settles them, too.
fn also(lang: Lang, c: &Call, typed: &Typed<'_>) -> Markup {
    let ticked = typed.input.all("also");
    html! {
        @if !c.also.is_empty() {
            fieldset class="card cb-also" {
                legend class="lab" { (lang.pick("同一位患者还有，请一并沟通并勾选已谈到的：", "Also due for this patient: talk about these too and tick what is settled")) }
                @for t in &c.also {
                    @let value = format!("{}:{}", t.id, t.version);
                    label class="check" {
                        input type="checkbox" name="also" value=(value) checked[ticked.contains(&value.as_str())];
                        " " (t.kind.name().get(lang)) " · " (reason_in(&t.reason, lang))
                    }
                }
            }
        }
    }
}

/// An earlier attempt with what was answered.
fn before(d: &Desk, a: &Attempt, sheet: Option<&Sheet>) -> Markup {
    let lang = d.lang;
    let answers: Answers = serde_json::from_str(&a.answers).unwrap_or_default();
    let said = sheet.map(|s| s.said(&answers, lang)).unwrap_or_default();
    html! {
        div class="card cb-before" {
            p {
                b { (a.result.name().get(lang)) } " · " (lang.day_time(a.at, d.tz())) " · " (a.actor)
                @if a.alarm != Alarm::None { " " span class={ "chip " (if a.alarm == Alarm::Red { "bad" } else { "warn" }) } { (a.alarm.name().get(lang)) } }
                @if let Some(score) = a.score { " " span class="chip" { (lang.pick("评分", "Rated")) " " (score) "/5" } }
            }
            @if !said.is_empty() { ul class="cb-said" { @for s in &said { li { (s) } } } }
            @if !a.note.is_empty() { p class="cb-note" { (a.note) } }
            @if let Some(at) = a.next_try_at { p class="d" { (lang.pick("再打：", "Again: ")) (lang.day_time(at, d.tz())) } }
        }
    }
}

fn spoken(lang: Lang, c: &Call, script: &Script, typed: &Typed<'_>, work: bool) -> Markup {
    let given = |key: &str| Some(typed.input.get(&format!("{ANSWER}{key}")).to_owned());
    let answers = script.sheet.answers(given);
    let findings = script.sheet.findings(&answers);
    html! {
        @if c.task.kind != super::super::model::TaskKind::FollowUp { p class="cb-why" { b { (c.task.kind.name().get(lang)) } " · " (reason_in(&c.task.reason, lang)) } }
        p class="say" { (c.fill.sentence(script.opening.get(lang))) }
        @if work {
            div class="card qs" {
                @for (q, n) in script.sheet.questions.iter().zip(1..) { (question(lang, q, n, &answers)) }
            }
            (banner(lang, &findings))
        }
        p class="say" { (c.fill.sentence(script.closing.get(lang))) }
    }
}

/// A question as radio buttons. Nothing is chosen beforehand: an answer is what the patient said.
fn question(lang: Lang, q: &Question, n: i32, answers: &Answers) -> Markup {
    let chosen = answers.get(&q.key).and_then(Option::as_deref);
    html! {
        fieldset class="qq" data-label=(q.text(lang)) data-normal=[q.normal.as_deref()] {
            legend class="vh" { (q.text(lang)) }
            div class="qt" aria-hidden="true" { span class="n" { (n) } (q.text(lang)) }
            div class={ "opts" @if q.scale { " nrs" } } {
                @for o in &q.options {
                    @let class = match o.level { Alarm::None => "opt", Alarm::Watch => "opt w", Alarm::Red => "opt b" };
                    label class=(class) data-level=(o.level) data-advice=[o.advice.as_ref().map(|a| a.get(lang))] {
                        input type="radio" name={ (ANSWER) (q.key) } value=(o.value) checked[chosen == Some(o.value.as_str())];
                        span { (o.text(lang)) }
                    }
                }
            }
        }
    }
}

/// What the answers mean. The script redraws it as answers change, from the data the questions carry.
fn banner(lang: Lang, findings: &[Finding]) -> Markup {
    let worst = findings.first().map_or(Alarm::None, |f| f.level);
    let (watch, red) = (
        lang.pick("提示医生：", "Tell the doctor: "),
        lang.pick("请转医生：", "Escalate: "),
    );
    let class = match worst {
        Alarm::Red => "banner bad",
        _ => "banner warn",
    };
    let what = findings
        .iter()
        .map(|f| f.what.get(lang))
        .collect::<Vec<_>>()
        .join(lang.pick("，", ", "));
    let mut advice: Vec<&str> = findings
        .iter()
        .filter_map(|f| Some(f.advice.as_ref()?.get(lang)))
        .collect();
    advice.dedup();
    html! {
        div role="status" id="advice" data-watch=(watch) data-red=(red) data-colon=(lang.pick("：", ": ")) data-comma=(lang.pick("，", ", ")) {
            @if worst != Alarm::None {
                div class=(class) { (icon("triangle-alert")) div { b { (if worst == Alarm::Red { red } else { watch }) (what) } @if !advice.is_empty() { " — " (advice.join(" ")) } } }
            }
        }
        template id="advice-t" { div class="banner" { (icon("triangle-alert")) div { b {} span {} } } }
    }
}

fn note(lang: Lang, typed: &Typed<'_>) -> Markup {
    html! {
        div class="field" {
            label for="nt" { (lang.pick("备注", "Note")) }
            textarea class="inp" id="nt" name="note" rows="2" aria-describedby=[typed.fault("note").map(|_| "nt-e")] { (typed.input.get("note")) }
            @if let Some(f) = typed.fault("note") { p class="fault" id="nt-e" { (f.text.get(lang)) } }
        }
        details class="cb-other" {
            summary { (lang.pick("其他结果", "Other results")) }
            p class="cb-acts" {
                button class="btn sm" type="submit" name="result" value="wrong-number" { (lang.pick("空号 / 错号", "Wrong number")) }
                button class="btn sm" type="submit" name="result" value="declined" { (lang.pick("不愿回访", "Declined")) }
            }
        }
    }
}

/// The bar of outcomes: the last of the page, so that it stays in sight on phones while everything above scrolls.
pub(super) fn outcomes(d: &Desk, c: &Call, typed: &Typed<'_>) -> Markup {
    let lang = d.lang;
    let fault = typed.fault("later_at");
    html! {
        div class="outs" data-alarm=(typed.alarm) {
            button class="btn" type="submit" form="call" name="result" value="no-answer" data-key="u" { (icon("phone-missed")) (lang.pick("未接", "No answer")) " " kbd { "U" } }
            details class="later" open[fault.is_some()] {
                summary class="btn" data-key="l" { (icon("calendar-clock")) (lang.pick("稍后再打", "Call later")) " " kbd { "L" } }
                div class="card later-pop" {
                    p class="cb-acts" {
                        @for (value, label) in later_choices(d) {
                            button class="btn sm" type="submit" form="call" name="result" value={ "call-later@" (value) } { (label) }
                        }
                    }
                    div class="field" {
                        label for="later" { (lang.pick("或者选时间", "Or choose a time")) }
                        input class="inp" id="later" type="datetime-local" form="call" name="later_at" value=(typed.input.get("later_at")) max={ (latest_later(d)) "T23:59" }
                            aria-invalid=[fault.map(|_| "true")] aria-describedby=[fault.map(|_| "later-e")];
                        @if let Some(f) = fault { p class="fault" id="later-e" { (f.text.get(lang)) } }
                    }
                    button class="btn pri" type="submit" form="call" name="result" value="call-later" { (lang.pick("到时再打", "Call then")) }
                }
            }
            @if may_escalate(&c.task) {
                button class="btn danger" type="submit" form="call" name="result" value="escalated" data-key="e" { (icon("stethoscope")) (lang.pick("转医生", "Escalate")) " " kbd { "E" } }
            }
            span class="sp" {}
            button class="btn pri" type="submit" form="call" name="result" value="reached" id="reached" { (lang.pick("已接通，保存并下一位", "Reached: save and next")) " " kbd { "Ctrl ↵" } }
        }
    }
}
