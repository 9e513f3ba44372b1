//! Campaigns over JSON.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::super::model::{minute_text, parse_minute};
use super::super::segments::SegmentId;
use super::actions::{self, NewCampaign, Step, Wanted};
use super::model::{Campaign, CampaignId, Pace, State, Turn};
use super::store;
use crate::documents::DocumentId;
use crate::messaging::MessageState;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::form::Faults;
use crate::platform::web::{Body, Change, Ctx, Reply, show};
use crate::staff::{self, Actor, DESK, MANAGERS};

/// This feature's part of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, create, read, step))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/campaigns")
            .route(staff::get(DESK, list))
            .route(staff::post(MANAGERS, create)),
    )
    .service(web::resource("/api/v1/campaigns/{id}").route(staff::get(DESK, read)))
    .service(web::resource("/api/v1/campaigns/{id}/steps").route(staff::post(MANAGERS, step)));
}

/// A campaign, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignJson {
    /// Row id.
    id: CampaignId,
    /// Chinese name.
    name: String,
    /// English name.
    name_en: String,
    /// To whom; null: to a picked list.
    segment_id: Option<SegmentId>,
    /// Code of the template.
    template: String,
    /// What of the clinic's documents goes with it.
    document_id: Option<DocumentId>,
    /// Where it stands.
    state: State,
    /// Messages a day.
    per_day: i32,
    /// Days of the week, 1 is Monday.
    weekdays: Vec<u32>,
    /// From this time of the day …
    from: String,
    /// … until this one.
    until: String,
    /// Not before this day.
    first_day: NaiveDate,
    /// Whether whoever has a visit ahead is left out.
    skip_booked: bool,
    /// Whoever got a campaign within so many days is left out.
    rest_days: i32,
    /// Until when a start can be taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    held_until: Option<Instant>,
    /// People by turn.
    people: BTreeMap<Turn, i64>,
    /// Messages by state.
    messages: BTreeMap<MessageState, i64>,
    /// How many wrote back within 15 days.
    answers: i64,
    /// How many booked within 15 days.
    bookings: i64,
    /// How many opted out since.
    opt_outs: i64,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Instant,
    /// Rises with every change.
    version: i64,
}

impl CampaignJson {
    fn load(c: &mut Conn, id: CampaignId) -> Result<CampaignJson> {
        let x = store::get_campaign(c, id)?;
        CampaignJson::of(c, x)
    }
    fn of(c: &mut Conn, x: Campaign) -> Result<CampaignJson> {
        let ((people, _), results) = (store::count_turns(c, x.id)?, store::results(c, x.id)?);
        Ok(CampaignJson {
            id: x.id,
            name: x.name,
            name_en: x.name_en,
            segment_id: x.segment,
            template: x.template,
            document_id: x.document,
            state: x.state,
            per_day: x.pace.per_day,
            from: minute_text(x.pace.from),
            until: minute_text(x.pace.until),
            first_day: x.pace.first_day,
            weekdays: x.pace.weekdays,
            skip_booked: x.skip_booked,
            rest_days: x.rest_days,
            held_until: x.held_until,
            people,
            messages: results.states,
            answers: results.answers,
            bookings: results.bookings,
            opt_outs: results.opt_outs,
            updated_at: x.updated_at,
            version: x.version,
        })
    }
}

/// The campaigns, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct CampaignList {
    /// The campaigns.
    items: Vec<CampaignJson>,
}

/// All campaigns.
#[utoipa::path(get, path = "/api/v1/campaigns", tag = "campaigns", responses((status = 200, body = CampaignList)))]
async fn list(ctx: Ctx) -> Result<HttpResponse> {
    let items = ctx
        .db
        .read(|c| {
            let all = store::list_campaigns(c)?;
            all.into_iter().map(|x| CampaignJson::of(c, x)).collect::<Result<_>>()
        })
        .await?;
    Ok(HttpResponse::Ok().json(CampaignList { items }))
}

/// One campaign.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}", params(("id" = i64, Path)), tag = "campaigns",
    responses((status = 200, body = CampaignJson), (status = 404, description = "not there")))]
