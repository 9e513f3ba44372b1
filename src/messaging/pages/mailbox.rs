//! What mail servers hand in, and mail to an address that is tried again.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use subtle::ConstantTimeEq;

use super::super::actions;
use super::super::inbox::AnswerReader;
use super::see;
use crate::patients::PatientId;
use crate::platform::error::{Error, Result};
use crate::platform::mail::MAIL_BYTES_MAX;
use crate::platform::web::{Ctx, client_ip, limit};
use crate::staff::{self, Actor, DESK};

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/inbound/email").route(web::post().to(inbound)))
        .service(web::resource("/patients/{id:\\d+}/email-again").route(staff::post(DESK, email_again)));
}

/// Whether the caller knows `mail.inbound_token`. Who does not, and tries often, waits.
fn may_hand_in(ctx: &Ctx, req: &HttpRequest) -> Result<()> {
    let (wanted, ip, now) = (&ctx.config.mail.inbound_token.0, client_ip(req), ctx.now());
    if wanted.is_empty() {
        return Err(Error::NotFound("page"));
    }
    if let Some(retry_after_seconds) = limit::blocked(&ip, now) {
        return Err(Error::TooMany { retry_after_seconds });
    }
    let header = req.headers().get(header::AUTHORIZATION);
    let given = header.and_then(|h| h.to_str().ok()?.strip_prefix("Bearer "));
    if given.is_some_and(|token| bool::from(token.as_bytes().ct_eq(wanted.as_bytes()))) {
        return Ok(());
    }
    limit::count(&ip, now);
    Err(Error::Unauthorized)
}

/// A raw mail. Whatever it is, it has been taken when this answers 200; anything else means "hand it in again", but for 413.
async fn inbound(
    ctx: Ctx,
    req: HttpRequest,
    reader: web::Data<dyn AnswerReader>,
    payload: web::Payload,
) -> Result<HttpResponse> {
    may_hand_in(&ctx, &req)?;
    let raw = match payload.to_bytes_limited(MAIL_BYTES_MAX).await {
        Ok(Ok(raw)) => raw,
        Ok(Err(e)) => return Err(Error::Unavailable(e.to_string())),
        Err(_too_large) => return Err(Error::TooLarge),
    };
    let said = actions::take_mail(&ctx.db, ctx.now(), &ctx.keys, &reader.into_inner(), &raw).await?;
    Ok(HttpResponse::Ok().content_type("text/plain").body(said))
}

async fn email_again(ctx: Ctx, actor: Actor, id: web::Path<PatientId>) -> Result<HttpResponse> {
    let (now, id) = (ctx.now(), id.into_inner());
    ctx.db
        .write(move |c| actions::try_address_again(c, now, &actor, id))
        .await?;
    Ok(see(&format!("/patients/{id}")))
}
