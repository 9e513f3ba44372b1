//! What a finished visit does to the recalls.

use chrono::NaiveDate;

use super::super::store::{before, recalls};
use super::recalculate::one_patient;
use crate::clinic;
use crate::platform::clock::{Instant, day_bounds};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::records::{Visit, VisitObserver};

/// Makes and takes back recalls as visits are finished and reopened.
pub struct Recalls;

impl VisitObserver for Recalls {
    /// Those that come to count from the visit are due anew; what they were is kept.
    fn finished(&self, c: &mut Conn, now: Instant, visit: &Visit) -> Result<()> {
        let was = recalls::list_of(c, visit.patient_id)?;
        one_patient(c, now, visit.patient_id, None)?;
        for recall in recalls::list_of(c, visit.patient_id)? {
            let before = was.iter().find(|r| r.id == recall.id);
            // Finished anew without having been reopened: what was kept the first time stands.
            let counted_already = before.is_some_and(|r| r.visit_id == recall.visit_id);
            if recall.visit_id == Some(visit.id) && !counted_already {
                before::keep(c, (visit.id, recall.service_id), before)?;
            }
        }
        Ok(())
    }

    /// Gives back what was there: also that the patient had declined. A contact made since the visit is not forgotten.
    fn reopened(&self, c: &mut Conn, now: Instant, visit: &Visit) -> Result<()> {
        let kept = before::list(c, visit.id)?;
        before::forget(c, visit.id)?;
        for recall in recalls::list_of(c, visit.patient_id)? {
            // One that counts from another visit is none of this one's business.
            let Some((_, was)) = kept
                .iter()
                .find(|(service, _)| *service == recall.service_id && recall.visit_id == Some(visit.id))
            else {
                continue;
            };
            match was {
                None if recall.is_kept() => (),
                None => before::delete(c, &recall)?,
                Some(was) if recall.attempts > 0 => before::count_from(c, &recall, was)?,
                Some(was) => before::restore(c, &recall, was)?,
            }
        }
        one_patient(c, now, visit.patient_id, Some(visit.id))
    }
}

/// Recalls that wait to be worked on today, for the counter in the rail.
pub fn count_due_recalls(c: &mut Conn, today: NaiveDate) -> Result<i64> {
    let (morning, _) = day_bounds(clinic::the_site(c)?.tz(), today);
    recalls::count_due(c, today, morning)
}
