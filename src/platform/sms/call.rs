//! Calling a gateway over HTTP: what is certain when something goes wrong, and what is kept of an answer.

use std::time::Duration;

use hmac::{Hmac, Mac};
use reqwest::header::{DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, redirect};
use sha2::{Digest, Sha256};

use super::super::ids::hex;
use super::super::outcome::Outcome;

/// How long connecting may take; the whole call has the dispatcher's limit.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How much of an answer is kept, in characters.
const SAID_MAX: usize = 200;
/// How much of an answer is read, in bytes: a list of reports at most.
const BODY_MAX: usize = 1 << 20;

/// No proxy from the environment: it would read numbers and texts. No redirects: they would carry the password along.
pub(super) fn client() -> Result<Client, String> {
    Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .build()
        .map_err(|e| format!("sms: {e}"))
}

/// A header's value that is never printed.
pub(super) fn sensitive(key: &str, text: &str) -> Result<HeaderValue, String> {
    let mut value = plain(key, text)?;
    value.set_sensitive(true);
    Ok(value)
}

/// A header's value.
pub(super) fn plain(key: &str, text: &str) -> Result<HeaderValue, String> {
    HeaderValue::from_str(text)
        .map_err(|_unprintable| format!("configuration: sms.gateways.{key}: has unusable characters"))
}

/// What a gateway answered.
pub(super) struct Answer {
    pub status: u16,
    /// Seconds to wait, as the gateway asks for.
    pub retry_after: Option<i64>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).trim().to_owned()
    }
    /// The body as JSON; anything else is nothing.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
    /// What an answer comes to whose body says nothing that is known: too many and not now are certain, other errors of the
    /// server are not; the rest is how the call was made.
    pub fn by_status(&self, said: &str) -> Outcome {
        let text = cut(&format!("{} {said}", self.status));
        match self.status {
            429 | 503 => Outcome::Busy {
                retry_after: self.retry_after,
                text,
            },
            200..=299 | 500..=599 => Outcome::Unknown(text),
            _ => Outcome::Config(text),
        }
    }
}

/// Makes a call.
///
/// # Errors
/// What it comes to that there was no answer.
pub(super) async fn call(request: RequestBuilder) -> Result<Answer, Outcome> {
    let mut answer = request.send().await.map_err(|e| not_answered(&e))?;
    let status = answer.status().as_u16();
    let retry_after = retry_after(answer.headers());
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| Outcome::Unknown(without_url(&e)))? {
        body.extend_from_slice(&chunk);
        if body.len() > BODY_MAX {
            return Err(Outcome::Unknown("the answer is too long".into()));
        }
    }
    Ok(Answer {
        status,
        retry_after,
        body,
    })
}

/// `Retry-After` in seconds. A date is counted from the answer's own (RFC 9110, 10.2.3): our clock need not be the gateway's.
fn retry_after(headers: &HeaderMap) -> Option<i64> {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
    let date = |text: &str| chrono::DateTime::parse_from_rfc2822(text).ok();
    let said = text(RETRY_AFTER)?;
    said.parse().ok().or_else(|| {
        let (until, now) = (date(said)?, date(text(DATE)?)?);
        Some((until - now).num_seconds().max(0))
    })
}

/// Before the connection stood, nothing can have been sent; afterwards it may have been.
fn not_answered(e: &reqwest::Error) -> Outcome {
    if e.is_connect() {
        Outcome::Unreachable(without_url(e))
    } else if e.is_builder() {
        Outcome::Config(format!("url: {}", without_url(e)))
    } else {
        Outcome::Unknown(without_url(e))
    }
}

fn without_url(e: &reqwest::Error) -> String {
    use std::error::Error;
    let mut text = if e.is_timeout() {
        "no answer in time".to_owned()
    } else if e.is_connect() {
        "the gateway cannot be reached".to_owned()
    } else {
        "the connection broke".to_owned()
    };
    let mut cause = e.source();
    while let Some(inner) = cause {
        if inner.source().is_none() {
            text = format!("{text}: {inner}");
        }
        cause = inner.source();
    }
    text
}

/// The beginning of what a gateway said.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(SAID_MAX).collect()
}

/// The text at a JSON pointer; numbers are told as text.
pub(super) fn at(json: &serde_json::Value, pointer: &str) -> String {
    match json.pointer(pointer) {
        Some(serde_json::Value::String(text)) => text.clone(),
        None | Some(serde_json::Value::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(super) fn hmac_sha256(key: &[u8], text: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length: this cannot fail.
    let Ok(mut mac) = <Hmac<Sha256> as hmac::digest::KeyInit>::new_from_slice(key) else {
        return Vec::new();
    };
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// What an address is called in a `Host` header.
pub(super) fn host_of(url: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(url).map_err(|e| e.to_string())?;
    let host = url.host_str().ok_or("no host")?;
    Ok(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait_is_told_in_seconds_or_as_a_date() {
        let told = |said: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, said.parse().expect("header"));
            if let Some(date) = date {
                headers.insert(DATE, date.parse().expect("header"));
            }
            retry_after(&headers)
        };
        let (now, then) = ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 09:04:37 GMT");
        assert_eq!(told("120", None), Some(120));
        assert_eq!(told(then, Some(now)), Some(900));
        assert_eq!(told(now, Some(then)), Some(0));
        assert_eq!(told(then, None), None);
        assert_eq!(told("soon", Some(now)), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
