//! Asking for a time, showing that the number is one's own, and booking.

use std::sync::Arc;

use chrono::NaiveDate;

use super::cause::{KIND, request_link_ends_at};
use super::model::{Limit, Request, RequestId, RequestState, breaks, limited};
use super::store::{self, SOURCE};
use crate::appointments::actions::{Booking, HoldWish, Place, book_in, hold_in, release_in};
use crate::appointments::store::{Except, HoldPurpose};
use crate::appointments::unscheduled::count_broken_since;
use crate::appointments::{Appointment, Found, Search, find_free, get_appointment};
use crate::clinic::{self, ProviderId, ServiceId, Snapshot};
use crate::messaging::{self, Addressed, Carrier, Cause, Purpose, read_address};
use crate::patients::{self, Channel, Met, NAME_MAX, PatientId, parse_birth, tidy_name};
use crate::platform::clock::{HOUR_MS, Instant, MINUTE_MS, SECOND_MS};
use crate::platform::config::{Config, MailTransport, SmsTransport};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::staff::{Actor, Subject, audit};

/// How long a time is held for a request.
pub const HELD_MS: i64 = 15 * MINUTE_MS;
/// So many requests an hour for one number or address …
const ADDRESS_MAX: i64 = 3;
/// … from one network address (a mobile network's many customers share one) …
const IP_MAX: i64 = 20;
/// … and in all: whoever wants to fill the book with strangers' numbers gets no further.
const ALL_MAX: i64 = 60;
/// The message of a request is sent so often.
const SENDS_MAX: i32 = 3;
/// Longest note, in characters.
const NOTE_MAX: usize = 300;
/// Somebody answers for whoever is younger (Civil Code of China, Art. 18 f.; majority nearly everywhere).
const OF_AGE: u32 = 18;
/// More urgent than what nobody waits for.
const PRIORITY: i32 = 1;

/// The time somebody wants.
#[derive(Debug, Clone, Copy)]
pub struct Asking {
    /// For what.
    pub service: ServiceId,
    /// With whom; none: whoever does it and is free.
    pub provider: Option<ProviderId>,
    /// When.
    pub starts_at: Instant,
}

/// What became of a booking by a patient.
#[derive(Debug, Clone)]
pub enum Confirmed {
    /// It is theirs.
    Booked(Box<Appointment>),
    /// They have to call.
    Refused(Limit),
    /// Somebody else has the time.
    Taken,
}

/// Free times for patients from `search.first` on, by the service's notice and horizon.
///
/// # Errors
/// `NotFound` for a service that is not booked online.
pub fn times(c: &mut Conn, now: Instant, search: &Search) -> Result<Found> {
    let clinic = clinic::snapshot(c)?;
    is_open(&clinic, search.service)?;
    find_free(
        c,
        now,
        &Search {
            online: true,
            ..search.clone()
        },
    )
}

fn is_open(clinic: &Snapshot, service: ServiceId) -> Result<()> {
    let bookable = clinic.online.open && clinic.bookable_online().iter().any(|s| s.id == service);
    bookable.then_some(()).ok_or(Error::NotFound("service"))
}

/// Why a patient does not book online; none: they may.
pub fn limit_of(c: &mut Conn, now: Instant, patient: PatientId) -> Result<Option<Limit>> {
    let clinic = clinic::snapshot(c)?;
    let planned = store::count_planned(c, patient, now)?;
    let broken = count_broken_since(c, patient, clinic.online.broken_since(now))?;
    Ok(limited(&clinic.online, planned, broken))
}

/// Whether the patient of a visit may move it by themselves (once more).
pub fn may_move(c: &mut Conn, now: Instant, a: &Appointment) -> Result<bool> {
    let clinic = clinic::snapshot(c)?;
    let moves = store::count_own_moves(c, a.id)?;
    let broken = count_broken_since(c, a.patient_id, clinic.online.broken_since(now))?;
    Ok(moves < i64::from(clinic.online.moves_max) && !breaks(&clinic.online, broken))
}

/// Who asks, as they typed it.
struct Who {
    name: String,
    channel: Carrier,
    address: String,
    birth_date: Option<NaiveDate>,
    guardian: String,
    note: String,
}

/// A one-line name; empty: none was typed.
fn line(input: &Input, field: &str, faults: &mut Faults) -> String {
    let typed = input.get(field);
    if typed.is_empty() {
        return String::new();
    }
    match tidy_name(typed) {
        Some(name) if name.chars().count() <= NAME_MAX => name,
        Some(_) => {
            faults.add(
                field,
                "too_long",
                "姓名最多 60 个字",
                "A name has at most 60 characters",
            );
            String::new()
        }
        None => {
            faults.add(field, "invalid", "姓名里没有文字", "There is no letter in this name");
            String::new()
        }
    }
}

