//! Messages: templates, the outbox, sending, retries, delivery reports.
//!
//! A message is a row before it is sent, made in the transaction of its cause and unique by its occurrence. The dispatcher
//! claims rows under a lease, asks the cause once more whether the message is still wanted, renders, sends with no
//! transaction open, and settles. What was not sent says why.

mod model;
mod queue;

pub use model::{Carrier, Cause, MessageCause, MessageId, MessageState, NewMessage, Purpose, Verdict};
pub use queue::queue;

use actix_web::web;

/// The Messages page, templates, the gateways' callbacks.
pub fn routes(_cfg: &mut web::ServiceConfig) {}
