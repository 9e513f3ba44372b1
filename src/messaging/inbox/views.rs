//! What the inbox looks like.

use chrono_tz::Tz;
use maud::{Markup, html};

use super::super::model::{Carrier, Message, MessageState};
use super::super::views::{reason, state_chip};
use super::cause::KIND;
use super::model::{AnswerId, Conversation, HeldStep, InboundText, Step, TextKind, WANTS_NOTHING, Work};
use super::store::{Person, Written};
use crate::platform::clock::Instant;
use crate::platform::db::text_enum;
use crate::platform::i18n::{Lang, phone_for_people};
use crate::platform::web::assets::icon_class;
use crate::platform::web::form::{Faults, Form, Input, Kind};
use crate::platform::web::icon;
use crate::staff::UserId;

text_enum! {
    /// Which conversations are shown.
    Show {
        /// Those that somebody has to see to.
        Open = "open",
        /// Those of the reader.
        Mine = "mine",
        /// Those that were put away.
        Done = "done",
    }
}

/// A conversation in the list.
pub struct Line {
    /// The conversation.
    pub conversation: Conversation,
    /// The patients at its address.
    pub names: Vec<String>,
    /// Whose it is.
    pub owner: Option<String>,
    /// What came in last.
    pub last: Option<InboundText>,
}

/// The list.
pub struct Page {
    /// The clinic's zone.
    pub zone: Tz,
    /// Which.
    pub show: Show,
    /// The conversations, the latest first.
    pub lines: Vec<Line>,
    /// What was typed.
    pub input: Input,
    /// What is wrong with it.
    pub faults: Faults,
}

/// One conversation.
pub struct Talk {
    /// The clinic's zone.
    pub zone: Tz,
    /// When it is looked at.
    pub now: Instant,
    /// The conversation.
    pub conversation: Conversation,
    /// The patients at its address.
    pub people: Vec<Person>,
    /// What came in, the latest first.
    pub texts: Vec<InboundText>,
    /// What went out, the latest first.
    pub messages: Vec<Message>,
    /// The desk's answers.
    pub written: Vec<Written>,
    /// Who else works the inbox.
    pub colleagues: Vec<(UserId, String)>,
    /// Whether the address wants no messages at all.
    pub wants_nothing: bool,
    /// What was typed.
    pub input: Input,
    /// What is wrong with it.
    pub faults: Faults,
}

fn address(of: &Conversation) -> String {
    match of.channel {
        Carrier::Sms => phone_for_people(&of.address),
        Carrier::Email => of.address.clone(),
    }
}

fn work_chip(lang: Lang, work: Work) -> Markup {
    html! { span class={ "chip " (work.chip()) } { (icon(work.icon())) (work.name().get(lang)) } }
}

/// `/inbox`
pub fn list(lang: Lang, page: &Page) -> Markup {
    let tab = |show: Show, text: &str| {
        html! { a class="kpi" href={ "/inbox?show=" (show) } aria-current=[(page.show == show).then_some("true")] { (text) } }
    };
    html! {
        main id="main" class="msgs" {
            nav class="mcounts" aria-label=(lang.pick("筛选", "Show")) {
                (tab(Show::Open, lang.pick("待处理", "To do")))
                (tab(Show::Mine, lang.pick("我的", "Mine")))
                (tab(Show::Done, lang.pick("已处理", "Done")))
            }
            @if page.lines.is_empty() {
                div class="card empty" { (icon_class("mail", "i-l")) h2 { (lang.pick("没有需要处理的来信", "Nothing to answer")) }
                    p { (lang.pick("患者的短信、邮件回复和未接来电会出现在这里；“1 确认”这类明确的答复会自动处理。", "Texts and emails that patients send, and missed calls, come in here; clear answers such as “1 confirm” are done by themselves.")) } }
            } @else {
                ul class="card mlist" { @for line in &page.lines { (row(lang, page.zone, line)) } }
            }
            (missed_call(lang, page))
        }
    }
}

/// For calls of which no exchange tells us.
fn missed_call(lang: Lang, page: &Page) -> Markup {
    let form = Form {
        lang,
        input: &page.input,
        faults: &page.faults,
    };
    let kind = Kind {
        kind: "tel",
        inputmode: "tel",
        required: true,
        ..Kind::default()
    };
    html! {
        details class="card pad" id="missed-call" open[!page.faults.0.is_empty()] {
            summary { (icon("phone-missed")) " " (lang.pick("登记未接来电", "Enter a missed call")) }
            form class="stack" method="post" action="/inbox/missed-calls" {
                p class="muted" { (lang.pick("手机号码会收到一条短信，一天一次；来电留在待处理里。", "A mobile gets a text, once a day; the call waits here for an answer.")) }
                (form.text("number", lang.pick("来电号码", "Number that called"), kind))
                button class="btn pri" type="submit" { (lang.pick("登记", "Enter")) }
            }
        }
    }
}

