//! The JSON API of treatment plans.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::super::model::VisitId;
use super::super::store as records;
use super::actions::{self, subject};
use super::model::{Plan, PlanItemId, PlanLine, PlanState, Planned};
use super::{pages, store};
use crate::clinic::ServiceId;
use crate::patients::{self, PatientId};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Faults;
use crate::platform::web::{Body, Change, Ctx, Params, Reply, page, show as shown};
use crate::staff::{self, Actor, CLINICAL, DESK, EVERYONE};

/// Patients in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (100, 500);

/// This feature's part of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(show, change, list))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/patients/{id}/plan")
            .route(staff::get(EVERYONE, show))
            .route(staff::patch(CLINICAL, change)),
    )
    .service(web::resource("/api/v1/planned").route(staff::get(DESK, list)));
}

/// A planned visit.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanItemJson {
    /// Row id.
    id: PlanItemId,
    /// What is to be done.
    service_id: ServiceId,
    /// FDI teeth: `36` or `36,37`.
    teeth: Option<String>,
    /// For colleagues.
    note: String,
    /// Another length than the service's.
    minutes: Option<i32>,
    /// Days after the item before it.
    days_after: i32,
    /// Where it stands.
    state: PlanState,
    /// Not before this day: the item before it was done, is booked or is to be, and the days after that.
    suggested_from: NaiveDate,
    /// The appointment that it is booked as.
    appointment_id: Option<i64>,
    /// The visit whose record it was written beside.
    visit_id: Option<VisitId>,
    /// Day on which it was written.
    written_on: NaiveDate,
    /// Day on which it was done.
    done_on: Option<NaiveDate>,
    /// Why it was dropped; else empty.
    drop_reason: String,
}

impl From<Planned> for PlanItemJson {
    fn from(p: Planned) -> Self {
        let i = p.item;
        PlanItemJson {
            id: i.id,
            service_id: i.service_id,
            teeth: i.teeth,
            note: i.note,
            minutes: i.minutes,
            days_after: i.days_after,
            suggested_from: p.from,
            appointment_id: i
                .appointment_id
                .filter(|_| matches!(i.state, PlanState::Booked | PlanState::Done)),
            state: i.state,
            visit_id: i.visit_id,
            written_on: i.written_on,
            done_on: i.done_on,
            drop_reason: i.drop_reason,
        }
    }
}

/// A patient's treatment plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanJson {
    /// Whose.
    patient_id: PatientId,
    /// Send it back with a change; 0 while nothing was ever planned.
    version: i64,
    /// All items, in order.
    items: Vec<PlanItemJson>,
}

impl From<Plan> for PlanJson {
    fn from(p: Plan) -> Self {
        PlanJson {
            patient_id: p.patient,
            version: p.version,
            items: p.items.into_iter().map(Into::into).collect(),
        }
    }
}

/// What is to be of one item.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanItemChange {
    /// Which item; none: a new one.
    id: Option<PlanItemId>,
    /// What is to be done.
    service_id: ServiceId,
    /// FDI teeth: `36` or `36,37`.
    teeth: Option<String>,
    /// For colleagues.
    #[serde(default)]
    note: String,
    /// Another length than the service's.
    minutes: Option<i32>,
    /// Days after the item before it, 0 to 365.
    #[serde(default)]
    days_after: i32,
    /// Why it will not be done; without it, it will.
    drop_reason: Option<String>,
}

/// The whole of what is still to come.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanChange {
    /// The version the change was made on; needed here or in `If-Match`.
    version: Option<i64>,
    /// The patient's visit whose record it is written beside.
    visit_id: Option<VisitId>,
    /// Every open item, in order, and new ones.
    items: Vec<PlanItemChange>,
}

impl PlanChange {
    fn lines(&self) -> Result<Vec<PlanLine>> {
        let mut faults = Faults::default();
        let line = |(row, i): (usize, &PlanItemChange)| PlanLine {
            row,
            id: i.id,
            service: i.service_id,
            teeth: pages::read_teeth(row, i.teeth.as_deref().unwrap_or(""), &mut faults),
            note: i.note.trim().to_owned(),
            minutes: i.minutes,
            days_after: i.days_after,
            drop: i.drop_reason.as_deref().unwrap_or("").trim().to_owned(),
        };
        let lines = self.items.iter().enumerate().map(line).collect();
        faults.finish()?;
        Ok(lines)
    }
}

