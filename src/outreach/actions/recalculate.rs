//! Working out recalls anew: of one patient as a visit, an edit or the risk changes; of all in steps, as a type does; and of those
//! who come to another age.

use chrono::NaiveDate;

use super::super::model::{RecallType, age};
use super::super::store::recalls::{self, BATCH, Progress, Step};
use crate::clinic;
use crate::patients::{PatientId, month_day};
use crate::platform::clock::{Instant, next_day, plus_days};
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::records::VisitId;

/// Steps of one run of the job; the next one goes on.
const STEPS_MAX: usize = 500;
/// Steps that a change of the settings does at once, so that small clinics see what comes of it.
pub const STEPS_AT_ONCE: usize = 10;
/// Birthdays are caught up for at most so many days.
const BIRTHDAYS_DAYS: i64 = 366;

/// Works out the recalls of one patient anew, in the caller's transaction; `except` is a visit that does not count any more.
pub fn one_patient(c: &mut Conn, now: Instant, patient: PatientId, except: Option<VisitId>) -> Result<()> {
    let (types, today) = (recalls::list_types(c)?, today(c, now)?);
    for step in recalls::steps(c, today, &types, &[patient], except)? {
        if !step.is_done() {
            recalls::take(c, now, &step)?;
        }
    }
    Ok(())
}

/// What each recall of a patient should be, and why one that is not open has ended.
pub fn explain(c: &mut Conn, now: Instant, patient: PatientId) -> Result<Vec<Step>> {
    let (types, today) = (recalls::list_types(c)?, today(c, now)?);
    recalls::steps(c, today, &types, &[patient], None)
}

fn today(c: &mut Conn, now: Instant) -> Result<NaiveDate> {
    Ok(now.day(clinic::the_site(c)?.tz()))
}

/// Works out the recalls of these patients anew. Gives how many rows changed; none when somebody else changed one of them
/// meanwhile, who may not have seen the same facts: it is to be done again.
fn several(c: &mut Conn, now: Instant, types: &[RecallType], who: &[PatientId]) -> Result<Option<usize>> {
    let today = today(c, now)?;
    let (mut changed, mut again) = (0, false);
    for who in who.chunks(BATCH) {
        for step in recalls::steps(c, today, types, who, None)? {
            if step.is_done() {
                continue;
            }
            if recalls::take_unless_changed(c, now, &step)? {
                changed += 1;
            } else {
                again = true;
            }
        }
    }
    Ok((!again).then_some(changed))
}

fn basis(types: &[RecallType]) -> String {
    let used = types.iter().filter(|t| t.recalls() || t.version > 0);
    used.map(RecallType::basis).collect::<Vec<_>>().join(";")
}

/// Makes the recalls that finished visits call for, after an import or for the sample data. Running it twice changes
/// nothing. Gives how many rows were made or brought up to date.
///
/// # Errors
/// Those of the database.
pub fn recalls_from_history(c: &mut Conn, now: Instant) -> Result<usize> {
    let types = recalls::list_types(c)?;
    let (mut changed, mut reached) = (0, PatientId(0));
    loop {
        let who = recalls::next_patients(c, reached)?;
        let Some(last) = who.last().copied() else { break };
        // An import has the recalls for itself; what it might miss, it finds when it is run again.
        changed += several(c, now, &types, &who)?.unwrap_or(0);
        reached = last;
    }
    let done = Progress {
        basis: Some(basis(&types)),
        reached: None,
        born_until: Some(today(c, now)?),
        people_until: Some(now),
        ..recalls::progress(c)?
    };
    recalls::save_progress(c, &done)?;
    Ok(changed)
}

/// Before the first change of a type: what was worked out so far goes by the types as they are.
pub fn take_stock(c: &mut Conn, now: Instant) -> Result<()> {
    if recalls::progress(c)?.basis.is_none() {
        next_step(c, now)?;
    }
    Ok(())
}

/// One step of what is to be worked out anew, in one short transaction. None: there is nothing more to do.
fn next_step(c: &mut Conn, now: Instant) -> Result<Option<usize>> {
    let (was, types, today) = (recalls::progress(c)?, recalls::list_types(c)?, today(c, now)?);
    let wanted = basis(&types);
    let mut next = was.clone();
    let changed = match (&was.basis, was.reached) {
        // As this version finds it: what was worked out before stays.
        (None, _) => {
            (next.basis, next.born_until, next.people_until) = (Some(wanted), Some(today), Some(now));
            0
        }
        (Some(basis), _) if *basis != wanted => {
            (next.basis, next.reached) = (Some(wanted), Some(PatientId(0)));
            (next.born_until, next.people_until) = (Some(today), Some(now));
            0
        }
        (Some(_), Some(reached)) => {
            let who = recalls::next_patients(c, reached)?;
            next.reached = who.last().copied();
            match several(c, now, &types, &who)? {
                Some(changed) => changed,
                None => return Ok(Some(0)),
            }
        }
        (Some(_), None) => match by_age(c, now, &types, &mut next)? {
            Some(changed) => changed,
            None => return Ok(None),
        },
    };
    recalls::save_progress(c, &next)?;
    Ok(Some(changed))
}