fn row(lang: Lang, zone: Tz, line: &Line) -> Markup {
    let of = &line.conversation;
    html! {
        li {
            a href={ "/inbox/" (of.id) } {
                span class="tm" { (lang.day_time(of.last_at, zone)) }
                span class="who" {
                    @if line.names.is_empty() { (address(of)) } @else { (line.names.join(lang.pick("、", ", "))) " " small { (address(of)) } }
                }
                span class="ch" { @if let Some(owner) = &line.owner { (icon("user-round")) (owner) } }
                span class="st" { (work_chip(lang, of.work)) }
                @if let Some(last) = &line.last {
                    span class="why" {
                        @match last.kind {
                            TextKind::Text => { "“" (last.body) "”" @if last.reading != super::model::ReadAs::Words { " · " (last.reading.name().get(lang)) } }
                            TextKind::MissedCall => { (icon("phone-missed")) (lang.pick("未接来电", "Missed call")) }
                        }
                    }
                }
            }
        }
    }
}

/// `/inbox/{id}`
pub fn talk(lang: Lang, t: &Talk, reader: Option<UserId>) -> Markup {
    let of = &t.conversation;
    html! {
        main id="main" class="talk" {
            section class="card" aria-labelledby="who" {
                h2 id="who" { (icon(of.channel.icon())) " " (address(of)) " " (work_chip(lang, of.work)) }
                (people(lang, t))
                @if of.is_others(reader) {
                    @let name = t.colleagues.iter().find(|(id, _)| Some(*id) == of.owner).map_or("", |(_, name)| name.as_str());
                    p class="banner info" { (icon("user-round")) (name) " " (lang.pick("正在处理", "is on it")) }
                }
                (steps(lang, t, reader))
            }
            section aria-labelledby="talk" {
                h2 id="talk" { (lang.pick("往来消息", "Conversation")) }
                (bubbles(lang, t))
                (answer_form(lang, t))
            }
        }
    }
}

fn nobody(lang: Lang, channel: Carrier) -> &'static str {
    match channel {
        Carrier::Sms => lang.pick("没有患者登记这个号码。", "No patient has this number."),
        Carrier::Email => lang.pick("没有患者登记这个邮箱。", "No patient has this address."),
    }
}

