//! A campaign that was started: where it stands, what became of it, who got it and who not and why.

use maud::{Markup, html};

use super::super::model::{Campaign, State, Turn};
use super::super::store::Receiver;
use super::{Sheet, pace_text, state_chip};
use crate::messaging::{MessageId, MessageState, Reason};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::text_enum;
use crate::platform::i18n::{Lang, Text};
use crate::platform::web::icon;
use crate::platform::web::layout::Frame;
use crate::staff::{MANAGERS, Role};

text_enum! {
    /// Which people are shown.
    Show {
        /// All.
        All = "all",
        /// Who got it.
        Got = "got",
        /// Who did not.
        Not = "not",
        /// Whose turn is to come.
        Waiting = "waiting",
    }
}

/// Messages that got there, as far as is known.
const GOT: &[MessageState] = &[MessageState::Accepted, MessageState::Delivered];
/// And those that did not.
const NOT: &[MessageState] = &[
    MessageState::Skipped,
    MessageState::Failed,
    MessageState::Dead,
    MessageState::Uncertain,
];

impl Show {
    /// As the store asks: messages in these states; only whose turn is to come.
    pub fn wanted(self) -> (Option<&'static [MessageState]>, bool) {
        match self {
            Show::All => (None, false),
            Show::Got => (Some(GOT), false),
            Show::Not => (Some(NOT), false),
            Show::Waiting => (None, true),
        }
    }
    fn name(self) -> Text {
        match self {
            Show::All => Text::new("全部", "All"),
            Show::Got => Text::new("已收到", "Got it"),
            Show::Not => Text::new("没有收到", "Did not"),
            Show::Waiting => Text::new("待轮到", "To come"),
        }
    }
}

/// Somebody of a campaign.
pub struct Person {
    patient: PatientId,
    name: String,
    turn: Turn,
    message: Option<(MessageId, MessageState, Instant)>,
    why: Option<Text>,
}

impl Person {
    /// As it is shown.
    pub fn of(r: Receiver) -> Person {
        let why = r.message.as_ref().and_then(|(.., reason)| reason.as_deref());
        Person {
            patient: r.patient,
            name: r.name,
            turn: r.turn,
            why: why.map(|stored| Reason::read(stored).text()),
            message: r.message.map(|(id, state, at, _)| (id, state, at)),
        }
    }
}

/// `/campaigns/{id}`
pub fn result_page(frame: &Frame, sheet: &Sheet, role: Option<Role>) -> Markup {
    let lang = frame.lang;
    let Some(x) = &sheet.campaign else { return html! {} };
    let may = role.is_some_and(|r| MANAGERS.contains(&r));
    let body = html! {
        main id="main" class="plain outreach" {
            p class="crumb" { a href="/campaigns" { (icon("chevron-left")) (lang.pick("群发", "Campaigns")) } }
            p { (state_chip(lang, x.state)) " " (sheet.segment_name(x, lang)) " · " (sheet.template_name(x, lang)) " · " (pace_text(lang, x)) }
            @if let Some(d) = &sheet.document {
                p { (icon("file-text")) " " a href={ "/documents/" (d.id) } { (d.title_in(lang)) } }
                @if !d.is_offered() && x.state == State::Running { p class="banner warn" { (icon("triangle-alert")) (lang.pick("附带的资料已停用，暂停发送：重新启用后继续。", "The document is withdrawn and nothing goes out: it goes on once it is offered again.")) } }
            }
            @if x.is_held(sheet.now) { p class="banner info" role="status" { (icon("clock")) (lang.pick("两分钟后开始发送，在此之前可以撤销。", "It begins in two minutes; until then it can be taken back.")) } }
            @if may { (steps(lang, sheet, x)) }
            @if x.state != State::Draft { (numbers(lang, sheet, x)) (people(lang, sheet, x)) }
            @if let Some(last) = &sheet.last {
                p class="last" { (icon("history")) " " (lang.pick("上次操作：", "Last step: ")) (lang.day_time(last.at, sheet.zone)) " · " (last.actor) }
            }
        }
    };
    frame.page(x.name_in(lang), "segments", body)
}

