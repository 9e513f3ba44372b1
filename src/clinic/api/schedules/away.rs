//! Leave of providers, and times in which chairs are out of service.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::super::actions;
use super::super::super::model::{Leave, LeaveId, Whose};
use super::super::super::{pages, store};
use super::super::change::{by, done, named};
use super::{ScheduleOf, known};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::{Body, Change, Ctx, Reply};
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/schedules/{whose}/{id}/away")
            .route(staff::get(ONLY_ADMINISTRATOR, list))
            .route(staff::post(ONLY_ADMINISTRATOR, add)),
    )
    .service(
        web::resource("/api/v1/schedules/{whose}/{id}/away/{leave}").route(staff::delete(ONLY_ADMINISTRATOR, remove)),
    );
}

/// A time away.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::clinic::api) struct TimeAway {
    id: LeaveId,
    /// From.
    #[schema(value_type = String, format = DateTime)]
    from: Instant,
    /// Until, exclusive.
    #[schema(value_type = String, format = DateTime)]
    until: Instant,
    /// For colleagues; may be empty.
    reason: String,
}

impl From<Leave> for TimeAway {
    fn from(l: Leave) -> TimeAway {
        TimeAway {
            id: l.id,
            from: l.starts_at,
            until: l.ends_at,
            reason: l.reason,
        }
    }
}

/// Times away.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::clinic::api) struct TimesAway {
    /// Those that are not over, earliest first.
    items: Vec<TimeAway>,
}

/// When a provider is on leave, or a chair out of service, from now on.
#[utoipa::path(get, path = "/api/v1/schedules/{whose}/{id}/away", tag = "schedules",
    params(("whose" = ScheduleOf, Path), ("id" = i64, Path)),
    responses((status = 200, body = TimesAway), (status = 404, description = "not there")))]
pub(in crate::clinic::api) async fn list(ctx: Ctx, path: web::Path<(ScheduleOf, i64)>) -> Result<web::Json<TimesAway>> {
    let (whose, now) = (path.0.of(path.1), ctx.now());
    let found = ctx
        .db
        .read(move |c| {
            known(c, whose)?;
            store::list_leaves_of(c, whose, now)
        })
        .await?;
    let items = found.into_iter().map(Into::into).collect();
    Ok(web::Json(TimesAway { items }))
}

/// A time away to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::clinic::api) struct NewTimeAway {
    /// From.
    #[schema(value_type = String, format = DateTime)]
    from: Instant,
    /// Until, exclusive; at most two years later.
    #[schema(value_type = String, format = DateTime)]
    until: Instant,
    /// For colleagues.
    #[serde(default)]
    reason: String,
    /// So many visits within were seen and agreed to.
    #[serde(default)]
    agreed: usize,
}

impl NewTimeAway {
    fn leave(&self, whose: Whose) -> Result<Leave> {
        let mut faults = Faults::default();
        let input = Input::from_pairs([("leave_reason", self.reason.as_str())]);
        let reason = pages::leave_reason(&input, &mut faults);
        pages::check_leave((self.from, self.until), &mut faults);
        faults.finish().map_err(|e| named(e, &NAMES))?;
        Ok(Leave {
            id: LeaveId(0),
            provider_id: whose.provider(),
            starts_at: self.from,
            ends_at: self.until,
            reason,
            chair_id: whose.chair(),
        })
    }
}

/// Fields of the form, and what they are called here.
const NAMES: [(&str, &str); 2] = [("leave_to", "until"), ("leave_reason", "reason")];

/// Adds a leave of a provider, or takes a chair out of service. Visits within stay as they are.
#[utoipa::path(post, path = "/api/v1/schedules/{whose}/{id}/away", tag = "schedules", request_body = NewTimeAway,
    params(("whose" = ScheduleOf, Path), ("id" = i64, Path)),
    responses((status = 201, body = TimeAway, headers(("Location" = String))), (status = 404, description = "not there"),
        (status = 409, description = "visits_affected"), (status = 422, description = "a field is wrong")))]
pub(in crate::clinic::api) async fn add(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    path: web::Path<(ScheduleOf, i64)>,
    Body(new): Body<NewTimeAway>,
) -> Result<HttpResponse> {
    let whose = path.0.of(path.1);
    let (leave, by) = (new.leave(whose)?, by(ctx.now(), actor, new.agreed, None));
    let write = move |c: &mut Conn| {
        let (outcome, id) = actions::add_leave(c, &by, whose, &leave)?;
        done(outcome)?;
        id.ok_or(Error::NotFound("leave"))
    };
    let at = format!("{}/away", at(whose));
    let reply = move |c: &mut Conn, id: &LeaveId| {
        let leave = store::find_leave(c, *id)?.ok_or(Error::NotFound("leave"))?;
        Reply::created(format!("{at}/{id}"), &TimeAway::from(leave))
    };
    made.answer(&ctx.db, reply, |db: Db| async move { db.write(write).await })
        .await
}

fn at(whose: Whose) -> String {
    match whose {
        Whose::Provider(id) => format!("/api/v1/schedules/provider/{id}"),
        Whose::Chair(id) => format!("/api/v1/schedules/chair/{id}"),
    }
}

/// Removes a leave, or takes a chair into service again.
#[utoipa::path(delete, path = "/api/v1/schedules/{whose}/{id}/away/{leave}", tag = "schedules",
    params(("whose" = ScheduleOf, Path), ("id" = i64, Path), ("leave" = i64, Path)),
    responses((status = 204, description = "gone"), (status = 404, description = "not there")))]
pub(in crate::clinic::api) async fn remove(
    (ctx, made): (Ctx, Change),
    actor: Actor,
    path: web::Path<(ScheduleOf, i64, LeaveId)>,
) -> Result<HttpResponse> {
    let (whose, leave) = (path.0.of(path.1), path.2);
    let by = by(ctx.now(), actor, 0, None);
    let write = move |c: &mut Conn| done(actions::remove_leave(c, &by, whose, leave)?);
    made.answer(
        &ctx.db,
        |_, (): &()| Ok(Reply::gone()),
        |db: Db| async move { db.write(write).await },
    )
    .await
}
