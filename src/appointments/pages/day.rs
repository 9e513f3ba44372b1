//! The pages of a day and of a week, their panels, and the stream that tells them of changes.

use actix_web::{HttpResponse, web};
use chrono::NaiveDate;
use maud::{Markup, html};

use super::super::model::board::{counts, waiting as who_waits};
use super::super::store::{self, Watched};
use super::super::{views, waiting};
use super::desk::{Day, Desk, Request, watched};
use super::{booking, card};
use crate::clinic;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::layout::Frame;
use crate::platform::web::live::Live;
use crate::staff::{Actor, DESK, Pass};

pub(super) type Query = web::Query<Vec<(String, String)>>;

/// The board asked for, with the panel asked for.
pub(super) async fn page(ctx: Ctx, frame: Frame, actor: Actor, query: Query) -> Result<Markup> {
    let request = Request::new(ctx.now(), frame, actor, Input::from_pairs(query.into_inner()));
    render(&ctx, request, Faults::default(), None).await
}

/// Only the panel, for the board's script.
pub(super) async fn panel(ctx: Ctx, frame: Frame, actor: Actor, query: Query) -> Result<Markup> {
    let r = Request::new(ctx.now(), frame, actor, Input::from_pairs(query.into_inner()));
    audit_opened(&ctx, &r).await?;
    ctx.db
        .read(move |c| match sheet(c, &r, &Faults::default())? {
            Some(sheet) => Ok(sheet),
            None => Day::load(c, &r)?.side(c, &r),
        })
        .await
}

/// Only what changes by itself: the board, the counters, who waits; and the panel, when it is the waiting room.
pub(super) async fn fresh(ctx: Ctx, frame: Frame, actor: Actor, query: Query) -> Result<Markup> {
    let r = Request::new(ctx.now(), frame, actor, Input::from_pairs(query.into_inner()));
    ctx.db
        .read(move |c| {
            let day = Day::load(c, &r)?;
            let side = if r.input.ticked("side") {
                day.side(c, &r)?
            } else {
                html! {}
            };
            let freed = if r.actor.is(DESK) {
                Some(waiting::count_open(c, r.now)?)
            } else {
                None
            };
            let board = day.board(&r);
            Ok(views::fresh(&boards(&r, &day, &board), &side, freed))
        })
        .await
}

/// Tells when something on a board has changed, for as long as somebody looks at it.
pub(super) async fn events(
    (ctx, live): (Ctx, web::Data<Live<Watched>>),
    (actor, pass): (Actor, Pass),
    query: web::Query<Since>,
    req: actix_web::HttpRequest,
) -> Result<HttpResponse> {
    let board = query.board.clone();
    let now = ctx.now();
    let topic = ctx
        .db
        .read(move |c| {
            let site = clinic::the_site(c)?;
            let shown = super::super::model::shown::Shown::parse(&board, now.day(site.tz()));
            let shown = shown.ok_or(Error::NotFound("board"))?;
            Ok(watched(&site, &shown))
        })
        .await?;
    let last = req.headers().get("Last-Event-ID").and_then(|id| id.to_str().ok());
    let since = last.unwrap_or(&query.since).to_owned();
    let account = actor.user.map_or(0, |id| id.0);
    Ok(live.stream(topic, (account, since), move || {
        let (ctx, pass) = (ctx.clone(), pass.clone());
        async move { pass.is_valid(&ctx).await }
    }))
}

/// What a stream begins with.
#[derive(serde::Deserialize)]
pub(super) struct Since {
    /// The board's address.
    board: String,
    /// What the page was drawn from.
    #[serde(default)]
    since: String,
}

/// Draws the whole page, after noting who looked at whose record.
pub(super) async fn render(ctx: &Ctx, r: Request, faults: Faults, error: Option<Error>) -> Result<Markup> {
    audit_opened(ctx, &r).await?;
    ctx.db
        .read(move |c| {
            let day = Day::load(c, &r)?;
            let side = match sheet(c, &r, &faults)? {
                Some(sheet) => sheet,
                None => day.side(c, &r)?,
            };
            let did = day.did(c, &r)?;
            let undone = day.undone(c, &r)?;
            let board = day.board(&r);
            Ok(views::board_page(&views::BoardPage {
                frame: &r.frame,
                board: boards(&r, &day, &board),
                did: did.as_ref().map(|(a, e, name)| (a, e.action, name.clone())),
                undone,
                error: error.as_ref(),
                side,
                views: &match r.actor.user {
                    Some(user) => store::list_views(c, user)?,
                    None => Vec::new(),
                },
            }))
        })
        .await
}

fn boards<'a>(r: &'a Request, day: &'a Day, board: &'a super::super::model::board::Board) -> views::BoardParts<'a> {
    views::BoardParts {
        lang: r.frame.lang,
        zone: day.desk.site.tz(),
        shown: &day.desk.shown,
        today: day.desk.today,
        board,
        providers: &day.desk.providers,
        services: &day.desk.services,
        counts: counts(&day.booked, r.now),
        closed: day.closed_because(r.frame.lang),
        waiting: who_waits(&day.booked),
        alerts: day.alerts,
        revision: day.revision(),
        now: r.now,
        open: r.open(),
        may_book: r.actor.is(DESK),
        may_overbook: r.actor.may_overbook,
    }
}

/// Opening a patient's panel reads their record.
pub(super) async fn audit_opened(ctx: &Ctx, r: &Request) -> Result<()> {
    let (open, patient) = (r.open(), r.patient());
    if open.is_none() && patient.is_none() {
        return Ok(());
    }
    let (actor, now) = (r.actor.clone(), r.now);
    ctx.db
        .write(move |c| {
            let of_open = match open {
                Some(id) => store::find_appointment(c, id)?.map(|a| a.patient_id),
                None => None,
            };
            match of_open.or(patient) {
                Some(p) => {
                    let subject = crate::staff::Subject::of_patient("patients", p.0, p.0);
                    crate::staff::audit(c, now, &actor, "read", subject, "panel")
                }
                None => Ok(()),
            }
        })
        .await
}

/// Today in the clinic's zone.
pub(super) async fn today(ctx: &Ctx, r: &Request) -> Result<NaiveDate> {
    Ok(r.now.day(ctx.db.read(clinic::the_site).await?.tz()))
}

/// The panel of an appointment or of a booking, if one is open; else the panel is the waiting room.
fn sheet(c: &mut Conn, r: &Request, faults: &Faults) -> Result<Option<Markup>> {
    let booking = r.actor.is(DESK) && (!r.input.get("book").is_empty() || r.input.ticked("form"));
    if r.open().is_none() && !booking {
        return Ok(None);
    }
    let desk = Desk::load(c, r)?;
    match r.open() {
        Some(id) => card::detail(c, r, &desk, id, faults).map(Some),
        None => booking::panel(c, r, &desk, faults).map(Some),
    }
}