fn read(c: &mut Conn, now: Instant, config: &Config, input: &Input) -> Result<Who> {
    let mut faults = Faults::default();
    let today = now.day(clinic::the_site(c)?.tz());
    let name = line(input, "name", &mut faults);
    if name.is_empty() && faults.of("name").is_none() {
        faults.require("name");
    }
    let mut address = (Carrier::Sms, String::new());
    match read_address(c, input.get("address"), "address") {
        Ok(read) if can_send(config, read.0) => address = read,
        Ok((Carrier::Sms, _)) => faults.add(
            "address",
            "sms_off",
            "请填邮箱：本诊所不发短信",
            "Give an email address: this clinic sends no text messages",
        ),
        Ok(_) => faults.add(
            "address",
            "mail_off",
            "请填手机号：本诊所不发邮件",
            "Give a mobile number: this clinic sends no mail",
        ),
        Err(e) => faults.0.extend(Faults::from_error(e)?.0),
    }
    let (birth_date, guardian) = age(input, today, &mut faults);
    let note = input.get("note").to_owned();
    if note.chars().count() > NOTE_MAX {
        faults.add("note", "too_long", "最多 300 字", "At most 300 characters");
    }
    if !input.ticked("agree") {
        faults.add(
            "agree",
            "required",
            "请勾选同意，否则无法预约",
            "Without your consent we cannot book",
        );
    }
    faults.finish()?;
    let (channel, address) = address;
    Ok(Who {
        name,
        channel,
        address,
        birth_date,
        guardian,
        note,
    })
}

/// The day of birth, if given, and who answers for a child.
fn age(input: &Input, today: NaiveDate, faults: &mut Faults) -> (Option<NaiveDate>, String) {
    let mut birth_date = None;
    if !input.get("birth_date").is_empty() {
        birth_date = parse_birth(input.get("birth_date"), today).ok();
        if birth_date.is_none() {
            faults.add(
                "birth_date",
                "invalid",
                "请按 年-月-日 填写，例如 1990-05-01",
                "Write year-month-day, for example 1990-05-01",
            );
        }
    }
    let guardian = line(input, "guardian", faults);
    let child = birth_date.is_some_and(|b| today.years_since(b).is_some_and(|age| age < OF_AGE));
    if child && guardian.is_empty() && faults.of("guardian").is_none() {
        faults.add(
            "guardian",
            "required",
            "未满 18 岁：请填写家长或监护人姓名",
            "Under 18: name a parent or guardian",
        );
    }
    (birth_date, guardian)
}

/// Whether messages of this kind go out at all.
fn can_send(config: &Config, channel: Carrier) -> bool {
    match channel {
        Carrier::Sms => config.sms.transport != SmsTransport::Off,
        Carrier::Email => config.mail.transport != MailTransport::Off,
    }
}

/// Holds a time for somebody who is yet to show that the number or address they typed is theirs, and sends the link that
/// does. Fields: `name`, `address`, `birth_date`, `guardian`, `note`, `agree`, and `complaint`, which is noted.
///
/// # Errors
/// Faults at the fields; `slot_taken`; `TooMany`.
pub async fn request(ctx: &Ctx, actor: Actor, asking: Asking, input: Input, lang: Lang) -> Result<Request> {
    let (now, config) = (ctx.now(), ctx.config.clone());
    ctx.db
        .write(move |c| {
            let clinic = clinic::snapshot(c)?;
            is_open(&clinic, asking.service)?;
            let who = read(c, now, &config, &input)?;
            not_too_many(c, now, &who.address, &actor.ip)?;
            for earlier in store::waiting_of(c, &who.address, &who.name)? {
                release_in(c, now, Some(&earlier.hold_token))?;
                store::settle_request(c, now, earlier.id, (None, false), Err(Limit::Replaced))?;
            }
            let wish = HoldWish {
                service: asking.service,
                provider: asking.provider,
                starts_at: asking.starts_at,
                minutes: None,
                patient: None,
                purpose: HoldPurpose::Online,
                expires_at: now + HELD_MS,
            };
            let hold = hold_in(c, now, &actor, &wish, None)?;
            let mut made = Request {
                id: RequestId(0),
                site_id: clinic.site.id,
                service_id: asking.service,
                provider_id: hold.provider_id,
                starts_at: asking.starts_at,
                note: note_of(&clinic, &input, &who),
                hold_token: hold.token,
                name: who.name,
                channel: who.channel,
                address: who.address,
                birth_date: who.birth_date,
                guardian: who.guardian,
                language: lang,
                ip: actor.ip.clone(),
                state: RequestState::Waiting,
                refusal: None,
                patient_id: None,
                is_new: false,
                booked_id: None,
                sends: 1,
                created_at: now,
                expires_at: hold.expires_at,
                updated_at: now,
            };
            made.id = store::insert_request(c, &made)?;
            send(c, now, &made)?;
            let subject = Subject::of("booking_requests", made.id.0);
            audit(c, now, &actor, "create", subject, &format!("at {}", made.starts_at))?;
            Ok(made)
        })
        .await
}

