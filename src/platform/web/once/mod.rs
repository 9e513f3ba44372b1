//! `Idempotency-Key`: a write over the API that is sent again is not done again, but answered as the first time.
//!
//! A row of (account, key) is there before the write begins. The write's own transaction puts its answer into the row, and
//! only while the row is still that run's: what is done and what is answered commit together. So after a crash
//! * before that commit nothing is done; when the lease of the row is over, the same request runs as if for the first time;
//! * after it the row has the answer.
//!
//! A run that was slower than its lease, and was taken over, finds its claim gone and rolls back. Refusals (4xx) change
//! nothing and are kept after the fact; failures (5xx) are not kept.

mod store;

use std::future::Future;
use std::pin::Pin;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};

use super::super::error::{Error, Refusal, Result};
use super::super::i18n::Text;
use super::super::ids::hex;
use super::reply::Reply;
use super::typed::{JSON_LIMIT, TakesFiles, too_large_or};
use super::{Ctx, is_api, respond};
pub use store::forget_old as forget_old_keys;
pub(super) use store::{Claim, keep};
use store::{Found, Wanted};

/// The header.
const KEY: &str = "idempotency-key";
/// Longest key.
const KEY_MAX: usize = 255;
/// Set on an answer that was kept.
const REPLAYED: &str = "idempotent-replayed";
/// When to ask again while the first is at work, in seconds.
const RETRY_AFTER: i64 = 1;

/// A body that was read for its fingerprint.
struct Taken(web::Bytes);

type Read = Pin<Box<dyn Future<Output = Result<web::Bytes, actix_web::Error>>>>;

/// The body of a request, whether or not it was read already.
pub(super) fn body(req: &HttpRequest, payload: &mut Payload) -> Read {
    if let Some(Taken(bytes)) = req.extensions().get() {
        let bytes = bytes.clone();
        return Box::pin(async { Ok(bytes) });
    }
    Box::pin(web::Bytes::from_request(req, payload))
}

/// What goes around every route of an account. Does nothing but for a write over the API that names a key.
pub async fn once<B: MessageBody + 'static>(
    mut req: ServiceRequest,
    next: Next<B>,
    account: i64,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let safe = matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || !is_api(req.request()) || !req.headers().contains_key(KEY) {
        return next.call(req).await.map(ServiceResponse::map_into_left_body);
    }
    let found = match ask(&mut req, account).await {
        Ok(found) => found,
        Err(e) => return Ok(req.error_response(e).map_into_right_body()),
    };
    let claim = match found {
        Found::Mine(claim) => claim,
        Found::Answered(reply) => {
            let mut answer = HttpResponse::from(reply);
            let replayed = (HeaderName::from_static(REPLAYED), HeaderValue::from_static("true"));
            answer.headers_mut().insert(replayed.0, replayed.1);
            return Ok(req.into_response(answer).map_into_right_body());
        }
        Found::Running => return Ok(req.error_response(in_progress()).map_into_right_body()),
        Found::Other => return Ok(req.error_response(reused()).map_into_right_body()),
    };
    let ctx = ctx_of(req.request())?;
    req.extensions_mut().insert(claim.clone());
    let res = match next.call(req).await {
        Ok(res) => res,
        Err(e) => {
            give_up(&ctx, claim).await;
            return Err(e);
        }
    };
    Ok(settle(&ctx, claim, res).await)
}

/// Whose turn it is.
async fn ask(req: &mut ServiceRequest, account: i64) -> Result<Found> {
    let key = key_of(req.request())?;
    let unreadable = || Error::BadRequest(Text::new("请求无法读取", "The request cannot be read"));
    let bytes = req.extract::<web::Bytes>().await.map_err(too_large_or(unreadable))?;
    if bytes.len() > JSON_LIMIT && req.app_data::<TakesFiles>().is_none() {
        return Err(Error::TooLarge);
    }
    let wanted = Wanted {
        account,
        key,
        fingerprint: fingerprint(req.request(), &bytes),
    };
    req.extensions_mut().insert(Taken(bytes));
    let ctx = ctx_of(req.request())?;
    let now = ctx.now();
    ctx.db.write(move |c| store::claim(c, now, &wanted)).await
}

