//! `/v/{token}`: one visit, for its patient.

mod file;
pub(super) mod kiosk;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use maud::Markup;

use super::model::{CheckIn, Standing, check_in, standing};
use super::views::{self, Ask, Call, Notice, VisitPage};
use crate::appointments::{self, Appointment, AppointmentId, Status, Target, VISIT_LINK, link_ends_at, online};
use crate::clinic;
use crate::messaging::{Carrier, inbox};
use crate::patients::{self, Patient};
use crate::platform::clock::{DAY_MS, Instant};
use crate::platform::crypto::Keys;
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::links;
use crate::platform::web::form::Input;
use crate::platform::web::{Ctx, chosen_lang, client_ip, limit, reading, request_id, visitor_lang};
use crate::staff::Actor;

/// Other times that are offered at first, and on request.
const TIMES: usize = 6;
/// One of each half day of the weeks that are looked at.
const MORE_TIMES: usize = 60;
/// Longest reason for a cancellation that is kept, in characters.
const REASON_MAX: usize = 300;
/// How long the link to book another visit opens.
const ANOTHER_MS: i64 = 30 * DAY_MS;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    // Without a sign-in, on purpose: the signed link is the key.
    cfg.service(web::resource("/v/{token}").route(reading().to(show)))
        .service(web::resource("/v/{token}/visit.ics").route(reading().to(file::file)))
        .service(web::resource("/v/{token}/here").route(web::post().to(here)))
        .service(web::resource("/v/{token}/confirm").route(web::post().to(confirm)))
        .service(web::resource("/v/{token}/call").route(web::post().to(call)))
        .service(web::resource("/v/{token}/cancel").route(web::post().to(cancel)))
        .service(web::resource("/v/{token}/move").route(web::post().to(reschedule)));
}

/// A link that opened.
struct Visitor {
    ctx: Ctx,
    token: String,
    id: AppointmentId,
    lang: Option<Lang>,
    now: Instant,
    actor: Actor,
}

/// Opens the link, or says with which page it does not open.
async fn enter(req: &HttpRequest, ctx: Ctx, token: String) -> Result<Visitor, HttpResponse> {
    let (now, ip) = (ctx.now(), client_ip(req));
    let Ok((id, ends_at)) = links::read(&ctx.keys, VISIT_LINK, &token) else {
        return Err(not_ours(&ctx, &ip, now).await);
    };
    let visitor = Visitor {
        id: AppointmentId(id),
        lang: chosen_lang(req),
        now,
        actor: Actor::patient(ip, request_id(req)),
        token,
        ctx,
    };
    // A visit that was moved to a later day keeps its link.
    let over = match visitor.appointment().await {
        Ok(a) => now >= ends_at.max(link_ends_at(&a)),
        Err(_gone) => true,
    };
    if over {
        let site = visitor.ctx.db.read(clinic::the_site).await.ok();
        let body = views::expired(visitor_lang(req), &format!("/v/{}", visitor.token), site.as_ref());
        return Err(page(StatusCode::GONE, body));
    }
    Ok(visitor)
}

/// The page for what is no link of ours; whoever brings many of them waits. Those whose link is right never do.
pub(super) async fn not_ours(ctx: &Ctx, ip: &str, now: Instant) -> HttpResponse {
    if let Some(seconds) = limit::blocked(ip, now) {
        let mut answer = page(StatusCode::TOO_MANY_REQUESTS, views::too_many());
        if let Ok(value) = header::HeaderValue::from_str(&seconds.to_string()) {
            answer.headers_mut().insert(header::RETRY_AFTER, value);
        }
        return answer;
    }
    limit::count(ip, now);
    let site = ctx.db.read(clinic::the_site).await.ok();
    page(StatusCode::NOT_FOUND, views::wrong(site.as_ref()))
}

pub(super) fn page(status: StatusCode, body: Markup) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header(("X-Robots-Tag", "noindex, nofollow"))
        .body(body.into_string())
}

impl Visitor {
    /// The page as things stand now.
    async fn show(&self, ask: Ask, notice: Option<Notice>) -> Result<HttpResponse> {
        let (id, now, token, lang) = (self.id, self.now, self.token.clone(), self.lang);
        let keys = self.ctx.keys.clone();
        let data = self
            .ctx
            .db
            .read(move |c| load(c, (now, &keys), id, ask, (token, lang)))
            .await?;
        let status = match notice {
            Some(Notice::SlotTaken | Notice::MovedSince | Notice::TooLate) => StatusCode::CONFLICT,
            _ => StatusCode::OK,
        };
        Ok(page(status, views::visit(&data, notice)))
    }

    async fn appointment(&self) -> Result<Appointment> {
        let id = self.id;
        self.ctx.db.read(move |c| appointments::get_appointment(c, id)).await
    }

    fn back(&self, done: &str) -> HttpResponse {
        HttpResponse::SeeOther()
            .insert_header((header::LOCATION, format!("/v/{}?done={done}", self.token)))
            .finish()
    }

