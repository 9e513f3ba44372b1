//! The request of a described gateway: templates that name what is whitelisted and nothing else, each value escaped for the
//! place where it stands.

use std::fmt::Write;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context, filters};

use super::super::super::clock::Instant;
use super::super::super::config::gateways::{Charset, ContentType, Http as Settings, NumberFormat, TextEncoding};
use super::super::{Provided, Sent, Text};
use super::Fault;

/// Steps that filling in one template may take.
const FUEL: u64 = 100_000;
const URL: &str = "url";
const BODY: &str = "body";
const HEADER: &str = "headers.";
/// Where it is asked what became of a text.
const ASK: &str = "report.url";

/// How a value is escaped.
#[derive(Clone, Copy)]
enum Escape {
    Percent(Charset),
    Json,
    Xml,
    Nothing,
}

/// A description's templates, parsed.
pub(super) struct Templates {
    env: Environment<'static>,
}

/// A request, filled in.
pub(super) struct Request {
    pub url: String,
    pub body: Vec<u8>,
    pub headers: Vec<(String, String)>,
}

/// As it stands in a content type.
pub(super) fn charset_name(charset: Charset) -> &'static str {
    match charset {
        Charset::Utf8 => "utf-8",
        Charset::Gbk => "gbk",
    }
}

impl Templates {
    /// Parses them.
    pub fn new(settings: &Settings) -> Result<Templates, Fault> {
        let mut env = Environment::empty();
        env.set_undefined_behavior(UndefinedBehavior::Strict);
        env.set_fuel(Some(FUEL));
        env.add_filter("join", filters::join);
        env.add_filter("length", filters::length);
        env.add_filter("lower", filters::lower);
        env.add_filter("upper", filters::upper);
        env.add_filter("replace", filters::replace);
        env.set_auto_escape_callback(|_| AutoEscape::None);
        let (charset, body) = (settings.charset, body_escape(settings));
        env.set_formatter(move |out, state, value| {
            let escape = match state.name() {
                URL | ASK => Escape::Percent(charset),
                BODY => body,
                _ => Escape::Nothing,
            };
            out.write_str(&escaped(escape, &value.to_string()))
                .map_err(minijinja::Error::from)
        });
        let headers = settings.headers.iter();
        let headers = headers.map(|(name, source)| (format!("{HEADER}{name}"), source.clone()));
        let all = [
            (URL.to_owned(), settings.url.clone()),
            (BODY.to_owned(), settings.body.clone()),
            (ASK.to_owned(), settings.report.url.clone()),
        ];
        for (key, source) in all.into_iter().chain(headers) {
            let told = key.clone();
            env.add_template_owned(key, source).map_err(|e| (told, e.to_string()))?;
        }
        Ok(Templates { env })
    }

    /// Whether they can be filled in at all: no name in them is unknown.
    pub fn check(&self, settings: &Settings) -> Result<(), Fault> {
        let sample = Text {
            to: "+8613800138000".into(),
            body: "text".into(),
            reference: "reference".into(),
            report_url: "https://clinic.example/gateway/name/report/reference".into(),
            template: settings.template.then(|| Provided {
                code: "1".into(),
                parameters: vec![("name".into(), "value".into())],
            }),
            at: Instant(0),
            expires_at: Instant(0),
        };
        let request = self.fill(settings, &sample)?;
        check_url(URL, &request.url)?;
        if settings.report.url.is_empty() {
            return Ok(());
        }
        let sent = Sent {
            id: Some("1".into()),
            to: sample.to,
            body: sample.body,
            at: Instant(0),
        };
        check_url(ASK, &self.question(settings, &sent)?.url)
    }

    /// Fills them in for a text.
    pub fn fill(&self, settings: &Settings, text: &Text) -> Result<Request, Fault> {
        let values = values(settings, text, "");
        let body = self.rendered(BODY, &values)?;
        Ok(Request {
            url: self.rendered(URL, &values)?,
            body: match settings.charset {
                Charset::Utf8 => body.into_bytes(),
                Charset::Gbk => encoding_rs::GBK.encode(&body).0.into_owned(),
            },
            headers: self.headers(settings, &values)?,
        })
    }