async fn read((req, ctx): (HttpRequest, Ctx), id: web::Path<CampaignId>) -> Result<HttpResponse> {
    let found = ctx.db.read(move |c| CampaignJson::load(c, *id)).await?;
    show(&req, found.version, &found)
}

/// A campaign to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignBody {
    /// Chinese name, 1 to 60 characters.
    name: String,
    /// English name, 1 to 60 characters.
    name_en: String,
    /// To whom; left out: to `patient_ids`.
    segment_id: Option<SegmentId>,
    /// A picked list of up to 1000, in this order.
    #[serde(default)]
    patient_ids: Vec<PatientId>,
    /// Code of a template that is for campaigns.
    template: String,
    /// What of the clinic's documents goes with it; its template says where it opens.
    document_id: Option<DocumentId>,
    /// Messages a day, 1 to 5000.
    per_day: i32,
    /// Days of the week, 1 is Monday.
    weekdays: Vec<u32>,
    /// From this time of the day (`09:30`) …
    from: String,
    /// … until this one.
    until: String,
    /// Not before this day.
    first_day: NaiveDate,
    /// Whether whoever has a visit ahead is left out.
    #[serde(default)]
    skip_booked: bool,
    /// Whoever got a campaign within so many days is left out, 0 to 365.
    #[serde(default)]
    rest_days: i32,
}

fn new_campaign(b: CampaignBody) -> Result<NewCampaign> {
    let mut faults = Faults::default();
    let mut time = |field: &str, text: &str| {
        parse_minute(text).unwrap_or_else(|| {
            faults.add(field, "invalid", "时间格式为 18:00", "A time looks like 18:00");
            0
        })
    };
    let (from, until) = (time("from", &b.from), time("until", &b.until));
    faults.finish()?;
    Ok(NewCampaign {
        wanted: Wanted {
            name: b.name,
            name_en: b.name_en,
            segment: b.segment_id,
            template: b.template,
            document: b.document_id,
            pace: Pace {
                per_day: b.per_day,
                weekdays: b.weekdays,
                from,
                until,
                first_day: b.first_day,
            },
            skip_booked: b.skip_booked,
            rest_days: b.rest_days,
        },
        picked: b.patient_ids,
    })
}

/// Makes a draft. Nothing goes out before it is started.
#[utoipa::path(post, path = "/api/v1/campaigns", request_body = CampaignBody, tag = "campaigns",
    responses((status = 201, body = CampaignJson, headers(("ETag" = String), ("Location" = String))), (status = 422, description = "a field is wrong")))]
async fn create((ctx, change): (Ctx, Change), actor: Actor, body: Body<CampaignBody>) -> Result<HttpResponse> {
    let (now, new) = (ctx.now(), new_campaign(body.0)?);
    let work = |db: Db| async move { db.write(move |c: &mut Conn| actions::add(c, now, &actor, new)).await };
    let made = |c: &mut Conn, id: &CampaignId| {
        let made = CampaignJson::load(c, *id)?;
        Ok(Reply::created(format!("/api/v1/campaigns/{id}"), &made)?.version(made.version))
    };
    change.answer(&ctx.db, made, work).await
}

/// What is done with a campaign.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignStep {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    /// What.
    step: Step,
}

/// Starts a campaign (it begins two minutes later), takes the start back, pauses, resumes or stops it.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/steps", params(("id" = i64, Path)), request_body = CampaignStep, tag = "campaigns",
    responses((status = 200, body = CampaignJson, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, wrong_state"), (status = 422, description = "a field is wrong")))]
async fn step(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<CampaignId>,
    body: Body<CampaignStep>,
) -> Result<HttpResponse> {
    let (id, now, b) = (*id, ctx.now(), body.0);
    let at = (id, change.version(b.version)?);
    let work = |db: Db| async move {
        db.write(move |c: &mut Conn| actions::step(c, now, &actor, at, b.step))
            .await
    };
    let reply = move |c: &mut Conn, (): &()| {
        let x = CampaignJson::load(c, id)?;
        Ok(Reply::ok(&x)?.version(x.version))
    };
    let done = change.answer(&ctx.db, reply, work).await;
    change.or_stale(&ctx.db, done, move |c| CampaignJson::load(c, id)).await
}
