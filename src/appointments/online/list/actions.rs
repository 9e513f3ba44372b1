//! Putting oneself on the list, within the limits of booking by oneself.

use chrono::NaiveDate;

use super::super::actions::{
    Asks, SENDS_MAX, Who, ask_for_proof, guardian_in, is_open, limit_of, note_of, read_note, read_who, send_limits,
};
use super::super::model::{Limit, RequestState};
use super::cause::{KIND, list_link_ends_at};
use super::model::{DayPart, LAST_DAYS, ListRequest, ListRequestId};
use super::store;
use crate::appointments::waiting::{EntryData, EntryId, Urgency, new_entry_of_patient};
use crate::clinic::{self, ProviderId, ServiceId, Snapshot};
use crate::patients::{self, Met, PatientId};
use crate::platform::clock::{HOUR_MS, Instant, SECOND_MS, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::staff::{Actor, Subject, audit};

/// A patient waits for so many things at most.
const ENTRIES_MAX: usize = 3;

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// They are on the list; now, or they were already.
    Listed,
    /// They have to call.
    Refused(Limit),
}

/// When it suits.
struct When {
    weekdays: String,
    minutes: (Option<i32>, Option<i32>),
    last_day: NaiveDate,
}

/// Fields `weekday` (repeated), `part`, `until`.
fn read_when(input: &Input, today: NaiveDate, faults: &mut Faults) -> When {
    let mut weekdays: Vec<char> = input.all("weekday").concat().chars().collect();
    weekdays.retain(|d| ('1'..='7').contains(d));
    weekdays.sort_unstable();
    weekdays.dedup();
    // All of them are any.
    if weekdays.len() == 7 {
        weekdays.clear();
    }
    let part: DayPart = input.get("part").parse().unwrap_or_default();
    let (most, usual) = LAST_DAYS;
    let last_day = match input.get("until") {
        "" => plus_days(today, usual),
        text => match text.parse::<NaiveDate>() {
            Ok(day) if (today..=plus_days(today, most)).contains(&day) => day,
            _ => {
                faults.add(
                    "until",
                    "invalid",
                    format!("请填今天起 {most} 天内的日期，如 2026-12-31"),
                    format!("A day within {most} days from today, such as 2026-12-31"),
                );
                today
            }
        },
    };
    When {
        weekdays: weekdays.into_iter().collect(),
        minutes: part.minutes(),
        last_day,
    }
}

fn need_consent(input: &Input, faults: &mut Faults) {
    if !input.ticked("agree") {
        faults.add(
            "agree",
            "required",
            "请勾选同意，否则无法通知您",
            "Without your consent we cannot tell you",
        );
    }
}

/// The provider asked for, if they do it.
fn provider_in(clinic: &Snapshot, (service, provider): Asks) -> Option<ProviderId> {
    provider.filter(|id| clinic.who_does(service).iter().any(|p| p.id == *id))
}

/// Puts a patient who came by their own link on the list. Fields: `weekday`, `part`, `until`, `note`, `agree`, and `c`, the
/// complaint.
///
/// # Errors
/// Faults at the fields; `NotFound` for a service that is not booked online.
pub async fn join_known(ctx: &Ctx, actor: Actor, patient: PatientId, asks: Asks, input: Input) -> Result<Joined> {
    let now = ctx.now();
    ctx.db
        .write(move |c| {
            let clinic = clinic::snapshot(c)?;
            is_open(&clinic, asks.0)?;
            let mut faults = Faults::default();
            let when = read_when(&input, now.day(clinic.site.tz()), &mut faults);
            let said = read_note(&input, &mut faults);
            need_consent(&input, &mut faults);
            faults.finish()?;
            let data = EntryData {
                note: note_of(&clinic, &input, [said, String::new()]),
                ..entry(&clinic, patient, (asks.0, provider_in(&clinic, asks)), &when)
            };
            Ok(join(c, now, &actor, &data)?.map_or_else(Joined::Refused, |_| Joined::Listed))
        })
        .await
}

fn entry(
    clinic: &Snapshot,
    patient: PatientId,
    (service, provider): (ServiceId, Option<ProviderId>),
    when: &When,
) -> EntryData {
    EntryData {
        patient,
        service,
        provider,
        minutes: None,
        weekdays: when.weekdays.clone(),
        from_minute: when.minutes.0,
        until_minute: when.minutes.1,
        first_day: None,
        last_day: Some(when.last_day),
        notice_minutes: clinic.rules(service).notice_minutes,
        urgency: Urgency::Normal,
        note: String::new(),
        appointment: None,
    }
}

/// Puts a patient on the list, within the limits; whoever waits for it already is on it.
fn join(c: &mut Conn, now: Instant, actor: &Actor, d: &EntryData) -> Result<Result<Option<EntryId>, Limit>> {
    let (all, for_it) = store::waits_for(c, d.patient, d.service)?;
    if for_it {
        return Ok(Ok(None));
    }
    if let Some(limit) = limit_of(c, now, d.patient)? {
        return Ok(Err(limit));
    }
    if all >= ENTRIES_MAX {
        return Ok(Err(Limit::Planned));
    }
    Ok(Ok(Some(new_entry_of_patient(c, now, actor, d)?.id)))
}

