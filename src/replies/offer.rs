//! `/o/{token}`: a time that got free, for somebody who may want it.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::offer_view::{self as view, OfferPage, Standing};
use super::pages::{not_ours, page};
use super::views;
use crate::appointments::get_appointment;
use crate::appointments::visit_path;
use crate::appointments::waiting::{
    self, Answered, OFFER_LINK, Offer, OfferId, OfferState, SlotState, offer_link_ends_at,
};
use crate::clinic;
use crate::patients;
use crate::platform::clock::Instant;
use crate::platform::crypto::Keys;
use crate::platform::db::Conn;
use crate::platform::error::Result;
use crate::platform::i18n::Lang;
use crate::platform::links;
use crate::platform::web::form::Input;
use crate::platform::web::{Ctx, chosen_lang, client_ip, reading, request_id, visitor_lang};
use crate::staff::Actor;

/// Other times shown to whoever comes late.
const TIMES: usize = 8;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    // Without a sign-in, on purpose: the signed link is the key.
    cfg.service(web::resource("/o/{token}").route(reading().to(show)))
        .service(web::resource("/o/{token}/accept").route(web::post().to(accept)))
        .service(web::resource("/o/{token}/decline").route(web::post().to(decline)))
        .service(web::resource("/o/{token}/other").route(web::post().to(other)));
}

/// A link that opened.
struct Visitor {
    ctx: Ctx,
    token: String,
    id: OfferId,
    lang: Option<Lang>,
    now: Instant,
    actor: Actor,
}

/// Opens the link, or says with which page it does not open.
async fn enter(req: &HttpRequest, ctx: Ctx, token: String) -> Result<Visitor, HttpResponse> {
    let (now, ip) = (ctx.now(), client_ip(req));
    let Ok((id, _)) = links::read(&ctx.keys, OFFER_LINK, &token) else {
        return Err(not_ours(&ctx, &ip, now).await);
    };
    let id = OfferId(id);
    let offer = ctx.db.read(move |c| waiting::find_offer(c, id)).await.ok().flatten();
    if offer.is_none_or(|o| now >= offer_link_ends_at(&o)) {
        let site = ctx.db.read(clinic::the_site).await.ok();
        return Err(page(
            StatusCode::GONE,
            views::expired(visitor_lang(req), &format!("/o/{token}"), site.as_ref()),
        ));
    }
    Ok(Visitor {
        id,
        lang: chosen_lang(req),
        now,
        actor: Actor::patient(ip, request_id(req)),
        token,
        ctx,
    })
}

/// Where the offer stands for its patient.
fn standing(offer: &Offer, slot: SlotState, now: Instant) -> Standing {
    match offer.state {
        _ if offer.booked_id.is_some() => Standing::Booked,
        OfferState::Declined => Standing::Declined,
        OfferState::OptedOut => Standing::OptedOut,
        OfferState::Asked if slot == SlotState::Offering && offer.expires_at.is_some_and(|until| now < until) => {
            Standing::Open
        }
        _ => Standing::Late,
    }
}

fn load(
    c: &mut Conn,
    now: Instant,
    id: OfferId,
    keys: &Keys,
    (token, lang): (String, Option<Lang>),
) -> Result<OfferPage> {
    let offer = waiting::find_offer(c, id)?.ok_or(crate::platform::error::Error::NotFound("offer"))?;
    let slot = waiting::get_slot(c, offer.slot_id)?;
    let patient = patients::get_patient(c, offer.patient_id)?;
    let site = clinic::get_site(c, slot.site_id)?;
    let standing = standing(&offer, slot.state, now);
    let mut times = Vec::new();
    if standing == Standing::Late {
        times = waiting::some_other_times(c, now, &offer, TIMES)?;
    }
    let visit = match offer.booked_id {
        Some(booked) => Some(get_appointment(c, booked)?),
        None => None,
    };
    let provider = visit.as_ref().map_or(slot.provider_id, |a| a.provider_id);
    Ok(OfferPage {
        standing,
        provider: clinic::get_provider(c, provider)?,
        lang: lang.unwrap_or(patient.language),
        name: patient.name,
        at: visit.as_ref().map_or(offer.starts_at, |a| a.starts_at),
        visit_link: visit.map(|a| visit_path(keys, &a)),
        until: offer.expires_at.unwrap_or(now),
        earlier: offer.appointment_id.is_some(),
        minutes: offer.minutes,
        site,
        times,
        token,
    })
}

impl Visitor {
    async fn show(&self, status: StatusCode) -> Result<HttpResponse> {
        let (id, now, token, lang) = (self.id, self.now, self.token.clone(), self.lang);
        let keys = self.ctx.keys.clone();
        let data = self
            .ctx
            .db
            .read(move |c| load(c, now, id, &keys, (token, lang)))
            .await?;
        Ok(page(status, view::offer(&data, status == StatusCode::CONFLICT)))
    }
    fn back(&self) -> HttpResponse {
        let to = format!("/o/{}", self.token);
        HttpResponse::SeeOther().insert_header((header::LOCATION, to)).finish()
    }
}

async fn show(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    match enter(&req, ctx, token.into_inner()).await {
        Ok(visitor) => visitor.show(StatusCode::OK).await,
        Err(answer) => Ok(answer),
    }
}

async fn accept(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let v = match enter(&req, ctx, token.into_inner()).await {
        Ok(visitor) => visitor,
        Err(answer) => return Ok(answer),
    };
    match waiting::accept(&v.ctx.db, v.now, v.actor.clone(), v.id).await? {
        Answered::Booked(_) => Ok(v.back()),
        Answered::Taken => v.show(StatusCode::CONFLICT).await,
    }
}

async fn decline(req: HttpRequest, ctx: Ctx, token: web::Path<String>, input: Input) -> Result<HttpResponse> {
    let v = match enter(&req, ctx, token.into_inner()).await {
        Ok(visitor) => visitor,
        Err(answer) => return Ok(answer),
    };
    let never = input.ticked("never");
    waiting::decline(&v.ctx.db, v.now, v.actor.clone(), v.id, never).await?;
    Ok(v.back())
}

/// Whoever came late takes another time.
async fn other(req: HttpRequest, ctx: Ctx, token: web::Path<String>, input: Input) -> Result<HttpResponse> {
    let v = match enter(&req, ctx, token.into_inner()).await {
        Ok(visitor) => visitor,
        Err(answer) => return Ok(answer),
    };
    let Ok(start) = input.get("to").parse().map(Instant) else {
        return v.show(StatusCode::CONFLICT).await;
    };
    let taken = waiting::take_other_time(&v.ctx.db, v.now, v.actor.clone(), (v.id, start)).await?;
    match taken {
        Some(_) => Ok(v.back()),
        None => v.show(StatusCode::CONFLICT).await,
    }
}
