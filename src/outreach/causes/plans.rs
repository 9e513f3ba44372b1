//! Messages about a treatment that has a next step without a date.

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::{book_link, skip};
use crate::messaging::{Cause, MessageCause, Purpose, Verdict};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::links::PublicLinks;
use crate::records::plan::{PlanState, find_plan};

/// A plan that waits; its row is the patient's, its version the plan's.
pub struct PlanCause(pub PublicLinks);

impl MessageCause for PlanCause {
    fn kind(&self) -> &'static str {
        "plan"
    }

    fn verdict(&self, c: &mut Conn, now: Instant, cause: &Cause, _: Purpose, _: Lang) -> Result<Verdict> {
        let patient = PatientId(cause.id.unwrap_or(0));
        let plan = find_plan(c, patient)?;
        let any = |state: PlanState| plan.items.iter().any(|i| i.item.state == state);
        if any(PlanState::Booked) || cause.version.is_some_and(|v| v != plan.version) {
            return Ok(skip("plan-goes-on", "治疗计划已有进展", "The treatment goes on"));
        }
        let Some(next) = plan.items.iter().find(|i| i.item.state == PlanState::Planned) else {
            return Ok(skip("plan-done", "治疗计划已完成", "The treatment is finished"));
        };
        let what = (Some(next.item.service_id), NaiveDate::MIN);
        let link = book_link(c, now, &self.0, patient, what)?;
        Ok(Verdict::Send(Map::from_iter(
            link.map(|l| ("link".to_owned(), Value::from(l))),
        )))
    }

    fn example(&self, c: &mut Conn, _: Instant, patient: PatientId, purpose: Purpose) -> Result<Option<Cause>> {
        if purpose != Purpose::Plan {
            return Ok(None);
        }
        let plan = find_plan(c, patient)?;
        Ok((!plan.items.is_empty()).then(|| Cause {
            kind: self.kind().into(),
            id: Some(patient.0),
            version: None,
        }))
    }
}
