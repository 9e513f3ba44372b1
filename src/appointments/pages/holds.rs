//! Holding the time chosen in the booking panel.

use actix_web::HttpResponse;

use super::super::actions::{self, HOLD_MS, HoldWish};
use super::super::store::HoldPurpose;
use super::booking::chosen_slot;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::{Faults, Input};
use crate::staff::Actor;

/// Holds the chosen time instead of the one held before; answers with the token.
pub(super) async fn hold(ctx: Ctx, actor: Actor, input: Input) -> Result<HttpResponse> {
    let mut faults = Faults::default();
    let service = input.need("service", &mut faults);
    let minutes = input.parse("minutes", &mut faults);
    let (Some(service), Some((starts_at, provider))) = (service, chosen_slot(&input)) else {
        faults.require("slot");
        return Err(Error::Invalid(faults.0));
    };
    let now = ctx.now();
    let wish = HoldWish {
        service,
        provider,
        chair: input.get("chair").parse().ok(),
        starts_at,
        minutes,
        patient: input.get("patient").parse().ok(),
        purpose: HoldPurpose::Desk,
        expires_at: now + HOLD_MS,
    };
    let instead = Some(input.get("hold").to_owned()).filter(|t| !t.is_empty());
    let held = actions::hold(&ctx.db, now, actor, wish, instead).await?;
    Ok(HttpResponse::Created().content_type("text/plain").body(held.token))
}

/// Gives the held time free.
pub(super) async fn release(ctx: Ctx, input: Input) -> Result<HttpResponse> {
    let (now, token) = (ctx.now(), input.get("hold").to_owned());
    ctx.db.write(move |c| actions::release_in(c, now, Some(&token))).await?;
    Ok(HttpResponse::NoContent().finish())
}
