//! Times that got free, whom they would suit, and offering them.

use actix_web::{HttpRequest, HttpResponse, Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::actions::{self, Asking, Candidate, Filling};
use super::super::model::{Slot, SlotId, SlotState, Source, Urgency};
use super::super::store::{self, SlotPlace};
use super::offers::{OfferJson, Offers};
use crate::appointments::AppointmentId;
use crate::clinic::{ChairId, ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::{Body, Change, Ctx, Params, Reply, page, show};
use crate::staff::{self, Actor, DESK};

/// Freed times in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (50, 200);

/// This part's share of the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, read, candidates, offers, offer, stop, dismiss))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/freed-times").route(staff::get(DESK, list)))
        .service(web::resource("/api/v1/freed-times/{id}").route(staff::get(DESK, read)))
        .service(web::resource("/api/v1/freed-times/{id}/candidates").route(staff::get(DESK, candidates)))
        .service(
            web::resource("/api/v1/freed-times/{id}/offers")
                .route(staff::get(DESK, offers))
                .route(staff::post(DESK, offer)),
        )
        .service(web::resource("/api/v1/freed-times/{id}/stop").route(staff::post(DESK, stop)))
        .service(web::resource("/api/v1/freed-times/{id}/dismiss").route(staff::post(DESK, dismiss)));
}

/// A time that a cancelled, moved or shortened visit left.
#[derive(Debug, Serialize, ToSchema)]
pub struct FreedTimeJson {
    /// Row id.
    id: SlotId,
    /// Whose time.
    provider_id: ProviderId,
    /// In which chair.
    chair_id: ChairId,
    /// What it was booked for.
    service_id: ServiceId,
    /// From, UTC.
    starts_at: String,
    /// Until, UTC.
    ends_at: String,
    /// The visit that left it.
    appointment_id: AppointmentId,
    /// Where it stands.
    state: SlotState,
    /// Whether everybody who was asked is past.
    nobody: bool,
    /// So many are asked at a time.
    batch: i32,
    /// So many minutes they have to answer.
    minutes: i32,
    /// Name this version when changing it. It rises with every answer, too.
    version: i64,
    /// Since when it is free, UTC.
    created_at: String,
}

impl From<Slot> for FreedTimeJson {
    fn from(s: Slot) -> Self {
        FreedTimeJson {
            id: s.id,
            provider_id: s.provider_id,
            chair_id: s.chair_id,
            service_id: s.service_id,
            starts_at: s.starts_at.rfc3339(),
            ends_at: s.ends_at.rfc3339(),
            appointment_id: s.appointment_id,
            state: s.state,
            nobody: s.nobody,
            batch: s.batch,
            minutes: s.deadline_minutes,
            version: s.version,
            created_at: s.created_at.rfc3339(),
        }
    }
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FreedQuery {
    /// At most so many, 1 to 200 (default 50).
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Times that can be filled, soonest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct FreedTimes {
    /// The times.
    freed_times: Vec<FreedTimeJson>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

/// Times that got free and can still be filled.
#[utoipa::path(get, path = "/api/v1/freed-times", params(FreedQuery), tag = "waiting list",
    responses((status = 200, body = FreedTimes, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one")))))]
async fn list((req, ctx): (HttpRequest, Ctx), actor: Actor, query: Params<FreedQuery>) -> Result<HttpResponse> {
    let (now, q) = (ctx.now(), query.0);
    let limit = page::limit(q.limit, LIMIT)?;
    let pages = page::List::new(&ctx.keys, "freed-times", &());
    let after: Option<SlotPlace> = pages.after(q.cursor.as_deref())?;
    let mut found = ctx.db.read(move |c| store::page_open(c, now, after, limit + 1)).await?;
    let next = pages.cut(&mut found, limit, |s| (s.starts_at, s.id))?;
    staff::read_of_list(&ctx.db, now, &actor, "freed_slots", found.len()).await?;
    let freed_times = found.into_iter().map(Into::into).collect();
    let body = FreedTimes { freed_times, next };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}

/// One of them, also when nothing is to be filled any more.
#[utoipa::path(get, path = "/api/v1/freed-times/{id}", params(("id" = i64, Path)), tag = "waiting list",
    responses((status = 200, body = FreedTimeJson, headers(("ETag" = String, description = "The version"))), (status = 404, description = "not there")))]
async fn read((req, ctx): (HttpRequest, Ctx), id: web::Path<SlotId>) -> Result<HttpResponse> {
    let slot = ctx.db.read(move |c| store::get_slot(c, *id)).await?;
    show(&req, slot.version, &FreedTimeJson::from(slot))
}

/// Somebody whom the time would suit.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateJson {
    /// Names them when offering: `waiting:3`.
    key: String,
    /// Why them.
    source: Source,
    /// The entry of the waiting list, the visit that did not take place, or the recall.
    source_id: i64,
    /// Who.
    patient_id: PatientId,
    /// For what.
    service_id: ServiceId,
    /// How long.
    minutes: i32,
    /// When it would start, UTC.
    starts_at: String,
    /// So many minutes they need to get here.
    notice_minutes: i32,
    /// Their later visit that would be moved here.
    appointment_id: Option<AppointmentId>,
    /// How urgent.
    urgency: Urgency,
    /// Since when they wait, or were due, UTC.
    since: String,
    /// Useless minutes that would be left beside the visit.
    rest_minutes: i64,
    /// Whether a message would reach them.
    reachable: bool,
    /// What their entry says.
    note: String,
}

impl From<Candidate> for CandidateJson {
    fn from(x: Candidate) -> Self {
        CandidateJson {
            key: x.key(),
            reachable: x.unreachable().is_none(),
            source: x.source,
            source_id: x.source_id,
            patient_id: x.patient.id,
            service_id: x.service,
            minutes: x.minutes,
            starts_at: x.starts_at.rfc3339(),
            notice_minutes: x.notice_minutes,
            appointment_id: x.appointment,
            urgency: x.urgency,
            since: x.since.rfc3339(),
            rest_minutes: x.rest,
            note: x.note,
        }
    }
}

/// Whom a freed time would suit, best first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Candidates {
    /// From when on the time is free, UTC; none: it is taken.
    free_from: Option<String>,
    /// Until when, UTC.
    free_until: Option<String>,
    /// The version of the freed time, to be named when offering it.
    version: i64,
    /// Who.
    candidates: Vec<CandidateJson>,
}

impl From<Filling> for Candidates {
    fn from(f: Filling) -> Self {
        Candidates {
            free_from: f.gap.map(|g| g.from.rfc3339()),
            free_until: f.gap.map(|g| g.until.rfc3339()),
            version: f.slot.version,
            candidates: f.candidates.into_iter().map(Into::into).collect(),
        }
    }
}

/// Whom the time would suit: who waits, whose visit did not take place, who is due for a check-up; at most 30 of each.
#[utoipa::path(get, path = "/api/v1/freed-times/{id}/candidates", params(("id" = i64, Path)), tag = "waiting list",
    responses((status = 200, body = Candidates), (status = 404, description = "not there")))]
