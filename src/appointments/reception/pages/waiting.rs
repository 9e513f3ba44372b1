//! `/waiting`: who is here, lane by lane, for a second monitor; and the same without names, for a screen that patients see.

use actix_web::{HttpRequest, HttpResponse, web};
use maud::Markup;

use super::super::model::walk_in::{WalkIn, WalkInState};
use super::super::{store, views};
use crate::appointments;
use crate::appointments::model::board::Timing;
use crate::appointments::model::stage::{Stage, WaitAlerts, stage_of};
use crate::appointments::model::{Action, Appointment, UNDO_MS};
use crate::clinic::{self, SiteId, Snapshot};
use crate::patients::Patient;
use crate::platform::clock::{DAY_MS, Instant, day_bounds};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::links;
use crate::platform::web::form::Input;
use crate::platform::web::{Ctx, chosen_lang, reading, wants_fragment};
use crate::staff::{self, Actor, DESK, EVERYONE};

/// What signs the address of a screen for patients.
const SCREEN_LINK: &str = "waiting-screen";
/// How long such an address works: a screen on the wall is set up once a year at most.
const SCREEN_MS: i64 = 400 * DAY_MS;

type Query = web::Query<Vec<(String, String)>>;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/waiting").route(staff::get(EVERYONE, page)))
        .service(web::resource("/waiting/lanes").route(staff::get(EVERYONE, lanes)))
        // Without a sign-in, on purpose: the signed address is the key, and no whole name is shown.
        .service(web::resource("/waiting/screen/{token}").route(reading().to(screen)));
}

/// Somebody who is here.
pub(in crate::appointments) struct Person {
    /// Where they stand.
    pub stage: Stage,
    /// For so many minutes.
    pub minutes: i64,
    /// Who.
    pub patient: Patient,
    /// The number of the queue, of walk-ins.
    pub number: Option<i32>,
    /// The appointment; none: in the queue of walk-ins.
    pub appointment: Option<Appointment>,
    /// What the clock says about the appointment.
    pub timing: Timing,
    /// The place in the queue of walk-ins.
    pub walk_in: Option<WalkIn>,
    /// Steps that the reader may take now.
    pub allowed: Vec<Action>,
}

/// Everybody who is here.
pub(in crate::appointments) struct Room {
    /// The clinic, for names.
    pub clinic: std::sync::Arc<Snapshot>,
    /// The present instant.
    pub now: Instant,
    /// When waiting is too long.
    pub alerts: WaitAlerts,
    /// The people, the longest first.
    pub people: Vec<Person>,
    /// Whether the reader works at the desk.
    pub desk: bool,
    /// The step just taken, while it can be taken back.
    pub did: Option<(Appointment, Action, String)>,
}

impl Room {
    /// Who is here now; steps for `actor`, if one looks.
    pub(in crate::appointments::reception) fn load(c: &mut Conn, now: Instant, actor: Option<&Actor>) -> Result<Room> {
        let clinic = clinic::snapshot(c)?;
        let zone = clinic.site.tz();
        let (from, until) = day_bounds(zone, now.day(zone));
        let walk_ins = store::walk_ins_of_day(c, clinic.site.id, now.day(zone))?;
        let numbers = store::queue_numbers(&walk_ins);
        let may = |a: &Appointment| -> Vec<Action> {
            let steps = [Action::Seat, Action::Finish, Action::Leave].into_iter();
            let may = |x: &Action| a.allows(*x) && actor.is_some_and(|by| appointments::actions::may(by, *x).is_ok());
            steps.filter(may).collect()
        };
        let booked = appointments::store::list_between(c, clinic.site.id, from, until)?.into_iter();
        let mut people: Vec<Person> = booked
            .filter_map(|(a, patient)| {
                let (stage, since) = stage_of(&a, now, zone)?;
                Some(Person {
                    stage,
                    minutes: now.minutes_since(since),
                    patient,
                    number: numbers.get(&a.id).copied(),
                    timing: Timing::of(&a, now),
                    allowed: may(&a),
                    appointment: Some(a),
                    walk_in: None,
                })
            })
            .collect();
        let queue = walk_ins.into_iter().filter(|(w, _)| w.state == WalkInState::Waiting);
        people.extend(queue.map(|(w, patient)| Person {
            stage: Stage::Arrived,
            minutes: now.minutes_since(w.arrived_at),
            patient,
            number: Some(w.number),
            appointment: None,
            timing: Timing::Fine,
            walk_in: Some(w),
            allowed: Vec::new(),
        }));
        people.sort_by_key(|p| std::cmp::Reverse(p.minutes));
        Ok(Room {
            alerts: store::wait_alerts(c, clinic.site.id)?,
            clinic,
            now,
            people,
            desk: actor.is_some_and(|by| by.is(DESK)),
            did: None,
        })
    }
}

