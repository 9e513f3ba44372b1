//! Whether a card may be dropped where it is held: the board asks before it moves anything.

use actix_web::HttpResponse;

use super::super::actions;
use super::super::model::AppointmentId;
use super::day::Query;
use super::desk::Request;
use super::steps::target;
use crate::platform::error::{Error, Result};
use crate::platform::web::Ctx;
use crate::platform::web::form::Input;
use crate::platform::web::layout::Frame;
use crate::staff::Actor;

/// Why the visit named by `visit` cannot be moved there, as plain text; empty: it can.
pub(super) async fn why(ctx: Ctx, frame: Frame, actor: Actor, query: Query) -> Result<HttpResponse> {
    let r = Request::new(ctx.now(), frame, actor, Input::from_pairs(query.into_inner()));
    let id: AppointmentId = r
        .input
        .get("visit")
        .parse()
        .map_err(|_| Error::NotFound("appointment"))?;
    let (now, lang) = (r.now, r.frame.lang);
    let said = match target(&ctx, &r).await {
        Ok(to) => ctx.db.read(move |c| actions::judge_move(c, now, id, &to)).await?,
        Err(Error::Invalid(faults)) => faults.into_iter().next().map(|f| f.text),
        Err(e) => return Err(e),
    };
    let said = said.map(|text| text.get(lang).to_owned()).unwrap_or_default();
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(said))
}