    /// Why the visit the form was about is not the one of now, if so: the form carries the time the patient saw.
    fn changed(&self, a: &Appointment, input: &Input) -> Option<Notice> {
        (input.get("at") != a.starts_at.0.to_string()).then_some(Notice::MovedSince)
    }
}

fn load(
    c: &mut Conn,
    (now, keys): (Instant, &Keys),
    id: AppointmentId,
    ask: Ask,
    (token, lang): (String, Option<Lang>),
) -> Result<VisitPage> {
    let a = appointments::get_appointment(c, id)?;
    let patient = patients::get_patient(c, a.patient_id)?;
    let wanted = match ask {
        Ask::Times => TIMES,
        Ask::MoreTimes => MORE_TIMES,
        Ask::Nothing | Ask::Reason => 0,
    };
    let clinic = clinic::snapshot(c)?;
    let standing = standing(&a, now, &clinic.online);
    let movable = standing == Standing::Open && online::may_move(c, now, &a)?;
    let times = if wanted > 0 && movable {
        appointments::next_free(c, now, &a, true, wanted)?
    } else {
        Vec::new()
    };
    let bookable = clinic.online.open && clinic.bookable_online().iter().any(|s| s.id == a.service_id);
    let another = bookable.then(|| {
        let path = online::book_path(keys, a.patient_id, now + ANOTHER_MS);
        format!("{path}?s={}&w={}", a.service_id, a.provider_id)
    });
    Ok(VisitPage {
        call: match reached_at(&patient) {
            Some(_) if inbox::awaits_call(c, now, a.id.0)? => Some(Call::Asked),
            Some(_) => Some(Call::MayAsk),
            None => None,
        },
        standing,
        movable,
        another,
        change_minutes: clinic.online.change_minutes,
        check_in: check_in(&a, now, clinic.site.tz()),
        site: clinic.site.clone(),
        provider: clinic.get_provider(a.provider_id)?.clone(),
        lang: lang.unwrap_or(patient.language),
        name: patient.name,
        appointment: a,
        times,
        ask,
        token,
    })
}

async fn show(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let visitor = match enter(&req, ctx, token.into_inner()).await {
        Ok(visitor) => visitor,
        Err(answer) => return Ok(answer),
    };
    let query = req.query_string();
    let has = |pair: &str| query.split('&').any(|p| p == pair);
    let ask = if has("show=times") {
        Ask::Times
    } else if has("show=more") {
        Ask::MoreTimes
    } else if has("show=cancel") {
        Ask::Reason
    } else {
        Ask::Nothing
    };
    let a = visitor.appointment().await?;
    let notice = match a.status {
        Status::Confirmed if has("done=confirmed") => Some(Notice::Confirmed),
        Status::Booked if has("done=moved") => Some(Notice::Moved),
        Status::Booked if has("done=booked") => Some(Notice::Booked),
        Status::Arrived if has("done=here") => Some(Notice::Here),
        _ => None,
    };
    visitor.show(ask, notice).await
}

async fn confirm(req: HttpRequest, ctx: Ctx, token: web::Path<String>, input: Input) -> Result<HttpResponse> {
    let visitor = match enter(&req, ctx, token.into_inner()).await {
        Ok(visitor) => visitor,
        Err(answer) => return Ok(answer),
    };
    let a = visitor.appointment().await?;
    if let Some(changed) = visitor.changed(&a, &input) {
        return visitor.show(Ask::Nothing, Some(changed)).await;
    }
    // Pressed twice, or too late: the page says how things stand.
    let standing = visitor.standing(&a).await?;
    if a.status != Status::Booked || !matches!(standing, Standing::Open | Standing::TooLate) {
        return visitor.show(Ask::Nothing, None).await;
    }
    let done = appointments::confirm(&visitor.ctx.db, visitor.now, visitor.actor.clone(), a.id, a.version).await;
    visitor.after(done, "confirmed").await
}

/// "I am here": what the desk's own step does, for as long as it is believable.
async fn here(req: HttpRequest, ctx: Ctx, token: web::Path<String>, input: Input) -> Result<HttpResponse> {
    let visitor = match enter(&req, ctx, token.into_inner()).await {
        Ok(visitor) => visitor,
        Err(answer) => return Ok(answer),
    };
    let a = visitor.appointment().await?;
    if let Some(changed) = visitor.changed(&a, &input) {
        return visitor.show(Ask::Nothing, Some(changed)).await;
    }
    let site = a.site_id;
    let zone = visitor.ctx.db.read(move |c| clinic::get_site(c, site)).await?.tz();
    // Too early, too late, here already: the page says so.
    if check_in(&a, visitor.now, zone) != CheckIn::Open {
        return visitor.show(Ask::Nothing, None).await;
    }
    let done = appointments::arrive(&visitor.ctx.db, visitor.now, visitor.actor.clone(), a.id, a.version).await;
    visitor.after(done, "here").await
}

