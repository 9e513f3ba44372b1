//! When providers work and chairs are open, over JSON: weekly hours, single days, times away. `{whose}` is `provider` or
//! `chair`; each of the three has a version of its own.

pub(super) mod away;
pub(super) mod days;
pub(super) mod hours;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::model::{ChairId, ProviderId, Session, Whose, parse_day, parse_minute, show_minute};
use super::super::store;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::form::Faults;
use crate::platform::web::{Change, Ctx, Reply};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    hours::routes(cfg);
    days::routes(cfg);
    away::routes(cfg);
}

/// Of what it is.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ScheduleOf {
    /// A provider.
    Provider,
    /// A chair.
    Chair,
}

impl ScheduleOf {
    /// With its row id.
    fn of(self, id: i64) -> Whose {
        match self {
            ScheduleOf::Provider => Whose::Provider(ProviderId(id)),
            ScheduleOf::Chair => Whose::Chair(ChairId(id)),
        }
    }
}

/// Whoever must be there.
fn known(c: &mut Conn, whose: Whose) -> Result<()> {
    store::snapshot(c)?.name_of(whose).map(|_| ())
}

/// Does it, and answers with what `load` gives then; `version` of that.
async fn answer<T: Serialize + Send + 'static>(
    (ctx, made): (Ctx, Change),
    load: impl Fn(&mut Conn) -> Result<T> + Copy + Send + Sync + 'static,
    version: fn(&T) -> i64,
    write: impl FnOnce(&mut Conn) -> Result<()> + Send + 'static,
) -> Result<HttpResponse> {
    let reply = move |c: &mut Conn, (): &()| {
        let set = load(c)?;
        Ok(Reply::ok(&set)?.version(version(&set)))
    };
    let act = |db: Db| async move { db.write(write).await };
    let answer = made.answer(&ctx.db, reply, act).await;
    made.or_stale(&ctx.db, answer, load).await
}

/// From when until when on the clinic's clock.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeBody {
    /// `08:45`
    from: String,
    /// `12:00`; midnight at the end of the day is `24:00`.
    until: String,
}

impl From<&Session> for TimeBody {
    fn from(s: &Session) -> TimeBody {
        TimeBody {
            from: show_minute(s.start),
            until: show_minute(s.end),
        }
    }
}

/// The sessions of a day, whatever order they come in; the fault at `field`.
fn sessions<'a>(times: impl Iterator<Item = (&'a str, &'a str)>, field: &str, faults: &mut Faults) -> Vec<Session> {
    let mut times: Vec<(&str, &str)> = times.collect();
    times.sort_by_key(|(from, _)| parse_minute(from));
    let text: Vec<String> = times.iter().map(|(from, until)| format!("{from}-{until}")).collect();
    parse_day(&text.join(", ")).unwrap_or_else(|text| {
        faults.add(field, "invalid", text.zh, text.en);
        Vec::new()
    })
}
