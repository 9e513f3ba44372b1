//! The ledger over JSON.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::model::{Carrier, Message, MessageId, MessageState, Purpose};
use super::store::{self, AttemptRow, ReportRow};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::{Ctx, Params, page};
use crate::staff::{self, Actor, DESK};

/// Rows in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (50, 200);

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/messages").route(staff::get(DESK, list_messages)))
        .service(web::resource("/api/v1/messages/{id}").route(staff::get(DESK, get_message)));
}

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// In this state only.
    state: Option<MessageState>,
    /// To this patient only.
    patient_id: Option<i64>,
    /// Rows after this id, in the order of ids.
    after: Option<i64>,
    /// `next` of the page before; not together with `after`.
    cursor: Option<String>,
    /// 1 to 200; 50 if not given.
    limit: Option<i64>,
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageOut {
    /// Row id.
    id: MessageId,
    /// To whom; null: a test of a template, which goes to who asked for it.
    patient_id: Option<PatientId>,
    /// What for.
    purpose: Purpose,
    /// Code of the template.
    template: String,
    /// How.
    channel: Carrier,
    /// In which language.
    language: Lang,
    /// The language it was written in, where the template has no text in that one.
    #[serde(skip_serializing_if = "Option::is_none")]
    text_language: Option<Lang>,
    /// Version of the template's text with which it was written; null: not yet.
    template_version: Option<i64>,
    /// The message with which it went, where a family's reminders went out as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    with_id: Option<MessageId>,
    /// Where it stands.
    state: MessageState,
    /// Why, for machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Why, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_text: Option<String>,
    /// Kind of what it is about: `appointment`, `recall`, `patient`, …
    subject: String,
    /// Its row.
    subject_id: Option<i64>,
    /// Tries so far.
    attempts: i32,
    /// Parts of a text message.
    segments: Option<i32>,
    /// Not before.
    #[schema(value_type = String, format = DateTime)]
    due_at: Instant,
    /// Not at or after.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Instant,
    /// When queued.
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    /// When last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Instant,
}

impl MessageOut {
    fn of(m: &Message, lang: Lang) -> MessageOut {
        let why = m.why();
        MessageOut {
            id: m.id,
            patient_id: m.patient_id,
            purpose: m.purpose,
            template: m.template.clone(),
            channel: m.channel,
            language: m.language,
            text_language: m.text_language,
            template_version: m.template_version,
            with_id: m.with_id,
            state: m.state,
            reason: why.as_ref().map(|r| r.code.clone()),
            reason_text: why.map(|r| r.text().get(lang).to_owned()),
            subject: m.cause_kind.clone(),
            subject_id: m.cause_id,
            attempts: m.attempts,
            segments: m.segments,
            due_at: m.due_at,
            expires_at: m.expires_at,
            created_at: m.created_at,
            updated_at: m.updated_at,
        }
    }
}

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageList {
    /// In the order of ids.
    items: Vec<MessageOut>,
    /// `after` of the next page; null at the end.
    next_after: Option<i64>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

/// A message with its text and its history.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageDetail {
    /// The message.
    #[serde(flatten)]
    message: MessageOut,
    /// Address it was sent to.
    recipient: Option<String>,
    /// Subject line of an email.
    title: Option<String>,
    /// Text as sent.
    body: Option<String>,
    /// Tries, in order.
    #[schema(value_type = Vec<Object>)]
    tries: Vec<AttemptRow>,
    /// What was reported, in order.
    #[schema(value_type = Vec<Object>)]
    reports: Vec<ReportRow>,
}

/// Messages in the order of their ids. The read is audited.
#[utoipa::path(get, path = "/api/v1/messages", params(ListQuery), tag = "messages",
    responses((status = 200, body = MessageList, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one"))), (status = 422, description = "A parameter cannot be read")))]
pub(super) async fn list_messages(
    (req, ctx): (HttpRequest, Ctx),
    lang: Lang,
    actor: Actor,
    Params(query): Params<ListQuery>,
) -> Result<HttpResponse> {
    let limit = page::limit(query.limit, LIMIT)?;
    let (state, patient) = (query.state, query.patient_id.map(PatientId));
    let pages = page::List::new(&ctx.keys, "messages", &(state, patient));
    let after = match pages.after(query.cursor.as_deref())? {
        Some(_) if query.after.is_some() => {
            let (zh, en) = ("cursor 不能与 after 同用", "cursor does not go together with after");
            return Err(Error::field("cursor", "invalid", zh, en));
        }
        Some(MessageId(begins)) => begins,
        None => query.after.unwrap_or(0),
    };
    let mut rows = ctx
        .db
        .read(move |c| store::list_messages(c, state, patient, after, limit + 1))
        .await?;
    let next = pages.cut(&mut rows, limit, |m| m.id)?;
    staff::read_of_list(&ctx.db, ctx.now(), &actor, "messages", rows.len()).await?;
    let body = MessageList {
        next_after: rows.last().map(|m| m.id.0).filter(|_| next.is_some()),
        items: rows.iter().map(|m| MessageOut::of(m, lang)).collect(),
        next,
    };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}

/// One message, with what the patient got and what happened. The read is audited.
#[utoipa::path(get, path = "/api/v1/messages/{id}", params(("id" = i64, Path, description = "Row id")), tag = "messages",
    responses((status = 200, body = MessageDetail), (status = 404, description = "There is no such message")))]
pub(super) async fn get_message(
    ctx: Ctx,
    lang: Lang,
    actor: Actor,
    id: web::Path<MessageId>,
) -> Result<web::Json<MessageDetail>> {
    let id = id.into_inner();
    let (message, tries, reports) = ctx
        .db
        .read(move |c| {
            Ok((
                store::get_message(c, id)?,
                store::attempts_of(c, id)?,
                store::reports_of(c, id)?,
            ))
        })
        .await?;
    super::pages::audit_read(&ctx, &actor, &message).await?;
    Ok(web::Json(MessageDetail {
        message: MessageOut::of(&message, lang),
        recipient: message.recipient,
        title: message.title,
        body: message.body,
        tries,
        reports,
    }))
}

/// What this feature adds to the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(list_messages, get_message),
    components(schemas(MessageOut, MessageList, MessageDetail))
)]
pub struct ApiDoc;