/// After the handler: a success has kept its answer itself; a refusal is kept now; a failure leaves nothing.
async fn settle<B: MessageBody + 'static>(
    ctx: &Ctx,
    claim: Claim,
    res: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B>> {
    if res.status().is_success() {
        return res.map_into_left_body();
    }
    let error = res.response().error().and_then(|e| e.as_error::<Error>());
    let refusal = error.filter(|e| e.status().is_client_error() && e.code() != "in_progress");
    let Some(reply) = refusal.map(|e| respond::problem(res.request(), e)) else {
        give_up(ctx, claim).await;
        return res.map_into_left_body();
    };
    let kept = reply.clone();
    if let Err(e) = ctx.db.write(move |c| keep(c, &claim, &kept)).await {
        tracing::warn!(error = %e, "a refusal was not kept under its key");
    }
    res.into_response(HttpResponse::<BoxBody>::from(reply))
        .map_into_right_body()
}

async fn give_up(ctx: &Ctx, claim: Claim) {
    if let Err(e) = ctx.db.write(move |c| store::release(c, &claim)).await {
        tracing::warn!(error = %e, "a key stays claimed until its lease ends");
    }
}

fn ctx_of(req: &HttpRequest) -> Result<Ctx> {
    let found = req.app_data::<web::Data<Ctx>>().map(|ctx| Ctx::clone(ctx));
    found.ok_or_else(|| Error::Internal("app data missing".into()))
}

fn key_of(req: &HttpRequest) -> Result<String> {
    let mut given = req.headers().get_all(KEY);
    let first = given.next().and_then(|v| v.to_str().ok()).unwrap_or("");
    let visible = first.bytes().all(|b| b.is_ascii_graphic());
    if visible && (1..=KEY_MAX).contains(&first.len()) && given.next().is_none() {
        return Ok(first.to_owned());
    }
    Err(Error::field(
        "Idempotency-Key",
        "invalid",
        "Idempotency-Key 应为 1 到 255 个可见的 ASCII 字符",
        "An Idempotency-Key has 1 to 255 visible ASCII characters",
    ))
}

/// What makes two requests the same: method, path and query, the version asked for, body.
fn fingerprint(req: &HttpRequest, body: &[u8]) -> String {
    let version = req.headers().get("if-match").map(HeaderValue::as_bytes);
    let target = req.uri().path_and_query().map_or("", |p| p.as_str());
    let parts = [
        req.method().as_str().as_bytes(),
        target.as_bytes(),
        version.unwrap_or_default(),
        body,
    ];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

/// The first request with this key is still at work.
fn in_progress() -> Error {
    Error::Refused(Box::new(Refusal {
        status: StatusCode::CONFLICT,
        code: "in_progress",
        text: Text::new(
            "使用此 Idempotency-Key 的第一个请求还在处理，请稍后再试",
            "The first request with this Idempotency-Key is still being worked on. Try again in a moment",
        ),
        extra: serde_json::Value::Null,
        retry_after: Some(RETRY_AFTER),
    }))
}

fn reused() -> Error {
    Error::refused(
        StatusCode::UNPROCESSABLE_ENTITY,
        "idempotency_key_reused",
        "此 Idempotency-Key 已用于另一个请求",
        "This Idempotency-Key was used for another request",
    )
}

/// The answer that is kept, from its row.
fn kept(status: i32, location: Option<String>, etag: Option<String>, body: Option<String>) -> Result<Reply> {
    let code = u16::try_from(status).ok().and_then(|s| StatusCode::from_u16(s).ok());
    Ok(Reply {
        status: code.ok_or_else(|| Error::Internal(format!("a kept status of {status}")))?,
        location,
        etag,
        retry_after: None,
        body: body.unwrap_or_default(),
    })
}
