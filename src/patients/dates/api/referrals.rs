//! Who sent whom, over JSON.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::actions::{self, Sender};
use super::super::store::{self, Referral, Which};
use crate::patients::{Patient, PatientId, get_patient, list_by_id};
use crate::platform::clock::Instant;
use crate::platform::db::{Conn, Db};
use crate::platform::error::Result;
use crate::platform::web::{Body, Change, Ctx, Params, Reply, page};
use crate::staff::{self, Actor, DESK};

/// Referrals in an answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (50, 200);

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/referrals")
            .route(staff::get(DESK, list))
            .route(staff::post(DESK, refer)),
    );
}

/// Somebody of a referral.
#[derive(Debug, Serialize, ToSchema)]
struct ReferralPerson {
    id: PatientId,
    /// Chart number.
    chart_no: String,
    /// Full name.
    name: String,
}

impl ReferralPerson {
    fn of(p: &Patient) -> ReferralPerson {
        ReferralPerson {
            id: p.id,
            chart_no: p.chart_no.clone(),
            name: p.name.clone(),
        }
    }
}

/// Who sent a patient.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReferralJson {
    /// Who was sent.
    patient: ReferralPerson,
    /// By whom; null: by nobody.
    referred_by: Option<ReferralPerson>,
    /// When that was written down.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Instant>,
}

/// Referrals, by the patient who was sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReferralList {
    items: Vec<ReferralJson>,
    /// `cursor` of the next page; null at the end.
    next: Option<String>,
}

fn named(c: &mut Conn, rows: &[Referral]) -> Result<Vec<ReferralJson>> {
    let mut ids: Vec<PatientId> = rows.iter().flat_map(|(who, by, _)| [*who, *by]).collect();
    ids.sort_unstable();
    ids.dedup();
    let people = list_by_id(c, &ids)?;
    let person = |id: PatientId| people.iter().find(|p| p.id == id).map(ReferralPerson::of);
    let told = rows.iter().filter_map(|(who, by, at)| {
        Some(ReferralJson {
            patient: person(*who)?,
            referred_by: person(*by),
            at: Some(*at),
        })
    });
    Ok(told.collect())
}

/// Which referrals; all when nothing is given.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ReferralQuery {
    /// Who sent this patient.
    patient_id: Option<i64>,
    /// Whom this patient sent.
    referred_by: Option<i64>,
    /// At most so many, 1 to 200 (default 50).
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Who sent whom. The read is audited.
#[utoipa::path(get, path = "/api/v1/referrals", tag = "patients", params(ReferralQuery),
    responses((status = 200, body = ReferralList, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one")))))]
pub(super) async fn list(
    (req, ctx): (HttpRequest, Ctx),
    actor: Actor,
    Params(q): Params<ReferralQuery>,
) -> Result<HttpResponse> {
    let limit = page::limit(q.limit, LIMIT)?;
    let pages = page::List::new(&ctx.keys, "referrals", &(q.patient_id, q.referred_by));
    let which = Which {
        patient: q.patient_id.map(PatientId),
        referred_by: q.referred_by.map(PatientId),
        after: pages.after(q.cursor.as_deref())?,
    };
    let mut rows = ctx.db.read(move |c| store::referrals(c, which, limit + 1)).await?;
    let next = pages.cut(&mut rows, limit, |(who, ..)| *who)?;
    let items = ctx.db.read(move |c| named(c, &rows)).await?;
    staff::read_of_list(&ctx.db, ctx.now(), &actor, "patients", items.len()).await?;
    let body = ReferralList { items, next };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}

/// Who is said to have sent a patient.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReferralBody {
    /// Who was sent.
    patient_id: PatientId,
    /// By whom; null: by nobody.
    referred_by: Option<PatientId>,
}

/// Writes down who sent a patient, in the place of who stood there.
#[utoipa::path(post, path = "/api/v1/referrals", tag = "patients", request_body = ReferralBody,
    responses((status = 200, body = ReferralJson), (status = 404, description = "patient not there"), (status = 422, description = "a field is wrong")))]
pub(super) async fn refer(
    (ctx, change): (Ctx, Change),
    actor: Actor,
    Body(body): Body<ReferralBody>,
) -> Result<HttpResponse> {
    let (now, who) = (ctx.now(), body.patient_id);
    let reply = move |c: &mut Conn, (): &()| {
        let of = Which {
            patient: Some(who),
            ..Which::default()
        };
        let rows = store::referrals(c, of, 1)?;
        let nobody = ReferralJson {
            patient: ReferralPerson::of(&get_patient(c, who)?),
            referred_by: None,
            at: None,
        };
        Reply::ok(&named(c, &rows)?.pop().unwrap_or(nobody))
    };
    let by = Sender::Patient(body.referred_by);
    let act = |db: Db| async move { actions::refer(&db, now, actor, who, by).await };
    change.answer(&ctx.db, reply, act).await
}
