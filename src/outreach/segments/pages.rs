//! `/segments`: the list, the form with its rows of conditions, and a segment as a list to be worked.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::campaigns;
use super::actions::{self, NewSegment};
use super::model::{Definition, Known, Mark, Preset, Rows, SegmentId, field_name};
use super::store::{self, Moment};
use super::views::{self, Sheet, WorkPage};
use crate::clinic;
use crate::patients::PatientId;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer_page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, DESK, MANAGERS};

/// Members on a page.
const ROWS: usize = 50;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/segments").route(staff::get(DESK, list)))
        .service(
            web::resource("/segments/new")
                .route(staff::get(MANAGERS, new_page))
                .route(staff::post(MANAGERS, add)),
        )
        .service(web::resource("/segments/look").route(staff::post(MANAGERS, look)))
        .service(web::resource("/segments/{id}").route(staff::get(DESK, work)))
        .service(web::resource("/segments/{id}/count").route(staff::get(DESK, count)))
        .service(
            web::resource("/segments/{id}/edit")
                .route(staff::get(MANAGERS, edit_page))
                .route(staff::post(MANAGERS, edit)),
        )
        .service(web::resource("/segments/{id}/remove").route(staff::post(MANAGERS, remove)))
        .service(web::resource("/segments/{id}/{step:archive|restore}").route(staff::post(MANAGERS, archive)))
        .service(web::resource("/segments/{id}/round").route(staff::post(MANAGERS, round)))
        .service(web::resource("/segments/{id}/marks").route(staff::post(DESK, mark)));
}

async fn list(ctx: Ctx, frame: Frame, actor: Actor) -> Result<Markup> {
    let (segments, known) = ctx.db.read(|c| Ok((store::list_segments(c)?, Known::load(c)?))).await?;
    Ok(views::list(&frame, &segments, &known, actor.role))
}

async fn count(ctx: Ctx, frame: Frame, id: web::Path<SegmentId>) -> Result<Markup> {
    let (now, id) = (ctx.now(), *id);
    let count = ctx
        .db
        .read(move |c| {
            let segment = store::get_segment(c, id)?;
            let moment = Moment::at(c, now)?;
            store::count(c, &segment.definition, moment)
        })
        .await?;
    Ok(views::people(frame.lang, count))
}

/// What a form was sent with.
struct Typed {
    input: Input,
    rows: Rows,
    faults: Faults,
}

impl Typed {
    fn definition(&mut self) -> Definition {
        self.rows.read(&mut self.faults)
    }
}

