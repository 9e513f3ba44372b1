//! Kannel's `sendsms` (smsbox 1.4; messaging.md 1.1): the text as the body of a POST, everything else in headers, so that
//! number, text and password stay out of access logs. Kannel gives no id: what became of a text is told by the report URL.

use std::time::Duration;

use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::super::config::gateways::Kannel as Settings;
use super::super::outcome::{Outcome, Sending};
use super::call::{self, Answer, cut};
use super::callback::field;
use super::segments::{Coding, measure};
use super::{Ack, Call, Heard, Limit, Refusal, SmsSender, Status, Text, Told, Which};

/// All reports: delivered 1, failed 2, queued 4, taken by the network 8, refused by the network 16.
const ALL_REPORTS: &str = "31";
/// Kannel's bits of a report.
const DELIVERED: i64 = 1;
const FAILED: i64 = 2;
const BUFFERED: i64 = 4;
const TAKEN: i64 = 8;
const REFUSED: i64 = 16;
const EXPIRED: i64 = 32;

/// A client of one smsbox.
pub(super) struct Kannel {
    name: String,
    limit: Limit,
    client: Client,
    url: String,
    headers: HeaderMap,
}

impl Kannel {
    /// For the smsbox of the settings.
    ///
    /// # Errors
    /// A text for the operator.
    pub fn new((name, limit): (&str, Limit), settings: &Settings) -> Result<Kannel, String> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=UTF-8"));
        headers.insert(
            "x-kannel-username",
            call::plain(&format!("{name}.user"), &settings.user)?,
        );
        let password = call::sensitive(&format!("{name}.password"), &settings.password.0)?;
        headers.insert("x-kannel-password", password);
        if !settings.sender.is_empty() {
            headers.insert(
                "x-kannel-from",
                call::plain(&format!("{name}.sender"), &settings.sender)?,
            );
        }
        headers.insert("x-kannel-dlr-mask", HeaderValue::from_static(ALL_REPORTS));
        Ok(Kannel {
            name: name.to_owned(),
            limit,
            client: call::client()?,
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
            && set("x-kannel-validity", &text.minutes_of_use().to_string())
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
        let request = self.client.post(&self.url).headers(headers).timeout(limit);
        match call::call(request.body(text.body.clone())).await {
            Ok(answer) => classify(&answer),
            Err(outcome) => outcome,
        }
    }
}

impl SmsSender for Kannel {
    fn name(&self) -> &str {
        &self.name
    }
    fn send<'a>(&'a self, text: &'a Text, limit: Duration) -> Sending<'a> {
        Box::pin(self.post(text, limit))
    }
    fn limit(&self) -> Option<&Limit> {
        Some(&self.limit)
    }
    fn report(&self, call: &Call<'_>) -> Result<Vec<Told>, Refusal> {
        let kind = field(&call.query, "type").parse().unwrap_or(0);
        Ok(vec![Told {
            which: Which::Address,
            status: status(kind),
            said: field(&call.query, "reply").to_owned(),
            opted_out: false,
        }])
    }
    fn inbound(&self, call: &Call<'_>) -> Result<Vec<Heard>, Refusal> {
        Ok(vec![Heard {
            from: field(&call.query, "from").to_owned(),
            text: field(&call.query, "text").to_owned(),
            id: field(&call.query, "id").to_owned(),
            opted_out: false,
        }])
    }
    /// Whatever stood in the answer to a text, Kannel would send to the patient.
    fn ack(&self, report: bool) -> Ack {
        Ack::text(if report { "ok" } else { "" })
    }
}

fn status(kind: i64) -> Status {
    if kind & DELIVERED != 0 {
        Status::Delivered
    } else if kind & FAILED != 0 && kind & EXPIRED != 0 {
        Status::Expired
    } else if kind & FAILED != 0 {
        Status::Failed
    } else if kind & REFUSED != 0 {
        Status::Rejected
    } else if kind & TAKEN != 0 {
        Status::Accepted
    } else if kind & BUFFERED != 0 {
        Status::Buffered
    } else {
        Status::Unknown
    }
}

fn classify(answer: &Answer) -> Outcome {
    let said = answer.text();
    match answer.status {
        // "0: Accepted for delivery", "3: Queued for later delivery" (no network at the moment; Kannel keeps it).
        200 | 202 => Outcome::Accepted { id: None },
        400 => Outcome::Permanent {
            code: "400".into(),
            text: cut(&said),
        },
        _ => answer.by_status(&said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_their_classes() {
        for (status, said, class) in [
            (202, "0: Accepted for delivery", "accepted"),
            (202, "3: Queued for later delivery", "accepted"),
            (403, "Authorization failed for sendsms", "config"),
            (404, "Unknown request.", "config"),
            (400, "Missing receiver number, rejected", "permanent"),
            (503, "Temporal failure, try again later.", "busy"),
            (500, "?", "unknown"),
            (301, "", "config"),
        ] {
            let answer = Answer {
                status,
                retry_after: None,
                body: said.into(),
            };
            assert_eq!(classify(&answer).code(), class, "{status} {said}");
        }
    }

    #[test]
    fn bits_of_reports() {
        for (kind, is) in [
            (1, Status::Delivered),
            (2, Status::Failed),
            (34, Status::Expired),
            (66, Status::Failed),
            (16, Status::Rejected),
            (8, Status::Accepted),
            (4, Status::Buffered),
            (0, Status::Unknown),
        ] {
            assert_eq!(status(kind), is, "{kind}");
        }
    }
}
