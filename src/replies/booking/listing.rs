//! Putting oneself on the waiting list: `/book/wait` for everybody, `/r/{token}/wait` for who comes by their own link,
//! `/b/list/{token}` behind the message that shows that a number is theirs.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::super::pages::page;
use super::choice::Choice;
use super::views::{self, Door, Frame, Note};
use super::{Visit, behind, enter, query, see_other};
use crate::appointments::online::{self, BOOK_LINK, Joined, LIST_LINK, ListRequest, ListRequestId, list_link_ends_at};
use crate::clinic::{self, Snapshot};
use crate::platform::error::{Error, Result};
use crate::platform::links;
use crate::platform::web::form::{Faults, Input};
use crate::platform::web::{Ctx, chosen_lang};

/// The purpose that signs the page that says that a message has gone out.
const SENT_LINK: &str = "listing-sent";

fn frame<'a>(visit: &'a Visit, clinic: &'a Snapshot, choice: Choice) -> Frame<'a> {
    Frame {
        lang: visit.lang,
        clinic,
        door: &visit.door,
        choice,
    }
}

impl Visit {
    /// The form; without a service that can be booked, what there is to choose.
    async fn list_form(&self, choice: Choice, (input, faults): (Input, Faults)) -> Result<HttpResponse> {
        let clinic = self.ctx.db.read(clinic::snapshot).await?;
        let frame = frame(self, &clinic, choice);
        if !clinic.online.open || clinic.bookable_online().is_empty() {
            return Ok(page(StatusCode::OK, frame.closed()));
        }
        let Some(service) = choice.service_in(&clinic) else {
            return Ok(page(StatusCode::OK, frame.what()));
        };
        let status = match faults.0.is_empty() {
            true => StatusCode::OK,
            false => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let today = self.now.day(clinic.site.tz());
        Ok(page(status, frame.list_form(service, today, (&input, &faults))))
    }

    /// What came of it.
    async fn joined(&self, done: Joined) -> Result<HttpResponse> {
        let clinic = self.ctx.db.read(clinic::snapshot).await?;
        let frame = frame(self, &clinic, Choice::default());
        Ok(match done {
            Joined::Listed => page(StatusCode::OK, frame.listed()),
            Joined::Refused(limit) => page(StatusCode::CONFLICT, frame.limited(limit)),
        })
    }

    /// A refusal as the page that says so; what is wrong with a field goes back to the form.
    async fn list_again(&self, choice: Choice, input: Input, e: Error) -> Result<HttpResponse> {
        match e {
            Error::Invalid(faults) => self.list_form(choice, (input, Faults(faults))).await,
            Error::TooMany { retry_after_seconds } => {
                let clinic = self.ctx.db.read(clinic::snapshot).await?;
                Ok(self.too_many(&clinic, choice, retry_after_seconds))
            }
            Error::NotFound(_) => {
                self.list_form(Choice::default(), (Input::default(), Faults::default()))
                    .await
            }
            e => Err(e),
        }
    }
}

pub(super) async fn open_page(req: HttpRequest, ctx: Ctx) -> Result<HttpResponse> {
    let choice = Choice::read(&query(&req));
    let blank = (Input::default(), Faults::default());
    Visit::at(&req, ctx, Door::Open).list_form(choice, blank).await
}

pub(super) async fn ask(req: HttpRequest, ctx: Ctx, input: Input) -> Result<HttpResponse> {
    let visit = Visit::at(&req, ctx, Door::Open);
    let choice = Choice::read(&input);
    let clinic = visit.ctx.db.read(clinic::snapshot).await?;
    let Some(service) = choice.service_in(&clinic).map(|s| s.id) else {
        return visit.list_form(choice, (input, Faults::default())).await;
    };
    let asks = (service, choice.with);
    match online::request_listing(&visit.ctx, visit.actor.clone(), asks, input.clone(), visit.lang).await {
        Ok(made) => {
            let token = links::make(&visit.ctx.keys, SENT_LINK, made.id.0, list_link_ends_at(&made));
            Ok(see_other(&format!("/book/wait/sent/{token}")))
        }
        Err(e) => visit.list_again(choice, input, e).await,
    }
}

pub(super) async fn known_page(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let visit = match enter(&req, ctx, (BOOK_LINK, token.into_inner())).await {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let input = query(&req);
    if input.ticked("done") {
        return visit.joined(Joined::Listed).await;
    }
    let blank = (Input::default(), Faults::default());
    visit.list_form(Choice::read(&input), blank).await
}

pub(super) async fn join(req: HttpRequest, ctx: Ctx, token: web::Path<String>, input: Input) -> Result<HttpResponse> {
    let visit = match enter(&req, ctx, (BOOK_LINK, token.into_inner())).await {
        Ok(visit) => visit,
        Err(answer) => return Ok(answer),
    };
    let choice = Choice::read(&input);
    let clinic = visit.ctx.db.read(clinic::snapshot).await?;
    let (Some(service), Some(patient)) = (choice.service_in(&clinic).map(|s| s.id), visit.door.patient()) else {
        return visit.list_form(choice, (input, Faults::default())).await;
    };
    let asks = (service, choice.with);
    match online::join_known(&visit.ctx, visit.actor.clone(), patient, asks, input.clone()).await {
        Ok(Joined::Listed) => Ok(see_other(&format!("{}/wait?done=1", visit.door.path()))),
        Ok(refused) => visit.joined(refused).await,
        Err(e) => visit.list_again(choice, input, e).await,
    }
}

async fn request_of(visit: &Visit, purpose: &str, token: &str) -> Result<Result<ListRequest, HttpResponse>> {
    behind(visit, (purpose, token), |c, id| {
        online::find_list_request(c, ListRequestId(id))
    })
    .await
}

pub(super) async fn sent(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let visit = Visit::at(&req, ctx, Door::Open);
    let note = query(&req).ticked("again").then_some(Note::SentAgain);
    let request = match request_of(&visit, SENT_LINK, &token).await? {
        Ok(request) => request,
        Err(answer) => return Ok(answer),
    };
    let clinic = visit.ctx.db.read(clinic::snapshot).await?;
    let body = views::list_sent(visit.lang, &clinic, &request, (&token, note));
    Ok(page(StatusCode::OK, body))
}

pub(super) async fn sent_again(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let visit = Visit::at(&req, ctx, Door::Open);
    let request = match request_of(&visit, SENT_LINK, &token).await? {
        Ok(request) => request,
        Err(answer) => return Ok(answer),
    };
    match online::send_listing_again(&visit.ctx, request.id).await {
        Ok(()) => Ok(see_other(&format!("/book/wait/sent/{token}?again=1"))),
        Err(e) => visit.list_again(Choice::default(), Input::default(), e).await,
    }
}

/// Behind the message: what they would wait for, and the button. Opening it does nothing: mail scanners open links, too.
pub(super) async fn show(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let mut visit = Visit::at(&req, ctx, Door::Open);
    let request = match request_of(&visit, LIST_LINK, &token).await? {
        Ok(request) => request,
        Err(answer) => return Ok(answer),
    };
    visit.lang = chosen_lang(&req).unwrap_or(request.language);
    if request.patient_id.is_some() || request.refusal.is_some() {
        return visit
            .joined(request.refusal.map_or(Joined::Listed, Joined::Refused))
            .await;
    }
    let clinic = visit.ctx.db.read(clinic::snapshot).await?;
    let body = views::list_proof(visit.lang, &clinic, &request, &token);
    Ok(page(StatusCode::OK, body))
}

pub(super) async fn confirm(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let mut visit = Visit::at(&req, ctx, Door::Open);
    let request = match request_of(&visit, LIST_LINK, &token).await? {
        Ok(request) => request,
        Err(answer) => return Ok(answer),
    };
    visit.lang = chosen_lang(&req).unwrap_or(request.language);
    match online::confirm_listing(&visit.ctx, visit.actor.clone(), request.id).await? {
        Joined::Listed => Ok(see_other(&format!("/b/list/{token}"))),
        refused => visit.joined(refused).await,
    }
}
