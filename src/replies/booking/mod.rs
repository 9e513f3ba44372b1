//! Patients book by themselves: `/book` for everybody, `/r/{token}` for who comes by their own link, `/b/{token}` behind the
//! message that shows that a number is theirs. Each step is an address; nothing is kept between them, and nothing needs a
//! script.

mod choice;
mod family;
mod listing;
mod proof;
mod times;
mod views;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use self::choice::Choice;
use self::times::{Times, load_times};
use self::views::{Door, Frame, Known, Note};
use super::pages::{not_ours, page};
use crate::appointments::online::{self, Asking, BOOK_LINK, Confirmed, request_link_ends_at};
use crate::appointments::visit_path;
use crate::clinic::{self, Snapshot};
use crate::patients::{self, PatientId};
use crate::platform::clock::{Instant, MINUTE_MS};
use crate::platform::db::Conn;
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Lang;
use crate::platform::links;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::limit::PerAddress;
use crate::platform::web::{Ctx, chosen_lang, client_ip, reading, request_id, visitor_lang};
use crate::staff::Actor;

/// Each search looks through up to 90 days. Somebody who books needs a few; behind one address there may be many of them.
static SEARCHES: PerAddress = PerAddress::new(60, MINUTE_MS);
/// The purpose that signs the page that says that a message has gone out. It tells nothing of what was booked: whoever sees
/// it may have typed a stranger's number.
const SENT_LINK: &str = "booking-sent";

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    // Without a sign-in, on purpose: everybody may ask for a time, and the signed links are the keys.
    cfg.service(
        web::resource("/book")
            .route(reading().to(open_page))
            .route(web::post().to(ask)),
    )
    .service(
        web::resource("/book/sent/{token}")
            .route(reading().to(proof::sent))
            .route(web::post().to(proof::sent_again)),
    )
    .service(
        web::resource("/b/{token}")
            .route(reading().to(proof::show))
            .route(web::post().to(proof::confirm)),
    )
    .service(
        web::resource("/r/{token}")
            .route(reading().to(known_page))
            .route(web::post().to(book_known)),
    )
    .service(
        web::resource("/book/wait")
            .route(reading().to(listing::open_page))
            .route(web::post().to(listing::ask)),
    )
    .service(
        web::resource("/book/wait/sent/{token}")
            .route(reading().to(listing::sent))
            .route(web::post().to(listing::sent_again)),
    )
    .service(
        web::resource("/b/list/{token}")
            .route(reading().to(listing::show))
            .route(web::post().to(listing::confirm)),
    )
    .service(
        web::resource("/r/{token}/wait")
            .route(reading().to(listing::known_page))
            .route(web::post().to(listing::join)),
    )
    .service(
        web::resource("/r/{token}/family")
            .route(reading().to(family::show))
            .route(web::post().to(family::book)),
    );
}

/// A page for somebody at one of the doors.
struct Visit {
    ctx: Ctx,
    now: Instant,
    lang: Lang,
    actor: Actor,
    door: Door,
}

impl Visit {
    fn at(req: &HttpRequest, ctx: Ctx, door: Door) -> Visit {
        Visit {
            now: ctx.now(),
            lang: visitor_lang(req),
            actor: Actor::patient(client_ip(req), request_id(req)),
            door,
            ctx,
        }
    }

    /// The step that the choice leads to; `typed`: what was sent with it and is not to be lost.
    async fn step(&self, choice: Choice, typed: Typed) -> Result<HttpResponse> {
        let (now, patient) = (self.now, self.door.patient());
        let wait = SEARCHES.blocked(&self.actor.ip, now);
        let (clinic, times, limit) = self
            .ctx
            .db
            .read(move |c| {
                let clinic = clinic::snapshot(c)?;
                let limit = patient.map(|id| online::limit_of(c, now, id)).transpose()?.flatten();
                let times = match choice.service_in(&clinic) {
                    Some(service) if clinic.online.open && limit.is_none() => Some(match wait {
                        None => Ok(load_times(c, now, (&clinic, service), choice, patient)?),
                        Some(seconds) => Err(seconds),
                    }),
                    _ => None,
                };
                Ok((clinic, times, limit))
            })
            .await?;
        let frame = Frame {
            lang: self.lang,
            clinic: &clinic,
            door: &self.door,
            choice,
        };
        if !clinic.online.open || clinic.bookable_online().is_empty() {
            return Ok(page(StatusCode::OK, frame.closed()));
        }
        if let Some(limit) = limit {
            return Ok(page(StatusCode::OK, frame.limited(limit)));
        }
        match times {
            None => Ok(page(StatusCode::OK, frame.what())),
            Some(Err(seconds)) => Ok(self.too_many(&clinic, choice, seconds)),
            Some(Ok(times)) => {
                SEARCHES.count(&self.actor.ip, now);
                Ok(when_or_who(&frame, &times, typed))
            }
        }
    }
}

