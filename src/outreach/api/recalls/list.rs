//! The recall list over JSON.

use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::super::model::RecallFilter;
use super::super::super::store::recalls;
use crate::clinic::{self, ProviderId, ServiceId};
use crate::platform::clock::day_bounds;
use crate::platform::error::{Error, Result};
use crate::platform::web::{Ctx, Params, page};
use crate::staff::{self, Actor};

/// Recalls in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (200, 200);
/// A hundred years: nobody is overdue for longer.
const WEEKS_MAX: i64 = 5200;

/// Which recalls.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RecallQuery {
    /// Only this service.
    service_id: Option<ServiceId>,
    /// Only those last treated by this provider.
    provider_id: Option<ProviderId>,
    /// Overdue by at least so many weeks (0 to 5200).
    weeks_over: Option<i64>,
    /// At most so many rows (1 to 200; 200 if not given).
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A recall to be worked on.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct RecallJson {
    id: i64,
    patient_id: i64,
    patient_name: String,
    service_id: i64,
    service: String,
    due_on: NaiveDate,
    last_visit: Option<NaiveDate>,
    attempts: i32,
    last_result: Option<String>,
    channel: String,
    version: i64,
}

/// A page of recalls.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct RecallList {
    items: Vec<RecallJson>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

/// Recalls that are due, not booked and not resting after a contact; most overdue first. The read is audited.
#[utoipa::path(get, path = "/api/v1/recalls", params(RecallQuery), tag = "outreach",
    responses((status = 200, body = RecallList, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one"))), (status = 401), (status = 403)))]
pub(in super::super) async fn list(
    (req, ctx): (HttpRequest, Ctx),
    actor: Actor,
    Params(q): Params<RecallQuery>,
) -> Result<HttpResponse> {
    let now = ctx.now();
    let limit = page::limit(q.limit, LIMIT)?;
    if q.weeks_over.is_some_and(|weeks| !(0..=WEEKS_MAX).contains(&weeks)) {
        return Err(Error::field(
            "weeks_over",
            "out_of_range",
            format!("应为 0 到 {WEEKS_MAX}"),
            format!("From 0 to {WEEKS_MAX}"),
        ));
    }
    let pages = page::List::new(&ctx.keys, "recalls", &(q.service_id, q.provider_id, q.weeks_over));
    let filter = RecallFilter {
        after: pages.after(q.cursor.as_deref())?,
        service: q.service_id,
        provider: q.provider_id,
        weeks_from: q.weeks_over,
        ..RecallFilter::default()
    };
    let mut rows = ctx
        .db
        .read(move |c| {
            let zone = clinic::the_site(c)?.tz();
            let today = now.day(zone);
            recalls::list_due(c, today, day_bounds(zone, today).0, filter, limit + 1)
        })
        .await?;
    let next = pages.cut(&mut rows, limit, |row| (row.recall.due_on, row.recall.id))?;
    staff::read_of_list(&ctx.db, now, &actor, "recalls", rows.len()).await?;
    let items = rows.into_iter().map(recall_json).collect();
    let body = RecallList { items, next };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}

fn recall_json(row: recalls::RecallRow) -> RecallJson {
    RecallJson {
        id: row.recall.id.0,
        patient_id: row.recall.patient_id.0,
        patient_name: row.name,
        service_id: row.recall.service_id.0,
        service: row.service,
        due_on: row.recall.due_on,
        last_visit: row.last_visit.map(|(day, _)| day),
        attempts: row.recall.attempts,
        last_result: row.recall.last_result,
        channel: row.channel.to_string(),
        version: row.recall.version,
    }
}
