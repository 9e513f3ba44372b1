//! Searching for several visits, and booking them at once, over JSON.

use actix_web::{HttpResponse, Responder, web};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::actions::{self, Finding, Together, Wanted, Whom};
use super::super::model::Appointment;
use super::super::model::together::Filter;
use super::super::store::SeriesKind;
use super::create::NewAppointment;
use super::{AppointmentJson, first_day};
use crate::clinic::{self, ChairId, ProviderId, ProviderKind, ServiceId, parse_minute};
use crate::patients::{self, PatientId};
use crate::platform::db::{Conn, Db};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::platform::web::{Body, Change, Ctx, Reply};
use crate::records::plan::{PlanItemId, find_plan};
use crate::staff::{self, Actor};

/// Most proposals in one answer.
const PROPOSALS_MAX: usize = 100;

/// How several visits belong together.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TogetherJson {
    /// One visit only.
    #[default]
    Single,
    /// Different people, one after the other.
    BackToBack,
    /// Different people at one time.
    SideBySide,
    /// One person's visits, days apart.
    Course,
}

/// One of the visits looked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedJson {
    /// Leave out times when this patient is elsewhere in the clinic.
    patient_id: Option<PatientId>,
    /// For this service.
    service_id: ServiceId,
    /// Another length than the service's.
    minutes: Option<i32>,
    /// In a course: so many days after the visit before.
    #[serde(default)]
    days_after: i64,
}

/// A search.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindBody {
    /// What is wanted, in order: 1 to 30 visits.
    #[serde(default)]
    visits: Vec<WantedJson>,
    /// Instead of `visits`: what has no appointment yet of this patient's treatment plan, as a course.
    plan_of: Option<PatientId>,
    /// How they belong together.
    #[serde(default)]
    together: TogetherJson,
    /// With this provider; without it, with anyone who does the services …
    provider_id: Option<ProviderId>,
    /// … or with anyone of this kind.
    provider_kind: Option<ProviderKind>,
    /// Only on these weekdays, 1 = Monday; none: any.
    #[serde(default)]
    weekdays: Vec<usize>,
    /// Not before this time of day, such as `09:00`.
    from_time: Option<String>,
    /// Over by this time of day.
    until_time: Option<String>,
    /// From this day on (default: today in the clinic's zone).
    from: Option<NaiveDate>,
    /// At most so many proposals, up to 100 (default 20).
    limit: Option<usize>,
}

/// One visit of a proposal.
#[derive(Debug, Serialize, ToSchema)]
pub struct VisitJson {
    /// Start, with the clinic's offset.
    starts_at: String,
    /// With whom.
    provider_id: ProviderId,
    /// In which chair.
    chair_id: ChairId,
    /// For what.
    service_id: ServiceId,
    /// For whom.
    patient_id: Option<PatientId>,
    /// How long.
    minutes: i32,
    /// The item of the patient's treatment plan that it is for: give it when booking.
    plan_item_id: Option<PlanItemId>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposalsJson {
    /// Proposals, soonest first; each has the visits in the order wanted, none where nothing is free near its day.
    proposals: Vec<Vec<Option<VisitJson>>>,
    /// Of a single visit: up to three of them to offer first, and why.
    suggestions: Vec<SuggestedJson>,
}

/// A time to offer first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestedJson {
    /// The time.
    #[serde(flatten)]
    visit: VisitJson,
    /// `soonest`; `preferred` by what the patient has said, or `soonest-preferred`; `usual-provider`, `soonest-usual-provider`,
    /// `usual-time` by what they are used to; `closes-gap`: it leaves no useless time; else `other-day`, `morning`, `afternoon`.
    why: &'static str,
}

/// Weekdays and hours.
fn filter(b: &FindBody) -> Result<Filter> {
    let minute = |field: &str, text: &Option<String>| match text {
        None => Ok(None),
        Some(t) => match parse_minute(t) {
            Some(m) => Ok(Some(m)),
            None => Err(Error::field(
                field,
                "invalid",
                "时间的格式是 09:00",
                "A time is written like 09:00",
            )),
        },
    };
    let mut filter = Filter {
        from: minute("from_time", &b.from_time)?,
        until: minute("until_time", &b.until_time)?,
        ..Filter::default()
    };
    for day in &b.weekdays {
        match day.checked_sub(1).and_then(|i| filter.weekdays.get_mut(i)) {
            Some(wanted) => *wanted = true,
            None => {
                return Err(Error::field(
                    "weekdays",
                    "out_of_range",
                    "星期应为 1 到 7",
                    "A weekday is 1 to 7",
                ));
            }
        }
    }
    Ok(filter)
}

/// What `plan_of` asks for: the day from which on, and the visits.
fn of_plan(c: &mut Conn, b: &FindBody, patient: PatientId) -> Result<(NaiveDate, Vec<Wanted>)> {
    patients::get_patient(c, patient)?;
    let wanted = Wanted::of_plan(&find_plan(c, patient)?);
    wanted.filter(|_| b.visits.is_empty()).ok_or_else(|| {
        Error::field(
            "plan_of",
            "no_plan",
            "这位患者没有未约的计划项目，或同时给出了 visits",
            "Nothing of this patient's plan is to be booked, or visits are given, too",
        )
    })
}

