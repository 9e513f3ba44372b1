//! The workbench, and what was done.

use std::sync::Arc;

use maud::{Markup, html};

use super::drafts::Visit;
use super::model::{Choice, Draft, Fate, Plan, PlanStep};
use super::store::StepOfPlan;
use crate::appointments::Appointment;
use crate::clinic::Snapshot;
use crate::patients::Patient;
use crate::platform::clock::Instant;
use crate::platform::error::Error;
use crate::platform::i18n::{Lang, phone_for_people};
use crate::platform::web::assets::icon_class;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;

/// What the workbench shows.
pub struct Page {
    /// The clinic.
    pub clinic: Arc<Snapshot>,
    /// The visits that the leave takes.
    pub visits: Vec<Visit>,
    /// What was typed.
    pub input: Input,
    /// What is wrong with the leave and the choices.
    pub faults: Faults,
    /// Why nothing was done.
    pub told: Option<Error>,
    /// Whether the leave is known.
    pub ready: bool,
    /// Whether the reader may approve it.
    pub may_approve: bool,
    /// What others have prepared and is to be approved; shown while no leave is known.
    pub drafts: Vec<Draft>,
    /// What was done, the latest first, each with how many patients are still to be called.
    pub plans: Vec<(Plan, usize)>,
}

impl Page {
    /// A time chosen before that is none of the suggestions any more is another time, in its fields.
    pub fn name_other_times(&mut self) {
        let zone = self.clinic.site.tz();
        for v in &self.visits {
            let a = &v.of.visit;
            let name = format!("v{}", a.id);
            let Some(Fate::To(at, provider)) = Fate::read(self.input.get(&name)) else {
                continue;
            };
            let ways = [v.of.later, v.of.other];
            if ways.iter().flatten().any(|f| (f.start, f.provider) == (at, provider)) {
                continue;
            }
            let local = at.local(zone);
            self.input.set(&name, "other");
            self.input.set(&format!("d{}", a.id), local.date().to_string());
            self.input.set(&format!("t{}", a.id), local.format("%H:%M").to_string());
            self.input.set(&format!("w{}", a.id), provider.to_string());
        }
    }
}

/// `/leave-plan`
pub fn page(frame: &Frame, p: &Page) -> Markup {
    let lang = frame.lang;
    let body = html! {
        main id="main" class="plain outreach" {
            @if let Some(e) = &p.told { (refused(lang, e)) }
            (prepared(lang, p))
            (leave(lang, p))
            @if p.ready { (approve(lang, p)) } @else { (lists(lang, p)) }
        }
    };
    frame.page(
        lang.pick("休假与已约就诊", "Leave over booked visits"),
        "settings",
        body,
    )
}

/// Who has prepared what is shown, and putting it away.
fn prepared(lang: Lang, p: &Page) -> Markup {
    let Some((id, _)) = p.input.get("draft").split_once(':') else {
        return html! {};
    };
    html! {
        div class="banner info" role="status" {
            (icon("clipboard-list"))
            div {
                p { (p.input.get("by")) (lang.pick(" 已准备，等待批准。可以修改后再批准。", " has prepared this; it is to be approved. It can be changed before.")) }
                form method="post" action={ "/leave-plan/drafts/" (id) "/drop" } {
                    input type="hidden" name="draft" value=(p.input.get("draft"));
                    button class="btn sm" type="submit" { (icon("x")) (lang.pick("放弃这份安排", "Put it away")) }
                }
            }
        }
    }
}

/// What is to be approved, and what was done: patients who are to be called are found again here.
fn lists(lang: Lang, p: &Page) -> Markup {
    let zone = p.clinic.site.tz();
    let name = |id| p.clinic.find_provider(id).map_or("", |x| x.name_in(lang));
    html! {
        @if !p.drafts.is_empty() {
            section class="card pad" aria-labelledby="drafts" {
                h2 id="drafts" { (lang.pick("等待批准", "To be approved")) }
                ul class="plainlist" { @for d in &p.drafts {
                    li { a href={ "/leave-plan/drafts/" (d.id) } { (name(d.provider_id)) " · " (lang.day_time(d.starts_at, zone)) " – " (lang.day_time(d.ends_at, zone)) } " " span class="d" { (d.actor) " · " (lang.day_time(d.created_at, zone)) } }
                } }
            }
        }
        @if !p.plans.is_empty() {
            section class="card pad" aria-labelledby="plans" {
                h2 id="plans" { (lang.pick("已安排的休假", "Leaves that are arranged")) }
                ul class="plainlist" { @for (plan, calls) in &p.plans {
                    li {
                        a href={ "/leave-plan/" (plan.id) } { (name(plan.provider_id)) " · " (lang.day_time(plan.starts_at, zone)) " – " (lang.day_time(plan.ends_at, zone)) }
                        @if *calls > 0 { " " span class="chip warn" { (icon("phone")) (lang.pick(format!("还要致电 {calls} 位"), format!("{calls} still to be called"))) } }
                        @if plan.undone_at.is_some() { " " span class="chip" { (lang.pick("已撤销", "Taken back")) } }
                    }
                } }
            }
        }
    }
}

