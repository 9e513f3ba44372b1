//! What gateways call. No session: reports are signed by us, and `sms.allow_from` names who may call. These are the only
//! GETs that change something, because Kannel can do nothing else.

use actix_web::{HttpRequest, HttpResponse, web};

use super::super::actions::{self, Inbound, Report};
use super::super::inbox::AnswerReader;
use super::super::jobs::REPORT_PURPOSE;
use super::super::model::MessageId;
use crate::platform::error::{Error, Result};
use crate::platform::links;
use crate::platform::web::form::Input;
use crate::platform::web::{Ctx, client_ip, request_id};
use crate::staff::Actor;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/gateway/kannel/dlr/{token}").route(web::get().to(delivery_report)))
        .service(web::resource("/gateway/kannel/mo").route(web::get().to(inbound_text)));
}

/// Whether this address may call. With an empty list, reports are let in by their signature; texts, which have none, only
/// from this machine.
fn may_call(ctx: &Ctx, req: &HttpRequest, signed: bool) -> Result<()> {
    let allowed = &ctx.config.sms.allow_from;
    let from: Option<std::net::IpAddr> = client_ip(req).parse().ok();
    let ok = match from {
        Some(_) if allowed.is_empty() && signed => true,
        // Through a proxy on this machine everybody comes from this machine.
        Some(ip) if allowed.is_empty() => ip.is_loopback() && !req.headers().contains_key("X-Forwarded-For"),
        Some(ip) => allowed.contains(&ip),
        None => false,
    };
    if ok { Ok(()) } else { Err(Error::Forbidden) }
}

type Query = web::Query<Vec<(String, String)>>;

async fn delivery_report(ctx: Ctx, req: HttpRequest, token: web::Path<String>, query: Query) -> Result<HttpResponse> {
    may_call(&ctx, &req, true)?;
    let now = ctx.now();
    let id = links::open(&ctx.keys, REPORT_PURPOSE, &token, now).map_err(|_wrong| Error::NotFound("link"))?;
    let query = Input::from_pairs(query.into_inner());
    let report = Report {
        message: MessageId(id),
        kind: query.get("type").parse().unwrap_or(0),
        said: query.get("reply").to_owned(),
    };
    ctx.db.write(move |c| actions::take_report(c, now, &report)).await?;
    Ok(HttpResponse::Ok().content_type("text/plain").body("ok"))
}

async fn inbound_text(
    ctx: Ctx,
    req: HttpRequest,
    query: Query,
    reader: web::Data<dyn AnswerReader>,
) -> Result<HttpResponse> {
    may_call(&ctx, &req, false)?;
    let now = ctx.now();
    let query = Input::from_pairs(query.into_inner());
    let inbound = Inbound {
        from: query.get("from").to_owned(),
        text: query.get("text").to_owned(),
        gateway_id: query.get("id").to_owned(),
    };
    let actor = Actor {
        ip: client_ip(&req),
        request: request_id(&req),
        ..Actor::system("kannel")
    };
    ctx.db
        .write(move |c| actions::take_reply(c, now, &actor, &inbound, reader.as_ref()))
        .await?;
    // Whatever stood here, Kannel would send to the patient.
    Ok(HttpResponse::Ok().content_type("text/plain").body(""))
}
