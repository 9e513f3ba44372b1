//! The ledger and opt-outs over JSON.

mod opt_outs;
mod steps;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::actions::Search;
use super::model::{Carrier, Message, MessageId, MessageState, Purpose, Stand};
use super::store::{self, AttemptRow, Place, ReportRow};
use crate::clinic;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::{Ctx, Params, page};
use crate::staff::{self, Actor, DESK};

/// Rows in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (50, 200);

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/messages").route(staff::get(DESK, list_messages)))
        .service(web::resource("/api/v1/messages/{id}").route(staff::get(DESK, get_message)));
    steps::routes(cfg);
    opt_outs::routes(cfg);
}

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// In this state only; `unsent`: not sent, for whatever reason, or not yet; `attention`: somebody has to look at them.
    #[param(inline)]
    state: Option<Stand>,
    /// To this patient only.
    patient_id: Option<i64>,
    /// To whom this finds: a name, initials, a chart number, a telephone (or its end) or an email address. Of more than 200
    /// patients the first are taken.
    q: Option<String>,
    /// By this channel only.
    channel: Option<Carrier>,
    /// For this only.
    purpose: Option<Purpose>,
    /// With this reason only, by its code.
    reason: Option<String>,
    /// Tried by this gateway only.
    gateway: Option<String>,
    /// Due on this day of the clinic or later; with `purpose`, `reason` or `gateway` the 30 days up to `until` (or today) if not
    /// given.
    from: Option<NaiveDate>,
    /// Due on this day or earlier; a year after `from` at most.
    until: Option<NaiveDate>,
    /// Rows after this id, in the order of ids; not where days are looked at, which go by when messages were due.
    after: Option<i64>,
    /// `next` of the page before; not together with `after`.
    cursor: Option<String>,
    /// 1 to 200; 50 if not given.
    limit: Option<i64>,
}

impl ListQuery {
    /// What decides which rows are in the list.
    fn filter(&self) -> impl std::fmt::Debug + use<> {
        let whose = (self.patient_id, self.q.clone());
        let what = (self.state, self.channel, self.purpose);
        let why = (self.reason.clone(), self.gateway.clone());
        (whose, what, why, self.from, self.until)
    }
    fn search(&self) -> Search {
        Search {
            state: self.state,
            channel: self.channel,
            purpose: self.purpose,
            reason: self.reason.clone(),
            gateway: self.gateway.clone(),
            from: self.from,
            until: self.until,
            text: self.q.as_deref().unwrap_or_default().trim().to_owned(),
        }
    }
    /// Where the page begins.
    fn begins(&self, pages: &page::List<'_>) -> Result<Place> {
        let first = (Instant(i64::MIN), MessageId(0));
        match pages.after(self.cursor.as_deref())? {
            Some(_) if self.after.is_some() => {
                let (zh, en) = ("cursor 不能与 after 同用", "cursor does not go together with after");
                Err(Error::field("cursor", "invalid", zh, en))
            }
            Some((due, id)) => Ok((Instant(due), id)),
            None => Ok(self.after.map_or(first, |id| (first.0, MessageId(id)))),
        }
    }
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
    /// In the order of ids; where days are looked at, in the order in which they were due.
    items: Vec<MessageOut>,
    /// `after` of the next page; null at the end, and where `after` is of no use.
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

/// Messages in the order of their ids; where days are looked at, in the order in which they were due. The read is audited.
#[utoipa::path(get, path = "/api/v1/messages", params(ListQuery), tag = "messages",
    responses((status = 200, body = MessageList, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one"))), (status = 422, description = "A parameter cannot be read, or does not go with another")))]
pub(super) async fn list_messages(
    (req, ctx): (HttpRequest, Ctx),
    lang: Lang,
    actor: Actor,
    Params(query): Params<ListQuery>,
) -> Result<HttpResponse> {
    let now = ctx.now();
    let limit = page::limit(query.limit, LIMIT)?;
    let pages = page::List::new(&ctx.keys, "messages", &query.filter());
    let begins = query.begins(&pages)?;
    let (mut rows, by_days) = ctx.db.read(move |c| find(c, now, &query, (begins, limit + 1))).await?;
    let next = pages.cut(&mut rows, limit, |m| (m.due_at.0, m.id))?;
    staff::read_of_list(&ctx.db, now, &actor, "messages", rows.len()).await?;
    let body = MessageList {
        next_after: rows.last().map(|m| m.id.0).filter(|_| next.is_some() && !by_days),
        items: rows.iter().map(|m| MessageOut::of(m, lang)).collect(),
        next,
    };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}

/// Messages from a place on, and whether they are in the order in which they were due.
fn find(c: &mut Conn, now: Instant, query: &ListQuery, (begins, limit): (Place, i64)) -> Result<(Vec<Message>, bool)> {
    let zone = clinic::the_site(c)?.tz();
    let mut filter = query.search().settled(now, zone)?.filter(c)?;
    filter.patient = query.patient_id.map(PatientId);
    let by_days = filter.due.is_some();
    if by_days && query.after.is_some() {
        return Err(Error::field(
            "after",
            "invalid",
            "按日期查询时请用 cursor，不用 after",
            "Where days are looked at, pages go by cursor and not by after",
        ));
    }
    Ok((store::list_messages(c, &filter, begins, limit)?, by_days))
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
    let (message, whole) = ctx.db.read(move |c| whole(c, id, lang)).await?;
    super::pages::audit_read(&ctx, &actor, &message).await?;
    Ok(web::Json(whole))
}

/// A message, and how it is shown.
fn whole(c: &mut Conn, id: MessageId, lang: Lang) -> Result<(Message, MessageDetail)> {
    let message = store::get_message(c, id)?;
    let detail = MessageDetail {
        message: MessageOut::of(&message, lang),
        recipient: message.recipient.clone(),
        title: message.title.clone(),
        body: message.body.clone(),
        tries: store::attempts_of(c, id)?,
        reports: store::reports_of(c, id)?,
    };
    Ok((message, detail))
}

/// What this feature adds to the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(
        list_messages,
        get_message,
        steps::act,
        opt_outs::list,
        opt_outs::create,
        opt_outs::remove
    ),
    components(schemas(MessageOut, MessageList, MessageDetail))
)]
pub struct ApiDoc;
