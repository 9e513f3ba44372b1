//! Settings of reception: `/settings/waiting` (when waiting is too long), `/settings/supplies` (what is laid out).

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::store::{self, Supplies};
use super::super::views::settings as view;
use crate::appointments::model::stage::{Limits, Stage, WaitAlerts};
use crate::clinic::{self, ServiceId};
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, Changes, MANAGERS, ONLY_ADMINISTRATOR, Subject};

/// Minutes that a limit may have.
const MINUTES: std::ops::RangeInclusive<i32> = 1..=600;
/// Longest list of supplies, in characters.
const SUPPLIES_MAX: usize = 300;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/settings/waiting")
            .route(staff::get(ONLY_ADMINISTRATOR, alerts))
            .route(staff::post(ONLY_ADMINISTRATOR, save_alerts)),
    )
    .service(
        web::resource("/settings/supplies")
            .route(staff::get(MANAGERS, supplies))
            .route(staff::post(MANAGERS, save_supplies)),
    );
}

fn fields(stage: Stage) -> [String; 2] {
    [format!("{stage}-amber"), format!("{stage}-red")]
}

async fn alerts(ctx: Ctx, frame: Frame) -> Result<HttpResponse> {
    draw_alerts(&ctx, &frame, None).await
}

async fn draw_alerts(ctx: &Ctx, frame: &Frame, again: Option<(Input, Faults)>) -> Result<HttpResponse> {
    let (zone, stored, last) = ctx
        .db
        .read(|c| {
            let site = clinic::the_site(c)?;
            let last = staff::last_change(c, "wait_alerts", Some(site.id.0))?;
            Ok((site.tz(), store::wait_alerts(c, site.id)?, last))
        })
        .await?;
    let status = if again.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let (input, faults) = again.unwrap_or_else(|| {
        let pairs = Stage::ALL.iter().flat_map(|s| {
            let ([amber, red], limits) = (fields(*s), stored.of(*s));
            [(amber, limits.amber.to_string()), (red, limits.red.to_string())]
        });
        (Input::from_pairs(pairs), Faults::default())
    });
    let markup: Markup = view::alerts(frame, zone, last.as_ref(), (&input, &faults));
    Ok(answer(status, markup))
}

fn read_alerts(input: &Input) -> Result<WaitAlerts, Faults> {
    let mut faults = Faults::default();
    let mut wanted = WaitAlerts::default();
    for stage in Stage::ALL {
        let names = fields(*stage);
        let mut number = |name: &str| -> i32 {
            let typed: Option<i32> = input.need(name, &mut faults);
            if typed.is_some_and(|n| !MINUTES.contains(&n)) {
                faults.add(name, "out_of_range", "应为 1 到 600 分钟", "From 1 to 600 minutes");
            }
            typed.unwrap_or(0)
        };
        let (amber, red) = (number(&names[0]), number(&names[1]));
        if faults.of(&names[0]).is_none() && faults.of(&names[1]).is_none() && amber >= red {
            faults.add(&names[1], "out_of_range", "红色应比黄色晚", "Red comes after amber");
        }
        *wanted.of_mut(*stage) = Limits { amber, red };
    }
    if faults.0.is_empty() { Ok(wanted) } else { Err(faults) }
}

async fn save_alerts(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let wanted = match read_alerts(&input) {
        Ok(wanted) => wanted,
        Err(faults) => return draw_alerts(&ctx, &frame, Some((input, faults))).await,
    };
    let now = ctx.now();
    let word = ctx
        .db
        .write(move |c| {
            let site = clinic::the_site(c)?.id;
            let before = store::wait_alerts(c, site)?;
            let mut changes = Changes::default();
            for stage in Stage::ALL {
                let show = |l: Limits| format!("{}/{}", l.amber, l.red);
                changes.note(stage.as_str(), show(before.of(*stage)), show(wanted.of(*stage)));
            }
            if changes.is_empty() {
                return Ok("same");
            }
            store::save_wait_alerts(c, site, &wanted)?;
            staff::audit(
                c,
                now,
                &actor,
                "update",
                Subject::of("wait_alerts", site.0),
                &changes.to_string(),
            )?;
            Ok("saved")
        })
        .await?;
    Ok(see_other(&format!("/settings/waiting?{word}=waiting#waiting")))
}

async fn supplies(ctx: Ctx, frame: Frame) -> Result<HttpResponse> {
    draw_supplies(&ctx, &frame, None).await
}

async fn draw_supplies(ctx: &Ctx, frame: &Frame, again: Option<(Input, Faults)>) -> Result<HttpResponse> {
    let (zone, services, stored, last) = ctx
        .db
        .read(|c| {
            let last = staff::last_change(c, "service_supplies", None)?;
            let services = clinic::list_services(c, false)?;
            Ok((clinic::the_site(c)?.tz(), services, store::list_supplies(c)?, last))
        })
        .await?;
    let status = if again.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let (input, faults) = again.unwrap_or_else(|| {
        let pairs = stored
            .iter()
            .flat_map(|(id, s)| [(format!("zh-{id}"), s.zh.clone()), (format!("en-{id}"), s.en.clone())]);
        (Input::from_pairs(pairs), Faults::default())
    });
    Ok(answer(
        status,
        view::supplies(frame, zone, last.as_ref(), &services, (&input, &faults)),
    ))
}

/// The supplies typed, of every service whose fields are there.
fn read_supplies(input: &Input) -> Result<Vec<(ServiceId, Supplies)>, Faults> {
    let mut faults = Faults::default();
    let mut found = Vec::new();
    for (name, zh) in input.pairs() {
        let Some(id) = name.strip_prefix("zh-").and_then(|id| id.parse::<ServiceId>().ok()) else {
            continue;
        };
        let english = format!("en-{id}");
        for (field, text) in [(name, zh), (english.as_str(), input.get(&english))] {
            if text.chars().count() > SUPPLIES_MAX {
                faults.add(field, "too_long", "最多 300 字", "At most 300 characters");
            }
        }
        let supplies = Supplies {
            zh: zh.to_owned(),
            en: input.get(&english).to_owned(),
        };
        found.push((id, supplies));
    }
    if faults.0.is_empty() { Ok(found) } else { Err(faults) }
}

async fn save_supplies(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let wanted = match read_supplies(&input) {
        Ok(wanted) => wanted,
        Err(faults) => return draw_supplies(&ctx, &frame, Some((input, faults))).await,
    };
    let now = ctx.now();
    let word = ctx
        .db
        .write(move |c| {
            let before = store::list_supplies(c)?;
            let mut word = "same";
            for (id, supplies) in wanted {
                let old = before.get(&id).cloned().unwrap_or_default();
                if old == supplies {
                    continue;
                }
                clinic::get_service(c, id)?;
                store::save_supplies(c, id, &supplies)?;
                let mut changes = Changes::default();
                changes.note("zh", &old.zh, &supplies.zh);
                changes.note("en", &old.en, &supplies.en);
                staff::audit(
                    c,
                    now,
                    &actor,
                    "update",
                    Subject::of("service_supplies", id.0),
                    &changes.to_string(),
                )?;
                word = "saved";
            }
            Ok(word)
        })
        .await?;
    Ok(see_other(&format!("/settings/supplies?{word}=supplies#supplies")))
}
