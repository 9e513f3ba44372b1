//! Time kept for some services, or closed to all of them. It is listed with all closures.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions;
use super::super::model::{Blockout, ChairId, ProviderId, ServiceId, show_minute};
use super::super::{pages, store};
use super::change::{by, done, named};
use super::closed_days::gone;
use super::closures::KeptBody;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Input;
use crate::platform::web::{Body, Change, Ctx, Reply, given, show};
use crate::staff::{self, Actor, EVERYONE, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/blockouts").route(staff::post(ONLY_ADMINISTRATOR, create)))
        .service(
            web::resource("/api/v1/blockouts/{id}")
                .route(staff::get(EVERYONE, read))
                .route(staff::patch(ONLY_ADMINISTRATOR, change))
                .route(staff::delete(ONLY_ADMINISTRATOR, remove)),
        );
}

/// One blockout.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneBlockout {
    #[serde(flatten)]
    blockout: KeptBody,
    /// Send it back with a change.
    version: i64,
}

fn load(c: &mut Conn, id: i64) -> Result<OneBlockout> {
    let clinic = store::snapshot(c)?;
    let (found, _) = clinic.get_blockout(id)?;
    Ok(OneBlockout {
        blockout: KeptBody::of(&clinic, found),
        version: staff::version_of(c, "blockouts", Some(id))?,
    })
}

/// Time kept for some services; for none of them: nothing may be booked.
#[utoipa::path(get, path = "/api/v1/blockouts/{id}", tag = "clinic", params(("id" = i64, Path)),
    responses((status = 200, body = OneBlockout, headers(("ETag" = String))), (status = 404, description = "not there")))]
pub(super) async fn read((req, ctx): (HttpRequest, Ctx), id: web::Path<i64>) -> Result<HttpResponse> {
    let found = ctx.db.read(move |c| load(c, *id)).await?;
    show(&req, found.version, &found)
}

/// What a blockout is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockoutWish {
    /// Chinese name.
    name: String,
    /// English name.
    name_en: String,
    /// Whose time; none: everybody's.
    provider_id: Option<ProviderId>,
    /// In which chair; none: in any.
    chair_id: Option<ChairId>,
    /// Every week on this weekday (1 = Monday) …
    weekday: Option<i32>,
    /// … or on this one day.
    day: Option<NaiveDate>,
    /// `14:00`
    from: String,
    /// `16:00`
    until: String,
    /// First day of a weekly one.
    valid_from: Option<NaiveDate>,
    /// Last day of a weekly one.
    valid_until: Option<NaiveDate>,
    /// Free to all so many days before, 0 to 60.
    release_days: Option<i32>,
    /// Taken before and after, too: the way to another site; 0 to 240.
    #[serde(default)]
    travel_minutes: i32,
    /// What may be booked there; none: nothing.
    #[serde(default)]
    service_ids: Vec<ServiceId>,
    /// So many visits within were seen and agreed to.
    #[serde(default)]
    agreed: usize,
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

/// Fields of the form, and what they are called here.
const NAMES: [(&str, &str); 7] = [
    ("provider", "provider_id"),
    ("chair", "chair_id"),
    ("time", "from"),
    ("travel", "travel_minutes"),
    ("services", "service_ids"),
    ("when", "weekday"),
    ("day_until", "day"),
];

impl BlockoutWish {
    /// As the form has it.
    fn input(&self) -> Result<Input> {
        let when = match (self.weekday, self.day) {
            (Some(_), None) => "weekly",
            (None, Some(_)) => "days",
            _ => {
                let (zh, en) = ("请给出 weekday 或 day 之一", "Give either weekday or day");
                return Err(Error::field("weekday", "invalid", zh, en));
            }
        };
        let mut pairs = vec![
            ("name", self.name.clone()),
            ("name_en", self.name_en.clone()),
            ("provider", text(self.provider_id)),
            ("chair", text(self.chair_id)),
            ("when", when.to_owned()),
            ("weekday", text(self.weekday)),
            ("day", text(self.day)),
            ("time", format!("{}-{}", self.from, self.until)),
            ("valid_from", text(self.valid_from)),
            ("valid_until", text(self.valid_until)),
            ("release_days", text(self.release_days)),
            ("travel", self.travel_minutes.to_string()),
        ];
        pairs.extend(self.service_ids.iter().map(|s| ("services", s.to_string())));
        Ok(Input::from_pairs(pairs))
    }
}

/// Keeps some time for some services, or closes it to all: of one provider, of one chair, or of everybody.
#[utoipa::path(post, path = "/api/v1/blockouts", tag = "clinic", request_body = BlockoutWish,
    responses((status = 201, body = OneBlockout, headers(("Location" = String))),
        (status = 409, description = "visits_affected"), (status = 422, description = "a field is wrong")))]
