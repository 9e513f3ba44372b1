//! `/settings/services`

use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::model::{self, BookingRules, ProviderId, Service, ServiceId};
use super::super::{actions, store, views};
use super::{Again, Shown, answer, back, by, rules, settle, typed};
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

/// Longest code of a service.
const CODE_MAX: usize = 40;
/// When follow-up calls are due unless somebody says otherwise: 10:00.
const FOLLOW_UP_AT: i32 = 600;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(web::resource("/settings/services").route(staff::get(only, list)))
        .service(
            web::resource("/settings/services/new")
                .route(staff::get(only, new_page))
                .route(staff::post(only, add)),
        )
        .service(
            web::resource("/settings/services/{id}")
                .route(staff::get(only, edit_page))
                .route(staff::post(only, save)),
        );
}

async fn list(ctx: Ctx, frame: Frame) -> Result<Markup> {
    let (services, site, does) = ctx
        .db
        .read(|c| {
            let does = store::list_service_providers(c)?;
            Ok((store::list_services(c, true)?, store::the_site(c)?, does))
        })
        .await?;
    Ok(views::services::list(&frame, &site, &services, &does))
}

async fn new_page(ctx: Ctx, frame: Frame) -> Result<HttpResponse> {
    show(&ctx, &frame, None, None).await
}

async fn edit_page(ctx: Ctx, frame: Frame, id: web::Path<ServiceId>) -> Result<HttpResponse> {
    show(&ctx, &frame, Some(*id), None).await
}

async fn show(ctx: &Ctx, frame: &Frame, id: Option<ServiceId>, again: Option<Again>) -> Result<HttpResponse> {
    let (sheet, by) = ctx
        .db
        .read(move |c| {
            let service = id.map(|id| store::get_service(c, id)).transpose()?;
            let last = match id {
                Some(id) => staff::last_change(c, "services", Some(id.0))?,
                None => None,
            };
            let clinic = store::snapshot(c)?;
            let sheet = views::services::Sheet {
                service,
                site: clinic.site.clone(),
                providers: clinic.providers.clone(),
                rules: id.map_or_else(BookingRules::default, |id| clinic.rules(id).clone()),
                chair_kinds: clinic.chair_kinds().into_iter().map(str::to_owned).collect(),
                scripts: store::list_scripts(c)?,
                last,
            };
            Ok((sheet, clinic.does.clone()))
        })
        .await?;
    let shown = Shown::of(again.as_ref(), "service", || {
        let mut pairs = match &sheet.service {
            Some(s) => pairs_of(s, &by),
            None => blank(&sheet.providers),
        };
        pairs.extend(rules::pairs_of_rules(&sheet.rules));
        Input::from_pairs(pairs)
    });
    Ok(answer(again.as_ref(), views::services::edit(frame, &sheet, &shown)))
}

/// A new service: a usual one, done by everybody until somebody says otherwise.
fn blank(providers: &[model::Provider]) -> Vec<(&'static str, String)> {
    let mut pairs: Vec<(&'static str, String)> = [
        ("minutes", "30"),
        ("buffer_before", "0"),
        ("buffer_after", "0"),
        ("colour", "#3b78df"),
        ("price", "0.00"),
        ("follow_up_at", "10:00"),
        ("active", "1"),
    ]
    .into_iter()
    .map(|(name, value)| (name, value.to_owned()))
    .collect();
    pairs.extend(
        providers
            .iter()
            .filter(|p| p.active)
            .map(|p| ("providers", p.id.to_string())),
    );
    pairs
}

fn pairs_of(s: &Service, by: &[(ServiceId, ProviderId)]) -> Vec<(&'static str, String)> {
    let optional = |n: Option<i32>| n.map(|n| n.to_string()).unwrap_or_default();
    let mut pairs = vec![
        ("name", s.name.clone()),
        ("name_en", s.name_en.clone()),
        ("minutes", s.minutes.to_string()),
        ("buffer_before", s.buffer_before.to_string()),
        ("buffer_after", s.buffer_after.to_string()),
        ("colour", s.colour.clone()),
        ("price", model::show_price(s.price_minor)),
        ("recall_months", optional(s.recall_months)),
        ("follow_up_days", optional(s.follow_up_days)),
        ("follow_up_at", model::show_minute(s.follow_up_minute)),
        ("follow_up_script", s.follow_up_script.clone().unwrap_or_default()),
    ];
    pairs.extend(
        by.iter()
            .filter(|(id, _)| *id == s.id)
            .map(|(_, p)| ("providers", p.to_string())),
    );
    if s.active {
        pairs.push(("active", "1".to_owned()));
    }
    pairs
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    write(ctx, frame, actor, (None, input)).await
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<ServiceId>, input: Input) -> Result<HttpResponse> {
    write(ctx, frame, actor, (Some(*id), input)).await
}