/// "Please call me": the desk finds it among what patients write.
async fn call(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let visitor = match enter(&req, ctx, token.into_inner()).await {
        Ok(visitor) => visitor,
        Err(answer) => return Ok(answer),
    };
    let (now, actor, id, lang) = (visitor.now, visitor.actor.clone(), visitor.id, visitor.lang);
    if visitor.ctx.db.read(move |c| inbox::awaits_call(c, now, id.0)).await? {
        return Ok(visitor.back("call"));
    }
    let work = move |c: &mut Conn| {
        let visit = appointments::get_appointment(c, id)?;
        let patient = patients::get_patient(c, visit.patient_id)?;
        let Some(to) = reached_at(&patient) else {
            return Ok(());
        };
        let words = views::call_me(lang.unwrap_or(patient.language));
        inbox::wants_call(c, now, &actor, to, (id.0, words))
    };
    visitor.ctx.db.write(work).await?;
    Ok(visitor.back("call"))
}

/// How the desk knows whose wish it is: by the number, else the email address.
fn reached_at(patient: &Patient) -> Option<(Carrier, &str)> {
    [Carrier::Sms, Carrier::Email]
        .into_iter()
        .find_map(|way| Some((way, way.address_of(patient)?)))
}

async fn cancel(req: HttpRequest, ctx: Ctx, token: web::Path<String>, input: Input) -> Result<HttpResponse> {
    let visitor = match enter(&req, ctx, token.into_inner()).await {
        Ok(visitor) => visitor,
        Err(answer) => return Ok(answer),
    };
    let a = visitor.appointment().await?;
    if let Some(refused) = visitor.refused(&a, &input).await? {
        return visitor.show(Ask::Nothing, refused).await;
    }
    let reason: String = input.get("reason").chars().take(REASON_MAX).collect();
    let step = (a.id, a.version);
    let done = appointments::cancel(&visitor.ctx.db, visitor.now, visitor.actor.clone(), step, &reason).await;
    visitor.after(done, "cancelled").await
}

async fn reschedule(req: HttpRequest, ctx: Ctx, token: web::Path<String>, input: Input) -> Result<HttpResponse> {
    let visitor = match enter(&req, ctx, token.into_inner()).await {
        Ok(visitor) => visitor,
        Err(answer) => return Ok(answer),
    };
    let a = visitor.appointment().await?;
    if let Some(refused) = visitor.refused(&a, &input).await? {
        return visitor.show(Ask::Nothing, refused).await;
    }
    let asked = a.clone();
    let now = visitor.now;
    if !visitor.ctx.db.read(move |c| online::may_move(c, now, &asked)).await? {
        return visitor.show(Ask::Times, None).await;
    }
    let Some(starts_at) = visitor.offered(&a, input.get("to")).await? else {
        return visitor.show(Ask::Times, Some(Notice::SlotTaken)).await;
    };
    let to = Target {
        starts_at,
        provider: None,
        chair: None,
        minutes: None,
        overbook: None,
    };
    let step = (a.id, a.version);
    let done = appointments::reschedule(&visitor.ctx.db, visitor.now, visitor.actor.clone(), step, to).await;
    visitor.after(done, "moved").await
}

impl Visitor {
    /// Why a visit cannot be moved or cancelled by its patient (with what the page says about it).
    async fn refused(&self, a: &Appointment, input: &Input) -> Result<Option<Option<Notice>>> {
        Ok(match self.standing(a).await? {
            Standing::Open => self.changed(a, input).map(Some),
            Standing::TooLate => Some(Some(Notice::TooLate)),
            Standing::Cancelled | Standing::Arrived | Standing::Past => Some(None),
        })
    }

    async fn standing(&self, a: &Appointment) -> Result<Standing> {
        let clinic = self.ctx.db.read(clinic::snapshot).await?;
        Ok(standing(a, self.now, &clinic.online))
    }

    /// The posted time, if it is one that is offered right now.
    async fn offered(&self, a: &Appointment, to: &str) -> Result<Option<Instant>> {
        let Ok(wanted) = to.parse().map(Instant) else {
            return Ok(None);
        };
        let (a, now) = (a.clone(), self.now);
        let free = self
            .ctx
            .db
            .read(move |c| appointments::free_for(c, now, &a, true))
            .await?;
        Ok(free.contains(&wanted).then_some(wanted))
    }

    /// The page after an action; what somebody else did in the same moment is told, not an error.
    async fn after(&self, done: Result<Appointment>, what: &str) -> Result<HttpResponse> {
        match done {
            Ok(_) => Ok(self.back(what)),
            Err(Error::Conflict { code: "slot_taken", .. }) => self.show(Ask::Times, Some(Notice::SlotTaken)).await,
            Err(Error::Conflict { .. }) => self.show(Ask::Nothing, Some(Notice::MovedSince)).await,
            Err(e) => Err(e),
        }
    }
}
