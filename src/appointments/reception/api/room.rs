//! The waiting room: who is here, for the staff and for a screen that patients see; and what VIP patients did.

use actix_web::web::{self, Json};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::model::walk_in::WalkInId;
use super::super::pages::waiting::{Person, Room, screen_address};
use crate::appointments::model::board::Timing;
use crate::appointments::model::stage::{Limits, Stage};
use crate::appointments::news::{About, Reader, VipNews, vips};
use crate::appointments::{Action, AppointmentId};
use crate::clinic::{self, ChairId, Provider, ProviderId, ServiceId};
use crate::patients::PatientId;
use crate::platform::error::Result;
use crate::platform::i18n::name_masked;
use crate::platform::web::Ctx;
use crate::staff::{self, Actor, DESK, EVERYONE};

/// This part's share of the OpenAPI document.
#[derive(utoipa::OpenApi)]
#[openapi(paths(room, private, screen, news))]
pub struct ApiDoc;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/v1/waiting-room").route(staff::get(EVERYONE, room)))
        .service(web::resource("/api/v1/waiting-room/private").route(staff::get(EVERYONE, private)))
        .service(web::resource("/api/v1/waiting-room/screen").route(staff::get(DESK, screen)))
        .service(web::resource("/api/v1/vip-news").route(staff::get(EVERYONE, news)));
}

/// Whether somebody has been in a stage for too long.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LevelJson {
    /// Not long.
    Fine,
    /// Worth a look.
    Amber,
    /// Too long.
    Red,
}

fn level(limits: Limits, minutes: i64) -> LevelJson {
    match minutes {
        m if m >= i64::from(limits.red) => LevelJson::Red,
        m if m >= i64::from(limits.amber) => LevelJson::Amber,
        _ => LevelJson::Fine,
    }
}

/// Somebody who is here.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonJson {
    /// Where they stand.
    stage: Stage,
    /// For so many minutes.
    minutes: i64,
    /// Whether that is too long.
    level: LevelJson,
    /// Who.
    patient_id: PatientId,
    /// Their name.
    name: String,
    /// Important to the clinic.
    vip: bool,
    /// What they need; only of VIP patients.
    needs: Option<String>,
    /// Allergies and the like; empty: none known.
    alert: String,
    /// The number of the queue, of walk-ins.
    number: Option<i32>,
    /// The appointment …
    appointment_id: Option<AppointmentId>,
    /// … or the place in the queue.
    walk_in_id: Option<WalkInId>,
    /// The version of either, to be named with the next step.
    version: i64,
    /// For what.
    service_id: ServiceId,
    /// With whom.
    provider_id: Option<ProviderId>,
    /// In which chair.
    chair_id: Option<ChairId>,
    /// In the chair for so many minutes more than planned.
    over_minutes: Option<i64>,
    /// Steps of the appointment that the reader may take now, the next one first.
    steps: Vec<Action>,
}

fn person(room: &Room, p: &Person) -> Option<PersonJson> {
    let (a, w) = (p.appointment.as_ref(), p.walk_in.as_ref());
    let (service_id, version) = match (a, w) {
        (Some(a), _) => (a.service_id, a.version),
        (None, Some(w)) => (w.service_id, w.version),
        (None, None) => return None,
    };
    Some(PersonJson {
        stage: p.stage,
        minutes: p.minutes,
        level: level(room.alerts.of(p.stage), p.minutes),
        patient_id: p.patient.id,
        name: p.patient.name.clone(),
        vip: p.patient.vip,
        needs: Some(p.patient.needs.clone()).filter(|needs| p.patient.vip && !needs.is_empty()),
        alert: p.patient.alert().to_owned(),
        number: p.number,
        appointment_id: a.map(|a| a.id),
        walk_in_id: w.map(|w| w.id),
        version,
        service_id,
        provider_id: a.map(|a| a.provider_id),
        chair_id: a.map(|a| a.chair_id),
        over_minutes: match p.timing {
            Timing::Over(minutes) => Some(minutes),
            _ => None,
        },
        steps: p.allowed.clone(),
    })
}

/// The waiting room.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoomJson {
    /// As of when, UTC.
    at: String,
    /// Everybody who is here, the longest first.
    people: Vec<PersonJson>,
}

/// Who is here now: waiting (the queue of walk-ins included), in the chair, ready to leave.
#[utoipa::path(get, path = "/api/v1/waiting-room", tag = "reception", responses((status = 200, body = RoomJson)))]
async fn room(ctx: Ctx, actor: Actor) -> Result<Json<RoomJson>> {
    let (now, by) = (ctx.now(), actor.clone());
    let room = ctx.db.read(move |c| Room::load(c, now, Some(&by))).await?;
    staff::read_of_list(&ctx.db, now, &actor, "appointments", room.people.len()).await?;
    Ok(Json(RoomJson {
        at: now.rfc3339(),
        people: room.people.iter().filter_map(|p| person(&room, p)).collect(),
    }))
}

