//! The inbox over JSON, and what a telephone exchange reports.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::super::model::{Carrier, MessageId};
use super::actions;
use super::model::{
    AnswerId, Conversation, ConversationId, HeldStep, InboundText, ReadAs, Step, TextId, TextKind, Work,
};
use super::store::{self, Wanted};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::{Body, Change, Ctx, Params, Reply, page};
use crate::staff::{self, Actor, DESK, UserId};

/// Conversations in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (50, 200);
/// Texts of a conversation in an answer.
const TEXTS: i64 = 200;

/// This feature's part of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, read, answer, held, step, missed), components(schemas(ConversationJson)))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/inbox").route(staff::get(DESK, list)))
        .service(web::resource("/api/v1/inbox/{id}").route(staff::get(DESK, read)))
        .service(web::resource("/api/v1/inbox/{id}/answers").route(staff::post(DESK, answer)))
        .service(web::resource("/api/v1/inbox/{id}/answers/{answer}").route(staff::post(DESK, held)))
        .service(web::resource("/api/v1/inbox/{id}/steps").route(staff::post(DESK, step)))
        .service(web::resource("/api/v1/missed-calls").route(staff::post(DESK, missed)));
}

/// A conversation.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationJson {
    /// Row id.
    id: ConversationId,
    /// How it travels.
    channel: Carrier,
    /// Number in E.164, or email address.
    address: String,
    /// Where it stands.
    state: Work,
    /// Whose it is.
    owner_id: Option<UserId>,
    /// When the last text came in.
    #[schema(value_type = String, format = DateTime)]
    last_at: Instant,
    /// When somebody last did something with it.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Instant,
    /// Rises with every change.
    version: i64,
}

impl From<Conversation> for ConversationJson {
    fn from(c: Conversation) -> ConversationJson {
        ConversationJson {
            id: c.id,
            channel: c.channel,
            address: c.address,
            state: c.work,
            owner_id: c.owner,
            last_at: c.last_at,
            updated_at: c.updated_at,
            version: c.version,
        }
    }
}

/// Which conversations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct InboxQuery {
    /// In this state only.
    state: Option<Work>,
    /// At most so many, 1 to 200 (default 50).
    limit: Option<i64>,
    /// `next` of the page before, with the same other parameters.
    cursor: Option<String>,
}

/// Conversations, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationList {
    /// The conversations.
    items: Vec<ConversationJson>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

/// Conversations, the latest first. The read is audited.
#[utoipa::path(get, path = "/api/v1/inbox", params(InboxQuery), tag = "inbox",
    responses((status = 200, body = ConversationList, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one")))))]
async fn list((req, ctx): (HttpRequest, Ctx), actor: Actor, query: Params<InboxQuery>) -> Result<HttpResponse> {
    let q = query.0;
    let limit = page::limit(q.limit, LIMIT)?;
    let pages = page::List::new(&ctx.keys, "inbox", &q.state);
    let after: Option<(Instant, ConversationId)> = pages.after(q.cursor.as_deref())?;
    let wanted = Wanted {
        only: q.state,
        after,
        ..Wanted::default()
    };
    let mut found = ctx.db.read(move |c| store::list(c, wanted, limit + 1)).await?;
    let next = pages.cut(&mut found, limit, |(x, _)| (x.last_at, x.id))?;
    staff::read_of_list(&ctx.db, ctx.now(), &actor, "conversations", found.len()).await?;
    let body = ConversationList {
        items: found.into_iter().map(|(x, _)| x.into()).collect(),
        next,
    };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}

/// A text that came in.
#[derive(Debug, Serialize, ToSchema)]
pub struct TextJson {
    /// Row id.
    id: TextId,
    /// What it is.
    kind: TextKind,
    /// Its words; empty for a call.
    text: String,
    /// What it was read as.
    read_as: ReadAs,
    /// The visit it is about, where that was clear.
    appointment_id: Option<i64>,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
}

impl From<InboundText> for TextJson {
    fn from(t: InboundText) -> TextJson {
        TextJson {
            id: t.id,
            kind: t.kind,
            text: t.body,
            read_as: t.reading,
            appointment_id: t.appointment,
            at: t.at,
        }
    }
}

/// What the desk wrote.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerJson {
    /// Row id.
    id: AnswerId,
    /// Its words.
    text: String,
}

/// A conversation with what came in.
#[derive(Debug, Serialize, ToSchema)]
pub struct TalkJson {
    /// The conversation.
    #[serde(flatten)]
    conversation: ConversationJson,
    /// The patients at its address.
    patient_ids: Vec<PatientId>,
    /// The last 200 texts, the latest first.
    texts: Vec<TextJson>,
    /// What the desk wrote.
    answers: Vec<AnswerJson>,
    /// The messages that went there, the latest first.
    message_ids: Vec<MessageId>,
}

fn talk(c: &mut Conn, id: ConversationId) -> Result<TalkJson> {
    let conversation = store::get_conversation(c, id)?;
    let people = store::people_of(c, std::slice::from_ref(&conversation.address))?;
    let messages = store::messages_to(c, &conversation.address, TEXTS)?;
    Ok(TalkJson {
        patient_ids: people.into_iter().map(|p| p.id).collect(),
        texts: store::texts_in(c, id, TEXTS)?.into_iter().map(Into::into).collect(),
        answers: (store::written(c, id)?.into_iter())
            .map(|w| AnswerJson { id: w.id, text: w.body })
            .collect(),
        message_ids: messages.into_iter().map(|m| m.id).collect(),
        conversation: conversation.into(),
    })
}

/// One conversation. The read is audited.
#[utoipa::path(get, path = "/api/v1/inbox/{id}", params(("id" = i64, Path)), tag = "inbox",
    responses((status = 200, body = TalkJson), (status = 404, description = "not there")))]
