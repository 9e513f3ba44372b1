//! What a rule would do in the next days, over JSON. Nothing is written but that somebody looked.

use actix_web::web;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::actions::RuleChange;
use super::super::jobs::{Exclusion, Trial, try_out};
use super::super::model::{RuleAction, RuleId};
use super::super::store::rules;
use super::body::{RuleTrial, as_named_here};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::{Body, Ctx, Params};
use crate::staff::{self, Actor, MANAGERS};

/// People that are named.
const ROWS: usize = 200;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/rules/preview").route(staff::post(MANAGERS, of_wanted)))
        .service(web::resource("/api/v1/rules/{id}/preview").route(staff::get(MANAGERS, of_stored)));
}

/// From when on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct TrialQuery {
    /// The first day; from now on when left out.
    from: Option<NaiveDate>,
}

/// What a rule would do.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RulePreview {
    /// The first day.
    from: NaiveDate,
    /// So many days are looked at.
    days: i64,
    /// Whether it would be on; if not, this is what it would do if it were.
    active: bool,
    /// So many messages and calls there would be …
    goes: usize,
    /// … and for so many who are due there would be none.
    excluded: usize,
    /// Of them such as the rule brings now not …
    new: usize,
    /// … such as it brings now and would bring no more …
    gone: usize,
    /// … and such as it brings now at another time.
    moved: usize,
    /// So many go to patients who hear from another rule on the same day.
    also_by_others: usize,
    /// So many wait for sending hours, the end of a holiday or a limit before they go.
    waiting: usize,
    /// The load of each day.
    by_day: Vec<DayLoad>,
    /// On what the desk's work is reckoned.
    load: LoadJson,
    /// Why there is none.
    reasons: Vec<ReasonCount>,
    /// Those who are due, by time; the first 200.
    items: Vec<DueJson>,
}

/// A day, and what it brings.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DayLoad {
    /// In the clinic's zone.
    day: NaiveDate,
    /// Messages and calls that really go out on it.
    goes: usize,
    /// About so much work they bring the desk: calls, and answers and bookings.
    work: usize,
}

/// On what the desk's work is reckoned: the messages of the kind in the last 90 days.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LoadJson {
    /// So many went out …
    sent: i64,
    /// … and after so many somebody wrote, or the desk booked, within three days.
    worked: i64,
    /// The share that is reckoned with.
    share: f64,
    /// Whether it is measured; else there are too few, and it is a default.
    measured: bool,
}

/// A reason, and for how many it holds.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReasonCount {
    reason: Exclusion,
    /// In the caller's language.
    text: String,
    count: usize,
}

/// Somebody who is due.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DueJson {
    patient_id: PatientId,
    patient_name: String,
    #[schema(value_type = String, format = DateTime)]
    due_at: Instant,
    /// When it really goes out: sending hours, holidays and limits may hold it back.
    #[schema(value_type = String, format = DateTime)]
    goes_at: Instant,
    /// Why not when it is due, in the caller's language; null: it goes then.
    waits: Option<String>,
    action: RuleAction,
    /// Why nothing goes; null: it does.
    excluded: Option<Exclusion>,
    /// The same in the caller's language.
    why: Option<String>,
    /// Whether the rule as it is now would not bring it.
    is_new: bool,
}

fn preview(t: Trial, lang: Lang) -> RulePreview {
    let (goes, d, news) = (t.goes().count(), t.differences(), t.news());
    let day = |(day, (goes, work)): (NaiveDate, (usize, usize))| DayLoad { day, goes, work };
    let reason = |(reason, count): (Exclusion, usize)| ReasonCount {
        text: reason.text().get(lang).to_owned(),
        reason,
        count,
    };
    RulePreview {
        from: t.from,
        days: t.days,
        active: t.active,
        goes,
        excluded: t.would.len() - goes,
        new: d.new,
        gone: d.gone,
        moved: d.moved,
        also_by_others: t.overlap(),
        waiting: t.waiting(),
        load: LoadJson {
            sent: t.load.sent,
            worked: t.load.worked,
            share: t.load.share(),
            measured: t.load.is_measured(),
        },
        by_day: t.by_day().into_iter().map(day).collect(),
        reasons: t.reasons().into_iter().map(reason).collect(),
        items: (t.would.into_iter().zip(news).take(ROWS))
            .map(|(x, is_new)| DueJson {
                patient_id: x.who.id,
                patient_name: x.who.name,
                due_at: x.message.due_at,
                goes_at: x.goes_at,
                waits: x.waits.as_ref().map(|why| why.get(lang).to_owned()),
                action: x.action,
                excluded: x.excluded,
                why: x.excluded.map(|why| why.text().get(lang).to_owned()),
                is_new,
            })
            .collect(),
    }
}

/// Answers with what was tried; that it names patients is audited.
async fn answer(ctx: &Ctx, actor: &Actor, lang: Lang, tried: Result<Trial>) -> Result<web::Json<RulePreview>> {
    let told = preview(tried.map_err(as_named_here)?, lang);
    staff::read_of_list(&ctx.db, ctx.now(), actor, "rules", told.items.len()).await?;
    Ok(web::Json(told))
}

/// What a rule does in 14 days: who is due, who gets nothing and why, and how many a day. The read is audited.
#[utoipa::path(get, path = "/api/v1/rules/{id}/preview", tag = "outreach", params(("id" = i64, Path), TrialQuery),
    responses((status = 200, body = RulePreview), (status = 404)))]
pub(super) async fn of_stored(
    (ctx, lang): (Ctx, Lang),
    actor: Actor,
    id: web::Path<RuleId>,
    Params(q): Params<TrialQuery>,
) -> Result<web::Json<RulePreview>> {
    let (now, id) = (ctx.now(), *id);
    let tried = ctx.db.read(move |c| {
        let rule = rules::get_rule(c, id)?;
        let wanted = (rule.anchor, RuleChange::of(&rule));
        try_out(c, now, (Some(rule), wanted.0, wanted.1), q.from)
    });
    let tried = tried.await;
    answer(&ctx, &actor, lang, tried).await
}

/// What a rule would do if it were saved like this: as above, and what that changes against the rule as it is. Nothing is
/// saved.
#[utoipa::path(post, path = "/api/v1/rules/preview", tag = "outreach", request_body = RuleTrial,
    responses((status = 200, body = RulePreview), (status = 404), (status = 422, description = "a field is wrong")))]
pub(super) async fn of_wanted(
    (ctx, lang): (Ctx, Lang),
    actor: Actor,
    Body(trial): Body<RuleTrial>,
) -> Result<web::Json<RulePreview>> {
    let now = ctx.now();
    let tried = ctx.db.read(move |c| try_wanted(c, now, trial)).await;
    answer(&ctx, &actor, lang, tried).await
}

fn try_wanted(c: &mut Conn, now: Instant, trial: RuleTrial) -> Result<Trial> {
    let (from, old) = (trial.from, trial.rule_id.map(|id| rules::get_rule(c, id)).transpose()?);
    let anchor = match (&old, trial.anchor) {
        (Some(old), _) => old.anchor,
        (None, Some(anchor)) => anchor,
        (None, None) => return Err(Error::Invalid(vec![FieldError::required("anchor")])),
    };
    let was = old.as_ref().map_or_else(|| RuleChange::usual(anchor), RuleChange::of);
    try_out(c, now, (old, anchor, trial.onto(was)), from)
}
