//! Settings of reception: `/settings/waiting` (when waiting is too long), `/settings/supplies` (what is laid out).

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::actions::{self, ALERTS, SUPPLIES};
use super::super::store::{self, Supplies};
use super::super::views::settings as view;
use crate::appointments::model::stage::{Limits, Stage, WaitAlerts};
use crate::clinic::{self, ServiceId};
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, MANAGERS, ONLY_ADMINISTRATOR};

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
            let last = staff::last_change(c, ALERTS, Some(site.id.0))?;
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
        let [amber, red] = fields(*stage);
        let typed = (input.need(&amber, &mut faults), input.need(&red, &mut faults));
        if let (Some(low), Some(high)) = typed {
            let limits = Limits { amber: low, red: high };
            actions::check_limits(limits, [&amber, &red], &mut faults);
            *wanted.of_mut(*stage) = limits;
        }
    }
    if faults.0.is_empty() { Ok(wanted) } else { Err(faults) }
}

async fn save_alerts(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let wanted = match read_alerts(&input) {
        Ok(wanted) => wanted,
        Err(faults) => return draw_alerts(&ctx, &frame, Some((input, faults))).await,
    };
    let now = ctx.now();
    let write = move |c: &mut _| actions::save_alerts(c, now, &actor, None, &wanted);
    let word = if ctx.db.write(write).await? { "saved" } else { "same" };
    Ok(see_other(&format!("/settings/waiting?{word}=waiting#waiting")))
}

async fn supplies(ctx: Ctx, frame: Frame) -> Result<HttpResponse> {
    draw_supplies(&ctx, &frame, None).await
}

async fn draw_supplies(ctx: &Ctx, frame: &Frame, again: Option<(Input, Faults)>) -> Result<HttpResponse> {
    let (zone, services, stored, last) = ctx
        .db
        .read(|c| {
            let last = staff::last_change(c, SUPPLIES, None)?;
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
        let supplies = Supplies {
            zh: zh.to_owned(),
            en: input.get(&english).to_owned(),
        };
        actions::check_supplies(&supplies, [name, &english], &mut faults);
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
            let mut word = "same";
            for (id, supplies) in wanted {
                if actions::save_supplies(c, now, &actor, (id, None), &supplies)? {
                    word = "saved";
                }
            }
            Ok(word)
        })
        .await?;
    Ok(see_other(&format!("/settings/supplies?{word}=supplies#supplies")))
}