fn not_too_many(c: &mut Conn, now: Instant, address: &str, ip: &str) -> Result<()> {
    let [of_address, of_ip, all] = store::count_since(c, now + -HOUR_MS, address, ip)?;
    if of_address < ADDRESS_MAX && of_ip < IP_MAX && all < ALL_MAX {
        return Ok(());
    }
    metrics::counter!("chairside_booking_requests_refused_total").increment(1);
    Err(Error::TooMany {
        retry_after_seconds: HOUR_MS / SECOND_MS,
    })
}

/// What the desk is to know, in the clinic's language.
fn note_of(clinic: &Arc<Snapshot>, input: &Input, who: &Who) -> String {
    let lang = clinic.site.language;
    let complaint: Option<i64> = input.get("complaint").parse().ok();
    let complaint = clinic.complaints.iter().find(|x| Some(x.id) == complaint);
    let guardian = (!who.guardian.is_empty()).then(|| {
        lang.pick(
            format!("监护人：{}", who.guardian),
            format!("Guardian: {}", who.guardian),
        )
    });
    let said = complaint.map(|x| x.name_in(lang).to_owned()).into_iter();
    let said = said
        .chain(Some(who.note.clone()).filter(|n| !n.is_empty()))
        .chain(guardian);
    said.collect::<Vec<_>>().join(lang.pick("；", "; "))
}

/// Queues the message of a request, at once: its reader waits for it.
fn send(c: &mut Conn, now: Instant, r: &Request) -> Result<()> {
    let message = Addressed {
        dedupe_key: format!("{KIND}:{}:{}", r.id, r.sends),
        cause: Cause {
            kind: KIND.into(),
            id: Some(r.id.0),
            version: None,
        },
        purpose: Purpose::Verification,
        template: KIND.into(),
        channel: r.channel,
        language: r.language,
        recipient: r.address.clone(),
        due_at: now,
        expires_at: request_link_ends_at(r),
        priority: PRIORITY,
    };
    messaging::queue_addressed(c, now, &message).map(|_| ())
}

/// Sends the message of a request once more.
///
/// # Errors
/// `TooMany` when it was asked for too often, or is over.
pub async fn send_again(ctx: &Ctx, id: RequestId) -> Result<()> {
    let now = ctx.now();
    ctx.db
        .write(move |c| {
            if !store::count_send(c, now, id, SENDS_MAX)? {
                return Err(Error::TooMany {
                    retry_after_seconds: HOUR_MS / SECOND_MS,
                });
            }
            let r = store::get_request(c, id)?;
            send(c, now, &r)
        })
        .await
}

/// Books what was asked for: whoever opens the link has shown that the number or address is theirs. Pressed twice, it is
/// booked once.
pub async fn confirm_request(ctx: &Ctx, actor: Actor, id: RequestId) -> Result<Confirmed> {
    let (now, with) = (ctx.now(), ctx.clone());
    let done = ctx.db.write(move |c| confirm_in(c, now, &with, &actor, id)).await;
    taken_is_no_error(done)
}

fn taken_is_no_error(done: Result<Confirmed>) -> Result<Confirmed> {
    match done {
        Err(Error::Conflict { code: "slot_taken", .. }) => Ok(Confirmed::Taken),
        // Too near or too far by now.
        Err(Error::Invalid(faults)) if faults.iter().all(|f| f.field == "starts_at") => Ok(Confirmed::Taken),
        other => other,
    }
}