/// The form of a new patient with what is known of them.
fn register(of: &Conversation) -> String {
    let field = match of.channel {
        Carrier::Sms => "phone",
        Carrier::Email => "email",
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair(field, &of.address)
        .finish();
    format!("/patients/new?{query}")
}

fn people(lang: Lang, t: &Talk) -> Markup {
    html! {
        @if t.people.is_empty() {
            p { (nobody(lang, t.conversation.channel)) " "
                a class="btn s" href=(register(&t.conversation)) { (icon("user-plus")) (lang.pick("登记患者", "Register")) } }
        } @else {
            ul class="who-list" { @for p in &t.people {
                li { a href={ "/patients/" (p.id) } { (p.name) } " " a class="btn s" href={ "/day?book=" (p.id) } { (icon("calendar-plus")) (lang.pick("预约", "Book")) } }
            } }
        }
    }
}

fn step_form(t: &Talk, step: Step, body: Markup) -> Markup {
    html! {
        form method="post" action={ "/inbox/" (t.conversation.id) "/step" } {
            input type="hidden" name="version" value=(t.conversation.version);
            input type="hidden" name="step" value=(step);
            (body)
        }
    }
}

fn steps(lang: Lang, t: &Talk, reader: Option<UserId>) -> Markup {
    let of = &t.conversation;
    let mine = of.work == Work::Taken && of.owner == reader;
    html! {
        div class="acts" {
            @if of.work == Work::Done {
                (step_form(t, Step::Reopen, html! { button class="btn" type="submit" { (icon("undo-2")) (lang.pick("重新打开", "Take out again")) } }))
            } @else {
                @if !mine { (step_form(t, Step::Take, html! { button class="btn pri" type="submit" { (icon("user-round")) (lang.pick("我来处理", "I see to it")) } })) }
                (step_form(t, Step::Done, html! { button class="btn" type="submit" { (icon("check")) (lang.pick("处理完了", "Done")) } }))
                (step_form(t, Step::Give, html! {
                    label class="vh" for="owner" { (lang.pick("交给", "Give to")) }
                    select class="inp" id="owner" name="owner" {
                        option value="" { (lang.pick("所有人", "Everybody")) }
                        @for (id, name) in &t.colleagues { option value=(id) selected[Some(*id) == of.owner] { (name) } }
                    }
                    button class="btn" type="submit" { (icon("arrow-right")) (lang.pick("转交", "Give")) }
                }))
            }
        }
    }
}

/// A text or a message, by time.
enum Said<'a> {
    Theirs(&'a InboundText),
    Ours(&'a Message),
}

impl Said<'_> {
    fn at(&self) -> Instant {
        match self {
            Said::Theirs(t) => t.at,
            Said::Ours(m) => m.created_at,
        }
    }
}

fn bubbles(lang: Lang, t: &Talk) -> Markup {
    let mut said: Vec<Said<'_>> = t
        .texts
        .iter()
        .map(Said::Theirs)
        .chain(t.messages.iter().map(Said::Ours))
        .collect();
    said.sort_by_key(Said::at);
    html! {
        ol class="bubbles" tabindex="0" aria-label=(lang.pick("往来消息", "Conversation")) {
            @for one in &said {
                @match one {
                    Said::Theirs(text) => (theirs(lang, t.zone, text)),
                    Said::Ours(message) => (ours(lang, t, message)),
                }
            }
        }
    }
}

fn theirs(lang: Lang, zone: Tz, text: &InboundText) -> Markup {
    html! {
        li class="in" {
            @match text.kind {
                TextKind::Text => div class="bubble" { (text.body) },
                TextKind::MissedCall => div class="bubble" { (icon("phone-missed")) (lang.pick("未接来电", "Missed call")) },
            }
            small { (lang.day_time(text.at, zone)) " · " (text.reading.name().get(lang)) }
        }
    }
}

fn ours(lang: Lang, t: &Talk, m: &Message) -> Markup {
    let written = (m.cause_kind == KIND)
        .then(|| t.written.iter().find(|w| Some(w.id.0) == m.cause_id))
        .flatten();
    let writer = written.and_then(|w| w.by.as_deref());
    // What has not been sent yet has no text of its own.
    let body = m.body.as_deref().or(written.map(|w| w.body.as_str()));
    html! {
        li class="out" {
            div class="bubble" { @match body { Some(body) => (body), None => (m.purpose.name().get(lang)) } }
            small {
                (lang.day_time(m.created_at, t.zone)) " · " @if let Some(name) = writer { (name) } @else { (m.purpose.name().get(lang)) } " · "
                a href={ "/messages/" (m.id) } { @if m.state == MessageState::Queued { (m.state.name().get(lang)) } @else { (state_chip(lang, m.state)) } }
                @let why = reason(lang, m);
                @if !why.is_empty() { " " (why) }
            }
            @if let Some(answer) = written.filter(|_| m.is_held(t.now)) { (held(lang, t, m, answer.id)) }
        }
    }
}

/// An answer that is held: when it goes, and what can be done until then.
fn held(lang: Lang, t: &Talk, m: &Message, answer: AnswerId) -> Markup {
    let at = m.due_at.local(t.zone).format("%H:%M").to_string();
    let step = |step: HeldStep, body: Markup| {
        html! {
            form class="inline" method="post" action={ "/inbox/" (t.conversation.id) "/answers/" (answer) } {
                input type="hidden" name="step" value=(step);
                button class="btn sm" type="submit" { (body) }
            }
        }
    };
    html! {
        div class="acts" {
            small { (lang.pick(format!("{at} 发出"), format!("Goes out at {at}"))) }
            (step(HeldStep::TakeBack, html! { (icon("undo-2")) (lang.pick("撤回", "Take back")) }))
            (step(HeldStep::SendNow, html! { (icon("send")) (lang.pick("立即发送", "Send now")) }))
        }
    }
}

fn answer_form(lang: Lang, t: &Talk) -> Markup {
    let of = &t.conversation;
    let form = Form {
        lang,
        input: &t.input,
        faults: &t.faults,
    };
    html! {
        @if t.wants_nothing {
            div class="banner warn" { (icon("ban")) span {
                (lang.pick(WANTS_NOTHING.0, WANTS_NOTHING.1))
                @for p in &t.people { " " a href={ "/patients/" (p.id) "/opt-outs" } { (lang.pick("退订：", "Opt-outs: ")) (p.name) } }
            } }
        }
        @if of.can_be_answered() {
            form class="card stack" method="post" action={ "/inbox/" (of.id) "/answer" } {
                (form.not_sent())
                input type="hidden" name="version" value=(of.version);
                (form.area("text", lang.pick("回复", "Answer"), 3))
                button class="btn pri" type="submit" { (icon("send")) (lang.pick("发送并处理完", "Send, and done")) }
            }
        } @else {
            p class="banner info" { (icon("info")) (lang.pick("这个号码或邮箱不能回复。", "This number or address takes no answers.")) }
        }
    }
}
