//! What patients were sent, over JSON.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::actions;
use super::super::model::{DocumentId, Sending, SendingId};
use super::super::store;
use crate::messaging::{Carrier, MessageId};
use crate::patients::{self, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::{Body, Change, Ctx, Params, Reply};
use crate::staff::{self, Actor, EVERYONE};

/// Sendings in an answer.
const SENDINGS: i64 = 200;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/sendings")
            .route(staff::get(EVERYONE, sent))
            .route(staff::post(EVERYONE, send)),
    );
}

/// Documents sent to a patient.
#[derive(Debug, Serialize, ToSchema)]
pub struct SendingJson {
    /// Row id.
    id: SendingId,
    /// What was sent.
    document_ids: Vec<DocumentId>,
    /// The message that tells of them.
    message_id: Option<MessageId>,
    /// When they were sent.
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    /// When one of them was first opened.
    #[schema(value_type = Option<String>, format = DateTime)]
    opened_at: Option<Instant>,
    /// How often they were opened.
    opens: i32,
}

impl SendingJson {
    fn of(c: &mut Conn, s: Sending) -> Result<SendingJson> {
        Ok(SendingJson {
            document_ids: store::documents_of(c, s.id)?.iter().map(|d| d.id).collect(),
            id: s.id,
            message_id: s.message_id,
            created_at: s.created_at,
            opened_at: s.opened_at,
            opens: s.opens,
        })
    }
}

/// What a patient was sent, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SendingList {
    /// The sendings.
    items: Vec<SendingJson>,
}

/// Whose sendings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SendingQuery {
    /// This patient's.
    patient_id: i64,
}

/// What a patient was sent.
#[utoipa::path(get, path = "/api/v1/sendings", params(SendingQuery), tag = "documents",
    responses((status = 200, body = SendingList), (status = 404, description = "not there")))]
pub(super) async fn sent(ctx: Ctx, actor: Actor, query: Params<SendingQuery>) -> Result<HttpResponse> {
    let id = PatientId(query.0.patient_id);
    let items = ctx
        .db
        .read(move |c| {
            patients::get_patient(c, id)?;
            let all = store::sendings_of(c, id, SENDINGS)?;
            all.into_iter().map(|s| SendingJson::of(c, s)).collect()
        })
        .await?;
    staff::read_of_record(&ctx.db, ctx.now(), &actor, "documents", id.0).await?;
    Ok(HttpResponse::Ok().json(SendingList { items }))
}

/// What is to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendingBody {
    /// To whom.
    patient_id: PatientId,
    /// The clinic's or the patient's own, 1 to 10.
    document_ids: Vec<DocumentId>,
    /// How; left out: as the patient prefers.
    channel: Option<Carrier>,
}

/// Sends documents to a patient by one message with a link, which goes out two minutes later.
#[utoipa::path(post, path = "/api/v1/sendings", request_body = SendingBody, tag = "documents",
    responses((status = 201, body = SendingJson), (status = 404, description = "not there"), (status = 409, description = "not_reachable"), (status = 422, description = "a field is wrong")))]
pub(super) async fn send((ctx, change): (Ctx, Change), actor: Actor, body: Body<SendingBody>) -> Result<HttpResponse> {
    let (now, b) = (ctx.now(), body.0);
    let id = b.patient_id;
    let work = |db: Db| async move {
        let write = move |c: &mut Conn| actions::send(c, now, &actor, (id, &b.document_ids), b.channel);
        db.write(write).await
    };
    let made = move |c: &mut Conn, sending: &SendingId| {
        let sending = store::find_sending(c, *sending)?.ok_or(Error::NotFound("sending"))?;
        let made = SendingJson::of(c, sending)?;
        Reply::created(format!("/api/v1/sendings?patient_id={id}"), &made)
    };
    change.answer(&ctx.db, made, work).await
}
