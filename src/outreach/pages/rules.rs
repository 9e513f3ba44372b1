//! `/rules`: the rules in plain words, their form, and what the next days bring.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::actions::{self, RuleChange};
use super::super::model::{Rule, RuleId, Span, minute_text, parse_minute};
use super::super::store::rules;
use super::super::{jobs, views};
use super::{html_with, see_other};
use crate::clinic;
use crate::platform::clock::DAY_MS;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Form, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, MANAGERS};

/// How far the preview looks ahead.
const PREVIEW_MS: i64 = 7 * DAY_MS;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/rules").route(staff::get(MANAGERS, list)))
        .service(
            web::resource("/rules/{id}")
                .route(staff::get(MANAGERS, edit))
                .route(staff::post(MANAGERS, save)),
        );
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
                services: clinic::list_services(c, false)?,
                ahead: jobs::preview(c, span, now)?,
            })
        })
        .await?;
    Ok(views::rules(&frame, &page))
}

async fn edit(ctx: Ctx, frame: Frame, id: web::Path<i64>) -> Result<Markup> {
    let (rule, templates) = load(&ctx, RuleId(*id)).await?;
    let input = stored(&rule);
    let form = Form {
        lang: frame.lang,
        input: &input,
        faults: &Faults::default(),
    };
    Ok(views::rule_form(&frame, &rule, &templates, form))
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<i64>, input: Input) -> Result<HttpResponse> {
    let id = RuleId(*id);
    match change(&ctx, actor, id, &input).await {
        Ok(_) => Ok(see_other("/rules?saved=1")),
        Err(e) => {
            let faults = Faults::from_error(e)?;
            let (rule, templates) = load(&ctx, id).await?;
            let form = Form {
                lang: frame.lang,
                input: &input,
                faults: &faults,
            };
            Ok(html_with(
                StatusCode::UNPROCESSABLE_ENTITY,
                views::rule_form(&frame, &rule, &templates, form),
            ))
        }
    }
}

async fn load(ctx: &Ctx, id: RuleId) -> Result<(Rule, Vec<String>)> {
    ctx.db
        .read(move |c| Ok((rules::get_rule(c, id)?, rules::template_codes(c)?)))
        .await
}

fn stored(rule: &Rule) -> Input {
    let mut input = Input::from_pairs([
        ("version", rule.version.to_string()),
        ("days", rule.offset_days.abs().to_string()),
        ("side", if rule.offset_days > 0 { "after" } else { "before" }.to_owned()),
        ("at", rule.at_minute.map(minute_text).unwrap_or_default()),
        ("minutes", rule.offset_minutes.abs().to_string()),
        ("window", rule.window_minutes.to_string()),
        ("template", rule.template.clone()),
        ("priority", rule.priority.to_string()),
    ]);
    if rule.active {
        input.set("active", "1");
    }
    input
}

async fn change(ctx: &Ctx, actor: Actor, id: RuleId, input: &Input) -> Result<Rule> {
    let mut faults = Faults::default();
    let version = input.need("version", &mut faults);
    let days: i32 = input.parse("days", &mut faults).unwrap_or(0);
    let minutes: i32 = input.parse("minutes", &mut faults).unwrap_or(0);
    let window = input.need("window", &mut faults);
    let priority = input.need("priority", &mut faults);
    let at_minute = match input.get("at") {
        "" => None,
        text => parse_minute(text).or_else(|| {
            faults.add("at", "invalid", "时间格式为 18:00", "A time looks like 18:00");
            None
        }),
    };
    if days < 0 {
        faults.add("days", "out_of_range", "请填 0 或更大的数", "0 or more");
    }
    if minutes < 0 {
        faults.add("minutes", "out_of_range", "请填 0 或更大的数", "0 or more");
    }
    faults.finish()?;
    let sign = if input.get("side") == "after" { 1 } else { -1 };
    let change = RuleChange {
        offset_days: days.saturating_mul(sign),
        offset_minutes: minutes.saturating_mul(sign),
        at_minute,
        window_minutes: window.unwrap_or(0),
        template: input.get("template").to_owned(),
        priority: priority.unwrap_or(0),
        active: input.ticked("active"),
    };
    actions::change_rule(&ctx.db, ctx.now(), actor, (id, version.unwrap_or(0)), change).await
}
