//! Segments over JSON.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::actions::{self, NewSegment};
use super::model::{Definition, Mark, Segment, SegmentId};
use super::store::{self, Member, Moment};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::{Body, Change, Ctx, Params, Reply, page, show};
use crate::staff::{self, Actor, DESK, MANAGERS, Role};

/// Members in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (50, 200);

/// This feature's part of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(
    paths(list, create, read, update, step, members, mark),
    components(schemas(Definition))
)]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/segments")
            .route(staff::get(DESK, list))
            .route(staff::post(MANAGERS, create)),
    )
    .service(
        web::resource("/api/v1/segments/{id}")
            .route(staff::get(DESK, read))
            .route(staff::patch(MANAGERS, update)),
    )
    .service(web::resource("/api/v1/segments/{id}/steps").route(staff::post(MANAGERS, step)))
    .service(web::resource("/api/v1/segments/{id}/members").route(staff::get(DESK, members)))
    .service(web::resource("/api/v1/segment-marks").route(staff::post(DESK, mark)));
}

/// A field of a condition, as the document has it.
fn field_name((group, n): (usize, usize), field: &str) -> String {
    let inner = match field {
        "age_from" => "from",
        "age_to" => "to",
        "n" | "from" | "until" => return format!("definition.groups[{group}].conditions[{n}].is.when.{field}"),
        other => other,
    };
    format!("definition.groups[{group}].conditions[{n}].is.{inner}")
}

/// A segment.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentJson {
    /// Row id.
    id: SegmentId,
    /// Chinese name.
    name: String,
    /// English name.
    name_en: String,
    /// Who is meant; null for who may not read what it asks for.
    definition: Option<Definition>,
    /// How many are meant now; null in a list.
    count: Option<i64>,
    /// When the present round of work began.
    #[schema(value_type = String, format = DateTime)]
    round_at: Instant,
    /// Since when it is in the archive, where nothing chooses it.
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<Instant>,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Instant,
    /// Rises with every change.
    version: i64,
}

impl SegmentJson {
    fn of(s: Segment, count: Option<i64>, role: Option<Role>) -> SegmentJson {
        SegmentJson {
            id: s.id,
            name: s.name,
            name_en: s.name_en,
            definition: s.definition.is_open_to(role).then_some(s.definition),
            count,
            round_at: s.round_at,
            archived_at: s.archived_at,
            updated_at: s.updated_at,
            version: s.version,
        }
    }
    fn load(c: &mut Conn, now: Instant, id: SegmentId, role: Option<Role>) -> Result<SegmentJson> {
        let (segment, moment) = (store::get_segment(c, id)?, Moment::at(c, now)?);
        let count = store::count(c, &segment.definition, moment)?;
        Ok(SegmentJson::of(segment, Some(count), role))
    }
    fn reply(&self) -> Result<Reply> {
        Ok(Reply::ok(self)?.version(self.version))
    }
}

/// The segments.
#[derive(Debug, Serialize, ToSchema)]
pub struct SegmentList {
    /// By name.
    items: Vec<SegmentJson>,
}

/// Which segments.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SegmentQuery {
    /// Those in the archive instead of the others.
    #[serde(default)]
    archived: bool,
}

/// The segments, or those in the archive.
#[utoipa::path(get, path = "/api/v1/segments", params(SegmentQuery), tag = "segments", responses((status = 200, body = SegmentList)))]
async fn list(ctx: Ctx, actor: Actor, query: Params<SegmentQuery>) -> Result<HttpResponse> {
    let mut all = ctx.db.read(store::list_segments).await?;
    all.retain(|s| s.is_offered() != query.0.archived);
    let items = all.into_iter().map(|s| SegmentJson::of(s, None, actor.role)).collect();
    Ok(HttpResponse::Ok().json(SegmentList { items }))
}

/// A segment to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentBody {
    /// Chinese name, 1 to 60 characters.
    name: String,
    /// English name, 1 to 60 characters.
    name_en: String,
    /// Who is meant.
    definition: Definition,
}