fn finding(c: &mut Conn, b: &FindBody, today: NaiveDate) -> Result<Finding> {
    let plan = b.plan_of.map(|patient| of_plan(c, b, patient)).transpose()?;
    if plan.is_none() && (b.visits.is_empty() || b.visits.len() > actions::TOGETHER_MAX) {
        let most = actions::TOGETHER_MAX;
        let text = Text::new(format!("应有 1 到 {most} 次"), format!("From 1 to {most} visits"));
        return Err(Error::field("visits", "out_of_range", text.zh, text.en));
    }
    let visit = |v: &WantedJson| Wanted {
        patient: v.patient_id,
        service: v.service_id,
        minutes: v.minutes,
        days_after: v.days_after.clamp(0, 366),
        item: None,
    };
    let together = match b.together {
        TogetherJson::Single => Together::Single,
        TogetherJson::BackToBack => Together::BackToBack,
        TogetherJson::SideBySide => Together::SideBySide,
        TogetherJson::Course => Together::Course,
    };
    let first = first_day("from", b.from, today)?.max(today);
    let (first, together, visits) = match plan {
        Some((from, visits)) => (first.max(from), Together::Course, visits),
        None => (first, together, b.visits.iter().map(visit).collect()),
    };
    Ok(Finding {
        visits,
        together,
        whom: match (b.provider_id, b.provider_kind) {
            (Some(id), _) => Whom::One(id),
            (None, Some(kind)) => Whom::Kind(kind),
            (None, None) => Whom::Anyone,
        },
        filter: filter(b)?,
        first,
        limit: b.limit.unwrap_or(20).clamp(1, PROPOSALS_MAX),
        online: false,
    })
}

/// Looks for times: by kind of provider, weekdays and hours; for one visit, a family, or a course of visits.
#[utoipa::path(post, path = "/api/v1/slots/search", request_body = FindBody, tag = "appointments",
    responses((status = 200, body = ProposalsJson), (status = 404, description = "no such patient"), (status = 422, description = "a field is wrong")))]
pub(super) async fn find(ctx: Ctx, actor: Actor, body: Body<FindBody>) -> Result<impl Responder> {
    let (now, b) = (ctx.now(), body.0);
    let plan_of = b.plan_of;
    let found = ctx
        .db
        .read(move |c| {
            let zone = clinic::snapshot(c)?.site.tz();
            let finding = finding(c, &b, now.day(zone))?;
            let found = actions::find_times(c, now, &finding)?;
            let visit = |i: usize, free: Option<super::super::model::suggest::Free>| {
                let (free, wanted) = (free?, finding.visits.get(i)?);
                Some(VisitJson {
                    starts_at: free.start.rfc3339_in(zone),
                    provider_id: free.provider,
                    chair_id: free.chair,
                    service_id: wanted.service,
                    patient_id: wanted.patient,
                    minutes: found.minutes.get(i).copied().unwrap_or(0),
                    plan_item_id: wanted.item,
                })
            };
            let list = found.list.iter();
            let list = list.map(|set| set.iter().enumerate().map(|(i, free)| visit(i, *free)).collect());
            let proposals = list.collect();
            let first = found.suggested.iter();
            let suggestions = first.filter_map(|(free, why)| {
                let visit = visit(0, Some(*free))?;
                let why = why.code();
                Some(SuggestedJson { visit, why })
            });
            Ok(ProposalsJson {
                proposals,
                suggestions: suggestions.collect(),
            })
        })
        .await?;
    if let Some(patient) = plan_of {
        staff::read_of_record(&ctx.db, now, &actor, "treatment_plans", patient.0).await?;
    }
    Ok(web::Json(found))
}

/// Visits to be booked at once.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchBody {
    /// What holds them together: `course` (a patient's visits) or `family`.
    kind: SeriesKind,
    /// The visits, 1 to 30.
    appointments: Vec<NewAppointment>,
}

/// What was booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchJson {
    /// In the order asked for.
    appointments: Vec<AppointmentJson>,
}

/// Books all of them or none; a refusal names the time that cannot be.
#[utoipa::path(post, path = "/api/v1/appointments/batch", request_body = BatchBody, tag = "appointments",
    responses((status = 201, body = BatchJson), (status = 409, description = "one of them is taken"),
        (status = 422, description = "a field is wrong")))]
pub(super) async fn book((ctx, change): (Ctx, Change), actor: Actor, body: Body<BatchBody>) -> Result<HttpResponse> {
    let (now, b) = (ctx.now(), body.0);
    let planned = |a: NewAppointment| (a.plan_item_id, a.into_booking());
    let bookings = b
        .appointments
        .into_iter()
        .map(planned)
        .map(|(item, booking)| (booking, item));
    let bookings = bookings.collect();
    let reply = |_: &mut Conn, booked: &Vec<Appointment>| {
        let first = booked.first().map_or(0, |a| a.id.0);
        let batch = BatchJson {
            appointments: booked.iter().cloned().map(Into::into).collect(),
        };
        Reply::created(format!("/api/v1/appointments/{first}"), &batch)
    };
    let book = |db: Db| async move { actions::book_together(&db, now, actor, b.kind, bookings).await };
    change.answer(&ctx.db, reply, book).await
}
