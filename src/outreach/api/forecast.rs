//! What the next days bring, and what became of the last, over JSON.

use actix_web::web;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::actions::{self, Forecast};
use crate::messaging::Purpose;
use crate::platform::clock::Instant;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::staff::{self, DESK};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/message-forecast").route(staff::get(DESK, read)));
}

/// What the next days bring by kind, and what became of the last.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ForecastJson {
    /// Today and the six days that follow.
    days: Vec<NaiveDate>,
    /// What is due on them; a kind that brings nothing on a day is left out.
    ahead: Vec<AheadJson>,
    /// What became of what was due in the seven days before today.
    past: Vec<PastJson>,
    /// Where much less or much more went out than was foretold: by more than a factor of two, and by more than chance.
    deviations: Vec<DeviationJson>,
}

/// Messages of a kind on a day to come.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AheadJson {
    day: NaiveDate,
    purpose: Purpose,
    /// So many will be sent …
    goes: i64,
    /// … and so many are due and will not be.
    excluded: i64,
}

/// Messages of a kind on a day that is over.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PastJson {
    day: NaiveDate,
    purpose: Purpose,
    sent: i64,
    /// Not yet sent.
    waiting: i64,
    /// Not sent, on purpose.
    skipped: i64,
    /// Failed, given up, or perhaps sent.
    failed: i64,
}

/// A time in which much less, or much more, went out than was foretold.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeviationJson {
    purpose: Purpose,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    from: Instant,
    /// How many hours it has: 1, or all of the last day that were foretold.
    hours: i64,
    expected: i64,
    /// So many went out, or perhaps did …
    went: i64,
    /// … and so many have a reason not to.
    excused: i64,
    /// Far too many, or far too few.
    too_many: bool,
}

impl From<Forecast> for ForecastJson {
    fn from(f: Forecast) -> ForecastJson {
        let mut ahead: Vec<(Purpose, NaiveDate)> = f.ahead.keys().chain(f.excluded.keys()).copied().collect();
        ahead.sort_unstable();
        ahead.dedup();
        let due = |key: (Purpose, NaiveDate)| AheadJson {
            purpose: key.0,
            day: key.1,
            goes: f.ahead.get(&key).copied().unwrap_or(0),
            excluded: f.excluded.get(&key).copied().unwrap_or(0),
        };
        let past = f.past.into_iter().map(|((purpose, day), of)| PastJson {
            day,
            purpose,
            sent: of.sent,
            waiting: of.waiting,
            skipped: of.skipped,
            failed: of.failed,
        });
        let apart = f.deviations.into_iter().map(|d| DeviationJson {
            too_many: d.is_too_many(),
            purpose: d.purpose,
            from: d.from,
            hours: d.hours,
            expected: d.expected,
            went: d.became.went,
            excused: d.became.excused,
        });
        ForecastJson {
            ahead: ahead.into_iter().map(due).collect(),
            past: past.collect(),
            deviations: apart.collect(),
            days: f.days,
        }
    }
}

/// What the next seven days bring by kind, by the bookings, rules and campaigns of now, and what became of the last seven.
#[utoipa::path(get, path = "/api/v1/message-forecast", tag = "outreach", responses((status = 200, body = ForecastJson)))]
pub(super) async fn read(ctx: Ctx) -> Result<web::Json<ForecastJson>> {
    let now = ctx.now();
    let found = ctx.db.read(move |c| actions::forecast(c, now)).await?;
    Ok(web::Json(found.into()))
}