async fn candidates(ctx: Ctx, actor: Actor, id: web::Path<SlotId>) -> Result<impl Responder> {
    let (now, id) = (ctx.now(), *id);
    let found = ctx.db.read(move |c| actions::filling(c, now, id)).await?;
    staff::read_of_list(&ctx.db, now, &actor, "freed_slots", found.candidates.len()).await?;
    Ok(web::Json(Candidates::from(found)))
}

/// Everybody to whom the time was offered, in order.
#[utoipa::path(get, path = "/api/v1/freed-times/{id}/offers", params(("id" = i64, Path)), tag = "waiting list",
    responses((status = 200, body = Offers), (status = 404, description = "not there")))]
async fn offers(ctx: Ctx, actor: Actor, id: web::Path<SlotId>) -> Result<impl Responder> {
    let (now, id) = (ctx.now(), *id);
    let found = ctx
        .db
        .read(move |c| {
            store::get_slot(c, id)?;
            store::offers_of(c, id)
        })
        .await?;
    staff::read_of_list(&ctx.db, now, &actor, "slot_offers", found.len()).await?;
    let offers = found.into_iter().map(OfferJson::from).collect();
    Ok(web::Json(Offers { offers }))
}

/// Whom to offer a freed time, and how.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOffers {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    /// Keys of candidates, 1 to 100. They are asked in the order in which they are ranked.
    candidates: Vec<String>,
    /// So many are asked at a time, 1 to 100 (default 1: one by one).
    batch: Option<i32>,
    /// How long they have to answer, 5 to 1440 minutes.
    minutes: i32,
}

