//! Who wants what, and what has been sent to them today; notes that outlive a process.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::super::model::{Carrier, Purpose, Scope};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::schema::{installation, opt_outs, patients};
use crate::platform::db::{Both, Conn};
use crate::platform::error::Result;

/// Whether an address wants no message of this purpose. A refusal of marketing by the link in an email is one of all emails
/// that have the link.
pub fn is_opted_out(c: &mut Conn, channel: Carrier, address: &str, purpose: Purpose) -> Result<bool> {
    let mut scopes = vec![Scope::All];
    if purpose.is_marketing() || (channel == Carrier::Email && purpose.is_refusable()) {
        scopes.push(Scope::Marketing);
    }
    let rows = opt_outs::table
        .filter(opt_outs::channel.eq(channel))
        .filter(opt_outs::address.eq_any(spellings(channel, address)))
        .filter(opt_outs::scope.eq_any(scopes));
    Ok(diesel::select(diesel::dsl::exists(rows)).get_result(c)?)
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

/// The patients who share a mobile number.
pub fn patients_with_phone(c: &mut Conn, phone: &str) -> Result<Vec<PatientId>> {
    Ok(patients::table
        .filter(patients::phone.eq(phone))
        .select(patients::id)
        .limit(2)
        .load(c)?)
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

/// Keeps two dispatchers from sending one patient two commercial messages at once. SQLite has one writer anyway.
pub fn lock_patient(c: &mut Conn, id: PatientId) -> Result<()> {
    if let Conn::Pg(c) = c {
        diesel::sql_query("SELECT id FROM patients WHERE id = $1 FOR NO KEY UPDATE")
            .bind::<BigInt, _>(id.0)
            .execute(c)?;
    }
    Ok(())
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
