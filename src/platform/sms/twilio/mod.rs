//! Twilio Messages, API 2010-04-01 (messaging.md 1.3). A text is a form; a report and a text of a patient are signed forms.

mod codes;
mod signature;

use std::time::Duration;

use chrono::DateTime;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use super::super::clock::{Instant, MINUTE_MS};
use super::super::config::Secret;
use super::super::config::gateways::Twilio as Settings;
use super::super::outcome::{Outcome, Sending};
use super::call::{self, Answer, at};
use super::callback::field;
use super::codes::{Class, class_of, outcome};
use super::{Ack, Asked, Asks, Call, Heard, Limit, Proof, Refusal, Sent, SmsSender, Text, Told, Which};

/// A text without an id is looked for among those that were made from this long before it was handed over on.
const LOOK_BACK_MS: i64 = MINUTE_MS;
/// How many of a number's texts are looked at.
const LOOK_AT: &str = "50";

/// A client of one account.
pub(super) struct Twilio {
    name: String,
    limit: Limit,
    client: Client,
    /// `…/2010-04-01/Accounts/AC…/Messages`
    messages: String,
    user: String,
    password: Secret,
    token: Secret,
    from: (&'static str, String),
    validity: i64,
}

impl Twilio {
    /// For the account of the settings.
    ///
    /// # Errors
    /// A text for the operator.
    pub fn new((name, limit): (&str, Limit), s: &Settings) -> Result<Twilio, String> {
        let base = s.url.trim_end_matches('/');
        let (user, password) = if s.key.is_empty() {
            (s.account.clone(), s.token.clone())
        } else {
            (s.key.clone(), s.key_secret.clone())
        };
        Ok(Twilio {
            name: name.to_owned(),
            limit,
            client: call::client()?,
            messages: format!("{base}/2010-04-01/Accounts/{}/Messages", s.account),
            user,
            password,
            token: s.token.clone(),
            from: if s.service.is_empty() {
                ("From", s.sender.clone())
            } else {
                ("MessagingServiceSid", s.service.clone())
            },
            validity: i64::from(s.validity_seconds),
        })
    }

    fn signed_in(&self, request: RequestBuilder, limit: Duration) -> RequestBuilder {
        request.basic_auth(&self.user, Some(&self.password.0)).timeout(limit)
    }

    async fn post(&self, text: &Text, limit: Duration) -> Outcome {
        let validity = text.seconds_of_use().min(self.validity).to_string();
        let form = [
            ("To", text.to.as_str()),
            (self.from.0, self.from.1.as_str()),
            ("Body", &text.body),
            ("StatusCallback", &text.report_url),
            ("ValidityPeriod", &validity),
        ];
        let request = self.client.post(format!("{}.json", self.messages)).form(&form);
        match call::call(self.signed_in(request, limit)).await {
            Ok(answer) => classify(&answer, text.at),
            Err(outcome) => outcome,
        }
    }

    async fn look(&self, sent: &Sent, limit: Duration) -> Result<Vec<Told>, String> {
        let request = match &sent.id {
            Some(sid) => self.client.get(format!("{}/{sid}.json", self.messages)),
            None => {
                let day = sent.at.utc().format("%Y-%m-%d").to_string();
                let query = [("To", sent.to.as_str()), ("DateSent>", &day), ("PageSize", LOOK_AT)];
                self.client.get(format!("{}.json", self.messages)).query(&query)
            }
        };
        let answer = call::call(self.signed_in(request, limit)).await;
        let answer = answer.map_err(|outcome| outcome.detail())?;
        if answer.status != 200 {
            return Err(call::cut(&format!("{} {}", answer.status, answer.text())));
        }
        let json = answer.json();
        if sent.id.is_some() {
            return Ok(vec![told(&json, "/status", "/error_code", Which::Asked)]);
        }
        let list = json.pointer("/messages").and_then(Value::as_array);
        let same: Vec<&Value> = list.into_iter().flatten().filter(|m| is_it(m, sent)).collect();
        Ok(match same.as_slice() {
            // Of two alike nobody knows which is which.
            [one] => vec![told(one, "/status", "/error_code", Which::Asked)],
            _ => Vec::new(),
        })
    }

