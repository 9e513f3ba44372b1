//! The shared inbox: what patients write, and calls in vain, one conversation for each number.
//!
//! Every text that comes in is kept. What it plainly says ([`AnswerReader`], implemented above) is done at once; for all else
//! the conversation waits for somebody, who takes it, answers, and puts it away.

mod actions;
mod api;
mod cause;
mod model;
mod pages;
mod store;
mod timeline;
mod views;

pub use actions::{Incoming, answer, awaits_call, missed_call, receive, step, wants_call};
pub use api::ApiDoc;
pub use cause::DeskCause;
pub use model::{AnswerReader, ConversationId, ReadAs, Reading, Step, TextId, TextKind, Unread, Work};
pub use store::{count_waiting, sender_of, text_before};
pub use timeline::InboxTimeline;

use actix_web::web;

/// The inbox, and its API.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
}
