//! What a day needs, and how long patients waited.

use actix_web::web::{self, Json};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::model::waits::{Measure, Summaries, Summary};
use super::super::model::walk_in::{Urgency, WalkInId};
use super::super::pages::day_sheet::{self, SHEET, Sheet};
use super::super::pages::report::{self, Asked};
use crate::appointments::{AppointmentId, Status};
use crate::clinic::{self, ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::error::Result;
use crate::platform::web::form::Input;
use crate::platform::web::{Ctx, Params};
use crate::records::VisitSummary;
use crate::records::plan::PlanItemId;
use crate::staff::{self, Actor, MANAGERS};

/// This part's share of the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(waiting, day))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/reports/waiting").route(staff::get(MANAGERS, waiting)))
        .service(web::resource("/api/v1/day-sheet").route(staff::get(SHEET, day)));
}

/// Of which days, and whom.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WaitingQuery {
    /// First day (default: 30 days up to `until`).
    from: Option<NaiveDate>,
    /// Last day (default: today).
    until: Option<NaiveDate>,
    /// Only visits of this provider.
    provider: Option<ProviderId>,
}

/// One measure over a group of visits, in minutes.
#[derive(Debug, Serialize, ToSchema)]
pub struct SummaryJson {
    /// `arrival-to-chair`, `appointed-to-chair`, `chair`, `stay`.
    measure: Measure,
    /// Visits that have it.
    n: usize,
    /// The middle one.
    median: i64,
    /// Nine of ten are at most this.
    p90: i64,
    /// Share within 10 minutes, in percent.
    within_10: usize,
    /// Share within 20 minutes, in percent.
    within_20: usize,
}

/// One group of a grouping.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupJson {
    /// `provider`, `weekday` or `hour` (of arrival).
    by: &'static str,
    /// The provider's id, days from Monday, the hour.
    key: i64,
    measures: Vec<SummaryJson>,
}

/// Waiting times of a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingReport {
    from: NaiveDate,
    until: NaiveDate,
    /// Of all visits.
    whole: Vec<SummaryJson>,
    groups: Vec<GroupJson>,
}

fn measures(sums: &Summaries) -> Vec<SummaryJson> {
    let each = Measure::ALL.iter().zip(sums);
    let json = |(measure, s): (&Measure, &Summary)| {
        let [within_10, within_20] = s.within;
        SummaryJson {
            measure: *measure,
            n: s.n,
            median: s.median,
            p90: s.p90,
            within_10,
            within_20,
        }
    };
    each.map(json).collect()
}

/// How long patients waited, by provider, weekday and hour of arrival.
#[utoipa::path(get, path = "/api/v1/reports/waiting", params(WaitingQuery), tag = "appointments",
    responses((status = 200, body = WaitingReport), (status = 422, description = "a parameter is wrong")))]
async fn waiting(ctx: Ctx, query: Params<WaitingQuery>) -> Result<Json<WaitingReport>> {
    let q = query.0;
    let asked = Asked {
        from: q.from.map(|d| d.to_string()).unwrap_or_default(),
        until: q.until.map(|d| d.to_string()).unwrap_or_default(),
        provider: q.provider.map(|p| p.to_string()).unwrap_or_default(),
    };
    let site = ctx.db.read(clinic::the_site).await?;
    let found = report::read(&ctx, site.language, asked).await?;
    let groups = found.groups.iter().flat_map(|grouping| {
        let each = grouping.groups.iter();
        each.map(|(key, _, sums)| GroupJson {
            by: grouping.by.code(),
            key: *key,
            measures: measures(sums),
        })
    });
    Ok(Json(WaitingReport {
        from: found.from,
        until: found.until,
        whole: measures(&found.whole),
        groups: groups.collect(),
    }))
}

/// Of which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DayQuery {
    /// The day (default: today in the clinic's zone).
    day: Option<NaiveDate>,
    /// `all` (default), `morning`, `afternoon`.
    session: Option<String>,
    /// Only visits in which this provider treats or helps.
    provider: Option<ProviderId>,
}