    fn signed_fields(&self, call: &Call<'_>) -> Result<Vec<(String, String)>, Refusal> {
        let fields = call.form();
        let signature = (call.header)("X-Twilio-Signature").unwrap_or_default();
        match signature::is_right(&self.token, (call.url, &fields), &signature) {
            true => Ok(fields),
            false => Err(Refusal::Forbidden),
        }
    }
}

impl SmsSender for Twilio {
    fn name(&self) -> &str {
        &self.name
    }
    fn send<'a>(&'a self, text: &'a Text, limit: Duration) -> Sending<'a> {
        Box::pin(self.post(text, limit))
    }
    fn limit(&self) -> Option<&Limit> {
        Some(&self.limit)
    }
    fn proof(&self) -> Proof {
        Proof::Signature
    }
    fn confirms_stop(&self) -> bool {
        true
    }
    fn report(&self, call: &Call<'_>) -> Result<Vec<Told>, Refusal> {
        let fields = self.signed_fields(call)?;
        let json: serde_json::Map<String, Value> = fields.into_iter().map(|(n, v)| (n, v.into())).collect();
        Ok(vec![told(
            &Value::Object(json),
            "/MessageStatus",
            "/ErrorCode",
            Which::Address,
        )])
    }
    fn inbound(&self, call: &Call<'_>) -> Result<Vec<Heard>, Refusal> {
        let fields = self.signed_fields(call)?;
        Ok(vec![Heard {
            from: field(&fields, "From").to_owned(),
            text: field(&fields, "Body").to_owned(),
            id: field(&fields, "MessageSid").to_owned(),
            opted_out: field(&fields, "OptOutType") == "STOP",
        }])
    }
    /// Twilio sends what `<Message>` holds; nothing is to be sent.
    fn ack(&self, _report: bool) -> Ack {
        Ack {
            content_type: "text/xml; charset=utf-8",
            body: "<Response/>".into(),
        }
    }
    fn asks(&self) -> Asks {
        Asks::Each
    }
    fn ask<'a>(&'a self, about: Option<&'a Sent>, _now: Instant, limit: Duration) -> Asked<'a> {
        Box::pin(async move {
            match about {
                Some(sent) => self.look(sent, limit).await,
                None => Ok(Vec::new()),
            }
        })
    }
}

fn is_it(message: &Value, sent: &Sent) -> bool {
    let made = DateTime::parse_from_rfc2822(&at(message, "/date_created")).map(|t| Instant(t.timestamp_millis()));
    at(message, "/body") == sent.body && made.is_ok_and(|made| made >= sent.at + -LOOK_BACK_MS)
}

fn told(json: &Value, status: &str, error: &str, which: Which) -> Told {
    let (status, code) = (at(json, status), at(json, error));
    Told {
        which,
        said: format!("{status} {code}").trim().to_owned(),
        opted_out: class_of(codes::CODES, &code) == Some(Class::OptedOut),
        status: codes::status(&status),
    }
}

fn classify(answer: &Answer, handed_over: Instant) -> Outcome {
    let json = answer.json();
    let sid = at(&json, "/sid");
    if matches!(answer.status, 200 | 201) && !sid.is_empty() {
        return Outcome::Accepted { id: Some(sid) };
    }
    let (code, said) = (at(&json, "/code"), at(&json, "/message"));
    match class_of(codes::CODES, &code) {
        // How long to wait is told with the answer.
        Some(Class::Busy) => Outcome::Busy {
            retry_after: answer.retry_after,
            text: call::cut(&format!("{code} {said}")),
        },
        Some(class) => outcome(class, handed_over, (&code, &said)),
        None if answer.status == 400 && !code.is_empty() => outcome(Class::Permanent, handed_over, (&code, &said)),
        None => answer.by_status(format!("{code} {said}").trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_their_classes() {
        let error = |code: u32| format!(r#"{{"code":{code},"message":"words","status":400}}"#);
        for (status, body, class) in [
            (201, r#"{"sid":"SM1","status":"queued"}"#.to_owned(), "accepted"),
            (201, "<html>".into(), "unknown"),
            (400, error(21610), "opted-out"),
            (400, error(21211), "permanent"),
            (400, error(21614), "permanent"),
            (400, error(21612), "elsewhere"),
            (400, error(21408), "elsewhere"),
            (400, error(21217), "permanent"),
            (400, error(21617), "permanent"),
            (400, error(21602), "permanent"),
            (400, error(99999), "permanent"),
            (400, "no JSON".into(), "config"),
            (401, error(20003), "config"),
            (403, error(20005), "config"),
            (400, error(21603), "config"),
            (400, error(21606), "config"),
            (400, error(21212), "config"),
            (400, error(30010), "config"),
            (400, error(63007), "config"),
            (429, error(20429), "busy"),
            (429, error(14107), "busy"),
            (429, String::new(), "busy"),
            (503, String::new(), "busy"),
            (500, String::new(), "unknown"),
            (502, String::new(), "unknown"),
            (404, String::new(), "config"),
        ] {
            let answer = Answer {
                status,
                retry_after: Some(7),
                body: body.clone().into(),
            };
            let outcome = classify(&answer, Instant(0));
            assert_eq!(outcome.code(), class, "{status} {body}");
            if let Outcome::Busy { retry_after, .. } = outcome {
                assert_eq!(retry_after, Some(7));
            }
        }
    }
}
