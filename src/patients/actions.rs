//! What people do with a patient's data: register, change, look for duplicates.

use super::model::{
    Consents, NationalId, Patient, PatientData, PatientId, REFUSED, Reading, Stored, input_of, parse_birth,
    search_name, tidy_name,
};
use super::model::{Home, PhoneNumber};
use super::store::{self, Candidate, Probe, Why};
use crate::platform::clock::Instant;
use crate::platform::crypto::Keys;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::Input;
use crate::staff::{Actor, CLINICAL, ONLY_ADMINISTRATOR, Subject, audit, stale};

/// Characters of a search that are noted in the audit.
const QUERY_NOTED: usize = 60;

/// What came of a registration or change.
#[derive(Debug)]
pub(super) enum Saved {
    /// Stored.
    Done(PatientId),
    /// Nothing is stored: these may be the same person, and nobody has said that they are not.
    Similar(Vec<Candidate>),
}

/// Whether this actor may see a whole national ID (on the edit page; it is audited).
pub(super) fn may_see_id(actor: &Actor) -> bool {
    actor.is(CLINICAL) || actor.is(ONLY_ADMINISTRATOR)
}

/// What a write needs besides the database.
struct By {
    now: Instant,
    keys: Keys,
    actor: Actor,
    /// For the consents: `desk`, `api`.
    how: &'static str,
}

impl By {
    fn new(ctx: &Ctx, actor: &Actor, how: &'static str) -> By {
        By {
            now: ctx.now(),
            keys: ctx.keys.clone(),
            actor: actor.clone(),
            how,
        }
    }
}

/// Registers a patient from typed fields. `confirm_duplicate` among them says that the similar ones are other people.
pub(super) async fn register(ctx: &Ctx, actor: &Actor, input: Input, how: &'static str) -> Result<Saved> {
    let by = By::new(ctx, actor, how);
    ctx.db.write(move |c| register_now(c, &by, &input)).await
}

fn register_now(c: &mut Conn, by: &By, input: &Input) -> Result<Saved> {
    let home = store::find_home(c)?;
    let data = read(input, &home, by.now, None)?;
    let similar = in_the_way(c, by, input, &data, None)?;
    if !similar.is_empty() {
        return Ok(Saved::Similar(similar));
    }
    let id = store::insert_patient(c, by.now, &by.keys, &data)?;
    note_consents(c, by, id, input, (Consents::default(), false))?;
    audit(
        c,
        by.now,
        &by.actor,
        "create",
        Subject::of_patient("patients", id.0, id.0),
        "",
    )?;
    Ok(Saved::Done(id))
}

/// Registers a patient inside a caller's transaction (booking for somebody new).
///
/// # Errors
/// `Invalid` with the fields' faults; possible duplicates are a fault of the field `duplicate`.
pub fn register_in(c: &mut Conn, ctx: &Ctx, actor: &Actor, input: &Input) -> Result<PatientId> {
    match register_now(c, &By::new(ctx, actor, "desk"), input)? {
        Saved::Done(id) => Ok(id),
        Saved::Similar(found) => {
            let names: Vec<String> = found
                .iter()
                .map(|f| format!("{} {}", f.patient.name, f.patient.chart_no))
                .collect();
            let names = names.join(", ");
            Err(Error::field(
                "duplicate",
                "possible_duplicate",
                format!("可能已有档案：{names}"),
                format!("This may be {names}"),
            ))
        }
    }
}

/// Somebody who has shown that the number or address they gave is theirs.
#[derive(Debug)]
pub enum Met {
    /// They are registered: the same number or address, and the same name.
    Known(PatientId),
    /// They have been registered now; others who may be the same person, whom the desk should compare.
    New(PatientId, Vec<Candidate>),
    /// They are not registered, and were not to be.
    Stranger,
}

