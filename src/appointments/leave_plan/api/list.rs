//! The leave plans there are.

use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::model::PlanId;
use super::super::store;
use crate::clinic::ProviderId;
use crate::platform::clock::Instant;
use crate::platform::error::Result;
use crate::platform::web::{Ctx, Params, page};

/// Plans in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (50, 200);

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PlanQuery {
    /// At most so many, 1 to 200 (default 50).
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A plan in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedPlan {
    /// Row id.
    id: PlanId,
    /// Whose leave.
    provider_id: ProviderId,
    /// Start, UTC.
    from: String,
    /// End, UTC.
    until: String,
    /// Who approved it.
    approved_by: String,
    /// When, UTC.
    approved_at: String,
    /// When it was taken back, UTC.
    undone_at: Option<String>,
    /// So many patients are still to be called.
    to_call: usize,
}

/// Leaves that were planned over visits, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeavePlans {
    /// The plans.
    plans: Vec<ListedPlan>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

/// The plans there are, each with how many patients are still to be called: the call list of a plan is read with it.
#[utoipa::path(get, path = "/api/v1/leave-plans", params(PlanQuery), tag = "leave plans",
    responses((status = 200, body = LeavePlans, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one")))))]
pub(super) async fn list((req, ctx): (HttpRequest, Ctx), query: Params<PlanQuery>) -> Result<HttpResponse> {
    let limit = page::limit(query.0.limit, LIMIT)?;
    let pages = page::List::new(&ctx.keys, "leave-plans", &());
    let before: Option<PlanId> = pages.after(query.0.cursor.as_deref())?;
    let mut found = ctx.db.read(move |c| store::list_plans(c, before, limit + 1)).await?;
    let next = pages.cut(&mut found, limit, |(plan, _)| plan.id)?;
    let plans = found.into_iter().map(|(plan, to_call)| ListedPlan {
        id: plan.id,
        provider_id: plan.provider_id,
        from: plan.starts_at.rfc3339(),
        until: plan.ends_at.rfc3339(),
        approved_at: plan.created_at.rfc3339(),
        approved_by: plan.actor,
        undone_at: plan.undone_at.map(Instant::rfc3339),
        to_call,
    });
    let plans = plans.collect();
    let body = LeavePlans { plans, next };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}