/// The appointment whose step was just taken, named by `did`, while it can be taken back.
pub(super) fn just_did(c: &mut Conn, now: Instant, input: &Input) -> Result<Option<(Appointment, Action, String)>> {
    let Ok(id) = input.get("did").parse() else {
        return Ok(None);
    };
    let Some(a) = appointments::store::find_appointment(c, id)? else {
        return Ok(None);
    };
    let event = appointments::store::latest_event(c, id)?
        .filter(|e| e.version == a.version && e.undone_at.is_none() && now - e.at <= UNDO_MS);
    let name = crate::patients::get_patient(c, a.patient_id)?.name;
    Ok(event.map(|e| (a, e.action, name)))
}

async fn page(ctx: Ctx, lang: Lang, actor: Actor, query: Query) -> Result<Markup> {
    let (now, input) = (ctx.now(), Input::from_pairs(query.into_inner()));
    let private = input.get("privacy") == "1";
    let (by, asked) = (actor.clone(), input.clone());
    let (room, site) = ctx
        .db
        .read(move |c| {
            let mut room = Room::load(c, now, Some(&by))?;
            room.did = just_did(c, now, &asked)?;
            Ok((room, clinic::the_site(c)?.id))
        })
        .await?;
    if private {
        let own = ("/waiting?privacy=1", "/waiting/lanes?privacy=1");
        return Ok(views::waiting::private(lang, &room, own));
    }
    let screen = actor.is(DESK).then(|| screen_address(&ctx, now, site).0);
    Ok(views::waiting::page(lang, &room, screen.as_deref()))
}

/// The address of a screen for patients, and until when it works.
pub(in crate::appointments::reception) fn screen_address(ctx: &Ctx, now: Instant, site: SiteId) -> (String, Instant) {
    let until = now + SCREEN_MS;
    let token = links::make(&ctx.keys, SCREEN_LINK, site.0, until);
    (ctx.config.server.url(&format!("/waiting/screen/{token}")), until)
}

async fn lanes(ctx: Ctx, lang: Lang, actor: Actor, query: Query) -> Result<Markup> {
    let now = ctx.now();
    let private = Input::from_pairs(query.into_inner()).get("privacy") == "1";
    let room = ctx.db.read(move |c| Room::load(c, now, Some(&actor))).await?;
    Ok(if private {
        views::waiting::private_lanes(lang, &room)
    } else {
        views::waiting::lanes(lang, &room)
    })
}

async fn screen(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let now = ctx.now();
    let site = links::open(&ctx.keys, SCREEN_LINK, &token, now).map_err(|_| Error::NotFound("screen"))?;
    let room = ctx.db.read(move |c| Room::load(c, now, None)).await?;
    if room.clinic.site.id.0 != site {
        return Err(Error::NotFound("screen"));
    }
    // A wall has no reader of its own: the clinic's language, unless the address names one.
    let lang = chosen_lang(&req).unwrap_or(room.clinic.site.language);
    let markup = if wants_fragment(&req) {
        views::waiting::private_lanes(lang, &room)
    } else {
        views::waiting::private(lang, &room, (req.path(), req.path()))
    };
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("X-Robots-Tag", "noindex, nofollow"))
        .body(markup.into_string()))
}