/// The form, with who is meant where that can be told.
async fn show(
    ctx: &Ctx,
    frame: &Frame,
    actor: &Actor,
    id: Option<SegmentId>,
    typed: Typed,
) -> Result<(StatusCode, Markup)> {
    let (now, by) = (ctx.now(), actor.clone());
    let wrong = !typed.faults.0.is_empty();
    let mut own = Faults::default();
    let definition = typed.rows.read(&mut own);
    let sheet = ctx
        .db
        .read(move |c| {
            let known = Known::load(c)?;
            definition.check(&known, field_name, &mut own);
            actions::check_role(&by, &definition, field_name, &mut own);
            let found = match own.0.is_empty() {
                true => Some(actions::look(c, now, &definition, &known)?),
                false => None,
            };
            Ok(Sheet {
                segment: id.map(|id| store::get_segment(c, id)).transpose()?,
                last: match id {
                    Some(id) => staff::last_change(c, "segments", Some(id.0))?,
                    None => None,
                },
                zone: clinic::the_site(c)?.tz(),
                definition,
                known,
                found,
            })
        })
        .await?;
    if let Some(found) = &sheet.found {
        staff::read_of_list(&ctx.db, now, actor, "segments", found.sample.len()).await?;
    }
    let status = if wrong {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let drawn = views::form(frame, &sheet, (&typed.input, &typed.rows, &typed.faults), actor.role);
    Ok((status, drawn))
}

async fn new_page(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    query: web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse> {
    let asked = Input::from_pairs(query.into_inner());
    let preset: Option<Preset> = asked.get("like").parse().ok();
    let mut input = Input::default();
    let rows = match preset {
        Some(preset) => {
            input.set("name", preset.name().zh);
            input.set("name_en", preset.name().en);
            Rows::of(&preset.definition())
        }
        None => Rows::sent(&input),
    };
    let faults = Faults::default();
    let (status, page) = show(&ctx, &frame, &actor, None, Typed { input, rows, faults }).await?;
    Ok(answer_page(status, page))
}

async fn edit_page(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<SegmentId>) -> Result<HttpResponse> {
    let id = *id;
    let segment = ctx.db.read(move |c| store::get_segment(c, id)).await?;
    if !segment.definition.is_open_to(actor.role) {
        return Err(Error::Forbidden);
    }
    let input = Input::from_pairs([
        ("version", segment.version.to_string()),
        ("name", segment.name),
        ("name_en", segment.name_en),
    ]);
    let (rows, faults) = (Rows::of(&segment.definition), Faults::default());
    let (status, page) = show(&ctx, &frame, &actor, Some(id), Typed { input, rows, faults }).await?;
    Ok(answer_page(status, page))
}

/// What a button of the form asks for, besides saving: rows are added and taken away, and nothing typed is lost.
fn pressed(input: Input) -> (Typed, bool) {
    let mut rows = Rows::sent(&input);
    let button = input.get("do").to_owned();
    let only_rows = rows.press(&button, &input) || button == "look";
    let faults = Faults::default();
    (Typed { input, rows, faults }, only_rows)
}

fn wanted(typed: &mut Typed) -> Result<NewSegment> {
    let definition = typed.definition();
    std::mem::take(&mut typed.faults).finish()?;
    Ok(NewSegment {
        name: typed.input.get("name").to_owned(),
        name_en: typed.input.get("name_en").to_owned(),
        definition,
    })
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let (mut typed, only_rows) = pressed(input);
    if !only_rows {
        let (now, by) = (ctx.now(), actor.clone());
        let made = match wanted(&mut typed) {
            Ok(new) => {
                let add = move |c: &mut Conn| actions::add(c, now, &by, new, field_name);
                ctx.db.write(add).await
            }
            Err(e) => Err(e),
        };
        match made {
            Ok(id) => return Ok(see_other(&format!("/segments/{id}?saved=1"))),
            Err(e) => typed.faults = Faults::from_error(e)?,
        }
    }
    let (status, page) = show(&ctx, &frame, &actor, None, typed).await?;
    Ok(answer_page(status, page))
}

fn version(input: &Input) -> Result<i64> {
    let mut faults = Faults::default();
    let version = input.need("version", &mut faults);
    faults.finish()?;
    Ok(version.unwrap_or_default())
}

async fn edit(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<SegmentId>, input: Input) -> Result<HttpResponse> {
    let (id, at) = (*id, version(&input)?);
    let (mut typed, only_rows) = pressed(input);
    if !only_rows {
        let (now, by) = (ctx.now(), actor.clone());
        let done = match wanted(&mut typed) {
            Ok(to) => {
                let change = move |c: &mut Conn| actions::change(c, now, &by, (id, at), (to, field_name));
                ctx.db.write(change).await
            }
            Err(e) => Err(e),
        };
        match done {
            Ok(()) => return Ok(see_other(&format!("/segments/{id}?saved=1"))),
            Err(e) => typed.faults = Faults::from_error(e)?,
        }
    }
    let (status, page) = show(&ctx, &frame, &actor, Some(id), typed).await?;
    Ok(answer_page(status, page))
}

/// Who is meant by what is typed so far.
async fn look(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<Markup> {
    let (now, by, rows) = (ctx.now(), actor.clone(), Rows::sent(&input));
    let (sentence, found) = ctx
        .db
        .read(move |c| {
            let (known, mut faults) = (Known::load(c)?, Faults::default());
            let definition = rows.read(&mut faults);
            definition.check(&known, field_name, &mut faults);
            actions::check_role(&by, &definition, field_name, &mut faults);
            let found = match faults.0.is_empty() {
                true => Some(actions::look(c, now, &definition, &known)?),
                false => None,
            };
            Ok((definition.text(&known, frame.lang), found))
        })
        .await?;
    if let Some(found) = &found {
        staff::read_of_list(&ctx.db, now, &actor, "segments", found.sample.len()).await?;
    }
    Ok(views::found(frame.lang, &sentence, found.as_ref()))
}

async fn work(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<SegmentId>,
    query: web::Query<Vec<(String, String)>>,
) -> Result<Markup> {
    let (now, id, input) = (ctx.now(), *id, Input::from_pairs(query.into_inner()));
    let everybody = input.get("show") == "all";
    let after = input.get("after").parse().ok().map(PatientId);
    let page = ctx
        .db
        .read(move |c| {
            let (segment, moment) = (store::get_segment(c, id)?, Moment::at(c, now)?);
            let mut ids = if everybody {
                let limit = i64::try_from(ROWS + 1).unwrap_or(0);
                store::page_of(c, &segment.definition, moment, (after, limit))?
            } else {
                store::to_work(c, &segment, moment, (after, ROWS + 1))?
            };
            let more = ids.len() > ROWS;
            ids.truncate(ROWS);
            Ok(WorkPage {
                next: ids.last().copied().filter(|_| more),
                members: store::work_page(c, id, now, &ids)?,
                count: store::count(c, &segment.definition, moment)?,
                marked: store::count_marked(c, id)?,
                campaigns: campaigns::of_segment(c, id)?,
                known: Known::load(c)?,
                last: staff::last_change(c, "segments", Some(id.0))?,
                moment,
                segment,
                everybody,
            })
        })
        .await?;
    staff::read_of_list(&ctx.db, now, &actor, "segments", page.members.len()).await?;
    Ok(views::work(&frame, &page, &input, actor.role))
}

async fn mark(ctx: Ctx, actor: Actor, id: web::Path<SegmentId>, input: Input) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), *id);
    let mut faults = Faults::default();
    let patient: Option<PatientId> = input.need("patient", &mut faults);
    let mark: Option<Mark> = input.parse("mark", &mut faults);
    faults.finish()?;
    let who = (id, patient.unwrap_or(PatientId(0)));
    ctx.db.write(move |c| actions::mark(c, now, &actor, who, mark)).await?;
    let show = if input.get("show") == "all" { "?show=all" } else { "" };
    Ok(see_other(&format!("/segments/{id}{show}")))
}

async fn round(ctx: Ctx, actor: Actor, id: web::Path<SegmentId>, input: Input) -> Result<HttpResponse> {
    let (now, id, at) = (ctx.now(), *id, version(&input)?);
    ctx.db
        .write(move |c| actions::new_round(c, now, &actor, (id, at)))
        .await?;
    Ok(see_other(&format!("/segments/{id}")))
}

async fn remove(ctx: Ctx, actor: Actor, id: web::Path<SegmentId>, input: Input) -> Result<HttpResponse> {
    let (now, id, at) = (ctx.now(), *id, version(&input)?);
    ctx.db.write(move |c| actions::remove(c, now, &actor, (id, at))).await?;
    Ok(see_other("/segments"))
}

async fn archive(ctx: Ctx, actor: Actor, path: web::Path<(SegmentId, String)>, input: Input) -> Result<HttpResponse> {
    let (now, (id, step), at) = (ctx.now(), path.into_inner(), version(&input)?);
    ctx.db
        .write(move |c| actions::archive(c, now, &actor, (id, at), step == "archive"))
        .await?;
    Ok(see_other("/segments"))
}
