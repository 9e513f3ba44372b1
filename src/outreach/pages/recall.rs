//! `/recall`: who is due for a check-up again, and what the desk did about it.

use actix_web::http::StatusCode;
use actix_web::{Either, HttpRequest, HttpResponse, web};
use maud::Markup;

use super::super::actions;
use super::super::causes::RecallCause;
use super::super::model::{CallResult, Contact, Recall, RecallFilter, RecallId};
use super::super::store::recalls;
use super::super::views::recall as view;
use crate::clinic;
use crate::messaging::carrier_for;
use crate::patients;
use crate::platform::clock::{DAY_MS, Instant, day_bounds, plus_days};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::platform::web::answer::{page as answer_page, see_other};
use crate::platform::web::form::{Faults, Form, Input};
use crate::platform::web::layout::Frame;
use crate::platform::web::{Ctx, wants_fragment};
use crate::staff::{self, Actor, DESK};

/// Rows on the page; the most overdue come first.
const PAGE_ROWS: i64 = 200;
/// Recalls texted in one go at most.
const BULK_MAX: usize = 200;
/// What "this week" counts back, for the figures in the header.
const WEEK_MS: i64 = 7 * DAY_MS;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/recall").route(staff::get(DESK, list)))
        .service(web::resource("/recall/preview").route(staff::get(DESK, preview)))
        .service(web::resource("/recall/text").route(staff::post(DESK, text_all)))
        .service(web::resource("/recall/{id}/text").route(staff::post(DESK, text)))
        .service(
            web::resource("/recall/{id}/call")
                .route(staff::get(DESK, call_form))
                .route(staff::post(DESK, call)),
        );
}

pub(super) fn filter(input: &Input) -> RecallFilter {
    let number = |name: &str| input.get(name).parse::<i64>().ok();
    let (weeks_from, weeks_below) = match input.get("weeks") {
        "0-4" => (None, Some(4)),
        "4-12" => (Some(4), Some(12)),
        "12+" => (Some(12), None),
        _ => (None, None),
    };
    RecallFilter {
        service: number("service").map(clinic::ServiceId),
        provider: number("provider").map(clinic::ProviderId),
        weeks_from,
        weeks_below,
        attempts: number("attempts").and_then(|n| i32::try_from(n).ok()),
        after: None,
    }
}

async fn list(ctx: Ctx, frame: Frame, actor: Actor, query: web::Query<Vec<(String, String)>>) -> Result<Markup> {
    let (now, input) = (ctx.now(), Input::from_pairs(query.into_inner()));
    let f = filter(&input);
    let page = ctx
        .db
        .read(move |c| {
            let site = clinic::the_site(c)?;
            let today = now.day(site.tz());
            let (morning, _) = day_bounds(site.tz(), today);
            let (reached, booked) = recalls::count_worked(c, now + -WEEK_MS, morning, today)?;
            Ok(view::RecallPage {
                today,
                due: recalls::count_due(c, today, morning)?,
                reached,
                booked,
                rows: recalls::list_due(c, today, morning, f, PAGE_ROWS)?,
                resting: recalls::list_resting(c, today, recalls::resting_since(morning), PAGE_ROWS)?,
                zone: site.tz(),
                services: clinic::list_services(c, false)?,
                providers: clinic::list_providers(c, false)?,
            })
        })
        .await?;
    let rows = page.rows.len() + page.resting.len();
    staff::read_of_list(&ctx.db, now, &actor, "recalls", rows).await?;
    Ok(view::list(&frame, &page, &input))
}

fn version(input: &Input) -> Result<i64> {
    input
        .get("version")
        .parse()
        .map_err(|_| Error::BadRequest(Text::new("请求不完整", "The request is incomplete")))
}

/// After a contact: the row's stand-in for htmx, else back to the list with a line that says so.
fn answer(req: &HttpRequest, frame: &Frame, recall: &Recall, contact: &Contact, name: &str) -> HttpResponse {
    if wants_fragment(req) {
        return answer_page(StatusCode::OK, view::gone_row(frame.lang, recall, contact, name));
    }
    let back = contact.back_on.map(|d| d.to_string()).unwrap_or_default();
    see_other(&format!("/recall?back={back}&done={}", contact.result))
}

async fn name_of(ctx: &Ctx, recall: &Recall) -> Result<String> {
    let id = recall.patient_id;
    ctx.db.read(move |c| Ok(patients::get_patient(c, id)?.name)).await
}

async fn text(
    req: HttpRequest,
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    (id, input): (web::Path<i64>, Input),
) -> Result<HttpResponse> {
    let step = (RecallId(*id), version(&input)?);
    let (recall, contact) = actions::text(&ctx.db, ctx.now(), actor, step).await?;
    let name = name_of(&ctx, &recall).await?;
    Ok(answer(&req, &frame, &recall, &contact, &name))
}

/// Days until somebody who asks for another call is called.
const LATER_DAYS: i64 = 7;