async fn read((req, ctx): (HttpRequest, Ctx), actor: Actor, id: web::Path<ConversationId>) -> Result<HttpResponse> {
    let found = ctx.db.read(move |c| talk(c, *id)).await?;
    match found.patient_ids.as_slice() {
        [one] => staff::read_of_record(&ctx.db, ctx.now(), &actor, "conversations", one.0).await?,
        several => staff::read_of_list(&ctx.db, ctx.now(), &actor, "conversations", several.len()).await?,
    }
    crate::platform::web::show(&req, found.conversation.version, &found)
}

/// What the desk writes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    /// 1 to 600 characters, and not more parts than the gateway takes.
    text: String,
}

fn changed(c: &mut Conn, id: ConversationId) -> Result<Reply> {
    let body = talk(c, id)?;
    Ok(Reply::ok(&body)?.version(body.conversation.version))
}

/// Answers: the text is sent two minutes later, and the conversation is done until the next one comes in.
#[utoipa::path(post, path = "/api/v1/inbox/{id}/answers", params(("id" = i64, Path)), request_body = AnswerBody, tag = "inbox",
    responses((status = 200, body = TalkJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale: something came in meanwhile"), (status = 422, description = "a field is wrong")))]
async fn answer(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<ConversationId>,
    body: Body<AnswerBody>,
) -> Result<HttpResponse> {
    let (id, now, b, most) = (*id, ctx.now(), body.0, ctx.config.sms.max_segments);
    let step = (id, change.version(b.version)?);
    let work = |db: Db| async move {
        db.write(move |c: &mut Conn| actions::answer(c, now, &actor, step, &b.text, most))
            .await
    };
    let done = change
        .answer(&ctx.db, move |c, _: &MessageId| changed(c, id), work)
        .await;
    change.or_stale(&ctx.db, done, move |c| talk(c, id)).await
}

/// What is done with an answer that is held.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldBody {
    /// What.
    step: HeldStep,
}

/// Takes an answer back in the two minutes before it goes, or sends it at once.
#[utoipa::path(post, path = "/api/v1/inbox/{id}/answers/{answer}", params(("id" = i64, Path), ("answer" = i64, Path)),
    request_body = HeldBody, tag = "inbox",
    responses((status = 200, body = TalkJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "it is on its way already"), (status = 422, description = "a field is wrong")))]
async fn held(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    path: web::Path<(ConversationId, AnswerId)>,
    body: Body<HeldBody>,
) -> Result<HttpResponse> {
    let (of, now, step) = (path.into_inner(), ctx.now(), body.0.step);
    let work = |db: Db| async move {
        db.write(move |c: &mut Conn| actions::held_step(c, now, &actor, of, step))
            .await
    };
    change
        .answer(&ctx.db, move |c, _: &String| changed(c, of.0), work)
        .await
}

/// What is done with a conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepBody {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    /// What.
    step: Step,
    /// For `give`: to whom; null: to everybody.
    owner_id: Option<UserId>,
}

/// Takes a conversation, gives it to somebody, puts it away or takes it out again.
#[utoipa::path(post, path = "/api/v1/inbox/{id}/steps", params(("id" = i64, Path)), request_body = StepBody, tag = "inbox",
    responses((status = 200, body = TalkJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale"), (status = 422, description = "a field is wrong")))]
async fn step(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<ConversationId>,
    body: Body<StepBody>,
) -> Result<HttpResponse> {
    let (id, now, b) = (*id, ctx.now(), body.0);
    let at = (id, change.version(b.version)?);
    let work = |db: Db| async move {
        db.write(move |c: &mut Conn| actions::step(c, now, &actor, at, (b.step, b.owner_id)))
            .await
    };
    let done = change.answer(&ctx.db, move |c, (): &()| changed(c, id), work).await;
    change.or_stale(&ctx.db, done, move |c| talk(c, id)).await
}

/// A call that nobody took.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MissedCall {
    /// The caller's number, as the exchange writes it.
    number: String,
}

/// What became of it.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Missed {
    /// Whether the caller gets a text: a mobile number, once a day.
    texted: bool,
}

/// Tells of a call that nobody took: it waits in the inbox, and the caller gets a text that says so, once a day. For the
/// clinic's telephone exchange.
#[utoipa::path(post, path = "/api/v1/missed-calls", request_body = MissedCall, tag = "inbox",
    responses((status = 200, body = Missed), (status = 422, description = "this is no number")))]
async fn missed((ctx, change): (Ctx, Change), actor: Actor, body: Body<MissedCall>) -> Result<HttpResponse> {
    let (now, typed) = (ctx.now(), body.0.number);
    let work = |db: Db| async move {
        db.write(move |c: &mut Conn| actions::missed_call(c, now, &actor, &typed).map(|(_, texted)| texted))
            .await
    };
    change
        .answer(
            &ctx.db,
            |_: &mut Conn, texted: &bool| Reply::ok(&Missed { texted: *texted }),
            work,
        )
        .await
}