/// Offers a freed time by message, to one after the other or in batches; it is held until somebody takes it, all are past, or
/// it is stopped. Messages go out after two minutes, within the hours for them.
#[utoipa::path(post, path = "/api/v1/freed-times/{id}/offers", request_body = NewOffers, params(("id" = i64, Path)),
    tag = "waiting list",
    responses((status = 201, body = FreedTimeJson, headers(("Location" = String), ("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, wrong_state: it is not open any more"),
        (status = 422, description = "a field is wrong; none of the candidates fits any more")))]
async fn offer(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<SlotId>,
    body: Body<NewOffers>,
) -> Result<HttpResponse> {
    let (now, id, b) = (ctx.now(), *id, body.0);
    let seen = (id, Some(change.version(b.version)?));
    let asking = Asking {
        who: b.candidates,
        batch: b.batch.unwrap_or(1),
        minutes: b.minutes,
    };
    let reply = move |c: &mut Conn, (): &()| {
        let slot = store::get_slot(c, id)?;
        let version = slot.version;
        let made = Reply::created(format!("/api/v1/freed-times/{id}/offers"), &FreedTimeJson::from(slot))?;
        Ok(made.version(version))
    };
    let start = |db: Db| async move { db.write(move |c| actions::start(c, now, &actor, seen, &asking)).await };
    let done = change.answer(&ctx.db, reply, start).await.map_err(as_named_here);
    change.or_stale(&ctx.db, done, move |c| current(c, id)).await
}

/// What the page calls `who` is `candidates` here.
fn as_named_here(e: Error) -> Error {
    let Error::Invalid(mut list) = e else { return e };
    for fault in list.iter_mut().filter(|f| f.field == "who") {
        fault.field = "candidates".into();
    }
    Error::Invalid(list)
}

fn current(c: &mut Conn, id: SlotId) -> Result<FreedTimeJson> {
    store::get_slot(c, id).map(Into::into)
}

/// The version on which a freed time is ended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FreedStep {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
}

/// Ends the offering: nobody can accept any more, and it is not held. It can be offered to others.
#[utoipa::path(post, path = "/api/v1/freed-times/{id}/stop", request_body = FreedStep, params(("id" = i64, Path)),
    tag = "waiting list",
    responses((status = 200, body = FreedTimeJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, wrong_state: it is not being offered")))]
async fn stop(of: (Ctx, Change), actor: Actor, id: web::Path<SlotId>, body: Body<FreedStep>) -> Result<HttpResponse> {
    end(of, actor, (*id, body.0.version), actions::stop).await
}

/// Puts a freed time away: it is not to be filled. An offering of it ends.
#[utoipa::path(post, path = "/api/v1/freed-times/{id}/dismiss", request_body = FreedStep, params(("id" = i64, Path)),
    tag = "waiting list",
    responses((status = 200, body = FreedTimeJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, wrong_state: nothing is to be filled any more")))]
async fn dismiss(
    of: (Ctx, Change),
    actor: Actor,
    id: web::Path<SlotId>,
    body: Body<FreedStep>,
) -> Result<HttpResponse> {
    end(of, actor, (*id, body.0.version), actions::dismiss).await
}

type Ending = fn(&mut Conn, Instant, &Actor, actions::Seen) -> Result<()>;

async fn end(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    (id, version): (SlotId, Option<i64>),
    ending: Ending,
) -> Result<HttpResponse> {
    let now = ctx.now();
    let seen = (id, Some(change.version(version)?));
    let reply = move |c: &mut Conn, (): &()| {
        let slot = store::get_slot(c, id)?;
        let version = slot.version;
        Ok(Reply::ok(&FreedTimeJson::from(slot))?.version(version))
    };
    let work = |db: Db| async move { db.write(move |c| ending(c, now, &actor, seen)).await };
    let done = change.answer(&ctx.db, reply, work).await;
    change.or_stale(&ctx.db, done, move |c| current(c, id)).await
}
