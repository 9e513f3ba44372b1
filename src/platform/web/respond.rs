//! What every answer goes through: errors become a page, a fragment or `application/problem+json`; security headers;
//! requests that change something must come from our own pages.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use maud::{Markup, html};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::super::config::Config;
use super::super::error::Error;
use super::super::i18n::{Lang, Text};
use super::layout::Frame;
use super::reply::Reply;
use super::unsent::Unsent;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Gives errors their body and remembers a language chosen by the switch.
pub async fn respond<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let chosen = super::lang_in_query(req.query_string());
    let secure = super::config(req.request()).is_some_and(Config::secure_cookies);
    let mut res = next.call(req).await?;
    if let Some(lang) = chosen {
        let cookie = actix_web::cookie::Cookie::build(super::LANG_COOKIE, lang.as_str())
            .path("/")
            .secure(secure)
            .same_site(actix_web::cookie::SameSite::Lax)
            .max_age(actix_web::cookie::time::Duration::days(365))
            .finish();
        // A cookie that cannot be set only means that the next page is in the old language.
        if res.response_mut().add_cookie(&cookie).is_err() {
            tracing::warn!("language cookie not set");
        }
    }
    let status = res.status();
    let error = res.response().error().and_then(|e| e.as_error::<Error>());
    if let Some(error) = error {
        if status.is_server_error() {
            tracing::error!(error = %error, error.code = error.code(), "request failed");
        }
        let answer = error_answer(res.request(), error);
        return Ok(res.into_response(answer).map_into_right_body());
    }
    let plain = match status {
        StatusCode::NOT_FOUND if res.response().body().size().is_eof() => Some(Error::NotFound("page")),
        StatusCode::METHOD_NOT_ALLOWED => Some(Error::MethodNotAllowed),
        StatusCode::BAD_REQUEST if res.response().error().is_some() => Some(Error::BadRequest(Text::new(
            "请求无法读取",
            "The request cannot be read",
        ))),
        _ => None,
    };
    match plain {
        Some(error) => {
            let mut answer = error_answer(res.request(), &error);
            if let Some(allow) = res.headers().get(header::ALLOW) {
                answer.headers_mut().insert(header::ALLOW, allow.clone());
            }
            Ok(res.into_response(answer).map_into_right_body())
        }
        None => Ok(res.map_into_left_body()),
    }
}

fn error_answer(req: &HttpRequest, error: &Error) -> HttpResponse {
    if super::is_api(req) {
        return problem(req, error).into();
    }
    let frame = req.extensions().get::<Frame>().cloned();
    let lang = lang_of(req);
    let mut builder = HttpResponse::build(error.status());
    if let Some(seconds) = retry_after(error) {
        builder.insert_header((header::RETRY_AFTER, seconds));
    }
    builder.content_type("text/html; charset=utf-8");
    if super::wants_fragment(req) {
        return builder.body(fragment(error, lang).into_string());
    }
    let frame = frame.unwrap_or_else(|| Frame::bare(lang, req));
    let unsent = req.extensions().get::<Unsent>().cloned();
    let body = match (error, unsent) {
        (Error::Invalid(_), Some(unsent)) => html! {
            main id="main" class="plain" {
                @if frame.user.is_none() { h1 { (error.text().get(lang)) } }
                (unsent.form(lang, req.path()))
            }
        },
        _ => page_body(&frame, error),
    };
    let page = frame.page(error.text().get(lang), "", body);
    builder.body(page.into_string())
}

fn lang_of(req: &HttpRequest) -> Lang {
    let known = req.extensions().get::<Frame>().map(|frame| frame.lang);
    known.unwrap_or_else(|| super::visitor_lang(req))
}

fn retry_after(error: &Error) -> Option<i64> {
    match error {
        Error::TooMany { retry_after_seconds } => Some(*retry_after_seconds),
        Error::Unavailable(_) => Some(2),
        Error::Refused(r) => r.retry_after,
        _ => None,
    }
}