fn steps(lang: Lang, sheet: &Sheet, x: &Campaign) -> Markup {
    let held = x.is_held(sheet.now);
    let button = |step: &str, class: &str, sign: &str, text: &str| {
        html! { button class={ "btn " (class) } type="submit" name="step" value=(step) { (icon(sign)) (text) } }
    };
    html! {
        form class="acts" method="post" action={ "/campaigns/" (x.id) "/step" } {
            input type="hidden" name="version" value=(x.version);
            @if held { (button("undo", "pri", "undo-2", lang.pick("撤销开始", "Take the start back"))) }
            @if x.state == State::Running && !held { (button("pause", "", "clock", lang.pick("暂停", "Pause"))) }
            @if x.state == State::Paused { (button("resume", "pri", "send", lang.pick("继续", "Resume"))) }
            @if matches!(x.state, State::Running | State::Paused) { (button("stop", "quiet", "ban", lang.pick("停止并撤回未发的", "Stop and withdraw what waits"))) }
        }
    }
}

fn numbers(lang: Lang, sheet: &Sheet, x: &Campaign) -> Markup {
    let turn = |t: Turn| sheet.turns.get(&t).copied().unwrap_or(0);
    let r = &sheet.results;
    html! {
        ul class="figures" {
            li { b { (turn(Turn::Queued)) } " " (lang.pick("已交付", "handed over")) }
            li { b { (turn(Turn::Excluded)) } " " (lang.pick("不发", "left out")) }
            li { b { (turn(Turn::Waiting)) } " " (lang.pick("待轮到", "to come")) }
            li { b { (r.answers) } " " (lang.pick("回复", "answers")) }
            li { b { (r.bookings) } " " (lang.pick("15 天内预约", "booked within 15 days")) }
            li { b { (r.opt_outs) } " " (lang.pick("退订", "opted out")) }
            @if let (Some(day), State::Running | State::Paused) = (sheet.last_day, x.state) { li { (lang.pick("预计最后一天：", "expected last day: ")) b { (lang.date(day)) } } }
        }
        ul class="lines card pad" {
            @for (state, n) in &r.states { li { span { (icon(state.icon())) " " (state.name().get(lang)) } span { (n) } } }
            @for (why, n) in &sheet.reasons { li { span { (icon("ban")) " " (Reason::read(why).text().get(lang)) } span { (n) } } }
        }
    }
}

fn people(lang: Lang, sheet: &Sheet, x: &Campaign) -> Markup {
    let heads = lang.pick(["患者", "消息", "原因"], ["Patient", "Message", "Why"]);
    html! {
        nav class="mcounts" aria-label=(lang.pick("筛选", "Show")) {
            @for show in Show::ALL { a class="kpi" href={ "/campaigns/" (x.id) "?show=" (show) } aria-current=[(sheet.show == *show).then_some("true")] { (show.name().get(lang)) } }
        }
        @if sheet.people.is_empty() { div class="card empty" { h2 { (lang.pick("没有人", "Nobody")) } } }
        @else {
            div class="card scroll" tabindex="0" role="region" aria-label=(lang.pick("名单", "People")) {
                table class="rtab work" {
                    thead { tr { @for h in heads { th scope="col" { (h) } } } }
                    tbody { @for p in &sheet.people { tr {
                        th scope="row" { a href={ "/patients/" (p.patient) } { (p.name) } }
                        td data-l=(heads[1]) { @match p.message {
                            Some((id, state, at)) => a href={ "/messages/" (id) } { (icon(state.icon())) (state.name().get(lang)) " " (lang.day_time(at, sheet.zone)) },
                            None if p.turn == Turn::Waiting => (lang.pick("待轮到", "to come")),
                            None => (lang.pick("没有", "none")),
                        } }
                        td data-l=(heads[2]) { @if let Some(why) = &p.why { (why.get(lang)) } }
                    } } }
                }
            }
        }
        @if let Some(next) = sheet.next { a class="btn" href={ "/campaigns/" (x.id) "?show=" (sheet.show) "&after=" (next) } { (lang.pick("下一页", "Next page")) (icon("chevron-right")) } }
    }
}
