//! The visits API.

use actix_web::web::{self, Json};
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::actions;
use super::model::{Notes, Observers, Treatment, Visit, VisitId, VisitStatus, VisitSummary};
use super::pages;
use super::store;
use crate::patients::{self, PatientId};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::web::form::Faults;
use crate::platform::web::{Body, Change, Ctx, Reply, given, show as shown};
use crate::staff::{self, Actor, CLINICAL, EVERYONE, Subject};

/// Most visits of one answer.
const LIMIT: i64 = 100;

/// This feature's part of the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, show, change))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/patients/{id}/visits").route(staff::get(EVERYONE, list)))
        .service(
            web::resource("/api/v1/visits/{id}")
                .route(staff::get(CLINICAL, show))
                .route(staff::patch(CLINICAL, change)),
        );
}

/// One treatment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TreatmentBody {
    /// FDI teeth: `36` or `36,37`.
    tooth: Option<String>,
    /// What was done.
    description: String,
}

/// A visit.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitBody {
    id: VisitId,
    patient_id: PatientId,
    appointment_id: Option<i64>,
    /// Day in the clinic's zone.
    day: NaiveDate,
    provider: String,
    service: String,
    status: VisitStatus,
    complaint: String,
    diagnosis: String,
    treatments: Vec<TreatmentBody>,
    advice: String,
    next_visit: String,
    next_visit_day: Option<NaiveDate>,
    /// Minor units of the clinic's currency.
    fee_minor: Option<i64>,
    /// Send it back with a change.
    version: i64,
}

/// What is to change; fields left out stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitChange {
    /// The version the change was made on; needed here or in `If-Match`.
    version: Option<i64>,
    complaint: Option<String>,
    diagnosis: Option<String>,
    treatments: Option<Vec<TreatmentBody>>,
    advice: Option<String>,
    next_visit: Option<String>,
    /// `null` takes it out.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<NaiveDate>)]
    next_visit_day: Option<Option<NaiveDate>>,
    /// In minor units of the clinic's currency; `null` takes it out.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    fee_minor: Option<Option<i64>>,
    /// `finished` ends a draft.
    status: Option<VisitStatus>,
}

fn body(v: Visit, done: Vec<Treatment>, (provider, service): (String, String)) -> VisitBody {
    VisitBody {
        id: v.id,
        patient_id: v.patient_id,
        appointment_id: v.appointment_id,
        day: v.day,
        provider,
        service,
        status: v.status,
        complaint: v.complaint,
        diagnosis: v.diagnosis,
        treatments: done
            .into_iter()
            .map(|t| TreatmentBody {
                tooth: t.tooth,
                description: t.description,
            })
            .collect(),
        advice: v.advice,
        next_visit: v.next_visit,
        next_visit_day: v.next_visit_day,
        fee_minor: v.fee_minor,
        version: v.version,
    }
}
fn get(c: &mut Conn, lang: Lang, id: VisitId) -> Result<VisitBody> {
    let visit = store::get_visit(c, id)?;
    let names = store::names_of(c, std::slice::from_ref(&visit))?;
    let named = (
        names.provider(&visit).get(lang).to_owned(),
        names.service(&visit).get(lang).to_owned(),
    );
    Ok(body(visit, store::list_treatments(c, id)?, named))
}

/// Finished visits of a patient, newest first. The complaint is empty for roles that may not read the clinical record.
#[utoipa::path(get, path = "/api/v1/patients/{id}/visits", params(("id" = i64, Path)), tag = "records",
    responses((status = 200, body = Vec<VisitSummary>), (status = 404)))]
async fn list(ctx: Ctx, actor: Actor, lang: Lang, id: web::Path<PatientId>) -> Result<Json<Vec<VisitSummary>>> {
    let (id, role) = (*id, actor.role);
    let found = ctx
        .db
        .read(move |c| {
            patients::get_patient(c, id)?;
            store::history_for(c, id, role, LIMIT)
        })
        .await?;
    staff::read_of_record(&ctx.db, ctx.now(), &actor, "visits", id.0).await?;
    Ok(Json(found.into_iter().map(|v| v.in_language(lang)).collect()))
}

