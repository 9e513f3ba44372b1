//! Kannel's `sendsms` (smsbox 1.4; messaging.md 1.1): the text as the body of a POST, everything else in headers, so that
//! number, text and password stay out of access logs. Kannel gives no id: what became of a text is told by the report URL.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, StatusCode, redirect};

use super::super::config::Sms as Settings;
use super::super::outcome::{Outcome, Sending};
use super::segments::{Coding, measure};
use super::{SmsSender, Text};

/// How long connecting may take; the whole call has the dispatcher's limit.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// All reports: delivered 1, failed 2, queued 4, taken by the network 8, refused by the network 16.
const ALL_REPORTS: &str = "31";
/// How much of an answer is kept.
const ANSWER_MAX: usize = 200;

/// A client of one smsbox.
pub struct Kannel {
    client: Client,
    url: String,
    headers: HeaderMap,
}

impl Kannel {
    /// For the smsbox of the settings.
    ///
    /// # Errors
    /// A text for the operator.
    pub fn new(settings: &Settings) -> Result<Kannel, String> {
        let value = |key: &str, text: &str| {
            HeaderValue::from_str(text)
                .map_err(|_unprintable| format!("configuration: sms.{key}: has unusable characters"))
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=UTF-8"));
        headers.insert("x-kannel-username", value("user", &settings.user)?);
        let mut password = value("password", &settings.password.0)?;
        password.set_sensitive(true);
        headers.insert("x-kannel-password", password);
        if !settings.sender.is_empty() {
            headers.insert("x-kannel-from", value("sender", &settings.sender)?);
        }
        headers.insert("x-kannel-dlr-mask", HeaderValue::from_static(ALL_REPORTS));
        // No proxy from the environment: the gateway is a neighbour. No redirects: they would carry the password along.
        let client = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .build()
            .map_err(|e| format!("sms: {e}"))?;
        Ok(Kannel {
            client,
            url: settings.url.clone(),
            headers,
        })
    }

    fn headers_of(&self, text: &Text) -> Option<HeaderMap> {
        let coding = match measure(&text.body).coding {
            Coding::Gsm => "0",
            Coding::Ucs2 => "2",
        };
        let mut headers = self.headers.clone();
        let mut set = |name: &'static str, value: &str| {
            HeaderValue::from_str(value)
                .map(|v| headers.insert(HeaderName::from_static(name), v))
                .is_ok()
        };
        let all = set("x-kannel-to", &text.to)
            && set("x-kannel-coding", coding)
            && set(
                "x-kannel-dlr-url",
                &format!("{}?type=%d&reply=%A&smsc=%i&ts=%T", text.report_url),
            );
        all.then_some(headers)
    }

    async fn post(&self, text: &Text, limit: Duration) -> Outcome {
        let Some(headers) = self.headers_of(text) else {
            return Outcome::Permanent {
                code: "number".into(),
                text: "the number has unusable characters".into(),
            };
        };
        let request = self
            .client
            .post(&self.url)
            .headers(headers)
            .timeout(limit)
            .body(text.body.clone());
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(e) => return not_answered(&e),
        };
        let status = answer.status();
        let retry_after = answer
            .headers()
            .get("retry-after")
            .and_then(|v| v.to_str().ok()?.trim().parse().ok());
        match answer.text().await {
            Ok(said) => classify(status, retry_after, said.trim()),
            Err(e) => Outcome::Unknown(without_url(&e)),
        }
    }
}

impl SmsSender for Kannel {
    fn name(&self) -> &'static str {
        "kannel"
    }
    fn send<'a>(&'a self, text: &'a Text, limit: Duration) -> Sending<'a> {
        Box::pin(self.post(text, limit))
    }
}

/// Before the connection stood, nothing can have been sent; afterwards it may have been.
fn not_answered(e: &reqwest::Error) -> Outcome {
    if e.is_connect() {
        Outcome::Passing {
            retry_after: None,
            text: without_url(e),
        }
    } else if e.is_builder() {
        Outcome::Config(format!("sms.url: {}", without_url(e)))
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

fn classify(status: StatusCode, retry_after: Option<i64>, said: &str) -> Outcome {
    let text: String = format!("{} {said}", status.as_u16()).chars().take(ANSWER_MAX).collect();
    match status.as_u16() {
        // "0: Accepted for delivery", "3: Queued for later delivery" (no network at the moment; Kannel keeps it).
        200 | 202 => Outcome::Accepted { id: None },
        400 => Outcome::Permanent {
            code: "400".into(),
            text: said.chars().take(ANSWER_MAX).collect(),
        },
        429 | 503 => Outcome::Passing { retry_after, text },
        500..=599 => Outcome::Unknown(text),
        _ => Outcome::Config(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_their_classes() {
        let class =
            |status: u16, said: &str| classify(StatusCode::from_u16(status).expect("status"), None, said).code();
        assert_eq!(class(202, "0: Accepted for delivery"), "accepted");
        assert_eq!(class(202, "3: Queued for later delivery"), "accepted");
        assert_eq!(class(403, "Authorization failed for sendsms"), "config");
        assert_eq!(class(404, "Unknown request."), "config");
        assert_eq!(class(400, "Missing receiver number, rejected"), "permanent");
        assert_eq!(class(503, "Temporal failure, try again later."), "passing");
        assert_eq!(class(500, "?"), "unknown");
        assert_eq!(class(301, ""), "config");
    }
}