/// What came with a form that is shown again.
#[derive(Default)]
struct Typed {
    input: Input,
    faults: Faults,
    note: Option<Note>,
}

/// The times; or, once one is chosen and still free, the rest.
fn when_or_who(frame: &Frame<'_>, times: &Times, typed: Typed) -> HttpResponse {
    let chosen = frame.choice.at.and_then(|at| times.find(at));
    match chosen {
        Some(free) if typed.note.is_none() => {
            let status = match typed.faults.0.is_empty() {
                true => StatusCode::OK,
                false => StatusCode::UNPROCESSABLE_ENTITY,
            };
            page(status, frame.who(times, free, (&typed.input, &typed.faults)))
        }
        _ => {
            // It was free when the page with it was drawn.
            let gone = frame.choice.at.map(|_| Note::Taken);
            let note = typed.note.or(gone);
            let status = if note.is_some() {
                StatusCode::CONFLICT
            } else {
                StatusCode::OK
            };
            page(status, frame.when(times, note, &typed.input))
        }
    }
}

fn query(req: &HttpRequest) -> Input {
    let pairs = web::Query::<Vec<(String, String)>>::from_query(req.query_string());
    Input::from_pairs(pairs.map(web::Query::into_inner).unwrap_or_default())
}

async fn open_page(req: HttpRequest, ctx: Ctx) -> Result<HttpResponse> {
    let choice = Choice::read(&query(&req));
    Visit::at(&req, ctx, Door::Open).step(choice, Typed::default()).await
}

/// What the choice asks for, once it names a time.
fn asking(clinic: &Snapshot, choice: Choice) -> Option<Asking> {
    Some(Asking {
        service: choice.service_in(clinic)?.id,
        provider: choice.with,
        starts_at: choice.at?,
    })
}

async fn ask(req: HttpRequest, ctx: Ctx, input: Input) -> Result<HttpResponse> {
    let visit = Visit::at(&req, ctx, Door::Open);
    let choice = Choice::read(&input);
    let clinic = visit.ctx.db.read(clinic::snapshot).await?;
    let Some(asking) = asking(&clinic, choice) else {
        return visit.step(choice, Typed::default()).await;
    };
    let actor = visit.actor.clone();
    let done = online::request(&visit.ctx, actor, asking, input.clone(), visit.lang).await;
    let again = |faults, note| Typed {
        input: input.clone(),
        faults,
        note,
    };
    match done {
        Ok(made) => {
            let token = links::make(&visit.ctx.keys, SENT_LINK, made.id.0, request_link_ends_at(&made));
            Ok(see_other(&format!("/book/sent/{token}")))
        }
        Err(Error::Conflict { code: "slot_taken", .. }) => {
            visit.step(choice, again(Faults::default(), Some(Note::Taken))).await
        }
        Err(Error::Invalid(faults)) if faults.iter().any(|f| f.field == "starts_at") => {
            visit.step(choice, again(Faults::default(), Some(Note::Taken))).await
        }
        Err(Error::Invalid(faults)) => visit.step(choice, again(Faults(faults), None)).await,
        Err(Error::TooMany { retry_after_seconds }) => Ok(visit.too_many(&clinic, choice, retry_after_seconds)),
        Err(Error::NotFound(_)) => visit.step(Choice::default(), Typed::default()).await,
        Err(e) => Err(e),
    }
}

impl Visit {
    fn too_many(&self, clinic: &Snapshot, choice: Choice, seconds: i64) -> HttpResponse {
        let frame = Frame {
            lang: self.lang,
            clinic,
            door: &self.door,
            choice,
        };
        let mut answer = page(StatusCode::TOO_MANY_REQUESTS, frame.too_many());
        if let Ok(value) = header::HeaderValue::from_str(&seconds.to_string()) {
            answer.headers_mut().insert(header::RETRY_AFTER, value);
        }
        answer
    }
}