/// Makes a segment.
#[utoipa::path(post, path = "/api/v1/segments", request_body = SegmentBody, tag = "segments",
    responses((status = 201, body = SegmentJson, headers(("ETag" = String), ("Location" = String))), (status = 422, description = "a field is wrong")))]
async fn create((ctx, change): (Ctx, Change), actor: Actor, body: Body<SegmentBody>) -> Result<HttpResponse> {
    let (now, b, role) = (ctx.now(), body.0, actor.role);
    let new = NewSegment {
        name: b.name,
        name_en: b.name_en,
        definition: b.definition,
    };
    let work = |db: Db| async move {
        db.write(move |c: &mut Conn| actions::add(c, now, &actor, new, field_name))
            .await
    };
    let made = move |c: &mut Conn, id: &SegmentId| {
        let made = SegmentJson::load(c, now, *id, role)?;
        Ok(Reply::created(format!("/api/v1/segments/{id}"), &made)?.version(made.version))
    };
    change.answer(&ctx.db, made, work).await
}

/// One segment, with how many are meant now.
#[utoipa::path(get, path = "/api/v1/segments/{id}", params(("id" = i64, Path)), tag = "segments",
    responses((status = 200, body = SegmentJson), (status = 404, description = "not there")))]
async fn read((req, ctx): (HttpRequest, Ctx), actor: Actor, id: web::Path<SegmentId>) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), *id);
    let found = ctx.db.read(move |c| SegmentJson::load(c, now, id, actor.role)).await?;
    show(&req, found.version, &found)
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentPatch {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    /// Chinese name.
    name: Option<String>,
    /// English name.
    name_en: Option<String>,
    /// Who is meant.
    definition: Option<Definition>,
}

/// Changes a segment.
#[utoipa::path(patch, path = "/api/v1/segments/{id}", params(("id" = i64, Path)), request_body = SegmentPatch, tag = "segments",
    responses((status = 200, body = SegmentJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale"), (status = 422, description = "a field is wrong")))]
async fn update(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<SegmentId>,
    body: Body<SegmentPatch>,
) -> Result<HttpResponse> {
    let (id, now, b, role) = (*id, ctx.now(), body.0, actor.role);
    let at = (id, change.version(b.version)?);
    let work = |db: Db| async move {
        db.write(move |c: &mut Conn| {
            let old = store::get_segment(c, id)?;
            let to = NewSegment {
                name: b.name.unwrap_or(old.name),
                name_en: b.name_en.unwrap_or(old.name_en),
                definition: b.definition.unwrap_or(old.definition),
            };
            actions::change(c, now, &actor, at, (to, field_name))
        })
        .await
    };
    let reply = move |c: &mut Conn, (): &()| SegmentJson::load(c, now, id, role)?.reply();
    let done = change.answer(&ctx.db, reply, work).await;
    change
        .or_stale(&ctx.db, done, move |c| SegmentJson::load(c, now, id, role))
        .await
}

/// What is done with a segment.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SegmentStep {
    /// Into the archive.
    Archive,
    /// Out of it.
    Restore,
}

/// A step.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentStepBody {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    /// What.
    step: SegmentStep,
}

