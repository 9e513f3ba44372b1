//! `/campaigns`: the list, a draft with what it would do, and what became of one that was started.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use maud::Markup;

use super::super::model::{minute_text, parse_minute};
use super::super::segments::{self, SegmentId};
use super::actions::{self, NewCampaign, Step, Wanted};
use super::cause::CampaignCause;
use super::model::{Campaign, CampaignId, Pace, State, Turn};
use super::views::{self, Person, Sheet, Show};
use super::{planning, store};
use crate::clinic;
use crate::documents::{self, DocumentId};
use crate::messaging;
use crate::patients::PatientId;
use crate::platform::clock::Instant;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::links::PublicLinks;
use crate::platform::web::Ctx;
use crate::platform::web::answer::{page as answer_page, see_other};
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::staff::{self, Actor, DESK, MANAGERS};

/// The template with which a document goes to many.
const JOURNAL: &str = "campaign-journal";
/// People on a page.
const ROWS: i64 = 100;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/campaigns").route(staff::get(DESK, list)))
        .service(
            web::resource("/campaigns/new")
                .route(staff::get(MANAGERS, new_page))
                .route(staff::post(MANAGERS, add)),
        )
        .service(
            web::resource("/campaigns/{id}")
                .route(staff::get(DESK, one))
                .route(staff::post(MANAGERS, save)),
        )
        .service(web::resource("/campaigns/{id}/step").route(staff::post(MANAGERS, step)))
        .service(web::resource("/campaigns/{id}/remove").route(staff::post(MANAGERS, remove)));
}

async fn list(ctx: Ctx, frame: Frame, actor: Actor) -> Result<Markup> {
    let rows = ctx
        .db
        .read(|c| {
            let all = store::list_campaigns(c)?;
            let with = |c: &mut Conn, x: Campaign| store::count_turns(c, x.id).map(|(turns, _)| (x, turns));
            all.into_iter().map(|x| with(c, x)).collect::<Result<Vec<_>>>()
        })
        .await?;
    Ok(views::list(&frame, &rows, actor.role))
}

fn blank(now: Instant, c: &mut Conn, asked: &Input) -> Result<Input> {
    let pace = actions::usual_pace(now.day(clinic::the_site(c)?.tz()));
    let mut input = Input::from_pairs([
        ("segment", asked.get("segment")),
        ("per_day", &pace.per_day.to_string()),
        ("from", &minute_text(pace.from)),
        ("until", &minute_text(pace.until)),
        ("first_day", &pace.first_day.to_string()),
        ("rest_days", "30"),
        ("skip_booked", "1"),
    ]);
    for day in &pace.weekdays {
        input.set(&format!("weekday-{day}"), "1");
    }
    if let Some(id) = asked.get("segment").parse().ok().map(SegmentId)
        && let Some(segment) = segments::find_segment(c, id)?
    {
        input.set("name", segment.name);
        input.set("name_en", segment.name_en);
    }
    if let Some(id) = asked.get("document").parse().ok().map(DocumentId)
        && let Some(document) = documents::find_document(c, id)?
    {
        input.set("document", id.to_string());
        input.set("template", JOURNAL);
        if input.get("name").is_empty() {
            input.set("name_en", document.title_in(Lang::En));
            input.set("name", document.title);
        }
    }
    Ok(input)
}

fn stored(x: &Campaign) -> Input {
    let mut input = Input::from_pairs([
        ("version", x.version.to_string()),
        ("name", x.name.clone()),
        ("name_en", x.name_en.clone()),
        ("segment", x.segment.map(|s| s.to_string()).unwrap_or_default()),
        ("template", x.template.clone()),
        ("document", x.document.map(|d| d.to_string()).unwrap_or_default()),
        ("per_day", x.pace.per_day.to_string()),
        ("from", minute_text(x.pace.from)),
        ("until", minute_text(x.pace.until)),
        ("first_day", x.pace.first_day.to_string()),
        ("rest_days", x.rest_days.to_string()),
    ]);
    for day in &x.pace.weekdays {
        input.set(&format!("weekday-{day}"), "1");
    }
    if x.skip_booked {
        input.set("skip_booked", "1");
    }
    input
}

