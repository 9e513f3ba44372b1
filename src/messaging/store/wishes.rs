//! Who wants what, and what has been sent to them today; notes that outlive a process.

use std::collections::HashSet;

use diesel::prelude::*;

use super::super::model::{Carrier, OptOut, OptOutId, Purpose, Scope, stopped_by};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{address_health, installation, opt_outs, patients};
use crate::platform::db::{Both, Conn, Prepared};
use crate::platform::error::Result;

/// People who share an address and are named.
const SHARERS_MAX: i64 = 20;

/// Whether an address wants no message of this purpose whose template says this.
pub fn is_opted_out(
    c: &mut Conn,
    (channel, address): (Carrier, &str),
    (purpose, says): (Purpose, &str),
) -> Result<bool> {
    let rows = opt_outs::table
        .filter(opt_outs::channel.eq(channel))
        .filter(opt_outs::address.eq_any(spellings(channel, address)))
        .filter(opt_outs::scope.eq_any(stopped_by(purpose, channel, says).to_vec()));
    Ok(Prepared(diesel::select(diesel::dsl::exists(rows))).get_result(c)?)
}

/// What is known against many addresses.
#[derive(Debug, Default)]
pub struct Refusals {
    opted_out: HashSet<(Carrier, String, Scope)>,
    comes_back: HashSet<String>,
}

impl Refusals {
    /// Whether an address wants no message of this purpose whose template says this.
    pub fn is_opted_out(&self, (channel, address): (Carrier, &str), (purpose, says): (Purpose, &str)) -> bool {
        let scopes = stopped_by(purpose, channel, says);
        let all = spellings(channel, address).into_iter();
        let mut all = all.flat_map(|a| scopes.iter().map(move |s| (channel, a.clone(), *s)));
        all.any(|row| self.opted_out.contains(&row))
    }
    /// Whether mail to it comes back.
    pub fn comes_back(&self, email: &str) -> bool {
        self.comes_back.contains(&email.to_lowercase())
    }
}

/// What is known against these addresses; read in pieces.
pub fn refusals_of(c: &mut Conn, addresses: &[String]) -> Result<Refusals> {
    const CHUNK: usize = 500;
    let mut known = Refusals::default();
    for chunk in addresses.chunks(CHUNK) {
        let spelt: Vec<String> = chunk.iter().flat_map(|a| spellings(Carrier::Email, a)).collect();
        let rows: Vec<(Carrier, String, Scope)> = opt_outs::table
            .filter(opt_outs::channel.eq_any(Carrier::ALL.to_vec()))
            .filter(opt_outs::address.eq_any(spelt.clone()))
            .select((opt_outs::channel, opt_outs::address, opt_outs::scope))
            .load(c)?;
        known.opted_out.extend(rows);
        let back: Vec<String> = address_health::table
            .filter(address_health::channel.eq(Carrier::Email))
            .filter(address_health::address.eq_any(spelt))
            .filter(address_health::suppressed_at.is_not_null())
            .select(address_health::address)
            .load(c)?;
        known.comes_back.extend(back);
    }
    Ok(known)
}

/// The opt-outs at an address, the oldest first: one of each scope, though it may stand there in two spellings.
pub fn opt_outs_at(c: &mut Conn, channel: Carrier, address: &str) -> Result<Vec<OptOut>> {
    let mut found: Vec<OptOut> = opt_outs::table
        .filter(opt_outs::channel.eq(channel))
        .filter(opt_outs::address.eq_any(spellings(channel, address)))
        .order((opt_outs::scope, opt_outs::id))
        .load(c)?;
    found.dedup_by_key(|o| o.scope);
    found.sort_by_key(|o| o.at);
    Ok(found)
}

/// One of them.
pub fn find_opt_out(c: &mut Conn, id: OptOutId) -> Result<Option<OptOut>> {
    Ok(opt_outs::table.find(id.0).first(c).optional()?)
}

/// Others who have a number or an email address, some of them.
pub fn sharers(
    c: &mut Conn,
    (channel, address): (Carrier, &str),
    besides: PatientId,
) -> Result<Vec<(PatientId, String)>> {
    let mut found = patients::table
        .filter(patients::id.ne(besides))
        .order(patients::id)
        .select((patients::id, patients::name))
        .limit(SHARERS_MAX)
        .into_boxed();
    found = match channel {
        Carrier::Sms => found.filter(patients::phone.eq(address.to_owned())),
        Carrier::Email => found.filter(patients::email.eq_any(spellings(channel, address))),
    };
    Ok(found.load(c)?)
}

