//! What the waiting list answers when messaging asks, just before an offer is sent, whether it still holds.

use serde_json::{Map, Value, json};

use super::model::{Offer, OfferId, OfferState, SlotState};
use super::store;
use crate::clinic;
use crate::messaging::{Cause, MessageCause, Purpose, Verdict};
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::crypto::Keys;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::platform::links::{self, PublicLinks};

/// The kind of these messages' cause.
pub const KIND: &str = "slot-offer";
/// The purpose that signs their links.
pub const OFFER_LINK: &str = "slot-offer";
/// Why such a message is not sent: the stored form of a reason.
pub const OVER: &str = "offer-over|空档已有人接受或已结束|The time was taken, or the offer is over";
/// Whoever comes late is shown other times for so long.
const LINK_OUTLIVES_MS: i64 = DAY_MS;

/// When the link of an offer stops opening.
pub fn offer_link_ends_at(offer: &Offer) -> Instant {
    offer.starts_at + LINK_OUTLIVES_MS
}

/// The path of the patient's page of an offer.
pub fn offer_path(keys: &Keys, offer: &Offer) -> String {
    let token = links::make(keys, OFFER_LINK, offer.id.0, offer_link_ends_at(offer));
    format!("/o/{token}")
}

/// Messages that offer a freed time.
pub struct OfferCause(pub PublicLinks);

impl MessageCause for OfferCause {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn verdict(&self, c: &mut Conn, now: Instant, cause: &Cause, _: Purpose, lang: Lang) -> Result<Verdict> {
        let over = || {
            let text = Text::new("空档已有人接受或已结束", "The time was taken, or the offer is over");
            Ok(Verdict::Skip("offer-over", text))
        };
        let Some(offer) = store::find_offer(c, OfferId(cause.id.unwrap_or(0)))? else {
            return over();
        };
        let slot = store::get_slot(c, offer.slot_id)?;
        let holds = offer.state == OfferState::Asked && slot.state == SlotState::Offering;
        let Some(until) = offer.expires_at.filter(|until| holds && now < *until) else {
            return over();
        };
        let site = clinic::get_site(c, slot.site_id)?;
        let provider = clinic::get_provider(c, slot.provider_id)?;
        let local = offer.starts_at.local(site.tz());
        let ends = until.local(site.tz());
        let ends = if ends.date() == now.day(site.tz()) {
            ends.format("%H:%M").to_string()
        } else {
            lang.day_time(until, site.tz())
        };
        let link = self.0.url(&offer_path(&self.0.keys, &offer));
        let mut map: Map<String, Value> = Map::new();
        for (name, value) in [
            ("date", lang.day(local.date())),
            ("time", local.format("%H:%M").to_string()),
            ("provider", provider.name_in(lang).to_owned()),
            ("address", site.address_in(lang).to_owned()),
            ("link", link),
            ("until", ends),
        ] {
            map.insert(name.into(), json!(value));
        }
        Ok(Verdict::Send(map))
    }
}
