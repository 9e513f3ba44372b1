//! Asking for a time with a number or address that is yet to be shown to be one's own.

use chrono::NaiveDate;

use super::super::cause::{KIND, request_link_ends_at};
use super::super::model::{Limit, Request, RequestId, RequestState};
use super::super::store;
use super::{Asking, guardian_in, is_open, note_of, read_note};
use crate::appointments::actions::{HoldWish, hold_in, release_in};
use crate::appointments::store::HoldPurpose;
use crate::clinic;
use crate::messaging::{self, Addressed, Carrier, Cause, Purpose, read_address};
use crate::patients::{Channel, read_birth, read_name};
use crate::platform::clock::{HOUR_MS, Instant, MINUTE_MS, SECOND_MS};
use crate::platform::config::{Config, MailTransport};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::staff::{Actor, Subject, audit};

/// How long a time is held for a request.
const HELD_MS: i64 = 15 * MINUTE_MS;
/// So many requests an hour for one number or address …
const ADDRESS_MAX: i64 = 3;
/// … from one network address (a mobile network's many customers share one) …
const IP_MAX: i64 = 20;
/// … and in all: whoever wants to fill the book with strangers' numbers gets no further.
const ALL_MAX: i64 = 60;
/// The message of a request is sent so often.
pub(in crate::appointments::online) const SENDS_MAX: i32 = 3;
/// Somebody answers for whoever is younger (Civil Code of China, Art. 18 f.; majority nearly everywhere).
const OF_AGE: u32 = 18;
/// More urgent than what nobody waits for.
const PRIORITY: i32 = 1;

/// Who asks, as they typed it.
pub(in crate::appointments::online) struct Who {
    pub name: String,
    pub channel: Carrier,
    pub address: String,
    pub birth_date: Option<NaiveDate>,
    pub guardian: String,
    pub note: String,
}

impl Who {
    /// As the form of a patient.
    pub fn as_patient(&self, lang: Lang) -> Input {
        let (address, channel, consent) = match self.channel {
            Carrier::Sms => ("phone", Channel::Sms, "consent_sms"),
            Carrier::Email => ("email", Channel::Email, "consent_email"),
        };
        Input::from_pairs([
            ("name", self.name.clone()),
            (address, self.address.clone()),
            ("birth_date", self.birth_date.map(|d| d.to_string()).unwrap_or_default()),
            ("language", lang.to_string()),
            ("channel", channel.to_string()),
            ("source", lang.pick("网上预约", "Online booking").to_owned()),
            ("note", guardian_in(lang, &self.guardian)),
            (consent, "1".to_owned()),
        ])
    }
}

/// Fields `name`, `address`, `birth_date`, `guardian`, `note`, `agree`.
pub(in crate::appointments::online) fn read_who(
    c: &mut Conn,
    now: Instant,
    config: &Config,
    input: &Input,
) -> Result<Who> {
    let mut faults = Faults::default();
    let today = now.day(clinic::the_site(c)?.tz());
    let name = read_name(input, "name", &mut faults);
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
    let note = read_note(input, &mut faults);
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
    let birth_date = read_birth(input, today, faults);
    let guardian = read_name(input, "guardian", faults);
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
        Carrier::Sms => !config.sms.order.is_empty(),
        Carrier::Email => config.mail.transport != MailTransport::Off,
    }
}

/// Holds a time for somebody who is yet to show that the number or address they typed is theirs, and sends the link that
/// does. Fields: `name`, `address`, `birth_date`, `guardian`, `note`, `agree`, and `c`, the complaint, which is noted.
///
/// # Errors
/// Faults at the fields; `slot_taken`; `TooMany`.
pub async fn request(ctx: &Ctx, actor: Actor, asking: Asking, input: Input, lang: Lang) -> Result<Request> {
    let (now, config) = (ctx.now(), ctx.config.clone());
    ctx.db
        .write(move |c| {
            let clinic = clinic::snapshot(c)?;
            is_open(&clinic, asking.service)?;
            let who = read_who(c, now, &config, &input)?;
            not_too_many(c, now, &who.address, &actor.ip)?;
            for earlier in store::waiting_of(c, &who.address, &who.name)? {
                release_in(c, now, Some(&earlier.hold_token))?;
                store::settle_request(c, now, earlier.id, (None, false), Err(Limit::Replaced))?;
            }
            let wish = HoldWish {
                service: asking.service,
                provider: asking.provider,
                chair: None,
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
                note: note_of(
                    &clinic,
                    &input,
                    [who.note.clone(), guardian_in(clinic.site.language, &who.guardian)],
                ),
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
    send_limits(store::count_since(c, now + -HOUR_MS, address, ip)?)
}

/// Whether one more request of an hour may send a message: so many have come for its address, from its network address, in
/// all.
pub(in crate::appointments::online) fn send_limits([of_address, of_ip, all]: [i64; 3]) -> Result<()> {
    if of_address < ADDRESS_MAX && of_ip < IP_MAX && all < ALL_MAX {
        return Ok(());
    }
    metrics::counter!("chairside_booking_requests_refused_total").increment(1);
    Err(Error::TooMany {
        retry_after_seconds: HOUR_MS / SECOND_MS,
    })
}

/// What asks for proof that a number or address is somebody's: its kind, its row, and how often it has been sent.
pub(in crate::appointments::online) type Proof<'a> = (&'a str, i64, i32);

/// Queues the message with the link that is the proof, at once: its reader waits for it.
pub(in crate::appointments::online) fn ask_for_proof(
    c: &mut Conn,
    now: Instant,
    (kind, id, sends): Proof<'_>,
    (channel, language, address): (Carrier, Lang, &str),
    ends_at: Instant,
) -> Result<()> {
    let message = Addressed {
        dedupe_key: format!("{kind}:{id}:{sends}"),
        patient: None,
        cause: Cause {
            kind: kind.into(),
            id: Some(id),
            version: None,
        },
        purpose: Purpose::Verification,
        template: kind.into(),
        channel,
        language,
        recipient: address.to_owned(),
        due_at: now,
        expires_at: ends_at,
        priority: PRIORITY,
    };
    messaging::queue_addressed(c, now, &message).map(|_| ())
}

fn send(c: &mut Conn, now: Instant, r: &Request) -> Result<()> {
    let to = (r.channel, r.language, r.address.as_str());
    ask_for_proof(c, now, (KIND, r.id.0, r.sends), to, request_link_ends_at(r))
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
