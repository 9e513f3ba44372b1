//! JSON answers as values: what a write gives, what is kept of it under its key, and single things with their version.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::super::error::{Error, Result};

/// An answer that can be sent, and kept to be sent again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// 200, 201 or 204, or an error's.
    pub status: StatusCode,
    /// Where what was made is.
    pub location: Option<String>,
    /// `"3"`: the version of what is shown.
    pub etag: Option<String>,
    /// Seconds after which to ask again.
    pub retry_after: Option<i64>,
    /// JSON.
    pub body: String,
}

impl Reply {
    /// 200.
    ///
    /// # Errors
    /// Internal, when `body` is no JSON.
    pub fn ok(body: &impl Serialize) -> Result<Reply> {
        let body = serde_json::to_string(body).map_err(|e| Error::Internal(e.to_string()))?;
        Ok(Reply {
            body,
            ..Reply::default()
        })
    }
    /// 201, with where it is.
    ///
    /// # Errors
    /// As [`Reply::ok`].
    pub fn created(location: impl Into<String>, body: &impl Serialize) -> Result<Reply> {
        Ok(Reply {
            status: StatusCode::CREATED,
            location: Some(location.into()),
            ..Reply::ok(body)?
        })
    }
    /// 204: it is gone.
    pub fn gone() -> Reply {
        Reply {
            status: StatusCode::NO_CONTENT,
            ..Reply::default()
        }
    }
    /// With the version as `ETag`.
    #[must_use]
    pub fn version(self, version: i64) -> Reply {
        Reply {
            etag: Some(etag(version)),
            ..self
        }
    }
}

impl From<Reply> for HttpResponse {
    fn from(reply: Reply) -> HttpResponse {
        let mut answer = HttpResponse::build(reply.status);
        let headers = [(header::LOCATION, reply.location), (header::ETAG, reply.etag)];
        for (name, value) in headers {
            if let Some(value) = value {
                answer.insert_header((name, value));
            }
        }
        if let Some(seconds) = reply.retry_after {
            answer.insert_header((header::RETRY_AFTER, seconds));
        }
        let kind = if reply.status.is_client_error() || reply.status.is_server_error() {
            "application/problem+json"
        } else {
            "application/json"
        };
        if reply.status == StatusCode::NO_CONTENT {
            return answer.finish();
        }
        answer.content_type(kind).body(reply.body)
    }
}

/// The strong `ETag` of a version.
pub(super) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// Whether `If-None-Match` names a tag: the asker has it already.
pub fn is_known(req: &HttpRequest, tag: &str) -> bool {
    req.headers().get_all(header::IF_NONE_MATCH).any(|list| {
        let mut tags = list.to_str().unwrap_or("").split(',').map(str::trim);
        // Weak comparison, as RFC 9110 has it for If-None-Match.
        tags.any(|t| t == "*" || t.strip_prefix("W/").unwrap_or(t) == tag)
    })
}

/// One thing as of `version`: 304 when `If-None-Match` names it.
///
/// # Errors
/// As [`Reply::ok`].
pub fn show(req: &HttpRequest, version: i64, body: &impl Serialize) -> Result<HttpResponse> {
    let tag = etag(version);
    if is_known(req, &tag) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish());
    }
    Reply::ok(body).map(|reply| reply.version(version).into())
}
