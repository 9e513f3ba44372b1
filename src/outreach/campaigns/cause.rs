//! Whether the message of a campaign is still wanted, asked just before it goes out.

use serde_json::Map;

use super::model::{Barrier, Campaign, State};
use super::{planning, store};
use crate::appointments::online;
use crate::clinic;
use crate::messaging::{Cause, MessageCause, Purpose, Verdict};
use crate::patients::PatientId;
use crate::platform::clock::{Instant, day_bounds, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::platform::links::PublicLinks;

/// The kind of these messages' cause; its row is somebody's place in a campaign.
const KIND: &str = "campaign";
/// How many days the booking link opens.
const BOOK_LINK_DAYS: i64 = 60;

/// The cause of somebody's message.
pub(super) fn of_person(place: i64) -> Cause {
    Cause {
        kind: KIND.into(),
        id: Some(place),
        version: None,
    }
}

/// What a message to a patient would be about, before there is a campaign with a place for them.
pub(super) fn of_nobody(patient: PatientId) -> Cause {
    Cause {
        kind: KIND.into(),
        id: None,
        version: Some(patient.0),
    }
}

/// Messages of campaigns.
pub struct CampaignCause(pub PublicLinks);

impl CampaignCause {
    fn variables(&self, c: &mut Conn, now: Instant, patient: PatientId) -> Result<Verdict> {
        let (clinic, mut map) = (clinic::snapshot(c)?, Map::new());
        if clinic.online.open && !clinic.bookable_online().is_empty() {
            let zone = clinic.site.tz();
            // Ends with a day: what is shown before and what is sent is the same text.
            let (_, ends_at) = day_bounds(zone, plus_days(now.day(zone), BOOK_LINK_DAYS));
            let path = online::book_path(&self.0.keys, patient, ends_at);
            map.insert("link".into(), self.0.url(&path).into());
        }
        Ok(Verdict::Send(map))
    }
}

fn barred(why: Barrier) -> Verdict {
    Verdict::Skip(why.code(), why.text())
}

fn skip(code: &'static str, zh: &str, en: &str) -> Verdict {
    Verdict::Skip(code, Text::new(zh, en))
}

impl MessageCause for CampaignCause {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn verdict(&self, c: &mut Conn, now: Instant, cause: &Cause, _: Purpose, _: Lang) -> Result<Verdict> {
        let Some(place) = cause.id else {
            return self.variables(c, now, PatientId(cause.version.unwrap_or(0)));
        };
        let gone = || skip("campaign-gone", "群发已删除", "The campaign is gone");
        let Some(person) = store::find_person(c, place)? else {
            return Ok(gone());
        };
        let Some(campaign) = store::find_campaign(c, person.campaign)? else {
            return Ok(gone());
        };
        if campaign.state == State::Stopped {
            return Ok(skip("campaign-stopped", "群发已停止", "The campaign was stopped"));
        }
        // Two campaigns that have both queued a message would else each make way for the other.
        let alone = Campaign {
            rest_days: 0,
            ..campaign
        };
        match planning::barriers(c, now, &alone, &[person.patient])?.get(&person.patient) {
            Some(why) => Ok(barred(*why)),
            None => self.variables(c, now, person.patient),
        }
    }

    fn example(&self, _: &mut Conn, _: Instant, patient: PatientId, purpose: Purpose) -> Result<Option<Cause>> {
        Ok((purpose == Purpose::Campaign).then(|| of_nobody(patient)))
    }
}
