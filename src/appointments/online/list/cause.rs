//! The link that proves a request, and what is answered when messaging asks whether its message still holds.

use serde_json::{Map, Value, json};

use super::super::model::RequestState;
use super::model::{ListRequest, ListRequestId};
use super::store;
use crate::clinic;
use crate::messaging::{Cause, MessageCause, Purpose, Verdict};
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::platform::links::{self, PublicLinks};

/// The kind of these messages' cause, and their template.
pub const KIND: &str = "waiting-request";
/// The purpose that signs the links that prove a request.
pub const LIST_LINK: &str = "waiting-request";

/// When the link of a request stops opening.
pub fn list_link_ends_at(request: &ListRequest) -> Instant {
    request.created_at + DAY_MS
}

/// Messages with the link that proves a request.
pub struct ListCause(pub PublicLinks);

impl MessageCause for ListCause {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn verdict(&self, c: &mut Conn, now: Instant, cause: &Cause, _: Purpose, lang: Lang) -> Result<Verdict> {
        let found = store::find_list_request(c, ListRequestId(cause.id.unwrap_or(0)))?;
        let waits = |r: &ListRequest| r.state == RequestState::Waiting && now < list_link_ends_at(r);
        let Some(r) = found.filter(waits) else {
            let text = Text::new("已确认或已失效", "It has been confirmed, or is over");
            return Ok(Verdict::Skip("request-over", text));
        };
        let site = clinic::get_site(c, r.site_id)?;
        let provider = match r.provider_id {
            Some(id) => clinic::get_provider(c, id)?.name_in(lang).to_owned(),
            None => lang.pick("任何医生", "anyone").to_owned(),
        };
        let token = links::make(&self.0.keys, LIST_LINK, r.id.0, list_link_ends_at(&r));
        let mut map: Map<String, Value> = Map::new();
        for (name, value) in [
            ("name", r.name.clone()),
            ("title", r.name.clone()),
            ("date", lang.day(r.last_day)),
            ("time", String::new()),
            ("provider", provider),
            ("address", site.address_in(lang).to_owned()),
            ("link", self.0.url(&format!("/b/list/{token}"))),
            ("until", lang.day_time(list_link_ends_at(&r), site.tz())),
        ] {
            map.insert(name.into(), json!(value));
        }
        Ok(Verdict::Send(map))
    }
}
