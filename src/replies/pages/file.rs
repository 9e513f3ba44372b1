//! `/v/{token}/visit.ics`: the visit for the patient's own calendar.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};

use super::super::model::Standing;
use super::super::views::{self, Ask};
use super::{enter, load, page};
use crate::appointments::visit_event;
use crate::platform::error::Result;
use crate::platform::ical;
use crate::platform::web::Ctx;

/// The file, while the visit is ahead; else the page that says how it stands.
pub(super) async fn file(req: HttpRequest, ctx: Ctx, token: web::Path<String>) -> Result<HttpResponse> {
    let visitor = match enter(&req, ctx, token.into_inner()).await {
        Ok(visitor) => visitor,
        Err(answer) => return Ok(answer),
    };
    let (id, now, token, lang) = (visitor.id, visitor.now, visitor.token, visitor.lang);
    let ctx = visitor.ctx;
    let keys = ctx.keys.clone();
    let data = ctx
        .db
        .read(move |c| load(c, (now, &keys), id, Ask::Nothing, (token, lang)))
        .await?;
    let visit = &data.appointment;
    if !matches!(data.standing, Standing::Open | Standing::TooLate) {
        return Ok(page(StatusCode::GONE, views::visit(&data, None)));
    }
    let event = visit_event(&ctx.links(), visit, &data.site, data.lang);
    Ok(HttpResponse::Ok()
        .content_type(ical::CONTENT_TYPE)
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"visit.ics\""))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("X-Robots-Tag", "noindex, nofollow"))
        .body(ical::file(&[event], now)))
}
