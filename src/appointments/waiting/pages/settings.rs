//! `/settings/waiting-list`: whether and how freed times are offered without the desk.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::super::model::{Ask, DEADLINES, Source, WaitingRules};
use super::super::store;
use super::super::views::settings as view;
use crate::clinic;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, Changes, ONLY_ADMINISTRATOR, Subject};

/// So many are asked at a time, in batches.
const BATCH: std::ops::RangeInclusive<i32> = 2..=100;

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
    let mut number = |name: &str, range: &std::ops::RangeInclusive<i32>| -> i32 {
        let typed: Option<i32> = input.need(name, &mut faults);
        if typed.is_some_and(|n| !range.contains(&n)) {
            let (low, high) = (range.start(), range.end());
            let (zh, en) = (format!("应为 {low} 到 {high}"), format!("From {low} to {high}"));
            faults.add(name, "out_of_range", zh, en);
        }
        typed.unwrap_or(0)
    };
    let (batch, deadline_minutes) = (number("batch", &BATCH), number("minutes", &DEADLINES));
    let sources: Vec<Source> = Source::ALL
        .iter()
        .copied()
        .filter(|s| input.ticked(s.as_str()))
        .collect();
    if ask.is_some_and(|a| a != Ask::Off) && sources.is_empty() {
        faults.add("sources", "required", "请至少勾选一种", "Tick at least one");
    }
    faults.finish()?;
    Ok(WaitingRules {
        ask: ask.unwrap_or_default(),
        batch,
        deadline_minutes,
        sources,
        since: WaitingRules::default().since,
    })
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let mut wanted = match read(&input) {
        Ok(wanted) => wanted,
        Err(e) => {
            let faults = Faults::from_error(e)?;
            return draw(&ctx, &frame, Some((input, faults))).await;
        }
    };
    let now = ctx.now();
    let word = ctx
        .db
        .write(move |c| {
            let site = clinic::the_site(c)?.id;
            let before = store::waiting_rules(c, site)?;
            let list = |r: &WaitingRules| r.sources.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(", ");
            let mut changes = Changes::default();
            changes.note("ask", before.ask, wanted.ask);
            changes.note("batch", before.batch, wanted.batch);
            changes.note("deadline_minutes", before.deadline_minutes, wanted.deadline_minutes);
            changes.note("sources", list(&before), list(&wanted));
            if changes.is_empty() {
                return Ok("same");
            }
            // What got free while nobody was to be asked stays with the desk.
            wanted.since = if before.ask == Ask::Off { now } else { before.since };
            store::save_waiting_rules(c, site, &wanted)?;
            let subject = Subject::of("waiting_rules", site.0);
            staff::audit(c, now, &actor, "update", subject, &changes.to_string())?;
            Ok("saved")
        })
        .await?;
    Ok(see_other(&format!(
        "/settings/waiting-list?{word}=waiting-list#waiting-list"
    )))
}