/// The row that the link of a message names, or the page that says why not.
async fn behind<T: Send + 'static>(
    visit: &Visit,
    (purpose, token): (&str, &str),
    find: impl FnOnce(&mut Conn, i64) -> Result<Option<T>> + Send + 'static,
) -> Result<Result<T, HttpResponse>> {
    let Ok((id, ends_at)) = links::read(&visit.ctx.keys, purpose, token) else {
        return Ok(Err(not_ours(&visit.ctx, &visit.actor.ip, visit.now).await));
    };
    if let Some(row) = visit.ctx.db.read(move |c| find(c, id)).await?
        && visit.now < ends_at
    {
        return Ok(Ok(row));
    }
    let site = visit.ctx.db.read(clinic::the_site).await?;
    Ok(Err(page(StatusCode::GONE, views::expired(visit.lang, Some(&site)))))
}

fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to.to_owned()))
        .finish()
}

impl Visit {
    /// The visit's own page once it is booked; else what to do instead.
    async fn answer(&self, done: Confirmed, again: Choice, typed: Typed) -> Result<HttpResponse> {
        match done {
            Confirmed::Booked(a) => Ok(see_other(&format!("{}?done=booked", visit_path(&self.ctx.keys, &a)))),
            Confirmed::Refused(limit) => {
                let clinic = self.ctx.db.read(clinic::snapshot).await?;
                let frame = Frame {
                    lang: self.lang,
                    clinic: &clinic,
                    door: &self.door,
                    choice: again,
                };
                Ok(page(StatusCode::CONFLICT, frame.limited(limit)))
            }
            Confirmed::Taken => {
                let note = Some(Note::Taken);
                self.step(again, Typed { note, ..typed }).await
            }
        }
    }
}

/// Opens a known patient's link, or says with which page it does not open.
async fn enter(req: &HttpRequest, ctx: Ctx, (purpose, token): (&str, String)) -> Result<Visit, HttpResponse> {
    let (now, ip) = (ctx.now(), client_ip(req));
    let Ok((id, ends_at)) = links::read(&ctx.keys, purpose, &token) else {
        return Err(not_ours(&ctx, &ip, now).await);
    };
    let find = move |c: &mut Conn| patients::find_patient(c, PatientId(id));
    let patient = ctx.db.read(find).await.ok().flatten().filter(|p| !p.deceased);
    let Some(patient) = patient.filter(|_| now < ends_at) else {
        let site = ctx.db.read(clinic::the_site).await.ok();
        return Err(page(StatusCode::GONE, views::expired(visitor_lang(req), site.as_ref())));
    };
    let lang = chosen_lang(req).unwrap_or(patient.language);
    let door = Door::Known(Known {
        id: patient.id,
        name: patient.name,
        token,
        ends_at,
    });
    Ok(Visit {
        lang,
        ..Visit::at(req, ctx, door)
    })
}

async fn known_page(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    match enter(&req, ctx, (BOOK_LINK, token.into_inner())).await {
        Ok(visit) => visit.step(Choice::read(&query(&req)), Typed::default()).await,
        Err(answer) => Ok(answer),
    }
}

async fn book_known(req: HttpRequest, ctx: Ctx, token: web::Path<String>, input: Input) -> Result<HttpResponse> {
    let visit = match enter(&req, ctx, (BOOK_LINK, token.into_inner())).await {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let choice = Choice::read(&input);
    let clinic = visit.ctx.db.read(clinic::snapshot).await?;
    let (Some(asking), Some(patient)) = (asking(&clinic, choice), visit.door.patient()) else {
        return visit.step(choice, Typed::default()).await;
    };
    match online::book_known(&visit.ctx, visit.actor.clone(), patient, asking, input.clone()).await {
        Ok(done) => {
            let typed = Typed {
                input,
                ..Typed::default()
            };
            visit.answer(done, choice, typed).await
        }
        Err(Error::Invalid(faults)) => {
            let typed = Typed {
                input,
                faults: Faults(faults),
                note: None,
            };
            visit.step(choice, typed).await
        }
        Err(Error::NotFound(_)) => visit.step(Choice::default(), Typed::default()).await,
        Err(e) => Err(e),
    }
}