/// Somebody who is here, as other patients may read it.
#[derive(Debug, Serialize, ToSchema)]
pub struct MaskedJson {
    /// Waiting, or in the chair.
    stage: Stage,
    /// `孙*`
    name: String,
    /// The number of the queue, of walk-ins.
    number: Option<i32>,
    /// In which chair.
    chair_id: Option<ChairId>,
}

/// The waiting room without names.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrivateRoomJson {
    /// As of when, UTC.
    at: String,
    /// Who waits or is in the chair, the longest first.
    people: Vec<MaskedJson>,
}

/// The waiting room for a screen that patients see: no whole name, no minutes, nothing of what anybody is here for.
#[utoipa::path(get, path = "/api/v1/waiting-room/private", tag = "reception", responses((status = 200, body = PrivateRoomJson)))]
async fn private(ctx: Ctx) -> Result<Json<PrivateRoomJson>> {
    let now = ctx.now();
    let room = ctx.db.read(move |c| Room::load(c, now, None)).await?;
    let shown = room.people.iter().filter(|p| p.stage != Stage::Ready);
    let people = shown.map(|p| MaskedJson {
        stage: p.stage,
        name: name_masked(&p.patient.name),
        number: p.number,
        chair_id: p.appointment.as_ref().map(|a| a.chair_id),
    });
    Ok(Json(PrivateRoomJson {
        at: now.rfc3339(),
        people: people.collect(),
    }))
}

/// The page of the waiting room for a screen on the wall.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScreenJson {
    /// Opens without a sign-in, and shows no whole name.
    address: String,
    /// Until when, UTC.
    until: String,
}

/// The address of the page that a second monitor shows to patients.
#[utoipa::path(get, path = "/api/v1/waiting-room/screen", tag = "reception", responses((status = 200, body = ScreenJson)))]
async fn screen(ctx: Ctx) -> Result<Json<ScreenJson>> {
    let now = ctx.now();
    let site = ctx.db.read(clinic::the_site).await?.id;
    let (address, until) = screen_address(&ctx, now, site);
    Ok(Json(ScreenJson {
        address,
        until: until.rfc3339(),
    }))
}

/// What a VIP patient did.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DidJson {
    /// Booked a visit.
    Booked,
    /// Came to one.
    Arrived,
    /// Came without one.
    WalkedIn,
}

/// A piece of news about a VIP patient.
#[derive(Debug, Serialize, ToSchema)]
pub struct VipNewsJson {
    /// Names it, so that it is told once.
    id: i64,
    /// What they did.
    did: DidJson,
    /// Who.
    patient_id: PatientId,
    /// Their name.
    name: String,
    /// What they need.
    needs: String,
    /// When they came, or are to come, UTC.
    at: String,
    /// For what.
    service_id: ServiceId,
    /// Who treats.
    provider_id: Option<ProviderId>,
    /// Who helps.
    second_id: Option<ProviderId>,
    /// The appointment …
    appointment_id: Option<AppointmentId>,
    /// … or the place in the queue.
    walk_in_id: Option<WalkInId>,
    /// Whether it is the reader's work: they treat or help, or their role does.
    yours: bool,
}

fn news_json(v: VipNews, reader: Reader, providers: &[Provider]) -> VipNewsJson {
    let yours = v.concerns(reader, providers);
    let (did, appointment_id, walk_in_id) = match v.about {
        About::Booked(id) => (DidJson::Booked, Some(id), None),
        About::Arrived(id) => (DidJson::Arrived, Some(id), None),
        About::WalkedIn(id) => (DidJson::WalkedIn, None, Some(id)),
    };
    let [provider_id, second_id] = v.staff;
    VipNewsJson {
        id: v.id,
        did,
        patient_id: v.patient.id,
        name: v.patient.name,
        needs: v.patient.needs,
        at: v.at.rfc3339(),
        service_id: v.service,
        provider_id,
        second_id,
        appointment_id,
        walk_in_id,
        yours,
    }
}

/// What VIP patients did lately.
#[derive(Debug, Serialize, ToSchema)]
pub struct VipNewsList {
    /// The latest first.
    news: Vec<VipNewsJson>,
}

/// What VIP patients did in the last half hour: booked, came. Who has read it is each reader's own: by `id` it is told once.
#[utoipa::path(get, path = "/api/v1/vip-news", tag = "reception", responses((status = 200, body = VipNewsList)))]
async fn news(ctx: Ctx, actor: Actor) -> Result<Json<VipNewsList>> {
    let now = ctx.now();
    let reader = Reader {
        user: actor.user,
        role: actor.role,
    };
    let (found, clinic) = ctx.db.read(move |c| Ok((vips(c, now)?, clinic::snapshot(c)?))).await?;
    staff::read_of_list(&ctx.db, now, &actor, "patients", found.len()).await?;
    let news = found.into_iter().map(|v| news_json(v, reader, &clinic.providers));
    Ok(Json(VipNewsList { news: news.collect() }))
}