fn get(c: &mut Conn, id: PatientId) -> Result<PlanJson> {
    patients::get_patient(c, id)?;
    store::find_plan(c, id).map(Into::into)
}

/// A patient's treatment plan.
#[utoipa::path(get, path = "/api/v1/patients/{id}/plan", params(("id" = i64, Path)), tag = "records",
    responses((status = 200, body = PlanJson, headers(("ETag" = String))), (status = 404)))]
async fn show((req, ctx): (HttpRequest, Ctx), actor: Actor, id: web::Path<PatientId>) -> Result<HttpResponse> {
    let id = *id;
    let found = ctx.db.read(move |c| get(c, id)).await?;
    staff::read_of_record(&ctx.db, ctx.now(), &actor, "treatment_plans", id.0).await?;
    shown(&req, found.version, &found)
}

/// Writes what is still to come of a plan: every open item has to be in it, in order; new ones have no `id`; one that will
/// not be done says why. A fault names the field and the place in the list: `plan_teeth-0`.
#[utoipa::path(patch, path = "/api/v1/patients/{id}/plan", params(("id" = i64, Path)), request_body = PlanChange, tag = "records",
    responses((status = 200, body = PlanJson, headers(("ETag" = String))), (status = 404), (status = 409, description = "stale"), (status = 422)))]
async fn change(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    id: web::Path<PatientId>,
    Body(change): Body<PlanChange>,
) -> Result<HttpResponse> {
    let (id, now, version) = (*id, ctx.now(), made.version(change.version)?);
    let (lines, who) = (change.lines()?, actor.clone());
    let write = move |c: &mut Conn| {
        patients::get_patient(c, id)?;
        if let Some(visit) = change.visit_id
            && records::find_visit(c, visit)?.is_none_or(|v| v.patient_id != id)
        {
            let (zh, en) = ("不是这位患者的就诊记录", "This is no visit of this patient");
            return Err(Error::field("visit_id", "unknown", zh, en));
        }
        let plan = actions::save_plan(c, now, &actor, (id, change.visit_id, version), &lines)?;
        staff::audit(c, now, &actor, "read", subject(id), "")?;
        Ok(PlanJson::from(plan))
    };
    let reply = |_: &mut Conn, plan: &PlanJson| Ok(Reply::ok(plan)?.version(plan.version));
    let done = made
        .answer(&ctx.db, reply, |db: Db| async move { db.write(write).await })
        .await;
    let current = move |c: &mut Conn| {
        staff::audit(c, now, &who, "read", subject(id), "")?;
        get(c, id)
    };
    made.or_stale(&ctx.db, done, current).await
}

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PlannedQuery {
    /// At most so many, 1 to 500 (default 100).
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A patient whose plan goes on, and who has no appointment for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlannedJson {
    /// Who.
    patient_id: PatientId,
    /// For people.
    patient: String,
    /// E.164.
    phone: Option<String>,
    /// What is next.
    item: PlanItemJson,
    /// Items without an appointment, this one included.
    left: usize,
}

/// Plans of which nothing is booked, by the day from which the next item should be.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlannedList {
    /// The patients.
    items: Vec<PlannedJson>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

/// Patients whose treatment plan goes on and who have no appointment for it.
#[utoipa::path(get, path = "/api/v1/planned", params(PlannedQuery), tag = "records",
    responses((status = 200, body = PlannedList, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one")))))]
async fn list((req, ctx): (HttpRequest, Ctx), actor: Actor, query: Params<PlannedQuery>) -> Result<HttpResponse> {
    let (now, q) = (ctx.now(), query.0);
    let limit = page::limit(q.limit, LIMIT)?;
    let pages = page::List::new(&ctx.keys, "planned", &());
    let after = pages.after(q.cursor.as_deref())?;
    let one_more = usize::try_from(limit + 1).unwrap_or(0);
    let mut found = ctx.db.read(move |c| store::list_waiting(c, after, one_more)).await?;
    let next = pages.cut(&mut found, limit, store::Waiting::place)?;
    staff::read_of_list(&ctx.db, now, &actor, "treatment_plans", found.len()).await?;
    let items = found.into_iter().map(|w| PlannedJson {
        patient_id: w.patient.id,
        patient: w.patient.name,
        phone: w.patient.phone,
        left: w.left,
        item: w.next.into(),
    });
    let body = PlannedList {
        items: items.collect(),
        next,
    };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}
