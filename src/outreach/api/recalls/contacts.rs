//! What the desk does about recalls that are due, over JSON: texts and calls, for one patient or a family.

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::super::actions::{self, Called, TEXTS_MAX, Texted};
use super::super::super::jobs::Exclusion;
use super::super::super::model::{CallResult, Contact, Recall, RecallId};
use super::one::{RecallDetail, load_noted};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::{Body, Change, Ctx, Reply};
use crate::staff::Actor;

/// What became of those who were contacted.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct Contacted {
    /// The recalls that were named, as they are now.
    items: Vec<RecallDetail>,
}

fn contacted(c: &mut Conn, now: Instant, ids: &[RecallId]) -> Result<Reply> {
    let items = ids
        .iter()
        .map(|id| RecallDetail::load(c, now, *id))
        .collect::<Result<Vec<_>>>()?;
    let version = items.first().map_or(0, |first| first.version);
    Ok(Reply::ok(&Contacted { items })?.version(version))
}

/// Another recall of the family.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct FamilyMember {
    id: RecallId,
    /// The version that was seen.
    version: i64,
}

/// A text about a recall that is due.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RecallText {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    /// Recalls of others at the same number, for whom the one text speaks, too.
    #[serde(default)]
    family: Vec<FamilyMember>,
}

/// Queues one text about a recall, held for two minutes; it speaks for the family that is named, but for those who would not be
/// reached.
#[utoipa::path(post, path = "/api/v1/recalls/{id}/texts", tag = "outreach", params(("id" = i64, Path)), request_body = RecallText,
    responses((status = 200, body = Contacted, headers(("ETag" = String))), (status = 404), (status = 409, description = "stale, not_reachable")))]
pub(in super::super) async fn text(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<RecallId>,
    Body(body): Body<RecallText>,
) -> Result<HttpResponse> {
    let (id, now, who) = (*id, ctx.now(), actor.clone());
    let first = (id, change.version(body.version)?);
    let steps: Vec<(RecallId, i64)> = std::iter::once(first)
        .chain(body.family.iter().map(|m| (m.id, m.version)))
        .collect();
    let ids: Vec<RecallId> = steps.iter().map(|(id, _)| *id).collect();
    let reply = move |c: &mut Conn, _: &usize| contacted(c, now, &ids);
    let act = |db: Db| async move { actions::text_family(&db, now, actor, steps).await };
    let done = change.answer(&ctx.db, reply, act).await;
    change
        .or_stale(&ctx.db, done, move |c| load_noted(c, now, &who, id))
        .await
}

/// Recalls that are to be texted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RecallTexts {
    /// 1 to 200.
    recall_ids: Vec<RecallId>,
}

/// A recall that gets no text.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct LeftOut {
    recall_id: RecallId,
    reason: Exclusion,
    /// In the caller's language.
    text: String,
}

/// What became of recalls that were to be texted.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct RecallsTexted {
    /// So many messages were queued: one to each number.
    messages: usize,
    /// The recalls they speak for.
    told: Vec<RecallId>,
    /// Those that get none, and why.
    left_out: Vec<LeftOut>,
}

/// Queues texts about many recalls in one go, one to each number, held for two minutes. Who would not be reached, or was
/// contacted meanwhile, is left out and told.
#[utoipa::path(post, path = "/api/v1/recall-texts", tag = "outreach", request_body = RecallTexts,
    responses((status = 200, body = RecallsTexted), (status = 404, description = "one of them is not there"), (status = 422, description = "none, or too many")))]
pub(in super::super) async fn text_all(
    (ctx, change, lang): (Ctx, Change, Lang),
    actor: Actor,
    Body(body): Body<RecallTexts>,
) -> Result<HttpResponse> {
    if !(1..=TEXTS_MAX).contains(&body.recall_ids.len()) {
        return Err(Error::field(
            "recall_ids",
            "out_of_range",
            format!("应为 1 到 {TEXTS_MAX} 个"),
            format!("From 1 to {TEXTS_MAX} of them"),
        ));
    }
    let now = ctx.now();
    let reply = move |_: &mut Conn, done: &Texted| {
        let left_out = done.left_out.iter().map(|(id, why)| LeftOut {
            recall_id: *id,
            reason: *why,
            text: why.text().get(lang).to_owned(),
        });
        Reply::ok(&RecallsTexted {
            messages: done.messages,
            told: done.told.clone(),
            left_out: left_out.collect(),
        })
    };
    let act = |db: Db| async move { actions::text_all(&db, now, actor, body.recall_ids).await };
    change.answer(&ctx.db, reply, act).await
}

/// How a call went for another of the family.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct FamilyCall {
    id: RecallId,
    /// The version that was seen.
    version: i64,
    result: CallResult,
    /// For `later`: the day to call again.
    later: Option<NaiveDate>,
}

/// How a call about a recall went.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct RecallCall {
    /// The version that was seen, here or in `If-Match`.
    version: Option<i64>,
    result: CallResult,
    /// For `later`: the day to call again, from tomorrow to a year ahead.
    later: Option<NaiveDate>,
    /// Recalls of others of the family that the call was about.
    #[serde(default)]
    family: Vec<FamilyCall>,
}

/// Writes down how a call went, for everybody it was about.
#[utoipa::path(post, path = "/api/v1/recalls/{id}/calls", tag = "outreach", params(("id" = i64, Path)), request_body = RecallCall,
    responses((status = 200, body = Contacted, headers(("ETag" = String))), (status = 404), (status = 409, description = "stale"), (status = 422)))]
pub(in super::super) async fn call(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    id: web::Path<RecallId>,
    Body(body): Body<RecallCall>,
) -> Result<HttpResponse> {
    let (id, now, who) = (*id, ctx.now(), actor.clone());
    let first = Called {
        id,
        version: change.version(body.version)?,
        result: body.result,
        later: body.later,
    };
    let family = body.family.into_iter().map(|m| Called {
        id: m.id,
        version: m.version,
        result: m.result,
        later: m.later,
    });
    let calls: Vec<Called> = std::iter::once(first).chain(family).collect();
    let ids: Vec<RecallId> = calls.iter().map(|call| call.id).collect();
    let told = ids.clone();
    let reply = move |c: &mut Conn, _: &(Recall, Contact)| contacted(c, now, &told);
    let act = |db: Db| async move { actions::call(&db, now, actor, calls).await };
    let done = change.answer(&ctx.db, reply, act).await;
    let done = done.map_err(|e| of_family(e, &ids));
    change
        .or_stale(&ctx.db, done, move |c| load_noted(c, now, &who, id))
        .await
}

/// Faults of further members at their place in `family`; the form calls them by their recall.
fn of_family(e: Error, ids: &[RecallId]) -> Error {
    let Error::Invalid(mut faults) = e else { return e };
    for fault in &mut faults {
        let member = fault.field.strip_prefix("later-");
        let place = member.and_then(|id| ids.iter().skip(1).position(|of| of.to_string() == id));
        if let Some(place) = place {
            fault.field = format!("family[{place}].later");
        }
    }
    Error::Invalid(faults)
}
