//! The links by which a patient opens what was sent: `/f/{token}` names the sending, and a key that lasts a quarter of an hour
//! is given to whoever has said the date of birth.

use super::model::SendingId;
use crate::platform::clock::{Instant, MINUTE_MS, day_bounds, plus_days};
use crate::platform::crypto::Keys;
use crate::platform::links::{self, LinkError};

/// Purpose of the link's signature.
const LINK: &str = "documents";
/// Purpose of the key's.
const KEY: &str = "documents-open";
/// How many days a link opens.
const LINK_DAYS: i64 = 90;
/// How long a key does.
const KEY_MS: i64 = 15 * MINUTE_MS;

/// The path of a sending's page. It ends with a day: what is shown before and what is sent is the same text.
pub fn path(keys: &Keys, sending: SendingId, now: Instant, zone: chrono_tz::Tz) -> String {
    let (_, ends_at) = day_bounds(zone, plus_days(now.day(zone), LINK_DAYS));
    format!("/f/{}", links::make(keys, LINK, sending.0, ends_at))
}

/// Which sending a link is of.
pub fn read_link(keys: &Keys, token: &str, now: Instant) -> Result<SendingId, LinkError> {
    links::open(keys, LINK, token, now).map(SendingId)
}

/// A key for a sending whose patient has shown who they are.
pub fn key(keys: &Keys, sending: SendingId, now: Instant) -> String {
    links::make(keys, KEY, sending.0, now + KEY_MS)
}

/// Whether a key opens this sending.
pub fn read_key(keys: &Keys, sending: SendingId, key: &str, now: Instant) -> bool {
    links::open(keys, KEY, key, now) == Ok(sending.0)
}
