//! JSON API of patients: `/api/v1/patients`.

mod body;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::actions::{self, Saved};
use super::model::{Channel, Consents, Filled, Patient, PatientId, Sex, input_of};
use super::store::{self, Candidate, Why};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::{Lang, Text, phone_masked};
use crate::platform::web::form::Input;
use crate::platform::web::{Body, Change, Ctx, Params, Reply, page, show as shown};
use crate::staff::{self, Actor, DESK, EVERYONE, Subject};
use body::{NewPatient, PatientPatch};

/// Patients in one answer when `limit` is not given, and at most.
const LIMIT: (i64, i64) = (20, 100);

/// The paths and types of this feature, for the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(list, create, show, change),
    components(schemas(PatientOut, PatientInShort, PatientList, NewPatient, PatientPatch))
)]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/api/v1/patients")
            .route(staff::get(EVERYONE, list))
            .route(staff::post(DESK, create)),
    )
    .service(
        web::resource("/api/v1/patients/{id:\\d+}")
            .route(staff::get(EVERYONE, show))
            .route(staff::patch(EVERYONE, change)),
    );
}

/// What to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Name, pinyin initials, end of the phone, chart number, or initials and digits (`sl77`); best first.
    q: Option<String>,
    /// At most this many (1 to 100; 20 if not given).
    limit: Option<i64>,
    /// Only patients with a higher id, for paging through all; not together with `q`.
    after: Option<i64>,
    /// `next` of the page before; not together with `q` or `after`.
    cursor: Option<String>,
    /// Language of error texts: `zh` or `en`.
    #[expect(dead_code, reason = "read from the query string by the frame")]
    lang: Option<String>,
}

/// A patient.
#[derive(Serialize, ToSchema)]
pub(super) struct PatientOut {
    id: PatientId,
    /// Chart number, unique.
    chart_no: String,
    name: String,
    sex: Sex,
    birth_date: Option<NaiveDate>,
    /// Keeps the birthday of the lunar calendar.
    lunar_birthday: bool,
    /// Full years today, in the clinic's zone.
    age: Option<u32>,
    /// The national ID with its middle hidden.
    national_id_masked: Option<String>,
    /// Mobile, E.164.
    phone: Option<String>,
    /// Another number, E.164.
    other_phone: Option<String>,
    email: Option<String>,
    language: Lang,
    channel: Channel,
    /// Zone of the patient's clocks; null: the clinic's.
    zone: Option<String>,
    /// Greetings and offers are welcome.
    marketing: bool,
    /// Consent to text messages about care; null: never asked.
    consent_sms: Option<bool>,
    /// Consent to email about care; null: never asked.
    consent_email: Option<bool>,
    vip: bool,
    needs: String,
    allergies: String,
    history: String,
    occupation: String,
    address: String,
    source: String,
    note: String,
    deceased: bool,
    /// Percent of the important fields that are filled.
    completeness: i32,
    /// Names of those that are not, in the reader's language.
    missing: Vec<String>,
    /// Name it in a change.
    version: i64,
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Instant,
}

/// A patient in a list: enough to tell who it is. The record is read one by one, and each reading is audited.
#[derive(Serialize, ToSchema)]
pub(super) struct PatientInShort {
    id: PatientId,
    /// Chart number, unique.
    chart_no: String,
    name: String,
    sex: Sex,
    birth_year: Option<i32>,
    /// Full years today, in the clinic's zone.
    age: Option<u32>,
    /// Mobile, else the other number, with its middle hidden.
    phone_masked: Option<String>,
    vip: bool,
    deceased: bool,
}

/// Patients.
#[derive(Serialize, ToSchema)]
pub(super) struct PatientList {
    items: Vec<PatientInShort>,
    /// Give it as `after` for the next ones; null at the end and for searches.
    next_after: Option<PatientId>,
    /// Give it as `cursor` for the next ones; null at the end and for searches.
    next: Option<String>,
}

struct Seen<'a> {
    ctx: &'a Ctx,
    lang: Lang,
    today: NaiveDate,
}

impl PatientInShort {
    fn of(p: Patient, today: NaiveDate) -> PatientInShort {
        let phone = p.phone.as_deref().or(p.other_phone.as_deref());
        PatientInShort {
            age: p.age_on(today),
            birth_year: p.birth_date.map(|d| d.year()),
            phone_masked: phone.map(phone_masked),
            id: p.id,
            chart_no: p.chart_no,
            name: p.name,
            sex: p.sex,
            vip: p.vip,
            deceased: p.deceased,
        }
    }
}

