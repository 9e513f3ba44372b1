//! Pages of patients: list and search, registration, record, change.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::actions::{self, Saved, may_see_id};
use super::model::{NationalId, Patient, PatientId, input_of};
use super::store::{self, Candidate};
use super::timeline::{Ahead, TimelineEntry, Timelines};
use super::views::{self, FormPage, Record};
use super::{dates, merge};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::platform::web::was::{WAS, carried};
use crate::staff::{self, Actor, DESK, EVERYONE, Role, Subject};

/// Patients on the search page.
const LIST_LIMIT: i64 = 50;
/// Patients in the top bar's list.
const PICK_LIMIT: i64 = 8;
/// Entries of the timeline, from each feature.
const TIMELINE_LIMIT: i64 = 40;

type Pairs = web::Query<Vec<(String, String)>>;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/patients")
            .route(staff::get(EVERYONE, list))
            .route(staff::post(DESK, create)),
    )
    .service(web::resource("/patients/pick").route(staff::get(EVERYONE, pick)))
    .service(web::resource("/patients/check").route(staff::post(EVERYONE, check)))
    .service(web::resource("/patients/new").route(staff::get(DESK, new)))
    .service(web::resource("/patients/{id:\\d+}").route(staff::get(EVERYONE, record)))
    .service(
        web::resource("/patients/{id:\\d+}/edit")
            .route(staff::get(EVERYONE, edit))
            .route(staff::post(EVERYONE, save)),
    );
}

async fn list(ctx: Ctx, frame: Frame, actor: Actor, query: Pairs) -> Result<Markup> {
    let query = Input::from_pairs(query.into_inner());
    let (q, searched) = (query.get("q").to_owned(), query.get("q").to_owned());
    let today = today(&ctx).await?;
    let (rows, totals) = ctx
        .db
        .read(move |c| {
            let rows = match q.as_str() {
                "" => store::recent_patients(c, LIST_LIMIT)?,
                q => store::search_patients(c, q, LIST_LIMIT)?,
            };
            Ok((rows, store::clinic_completeness(c)?))
        })
        .await?;
    if !rows.is_empty() {
        let searched = Some(searched.as_str()).filter(|q| !q.is_empty());
        actions::list_was_read(&ctx, &actor, searched, None, rows.len()).await?;
    }
    Ok(views::list(
        &frame,
        query.get("q"),
        &rows,
        totals,
        (today, actor.is(DESK)),
    ))
}

async fn today(ctx: &Ctx) -> Result<chrono::NaiveDate> {
    let now = ctx.now();
    ctx.db.read(move |c| Ok(now.day(store::find_home(c)?.zone))).await
}

async fn pick(ctx: Ctx, lang: Lang, actor: Actor, query: Pairs) -> Result<Markup> {
    let query = Input::from_pairs(query.into_inner());
    let q = query.get("q").to_owned();
    let today = today(&ctx).await?;
    let rows = ctx.db.read(move |c| store::search_patients(c, &q, PICK_LIMIT)).await?;
    let ids: Vec<i64> = rows.iter().map(|p| p.id.0).collect();
    staff::names_were_shown(&ctx, &actor, query.get("q"), &ids).await?;
    Ok(views::pick(lang, query.get("q"), &rows, (today, actor.is(DESK))))
}

async fn check(ctx: Ctx, lang: Lang, actor: Actor, input: Input) -> Result<Markup> {
    let typed = format!("{} {}", input.get("name"), input.get("phone"));
    let found = actions::look_for_duplicates(&ctx, input).await?;
    let ids: Vec<i64> = found.iter().map(|f| f.patient.id.0).collect();
    staff::names_were_shown(&ctx, &actor, typed.trim(), &ids).await?;
    let today = today(&ctx).await?;
    Ok(views::similar(lang, &found, today))
}

async fn new(ctx: Ctx, frame: Frame, query: Pairs) -> Result<Markup> {
    let mut input = Input::from_pairs(query.into_inner());
    let home = ctx.db.read(store::find_home).await?;
    input.set("language", home.language.as_str());
    let today = ctx.now().day(home.zone);
    Ok(FormPage::new(&frame, &input, today).show())
}

async fn create(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    match actions::register(&ctx, &actor, input.clone(), "desk").await {
        Ok(Saved::Done(id)) => Ok(see(&format!("/patients/{id}"))),
        other => refused(FormPage::new(&frame, &input, today(&ctx).await?), other),
    }
}

