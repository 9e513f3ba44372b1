//! The web frame: languages, errors as pages or JSON, security headers, assets, layout and form parts.

pub mod answer;
pub mod assets;
mod change;
mod ctx;
pub mod form;
pub mod keys;
pub mod layout;
pub mod limit;
pub mod live;
pub mod measure;
mod once;
mod own_path;
pub mod page;
mod qr;
mod reply;
mod respond;
pub mod sheet;
mod shown;
mod typed;
mod unsent;
pub mod upload;
pub mod was;

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};

use super::i18n::Lang;

pub use assets::{asset, icon};
pub use change::Change;
pub use ctx::Ctx;
pub use once::{forget_old_keys, once};
pub use own_path::own_path;
pub use qr::qr;
pub use reply::{Reply, is_known, show};
pub use respond::{Fault, Problem, extractor_errors, respond, same_origin, security_headers};
pub use shown::Shown;
pub use typed::{Body, Params, Raw, given};

/// The cookie that remembers a language chosen by the switch.
pub const LANG_COOKIE: &str = "lang";

/// Where a request asks for a language itself: `?lang=` (the switch), else the cookie the switch left.
pub fn chosen_lang(req: &HttpRequest) -> Option<Lang> {
    lang_in_query(req.query_string()).or_else(|| req.cookie(LANG_COOKIE).and_then(|c| c.value().parse().ok()))
}

/// The value of `lang=` in a query string.
pub fn lang_in_query(query: &str) -> Option<Lang> {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("lang=")?.parse().ok())
}

/// The language for somebody who has not signed in: chosen, then the browser's, then the clinic's.
pub fn visitor_lang(req: &HttpRequest) -> Lang {
    let browser = || {
        let header = req.headers().get(actix_web::http::header::ACCEPT_LANGUAGE)?;
        Lang::from_accept_language(header.to_str().ok()?)
    };
    let clinic = || config(req).map(|c| c.clinic.language);
    chosen_lang(req).or_else(browser).or_else(clinic).unwrap_or(Lang::Zh)
}

/// The settings, for code that has only the request.
pub(super) fn config(req: &HttpRequest) -> Option<&super::config::Config> {
    req.app_data::<actix_web::web::Data<Ctx>>().map(|c| c.config.as_ref())
}

/// A route that only reads: for GET, and for HEAD, which is answered alike without the body.
pub fn reading() -> actix_web::Route {
    use actix_web::guard;
    actix_web::web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// Whether htmx asks for a fragment.
pub fn wants_fragment(req: &HttpRequest) -> bool {
    req.headers().contains_key("HX-Request")
}

/// Whether the request is one for JSON.
pub fn is_api(req: &HttpRequest) -> bool {
    req.path().starts_with("/api/")
}

/// A cookie of ours: not for scripts, not for other sites.
pub fn cookie<'c>(config: &super::config::Config, name: &'c str, value: String) -> Cookie<'c> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .secure(config.secure_cookies())
        .same_site(SameSite::Lax)
        .finish()
}

/// The client's address: the peer, or what a trusted proxy says it is.
pub fn client_ip(req: &HttpRequest) -> String {
    let Some(peer) = req.peer_addr().map(|a| a.ip()) else {
        return String::from("unknown");
    };
    let trusted = config(req).is_some_and(|c| c.server.trusted_proxies.contains(&peer));
    if trusted
        && let Some(header) = req.headers().get("X-Forwarded-For").and_then(|h| h.to_str().ok())
        && let Some(last) = header
            .rsplit(',')
            .next()
            .and_then(|ip| ip.trim().parse::<std::net::IpAddr>().ok())
    {
        return last.to_string();
    }
    peer.to_string()
}

/// The id under which a request stands in the log, in its answer's `X-Request-Id` and in the audit.
pub fn request_id(req: &HttpRequest) -> String {
    use actix_web::HttpMessage;
    req.extensions()
        .get::<tracing_actix_web::RequestId>()
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// The tracing span of a request: method, route pattern, status and request id; never the query or the raw path, which may
/// name people.
pub struct QuietSpans;

impl tracing_actix_web::RootSpanBuilder for QuietSpans {
    fn on_request_start(request: &actix_web::dev::ServiceRequest) -> tracing::Span {
        use actix_web::HttpMessage;
        let route = request.match_pattern().unwrap_or_else(|| "(none)".to_owned());
        let id = request
            .extensions()
            .get::<tracing_actix_web::RequestId>()
            .map(ToString::to_string)
            .unwrap_or_default();
        tracing::info_span!(
            "request",
            http.method = %request.method(),
            http.route = %route,
            http.status = tracing::field::Empty,
            request.id = %id,
        )
    }

    fn on_request_end<B: actix_web::body::MessageBody>(
        span: tracing::Span,
        outcome: &Result<actix_web::dev::ServiceResponse<B>, actix_web::Error>,
    ) {
        let status = outcome
            .as_ref()
            .map_or_else(|e| e.as_response_error().status_code(), |r| r.status());
        span.record("http.status", status.as_u16());
        // The span carries method, route, status and request id.
        span.in_scope(|| tracing::info!("answered"));
    }
}