fn wanted(input: &Input) -> Result<Wanted> {
    let mut faults = Faults::default();
    let time = |field: &str, faults: &mut Faults| match (input.get(field), parse_minute(input.get(field))) {
        ("24:00", _) => 1440,
        (_, Some(minute)) => minute,
        _ => {
            faults.add(field, "invalid", "时间格式为 18:00", "A time looks like 18:00");
            0
        }
    };
    let (from, until) = (time("from", &mut faults), time("until", &mut faults));
    let per_day = input.need("per_day", &mut faults);
    let first_day = input.need("first_day", &mut faults);
    let rest_days = input.need("rest_days", &mut faults);
    let segment = input.parse("segment", &mut faults);
    let document = input.parse("document", &mut faults);
    faults.finish()?;
    Ok(Wanted {
        name: input.get("name").to_owned(),
        name_en: input.get("name_en").to_owned(),
        segment,
        template: input.get("template").to_owned(),
        document,
        pace: Pace {
            per_day: per_day.unwrap_or(0),
            weekdays: (1..=7).filter(|d| input.ticked(&format!("weekday-{d}"))).collect(),
            from,
            until,
            first_day: first_day.unwrap_or_default(),
        },
        skip_booked: input.ticked("skip_booked"),
        rest_days: rest_days.unwrap_or(0),
    })
}

fn picked(input: &Input) -> Vec<PatientId> {
    input
        .all("patient")
        .into_iter()
        .filter_map(|id| id.parse().ok())
        .collect()
}

/// What links are made with, and what a part of a text costs.
fn of_links(ctx: &Ctx) -> (PublicLinks, Option<f64>) {
    (ctx.links(), ctx.config.sms.price_per_part())
}

/// All that is shown of a campaign, or of one to be made.
fn load(
    c: &mut Conn,
    now: Instant,
    (links, price): (PublicLinks, Option<f64>),
    (id, show, after): (Option<CampaignId>, Show, i64),
    picked: Vec<PatientId>,
) -> Result<Sheet> {
    let site = clinic::the_site(c)?;
    let zone = site.tz();
    let campaign = id.map(|id| store::get_campaign(c, id)).transpose()?;
    let mut sheet = Sheet {
        now,
        zone,
        segments: segments::list_segments(c)?,
        templates: Some(messaging::templates(c)?),
        documents: documents::offered(c)?,
        price: price.map(|each| (each, site.currency)),
        last: match id {
            Some(id) => staff::last_change(c, "campaigns", Some(id.0))?,
            None => None,
        },
        picked,
        ..Sheet::empty(now, zone)
    };
    let Some(x) = campaign else {
        return Ok(sheet);
    };
    if let Some(id) = x.document {
        sheet.document = documents::find_document(c, id)?;
    }
    let (turns, reasons) = store::count_turns(c, x.id)?;
    if x.state.is_open() {
        let waiting = turns.get(&Turn::Waiting).copied().unwrap_or(0);
        let found = match x.state {
            State::Draft => Some(planning::preview(
                c,
                now,
                &x,
                &CampaignCause::showing(links, x.document),
            )?),
            _ => None,
        };
        let left = found.as_ref().map_or(waiting, |p| p.reached);
        let today = store::count_queued_on(c, x.id, now.day(zone))?;
        sheet.last_day = x.pace.last_day(now.local(zone), left, today);
        sheet.preview = found;
    }
    if x.state != State::Draft {
        sheet.results = store::results(c, x.id)?;
        let mut people = store::receivers(c, x.id, show.wanted(), (after, ROWS + 1))?;
        let more = i64::try_from(people.len()).unwrap_or(0) > ROWS;
        people.truncate(usize::try_from(ROWS).unwrap_or(0));
        sheet.next = people.last().map(|p| p.place).filter(|_| more);
        sheet.people = people.into_iter().map(Person::of).collect();
    }
    (sheet.turns, sheet.reasons, sheet.show) = (turns, reasons, show);
    sheet.campaign = Some(x);
    Ok(sheet)
}

async fn new_page(ctx: Ctx, frame: Frame, query: web::Query<Vec<(String, String)>>) -> Result<Markup> {
    let (now, asked, links) = (ctx.now(), Input::from_pairs(query.into_inner()), of_links(&ctx));
    let (sheet, input) = ctx
        .db
        .read(move |c| {
            let input = blank(now, c, &asked)?;
            Ok((load(c, now, links, (None, Show::All, 0), picked(&asked))?, input))
        })
        .await?;
    Ok(views::form_page(&frame, &sheet, (&input, &Faults::default())))
}

