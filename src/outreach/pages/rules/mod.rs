//! `/rules`: the rules in plain words, their form, and what the next days bring.

mod fields;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use maud::Markup;

use self::fields::{blank, read, resized, stored};
use super::super::actions;
use super::super::jobs::{self, Trial};
use super::super::model::{Anchor, Rule, RuleId, Span};
use super::super::store::{occasions, rules};
use super::super::views;
use crate::clinic;
use crate::messaging;
use crate::outreach::segments;
use crate::patients::dates;
use crate::platform::clock::DAY_MS;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer_page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, MANAGERS};

/// How far the preview looks ahead.
const PREVIEW_MS: i64 = 7 * DAY_MS;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/rules").route(staff::get(MANAGERS, list)))
        .service(
            web::resource("/rules/new")
                .route(staff::get(MANAGERS, new_page))
                .route(staff::post(MANAGERS, add)),
        )
        .service(
            web::resource("/rules/{id:\\d+}")
                .route(staff::get(MANAGERS, edit))
                .route(staff::post(MANAGERS, save)),
        )
        .service(web::resource("/rules/new/preview").route(staff::post(MANAGERS, preview_new)))
        .service(web::resource("/rules/{id:\\d+}/preview").route(staff::post(MANAGERS, preview)))
        .service(web::resource("/rules/new/steps").route(staff::post(MANAGERS, steps_new)))
        .service(web::resource("/rules/{id:\\d+}/steps").route(staff::post(MANAGERS, steps)))
        .service(web::resource("/rules/{id:\\d+}/remove").route(staff::post(MANAGERS, remove)));
}

async fn list(ctx: Ctx, frame: Frame) -> Result<Markup> {
    let now = ctx.now();
    let page = ctx
        .db
        .read(move |c| {
            let span = Span {
                after: now,
                until: now + PREVIEW_MS,
            };
            Ok(views::RulesPage {
                site: clinic::the_site(c)?,
                rules: rules::list_rules(c)?,
                templates: messaging::templates(c)?,
                services: clinic::list_services(c, true)?,
                ahead: jobs::preview(c, span, now)?,
                last: staff::last_change(c, "rules", None)?,
            })
        })
        .await?;
    Ok(views::rules(&frame, &page))
}

/// What the form of a rule is drawn from. None: a new one.
async fn load(ctx: &Ctx, rule: Option<RuleId>, anchor: Anchor) -> Result<views::RuleSheet> {
    ctx.db
        .read(move |c| {
            let rule = rule.map(|id| rules::get_rule(c, id)).transpose()?;
            let last = match &rule {
                Some(r) => staff::last_change(c, "rules", Some(r.id.0))?,
                None => None,
            };
            Ok(views::RuleSheet {
                anchor: rule.as_ref().map_or(anchor, |r| r.anchor),
                rule,
                templates: messaging::templates(c)?,
                services: clinic::list_services(c, true)?,
                segments: segments::list_segments(c)?,
                occasions: occasions::list(c)?,
                date_kinds: dates::list_kinds(c)?,
                site: clinic::the_site(c)?,
                last,
                effect: None,
            })
        })
        .await
}

fn kind_of(input: &Input) -> Anchor {
    input.get("kind").parse().unwrap_or(Anchor::VisitStart)
}

async fn new_page(ctx: Ctx, frame: Frame, query: web::Query<Vec<(String, String)>>) -> Result<Markup> {
    let anchor = kind_of(&Input::from_pairs(query.into_inner()));
    let sheet = load(&ctx, None, anchor).await?;
    Ok(views::rule_form(
        &frame,
        &sheet,
        (&blank(anchor), &Faults::default()),
        None,
    ))
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let anchor = kind_of(&input);
    let made = match read(&input, None, anchor) {
        Ok(change) => actions::add_rule(&ctx.db, ctx.now(), actor, anchor, change).await,
        Err(e) => Err(e),
    };
    match made {
        Ok(id) => Ok(see_other(&format!("/rules/{id}?saved=rule"))),
        Err(e) => again(&ctx, &frame, (None, anchor), (&input, e)).await,
    }
}

/// The form once more, with what was typed and what is wrong with it.
async fn again(
    ctx: &Ctx,
    frame: &Frame,
    (id, anchor): (Option<RuleId>, Anchor),
    (input, e): (&Input, Error),
) -> Result<HttpResponse> {
    let faults = Faults::from_error(e)?;
    let sheet = load(ctx, id, anchor).await?;
    Ok(answer_page(
        StatusCode::UNPROCESSABLE_ENTITY,
        views::rule_form(frame, &sheet, (input, &faults), None),
    ))
}