/// Puts a segment that nothing uses any more into the archive, or takes it out.
#[utoipa::path(post, path = "/api/v1/segments/{id}/steps", params(("id" = i64, Path)), request_body = SegmentStepBody, tag = "segments",
    responses((status = 200, body = SegmentJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, in_use")))]
async fn step(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<SegmentId>,
    body: Body<SegmentStepBody>,
) -> Result<HttpResponse> {
    let (id, now, b, role) = (*id, ctx.now(), body.0, actor.role);
    let at = (id, change.version(b.version)?);
    let archived = matches!(b.step, SegmentStep::Archive);
    let work = |db: Db| async move {
        db.write(move |c: &mut Conn| actions::archive(c, now, &actor, at, archived))
            .await
    };
    let reply = move |c: &mut Conn, (): &()| SegmentJson::load(c, now, id, role)?.reply();
    let done = change.answer(&ctx.db, reply, work).await;
    change
        .or_stale(&ctx.db, done, move |c| SegmentJson::load(c, now, id, role))
        .await
}

/// Which members.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MemberQuery {
    /// At most so many, 1 to 200 (default 50).
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Somebody who is meant.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberJson {
    /// Who.
    patient_id: PatientId,
    /// Full name.
    name: String,
    /// Mobile number, E.164.
    phone: Option<String>,
    /// Day of the last finished visit.
    last_visit: Option<NaiveDate>,
    /// Begin of the next visit.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_visit_at: Option<Instant>,
    /// What the desk has done in this round.
    mark: Option<Mark>,
}

impl From<Member> for MemberJson {
    fn from(m: Member) -> MemberJson {
        MemberJson {
            patient_id: m.patient.id,
            name: m.patient.name,
            phone: m.patient.phone,
            last_visit: m.last_visit,
            next_visit_at: m.next_visit,
            mark: m.marked.map(|x| x.mark),
        }
    }
}

/// Who is meant, by id.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberList {
    /// The members.
    items: Vec<MemberJson>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

/// Who is meant now. The read is audited.
#[utoipa::path(get, path = "/api/v1/segments/{id}/members", params(("id" = i64, Path), MemberQuery), tag = "segments",
    responses((status = 200, body = MemberList, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one"))),
        (status = 404, description = "not there")))]
async fn members(
    (req, ctx): (HttpRequest, Ctx),
    actor: Actor,
    id: web::Path<SegmentId>,
    query: Params<MemberQuery>,
) -> Result<HttpResponse> {
    let (id, now, q) = (*id, ctx.now(), query.0);
    let limit = page::limit(q.limit, LIMIT)?;
    let pages = page::List::new(&ctx.keys, "segment-members", &id);
    let after: Option<PatientId> = pages.after(q.cursor.as_deref())?;
    let mut found = ctx
        .db
        .read(move |c| {
            let (segment, moment) = (store::get_segment(c, id)?, Moment::at(c, now)?);
            let ids = store::page_of(c, &segment.definition, moment, (after, limit + 1))?;
            store::work_page(c, id, now, &ids)
        })
        .await?;
    let next = pages.cut(&mut found, limit, |m| m.patient.id)?;
    staff::read_of_list(&ctx.db, now, &actor, "segments", found.len()).await?;
    let body = MemberList {
        items: found.into_iter().map(Into::into).collect(),
        next,
    };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}

/// What was done about somebody.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkBody {
    /// Of which segment.
    segment_id: SegmentId,
    /// Who.
    patient_id: PatientId,
    /// What was done; null takes the mark away.
    mark: Option<Mark>,
}

/// The marks of a segment, counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct MarkCounts {
    /// Called.
    called: i64,
    /// Texted.
    texted: i64,
    /// Done.
    done: i64,
}

/// Marks somebody of a segment as seen to, or takes the mark away; gives how many are marked in this round.
#[utoipa::path(post, path = "/api/v1/segment-marks", request_body = MarkBody, tag = "segments",
    responses((status = 200, body = MarkCounts), (status = 404, description = "not there, or not meant"), (status = 422, description = "a field is wrong")))]
async fn mark((ctx, change): (Ctx, Change), actor: Actor, body: Body<MarkBody>) -> Result<HttpResponse> {
    let (now, b) = (ctx.now(), body.0);
    let id = b.segment_id;
    let work = |db: Db| async move {
        db.write(move |c: &mut Conn| actions::mark(c, now, &actor, (id, b.patient_id), b.mark))
            .await
    };
    let counts = move |c: &mut Conn, (): &()| {
        let of = store::count_marked(c, id)?;
        let n = |mark: Mark| of.get(&mark).copied().unwrap_or(0);
        Reply::ok(&MarkCounts {
            called: n(Mark::Called),
            texted: n(Mark::Texted),
            done: n(Mark::Done),
        })
    };
    change.answer(&ctx.db, counts, work).await
}
