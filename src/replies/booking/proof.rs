//! A stranger's request: the page that says that a message has gone out, and the one behind the message's link.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::super::pages::page;
use super::choice::Choice;
use super::views::{self, Door, Note};
use super::{SENT_LINK, Typed, Visit, behind, query, see_other};
use crate::appointments::online::{self, REQUEST_LINK, Request, RequestId, RequestState};
use crate::appointments::visit_path;
use crate::clinic;
use crate::platform::error::{Error, Result};
use crate::platform::web::{Ctx, chosen_lang};

async fn request_of(visit: &Visit, purpose: &str, token: &str) -> Result<Result<Request, HttpResponse>> {
    behind(visit, (purpose, token), |c, id| online::find_request(c, RequestId(id))).await
}

pub(super) async fn sent(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let visit = Visit::at(&req, ctx, Door::Open);
    let note = query(&req).ticked("again").then_some(Note::SentAgain);
    let request = match request_of(&visit, SENT_LINK, &token).await? {
        Ok(request) => request,
        Err(answer) => return Ok(answer),
    };
    let clinic = visit.ctx.db.read(clinic::snapshot).await?;
    let body = views::sent((visit.lang, visit.now), &clinic, &request, (&token, note));
    Ok(page(StatusCode::OK, body))
}

pub(super) async fn sent_again(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let visit = Visit::at(&req, ctx, Door::Open);
    let request = match request_of(&visit, SENT_LINK, &token).await? {
        Ok(request) => request,
        Err(answer) => return Ok(answer),
    };
    match online::send_again(&visit.ctx, request.id).await {
        Ok(()) => Ok(see_other(&format!("/book/sent/{token}?again=1"))),
        Err(Error::TooMany { retry_after_seconds }) => {
            let clinic = visit.ctx.db.read(clinic::snapshot).await?;
            Ok(visit.too_many(&clinic, Choice::default(), retry_after_seconds))
        }
        Err(e) => Err(e),
    }
}

/// Behind the message: what would be booked, and the button. Opening it books nothing: mail scanners open links, too.
pub(super) async fn show(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let visit = Visit::at(&req, ctx, Door::Open);
    let request = match request_of(&visit, REQUEST_LINK, &token).await? {
        Ok(request) => request,
        Err(answer) => return Ok(answer),
    };
    let lang = chosen_lang(&req).unwrap_or(request.language);
    if let (RequestState::Booked, Some(id)) = (request.state, request.booked_id) {
        let a = visit
            .ctx
            .db
            .read(move |c| crate::appointments::get_appointment(c, id))
            .await?;
        return Ok(see_other(&visit_path(&visit.ctx.keys, &a)));
    }
    let clinic = visit.ctx.db.read(clinic::snapshot).await?;
    let body = views::proof((lang, visit.now), &clinic, &request, &token);
    Ok(page(StatusCode::OK, body))
}

pub(super) async fn confirm(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let mut visit = Visit::at(&req, ctx, Door::Open);
    let request = match request_of(&visit, REQUEST_LINK, &token).await? {
        Ok(request) => request,
        Err(answer) => return Ok(answer),
    };
    visit.lang = chosen_lang(&req).unwrap_or(request.language);
    let done = online::confirm_request(&visit.ctx, visit.actor.clone(), request.id).await?;
    let again = Choice {
        service: Some(request.service_id),
        ..Choice::default()
    };
    visit.answer(done, again, Typed::default()).await
}