/// The form once more, with what was typed and what is wrong with it.
async fn again(ctx: &Ctx, frame: &Frame, id: Option<CampaignId>, (input, e): (&Input, Error)) -> Result<HttpResponse> {
    let (faults, now, links, list) = (Faults::from_error(e)?, ctx.now(), of_links(ctx), picked(input));
    let sheet = ctx
        .db
        .read(move |c| load(c, now, links, (id, Show::All, 0), list))
        .await?;
    let page = views::form_page(frame, &sheet, (input, &faults));
    Ok(answer_page(StatusCode::UNPROCESSABLE_ENTITY, page))
}

async fn add(ctx: Ctx, frame: Frame, actor: Actor, input: Input) -> Result<HttpResponse> {
    let now = ctx.now();
    let made = match wanted(&input) {
        Ok(wanted) => {
            let new = NewCampaign {
                wanted,
                picked: picked(&input),
            };
            ctx.db.write(move |c| actions::add(c, now, &actor, new)).await
        }
        Err(e) => Err(e),
    };
    match made {
        Ok(id) => Ok(see_other(&format!("/campaigns/{id}"))),
        Err(e) => again(&ctx, &frame, None, (&input, e)).await,
    }
}

async fn one(
    ctx: Ctx,
    frame: Frame,
    actor: Actor,
    id: web::Path<CampaignId>,
    query: web::Query<Vec<(String, String)>>,
) -> Result<Markup> {
    let (now, id, links, asked) = (ctx.now(), *id, of_links(&ctx), Input::from_pairs(query.into_inner()));
    let show = asked.get("show").parse().unwrap_or(Show::All);
    let after = asked.get("after").parse().unwrap_or(0);
    let sheet = ctx
        .db
        .read(move |c| load(c, now, links, (Some(id), show, after), Vec::new()))
        .await?;
    staff::read_of_list(&ctx.db, now, &actor, "campaigns", sheet.people.len()).await?;
    let draft = sheet.campaign.as_ref().filter(|x| x.state == State::Draft);
    Ok(match draft {
        Some(x) if actor.is(MANAGERS) => views::form_page(&frame, &sheet, (&stored(x), &Faults::default())),
        _ => views::result_page(&frame, &sheet, actor.role),
    })
}

fn version(input: &Input) -> Result<i64> {
    let mut faults = Faults::default();
    let version = input.need("version", &mut faults);
    faults.finish()?;
    Ok(version.unwrap_or_default())
}

async fn save(ctx: Ctx, frame: Frame, actor: Actor, id: web::Path<CampaignId>, input: Input) -> Result<HttpResponse> {
    let (now, id, at) = (ctx.now(), *id, version(&input)?);
    let done = match wanted(&input) {
        Ok(to) => {
            let change = move |c: &mut Conn| actions::change(c, now, &actor, (id, at), to);
            ctx.db.write(change).await
        }
        Err(e) => Err(e),
    };
    match done {
        Ok(()) => Ok(see_other(&format!("/campaigns/{id}?saved=campaign"))),
        Err(e) => again(&ctx, &frame, Some(id), (&input, e)).await,
    }
}

async fn step(ctx: Ctx, actor: Actor, id: web::Path<CampaignId>, input: Input) -> Result<HttpResponse> {
    let (now, id, at) = (ctx.now(), *id, version(&input)?);
    let mut faults = Faults::default();
    let step: Option<Step> = input.need("step", &mut faults);
    faults.finish()?;
    let step = step.unwrap_or(Step::Pause);
    ctx.db
        .write(move |c| actions::step(c, now, &actor, (id, at), step))
        .await?;
    Ok(see_other(&format!("/campaigns/{id}")))
}

async fn remove(ctx: Ctx, actor: Actor, id: web::Path<CampaignId>, input: Input) -> Result<HttpResponse> {
    let (now, id, at) = (ctx.now(), *id, version(&input)?);
    ctx.db.write(move |c| actions::remove(c, now, &actor, (id, at))).await?;
    Ok(see_other("/campaigns"))
}