fn refused(lang: Lang, e: &Error) -> Markup {
    html! {
        div class="banner bad" role="alert" tabindex="-1" autofocus {
            (icon("triangle-alert"))
            div { b { (lang.pick("什么都没有更改：", "Nothing was changed:")) } " " (e.text().get(lang)) }
        }
    }
}

fn leave(lang: Lang, p: &Page) -> Markup {
    let form = Form {
        lang,
        input: &p.input,
        faults: &p.faults,
    };
    let active = p.clinic.providers.iter().filter(|x| x.active);
    let providers: Vec<(String, &str)> = active.map(|x| (x.id.to_string(), x.name_in(lang))).collect();
    let moment = Kind {
        kind: "datetime-local",
        required: true,
        ..Kind::default()
    };
    html! {
        form class="card pad stack" method="get" action="/leave-plan" {
            (form.summary())
            div class="cols" {
                (form.select("provider", lang.pick("医生", "Provider"), &providers))
                (form.text("from", lang.pick("从", "From"), moment))
                (form.text("until", lang.pick("到", "Until"), moment))
                (form.text("reason", lang.pick("原因（同事可见）", "Reason (colleagues see it)"), Kind::default()))
            }
            div class="acts" { button class="btn" type="submit" { (icon("search")) (lang.pick("查看受影响的就诊", "See the visits it takes")) } }
        }
    }
}

fn approve(lang: Lang, p: &Page) -> Markup {
    let n = p.visits.len();
    html! {
        form class="card pad stack" method="post" action="/leave-plan" {
            @for name in ["provider", "from", "until", "reason", "draft", "by"] { input type="hidden" name=(name) value=(p.input.get(name)); }
            h2 { (lang.pick(format!("{n} 个就诊受影响"), if n == 1 { "1 visit is affected".to_owned() } else { format!("{n} visits are affected") })) }
            @for v in &p.visits { (visit(lang, p, v)) }
            p class="hint" { (lang.pick("批准之前什么都不会更改；批准后全部一起生效，2 分钟内可整体撤销，消息 2 分钟后发出；同一患者的几个就诊只发一条消息。", "Nothing changes before you approve. Then all of it does at once; it can be taken back as a whole within 2 minutes, after which the messages go out; a patient with several visits gets one.")) }
            div class="acts" {
                @if p.may_approve { button class="btn pri" type="submit" { (icon("check-check")) (lang.pick("批准休假和以上安排", "Approve the leave and all of this")) } }
                button class={ "btn" @if !p.may_approve { " pri" } } type="submit" formaction="/leave-plan/drafts" { (icon("clipboard-list")) (lang.pick("保存，交由经理批准", "Keep it for a manager to approve")) }
            }
        }
    }
}

fn visit(lang: Lang, p: &Page, v: &Visit) -> Markup {
    let (a, zone) = (&v.of.visit, p.clinic.site.tz());
    let name = format!("v{}", a.id);
    let service = p.clinic.find_service(a.service_id).map_or("", |s| s.name_in(lang));
    let typed = p.input.get(&name);
    let usual =
        v.of.later
            .or(v.of.other)
            .map_or(Fate::Called, |f| Fate::To(f.start, f.provider))
            .show();
    let chosen = if typed.is_empty() { usual.as_str() } else { typed };
    let ways = [
        (v.of.later, lang.pick("同一医生", "Same provider"), &v.drafts[0]),
        (v.of.other, lang.pick("换医生", "Another provider"), &v.drafts[1]),
    ];
    html! {
        fieldset class="ticks" id={ "f-" (name) } tabindex="-1" {
            legend class="lab" { (lang.day_time(a.starts_at, zone)) " · " (v.of.patient.name) " · " (service) }
            input type="hidden" name="visit" value={ (a.id) ":" (a.version) };
            @for (free, what, text) in ways {
                @if let Some(f) = free {
                    @let value = Fate::To(f.start, f.provider).show();
                    @let stays = f.start == a.starts_at && f.provider == a.provider_id;
                    @let what = if stays { lang.pick("时间不变，换人配合", "Same time, somebody else helps") } else { what };
                    label class="check" { input type="radio" name=(name) value=(value) checked[chosen == value] required; " " (what) (lang.pick("：", ": ")) b { (lang.day_time(f.start, zone)) } " " (p.clinic.find_provider(f.provider).map_or("", |x| x.name_in(lang))) }
                    (told(lang, text.as_deref()))
                }
            }
            (other(lang, p, a, chosen == "other"))
            label class="check" { input type="radio" name=(name) value="call" checked[chosen == "call"]; " " (lang.pick("先打电话，预约暂时不动", "Call first; the visit stays for now")) @if let Some(phone) = &v.of.patient.phone { " · " (phone_for_people(phone)) } }
            label class="check" { input type="radio" name=(name) value="cancel" checked[chosen == "cancel"]; " " (lang.pick("取消并通知", "Cancel and tell the patient")) }
            (told(lang, v.cancelled.as_deref()))
            (Form { lang, input: &p.input, faults: &p.faults }.fault(&name))
        }
    }
}

