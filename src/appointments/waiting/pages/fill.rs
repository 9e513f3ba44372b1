//! Filling one freed time.

use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::actions::{self, Answered, Asking};
use super::super::model::{OfferId, SlotId};
use super::super::store;
use super::super::views::fill as view;
use crate::patients;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer_page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor};

async fn show(ctx: &Ctx, frame: &Frame, actor: &Actor, id: SlotId, (input, faults): (Input, Faults)) -> Result<Markup> {
    let (now, frame) = (ctx.now(), frame.clone());
    let page = ctx
        .db
        .read(move |c| {
            let filling = actions::filling(c, now, id)?;
            let mut offers = Vec::new();
            for offer in store::offers_of(c, id)? {
                let patient = patients::get_patient(c, offer.patient_id)?;
                offers.push((offer, patient));
            }
            Ok(view::Page {
                now,
                filling,
                offers,
                input,
                faults,
            })
        })
        .await?;
    let rows = page.offers.len() + page.filling.candidates.len();
    staff::read_of_list(&ctx.db, now, actor, "freed_slots", rows).await?;
    Ok(view::page(&frame, &page))
}

pub(super) async fn page(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<SlotId>,
    query: web::Query<Vec<(String, String)>>,
) -> Result<Markup> {
    let input = Input::from_pairs(query.into_inner());
    show(&ctx, &frame, &actor, *id, (input, Faults::default())).await
}

pub(super) async fn start(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<SlotId>,
    input: Input,
) -> Result<HttpResponse> {
    let (now, by, id) = (ctx.now(), actor.clone(), *id);
    let done = match read(&input) {
        Ok(asking) => {
            ctx.db
                .write(move |c| actions::start(c, now, &by, (id, None), &asking))
                .await
        }
        Err(e) => Err(e),
    };
    match done {
        Ok(()) => Ok(back(id, "asked")),
        Err(e @ (Error::Invalid(_) | Error::Conflict { .. })) => again(&ctx, (&frame, &actor), id, input, e).await,
        Err(e) => Err(e),
    }
}

fn read(input: &Input) -> Result<Asking> {
    let mut faults = Faults::default();
    let all = i32::try_from(input.all("who").len()).unwrap_or(1);
    let batch = match input.get("batch") {
        "all" => Some(all.max(1)),
        _ => input.need("batch", &mut faults),
    };
    let minutes = input.need("minutes", &mut faults);
    faults.finish()?;
    Ok(Asking {
        who: input.all("who").into_iter().map(str::to_owned).collect(),
        batch: batch.unwrap_or(1),
        minutes: minutes.unwrap_or(0),
    })
}

fn back(id: SlotId, word: &str) -> HttpResponse {
    see_other(&format!("/waiting-list/fill/{id}?done={word}"))
}

async fn again(
    ctx: &Ctx,
    (frame, actor): (&Frame, &Actor),
    id: SlotId,
    input: Input,
    e: Error,
) -> Result<HttpResponse> {
    let (status, text) = (e.status(), e.text());
    let mut faults = Faults::default();
    match e {
        Error::Invalid(list) => faults = Faults(list),
        other => faults.add("who", other.code(), text.zh, text.en),
    }
    let markup = show(ctx, frame, actor, id, (input, faults)).await?;
    Ok(answer_page(status, markup))
}

/// The desk ends the offering, or puts the time away.
pub(super) async fn end(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    path: web::Path<(SlotId, String)>,
) -> Result<HttpResponse> {
    let ((id, what), now, by) = (path.into_inner(), ctx.now(), actor.clone());
    let dismiss = what == "dismiss";
    let done = ctx
        .db
        .write(move |c| {
            if dismiss {
                actions::dismiss(c, now, &by, (id, None))
            } else {
                actions::stop(c, now, &by, (id, None))
            }
        })
        .await;
    match done {
        Ok(()) if dismiss => Ok(see_other("/waiting-list?done=dismissed")),
        Ok(()) => Ok(back(id, "stopped")),
        Err(e @ Error::Conflict { .. }) => again(&ctx, (&frame, &actor), id, Input::default(), e).await,
        Err(e) => Err(e),
    }
}

/// What somebody said on the telephone.
pub(super) async fn answer(ctx: Ctx, actor: Actor, path: web::Path<(OfferId, String)>) -> Result<HttpResponse> {
    let ((id, what), now) = (path.into_inner(), ctx.now());
    let offer = ctx.db.read(move |c| store::get_offer(c, id)).await?;
    if what == "decline" {
        actions::decline(&ctx.db, now, actor, id, false).await?;
        return Ok(back(offer.slot_id, "declined"));
    }
    match actions::accept(&ctx.db, now, actor, id).await? {
        Answered::Booked(_) => Ok(back(offer.slot_id, "accepted")),
        Answered::Taken => Ok(back(offer.slot_id, "taken")),
    }
}
