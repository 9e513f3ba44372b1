//! `/settings/recall`: how recalls are worked out.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::super::actions::{self, Foreseen, STEPS_AT_ONCE, Saved, Wanted};
use super::super::super::model::RecallType;
use super::super::super::store::recalls;
use super::super::super::views::recall as view;
use super::fields::{parts, set_interval};
use super::{incomplete, version};
use crate::clinic::{self, ServiceId};
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page, see_other};
use crate::platform::web::form::{Faults, Form, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, MANAGERS};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/settings/recall")
            .route(staff::get(MANAGERS, list))
            .route(staff::post(MANAGERS, save_family)),
    )
    .service(
        web::resource("/settings/recall/{id:\\d+}")
            .route(staff::get(MANAGERS, show))
            .route(staff::post(MANAGERS, save)),
    );
}

async fn load(ctx: &Ctx) -> Result<view::TypesPage> {
    ctx.db
        .read(|c| {
            Ok(view::TypesPage {
                types: recalls::list_types(c)?,
                progress: recalls::progress(c)?,
                zone: clinic::the_site(c)?.tz(),
                last: staff::last_change(c, "recall_settings", Some(1))?,
            })
        })
        .await
}

async fn list(ctx: Ctx, frame: Frame) -> Result<Markup> {
    let found = load(&ctx).await?;
    let input = Input::from_pairs([
        ("version", found.progress.version.to_string()),
        ("family_days", found.progress.family_days.to_string()),
    ]);
    Ok(view::types(&frame, &found, (&input, &Faults::default())))
}

async fn save_family(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let mut faults = Faults::default();
    let days = input.need("family_days", &mut faults);
    let done = match (days, faults.finish()) {
        (Some(days), Ok(())) => actions::set_family_days(&ctx.db, ctx.now(), actor, version(&input)?, days).await,
        (_, Err(e)) => Err(e),
        (None, Ok(())) => Err(incomplete()),
    };
    match done {
        Ok(changed) => {
            let word = if changed { "saved" } else { "same" };
            Ok(see_other(&format!("/settings/recall?{word}=family#family")))
        }
        Err(e) => {
            let (faults, found) = (Faults::from_error(e)?, load(&ctx).await?);
            let form = view::types(&frame, &found, (&input, &faults));
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, form))
        }
    }
}

async fn load_one(ctx: &Ctx, id: ServiceId) -> Result<view::TypePage> {
    ctx.db
        .read(move |c| {
            Ok(view::TypePage {
                kind: recalls::get_type(c, id)?,
                types: recalls::list_types(c)?,
                zone: clinic::the_site(c)?.tz(),
                last: staff::last_change(c, "recall_types", Some(id.0))?,
            })
        })
        .await
}

async fn show(ctx: Ctx, frame: Frame, id: web::Path<ServiceId>) -> Result<Markup> {
    let found = load_one(&ctx, *id).await?;
    let input = stored(&found.kind);
    let form = Form {
        lang: frame.lang,
        input: &input,
        faults: &Faults::default(),
    };
    Ok(view::type_form(&frame, &found, form, None))
}

fn stored(kind: &RecallType) -> Input {
    let age = |n: Option<i32>| n.map(|n| n.to_string()).unwrap_or_default();
    let mut pairs = vec![
        ("version", kind.version.to_string()),
        ("age_from", age(kind.age_from)),
        ("age_until", age(kind.age_until)),
        ("exclusive", kind.exclusive.clone()),
        ("rank", kind.rank.to_string()),
    ];
    pairs.extend(kind.started_by().iter().map(|t| ("triggers", t.to_string())));
    let mut input = Input::from_pairs(pairs);
    set_interval(&mut input, "high", kind.high);
    set_interval(&mut input, "low", kind.low);
    input
}

fn read(input: &Input, faults: &mut Faults) -> Wanted {
    let triggers = input.all("triggers");
    Wanted {
        high: parts(input, "high", faults),
        low: parts(input, "low", faults),
        age_from: input.parse("age_from", faults),
        age_until: input.parse("age_until", faults),
        exclusive: input.get("exclusive").to_owned(),
        rank: input.parse("rank", faults),
        triggers: triggers.into_iter().filter_map(|t| t.parse().ok()).collect(),
    }
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<ServiceId>, input: Input) -> Result<HttpResponse> {
    let (now, found) = (ctx.now(), load_one(&ctx, *id).await?);
    let mut faults = Faults::default();
    let wanted = read(&input, &mut faults);
    let wanted = wanted.read(&found.kind, &found.types, version(&input)?, &mut faults);
    let agreed = input.get("agreed").parse().ok();
    let done = match faults.finish() {
        Ok(()) => actions::change_type(&ctx.db, now, actor, wanted, agreed).await,
        Err(e) => Err(e),
    };
    match done {
        Ok(Saved::Done) => {
            actions::recalculate(&ctx.db, now, STEPS_AT_ONCE).await?;
            Ok(see_other(&format!("/settings/recall/{}?saved=type#type", *id)))
        }
        Ok(Saved::Same) => Ok(see_other(&format!("/settings/recall/{}?same=type#type", *id))),
        Ok(Saved::Ask(foreseen)) => {
            let form = (&input, &Faults::default());
            Ok(again(&frame, &found, form, Some(foreseen)))
        }
        Err(e) => Ok(again(&frame, &found, (&input, &Faults::from_error(e)?), None)),
    }
}

fn again(frame: &Frame, found: &view::TypePage, form: (&Input, &Faults), ask: Option<Foreseen>) -> HttpResponse {
    let status = match ask {
        Some(_) => StatusCode::CONFLICT,
        None => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let form = Form {
        lang: frame.lang,
        input: form.0,
        faults: form.1,
    };
    page(status, view::type_form(frame, found, form, ask))
}
