//! `/settings/providers`: who treats, and what they do.

use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::model::{Chair, ChairId, Provider, ProviderId, ProviderKind, ServiceId, Whose};
use super::super::views::providers::{Card, Sheet};
use super::super::{actions, store, views};
use super::services::chosen;
use super::{Again, Shown, answer, back, by, settle, times, typed};
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(web::resource("/settings/providers").route(staff::get(only, list)))
        .service(
            web::resource("/settings/providers/new")
                .route(staff::get(only, new_page))
                .route(staff::post(only, add)),
        )
        .service(
            web::resource("/settings/providers/{id}")
                .route(staff::get(only, edit_page))
                .route(staff::post(only, save)),
        );
}

async fn list(ctx: Ctx, frame: Frame) -> Result<Markup> {
    let now = ctx.now();
    let list = ctx
        .db
        .read(move |c| {
            let today = now.day(store::the_site(c)?.tz());
            Ok(views::providers::List {
                today,
                providers: store::list_providers(c, true)?,
                chairs: store::list_chairs(c, true)?,
                setup: store::load_setup(c, 0, false)?,
            })
        })
        .await?;
    Ok(views::providers::list(&frame, &list))
}

async fn new_page(ctx: Ctx, frame: Frame) -> Result<HttpResponse> {
    show(&ctx, &frame, None, None).await
}

async fn edit_page(ctx: Ctx, frame: Frame, id: web::Path<ProviderId>) -> Result<HttpResponse> {
    show(&ctx, &frame, Some(*id), None).await
}

pub(super) async fn show(
    ctx: &Ctx,
    frame: &Frame,
    id: Option<ProviderId>,
    again: Option<Again>,
) -> Result<HttpResponse> {
    let now = ctx.now();
    let sheet = ctx.db.read(move |c| load(c, id, now)).await?;
    let again = again.as_ref();
    let data = Shown::of(again, "provider", || data_input(&sheet));
    let forms = sheet.card.as_ref().map(|card| times::forms(&card.times, again));
    let page = views::providers::edit(frame, &sheet, &data, forms.as_ref());
    Ok(answer(again, page))
}

fn load(c: &mut Conn, id: Option<ProviderId>, now: Instant) -> Result<Sheet> {
    let card = match id {
        None => None,
        Some(id) => Some(Card {
            provider: store::get_provider(c, id)?,
            last: staff::last_change(c, "providers", Some(id.0))?,
            times: times::load(c, Whose::Provider(id), now)?,
        }),
    };
    let clinic = store::snapshot(c)?;
    Ok(Sheet {
        card,
        does: id.map_or_else(Vec::new, |id| clinic.services_of(id).collect()),
        further: id.map_or_else(Vec::new, |id| clinic.further_chairs(id).collect()),
        site: clinic.site.clone(),
        chairs: clinic.chairs.clone(),
        services: clinic.services.clone(),
        users: staff::list_users(c)?,
    })
}

fn data_input(sheet: &Sheet) -> Input {
    if let Some(card) = &sheet.card {
        return input_of(&(card.provider.clone(), sheet.does.clone(), sheet.further.clone()));
    }
    Input::from_pairs([("kind", ProviderKind::Doctor.to_string()), ("active", "1".into())])
}

/// As [`read`] reads it.
pub(in crate::clinic) fn input_of((p, does, further): &Draft) -> Input {
    let mut pairs: Vec<(&str, String)> = does.iter().map(|s| ("services", s.to_string())).collect();
    pairs.extend(further.iter().map(|chair| ("further", chair.to_string())));
    pairs.extend([
        ("name", p.name.clone()),
        ("name_en", p.name_en.clone()),
        ("kind", p.kind.to_string()),
        ("speciality", p.speciality.clone()),
        ("speciality_en", p.speciality_en.clone()),
        ("chair", p.chair_id.to_string()),
        ("day_max", p.day_max.map(|n| n.to_string()).unwrap_or_default()),
        ("account", p.user_id.map(|u| u.to_string()).unwrap_or_default()),
    ]);
    if p.active {
        pairs.push(("active", "1".into()));
    }
    Input::from_pairs(pairs)
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    write(ctx, frame, actor, (None, input)).await
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<ProviderId>, input: Input) -> Result<HttpResponse> {
    write(ctx, frame, actor, (Some(*id), input)).await
}

