//! Messages: templates, the outbox, sending, retries, delivery reports.
//!
//! A message is a row before it is sent, made in the transaction of its cause and unique by its occurrence. The dispatcher
//! claims rows under a lease, asks the cause once more whether the message is still wanted, renders, sends with no
//! transaction open, and settles. What was not sent says why.

mod actions;
mod api;
pub mod inbox;
mod jobs;
mod model;
mod pages;
mod store;
mod views;

pub use actions::{
    Composed, LEFT_OUT, MISSED, OTHER_WAY, Place, Schedule, Subscription, ToCome, cancel_for, carrier_for, compose,
    find_subscription, has_opted_out, note_beside, note_unsent, queue, queue_addressed, read_address, read_mailbox,
    read_unsubscribe, seed_templates, send_again, send_other_way, stop, subscribe_again, template_names, template_says,
    unreachable, unsubscribe, withdraw,
};
pub use actions::{TemplateUse, TemplateUses, Uses};
pub use api::ApiDoc;
pub use jobs::{Dispatcher, Example, Foresight, Report, Stuck};
pub use model::{
    AGAIN, Addressed, Carrier, Cause, HOLD_MS, Message, MessageCause, MessageId, MessageRules, MessageState,
    NewMessage, OCCASION, Purpose, Reason, TEST, Templates, Verdict, send_time,
};
pub use store::{
    Refusals, find_message, forget_note, get_message, last_of, late_since, messages_of_patient, note_once, put_off,
    refusals_of, sent_to,
};
pub use store::{all_templates as templates, the_manners as manners};
pub use views::{Letter, OfPatient};

use actix_web::web;

use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;

/// The Messages page, templates, the gateways' callbacks, the API.
pub fn routes(cfg: &mut web::ServiceConfig) {
    pages::routes(cfg);
    api::routes(cfg);
    inbox::routes(cfg);
}

/// How many messages of the last 30 days somebody has to look at: failed, given up or perhaps sent.
pub fn count_attention(c: &mut Conn, now: Instant) -> Result<i64> {
    store::count_attention(c, now + -pages::COUNT_BACK_MS)
}
