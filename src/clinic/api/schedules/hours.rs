//! Weekly hours.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::super::actions;
use super::super::super::model::{SINCE_EVER, Week, Whose};
use super::super::super::store;
use super::super::change::{Removal, by, done};
use super::super::{PatternBody, SessionBody, pattern};
use super::{ScheduleOf, answer, known, sessions};
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::web::form::Faults;
use crate::platform::web::{Body, Change, Ctx, Params, show};
use crate::staff::{self, Actor, EVERYONE, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/schedules/{whose}/{id}/hours").route(staff::get(EVERYONE, read)))
        .service(
            web::resource("/api/v1/schedules/{whose}/{id}/hours/{from}")
                .route(staff::put(ONLY_ADMINISTRATOR, put))
                .route(staff::delete(ONLY_ADMINISTRATOR, remove)),
        );
}

/// Weekly hours of a provider or a chair.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::clinic::api) struct ScheduleHours {
    /// All of them, by the day from which they hold. A chair without any hours is open whenever somebody works.
    patterns: Vec<PatternBody>,
    /// Send it back with a change.
    version: i64,
}

fn load(c: &mut Conn, whose: Whose) -> Result<ScheduleHours> {
    known(c, whose)?;
    let rota = store::snapshot(c)?.rota(whose);
    Ok(ScheduleHours {
        patterns: rota.patterns().map(pattern).collect(),
        version: staff::version_of(c, whose.hours_kind(), Some(whose.id()))?,
    })
}

/// The weekly hours of a provider or a chair.
#[utoipa::path(get, path = "/api/v1/schedules/{whose}/{id}/hours", tag = "schedules",
    params(("whose" = ScheduleOf, Path), ("id" = i64, Path)),
    responses((status = 200, body = ScheduleHours, headers(("ETag" = String))), (status = 404, description = "not there")))]
pub(in crate::clinic::api) async fn read(
    (req, ctx): (HttpRequest, Ctx),
    path: web::Path<(ScheduleOf, i64)>,
) -> Result<HttpResponse> {
    let whose = path.0.of(path.1);
    let found = ctx.db.read(move |c| load(c, whose)).await?;
    show(&req, found.version, &found)
}

/// The hours of a week.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::clinic::api) struct ScheduleHoursChange {
    /// The version of the weekly hours it was made on; needed here or in `If-Match`.
    version: Option<i64>,
    /// The sessions; a day without any is off.
    hours: Vec<SessionBody>,
    /// So many visits that no longer fit were seen and agreed to.
    #[serde(default)]
    agreed: usize,
}

impl ScheduleHoursChange {
    fn week(&self) -> Result<Week> {
        let mut faults = Faults::default();
        let mut week = Week::default();
        for (weekday, day) in (1..).zip(week.0.iter_mut()) {
            let that_day = self.hours.iter().filter(|s| s.weekday == weekday);
            *day = sessions(
                that_day.map(|s| (s.from.as_str(), s.until.as_str())),
                "hours",
                &mut faults,
            );
        }
        if self.hours.iter().any(|s| !(1..=7).contains(&s.weekday)) {
            faults.add(
                "hours",
                "out_of_range",
                "weekday 应为 1（周一）到 7（周日）",
                "weekday is 1 (Monday) to 7 (Sunday)",
            );
        }
        faults.finish().map(|()| week)
    }
}

/// Sets the weekly hours that hold from a day on, until the next ones begin: changes them, or adds them where none begin on
/// that day. The first ones hold since `1970-01-01`.
#[utoipa::path(put, path = "/api/v1/schedules/{whose}/{id}/hours/{from}", tag = "schedules", request_body = ScheduleHoursChange,
    params(("whose" = ScheduleOf, Path), ("id" = i64, Path), ("from" = NaiveDate, Path)),
    responses((status = 200, body = ScheduleHours, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "stale, visits_affected"), (status = 422, description = "a field is wrong")))]
pub(in crate::clinic::api) async fn put(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    path: web::Path<(ScheduleOf, i64, NaiveDate)>,
    Body(change): Body<ScheduleHoursChange>,
) -> Result<HttpResponse> {
    let (whose, from) = (path.0.of(path.1), path.2);
    let by = by(ctx.now(), actor, change.agreed, Some(made.version(change.version)?));
    let week = change.week()?;
    let write = move |c: &mut Conn| {
        known(c, whose)?;
        let begins = store::snapshot(c)?.rota(whose).patterns().any(|(day, _)| day == from);
        let outcome = if begins || from == SINCE_EVER {
            actions::save_pattern(c, &by, whose, Some(from), &week)?
        } else {
            actions::add_pattern(c, &by, whose, from, &week)?
        };
        done(outcome)
    };
    answer((ctx, made), move |c| load(c, whose), |set| set.version, write).await
}

/// Removes weekly hours that begin on a day: those before hold on. The first ones stay.
#[utoipa::path(delete, path = "/api/v1/schedules/{whose}/{id}/hours/{from}", tag = "schedules",
    params(("whose" = ScheduleOf, Path), ("id" = i64, Path), ("from" = NaiveDate, Path), Removal,
        ("If-Match" = String, Header, description = "The `ETag` of the weekly hours")),
    responses((status = 200, body = ScheduleHours, headers(("ETag" = String))), (status = 404, description = "not there"),
        (status = 409, description = "visits_affected"), (status = 412, description = "stale"),
        (status = 428, description = "precondition_required: no `If-Match`")))]
pub(in crate::clinic::api) async fn remove(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    path: web::Path<(ScheduleOf, i64, NaiveDate)>,
    Params(removal): Params<Removal>,
) -> Result<HttpResponse> {
    let (whose, from) = (path.0.of(path.1), path.2);
    let by = by(ctx.now(), actor, removal.agreed, Some(made.version(None)?));
    let write = move |c: &mut Conn| done(actions::remove_pattern(c, &by, whose, from)?);
    answer((ctx, made), move |c| load(c, whose), |set| set.version, write).await
}
