//! Bodies and queries of the JSON API as types. What does not fit is told at its field, however deep it lies.

use std::future::{Future, Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::super::error::{Error, FieldError, Result};
use super::super::i18n::Text;
use super::once;

/// Largest body of the JSON API, in bytes.
pub(super) const JSON_LIMIT: usize = 64 * 1024;

/// A JSON body.
///
/// # Errors
/// `BadRequest` when it is no JSON or too large; `Invalid` at the field that does not fit: missing, unknown, of another
/// type.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Body<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Body<T>>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = once::body(req, payload);
        let is_json = actix_web::HttpMessage::mime_type(req)
            .ok()
            .flatten()
            .is_some_and(|mime| mime.subtype() == "json" || mime.suffix().is_some_and(|s| s == "json"));
        Box::pin(async move {
            if !is_json {
                return Err(unreadable(
                    "请求的 Content-Type 应为 application/json",
                    "The Content-Type must be application/json",
                ));
            }
            let bytes = bytes.await.map_err(too_large_or(no_json))?;
            if bytes.len() > JSON_LIMIT {
                return Err(Error::TooLarge);
            }
            if !bytes.trim_ascii_start().starts_with(b"{") {
                return Err(at_field("", "invalid type: expected an object"));
            }
            // PostgreSQL keeps no NUL in a text.
            if bytes.windows(6).any(|w| w == b"\\u0000") {
                return Err(unreadable(
                    "请求内容含有 NUL 字符",
                    "The request body has a NUL character",
                ));
            }
            let mut reader = serde_json::Deserializer::from_slice(&bytes);
            let value = serde_path_to_error::deserialize(&mut reader).map_err(|e| {
                // serde_json calls it a matter of syntax when an enum is given a number or null; it is one of the field.
                if e.inner().is_data() || serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_ok() {
                    at_field(&e.path().to_string(), &e.inner().to_string())
                } else {
                    no_json()
                }
            })?;
            reader.end().map_err(|_more| no_json())?;
            Ok(Body(value))
        })
    }
}

/// Most bytes of a body that is a file; the settings allow less.
const RAW_LIMIT: usize = 50 * 1024 * 1024;

/// A body that is a file, byte by byte.
///
/// # Errors
/// `TooLarge`, or `BadRequest` when it breaks off.
#[derive(Debug)]
pub struct Raw(pub web::Bytes);

/// Marks a resource whose bodies are files.
pub(super) struct TakesFiles;

impl Raw {
    /// A resource whose bodies are files.
    pub fn on(resource: actix_web::Resource) -> actix_web::Resource {
        resource
            .app_data(web::PayloadConfig::new(RAW_LIMIT))
            .app_data(TakesFiles)
    }
}

impl FromRequest for Raw {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Raw>>>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = once::body(req, payload);
        let broken_off = || unreadable("请求无法读取", "The request cannot be read");
        Box::pin(async move { bytes.await.map(Raw).map_err(too_large_or(broken_off)) })
    }
}

/// The query of a request.
///
/// # Errors
/// `Invalid` at the parameter that does not fit.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Params<T> {
    type Error = Error;
    type Future = Ready<Result<Params<T>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let query = req.query_string();
        if query.contains("%00") {
            return ready(Err(unreadable("参数含有 NUL 字符", "A parameter has a NUL character")));
        }
        // The language is every page's and every call's.
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| name != super::LANG_COOKIE)
            .collect();
        let pairs = pairs.iter().map(|(n, v)| (n.as_ref(), v.as_ref()));
        let mut encoded = form_urlencoded::Serializer::new(String::new());
        encoded.extend_pairs(pairs);
        let encoded = encoded.finish();
        let parsed = form_urlencoded::parse(encoded.as_bytes());
        let read = serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(parsed));
        ready(
            read.map(Params)
                .map_err(|e| at_field(&e.path().to_string(), &e.inner().to_string())),
        )
    }
}

/// `null` is something given: it takes away. Only what is left out is not; with `#[serde(default)]`.
///
/// # Errors
/// Those of the value.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(d: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(d).map(Some)
}

/// What actix says of a body: too large, or broken off.
pub(super) fn too_large_or(other: fn() -> Error) -> impl Fn(actix_web::Error) -> Error {
    move |e| {
        let status = e.as_response_error().status_code();
        if status == actix_web::http::StatusCode::PAYLOAD_TOO_LARGE {
            Error::TooLarge
        } else {
            other()
        }
    }
}

fn unreadable(zh: &str, en: &str) -> Error {
    Error::BadRequest(Text::new(zh, en))
}

fn no_json() -> Error {
    unreadable("请求内容不是有效的 JSON", "The request body is not valid JSON")
}

/// The fault that serde describes: `path` leads to it; a missing or unknown field is named between backticks.
fn at_field(path: &str, said: &str) -> Error {
    let english = said.split(" at line").next().unwrap_or(said);
    let named = said.split('`').nth(1);
    let inside = |name: &str| match path {
        "" | "." => name.to_owned(),
        path if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        path => format!("{path}.{name}"),
    };
    let (field, code, zh) = if let (true, Some(name)) = (said.starts_with("missing field"), named) {
        (inside(name), "required", "缺少")
    } else if let (true, Some(name)) = (said.starts_with("unknown field"), named) {
        (inside(name), "unknown_field", "没有这个字段：")
    } else {
        let field = if matches!(path, "" | ".") { "body" } else { path };
        (field.to_owned(), "invalid", "格式不对：")
    };
    let zh = format!("{zh}“{field}”");
    Error::Invalid(vec![FieldError::new(field, code, zh, english)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(path: &str, said: &str) -> (String, &'static str) {
        match at_field(path, said) {
            Error::Invalid(faults) => faults.into_iter().map(|f| (f.field, f.code)).next().expect("one"),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn the_fault_is_told_at_its_field() {
        let bool_wanted = "invalid type: string \"yes\", expected a boolean at line 1 column 14";
        assert_eq!(field("vip", bool_wanted), ("vip".into(), "invalid"));
        assert_eq!(
            field(".", "missing field `name` at line 1 column 2"),
            ("name".into(), "required")
        );
        assert_eq!(
            field("treatments[0]", "missing field `tooth` at line 1 column 2"),
            ("treatments[0].tooth".into(), "required")
        );
        assert_eq!(
            field("clinic_id", "unknown field `clinic_id`, expected one of `a`, `b`"),
            ("clinic_id".into(), "unknown_field")
        );
        assert_eq!(
            field(".", "invalid type: string, expected struct"),
            ("body".into(), "invalid")
        );
    }
}
