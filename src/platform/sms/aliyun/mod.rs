//! Aliyun SMS, Dysmsapi 2017-05-25 (messaging.md 1.5). Texts are approved templates; parameters go in the query, as Aliyun
//! wants them. Its calls are not signed: they know a secret, and tell our own reference or an id that we know.

mod codes;
mod sign;

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Client;
use serde_json::Value;

use super::super::clock::Instant;
use super::super::config::gateways::Aliyun as Settings;
use super::super::ids::random_token;
use super::super::outcome::{Outcome, Sending};
use super::call::{self, Answer, at};
use super::codes::{Class, beijing_day, outcome};
use super::{
    Ack, Asked, Asks, Call, Heard, Limit, Proof, Provided, Refusal, Sent, SmsSender, Status, Text, Told, Which,
};

/// How many of a number's texts of a day are looked at; Aliyun sends it no more than 40.
const PAGE: &str = "50";

/// A client of one account.
pub(super) struct Aliyun {
    name: String,
    limit: Limit,
    client: Client,
    host: String,
    settings: Settings,
}

impl Aliyun {
    /// For the account of the settings.
    ///
    /// # Errors
    /// A text for the operator.
    pub fn new((name, limit): (&str, Limit), settings: &Settings) -> Result<Aliyun, String> {
        let host = call::host_of(&settings.url);
        Ok(Aliyun {
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
        query: &[(&str, &str)],
        now: Instant,
        limit: Duration,
    ) -> Result<Answer, Outcome> {
        let nonce = random_token();
        let signed = sign::Request {
            host: &self.host,
            action,
            query,
            date: &sign::date(now),
            nonce: &nonce,
        };
        let url = format!("{}/?{}", self.settings.url.trim_end_matches('/'), signed.query());
        // A POST without a body says so: some servers refuse it else.
        let mut request = self.client.post(url).timeout(limit).header("content-length", "0");
        for (name, value) in signed.headers() {
            // The address names it already.
            if name != "host" {
                request = request.header(name, value);
            }
        }
        let authorization = signed.authorization(&self.settings.key_id, &self.settings.key_secret);
        let authorization =
            call::sensitive(&format!("{}.key_id", self.name), &authorization).map_err(Outcome::Config)?;
        call::call(request.header("authorization", authorization)).await
    }

    async fn post(&self, text: &Text, limit: Duration) -> Outcome {
        let Some(template) = &text.template else {
            return Outcome::Config("there is no template to send".into());
        };
        let (number, values) = (number(&text.to), parameters(template));
        let query = [
            ("PhoneNumbers", number),
            ("SignName", &self.settings.signature),
            ("TemplateCode", &template.code),
            ("TemplateParam", &values),
            ("OutId", &text.reference),
        ];
        match self.call("SendSms", &query, text.at, limit).await {
            Ok(answer) => classify(&answer, text.at),
            Err(outcome) => outcome,
        }
    }

    async fn look(&self, sent: &Sent, now: Instant, limit: Duration) -> Result<Vec<Told>, String> {
        let day = beijing_day(sent.at);
        let mut query = vec![
            ("PhoneNumber", number(&sent.to)),
            ("SendDate", &day),
            ("PageSize", PAGE),
            ("CurrentPage", "1"),
        ];
        if let Some(id) = &sent.id {
            query.push(("BizId", id));
        }
        let answer = self.call("QuerySendDetails", &query, now, limit).await;
        let answer = answer.map_err(|outcome| outcome.detail())?;
        let json = answer.json();
        if at(&json, "/Code") != "OK" {
            return Err(call::cut(&format!("{} {}", at(&json, "/Code"), at(&json, "/Message"))));
        }
        let list = json
            .pointer("/SmsSendDetailDTOs/SmsSendDetailDTO")
            .and_then(Value::as_array);
        let details = list.into_iter().flatten().map(detail);
        // One that has no reference is ours only when it was asked for by its id.
        Ok(details
            .filter(|told| told.which != Which::Asked || sent.id.is_some())
            .collect())
    }
}

impl SmsSender for Aliyun {
    fn name(&self) -> &str {
        &self.name
    }
    fn send<'a>(&'a self, text: &'a Text, limit: Duration) -> Sending<'a> {
        Box::pin(self.post(text, limit))
    }
    fn provider(&self) -> Option<&'static str> {
        Some("aliyun")
    }
    fn limit(&self) -> Option<&Limit> {
        Some(&self.limit)
    }
    fn proof(&self) -> Proof {
        Proof::Secret
    }
    /// SmsReport: a list.
    fn report(&self, call: &Call<'_>) -> Result<Vec<Told>, Refusal> {
        Ok(items(call, &self.settings)?.iter().map(reported).collect())
    }
    /// SmsUp: a list.
    fn inbound(&self, call: &Call<'_>) -> Result<Vec<Heard>, Refusal> {
        let heard = |item: &Value| Heard {
            from: at(item, "/phone_number"),
            text: at(item, "/content"),
            id: at(item, "/sequence_id"),
            opted_out: false,
        };
        Ok(items(call, &self.settings)?.iter().map(heard).collect())
    }
    fn ack(&self, _report: bool) -> Ack {
        Ack::json(r#"{"code":0,"msg":"成功"}"#)
    }
    fn asks(&self) -> Asks {
        Asks::Each
    }
    fn ask<'a>(&'a self, about: Option<&'a Sent>, now: Instant, limit: Duration) -> Asked<'a> {
        Box::pin(async move {
            match about {
                Some(sent) => self.look(sent, now, limit).await,
                None => Ok(Vec::new()),
            }
        })
    }
}

fn items(call: &Call<'_>, settings: &Settings) -> Result<Vec<Value>, Refusal> {
    if !call.knows(&settings.callback_secret) {
        return Err(Refusal::Forbidden);
    }
    match serde_json::from_slice(call.body) {
        Ok(Value::Array(items)) => Ok(items),
        _ => Err(Refusal::Unreadable),
    }
}

/// Mainland numbers without their country code, others with it; none with a plus.
fn number(e164: &str) -> &str {
    e164.strip_prefix("+86").unwrap_or(e164.trim_start_matches('+'))
}

/// A JSON object of texts.
fn parameters(template: &Provided) -> String {
    let values: BTreeMap<&str, &str> = template
        .parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    serde_json::to_string(&values).unwrap_or_default()
}

/// By our own reference, or, where a report has none, by Aliyun's id.
fn whose(reference: String, id: String) -> Which {
    if reference.is_empty() {
        Which::Id(id)
    } else {
        Which::Reference(reference)
    }
}

fn reported(item: &Value) -> Told {
    let delivered = item.pointer("/success").is_some_and(|s| s == true || s == "true");
    Told {
        which: whose(at(item, "/out_id"), at(item, "/biz_id")),
        status: if delivered { Status::Delivered } else { Status::Failed },
        said: format!("{} {}", at(item, "/err_code"), at(item, "/err_msg"))
            .trim()
            .to_owned(),
        opted_out: false,
    }
}

/// A line of QuerySendDetails.
fn detail(item: &Value) -> Told {
    let reference = at(item, "/OutId");
    Told {
        which: if reference.is_empty() {
            Which::Asked
        } else {
            Which::Reference(reference)
        },
        status: match at(item, "/SendStatus").as_str() {
            "1" => Status::Accepted,
            "2" => Status::Failed,
            "3" => Status::Delivered,
            _ => Status::Unknown,
        },
        said: at(item, "/ErrCode"),
        opted_out: false,
    }
}

fn classify(answer: &Answer, handed_over: Instant) -> Outcome {
    let json = answer.json();
    let (code, said) = (at(&json, "/Code"), at(&json, "/Message"));
    if code == "OK" {
        return Outcome::Accepted {
            id: Some(at(&json, "/BizId")).filter(|id| !id.is_empty()),
        };
    }
    match codes::class_of(&code, &said) {
        Some(class) => outcome(class, handed_over, (&code, &said)),
        // Aliyun refused it, by a code that is not known yet: nobody can tell whether that is about this text or about all, so
        // that this one waits, the next gateway is asked, and all else goes on.
        None if !code.is_empty() && answer.status < 500 => outcome(Class::Passing, handed_over, (&code, &said)),
        None => answer.by_status(format!("{code} {said}").trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_parameters_as_aliyun_wants_them() {
        assert_eq!(number("+8613800138000"), "13800138000");
        assert_eq!(number("+447911123456"), "447911123456");
        let template = Provided {
            code: "SMS_1".into(),
            parameters: vec![("time".into(), "09:30".into()), ("n".into(), "\"5\"".into())],
        };
        assert_eq!(parameters(&template), r#"{"n":"\"5\"","time":"09:30"}"#);
    }

    #[test]
    fn answers_and_their_classes() {
        let said = |code: &str, message: &str| format!(r#"{{"Code":"{code}","Message":"{message}"}}"#);
        for (status, body, class) in [
            (200, r#"{"Code":"OK","BizId":"9^0"}"#.to_owned(), "accepted"),
            (200, "?".into(), "unknown"),
            (400, said("SignatureDoesNotMatch", ""), "config"),
            (400, said("isv.SOMETHING_NEW", ""), "passing"),
            (
                200,
                said("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:40"),
                "postponed",
            ),
            (
                200,
                said("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5"),
                "passing",
            ),
            (503, said("ServiceUnavailable", ""), "busy"),
            (500, "?".into(), "unknown"),
        ] {
            let answer = Answer {
                status,
                retry_after: None,
                body: body.clone().into(),
            };
            assert_eq!(classify(&answer, Instant(0)).code(), class, "{status} {body}");
        }
    }
}
