//! `/recall`: who is due for a check-up again, and what the desk did about it.

mod call;
mod edit;
mod export;
mod fields;
mod patient;
mod preview;
mod types;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use maud::Markup;

use super::super::actions;
use super::super::model::{Contact, Recall, RecallFilter, RecallId};
use super::super::store::recalls;
use super::super::views::recall as view;
use crate::clinic;
use crate::patients;
use crate::platform::clock::{DAY_MS, day_bounds, plus_days};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::platform::web::answer::{page as answer_page, see_other};
use crate::platform::web::form::Input;
use crate::platform::web::layout::Frame;
use crate::platform::web::{Ctx, wants_fragment};
use crate::staff::{self, Actor, DESK};

/// Rows on the page; the most overdue come first.
const PAGE_ROWS: i64 = 200;
/// What "this week" counts back, for the figures in the header.
const WEEK_MS: i64 = 7 * DAY_MS;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/recall").route(staff::get(DESK, list)))
        .service(web::resource("/recall/preview").route(staff::get(DESK, preview::page)))
        .service(web::resource("/recall/text").route(staff::post(DESK, text_all)))
        .service(web::resource("/recall/family/text").route(staff::post(DESK, text_family)))
        .service(web::resource("/recall/{id}/text").route(staff::post(DESK, text)))
        .service(
            web::resource("/recall/{id}/call")
                .route(staff::get(DESK, call::form))
                .route(staff::post(DESK, call::save)),
        );
    edit::routes(cfg);
    export::routes(cfg);
    patient::routes(cfg);
    types::routes(cfg);
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
        by_risk: input.get("order") == "risk",
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
            let rows = recalls::list_due(c, today, morning, f, PAGE_ROWS)?;
            // Whoever of the family is due soon is told along.
            let mut phones: Vec<String> = rows.iter().filter_map(|row| row.phone.clone()).collect();
            phones.sort();
            phones.dedup();
            let soon = plus_days(today, i64::from(recalls::progress(c)?.family_days));
            let mut members = recalls::due_at_numbers(c, &phones, soon, morning)?;
            members.retain(|m| m.recall.due_on > today && m.recall.hidden_until.is_none_or(|day| day <= today));
            Ok(view::RecallPage {
                today,
                due: recalls::count_due(c, today, morning)?,
                reached,
                booked,
                groups: view::grouped(rows, members),
                resting: recalls::list_resting(c, today, recalls::resting_since(morning), PAGE_ROWS)?,
                zone: site.tz(),
                services: clinic::list_services(c, false)?,
                providers: clinic::list_providers(c, false)?,
            })
        })
        .await?;
    let rows = page.rows() + page.resting.len();
    staff::read_of_list(&ctx.db, now, &actor, "recalls", rows).await?;
    Ok(view::list(&frame, &page, &input))
}

fn version(input: &Input) -> Result<i64> {
    input.get("version").parse().map_err(|_| incomplete())
}

fn incomplete() -> Error {
    Error::BadRequest(Text::new("请求不完整", "The request is incomplete"))
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

fn chosen(input: &Input) -> Vec<RecallId> {
    let ids = input.all("id").into_iter().filter_map(|id| id.parse().ok());
    ids.take(actions::TEXTS_MAX).collect()
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

async fn text_all(ctx: Ctx, actor: Actor, input: Input) -> Result<HttpResponse> {
    let done = actions::text_all(&ctx.db, ctx.now(), actor, chosen(&input)).await?;
    Ok(see_other(&format!("/recall?texted={}", done.messages)))
}

/// One text for a family: `member=ID:VERSION` for each.
async fn text_family(ctx: Ctx, actor: Actor, input: Input) -> Result<HttpResponse> {
    let steps = input.all("member").into_iter().map(|text| {
        let (id, version) = text.split_once(':')?;
        Some((RecallId(id.parse().ok()?), version.parse().ok()?))
    });
    let steps: Option<Vec<(RecallId, i64)>> = steps.take(actions::TEXTS_MAX).collect();
    let steps = steps.filter(|s| !s.is_empty()).ok_or_else(incomplete)?;
    actions::text_family(&ctx.db, ctx.now(), actor, steps).await?;
    Ok(see_other("/recall?texted=1"))
}
