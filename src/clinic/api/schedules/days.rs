//! Sessions of single days, instead of the weekly ones.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::super::actions;
use super::super::super::model::{DayPlan, Whose};
use super::super::super::store;
use super::super::change::{Removal, by, done};
use super::{ScheduleOf, TimeBody, answer, known, sessions};
use crate::platform::clock::plus_days;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::form::Faults;
use crate::platform::web::{Body, Change, Ctx, Params, show};
use crate::staff::{self, Actor, EVERYONE, ONLY_ADMINISTRATOR};

/// How far ahead days are set, in days.
const AHEAD_DAYS: i64 = 3 * 366;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/schedules/{whose}/{id}/days").route(staff::get(EVERYONE, read)))
        .service(
            web::resource("/api/v1/schedules/{whose}/{id}/days/{day}")
                .route(staff::put(ONLY_ADMINISTRATOR, put))
                .route(staff::delete(ONLY_ADMINISTRATOR, remove)),
        );
}

/// A day with sessions of its own.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::clinic::api) struct ScheduleDay {
    day: NaiveDate,
    sessions: Vec<TimeBody>,
}

/// The days with sessions of their own.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::clinic::api) struct ScheduleDays {
    /// By day, those that are over included.
    days: Vec<ScheduleDay>,
    /// Send it back with a change.
    version: i64,
}

fn load(c: &mut Conn, whose: Whose) -> Result<ScheduleDays> {
    known(c, whose)?;
    let rota = store::snapshot(c)?.rota(whose);
    let body = |(day, list): (NaiveDate, &[_])| ScheduleDay {
        day,
        sessions: list.iter().map(TimeBody::from).collect(),
    };
    Ok(ScheduleDays {
        days: rota.dated().map(body).collect(),
        version: staff::version_of(c, whose.days_kind(), Some(whose.id()))?,
    })
}

/// The days on which a provider or a chair has other sessions than the weekly ones.
#[utoipa::path(get, path = "/api/v1/schedules/{whose}/{id}/days", tag = "schedules",
    params(("whose" = ScheduleOf, Path), ("id" = i64, Path)),
    responses((status = 200, body = ScheduleDays, headers(("ETag" = String))), (status = 404, description = "not there")))]
pub(in crate::clinic::api) async fn read(
    (req, ctx): (HttpRequest, Ctx),
    path: web::Path<(ScheduleOf, i64)>,
) -> Result<HttpResponse> {
    let whose = path.0.of(path.1);
    let found = ctx.db.read(move |c| load(c, whose)).await?;
    show(&req, found.version, &found)
}

/// The sessions of a day.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::clinic::api) struct ScheduleDayChange {
    /// The version of the days it was made on; needed here or in `If-Match`.
    version: Option<i64>,
    /// At least one: for a day off there is leave.
    sessions: Vec<TimeBody>,
    /// So many visits that no longer fit were seen and agreed to.
    #[serde(default)]
    agreed: usize,
}

impl ScheduleDayChange {
    /// On that day, also when the clinic is closed.
    fn plan(&self, day: NaiveDate, today: NaiveDate) -> Result<DayPlan> {
        let mut faults = Faults::default();
        if !(today..=plus_days(today, AHEAD_DAYS)).contains(&day) {
            let (zh, en) = ("日期太早或太晚", "This day is too long ago or too far ahead");
            faults.add("day", "out_of_range", zh, en);
        }
        let times = self.sessions.iter().map(|s| (s.from.as_str(), s.until.as_str()));
        let sessions = sessions(times, "sessions", &mut faults);
        if self.sessions.is_empty() {
            faults.require("sessions");
        }
        faults.finish()?;
        Ok(DayPlan {
            first: day,
            last: day,
            weekdays: Vec::new(),
            sessions: Some(sessions),
            closed_too: true,
        })
    }
}

/// Sets the sessions of one day, instead of the weekly ones and whatever the clinic does that day.
#[utoipa::path(put, path = "/api/v1/schedules/{whose}/{id}/days/{day}", tag = "schedules", request_body = ScheduleDayChange,
    params(("whose" = ScheduleOf, Path), ("id" = i64, Path), ("day" = NaiveDate, Path)),
    responses((status = 200, body = ScheduleDays, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, visits_affected"), (status = 422, description = "a field is wrong")))]
pub(in crate::clinic::api) async fn put(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    path: web::Path<(ScheduleOf, i64, NaiveDate)>,
    Body(change): Body<ScheduleDayChange>,
) -> Result<HttpResponse> {
    let (whose, day) = (path.0.of(path.1), path.2);
    let by = by(ctx.now(), actor, change.agreed, Some(made.version(change.version)?));
    let write = move |c: &mut Conn| {
        known(c, whose)?;
        let today = by.now.day(store::the_site(c)?.tz());
        done(actions::save_days(c, &by, whose, &change.plan(day, today)?)?)
    };
    answer((ctx, made), move |c| load(c, whose), |set| set.version, write).await
}

/// Gives a day its usual sessions again.
#[utoipa::path(delete, path = "/api/v1/schedules/{whose}/{id}/days/{day}", tag = "schedules",
    params(("whose" = ScheduleOf, Path), ("id" = i64, Path), ("day" = NaiveDate, Path), Removal,
        ("If-Match" = String, Header, description = "The `ETag` of the days")),
    responses((status = 200, body = ScheduleDays, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "visits_affected"), (status = 412, description = "stale"),
        (status = 428, description = "precondition_required: no `If-Match`")))]
pub(in crate::clinic::api) async fn remove(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    path: web::Path<(ScheduleOf, i64, NaiveDate)>,
    Params(removal): Params<Removal>,
) -> Result<HttpResponse> {
    let (whose, day) = (path.0.of(path.1), path.2);
    let by = by(ctx.now(), actor, removal.agreed, Some(made.version(None)?));
    let write = move |c: &mut Conn| match actions::remove_days(c, &by, whose, (day, day)) {
        Ok(outcome) => done(outcome),
        // Somebody else may have taken it back: what is there by now says so.
        Err(e @ Error::NotFound(_)) => {
            staff::check_seen(c, by.seen, staff::Subject::of(whose.days_kind(), whose.id()))?;
            Err(e)
        }
        Err(e) => Err(e),
    };
    answer((ctx, made), move |c| load(c, whose), |set| set.version, write).await
}