/// One visit.
#[utoipa::path(get, path = "/api/v1/visits/{id}", params(("id" = i64, Path)), tag = "records",
    responses((status = 200, body = VisitBody, headers(("ETag" = String))), (status = 404)))]
async fn show(
    (req, ctx): (HttpRequest, Ctx),
    actor: Actor,
    lang: Lang,
    id: web::Path<VisitId>,
) -> Result<HttpResponse> {
    let id = *id;
    let found = ctx.db.read(move |c| get(c, lang, id)).await?;
    staff::read_of_record(&ctx.db, ctx.now(), &actor, "visits", found.patient_id.0).await?;
    shown(&req, found.version, &found)
}

/// Writes a visit's notes and, with `"status": "finished"`, ends it.
#[utoipa::path(patch, path = "/api/v1/visits/{id}", params(("id" = i64, Path)), request_body = VisitChange, tag = "records",
    responses((status = 200, body = VisitBody, headers(("ETag" = String))), (status = 404), (status = 409, description = "stale"), (status = 422)))]
async fn change(
    (ctx, made): (Ctx, Change),
    (actor, lang): (Actor, Lang),
    id: web::Path<VisitId>,
    observers: web::Data<Observers>,
    Body(change): Body<VisitChange>,
) -> Result<HttpResponse> {
    let (id, now, version) = (*id, ctx.now(), made.version(change.version)?);
    let treatments = change.treatments.as_deref().map(checked).transpose()?;
    check_status(change.status)?;
    let who = actor.clone();
    let write = move |c: &mut Conn| {
        let visit = store::get_visit(c, id)?;
        let old = Notes::of(&visit, store::list_treatments(c, id)?);
        let notes = Notes {
            complaint: change.complaint.unwrap_or(old.complaint),
            diagnosis: change.diagnosis.unwrap_or(old.diagnosis),
            treatments: treatments.unwrap_or(old.treatments),
            advice: change.advice.unwrap_or(old.advice),
            next_visit: change.next_visit.unwrap_or(old.next_visit),
            next_visit_day: change.next_visit_day.unwrap_or(old.next_visit_day),
            fee_minor: change.fee_minor.unwrap_or(old.fee_minor),
        };
        actions::save_notes(c, now, &actor, (id, version), &notes)?;
        if change.status == Some(VisitStatus::Finished) {
            actions::finish_written(c, now, &actor, &observers, id)?;
        }
        get(c, lang, id)
    };
    let reply = |_: &mut Conn, visit: &VisitBody| Ok(Reply::ok(visit)?.version(visit.version));
    let done = made
        .answer(&ctx.db, reply, |db| async move { db.write(write).await })
        .await;
    let current = move |c: &mut Conn| {
        let visit = get(c, lang, id)?;
        let subject = Subject::of_patient("visits", id.0, visit.patient_id.0);
        staff::audit(c, now, &who, "read", subject, "")?;
        Ok(visit)
    };
    made.or_stale(&ctx.db, done, current).await
}

fn checked(list: &[TreatmentBody]) -> Result<Vec<Treatment>> {
    let line = |t: &TreatmentBody| (t.tooth.clone().unwrap_or_default(), t.description.trim().to_owned());
    let lines: Vec<_> = list.iter().map(line).collect();
    let mut faults = Faults::default();
    let checked = pages::treatments(&lines, &mut faults);
    faults.finish()?;
    Ok(checked)
}
fn check_status(status: Option<VisitStatus>) -> Result<()> {
    let mut faults = Faults::default();
    if status.is_some_and(|s| s != VisitStatus::Finished) {
        faults.add(
            "status",
            "invalid",
            "只能改为 finished",
            "A visit can only become finished here",
        );
    }
    faults.finish()
}