async fn edit(ctx: Ctx, frame: Frame, id: web::Path<i64>) -> Result<Markup> {
    let (now, id) = (ctx.now(), RuleId(*id));
    let mut sheet = load(&ctx, Some(id), Anchor::VisitStart).await?;
    // A year's work to count: told where a rule is looked up, not each time that its form is drawn.
    let count = move |c: &mut Conn| actions::effect(c, now, id);
    sheet.effect = Some(ctx.db.read(count).await?);
    let input = sheet.rule.as_ref().map(stored).unwrap_or_default();
    Ok(views::rule_form(&frame, &sheet, (&input, &Faults::default()), None))
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<i64>, input: Input) -> Result<HttpResponse> {
    let id = RuleId(*id);
    match change(&ctx, actor, id, &input).await {
        Ok(_) => Ok(see_other(&format!("/rules/{id}?saved=rule"))),
        Err(e) => again(&ctx, &frame, (Some(id), Anchor::VisitStart), (&input, e)).await,
    }
}

async fn change(ctx: &Ctx, actor: Actor, id: RuleId, input: &Input) -> Result<Rule> {
    let mut faults = Faults::default();
    let version: Option<i64> = input.need("version", &mut faults);
    faults.finish()?;
    let old = ctx.db.read(move |c| rules::get_rule(c, id)).await?;
    let change = read(input, Some(&old), old.anchor)?;
    actions::change_rule(&ctx.db, ctx.now(), actor, (id, version.unwrap_or(0)), change).await
}

async fn preview_new(ctx: Ctx, frame: Frame, input: Input) -> Result<HttpResponse> {
    let anchor = kind_of(&input);
    try_out(&ctx, &frame, (None, anchor), &input).await
}

async fn preview(ctx: Ctx, frame: Frame, id: web::Path<i64>, input: Input) -> Result<HttpResponse> {
    try_out(&ctx, &frame, (Some(RuleId(*id)), kind_of(&input)), &input).await
}

async fn steps_new(ctx: Ctx, frame: Frame, input: Input) -> Result<HttpResponse> {
    let anchor = kind_of(&input);
    other_steps(&ctx, &frame, (None, anchor), input).await
}

async fn steps(ctx: Ctx, frame: Frame, id: web::Path<i64>, input: Input) -> Result<HttpResponse> {
    let anchor = kind_of(&input);
    other_steps(&ctx, &frame, (Some(RuleId(*id)), anchor), input).await
}

/// The form as it was typed, with a step more or less; nothing is saved.
async fn other_steps(ctx: &Ctx, frame: &Frame, rule: (Option<RuleId>, Anchor), input: Input) -> Result<HttpResponse> {
    let sheet = load(ctx, rule.0, rule.1).await?;
    let input = resized(input, sheet.anchor);
    let page = views::rule_form(frame, &sheet, (&input, &Faults::default()), None);
    Ok(answer_page(StatusCode::OK, page))
}

/// The form as it was typed, and what it would do.
async fn try_out(ctx: &Ctx, frame: &Frame, rule: (Option<RuleId>, Anchor), input: &Input) -> Result<HttpResponse> {
    let trial = match read_trial(ctx, rule, input).await {
        Ok(trial) => trial,
        Err(e) => return again(ctx, frame, rule, (input, e)).await,
    };
    let sheet = load(ctx, rule.0, rule.1).await?;
    let page = views::rule_form(frame, &sheet, (input, &Faults::default()), Some(&trial));
    Ok(answer_page(StatusCode::OK, page))
}

async fn read_trial(ctx: &Ctx, (id, anchor): (Option<RuleId>, Anchor), input: &Input) -> Result<Trial> {
    let now = ctx.now();
    let mut faults = Faults::default();
    let from: Option<NaiveDate> = input.parse("from", &mut faults);
    faults.finish()?;
    let old = match id {
        Some(id) => Some(ctx.db.read(move |c| rules::get_rule(c, id)).await?),
        None => None,
    };
    let anchor = old.as_ref().map_or(anchor, |r| r.anchor);
    let change = read(input, old.as_ref(), anchor)?;
    let wanted = (old, anchor, change);
    ctx.db.read(move |c| jobs::try_out(c, now, wanted, from)).await
}

async fn remove(ctx: Ctx, actor: Actor, id: web::Path<i64>, input: Input) -> Result<HttpResponse> {
    let mut faults = Faults::default();
    let version: Option<i64> = input.need("version", &mut faults);
    faults.finish()?;
    actions::remove_rule(&ctx.db, ctx.now(), actor, (RuleId(*id), version.unwrap_or(0))).await?;
    Ok(see_other("/rules?saved=rules"))
}