/// Finds or, if `register`, registers who has shown that the telephone number or email address in `input` is theirs. Nobody
/// else may be asked whether they are somebody who is registered already, so that what only may be the same is told, and
/// never in the way.
///
/// # Errors
/// `Invalid` with the fields' faults.
pub fn meet_in(c: &mut Conn, ctx: &Ctx, actor: &Actor, input: &Input, register: bool) -> Result<Met> {
    let by = By::new(ctx, actor, "online");
    let data = read(input, &store::find_home(c)?, by.now, None)?;
    let probe = Probe {
        name: data.name.clone(),
        phone: data.phone.as_ref().map(ToString::to_string),
        birth_date: data.birth_date,
        national_id: None,
        except: None,
    };
    let mut taken = taken_for_one(&probe);
    taken.extend(data.email.iter().map(|email| format!("email/{}", email.to_lowercase())));
    store::lock_people(c, &taken)?;
    let mut found = store::duplicates(c, &by.keys, &probe)?;
    // A number is a family's, and brothers have names that are alike: only the very name is the same person.
    let named = search_name(&data.name);
    if let Some(same) = found
        .iter()
        .find(|f| f.why == Why::PhoneAndName && f.patient.search_name == named)
    {
        return Ok(Met::Known(same.patient.id));
    }
    if let Some(email) = &data.email {
        let theirs = store::with_email(c, email)?;
        if let Some(same) = theirs.iter().find(|p| p.search_name == named) {
            return Ok(Met::Known(same.id));
        }
    }
    if !register {
        return Ok(Met::Stranger);
    }
    let id = store::insert_patient(c, by.now, &by.keys, &data)?;
    note_consents(c, &by, id, input, (Consents::default(), false))?;
    audit(
        c,
        by.now,
        &by.actor,
        "create",
        Subject::of_patient("patients", id.0, id.0),
        "",
    )?;
    found.retain(|f| f.why != Why::PhoneOnly);
    Ok(Met::New(id, found))
}

/// Changes a patient from typed fields, made on the `version` among them.
pub(super) async fn change(ctx: &Ctx, actor: &Actor, id: PatientId, input: Input, how: &'static str) -> Result<Saved> {
    let by = By::new(ctx, actor, how);
    ctx.db.write(move |c| change_now(c, &by, id, &input)).await
}

fn change_now(c: &mut Conn, by: &By, id: PatientId, input: &Input) -> Result<Saved> {
    let before = store::get_patient(c, id)?;
    let home = store::find_home(c)?;
    let subject = Subject::of_patient("patients", id.0, id.0);
    let version: i64 = input.get("version").parse().unwrap_or(0);
    if version != before.version {
        return Err(stale(c, home.zone, subject)?);
    }
    let stored_id = store::national_id_of(&by.keys, &before);
    let stored = Stored {
        national_id: stored_id.clone(),
        sex: before.sex,
        birth_date: before.birth_date,
    };
    let data = read(input, &home, by.now, Some(stored))?;
    let similar = in_the_way(c, by, input, &data, Some(&before))?;
    if !similar.is_empty() {
        return Ok(Saved::Similar(similar));
    }
    match store::update_patient(c, by.now, &by.keys, (id, version), &data) {
        // Somebody was faster in this very moment.
        Err(e) if e.code() == "stale" => return Err(stale(c, home.zone, subject)?),
        other => other?,
    };
    let consents = store::consents(c, id)?;
    note_consents(c, by, id, input, (consents, before.marketing))?;
    let after = store::get_patient(c, id)?;
    let detail = changed_fields(&before, &after, stored_id.as_ref() != data.national_id.as_ref());
    audit(c, by.now, &by.actor, "update", subject, &detail)?;
    Ok(Saved::Done(id))
}

fn read(input: &Input, home: &Home, now: Instant, stored: Option<Stored>) -> Result<PatientData> {
    let today = now.day(home.zone);
    let reading = Reading {
        input,
        home,
        today,
        stored,
    };
    reading.read()
}

/// Duplicates that keep from saving: the same national ID always, the others until they are confirmed to be other people.
/// A change is asked only about what it changes: a new address is no reason to ask about a name that was there before.
fn in_the_way(
    c: &mut Conn,
    by: &By,
    input: &Input,
    data: &PatientData,
    before: Option<&Patient>,
) -> Result<Vec<Candidate>> {
    let probe = Probe {
        name: data.name.clone(),
        phone: data.phone.as_ref().map(ToString::to_string),
        birth_date: data.birth_date,
        national_id: data.national_id.clone(),
        except: before.map(|p| p.id),
    };
    store::lock_people(c, &taken_for_one(&probe))?;
    let found = store::duplicates(c, &by.keys, &probe)?;
    let confirmed = input.ticked("confirm_duplicate");
    let name = before.is_none_or(|p| p.name != data.name);
    let phone = before.is_none_or(|p| p.phone.as_deref() != data.phone.as_ref().map(PhoneNumber::as_str));
    let birth = before.is_none_or(|p| p.birth_date != data.birth_date);
    let blocks = |why: Why| match why {
        Why::NationalId => true,
        Why::PhoneAndName => !confirmed && (name || phone),
        Why::NameAndBirth => !confirmed && (name || birth),
        Why::PhoneOnly => false,
    };
    Ok(if found.iter().any(|f| blocks(f.why)) {
        found.into_iter().filter(|f| f.why != Why::PhoneOnly).collect()
    } else {
        Vec::new()
    })
}