async fn write(ctx: Ctx, frame: Frame, actor: Actor, (id, input): (Option<ProviderId>, Input)) -> Result<HttpResponse> {
    let (by, typed) = (by(&ctx, actor, &input), input.clone());
    let done = ctx
        .db
        .write(move |c| {
            let (provider, services, further) = read(c, &typed, id)?;
            actions::save_provider(c, &by, &provider, &services, &further)
        })
        .await;
    let (outcome, made) = match done {
        Ok((outcome, made)) => (Ok(outcome), Some(made)),
        Err(e) => (Err(e), None),
    };
    match (settle(outcome, "provider", input)?, made) {
        (Ok(word), Some(made)) => Ok(back(&format!("/settings/providers/{made}"), word, "provider")),
        (Ok(_), None) => Ok(back("/settings/providers", "saved", "provider")),
        (Err(again), _) => show(&ctx, &frame, id, Some(again)).await,
    }
}

/// A provider, what they do, and at which further chairs.
pub(in crate::clinic) type Draft = (Provider, Vec<ServiceId>, Vec<ChairId>);

/// A provider as it was typed; none: a new one.
pub(in crate::clinic) fn read(c: &mut Conn, input: &Input, id: Option<ProviderId>) -> Result<Draft> {
    let mut faults = Faults::default();
    let clinic = store::snapshot(c)?;
    let (name, name_en) = typed::names(input, &mut faults);
    let kind = input.need("kind", &mut faults);
    let before = id.map(|id| store::get_provider(c, id)).transpose()?;
    let chair = own_chair(input, &clinic.chairs, before.as_ref(), &mut faults);
    let user_id = input.parse("account", &mut faults);
    if let Some(user) = user_id
        && staff::find_user(c, user)?.is_none()
    {
        faults.add("account", "invalid", "没有这个账户", "There is no such account");
    }
    let known: Vec<ServiceId> = clinic.services.iter().map(|s| s.id).collect();
    let services = chosen(input, "services", &known, &mut faults);
    let had: Vec<ChairId> = id.map_or_else(Vec::new, |id| clinic.further_chairs(id).collect());
    let usable = clinic.chairs.iter().filter(|ch| ch.active || had.contains(&ch.id));
    let usable: Vec<ChairId> = usable.map(|ch| ch.id).collect();
    let mut further = chosen(input, "further", &usable, &mut faults);
    further.retain(|id| Some(*id) != chair);
    let provider = Provider {
        id: id.unwrap_or(ProviderId(0)),
        site_id: clinic.site.id,
        user_id,
        name,
        name_en,
        kind: kind.unwrap_or(ProviderKind::Doctor),
        speciality: typed::line(input, "speciality", &mut faults),
        speciality_en: typed::line(input, "speciality_en", &mut faults),
        chair_id: chair.unwrap_or(ChairId(0)),
        position: 0,
        active: input.ticked("active"),
        day_max: typed::number(input, "day_max", 1..=200, &mut faults),
    };
    faults.finish()?;
    Ok((provider, services, further))
}

/// The chair they work at: one in use, or the one they have.
fn own_chair(input: &Input, chairs: &[Chair], before: Option<&Provider>, faults: &mut Faults) -> Option<ChairId> {
    let kept = before.map(|p| p.chair_id);
    let usable = |ch: &&Chair| ch.active || Some(ch.id) == kept;
    let usable: Vec<ChairId> = chairs.iter().filter(usable).map(|ch| ch.id).collect();
    if usable.is_empty() {
        faults.add("chair", "required", "请先添加椅位", "Add a chair first");
        return None;
    }
    let chair = input.need("chair", faults);
    if chair.is_some_and(|id| !usable.contains(&id)) {
        faults.add("chair", "invalid", "这个椅位已停用", "This chair is not in use");
    }
    chair
}