/// Notes what somebody wants who is yet to show that the number or address they typed is theirs, and sends the link that
/// does. Fields: those of [`join_known`] and of a booking.
///
/// # Errors
/// Faults at the fields; `TooMany`; `NotFound` for a service that is not booked online.
pub async fn request_listing(ctx: &Ctx, actor: Actor, asks: Asks, input: Input, lang: Lang) -> Result<ListRequest> {
    let (now, config) = (ctx.now(), ctx.config.clone());
    ctx.db
        .write(move |c| {
            let clinic = clinic::snapshot(c)?;
            is_open(&clinic, asks.0)?;
            let mut faults = Faults::default();
            let when = read_when(&input, now.day(clinic.site.tz()), &mut faults);
            let who = match read_who(c, now, &config, &input) {
                Ok(who) => who,
                Err(e) => {
                    faults.0.extend(Faults::from_error(e)?.0);
                    return Err(Error::Invalid(faults.0));
                }
            };
            faults.finish()?;
            let counted = store::count_list_requests(c, now + -HOUR_MS, &who.address, &actor.ip)?;
            send_limits(counted)?;
            let mut made = request_of((now, lang), &clinic, asks, (&who, &when), &actor);
            made.note = note_of(
                &clinic,
                &input,
                [who.note.clone(), guardian_in(clinic.site.language, &who.guardian)],
            );
            made.id = store::insert_list_request(c, &made)?;
            send(c, now, &made)?;
            audit(c, now, &actor, "create", Subject::of("waiting_requests", made.id.0), "")?;
            Ok(made)
        })
        .await
}

fn request_of(
    (now, lang): (Instant, Lang),
    clinic: &Snapshot,
    asks: Asks,
    (who, when): (&Who, &When),
    actor: &Actor,
) -> ListRequest {
    ListRequest {
        id: ListRequestId(0),
        site_id: clinic.site.id,
        service_id: asks.0,
        provider_id: provider_in(clinic, asks),
        weekdays: when.weekdays.clone(),
        from_minute: when.minutes.0,
        until_minute: when.minutes.1,
        last_day: when.last_day,
        note: String::new(),
        name: who.name.clone(),
        channel: who.channel,
        address: who.address.clone(),
        birth_date: who.birth_date,
        guardian: who.guardian.clone(),
        language: lang,
        ip: actor.ip.clone(),
        state: RequestState::Waiting,
        refusal: None,
        patient_id: None,
        entry_id: None,
        sends: 1,
        created_at: now,
        updated_at: now,
    }
}

fn send(c: &mut Conn, now: Instant, r: &ListRequest) -> Result<()> {
    let to = (r.channel, r.language, r.address.as_str());
    ask_for_proof(c, now, (KIND, r.id.0, r.sends), to, list_link_ends_at(r))
}

/// Sends the message of a request once more.
///
/// # Errors
/// `TooMany` when it was asked for too often, or is over.
pub async fn send_listing_again(ctx: &Ctx, id: ListRequestId) -> Result<()> {
    let now = ctx.now();
    ctx.db
        .write(move |c| {
            if !store::count_list_send(c, now, id, SENDS_MAX)? {
                return Err(Error::TooMany {
                    retry_after_seconds: HOUR_MS / SECOND_MS,
                });
            }
            let r = store::get_list_request(c, id)?;
            send(c, now, &r)
        })
        .await
}

/// Puts on the list who opened the link of a request: they have shown that the number or address is theirs. Pressed twice, it
/// is done once.
pub async fn confirm_listing(ctx: &Ctx, actor: Actor, id: ListRequestId) -> Result<Joined> {
    let (now, with) = (ctx.now(), ctx.clone());
    ctx.db.write(move |c| confirm_in(c, now, &with, &actor, id)).await
}

fn confirm_in(c: &mut Conn, now: Instant, ctx: &Ctx, actor: &Actor, id: ListRequestId) -> Result<Joined> {
    if !store::touch_list_request(c, now, id)? {
        let r = store::get_list_request(c, id)?;
        return Ok(r.refusal.map_or(Joined::Listed, Joined::Refused));
    }
    let r = store::get_list_request(c, id)?;
    let clinic = clinic::snapshot(c)?;
    let who = Who {
        name: r.name.clone(),
        channel: r.channel,
        address: r.address.clone(),
        birth_date: r.birth_date,
        guardian: r.guardian.clone(),
        note: String::new(),
    };
    let met = patients::meet_in(c, ctx, actor, &who.as_patient(r.language), clinic.online.new_patients)?;
    let patient = match met {
        Met::Known(patient) | Met::New(patient, _) => patient,
        Met::Stranger => {
            store::settle_list_request(c, now, id, None, Err(Limit::Stranger))?;
            return Ok(Joined::Refused(Limit::Stranger));
        }
    };
    let when = When {
        weekdays: r.weekdays.clone(),
        minutes: (r.from_minute, r.until_minute),
        last_day: r.last_day,
    };
    let data = EntryData {
        note: r.note.clone(),
        ..entry(&clinic, patient, (r.service_id, r.provider_id), &when)
    };
    match join(c, now, actor, &data)? {
        Ok(made) => {
            store::settle_list_request(c, now, id, Some(patient), Ok(made))?;
            Ok(Joined::Listed)
        }
        Err(limit) => {
            store::settle_list_request(c, now, id, Some(patient), Err(limit))?;
            Ok(Joined::Refused(limit))
        }
    }
}
