//! Whose turn it is: the segment is written down, then so many a day are handed over or left out.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;

use super::super::jobs;
use super::super::model::is_minor;
use super::super::segments::{self, Moment};
use super::super::store::due::Addressee;
use super::cause::{self, CampaignCause};
use super::model::{Barrier, Campaign, CampaignId, State, Turn};
use super::store::{self, Person};
use crate::clinic;
use crate::documents;
use crate::messaging::{self, Carrier, Composed, NewMessage, Purpose, Reason, carrier_for};
use crate::patients::{self, PatientId};
use crate::platform::clock::{DAY_MS, HOUR_MS, Instant, plus_days};
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::staff::{Actor, Subject, audit};

/// People written down, or whose turn is taken, in one transaction: other writers are not kept waiting.
const BATCH: i64 = 100;
/// For how long a message may wait for sending hours, the cap or the gateway.
pub(super) const PATIENCE_MS: i64 = 3 * DAY_MS;
/// After everything else: a campaign never delays a reminder.
const PRIORITY: i32 = 9;

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Messages handed over.
    pub queued: usize,
    /// People left out.
    pub excluded: usize,
    /// Whether there is more to do at once.
    more: bool,
}

/// Hands over what is due of all running campaigns. Safe to run at any time, any number of times, on any number of instances.
///
/// # Errors
/// Those of the database; what was done until then stays, and the next round does the rest.
pub async fn plan(db: &Db, now: Instant) -> Result<Round> {
    let mut all = Round::default();
    for id in db.read(move |c| store::running(c, now)).await? {
        while db.write(move |c| gather(c, now, id)).await? {}
        loop {
            let round = db.write(move |c| take_turns(c, now, id)).await?;
            all.queued += round.queued;
            all.excluded += round.excluded;
            if !round.more {
                break;
            }
        }
    }
    Ok(all)
}

/// Writes a few more of the segment down; false: all are, or it does not run.
fn gather(c: &mut Conn, now: Instant, id: CampaignId) -> Result<bool> {
    let Some(campaign) = store::lock_running(c, now, id)? else {
        return Ok(false);
    };
    let Some(segment) = campaign.segment.filter(|_| !campaign.gathered) else {
        return Ok(false);
    };
    let (segment, moment) = (segments::get_segment(c, segment)?, Moment::at(c, now)?);
    let after = Some(PatientId(campaign.gathered_after));
    let page = segments::page_of(c, &segment.definition, moment, (after, BATCH))?;
    let all = i64::try_from(page.len()).unwrap_or(0) < BATCH;
    store::insert_people(c, id, &page)?;
    store::set_gathered(c, id, page.last().copied(), all)?;
    Ok(!all)
}

/// Takes the turns that are due now, a few at a time.
fn take_turns(c: &mut Conn, now: Instant, id: CampaignId) -> Result<Round> {
    let Some(campaign) = store::lock_running(c, now, id)? else {
        return Ok(Round::default());
    };
    // Nobody's turn is used up for a document that is withdrawn: it may be offered again. Held until the turns are taken, so
    // that of two campaigns with one document nobody gets it twice.
    if let Some(document) = campaign.document
        && !documents::lock_document(c, document)?.is_some_and(|d| d.is_offered())
    {
        return Ok(Round::default());
    }
    let zone = clinic::the_site(c)?.tz();
    let today = now.day(zone);
    let due = i64::from(campaign.pace.due_by(now.local(zone))) - store::count_queued_on(c, id, today)?;
    if due <= 0 && !store::waiting(c, id, 1)?.is_empty() {
        return Ok(Round::default());
    }
    let people = store::waiting(c, id, BATCH)?;
    if people.is_empty() {
        return finish(c, now, campaign).map(|()| Round::default());
    }
    let who: Vec<PatientId> = people.iter().map(|p| p.patient).collect();
    let barriers = barriers(c, now, &campaign, &who)?;
    let due = usize::try_from(due).unwrap_or(0);
    let mut round = Round::default();
    for person in &people {
        let barrier = barriers.get(&person.patient);
        // Whoever is left out is not one of the day's number.
        if barrier.is_none() && round.queued == due {
            return Ok(round);
        }
        let message = message(now, &campaign, person);
        let queued = messaging::queue(c, now, &message)?;
        match barrier {
            None => {
                if let Some(document) = campaign.document {
                    let sending = documents::insert_sending(c, now, (person.patient, None), &[document])?;
                    documents::set_message(c, sending, queued)?;
                    store::set_sending(c, person.id, sending)?;
                }
                store::mark_turn(c, person.id, Turn::Queued, today, None)?;
                round.queued += 1;
            }
            Some(why) => {
                // The message stands in the ledger, and says why it was never sent.
                let reason = Reason::with(why.code(), why.text()).stored();
                messaging::withdraw(c, now, &message.dedupe_key, &reason)?;
                store::mark_turn(c, person.id, Turn::Excluded, today, Some(&reason))?;
                round.excluded += 1;
            }
        }
    }
    round.more = true;
    Ok(round)
}

