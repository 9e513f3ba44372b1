//! Tencent Cloud SMS 2021-01-11 (messaging.md 1.6). Texts are approved templates with parameters in order. Its calls are not
//! signed: they know a secret, and tell a serial number that we know.

mod codes;
mod sign;

use std::time::Duration;

use reqwest::Client;
use serde::Serialize;
use serde_json::Value;

use super::super::clock::Instant;
use super::super::config::gateways::Tencent as Settings;
use super::super::outcome::{Outcome, Sending};
use super::call::{self, Answer, at, sha256_hex};
use super::codes::{Class, outcome};
use super::{Ack, Asked, Asks, Call, Heard, Limit, Proof, Refusal, Sent, SmsSender, Status, Text, Told, Which};

const VERSION: &str = "2021-01-11";
/// Reports that one question brings at most, and questions that follow each other while there are so many.
const PULL_MAX: usize = 100;
const PULLS_MAX: usize = 20;

/// A client of one application.
pub(super) struct Tencent {
    name: String,
    limit: Limit,
    client: Client,
    host: String,
    settings: Settings,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SendSms<'a> {
    phone_number_set: [&'a str; 1],
    sms_sdk_app_id: &'a str,
    sign_name: &'a str,
    template_id: &'a str,
    template_param_set: Vec<&'a str>,
    session_context: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PullSmsSendStatus<'a> {
    limit: usize,
    sms_sdk_app_id: &'a str,
}

impl Tencent {
    /// For the application of the settings.
    ///
    /// # Errors
    /// A text for the operator.
    pub fn new((name, limit): (&str, Limit), settings: &Settings) -> Result<Tencent, String> {
        let host = call::host_of(&settings.url);
        Ok(Tencent {
            name: name.to_owned(),
            limit,
            client: call::client()?,
            host: host.map_err(|e| format!("configuration: sms.gateways.{name}.url: {e}"))?,
            settings: settings.clone(),
        })
    }

    async fn call(
        &self,
        action: &'static str,
        body: &impl Serialize,
        now: Instant,
        limit: Duration,
    ) -> Result<Answer, Outcome> {
        let body = serde_json::to_string(body).map_err(|e| Outcome::Config(e.to_string()))?;
        let (id, secret) = (&self.settings.key_id, &self.settings.key_secret);
        let authorization = sign::authorization((id, secret), &self.host, now, &body);
        let authorization =
            call::sensitive(&format!("{}.key_id", self.name), &authorization).map_err(Outcome::Config)?;
        let request = self
            .client
            .post(self.settings.url.trim_end_matches('/'))
            .timeout(limit)
            .header("authorization", authorization)
            // To the letter what is signed.
            .header("content-type", sign::CONTENT_TYPE)
            .header("x-tc-action", action)
            .header("x-tc-version", VERSION)
            .header("x-tc-timestamp", sign::seconds(now).to_string())
            .header("x-tc-region", &self.settings.region)
            .body(body);
        call::call(request).await
    }

    async fn post(&self, text: &Text, limit: Duration) -> Outcome {
        let Some(template) = &text.template else {
            return Outcome::Config("there is no template to send".into());
        };
        let body = SendSms {
            phone_number_set: [&text.to],
            sms_sdk_app_id: &self.settings.app_id,
            sign_name: &self.settings.signature,
            template_id: &template.code,
            template_param_set: template.parameters.iter().map(|(_, value)| value.as_str()).collect(),
            session_context: &text.reference,
        };
        match self.call("SendSms", &body, text.at, limit).await {
            Ok(answer) => classify(&answer, text.at),
            Err(outcome) => outcome,
        }
    }

    async fn pull(&self, now: Instant, limit: Duration) -> Result<Vec<Told>, String> {
        let body = PullSmsSendStatus {
            limit: PULL_MAX,
            sms_sdk_app_id: &self.settings.app_id,
        };
        let mut all = Vec::new();
        for _ in 0..PULLS_MAX {
            let answer = match self.call("PullSmsSendStatus", &body, now, limit).await {
                Ok(answer) => answer,
                // What has been told already will not be told again.
                Err(_) if !all.is_empty() => break,
                Err(outcome) => return Err(outcome.detail()),
            };
            let json = answer.json();
            let list = json.pointer("/Response/PullSmsSendStatusSet").and_then(Value::as_array);
            let Some(list) = list else {
                if !all.is_empty() {
                    break;
                }
                let error = |of: &str| at(&json, &format!("/Response/Error/{of}"));
                return Err(call::cut(&format!("{} {}", error("Code"), error("Message"))));
            };
            all.extend(
                list.iter()
                    .map(|item| told(item, "/SerialNo", "/ReportStatus", "/Description")),
            );
            if list.len() < PULL_MAX {
                break;
            }
        }
        Ok(all)
    }

