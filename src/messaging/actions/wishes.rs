//! Opt-outs at the desk: what a patient's addresses want no more of, noted and lifted by hand.

use super::super::model::{Carrier, Health, OptOut, OptOutId, Scope, told};
use super::super::store;
use super::inbound::masked;
use crate::patients::{self, Patient, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::staff::{self, Actor, Subject};

/// The longest note.
const NOTE_MAX: usize = 200;

/// A patient's number or email address, and what is not to go there.
#[derive(Debug, Clone)]
pub struct Reach {
    /// How.
    pub channel: Carrier,
    /// Where.
    pub address: String,
    /// Whether the record says no to this channel.
    pub refused: bool,
    /// What came back from there.
    pub health: Option<Health>,
    /// Opt-outs, the oldest first.
    pub opt_outs: Vec<OptOut>,
    /// Others who have it: for them the opt-outs hold, too.
    pub others: Vec<(PatientId, String)>,
}

impl Reach {
    /// Whether nothing goes there because mail came back.
    pub fn is_suppressed(&self) -> bool {
        self.health.as_ref().is_some_and(|h| h.suppressed_at.is_some())
    }
}

/// Where a patient can be written to.
pub fn reach_of(c: &mut Conn, patient: &Patient) -> Result<Vec<Reach>> {
    let said = patients::consents(c, patient.id)?;
    let mut found = Vec::new();
    for channel in Carrier::ALL.iter().copied() {
        let Some(address) = channel.address_of(patient) else {
            continue;
        };
        found.push(Reach {
            channel,
            refused: channel.refused(said),
            health: store::find_health(c, channel, address)?,
            opt_outs: store::opt_outs_at(c, channel, address)?,
            others: store::sharers(c, (channel, address), patient.id)?,
            address: address.to_owned(),
        });
    }
    Ok(found)
}

/// Notes that a patient wants no more of something at their number or address, because they told somebody here.
///
/// # Errors
/// At `channel`: there is no such address. At `note`: it is too long. `opted_out_already`.
pub fn note_opt_out(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    (patient, channel): (PatientId, Carrier),
    (scope, note): (Scope, &str),
) -> Result<OptOutId> {
    let of = patients::get_patient(c, patient)?;
    let address = address_of(&of, channel)?;
    let note = note.split_whitespace().collect::<Vec<_>>().join(" ");
    if note.chars().count() > NOTE_MAX {
        return Err(Error::field(
            "note",
            "too_long",
            "最多 200 个字符",
            "At most 200 characters",
        ));
    }
    if !store::insert_opt_out(c, now, (channel, address), scope, &told(&actor.name, &note))? {
        return Err(Error::conflict(
            "opted_out_already",
            "这个号码或邮箱已经退订了",
            "This number or address has opted out already",
        ));
    }
    let found = store::opt_outs_at(c, channel, address)?;
    let made = found
        .iter()
        .find(|o| o.scope == scope)
        .ok_or(Error::NotFound("opt-out"))?;
    audit(c, now, actor, (patient, "unsubscribe"), made)?;
    Ok(made.id)
}

fn address_of(patient: &Patient, channel: Carrier) -> Result<&str> {
    channel.address_of(patient).ok_or_else(|| {
        Error::field(
            "channel",
            "no_address",
            "患者没有登记这种联系方式",
            "The record has no such number or address",
        )
    })
}

/// Lifts an opt-out at a patient's number or address: they want it again.
///
/// # Errors
/// `NotFound`: there is none such of theirs.
pub fn lift_opt_out(c: &mut Conn, now: Instant, actor: &Actor, (patient, id): (PatientId, OptOutId)) -> Result<()> {
    let of = patients::get_patient(c, patient)?;
    let found = store::find_opt_out(c, id)?.ok_or(Error::NotFound("opt-out"))?;
    let theirs = found.channel.address_of(&of);
    let address = theirs
        .filter(|a| a.to_lowercase() == found.address.to_lowercase())
        .ok_or(Error::NotFound("opt-out"))?;
    store::delete_opt_out(c, found.channel, address, found.scope)?;
    audit(c, now, actor, (patient, "subscribe"), &found)
}

/// Rows of the audit are only ever added: here stands who had opted out of what, and by what that was known.
fn audit(c: &mut Conn, now: Instant, actor: &Actor, (patient, action): (PatientId, &str), of: &OptOut) -> Result<()> {
    let subject = Subject {
        kind: "messages",
        id: None,
        patient: Some(patient.0),
    };
    let at = masked((of.channel, &of.address));
    let detail = format!("{} {} at {at}: {}", of.channel, of.scope, of.evidence);
    staff::audit(c, now, actor, action, subject, &detail)
}