/// Everybody's turn has been.
fn finish(c: &mut Conn, now: Instant, campaign: Campaign) -> Result<()> {
    let version = campaign.version;
    let done = Campaign {
        state: State::Done,
        ended_at: Some(now),
        ..campaign
    };
    store::set_state(c, now, version, &done)?;
    let subject = Subject::of("campaigns", done.id.0);
    audit(c, now, &Actor::system("plan-messages"), "done", subject, &done.name)
}

/// The message of somebody.
pub(super) fn message(now: Instant, campaign: &Campaign, person: &Person) -> NewMessage {
    NewMessage {
        dedupe_key: format!("campaign:{}:patient:{}", campaign.id, person.patient),
        patient: person.patient,
        cause: cause::of_person(person.id),
        purpose: Purpose::Campaign,
        template: campaign.template.clone(),
        carrier: None,
        due_at: now,
        expires_at: now + PATIENCE_MS,
        priority: PRIORITY,
    }
}

/// Who of these people gets nothing of a campaign now, and why.
pub(super) fn barriers(
    c: &mut Conn,
    now: Instant,
    campaign: &Campaign,
    who: &[PatientId],
) -> Result<HashMap<PatientId, Barrier>> {
    let today = now.day(clinic::the_site(c)?.tz());
    let people = store::addressees(c, who)?;
    let wishes = jobs::Wishes::of(c, people.iter())?;
    let members: Option<HashSet<PatientId>> = match campaign.segment {
        Some(segment) => Some(segments::those_in(c, segment, now, who)?),
        None => None,
    };
    let booked = match campaign.skip_booked {
        true => store::booked_of(c, who, now)?,
        false => HashSet::new(),
    };
    let lately = match campaign.rest_days {
        0 => HashSet::new(),
        days => store::lately(c, who, plus_days(today, -i64::from(days)), campaign.id)?,
    };
    let having = match campaign.document {
        Some(document) => documents::those_with(c, who, document)?,
        None => HashSet::new(),
    };
    let why = |p: &Addressee| {
        if p.deceased {
            return Some(Barrier::Deceased);
        }
        let left = members.as_ref().is_some_and(|all| !all.contains(&p.id));
        let first = [
            (is_minor(p.birth_date, today), Barrier::Minor),
            (!p.marketing, Barrier::NoMarketing),
        ];
        let last = [
            (booked.contains(&p.id), Barrier::Booked),
            (left, Barrier::Left),
            (having.contains(&p.id), Barrier::HasIt),
            (lately.contains(&p.id), Barrier::Recently),
        ];
        let holding = |list: &[(bool, Barrier)]| list.iter().find(|(holds, _)| *holds).map(|(_, b)| *b);
        holding(&first)
            .or_else(|| wishes.unreachable(p, None).map(Barrier::of))
            .or_else(|| holding(&last))
    };
    Ok(people.iter().filter_map(|p| Some((p.id, why(p)?))).collect())
}

/// Everybody whose turn is to come.
fn to_come(c: &mut Conn, now: Instant, campaign: &Campaign) -> Result<Vec<PatientId>> {
    match campaign.segment {
        Some(segment) if !campaign.gathered => segments::members(c, segment, now),
        _ => store::all_waiting(c, campaign.id),
    }
}

/// What the campaigns that have been started bring on days to come: how many go, and how many are left out by the barriers of
/// now. No more people are asked about than these days have places for.
pub fn ahead(c: &mut Conn, now: Instant, days: &[NaiveDate]) -> Result<BTreeMap<NaiveDate, (i64, i64)>> {
    let mut all = BTreeMap::new();
    for campaign in running(c)? {
        turns_ahead(c, now, &campaign, (days, &mut all))?;
    }
    Ok(all)
}

/// The same by hours that begin at these times, which follow each other.
pub fn ahead_by_hour(c: &mut Conn, now: Instant, hours: &[Instant]) -> Result<BTreeMap<Instant, i64>> {
    let zone = clinic::the_site(c)?.tz();
    let (mut all, today) = (BTreeMap::new(), now.day(zone));
    let mut days: Vec<NaiveDate> = hours.iter().map(|h| h.day(zone)).collect();
    days.dedup();
    for campaign in running(c)? {
        let mut of_days = BTreeMap::new();
        turns_ahead(c, now, &campaign, (&days, &mut of_days))?;
        let already = store::count_queued_on(c, campaign.id, today)?;
        for hour in hours {
            let day = hour.day(zone);
            let so_far = if day == today { already } else { 0 };
            let most = of_days.get(&day).map_or(0, |(goes, _)| *goes) + so_far;
            let over = |at: Instant| match at.day(zone) == day {
                true => campaign.pace.over_by(at.local(zone)).min(most),
                false => most,
            };
            let n = over(*hour + HOUR_MS) - over(*hour).max(so_far);
            if n > 0 {
                *all.entry(*hour).or_insert(0) += n;
            }
        }
    }
    Ok(all)
}