/// What the patient would get.
fn told(lang: Lang, text: Option<&str>) -> Markup {
    html! {
        @if let Some(text) = text { details { summary class="d" { (lang.pick("消息草稿", "Draft of the message")) } p class="note" { (text) } } }
    }
}

fn other(lang: Lang, p: &Page, a: &Appointment, chosen: bool) -> Markup {
    let name = |prefix: &str| format!("{prefix}{}", a.id);
    let mut input = p.input.clone();
    if input.get(&name("w")).is_empty() {
        input.set(&name("w"), a.provider_id.to_string());
    }
    let form = Form {
        lang,
        input: &input,
        faults: &p.faults,
    };
    let kind = |kind| Kind {
        kind,
        ..Kind::default()
    };
    let able = p.clinic.who_does(a.service_id).into_iter();
    let able: Vec<(String, &str)> = able.map(|x| (x.id.to_string(), x.name_in(lang))).collect();
    html! {
        label class="check" { input type="radio" name={ "v" (a.id) } value="other" checked[chosen]; " " (lang.pick("其他时间", "Another time")) }
        div class="acts" {
            (form.text(&name("d"), lang.pick("日期", "Day"), kind("date")))
            (form.text(&name("t"), lang.pick("时间", "Time"), kind("time")))
            (form.select(&name("w"), lang.pick("医生", "Provider"), &able))
        }
    }
}

/// A plan that was done.
pub struct Done {
    /// The plan.
    pub plan: Plan,
    /// What it did, with the visits as they are now.
    pub steps: Vec<StepOfPlan>,
    /// The clinic.
    pub clinic: Arc<Snapshot>,
    /// Whether it can still be taken back …
    pub can_undo: bool,
    /// … and until when.
    pub until: Instant,
}

/// `/leave-plan/{id}`
pub fn done(frame: &Frame, d: &Done) -> Markup {
    let (lang, zone) = (frame.lang, d.clinic.site.tz());
    let provider = d
        .clinic
        .find_provider(d.plan.provider_id)
        .map_or("", |x| x.name_in(lang));
    let body = html! {
        main id="main" class="plain outreach" {
            @if d.plan.undone_at.is_some() {
                div class="banner warn" role="status" { (icon("undo-2")) (lang.pick("这次休假和所有改动都已撤销。", "The leave and all changes were taken back.")) }
            }
            section class="card pad" {
                h2 { (provider) " · " (lang.day_time(d.plan.starts_at, zone)) " – " (lang.day_time(d.plan.ends_at, zone)) }
                p { (d.plan.actor) " · " (lang.day_time(d.plan.created_at, zone)) @if !d.plan.reason.is_empty() { " · " (d.plan.reason) } }
                ul class="plainlist" { @for (step, a, patient) in &d.steps { (step_row(lang, d, step, (a, patient))) } }
                @if d.steps.is_empty() { p { (icon_class("circle-check", "i-s")) (lang.pick("没有受影响的就诊。", "It took no visit.")) } }
            }
            div class="acts" {
                @if d.can_undo {
                    form method="post" action={ "/leave-plan/" (d.plan.id) "/undo" } { button class="btn danger" type="submit" { (icon("undo-2")) (lang.pick("全部撤销（到 ", "Take all of it back (until ")) (d.until.local(zone).format("%H:%M:%S")) (lang.pick("）", ")")) } }
                }
                a class="btn" href={ "/day?day=" (d.plan.starts_at.day(zone)) } { (icon("calendar-days")) (lang.pick("到日程", "To the schedule")) }
            }
        }
    };
    frame.page(lang.pick("休假已安排", "The leave is arranged"), "settings", body)
}

fn step_row(lang: Lang, d: &Done, step: &PlanStep, (a, patient): (&Appointment, &Patient)) -> Markup {
    let zone = d.clinic.site.tz();
    html! {
        li class="acts" {
            a href={ "/day?day=" (a.starts_at.day(zone)) "&open=" (a.id) } { (patient.name) }
            span class="chip" { (step.choice.done().get(lang)) }
            span { (lang.day_time(a.starts_at, zone)) " · " (d.clinic.find_provider(a.provider_id).map_or("", |x| x.name_in(lang))) }
            @if step.choice == Choice::Call && !step.awaits_call(a) { span class="chip ok" { (lang.pick("已处理", "Dealt with")) } }
            @if step.awaits_call(a) && d.plan.undone_at.is_none() {
                @if let Some(phone) = &patient.phone { a class="btn sm" href={ "tel:" (phone) } { (icon("phone")) (phone_for_people(phone)) } }
                form method="post" action={ "/callbacks/appointments/" (a.id) } { button class="btn sm" type="submit" { (lang.pick("放入回访名单", "Put on the list of calls")) span class="vh" { " " (patient.name) } } }
            }
        }
    }
}