async fn write(ctx: Ctx, frame: Frame, actor: Actor, (id, input): (Option<ServiceId>, Input)) -> Result<HttpResponse> {
    let (by, typed) = (by(&ctx, actor, &input), input.clone());
    let done = ctx
        .db
        .write(move |c| {
            let clinic = store::snapshot(c)?;
            let mut faults = Faults::default();
            let mut service = read(&typed, id, &mut faults);
            if id.is_none() && service.code.is_empty() {
                let taken: Vec<String> = clinic.services.iter().map(|s| s.code.clone()).collect();
                service.code = model::code_for(&service.name_en, &taken);
            }
            if service.follow_up_days.is_some()
                && service.follow_up_script.is_none()
                && !store::list_scripts(c)?.is_empty()
            {
                faults.require("follow_up_script");
            }
            let by_whom = chosen(
                &typed,
                "providers",
                &clinic.providers.iter().map(|p| p.id).collect::<Vec<_>>(),
                &mut faults,
            );
            let before = clinic.rules(service.id);
            let rules = rules::read_rules(&typed, before, service.minutes, &mut faults);
            faults.finish()?;
            actions::save_service(c, &by, &service, &by_whom, &rules)
        })
        .await;
    let (outcome, made) = match done {
        Ok((outcome, made)) => (Ok(outcome), Some(made)),
        Err(e) => (Err(e), None),
    };
    match (settle(outcome, "service", input)?, made) {
        (Ok(word), Some(made)) => Ok(back(&format!("/settings/services/{made}"), word, "service")),
        (Ok(_), None) => Ok(back("/settings/services", "saved", "service")),
        (Err(again), _) => show(&ctx, &frame, id, Some(again)).await,
    }
}

/// The ticked ids of a repeated field, which must be there.
pub(super) fn chosen<T: std::str::FromStr + PartialEq + Copy + Ord>(
    input: &Input,
    field: &str,
    known: &[T],
    faults: &mut Faults,
) -> Vec<T> {
    let texts = input.all(field);
    let mut ids: Vec<T> = texts
        .iter()
        .filter_map(|t| t.parse().ok())
        .filter(|id| known.contains(id))
        .collect();
    if ids.len() != texts.len() {
        faults.add(field, "invalid", "有一项已不存在", "One of them is no longer there");
    }
    ids.sort();
    ids.dedup();
    ids
}

fn read(input: &Input, id: Option<ServiceId>, faults: &mut Faults) -> Service {
    let (name, name_en) = typed::names(input, faults);
    Service {
        id: id.unwrap_or(ServiceId(0)),
        code: if id.is_none() {
            code(input, faults)
        } else {
            String::new()
        },
        name,
        name_en,
        minutes: typed::needed_number(input, "minutes", 5..=480, faults),
        buffer_before: typed::needed_number(input, "buffer_before", 0..=120, faults),
        buffer_after: typed::needed_number(input, "buffer_after", 0..=120, faults),
        colour: colour(input, faults),
        price_minor: price(input, faults),
        recall_months: typed::number(input, "recall_months", 1..=60, faults),
        follow_up_days: typed::number(input, "follow_up_days", 0..=365, faults),
        follow_up_minute: minute(input, faults),
        follow_up_script: Some(input.get("follow_up_script").to_owned()).filter(|s| !s.is_empty()),
        position: 0,
        active: input.ticked("active"),
    }
}

/// The form has no code: one is made. A program may send its own.
fn code(input: &Input, faults: &mut Faults) -> String {
    let text = input.get("code");
    let well = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !well || text.len() > CODE_MAX {
        faults.add(
            "code",
            "invalid",
            "代码只能用小写字母、数字和 -",
            "A code has lower-case letters, digits and - only",
        );
    }
    text.to_owned()
}

fn colour(input: &Input, faults: &mut Faults) -> String {
    let text = input.get("colour").to_lowercase();
    if !model::is_colour(&text) {
        faults.add(
            "colour",
            "invalid",
            "颜色的格式是 #3b78df",
            "A colour is written like #3b78df",
        );
    }
    text
}

fn price(input: &Input, faults: &mut Faults) -> i64 {
    let text = input.get("price");
    if text.is_empty() {
        faults.require("price");
        return 0;
    }
    model::parse_price(text).unwrap_or_else(|| {
        faults.add(
            "price",
            "invalid",
            "请填金额，例如 280 或 280.50",
            "An amount such as 280 or 280.50",
        );
        0
    })
}

fn minute(input: &Input, faults: &mut Faults) -> i32 {
    const LAST: i32 = 1439;
    match input.get("follow_up_at") {
        "" => FOLLOW_UP_AT,
        text => model::parse_minute(text).filter(|m| *m <= LAST).unwrap_or_else(|| {
            faults.add(
                "follow_up_at",
                "invalid",
                "时间的格式是 10:00",
                "A time is written like 10:00",
            );
            FOLLOW_UP_AT
        }),
    }
}