fn confirm_in(c: &mut Conn, now: Instant, ctx: &Ctx, actor: &Actor, id: RequestId) -> Result<Confirmed> {
    if !store::touch_waiting(c, now, id)? {
        let r = store::get_request(c, id)?;
        return match (r.booked_id, r.refusal) {
            (Some(booked), _) => Ok(Confirmed::Booked(Box::new(get_appointment(c, booked)?))),
            (None, Some(why)) if why != Limit::Replaced => Ok(Confirmed::Refused(why)),
            (None, _) => Ok(Confirmed::Taken),
        };
    }
    let r = store::get_request(c, id)?;
    let clinic = clinic::snapshot(c)?;
    let (patient, others) = match patients::meet_in(c, ctx, actor, &input_of(&r), clinic.online.new_patients)? {
        Met::Known(patient) => (patient, None),
        Met::New(patient, others) => (patient, Some(others)),
        Met::Stranger => {
            release_in(c, now, Some(&r.hold_token))?;
            store::settle_request(c, now, id, (None, false), Err(Limit::Stranger))?;
            return Ok(Confirmed::Refused(Limit::Stranger));
        }
    };
    let is_new = others.is_some();
    let asking = Asking {
        service: r.service_id,
        provider: Some(r.provider_id),
        starts_at: r.starts_at,
    };
    let mut note = r.note.clone();
    let alike: Vec<String> = others.iter().flatten().map(|o| o.patient.chart_no.clone()).collect();
    if !alike.is_empty() {
        let lang = clinic.site.language;
        let list = alike.join(lang.pick("、", ", "));
        let hint = lang.pick(
            format!("请核对：可能与病历 {list} 是同一人"),
            format!("Please compare: may be the person of chart {list}"),
        );
        note = [note, hint]
            .into_iter()
            .filter(|n| !n.is_empty())
            .collect::<Vec<_>>()
            .join(lang.pick("；", "; "));
    }
    let hold = (now < r.expires_at).then(|| r.hold_token.clone());
    match book_limited(c, now, actor, (patient, note), asking, hold)? {
        Confirmed::Booked(a) => {
            store::settle_request(c, now, id, (Some(patient), is_new), Ok(a.id))?;
            Ok(Confirmed::Booked(a))
        }
        Confirmed::Refused(why) => {
            release_in(c, now, Some(&r.hold_token))?;
            store::settle_request(c, now, id, (Some(patient), is_new), Err(why))?;
            Ok(Confirmed::Refused(why))
        }
        Confirmed::Taken => Ok(Confirmed::Taken),
    }
}

/// The request as the form of a patient.
fn input_of(r: &Request) -> Input {
    let lang = r.language;
    let (address, channel, consent) = match r.channel {
        Carrier::Sms => ("phone", Channel::Sms, "consent_sms"),
        Carrier::Email => ("email", Channel::Email, "consent_email"),
    };
    let guardian = match r.guardian.as_str() {
        "" => String::new(),
        name => lang.pick(format!("监护人：{name}"), format!("Guardian: {name}")),
    };
    Input::from_pairs([
        ("name", r.name.clone()),
        (address, r.address.clone()),
        ("birth_date", r.birth_date.map(|d| d.to_string()).unwrap_or_default()),
        ("language", lang.to_string()),
        ("channel", channel.to_string()),
        ("source", lang.pick("网上预约", "Online booking").to_owned()),
        ("note", guardian),
        (consent, "1".to_owned()),
    ])
}

/// Books for a patient who came by their own link.
pub async fn book_known(
    ctx: &Ctx,
    actor: Actor,
    patient: PatientId,
    asking: Asking,
    note: String,
) -> Result<Confirmed> {
    let now = ctx.now();
    let done = ctx
        .db
        .write(move |c| {
            let clinic = clinic::snapshot(c)?;
            is_open(&clinic, asking.service)?;
            let note = note.chars().take(NOTE_MAX).collect();
            book_limited(c, now, &actor, (patient, note), asking, None)
        })
        .await;
    taken_is_no_error(done)
}

/// Books within the limits. A time that is held was in time when it was chosen; any other has to be now.
fn book_limited(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (patient, note): (PatientId, String),
    asking: Asking,
    hold: Option<String>,
) -> Result<Confirmed> {
    let place = Place::load(c, now, asking.service, asking.provider, None)?;
    place.take_turns(c, Some(patient))?;
    if let Some(why) = limit_of(c, now, patient)? {
        return Ok(Confirmed::Refused(why));
    }
    if hold.is_none() {
        let except = Except {
            patient: Some(patient),
            ..Except::default()
        };
        place.for_patients().place(c, asking.starts_at, except)?;
    }
    let booking = Booking {
        patient,
        service: asking.service,
        provider: asking.provider,
        starts_at: asking.starts_at,
        minutes: None,
        note,
        source: SOURCE,
        tell: true,
        hold,
        overbook: None,
    };
    let booked = book_in(c, now, actor, &booking)?;
    Ok(Confirmed::Booked(Box::new(booked)))
}