/// What two rows of the same person have in common: locked while one is looked for and made.
fn taken_for_one(probe: &Probe) -> Vec<String> {
    let phone = probe.phone.iter().map(|phone| format!("phone/{phone}"));
    let name = search_name(&probe.name);
    let birth = probe.birth_date.iter().map(|day| format!("birth/{day}/{name}"));
    phone.chain(birth).collect()
}

/// What was answered to a question of consent: agreed, refused; none: nothing.
fn answer(input: &Input, field: &str) -> Option<bool> {
    match input.get(field) {
        "" => None,
        said => Some(said != REFUSED),
    }
}

/// Adds a row for every consent that is now another than it was. What is left out of a form that had it is taken back.
fn note_consents(
    c: &mut Conn,
    by: &By,
    id: PatientId,
    input: &Input,
    (before, marketing): (Consents, bool),
) -> Result<()> {
    let kept = |field, was: Option<bool>| answer(input, field).or(was.map(|_| false));
    let ways = [
        ("sms", "care", before.sms, kept("consent_sms", before.sms)),
        ("email", "care", before.email, kept("consent_email", before.email)),
        ("any", "marketing", Some(marketing), Some(input.ticked("marketing"))),
    ];
    for (channel, purpose, was, is) in ways {
        if let Some(granted) = is.filter(|_| is != was) {
            store::insert_consent(c, by.now, id, (channel, purpose, granted), (by.how, by.actor.user))?;
        }
    }
    Ok(())
}

/// Names of the fields that changed: never their content.
fn changed_fields(before: &Patient, after: &Patient, id_changed: bool) -> String {
    let none = Consents::default();
    let (old, new) = (input_of(before, none), input_of(after, none));
    let lines = [
        "name",
        "sex",
        "birth_date",
        "phone",
        "other_phone",
        "email",
        "language",
        "channel",
        "zone",
        "needs",
        "allergies",
        "history",
        "occupation",
        "address",
        "source",
        "note",
    ];
    let mut changed: Vec<&str> = lines.into_iter().filter(|f| old.get(f) != new.get(f)).collect();
    for tick in ["marketing", "lunar_birthday", "vip", "deceased"] {
        if old.ticked(tick) != new.ticked(tick) {
            changed.push(tick);
        }
    }
    if id_changed {
        changed.push("national_id");
    }
    changed.join(", ")
}

/// Notes that somebody took a list of patients: what was asked for and how many were given. Called before it is given: when
/// the row cannot be written, it is not.
pub(super) async fn list_was_read(
    ctx: &Ctx,
    actor: &Actor,
    q: Option<&str>,
    after: Option<PatientId>,
    count: usize,
) -> Result<()> {
    let asked = match (q, after) {
        (Some(q), _) => format!("q={}", q.chars().take(QUERY_NOTED).collect::<String>()),
        (None, Some(after)) => format!("after={after}"),
        (None, None) => "all".to_owned(),
    };
    let (now, actor, detail) = (ctx.now(), actor.clone(), format!("{count} patients of {asked}"));
    let subject = Subject {
        kind: "patients",
        id: None,
        patient: None,
    };
    ctx.db
        .write(move |c| audit(c, now, &actor, "read", subject, &detail))
        .await
}

/// Who may be the person typed so far: for the warning beside the form. Fields that cannot be read are left out.
pub(super) async fn look_for_duplicates(ctx: &Ctx, input: Input) -> Result<Vec<Candidate>> {
    let (now, keys) = (ctx.now(), ctx.keys.clone());
    ctx.db
        .read(move |c| {
            let home = store::find_home(c)?;
            let phone = PhoneNumber::parse(input.get("phone"), &home.country).ok();
            let probe = Probe {
                name: tidy_name(input.get("name")).unwrap_or_default(),
                phone: phone.map(|p| p.to_string()),
                birth_date: parse_birth(input.get("birth_date"), now.day(home.zone)).ok(),
                national_id: NationalId::parse(input.get("national_id")).ok(),
                except: input.get("id").parse().ok(),
            };
            store::duplicates(c, &keys, &probe)
        })
        .await
}
