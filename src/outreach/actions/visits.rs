//! What a finished visit does to the recalls.

use chrono::NaiveDate;

use super::super::model::{Recall, plus_months};
use super::super::store::{before, recalls};
use crate::clinic;
use crate::platform::clock::{Instant, day_bounds};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::records::{Visit, VisitObserver};

/// Makes and takes back recalls as visits are finished and reopened.
pub struct Recalls;

impl VisitObserver for Recalls {
    fn finished(&self, c: &mut Conn, now: Instant, visit: &Visit) -> Result<()> {
        let Some((service, months)) = recall_rule(c, visit)? else {
            return Ok(());
        };
        // A correction of an old visit does not set the clock back.
        let newer = recalls::previous_visit(c, visit.patient_id, service, visit.id)?;
        if newer.is_some_and(|(_, day)| day > visit.day) {
            return Ok(());
        }
        let was = before::find_of(c, visit.patient_id, service)?;
        // Finished anew without having been reopened: what was kept the first time stands.
        if was.as_ref().is_none_or(|r| r.visit_id != Some(visit.id)) {
            before::keep(c, visit.id, was.as_ref())?;
        }
        let due_on = plus_months(visit.day, months);
        recalls::make_due(c, now, (visit.patient_id, service), (visit.id, due_on))
    }

    /// Gives back what was there: also that the patient had declined. A contact made since the visit is not forgotten.
    fn reopened(&self, c: &mut Conn, now: Instant, visit: &Visit) -> Result<()> {
        let Some(service) = visit.service_id else {
            return Ok(());
        };
        let kept = before::find(c, visit.id)?;
        before::forget(c, visit.id)?;
        let recall = before::find_of(c, visit.patient_id, service)?;
        // One that counts from another visit is none of this one's business.
        let Some(recall) = recall.filter(|r| r.visit_id == Some(visit.id)) else {
            return Ok(());
        };
        let contacted = recall.attempts > 0;
        match kept {
            Some(None) => recalls::delete(c, visit.patient_id, service),
            Some(Some(was)) if contacted => before::count_from(c, now, &recall, was.counted_from, was.due_on),
            Some(Some(was)) => before::restore(c, &recall, &was),
            None => without_memory(c, now, visit, &recall),
        }
    }
}

/// For a recall that an import made of the visit: nobody kept what it was, so it is worked out from the visit before.
fn without_memory(c: &mut Conn, now: Instant, visit: &Visit, recall: &Recall) -> Result<()> {
    let Some((service, months)) = recall_rule(c, visit)? else {
        return Ok(());
    };
    match recalls::previous_visit(c, visit.patient_id, service, visit.id)? {
        Some((id, day)) if recall.attempts > 0 => {
            before::count_from(c, now, recall, Some(id), plus_months(day, months))
        }
        Some((id, day)) => recalls::make_due(c, now, (visit.patient_id, service), (id, plus_months(day, months))),
        None => recalls::delete(c, visit.patient_id, service),
    }
}

fn recall_rule(c: &mut Conn, visit: &Visit) -> Result<Option<(clinic::ServiceId, i32)>> {
    let Some(id) = visit.service_id else {
        return Ok(None);
    };
    let months = clinic::find_service(c, id)?.and_then(|s| s.recall_months);
    Ok(months.map(|m| (id, m)))
}

/// Makes the recalls that finished visits call for, after an import or for the sample data. Running it twice changes
/// nothing. Gives how many rows were made or brought up to date.
pub fn recalls_from_history(c: &mut Conn, now: Instant) -> Result<usize> {
    recalls::derive_from_visits(c, now)
}

/// Recalls that wait to be worked on today, for the counter in the rail.
pub fn count_due_recalls(c: &mut Conn, today: NaiveDate) -> Result<i64> {
    let (morning, _) = day_bounds(clinic::the_site(c)?.tz(), today);
    recalls::count_due(c, today, morning)
}