/// Who comes to an age at which a type begins or ends, a day's birthdays in a step; then those whose record was changed, for
/// their day of birth may be another.
fn by_age(c: &mut Conn, now: Instant, types: &[RecallType], next: &mut Progress) -> Result<Option<usize>> {
    let today = today(c, now)?;
    let bounds: Vec<i32> = types.iter().flat_map(|t| [t.age_from, t.age_until]).flatten().collect();
    let until = next.born_until.unwrap_or(today).max(plus_days(today, -BIRTHDAYS_DAYS));
    if until < today && bounds.is_empty() {
        next.born_until = Some(today);
        return Ok(Some(0));
    }
    if until < today {
        let day = next_day(until);
        let born = recalls::born_on(c, &older_on(day))?.into_iter();
        let of_age = born.filter(|(_, born)| born.is_some_and(|b| bounds.contains(&age(b, day))));
        let who: Vec<PatientId> = of_age.map(|(id, _)| id).collect();
        let done = several(c, now, types, &who)?;
        next.born_until = Some(if done.is_some() { day } else { until });
        return Ok(Some(done.unwrap_or(0)));
    }
    if bounds.is_empty() {
        return Ok(None);
    }
    let Some((who, until)) = recalls::changed_after(c, next.people_until.unwrap_or(now))? else {
        return Ok(None);
    };
    let done = several(c, now, types, &who)?;
    next.people_until = if done.is_some() { Some(until) } else { next.people_until };
    Ok(Some(done.unwrap_or(0)))
}

/// The `MMDD` of those who are a year older on `day`: who was born on 29 February, on 1 March of a common year.
fn older_on(day: NaiveDate) -> Vec<i32> {
    let today = month_day(day);
    let leap = (today == 301 && !day.leap_year()).then_some(229);
    std::iter::once(today).chain(leap).collect()
}

/// Carries on with what is to be worked out anew, in short transactions, at most `steps` of them. Gives how many recalls
/// changed, and whether all is done.
///
/// # Errors
/// Those of the database.
pub async fn recalculate(db: &Db, now: Instant, steps: usize) -> Result<(usize, bool)> {
    let mut changed = 0;
    for _ in 0..steps {
        match db.write(move |c| next_step(c, now)).await? {
            Some(n) => changed += n,
            None => return Ok((changed, true)),
        }
    }
    Ok((changed, false))
}

/// The job: what is to be worked out anew, as far as one run goes.
///
/// # Errors
/// Those of the database.
pub async fn recalculate_recalls(db: &Db, now: Instant) -> Result<String> {
    let (changed, done) = recalculate(db, now, STEPS_MAX).await?;
    let more = if done { "" } else { ", more to do" };
    Ok(format!("{changed} recalls worked out anew{more}"))
}

/// What a change of the types would do to recalls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Foreseen {
    /// Another day.
    pub moved: usize,
    /// New, or back.
    pub begun: usize,
    /// No longer open.
    pub ended: usize,
    /// More patients than were looked at.
    pub more: bool,
}

impl Foreseen {
    /// All of them.
    pub fn total(self) -> usize {
        self.moved + self.begun + self.ended
    }
}

/// Patients looked at for [`foresee`].
const LOOKED_AT: usize = 20_000;

/// What recalls would become if the types were these. Nothing is written.
///
/// # Errors
/// Those of the database.
pub fn foresee(c: &mut Conn, now: Instant, types: &[RecallType]) -> Result<Foreseen> {
    use super::super::model::RecallState::Due;
    let today = today(c, now)?;
    let (mut foreseen, mut reached) = (Foreseen::default(), PatientId(0));
    for _ in 0..LOOKED_AT / BATCH {
        let who = recalls::next_patients(c, reached)?;
        let Some(last) = who.last().copied() else {
            return Ok(foreseen);
        };
        for step in recalls::steps(c, today, types, &who, None)? {
            let was = step.row.as_ref().filter(|r| r.state == Due).map(|r| r.due_on);
            let will = step.target.as_ref().filter(|t| t.state == Due).map(|t| t.due_on);
            match (was, will) {
                (None, Some(_)) => foreseen.begun += 1,
                (Some(_), None) => foreseen.ended += 1,
                (Some(a), Some(b)) if a != b => foreseen.moved += 1,
                _ => (),
            }
        }
        reached = last;
    }
    foreseen.more = true;
    Ok(foreseen)
}