    /// Fills them in to ask what became of a text.
    pub fn question(&self, settings: &Settings, sent: &Sent) -> Result<Request, Fault> {
        let text = Text {
            to: sent.to.clone(),
            body: sent.body.clone(),
            reference: String::new(),
            report_url: String::new(),
            template: None,
            at: sent.at,
            expires_at: sent.at,
        };
        let values = values(settings, &text, sent.id.as_deref().unwrap_or_default());
        Ok(Request {
            url: self.rendered(ASK, &values)?,
            body: Vec::new(),
            headers: self.headers(settings, &values)?,
        })
    }

    fn headers(&self, settings: &Settings, values: &Value) -> Result<Vec<(String, String)>, Fault> {
        let headers = settings.headers.keys();
        headers
            .map(|name| Ok((name.clone(), self.rendered(&format!("{HEADER}{name}"), values)?)))
            .collect()
    }

    fn rendered(&self, name: &str, values: &Value) -> Result<String, Fault> {
        let template = self.env.get_template(name);
        let filled = template.and_then(|t| t.render(values));
        // Without the template's text, which may hold a password.
        filled.map_err(|e| {
            let what = e.detail().map(str::to_owned);
            (name.to_owned(), what.unwrap_or_else(|| e.kind().to_string()))
        })
    }
}

fn check_url(key: &str, url: &str) -> Result<(), Fault> {
    let parsed = reqwest::Url::parse(url).ok();
    let web = parsed.is_some_and(|u| matches!(u.scheme(), "http" | "https") && u.host_str().is_some());
    match web {
        true => Ok(()),
        false => Err((
            key.to_owned(),
            "must begin with http:// or https:// and name a host".to_owned(),
        )),
    }
}

fn body_escape(settings: &Settings) -> Escape {
    match settings.content_type {
        ContentType::Form => Escape::Percent(settings.charset),
        ContentType::Json => Escape::Json,
        ContentType::Xml => Escape::Xml,
        ContentType::Raw => Escape::Nothing,
    }
}

/// What templates may name. `id`: the gateway's own name for a text that is asked about.
fn values(settings: &Settings, text: &Text, id: &str) -> Value {
    let to = match settings.number_format {
        NumberFormat::E164 => text.to.as_str(),
        NumberFormat::Digits => text.to.trim_start_matches('+'),
        NumberFormat::National => text.to.strip_prefix("+86").unwrap_or(text.to.trim_start_matches('+')),
    };
    let body = match settings.text_encoding {
        TextEncoding::Plain => text.body.clone(),
        TextEncoding::HexUtf16be => text.body.encode_utf16().fold(String::new(), |mut out, unit| {
            let _infallible = write!(out, "{unit:04X}");
            out
        }),
    };
    let parameters = text.template.iter().flat_map(|t| &t.parameters);
    let parameters: Vec<Value> = parameters
        .map(|(name, value)| context! { name => name, value => value })
        .collect();
    context! {
        id => id,
        to => to,
        text => body,
        sender => &settings.sender,
        signature => &settings.signature,
        user => &settings.user,
        password => &settings.password.0,
        reference => &text.reference,
        report_url => &text.report_url,
        minutes => text.minutes_of_use(),
        template => text.template.as_ref().map(|t| t.code.clone()).unwrap_or_default(),
        params => parameters,
    }
}

fn escaped(escape: Escape, text: &str) -> String {
    match escape {
        Escape::Nothing => text.to_owned(),
        Escape::Percent(Charset::Utf8) => percent(text.as_bytes()),
        Escape::Percent(Charset::Gbk) => percent(&encoding_rs::GBK.encode(text).0),
        Escape::Json => {
            let quoted = serde_json::Value::from(text).to_string();
            // The quotes are the template's.
            let inner = quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"'));
            inner.unwrap_or_default().to_owned()
        }
        Escape::Xml => text.chars().fold(String::new(), |mut out, c| {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&apos;"),
                c => out.push(c),
            }
            out
        }),
    }
}

