//! What gateways call. No session: each call shows by its gateway's means that it comes from there ([`Proof`]), and
//! `sms.allow_from` names who may call without a signature. The GETs among these are the only ones that change something,
//! because some gateways can do nothing else.

use actix_web::{HttpRequest, HttpResponse, web};

use super::super::actions::{self, Inbound};
use super::super::inbox::AnswerReader;
use super::super::jobs::{Dispatcher, REPORT_PURPOSE, take_told_of};
use super::super::model::{MessageId, international};
use super::super::store;
use crate::clinic;
use crate::platform::clock::Instant;
use crate::platform::crypto::Keys;
use crate::platform::db::{Conn, storable};
use crate::platform::error::{Error, Result};
use crate::platform::i18n::Text;
use crate::platform::links;
use crate::platform::sms::{Ack, Call, Heard, Proof, Refusal, SmsSender, Told, Which};
use crate::platform::web::{Ctx, client_ip, request_id};
use crate::staff::Actor;

pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    let report_of_texts = web::resource("/gateway/{name}/report/{tail}")
        .route(web::get().to(report))
        .route(web::post().to(report));
    let texts = web::resource("/gateway/{name}/inbound")
        .route(web::get().to(inbound))
        .route(web::post().to(inbound));
    let texts_by_secret = web::resource("/gateway/{name}/inbound/{tail}")
        .route(web::get().to(inbound))
        .route(web::post().to(inbound));
    cfg.service(report_of_texts).service(texts).service(texts_by_secret);
}

/// Whether this address may call. Who signs, may from anywhere. With an empty list, reports are let in by what they know;
/// texts that know nothing, only from this machine.
fn may_call(ctx: &Ctx, req: &HttpRequest, proof: Proof, is_report: bool) -> Result<()> {
    let allowed = &ctx.config.sms.allow_from;
    let from: Option<std::net::IpAddr> = client_ip(req).parse().ok();
    let ok = match (proof, from) {
        (Proof::Signature, _) => true,
        (_, None) => false,
        (_, Some(ip)) if !allowed.is_empty() => allowed.contains(&ip),
        (Proof::Nothing, Some(ip)) if !is_report => {
            // Through a proxy on this machine everybody comes from this machine.
            ip.is_loopback() && !req.headers().contains_key("X-Forwarded-For")
        }
        (_, Some(_)) => true,
    };
    if ok { Ok(()) } else { Err(Error::Forbidden) }
}

/// The gateway of the path, the rest of the path, and the address as the gateway knows it.
fn called<'d>(ctx: &Ctx, req: &HttpRequest, dispatcher: &'d Dispatcher) -> Result<(&'d dyn SmsSender, String, String)> {
    let part = |name: &str| req.match_info().get(name).unwrap_or_default();
    let gateway = dispatcher
        .known_gateway(part("name"))
        .ok_or(Error::NotFound("gateway"))?;
    let path = req.uri().path_and_query().map_or("/", |p| p.as_str());
    Ok((gateway.as_ref(), part("tail").to_owned(), ctx.config.server.url(path)))
}

