//! Why a time is not free.

use actix_web::{Responder, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::actions::{self, Asked, Judged};
use super::super::model::AppointmentId;
use crate::clinic::{ChairId, ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::web::{Ctx, Params};

/// Which time.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WhyQuery {
    /// For this service.
    service_id: ServiceId,
    /// With this provider; without it, with anyone who does the service.
    provider_id: Option<ProviderId>,
    /// Start, RFC 3339 with an offset.
    #[param(value_type = String, format = DateTime)]
    starts_at: Instant,
    /// Another length in minutes than the service's.
    minutes: Option<i32>,
    /// In this chair; without it, in any that fits.
    chair_id: Option<ChairId>,
    /// For this visit, which would be moved there: it is not in its own way.
    appointment_id: Option<AppointmentId>,
    /// Whether this patient is elsewhere in the clinic counts, too.
    patient_id: Option<PatientId>,
}

/// A stretch of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpanJson {
    /// Start, with the clinic's offset.
    from: String,
    /// End, exclusive.
    until: String,
}

/// What is said of a time.
#[derive(Debug, Serialize, ToSchema)]
pub struct Verdict {
    /// Whether it can be booked.
    free: bool,
    /// Why not, for programs: `too_early`, `too_late`, `closed`, `outside_hours`, `on_leave`, `reserved`,
    /// `chair_outside_hours`, `chair_out_of_service`, `day_full`, `provider_full`, `provider_taken`, `chair_taken`, `held`, `no_second_person`, `patient_elsewhere`.
    reason: Option<&'static str>,
    /// Why not, for people, in the caller's language.
    text: Option<String>,
    /// What is in the way.
    blocking: Option<SpanJson>,
}

/// What is said of a time with one provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfProvider {
    /// Who.
    provider_id: ProviderId,
    /// What.
    #[serde(flatten)]
    verdict: Verdict,
}

/// What is said of a time: as booking would, and of each provider who does the service.
#[derive(Debug, Serialize, ToSchema)]
pub struct Why {
    /// As booking would.
    #[serde(flatten)]
    verdict: Verdict,
    /// One by one.
    providers: Vec<OfProvider>,
}

/// Why a time is free or not, by the same engine that books.
#[utoipa::path(get, path = "/api/v1/slots/why", params(WhyQuery), tag = "appointments",
    responses((status = 200, body = Why)))]
pub(super) async fn why(ctx: Ctx, lang: Lang, query: Params<WhyQuery>) -> Result<impl Responder> {
    let (now, q) = (ctx.now(), query.0);
    let asked = Asked {
        service: q.service_id,
        provider: q.provider_id,
        chair: q.chair_id,
        starts_at: q.starts_at,
        minutes: q.minutes,
        patient: q.patient_id,
        appointment: q.appointment_id,
    };
    let judged = ctx.db.read(move |c| actions::judge(c, now, &asked)).await?;
    Ok(web::Json(Why {
        verdict: verdict(&judged, judged.all.as_ref(), lang),
        providers: judged
            .each
            .iter()
            .map(|(provider_id, blocked)| OfProvider {
                provider_id: *provider_id,
                verdict: verdict(&judged, blocked.as_ref(), lang),
            })
            .collect(),
    }))
}

fn verdict(judged: &Judged, blocked: Option<&actions::Reason>, lang: Lang) -> Verdict {
    Verdict {
        free: blocked.is_none(),
        reason: blocked.map(|b| b.code),
        text: blocked.map(|b| b.text.get(lang).to_owned()),
        blocking: blocked.and_then(|b| b.span).map(|span| SpanJson {
            from: span.from.rfc3339_in(judged.zone),
            until: span.until.rfc3339_in(judged.zone),
        }),
    }
}
