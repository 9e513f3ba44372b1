//! `/recall/{id}`: what people set of a recall, and taking it back.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::super::super::actions;
use super::super::super::model::{Edit, Recall, RecallId};
use super::super::super::store::recalls;
use super::super::super::views::recall as view;
use super::fields::{parts, set_interval};
use super::version;
use crate::clinic;
use crate::patients;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page, see_other};
use crate::platform::web::form::{Faults, Form, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, EVERYONE};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::resource("/recall/{id:\\d+}")
            .route(staff::get(EVERYONE, show))
            .route(staff::post(EVERYONE, save)),
    )
    .service(web::resource("/recall/{id:\\d+}/undo").route(staff::post(EVERYONE, undo)));
}

async fn load(ctx: &Ctx, id: RecallId) -> Result<view::EditPage> {
    let now = ctx.now();
    ctx.db.read(move |c| load_in(c, now, id)).await
}

fn load_in(c: &mut Conn, now: Instant, id: RecallId) -> Result<view::EditPage> {
    let recall = recalls::get_recall(c, id)?;
    let steps = actions::explain(c, now, recall.patient_id)?;
    let step = steps.into_iter().find(|s| s.row.as_ref().is_some_and(|r| r.id == id));
    let kind = recalls::get_type(c, recall.service_id)?;
    Ok(view::EditPage {
        today: now.day(clinic::the_site(c)?.tz()),
        patient: patients::get_patient(c, recall.patient_id)?,
        last_visit: recalls::counted_day(c, &recall)?,
        provider: recalls::counted_provider(c, &recall)?,
        risk: recalls::find_risk(c, recall.patient_id)?,
        types: recalls::list_types(c)?,
        ended: step.and_then(|s| s.ended),
        kind,
        recall,
    })
}

async fn show(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<i64>) -> Result<HttpResponse> {
    let found = load(&ctx, RecallId(*id)).await?;
    staff::read_of_record(&ctx.db, ctx.now(), &actor, "recalls", found.patient.id.0).await?;
    let form = (&stored(&found.recall), &Faults::default());
    Ok(draw(&frame, &found, form, None))
}

fn draw(frame: &Frame, found: &view::EditPage, form: (&Input, &Faults), stale: Option<&Text>) -> HttpResponse {
    let status = match stale {
        Some(_) => StatusCode::CONFLICT,
        None if form.1.0.is_empty() => StatusCode::OK,
        None => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let form = Form {
        lang: frame.lang,
        input: form.0,
        faults: form.1,
    };
    page(status, view::edit(frame, found, form, stale))
}

fn stored(recall: &Recall) -> Input {
    let edit = Edit::of(recall);
    let day = |d: Option<chrono::NaiveDate>| d.map(|d| d.to_string()).unwrap_or_default();
    let mut input = Input::from_pairs([
        ("version", recall.version.to_string()),
        ("due_on", day(edit.due_on)),
        ("paused_until", day(edit.paused_until)),
        ("reason", edit.reason.clone()),
        ("note", edit.note.clone()),
    ]);
    set_interval(&mut input, "own", edit.own());
    for (name, on) in [("off", edit.off), ("declined", edit.declined)] {
        if on {
            input.set(name, "1");
        }
    }
    input
}

fn read(input: &Input) -> Result<Edit> {
    let mut faults = Faults::default();
    let own = parts(input, "own", &mut faults);
    let own = actions::interval("own", own, &mut faults);
    let edit = Edit {
        due_on: input.parse("due_on", &mut faults),
        months: own.map(|i| i.months),
        days: own.map(|i| i.days),
        paused_until: input.parse("paused_until", &mut faults),
        off: input.ticked("off"),
        declined: input.ticked("declined"),
        reason: input.get("reason").trim().to_owned(),
        note: input.get("note").trim().to_owned(),
    };
    faults.finish()?;
    Ok(edit)
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<i64>, input: Input) -> Result<HttpResponse> {
    let id = RecallId(*id);
    let step = (id, version(&input)?);
    let done = match read(&input) {
        Ok(edit) => actions::edit(&ctx.db, ctx.now(), actor, step, edit).await,
        Err(e) => Err(e),
    };
    let e = match done {
        Ok(recall) if recall.version == step.1 => return Ok(see_other(&format!("/recall/{id}?same=1"))),
        Ok(_) => return Ok(see_other(&format!("/recall/{id}?saved=1"))),
        Err(e) => e,
    };
    let found = load(&ctx, id).await?;
    match e {
        // What was typed stays; saving once more is done on what is there by now.
        Error::Conflict { text, .. } => {
            let mut input = input;
            input.set("version", found.recall.version.to_string());
            Ok(draw(&frame, &found, (&input, &Faults::default()), Some(&text)))
        }
        e => {
            let faults = Faults::from_error(e)?;
            Ok(draw(&frame, &found, (&input, &faults), None))
        }
    }
}

async fn undo(ctx: Ctx, actor: Actor, id: web::Path<i64>, input: Input) -> Result<HttpResponse> {
    let id = RecallId(*id);
    actions::undo_edit(&ctx.db, ctx.now(), actor, (id, version(&input)?)).await?;
    Ok(see_other(&format!("/recall/{id}?undone=1")))
}