/// What a gateway reads out of a call.
fn read<T>(
    req: &HttpRequest,
    (url, tail, body): (&str, &str, &[u8]),
    by: impl FnOnce(&Call<'_>) -> Result<T, Refusal>,
) -> Result<T> {
    let header = |name: &str| Some(req.headers().get(name)?.to_str().ok()?.to_owned());
    let query = web::Query::<Vec<(String, String)>>::from_query(req.query_string());
    let call = Call {
        url,
        tail,
        query: query.map(web::Query::into_inner).unwrap_or_default(),
        body,
        header: &header,
    };
    by(&call).map_err(|refusal| match refusal {
        Refusal::Forbidden => Error::Forbidden,
        Refusal::Unreadable => Error::BadRequest(Text::new("请求无法读取", "The request cannot be read")),
        Refusal::None => Error::NotFound("gateway"),
    })
}

fn answered(ack: Ack) -> HttpResponse {
    HttpResponse::Ok().content_type(ack.content_type).body(ack.body)
}

async fn report(
    ctx: Ctx,
    req: HttpRequest,
    dispatcher: web::Data<Dispatcher>,
    body: web::Bytes,
) -> Result<HttpResponse> {
    let (gateway, tail, url) = called(&ctx, &req, &dispatcher)?;
    may_call(&ctx, &req, gateway.proof(), true)?;
    let told = read(&req, (&url, &tail, &body), |call| gateway.report(call))?;
    let (now, keys, name) = (ctx.now(), ctx.keys.clone(), gateway.name().to_owned());
    let open = move |c: &mut Conn, one: &Told| message_of(c, now, &keys, (&name, &tail, one));
    let name = gateway.name().to_owned();
    ctx.db
        .write(move |c| {
            for one in &told {
                match open(c, one)? {
                    Some(id) => take_told_of(c, now, &name, (id, one))?,
                    // Of another program that uses the same account, perhaps.
                    None => tracing::info!(gateway = name, "a report of a text that is not known"),
                }
            }
            Ok(())
        })
        .await?;
    Ok(answered(gateway.ack(true)))
}

/// Which message a report is about; none: one that is not ours.
fn message_of(
    c: &mut Conn,
    now: Instant,
    keys: &Keys,
    (gateway, tail, told): (&str, &str, &Told),
) -> Result<Option<MessageId>> {
    let reference = match &told.which {
        Which::Address => tail,
        Which::Reference(token) => token,
        Which::Id(id) => return store::find_by_gateway_id(c, gateway, id),
        Which::Asked => return Ok(None),
    };
    let id = links::open(keys, REPORT_PURPOSE, reference, now).ok().map(MessageId);
    // A reference that one gateway knows is worth nothing at another, whose calls may be easier to make up.
    let id = match id {
        Some(id) if store::went_by(c, id, gateway)? => Some(id),
        _ => None,
    };
    if id.is_none() && told.which == Which::Address {
        return Err(Error::NotFound("link"));
    }
    Ok(id)
}

async fn inbound(
    ctx: Ctx,
    req: HttpRequest,
    dispatcher: web::Data<Dispatcher>,
    reader: web::Data<dyn AnswerReader>,
    body: web::Bytes,
) -> Result<HttpResponse> {
    let (gateway, tail, url) = called(&ctx, &req, &dispatcher)?;
    may_call(&ctx, &req, gateway.proof(), false)?;
    let heard = read(&req, (&url, &tail, &body), |call| gateway.inbound(call))?;
    let (now, name) = (ctx.now(), gateway.name().to_owned());
    let confirms_stop = gateway.confirms_stop();
    let actor = Actor {
        ip: client_ip(&req),
        request: request_id(&req),
        ..Actor::system(&name)
    };
    ctx.db
        .write(move |c| {
            heard.iter().try_for_each(|one| {
                let from = (name.as_str(), confirms_stop);
                take_heard(c, now, &actor, (from, one), reader.as_ref())
            })
        })
        .await?;
    Ok(answered(gateway.ack(false)))
}

/// Takes a text in, once: gateways call again when our answer got lost.
fn take_heard(
    c: &mut Conn,
    now: Instant,
    actor: &Actor,
    ((gateway, confirms_stop), heard): ((&str, bool), &Heard),
    reader: &dyn AnswerReader,
) -> Result<()> {
    let inbound = Inbound {
        gateway: gateway.to_owned(),
        from: storable(&heard.from),
        text: storable(&heard.text),
        gateway_id: storable(&heard.id),
        confirms_stop,
    };
    actions::take_reply(c, now, actor, &inbound, reader)?;
    let country = clinic::the_site(c)?.country;
    match international(&heard.from, &country).filter(|_| heard.opted_out) {
        Some(number) => actions::opt_out_by_gateway(c, now, actor, &number, (gateway, "STOP")),
        None => Ok(()),
    }
}