/// Those that hand over, now or later.
fn running(c: &mut Conn) -> Result<Vec<Campaign>> {
    let mut found = Vec::new();
    for campaign in store::list_campaigns(c)? {
        let offered = match campaign.document {
            Some(document) => documents::find_document(c, document)?.is_some_and(|d| d.is_offered()),
            None => true,
        };
        if campaign.state == State::Running && offered {
            found.push(campaign);
        }
    }
    Ok(found)
}

fn turns_ahead(
    c: &mut Conn,
    now: Instant,
    campaign: &Campaign,
    (days, all): (&[NaiveDate], &mut BTreeMap<NaiveDate, (i64, i64)>),
) -> Result<()> {
    let local = now.local(clinic::the_site(c)?.tz());
    let today = store::count_queued_on(c, campaign.id, local.date())?;
    let already = |day: NaiveDate| if day == local.date() { today } else { 0 };
    let places = days.iter().map(|d| (*d, campaign.pace.left_on(*d, local, already(*d))));
    let mut places = places.filter(|(_, n)| *n > 0);
    let mut place = places.next();
    for chunk in to_come(c, now, campaign)?.chunks(usize::try_from(BATCH * 5).unwrap_or(1)) {
        if place.is_none() {
            break;
        }
        let out = barriers(c, now, campaign, chunk)?;
        for who in chunk {
            // Whoever is left out is not one of the day's number.
            let stays = out.contains_key(who);
            if !stays && place.is_some_and(|(_, left)| left == 0) {
                place = places.next();
            }
            let Some((day, left)) = &mut place else { break };
            let of = all.entry(*day).or_default();
            if stays {
                of.1 += 1;
            } else {
                of.0 += 1;
                *left -= 1;
            }
        }
    }
    Ok(())
}

/// A text that some of a campaign's people get.
pub struct Sample {
    /// As it is read.
    pub text: Composed,
    /// Whose it is.
    pub name: String,
    /// How many get it this way.
    pub count: i64,
}

/// What a campaign would do now.
#[derive(Default)]
pub struct Preview {
    /// How many are meant.
    pub meant: i64,
    /// How many would be written to.
    pub reached: i64,
    /// How many would not, by reason.
    pub excluded: Vec<(Barrier, i64)>,
    /// One text for each way and language.
    pub samples: Vec<Sample>,
}

/// What a campaign would do, asked of everybody whose turn is to come.
pub(super) fn preview(c: &mut Conn, now: Instant, campaign: &Campaign, cause: &CampaignCause) -> Result<Preview> {
    let who = to_come(c, now, campaign)?;
    let mut found = Preview {
        meant: i64::try_from(who.len()).unwrap_or(0),
        ..Preview::default()
    };
    let mut excluded: HashMap<Barrier, i64> = HashMap::new();
    let mut ways: HashMap<(Carrier, Lang), (PatientId, i64)> = HashMap::new();
    for chunk in who.chunks(usize::try_from(BATCH * 5).unwrap_or(1)) {
        let out = barriers(c, now, campaign, chunk)?;
        for id in chunk {
            if let Some(why) = out.get(id) {
                *excluded.entry(*why).or_default() += 1;
                continue;
            }
            found.reached += 1;
        }
        let reached: Vec<PatientId> = chunk.iter().copied().filter(|id| !out.contains_key(id)).collect();
        let said = patients::consents_of(c, &reached)?;
        for patient in patients::list_by_id(c, &reached)? {
            let said = said.get(&patient.id).copied().unwrap_or_default();
            let way = (carrier_for(&patient, said), patient.language);
            ways.entry(way).or_insert((patient.id, 0)).1 += 1;
        }
    }
    found.excluded = excluded.into_iter().collect();
    found.excluded.sort_by_key(|(why, n)| (-n, *why));
    let mut ways: Vec<_> = ways.into_iter().collect();
    ways.sort_by_key(|(way, _)| *way);
    for (_, (patient, count)) in ways {
        let message = NewMessage {
            cause: cause::of_nobody(patient),
            ..message(
                now,
                campaign,
                &Person {
                    id: 0,
                    campaign: campaign.id,
                    patient,
                    sending: None,
                },
            )
        };
        found.samples.push(Sample {
            text: messaging::compose(c, now, &message, cause)?,
            name: patients::get_patient(c, patient)?.name,
            count,
        });
    }
    Ok(found)
}
