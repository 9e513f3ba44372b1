//! Markup of the call page: list, call, context.

mod call;
mod context;
mod ended;
mod keys;
mod list;
pub(super) mod log;

use maud::{Markup, html};

use super::model::Alarm;
use super::pages::{Desk, Tab};
use crate::platform::error::FieldError;
use crate::platform::i18n::Text;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::icon;
use crate::platform::web::layout::{Frame, Own};

/// What was typed, and what is wrong with it.
pub(super) struct Typed<'a> {
    pub input: &'a Input,
    pub faults: &'a Faults,
    /// What stands in the way: somebody was faster, it is too late.
    pub told: Option<&'a Text>,
    /// Whether `input` is what a person typed and was not saved.
    pub kept: bool,
    /// How worrying the typed answers are.
    pub alarm: Alarm,
}
impl Typed<'_> {
    fn fault(&self, name: &str) -> Option<&FieldError> {
        self.faults.of(name)
    }
}

/// The page.
pub(super) fn page(frame: &Frame, d: &Desk, typed: &Typed<'_>) -> Markup {
    let lang = d.lang;
    let title = lang.pick("术后回访", "Callbacks");
    let (done, all) = (d.ended.len(), d.ended.len() + d.open.len());
    let current = d.call.as_ref().map(|c| c.task.id);
    let top = html! {
        h1 { (title) }
        span class="chip only-m" { (done) " / " (all) }
        @if !d.show_list {
            a class="btn quiet sq only-m" href={ "/callbacks?list=1" @if let Some(id) = current { "&task=" (id) } } aria-label=(lang.pick("名单", "List")) { (icon("menu")) }
        }
        @if d.missing > 0 { a class="btn quiet" href="/visits" { (icon("clipboard-list")) (lang.pick("待补病历", "Records to write")) " " b { (d.missing) } } }
        @if d.may_review { a class="btn quiet hide-m" href="/callbacks/log" { (icon("clipboard-list")) (lang.pick("记录", "Log")) } }
    };
    let main = html! {
        main id="main" class={ "cb" @if d.show_list { " show-list" } } data-user=(d.user) data-saved=[d.saved.as_ref().map(|s| s.task.id)] {
            (list::list(d))
            @match &d.call {
                Some(c) => {
                    @if c.is_open() { (call::call(d, c, typed)) } @else { (ended::ended(d, c, typed)) }
                    (call::text_form(d, c)) (context::context(d, c, typed))
                    @if d.may_call && c.is_open() { (call::outcomes(d, c, typed)) }
                }
                None => (empty(d)),
            }
            (keys::did(d))
        }
    };
    let own = Own {
        scripts: &["callback.js"],
        keys: keys::KEYS,
    };
    frame.page_with(title, "callbacks", own, top, main)
}

fn empty(d: &Desk) -> Markup {
    let lang = d.lang;
    let nothing = match d.tab {
        Tab::Call if d.open.is_empty() => lang.pick("今天的电话都打完了。", "All calls done."),
        Tab::Call => lang.pick("现在没有要打的电话。", "No call is due now."),
        Tab::Overdue => lang.pick("没有逾期的回访。", "Nothing is overdue."),
        Tab::Retry if d.retry() == 0 => lang.pick("没有要再打的电话。", "Nobody is to be called again."),
        Tab::Retry => lang.pick("还没到再打的时间。", "It is not time to call again yet."),
        Tab::Done => lang.pick("今天还没有完成的回访。", "No call is done yet today."),
    };
    html! {
        section class="call-empty" aria-label=(lang.pick("回访", "Call")) {
            div class="card empty" {
                (icon("circle-check"))
                h2 { (nothing) }
                @if let Some(at) = d.next_due().filter(|_| d.tab != Tab::Done) {
                    @let when = lang.day_time(at, d.tz());
                    p { (lang.pick(format!("下一个：{when}。"), format!("Next due {when}."))) }
                }
            }
        }
    }
}
