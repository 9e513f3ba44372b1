//! Whether the message of a campaign is still wanted, asked just before it goes out.

use serde_json::Map;

use super::model::{Barrier, Campaign, State};
use super::{planning, store};
use crate::appointments::online;
use crate::clinic;
use crate::documents::{self, Document, DocumentId, SendingId};
use crate::messaging::{Cause, MessageCause, Purpose, Verdict};
use crate::patients::PatientId;
use crate::platform::clock::{Instant, day_bounds, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::{Lang, Text};
use crate::platform::links::PublicLinks;
use crate::platform::mail::Enclosure;

/// The kind of these messages' cause; its row is somebody's place in a campaign.
const KIND: &str = "campaign";
/// Why a message waits while its campaign is paused.
pub(super) const PAUSED: &str = "campaign-paused";
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
pub struct CampaignCause {
    /// Makes the links in them.
    pub links: PublicLinks,
    /// Bytes that go with an email at most.
    pub enclose_max: usize,
    /// Before there are people: the document of the campaign that is looked at.
    pub shown: Option<DocumentId>,
}

/// Whom a message is to, and what of the clinic's documents goes with it.
struct About {
    patient: PatientId,
    sending: Option<SendingId>,
    what: Vec<Document>,
}

impl CampaignCause {
    /// To look at a campaign that has no people yet.
    pub(super) fn showing(links: PublicLinks, document: Option<DocumentId>) -> CampaignCause {
        CampaignCause {
            links,
            enclose_max: 0,
            shown: document,
        }
    }

    fn variables(&self, c: &mut Conn, now: Instant, about: &About, lang: Lang) -> Result<Verdict> {
        let (clinic, mut map) = (clinic::snapshot(c)?, Map::new());
        if clinic.online.open && !clinic.bookable_online().is_empty() {
            let zone = clinic.site.tz();
            // Ends with a day: what is shown before and what is sent is the same text.
            let (_, ends_at) = day_bounds(zone, plus_days(now.day(zone), BOOK_LINK_DAYS));
            let path = online::book_path(&self.links.keys, about.patient, ends_at);
            map.insert("link".into(), self.links.url(&path).into());
        }
        if !about.what.is_empty() {
            let of = (about.sending, about.what.as_slice());
            match documents::variables(c, now, &self.links, of, lang)? {
                Some(more) => map.extend(more),
                None => return Ok(documents::withdrawn()),
            }
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

    fn verdict(&self, c: &mut Conn, now: Instant, cause: &Cause, _: Purpose, lang: Lang) -> Result<Verdict> {
        let Some(place) = cause.id else {
            let shown = match self.shown {
                Some(id) => documents::find_document(c, id)?,
                None => None,
            };
            let about = About {
                patient: PatientId(cause.version.unwrap_or(0)),
                sending: None,
                what: shown.into_iter().collect(),
            };
            return self.variables(c, now, &about, lang);
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
        if campaign.state == State::Paused {
            let why = Text::new("群发已暂停", "The campaign is paused");
            return Ok(Verdict::Wait(PAUSED, why));
        }
        // Two campaigns that have both queued a message would else each make way for the other.
        let alone = Campaign {
            rest_days: 0,
            document: None,
            ..campaign
        };
        if let Some(why) = planning::barriers(c, now, &alone, &[person.patient])?.get(&person.patient) {
            return Ok(barred(*why));
        }
        let what = match person.sending {
            Some(sending) => documents::documents_of(c, sending)?,
            None => Vec::new(),
        };
        let about = About {
            patient: person.patient,
            sending: person.sending,
            what,
        };
        self.variables(c, now, &about, lang)
    }

    fn files(&self, c: &mut Conn, cause: &Cause, lang: Lang) -> Result<Vec<Enclosure>> {
        let place = cause.id.map(|id| store::find_person(c, id)).transpose()?.flatten();
        match place.and_then(|person| person.sending) {
            Some(sending) => {
                let what = documents::documents_of(c, sending)?;
                documents::enclosed(c, &what, lang, self.enclose_max)
            }
            None => Ok(Vec::new()),
        }
    }

    fn example(&self, _: &mut Conn, _: Instant, patient: PatientId, purpose: Purpose) -> Result<Option<Cause>> {
        Ok((purpose == Purpose::Campaign).then(|| of_nobody(patient)))
    }
}