impl Seen<'_> {
    fn out(&self, p: Patient, consents: Consents) -> PatientOut {
        let missing = Filled::from(&p).missing();
        PatientOut {
            age: p.age_on(self.today),
            national_id_masked: store::national_id_of(&self.ctx.keys, &p).map(|id| id.masked()),
            missing: missing.iter().map(|t| t.get(self.lang).to_owned()).collect(),
            id: p.id,
            chart_no: p.chart_no,
            name: p.name,
            sex: p.sex,
            birth_date: p.birth_date,
            lunar_birthday: p.lunar_birthday,
            phone: p.phone,
            other_phone: p.other_phone,
            email: p.email,
            language: p.language,
            channel: p.channel,
            zone: p.zone,
            marketing: p.marketing,
            consent_sms: consents.sms,
            consent_email: consents.email,
            vip: p.vip,
            needs: p.needs,
            allergies: p.allergies,
            history: p.history,
            occupation: p.occupation,
            address: p.address,
            source: p.source,
            note: p.note,
            deceased: p.deceased,
            completeness: p.completeness,
            version: p.version,
            created_at: p.created_at,
            updated_at: p.updated_at,
        }
    }
}

/// Lists or finds patients, in short. Who asked for what, and how many were found, is audited.
#[utoipa::path(get, path = "/api/v1/patients", tag = "patients", params(ListQuery),
    responses((status = 200, body = PatientList, headers(("Link" = String, description = "`rel=\"next\"`: the next page, if there is one"))), (status = 401), (status = 422)))]
async fn list((req, ctx): (HttpRequest, Ctx), actor: Actor, Params(query): Params<ListQuery>) -> Result<HttpResponse> {
    let limit = page::limit(query.limit, LIMIT)?;
    let q = query.q.filter(|q| !q.trim().is_empty());
    if q.is_some() && query.after.is_some() {
        let (zh, en) = ("after 不能与 q 同用", "after does not go together with q");
        return Err(Error::field("after", "invalid", zh, en));
    }
    if query.cursor.is_some() && (q.is_some() || query.after.is_some()) {
        let (zh, en) = (
            "cursor 不能与 q 或 after 同用",
            "cursor does not go together with q or after",
        );
        return Err(Error::field("cursor", "invalid", zh, en));
    }
    let pages = page::List::new(&ctx.keys, "patients", &());
    let begins = pages.after(query.cursor.as_deref())?;
    let (now, searched, after) = (ctx.now(), q.clone(), begins.or(query.after.map(PatientId)));
    let (mut rows, today) = ctx
        .db
        .read(move |c| {
            let rows = match q {
                Some(q) => store::search_patients(c, &q, limit)?,
                None => store::list_patients(c, after, limit + 1)?,
            };
            Ok((rows, now.day(store::find_home(c)?.zone)))
        })
        .await?;
    let next = pages.cut(&mut rows, limit, |p| p.id)?;
    let next_after = rows.last().map(|p| p.id).filter(|_| next.is_some());
    actions::list_was_read(&ctx, &actor, searched.as_deref(), after, rows.len()).await?;
    let items = rows.into_iter().map(|p| PatientInShort::of(p, today)).collect();
    let body = PatientList {
        items,
        next_after,
        next,
    };
    Ok(page::linked(&req, body.next.as_deref(), &body))
}

/// Registers a patient.
#[utoipa::path(post, path = "/api/v1/patients", tag = "patients", request_body = NewPatient,
    responses((status = 201, body = PatientOut, headers(("Location" = String), ("ETag" = String))), (status = 401),
        (status = 409, description = "possible_duplicate (with candidates) or national_id_taken, chart_no_taken"), (status = 422)))]
async fn create(
    (ctx, change): (Ctx, Change),
    lang: Lang,
    actor: Actor,
    Body(body): Body<NewPatient>,
) -> Result<HttpResponse> {
    let mut input = Input::default();
    body.into_input(&mut input);
    let seen = ctx.clone();
    let reply = move |c: &mut Conn, saved: &Saved| {
        let (id, patient) = saved_patient(c, &seen, lang, saved)?;
        let made = Reply::created(format!("/api/v1/patients/{id}"), &patient)?;
        Ok(made.version(patient.version))
    };
    let register = |db| async { actions::register(&Ctx { db, ..ctx.clone() }, &actor, input, "api").await };
    change.answer(&ctx.db, reply, register).await
}