/// The form again, with what is wrong; errors of other kinds go on.
fn refused(page: FormPage<'_>, outcome: Result<Saved>) -> Result<HttpResponse> {
    let (faults, similar): (Faults, Vec<Candidate>) = match outcome {
        Ok(Saved::Similar(found)) => (Faults::default(), found),
        Ok(Saved::Done(_)) => (Faults::default(), Vec::new()),
        Err(Error::Conflict { code, text, .. }) => {
            let field = match code {
                "national_id_taken" => "national_id",
                "chart_no_taken" => "chart_no",
                _ => "name",
            };
            let mut faults = Faults::default();
            faults.add(field, code, text.zh, text.en);
            return Ok(html(HttpResponse::Conflict(), &page.with(&faults, &[]).show()));
        }
        Err(e) => (Faults::from_error(e)?, Vec::new()),
    };
    Ok(html(
        HttpResponse::UnprocessableEntity(),
        &page.with(&faults, &similar).show(),
    ))
}

async fn record(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<PatientId>,
    timelines: web::Data<Timelines>,
) -> Result<Markup> {
    let (now, id, lang) = (ctx.now(), id.into_inner(), frame.lang);
    ctx.db.read(move |c| store::get_patient(c, id)).await?;
    staff::read_of_record(&ctx.db, now, &actor, "patients", id.0).await?;
    let (keys, role, desk) = (ctx.keys.clone(), actor.role.unwrap_or(Role::FrontDesk), actor.is(DESK));
    let record = ctx
        .db
        .read(move |c| {
            let patient = store::get_patient(c, id)?;
            let (mut entries, mut ahead): (Vec<TimelineEntry>, Vec<Ahead>) = Default::default();
            let (mut undelivered, mut opt_outs) = (None, Vec::new());
            for source in timelines.iter() {
                undelivered = undelivered.or(source.undelivered(c, &patient)?);
                opt_outs.extend(source.opt_outs(c, &patient, lang)?);
                ahead.extend(source.ahead(c, id, lang, now)?);
                entries.extend(source.entries(c, id, lang, role, TIMELINE_LIMIT)?);
            }
            entries.sort_by_key(|e| std::cmp::Reverse(e.at));
            Ok(Record {
                national_id: store::national_id_of(&keys, &patient).map(|i| i.masked()),
                consents: store::consents(c, id)?,
                zone: store::find_home(c)?.zone,
                dates: dates::dates_of(c, id)?,
                referrer: dates::referrer_of(c, id)?,
                patient,
                entries,
                ahead,
                undelivered,
                opt_outs,
                desk,
                now,
            })
        })
        .await?;
    Ok(views::record(&frame, &record))
}

async fn edit(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<PatientId>) -> Result<Markup> {
    let id = id.into_inner();
    let (patient, mut input) = stored(&ctx, id).await?;
    staff::read_of_record(&ctx.db, ctx.now(), &actor, "patients", id.0).await?;
    let national_id = store::national_id_of(&ctx.keys, &patient);
    let masked = national_id.as_ref().map(NationalId::masked);
    input.set(WAS, carried(&merge::opened(&input, masked.as_deref())));
    if let Some(number) = national_id.as_ref().filter(|_| may_see_id(&actor)) {
        let (now, by) = (ctx.now(), actor.clone());
        let subject = Subject::of_patient("patients", id.0, id.0);
        ctx.db
            .write(move |c| staff::audit(c, now, &by, "read", subject, "national_id"))
            .await?;
        input.set("national_id", number.as_str());
    }
    let page = FormPage::new(&frame, &input, today(&ctx).await?);
    Ok(page.of(&patient, masked).show())
}

async fn stored(ctx: &Ctx, id: PatientId) -> Result<(Patient, Input)> {
    ctx.db
        .read(move |c| {
            let patient = store::get_patient(c, id)?;
            let consents = store::consents(c, id)?;
            let input = input_of(&patient, consents);
            Ok((patient, input))
        })
        .await
}

async fn save(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<PatientId>,
    mut input: Input,
) -> Result<HttpResponse> {
    let id = id.into_inner();
    match actions::change(&ctx, &actor, id, input.clone(), "desk").await {
        Ok(Saved::Done(id)) => Ok(see(&format!("/patients/{id}"))),
        other => {
            let (patient, now) = stored(&ctx, id).await?;
            let masked = store::national_id_of(&ctx.keys, &patient).map(|n| n.masked());
            if let Err(Error::Conflict {
                code: "stale", text, ..
            }) = other
            {
                let now = merge::opened(&now, masked.as_deref());
                let faults = merge::newest(&mut input, &now, &patient, text);
                let page = FormPage::new(&frame, &input, today(&ctx).await?).of(&patient, masked);
                return Ok(html(HttpResponse::Conflict(), &page.with(&faults, &[]).show()));
            }
            let page = FormPage::new(&frame, &input, today(&ctx).await?).of(&patient, masked);
            refused(page, other)
        }
    }
}

fn see(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, path))
        .finish()
}

fn html(mut builder: actix_web::HttpResponseBuilder, page: &Markup) -> HttpResponse {
    builder.content_type("text/html; charset=utf-8").body(page.0.clone())
}