async fn call_form(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<i64>) -> Result<Markup> {
    let (now, id) = (ctx.now(), RecallId(*id));
    let (call, zone) = ctx
        .db
        .read(move |c| Ok((load_call(c, id)?, clinic::the_site(c)?.tz())))
        .await?;
    staff::read_of_record(&ctx.db, now, &actor, "recalls", call.patient.id.0).await?;
    // "Call later" means in a week, unless somebody says another day.
    let later = plus_days(now.day(zone), LATER_DAYS);
    let input = Input::from_pairs([
        ("version", call.recall.version.to_string()),
        ("later", later.to_string()),
    ]);
    let form = Form {
        lang: frame.lang,
        input: &input,
        faults: &Faults::default(),
    };
    Ok(view::call_form(&frame, &call, form))
}

fn load_call(c: &mut Conn, id: RecallId) -> Result<view::CallPage> {
    let recall = recalls::get_recall(c, id)?;
    Ok(view::CallPage {
        patient: patients::get_patient(c, recall.patient_id)?,
        service: clinic::get_service(c, recall.service_id)?,
        recall,
    })
}

async fn call(
    req: HttpRequest,
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    (id, input): (web::Path<i64>, Input),
) -> Result<HttpResponse> {
    let id = RecallId(*id);
    match call_with(&ctx, actor, id, &input).await {
        Ok((recall, contact)) => {
            let name = name_of(&ctx, &recall).await?;
            Ok(answer(&req, &frame, &recall, &contact, &name))
        }
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let call = ctx.db.read(move |c| load_call(c, id)).await?;
            let form = Form {
                lang: frame.lang,
                input: &input,
                faults: &faults,
            };
            Ok(answer_page(
                StatusCode::UNPROCESSABLE_ENTITY,
                view::call_form(&frame, &call, form),
            ))
        }
    }
}

async fn call_with(ctx: &Ctx, actor: Actor, id: RecallId, input: &Input) -> Result<(Recall, Contact)> {
    let mut faults = Faults::default();
    let result: Option<CallResult> = input.need("result", &mut faults);
    let later = input.parse("later", &mut faults);
    faults.finish()?;
    let result = result.ok_or_else(|| Error::Invalid(Vec::new()))?;
    actions::call(&ctx.db, ctx.now(), actor, (id, version(input)?), (result, later)).await
}

fn chosen(input: &Input) -> Vec<RecallId> {
    let ids = input.all("id").into_iter().filter_map(|id| id.parse().ok());
    ids.take(BULK_MAX).collect()
}

async fn preview(
    ctx: Ctx,
    frame: Frame,
    query: web::Query<Vec<(String, String)>>,
) -> Result<Either<HttpResponse, Markup>> {
    let input = Input::from_pairs(query.into_inner());
    let (now, ids, back) = (ctx.now(), chosen(&input), list_with(&input, &[]));
    if ids.is_empty() {
        return Ok(Either::Left(see_other(&list_with(&input, &[("nobody", "1")]))));
    }
    let cause = RecallCause(ctx.links());
    let found = ctx.db.read(move |c| look_ahead(c, now, &cause, ids, back)).await?;
    Ok(Either::Right(view::preview(&frame, &found)))
}

/// The list with the filters it had, and more in its address.
fn list_with(input: &Input, more: &[(&str, &str)]) -> String {
    let kept = view::FILTERS.iter().map(|name| (*name, input.get(name)));
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept.filter(|(_, value)| !value.is_empty()).chain(more.iter().copied()));
    match query.finish() {
        query if query.is_empty() => "/recall".to_owned(),
        query => format!("/recall?{query}"),
    }
}

/// Who would be written to and what; one text is made for each channel and language.
fn look_ahead(
    c: &mut Conn,
    now: Instant,
    cause: &RecallCause,
    ids: Vec<RecallId>,
    back: String,
) -> Result<view::Preview> {
    let mut found = view::Preview {
        back,
        ..view::Preview::default()
    };
    for id in ids {
        let recall = recalls::get_recall(c, id)?;
        let patient = patients::get_patient(c, recall.patient_id)?;
        if let Some(why) = actions::no_text_because(c, now, &recall, &patient)? {
            found.skipped.push((patient.name, why));
            continue;
        }
        let way = (carrier_for(&patient), patient.language);
        match found
            .texts
            .iter_mut()
            .find(|s| (s.text.carrier, s.text.language) == way)
        {
            Some(sample) => sample.count += 1,
            None => found.texts.push(view::Sample {
                name: patient.name.clone(),
                count: 1,
                text: actions::compose(c, now, &recall, cause)?,
            }),
        }
        found.sent.push((recall, patient.name));
    }
    Ok(found)
}

async fn text_all(ctx: Ctx, actor: Actor, input: Input) -> Result<HttpResponse> {
    let queued = actions::text_all(&ctx.db, ctx.now(), actor, chosen(&input)).await?;
    Ok(see_other(&format!("/recall?texted={queued}")))
}
