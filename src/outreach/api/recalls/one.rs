//! One recall: what it is worked out from, and what people set of it.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::super::actions;
use super::super::super::model::{Edit, Ended, Recall, RecallId, RecallState, RecallType, Undo};
use super::super::super::store::recalls::{self, Step};
use super::{IntervalJson, as_named_here};
use crate::clinic::ServiceId;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Faults;
use crate::platform::web::{Body, Change, Ctx, Reply, given, show};
use crate::staff::{self, Actor, Subject};

/// A recall, and what it is worked out from.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct RecallDetail {
    pub(super) id: RecallId,
    pub(super) patient_id: PatientId,
    service_id: ServiceId,
    /// Chinese name of the service.
    service: String,
    /// English name of the service.
    service_en: String,
    state: RecallState,
    /// The day it is due: the one that was set, else the one worked out, and not before a pause ends.
    due_on: NaiveDate,
    /// The day that is worked out from the last visit.
    calculated_on: NaiveDate,
    /// The day that was set instead; null: due as worked out.
    edited_on: Option<NaiveDate>,
    /// An interval of the patient's own; null: as the type says.
    own_interval: Option<IntervalJson>,
    /// Not due before this day.
    paused_until: Option<NaiveDate>,
    /// Whether the staff has switched it off.
    off: bool,
    /// Whether the patient does not want it.
    declined: bool,
    /// Why it is paused or off.
    reason: String,
    note: String,
    /// Why it is not called for: `replaced`, `age`, `no-interval`, `no-visit`; null: it is, or it is off or declined.
    ended: Option<&'static str>,
    /// The service whose recall goes before it.
    replaced_by: Option<ServiceId>,
    /// Day of the visit that it counts from.
    last_visit: Option<NaiveDate>,
    /// How often the patient was contacted about it.
    attempts: i32,
    /// Not on the list before this day.
    hidden_until: Option<NaiveDate>,
    /// What the last contact gave.
    last_result: Option<String>,
    /// Whether the last edit can be taken back.
    can_undo: bool,
    pub(super) version: i64,
}

fn why(ended: Ended) -> &'static str {
    match ended {
        Ended::Replaced(_) => "replaced",
        Ended::Age => "age",
        Ended::NoInterval => "no-interval",
        Ended::NoVisit => "no-visit",
    }
}

impl RecallDetail {
    /// `ended`: why it is not open, as it is worked out now.
    pub(super) fn of(c: &mut Conn, recall: Recall, ended: Option<Ended>, types: &[RecallType]) -> Result<RecallDetail> {
        let kind = types.iter().find(|t| t.service == recall.service_id);
        let kind = kind.ok_or(Error::NotFound("service"))?;
        let (edit, ended) = (Edit::of(&recall), ended.filter(|_| recall.state == RecallState::Ended));
        Ok(RecallDetail {
            last_visit: recalls::counted_day(c, &recall)?,
            can_undo: Undo::of(&recall).is_some(),
            own_interval: recall.own().map(Into::into),
            service: kind.name.clone(),
            service_en: kind.name_en.clone(),
            ended: ended.map(why),
            replaced_by: match ended {
                Some(Ended::Replaced(by)) => Some(by),
                _ => None,
            },
            off: edit.off,
            declined: edit.declined,
            id: recall.id,
            patient_id: recall.patient_id,
            service_id: recall.service_id,
            state: recall.state,
            due_on: recall.due_on,
            calculated_on: recall.calculated_on,
            edited_on: recall.edited_on,
            paused_until: recall.paused_until,
            reason: recall.reason,
            note: recall.note,
            attempts: recall.attempts,
            hidden_until: recall.hidden_until,
            last_result: recall.last_result,
            version: recall.version,
        })
    }

    pub(super) fn load(c: &mut Conn, now: Instant, id: RecallId) -> Result<RecallDetail> {
        let recall = recalls::get_recall(c, id)?;
        let steps = actions::explain(c, now, recall.patient_id)?;
        let is_it = |s: &Step| s.row.as_ref().is_some_and(|r| r.id == id);
        let ended = steps.into_iter().find(is_it).and_then(|s| s.ended);
        let types = recalls::list_types(c)?;
        RecallDetail::of(c, recall, ended, &types)
    }

    fn reply(&self) -> Result<Reply> {
        Ok(Reply::ok(self)?.version(self.version))
    }
}

/// [`RecallDetail::load`] for who has not asked for it: that it is given is noted.
pub(super) fn load_noted(c: &mut Conn, now: Instant, actor: &Actor, id: RecallId) -> Result<RecallDetail> {
    let found = RecallDetail::load(c, now, id)?;
    let subject = Subject::of_patient("recalls", id.0, found.patient_id.0);
    staff::audit(c, now, actor, "read", subject, "")?;
    Ok(found)
}

