//! `/settings/online`: what patients may do by themselves, and what they choose from.

use actix_web::{HttpResponse, web};

use super::super::model::online::{BROKEN_DAYS, CHANGE_HOURS, COMPLAINTS_MAX, COUNTED, MOVES};
use super::super::model::{Complaint, OnlineRules};
use super::super::views::online::{Page, Sheet};
use super::super::{actions, store, views};
use super::{Again, Shown, answer, back, by, settle, typed};
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, ONLY_ADMINISTRATOR};

/// Minutes of an hour.
const HOUR: i32 = 60;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let only = ONLY_ADMINISTRATOR;
    cfg.service(
        web::resource("/settings/online")
            .route(staff::get(only, page))
            .route(staff::post(only, save)),
    )
    .service(web::resource("/settings/online/complaints").route(staff::post(only, add)))
    .service(
        web::resource("/settings/online/complaints/{id}")
            .route(staff::get(only, edit_page))
            .route(staff::post(only, change)),
    )
    .service(web::resource("/settings/online/complaints/{id}/remove").route(staff::post(only, remove)));
}

async fn page(ctx: Ctx, frame: Frame) -> Result<HttpResponse> {
    show(&ctx, &frame, None).await
}

async fn show(ctx: &Ctx, frame: &Frame, again: Option<Again>) -> Result<HttpResponse> {
    let address = ctx.config.server.url("/book");
    let page = ctx
        .db
        .read(move |c| {
            Ok(Page {
                clinic: store::snapshot(c)?,
                last: staff::last_change(c, "online_rules", None)?,
                last_complaint: staff::last_change(c, "complaints", None)?,
                address,
            })
        })
        .await?;
    let again = again.as_ref();
    let rules = Shown::of(again, "rules", || input_of_rules(&page.clinic.online));
    let next = page.clinic.complaints.len() + 1;
    let add = Shown::of(again, "complaints", || {
        Input::from_pairs([("position", next.to_string())])
    });
    Ok(answer(again, views::online::page(frame, &page, (&rules, &add))))
}

pub(in crate::clinic) fn input_of_rules(r: &OnlineRules) -> Input {
    let mut pairs = vec![
        ("change_hours", (r.change_minutes / HOUR).to_string()),
        ("moves_max", r.moves_max.to_string()),
        ("planned_max", r.planned_max.to_string()),
        ("broken_max", r.broken_max.map(|n| n.to_string()).unwrap_or_default()),
        ("broken_days", r.broken_days.to_string()),
    ];
    for (name, ticked) in [("open", r.open), ("new_patients", r.new_patients)] {
        if ticked {
            pairs.push((name, "1".to_owned()));
        }
    }
    Input::from_pairs(pairs)
}

pub(in crate::clinic) fn rules_of(input: &Input) -> Result<OnlineRules> {
    let mut faults = Faults::default();
    let rules = OnlineRules {
        open: input.ticked("open"),
        new_patients: input.ticked("new_patients"),
        change_minutes: typed::needed_number(input, "change_hours", CHANGE_HOURS, &mut faults) * HOUR,
        moves_max: typed::needed_number(input, "moves_max", MOVES, &mut faults),
        planned_max: typed::needed_number(input, "planned_max", COUNTED, &mut faults),
        broken_max: typed::number(input, "broken_max", COUNTED, &mut faults),
        broken_days: typed::needed_number(input, "broken_days", BROKEN_DAYS, &mut faults),
    };
    faults.finish().map(|()| rules)
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let (by, typed) = (by(&ctx, actor, &input), input.clone());
    let write = move |c: &mut _| actions::save_online_rules(c, &by, &rules_of(&typed)?);
    match settle(ctx.db.write(write).await, "rules", input)? {
        Ok(word) => Ok(back("/settings/online", word, "rules")),
        Err(again) => show(&ctx, &frame, Some(again)).await,
    }
}

/// A complaint as the form shows it.
pub(in crate::clinic) fn input_of_complaint(x: &Complaint) -> Input {
    let mut input = Input::from_pairs([
        ("name", x.name.clone()),
        ("name_en", x.name_en.clone()),
        ("service", x.service_id.to_string()),
        ("position", x.position.to_string()),
    ]);
    if x.urgent {
        input.set("urgent", "1");
    }
    input
}

/// A complaint as it was typed; one that is changed keeps its `id`.
pub(in crate::clinic) fn complaint_of(input: &Input, clinic: &store::Snapshot, id: i64) -> Result<Complaint> {
    let mut faults = Faults::default();
    let (name, name_en) = typed::names(input, &mut faults);
    let service = input.need("service", &mut faults);
    let known = service.filter(|s| clinic.find_service(*s).is_some());
    if service != known {
        faults.add("service", "invalid", "请从列表中选择", "Choose one of the list");
    }
    let complaint = Complaint {
        id,
        site_id: clinic.site.id,
        name,
        name_en,
        service_id: known.unwrap_or(super::super::model::ServiceId(0)),
        urgent: input.ticked("urgent"),
        position: typed::needed_number(input, "position", 1..=COMPLAINTS_MAX, &mut faults),
    };
    faults.finish().map(|()| complaint)
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let (by, typed) = (by(&ctx, actor, &input), input.clone());
    let write = move |c: &mut _| {
        let clinic = store::snapshot(c)?;
        let complaint = complaint_of(&typed, &clinic, 0)?;
        actions::save_complaint(c, &by, &complaint)
    };
    match settle(ctx.db.write(write).await, "complaints", input)? {
        Ok(word) => Ok(back("/settings/online", word, "complaints")),
        Err(again) => show(&ctx, &frame, Some(again)).await,
    }
}

async fn edit_page(ctx: Ctx, frame: Frame, id: web::Path<i64>) -> Result<HttpResponse> {
    edit(&ctx, &frame, *id, None).await
}

async fn edit(ctx: &Ctx, frame: &Frame, id: i64, again: Option<Again>) -> Result<HttpResponse> {
    let sheet = ctx
        .db
        .read(move |c| {
            let clinic = store::snapshot(c)?;
            let found = clinic.complaints.iter().find(|x| x.id == id).cloned();
            Ok(Sheet {
                complaint: found.ok_or(Error::NotFound("complaint"))?,
                last: staff::last_change(c, "complaints", Some(id))?,
                clinic,
            })
        })
        .await?;
    let shown = Shown::of(again.as_ref(), "complaint", || input_of_complaint(&sheet.complaint));
    Ok(answer(again.as_ref(), views::online::edit(frame, &sheet, &shown)))
}

async fn change(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<i64>, input: Input) -> Result<HttpResponse> {
    let (id, by, typed) = (*id, by(&ctx, actor, &input), input.clone());
    let write = move |c: &mut _| {
        let clinic = store::snapshot(c)?;
        if !clinic.complaints.iter().any(|x| x.id == id) {
            return Err(Error::NotFound("complaint"));
        }
        actions::save_complaint(c, &by, &complaint_of(&typed, &clinic, id)?)
    };
    match settle(ctx.db.write(write).await, "complaint", input)? {
        Ok(word) => Ok(back("/settings/online", word, "complaints")),
        Err(again) => edit(&ctx, &frame, id, Some(again)).await,
    }
}

async fn remove(ctx: Ctx, actor: Actor, id: web::Path<i64>, input: Input) -> Result<HttpResponse> {
    let (id, by) = (*id, by(&ctx, actor, &input));
    ctx.db.write(move |c| actions::remove_complaint(c, &by, id)).await?;
    Ok(back("/settings/online", "saved", "complaints"))
}