    fn read(&self, call: &Call<'_>) -> Result<Value, Refusal> {
        if !call.knows(&self.settings.callback_secret) {
            return Err(Refusal::Forbidden);
        }
        serde_json::from_slice(call.body).map_err(|_not_json| Refusal::Unreadable)
    }
}

impl SmsSender for Tencent {
    fn name(&self) -> &str {
        &self.name
    }
    fn send<'a>(&'a self, text: &'a Text, limit: Duration) -> Sending<'a> {
        Box::pin(self.post(text, limit))
    }
    fn provider(&self) -> Option<&'static str> {
        Some("tencent")
    }
    fn limit(&self) -> Option<&Limit> {
        Some(&self.limit)
    }
    fn proof(&self) -> Proof {
        Proof::Secret
    }
    /// A list.
    fn report(&self, call: &Call<'_>) -> Result<Vec<Told>, Refusal> {
        match self.read(call)? {
            Value::Array(items) => Ok(items
                .iter()
                .map(|item| told(item, "/sid", "/report_status", "/errmsg"))
                .collect()),
            _ => Err(Refusal::Unreadable),
        }
    }
    /// One text.
    fn inbound(&self, call: &Call<'_>) -> Result<Vec<Heard>, Refusal> {
        match self.read(call)? {
            item @ Value::Object(_) => Ok(vec![heard(&item)]),
            _ => Err(Refusal::Unreadable),
        }
    }
    fn ack(&self, _report: bool) -> Ack {
        Ack::json(r#"{"result":0,"errmsg":"OK"}"#)
    }
    fn asks(&self) -> Asks {
        if self.settings.pull { Asks::All } else { Asks::Nothing }
    }
    fn ask<'a>(&'a self, _about: Option<&'a Sent>, now: Instant, limit: Duration) -> Asked<'a> {
        Box::pin(self.pull(now, limit))
    }
}

fn told(item: &Value, id: &str, status: &str, said: &str) -> Told {
    Told {
        which: Which::Id(at(item, id)),
        status: match at(item, status).as_str() {
            "SUCCESS" => Status::Delivered,
            "FAIL" => Status::Failed,
            _ => Status::Unknown,
        },
        said: at(item, said),
        opted_out: false,
    }
}

/// Tencent gives a reply no name: who wrote what when is it, the same when it is told again.
fn heard(item: &Value) -> Heard {
    let from = format!(
        "+{}{}",
        at(item, "/nationcode").trim_start_matches('+'),
        at(item, "/mobile")
    );
    let text = at(item, "/text");
    let name = format!("{from}\n{}\n{}\n{text}", at(item, "/time"), at(item, "/extend"));
    Heard {
        id: sha256_hex(name.as_bytes()),
        from,
        text,
        opted_out: false,
    }
}

fn classify(answer: &Answer, handed_over: Instant) -> Outcome {
    let json = answer.json();
    let one = json.pointer("/Response/SendStatusSet/0");
    let of = |name: &str| match one {
        Some(status) => at(status, &format!("/{name}")),
        None => at(&json, &format!("/Response/Error/{name}")),
    };
    let (code, said) = (of("Code"), of("Message"));
    if code == "Ok" {
        return Outcome::Accepted {
            id: Some(of("SerialNo")).filter(|id| !id.is_empty()),
        };
    }
    match codes::class_of(&code) {
        Some(class) => outcome(class, handed_over, (&code, &said)),
        // Tencent refused it, by a code that is not known yet: nobody can tell whether that is about this text or about all, so
        // that this one waits, the next gateway is asked, and all else goes on.
        None if !code.is_empty() => outcome(Class::Passing, handed_over, (&code, &said)),
        None => answer.by_status(&answer.text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_their_classes() {
        let error = |code: &str| format!(r#"{{"Response":{{"Error":{{"Code":"{code}","Message":"words"}}}}}}"#);
        let one = |code: &str| format!(r#"{{"Response":{{"SendStatusSet":[{{"SerialNo":"5:1","Code":"{code}"}}]}}}}"#);
        for (status, body, class) in [
            (200, one("Ok"), "accepted"),
            (200, one("FailedOperation.PhoneNumberInBlacklist"), "opted-out"),
            (200, one("FailedOperation.MarketingSendTimeConstraint"), "postponed"),
            (200, one("LimitExceeded.PhoneNumberDailyLimit"), "postponed"),
            (200, error("AuthFailure.SignatureFailure"), "config"),
            (200, error("InternalError.Timeout"), "unknown"),
            (200, error("FailedOperation.SomethingNew"), "passing"),
            (200, "?".into(), "unknown"),
            (503, "?".into(), "busy"),
        ] {
            let answer = Answer {
                status,
                retry_after: None,
                body: body.clone().into(),
            };
            let outcome = classify(&answer, Instant(0));
            assert_eq!(outcome.code(), class, "{status} {body}");
            if let Outcome::Accepted { id } = outcome {
                assert_eq!(id.as_deref(), Some("5:1"));
            }
        }
    }

    #[test]
    fn a_reply_that_is_told_again_has_the_same_name() {
        let reply = |time: u32| {
            serde_json::json!({"extend": "01", "mobile": "13800001234", "nationcode": "86", "sign": "s",
                "text": "退订", "time": time})
        };
        let first = heard(&reply(1));
        assert_eq!((first.from.as_str(), first.text.as_str()), ("+8613800001234", "退订"));
        assert_eq!(heard(&reply(1)), first);
        assert_ne!(heard(&reply(2)).id, first.id);
    }
}