/// Who was stored, as shown; a refusal when the caller is to choose first.
fn saved_patient(c: &mut Conn, ctx: &Ctx, lang: Lang, saved: &Saved) -> Result<(PatientId, PatientOut)> {
    match saved {
        Saved::Similar(found) => Err(conflict(found)),
        Saved::Done(id) => Ok((*id, patient_out(c, ctx, lang, *id)?)),
    }
}

/// The 409 that lets a caller choose.
fn conflict(found: &[Candidate]) -> Error {
    let same = found.iter().any(|f| f.why == Why::NationalId);
    let (code, text) = if same {
        (
            "national_id_taken",
            Text::new(
                "这个身份证号已经登记过",
                "A patient with this national ID is registered already",
            ),
        )
    } else {
        (
            "possible_duplicate",
            Text::new(
                "可能已经登记过；如果是另一个人，请加 confirm_duplicate",
                "May be registered already; if it is another person, send confirm_duplicate",
            ),
        )
    };
    let candidates: Vec<_> = found
        .iter()
        .map(|f| {
            json!({
                "id": f.patient.id, "chart_no": f.patient.chart_no, "name": f.patient.name,
                "birth_date": f.patient.birth_date, "phone_masked": f.patient.phone.as_deref().map(phone_masked),
                "why": why(f.why),
            })
        })
        .collect();
    Error::Conflict {
        code,
        text,
        extra: json!({ "candidates": candidates }),
    }
}

fn why(why: Why) -> &'static str {
    match why {
        Why::NationalId => "national_id",
        Why::PhoneAndName => "phone_and_name",
        Why::NameAndBirth => "name_and_birth_date",
        Why::PhoneOnly => "phone",
    }
}

/// One patient. The read is audited.
#[utoipa::path(get, path = "/api/v1/patients/{id}", tag = "patients", params(("id" = i64, Path)),
    responses((status = 200, body = PatientOut, headers(("ETag" = String))), (status = 401), (status = 404)))]
async fn show(
    (req, ctx): (HttpRequest, Ctx),
    lang: Lang,
    actor: Actor,
    id: web::Path<PatientId>,
) -> Result<HttpResponse> {
    let (id, seen) = (id.into_inner(), ctx.clone());
    let patient = ctx.db.read(move |c| patient_out(c, &seen, lang, id)).await?;
    staff::read_of_record(&ctx.db, ctx.now(), &actor, "patients", id.0).await?;
    shown(&req, patient.version, &patient)
}

/// Changes a patient.
#[utoipa::path(patch, path = "/api/v1/patients/{id}", tag = "patients", params(("id" = i64, Path)), request_body = PatientPatch,
    responses((status = 200, body = PatientOut, headers(("ETag" = String))), (status = 401), (status = 404),
        (status = 409, description = "stale, possible_duplicate or national_id_taken"), (status = 422)))]
async fn change(
    (ctx, change): (Ctx, Change),
    lang: Lang,
    actor: Actor,
    id: web::Path<PatientId>,
    Body(body): Body<PatientPatch>,
) -> Result<HttpResponse> {
    let (id, version) = (id.into_inner(), change.version(body.version)?);
    let mut input = ctx
        .db
        .read(move |c| {
            let consents = store::consents(c, id)?;
            Ok(input_of(&store::get_patient(c, id)?, consents))
        })
        .await?;
    input.set("version", version.to_string());
    if body.national_id.as_deref() == Some("") {
        input.set("national_id_remove", "1");
    }
    body.into_input(&mut input);
    let seen = ctx.clone();
    let reply = move |c: &mut Conn, saved: &Saved| {
        let (_, patient) = saved_patient(c, &seen, lang, saved)?;
        Ok(Reply::ok(&patient)?.version(patient.version))
    };
    let act = |db| async { actions::change(&Ctx { db, ..ctx.clone() }, &actor, id, input, "api").await };
    let done = change.answer(&ctx.db, reply, act).await;
    let (seen, now, who) = (ctx.clone(), ctx.now(), actor.clone());
    let current = move |c: &mut Conn| {
        staff::audit(c, now, &who, "read", Subject::of_patient("patients", id.0, id.0), "")?;
        patient_out(c, &seen, lang, id)
    };
    change.or_stale(&ctx.db, done, current).await
}

fn patient_out(c: &mut Conn, ctx: &Ctx, lang: Lang, id: PatientId) -> Result<PatientOut> {
    let today = ctx.now().day(store::find_home(c)?.zone);
    let (patient, consents) = (store::get_patient(c, id)?, store::consents(c, id)?);
    Ok(Seen { ctx, lang, today }.out(patient, consents))
}
