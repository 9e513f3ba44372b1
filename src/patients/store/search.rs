//! Finding patients by what was typed into the search box.

use diesel::prelude::*;

use super::super::model::{Patient, PhoneNumber, Query, tail_of};
use super::find::find_home;
use crate::platform::db::schema::patients;
use crate::platform::db::{Conn, MultiBackend};
use crate::platform::error::Result;

/// Sorts after every text that begins like what stands before it; both databases compare these columns byte by byte.
const LAST: char = '\u{10FFFF}';
/// Digits from which a number is taken for (a part of) a phone number when no letters stand beside it.
const DIGITS_MIN: usize = 3;
/// Nobody's name or number is longer, in characters; SQLite takes no pattern of more than 50,000 bytes.
const TEXT_MAX: usize = 200;
/// Digits of a number that is as good as whole.
const NUMBER_MIN: usize = 6;

type Boxed<'a> = patients::BoxedQuery<'a, MultiBackend>;

/// Patients found by one search box, best first: chart number, phone, name, pinyin initials, the end of a phone number, and
/// letters with digits (`sl77`: initials sl, phone ending with 77 or having it among its last four).
///
/// Exact matches and prefixes go by index on both databases; only when they give fewer than `limit` are texts searched
/// inside.
pub fn search_patients(c: &mut Conn, text: &str, limit: i64) -> Result<Vec<Patient>> {
    let q = Query::parse(text);
    let mut found = Found {
        rows: Vec::new(),
        limit: usize::try_from(limit.max(0)).unwrap_or(0),
    };
    if q.is_empty() || found.limit == 0 || text.chars().count() > TEXT_MAX {
        return Ok(found.rows);
    }
    found.take(c, patients::table.filter(patients::chart_no.eq(&q.whole)).into_boxed())?;
    match (q.letters.is_empty(), q.digits.is_empty()) {
        (true, _) => {
            by_number(c, &mut found, text, &q)?;
            by_digits(c, &mut found, &q)?;
        }
        (false, true) => by_letters(c, &mut found, &q)?,
        (false, false) => by_both(c, &mut found, &q)?,
    }
    if !q.digits.is_empty() {
        let end = format!("{}{LAST}", q.whole);
        found.take(
            c,
            patients::table
                .filter(patients::chart_no.ge(&q.whole).and(patients::chart_no.lt(end)))
                .order(patients::chart_no)
                .into_boxed(),
        )?;
    }
    Ok(found.rows)
}

struct Found {
    rows: Vec<Patient>,
    limit: usize,
}

impl Found {
    fn is_full(&self) -> bool {
        self.rows.len() >= self.limit
    }
    /// Adds what a query finds and is not there yet.
    fn take(&mut self, c: &mut Conn, query: Boxed<'_>) -> Result<()> {
        if self.is_full() {
            return Ok(());
        }
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        for row in query.limit(limit).load::<Patient>(c)? {
            if !self.is_full() && self.rows.iter().all(|r| r.id != row.id) {
                self.rows.push(row);
            }
        }
        Ok(())
    }
}

/// A whole number, as its owner says it: with or without the country, with the 0 that is dialled within it.
fn by_number(c: &mut Conn, found: &mut Found, text: &str, q: &Query) -> Result<()> {
    if q.digits.len() < NUMBER_MIN {
        return Ok(());
    }
    let home = find_home(c)?;
    let Ok(number) = PhoneNumber::parse(text, &home.country) else {
        return Ok(());
    };
    let number = number.as_str().to_owned();
    let whole = patients::phone.eq(number.clone()).or(patients::other_phone.eq(number));
    found.take(c, patients::table.filter(whole).order(patients::id.desc()).into_boxed())
}

