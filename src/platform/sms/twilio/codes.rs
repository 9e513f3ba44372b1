//! Twilio's codes and states (messaging.md 1.3; twilio.com/docs/api/errors).

use super::super::Status;
use super::super::codes::Class;

/// Error codes of a send. Twilio changes them; by which HTTP status they come decides about those that are not here.
pub(super) const CODES: &[(&str, Class)] = &[
    ("14107", Class::Busy),
    ("20003", Class::Config),
    ("20005", Class::Config),
    ("20429", Class::Busy),
    ("21211", Class::Permanent),
    ("21212", Class::Config),
    ("21217", Class::Permanent),
    ("21408", Class::Elsewhere),
    ("21602", Class::Permanent),
    ("21603", Class::Config),
    ("21606", Class::Config),
    ("21610", Class::OptedOut),
    ("21612", Class::Elsewhere),
    ("21614", Class::Permanent),
    ("21617", Class::Permanent),
    ("30010", Class::Config),
    ("63*", Class::Config),
];

/// A message's state.
pub(super) fn status(said: &str) -> Status {
    match said {
        "delivered" | "read" => Status::Delivered,
        "undelivered" | "failed" | "canceled" => Status::Failed,
        "accepted" | "queued" | "sending" | "sent" | "scheduled" => Status::Accepted,
        _ => Status::Unknown,
    }
}