/// The one answer to everything that goes wrong in the API: `application/problem+json` (RFC 9457), with our code, the
/// fields' faults and what helps to go on. [`Problem`] describes it.
pub(super) fn problem(req: &HttpRequest, error: &Error) -> Reply {
    let (lang, request) = (lang_of(req), super::request_id(req));
    let mut members = Map::new();
    members.insert("type".into(), json!(format!("urn:chairside:error:{}", error.code())));
    members.insert("title".into(), json!(error.title().get(lang)));
    members.insert("status".into(), json!(error.status().as_u16()));
    members.insert("detail".into(), json!(error.text().get(lang)));
    members.insert("instance".into(), json!(format!("urn:uuid:{request}")));
    members.insert("code".into(), json!(error.code()));
    members.insert("request_id".into(), json!(request));
    if let Error::Invalid(faults) = error {
        let faults: Vec<Value> = faults
            .iter()
            .map(|f| json!({ "field": f.field, "code": f.code, "message": f.text.get(lang) }))
            .collect();
        members.insert("errors".into(), Value::Array(faults));
    }
    let extra = match error {
        Error::Conflict { extra, .. } => Some(extra),
        Error::Refused(r) => Some(&r.extra),
        _ => None,
    };
    for (name, value) in extra.and_then(Value::as_object).into_iter().flatten() {
        // Never in the place of a member that RFC 9457 defines.
        members.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Reply {
        status: error.status(),
        retry_after: retry_after(error),
        body: Value::Object(members).to_string(),
        ..Reply::default()
    }
}

/// What every error of the API looks like (RFC 9457).
#[derive(Serialize, ToSchema)]
pub struct Problem {
    /// `urn:chairside:error:` and the code.
    r#type: String,
    /// What kind of error, in the caller's language.
    title: String,
    /// The HTTP status once more.
    status: u16,
    /// What is wrong this time, for people, in the caller's language.
    detail: String,
    /// `urn:uuid:` and the request's id, under which it stands in the log.
    instance: String,
    /// For programs: `invalid`, `slot_taken`, `stale`, …
    code: String,
    /// As in `X-Request-Id`.
    request_id: String,
    /// What is wrong at which field (422).
    #[schema(required = false)]
    errors: Vec<Fault>,
    /// Who changed it last (`stale`).
    #[schema(required = false)]
    changed_by: String,
    /// When it was changed last (`stale`), RFC 3339.
    #[schema(required = false, format = DateTime)]
    changed_at: String,
    /// What it is by now (`stale`).
    #[schema(required = false, value_type = Object)]
    current: Value,
    /// The next free times (`slot_taken`).
    #[schema(required = false, value_type = Vec<Object>)]
    next: Value,
}

/// A fault of one field.
#[derive(Serialize, ToSchema)]
pub struct Fault {
    /// The field's, parameter's or header's name.
    field: String,
    /// For programs: `required`, `invalid`, `too_long`, …
    code: String,
    /// For people, in the caller's language.
    message: String,
}

fn faults(error: &Error, lang: Lang) -> Markup {
    html! {
        @if let Error::Invalid(faults) = error {
            ul { @for f in faults { li { (f.text.get(lang)) } } }
        }
    }
}

fn fragment(error: &Error, lang: Lang) -> Markup {
    html! { div class="banner bad" role="alert" { (super::icon("triangle-alert")) div { b { (error.text().get(lang)) } (faults(error, lang)) } } }
}

/// The top bar of the frame has the page's heading; without one the text is it.
fn page_body(frame: &Frame, error: &Error) -> Markup {
    let (lang, text) = (frame.lang, error.text());
    html! {
        main id="main" class="plain" {
            div class="card empty" {
                (super::assets::icon_class("triangle-alert", "i-l"))
                @if frame.user.is_some() { h2 { (text.get(lang)) } } @else { h1 { (text.get(lang)) } }
                (faults(error, lang))
                p { a class="btn" href="/" { (lang.pick("回到日程", "Back to the schedule")) } }
            }
        }
    }
}

/// Headers for every answer; pages with data of people are never stored by anything on the way.
pub async fn security_headers<B: MessageBody>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let https = super::config(req.request()).is_some_and(Config::secure_cookies);
    let mut res = next.call(req).await?;
    let id = super::request_id(res.request());
    let headers = res.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    let mut set = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    set(header::CONTENT_SECURITY_POLICY, CSP);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Not "no-referrer": with that, browsers send `Origin: null` with our own forms, and over plain HTTP on a clinic's network
    // nothing else says where a form comes from.
    set(header::REFERRER_POLICY, "same-origin");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), geolocation=()",
    );
    set(header::CACHE_CONTROL, "no-store");
    if https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    Ok(res)
}

/// Against forged requests: what changes something and rides on a cookie must come from our own pages, by `Sec-Fetch-Site`
/// or, in older browsers, `Origin`.
pub async fn same_origin<B: MessageBody>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let safe = matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !safe && rides_on_a_cookie(&req) && !comes_from_us(&req) {
        // As an answer, not as an `Err`: only answers get their page or JSON from `respond`.
        return Ok(req.error_response(Error::ForeignOrigin).map_into_right_body());
    }
    next.call(req).await.map(ServiceResponse::map_into_left_body)
}

/// Whether the browser adds what identifies somebody by itself. A bearer token is added by a program, and the language by
/// which a patient reads identifies nobody.
fn rides_on_a_cookie(req: &ServiceRequest) -> bool {
    let identifies = |cookies: &str| {
        cookies
            .split(';')
            .any(|c| !c.trim().starts_with(&format!("{}=", super::LANG_COOKIE)))
    };
    let bearer = req.headers().contains_key(header::AUTHORIZATION);
    let cookies = req.headers().get(header::COOKIE);
    let signs_in = req.path() == "/sign-in";
    signs_in || (!bearer && cookies.is_some_and(|c| c.to_str().map_or(true, identifies)))
}

fn comes_from_us(req: &ServiceRequest) -> bool {
    let text = |name: &str| req.headers().get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("Sec-Fetch-Site") {
        return site == "same-origin" || site == "none";
    }
    let host = text("Host").unwrap_or("");
    text("Origin")
        .and_then(|o| o.split_once("://"))
        .is_some_and(|(_, from)| from == host)
}

/// Errors of actix's own extractors, as ours.
pub fn extractor_errors(cfg: &mut web::ServiceConfig) {
    // Several fields of some thousand Chinese characters, nine bytes each on the way.
    const FORM_LIMIT: usize = 512 * 1024;
    let unreadable = || Error::BadRequest(Text::new("请求无法读取", "The request cannot be read"));
    cfg.app_data(web::FormConfig::default().limit(FORM_LIMIT))
        .app_data(web::QueryConfig::default().error_handler(move |_, _| unreadable().into()))
        .app_data(web::PathConfig::default().error_handler(|_, _| Error::NotFound("path").into()));
}