/// An address as it was typed, and as it may be typed the next time.
fn spellings(channel: Carrier, address: &str) -> Vec<String> {
    let mut all = vec![address.to_owned()];
    if channel == Carrier::Email {
        all.push(address.to_lowercase());
        all.dedup();
    }
    all
}

/// Notes that an address wants no more; false when it was noted already.
pub fn insert_opt_out(
    c: &mut Conn,
    now: Instant,
    (channel, address): (Carrier, &str),
    scope: Scope,
    evidence: &str,
) -> Result<bool> {
    let mut inserted = 0;
    for address in spellings(channel, address) {
        let row = (
            opt_outs::channel.eq(channel),
            opt_outs::address.eq(address),
            opt_outs::scope.eq(scope),
            opt_outs::evidence.eq(evidence),
            opt_outs::at.eq(now),
        );
        inserted += Both(
            diesel::insert_into(opt_outs::table)
                .values(row)
                .on_conflict_do_nothing(),
        )
        .execute(c)?;
    }
    Ok(inserted > 0)
}

/// An address wants messages again. Gives how many opt-outs that ends.
pub fn delete_opt_outs(c: &mut Conn, channel: Carrier, address: &str) -> Result<usize> {
    let rows = opt_outs::table
        .filter(opt_outs::channel.eq(channel))
        .filter(opt_outs::address.eq_any(spellings(channel, address)));
    Ok(diesel::delete(rows).execute(c)?)
}

/// The same for one scope alone.
pub fn delete_opt_out(c: &mut Conn, channel: Carrier, address: &str, scope: Scope) -> Result<usize> {
    let rows = opt_outs::table
        .filter(opt_outs::channel.eq(channel))
        .filter(opt_outs::address.eq_any(spellings(channel, address)))
        .filter(opt_outs::scope.eq(scope));
    Ok(diesel::delete(rows).execute(c)?)
}

/// The patients who share a mobile number or an email address: so many that it is known whether there is one alone.
pub fn patients_at(c: &mut Conn, (channel, address): (Carrier, &str)) -> Result<Vec<PatientId>> {
    let mut found = patients::table.select(patients::id).limit(2).into_boxed();
    found = match channel {
        Carrier::Sms => found.filter(patients::phone.eq(address.to_owned())),
        Carrier::Email => found.filter(patients::email.eq(address.to_owned())),
    };
    Ok(found.load(c)?)
}

diesel::define_sql_function! {
    /// In characters.
    fn length(text: diesel::sql_types::Text) -> diesel::sql_types::Integer;
}

/// The longest name that a patient has, by an index of its own; none: there is nobody.
pub fn longest_patient(c: &mut Conn) -> Result<Vec<String>> {
    Ok(patients::table
        .order(length(patients::name).desc())
        .select(patients::name)
        .limit(1)
        .load(c)?)
}

/// A setting of the installation that changes while it runs.
pub fn find_note(c: &mut Conn, name: &str) -> Result<Option<String>> {
    Ok(installation::table
        .find(name)
        .select(installation::value)
        .first(c)
        .optional()?)
}
/// Sets it.
pub fn put_note(c: &mut Conn, name: &str, value: &str) -> Result<()> {
    Both(
        diesel::insert_into(installation::table)
            .values((installation::name.eq(name), installation::value.eq(value)))
            .on_conflict(installation::name)
            .do_update()
            .set(installation::value.eq(value)),
    )
    .execute(c)?;
    Ok(())
}
/// Removes it.
pub fn forget_note(c: &mut Conn, name: &str) -> Result<()> {
    diesel::delete(installation::table.find(name)).execute(c)?;
    Ok(())
}

/// Notes that something is being done now; false when that was noted within the last `every` milliseconds.
pub fn note_once(c: &mut Conn, now: Instant, name: &str, every: i64) -> Result<bool> {
    let last = find_note(c, name)?.and_then(|at| at.parse().ok()).map(Instant);
    if last.is_some_and(|at| (0..every).contains(&(now - at))) {
        return Ok(false);
    }
    put_note(c, name, &now.0.to_string())?;
    Ok(true)
}
