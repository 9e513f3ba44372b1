//! What patients were sent, over JSON.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::actions;
use super::super::model::{DocumentId, Sending, SendingId};
use super::super::store::{self, Sent};
use crate::messaging::{self, Carrier, MessageId, MessageState};
use crate::patients::{self, PatientId};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::{Body, Change, Ctx, Params, Reply, page};
use crate::staff::{self, Actor, EVERYONE};

/// Sendings in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (50, 200);

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/sendings")
            .route(staff::get(EVERYONE, sent))
            .route(staff::post(EVERYONE, send)),
    )
    .service(web::resource("/api/v1/sendings/{id}").route(staff::delete(EVERYONE, take_back)));
}

/// Documents sent to a patient.
#[derive(Debug, Serialize, ToSchema)]
pub struct SendingJson {
    /// Row id.
    id: SendingId,
    /// To whom.
    patient_id: PatientId,
    /// What was sent.
    document_ids: Vec<DocumentId>,
    /// The message that tells of them.
    message_id: Option<MessageId>,
    /// Where that stands, or the last that was sent in its place.
    message_state: Option<MessageState>,
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
        let message = match s.message_id {
            Some(id) => messaging::last_of(c, id)?,
            None => None,
        };
        Ok(SendingJson {
            document_ids: store::documents_of(c, s.id)?.iter().map(|d| d.id).collect(),
            id: s.id,
            patient_id: s.patient_id,
            message_id: s.message_id,
            message_state: message.map(|m| m.state),
            created_at: s.created_at,
            opened_at: s.opened_at,
            opens: s.opens,
        })
    }
}

/// What was sent, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SendingList {
    /// The sendings.
    items: Vec<SendingJson>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

/// Whose sendings, or of what: one of the two.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SendingQuery {
    /// To this patient.
    patient_id: Option<i64>,
    /// Of this document.
    document_id: Option<i64>,
    /// At most so many, 1 to 200 (default 50).
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

fn which(q: &SendingQuery) -> Result<Sent> {
    match (q.patient_id, q.document_id) {
        (Some(id), None) => Ok(Sent::To(PatientId(id))),
        (None, Some(id)) => Ok(Sent::Of(DocumentId(id))),
        _ => Err(Error::field(
            "patient_id",
            "required",
            "请给出 patient_id 或 document_id 之一",
            "Give either patient_id or document_id",
        )),
    }
}

/// Whose record is read; none: a list of many.
fn whose(c: &mut Conn, which: Sent) -> Result<Option<PatientId>> {
    match which {
        Sent::To(id) => patients::get_patient(c, id).map(|p| Some(p.id)),
        Sent::Of(id) => store::get_document(c, id).map(|d| d.patient_id),
    }
}

/// What a patient was sent, or to whom a document was. The read is audited.
#[utoipa::path(get, path = "/api/v1/sendings", params(SendingQuery), tag = "documents",
    responses((status = 200, body = SendingList, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one"))),
        (status = 404, description = "not there")))]
pub(super) async fn sent(
    (req, ctx): (HttpRequest, Ctx),
    actor: Actor,
    query: Params<SendingQuery>,
) -> Result<HttpResponse> {
    let (q, now) = (query.0, ctx.now());
    let (which, limit) = (which(&q)?, page::limit(q.limit, LIMIT)?);
    let pages = page::List::new(&ctx.keys, "sendings", &which);
    let before: Option<SendingId> = pages.after(q.cursor.as_deref())?;
    let (of, mut rows) = ctx
        .db
        .read(move |c| Ok((whose(c, which)?, store::sendings_before(c, which, before, limit + 1)?)))
        .await?;
    let next = pages.cut(&mut rows, limit, |s| s.id)?;
    let items: Vec<SendingJson> = ctx
        .db
        .read(move |c| rows.into_iter().map(|s| SendingJson::of(c, s)).collect())
        .await?;
    match of {
        Some(patient) => staff::read_of_record(&ctx.db, now, &actor, "documents", patient.0).await?,
        None => staff::read_of_list(&ctx.db, now, &actor, "sendings", items.len()).await?,
    }
    let body = SendingList { items, next };
    Ok(page::linked(&req, body.next.as_deref(), &body))
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

/// Takes a sending back while its message has not gone out, which is two minutes at least.
#[utoipa::path(delete, path = "/api/v1/sendings/{id}", params(("id" = i64, Path)), tag = "documents",
    responses((status = 204, description = "taken back"), (status = 404, description = "not there"), (status = 409, description = "wrong_state: too late")))]
pub(super) async fn take_back(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<SendingId>,
) -> Result<HttpResponse> {
    let (id, now) = (*id, ctx.now());
    let work = |db: Db| async move {
        db.write(move |c: &mut Conn| {
            let of = store::find_sending(c, id)?.ok_or(Error::NotFound("sending"))?;
            actions::take_back(c, now, &actor, (of.patient_id, id))
        })
        .await
    };
    change.answer(&ctx.db, |_, (): &()| Ok(Reply::gone()), work).await
}