fn by_digits(c: &mut Conn, found: &mut Found, q: &Query) -> Result<()> {
    if q.digits.len() < DIGITS_MIN {
        return Ok(());
    }
    // The 0 that is dialled within a country is in no number as it is kept; chart numbers begin with one, though.
    let digits = match q.digits.trim_start_matches('0') {
        rest if rest.len() >= NUMBER_MIN => rest,
        _ => q.digits.as_str(),
    };
    let newest = patients::id.desc();
    if digits.len() >= 7 {
        let whole = vec![format!("+86{digits}"), format!("+{digits}")];
        let exact = patients::phone
            .eq_any(whole.clone())
            .or(patients::other_phone.eq_any(whole));
        found.take(c, patients::table.filter(exact).order(newest).into_boxed())?;
    }
    if digits.len() > 4 {
        let ends = patients::phone_tail
            .eq(tail_of(digits))
            .and(patients::phone.like(format!("%{digits}")));
        found.take(c, patients::table.filter(ends).order(newest).into_boxed())?;
    } else {
        found.take(
            c,
            patients::table
                .filter(patients::phone_tail.eq_any(tails_ending_with(digits)))
                .order(newest)
                .into_boxed(),
        )?;
    }
    let inside = format!("%{digits}%");
    let anywhere = patients::phone
        .like(inside.clone())
        .or(patients::other_phone.like(inside))
        .or(patients::chart_no.like(format!("%{}%", q.digits)));
    found.take(c, patients::table.filter(anywhere).order(newest).into_boxed())
}

/// All four-digit tails that end with these (at most four) digits: what an index can look up.
fn tails_ending_with(digits: &str) -> Vec<String> {
    let free = 4_usize.saturating_sub(digits.len());
    let count = 10_u32.pow(u32::try_from(free).unwrap_or(0));
    (0..count)
        .map(|n| {
            if free == 0 {
                digits.to_owned()
            } else {
                format!("{n:0free$}{digits}")
            }
        })
        .collect()
}

fn by_letters(c: &mut Conn, found: &mut Found, q: &Query) -> Result<()> {
    let (letters, end) = (&q.letters, format!("{}{LAST}", q.letters));
    found.take(
        c,
        patients::table.filter(patients::search_name.eq(letters)).into_boxed(),
    )?;
    if q.is_latin() {
        found.take(c, patients::table.filter(patients::initials.eq(letters)).into_boxed())?;
    }
    let name_begins = patients::search_name
        .ge(letters)
        .and(patients::search_name.lt(end.clone()));
    found.take(
        c,
        patients::table
            .filter(name_begins)
            .order((patients::search_name, patients::id))
            .into_boxed(),
    )?;
    if q.is_latin() {
        let begins = patients::initials.ge(letters).and(patients::initials.lt(end));
        found.take(
            c,
            patients::table
                .filter(begins)
                .order((patients::initials, patients::id))
                .into_boxed(),
        )?;
    }
    let inside = patients::search_name.like(format!("%{letters}%"));
    found.take(c, patients::table.filter(inside).order(patients::id).into_boxed())
}

/// `sl77`, `孙7731`: who it is by letters, of those whose phone ends with the digits, or has them among the last four.
fn by_both(c: &mut Conn, found: &mut Found, q: &Query) -> Result<()> {
    let (letters, end) = (&q.letters, format!("{}{LAST}", q.letters));
    for pattern in [format!("%{}", q.digits), format!("%{}%", q.digits)] {
        let by_name = patients::search_name
            .ge(letters)
            .and(patients::search_name.lt(end.clone()))
            .and(patients::phone.like(pattern.clone()));
        found.take(
            c,
            patients::table
                .filter(by_name)
                .order(patients::search_name)
                .into_boxed(),
        )?;
        if q.is_latin() {
            let by_initials = patients::initials
                .ge(letters)
                .and(patients::initials.lt(end.clone()))
                .and(patients::phone.like(pattern));
            found.take(
                c,
                patients::table
                    .filter(by_initials)
                    .order((patients::initials, patients::id))
                    .into_boxed(),
            )?;
        }
    }
    Ok(())
}
