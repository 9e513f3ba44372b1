//! Any gateway with an HTTP interface, by description (messaging.md 1.7): the request is a template, and what stands where in
//! its answers and calls is named in the settings.

mod answer;
mod calls;
mod request;

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, RequestBuilder};

use super::super::clock::Instant;
use super::super::config::gateways::{Auth, ContentType, Http as Settings, Method};
use super::super::outcome::{Outcome, Sending};
use super::callback::Proof;
use super::{Ack, Asked, Asks, Call, Heard, Limit, Refusal, Sent, SmsSender, Text, Told, call};
use answer::Reader;
use request::{Request, Templates};

/// A key of the description and what is wrong with it.
pub type Fault = (String, String);

/// Whether a description can be used.
///
/// # Errors
/// The key, and what is wrong.
pub fn check_description(settings: &Settings) -> Result<(), Fault> {
    Templates::new(settings)?.check(settings)?;
    Reader::new(settings)?;
    for (key, value) in [
        ("report.status", &settings.report.status),
        ("inbound.from", &settings.inbound.from),
    ] {
        let section = key.split('.').next().unwrap_or(key);
        let used = match section {
            "report" => !settings.report.map.is_empty(),
            _ => !settings.inbound.text.is_empty(),
        };
        if used && value.is_empty() {
            return Err((key.to_owned(), format!("is empty, but {section} is described")));
        }
    }
    if !settings.report.url.is_empty() && settings.report.map.is_empty() {
        let why = "is empty, but report.url is there: what it answers could not be read";
        return Err(("report.map".to_owned(), why.to_owned()));
    }
    // Gateways bring a text again until we have said that we have it.
    if !settings.inbound.from.is_empty() && settings.inbound.id.is_empty() {
        let why = "is empty: name what tells one text from another; several values together are joined by +, such as \"mobile+time\"";
        return Err(("inbound.id".to_owned(), why.to_owned()));
    }
    Ok(())
}

/// A client of one such gateway.
pub(super) struct Described {
    name: String,
    limit: Limit,
    client: Client,
    templates: Templates,
    reader: Reader,
    settings: Settings,
}

impl Described {
    /// For the gateway of the settings.
    ///
    /// # Errors
    /// A text for the operator.
    pub fn new((name, limit): (&str, Limit), settings: &Settings) -> Result<Described, String> {
        let told = |(key, why): Fault| format!("configuration: sms.gateways.{name}.{key}: {why}");
        Ok(Described {
            name: name.to_owned(),
            limit,
            client: call::client()?,
            templates: Templates::new(settings).map_err(told)?,
            reader: Reader::new(settings).map_err(told)?,
            settings: settings.clone(),
        })
    }

    async fn post(&self, text: &Text, limit: Duration) -> Outcome {
        let request = match self.templates.fill(&self.settings, text) {
            Ok(request) => request,
            Err((key, why)) => return Outcome::Config(format!("{key}: {why}")),
        };
        let headers = match self.headers(&request) {
            Ok(headers) => headers,
            Err(outcome) => return outcome,
        };
        let sent = match self.settings.method {
            Method::Get => self.client.get(&request.url),
            Method::Post => self.client.post(&request.url).body(request.body),
        };
        match call::call(self.signed_in(sent).headers(headers).timeout(limit)).await {
            Ok(answer) => self.reader.classify(&answer, text.at),
            Err(outcome) => outcome,
        }
    }

    /// Asks what became of a text, and reads the answer as reports are read.
    async fn look(&self, sent: &Sent, limit: Duration) -> Result<Vec<Told>, String> {
        let told = |(key, why): Fault| format!("{key}: {why}");
        let request = self.templates.question(&self.settings, sent).map_err(told)?;
        let headers = self.headers(&request).map_err(|outcome| outcome.detail())?;
        let asked = self.signed_in(self.client.get(&request.url));
        let answer = call::call(asked.headers(headers).timeout(limit)).await;
        let answer = answer.map_err(|outcome| outcome.detail())?;
        if !(200..300).contains(&answer.status) {
            return Err(call::cut(&format!("{} {}", answer.status, answer.text())));
        }
        calls::answered(&self.settings, &answer.body).ok_or_else(|| call::cut(&answer.text()))
    }

    fn signed_in(&self, request: RequestBuilder) -> RequestBuilder {
        match self.settings.auth {
            Auth::None => request,
            Auth::Basic => request.basic_auth(&self.settings.user, Some(&self.settings.password.0)),
            Auth::Bearer => request.bearer_auth(&self.settings.password.0),
        }
    }

    fn headers(&self, request: &Request) -> Result<HeaderMap, Outcome> {
        let mut headers = HeaderMap::new();
        if self.settings.method == Method::Post {
            let charset = match self.settings.content_type {
                ContentType::Form => "application/x-www-form-urlencoded",
                ContentType::Json => "application/json",
                ContentType::Xml => "text/xml",
                ContentType::Raw => "text/plain",
            };
            let value = format!("{charset}; charset={}", request::charset_name(self.settings.charset));
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert("content-type", value);
            }
        }
        for (name, value) in &request.headers {
            let unusable = || Outcome::Config(format!("headers.{name}: has unusable characters"));
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unusable())?;
            // A header may hold the password.
            let mut value = HeaderValue::from_str(value).map_err(|_| unusable())?;
            value.set_sensitive(true);
            headers.insert(key, value);
        }
        Ok(headers)
    }
}

impl SmsSender for Described {
    fn name(&self) -> &str {
        &self.name
    }
    fn send<'a>(&'a self, text: &'a Text, limit: Duration) -> Sending<'a> {
        Box::pin(self.post(text, limit))
    }
    fn provider(&self) -> Option<&'static str> {
        self.settings.template.then_some("http")
    }
    fn limit(&self) -> Option<&Limit> {
        Some(&self.limit)
    }
    fn proof(&self) -> Proof {
        if self.settings.callback_secret.0.is_empty() {
            Proof::Nothing
        } else {
            Proof::Secret
        }
    }
    fn report(&self, call: &Call<'_>) -> Result<Vec<Told>, Refusal> {
        calls::report(&self.settings, call)
    }
    fn inbound(&self, call: &Call<'_>) -> Result<Vec<Heard>, Refusal> {
        calls::inbound(&self.settings, call)
    }
    fn asks(&self) -> Asks {
        if self.settings.report.url.is_empty() {
            Asks::Nothing
        } else {
            Asks::Each
        }
    }
    fn ask<'a>(&'a self, about: Option<&'a Sent>, _now: Instant, limit: Duration) -> Asked<'a> {
        Box::pin(async move {
            match about {
                Some(sent) => self.look(sent, limit).await,
                None => Ok(Vec::new()),
            }
        })
    }
    fn ack(&self, report: bool) -> Ack {
        let answer = if report {
            &self.settings.report.answer
        } else {
            &self.settings.inbound.answer
        };
        match answer.starts_with('{') {
            true => Ack::json(answer),
            false => Ack::text(answer),
        }
    }
}