/// One recall. The read is audited.
#[utoipa::path(get, path = "/api/v1/recalls/{id}", tag = "outreach", params(("id" = i64, Path)),
    responses((status = 200, body = RecallDetail, headers(("ETag" = String, description = "The version"))), (status = 404)))]
pub(in super::super) async fn read(
    (req, ctx): (HttpRequest, Ctx),
    actor: Actor,
    id: web::Path<RecallId>,
) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), *id);
    let found = ctx.db.read(move |c| RecallDetail::load(c, now, id)).await?;
    staff::read_of_record(&ctx.db, now, &actor, "recalls", found.patient_id.0).await?;
    show(&req, found.version, &found)
}

/// What is set of a recall; what is left out stays, null takes it away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RecallPatch {
    /// The version it was made on; needed here or in `If-Match`.
    version: Option<i64>,
    /// The day it is due instead of the one that is worked out; null: back to that.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Date)]
    edited_on: Option<Option<NaiveDate>>,
    /// An interval of the patient's own; null: as the type says.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<IntervalJson>)]
    own_interval: Option<Option<IntervalJson>>,
    /// Not due before this day, from tomorrow to three years ahead; null: no pause.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Date)]
    paused_until: Option<Option<NaiveDate>>,
    /// Whether it is switched off, for a reason.
    off: Option<bool>,
    /// Whether the patient does not want it.
    declined: Option<bool>,
    /// Why it is paused or off.
    reason: Option<String>,
    note: Option<String>,
}

impl RecallPatch {
    /// What is wanted of a recall that has `was`.
    fn onto(self, was: Edit) -> Result<Edit> {
        let mut faults = Faults::default();
        let own = match self.own_interval {
            None => was.own(),
            Some(own) => actions::interval("own", IntervalJson::parts(own), &mut faults),
        };
        faults.finish()?;
        let text = |new: Option<String>, was: String| new.map_or(was, |t| t.trim().to_owned());
        Ok(Edit {
            due_on: self.edited_on.unwrap_or(was.due_on),
            months: own.map(|i| i.months),
            days: own.map(|i| i.days),
            paused_until: self.paused_until.unwrap_or(was.paused_until),
            off: self.off.unwrap_or(was.off),
            declined: self.declined.unwrap_or(was.declined),
            reason: text(self.reason, was.reason),
            note: text(self.note, was.note),
        })
    }
}

/// Sets what people set of a recall. Its day follows, and so do those of its group.
#[utoipa::path(patch, path = "/api/v1/recalls/{id}", tag = "outreach", params(("id" = i64, Path)), request_body = RecallPatch,
    responses((status = 200, body = RecallDetail, headers(("ETag" = String))), (status = 404), (status = 409, description = "stale"), (status = 422)))]
pub(in super::super) async fn update(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<RecallId>,
    Body(patch): Body<RecallPatch>,
) -> Result<HttpResponse> {
    let (id, now, who) = (*id, ctx.now(), actor.clone());
    let step = (id, change.version(patch.version)?);
    let was = ctx.db.read(move |c| recalls::get_recall(c, id)).await?;
    let wanted = patch.onto(Edit::of(&was)).map_err(as_named_here)?;
    let reply = move |c: &mut Conn, _: &Recall| RecallDetail::load(c, now, id)?.reply();
    let act = |db: Db| async move { actions::edit(&db, now, actor, step, wanted).await };
    let done = change.answer(&ctx.db, reply, act).await.map_err(as_named_here);
    change
        .or_stale(&ctx.db, done, move |c| load_noted(c, now, &who, id))
        .await
}

/// On which version the last edit is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RecallUndo {
    /// The version that the edit made, here or in `If-Match`.
    version: Option<i64>,
}

/// Takes the last edit back, if nothing has changed since.
#[utoipa::path(post, path = "/api/v1/recalls/{id}/undo", tag = "outreach", params(("id" = i64, Path)), request_body = RecallUndo,
    responses((status = 200, body = RecallDetail, headers(("ETag" = String))), (status = 404), (status = 409, description = "stale, nothing_to_undo")))]
pub(in super::super) async fn undo(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<RecallId>,
    Body(body): Body<RecallUndo>,
) -> Result<HttpResponse> {
    let (id, now, who) = (*id, ctx.now(), actor.clone());
    let step = (id, change.version(body.version)?);
    let reply = move |c: &mut Conn, _: &Recall| RecallDetail::load(c, now, id)?.reply();
    let act = |db: Db| async move { actions::undo_edit(&db, now, actor, step).await };
    let done = change.answer(&ctx.db, reply, act).await;
    change
        .or_stale(&ctx.db, done, move |c| load_noted(c, now, &who, id))
        .await
}