/// Somebody who comes.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayVisit {
    appointment_id: AppointmentId,
    /// With the clinic's offset.
    starts_at: String,
    provider_id: ProviderId,
    /// Who helps.
    second_id: Option<ProviderId>,
    service_id: ServiceId,
    status: Status,
    patient_id: PatientId,
    name: String,
    vip: bool,
    /// Special needs.
    needs: String,
    /// What to heed before treatment; empty: nothing.
    alert: String,
    is_new: bool,
    note: String,
    /// The item of the patient's treatment plan that it is.
    plan_item_id: Option<PlanItemId>,
    /// The number in the day's queue of somebody who came without an appointment.
    walk_in_number: Option<i32>,
    /// Earlier visits, as far as the reader may know of them.
    history: Vec<VisitSummary>,
}

/// Somebody who came without an appointment, and waits.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayWalkIn {
    id: WalkInId,
    /// The number called.
    number: i32,
    /// With the clinic's offset.
    arrived_at: String,
    urgency: Urgency,
    service_id: ServiceId,
    /// In the patient's words.
    complaint: String,
    patient_id: PatientId,
    name: String,
    vip: bool,
    /// Special needs.
    needs: String,
    /// What to heed before treatment; empty: nothing.
    alert: String,
    /// Earlier visits, as far as the reader may know of them.
    history: Vec<VisitSummary>,
}

/// What is to be laid out.
#[derive(Debug, Serialize, ToSchema)]
pub struct ToLayOut {
    service_id: ServiceId,
    /// For so many visits.
    visits: usize,
    supplies: String,
    supplies_en: String,
}

/// A day for those who prepare it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DaySheet {
    day: NaiveDate,
    visits: Vec<DayVisit>,
    /// In the order of the queue; none where one provider is asked for.
    walk_ins: Vec<DayWalkIn>,
    supplies: Vec<ToLayOut>,
}

/// Who comes on a day, with history, plan and alerts, and what is to be laid out. The read is audited.
#[utoipa::path(get, path = "/api/v1/day-sheet", params(DayQuery), tag = "appointments",
    responses((status = 200, body = DaySheet), (status = 422, description = "a parameter is wrong")))]
async fn day(ctx: Ctx, actor: Actor, query: Params<DayQuery>) -> Result<Json<DaySheet>> {
    let q = query.0;
    let pairs = [
        ("day", q.day.map(|d| d.to_string())),
        ("session", q.session),
        ("provider", q.provider.map(|p| p.to_string())),
    ];
    let input = Input::from_pairs(pairs.into_iter().filter_map(|(name, v)| Some((name, v?))));
    let sheet = day_sheet::read(&ctx, &actor, input).await?;
    Ok(Json(json_of(sheet)))
}

fn json_of(sheet: Sheet) -> DaySheet {
    let zone = sheet.clinic.site.tz();
    let supplies = sheet.totals().into_iter().map(|(service_id, visits)| {
        let found = sheet.supplies.get(&service_id).cloned().unwrap_or_default();
        ToLayOut {
            service_id,
            visits,
            supplies: found.zh,
            supplies_en: found.en,
        }
    });
    let supplies = supplies.collect();
    let rows = sheet.columns.into_iter().flat_map(|(_, rows)| rows);
    let visits = rows.map(|row| DayVisit {
        appointment_id: row.a.id,
        starts_at: row.a.starts_at.rfc3339_in(zone),
        provider_id: row.a.provider_id,
        second_id: row.a.second_id,
        service_id: row.a.service_id,
        status: row.a.status,
        patient_id: row.patient.id,
        alert: row.patient.alert().to_owned(),
        name: row.patient.name,
        vip: row.patient.vip,
        needs: row.patient.needs,
        is_new: row.is_new,
        note: row.a.note,
        plan_item_id: row.plan.map(|p| p.item.id),
        walk_in_number: row.number,
        history: row.visits,
    });
    let walk_ins = sheet.came.into_iter().map(|one| DayWalkIn {
        id: one.walk_in.id,
        number: one.walk_in.number,
        arrived_at: one.walk_in.arrived_at.rfc3339_in(zone),
        urgency: one.walk_in.urgency,
        service_id: one.walk_in.service_id,
        complaint: one.walk_in.complaint,
        patient_id: one.patient.id,
        alert: one.patient.alert().to_owned(),
        name: one.patient.name,
        vip: one.patient.vip,
        needs: one.patient.needs,
        history: one.visits,
    });
    DaySheet {
        day: sheet.day,
        visits: visits.collect(),
        walk_ins: walk_ins.collect(),
        supplies,
    }
}