fn percent(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-_.~".contains(b) {
            out.push(char::from(*b));
        } else {
            let _infallible = write!(out, "%{b:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::config::Secret;

    fn text() -> Text {
        Text {
            to: "+8613800138000".into(),
            body: "【诊所】a&b=\"c\"<d>\n".into(),
            reference: "REF".into(),
            report_url: "https://c.example/gateway/o/report/REF".into(),
            template: None,
            at: Instant(0),
            expires_at: Instant(0),
        }
    }

    fn body_of(settings: &Settings) -> String {
        let templates = Templates::new(settings).expect("parses");
        let request = templates
            .fill(settings, &text())
            .map_err(|(key, why)| format!("{key}: {why}"));
        String::from_utf8(request.expect("filled in").body).expect("UTF-8")
    }

    #[test]
    fn values_are_escaped_for_where_they_stand() {
        let with = |content_type, body: &str| Settings {
            url: "https://g.example/{{ user }}?to={{ to }}".into(),
            user: "a/b c".into(),
            content_type,
            body: body.into(),
            ..Settings::default()
        };
        let form = with(ContentType::Form, "to={{ to }}&text={{ text }}");
        assert_eq!(
            body_of(&form),
            "to=%2B8613800138000&text=%E3%80%90%E8%AF%8A%E6%89%80%E3%80%91a%26b%3D%22c%22%3Cd%3E%0A"
        );
        let filled = Templates::new(&form).ok().and_then(|t| t.fill(&form, &text()).ok());
        assert_eq!(
            filled.map(|r| r.url).as_deref(),
            Some("https://g.example/a%2Fb%20c?to=%2B8613800138000")
        );
        let json = with(ContentType::Json, r#"{"t":"{{ text }}"}"#);
        assert_eq!(body_of(&json), r#"{"t":"【诊所】a&b=\"c\"<d>\n"}"#);
        let xml = with(ContentType::Xml, "<t>{{ text }}</t>");
        assert_eq!(body_of(&xml), "<t>【诊所】a&amp;b=&quot;c&quot;&lt;d&gt;\n</t>");
        let gbk = Settings {
            charset: Charset::Gbk,
            number_format: NumberFormat::National,
            ..with(ContentType::Form, "{{ to }} {{ signature }}{{ '诊' }}")
        };
        assert_eq!(body_of(&gbk), "13800138000 %D5%EF");
        let hex = Settings {
            text_encoding: TextEncoding::HexUtf16be,
            number_format: NumberFormat::Digits,
            ..with(ContentType::Raw, "{{ to }} {{ text[:4] }}")
        };
        assert_eq!(body_of(&hex), "8613800138000 3010");
    }

    #[test]
    fn what_is_not_there_cannot_be_named() {
        let wrong = |url: &str, body: &str| {
            let settings = Settings {
                url: url.into(),
                body: body.into(),
                password: Secret("hunter2secret".into()),
                ..Settings::default()
            };
            let faults = Templates::new(&settings).and_then(|t| t.check(&settings));
            let (key, why) = faults.expect_err("refused");
            assert!(!why.contains("hunter2"), "{why}");
            key
        };
        assert_eq!(wrong("https://g.example", "{{ patient }}"), "body");
        assert_eq!(wrong("https://g.example/{{ env.PATH }}", ""), "url");
        assert_eq!(wrong("https://g.example", "{{ text "), "body");
        assert_eq!(wrong("ftp://g.example", ""), "url");
        assert_eq!(wrong("{{ user }}", ""), "url");
    }

    #[test]
    fn parameters_of_a_template_are_a_list() {
        let settings = Settings {
            url: "https://g.example".into(),
            body: "{{ template }}:{% for p in params %}{{ p.name }}={{ p.value }};{% endfor %}".into(),
            content_type: ContentType::Raw,
            template: true,
            ..Settings::default()
        };
        let filled = Text {
            template: Some(Provided {
                code: "T1".into(),
                parameters: vec![("b".into(), "2".into()), ("a".into(), "1".into())],
            }),
            ..text()
        };
        let request = Templates::new(&settings)
            .ok()
            .and_then(|t| t.fill(&settings, &filled).ok());
        assert_eq!(request.map(|r| r.body), Some(b"T1:b=2;a=1;".to_vec()));
    }
}
