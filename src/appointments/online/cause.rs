//! The signed links, and what is answered when messaging asks whether the message of a request still holds.

use serde_json::{Map, Value, json};

use super::model::{Request, RequestId, RequestState};
use super::store;
use crate::clinic;
use crate::messaging::{Cause, MessageCause, Purpose, Verdict};
use crate::patients::PatientId;
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::crypto::Keys;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::platform::links::{self, PublicLinks};

/// The kind of these messages' cause.
pub const KIND: &str = "booking-request";
/// The purpose that signs the links that prove a request.
pub const REQUEST_LINK: &str = "booking-request";
/// The purpose that signs the links by which a known patient books.
pub const BOOK_LINK: &str = "book";
/// The link of a request opens for so long: when its time is not held any more, it may still be free.
const REQUEST_LINK_MS: i64 = DAY_MS;

/// When the link of a request stops opening.
pub fn request_link_ends_at(request: &Request) -> Instant {
    request.created_at + REQUEST_LINK_MS
}

/// The path of the page on which a known patient books, until `ends_at`.
pub fn book_path(keys: &Keys, patient: PatientId, ends_at: Instant) -> String {
    format!("/r/{}", links::make(keys, BOOK_LINK, patient.0, ends_at))
}

/// The purpose that signs the links by which a family books: no other link of a patient shows who belongs to it.
pub const FAMILY_LINK: &str = "book-family";

/// The path of the page on which a family books whom one text told together, until `ends_at`.
pub fn family_path(keys: &Keys, patient: PatientId, ends_at: Instant) -> String {
    format!("/r/{}/family", links::make(keys, FAMILY_LINK, patient.0, ends_at))
}

/// Messages with the link that proves a request.
pub struct RequestCause(pub PublicLinks);

impl MessageCause for RequestCause {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn verdict(&self, c: &mut Conn, now: Instant, cause: &Cause, _: Purpose, lang: Lang) -> Result<Verdict> {
        let found = store::find_request(c, RequestId(cause.id.unwrap_or(0)))?;
        let waits = |r: &Request| r.state == RequestState::Waiting && now < request_link_ends_at(r);
        let Some(r) = found.filter(waits) else {
            let text = Text::new("已确认或已失效", "It has been confirmed, or is over");
            return Ok(Verdict::Skip("request-over", text));
        };
        let site = clinic::get_site(c, r.site_id)?;
        let provider = clinic::get_provider(c, r.provider_id)?;
        let local = r.starts_at.local(site.tz());
        let token = links::make(&self.0.keys, REQUEST_LINK, r.id.0, request_link_ends_at(&r));
        let mut map: Map<String, Value> = Map::new();
        for (name, value) in [
            ("name", r.name.clone()),
            ("title", r.name),
            ("date", lang.day(local.date())),
            ("time", local.format("%H:%M").to_string()),
            ("provider", provider.name_in(lang).to_owned()),
            ("address", site.address_in(lang).to_owned()),
            ("link", self.0.url(&format!("/b/{token}"))),
            ("until", r.expires_at.local(site.tz()).format("%H:%M").to_string()),
        ] {
            map.insert(name.into(), json!(value));
        }
        Ok(Verdict::Send(map))
    }
}
