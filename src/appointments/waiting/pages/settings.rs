//! `/settings/waiting-list`: whether and how freed times are offered without the desk.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::super::actions;
use super::super::model::{Ask, Source, WaitingRules};
use super::super::store;
use super::super::views::settings as view;
use crate::clinic;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/settings/waiting-list")
            .route(staff::get(ONLY_ADMINISTRATOR, page))
            .route(staff::post(ONLY_ADMINISTRATOR, save)),
    );
}

async fn page(ctx: Ctx, frame: Frame) -> Result<HttpResponse> {
    draw(&ctx, &frame, None).await
}

async fn draw(ctx: &Ctx, frame: &Frame, again: Option<(Input, Faults)>) -> Result<HttpResponse> {
    let (zone, stored, last) = ctx
        .db
        .read(|c| {
            let site = clinic::the_site(c)?;
            let last = staff::last_change(c, "waiting_rules", Some(site.id.0))?;
            Ok((site.tz(), store::waiting_rules(c, site.id)?, last))
        })
        .await?;
    let status = if again.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let (input, faults) = again.unwrap_or_else(|| (input_of(&stored), Faults::default()));
    Ok(answer(
        status,
        view::page(frame, zone, last.as_ref(), (&input, &faults)),
    ))
}

fn input_of(r: &WaitingRules) -> Input {
    let mut pairs = vec![
        ("ask", r.ask.to_string()),
        ("batch", r.batch.to_string()),
        ("minutes", r.deadline_minutes.to_string()),
    ];
    pairs.extend(r.sources.iter().map(|s| (s.as_str(), "1".to_owned())));
    Input::from_pairs(pairs)
}

/// The rules typed; `since` is left for who stores them.
fn read(input: &Input) -> Result<WaitingRules> {
    let mut faults = Faults::default();
    let ask: Option<Ask> = input.need("ask", &mut faults);
    let (batch, minutes) = (input.need("batch", &mut faults), input.need("minutes", &mut faults));
    let usual = WaitingRules::default();
    let wanted = WaitingRules {
        ask: ask.unwrap_or_default(),
        batch: batch.unwrap_or(usual.batch),
        deadline_minutes: minutes.unwrap_or(usual.deadline_minutes),
        sources: Source::ALL
            .iter()
            .copied()
            .filter(|s| input.ticked(s.as_str()))
            .collect(),
        since: usual.since,
    };
    faults.0.extend(wanted.check().0);
    faults.finish().map(|()| wanted)
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let wanted = match read(&input) {
        Ok(wanted) => wanted,
        Err(e) => {
            let faults = Faults::from_error(e)?;
            return draw(&ctx, &frame, Some((input, faults))).await;
        }
    };
    let now = ctx.now();
    let changed = ctx
        .db
        .write(move |c| actions::save_rules(c, now, &actor, None, wanted))
        .await?;
    let word = if changed { "saved" } else { "same" };
    Ok(see_other(&format!(
        "/settings/waiting-list?{word}=waiting-list#waiting-list"
    )))
}