pub(super) async fn create(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    Body(wish): Body<BlockoutWish>,
) -> Result<HttpResponse> {
    let by = by(ctx.now(), actor, wish.agreed, None);
    let input = wish.input()?;
    let write = move |c: &mut Conn| {
        let clinic = store::snapshot(c)?;
        let today = by.now.day(clinic.site.tz());
        let (wanted, services) = pages::read_blockouts(&input, &clinic, None, today).map_err(|e| named(e, &NAMES))?;
        let (outcome, ids) = actions::add_blockouts(c, &by, &wanted, &services)?;
        done(outcome)?;
        ids.first().copied().ok_or(Error::NotFound("blockout"))
    };
    let reply = |c: &mut Conn, id: &i64| Reply::created(format!("/api/v1/blockouts/{id}"), &load(c, *id)?);
    made.answer(&ctx.db, reply, |db: Db| async move { db.write(write).await })
        .await
}

/// A change of a blockout; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockoutPatch {
    /// The version it was made on; needed here or in `If-Match`.
    version: Option<i64>,
    /// Chinese name.
    name: Option<String>,
    /// English name.
    name_en: Option<String>,
    /// Whose time; null: everybody's.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    provider_id: Option<Option<ProviderId>>,
    /// In which chair; null: in any.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    chair_id: Option<Option<ChairId>>,
    /// Every week on this weekday (1 = Monday) …
    weekday: Option<i32>,
    /// … or on this one day.
    day: Option<NaiveDate>,
    /// `14:00`
    from: Option<String>,
    /// `16:00`
    until: Option<String>,
    /// First day of a weekly one.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<NaiveDate>)]
    valid_from: Option<Option<NaiveDate>>,
    /// Last day of a weekly one.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<NaiveDate>)]
    valid_until: Option<Option<NaiveDate>>,
    /// Free to all so many days before, 0 to 60; null: kept to the end.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    release_days: Option<Option<i32>>,
    /// Taken before and after, too: the way to another site; 0 to 240.
    travel_minutes: Option<i32>,
    /// What may be booked there; none: nothing.
    service_ids: Option<Vec<ServiceId>>,
    /// So many visits within were seen and agreed to.
    #[serde(default)]
    agreed: usize,
}

impl BlockoutPatch {
    /// Onto what there is, as the form has it.
    fn onto(&self, before: &Blockout, had: &[ServiceId]) -> Input {
        let services = self.service_ids.as_deref().unwrap_or(had);
        let mut input = pages::blockout_input(before, services);
        let times = [(&self.from, before.start_minute), (&self.until, before.end_minute)];
        let [from, until] = times.map(|(text, minute)| text.clone().unwrap_or_else(|| show_minute(minute)));
        input.set("time", format!("{from}-{until}"));
        if let Some(weekday) = self.weekday {
            input.set("when", "weekly");
            input.set("weekday", weekday.to_string());
        }
        if let Some(day) = self.day {
            input.set("when", "days");
            input.set("day", day.to_string());
        }
        let given = [
            ("name", self.name.clone()),
            ("name_en", self.name_en.clone()),
            ("provider", self.provider_id.map(text)),
            ("chair", self.chair_id.map(text)),
            ("valid_from", self.valid_from.map(text)),
            ("valid_until", self.valid_until.map(text)),
            ("release_days", self.release_days.map(text)),
            ("travel", self.travel_minutes.map(|n| n.to_string())),
        ];
        for (field, value) in given {
            if let Some(value) = value {
                input.set(field, value);
            }
        }
        input
    }
}

/// Changes a blockout.
#[utoipa::path(patch, path = "/api/v1/blockouts/{id}", tag = "clinic", request_body = BlockoutPatch, params(("id" = i64, Path)),
    responses((status = 200, body = OneBlockout, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, visits_affected"), (status = 422, description = "a field is wrong")))]
pub(super) async fn change(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    id: web::Path<i64>,
    Body(patch): Body<BlockoutPatch>,
) -> Result<HttpResponse> {
    let id = *id;
    let by = by(ctx.now(), actor, patch.agreed, Some(made.version(patch.version)?));
    let write = move |c: &mut Conn| {
        let clinic = store::snapshot(c)?;
        let (before, had) = clinic.get_blockout(id)?;
        let today = by.now.day(clinic.site.tz());
        let read = pages::read_blockouts(&patch.onto(before, &had), &clinic, Some(before), today);
        let (wanted, services) = read.map_err(|e| named(e, &NAMES))?;
        let wanted = wanted.first().ok_or(Error::NotFound("blockout"))?;
        done(actions::save_blockout(c, &by, wanted, &services)?)
    };
    let reply = move |c: &mut Conn, (): &()| {
        let blockout = load(c, id)?;
        Ok(Reply::ok(&blockout)?.version(blockout.version))
    };
    let answer = made
        .answer(&ctx.db, reply, |db: Db| async move { db.write(write).await })
        .await;
    made.or_stale(&ctx.db, answer, move |c| load(c, id)).await
}

/// Gives the time free again.
#[utoipa::path(delete, path = "/api/v1/blockouts/{id}", tag = "clinic", params(("id" = i64, Path)),
    responses((status = 204, description = "gone"), (status = 404, description = "not there")))]
pub(super) async fn remove((ctx, made): (Ctx, Change), actor: Actor, id: web::Path<i64>) -> Result<HttpResponse> {
    let by = by(ctx.now(), actor, 0, None);
    gone((ctx, made), move |c| actions::remove_blockout(c, &by, *id)).await
}
